"""The memory of a server after an hour of virtual load against that after five minutes. Goal: no more than 3 % more.

Both are counted from when its bounded buffers are full: the latest 10,000 events, and the simulator's latest 10,000
messages. At this load that takes most of an hour; what it held five minutes after its start is shown beside.

40 agents and 1,200 calls an hour, every station, skill and VDN monitored, the journal in a file as in production. What
counts is what the process holds after its garbage was collected and its heap trimmed.
"""

import asyncio
import ctypes
import gc
import json
import os
import tempfile
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from ivrsvr.assembly.applications import Applications
from ivrsvr.backends.simulator.scenario.file import Scenario, load, shortened
from ivrsvr.backends.simulator.scenario.play import Play
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.clock import Clock
from ivrsvr.testing.scenarios.run import QUEUE, START
from ivrsvr.testing.servers import open_server, settings_for_tests
from ivrsvr.testing.settle import Settling

GOAL = 1.03
FULL_S = 3600.0
MOMENTS_S = (300.0, FULL_S + 300.0, FULL_S + 3600.0)
PAGE = os.sysconf("SC_PAGE_SIZE")


def held() -> int:
    """Octets of the process's memory that are in use."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


async def _figures(scenario: Scenario, settling: Settling, moments: Iterable[float], folder: str) -> list[int]:
    clock = Clock(START, seed=1)
    simulator = Simulator(scenario.world, clock)
    found = []
    settings = replace(
        settings_for_tests(), ws_queuelength=QUEUE, db=f"{folder}/bench.db", ivr_journal=f"{folder}/bench.events"
    )
    async with AsyncExitStack() as stack:
        app, _ = await open_server("simulator", settings, simulator, stack)
        await settling.settle(clock)
        play = Play(simulator, scenario, Applications(app.service), 1, lambda _text: None)
        play.start()
        await settling.settle(clock)
        for moment in moments:
            while play.now - play.begun < moment:
                clock.step()
                await settling.settle()
            found.append(held())
    return found


def figures(moments: Iterable[float] = MOMENTS_S) -> list[int]:
    """Octets at each moment of the load, in seconds."""
    scenario = shortened(load("load-small"), max(moments) + 60)
    settling = Settling()
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=settling.new_loop) as runner:
        return runner.run(_figures(scenario, settling, moments, folder))


def measure() -> dict[str, object]:
    """Megabytes of both, and their ratio."""
    cold, early, late = figures()
    ratio = late / early
    return {
        "5_minutes_after_the_start_mb": round(cold / 1e6, 1),
        "after_5_minutes_mb": round(early / 1e6, 1),
        "after_60_minutes_mb": round(late / 1e6, 1),
        "ratio": round(ratio, 3),
        "goal": GOAL,
        "met": ratio <= GOAL,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
