"""Idempotency keys in Redis: 1,000 requests with one key at once, over four servers; a call each key, whoever asks.

Goal: exactly one call for every key, and its ids for every request. The peer is bare Redis: as many plain writes of
fresh keys, as many at a time, say what the machine can do at most.
"""

import asyncio
import json
import os
import socket
import tempfile
import time
from asyncio.subprocess import DEVNULL
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ivrsvr.clock import Clock
from ivrsvr.service.idempotency import Idempotency
from ivrsvr.store.idempotency import SharedIdempotencyStore
from ivrsvr.store.redis import connect, failures

SERVERS = 4
DUPLICATES = 1_000
KEYS = 10
SWITCH_S = 0.01
"""What a switch takes for a call."""

WAIT_S = 20.0
"""How long a server waits for the outcome of a request that another one has begun."""

PATIENCE_S = 10.0


@asynccontextmanager
async def _redis() -> AsyncIterator[str]:
    """A Redis of its own on the loopback, which writes every command to its file; gives its URL."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
        free.close()
        options = ["--port", port, "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes"]
        process = await asyncio.create_subprocess_exec("redis-server", *options, stdout=DEVNULL)
        try:
            url = f"redis://127.0.0.1:{port}/0"
            await _answering(url)
            yield url
        finally:
            process.terminate()
            async with asyncio.timeout(PATIENCE_S):
                await process.wait()


async def _answering(url: str) -> None:
    client = connect(url)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await client.ping()
                break
            except failures():
                await asyncio.sleep(0.02)
    await client.aclose()


async def _ask(server: Idempotency, key: str, calls: Counter[str]) -> dict[str, Any]:
    async def carry_out() -> dict[str, Any]:
        calls[key] += 1
        await asyncio.sleep(SWITCH_S)
        return {"result": "success", "callid": f"{key} {calls[key]}"}

    async def resolve(_began: float) -> dict[str, Any]:
        raise AssertionError("no server has been lost")

    return await server.once(key, {"request": "makecall", "extension": "101"}, carry_out, resolve)


async def _duplicates(url: str, calls: Counter[str]) -> tuple[float, bool]:
    """Requests per second, and whether all of a key got the ids of its call."""
    clock = Clock(mode="real")
    running = asyncio.create_task(clock.run())
    stores = [SharedIdempotencyStore(url, clock.now, process=f"p{number}") for number in range(SERVERS)]
    servers = [Idempotency(store, clock, wait_s=WAIT_S) for store in stores]
    same = True
    begun = time.perf_counter()
    for number in range(KEYS):
        key = f"key {number} of {os.getpid()}"
        asks = [_ask(servers[one % SERVERS], key, calls) for one in range(DUPLICATES)]
        same &= {one["callid"] for one in await asyncio.gather(*asks)} == {f"{key} 1"}
    rate = KEYS * DUPLICATES / (time.perf_counter() - begun)
    for store in stores:
        await store.close()
    running.cancel()
    return rate, same


async def _bare(url: str) -> float:
    """Plain writes per second."""
    client = connect(url)
    begun = time.perf_counter()
    for number in range(KEYS):
        await asyncio.gather(*(client.set(f"bare {number} {one}", "x", nx=True) for one in range(DUPLICATES)))
    rate = KEYS * DUPLICATES / (time.perf_counter() - begun)
    await client.aclose()
    return rate


async def _compare() -> dict[str, object]:
    calls: Counter[str] = Counter()
    async with _redis() as url:
        bare = await _bare(url)
        rate, same = await _duplicates(url, calls)
    return {
        "servers": SERVERS,
        "duplicates_of_each_key": DUPLICATES,
        "keys": len(calls),
        "calls": calls.total(),
        "all_got_the_ids": same,
        "requests_per_second": round(rate),
        "bare_redis_per_second": round(bare),
        "ratio": round(rate / bare, 2),
        "met": same and calls.total() == len(calls) == KEYS,
    }


def measure() -> dict[str, object]:
    """All keys, one after the other."""
    return asyncio.run(_compare())


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
