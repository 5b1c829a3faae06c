"""User data: what a look-up costs where they are kept, and whether a call's data survive the server that set them.

Each server is a process: with the data in its own database (`embedded`), with an `ivrsvr uuisvr` process, or with a
Redis. An outside call with a key gives an event with `custdata` that has to be looked up; the peer is the same call to
the same server without user-to-user information, in turn with it, and the ratio is how long each takes to a client.

Goals: data in the server's own database add at most a tenth to an event; all of a thousand texts survive `kill -9` of
the server that set them.
"""

import asyncio
import json
import re
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from bench.child import Started, command, redis_process
from bench.raw import HttpClient

GOAL = 1.1
CALLS = 200
TEXTS = 1_000
STATIONS = tuple(str(number) for number in range(101, 121))
"""For which texts are asked for, all at the same time: requests for one extension wait for each other."""

ANY = "127.0.0.1:0"
TEXT = "Grüße an alle, die diese Daten lesen: " + "x" * 200


class Client:
    """An application on a WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0

    async def ask(self, *requests: dict[str, str]) -> list[dict[str, Any]]:
        """The responses to requests that are sent at once, in their order. Raises RuntimeError when one fails."""
        first = self._number + 1
        for request in requests:
            self._number += 1
            await self._socket.send(json.dumps({"id": str(self._number), **request}))
        found: dict[int, dict[str, Any]] = {}
        while len(found) < len(requests):
            message = json.loads(await self._socket.recv())
            if message["msgtype"] == "response":
                if message["result"] != "success":
                    raise RuntimeError(str(message))
                found[int(message["id"])] = message
        return [found[number] for number in range(first, self._number + 1)]

    async def event(self, eventtype: str) -> dict[str, Any]:
        """The next event of a type."""
        while True:
            message: dict[str, Any] = json.loads(await self._socket.recv())
            if message.get("eventtype") == eventtype:
                return message


def _userdata(kind: str, number: int, **values: str) -> dict[str, str]:
    return {"request": "userdata", "extension": STATIONS[number % len(STATIONS)], "type": kind, **values}


async def _set(client: Client, count: int) -> list[str]:
    """The keys of so many new texts."""
    keys: list[str] = []
    for first in range(0, count, len(STATIONS)):
        numbers = range(first, min(first + len(STATIONS), count))
        answers = await client.ask(*(_userdata("set", number, data=f"{number} {TEXT}") for number in numbers))
        keys += [answer["uui"] for answer in answers]
    return keys


async def _get(client: Client, keys: list[str]) -> int:
    """How many of the texts are there, and right."""
    right = 0
    for first in range(0, len(keys), len(STATIONS)):
        some = enumerate(keys[first : first + len(STATIONS)], first)
        answers = await client.ask(*(_userdata("get", number, uui=key) for number, key in some))
        right += sum(answer["data"] == f"{number} {TEXT}" for number, answer in enumerate(answers, first))
    return right


async def _call(people: HttpClient, client: Client, uui: str) -> float:
    """Milliseconds from a call's coming in to its first event at the client."""
    body = json.dumps({"from": "60123456", "to": "101", "trunkgroup": "5", "uui": uui}).encode()
    begun = time.perf_counter()
    _, octets = await people.post("/sim/calls", body)
    offer = await client.event("offer")
    taken = time.perf_counter() - begun
    if bool(offer["custdata"]) != bool(uui):
        raise RuntimeError(f"{uui}: {offer}")
    party = json.loads(octets)["party"].replace("#", "%23")
    await people.post(f"/sim/parties/{party}/hangup", b"{}")
    await client.event("idle")
    return taken * 1000


async def _events(people: HttpClient, client: Client) -> dict[str, object]:
    keys = await _set(client, CALLS)
    bare, known = [], []
    for key in keys:
        bare.append(await _call(people, client, ""))
        known.append(await _call(people, client, key))
    ratio = statistics.median(known) / statistics.median(bare)
    return {
        "event_without_ms": round(statistics.median(bare), 3),
        "event_with_custdata_ms": round(statistics.median(known), 3),
        "added_ms": round(statistics.median(known) - statistics.median(bare), 3),
        "ratio": round(ratio, 3),
    }


async def _lookups(client: Client) -> dict[str, object]:
    keys = await _set(client, TEXTS)
    begun = time.perf_counter()
    right = await _get(client, keys)
    return {"lookups_per_second": round(right / (time.perf_counter() - begun))}


@asynccontextmanager
async def _server(folder: Path, place: str) -> AsyncIterator[tuple[Started, Client, HttpClient]]:
    """A server that keeps its data at a place, a client of it that monitors 101, and who calls in."""
    arguments = ("serve", "--http", ANY, "--console", ANY, "--uuisvr", ANY, "--aes", "")
    async with command(folder, *arguments, IVRSVR_IVR_UUISVR=place, IVRSVR_IVR_UUISVR_TIMEOUT="10") as started:
        (port,) = re.findall(r"HTTP\s+http://127.0.0.1:(\d+)/", started.printed)
        async with connect(f"ws://127.0.0.1:{port}/ws", compression=None) as socket:
            client = Client(socket)
            await client.ask({"request": "startmonitor", "extension": "101"})
            people = await HttpClient.open(int(port))
            yield started, client, people
            people.close()


async def _kept_at(folder: Path, place: str, *, survives: bool) -> dict[str, object]:
    """Figures of one place; survives: the server is killed, and another one asked."""
    async with _server(folder / "first", place) as (started, client, people):
        await _events(people, client)  # to warm up
        found = {**await _events(people, client), **await _lookups(client)}
        if not survives:
            return found
        keys = await _set(client, TEXTS)
        started.process.kill()
        await started.process.wait()
        people.close()
    async with _server(folder / "second", place) as (_, client, _):
        return {**found, "texts_set": TEXTS, "texts_after_kill_9": await _get(client, keys)}


async def _compare() -> dict[str, dict[str, object]]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name in ("embedded", "uuisvr", "redis"):
            (folder / name).mkdir()
        url = await stack.enter_async_context(redis_process(folder / "redis"))
        service = await stack.enter_async_context(command(folder / "service", "uuisvr", "--uuisvr", ANY))
        (place,) = re.findall(r"ivr_uuisvr (\S+)", service.printed)
        return {
            "embedded": await _kept_at(folder / "embedded", "", survives=False),
            "uuisvr": await _kept_at(folder / "uuisvr", place, survives=True),
            "redis": await _kept_at(folder / "redis", url, survives=True),
        }


def measure() -> dict[str, object]:
    """Each place, one after the other."""
    found = asyncio.run(_compare())
    survived = all(found[name]["texts_after_kill_9"] == TEXTS for name in ("uuisvr", "redis"))
    ratio = found["embedded"]["ratio"]
    assert isinstance(ratio, float)
    return {"calls": CALLS, **found, "goal": GOAL, "met": survived and ratio <= GOAL}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
