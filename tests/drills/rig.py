"""What the drills work with: a simulated switch with two AES, proxies before them, servers, and clients."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.commands import LIMIT_S
from tests.forked import Forked, forked, launch, read

ANY_PORT = "127.0.0.1:0"
PORTS = {"IVRSVR_AES_CSTA": "0", "IVRSVR_AES_CSTA_S": "0"}
LOOK_S = 0.02
"""Between looks at a condition that nobody tells of."""

Message = dict[str, Any]


def ask(url: str, request: str, key: str = "", **values: str) -> tuple[int, Message]:
    """Status and body of a request by REST. Raises OSError where there is no answer."""
    headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
    wanted = urllib.request.Request(f"{url}/api/{request}", json.dumps(values).encode(), headers)
    return _answer(wanted)


def get(url: str, credential: str = "") -> tuple[int, Message]:
    """Status and body at an address, with an API key or without. Raises OSError where there is no answer."""
    return _answer(urllib.request.Request(url, headers={"authorization": f"Bearer {credential}"} if credential else {}))


def _answer(wanted: urllib.request.Request) -> tuple[int, Message]:
    try:
        with urllib.request.urlopen(wanted, timeout=LIMIT_S) as answer:
            return answer.status, _json(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _json(error.read())


def _json(octets: bytes) -> Message:
    try:
        found = json.loads(octets)
    except ValueError:
        return {"text": octets.decode("latin-1")}  # a balancer's own page
    return found if isinstance(found, dict) else {"value": found}


def eventually(condition: Callable[[], object], what: str) -> None:
    """Wait for something that nobody tells of. Raises AssertionError when it does not come true."""
    until = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < until, f"never came true: {what}"
        time.sleep(LOOK_S)


@dataclass
class Switch:
    """The simulated switch of a running `ivrsvr sim`.

    control: address of its controls. tlinks: one for each AES, without the proxies. ports: those of each AES.
    """

    control: str
    tlinks: list[str]
    ports: list[list[int]]

    def call(self, to: str, caller: str = "60123456") -> Message:
        """Somebody outside calls."""
        return self._post("calls", {"from": caller, "to": to})

    def hand(self, extension: str, action: str) -> None:
        """Somebody does something at a telephone."""
        self._post(f"phones/{extension}/{action}", {})

    def hang_up(self, party: str) -> None:
        """An outside party hangs up."""
        self._post(f"parties/{party}/hangup", {})

    def fault(self, **rule: object) -> None:
        """From now on something goes wrong between the switch and its clients."""
        self._post("faults", rule)

    def link(self, state: str) -> None:
        """The CTI link of the first AES goes down or up."""
        self._post(f"link/{state}", {})

    def calls(self) -> list[Message]:
        """Every call of the switch."""
        found: list[Message] = get(f"{self.control}/sim/state")[1]["state"]["calls"]
        return found

    def reset(self) -> None:
        """Every call of the switch ends."""
        while calls := self.calls():
            party = next((one for one in calls[0]["parties"] if one["kind"] == "trunk"), calls[0]["parties"][0])
            if party["kind"] == "trunk":
                self.hang_up(party["party"].replace("#", "%23"))
            else:
                self.hand(party["party"], "hangup")

    def _post(self, path: str, values: Message) -> Message:
        wanted = urllib.request.Request(f"{self.control}/sim/{path}", json.dumps(values).encode(), method="POST")
        status, answer = _answer(wanted)
        assert status == 200, answer
        return answer


@contextmanager
def switch(folder: Path, aes: int = 1, **variables: str) -> Iterator[Switch]:
    """A simulated switch behind so many AES, in a process of its own."""
    further = ("--further-aes", ANY_PORT) * (aes - 1)
    arguments = ("sim", "--aes", ANY_PORT, "--control", ANY_PORT, *further)
    with forked(*arguments, folder=folder, **PORTS, **variables) as (_, printed):
        (control,) = re.findall(r"(http://\S+)/sim/state", printed)
        tlinks = re.findall(r"IVRSVR_IVR_TLINK_\d\d='(.*?)'", printed)
        ports = [[int(one) for one in re.findall(r"(?:127.0.0.1:|CSTA |CSTA-S )(\d+)", line)]
                 for line in printed.splitlines() if line.startswith("  AES")]  # fmt: skip
        yield Switch(control, tlinks, ports)


class Way:
    """The network between a server and one AES, or the host of the AES: a proxy process that can be spoilt.

    tlink: by which a server reaches the AES over it.
    """

    def __init__(self, host: str, ports: list[int], tlink: str) -> None:
        self.tlink = tlink.replace("@127.0.0.1:", f"@{host}:")
        self._arguments = [host, *map(str, ports)]
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.drills.proxy", *self._arguments],
            cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "ok\n"
        return process

    def tell(self, line: str) -> None:
        """Spoil it from now on; see `tests.drills.proxy`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ok\n"

    def kill(self) -> None:
        """The host dies: kill -9."""
        self.process.kill()
        self.process.communicate()

    def freeze(self) -> None:
        """The host hangs: its kernel still takes connections, nobody answers."""
        self.process.send_signal(signal.SIGSTOP)

    def restore(self) -> None:
        """All is well again."""
        if self.process.poll() is not None:
            self.process = self._start()
            return
        self.process.send_signal(signal.SIGCONT)
        self.tell("pass")


