"""10,000 monitors over one stream: started, and brought back after the stream was lost. Goal: 20 s each.

Simulated AES and server live in one process on one core, so both ends cost their time. Coming back costs more than
starting: each device is looked at by a snapshot, so that nothing that happened meanwhile is missed.
"""

import asyncio
import json
import time
from typing import Any

from bench.wirepath import backend_for
from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import DEFAULT_WORLD, World, merge_patch
from ivrsvr.backends.simulator.world_file import parse
from ivrsvr.clock import Clock
from ivrsvr.service.service import Service

GOAL_S = 20.0
COUNT = 10_000
FIRST = 200_000
LOOK_S = 0.01
"""How often the count is looked at, in real time."""


def world(count: int) -> World:
    """The default world with so many further stations."""
    stations: dict[str, Any] = {str(FIRST + number): {} for number in range(count)}
    return World.from_data(merge_patch(parse(DEFAULT_WORLD.read_text(encoding="utf-8")), {"stations": stations}))


async def figures(count: int = COUNT) -> dict[str, float]:
    """Seconds of both."""
    clock = Clock(start=1_458_770_400.0, seed=1)
    server = AesServer(Simulator(world(count), clock), Ports(names=0, csta=0, csta_s=None))
    await server.start()
    service = Service(backend_for(server, clock), clock)
    await service.start()
    begun = time.perf_counter()
    pace = asyncio.Semaphore(100)

    async def keep(device: str) -> None:
        async with pace:
            await service.monitors.keep(device, "bench")

    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(keep(str(FIRST + number)))
    started = time.perf_counter() - begun
    for session in tuple(server.sessions):
        session.cut()
    while service.monitors.running == count:  # noqa: ASYNC110 - it is looked at from outside
        await asyncio.sleep(0)
    begun = time.perf_counter()
    while service.monitors.running < count:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_S)
    back = time.perf_counter() - begun
    await service.stop()
    await server.stop()
    return {"started_s": started, "back_s": back}


def measure() -> dict[str, object]:
    """The figures with the goal."""
    found = asyncio.run(figures())
    rounded = {name: round(value, 1) for name, value in found.items()}
    return {"monitors": COUNT, **rounded, "goal_s": GOAL_S, "met": max(found.values()) < GOAL_S}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
