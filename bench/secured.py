"""REST requests per second with all protection on (TLS, keys, rates, audit log) against off. Goal: at least 0.7.

A server runs on one processor, so what it carries out in a second of that is its rate; what passed on the clock is told
beside, and says as much about whatever else the machine was doing.
"""

import asyncio
import json
from statistics import median

from bench.child import Child, running
from bench.peers import KEY
from bench.rest import carried_out

GOAL = 0.7
SECONDS = 6.0
ROUNDS = 6


async def _round(child: Child, key: str) -> tuple[float, float]:
    """Requests per second of the server's processor, and per second of the clock."""
    before = child.processor_s()
    done, taken = await carried_out(child.ports[0], SECONDS / ROUNDS, key)
    return done / (child.processor_s() - before), done / taken


async def _compare() -> list[list[tuple[float, float]]]:
    """The rounds of the secured server and of the open one, in turn."""
    async with running("secured") as secured, running("ivrsvr") as plain:
        servers = ((secured, KEY), (plain, ""))
        for child, key in servers:
            await carried_out(child.ports[0], 0.5, key)
        rounds = [[await _round(child, key) for child, key in servers] for _ in range(ROUNDS)]
    return [list(one) for one in zip(*rounds, strict=True)]


def measure() -> dict[str, object]:
    """Medians of both servers, and the median of the ratios of rounds that followed each other."""
    secured, plain = asyncio.run(_compare())
    ratio = median(one[0] / other[0] for one, other in zip(secured, plain, strict=True))
    return {
        "secured_requests_per_second": round(median(one[0] for one in secured)),
        "open_requests_per_second": round(median(one[0] for one in plain)),
        "ratio": round(ratio, 3),
        "ratio_on_the_clock": round(median(one[1] / other[1] for one, other in zip(secured, plain, strict=True)), 3),
        "goal": GOAL,
        "met": ratio >= GOAL,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
