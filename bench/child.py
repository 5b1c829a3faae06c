"""Servers in processes of their own, for the length of a benchmark."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ivrsvr.store.redis import connect, failures

TICKS = os.sysconf("SC_CLK_TCK")
"""Units of processor time a second, in /proc."""

PATIENCE_S = 30.0
"""For a process to start."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running peer with its ports."""

    process: Process
    ports: tuple[int, ...]

    def tell(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")

    def processor_s(self) -> float:
        """Seconds of processor time that it has taken, its threads included."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@asynccontextmanager
async def running(name: str) -> AsyncIterator[Child]:
    """A peer of `bench.peers`, started and, afterwards, stopped."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.peers", name, stdin=PIPE, stdout=PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = await process.stdout.readline()
        if not line:
            raise RuntimeError(f"the peer {name} did not start; its error is above")
        yield Child(process, tuple(int(port) for port in line.split()))
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@dataclass(frozen=True, slots=True)
class Started:
    """A running `ivrsvr` command, and what it printed at its start."""

    process: Process
    printed: str


@asynccontextmanager
async def command(folder: Path, *arguments: str, **variables: str) -> AsyncIterator[Started]:
    """An `ivrsvr` process in a new folder."""
    await asyncio.to_thread(folder.mkdir)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ivrsvr", *arguments, cwd=folder, stdout=PIPE, stderr=DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **variables},
    )  # fmt: skip
    assert process.stdout is not None
    printed = ""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while line := (await process.stdout.readline()).decode():
                printed += line
                if line.startswith("Ctrl-C"):
                    break
            else:
                raise RuntimeError(f"ivrsvr {arguments[0]} did not start: {printed}")
        yield Started(process, printed)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def redis_process(folder: Path) -> AsyncIterator[str]:
    """A Redis of its own on the loopback, which writes every command to its file; gives its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    options = ["--port", port, "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes"]
    process = await asyncio.create_subprocess_exec("redis-server", *options, stdout=DEVNULL)
    try:
        url = f"redis://127.0.0.1:{port}/0"
        client = connect(url)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    await client.ping()
                    break
                except failures():
                    await asyncio.sleep(0.02)
        await client.aclose()
        yield url
    finally:
        process.terminate()
        await process.wait()
