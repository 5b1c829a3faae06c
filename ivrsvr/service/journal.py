"""The journal of recent events: what a client that comes back is given of what it missed. In memory, bounded."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ivrsvr.clock import Clock

MOST = 10_000
AGE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Record:
    """One event.

    eventid:   its sequence number, from 1 up.
    device:    the monitored device it was sent for; "" = it was sent to everybody (linkdown, linkup).
    eventtype: for filters.
    text:      the event as sent.
    when:      seconds since 1970-01-01 UTC.
    """

    eventid: int
    device: str
    eventtype: str
    text: str
    when: float


class Journal(Protocol):
    """Keeps events for a while, under numbers that mean nothing outside its epoch."""

    @property
    def epoch(self) -> str:
        """Names this life of the journal: a number from another epoch means another event."""
        ...

    @property
    def last(self) -> int:
        """The number of the latest event; 0 = none yet."""
        ...

    def add(self, eventid: int, device: str, eventtype: str, text: str) -> None:
        """Keep the event; its number is `last` + 1."""
        ...

    def since(self, device: str, eventid: int, epoch: str) -> list[Record] | None:
        """The events of a device after that number, in order; None = the journal does not reach back so far."""
        ...


class MemoryJournal:
    """A journal in memory, bounded by count and age.

    most:  how many events are kept.
    age_s: how long.
    """

    def __init__(self, clock: Clock, *, most: int = MOST, age_s: float = AGE_S) -> None:
        self.epoch = f"{int(clock.now() * 1000):x}"
        self.last = 0
        self._clock = clock
        self._age_s = age_s
        self._records: deque[Record] = deque(maxlen=most)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def add(self, eventid: int, device: str, eventtype: str, text: str) -> None:
        """Keep the event; its number is `last` + 1."""
        self.last = eventid
        self._records.append(Record(eventid, device, eventtype, text, self._clock.now()))
        self._forget()

    def since(self, device: str, eventid: int, epoch: str) -> list[Record] | None:
        """The events of a device after that number, in order; None = the journal does not reach back so far."""
        self._forget()
        oldest = self._records[0].eventid if self._records else self.last + 1
        if epoch != self.epoch or not oldest - 1 <= eventid <= self.last:
            return None
        missed: list[Record] = []
        for record in reversed(self._records):
            if record.eventid <= eventid:
                break
            if record.device in (device, ""):
                missed.append(record)
        missed.reverse()
        return missed

    def _forget(self) -> None:
        oldest = self._clock.now() - self._age_s
        while self._records and self._records[0].when < oldest:
            self._records.popleft()
