"""REST `makecall` with the switch behind TCP against the same in process. Goal: less than 2 ms more, in the median.

Each server is a process of its own; `python -m bench.wirerest wire` or `... process` is one of them.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.raw import HttpClient
from bench.wirepath import TLINK
from ivrsvr import app
from ivrsvr.assembly import switch
from ivrsvr.assembly.settings import Settings
from ivrsvr.backends.simulator.backend import SimulatorBackend
from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.tsapi.backend import TsapiBackend
from ivrsvr.backends.tsapi.links import Links, Target
from ivrsvr.backends.tsapi.stream.client_end import Login

GOAL_MS = 2.0
CALLS = 600
WAYS = ("process", "wire")


class OverTcp(TsapiBackend):
    """The TSAPI backend, with the simulated AES that it connects to in the same process: both ends cost their time."""

    def __init__(self, simulator: Simulator) -> None:
        self._server = AesServer(simulator, Ports(names=0, csta=0, csta_s=None))
        login = Login(tlink=TLINK, login="ivrsvr", password="ivrsvr")
        super().__init__(Links([Target(TLINK, "127.0.0.1")], lambda _: login, simulator.clock), simulator.clock)

    async def start(self) -> None:
        await self._server.start()
        self.links.targets = (Target(TLINK, "127.0.0.1", self._server.name_port),)
        await super().start()


async def serve(way: str) -> None:
    """A server until its standard input ends; prints its port."""
    backend: type[SimulatorBackend] | type[OverTcp] = OverTcp if way == "wire" else SimulatorBackend
    vars(switch)["SimulatorBackend"] = backend
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings(
            http="127.0.0.1:0", ws=(), console=(), db=str(Path(directory) / "bench.db"), log_level="error"
        )
        async with app.serving(settings) as running:
            print(running.http[1], flush=True)
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


@asynccontextmanager
async def _server(way: str) -> AsyncIterator[HttpClient]:
    process: Process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.wirerest", way, stdin=PIPE, stdout=PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    client = await HttpClient.open(int(await process.stdout.readline()))
    try:
        yield client
    finally:
        client.close()
        process.stdin.close()
        await process.wait()


async def _seconds(client: HttpClient) -> float:
    """How long one `makecall` takes; its call is cleared afterwards. Raises RuntimeError when it fails."""
    make = json.dumps({"id": "1", "request": "makecall", "extension": "101", "destination": "105"}).encode()
    hang = json.dumps({"id": "2", "request": "hangup", "extension": "101"}).encode()
    begun = time.perf_counter()
    status, answer = await client.post("/api/makecall", make)
    seconds = time.perf_counter() - begun
    if status != 200 or json.loads(answer)["result"] != "success":
        raise RuntimeError(answer.decode())
    await client.post("/api/hangup", hang)
    return seconds


async def _compare() -> dict[str, float]:
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    async with _server("process") as near, _server("wire") as far:
        for number in range(CALLS + 50):
            for way, client in zip(WAYS, (near, far), strict=True):
                seconds = await _seconds(client)
                if number >= 50:
                    taken[way].append(seconds * 1000)
    return {way: statistics.median(found) for way, found in taken.items()}


def measure() -> dict[str, object]:
    """Median milliseconds of both, asked in turn, and the difference."""
    medians = asyncio.run(_compare())
    added = medians["wire"] - medians["process"]
    return {
        "process_ms": round(medians["process"], 2),
        "wire_ms": round(medians["wire"], 2),
        "added_ms": round(added, 2),
        "goal_ms": GOAL_MS,
        "met": added < GOAL_MS,
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(serve(sys.argv[1]))
    else:
        print(json.dumps(measure(), indent=2))
