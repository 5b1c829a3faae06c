"""What the server tells whoever started it as a service: that it is ready, reloads, stops, and is alive.

The messages of sd_notify(3) to the socket that `NOTIFY_SOCKET` names; without one nobody is told anything.
"""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Self

from ivrsvr.clock import Clock

log = logging.getLogger(__name__)


class Supervisor:
    """One that is told.

    address: of its socket; "" = there is none.
    watch_s: after how long without a sign of life it counts the server as hung; 0 = it does not watch.
    """

    def __init__(self, address: str, watch_s: float = 0.0) -> None:
        self.watch_s = watch_s
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket: socket.socket | None = None
        if address.startswith(("/", "@")):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.setblocking(False)

    @classmethod
    def of(cls, environment: Mapping[str, str], process: int) -> Self:
        """The one that the environment names. process: our id; the watchdog of another one is none of ours."""
        watch = environment.get("WATCHDOG_USEC", "")
        mine = environment.get("WATCHDOG_PID", str(process)) == str(process)
        watch_s = int(watch) / 1_000_000 if mine and watch.isascii() and watch.isdigit() else 0.0
        return cls(environment.get("NOTIFY_SOCKET", ""), watch_s)

    def tell(self, *lines: str) -> None:
        """Tell it something; it may have gone, or be too busy: that is no reason to stop."""
        if self._socket is None:
            return
        with contextlib.suppress(OSError):
            self._socket.sendto("\n".join(lines).encode(), self._address)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def ready(self, status: str) -> None:
        """The server can be used. status: one line for people."""
        self.tell("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """It reads its configuration anew; `ready` says that it is done."""
        microseconds = int(asyncio.get_running_loop().time() * 1_000_000)
        self.tell("RELOADING=1", f"MONOTONIC_USEC={microseconds}")

    def stopping(self) -> None:
        """It is about to end."""
        self.tell("STOPPING=1", "STATUS=stopping")


@asynccontextmanager
async def supervised(supervisor: Supervisor, clock: Clock, status: str) -> AsyncIterator[None]:
    """Ready for the length of the body, with signs of life where somebody watches; afterwards stopping."""
    alive = asyncio.create_task(_live(supervisor, clock), name="watchdog")
    supervisor.ready(status)
    try:
        yield
    finally:
        supervisor.stopping()
        alive.cancel()
        await asyncio.wait([alive])


async def _live(supervisor: Supervisor, clock: Clock) -> None:
    """Signs of life twice in the time: they stop when the event loop does, or the clock."""
    if not supervisor.watch_s:
        return
    log.info("the watchdog barks after %g s without a sign of life", supervisor.watch_s)
    while True:
        supervisor.tell("WATCHDOG=1")
        await clock.sleep(supervisor.watch_s / 2)


def supervisor() -> Supervisor:
    """The one of this process."""
    return Supervisor.of(os.environ, os.getpid())
