"""The HTTP server of a listener: uvicorn's protocol, with the limits that keep one peer from holding up the others."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from ivrsvr.interfaces.gate import Factory
from ivrsvr.interfaces.http.answers import SECURITY, Receive, Scope, Send, send_json
from ivrsvr.interfaces.limits import GRACE_S
from ivrsvr.interfaces.parsing import encode
from ivrsvr.service.errors import Own, own, response

TOGETHER_MOST = 65536
"""Octets that may be written in one turn of the loop before they are sent."""


BETWEEN = 4
"""Octets of a header beside its name and value: colon, blank, and the end of the line."""

EARLY_S = 2.0
"""How long a peer may go on with a body of which nobody wants the rest, to find out that it was answered."""

TOO_LARGE = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the head of the request is too large (http_maxhead)"


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """How much one connection may take.

    head_most:        octets of a request's head.
    keepalive_s:      for which an idle connection stays open.
    patience_s:       in which the head of a request must have arrived; up to twice as long may go by before a slow one
                      is noticed. As long may a peer take nothing of an answer.
    connections_most: open at once; when there are more, requests are answered with 503.
    """

    head_most: int = 16384
    keepalive_s: float = 30.0
    patience_s: float = 10.0
    connections_most: int = 1000


@asynccontextmanager
async def http_listener(
    listener: socket.socket,
    app: Any,
    *,
    upgrade: Callable[..., asyncio.Protocol] | None = None,
    guard: Callable[[Factory], Factory] | None = None,
    limits: HttpLimits,
) -> AsyncIterator[None]:
    """Serve an ASGI application on a socket for the length of the body.

    upgrade: takes over connections that ask for WebSocket; None = there is none.
    guard:   the gate in front of it; None = everybody may connect.
    """
    state = ServerState()

    async def within_limit(scope: Scope, receive: Receive, send: Send) -> None:
        if len(state.connections) > limits.connections_most:
            fault = own(Own.TOO_MANY_CONNECTIONS, "too many connections are open (http_connections)")
            await send_json(send, fault.status, response("", fault), (b"connection", b"close"))
        else:
            await app(scope, receive, send)

    config = Config(
        within_limit,
        http="httptools",
        ws=cast(Any, upgrade or "none"),  # anything that makes an asyncio protocol will do
        loop="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=int(limits.keepalive_s),
    )
    config.load()
    loop = asyncio.get_running_loop()

    def connect() -> asyncio.Protocol:
        return Connection(config, state, loop, limits)

    server = await loop.create_server(guard(connect) if guard is not None else connect, sock=listener)
    try:
        yield
    finally:
        server.close()
        await _end(state)


class _Together:
    """A connection's transport that sends at once what is written in one turn of the loop: head and body of an answer.

    One packet instead of two, one record of TLS instead of two, and half the calls of the system.
    """

    __slots__ = ("_loop", "_parts", "_size", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Send in this turn of the loop, with what else is written in it."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)
        self._size += len(data)
        if self._size > TOGETHER_MOST:  # so that the transport can say that the peer takes nothing
            self._flush()

    def _flush(self) -> None:
        parts, self._parts, self._size = self._parts, [], 0
        if parts:
            self._transport.write(b"".join(parts) if len(parts) > 1 else parts[0])

    def close(self) -> None:
        """Close after what was written."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._parts = []
        self._transport.abort()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def get_write_buffer_size(self) -> int:
        return self._transport.get_write_buffer_size() + self._size


