"""What a server has to bring to a shared journal, in order, and which of its events are on their way through it."""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass

from ivrsvr.service.journal import Draft
from ivrsvr.service.stamps import parted
from ivrsvr.store.journal_redis import Offer

BATCH_MOST = 500


@dataclass(frozen=True, slots=True)
class Release:
    """A device that this server writes for no more. ended: nor does it monitor it."""

    device: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Portrait:
    """What a device has now, though no event has told of it."""

    device: str
    text: str


class Outbox:
    """Of one server.

    filled:  set when there is something more.
    leaving: devices that are to be released, each with how often.
    """

    def __init__(self) -> None:
        self.filled = asyncio.Event()
        self.leaving: Counter[str] = Counter()
        self._waiting: deque[Draft | Release | Portrait] = deque()
        self._pending: deque[tuple[Draft, float]] = deque()

    def __bool__(self) -> bool:
        """Whether something waits to be brought there."""
        return bool(self._waiting)

    @property
    def pending(self) -> int:
        """How many events have not come out of the journal yet."""
        return len(self._pending)

    def has(self, device: str) -> bool:
        """Whether one of those is about a device."""
        return any(draft.device == device for draft, _ in self._pending)

    def oldest(self) -> float | None:
        """When the first of those was put in; None = there is none."""
        return self._pending[0][1] if self._pending else None

    def put(self, draft: Draft, at: float) -> None:
        """An event. at: now."""
        self._pending.append((draft, at))
        self._waiting.append(draft)
        self.filled.set()

    def order(self, order: Release | Portrait) -> None:
        """Something else that is to happen between the events."""
        if isinstance(order, Release):
            self.leaving[order.device] += 1
        self._waiting.append(order)
        self.filled.set()

    def take(self) -> list[Draft] | Release | Portrait:
        """What is to be brought there next: the events that stand first, or one order."""
        first = self._waiting.popleft()
        if not isinstance(first, Draft):
            return first
        found = [first]
        while self._waiting and len(found) < BATCH_MOST and isinstance(self._waiting[0], Draft):
            draft = self._waiting.popleft()
            assert isinstance(draft, Draft)
            found.append(draft)
        return found

    def released(self, device: str) -> None:
        """A release has been carried out."""
        self.leaving -= Counter([device])

    def came(self) -> None:
        """The first event of ours has come out of the journal."""
        if self._pending:
            self._pending.popleft()

    def empty(self) -> list[Draft]:
        """Give up; the events that nobody may have been told of."""
        pending = [draft for draft, _ in self._pending]
        self._pending.clear()
        self._waiting.clear()
        self.leaving.clear()
        return pending


def offer_of(draft: Draft, epoch: str, server: str) -> Offer:
    """An event as the journal takes it. server: under which name it keeps those that are about no device."""
    head, tail = parted(draft.event, epoch, draft.device, synthetic=draft.synthetic)
    return Offer(
        draft.device or server,
        draft.event["eventtype"],
        head,
        tail,
        draft.when,
        draft.ucid,
        draft.ucids,
        draft.portrait,
    )
