"""A server in a thread of its own, for browsers; its people and its time are worked by HTTP."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from ivrsvr.app import App, serving
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import DEFAULT_WORLD, World, merge_patch
from ivrsvr.clock import Clock
from ivrsvr.testing.facade import read_world
from ivrsvr.testing.relay import Relay
from ivrsvr.testing.servers import settings_for_tests

if TYPE_CHECKING:
    from playwright.sync_api import Page


PATIENCE_MS = 20_000
"""How long a page may take to show something before a test has failed; a busy machine needs more than five seconds."""


def until(page: "Page", found: Callable[[], Any], wanted: Any) -> None:
    """Wait until the page shows what it should."""
    for _ in range(PATIENCE_MS // 50):
        if found() == wanted:
            return
        page.wait_for_timeout(50)
    assert found() == wanted


class PageServer:
    """A server with its simulated switch, in virtual time, from `with` to its end.

    port:     0 = any; a given one, to begin again at the same address.
    patch:    a merge patch on the default world.
    settings: options of the server, over those for tests.
    """

    def __init__(self, *, port: int = 0, patch: Mapping[str, Any] | None = None, **settings: Any) -> None:
        self._port = port
        self._patch = patch
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="server")
        self._open = AsyncExitStack()
        self._serving = AsyncExitStack()
        self._http: httpx.Client
        self._app: App
        self._relay: Relay
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            host, port = self._run(self._start())
        except BaseException:
            self._end()
            raise
        self.url = f"http://{host}:{port}"
        self._http = httpx.Client(base_url=self.url, trust_env=False, verify=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._end()

    async def _start(self) -> tuple[str, int]:
        patch = self._patch
        world = World.from_data(merge_patch(read_world(DEFAULT_WORLD), dict(patch))) if patch else World.default()
        self._simulator = Simulator(world, Clock(world.clock.seconds))
        self._open.push_async_callback(lambda: self._serving.aclose())
        return await self._serve()

    async def _serve(self) -> tuple[str, int]:
        settings = replace(settings_for_tests(), http=f"127.0.0.1:{self._port}", **self._settings)
        self._app = await self._serving.enter_async_context(serving(settings, self._simulator.clock, self._simulator))
        self._port = self._app.http[1]
        return self._app.http

    async def _serve_again(self) -> None:
        await self._serving.aclose()
        self._serving = AsyncExitStack()
        await self._serve()

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def _end(self) -> None:
        try:
            self._run(self._open.aclose())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    @property
    def connections(self) -> int:
        """How many WebSockets are open."""
        return len(self._app.hub.connections)

    # ---- what goes wrong

    def restart(self) -> None:
        """Stop the server and start it again at the same address; the switch goes on meanwhile."""
        self._run(self._serve_again())

    def relay(self) -> str:
        """Another address of the server, whose connections `cut` cuts."""
        self._relay = Relay(self.url)
        self._run(self._open.enter_async_context(self._relay))
        return self._relay.url.replace("ws:", "http:")

    def cut(self) -> None:
        """Cut every connection by way of `relay` now."""
        self._loop.call_soon_threadsafe(self._relay.cut)

    # ---- what people do, and time

    def authorize(self, key: str) -> None:
        """Bring a key along from now on."""
        self._http.headers["authorization"] = f"Bearer {key}"

    def ask(self, method: str, path: str, **keys: Any) -> dict[str, Any]:
        """A request that must succeed; its response."""
        answer = self._http.request(method, path, json=keys or None)
        assert answer.status_code == httpx.codes.OK, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def api(self, request: str, **keys: Any) -> dict[str, Any]:
        """A request of the vocabulary, over REST."""
        return self.ask("POST", f"/api/{request}", **keys)

    def try_api(self, request: str, **keys: Any) -> dict[str, Any]:
        """A request that may fail; its response."""
        found: dict[str, Any] = self._http.post(f"/api/{request}", json=keys).json()
        return found

    def call_in(self, to: str, number: str = "67896789", **keys: Any) -> dict[str, Any]:
        """Somebody outside calls in."""
        return self.ask("POST", "/sim/calls", **{"from": number, "to": to, **keys})

    def phone(self, extension: str, action: str, **keys: Any) -> None:
        """A hand at a telephone."""
        self.ask("POST", f"/sim/phones/{extension}/{action}", **keys)

    def party(self, party: str, action: str, **keys: Any) -> None:
        """An outside party acts."""
        self.ask("POST", f"/sim/parties/{party.replace('#', '%23')}/{action}", **keys)

    def advance(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.ask("POST", "/sim/clock", advance=seconds)
