"""A program that takes the deliveries of a webhook, well or badly."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from ivrsvr.testing.answers import Message

TAKEN = b"HTTP/1.1 204 Taken\r\n\r\n"
ANSWERS: Mapping[str, bytes] = {
    "refuses": b"HTTP/1.1 503 Not now\r\ncontent-length: 0\r\n\r\n",
    "redirects": b"HTTP/1.1 302 There\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
    "answers garbage": b"garbage that is no HTTP at all\r\n\r\n",
    "answers by halves": b"HTTP/1.1 200 Ok\r\ncontent-length: 100\r\n\r\nshort",
    "is gone for good": b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n",
    "hangs": b"",
}
"""What a target does that takes nothing, and its answer."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt: its headers, with names in small letters, and its body."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def name(self) -> str:
        """The `webhook-id`."""
        return self.headers["webhook-id"]

    @property
    def event(self) -> Message:
        """The event."""
        message: Message = json.loads(self.body)
        return message

    def is_signed(self, secret: str) -> bool:
        """Whether a secret signs it, as the Standard Webhooks scheme says."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.name}.{self.headers['webhook-timestamp']}.".encode() + self.body
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return f"v1,{expected}" in self.headers["webhook-signature"].split(" ")


class Receiver:
    """A target on this machine.

    got:     every attempt that has come, in order.
    answers: what it says to the next ones; then `usual`. b"" = nothing, and it waits.
    """

    def __init__(self) -> None:
        self.got: list[Delivery] = []
        self.taken: list[Message] = []
        """The events that it has taken, each once, by `webhook-id`."""
        self.answers: list[bytes] = []
        self.usual = TAKEN
        self._known: set[str] = set()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._going_on = asyncio.Event()
        self._going_on.set()

    def think(self) -> None:
        """Read what comes, and answer only after `go_on`."""
        self._going_on.clear()

    def go_on(self) -> None:
        """Answer again."""
        self._going_on.set()

    async def serve(self) -> None:
        """Listen, until `close`."""
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)

    @property
    def url(self) -> str:
        """Where to deliver."""
        assert self._server is not None, "it does not listen yet"
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/events"

    async def close(self) -> None:
        """Listen no more, and hang up."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await self._one(reader, writer)
        self._writers.discard(writer)
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        delivery = Delivery(headers, await reader.readexactly(int(headers["content-length"])))
        self.got.append(delivery)
        await self._going_on.wait()
        answer = self.answers.pop(0) if self.answers else self.usual
        if answer == TAKEN and delivery.name not in self._known:
            self._known.add(delivery.name)
            self.taken.append(delivery.event)
        writer.write(answer)
        await writer.drain()
