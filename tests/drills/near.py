"""A server in a thread of the test's process, on real sockets: its time can be made to pass."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ivrsvr.app import serving
from ivrsvr.assembly.settings import Settings
from ivrsvr.clock import Clock
from ivrsvr.testing.servers import settings_for_tests
from tests.commands import LIMIT_S
from tests.drills.rig import Door


@dataclass
class Near(Door):
    """A running server of the test's own."""

    clock: Clock
    loop: asyncio.AbstractEventLoop

    def pass_time(self, seconds: float) -> None:
        """So much time passes for it at once: what falls due meanwhile happens, in order."""

        async def jump() -> None:
            self.clock.set_mode("virtual")
            self.clock.advance(seconds)
            self.clock.set_mode("real")

        asyncio.run_coroutine_threadsafe(jump(), self.loop).result(LIMIT_S)


@contextmanager
def near(*tlinks: str, **values: Any) -> Iterator[Near]:
    """A server on AES; values: its settings, over those for tests."""
    settings = replace(settings_for_tests(), backend="tsapi", tlinks=tlinks, **values)
    begun: Future[tuple[Near, asyncio.Event]] = Future()
    thread = threading.Thread(target=asyncio.run, args=(_serve(settings, begun),), name="server")
    thread.start()
    try:
        server, stopping = begun.result(LIMIT_S)
        yield server
        server.loop.call_soon_threadsafe(stopping.set)
    finally:
        thread.join(LIMIT_S)


async def _serve(settings: Settings, begun: "Future[tuple[Near, asyncio.Event]]") -> None:
    clock, stopping = Clock(mode="real"), asyncio.Event()
    try:
        async with serving(settings, clock) as app:
            begun.set_result((Near(app.http[1], clock, asyncio.get_running_loop()), stopping))
            await stopping.wait()
    except Exception as error:
        if begun.done():
            raise
        begun.set_exception(error)
