"""The JSON way: a real server on the scenario's switch, asked by JSON clients over real sockets, in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.testing.clients import JsonConnection
from ivrsvr.testing.servers import open_server, settings_for_tests
from ivrsvr.testing.settle import Settling
from tests.conformance.flows.client import Client, Stream
from tests.conformance.flows.file import Scenario
from tests.conformance.flows.in_process import build_simulator, open_in_process

Result = TypeVar("Result")


class OverJson:
    """Steps with a JSON form are asked that way; what has none is done by a second client, on the same simulator.

    backend: how the server reaches the simulator.
    """

    name = "json"

    def __init__(self, backend: str = "simulator") -> None:
        self._backend = backend
        self._settling = Settling()
        self._open = AsyncExitStack()
        self._monitoring: dict[str, JsonConnection] = {}
        self._asking: JsonConnection
        self._simulator: Simulator
        self._url = ""

    @property
    def json(self) -> "OverJson":
        return self

    @property
    def simulator(self) -> Simulator:
        return self._simulator

    def applies(self, scenario: Scenario) -> bool:
        return scenario.speaks_json

    def run(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        with asyncio.Runner(loop_factory=self._settling.new_loop) as runner:
            return runner.run(work())

    async def begin(self, world: Mapping[str, Any]) -> None:
        self._simulator = build_simulator(world)
        server, _ = await open_server(self._backend, settings_for_tests(), self._simulator, self._open)
        host, port = server.http
        self._url = f"ws://{host}:{port}/ws"
        self._asking = await self._connect()

    async def end(self) -> None:
        await self._open.aclose()

    async def _connect(self) -> JsonConnection:
        connection = await JsonConnection.open(self._url)
        self._open.push_async_callback(connection.close)
        return connection

    async def open_stream(self, args: Mapping[str, str], client: Client, name: str) -> Stream:
        return open_in_process(self._simulator, args, client, name)

    async def settle(self) -> None:
        await self._settling.settle(self._simulator.clock)

    async def advance(self, seconds: float) -> None:
        await self._settling.advance(self._simulator.clock, seconds)

    async def monitor(self, extension: str) -> None:
        connection = self._monitoring[extension] = await self._connect()
        replies: list[dict[str, Any]] = []
        await connection.ask({"request": "startmonitor", "extension": extension}, replies.append)
        await self.settle()
        assert [reply["result"] for reply in replies] == ["success"], f"startmonitor {extension}: {replies}"

    async def ask(self, request: Mapping[str, Any], reply: Callable[[dict[str, Any]], None]) -> None:
        await self._asking.ask(request, reply)

    def events(self, extension: str) -> list[dict[str, Any]]:
        return self._monitoring[extension].events
