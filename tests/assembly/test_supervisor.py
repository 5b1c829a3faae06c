"""What the service manager is told, on a socket that stands in for its own."""

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrsvr.assembly.supervisor import Supervisor, supervised
from ivrsvr.clock import Clock
from tests.commands import ENVIRONMENT, LIMIT_S

ROOT = Path(__file__).parents[2]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket of a service manager."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as found:
        found.bind(str(tmp_path / "notify"))
        found.settimeout(LIMIT_S)
        yield found


def told(manager: socket.socket) -> list[str]:
    return manager.recv(4096).decode().split("\n")


def all_told(manager: socket.socket) -> list[list[str]]:
    manager.setblocking(False)
    found = []
    try:
        while True:
            found.append(told(manager))
    except BlockingIOError:
        return found


def test_ready_alive_and_stopping(manager: socket.socket) -> None:
    async def live() -> None:
        clock = Clock(0.0)
        supervisor = Supervisor(manager.getsockname(), watch_s=10.0)
        async with supervised(supervisor, clock, "fine"):
            for _ in range(4):
                await asyncio.sleep(0)
                clock.advance(5.0)
            await asyncio.sleep(0)
        supervisor.close()

    asyncio.run(live())
    first, *alive, last = all_told(manager)
    assert first == ["READY=1", "STATUS=fine"]
    assert alive == [["WATCHDOG=1"]] * 5
    assert last == ["STOPPING=1", "STATUS=stopping"]


@pytest.mark.parametrize(
    ("environment", "watch_s"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
    ],
)
def test_who_watches(environment: dict[str, str], watch_s: float) -> None:
    assert Supervisor.of(environment, 7).watch_s == watch_s


@pytest.mark.parametrize("address", ["", "nonsense", "/nowhere/at/all", "@nobody"])
def test_a_manager_that_is_not_there_disturbs_nobody(address: str) -> None:
    supervisor = Supervisor(address)
    supervisor.ready("fine")
    supervisor.close()


def test_an_abstract_socket() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as found:
        found.bind(f"\0ivrsvr-test-{os.getpid()}")
        found.settimeout(LIMIT_S)
        supervisor = Supervisor(f"@ivrsvr-test-{os.getpid()}")
        supervisor.ready("fine")
        supervisor.close()
        assert told(found) == ["READY=1", "STATUS=fine"]


def test_a_server_as_a_service(manager: socket.socket, tmp_path: Path) -> None:
    """Ready when it can be used; SIGHUP puts in force what another program stored; SIGTERM stops it in order."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ivrsvr", "serve", "--http", "127.0.0.1:0", "--console", "127.0.0.1:0"],
        cwd=tmp_path,
        env=ENVIRONMENT
        | {"PYTHONPATH": str(ROOT), "NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "60000000"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        ready = told(manager)
        assert ready[0] == "READY=1"
        assert "127.0.0.1:" in ready[1]
        assert told(manager) == ["WATCHDOG=1"]
        with sqlite3.connect(tmp_path / "ivrsvr.db") as other:
            other.execute("insert into tExtension values ('101')")
        other.close()
        process.send_signal(signal.SIGHUP)
        assert told(manager)[0] == "RELOADING=1"
        assert told(manager)[0] == "READY=1"
        process.terminate()
        assert told(manager)[0] == "STOPPING=1"
        assert process.wait(LIMIT_S) == 0
        assert process.stderr is not None
        assert "extension 101 monitored changed" in process.stderr.read()
    finally:
        process.kill()
        process.communicate()
