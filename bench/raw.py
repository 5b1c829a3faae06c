"""Clients that cost next to nothing, so that a benchmark measures the server and not its client."""

import asyncio
import base64
import os
import socket
import ssl
import struct
from typing import Self

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
"""Opcodes. Source: RFC 6455 5.2."""
LONG, LONGER = 126, 127
"""Payload length codes of a WebSocket frame header: the length follows in 2 or 8 octets. Source: RFC 6455 5.2."""


class HttpClient:
    """One kept-alive HTTP/1.1 connection that posts JSON."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, headers: bytes) -> None:
        self._reader = reader
        self._writer = writer
        self._headers = headers

    @classmethod
    async def open(cls, port: int, key: str = "") -> Self:
        """key: of a server that asks for one, and speaks TLS; "" = neither."""
        if not key:
            return cls(*await asyncio.open_connection("127.0.0.1", port), b"")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without the system's authorities, which take long to read
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        headers = b"X-API-Key: %s\r\n" % key.encode()
        return cls(*await asyncio.open_connection("127.0.0.1", port, ssl=context), headers)

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. Raises OSError or EOFError when the connection ends."""
        self._writer.write(
            b"POST %s HTTP/1.1\r\nHost: bench\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (path.encode(), self._headers, len(body), body)
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        at = lower.index(b"content-length:") + len(b"content-length:")
        length = int(lower[at : lower.index(b"\r\n", at)])
        return int(head[9:12]), await self._reader.readexactly(length)

    def close(self) -> None:
        self._writer.close()


class MessageCounter(asyncio.Protocol):
    """One WebSocket connection that counts the messages it gets, and keeps the first of them."""

    def __init__(self, path: str) -> None:
        self.count = 0
        self.first = b""
        self.ready = asyncio.Event()
        self._path = path
        self._buffer = b""
        self._awaited = 0
        self._reached = asyncio.Event()
        self._lost = ""
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, port: int, path: str = "/") -> Self:
        """Connect and shake hands."""
        loop = asyncio.get_running_loop()
        _, counter = await loop.create_connection(lambda: cls(path), "127.0.0.1", port)
        await counter.ready.wait()
        return counter

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16))
        transport.write(
            b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n" % (self._path.encode(), key)
        )

    def send(self, text: bytes) -> None:
        """Send a short text message, masked with zeros."""
        self._send(TEXT, text)

    def _send(self, opcode: int, payload: bytes) -> None:
        assert self._transport is not None
        self._transport.write(bytes((0x80 | opcode, 0x80 | len(payload))) + b"\0\0\0\0" + payload)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(str(exc or "the connection has ended"))

    def _lose(self, reason: str) -> None:
        self._lost = self._lost or reason
        self.ready.set()
        self._reached.set()

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data
        at = 0
        if not self.ready.is_set():
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                self._buffer = buffer
                return
            if b" 101 " not in buffer[:20]:
                raise ConnectionError(buffer[:end].decode())
            self.ready.set()
            at = end + 4
        size = len(buffer)
        while size - at >= 2:
            length, head = buffer[at + 1], 2
            if length == LONG:
                if size - at < 4:
                    break
                length, head = struct.unpack_from("!H", buffer, at + 2)[0], 4
            elif length == LONGER:
                if size - at < 10:
                    break
                length, head = struct.unpack_from("!Q", buffer, at + 2)[0], 10
            if size - at < head + length:
                break
            opcode = buffer[at] & 0x0F
            if opcode == TEXT:
                self.count += 1
                if not self.first:
                    self.first = buffer[at + head : at + head + length]
            elif opcode == PING:
                self._send(PONG, buffer[at + head : at + head + length])
            elif opcode == CLOSE:
                self._lose(buffer[at + head + 2 : at + head + length].decode())
            at += head + length
        self._buffer = buffer[at:]
        if self.count >= self._awaited:
            self._reached.set()

    async def wait_for(self, count: int) -> None:
        """Until so many messages have come in all. Raises ConnectionError when they cannot come any more."""
        self._awaited = count
        self._reached.clear()
        if self.count < count and not self._lost:
            await self._reached.wait()
        if self.count < count:
            raise ConnectionError(self._lost)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
