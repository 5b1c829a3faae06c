"""The target of a webhook that does not always take what it is sent."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.request import Request, urlopen

from bench.peers import KEY

TAKEN = b"HTTP/1.1 204 Taken\r\n\r\n"
REFUSED = b"HTTP/1.1 503 Not now\r\ncontent-length: 0\r\n\r\n"


class Target:
    """Takes deliveries as a receiver is told to: signature checked, by `webhook-id` each once.

    take:     called with each event that is new.
    chance:   of not taking a delivery: refused, or hung up on before or after it was read, or taken without an answer.
    refusals: how many there were.
    taken:    set when something was taken.
    """

    def __init__(self, take: Callable[[dict[str, Any]], object], random: random.Random, *, chance: float) -> None:
        self.refusals = 0
        self.taken = asyncio.Event()
        self._take = take
        self._random = random
        self._chance = chance
        self._key = b""
        self._known: set[str] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()

    async def ask_for(self, port: int, extensions: str) -> None:
        """Have a server deliver the events of extensions here."""
        url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"
        body = json.dumps({"name": "bench", "url": url, "extensions": extensions}).encode()
        answer = await asyncio.to_thread(_posted, f"http://127.0.0.1:{port}/admin/add/webhook", body)
        self._key = base64.b64decode(answer["secret"].removeprefix("whsec_"))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while await self._one(reader, writer):
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Take one delivery, or not; whether the connection goes on."""
        head = await reader.readuntil(b"\r\n\r\n")
        how = self._random.randrange(4) if self._random.random() < self._chance else None
        self.refusals += how is not None
        if how == 0:
            writer.transport.abort()
            return False
        headers = dict(line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:-2])
        body = await reader.readexactly(int(headers["content-length"]))
        if how == 1:
            writer.write(REFUSED)
            return True
        if how == 2:
            return False
        self._receive(head.decode(), headers, body)
        if how == 3:  # taken, and the server does not learn it
            return False
        writer.write(TAKEN)
        return True

    def _receive(self, head: str, headers: dict[str, str], body: bytes) -> None:
        given = next(line for line in head.split("\r\n") if line.lower().startswith("webhook-signature: "))
        name = headers["webhook-id"]
        signed = f"{name}.{headers['webhook-timestamp']}.".encode() + body
        mark = base64.b64encode(hmac.new(self._key, signed, hashlib.sha256).digest()).decode()
        assert f"v1,{mark}" in given, "a delivery is not signed"
        if name not in self._known:
            self._known.add(name)
            self._take(json.loads(body))
            self.taken.set()


def _posted(url: str, body: bytes) -> dict[str, Any]:
    with urlopen(Request(url, body, {"authorization": f"Bearer {KEY}"})) as response:
        answer: dict[str, Any] = json.load(response)
    return answer
