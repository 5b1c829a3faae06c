"""Events of the past from a shared journal, page by page."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from ivrsvr.service.journal import REPLAY_MOST, chosen
from ivrsvr.service.standing import Standing
from ivrsvr.store.journal import Record, Wanted
from ivrsvr.store.journal_redis import JournalStream

READ_PAGE = 500
"""Events that are read in one go: Redis does nothing else meanwhile."""

SKEW_S = 60.0
"""By how much servers' clocks may differ."""


def shown(record: Record) -> Record:
    """An event that a server told of itself, as one about no device."""
    return replace(record, device="") if record.device.startswith("*") else record


class Recent:
    """The latest events, in memory, with all earlier ones behind them. most: how many."""

    def __init__(self, stream: JournalStream, standing: Standing, most: int) -> None:
        self._stream = stream
        self._standing = standing
        self._most = most
        self._records: deque[Record] = deque()

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def add(self, record: Record) -> None:
        """One more has come out of the journal."""
        self._records.append(record)
        if len(self._records) > self._most:
            self._records.popleft()

    def clear(self) -> None:
        """Those of another life of the journal are none of this one."""
        self._records.clear()

    async def missed(self, devices: tuple[str, ...], server: str, eventid: int, life: int) -> list[Record] | None:
        """The events of devices, and of a server itself, after that number; nothing suspends after the latest.

        life: of the journal in which the number was found to be of its epoch. None = the journal does not reach back
        so far, or has another life. Raises StreamLost.
        """
        last, floor, began = await self._stream.sync(devices)
        if min(began) < 0 or not max(floor, *began) <= eventid <= last:
            return None
        wanted = (*devices, server)
        await self._standing.reached(last)
        found: list[Record] = []
        at = eventid
        while at < self._begins():
            upto = self._begins()
            floor, after, page = await self._stream.read(at, upto, READ_PAGE, wanted)
            if floor > at:
                return None  # forgotten while it was read
            found += page
            at = after or upto
            if len(found) > REPLAY_MOST:
                return None
        if life != self._standing.life:
            return None
        found += [one for one in self._records if one.eventid > at and one.device in wanted]
        return [shown(one) for one in found] if len(found) <= REPLAY_MOST else None

    def _begins(self) -> int:
        """Of events after this number, all up to the latest are in memory."""
        return self._records[0].eventid - 1 if self._records else self._standing.last


async def history(stream: JournalStream, wanted: Wanted) -> list[Record]:
    """Events, in order. Raises StreamLost."""
    found: list[Record] = []
    at = wanted.after if not wanted.since else max(wanted.after, await _before(stream, wanted.since))
    last, _, _ = await stream.sync(())
    upto = min(last, wanted.upto)
    while at < upto and len(found) < wanted.most:
        _, after, page = await stream.read(at, upto, READ_PAGE, wanted.devices)
        found += chosen([shown(one) for one in page], wanted)
        at = after or upto
        if wanted.until and page and page[-1].when > wanted.until + SKEW_S:
            break
    return found[: wanted.most]


async def _before(stream: JournalStream, when: float) -> int:
    """A number before every event of a time or later; servers' clocks may differ a little."""
    last, low, _ = await stream.sync(())
    high = last
    while low < high:
        middle = (low + high) // 2
        _, _, page = await stream.read(middle, last, 1, ())
        if page and page[0].when < when - SKEW_S:
            low = middle + 1
        else:
            high = middle
    return low
