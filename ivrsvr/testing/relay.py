"""A relay between a client and a server: it cuts, hangs and counts, so that clients can be tested on bad lines."""

import asyncio
import contextlib
import socket
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

FOR_EVER = 1 << 60
SMALL_BUFFER = 4096
"""Octets that a slow client takes in before the server has to wait."""
AT_ONCE = 65536


class Relay:
    """Relays to the WebSocket of a server, from `async with` to its end.

    url:   of the server.
    cuts:  one pair for each connection, in turn: octets to the server and octets to the client after which it is cut;
           later connections stay.
    slow:  it takes next to nothing from the server beyond what the client has taken.
    dials: how many connections there have been; ended: how many are over; closed: how many of these in order.
    up:    octets that came from the client, over all connections; down: octets that were given to it.
    """

    def __init__(self, url: str, cuts: Iterable[tuple[int, int]] = (), *, slow: bool = False) -> None:
        self._target = urlsplit(url)
        self._cuts: Iterator[tuple[int, int]] = iter(cuts)
        self._slow = slow
        self._relays: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server
        self.dials = 0
        self.ended = 0
        self.closed = 0
        self.up = 0
        self.down = 0

    @property
    def url(self) -> str:
        """What the client connects to."""
        host, port = self._server.sockets[0].getsockname()
        return f"ws://{host}:{port}{self._target.path}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.cut()
        self._flowing.set()
        if self._relays:
            await asyncio.wait(self._relays)

    def cut(self) -> None:
        """Cut every connection now."""
        for writer in list(self._writers):
            writer.transport.abort()

    def hang(self) -> None:
        """Take nothing more from the server."""
        self._flowing.clear()

    def flow(self) -> None:
        """Go on after `hang`."""
        self._flowing.set()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._relays.add(task)
        self.dials += 1
        up, down = next(self._cuts, (FOR_EVER, FOR_EVER))
        try:
            there, here = await self._dial()
            self._writers |= {writer, here}
            ways = [
                asyncio.create_task(self._send(reader, here, up)),
                asyncio.create_task(self._receive(there, writer, down)),
            ]
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if all(way.result() for way in done):  # one side has ended in order, the other may still talk
                await asyncio.wait(ways)
                self.closed += 1
            for way in ways:
                way.cancel()
            await asyncio.wait(ways)
            for end in (writer, here):
                end.transport.abort()
                self._writers.discard(end)
        finally:
            self.ended += 1
            self._relays.discard(task)

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if not self._slow:
            return await asyncio.open_connection(self._target.hostname, self._target.port)
        small = socket.socket()
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        small.setblocking(False)
        await asyncio.get_running_loop().sock_connect(small, (self._target.hostname, self._target.port))
        return await asyncio.open_connection(sock=small, limit=1)

    async def _send(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int) -> bool:
        """From the client to the server; so many octets at most. Whether the client has ended in order."""
        with contextlib.suppress(OSError):
            while most > 0 and (data := await reader.read(AT_ONCE)):
                self.up += len(data)
                writer.write(data[:most])
                most -= len(data)
                await writer.drain()
            return _ended(writer, most)
        return False

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int) -> bool:
        """From the server to the client; so many octets at most. Whether the server has ended in order."""
        with contextlib.suppress(OSError):
            while most > 0 and (data := await reader.read(AT_ONCE)):
                await self._flowing.wait()
                self.down += len(data[:most])
                writer.write(data[:most])
                most -= len(data)
                await writer.drain()
            return _ended(writer, most)
        return False


def _ended(writer: asyncio.StreamWriter, left: int) -> bool:
    """Pass an orderly end on."""
    if left <= 0 or writer.is_closing():
        return False
    writer.write_eof()
    return True
