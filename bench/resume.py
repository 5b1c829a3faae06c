"""Clients that break off at random moments and come back: events lost, duplicated and out of order. Goal: 0 of each.

One server, calls that are held and retrieved 100,000 times, and on each interface a client that breaks off 10,000
times, in the middle of whatever it is being sent; a webhook's target refuses, hangs up, or loses its answer instead,
and the client packages have their line cut, and resume by themselves, at the end 10,000 events at once (goal: 1 s).
With `shared` in the name there are two servers, which share their journal in a Redis, and the client comes back to
either at random.
BENCH_DISCONNECTS makes it shorter; BENCH_RESUME=sse,webhooks does only those.
"""

import asyncio
import contextlib
import itertools
import json
import os
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from websockets.asyncio.client import connect

from bench.child import Child, running
from bench.refusing import Target
from ivrsvr.client import Client, Options
from ivrsvr.testing.packages import lay_out
from ivrsvr.testing.relay import Relay

DISCONNECTS = int(os.environ.get("BENCH_DISCONNECTS", "10000"))
EVENTS_EACH = 10
COUNTED = ("hold", "retrieve")
BESIDES = ("alert", "connect", "resumed")
"""What may come: of a call that is held and retrieved, and before and between. Anything else is a gap."""


@dataclass(slots=True)
class Came:
    """What a client was told. calls: the numbers of events in the order in which they came, by call.

    resumed_s: seconds in which it got 10,000 events that it had missed; 0 = not measured.
    """

    told: int = 0
    breaks: int = 0
    odd: int = 0
    resumed_s: float = 0.0
    calls: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def take(self, event: dict[str, object]) -> None:
        """Note an event."""
        if event["eventtype"] not in COUNTED:
            self.odd += event["eventtype"] not in BESIDES
        else:
            self.calls[int(str(event["callid"]))].append(int(str(event["eventid"])))

    def __len__(self) -> int:
        return sum(map(len, self.calls.values()))

    def figures(self) -> dict[str, int]:
        """Numbers of events are without gaps on a server on which nothing else happens."""
        numbers = sorted(itertools.chain.from_iterable(self.calls.values()))
        return {
            "events": self.told,
            "disconnects": self.breaks,
            "lost": self.told - len(set(numbers)),
            "duplicated": len(numbers) - len(set(numbers)),
            "out_of_order": sum(
                later < earlier for call in self.calls.values() for earlier, later in itertools.pairwise(call)
            ),
            "gaps_and_overflows": self.odd,
        }


# ---- clients that read a stream

Position = tuple[str, int]
Reader = Callable[[Child, Position | None], AsyncIterator[dict[str, object] | None]]
"""Gives None when it is told of events from now on, and events; closing it breaks the connection off."""


async def _ws(child: Child, position: Position | None) -> AsyncIterator[dict[str, object] | None]:
    request: dict[str, object] = {"id": "1", "request": "startmonitor", "extension": "101"}
    if position is not None:
        request |= {"epoch": position[0], "since": position[1]}
    socket = await connect(f"ws://127.0.0.1:{child.ports[1]}/", compression=None, ping_interval=None)
    try:
        await socket.send(json.dumps(request))
        async for text in socket:
            event = json.loads(text)
            yield None if event["msgtype"] == "response" else event
    finally:
        socket.transport.abort()


async def _sse(child: Child, position: Position | None) -> AsyncIterator[dict[str, object] | None]:
    reader, writer = await asyncio.open_connection("127.0.0.1", child.ports[0])
    mark = f"Last-Event-ID: {position[0]}.{position[1]}\r\n" if position is not None else ""
    try:
        writer.write(f"GET /api/events?extension=101 HTTP/1.1\r\nHost: bench\r\n{mark}\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        yield None
        async for line in reader:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])
    finally:
        writer.transport.abort()


def _breaking(read: Reader) -> Callable[[Child], Awaitable[Came]]:
    """A client that breaks off, and comes back with the position of its last event."""

    async def run(child: Child) -> Came:
        chance = random.Random(1)
        came = Came(breaks=DISCONNECTS)
        position: Position | None = None
        child.tell("events 0")
        for turn in range(DISCONNECTS + 2):
            last = turn > DISCONNECTS
            left = chance.randint(0, 2 * EVENTS_EACH)
            async with contextlib.aclosing(read(child, position)) as stream:  # type: ignore[type-var]
                async for event in stream:
                    if event is None:
                        if not last:
                            child.tell(f"events {EVENTS_EACH}")
                            came.told += EVENTS_EACH
                    else:
                        came.take(event)
                        position = str(event["epoch"]), int(str(event["eventid"]))
                        left -= 1
                    if (left <= 0 and not last) or len(came) >= came.told:
                        break
        return came

    return run


