"""An 8-hour shift in virtual time: 500 agents, 20 skills, 40,000 calls, every device monitored.

Goal: under 120 s on one core, with no memory that grows with the calls that have ended.
"""

import gc
import json
import os
import sys
import time
from dataclasses import dataclass

from bench.centre import START, Centre, Plan
from ivrsvr.clock import Clock

GOAL_S = 120.0
CALLS = 40_000
BLOCKS_PER_CALL = 0.5
"""Blocks of memory that may stay of a call that has ended: the noise of what goes on at a given moment, no more."""

SAMPLES = 16


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at the process. seconds: of processor time since the start."""

    calls: int
    seconds: float
    blocks: int
    resident_mb: float


def sample(centre: Centre, begun: float) -> Sample:
    """Look at the process, its rubbish collected; the looking does not count as time."""
    seconds = time.process_time() - begun
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as file:
        pages = int(file.read().split()[1])
    resident = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return Sample(centre.counts["calls"], seconds, sys.getallocatedblocks(), resident)


def run(centre: Centre, calls: int, samples: int = SAMPLES) -> list[Sample]:
    """Let so many callers come and everything end; looks at the process at even distances."""
    spent = 0.0
    taken = []
    begun = time.process_time()
    centre.open_for(calls)
    every = max(1, calls // samples)
    due = every
    while centre.busy:
        centre.clock.step()
        if centre.counts["calls"] >= due:
            due += every
            taken.append(sample(centre, begun + spent))
            spent = time.process_time() - begun - taken[-1].seconds
    taken.append(sample(centre, begun + spent))
    return taken


def slope(points: list[tuple[float, float]]) -> float:
    """The slope of the straight line that fits best."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread


def measure() -> dict[str, object]:
    """The figures with the goals."""
    centre = Centre(Plan(), Clock(START, seed=1))
    begun = centre.clock.now()
    samples = run(centre, CALLS)
    warm = samples[len(samples) // 4 : -2]
    growth = slope([(one.calls, one.blocks) for one in warm])
    resident = slope([(one.calls, one.resident_mb * 1e6) for one in warm])
    seconds = samples[-1].seconds
    return {
        "hours": round((centre.clock.now() - begun) / 3600, 2),
        **centre.counts,
        "refused": dict(centre.refusals),
        "seconds": round(seconds, 1),
        "us_per_call": round(seconds / CALLS * 1e6),
        "us_per_event": round(seconds / centre.counts["events"] * 1e6, 1),
        "growth_blocks_per_call": round(growth, 3),
        "growth_octets_per_call": round(resident, 1),
        "resident_mb": [round(one.resident_mb, 1) for one in samples],
        "goal_s": GOAL_S,
        "met": seconds < GOAL_S and growth < BLOCKS_PER_CALL,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
