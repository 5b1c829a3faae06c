"""A running server on a simulated switch, for tests: plain calls in, everything through the server's public doors.

`RunningServer` has its own event loop, in which the server and all its clients live, and virtual time. Each of its
methods returns when everything that it set going has settled, so a test reads like a story, without a task, a wait or a
sleep:

    with RunningServer() as server:
        client = server.connect()
        client.request("startmonitor", extension="101")
        server.phone("102", "dial", number="101")
        assert client.events[-1]["eventtype"] == "offer"
        server.advance(8)

Doors: REST and WebSocket for requests and events, `/sim/…` for people, parties and faults. Only the clock is the
server's own object, since nothing may pass it while octets are on their way; and the simulator, for what no control
does.
"""

import asyncio
import json
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias, TypeVar

import httpx

from ivrsvr.app import App
from ivrsvr.backends.simulator.outside.tieline import join
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import DEFAULT_WORLD, merge_patch
from ivrsvr.backends.simulator.world_file import parse
from ivrsvr.clock import Clock
from ivrsvr.interfaces.console.client import Program, connect
from ivrsvr.testing.answers import Message, NoAnswer, Pending, Reply
from ivrsvr.testing.clients import Connection, EventStream, JsonConnection
from ivrsvr.testing.dataservice import Failing, FailingDataService
from ivrsvr.testing.receiver import Receiver
from ivrsvr.testing.servers import open_beside, open_server, settings_for_tests
from ivrsvr.testing.settle import Settling
from ivrsvr.testing.worlds import world_of

Result = TypeVar("Result")
WorldData: TypeAlias = Mapping[str, Any]


class Opening(Protocol):
    """Opens a connection to the WebSocket of a server."""

    async def __call__(self, url: str, settling: Settling, /, *, slow: bool = False) -> Connection: ...


class Application:
    """A program that uses the server, by whatever it has for a connection."""

    def __init__(self, server: "RunningServer", connection: Connection) -> None:
        self._server = server
        self.connection = connection

    @property
    def events(self) -> list[Message]:
        """Every event so far, in order."""
        return self.connection.events

    @property
    def dismissed(self) -> bool:
        """Whether the server has ended its connection, as too slow."""
        return self.connection.dismissed

    def ask(self, request: str, **fields: Any) -> Pending:
        """Send a request, and go on without its answer."""
        pending = Pending(f"{request} {fields}")
        self._server.run(self.connection.ask({"request": request, **fields}, pending.put))
        return pending

    def request(self, request: str, **fields: Any) -> Message:
        """Send a request, and give its response.

        Raises NoAnswer.
        """
        return self.ask(request, **fields).answer

    def stop_reading(self) -> None:
        """Read nothing from now on, as a program that hangs."""
        self._server.run(self.connection.stop_reading())

    def read_on(self) -> None:
        """Read again."""
        self._server.run(self.connection.read_on())

    def cut(self) -> None:
        """Lose the connection, as when a network breaks."""
        self._server.run(self.connection.cut())

    def come_back(self, extension: str, epoch: str = "") -> Message:
        """Connect again, and go on with an extension after the last event; epoch: another than that event's.

        Raises NoAnswer.
        """
        pending = Pending(f"coming back to {extension}")
        epoch = epoch or self.events[-1]["epoch"]
        self._server.run(self.connection.come_back(extension, epoch, pending.put))
        return pending.answer

    def close(self) -> None:
        """Hang up."""
        self._server.run(self.connection.close())


class Client(Application):
    """An application on a WebSocket of its own."""

    connection: JsonConnection

    def __init__(self, server: "RunningServer", connection: JsonConnection) -> None:
        super().__init__(server, connection)

    @property
    def texts(self) -> list[str]:
        """Every message so far, as it came."""
        return self.connection.texts

    def send(self, text: str | bytes) -> None:
        """Send a message as it stands."""
        self._server.run(self.connection.send(text))


