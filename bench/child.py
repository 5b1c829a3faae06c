"""A server in a process of its own, for the length of a benchmark."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
"""Units of processor time a second, in /proc."""


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
