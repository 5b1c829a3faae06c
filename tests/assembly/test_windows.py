"""The service of Windows, with stand-ins for pywin32: what the service manager would be told, and when."""

import asyncio
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from ivrsvr.assembly.unit import ServiceError


class RefusedError(Exception):
    """pywin32's error."""


class Framework:
    """What pywin32's services are made of."""

    def __init__(self, _arguments: object) -> None:
        self.reported: list[object] = []

    def ReportServiceStatus(self, status: object, **_more: object) -> None:  # noqa: N802
        self.reported.append(status)


@pytest.fixture
def pywin32(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The module under test, on stand-ins; done: what they were asked for."""
    done: list[str] = []
    refuse: set[str] = set()

    def act(name: str) -> Callable[..., None]:
        def carry_out(*arguments: object, **_named: object) -> None:
            done.append(f"{name} {arguments[0]}")
            if name in refuse:
                raise RefusedError(5, name, "Access is denied.")

        return carry_out

    stand_ins: dict[str, dict[str, Any]] = {
        "servicemanager": {"LogErrorMsg": act("error"), "LogInfoMsg": act("info")},
        "win32service": {
            "error": RefusedError,
            "SERVICE_RUNNING": "running",
            "SERVICE_STOPPED": "stopped",
            "SERVICE_STOP_PENDING": "stopping",
            "SERVICE_AUTO_START": "auto",
        },
        "win32serviceutil": {
            "ServiceFramework": Framework,
            **{f"{name}Service": act(name) for name in ("Install", "Start", "Stop", "Remove")},
        },
    }
    for name, content in stand_ins.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "ivrsvr.assembly.windows", raising=False)
    module = importlib.import_module("ivrsvr.assembly.windows")
    yield SimpleNamespace(module=module, done=done, refuse=refuse)
    sys.modules.pop("ivrsvr.assembly.windows", None)


def test_it_runs_until_it_is_told_to_stop(
    pywin32: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = pywin32.module.IvrsvrService([])
    found: list[Any] = []

    async def serve(settings: Any, begun: Callable[[Callable[[], None]], None]) -> None:
        found.append(settings)
        over = asyncio.Event()
        begun(over.set)
        await asyncio.to_thread(service.SvcStop)  # the service manager's thread
        await over.wait()

    monkeypatch.setattr(pywin32.module, "serve", serve)
    monkeypatch.setenv("IVRSVR_FOLDER", str(tmp_path / "data"))
    service.SvcDoRun()
    assert found[0].db == str(tmp_path / "data" / "ivrsvr.db")
    assert service.reported == ["running", "stopping"]
    assert pywin32.done == ["info ivrsvr CTI server runs"]


def test_told_to_stop_before_it_runs(pywin32: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    service = pywin32.module.IvrsvrService([])

    async def serve(_settings: Any, begun: Callable[[Callable[[], None]], None]) -> None:
        over = asyncio.Event()
        begun(over.set)
        await over.wait()

    monkeypatch.setattr(pywin32.module, "serve", serve)
    monkeypatch.setenv("IVRSVR_FOLDER", str(tmp_path))
    service.SvcStop()
    service.SvcDoRun()
    assert service.reported == ["stopping", "running"]


def test_what_is_wrong_stands_in_the_event_log(
    pywin32: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ivrsvr.db").write_bytes(b"rubbish" * 1000)
    monkeypatch.setenv("IVRSVR_FOLDER", str(tmp_path))
    service = pywin32.module.IvrsvrService([])
    service.SvcDoRun()
    assert "is damaged" in pywin32.done[0]
    assert service.reported == ["stopped"]


def test_installed_and_taken_away(pywin32: SimpleNamespace) -> None:
    pywin32.module.install()
    pywin32.module.uninstall()
    assert pywin32.done == [
        "Install ivrsvr.assembly.windows.IvrsvrService",
        "Start ivrsvr",
        "Stop ivrsvr",
        "Remove ivrsvr",
    ]


def test_who_may_not_is_told_so(pywin32: SimpleNamespace) -> None:
    pywin32.refuse.update({"Install", "Stop", "Remove"})
    with pytest.raises(ServiceError, match=r"Access is denied\.; be an administrator"):
        pywin32.module.install()
    with pytest.raises(ServiceError, match="be an administrator"):
        pywin32.module.uninstall()
