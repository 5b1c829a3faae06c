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
    """Notes what it is told to carry out; refuses what begins with one of some words."""

    def __init__(self, *refuses: str) -> None:
        self.done: list[str] = []
        self._refuses = refuses

    def __call__(self, words: Sequence[str]) -> None:
        self.done.append(" ".join(words))
        if self.done[-1].startswith(self._refuses):
            raise ServiceError(f"{words[0]} is not there")


def booted(root: Path) -> None:
    """Systemd runs, as it says itself (sd_booted)."""
    (root / "run/systemd/system").mkdir(parents=True)


def test_installed_and_taken_away_in_order(tmp_path: Path) -> None:
    system, unit = System(), Unit(user="ivrsvr-test", executable="/usr/bin/ivrsvr")
    booted(tmp_path)
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


def test_a_service_that_cannot_be_stopped_is_not_deleted(tmp_path: Path) -> None:
    unit = Unit(user="root")
    booted(tmp_path)
    install(unit, tmp_path, System(), live=True)
    with pytest.raises(ServiceError, match="systemctl is not there; nothing was deleted"):
        uninstall(unit, tmp_path, System("systemctl"), live=True)
    assert unit.path(tmp_path).exists()


@pytest.mark.parametrize("refused", ["useradd", "systemctl daemon-reload", "systemctl enable"])
def test_an_installation_that_fails_leaves_nothing_behind(tmp_path: Path, refused: str) -> None:
    system, unit = System(refused), Unit(user="ivrsvr-test")
    with pytest.raises(ServiceError, match="is not there; what was done is undone: nothing is installed"):
        install(unit, tmp_path, system, live=True)
    assert not list(tmp_path.rglob("*.service"))
    assert ("userdel ivrsvr-test" in system.done) == (refused != "useradd")


def test_an_installation_that_fails_over_another_leaves_that(tmp_path: Path) -> None:
    path = Unit().path(tmp_path)
    install(Unit(user="root"), tmp_path, System(), live=True)
    former = path.read_text()
    system = System("systemctl daemon-reload")
    with pytest.raises(ServiceError, match="undone: the service is as it was"):
        install(Unit(user="root", db="/srv/other.db"), tmp_path, system, live=True)
    assert (path.read_text(), system.done) == (former, ["systemctl daemon-reload"])


def test_what_cannot_be_undone_is_named_with_what_takes_it_away(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"left: the user ivrsvr-test; take it away with: userdel ivrsvr-test$"):
        install(Unit(user="ivrsvr-test"), tmp_path, System("systemctl", "userdel"), live=True)
    assert not list(tmp_path.rglob("*.service"))


def test_a_service_that_does_not_start_stays_and_it_says_how_to_go_on(tmp_path: Path) -> None:
    unit = Unit(name="cti", user="root")
    with pytest.raises(ServiceError, match=r"`journalctl -u cti`.*`ivrsvr service uninstall --name cti`"):
        install(unit, tmp_path, System("systemctl restart"), live=True)
    assert unit.path(tmp_path).exists()


def test_without_a_running_systemd_it_is_deleted_all_the_same(tmp_path: Path) -> None:
    """As an image or a machine without systemd has it: nothing runs that could be stopped."""
    unit, system = Unit(user="root"), System("systemctl")
    install(unit, tmp_path, System(), live=True)
    link = tmp_path / FOLDER / "multi-user.target.wants/ivrsvr.service"
    link.parent.mkdir()
    link.symlink_to(unit.path(tmp_path))
    told = uninstall(unit, tmp_path, system, live=True)
    assert system.done == []
    assert not unit.path(tmp_path).exists()
    assert not link.is_symlink()
    assert "systemd does not run here" in told[0]


def test_a_systemd_that_does_not_read_its_files_again_keeps_nothing(tmp_path: Path) -> None:
    unit = Unit(user="root")
    booted(tmp_path)
    install(unit, tmp_path, System(), live=True)
    told = uninstall(unit, tmp_path, System("systemctl daemon-reload"), live=True)
    assert not unit.path(tmp_path).exists()
    assert any("say: systemctl daemon-reload" in line for line in told)


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
