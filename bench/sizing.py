"""What a server takes: memory with so many monitored telephones, and processor time for a call. Goal: 5,000 in 1 GB.

The server is as in production: a process of its own on an AES, with its database and journal on disk. A call is made,
answered and ended by REST, and both ends are told to a WebSocket client: three requests and about ten events.
"""

import asyncio
import json
import os
import re
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

from bench.child import Child
from bench.raw import HttpClient
from ivrsvr.backends.simulator.world import DEFAULT_WORLD, merge_patch
from ivrsvr.backends.simulator.world_file import parse

TELEPHONES = (100, 1_000, 5_000)
FIRST = 100_000
CALLS = 400
CLIENTS = 200
"""Further WebSocket clients, one telephone each."""
GOAL_MB = 1_000
PAGE = os.sysconf("SC_PAGE_SIZE")
FREE = {"IVRSVR_AES_CSTA": "0", "IVRSVR_AES_CSTA_S": "0", "IVRSVR_UUISVR_LISTEN": "no", "IVRSVR_LOG_LEVEL": "error"}


@asynccontextmanager
async def _running(folder: str, pattern: str, *arguments: str, **variables: str) -> AsyncIterator[tuple[Child, str]]:
    """A command, and what it prints that fits a pattern."""
    environment = os.environ | FREE | variables | {"PYTHONPATH": str(Path(__file__).parents[1])}
    command = (sys.executable, "-m", "ivrsvr", *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, cwd=folder, env=environment)
    assert process.stdout is not None
    try:
        printed = ""
        while not printed.endswith("\n") or "Ctrl-C" not in printed:
            line = (await process.stdout.readline()).decode()
            if not line:
                raise RuntimeError(f"{arguments} did not start; its error is above")
            printed += line
        yield Child(process, ()), re.findall(pattern, printed)[0]
    finally:
        process.terminate()
        await process.wait()


async def _monitor(client: ClientConnection, extensions: list[str]) -> None:
    """Start all monitors, a hundred at a time, and wait for the answers."""
    for at in range(0, len(extensions), 100):
        some = extensions[at : at + 100]
        for one in some:
            await client.send(json.dumps({"id": one, "request": "startmonitor", "extension": one}))
        waiting = set(some)
        while waiting:
            answer = json.loads(await client.recv())
            if answer.get("result") == "fail":
                raise RuntimeError(answer["error"])
            waiting.discard(answer.get("id"))


async def _call(http: HttpClient, one: str, other: str) -> None:
    for name, fields in (
        ("makecall", {"extension": one, "destination": other}),
        ("answer", {"extension": other}),
        ("clearcall", {"extension": one}),
    ):
        status, answer = await http.post(f"/api/{name}", json.dumps(fields).encode())
        if status != 200:
            raise RuntimeError(f"{name}: {status} {answer.decode()}")


def _megabytes(child: Child) -> float:
    pages = int(Path(f"/proc/{child.process.pid}/statm").read_text().split()[1])
    return round(pages * PAGE / 1e6, 1)


async def figures(telephones: int, calls: int = CALLS) -> dict[str, float]:
    """Memory when all are monitored and after calls; milliseconds of processor time for one."""
    extensions = [str(FIRST + number) for number in range(telephones)]
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        stations: dict[str, object] = {"stations": {one: {} for one in extensions}}
        default = parse(DEFAULT_WORLD.read_text(encoding="utf-8"))
        (Path(folder) / "world.json").write_text(json.dumps(merge_patch(default, stations)))
        anywhere = ("--control", "127.0.0.1:0", "--aes", "127.0.0.1:0", "--world", "world.json")
        _, tlink = await stack.enter_async_context(_running(folder, r"TLINK_01='(.*?)'", "sim", *anywhere))
        serve = ("serve", "--backend", "tsapi", "--http", "127.0.0.1:0", "--console", "127.0.0.1:0")
        server, port = await stack.enter_async_context(
            _running(folder, r"HTTP +http://127.0.0.1:(\d+)/ ", *serve, IVRSVR_IVR_TLINK_01=tlink)
        )
        client = await stack.enter_async_context(connect(f"ws://127.0.0.1:{port}/ws", max_queue=None))
        await _monitor(client, extensions)
        found = {"megabytes": _megabytes(server)}
        for number in range(CLIENTS):
            further = await stack.enter_async_context(connect(f"ws://127.0.0.1:{port}/ws", max_queue=None))
            await _monitor(further, extensions[number % telephones :][:1])
        found["kilobytes_for_a_client"] = round(1000 * (_megabytes(server) - found["megabytes"]) / CLIENTS, 1)
        http = await HttpClient.open(int(port))
        before = server.processor_s()
        for number in range(calls):
            one = number * 2 % telephones
            await _call(http, extensions[one], extensions[one + 1])
        found["ms_of_a_processor_for_a_call"] = round(1000 * (server.processor_s() - before) / calls, 2)
        found["megabytes_after_calls"] = _megabytes(server)
        http.close()
    return found


def measure() -> dict[str, object]:
    """For each number of telephones, and the calls a second that take half of a processor."""
    found = {str(number): asyncio.run(figures(number)) for number in TELEPHONES}
    dearest = max(one["ms_of_a_processor_for_a_call"] for one in found.values())
    largest = max(one["megabytes_after_calls"] for one in found.values())
    return {
        "telephones": found,
        "calls_a_second_on_half_a_processor": round(500 / dearest),
        "goal_megabytes": GOAL_MB,
        "met": largest <= GOAL_MB,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
