"""A relay that cuts connections after so many octets, for clients that have to come back."""

import asyncio
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

FOR_EVER = 1 << 60


class Cutter:
    """Relays to a port of this machine.

    cuts: one pair for each connection, in turn: octets to the server and octets to the client after which it is cut;
          later connections stay.
    dials: how many connections there have been.
    """

    def __init__(self, port: int, cuts: Iterable[tuple[int, int]] = ()) -> None:
        self._port = port
        self._cuts: Iterator[tuple[int, int]] = iter(cuts)
        self._relays: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server
        self.dials = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/ws"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.cut()
        if self._relays:
            await asyncio.wait(self._relays)

    def cut(self) -> None:
        """Cut every connection now."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._relays.add(task)
        self.dials += 1
        up, down = next(self._cuts, (FOR_EVER, FOR_EVER))
        try:
            there, here = await asyncio.open_connection("127.0.0.1", self._port)
            self._writers |= {writer, here}
            ways = [asyncio.create_task(copy(reader, here, up)), asyncio.create_task(copy(there, writer, down))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.wait(ways)
            for end in (writer, here):
                end.transport.abort()
                self._writers.discard(end)
        finally:
            self._relays.discard(task)


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int) -> None:
    """Copy so many octets at most."""
    try:
        while most > 0 and (data := await reader.read(65536)):
            writer.write(data[:most])
            most -= len(data)
            await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        return
