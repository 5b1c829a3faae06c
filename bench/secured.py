"""REST requests per second with all protection on (TLS, keys, rates, audit log) against off. Goal: at least 0.7."""

import asyncio
import json

from bench.child import running
from bench.peers import KEY
from bench.rest import load

GOAL = 0.7
SECONDS = 6.0
ROUNDS = 6


async def _compare() -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {"secured": [], "open": []}
    async with running("secured") as secured, running("ivrsvr") as plain:
        await load(secured.ports[0], 0.5, KEY)
        await load(plain.ports[0], 0.5)
        for _ in range(ROUNDS):
            rates["secured"].append(await load(secured.ports[0], SECONDS / ROUNDS, KEY))
            rates["open"].append(await load(plain.ports[0], SECONDS / ROUNDS))
    return rates


def measure() -> dict[str, object]:
    """Requests per second of both, and the median of the ratios of rounds that followed each other."""
    rates = asyncio.run(_compare())
    ratios = sorted(one / other for one, other in zip(rates["secured"], rates["open"], strict=True))
    ratio = (ratios[(ROUNDS - 1) // 2] + ratios[ROUNDS // 2]) / 2
    return {
        "secured_requests_per_second": round(sum(rates["secured"]) / ROUNDS),
        "open_requests_per_second": round(sum(rates["open"]) / ROUNDS),
        "ratio": round(ratio, 3),
        "goal": GOAL,
        "met": ratio >= GOAL,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
