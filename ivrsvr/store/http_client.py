"""Requests to one HTTP service over connections that stay open, for look-ups that an event waits for.

`httpx` takes a millisecond of processor time for a request and more with every connection that is open, ten times what
the service itself takes; here the parser is the one in C that the server has, and nothing is done that look-ups need
not.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

CONNECTIONS_MOST = 16

IDLE_S = 5.0
"""For which a connection without a request is used again: longer ones may have died without a word."""

HEAD_MOST = 16384
"""Octets of the head of an answer."""


class BrokenAnswerError(OSError):
    """The service was reached, and what came back is no answer: it hung up, or does not speak HTTP."""


class TooLongError(OSError):
    """The answer has more octets than it may."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said. body: as it came; no encoding is asked for."""

    status: int
    body: bytes


class HttpClient:
    """Asks one service; follows no redirect, uses no proxy.

    address:   `HOST:PORT`.
    headers:   of every request, beside those of its body; printable ASCII.
    body_most: octets of an answer's body.
    timeout_s: for one request, from waiting for a connection to the end of the answer.
    tls:       what a new connection is encrypted with, which may be another one each time; None = in clear. The
               certificate must name the host. Connections that were opened with another context are not used again.
    """

    def __init__(
        self,
        address: str,
        headers: dict[str, str],
        *,
        body_most: int,
        timeout_s: float,
        tls: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)
        self._body_most = body_most
        self._timeout_s = timeout_s
        self._tls = tls
        self._head = "".join(f"{name}: {value}\r\n" for name, value in {"host": address, **headers}.items())
        self._room = asyncio.Semaphore(CONNECTIONS_MOST)
        self._idle: list[_Connection] = []

    async def ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """The answer to a request. body: JSON; None = there is none.

        Raises TimeoutError, BrokenAnswerError, TooLongError, ssl.SSLError where TLS fails, OSError where no connection
        is to be had.
        """
        about = "" if body is None else f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
        octets = f"{method} {path} HTTP/1.1\r\n{self._head}{about}\r\n".encode("ascii") + (body or b"")
        async with asyncio.timeout(self._timeout_s), self._room:
            context = self._tls() if self._tls is not None else None
            connection = self._kept(context)
            if connection is not None:
                try:
                    return await self._over(connection, octets)
                except BrokenAnswerError:
                    # It was closed while the request was on its way. A text that is kept twice for it does no harm.
                    if connection.answering:
                        raise
            return await self._over(await self._open(context), octets)

    async def close(self) -> None:
        """Hang up."""
        while self._idle:
            self._idle.pop().hang_up()

    async def _open(self, context: ssl.SSLContext | None) -> "_Connection":
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: _Connection(context, self._body_most), self._host, self._port, ssl=context
        )
        return connection

    async def _over(self, connection: "_Connection", octets: bytes) -> Answer:
        """The answer over a connection, which is kept where it can be."""
        try:
            answer = await connection.ask(octets)
        except BaseException:
            connection.hang_up()
            raise
        if connection.usable:
            self._idle.append(connection)
        else:
            connection.hang_up()
        return answer

    def _kept(self, context: ssl.SSLContext | None) -> "_Connection | None":
        """The connection that was used last, if it may be used again; those that may not be are closed."""
        oldest = asyncio.get_running_loop().time() - IDLE_S
        kept = []
        for connection in self._idle:
            if connection.usable and connection.context is context and connection.since > oldest:
                kept.append(connection)
            else:
                connection.hang_up()
        self._idle = kept
        return kept.pop() if kept else None


class _Connection(asyncio.Protocol):
    """One connection, with one request at a time.

    usable:    for another request, once one is answered.
    answering: an octet of the answer to the last request has come.
    since:     loop time of the last answer.
    """

    def __init__(self, context: ssl.SSLContext | None, body_most: int) -> None:
        self.context = context
        self.usable = True
        self.answering = False
        self.since = 0.0
        self._body_most = body_most
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._waiting: asyncio.Future[Answer] | None = None
        self._parser: HttpResponseParser
        self._body = bytearray()
        self._octets = 0
        self._in_body = False
        self._sized = False
        """Whether the answer says where it ends; one that doesn't ends with the connection."""

    async def ask(self, octets: bytes) -> Answer:
        """Raises BrokenAnswerError, TooLongError, ssl.SSLError."""
        self._parser = HttpResponseParser(self)
        self._octets, self.answering = 0, False
        self._waiting = self._loop.create_future()
        if self._transport.is_closing():
            self._fail(BrokenAnswerError("it has hung up"))
        else:
            self._transport.write(octets)
        return await self._waiting

    def hang_up(self) -> None:
        """Close without waiting for anything."""
        self.usable = False
        self._transport.abort()

    # ---- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._waiting is None:  # nobody asked
            self.hang_up()
            return
        self.answering = True
        self._octets += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._fail(BrokenAnswerError(f"that is no HTTP: {error}"))
        else:
            if self._octets > 2 * self._body_most + HEAD_MOST:  # of it, more than a head is around the body
                self._fail(TooLongError("the head does not end"))

    def connection_lost(self, exc: Exception | None) -> None:
        self.usable = False
        if self._waiting is None:
            return
        if exc is None and self._in_body and not self._sized:
            self.on_message_complete()
        else:
            self._fail(exc if isinstance(exc, ssl.SSLError) else BrokenAnswerError("it has hung up"))

    # ---- what the parser calls

    def on_message_begin(self) -> None:
        self._body.clear()
        self._in_body = self._sized = False

    def on_header(self, name: bytes, value: bytes) -> None:  # noqa: ARG002 - that there is one is enough
        self._sized = self._sized or name.lower() in (b"content-length", b"transfer-encoding")

    def on_headers_complete(self) -> None:
        self._in_body = True

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > self._body_most:
            self._fail(TooLongError(f"more than {self._body_most} octets"))

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200 or self._waiting is None:  # that was not the answer yet, or nobody waits for another one
            self.usable = self._waiting is not None
            return
        self.since = self._loop.time()
        self.usable = self.usable and self._sized and self._parser.should_keep_alive()
        waiting, self._waiting = self._waiting, None
        if not waiting.done():
            waiting.set_result(Answer(status, bytes(self._body)))

    def _fail(self, error: Exception) -> None:
        waiting, self._waiting = self._waiting, None
        self.hang_up()
        if waiting is not None and not waiting.done():
            waiting.set_exception(error)
