"""The sockets of the server: bound with a clear error, and served by the HTTP port or as plain WebSocket ports."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from ivrsvr.interfaces.gate import Factory
from ivrsvr.store.parameters import split_address

SEND_BUFFER = 128 * 1024
"""Octets that the kernel may hold for one slow peer; without a limit it would take megabytes for each."""

UNSENT_MOST = 16 * 1024
"""Of these, octets that it may hold before it sends them: what waits longer waits in our queues, which are counted."""

GRACE_S = 3
"""Seconds that requests under way have to end when the server stops."""


class ListenError(Exception):
    """A listener cannot be opened; the text says which, why, and what to do."""


def bind(address: str, option: str) -> socket.socket:
    """A listening socket at `HOST:PORT`.

    option: that names the address, for the error's text.
    Raises ListenError.
    """
    host, port = split_address(address)
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError:
        raise ListenError(f"{address}: there is no such host; name another one with {option}") from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # Linux and macOS
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_MOST)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(where)
        listener.listen(1024)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise ListenError(f"{address}: {_explain(error)}; name another one with {option}") from None
    return listener


def _explain(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program listens there already"
    if error.errno == errno.EACCES:
        return "this user may not listen there (ports below 1024 need privileges)"
    if error.errno == errno.EADDRNOTAVAIL:
        return "this machine has no such address"
    return error.strerror or str(error)


def bound_to(listener: socket.socket) -> tuple[str, int]:
    """Host and port that a listener really has."""
    name = listener.getsockname()
    return str(name[0]), int(name[1])


@asynccontextmanager
async def http_listener(
    listener: socket.socket,
    app: Any,
    *,
    upgrade: Callable[..., asyncio.Protocol] | None = None,
    guard: Callable[[Factory], Factory] | None = None,
    keepalive_s: float,
    first_request_s: float,
    connections_most: int,
) -> AsyncIterator[None]:
    """Serve an ASGI application on a socket for the length of the body.

    upgrade:          takes over connections that ask for WebSocket; None = there is none.
    guard:            the gate in front of it; None = everybody may connect.
    keepalive_s:      for which an idle connection stays open.
    first_request_s:  in which a new connection must have sent the head of a request.
    connections_most: open at once; when there are more, requests are answered with 503.
    """
    config = Config(
        app,
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
        timeout_keep_alive=int(keepalive_s),
        limit_concurrency=connections_most,
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()

    def connect() -> asyncio.Protocol:
        protocol = HttpToolsProtocol(config=config, server_state=state, app_state={}, _loop=loop)
        loop.call_later(first_request_s, _close_silent, protocol, state)
        return protocol

    server = await loop.create_server(guard(connect) if guard is not None else connect, sock=listener)
    try:
        yield
    finally:
        server.close()
        await _end(state)


def _close_silent(protocol: HttpToolsProtocol, state: ServerState) -> None:
    """Cut off a peer that has connected and asked for nothing. One that was upgraded is no longer among these."""
    if protocol in state.connections and protocol.cycle is None:
        protocol.transport.abort()


async def _end(state: ServerState) -> None:
    """Close idle connections at once, and the others as their requests end; cut off what takes too long."""
    for connection in list(state.connections):
        connection.shutdown()
    if state.tasks:
        await asyncio.wait(state.tasks, timeout=GRACE_S)
    for task in list(state.tasks):
        task.cancel()


@asynccontextmanager
async def protocol_listener(listener: socket.socket, factory: Factory) -> AsyncIterator[None]:
    """Serve a protocol of its own on a socket for the length of the body; open connections live on after it."""
    server = await asyncio.get_running_loop().create_server(factory, sock=listener)
    try:
        yield
    finally:
        server.close()
