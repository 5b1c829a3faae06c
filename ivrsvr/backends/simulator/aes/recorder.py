"""What passes between the AES and its clients, for people who look: the latest messages, decoded on demand."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import is_
from typing import Any

from ivrsvr.clock import Clock
from ivrsvr.csta.described import described

KEPT = 10_000
"""Messages that are kept."""

LONGEST = 128
"""Characters of a text, and octets, that are kept of a client's message: no usual one has more."""

MOST_ELEMENTS = 16
"""Elements of a list that are kept of a client's message."""


@dataclass(frozen=True, slots=True)
class Passed:
    """One message.

    stream:   number of the client's stream, in the order of opening.
    way:      "->" to the AES, "<-" to the client.
    invokeID: of a request and its answer; 0 for events. crossRef: of a monitor's events.
    """

    number: int
    at: float
    stream: int
    way: str
    invokeID: int
    crossRef: int
    pdu: Any
    private: Any

    @property
    def text(self) -> str:
        """The message in one line."""
        return described(self.pdu, self.private)


class Recorder:
    """The latest messages of all streams. told: called with each, while somebody listens."""

    def __init__(self, clock: Clock) -> None:
        self.told: Callable[[Passed], None] | None = None
        self._clock = clock
        self._kept: deque[Passed] = deque(maxlen=KEPT)
        self._number = 0

    @property
    def last(self) -> int:
        """The number of the latest message."""
        return self._number

    def take(self, stream: int, way: str, invokeID: int, crossRef: int, pdu: Any, private: Any) -> None:
        """A message passes."""
        self._number += 1
        if way == "->":
            pdu, private = _shortened(pdu), _shortened(private)
        one = Passed(self._number, self._clock.now(), stream, way, invokeID, crossRef, pdu, private)
        self._kept.append(one)
        if self.told is not None:
            self.told(one)

    def since(self, number: int, mention: str = "", most: int = 1000) -> list[Passed]:
        """Messages after a number, the latest `most` of them. mention: only those whose text has it as a word."""
        found = [one for one in self._kept if one.number > number and (not mention or _has(one.text, mention))]
        return found[-most:]


def _shortened(value: Any) -> Any:
    """The same without what is too long in it, so that a hostile client cannot fill the memory."""
    match value:
        case str():
            return value if len(value) <= LONGEST else value[:LONGEST] + "…"
        case bytes():
            return value[:LONGEST]
        case tuple():
            kept = tuple(map(_shortened, value[:MOST_ELEMENTS]))
            return value if len(value) <= MOST_ELEMENTS and all(map(is_, kept, value)) else kept
    changes = {}
    for name in getattr(type(value), "__dataclass_fields__", ()):
        one = getattr(value, name)
        short = _shortened(one)
        if short is not one:
            changes[name] = short
    return replace(value, **changes) if changes else value


def _has(text: str, word: str) -> bool:
    at = text.find(word)
    while at >= 0:
        if not text[at - 1 : at].isalnum() and not text[at + len(word) : at + len(word) + 1].isalnum():
            return True
        at = text.find(word, at + 1)
    return False
