"""How the cost of a call grows with the calls of a shift, the stations of a switch and the calls that wait in a queue.

Microseconds of processor time a call, everything monitored. Goal: no more growth than a logarithm's, i.e. from one end
of each curve to the other the cost stays under `GOAL` times what it was, while the size grows 16 to 100-fold.
"""

import gc
import json
import sys
import time
from dataclasses import replace

from bench.centre import START, Centre, Plan
from ivrsvr.clock import Clock

GOAL = 1.5
CALLS = (5_000, 20_000, 80_000)
STATIONS = (100, 1_000, 10_000)
QUEUES = (10, 100, 1_000, 5_000)
CALLS_AT_A_SIZE = 5_000
SHIFT = Plan()


def cost(centre: Centre, calls: int) -> float:
    """Microseconds a call for so many callers, until the last one has come."""
    gc.collect()
    begun = time.process_time()
    first = centre.counts["calls"]
    centre.open_for(calls)
    while centre.counts["calls"] < first + calls:
        centre.clock.step()
    return (time.process_time() - begun) / calls * 1e6


def by_calls(calls: int) -> float:
    """A shift that lasts as long as so many calls take."""
    return cost(Centre(SHIFT, Clock(START, seed=1)), calls)


def by_stations(stations: int) -> float:
    """So many stations, an agent at each, load and trunks in proportion; everybody is busy before it counts."""
    load = SHIFT.calls_per_s * stations / SHIFT.agents
    centre = Centre(
        replace(SHIFT, stations=stations, agents=stations, trunks=4 * stations, calls_per_s=load), Clock(START, seed=1)
    )
    cost(centre, 2 * stations)
    return cost(centre, CALLS_AT_A_SIZE)


def by_queue(queued: int) -> float:
    """So many calls wait in one queue all the time: for each that is served another one comes."""
    agents, talk_s = 20, 60.0
    plan = Plan(
        agents=agents,
        stations=agents,
        skills=1,
        trunks=9_000,
        answer_s=2.0,
        talk_s=talk_s,
        after_call_s=0,
        patience_s=1e9,
        held=0,
        transferred=0,
        music_s=0,
        calls_per_s=agents / (2.0 + talk_s),
    )
    centre = Centre(plan, Clock(START, seed=1))
    for _ in range(queued + agents):
        centre.arrive()
    return cost(centre, CALLS_AT_A_SIZE)


CURVES = {"calls": (by_calls, CALLS), "stations": (by_stations, STATIONS), "queued": (by_queue, QUEUES)}


def measure(*names: str) -> dict[str, object]:
    """The curves, or those named, with the goal."""
    figures: dict[str, object] = {}
    met = True
    for name in names or CURVES:
        at, sizes = CURVES[name]
        curve = {size: round(at(size)) for size in sizes}
        growth = curve[sizes[-1]] / curve[sizes[0]]
        met = met and growth <= GOAL
        figures[name] = {"us_per_call": curve, "growth": round(growth, 2)}
    return {**figures, "goal": GOAL, "met": met}


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:]), indent=2))
