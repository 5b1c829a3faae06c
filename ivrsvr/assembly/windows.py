"""The server as a service of Windows, by pywin32; imported on Windows alone, and by tests with stand-ins for it."""

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import servicemanager
import win32service
import win32serviceutil

from ivrsvr.assembly.unit import ServiceError
from ivrsvr.commands.options import in_force
from ivrsvr.commands.serve import serve

NAME = "ivrsvr"
SHOWN = "ivrsvr CTI server"
FOLDER = "IVRSVR_FOLDER"
"""The environment variable of the machine with the folder of the database."""


class IvrsvrService(win32serviceutil.ServiceFramework):  # type: ignore[misc]  # pywin32 has no types
    """What the service manager starts and stops."""

    _svc_name_ = NAME
    _svc_display_name_ = SHOWN
    _svc_description_ = "Drives telephones and calls by JSON over REST and WebSocket."

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(arguments)
        self._stop: Callable[[], None] | None = None
        self._told = False

    def SvcDoRun(self) -> None:  # noqa: N802 - pywin32's name
        """Serve until told to stop."""
        from ivrsvr.assembly.settings import Settings

        folder = Path(os.environ.get(FOLDER) or Path(os.environ.get("PROGRAMDATA", ".")) / NAME)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            settings = Settings.of(in_force({"db": str(folder / "ivrsvr.db")}))
            asyncio.run(serve(settings, self._begun))
        except Exception as error:
            servicemanager.LogErrorMsg(f"{SHOWN}: {error}")
            self.ReportServiceStatus(win32service.SERVICE_STOPPED, win32ExitCode=1066, svcExitCode=1)

    def _begun(self, stop: Callable[[], None]) -> None:
        """It can be used. stop: what ends it; to be called in the event loop's thread."""
        loop = asyncio.get_running_loop()

        def from_any_thread() -> None:
            loop.call_soon_threadsafe(stop)

        self._stop = from_any_thread
        self.ReportServiceStatus(win32service.SERVICE_RUNNING)
        servicemanager.LogInfoMsg(f"{SHOWN} runs")
        if self._told:
            stop()

    def SvcStop(self) -> None:  # noqa: N802 - pywin32's name
        """Called in a thread of the service manager, perhaps before the server runs."""
        self.ReportServiceStatus(win32service.SERVICE_STOP_PENDING)
        self._told = True
        if self._stop is not None:
            self._stop()


def install() -> list[str]:
    """Have the service started with the machine, and start it now. Raises ServiceError."""
    try:
        win32serviceutil.InstallService(
            f"{__name__}.{IvrsvrService.__name__}",
            NAME,
            SHOWN,
            startType=win32service.SERVICE_AUTO_START,
            description=IvrsvrService._svc_description_,
        )
        win32serviceutil.StartService(NAME)
    except win32service.error as error:
        raise ServiceError(f"{NAME}: {error.args[2] if len(error.args) > 2 else error}; be an administrator") from None
    return [f"the service {NAME} runs now, and after every start of this machine"]


def uninstall() -> list[str]:
    """Stop the service, and take it away; its data stay. Raises ServiceError."""
    with suppress(win32service.error):  # it may not run
        win32serviceutil.StopService(NAME)
    try:
        win32serviceutil.RemoveService(NAME)
    except win32service.error as error:
        raise ServiceError(f"{NAME}: {error.args[2] if len(error.args) > 2 else error}; be an administrator") from None
    return [f"the service {NAME} is gone; its data are still there"]
