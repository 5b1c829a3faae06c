"""Applications that use the client packages: every step of a feature can go through them instead of a bare WebSocket.

Each has a relay before the server, so that its line can be cut or hang as any other's. What lives in another process
takes part in settling: the octets that it was sent and those that it sends are counted on both sides.
"""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivrsvr.client import Client, ClientError, Monitor, Options, RequestFailed
from ivrsvr.testing.answers import Message
from ivrsvr.testing.relay import Relay
from ivrsvr.testing.settle import Settling

_HERE = Path(__file__).resolve().parent

FILES = {
    "ivrsvr.js": _HERE.parent / "interfaces/http/pages/static",
    "requests.js": _HERE.parent / "interfaces/http/pages/static",
    "node.js": _HERE.parents[1] / "clients/javascript",
    "websocket.js": _HERE.parents[1] / "clients/javascript",
    "package.json": _HERE.parents[1] / "clients/javascript",
}
"""The files of the JavaScript client, and where they are in a checkout; in an installed package they may be here."""

PATIENCE_S = 3600.0
"""A request may wait for virtual time, which is not the client's."""

REST_S = 60.0
"""How long Node may take to come to rest; more, and something is wrong with it."""

Reply = Callable[[Message], None]


class PythonApplication:
    """An application with the Python client.

    events: every event, in order.
    """

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._online = asyncio.Event()
        self._online.set()
        self._client = Client(relay.url, options=Options(request_s=PATIENCE_S, ping_s=0), pause=self._pause)
        self._monitors: dict[str, Monitor] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._farewells = 0
        self.events: list[Message] = []

    @classmethod
    async def open(cls, url: str, _settling: Settling, *, slow: bool = False) -> "PythonApplication":
        """Connect to the WebSocket of a server."""
        application = cls(await Relay(url, slow=slow).__aenter__())
        await application._client.__aenter__()
        return application

    @property
    def dismissed(self) -> bool:
        """Whether a connection of it has ended in order that it did not end itself."""
        return self._relay.closed > self._farewells

    async def ask(self, request: Mapping[str, Any], reply: Reply) -> None:
        """Carry out a request; the reply comes when it comes."""
        keys = {key: value for key, value in request.items() if key != "request"}
        self._begin(self._carry_out(request["request"], keys, reply))

    async def stop_reading(self) -> None:
        """Hang."""
        self._relay.hang()

    async def read_on(self) -> None:
        """Hang no longer."""
        self._relay.flow()

    async def cut(self) -> None:
        """Lose the line, and be offline until it comes back."""
        self._online.clear()
        self._relay.cut()

    async def come_back(self, extension: str, epoch: str, reply: Reply) -> None:
        """Be online again; with another epoch, another life of the program begins there, which has left in order."""
        if epoch == self.events[-1]["epoch"]:
            self._online.set()
            reply({"result": "success"})
            return
        since = self.events[-1]["eventid"]
        self._farewells += 1
        await self._client.leave()
        self._online.set()
        await self._client.__aenter__()
        await self.ask({"request": "startmonitor", "extension": extension, "since": since, "epoch": epoch}, reply)

    async def close(self) -> None:
        """End."""
        await self._client.close()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._relay.__aexit__(None, None, None)

    async def _pause(self, _seconds: float) -> None:
        await asyncio.sleep(0)
        await self._online.wait()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, name: str, keys: dict[str, Any], reply: Reply) -> None:
        done: Message = {"result": "success"}
        try:
            if name == "startmonitor":
                self._monitors[keys["extension"]] = monitor = await self._client.monitor(**keys)
                self._begin(self._read(monitor))
            elif name == "stopmonitor":
                await self._monitors.pop(keys["extension"]).stop()
            else:
                done = await self._client.request(name, **keys)
        except RequestFailed as error:
            done = error.response
        except ClientError as error:
            done = {"result": "fail", "error": f"{type(error).__name__}: {error}"}
        reply(done)

    async def _read(self, monitor: Monitor) -> None:
        with contextlib.suppress(ClientError):
            async for event in monitor:
                self.events.append(event)


def lay_out(folder: Path) -> None:
    """Put the JavaScript client into a folder, as `npm install` does."""
    package = folder / "node_modules/ivrsvr"
    package.mkdir(parents=True)
    for name, place in FILES.items():
        shutil.copy(place / name if (place / name).exists() else _HERE / "javascript" / name, package)


@dataclass(frozen=True, slots=True)
class _Line:
    """The line of one JavaScript application, in the loop of its server; and where its events go."""

    loop: asyncio.AbstractEventLoop
    relay: Relay
    events: list[Message]


