"""The console by a real telnet client, in a real terminal."""

import os
import pty
import re
import select
import shutil
import subprocess
import termios
import threading
from collections.abc import Iterator

import pytest

from ivrsvr.app import serving
from ivrsvr.assembly.settings import Settings

TELNET = shutil.which("telnet")
needs_telnet = pytest.mark.skipif(
    TELNET is None and not os.environ.get("CI"), reason="no telnet client on this machine"
)

PATIENCE_S = 10.0
"""How long the real client may take for its next octets."""


@pytest.fixture(autouse=True)
def _quick_negotiation(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real client does answer: it is waited for, however busy this machine is."""
    monkeypatch.setattr("ivrsvr.interfaces.console.telnet.NEGOTIATION_S", PATIENCE_S)


class Terminal:
    """A telnet client that runs in a pseudo terminal."""

    def __init__(self, port: int) -> None:
        assert TELNET is not None, "CI needs a telnet client"
        self._seen = b""
        self._fd, theirs = pty.openpty()  # no `pty.fork`: this process has threads
        termios.tcsetwinsize(theirs, (24, 80))
        self._client = subprocess.Popen(
            [TELNET, "127.0.0.1", str(port)], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)

    def until(self, text: str) -> str:
        """Everything on the screen up to a text."""
        while text.encode() not in self._seen:
            ready, _, _ = select.select([self._fd], [], [], PATIENCE_S)
            assert ready, f"{text!r} did not come; there came {self._seen!r}"
            self._seen += os.read(self._fd, 4096)
        found, between, self._seen = self._seen.partition(text.encode())
        return (found + between).decode("utf-8", "replace")

    def types(self, keys: str, then: str = "ivrsvr> ") -> str:
        os.write(self._fd, keys.encode())
        return self.until(then)

    def close(self) -> None:
        self._client.kill()
        self._client.wait()
        os.close(self._fd)


@pytest.fixture
def port() -> Iterator[int]:
    """A console of a server that runs in a thread, on real time."""
    import asyncio

    found: list[int] = []
    up, stop = threading.Event(), threading.Event()

    async def run() -> None:
        settings = Settings(http="127.0.0.1:0", console=("127.0.0.1:0",), db=":memory:")
        async with serving(settings) as app:
            found.append(app.consoles[0][1])
            up.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert up.wait(PATIENCE_S)
    yield found[0]
    stop.set()
    thread.join(PATIENCE_S)


@pytest.fixture
def terminal(port: int) -> Iterator[Terminal]:
    opened = Terminal(port)
    opened.until("User: ")
    opened.types("tcpgate\r", "Password: ")
    opened.types("tcpgate01\r")
    yield opened
    opened.close()


@needs_telnet
def test_the_server_echoes_but_not_passwords(port: int) -> None:
    terminal = Terminal(port)
    terminal.until("User: ")
    assert "tcpgate" in terminal.types("tcpgate\r", "Password: ")
    assert "tcpgate01" not in terminal.types("tcpgate01\r")
    terminal.close()


@needs_telnet
def test_completion_history_and_editing(terminal: Terminal) -> None:
    assert "disp version" in terminal.types("disp ver\t\r", "started")
    terminal.until("ivrsvr> ")
    assert "python" in terminal.types("\x1b[A\r", "started")
    terminal.until("ivrsvr> ")
    assert "Time that the switch has" in terminal.types("disp parameter ivr_req\t\r", "answer a request.")
    terminal.until("ivrsvr> ")
    assert "link" in terminal.types("disx\x7fp stat\r", "watchers")


@needs_telnet
def test_a_long_list_comes_page_by_page(terminal: Terminal) -> None:
    first = terminal.types("help\r", "-- more")
    pages = [terminal.types(" ", "-- more") for _ in range(2)]
    assert "administration:" not in first
    assert any("administration:" in page for page in pages)
    for page in (first, *pages):  # a line that is wider than the terminal takes more than one of its rows
        rows = sum(max(-(-len(line) // 80), 1) for line in page.replace("\r", "").split("\n")[1:])
        assert rows <= 24
    terminal.types("\x1b[B", "-- more")  # one key, of three characters
    assert "started" in terminal.types("qdisp version\r", "started")  # what is typed behind a key is kept
    terminal.until("ivrsvr> ")


@needs_telnet
def test_the_trace_appears_between_what_is_typed(terminal: Terminal) -> None:
    terminal.types("trace on asc\r")
    terminal.types("makecall 101 102\r", "MakeCallConf")
    seen = terminal.until("ivrsvr> ")
    assert re.search(r"callid +\d+", seen)
