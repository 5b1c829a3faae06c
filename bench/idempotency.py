"""Idempotency keys: 1,000 requests with one key at once, over three server processes that share a Redis.

Goal: exactly one call on the switch for every key, and its ids in every answer. The peer is the same servers and
connections with as many plain requests that ask the switch one question each and have no key: a ratio of 1 says that a
duplicate costs what such a request costs.
"""

import asyncio
import json
import re
import resource
import statistics
import tempfile
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from itertools import cycle, repeat
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from bench.child import command, redis_process
from bench.raw import HttpClient

SERVERS = 3
DUPLICATES = 1_000
KEYS = 7
ANY = "127.0.0.1:0"
MAKE = {"id": "1", "request": "makecall", "extension": "101", "destination": "105"}
HANG = {"id": "2", "request": "hangup", "extension": "101"}
STATIONS = ("101", "103", "105", "106", "108", "109", "111", "112")
"""That plain requests ask for, in turn: those of one extension wait for each other, and only a hundred may."""

PATIENCE_S = 30.0


def _calls(control: int) -> list[dict[str, Any]]:
    """Every call of the switch."""
    with urlopen(f"http://127.0.0.1:{control}/sim/state", timeout=PATIENCE_S) as answer:
        found: list[dict[str, Any]] = json.load(answer)["state"]["calls"]
    return found


def _port(name: str, printed: str) -> int:
    return int(re.findall(rf"{name}\s*http://127.0.0.1:(\d+)/", printed)[0])


async def _ask(client: HttpClient, request: dict[str, str]) -> dict[str, str]:
    """Raises RuntimeError when it fails."""
    status, octets = await client.post(f"/api/{request['request']}", json.dumps(request).encode())
    answer: dict[str, str] = json.loads(octets)
    if status != 200 or answer["result"] != "success":
        raise RuntimeError(f"{request}: {answer}")
    return answer


async def _at_once(clients: list[HttpClient], requests: Iterable[dict[str, str]]) -> tuple[float, list[dict[str, str]]]:
    """One request from each; how many a second, and the answers."""
    begun = time.perf_counter()
    answers = await asyncio.gather(*(_ask(*pair) for pair in zip(clients, requests, strict=False)))
    return len(clients) / (time.perf_counter() - begun), answers


async def _measure(control: int, ports: list[int]) -> dict[str, object]:
    clients = [await HttpClient.open(ports[number % SERVERS]) for number in range(DUPLICATES)]
    plain = [{"id": "3", "request": "querydevicename", "extension": one} for one in STATIONS]
    rates: dict[str, list[float]] = {"duplicates": [], "plain": []}
    one_each = same = True
    for number in range(KEYS + 1):  # the first to warm up
        made, answers = await _at_once(clients, repeat({**MAKE, "idempotencykey": f"key {number}"}))
        calls = await asyncio.to_thread(_calls, control)
        one_each &= len(calls) == 1
        same &= {(one["callid"], one["ucid"]) for one in answers} == {(str(calls[0]["callid"]), calls[0]["ucid"])}
        await _ask(clients[0], HANG)
        asked, _ = await _at_once(clients, cycle(plain))
        if number:
            rates["duplicates"].append(made)
            rates["plain"].append(asked)
    for client in clients:
        client.close()
    median = {name: statistics.median(found) for name, found in rates.items()}
    return {
        "server_processes": SERVERS,
        "duplicates_of_each_key_at_once": DUPLICATES,
        "keys": KEYS,
        "one_call_for_each_key": one_each,
        "all_got_its_ids": same,
        "duplicates_per_second": round(median["duplicates"]),
        "plain_requests_per_second": round(median["plain"]),
        "ratio": round(median["duplicates"] / median["plain"], 2),
        "met": one_each and same,
    }


async def _compare() -> dict[str, object]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = await stack.enter_async_context(redis_process(folder))
        ports = {"IVRSVR_AES_CSTA": "0", "IVRSVR_AES_CSTA_S": "0"}
        switch = await stack.enter_async_context(
            command(folder / "sim", "sim", "--aes", ANY, "--control", ANY, **ports)
        )
        (tlink,) = re.findall(r"IVRSVR_IVR_TLINK_01='(.*?)'", switch.printed)
        options = {"IVRSVR_IVR_TLINK_01": tlink, "IVRSVR_IVR_IDEMPOTENCY": url, "IVRSVR_CONNECTIONS_ADDRESS": "0"}
        arguments = ("serve", "--backend", "tsapi", "--http", ANY, "--console", ANY)
        servers = [
            await stack.enter_async_context(command(folder / f"server{number}", *arguments, **options))
            for number in range(SERVERS)
        ]
        (control,) = re.findall(r"http://127.0.0.1:(\d+)/sim/state", switch.printed)
        return await _measure(int(control), [_port("HTTP", server.printed) for server in servers])


def measure() -> dict[str, object]:
    """All keys, one after the other; each round of duplicates is followed by one of plain requests."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * DUPLICATES)), hard))
    return asyncio.run(_compare())


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
