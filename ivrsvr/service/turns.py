"""Turns: an extension's requests are carried out in arrival order; different extensions never wait for each other."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.service.errors import refusal

WAITING_MOST = 100
"""How many requests of one extension may wait; more mean that a client has run wild."""


class Turns:
    """Who has the turn, and who waits for it, by extension. An extension without requests takes no memory."""

    def __init__(self, waiting_most: int = WAITING_MOST) -> None:
        self._waiting_most = waiting_most
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}

    def __len__(self) -> int:
        """How many extensions have a request under way."""
        return len(self._queues)

    @asynccontextmanager
    async def of(self, extension: str) -> AsyncIterator[None]:
        """Hold the turn of an extension for the body; "" = no extension, no waiting.

        Raises RequestError when too many wait already.
        """
        if not extension:
            yield
            return
        await self.take(extension)
        try:
            yield
        finally:
            self.give(extension)

    async def take(self, extension: str) -> None:
        """Wait for the turn. Returns without suspending when nobody has it.

        Raises RequestError when too many wait already.
        """
        queue = self._queues.get(extension)
        if queue is None:
            self._queues[extension] = deque()
            return
        if len(queue) >= self._waiting_most:
            raise refusal(
                CSTAUniversalFailure.REQUESTS_ON_DEVICE_EXCEEDED_REJECTION,
                f"{len(queue)} requests are waiting for extension {extension} already; wait for their answers",
            )
        ticket: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(ticket)
        try:
            await ticket
        except asyncio.CancelledError:
            if ticket.done() and not ticket.cancelled():
                self.give(extension)  # the turn came while the waiter was being cancelled: pass it on
            else:
                queue.remove(ticket)
            raise

    def give(self, extension: str) -> None:
        """Pass the turn to the next in line."""
        queue = self._queues[extension]
        while queue:
            ticket = queue.popleft()
            if not ticket.done():
                ticket.set_result(None)
                return
        del self._queues[extension]
