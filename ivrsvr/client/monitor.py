"""The events of one device, as a program reads them."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from ivrsvr.client.track import Event, Track


class Monitor:
    """The events of one device, to be read one by one: `async for event in monitor`.

    A connection that is lost ends nothing: what was missed comes, then `resumed`. The iteration ends when the monitor
    is stopped or the client closed; it raises RequestFailed when the server refuses to go on.
    """

    def __init__(self, track: Track, resume: Callable[[Track], None], stop: Callable[[Track], Awaitable[None]]) -> None:
        self._track = track
        self._resume = resume
        self._stop = stop
        self._filled = asyncio.Event()
        track.wake = self._filled.set

    @property
    def extension(self) -> str:
        """The device."""
        return self._track.extension

    @property
    def position(self) -> tuple[int | None, str]:
        """`since` and `epoch` of the last event that was read, to go on from in another life."""
        return self._track.position

    def __len__(self) -> int:
        """How many events wait to be read."""
        return len(self._track)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        event = await self.get()
        if event is None:
            raise StopAsyncIteration
        return event

    async def get(self, timeout: float | None = None) -> Event | None:  # noqa: ASYNC109 - what users know from queues
        """The next event; None = it was stopped, and nothing is left. Cancelled, it takes none.

        Raises TimeoutError after so many seconds; RequestFailed.
        """
        event = self._track.next()
        if event is not None:
            return event
        async with asyncio.timeout(timeout):
            while (event := self._track.next()) is None:
                if self._track.error is not None:
                    raise self._track.error
                if self._track.ended:
                    return None
                self._resume(self._track)
                self._filled.clear()
                await self._filled.wait()
        return event

    async def stop(self) -> None:
        """Be told no more."""
        await self._stop(self._track)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
