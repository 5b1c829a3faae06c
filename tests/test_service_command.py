"""The server as a service: its unit file judged by systemd, installed with stand-ins for the system's commands."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from ivrsvr import cli
from ivrsvr.assembly.unit import FOLDER, ServiceError, Unit, install, uninstall
from tests.commands import run

ROOT = Path(__file__).parents[1]
ANALYZE = shutil.which("systemd-analyze")


def test_the_unit_file_of_the_folder_deploy_is_the_one_that_is_installed() -> None:
    assert (ROOT / "deploy/systemd/ivrsvr.service").read_text() == Unit().text


@pytest.mark.skipif(ANALYZE is None and not os.environ.get("CI"), reason="no systemd-analyze on this machine")
def test_systemd_finds_nothing_wrong_with_the_unit_file_and_little_exposed(tmp_path: Path) -> None:
    assert ANALYZE is not None, "CI needs the package systemd"
    path = tmp_path / "ivrsvr.service"
    path.write_text(Unit(user="root", executable="/bin/true").text)
    verified = subprocess.run([ANALYZE, "verify", "--man=no", path], capture_output=True, text=True, check=False)
    told = [line for line in verified.stderr.splitlines() if "ivrsvr.service" in line]
    assert told == []
    judged = subprocess.run(
        [ANALYZE, "security", "--offline=true", "--threshold=30", path], capture_output=True, text=True, check=False
    )
    assert judged.returncode == 0, judged.stdout[-400:]


class System:
    """Notes what it is told to carry out; refuses what begins with a word."""

    def __init__(self, refuses: str = "-") -> None:
        self.done: list[str] = []
        self._refuses = refuses

    def __call__(self, words: Sequence[str]) -> None:
        self.done.append(" ".join(words))
        if self.done[-1].startswith(self._refuses):
            raise ServiceError(f"{words[0]} is not there")


def test_installed_and_taken_away_in_order(tmp_path: Path) -> None:
    system, unit = System(), Unit(user="ivrsvr-test", executable="/usr/bin/ivrsvr")
    told = install(unit, tmp_path, system, live=True)
    assert system.done == [
        "useradd --system --no-create-home --shell /usr/sbin/nologin ivrsvr-test",
        "systemctl daemon-reload",
        "systemctl enable ivrsvr",
        "systemctl restart ivrsvr",
    ]
    assert told[-1] == "ivrsvr runs now, and after every start of this machine"
    path = tmp_path / FOLDER / "ivrsvr.service"
    assert "ExecStart=/usr/bin/ivrsvr serve --db /var/lib/ivrsvr/ivrsvr.db\n" in path.read_text()
    system.done.clear()
    uninstall(unit, tmp_path, system, live=True)
    assert system.done == ["systemctl disable --now ivrsvr", "systemctl daemon-reload"]
    assert not path.exists()
    with pytest.raises(ServiceError, match="there is no service"):
        uninstall(unit, tmp_path, system, live=True)


def test_a_user_that_is_there_is_not_made(tmp_path: Path) -> None:
    system = System()
    install(Unit(user="root"), tmp_path, system, live=True)
    assert not any("useradd" in one for one in system.done)


def test_what_the_system_refuses_is_said_and_a_service_that_runs_is_not_deleted(tmp_path: Path) -> None:
    unit = Unit(user="root")
    with pytest.raises(ServiceError, match="systemctl is not there"):
        install(unit, tmp_path, System("systemctl"), live=True)
    with pytest.raises(ServiceError):
        uninstall(unit, tmp_path, System("systemctl"), live=True)
    assert unit.path(tmp_path).exists()


@pytest.mark.parametrize(
    "unit",
    [
        Unit(name="../../etc/passwd"),
        Unit(name="a b"),
        Unit(user="root\nExecStartPre=/bin/evil"),
        Unit(db="/var/lib/a.db --insecure"),
        Unit(db="ivrsvr.db"),
        Unit(executable="/usr/bin/ivrsvr\nUser=root"),
        Unit(executable="/opt/%i/ivrsvr"),
    ],
)
def test_nothing_is_smuggled_into_a_unit_file(tmp_path: Path, unit: Unit) -> None:
    with pytest.raises(ServiceError):
        install(unit, tmp_path, System(), live=False)
    assert not list(tmp_path.rglob("*.service"))


def test_the_command_for_packages_and_its_short_forms(tmp_path: Path) -> None:
    done = run("service", "install", "--root", str(tmp_path), folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / FOLDER / "ivrsvr.service").exists()
    assert run("-u", "--root", str(tmp_path), folder=tmp_path).returncode == 0
    assert not list(tmp_path.rglob("*.service"))
    refused = run("service", "uninstall", "--root", str(tmp_path), folder=tmp_path)
    assert refused.returncode == 1
    assert "there is no service" in refused.stderr
    assert "[Service]" in run("service", "show", folder=tmp_path).stdout


def test_the_container_is_started_with_options_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The image itself is built where there is a builder; its words are checked here."""
    text = (ROOT / "deploy/container/Containerfile").read_text()
    (command,) = [line for line in text.splitlines() if line.startswith("CMD ")]
    started: list[object] = []

    def note(options: object) -> int:
        started.append(options)
        return 0

    monkeypatch.setattr("ivrsvr.commands.serve.run", note)
    words = yaml.safe_load(command.removeprefix("CMD "))
    assert cli.main(words) == 0
    assert started
    assert "\nUSER 10001" in text
    for line in text.splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for name in line.split()[1:-1]:
                assert (ROOT / name).exists(), name
    services = yaml.safe_load((ROOT / "deploy/container/compose.yaml").read_text())["services"]
    assert services["ivrsvr"]["read_only"] is True
    assert cli.main(services["ivrsvr"]["command"]) == 0
