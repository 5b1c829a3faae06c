"""A TCP proxy that spoils a network: `python -m tests.drills.proxy HOST PORT...` listens there, before the loopback.

It stands at another address of the loopback, with the same ports: so what an AES says of its ports holds here, too.
Lines on the standard input say what it does from then on, to connections that are open and to new ones:

    pass        hand everything on
    delay S     everything comes S seconds later
    stall       take everything and hand nothing on: nobody is told that the other has gone (a half-open connection)
    cut         reset every connection, and each new one
    halfclose   end the direction to the client, and keep the other
    corrupt     spoil the next octets to the client

Each is answered by `ok`, when it is in force.
"""

import asyncio
import contextlib
import socket
import struct
import sys

LOOPBACK = "127.0.0.1"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing sends a reset."""


class Proxy:
    """What is done to the octets now."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.refusing = False
        self.corrupting = False
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.to_clients: set[asyncio.StreamWriter] = set()
        self.tasks: set[asyncio.Task[None]] = set()

    async def listen(self, host: str, port: int) -> asyncio.Server:
        """Raises OSError."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                await self._serve(port, reader, writer)

        return await asyncio.start_server(serve, host, port)

    async def _serve(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            _reset(writer)
            return
        self.to_clients.add(writer)
        try:
            up_reader, up_writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._carry(reader, up_writer, to_client=False))
                    both.create_task(self._carry(up_reader, writer, to_client=True))
            finally:
                up_writer.close()
        except* OSError:
            _reset(writer)
        finally:
            self.to_clients.discard(writer)
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, to_client: bool) -> None:
        while octets := await reader.read(65536):
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            await self.flowing.wait()
            if to_client and self.corrupting:
                self.corrupting = False
                octets = bytes(one ^ 0x55 for one in octets)
            writer.write(octets)
            await writer.drain()
        await self.flowing.wait()
        if writer.can_write_eof() and not writer.is_closing():
            writer.write_eof()

    def obey(self, line: str) -> None:
        """Do as a line says. Raises KeyError for one that there is not."""
        word, _, value = line.partition(" ")
        self.delay_s = float(value) if word == "delay" else 0.0
        self.refusing = word == "cut"
        self.corrupting = word == "corrupt"
        if word == "stall":
            self.flowing.clear()
        else:
            self.flowing.set()
        for writer in self.to_clients:
            if word == "cut":
                _reset(writer)
            elif word == "halfclose" and not writer.is_closing():
                writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None and not writer.is_closing():
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


async def main(host: str, ports: list[int]) -> None:
    """Until the standard input ends."""
    proxy = Proxy()
    for port in ports:
        await proxy.listen(host, port)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print("ok", flush=True)
    async for line in lines:
        proxy.obey(line.decode().strip())
        print("ok", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], [int(one) for one in sys.argv[2:]]))
