"""The sockets of the server: bound with a clear error, and served by the HTTP port or as plain WebSocket ports."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ivrsvr.interfaces.gate import Factory
from ivrsvr.store.parameters import split_address

SEND_BUFFER = 128 * 1024
"""Octets that the kernel may hold for one slow peer; without a limit it would take megabytes for each."""

UNSENT_MOST = 16 * 1024
"""Of these, octets that it may hold before it sends them: what waits longer waits in our queues, which are counted."""


ANOTHER = "another program listens there already"


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
    except (OSError, UnicodeError):
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
        return ANOTHER
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
async def protocol_listener(listener: socket.socket, factory: Factory) -> AsyncIterator[None]:
    """Serve a protocol of its own on a socket for the length of the body; open connections live on after it."""
    server = await asyncio.get_running_loop().create_server(factory, sock=listener)
    try:
        yield
    finally:
        server.close()
