"""Subscribers: one bounded queue of encoded messages per connection, so that a slow client delays nobody else."""

import asyncio
from collections import deque
from collections.abc import Callable

QUEUE_MOST = 1000
"""How many messages may wait for one connection."""


class Subscriber:
    """What is to be sent on one connection: responses and events, in order, encoded.

    When more than `most` messages wait, the backlog is dropped, a last message says so, and the queue closes: the
    client can come back and ask for what it missed by its last `eventid`.

    overflow: the last message, encoded.
    """

    __slots__ = ("_call", "_closed", "_follow_up", "_most", "_overflow", "_waiting", "name", "overflowed")

    def __init__(self, name: str = "", *, most: int = QUEUE_MOST, overflow: str = "") -> None:
        self.name = name
        self.overflowed = False
        self._most = most
        self._overflow = overflow or '{"msgtype":"event","eventtype":"overflow"}'
        self._waiting: deque[str] = deque()
        self._follow_up: list[str] = []
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

    def put(self, text: str) -> bool:
        """Queue an encoded message. False when the queue is closed, or overflowed now."""
        if self._closed:
            return False
        if len(self._waiting) >= self._most:
            self._waiting.clear()
            self._waiting.append(self._overflow)
            self.overflowed = True
            self.close()
            return False
        self._waiting.append(text)
        if len(self._waiting) == 1:
            self._call()
        return True

    def reply(self, text: str = "") -> bool:
        """Queue a response, and right behind it what its request left to follow it up. "" = the door shows no response.

        False when the queue is closed, or overflowed now.
        """
        follow_up, self._follow_up = self._follow_up, []
        taken = self.put(text) if text else not self._closed
        return taken and all(self.put(one) for one in follow_up)

    def follow_up(self, texts: list[str]) -> None:
        """Leave messages to follow the response of the request that is being carried out."""
        self._follow_up.extend(texts)

    def close(self) -> None:
        """Take no more; the reader gets what waits, and then the end."""
        if not self._closed:
            self._closed = True
            self._call()

    def take_now(self) -> list[str]:
        """Everything that waits, without waiting."""
        texts = list(self._waiting)
        self._waiting.clear()
        return texts

    async def take(self) -> list[str]:
        """Wait for messages, and take all that wait; [] = closed, and nothing is left. For one reader that waits."""
        if not self._waiting and not self._closed:
            ready = asyncio.Event()
            self._call = ready.set
            try:
                await ready.wait()
            finally:
                self._call = _nobody
        return self.take_now()


def _nobody() -> None:
    """Nobody reads at the moment."""
