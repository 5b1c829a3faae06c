"""JSON clients as applications write them: connections that keep everything that they are sent."""

import asyncio
import itertools
import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from ivrsvr.testing.answers import Message
from ivrsvr.testing.settle import Settling

SMALL_BUFFER = 4096
"""Octets that the socket of a slow client takes in before its kernel makes the server wait."""


@dataclass(frozen=True, slots=True)
class Closed:
    """How the server ended a connection."""

    code: int
    reason: str


class Connection(Protocol):
    """What a program talks to the server by: a WebSocket of its own making, or a client package.

    events: every event, in order.
    """

    events: list[Message]

    @property
    def dismissed(self) -> bool:
        """Whether the server has ended it, as too slow."""

    async def ask(self, request: Mapping[str, Any], reply: Callable[[Message], None]) -> None:
        """Send a request; the reply comes when it comes."""

    async def stop_reading(self) -> None:
        """Take in nothing from now on, as a program that hangs."""

    async def read_on(self) -> None:
        """Take in again."""

    async def cut(self) -> None:
        """Lose the line."""

    async def come_back(self, extension: str, epoch: str, reply: Callable[[Message], None]) -> None:
        """Go on with an extension after the last event, or after the one of its number in another epoch."""

    async def close(self) -> None:
        """Close in order."""


class JsonConnection:
    """One WebSocket connection: sends requests, and sorts what comes into responses and events.

    texts:  every message, as it came.
    events: every event, in order.
    closed: how the connection ended; None while it is open.
    """

    def __init__(self, url: str, socket_: ClientConnection) -> None:
        self._url = url
        self._socket = socket_
        self._numbers = itertools.count(1)
        self._waiting: dict[str, list[Callable[[Message], None]]] = {}
        self._reading = asyncio.create_task(self._read())
        self.texts: list[str] = []
        self.events: list[Message] = []
        self.responses: list[Message] = []
        self.closed: Closed | None = None

    @classmethod
    async def open(cls, url: str, *, slow: bool = False) -> "JsonConnection":
        """Connect; a slow client has next to no buffers, so that the server notices when it stops reading.

        Raises OSError, or InvalidHandshake when the server refuses.
        """
        if not slow:
            return cls(url, await connect(url, ping_interval=None, compression=None, max_size=None))
        small = socket.socket()
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        small.setblocking(False)
        host, _, port = url.removeprefix("ws://").partition("/")[0].rpartition(":")
        await asyncio.get_running_loop().sock_connect(small, (host, int(port)))
        return cls(url, await connect(url, sock=small, ping_interval=None, compression=None, max_queue=1))

    @classmethod
    async def opening(cls, url: str, _settling: Settling, *, slow: bool = False) -> "JsonConnection":
        """As `open`, among the ways of the features."""
        return await cls.open(url, slow=slow)

    async def ask(self, request: Mapping[str, Any], reply: Callable[[Message], None]) -> None:
        """Send a request, under a fresh id unless it has one; the reply comes when it comes."""
        message = dict(request) if "id" in request else {"id": str(next(self._numbers)), **request}
        self._waiting.setdefault(str(message["id"]), []).append(reply)
        await self.send(json.dumps(message))

    async def send(self, text: str | bytes) -> None:
        """Send a message as it stands.

        Raises ConnectionClosed.
        """
        await self._socket.send(text)

    async def stop_reading(self) -> None:
        """Read nothing from now on, as a client that hangs."""
        self._reading.cancel()

    async def read_on(self) -> None:
        """Read again."""
        self._reading = asyncio.create_task(self._read())

    async def close(self, code: int = 1000) -> None:
        """Close in order; a browser whose page goes away gives 1001."""
        self._reading.cancel()
        await self._socket.close(code)

    async def cut(self) -> None:
        """Break off without a word, as a program that dies."""
        self._reading.cancel()
        self._socket.transport.abort()

    @property
    def dismissed(self) -> bool:
        """Whether the server has said that it is too slow, and ended it."""
        return self.closed is not None and self.events[-1]["eventtype"] == "overflow"

    async def come_back(self, extension: str, epoch: str, reply: Callable[[Message], None]) -> None:
        """Connect anew, and go on after the last event, or after the one of its number in another epoch."""
        self._socket = await connect(self._url, ping_interval=None, compression=None, max_size=None)
        self.closed = None
        self._reading = asyncio.create_task(self._read())
        since = self.events[-1]["eventid"]
        await self.ask({"request": "startmonitor", "extension": extension, "since": since, "epoch": epoch}, reply)

    async def _read(self) -> None:
        try:
            while True:
                self._take(await self._socket.recv())
        except ConnectionClosed:
            self.closed = Closed(self._socket.close_code or 0, self._socket.close_reason or "")

    def _take(self, text: str | bytes) -> None:
        self.texts.append(text if isinstance(text, str) else text.decode())
        message: Message = json.loads(text)
        if message.get("msgtype") == "event":
            self.events.append(message)
            return
        self.responses.append(message)
        waiting = self._waiting.get(str(message.get("id")))
        if waiting:
            waiting.pop(0)(message)


class EventStream:
    """One stream of Server-Sent Events, read as EventSource does: it knows the position of the last event.

    status:   of the response; 0 = none yet. refused: the failed response.
    events:   every event, in order. ended: the server ended the stream.
    position: for `Last-Event-ID`.
    reading:  not set = it reads nothing, as a program that hangs.
    """

    def __init__(self) -> None:
        self.status = 0
        self.refused: Message = {}
        self.events: list[Message] = []
        self.comments = 0
        self.position = ""
        self.ended = False
        self.reading = asyncio.Event()
        self.reading.set()
        self._mark = ""
        self._data = ""
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, base: str, query: Mapping[str, str], position: str = "") -> "EventStream":
        """Connect, and read on until `close`."""
        stream = cls()
        stream.position = stream._mark = position
        stream._reading = asyncio.create_task(stream._read(base, query))
        return stream

    async def _read(self, base: str, query: Mapping[str, str]) -> None:
        headers = {"last-event-id": self.position} if self.position else {}
        async with (
            httpx.AsyncClient(base_url=base, timeout=None, trust_env=False, verify=False) as client,
            client.stream("GET", "/api/events", params=query, headers=headers) as response,
        ):
            self.status = response.status_code
            if self.status != 200:
                self.refused = json.loads(await response.aread())
                return
            async for line in response.aiter_lines():
                self._take(line)
                await self.reading.wait()
        self.ended = True

    def _take(self, line: str) -> None:
        field, _, value = line.partition(": ")
        if field == "id":
            self._mark = value
        elif field == "data":
            self._data = value
        elif line.startswith(":"):
            self.comments += 1
        elif not line:  # only now the event is whole
            self.position = self._mark
            if self._data:
                self.events.append(json.loads(self._data))
            self._data = ""

    async def over(self) -> None:
        """Wait until the server has ended it."""
        if self._reading is not None:
            await self._reading

    async def close(self) -> None:
        """Break off."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
