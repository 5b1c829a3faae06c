"""Events of the past from a shared journal, page by page."""

from dataclasses import replace

from ivrsvr.service.journal import chosen
from ivrsvr.store.journal import Record, Wanted
from ivrsvr.store.journal_redis import JournalStream

READ_PAGE = 500
"""Events that are read in one go: Redis does nothing else meanwhile."""

SKEW_S = 60.0
"""By how much servers' clocks may differ."""


def shown(record: Record) -> Record:
    """An event that a server told of itself, as one about no device."""
    return replace(record, device="") if record.device.startswith("*") else record


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
