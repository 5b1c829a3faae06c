"""REST `makecall` and `hangup` per second against a bare FastAPI endpoint. Goal: at least 0.4 of its requests."""

import asyncio
import json
import time

from bench.child import running
from bench.raw import HttpClient

GOAL = 0.4
SECONDS = 3.0
PAIRS = (("101", "105"), ("103", "106"), ("108", "109"), ("111", "112"))
"""Who calls whom; one connection each."""


async def _client(client: HttpClient, who: str, whom: str, until: float) -> int:
    """Make and clear calls until then; how many requests that were. Raises RuntimeError when one fails."""
    make = json.dumps({"id": "1", "request": "makecall", "extension": who, "destination": whom}).encode()
    hang = json.dumps({"id": "2", "request": "hangup", "extension": who}).encode()
    done = 0
    while time.perf_counter() < until:
        for path, body in (("/api/makecall", make), ("/api/hangup", hang)):
            status, answer = await client.post(path, body)
            if status != 200 or json.loads(answer)["result"] != "success":
                raise RuntimeError(f"{path}: {status} {answer.decode()}")
            done += 1
    client.close()
    return done


async def load(port: int, seconds: float, key: str = "") -> float:
    """Requests per second. key: of a server that asks for one, and speaks TLS."""
    done, taken = await carried_out(port, seconds, key)
    return done / taken


async def carried_out(port: int, seconds: float, key: str = "") -> tuple[int, float]:
    """Requests that were carried out, and the seconds that it took."""
    clients = [await HttpClient.open(port, key) for _ in PAIRS]
    begun = time.perf_counter()
    until = begun + seconds
    counts = await asyncio.gather(*(_client(one, *pair, until) for one, pair in zip(clients, PAIRS, strict=True)))
    return sum(counts), time.perf_counter() - begun


async def _compare() -> dict[str, float]:
    rates: dict[str, list[float]] = {"ivrsvr": [], "fastapi": []}
    async with running("ivrsvr") as ours, running("fastapi") as bare:
        for child in (ours, bare):
            await load(child.ports[0], 0.5)
        for _ in range(3):
            rates["ivrsvr"].append(await load(ours.ports[0], SECONDS / 3))
            rates["fastapi"].append(await load(bare.ports[0], SECONDS / 3))
    return {name: sorted(found)[1] for name, found in rates.items()}


def measure() -> dict[str, object]:
    """Requests per second of both, the median of three rounds in turn, and their ratio."""
    rates = asyncio.run(_compare())
    ratio = rates["ivrsvr"] / rates["fastapi"]
    return {
        "ivrsvr_requests_per_second": round(rates["ivrsvr"]),
        "fastapi_requests_per_second": round(rates["fastapi"]),
        "ratio": round(ratio, 3),
        "goal": GOAL,
        "met": ratio >= GOAL,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
