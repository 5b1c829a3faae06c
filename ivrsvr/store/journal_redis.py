"""The journal of events in Redis or Valkey, shared by several servers; who does what there is in docs/decisions.

Every method raises StreamLost where Redis does not answer, or where this server has no part in the journal any more:
then nothing is certain of what was asked for last, and the server is to join anew.
"""

import secrets
from collections.abc import Awaitable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ivrsvr.store import journal_scripts as scripts
from ivrsvr.store import redis
from ivrsvr.store.journal import LINKS_MOST, Bounds, JournalError, Record

if TYPE_CHECKING:
    from redis.asyncio import Redis

PREFIX = "ivrsvr:{journal}:"
"""The braces keep all keys in one slot of a cluster, so that one step may touch several."""

LEASE_S = 3.0
"""How long a server counts as there from its last sign of life; then others write the events of its devices."""

NAMES_MOST = 16
"""Former names of a server that are shown to Redis when it joins anew; the leases of earlier ones are long over."""

TAIL_MOST = 2_000
BLOCK_MS = 1_000

EVENT = "event"
BEGUN = "begun"
FREE = "free"
LAPSED = "lapsed"


class StreamLost(JournalError):  # noqa: N818 - says what became of it
    """The shared journal cannot be used now; the text says why."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An event to be numbered. head, tail: its text before and behind the number. portrait: of its device after it."""

    device: str
    eventtype: str
    head: str
    tail: str
    when: float
    ucid: str = ""
    ucids: tuple[str, ...] = ()
    portrait: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What came out of the journal.

    kind:   EVENT; of the device `name`: BEGUN (its events begin anew) or FREE (nobody writes for it any more); LAPSED
            (the server `name` is gone).
    writer: which server wrote the event; portrait: what its device had after it.
    """

    at: str
    kind: str
    name: str = ""
    record: Record | None = None
    writer: str = ""
    portrait: str = ""

    @property
    def number(self) -> int:
        """That it has used up; 0 = none."""
        number, _, notice = self.at.partition("-")
        return int(number) if notice == "0" else 0


@dataclass(frozen=True, slots=True)
class Joined:
    """The journal at the moment of joining. at: behind its latest entry."""

    epoch: str
    last: int
    floor: int
    at: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """What became of a claim to write the events of a device.

    role:     "follow" = another server does; "lead" = granted, where others have left off; "begin" = granted, and
              older events may be missing.
    last:     number of the latest event; began: after which number no event of the device is missing.
    portrait: what the device had after its latest event.
    """

    role: str
    last: int
    began: int
    portrait: str


class JournalStream:
    """One server's part in a shared journal.

    server: its id, by which people know it; two with one id are told so.
    """

    def __init__(self, url: str, server: int, bounds: Bounds, *, lease_s: float = LEASE_S) -> None:
        self._redis: Redis = redis.connect(url)
        self.where = redis.shown(url)
        self.server = server
        self.member = ""
        self._bounds = bounds
        self._lease_ms = str(int(lease_s * 1000))
        self._failures: tuple[type[Exception], ...] = (*redis.failures(), UnicodeDecodeError)
        self._names: list[str] = []
        self._epoch = ""
        self._run = ""
        self._known = 0
        self._scripts: dict[str, Any] = {}

    # ---- being there

    async def join(self, fresh: str) -> Joined:
        """Take part, under a name never used before. fresh: the epoch, where the journal begins now."""
        await self._redis.connection_pool.disconnect()  # to a Redis that may have been started again
        durable = "1" if await self._durable() else "0"
        former = " ".join(self._names)
        self.member = secrets.token_hex(8)
        # Where no answer comes, it may have joined under this name.
        self._names = [*self._names, self.member][-NAMES_MOST:]
        answer = await self._eval(scripts.JOIN, self.member, former, fresh, durable, self._lease_ms)
        self._names = [self.member]
        self._epoch, self._run, self._known = str(answer[1]), str(answer[4]), int(answer[2])
        return Joined(self._epoch, self._known, int(answer[3]), f"{answer[2]}-{answer[5]}")

    async def _durable(self) -> bool:
        """Whether Redis, when it is started again, has every event that it ever confirmed."""
        try:
            wanted: dict[Any, Any] = await self._redis.config_get("append*")
            told: dict[str, Any] = await self._redis.info("replication")
        except self._failures as error:
            if "unknown command" in str(error) or "NOPERM" in str(error):
                return False
            raise self._lost(error) from None
        promoted = bool(str(told.get("master_replid2", "")).strip("0"))
        return wanted.get("appendonly") == "yes" and wanted.get("appendfsync") == "always" and not promoted

    async def beat(self) -> tuple[str, int]:
        """A sign of life; what else uses this server's id ("" = nothing), and the number that nothing is kept up to."""
        answer = await self._guarded(scripts.BEAT, self._lease_ms, str(self.server), str(self._bounds.size))
        return str(answer[1]), int(answer[2])

    async def leave(self) -> None:
        """Take part no more; others need not wait until the lease is over."""
        await self._guarded(scripts.LEAVE)

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()

    # ---- writing

    async def claim(self, device: str, portrait: str, *, hole: bool, standby: bool, keep_s: float) -> Claimed:
        """Ask to be the one that writes the events of a device.

        portrait: what it has now. hole: events were told without the journal. standby: followed all the time.
        keep_s:   how long ago others may have left off.
        """
        flags = ("1" if hole else "0", "1" if standby else "0", str(int(keep_s * 1000)))
        answer = await self._guarded(scripts.CLAIM, device, *flags, portrait)
        return Claimed(str(answer[1]), int(answer[2]), int(answer[3]), str(answer[4]))

    async def append(self, offers: Sequence[Offer]) -> None:
        """Number events and keep them, all or none."""
        words = [str(self._bounds.most), str(self._bounds.age_s)]
        for one in offers:
            words += (one.device, one.eventtype, one.head, one.tail, repr(one.when), one.ucid)
            words += (" ".join(one.ucids), one.portrait)
        self._known = max(self._known, int((await self._guarded(scripts.APPEND, *words))[1]))

    async def portray(self, device: str, portrait: str) -> None:
        """Note what a device has now, though no event has told of it."""
        await self._guarded(scripts.PORTRAY, device, portrait)

    async def release(self, devices: Sequence[tuple[str, bool]]) -> None:
        """Write for devices no more, each with whether it is monitored no more."""
        await self._guarded(scripts.RELEASE, *(word for name, ended in devices for word in (name, "01"[ended])))

    # ---- reading

    async def tail(self, at: str) -> list[Entry]:
        """What came after an entry; waits a second for something."""
        answer = await self._asked(self._redis.xread({f"{PREFIX}events": at}, count=TAIL_MOST, block=BLOCK_MS))
        found = answer if isinstance(answer, list) else list(answer.items())
        entries = found[0][1] if found else []
        if entries and isinstance(entries[0], list) and entries[0] and isinstance(entries[0][0], tuple | list):
            entries = entries[0]
        return [self._entry(str(name), fields) for name, fields in entries]

    def _entry(self, at: str, fields: dict[str, str]) -> Entry:
        if "k" in fields:
            return Entry(at, fields["k"], fields["d"])
        ucids = tuple(fields["us"].split())
        number = int(at.partition("-")[0])
        record = Record(number, fields["d"], fields["t"], fields["x"], float(fields["at"]), fields["u"], ucids)
        self._known = max(self._known, number)
        return Entry(at, EVENT, fields["d"], record, fields["by"], fields["p"])

    async def sync(self, devices: Collection[str]) -> tuple[int, int, list[int]]:
        """The number of the latest event, the floor, and after which number no event of each device is missing.

        -1 = the device is not monitored.
        """
        answer = await self._guarded(scripts.SYNC, *devices)
        return int(answer[1]), int(answer[2]), [int(one) for one in answer[3:]]

    async def read(self, after: int, upto: int, most: int, devices: Collection[str]) -> tuple[int, int, list[Record]]:
        """A page of events of devices (none = all), the floor, and after which number to go on; 0 = that is all."""
        answer = await self._guarded(scripts.READ, str(after), str(upto), str(most), *devices)
        return int(answer[1]), int(answer[2] or 0), [_record(one) for one in answer[3]]

    async def of_call(self, ucid: str, most: int) -> list[Record]:
        """The events of a call, under whatever UCID it has gone by, in order."""
        answer = await self._guarded(scripts.OF_CALL, ucid, str(most), str(LINKS_MOST))
        return [_record(one) for one in answer[1]]

    # ---- asking

    async def _guarded(self, script: str, *words: str) -> list[Any]:
        return await self._eval(script, self.member, self._epoch, str(self._known), self._run, *words)

    async def _eval(self, script: str, *words: str) -> list[Any]:
        prepared = self._scripts.get(script)
        if prepared is None:
            prepared = self._scripts[script] = self._redis.register_script(script)
        answer = await self._asked(prepared([PREFIX], list(words)))
        if not isinstance(answer, list) or not answer:
            raise StreamLost(f"{self.where} answers nonsense")
        if answer[0] != "ok":
            raise StreamLost(str(answer[0]))
        return answer

    async def _asked(self, answer: Awaitable[Any]) -> Any:
        try:
            return await answer
        except self._failures as error:
            raise self._lost(error) from None

    def _lost(self, error: Exception) -> StreamLost:
        text = str(error)
        if "maxmemory" in text:
            return StreamLost(f"{self.where} has no memory left: give it more, or lower journal_events")
        if "NOPERM" in text or "NOAUTH" in text or "WRONGPASS" in text:
            return StreamLost(f"{self.where} does not let this server in: {text}")
        return StreamLost(f"{self.where} does not answer ({type(error).__name__})")


def _record(row: list[str]) -> Record:
    number, device, eventtype, text, at, ucid = row
    return Record(int(number), device, eventtype, text, float(at), ucid)
