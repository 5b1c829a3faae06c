"""Clients that break off at random moments and come back: events lost, duplicated and out of order. Goal: 0 of each.

One server, a call that is held and retrieved 100,000 times, and on each interface a client that breaks off 10,000
times, in the middle of whatever it is being sent. BENCH_DISCONNECTS makes it shorter.
"""

import asyncio
import contextlib
import itertools
import json
import os
import random
import time
from collections.abc import AsyncIterator, Callable

from websockets.asyncio.client import connect

from bench.child import Child, running

DISCONNECTS = int(os.environ.get("BENCH_DISCONNECTS", "10000"))
EVENTS_EACH = 10

Position = tuple[str, int]
Reader = Callable[[Child, Position | None], AsyncIterator[tuple[str, Position | None]]]
"""Gives event types with their positions; closing it breaks the connection off."""


async def _ws(child: Child, position: Position | None) -> AsyncIterator[tuple[str, Position | None]]:
    request: dict[str, object] = {"id": "1", "request": "startmonitor", "extension": "101"}
    if position is not None:
        request |= {"epoch": position[0], "since": position[1]}
    socket = await connect(f"ws://127.0.0.1:{child.ports[1]}/", compression=None, ping_interval=None)
    try:
        await socket.send(json.dumps(request))
        async for text in socket:
            event = json.loads(text)
            if event["msgtype"] == "response":
                yield "began", None
            elif event["eventtype"] != "resumed":
                yield event["eventtype"], (event["epoch"], event["eventid"])
    finally:
        socket.transport.abort()


async def _sse(child: Child, position: Position | None) -> AsyncIterator[tuple[str, Position | None]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", child.ports[0])
    mark = f"Last-Event-ID: {position[0]}.{position[1]}\r\n" if position is not None else ""
    try:
        writer.write(f"GET /api/events?extension=101 HTTP/1.1\r\nHost: bench\r\n{mark}\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        yield "began", None
        async for line in reader:
            if line.startswith(b"data: "):
                event = json.loads(line[6:])
                if event["eventtype"] != "resumed":
                    yield event["eventtype"], (event["epoch"], event["eventid"])
    finally:
        writer.transport.abort()


async def _one(name: str, read: Reader) -> dict[str, object]:
    """Break off and come back; what came."""
    chance = random.Random(1)
    came: list[int] = []
    odd: list[str] = []
    position: Position | None = None
    told = 0
    begun = time.perf_counter()
    async with running("ivrsvr") as child:
        child.tell("events 0")
        for _ in range(DISCONNECTS + 1):
            stream = read(child, position)
            async with contextlib.aclosing(stream):  # type: ignore[type-var]
                left = chance.randint(0, 2 * EVENTS_EACH)
                async for kind, at in stream:
                    if at is None:
                        child.tell(f"events {EVENTS_EACH}")
                        told += EVENTS_EACH
                    elif kind in ("hold", "retrieve"):
                        came.append(at[1])
                        position = at
                        left -= 1
                    else:
                        odd.append(kind)
                        position = at
                    if left <= 0 or (came and at is not None and len(came) >= told):
                        break
        async with contextlib.aclosing(read(child, position)) as stream:  # type: ignore[type-var]
            async for _, at in stream:
                if at is not None:
                    came.append(at[1])
                if len(came) >= told:
                    break
    return {
        "events": told,
        "disconnects": DISCONNECTS,
        "lost": came[-1] - came[0] + 1 - len(set(came)),
        "duplicated": len(came) - len(set(came)),
        "out_of_order": sum(later < earlier for earlier, later in itertools.pairwise(came)),
        "gaps_and_overflows": len(odd),
        "seconds": round(time.perf_counter() - begun, 1),
        "interface": name,
    }


def measure() -> dict[str, object]:
    """Both interfaces in turn."""
    found = [asyncio.run(_one(name, read)) for name, read in (("websocket", _ws), ("sse", _sse))]
    sound = all(one[key] == 0 for one in found for key in ("lost", "duplicated", "out_of_order", "gaps_and_overflows"))
    return {"interfaces": found, "met": sound}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
