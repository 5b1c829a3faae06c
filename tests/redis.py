"""A real Redis of its own for tests, on a free port of the loopback."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.drills.proxy import Proxy
from tests.ports import free_port

PATIENCE_S = 10.0
FAR = "127.0.0.2"
"""Where the way to a Redis can be spoilt."""


@dataclass
class RedisServer:
    """One redis-server process. It writes every command to its file, so a restart loses nothing."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder),
             "--appendonly", "yes", "--appendfsync", "always", "--save", ""],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                    connection.sendall(b"PING\r\n")
                    if connection.recv(16).startswith(b"+PONG"):
                        return
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError("redis-server does not start")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE_S)
            self.process = None


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """Skips the test where there is no redis-server; fails there when CI is set."""
    if shutil.which("redis-server") is None:
        if os.environ.get("CI"):
            pytest.fail("redis-server is missing: apt-get install redis-server")
        pytest.skip("redis-server is not installed (apt-get install redis-server)")
    server = RedisServer(folder, free_port())
    try:
        server.start()
        yield server
    finally:
        server.stop()


@asynccontextmanager
async def way_to(redis: RedisServer) -> AsyncIterator[Proxy]:
    """A network before a Redis, at the address FAR and the same port."""
    proxy = Proxy()
    door = await proxy.listen(FAR, redis.port)
    try:
        yield proxy
    finally:
        proxy.obey("cut")
        door.close()
