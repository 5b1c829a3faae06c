"""Reports on their way from a backend to its one consumer, in the order in which the switch sent them."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from ivrsvr.backends.base import Report


class Reports:
    """What the switch has reported and the consumer has not dealt with yet.

    wanted: whether there may be more to come; the stream of reports ends after the last when there is not.
    held:   whether the consumer has to wait: a confirmation came before the reports, and who waits for it goes first.
    """

    def __init__(self, wanted: Callable[[], bool], held: Callable[[], bool] = lambda: False) -> None:
        self._wanted = wanted
        self._held = held
        self._waiting: deque[Report] = deque()
        self._dealt = 0
        self._changed = asyncio.Event()
        self._behind: deque[tuple[int, asyncio.Future[None]]] = deque()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def put(self, report: Report) -> None:
        """Add one."""
        self._waiting.append(report)
        self._changed.set()

    def clear(self) -> None:
        """Nobody will be told of those that wait."""
        number = len(self._waiting)
        self._waiting.clear()
        self._deal(number)

    def look(self) -> None:
        """What `wanted` or `held` says has changed."""
        self._changed.set()

    async def stream(self, taken: Callable[[], None] = lambda: None) -> AsyncIterator[Report]:
        """Every report in order. taken: is called after each that leaves the queue."""
        while self._wanted() or self._waiting:
            if self._waiting and not self._held():
                report = self._waiting.popleft()
                taken()
                try:
                    yield report
                finally:
                    self._deal(1)  # it asks for the next one, or for no more
            else:
                self._changed.clear()
                await self._changed.wait()

    async def caught_up(self) -> None:
        """Wait until the consumer has dealt with every report that has come by now."""
        upto = self._dealt + len(self._waiting)
        if upto == self._dealt:
            return
        future = asyncio.get_running_loop().create_future()
        self._behind.append((upto, future))
        await future

    def _deal(self, number: int) -> None:
        self._dealt += number
        while self._behind and self._behind[0][0] <= self._dealt:
            _, future = self._behind.popleft()
            if not future.done():
                future.set_result(None)