@dataclass
class Door:
    """Where a server is reached."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    def ready(self) -> tuple[int, str]:
        """What the readiness probe says, and why."""
        status, body = get(f"{self.url}/health/ready")
        return status, body.get("reason", "")

    def metric(self, name: str) -> float:
        """The value of a metric, with its labels."""
        text = get(f"{self.url}/metrics")[1]["text"]
        return next(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(f"{name} "))


@dataclass
class Server(Door):
    """A running `ivrsvr serve`."""

    process: Forked
    console: int


@contextmanager
def servers(folder: Path, count: int, *tlinks: str, **variables: str) -> Iterator[list[Server]]:
    """Servers on the same AES, each a process with a folder of its own; they start at the same time."""
    named = {f"IVRSVR_IVR_TLINK_{place:02}": tlink for place, tlink in enumerate(tlinks, 1)}
    arguments = ("serve", "--backend", "tsapi", "--http", ANY_PORT, "--console", ANY_PORT, "--log-format", "json")
    begun = []
    try:
        for number in range(count):
            own = folder / f"server{number}"
            own.mkdir(exist_ok=True)  # of a server that is started again
            begun.append(launch(*arguments, folder=own, variables=named | variables))
        yield [_server(process, read(printed)) for process, printed in begun]
    finally:
        for process, _ in begun:
            process.kill()
        for process, printed in begun:
            process.wait(LIMIT_S)
            printed.close()


def _server(process: Forked, printed: str) -> Server:
    (port,) = re.findall(r"HTTP\s+http://127.0.0.1:(\d+)/ ", printed)
    (console,) = re.findall(r"telnet 127.0.0.1 (\d+)", printed)
    return Server(int(port), process, int(console))


class Clients:
    """Clients that ask by REST at the same time, each from a thread of its own. Some never hear an answer."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._threads: list[threading.Thread] = []
        self._answers: dict[str, list[Message]] = {}

    def ask(self, request: str, key: str, **values: str) -> None:
        """Ask, and wait beside the test."""

        def wait() -> None:
            with suppress(OSError, HTTPException):
                self._answers.setdefault(key, []).append(ask(self._url, request, key, **values)[1])

        self._threads.append(threading.Thread(target=wait))
        self._threads[-1].start()

    def answers(self) -> dict[str, list[Message]]:
        """The answers by key, when everybody has one or has noticed that the server is gone."""
        for thread in self._threads:
            thread.join()
        return self._answers


@dataclass
class Client:
    """A WebSocket client that keeps everything that it is sent."""

    socket: ClientConnection
    events: list[Message] = field(default_factory=list)
    numbers: int = 0

    def ask(self, request: str, **values: str) -> Message:
        """The response to a request; events that come before it are kept."""
        self.numbers += 1
        identity = str(self.numbers)
        self.socket.send(json.dumps({"id": identity, "request": request, **values}))
        while True:
            message = self.next()
            if message.get("id") == identity:
                return message

    def next(self) -> Message:
        """The next message. Raises TimeoutError, ConnectionClosed."""
        message: Message = json.loads(self.socket.recv(LIMIT_S))
        if message["msgtype"] == "event":
            self.events.append(message)
        return message

    def until(self, eventtype: str, **values: object) -> list[Message]:
        """The events since the last question up to one of a type, with values; they are taken off the list."""
        wanted = {"eventtype": eventtype, **values}
        while not (self.events and all(self.events[-1].get(key) == value for key, value in wanted.items())):
            try:
                self.next()
            except TimeoutError as error:
                raise AssertionError(f"no {wanted}, only {self.events}") from error
        found, self.events = self.events, []
        return found

    def monitor(self, *extensions: str) -> None:
        """Be told everything of extensions."""
        for extension in extensions:
            assert self.ask("startmonitor", extension=extension, events="all")["result"] == "success"


@contextmanager
def client(ws: str) -> Iterator[Client]:
    """A connected client."""
    with connect(ws) as socket:
        yield Client(socket)


def kinds(events: list[Message]) -> list[str]:
    """What happened, in short; what was not reported but must have happened is in brackets."""
    return [f"({one['eventtype']})" if one.get("synthetic") else one["eventtype"] for one in events]