class Connection(HttpToolsProtocol):
    """One connection. Uvicorn's protocol sets no limit to the head of a request, neither in octets nor in time."""

    def __init__(self, config: Config, state: ServerState, loop: asyncio.AbstractEventLoop, limits: HttpLimits) -> None:
        super().__init__(config=config, server_state=state, app_state={}, _loop=loop)
        self._limits = limits
        self._in_head = True
        self._head = 0
        self._wrong = HTTPStatus.BAD_REQUEST, "that is no HTTP request"
        """What is said of octets that cannot be taken."""
        self._ended = False
        """Whether a request has ended among the octets that came last."""
        self._seen: object = None
        """What the last look found; twice the same is too long."""
        self._look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._bare = transport
        self.transport = cast(asyncio.Transport, _Together(transport, self.loop))
        self._look = self.loop.call_later(self._limits.patience_s, self._look_again)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._look is not None:
            self._look.cancel()

    def data_received(self, data: bytes) -> None:
        in_head, self._ended = self._in_head, False
        super().data_received(data)
        if in_head and self._in_head and not self._ended:  # all of it belongs to one head
            self._head += len(data)
            if self._head > self._limits.head_most and not self.transport.is_closing():
                self._refuse(*TOO_LARGE)

    def on_headers_complete(self) -> None:
        """The head is there. An error raised here ends the parsing: `send_400_response` says what is wrong with it."""
        size = len(self.url) + sum(len(name) + len(value) + BETWEEN for name, value in self.headers)
        if size > self._limits.head_most:
            self._wrong = TOO_LARGE
            raise ValueError
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (not hosts and self.parser.get_http_version() == "1.1"):
            self._wrong = HTTPStatus.BAD_REQUEST, f"a request has one Host header, this one has {hosts or 'none'}"
            raise ValueError  # RFC 9112, 3.2
        super().on_headers_complete()
        self._in_head = False

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head, self._head, self._ended = True, 0, True

    def on_response_complete(self) -> None:
        """An answer is out. One that came before the end of its request's body, such as 413, ends the connection."""
        super().on_response_complete()
        cycle = self.cycle
        if cycle is not None and cycle.response_complete and cycle.more_body:
            # Not at once: a peer that still sends would lose the answer with what it sends (TCP resets).
            self.loop.call_later(EARLY_S, self._end_early, cycle)

    def _end_early(self, cycle: object) -> None:
        if self.cycle is cycle and self.cycle.more_body and not self.transport.is_closing():
            self.transport.close()

    def handle_websocket_upgrade(self) -> None:
        """The connection belongs to another protocol from here on."""
        if self._look is not None:
            self._look.cancel()
        self.transport = self._bare
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's text; ours is an object
        """What came is not HTTP, or not to be taken."""
        self._refuse(*self._wrong)

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        """Answer with a response object, and close. Where requests before it wait for their answers, those come first,
        and the connection is closed behind them: an answer in between would be taken for one of theirs.
        """
        if self._in_head and self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
            return
        body = encode(response("", own(Own.MALFORMED_HTTP, text))).encode()
        head = [f"HTTP/1.1 {status.value} {status.phrase}".encode(), b"content-type: application/json"]
        head += [name + b": " + value for name, value in SECURITY]
        head += [b"connection: close", b"content-length: " + str(len(body)).encode()]
        self.transport.write(b"\r\n".join(head) + b"\r\n\r\n" + body)
        self.transport.close()

    def _look_again(self) -> None:
        """Cut off a peer that sends no head, sends it too slowly, or takes nothing of an answer."""
        found = self._held_up()
        if found is not None and (found == self._seen or self.cycle is None):
            self.transport.abort()
            return
        self._seen = found
        self._look = self.loop.call_later(self._limits.patience_s, self._look_again)

    def _held_up(self) -> object:
        """What the connection waits for, if it is the peer's part; None = it does not."""
        if self.cycle is None or self.cycle.response_complete:
            # An idle connection has its own timer, which every octet stops.
            return None if self.timeout_keep_alive_task is not None else ("head", id(self.cycle))
        waiting = self.transport.get_write_buffer_size()
        return ("answer", id(self.cycle), waiting) if waiting else None


async def _end(state: ServerState) -> None:
    """Close idle connections at once, and the others as their requests end; cut off what takes too long."""
    for connection in list(state.connections):
        connection.shutdown()
    if state.tasks:
        await asyncio.wait(state.tasks, timeout=GRACE_S)
    for task in list(state.tasks):
        task.cancel()
