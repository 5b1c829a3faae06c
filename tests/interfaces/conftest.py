"""What the tests of the doors share: a running server whose inside can be looked at, and sockets to it."""

import asyncio
import json
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import pytest
from argon2 import PasswordHasher

from ivrsvr.app import App, serving
from ivrsvr.assembly.settings import Settings
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock
from ivrsvr.interfaces import accounts
from ivrsvr.testing.settle import Settling

Result = TypeVar("Result")

SETTINGS = Settings(http="127.0.0.1:0", console=(), uuisvr_listen=False, db=":memory:", ws_ping=0.0)


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Passwords that are hashed in no time, the first one's too: most tests are about something else."""
    light = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "PasswordHasher", light)
        patch.setattr(accounts, "_FIRST_HASH", light().hash(accounts.FIRST_PASSWORD))
        yield


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: dict[str, Any]
    text: str
    headers: httpx.Headers


class Server:
    """A server on the default world in virtual time; every method returns when all is settled."""

    def __init__(self, **settings: Any) -> None:
        self._settings = replace(SETTINGS, **settings)
        self._settling = Settling()
        self._runner = asyncio.Runner(loop_factory=self._settling.new_loop)
        self._open = AsyncExitStack()
        self._http: httpx.AsyncClient
        self.app: App

    def __enter__(self) -> Self:
        self._runner.run(self._start())
        return self

    async def _start(self) -> None:
        world = World.default()
        clock = Clock(world.clock.seconds)
        self.app = await self._open.enter_async_context(serving(self._settings, clock, Simulator(world, clock)))
        client = httpx.AsyncClient(
            base_url="http://{}:{}".format(*self.app.http),
            timeout=None,
            trust_env=False,
            verify=False,
            limits=httpx.Limits(),
        )
        self._http = await self._open.enter_async_context(client)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._runner.run(self._open.aclose())
        finally:
            self._runner.close()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Await something that happens without virtual time passing; ten seconds at most."""

        async def limited() -> Result:
            async with asyncio.timeout(10):
                result = await work
            await self._settling.settle(self.app.clock)
            return result

        return self._runner.run(limited())

    def settle(self) -> None:
        self._runner.run(self._settling.settle(self.app.clock))

    def advance(self, seconds: float) -> None:
        self._runner.run(self._settling.advance(self.app.clock, seconds))

    def give_up_on_the_network(self, seconds: float = 20.0) -> None:
        """Let whatever waits for the other end of a connection find that it has waited long enough."""
        self._settling.skip(seconds)
        self.settle()

    def http(self, method: str, path: str, **options: Any) -> Reply:
        """An HTTP request and its answer, with the options of httpx."""
        return _reply(self.run(self._http.request(method, path, **options)))

    def begin(self, name: str, requests: list[dict[str, Any]]) -> "list[asyncio.Task[httpx.Response]]":
        """Post requests that have no answers yet, in this order."""

        async def begun() -> list[asyncio.Task[httpx.Response]]:
            tasks = []
            for fields in requests:
                tasks.append(asyncio.create_task(self._http.post(f"/api/{name}", json=fields)))
                await self._settling.settle(self.app.clock)
            return tasks

        return self._runner.run(begun())

    def finish(self, begun: "list[asyncio.Task[httpx.Response]]") -> list[Reply]:
        """The answers of requests that were begun."""

        async def finished() -> list[httpx.Response]:
            return await asyncio.gather(*begun)

        return [_reply(answer) for answer in self.run(finished())]

    def post(self, name: str, **fields: Any) -> Reply:
        """A request over REST."""
        return self.http("POST", f"/api/{name}", json=fields)


def _reply(answer: httpx.Response) -> Reply:
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    return Reply(answer.status_code, json.loads(answer.content) if is_json else {}, answer.text, answer.headers)


class Raw:
    """A TCP connection that sends what it is told, and reads until the server has no more to say."""

    def __init__(self, server: Server, port: int | None = None) -> None:
        self._server = server
        host, http_port = server.app.http
        self._reader, self._writer = server.run(asyncio.open_connection(host, port or http_port))

    def send(self, octets: bytes) -> None:
        self._writer.write(octets)
        self._server.settle()

    def end(self) -> bytes:
        """Everything until the server closes."""
        try:
            return self._server.run(self._reader.read())
        except ConnectionError:
            return b""
        finally:
            self.close()

    def until(self, octets: bytes) -> bytes:
        """Everything until these octets have come."""
        return self._server.run(self._reader.readuntil(octets))

    def reply(self) -> tuple[int, bytes]:
        """Status and body of the next HTTP answer."""
        return self._server.run(self._reply())

    async def _reply(self) -> tuple[int, bytes]:
        head = await self._reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        return int(head.split(b" ")[1]), await self._reader.readexactly(int(fields[b"content-length"]))

    def close(self) -> None:
        self._writer.close()
        self._server.settle()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def raw(server: Server) -> Iterator[Raw]:
    """A connection to the HTTP port that has sent nothing yet."""
    connection = Raw(server)
    yield connection
    connection.close()
