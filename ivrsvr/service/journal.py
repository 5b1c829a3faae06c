"""The journal of events: numbers them, keeps them, and gives a client that comes back what it missed.

The latest events are in memory. Behind them stands a shelf (a SQLite file), written in batches beside the
event loop; without one the journal ends with the process. An event is sent before it is written: what was sent and
never written is known to be lost, and whoever might have missed it is told so.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from ivrsvr.clock import Clock, Timer
from ivrsvr.service.stamps import parted
from ivrsvr.store.journal import Batch, Beginning, Cover, JournalError, Record, Shelf, Wanted

log = logging.getLogger(__name__)

Found = TypeVar("Found")

MOST = 10_000
AGE_S = 3600.0

FLUSH_S = 0.25
"""How long an event waits for others to be written with it: each time the writer takes the processor from the loop."""

RETRY_S = 2.0
"""After a failure to write."""

BATCH_MOST = 5_000
UNWRITTEN_MOST = 100_000
"""Events that wait while the shelf cannot be written; when more come, the oldest are lost to those who come back."""

REPLAY_MOST = 50_000
"""Events that one client is sent again; one that missed more is told of the gap."""

PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that is to be numbered and told.

    device:    the monitored device it is told for; "" = it is told to everybody.
    synthetic: it was not reported, but must have happened.
    ucid:      of the call it is about; ucids: all that the call has gone by.
    portrait:  what the device has after it, as JSON; only where the journal is shared.
    """

    device: str
    event: dict[str, Any]
    when: float
    synthetic: bool = False
    ucid: str = ""
    ucids: tuple[str, ...] = ()
    portrait: str = ""


@dataclass(frozen=True, slots=True)
class Lead:
    """What a server is to do for a device that it monitors.

    granted: it writes the device's events; otherwise another server does.
    known:   what those who are told of the device know of it, as JSON; None = they know what this server knows.
    gap:     they have to be told that something may be missing.
    life:    of the journal; at the end of another one nothing of this holds.
    """

    granted: bool = True
    known: str | None = None
    gap: bool = False
    life: int = 0


ALONE = Lead()


class Settled(Exception):  # noqa: N818 - no error, but a turn of events
    """The journal has a new life: what was agreed on for a device holds no longer."""


class Book(Protocol):
    """What the service needs of a journal: `Journal` of one server, `SharedJournal` of several.

    shared:  other servers write in it as well.
    deliver: is given each event once it has its number, in order.
    """

    shared: bool
    restored: dict[str, Cover]
    portrait: Callable[[str], str]
    deliver: Callable[[Record], None]
    refollow: Callable[[str], None]

    @property
    def failing(self) -> str: ...
    @property
    def epoch(self) -> str: ...
    @property
    def last(self) -> int: ...
    @property
    def unwritten(self) -> int: ...
    @property
    def about(self) -> str:
        """How it is, for people."""
        ...

    def __iter__(self) -> Iterator[Record]: ...
    def __len__(self) -> int: ...
    async def open(self) -> None: ...
    def publish(self, draft: Draft) -> None: ...
    def cover(self, device: str) -> int: ...
    def uncover(self, device: str) -> None: ...
    async def end(self, device: str) -> None:
        """A device is about to be monitored no longer: let those know who may go on with it."""
        ...

    def lose(self, device: str) -> None:
        """The switch reports nothing of a device for a while."""
        ...

    async def claim(self, device: str, /) -> Lead:
        """Who is to tell of a device from now on."""
        ...

    def settle(self, device: str, lead: Lead, /) -> bool:
        """Begin to tell of it, after a look; whether those who are told know what this server knows. Raises Settled."""
        ...

    def certain(self, device: str, /) -> bool:
        """Whether the model knows the calls of a device already, so that a snapshot tells nothing more."""
        ...

    def seeded(self, device: str) -> None:
        """The model knows the calls of a device."""
        ...

    def again(self, device: str) -> None:
        """The look has failed."""
        ...

    async def ready(self, device: str) -> None:
        """Wait until it is known who tells of a device, but not for long."""
        ...

    async def told(self, device: str) -> None:
        """Wait until everything of a device that was published is delivered, but not for long.

        Nothing suspends after that.
        """
        ...

    async def since(self, devices: Collection[str], eventid: int, epoch: str) -> list[Record] | None: ...
    async def history(self, wanted: Wanted) -> list[Record]: ...
    async def of_call(self, ucid: str, most: int) -> list[Record]: ...
    async def run(self) -> None: ...
    def stop(self) -> None: ...
    async def close(self) -> None:
        """Give back what it holds: at the end of `run`, or where that never began."""
        ...


