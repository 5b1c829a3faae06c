"""Listeners that come and go while the server runs: plain WebSocket, REST and console ports, each behind the gate."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from contextvars import Context
from dataclasses import dataclass
from typing import Protocol

from ivrsvr.interfaces.listeners import bind, bound_to
from ivrsvr.store.tables import Listener

log = logging.getLogger(__name__)

Serve = Callable[[socket.socket, str, bool], AbstractAsyncContextManager[None]]
"""Serves a listening socket for the length of the body, for those who fit a pattern, encrypted or not."""


class Check(Protocol):
    """Raises ListenError where an address, HOST:PORT, may not be listened on with a kind of door."""

    def __call__(self, address: str, kind: str, *, encrypted: bool) -> None: ...


@dataclass(slots=True)
class Door:
    """An open listener. at: host and port that are really bound."""

    row: Listener
    at: tuple[str, int]
    stack: AsyncExitStack


class Doors:
    """Opens and closes listeners.

    check: whether an address, HOST:PORT, may be listened on with that kind of door; raises ListenError.
    serve: how each kind is served.
    """

    def __init__(self, check: Check) -> None:
        self.serve: dict[str, Serve] = {}
        self._check = check
        self._open: dict[int, Door] = {}
        self._turn = asyncio.Lock()

    def __iter__(self) -> Iterator[Door]:
        return iter(list(self._open.values()))

    async def open(self, row: Listener) -> Door:
        """Raises ListenError."""
        async with self._turn:
            host = "0.0.0.0" if row.local == "*" else f"[{row.local}]" if ":" in row.local else row.local
            address = f"{host}:{row.port}"
            self._check(address, row.kind, encrypted=row.tls == "yes")
            listener = bind(address, "`add tcp`")
            stack = AsyncExitStack()
            stack.callback(listener.close)
            try:
                serving = self.serve[row.kind](listener, row.remote, row.tls == "yes")
                # In a context of its own: what its connections log is not about the request that opened it.
                await asyncio.create_task(stack.enter_async_context(serving), context=Context())
            except BaseException:
                await stack.aclose()
                raise
            door = Door(row, bound_to(listener), stack)
            self._open[row.port] = door
            log.info("%s listens on %s:%d for %s", row.kind, *door.at, row.remote)
            return door

    async def shut(self, port: int) -> bool:
        """Listen on a port no longer; its open connections live on where they can. False = it is not open."""
        async with self._turn:
            door = self._open.pop(port, None)
            if door is None:
                return False
            await door.stack.aclose()
            return True

    async def close(self) -> None:
        """Close all."""
        for port in list(self._open):
            await self.shut(port)
