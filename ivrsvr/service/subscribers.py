"""Subscribers: one bounded queue of encoded messages per connection, so that a slow client delays nobody else."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeAlias

Waiting: TypeAlias = tuple[str, int]
"""An encoded message, and the number of the event that it is."""

OVERFLOW = '{"msgtype":"event","eventtype":"overflow"}'

QUEUE_MOST = 1000
"""How many messages may wait for one connection."""


class Subscriber:
    """What is to be sent on one connection: responses and events, in order, encoded.

    When more than `most` messages wait, the backlog is dropped, a last message says so, and the queue closes: the
    client can come back and ask for what it missed by its last `eventid`. What a client is sent again has a bound of
    its own, in the journal, and does not count here.

    overflow: makes the last message, of the last event before those that are dropped; "" = there was none.
    last:     that event.
    farewell: its client said that it goes, rather than being cut off: nobody will come back for what it misses.
    given_up: its monitors are being let go, since it takes no more.
    """

    __slots__ = (
        "_again",
        "_call",
        "_closed",
        "_follow_up",
        "_most",
        "_overflow",
        "_waiting",
        "farewell",
        "given_up",
        "last",
        "name",
        "overflowed",
    )

    def __init__(
        self, name: str = "", *, most: int = QUEUE_MOST, overflow: Callable[[str], str] = lambda _last: OVERFLOW
    ) -> None:
        self.name = name
        self.overflowed = False
        self.farewell = False
        self.given_up = False
        self.last = ""
        self._most = most
        self._overflow = overflow
        self._waiting: deque[Waiting] = deque()
        self._follow_up: list[Waiting] = []
        self._again = 0
        self._call: Callable[[], None] = _nobody
        self._closed = False

    def watch(self, call: Callable[[], None]) -> None:
        """Have the one reader called when something waits after nothing did, and when the queue closes.

        The call is made in the middle of whatever fills the queue: it may arrange to take, but does not take itself.
        """
        self._call = call

    @property
    def closed(self) -> bool:
        """Whether nothing more will be taken; what waits can still be read."""
        return self._closed

    def __len__(self) -> int:
        """How many messages wait."""
        return len(self._waiting)

    def put(self, text: str, eventid: int = 0) -> bool:
        """Queue an encoded message. False when the queue is closed, or overflowed now.

        eventid: of an event that the journal has.
        """
        if self._closed:
            return False
        if len(self._waiting) - self._again >= self._most:
            self._waiting.clear()
            self._waiting.append((self._overflow(self.last), 0))
            self.overflowed = True
            self.close()
            return False
        self._waiting.append((text, eventid))
        if len(self._waiting) == 1:
            self._call()
        return True

    def reply(self, text: str = "") -> bool:
        """Queue a response, and right behind it what its request left to follow it up. "" = the door shows no response.

        False when the queue is closed, or overflowed now.
        """
        follow_up, self._follow_up = self._follow_up, []
        taken = self.put(text) if text else not self._closed
        if taken and follow_up:
            self._again += len(follow_up)
            self._waiting.extend(follow_up)
            if len(self._waiting) == len(follow_up):
                self._call()
        return taken

    def follow_up(self, messages: Iterable[Waiting]) -> None:
        """Leave messages to follow the response of the request that is being carried out."""
        self._follow_up.extend(messages)

    def close(self) -> None:
        """Take no more; the reader gets what waits, and then the end."""
        if not self._closed:
            self._closed = True
            self._call()

    def take_now(self) -> list[str]:
        """Everything that waits, without waiting."""
        return [text for text, _ in self.take_numbered()]

    def take_numbered(self) -> list[Waiting]:
        """The same with the numbers of events; 0 = no event, or one that the journal has not."""
        taken = list(self._waiting)
        self._waiting.clear()
        self._again = 0
        for text, eventid in reversed(taken):
            if eventid:
                self.last = text
                break
        return taken

    async def take(self) -> list[str]:
        """Wait for messages, and take all that wait; [] = closed, and nothing is left. For one reader that waits."""
        await self.filled()
        return self.take_now()

    async def filled(self) -> None:
        """Wait until there is something to take, or the queue is closed. For one reader that waits."""
        if not self._waiting and not self._closed:
            ready = asyncio.Event()
            self._call = ready.set
            try:
                await ready.wait()
            finally:
                self._call = _nobody


def _nobody() -> None:
    """Nobody reads at the moment."""