class Stream:
    """A reader of Server-Sent Events."""

    def __init__(self, server: "RunningServer", connection: EventStream) -> None:
        self._server = server
        self.connection = connection

    @property
    def events(self) -> list[Message]:
        """Every event so far, in order."""
        return self.connection.events

    @property
    def position(self) -> str:
        """The position of the last event, to go on from."""
        return self.connection.position

    def close(self) -> None:
        """Break off."""
        self._server.run(self.connection.close())


class RunningServer:
    """A server and its simulated switch, from `with` to its end.

    world:    a world file, or its content; None = the default world.
    patch:    a merge patch on that world.
    backend:  "simulator" = the switch is in the server's process; "tsapi" = it stands behind a simulated AES, and the
              server reaches it over TCP, as it would a live one.
    beside:   another running server, whose loop and time this one shares; None = it has its own.
    line:     a trunk group of the world that leads to the other one's switch, and back; "" = this server is on that
              very switch, and the world is the other one's.
    settings: options of the server, over those for tests (in memory, on ports of its own).
    """

    def __init__(
        self,
        world: Path | WorldData | None = None,
        *,
        patch: WorldData | None = None,
        backend: str = "simulator",
        beside: "RunningServer | None" = None,
        line: str = "",
        **settings: Any,
    ) -> None:
        data = _world_data(world)
        self.world_data: WorldData = merge_patch(_with_text_keys(data), _with_text_keys(patch or {}))
        self._settings = settings
        self._backend = backend
        self._beside = beside
        self._line = line
        self._settling: Settling = Settling() if beside is None else beside._settling
        self._runner: asyncio.Runner = (
            asyncio.Runner(loop_factory=self._settling.new_loop) if beside is None else beside._runner
        )
        self._open = AsyncExitStack()
        self._app: App
        self._http: httpx.AsyncClient
        self._controls: httpx.AsyncClient
        self.clock: Clock
        self.simulator: Simulator
        self._consoles: list[tuple[str, int]] = []
        self._program: Program | None = None
        self._said: list[str] = []
        self._key = ""
        self.host = ""
        self.port = 0

    # ---- life

    def start(self) -> Self:
        """Start it, as `with` does; whoever calls this calls `close`."""
        try:
            self.run(self._start())
        except BaseException:
            self.close()
            raise
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _start(self) -> None:
        world = world_of(self.world_data)
        settings = replace(settings_for_tests(), **self._settings)
        other = self._beside
        self.clock = Clock(world.clock.seconds) if other is None else other.clock
        if other is not None and not self._line:
            self.simulator = other.simulator
            app = await open_beside(other._app, settings, self.simulator, self._open)
            control = (other._controls.base_url.host, other._controls.base_url.port or 0)
        else:
            self.simulator = Simulator(world, self.clock)
            if other is not None:
                join(self.simulator.switch.core, other.simulator.switch.core, self._line)
            app, control = await open_server(self._backend, settings, self.simulator, self._open)
        self._app = app
        self.host, self.port = app.http
        self._consoles = list(app.consoles)
        self._http = await self._client(*app.http)
        self._controls = self._http if control == app.http else await self._client(*control)

    async def _client(self, host: str, port: int) -> httpx.AsyncClient:
        client = httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=None, trust_env=False, verify=False)
        return await self._open.enter_async_context(client)

    def close(self) -> None:
        """Take everything down."""
        try:
            self._runner.run(self._open.aclose())
        finally:
            if self._beside is None:
                self._runner.close()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine in the server's loop, and let everything settle."""

        async def settled() -> Result:
            result = await work
            await self._settle()
            return result

        return self._runner.run(settled())

    async def _settle(self) -> None:
        await self._settling.settle(getattr(self, "clock", None))

    # ---- time

    def settle(self) -> None:
        """Let everything happen that is due."""
        self._runner.run(self._settle())

    def advance(self, seconds: float) -> None:
        """Let virtual time pass."""
        self._runner.run(self._settling.advance(self.clock, seconds))

    def give_up_on_the_network(self, seconds: float = 20.0) -> None:
        """Let whatever waits for the other end of a connection find that it has waited long enough."""
        self._settling.skip(seconds)
        self.settle()

    def run_until_idle(self, within: float = 3600.0) -> None:
        """Let virtual time pass until nothing more is to happen in the switch by itself; so many seconds at most."""
        end = self.clock.now() + within
        self.settle()
        while not self.simulator.is_idle:
            when = self.clock.next_when()
            if when is None or when > end:
                return
            self.advance(max(0.0, when - self.clock.now()))

    # ---- doors

    def connect(self, *, slow: bool = False, path: str = "/ws") -> Client:
        """A new application on a WebSocket; slow = with next to no buffers."""
        url = f"ws://{self.host}:{self.port}{path}"

        async def connected() -> JsonConnection:
            connection = await JsonConnection.open(url, slow=slow)
            self._open.push_async_callback(connection.close)
            return connection

        return Client(self, self.run(connected()))

    def application(self, opening: Opening, *, slow: bool = False) -> Application:
        """A new application with the connection that it opens; slow = with next to no buffers."""

        async def opened() -> Connection:
            connection = await opening(f"ws://{self.host}:{self.port}/ws", self._settling, slow=slow)
            self._open.push_async_callback(connection.close)
            return connection

        return Application(self, self.run(opened()))

    def stream(self, position: str = "", **query: str) -> Stream:
        """A new reader of Server-Sent Events; position: where to go on (`Last-Event-ID`)."""

        async def opened() -> EventStream:
            stream = await EventStream.open(f"http://{self.host}:{self.port}", query, position)
            self._open.push_async_callback(stream.close)
            return stream

        return Stream(self, self.run(opened()))

    def http(self, method: str, path: str, **options: Any) -> Reply:
        """An HTTP request and its response, with the options of httpx; raises NoAnswer."""

        async def answered() -> Reply:
            client = self._controls if path.startswith("/sim/") else self._http
            task = asyncio.create_task(client.request(method, path, **options))
            await self._settle()
            if not task.done():
                task.cancel()
                raise NoAnswer(f"{method} {path} has no answer yet; let time pass, or let somebody act")
            response = task.result()
            is_json = response.headers.get("content-type", "").startswith("application/json")
            body = json.loads(response.content) if response.content and is_json else {}
            return Reply(response.status_code, body, response.headers, response.text)

        return self._runner.run(answered())

    def post(self, request: str, **fields: Any) -> Reply:
        """A request over REST, as POST."""
        return self.http("POST", f"/api/{request}", json=fields)

    def get(self, request: str, **fields: Any) -> Reply:
        """A request over REST, as GET."""
        return self.http("GET", f"/api/{request}", params=fields)

    # ---- other servers

    def beside(self, *, line: str = "", **settings: Any) -> "RunningServer":
        """Another server, not started yet: on the same switch, or on one of its own that trunk group `line` leads to.

        Close it before this one.
        """
        own = {"system": {"ucidNodeId": 2}} if line else {}
        return RunningServer(self.world_data, patch=own, backend=self._backend, beside=self, line=line, **settings)

    @property
    def uuisvr(self) -> str:
        """`HOST:PORT` where others ask for this server's user data; "" = nowhere."""
        return "{}:{}".format(*self._app.uuisvr) if self._app.uuisvr is not None else ""

    def failing_data_service(self, kind: Failing) -> FailingDataService:
        """A user-data service that is down, silent or lying, until this server is closed."""

        async def opened() -> FailingDataService:
            service = await FailingDataService.open(kind)
            self._open.push_async_callback(service.close)
            return service

        return self.run(opened())

    def receiver(self) -> Receiver:
        """A new target for webhooks."""
        receiver = Receiver()
        self.run(receiver.serve())
        self._open.push_async_callback(receiver.close)
        return receiver

    def console(self, line: str) -> tuple[bool, str]:
        """A command at the console: whether it succeeded, and what it showed. The server needs `console` set."""
        return self._runner.run(self._commanded(line))

    async def _commanded(self, line: str) -> tuple[bool, str]:
        if self._program is None:
            reader, writer = await connect(*self._consoles[0])
            self._open.callback(writer.close)
            self._program = Program.at((reader, writer), self._said.append, _nothing)
            await self._program.log_in("tcpgate", "tcpgate01")
        self._said.clear()
        done = await self._program.command(line)
        await self._settle()
        return done, "\n".join(self._said)

    def admin(self, command: str, **fields: Any) -> Reply:
        """A command of the console over REST, with a key that the console gives; the server needs `console` set."""
        if not self._key:
            _, said = self.console("add key tests admin")
            self._key = next(word for word in said.split() if word.startswith("ivk_"))
        verb, _, what = command.partition(" ")
        headers = {"authorization": f"Bearer {self._key}"}
        if verb == "disp":
            return self.http("GET", f"/admin/{what}", params=fields, headers=headers)
        return self.http("POST", f"/admin/{verb}/{what}", json=fields, headers=headers)

    # ---- people and the switch

    def phone(self, extension: str, action: str, **fields: Any) -> Message:
        """A person's hand at a station: lift, dial (number), answer, press (digits), hangup."""
        return self._control(f"/sim/phones/{extension}/{action}", fields)

    def call_in(self, to: str, number: str | None = "60123456", **fields: Any) -> Message:
        """An outside party calls in; gives its call and its name as a party."""
        return self._control("/sim/calls", {"from": number, "to": to, **fields})

    def party(self, party: str, action: str, **fields: Any) -> Message:
        """An outside party acts: ring, progress, answer, busy, press (digits), hangup."""
        return self._control(f"/sim/parties/{party.replace('#', '%23')}/{action}", fields)

    def link(self, state: str) -> Message:
        """The link between switch and server goes down or comes up."""
        return self._control(f"/sim/link/{state}", {})

    def fault(self, fault: str, **fields: Any) -> int:
        """Set a fault; gives the number of a rule, to end it by. See the manual's page on faults."""
        return int(self._control("/sim/faults", {"fault": fault, **fields})["number"])

    def play(self, scenario: str | WorldData, seconds: float) -> Message:
        """Play a scenario (one of the package by its name, or its data) for so long; gives what came of it."""
        self._control("/sim/scenarios", {"scenario": scenario})
        self.advance(seconds)
        performance: Message = self.http("GET", "/sim/scenarios").body["performance"]
        return performance

    def end_faults(self) -> None:
        """Delete all rules of faults."""
        assert self.http("DELETE", "/sim/faults").status == httpx.codes.OK

    def _control(self, path: str, fields: Mapping[str, Any]) -> Message:
        reply = self.http("POST", path, json=dict(fields))
        assert reply.status == httpx.codes.OK, f"POST {path} {dict(fields)}: {reply.status} {reply.body}"
        return reply.body


def _world_data(world: Path | WorldData | None) -> WorldData:
    if world is None:
        return _default_world()
    return read_world(world) if isinstance(world, Path) else world


@cache
def _default_world() -> WorldData:
    """Read once: most tests are about it, and reading YAML takes longer than starting a server."""
    return read_world(DEFAULT_WORLD)


def _nothing(_asked: str) -> str:
    """What is said where the console asks for something."""
    return ""


def read_world(path: Path) -> WorldData:
    """The content of a world file.

    Raises OSError, WorldError.
    """
    data: WorldData = parse(path.read_text(encoding="utf-8"), json_only=path.suffix == ".json")
    return data


def _with_text_keys(data: Any) -> Any:
    """The same data, with texts as keys: YAML reads 101 as a number, and either form means the same station."""
    if isinstance(data, Mapping):
        return {str(key): _with_text_keys(item) for key, item in data.items()}
    return data
