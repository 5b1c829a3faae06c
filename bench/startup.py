"""From starting the process to the first answered request, against a bare FastAPI server. Goal: under 2 seconds."""

import asyncio
import json
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL
from pathlib import Path

from bench.child import running
from bench.raw import HttpClient, free_port

GOAL_S = 2.0
POLL_S = 0.005


async def _first_answer(port: int, path: str, body: bytes) -> None:
    while True:
        try:
            client = await HttpClient.open(port)
            status, answer = await client.post(path, body)
        except (OSError, EOFError):
            await asyncio.sleep(POLL_S)
            continue
        client.close()
        if status != 200:
            raise RuntimeError(f"{path}: {status} {answer.decode()}")
        return


async def _ivrsvr() -> float:
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        begun = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ivrsvr", "serve", "--http", f"127.0.0.1:{port}"),
            *("--db", str(Path(directory) / "bench.db")),
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        try:
            async with asyncio.timeout(20):
                await _first_answer(port, "/api/querydevicename", b'{"id":"1","extension":"101"}')
            return time.perf_counter() - begun
        finally:
            process.terminate()
            await process.wait()


async def _fastapi() -> float:
    begun = time.perf_counter()
    async with running("fastapi") as child:
        await _first_answer(child.ports[0], "/api/makecall", b'{"id":"1","extension":"101"}')
        return time.perf_counter() - begun


async def _compare() -> tuple[float, float]:
    ours = sorted([await _ivrsvr() for _ in range(3)])
    bare = sorted([await _fastapi() for _ in range(3)])
    return ours[1], bare[1]


def measure() -> dict[str, object]:
    """Seconds, the median of three starts, and how many times those of the bare server."""
    ours, bare = asyncio.run(_compare())
    return {
        "ivrsvr_seconds": round(ours, 3),
        "fastapi_seconds": round(bare, 3),
        "ratio": round(ours / bare, 2),
        "goal_seconds": GOAL_S,
        "met": ours < GOAL_S,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
