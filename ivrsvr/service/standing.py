"""How one server stands with a shared journal: whether it takes part in it, and how far it has read."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from ivrsvr.store.journal_redis import Joined, StreamLost

Answer = TypeVar("Answer")

BEAT_S = 0.5
"""Between signs of life. This and the other times here are the network's, not the clock's."""

PATIENCE_S = 1.0
"""How long an event may be on its way through Redis; then this server is alone."""

STABLE_S = 30.0
PAUSE_MOST_S = 10.0
"""Before a return, where Redis could be used for less than STABLE_S at a time; otherwise BEAT_S."""


class Standing:
    """A part in the journal, taken and lost again and again.

    joined:  whether this server has its part now; otherwise it is alone.
    life:    changes with each joining and parting: what was agreed on in another one holds no longer.
    epoch:   of the journal; last: number of the latest event that came out of it, at: its latest entry.
    failing: why it is alone.
    pause_s: before it tries to return.
    """

    def __init__(self) -> None:
        self.joined = False
        self.life = 0
        self.epoch = ""
        self.last = 0
        self.at = "0-0"
        self.failing = "Redis has not been asked yet"
        self.pause_s = BEAT_S
        self._since = 0.0
        self._moved = asyncio.Event()

    def begin(self, joined: Joined) -> None:
        """Take part from now on."""
        self.epoch, self.last, self.at = joined.epoch, joined.last, joined.at
        self.life += 1
        self.joined = True
        self.failing = ""
        self._since = now()

    def end(self, reason: str) -> None:
        """Be alone from now on."""
        self.joined = False
        self.life += 1
        self.failing = reason
        lived_s = now() - self._since
        self.pause_s = BEAT_S if lived_s > STABLE_S else min(2 * self.pause_s, PAUSE_MOST_S)
        self.move()

    def holds(self, life: int) -> bool:
        """Whether this server has taken part ever since that life."""
        return self.joined and life == self.life

    def move(self) -> None:
        """Wake those who wait for something to go on."""
        self._moved.set()

    async def moved(self) -> None:
        """Wait until something has gone on."""
        self._moved.clear()
        await self._moved.wait()

    async def reached(self, number: int) -> None:
        """Wait until the events up to a number are delivered, or the journal has another life."""
        life = self.life
        while self.holds(life) and self.last < number:
            await self.moved()


async def in_time(asked: Coroutine[Any, Any, Answer], where: str) -> Answer:
    """An answer of the Redis at `where`. Raises StreamLost where it does not come in time."""
    task = asyncio.create_task(asked)
    task.add_done_callback(_heard)
    try:
        # Where this process itself was held up, the answer may have come, and only has to be read yet.
        for patience_s in (PATIENCE_S, PATIENCE_S / 4):
            if (await asyncio.wait([task], timeout=patience_s))[0]:
                return task.result()
    finally:
        task.cancel()
    raise late(where)


def late(where: str) -> StreamLost:
    """What a Redis is that does not answer in time."""
    return StreamLost(f"{where} does not answer in time")


def _heard(task: "asyncio.Task[Any]") -> None:
    """What became of a question that nobody waits for any more is nobody's business."""
    if not task.cancelled():
        task.exception()


def now() -> float:
    """The network's time, in seconds."""
    return asyncio.get_running_loop().time()
