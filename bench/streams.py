"""200 streams at once on one simulated AES: all open, all asked round after round, none lost, memory flat.

Goal: every answer comes, no stream ends, and the last rounds need no more memory than the first.
"""

import asyncio
import json
import resource
import statistics
import time

from bench.wirepath import backend_for
from ivrsvr.backends.base import LinkState
from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import DEFAULT_WORLD, World
from ivrsvr.backends.tsapi.backend import TsapiBackend
from ivrsvr.clock import Clock
from ivrsvr.csta.monitor import MonitorDevice, SnapshotDevice

STREAMS = 200
ROUNDS = 100
GROWTH_GOAL_MB = 20.0
BETWEEN_S = 5.0
"""Virtual seconds between two rounds: heartbeats and supervision run as they would in ten minutes of a day."""


async def one_round(backends: list[TsapiBackend]) -> list[float]:
    """Every stream asks once, all at the same time; seconds of each answer."""

    async def ask(backend: TsapiBackend) -> float:
        begun = time.perf_counter()
        await backend.request(SnapshotDevice(snapshotObject="101"))
        return time.perf_counter() - begun

    return await asyncio.gather(*(ask(backend) for backend in backends))


def peak_mb() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def figures(count: int = STREAMS, rounds: int = ROUNDS) -> dict[str, float]:
    """What the streams did."""
    clock = Clock(start=1_458_770_400.0, seed=1)
    server = AesServer(Simulator(World.load(DEFAULT_WORLD), clock), Ports(names=0, csta=0, csta_s=None))
    await server.start()
    backends = [backend_for(server, clock) for _ in range(count)]
    await asyncio.gather(*(backend.start() for backend in backends))
    await asyncio.gather(*(backend.request(MonitorDevice(deviceID="101")) for backend in backends))
    sessions = set(server.sessions)
    await one_round(backends)
    before, begun = peak_mb(), time.perf_counter()
    answers: list[float] = []
    for _ in range(rounds):
        answers += await one_round(backends)
        clock.advance(BETWEEN_S)
    seconds = time.perf_counter() - begun
    lost = len(sessions - set(server.sessions)) + sum(backend.link is LinkState.DOWN for backend in backends)
    grown = peak_mb() - before
    await asyncio.gather(*(backend.stop() for backend in backends))
    await server.stop()
    return {
        "lost": lost,
        "answers_per_second": len(answers) / seconds,
        "median_ms": statistics.median(answers) * 1000,
        "grown_mb": grown,
    }


def measure() -> dict[str, object]:
    """The figures with the goals."""
    found = asyncio.run(figures())
    met = found["lost"] == 0 and found["grown_mb"] < GROWTH_GOAL_MB
    rounded = {name: round(value, 1) for name, value in found.items()}
    return {"streams": STREAMS, **rounded, "goal_mb": GROWTH_GOAL_MB, "met": met}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