class Node:
    """A Node process with the JavaScript client, for any number of applications, one test after the other."""

    def __init__(self, node: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ivrsvr-node-")
        lay_out(Path(self._folder.name))
        shutil.copy(_HERE / "driver.mjs", self._folder.name)
        self._process = subprocess.Popen(
            [node, str(Path(self._folder.name) / "driver.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        self._loop: asyncio.AbstractEventLoop | None = None
        self._number = 0
        self._replies: dict[int, Reply] = {}
        self._lines: dict[int, _Line] = {}
        self._rest: tuple[Any, ...] = ()
        self._part = b""

    def close(self) -> None:
        """End the process."""
        self._in.close()
        self._process.wait(REST_S)
        self._out.close()
        self._folder.cleanup()

    async def open(self, url: str, settling: Settling, *, slow: bool = False) -> "JavascriptApplication":
        """Connect another application to the WebSocket of a server."""
        relay = await Relay(url, slow=slow).__aenter__()
        self._number += 1
        application = JavascriptApplication(self, self._number, relay)
        self._lines[self._number] = _Line(asyncio.get_running_loop(), relay, application.events)
        settling.outside = self.at_rest
        await self.do("open", application.number, url=relay.url)
        return application

    async def forget(self, number: int) -> None:
        """An application has ended."""
        await self.do("end", number)
        relay = self._lines.pop(number).relay
        async with asyncio.timeout(REST_S):
            while relay.ended < relay.dials:  # noqa: ASYNC110 - its farewell is on its way
                await asyncio.sleep(0)
        await relay.__aexit__(None, None, None)
        if not self._here():
            self._detach()

    async def do(self, what: str, application: int = 0, **fields: Any) -> Message:
        """Have something done, and wait for its answer."""
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        def put(message: Message) -> None:
            if not answer.done():
                answer.set_result(message)

        self.begin(what, application, put, **fields)
        async with asyncio.timeout(REST_S):
            return await answer

    def begin(self, what: str, application: int, reply: Reply, **fields: Any) -> None:
        """Have something done; the answer comes when it comes."""
        self._attach()
        self._number += 1
        self._replies[self._number] = reply
        message = {"do": what, "id": self._number, "application": application, **fields}
        self._in.write(json.dumps(message).encode() + b"\n")
        self._in.flush()

    async def at_rest(self) -> bool:
        """Let everything happen there that is due; whether there was anything.

        Raises TimeoutError.
        """
        relays = self._here()
        given = {number: [relay.down, relay.ended] for number, relay in relays.items()}
        if (self._number, given) == self._rest:
            return False
        came = (await self.do("rest", given=given))["came"]
        async with asyncio.timeout(REST_S):
            for number, relay in relays.items():
                octets, dials = came[str(number)]
                while relay.up < octets or relay.dials < dials:  # noqa: ASYNC110 - they are on their way
                    await asyncio.sleep(0)
        self._rest = self._number, given
        return True

    def _here(self) -> dict[int, Relay]:
        """The relays that live in this loop; those of another server stand still with its loop."""
        loop = asyncio.get_running_loop()
        return {number: line.relay for number, line in self._lines.items() if line.loop is loop}

    def _attach(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._detach()
            loop.add_reader(self._out.fileno(), self._hear)
            self._loop = loop

    def _detach(self) -> None:
        if self._loop is not None:
            self._loop.remove_reader(self._out.fileno())
            self._loop = None

    def _hear(self) -> None:
        data = os.read(self._out.fileno(), 65536)
        if not data:
            raise RuntimeError("Node has ended; its error is above")
        *lines, self._part = (self._part + data).split(b"\n")
        for line in lines:
            message: Message = json.loads(line)
            if "event" in message:
                if message["application"] in self._lines:
                    self._lines[message["application"]].events.append(message["event"])
            else:
                self._replies.pop(message["id"])(message["answer"])


class JavascriptApplication:
    """An application with the JavaScript client, in Node.

    events: every event, in order.
    """

    def __init__(self, node: Node, number: int, relay: Relay) -> None:
        self._node = node
        self._relay = relay
        self._farewells = 0
        self.number = number
        self.events: list[Message] = []

    @property
    def dismissed(self) -> bool:
        """Whether a connection of it has ended in order that it did not end itself."""
        return self._relay.closed > self._farewells

    async def ask(self, request: Mapping[str, Any], reply: Reply) -> None:
        """Carry out a request; the reply comes when it comes."""
        keys = {key: value for key, value in request.items() if key != "request"}
        self._node.begin("ask", self.number, reply, name=request["request"], keys=keys)

    async def stop_reading(self) -> None:
        """Hang."""
        self._relay.hang()

    async def read_on(self) -> None:
        """Hang no longer."""
        self._relay.flow()

    async def cut(self) -> None:
        """Lose the line, and be offline until it comes back."""
        await self._node.do("hold", self.number)
        self._relay.cut()

    async def come_back(self, extension: str, epoch: str, reply: Reply) -> None:
        """Be online again; with another epoch, another life of the program begins there, which has left in order."""
        if epoch == self.events[-1]["epoch"]:
            reply(await self._node.do("release", self.number))
            return
        since = self.events[-1]["eventid"]
        self._farewells += 1
        await self._node.do("leave", self.number)
        await self._node.do("open", self.number, url=self._relay.url)
        await self.ask({"request": "startmonitor", "extension": extension, "since": since, "epoch": epoch}, reply)

    async def close(self) -> None:
        """End."""
        await self._node.forget(self.number)
