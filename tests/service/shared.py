"""Servers that share one journal in a real Redis, on one simulated switch, and clients that hop between them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from ivrsvr.backends.base import Backend
from ivrsvr.backends.simulator.backend import SimulatorBackend
from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import DEFAULT_WORLD, World
from ivrsvr.backends.tsapi.backend import TsapiBackend
from ivrsvr.backends.tsapi.links import Links, Target
from ivrsvr.backends.tsapi.stream.client_end import Login
from ivrsvr.clock import Clock
from ivrsvr.registry import Caller
from ivrsvr.service.service import Options, Service
from ivrsvr.service.shared import SharedJournal
from ivrsvr.service.subscribers import Subscriber
from ivrsvr.store.journal import Bounds
from ivrsvr.store.journal_redis import PREFIX, JournalStream
from tests.service.fake import START, settled

PATIENCE_S = 8.0

Event = dict[str, Any]


async def until(found: Callable[[], object], what: Callable[[], object] = lambda: "") -> None:
    """Wait until something is so: octets are on their way to Redis and back, which no virtual clock knows."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE_S
    while not found():
        assert loop.time() < end, what()
        await asyncio.sleep(0.001)
    await settled()


async def _never(*_: object) -> Any:
    await asyncio.Event().wait()


@dataclass
class Server:
    """One of the servers."""

    service: Service
    journal: SharedJournal
    stream: JournalStream

    def role(self, extension: str = "101") -> str:
        """What it does for an extension."""
        return self.journal._seats[extension].role.value

    async def in_step(self, extension: str = "101") -> None:
        """Wait until it has followed an extension for a while."""
        await until(lambda: self.journal._seats[extension].shadow.in_step)

    def cut(self) -> None:
        """Its stream to the switch breaks, and is opened again after a while on the clock."""
        backend = self.service.backend
        assert isinstance(backend, SimulatorBackend)
        backend._cut()

    def kill(self) -> None:
        """Nothing of it reaches Redis any more, as if its process were gone."""
        for name in ("join", "append", "beat", "tail", "claim", "release", "leave", "portray"):
            setattr(self.stream, name, _never)
        self.journal._standing.joined = False

    async def lapse(self) -> None:
        """Its lease is over."""
        seconds, _ = await self.stream._redis.time()
        await self.stream._redis.zadd(f"{PREFIX}members", {self.stream.member: int(seconds) * 1000 - 1})


@dataclass
class Group:
    """Servers on one switch."""

    url: str
    simulator: Simulator
    clock: Clock
    backend: Callable[[], Backend]
    servers: list[Server] = field(default_factory=list)
    begun: int = 0

    async def start(self, *, bounds: Bounds | None = None, number: int = 0, most: int = 10_000) -> Server:
        """One more server."""
        self.begun += 1
        stream = JournalStream(self.url, number or self.begun, bounds or Bounds())
        journal = SharedJournal(self.clock, stream, yield_s=0.02, most=most)
        service = Service(self.backend(), self.clock, options=Options(linger_s=60.0), journal=journal)
        await service.start()
        self.servers.append(Server(service, journal, stream))
        return self.servers[-1]

    async def stop(self, server: Server) -> None:
        self.servers.remove(server)
        await server.service.stop()

    def client(self, server: Server, *extensions: str, **keys: Any) -> "Client":
        return Client(server, extensions or ("101",), keys)


@asynccontextmanager
async def group(url: str, count: int = 2, *, wire: bool = False, **keys: Any) -> AsyncIterator[Group]:
    """wire: the servers reach the switch over TSAPI on TCP."""
    clock = Clock(START)
    simulator = Simulator(World.load(DEFAULT_WORLD), clock)
    aes = AesServer(simulator, Ports(names=0, csta=0, csta_s=None))
    if wire:
        await aes.start()
    it = Group(
        url, simulator, clock, (lambda: _over(aes, simulator, clock)) if wire else lambda: SimulatorBackend(simulator)
    )
    try:
        for _ in range(count):
            await it.start(**keys)
        yield it
    finally:
        for server in list(it.servers):
            await it.stop(server)
        if wire:
            await aes.stop()


def _over(aes: AesServer, simulator: Simulator, clock: Clock) -> TsapiBackend:
    stream = simulator.world.aes.stream
    login = Login(tlink="", login=stream.loginID, password=stream.passwd, heartbeat_s=None)
    return TsapiBackend(Links([Target(stream.serverID, "127.0.0.1", aes.name_port)], lambda _: login, clock), clock)


async def talk(it: Group) -> None:
    """101 and 105 talk: two events of 101."""
    it.simulator.people.dial("101", "105")
    it.simulator.people.answer("105")
    await settled()


def toggle(it: Group, times: int = 1) -> None:
    """101 holds and retrieves, so often: two events each."""
    for _ in range(times):
        it.simulator.people.hold("101")
        it.simulator.people.retrieve("101")


def without_server(events: list[Event]) -> list[Event]:
    """The events as they are the same on every server."""
    return [{key: value for key, value in one.items() if key != "referenceid"} for one in events]


@dataclass
class Client:
    """One that monitors extensions, and keeps its position and everything that it was ever told."""

    server: Server
    extensions: Sequence[str]
    keys: dict[str, Any] = field(default_factory=dict)
    told: list[Event] = field(default_factory=list)
    position: dict[str, tuple[str, int]] = field(default_factory=dict)
    queue: Subscriber | None = None

    async def connect(self, server: Server | None = None) -> "Client":
        """Come to a server, with the position that it has."""
        self.server = server or self.server
        self.queue = self.server.service.subscribe("client")
        for extension in self.extensions:
            request: dict[str, Any] = {"id": "1", "request": "startmonitor", "extension": extension, **self.keys}
            if extension in self.position:
                epoch, eventid = self.position[extension]
                request |= {"since": eventid, "epoch": epoch}
            else:
                request["position"] = True
            answer = await self.server.service.handle(request, Caller("ws", subscriber=self.queue))
            assert answer["result"] == "success", answer
            self.queue.reply(json.dumps(answer))
        return self

    def break_off(self, take: int | None = None) -> None:
        """Read so much more, and be gone."""
        assert self.queue is not None
        self._read(take)
        self.server.service.unsubscribe(self.queue)
        self.queue = None

    def _read(self, take: int | None = None) -> None:
        if self.queue is None:
            return
        for text in self.queue.take_now()[:take]:
            event = json.loads(text)
            if event["msgtype"] == "event":
                self.told.append(event)
                if "eventid" in event and event.get("monitored"):
                    self.position[event["monitored"]] = (event["epoch"], event["eventid"])

    @property
    def events(self) -> list[Event]:
        """Everything that it was told so far, but for notices about itself."""
        self._read()
        return [one for one in self.told if one["eventtype"] not in ("resumed", "position")]

    @property
    def types(self) -> list[str]:
        return [str(one["eventtype"]) for one in self.events]

    @property
    def numbers(self) -> list[int]:
        return [int(one["eventid"]) for one in self.events]

    async def has(self, count: int) -> list[Event]:
        """So many events, once they are there, and no more."""
        await until(lambda: len(self.events) >= count, lambda: self.types)
        await asyncio.sleep(0.005)
        assert len(self.events) == count, self.types
        return self.events
