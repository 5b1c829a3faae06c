"""The journal: events to 5 WebSocket subscribers with the file on, and in a Redis, against memory only; then the time
in which a client gets 10,000 events that it missed, none of which is in memory any more.

Goals: on/off at least 0.8 with the file; the resume under 1 s. What several servers share costs more than a file: each
event waits for Redis before clients see it.
"""

import asyncio
import itertools
import json
import statistics
import time
from contextlib import AsyncExitStack

from bench.child import Child, running
from bench.fanout import measured, subscribe
from bench.peers import BLOCK
from bench.raw import MessageCounter

GOAL = 0.8
GOAL_RESUME_S = 1.0
EVENTS = 2_000
ROUNDS = 5
SUBSCRIBERS = 5
RESUMES = 3
SERVERS = ("filed", "remote", "forgetful")


async def _resume(child: Child) -> float:
    """Seconds in which a client gets BLOCK missed events of 101, after as many of 102, which are in memory instead."""
    witness, other = await subscribe(child.ports[1]), await subscribe(child.ports[1], "102")
    await measured(child, [witness], 2)
    begun = json.loads(witness.first)
    seen = other.count
    child.tell(f"events {2 * BLOCK}")
    await other.wait_for(seen + BLOCK)
    times = []
    for _ in range(RESUMES):
        client = await MessageCounter.open(child.ports[1])
        request = {"id": "1", "request": "startmonitor", "extension": "101", "epoch": begun["epoch"]}
        before = time.perf_counter()
        client.send(json.dumps({**request, "since": begun["eventid"] + 1}, separators=(",", ":")).encode())
        await client.wait_for(1 + BLOCK + 1)  # the response before them, `resumed` behind them
        times.append(time.perf_counter() - before)
        client.close()
    for one in (witness, other):
        one.close()
    return sorted(times)[RESUMES // 2]


async def _compare() -> tuple[dict[str, float], dict[str, float]]:
    """By server: messages per second, the median of the rounds; seconds of a resume."""
    rates: dict[str, list[float]] = {name: [] for name in SERVERS}
    async with AsyncExitStack() as stack:
        children = {name: await stack.enter_async_context(running(name)) for name in SERVERS}
        listeners = {}
        for name, child in children.items():
            child.tell("events 0")
            listeners[name] = [await subscribe(child.ports[1]) for _ in range(SUBSCRIBERS)]
            await measured(child, listeners[name], 100)
        for _ in range(ROUNDS):
            for name, child in children.items():
                rates[name].append(await measured(child, listeners[name], EVENTS))
        for one in itertools.chain.from_iterable(listeners.values()):
            one.close()
        resumed = {name: await _resume(children[name]) for name in SERVERS[:-1]}
    return {name: statistics.median(found) for name, found in rates.items()}, resumed


def measure() -> dict[str, object]:
    """The rates of the rounds in turn, and the resumes."""
    rates, resumed = asyncio.run(_compare())
    off = rates["forgetful"]
    ratios = {name: rates[name] / off for name in resumed}
    return {
        "off_events_per_second": round(off),
        **{
            name: {
                "events_per_second": round(rates[name]),
                "ratio": round(ratios[name], 3),
                f"resume_of_{BLOCK}_s": round(resumed[name], 3),
            }
            for name in resumed
        },
        "goal_of_the_file": GOAL,
        "goal_resume_s": GOAL_RESUME_S,
        "met": ratios["filed"] >= GOAL and max(resumed.values()) < GOAL_RESUME_S,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
