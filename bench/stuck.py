"""What 50 stuck clients of 1,000 cost the others: p99 of the latency of their events. Goal: at most 1.5 times.

In turn, the 50 read like everybody else, or have stopped reading with full buffers, until the server cuts them off.
The latency is from the word to send until the octets are in the client's process.
"""

import asyncio
import json
import socket
import time

from bench.child import Child, running
from bench.raw import MessageCounter

GOAL = 1.5
HEALTHY, OTHERS = 950, 50
SMALL_BUFFER = 4096
FILL = 400
"""Events that fill the buffers of whoever does not read."""
EVENTS = 25
ROUNDS = 5


class Listener(MessageCounter):
    """Notes when its latest message came."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.latest = 0.0

    def data_received(self, data: bytes) -> None:
        self.latest = time.perf_counter()
        super().data_received(data)

    def hang(self) -> None:
        """Read no more."""
        assert self._transport is not None
        self._transport.pause_reading()


async def _listener(port: int, buffer: int) -> Listener:
    """Connected; buffer: octets that its kernel takes in for it, 0 = as many as usual."""
    own = socket.socket()
    if buffer:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    own.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(own, ("127.0.0.1", port))
    _, listener = await loop.create_connection(lambda: Listener("/"), sock=own)
    await listener.ready.wait()
    return listener


async def _open(port: int, count: int, buffer: int = 0) -> list[Listener]:
    found = []
    for _ in range(count):
        listener = await _listener(port, buffer)
        listener.send(b'{"id":"1","request":"startmonitor","extension":"101"}')
        await listener.wait_for(1)
        found.append(listener)
    return found


async def _events(child: Child, listeners: list[Listener], events: int) -> list[float]:
    """Send events, and wait until everybody has them; the latency of the last one for each."""
    targets = [one.count + events for one in listeners]
    begun = time.perf_counter()
    child.tell(f"events {events}")
    await asyncio.gather(*(one.wait_for(count) for one, count in zip(listeners, targets, strict=True)))
    return [one.latest - begun for one in listeners]


async def _round(child: Child, healthy: list[Listener], *, stuck: bool, events: int) -> float:
    """Seconds within which 99 of 100 events were with the healthy."""
    others = await _open(child.ports[1], OTHERS, SMALL_BUFFER)
    if stuck:
        for one in others:
            one.hang()
    await _events(child, healthy, FILL)
    latencies: list[float] = []
    for _ in range(events):
        latencies += await _events(child, healthy, 2)  # held and retrieved
    for one in others:
        one.close()
    latencies.sort()
    return latencies[len(latencies) * 99 // 100]


async def figures(rounds: int = ROUNDS, events: int = EVENTS) -> list[tuple[float, float]]:
    """Pairs of seconds, without and with stuck clients; the median pair by its ratio is in the middle."""
    async with running("ivrsvr") as child:
        healthy = await _open(child.ports[1], HEALTHY)
        child.tell("events 0")
        await asyncio.gather(*(one.wait_for(one.count + 2) for one in healthy))  # the call that is held and retrieved
        pairs = []
        for _ in range(rounds):
            without = await _round(child, healthy, stuck=False, events=events)
            pairs.append((without, await _round(child, healthy, stuck=True, events=events)))
        for one in healthy:
            one.close()
    return sorted(pairs, key=lambda pair: pair[1] / pair[0])


def measure() -> dict[str, object]:
    """Milliseconds of the median pair of rounds, and their ratio."""
    pairs = asyncio.run(figures())
    without, stuck = pairs[len(pairs) // 2]
    return {
        "clients": HEALTHY + OTHERS,
        "stuck": OTHERS,
        "p99_ms_without": round(without * 1000, 1),
        "p99_ms_with": round(stuck * 1000, 1),
        "ratio": round(stuck / without, 2),
        "goal": GOAL,
        "met": stuck <= GOAL * without,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
