"""The pytest plugin, as a user has it: fixtures, steps, and no cost where it is not used."""

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLUGIN = "ivrsvr.testing.plugin"
HEAVY = ("fastapi", "uvicorn", "websockets", "httpx", "sqlite_utils", "ivrsvr.app")


def run_pytest(folder: Path, *options: str, bdd: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run pytest in a folder of its own, with this plugin and pytest-bdd and none of what else is installed here."""
    load = [option for name in (["pytest-bdd"] if bdd else []) + ["ivrsvr"] for option in ("-p", name)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *load, *options],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_installed_it_is_loaded_by_itself() -> None:
    (mine,) = entry_points(group="pytest11", name="ivrsvr")
    assert mine.value == PLUGIN


def test_a_run_that_does_not_use_it_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "test_plain.py").write_text(
        f"import sys\ndef test_plain():\n    assert [name for name in {HEAVY!r} if name in sys.modules] == []\n"
    )
    result = run_pytest(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_fixtures_give_a_running_server_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "test_server.py").write_text(
        "def test_a_call(ivrsvr_server, virtual_clock):\n"
        "    began = virtual_clock.now()\n"
        "    client = ivrsvr_server.connect()\n"
        "    client.request('startmonitor', extension='101')\n"
        "    ivrsvr_server.phone('102', 'dial', number='101')\n"
        "    assert client.events[-1]['eventtype'] == 'offer'\n"
        "    ivrsvr_server.advance(8)\n"
        "    assert virtual_clock.now() == began + 8\n"
    )
    result = run_pytest(tmp_path, "-W", "error")
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_feature_needs_nothing_but_its_text(tmp_path: Path) -> None:
    (tmp_path / "call.feature").write_text(
        "Feature: A call\n"
        "  Scenario: It rings\n"
        "    Given the default world\n"
        "    And a client monitors 102\n"
        "    When 101 calls 102\n"
        "    Then 102 has the events\n"
        "      | eventtype | calling |\n"
        "      | offer     | 101     |\n"
        "    And 102 has no further events\n"
    )
    (tmp_path / "test_call.py").write_text("from pytest_bdd import scenarios\nscenarios('call.feature')\n")
    result = run_pytest(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_feature_that_is_wrong_says_what_came(tmp_path: Path) -> None:
    (tmp_path / "call.feature").write_text(
        "Feature: A call\n"
        "  Scenario: It rings elsewhere\n"
        "    Given the default world\n"
        "    And a client monitors 102\n"
        "    When 101 calls 102\n"
        "    Then 102 has the events\n"
        "      | eventtype | alerting |\n"
        "      | offer     | 103      |\n"
    )
    (tmp_path / "test_call.py").write_text("from pytest_bdd import scenarios\nscenarios('call.feature')\n")
    result = run_pytest(tmp_path)
    assert result.returncode == 1
    assert "alerting should be 103" in result.stdout


def test_without_pytest_bdd_the_fixtures_alone_are_there(tmp_path: Path) -> None:
    (tmp_path / "test_plain.py").write_text("def test_backend(backend):\n    assert backend == 'simulator'\n")
    result = run_pytest(tmp_path, bdd=False)
    assert result.returncode == 0, result.stdout + result.stderr


def block(language: str, place: int) -> str:
    """An example of the manual."""
    manual = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    examples: list[str] = re.findall(rf"```{language}\n(.*?)```", manual, re.DOTALL)
    return examples[place]


def test_the_examples_of_the_manual_run_as_printed(tmp_path: Path) -> None:
    (tmp_path / "refund.feature").write_text(block("gherkin", 0))
    (tmp_path / "test_refund.py").write_text(block("python", 0))
    (tmp_path / "test_screen_pop.py").write_text(block("python", 1))
    result = run_pytest(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "2 passed" in result.stdout