class Journal:
    """Numbers, keeps and gives events of one server.

    shelf:    None = in memory only.
    most:     events that are kept in memory; age_s: how long, where there is no shelf.
    epoch:    names a journal in memory.
    portrait: what a device has now, as JSON, to be kept with its events; set by the service, as is `deliver`.

    Raises JournalError when the shelf cannot be opened.
    """

    shared = False

    def __init__(
        self, clock: Clock, shelf: Shelf | None = None, *, most: int = MOST, age_s: float = AGE_S, epoch: str = ""
    ) -> None:
        begun = shelf.open() if shelf is not None else Beginning(epoch or f"{int(clock.wall() * 1000):x}")
        self.epoch = begun.epoch
        self.last = begun.last
        self.restored: dict[str, Cover] = {one.device: one for one in begun.covers}
        self.portrait: Callable[[str], str] = lambda _device: "{}"
        self.deliver: Callable[[Record], None] = lambda _record: None
        self.refollow: Callable[[str], None] = lambda _device: None
        self.failing = ""
        self._clock = clock
        self._shelf = shelf
        self._most = most
        self._age_s = age_s
        self._lost = begun.lost
        self._floor = begun.floor
        self._records: deque[Record] = deque(begun.recent)
        self._written = begun.last
        self._unwritten: deque[Record] = deque()
        self._covered: dict[str, int] = {}
        self._changed: dict[str, int | None] = {}
        self._wanted = asyncio.Event()
        self._turn = asyncio.Lock()
        self._timer: Timer | None = None
        self._ending = False

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __len__(self) -> int:
        """How many events are in memory."""
        return len(self._records)

    @property
    def unwritten(self) -> int:
        """How many events wait to be written."""
        return len(self._unwritten)

    @property
    def about(self) -> str:
        """How it is, for people."""
        where = "in memory" if self._shelf is None else "in a file"
        return f"cannot be written: {self.failing}" if self.failing else where

    # ---- what happens

    async def open(self) -> None:
        """It is open from the start."""

    def publish(self, draft: Draft) -> None:
        """Number an event, keep it, and have it delivered."""
        number = self.last + 1
        head, tail = parted(draft.event, self.epoch, draft.device, synthetic=draft.synthetic)
        text = f"{head}{number}{tail}"
        record = Record(number, draft.device, draft.event["eventtype"], text, draft.when, draft.ucid, draft.ucids)
        self.add(record)
        self.deliver(record)

    def add(self, record: Record) -> None:
        """Keep an event; its number is `last` + 1."""
        self.last = record.eventid
        self._records.append(record)
        if self._shelf is None:
            self._forget()
            return
        self._unwritten.append(record)
        if record.device:
            self._changed[record.device] = self._covered.get(record.device)
        if len(self._unwritten) > UNWRITTEN_MOST:
            self._lost = max(self._lost, self._unwritten.popleft().eventid)
        self._trim()
        self._want()

    def cover(self, device: str) -> int:
        """A device is monitored from now on; the number after which none of its events is missing.

        That of the former life, where the device was monitored at its end and what it had then is in the model. Else
        a number that no event has: whoever had the latest event may have missed what happened here before this moment.
        """
        known = self.restored.pop(device, None)
        if known is None:
            self.last += 1
        began = known.began if known is not None else self.last
        self._covered[device] = began
        self._changed[device] = began
        self._want()
        return began

    def uncover(self, device: str) -> None:
        """A device is monitored no longer."""
        self.restored.pop(device, None)
        if self._covered.pop(device, None) is not None:
            self._changed[device] = None
            self._want()

    async def end(self, device: str) -> None:
        """Nobody else may go on with a device."""

    def lose(self, device: str) -> None:
        """The switch reports nothing of a device for a while: nobody else tells of it."""

    async def claim(self, _device: str) -> Lead:
        """All devices are this server's own."""
        return ALONE

    def settle(self, _device: str, _lead: Lead) -> bool:
        """Whether those who are told of a device know what this server knows."""
        return True

    def certain(self, _device: str) -> bool:
        """A snapshot always tells more."""
        return False

    def seeded(self, device: str) -> None:
        """What a device has is known."""

    def again(self, device: str) -> None:
        """A look at a device has failed: the next one comes with the link."""

    async def ready(self, device: str) -> None:
        """Nobody needs to be asked who tells of a device."""

    async def told(self, device: str) -> None:
        """What is published is delivered at once."""

    def _forget(self) -> None:
        oldest = self._clock.wall() - self._age_s
        records = self._records
        while records and (len(records) > self._most or records[0].when < oldest):
            self._floor = records.popleft().eventid

    def _trim(self) -> None:
        """Leave memory what is not written yet, whatever its amount."""
        records = self._records
        while len(records) > self._most and records[0].eventid <= max(self._written, self._lost):
            records.popleft()

    # ---- what was missed

    async def since(self, devices: Collection[str], eventid: int, epoch: str) -> list[Record] | None:
        """The events of devices after that number, in order, up to this moment; nothing suspends after the latest.

        None = the journal does not reach back so far, or it cannot be read.
        """
        if self._shelf is None:
            self._forget()
        if epoch != self.epoch or not self._reach() <= eventid <= self.last:
            return None
        wanted = frozenset((*devices, ""))
        found: list[Record] = []
        at = eventid
        while self._shelf is not None and at < min(self._in_memory(), self._written):
            upto = self._written
            page = Wanted(at, upto, sorted(wanted), most=PAGE)
            try:
                read = await self._beside(self._shelf.read, page)
            except JournalError as error:
                log.error("what a client missed cannot be read: %s", error)
                return None
            if self._reach() > at:
                return None  # forgotten while it was read
            found += read
            at = upto if len(read) < PAGE else read[-1].eventid
            if len(found) > REPLAY_MOST:
                return None
        missed: list[Record] = []
        for record in reversed(self._records):
            if record.eventid <= at:
                break
            if record.device in wanted:
                missed.append(record)
        missed.reverse()
        return found + missed if len(found) + len(missed) <= REPLAY_MOST else None

    def _in_memory(self) -> int:
        """Of events after this number, all are in memory."""
        return self._records[0].eventid - 1 if self._records else self.last

    def _reach(self) -> int:
        """Of events after this number, none is missing."""
        return max(self._lost, self._floor)

    # ---- what was

    async def history(self, wanted: Wanted) -> list[Record]:
        """Events, in order; of more than are wanted, the latest. Those that wait to be written are among them.

        Raises JournalError.
        """
        if self._shelf is None:
            return chosen(self._records, wanted)
        await self.flush()
        found = await self._beside(self._shelf.read, wanted)
        return found if not self.failing else chosen(_together(found, self._unwritten), wanted)

    async def of_call(self, ucid: str, most: int) -> list[Record]:
        """The events of a call, under whatever UCID it has gone by, in order.

        Raises JournalError.
        """
        if self._shelf is None:
            return _of_call(self._records, ucid)[:most]
        await self.flush()
        return await self._beside(self._shelf.of_call, ucid, most)

    # ---- writing

    def _want(self) -> None:
        if self._timer is None and self._shelf is not None:
            self._timer = self._clock.call_later(RETRY_S if self.failing else FLUSH_S, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._wanted.set()

    async def run(self) -> None:
        """Write what there is, until `stop`."""
        while True:
            if not self._ending:
                await self._wanted.wait()
            ending = self._ending  # whoever ends it has nothing more to add
            await self.flush()
            if ending:
                break
        self._ending = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self.close()

    async def close(self) -> None:
        """Give the shelf back, with whether everything is on it."""
        if self._unwritten:
            log.error("%d events could not be written: who missed them is told of a gap", len(self._unwritten))
        if self._shelf is not None:
            try:
                await self._beside(self._shelf.close, None if self._unwritten else self.last)
            except JournalError as error:
                log.error("the journal: %s", error)

    def stop(self) -> None:
        """Write the rest, and end `run`."""
        self._ending = True
        self._wanted.set()

    async def flush(self) -> None:
        """Write what waits; what cannot be written waits on."""
        async with self._turn:
            await self._flush()

    async def _flush(self) -> None:
        self._wanted.clear()
        while self._shelf is not None and (self._unwritten or self._changed):
            batch = self._batch()
            try:
                floor = await self._beside(self._shelf.write, batch)
            except JournalError as error:
                self._failed(batch, error)
                return
            if self.failing:
                log.warning("the journal can be written again")
                self.failing = ""
            self._floor = max(self._floor, floor)
            if batch.records:
                self._written = max(self._written, batch.records[-1].eventid)
            while self._unwritten and self._unwritten[0].eventid <= self._written:
                self._unwritten.popleft()
            self._trim()

    def _batch(self) -> Batch:
        records = [record for record, _ in zip(self._unwritten, range(BATCH_MOST), strict=False)]
        if len(records) < len(self._unwritten):
            return Batch(records, self.last)  # what devices have now belongs to the latest event
        changed, self._changed = self._changed, {}
        covers = {
            device: None if began is None else Cover(device, began, self.portrait(device))
            for device, began in changed.items()
        }
        return Batch(records, self.last, covers)

    def _failed(self, batch: Batch, error: JournalError) -> None:
        if not self.failing:
            log.error("the journal cannot be written: %s", error)
        self.failing = str(error)
        for device in batch.covers:
            self._changed.setdefault(device, self._covered.get(device))
        self._want()

    async def _beside(self, work: Callable[..., Found], *arguments: object) -> Found:
        """Let something that blocks run beside the event loop; in virtual time, where everything is counted, in it."""
        if self._clock.mode == "virtual":
            return work(*arguments)
        return await asyncio.to_thread(work, *arguments)


def _together(stored: list[Record], waiting: Collection[Record]) -> list[Record]:
    known = {one.eventid for one in stored}
    return [*stored, *(one for one in waiting if one.eventid not in known)]


def chosen(records: Collection[Record], wanted: Wanted) -> list[Record]:
    """Those of some events that are wanted."""
    found = [
        one
        for one in records
        if wanted.after < one.eventid <= wanted.upto
        and (not wanted.devices or one.device in wanted.devices)
        and (not wanted.eventtypes or one.eventtype in wanted.eventtypes)
        and wanted.since <= one.when
        and (not wanted.until or one.when <= wanted.until)
    ]
    return found[-wanted.most :] if wanted.latest else found[: wanted.most]


def _of_call(records: Collection[Record], ucid: str) -> list[Record]:
    names = {ucid}
    while True:
        more = {name for one in records if names & {one.ucid, *one.ucids} for name in (one.ucid, *one.ucids)} - {
            "",
            *names,
        }
        if not more:
            return [one for one in records if one.ucid in names]
        names |= more
