"""Events to 50 WebSocket subscribers against a bare `websockets` broadcast of the same octets. Goal: at least 0.5."""

import asyncio
import json
import time

from bench.child import Child, running
from bench.raw import MessageCounter

GOAL = 0.5
SUBSCRIBERS = 50
EVENTS = 300
ROUNDS = 11
"""Of each, in turn: what else the machine does falls on both of a pair, and the median pair counts."""


async def measured(child: Child, listeners: list[MessageCounter], events: int) -> float:
    """Messages per second from the word to send until everybody has everything."""
    begun = time.perf_counter()
    targets = [listener.count + events for listener in listeners]
    child.tell(f"events {events}")
    await asyncio.gather(*(one.wait_for(count) for one, count in zip(listeners, targets, strict=True)))
    return events * len(listeners) / (time.perf_counter() - begun)


async def subscribe(port: int, extension: str = "101") -> MessageCounter:
    """A client that is told of an extension from now on."""
    listener = await MessageCounter.open(port)
    listener.send(b'{"id":"1","request":"startmonitor","extension":"%s"}' % extension.encode())
    await listener.wait_for(1)
    if b'"success"' not in listener.first:
        raise RuntimeError(listener.first.decode())
    listener.first = b""
    return listener


async def _compare() -> list[tuple[float, float]]:
    pairs = []
    async with running("ivrsvr") as ours, running("broadcast") as bare:
        subscribers = [await subscribe(ours.ports[1]) for _ in range(SUBSCRIBERS)]
        ours.tell("events 0")
        await asyncio.gather(*(one.wait_for(one.count + 2) for one in subscribers))
        for one in subscribers:
            one.first = b""
        await measured(ours, subscribers, 2)
        listeners = [await MessageCounter.open(bare.ports[0]) for _ in range(SUBSCRIBERS)]
        bare.tell("bytes " + subscribers[0].first.decode())
        await measured(bare, listeners, 2)
        for _ in range(ROUNDS):
            pairs.append((await measured(ours, subscribers, EVENTS), await measured(bare, listeners, EVENTS)))
        for one in (*subscribers, *listeners):
            one.close()
    return sorted(pairs, key=lambda pair: pair[0] / pair[1])


def measure() -> dict[str, object]:
    """Messages per second of both in the median pair of rounds, and their ratio."""
    ours, bare = asyncio.run(_compare())[ROUNDS // 2]
    ratio = ours / bare
    return {
        "subscribers": SUBSCRIBERS,
        "ivrsvr_messages_per_second": round(ours),
        "broadcast_messages_per_second": round(bare),
        "ratio": round(ratio, 3),
        "goal": GOAL,
        "met": ratio >= GOAL,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