def _hopping(read: Reader) -> Reader:
    """One that comes back to any of several servers."""
    chance = random.Random(2)

    async def hop(child: Child, position: Position | None) -> AsyncIterator[dict[str, object] | None]:
        first = 2 * chance.randrange(len(child.ports) // 2)
        there = replace(child, ports=child.ports[first : first + 2])
        async with contextlib.aclosing(read(there, position)) as stream:  # type: ignore[type-var]
            async for event in stream:
                yield event

    return hop


# ---- a webhook

CHUNK = 5_000
"""Events that are made before those before them have been taken: more than a queue and a window hold."""


async def _refused(child: Child) -> Came:
    """A target that does not take what it is sent, one time in ten."""
    came = Came()
    async with Target(came.take, random.Random(1), chance=0.1) as target:
        await target.ask_for(child.ports[0], "101,102")
        child.tell("events 0")
        while came.told < DISCONNECTS * EVENTS_EACH:
            child.tell(f"events {CHUNK}")
            came.told += CHUNK
            while len(came) < came.told:
                await target.taken.wait()
                target.taken.clear()
        came.breaks = target.refusals
    return came


# ---- the client packages

DIALLED = ("alert", "connect")
"""What comes of the call that is held and retrieved later."""

MISSED = 10_000
RESUME_GOAL_S = 1.0
EVERYTHING = Options(connect_s=120.0, request_s=120.0, queue_most=2 * MISSED)

PROGRAM = """
import { Client } from "ivrsvr";
const wait = (ms, call) => { const id = setTimeout(call, ms > 10_000 ? ms : 0); return () => clearTimeout(id); };
const server = new Client(process.argv[2], { wait });
await server.monitor("101", (event) => console.log(JSON.stringify(event)));
console.log("null");
"""


async def _at_once(_seconds: float) -> None:
    await asyncio.sleep(0)


async def _python(url: str) -> AsyncGenerator[dict[str, object] | None, None]:
    async with Client(url, options=EVERYTHING, pause=_at_once) as client:
        monitor = await client.monitor("101")
        yield None
        async for event in monitor:
            yield event


async def _javascript(url: str) -> AsyncGenerator[dict[str, object] | None, None]:
    with tempfile.TemporaryDirectory() as folder:
        lay_out(Path(folder))
        (Path(folder) / "program.mjs").write_text(PROGRAM)
        node = await asyncio.create_subprocess_exec(
            "node", "program.mjs", url, cwd=folder, stdout=asyncio.subprocess.PIPE
        )
        assert node.stdout is not None
        try:
            async for line in node.stdout:
                yield json.loads(line)
        finally:
            node.kill()
            await node.wait()


def _cut(read: Callable[[str], AsyncGenerator[dict[str, object] | None, None]]) -> Callable[[Child], Awaitable[Came]]:
    """A client package whose line is cut, and that comes back by itself."""

    async def run(child: Child) -> Came:
        chance = random.Random(1)
        came = Came()
        there = f"ws://127.0.0.1:{child.ports[1]}/"
        async with Relay(there) as relay, contextlib.aclosing(read(relay.url)) as events:

            async def take_until_resumed() -> None:
                while (event := await anext(events)) is not None and event["eventtype"] != "resumed":
                    came.take(event)

            await anext(events)
            child.tell("events 0")
            for _ in DIALLED:
                await anext(events)
            for _ in range(DISCONNECTS):
                child.tell(f"events {EVENTS_EACH}")
                came.told += EVENTS_EACH
                for _ in range(min(chance.randint(0, 2 * EVENTS_EACH), came.told - len(came))):
                    event = await anext(events)
                    assert event is not None
                    came.take(event)
                relay.cut()
                came.breaks += 1
                await take_until_resumed()
            relay.hang()
            relay.cut()
            await _tell(child, there)
            came.told += MISSED
            begun = time.perf_counter()
            relay.flow()
            await take_until_resumed()
            came.resumed_s = time.perf_counter() - begun
        return came

    return run


async def _tell(child: Child, there: str) -> None:
    """Have 10,000 events made, and wait until somebody else has been told of them."""
    async with Client(there, options=EVERYTHING) as client:
        witness = await client.monitor("101")
        child.tell(f"events {MISSED}")
        for _ in range(MISSED):
            await witness.get()


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to be told of events. server: that of `bench.peers` which tells them."""

    name: str
    server: str
    run: Callable[[Child], Awaitable[Came]]


VARIANTS = (
    Variant("websocket", "ivrsvr", _breaking(_ws)),
    Variant("sse", "ivrsvr", _breaking(_sse)),
    Variant("websocket-shared", "sharing", _breaking(_hopping(_ws))),
    Variant("sse-shared", "sharing", _breaking(_hopping(_sse))),
    Variant("webhooks", "hooked", _refused),
    Variant("python", "ivrsvr", _cut(_python)),
    Variant("javascript", "ivrsvr", _cut(_javascript)),
)


async def _measured(variant: Variant) -> dict[str, object]:
    begun = time.perf_counter()
    async with running(variant.server) as child:
        came = await variant.run(child)
    resumed = {"resume_10000_s": round(came.resumed_s, 3)} if came.resumed_s else {}
    return {"interface": variant.name, **came.figures(), **resumed, "seconds": round(time.perf_counter() - begun, 1)}


def measure() -> dict[str, object]:
    """Each interface in turn."""
    names = os.environ.get("BENCH_RESUME", "")
    wanted = [one for one in VARIANTS if not names or one.name in names.split(",")]
    found = [asyncio.run(_measured(one)) for one in wanted]
    sound = all(one[key] == 0 for one in found for key in ("lost", "duplicated", "out_of_order", "gaps_and_overflows"))
    quick = all(float(str(one.get("resume_10000_s", 0))) < RESUME_GOAL_S for one in found)
    return {"interfaces": found, "met": sound and quick}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
