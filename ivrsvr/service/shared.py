"""The journal of events that several servers share in Redis: each event is in it once, under one number.

Of all servers that monitor a device one leads: it writes the device's events. Every server, that one too, delivers what
comes out of the journal, in its order; so a client's position is the same everywhere. The others follow: they
see the same happenings through their own monitors, and keep what the journal has not yet (`shadow`). When the one that
leads stops, dies or loses the switch, another takes the device over where the journal ends.

While Redis does not answer, each server is alone: it tells its clients at once, under an epoch of its own that nobody
else knows, so that whoever comes back with such a position is told of a gap. docs/decisions has the whole argument.
"""

import asyncio
import contextlib
import logging
import secrets
from collections import Counter, deque
from collections.abc import Callable, Collection, Coroutine, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ivrsvr.clock import Clock
from ivrsvr.service.journal import MOST, REPLAY_MOST, Draft, Journal, Lead, Settled
from ivrsvr.service.past import READ_PAGE, history, shown
from ivrsvr.service.seats import Role, Seat
from ivrsvr.service.shadow import Shadow
from ivrsvr.service.stamps import parted
from ivrsvr.store.journal import Cover, JournalError, Record, Wanted
from ivrsvr.store.journal_redis import FREE, LAPSED, Entry, JournalStream, Offer, StreamLost

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

BEAT_S = 0.5
"""Between signs of life. This and the other times here are the network's, not the clock's."""

PATIENCE_S = 1.0
"""How long an event may be on its way through Redis; then this server is alone."""

YIELD_S = 0.3
"""After a return to Redis, before devices are claimed: others that have followed them all the time come first."""

STABLE_S = 30.0
PAUSE_MOST_S = 10.0
"""Before a return, where Redis could be used for less than STABLE_S at a time; otherwise BEAT_S."""

KEEP_S = 60.0
"""How long a device that nobody leads any more may be taken up again without a gap."""

LOOK_AGAIN_S = 2.0
BATCH_MOST = 500


@dataclass(frozen=True, slots=True)
class _Release:
    device: str
    ended: bool


@dataclass(frozen=True, slots=True)
class _Portrait:
    device: str
    text: str


class SharedJournal:
    """One server's part in it: `Book` for the service.

    most: events that are kept in memory.
    """

    shared = True

    def __init__(self, clock: Clock, stream: JournalStream, *, most: int = MOST, yield_s: float = YIELD_S) -> None:
        self.restored: dict[str, Cover] = {}
        self.portrait: Callable[[str], str] = lambda _device: "{}"
        self.deliver: Callable[[Record], None] = lambda _record: None
        self.refollow: Callable[[str], None] = lambda _device: None
        self.failing = "Redis has not been asked yet"
        self.namesake = ""
        self._clock = clock
        self._stream = stream
        self._most = most
        self._yield_s = yield_s
        self._me = f"*{stream.server}"
        self._epoch = ""
        self._last = 0
        self._floor = 0
        self._at = "0-0"
        self._life = 0
        self._joined_at = 0.0
        self._pause_s = BEAT_S
        self._joined = False
        self._alone = self._new_own()
        self._records: deque[Record] = deque()
        self._seats: dict[str, Seat] = {}
        self._outbox: deque[Draft | _Release | _Portrait] = deque()
        self._leaving: Counter[str] = Counter()
        self._pending: deque[tuple[Draft, float]] = deque()
        self._reading: asyncio.Task[list[Entry]] | None = None
        self._write = asyncio.Event()
        self._read = asyncio.Event()
        self._moved = asyncio.Event()
        self._stopping = asyncio.Event()

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __len__(self) -> int:
        """How many events are in memory."""
        return len(self._records)

    @property
    def joined(self) -> bool:
        """Whether this server has its part in the shared journal now; otherwise it is alone."""
        return self._joined

    @property
    def epoch(self) -> str:
        """Of the events that are told now."""
        return self._epoch if self._joined else self._alone.epoch

    @property
    def last(self) -> int:
        """Number of the latest event that was told."""
        return self._last if self._joined else self._alone.last

    @property
    def unwritten(self) -> int:
        """How many events are on their way through Redis."""
        return len(self._pending)

    @property
    def about(self) -> str:
        """How it is, for people."""
        if not self._joined:
            return f"alone: {self.failing}; clients that come back elsewhere are told of a gap"
        leads = sum(seat.role is Role.LEAD for seat in self._seats.values())
        told = f"shared at {self._stream.where}; writes for {leads} of {len(self._seats)} devices"
        return f"{told}; another server has the id {self._stream.server} too" if self.namesake else told

    # ---- being there, or alone

    async def open(self) -> None:
        """Join, where Redis answers soon; otherwise begin alone."""
        try:
            await self._in_time(self._join())
        except StreamLost as error:
            self.failing = str(error)
            log.error("the shared journal: %s; this server is alone until it does", self.failing)

    async def _join(self) -> None:
        joined = await self._stream.join(f"{int(self._clock.wall() * 1000):x}{secrets.token_hex(2)}")
        self._epoch, self._last, self._floor, self._at = joined.epoch, joined.last, joined.floor, joined.at
        self._records.clear()
        self._life += 1
        self._joined = True
        self._joined_at = _now()
        self.failing = ""
        self._read.set()

    def _part(self, reason: str) -> None:
        """Go on alone; what is on its way is told now."""
        if not self._joined:
            return
        log.error("the shared journal: %s; this server goes on alone until it can be used", reason)
        self.failing = reason
        self._joined = False
        lived_s = _now() - self._joined_at
        self._pause_s = BEAT_S if lived_s > STABLE_S else min(2 * self._pause_s, PAUSE_MOST_S)
        self._life += 1
        self._read.clear()
        if self._reading is not None:
            self._reading.cancel()  # it may wait behind what a journal had that is no more
        self._alone = self._new_own()
        followed = []
        for device, seat in self._seats.items():
            seat.asked.clear()
            if seat.role is Role.LEAD:
                seat.role = Role.OWN
            elif seat.role is Role.FOLLOW:
                followed.append(device)
        turning = [device for device, seat in self._seats.items() if seat.role is Role.TURN]
        pending, self._pending = self._pending, deque()
        self._outbox.clear()
        self._leaving.clear()
        for draft, _ in pending:
            self._alone.publish(draft)
        for device in turning:
            self._turn_back(self._seats[device])
        for device in followed:
            self.refollow(device)
        self._moved.set()

    def _turn_back(self, seat: Seat) -> None:
        """Go on to tell of a device without the journal."""
        seat.role = Role.OWN
        for draft in seat.shadow.everything():
            self._alone.publish(draft)

    def _new_own(self) -> Journal:
        own = Journal(self._clock, most=self._most, epoch=f"{int(self._clock.wall() * 1000):x}-{secrets.token_hex(4)}")
        own.deliver = self._told
        return own

    def _told(self, record: Record) -> None:
        try:
            self.deliver(record)
        except Exception:
            # One event that this server fails on must not end those of everybody.
            log.exception("failed on an event of the journal")

    async def run(self) -> None:
        """Take part until `stop`."""
        jobs = {"send": self._send, "tail": self._tail, "stay": self._stay}
        tasks = [asyncio.create_task(self._kept(job), name=f"journal {name}") for name, job in jobs.items()]
        try:
            await self._stopping.wait()
            await self._farewell()
        finally:
            left = {*tasks, *((self._reading,) if self._reading is not None else ())}
            while left:
                for task in left:
                    task.cancel()
                # The library under us may swallow a cancellation that comes while it sends.
                _, left = await asyncio.wait(left, timeout=0.05)
            self._stopping.clear()
            await self._stream.close()

    async def _kept(self, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a job for good: a fault of ours in it costs the journal, not the server."""
        while True:
            try:
                await job()
            except Exception:
                log.exception("the shared journal failed")
                self._part("a fault of this server, which the log shows")
                await asyncio.sleep(BEAT_S)

    def stop(self) -> None:
        """Write the rest, leave, and end `run`."""
        self._stopping.set()

    async def _farewell(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self._joined and (self._outbox or self._pending):
                    self._moved.clear()
                    await self._moved.wait()
                if self._joined:
                    await self._stream.leave()
        except (StreamLost, TimeoutError) as error:
            log.warning("the shared journal could not be left in order: %s", error)

    async def _stay(self) -> None:
        """Show that this server is there; return to Redis when it answers again."""
        while True:
            await asyncio.sleep(BEAT_S if self._joined else self._pause_s)
            try:
                await self.beat()
            except StreamLost as error:
                self._part(str(error))

    async def beat(self) -> None:
        """One sign of life, or one attempt to return. Raises StreamLost."""
        if not self._joined:
            await self._in_time(self._join())
            log.warning("the journal is shared again")
            await asyncio.sleep(self._yield_s)
            for device in list(self._seats):
                self.refollow(device)
            return
        namesake, self._floor = await self._in_time(self._stream.beat())
        if self._pending and self._pending[0][1] < _now() - 2 * PATIENCE_S:
            raise StreamLost(f"{self._stream.where} keeps events back")
        if namesake and not self.namesake:
            log.error(
                "another server writes in the shared journal with the id %d; give each its own (ivr_serverid)",
                self._stream.server,
            )
        self.namesake = namesake
        for seat in self._seats.values():
            if seat.role is Role.FOLLOW:
                seat.shadow.unheard()

    # ---- what happens

    def publish(self, draft: Draft) -> None:
        """Have an event numbered, kept and delivered, where this server is the one that tells it."""
        seat = self._seats.get(draft.device)
        if not draft.device:
            self._offer(draft) if self._joined else self._alone.publish(draft)
        elif seat is None:
            log.debug("dropped an event of %s, which nobody wants any more", draft.device)
        elif seat.role is Role.LEAD:
            self._offer(draft)
        elif seat.role is Role.OWN:
            self._alone.publish(draft)
        else:
            seat.shadow.saw(draft, draft.portrait)

    def _offer(self, draft: Draft) -> None:
        self._pending.append((draft, _now()))
        self._outbox.append(draft)
        self._write.set()

    def _enqueue(self, order: _Release | _Portrait) -> None:
        if self._joined:
            if isinstance(order, _Release):
                self._leaving[order.device] += 1
            self._outbox.append(order)
            self._write.set()

    async def _send(self) -> None:
        """Bring what waits to Redis, in order."""
        while True:
            await self._write.wait()
            self._write.clear()
            while self._outbox:
                life = self._life
                offers = self._batch()
                try:
                    await self._in_time(self._stream.append(offers) if offers else self._carry_out())
                except StreamLost as error:
                    if life == self._life:
                        self._part(str(error))
            self._moved.set()

    async def _in_time(self, asked: Coroutine[Any, Any, Answer]) -> Answer:
        """An answer of Redis. Raises StreamLost where it does not come in time."""
        task = asyncio.create_task(asked)
        task.add_done_callback(_heard)
        try:
            # Where this process itself was held up, the answer may have come, and only has to be read yet.
            for patience_s in (PATIENCE_S, PATIENCE_S / 4):
                if (await asyncio.wait([task], timeout=patience_s))[0]:
                    return task.result()
        finally:
            task.cancel()
        raise StreamLost(f"{self._stream.where} does not answer in time")

    def _batch(self) -> list[Offer]:
        """The events that stand first in what waits."""
        found: list[Offer] = []
        while self._outbox and len(found) < BATCH_MOST:
            first = self._outbox[0]
            if not isinstance(first, Draft):
                break
            found.append(self._offered(first))
            self._outbox.popleft()
        return found

    async def _carry_out(self) -> None:
        order = self._outbox.popleft()
        if isinstance(order, _Release):
            seat = self._seats.get(order.device)
            if seat is not None and seat.role in (Role.LEAD, Role.TAKE) and order.ended:
                seat.role = Role.FOLLOW
                seat.shadow = Shadow(self.portrait(order.device), None)
            await self._stream.release([(order.device, order.ended)])
            self._leaving -= Counter([order.device])
        elif isinstance(order, _Portrait):
            await self._stream.portray(order.device, order.text)

    def _offered(self, draft: Draft) -> Offer:
        head, tail = parted(draft.event, self._epoch, draft.device, synthetic=draft.synthetic)
        return Offer(
            draft.device or self._me,
            draft.event["eventtype"],
            head,
            tail,
            draft.when,
            draft.ucid,
            draft.ucids,
            draft.portrait,
        )

    async def _tail(self) -> None:
        """Deliver what comes out of the journal."""
        while True:
            await self._read.wait()
            life = self._life
            self._reading = asyncio.create_task(self._stream.tail(self._at), name="journal read")
            try:
                await asyncio.wait([self._reading])
                entries = [] if self._reading.cancelled() else self._reading.result()
            except StreamLost as error:
                if life == self._life:
                    self._part(str(error))
                continue
            for entry in entries:
                if life != self._life:
                    break
                self._came(entry)

    def _came(self, entry: Entry) -> None:
        self._at = entry.at
        if entry.number and entry.number != self._last + 1:
            self._part("events were forgotten before this server had read them")
            return
        self._last = entry.number or self._last
        record = entry.record
        if record is None:
            self._noticed(entry)
            self._moved.set()
            return
        self._records.append(record)
        if len(self._records) > self._most:
            self._records.popleft()
        mine = entry.writer == self._stream.member
        if mine and self._pending:
            self._pending.popleft()
        seat = self._seats.get(record.device)
        if record.device == self._me and mine:
            self._told(replace(record, device=""))
        elif seat is not None and seat.role not in (Role.OWN, Role.TURN) and record.eventid > seat.upto:
            if not mine:
                seat.shadow.came(entry.portrait)
            self._told(record)
        self._moved.set()

    def _noticed(self, entry: Entry) -> None:
        if entry.kind == LAPSED:
            devices = list(self._seats)
        elif entry.kind == FREE:
            devices = [entry.name]
        else:
            return
        for device in devices:
            seat = self._seats.get(device)
            if seat is not None and seat.role is Role.FOLLOW:
                self.refollow(device)

    # ---- devices

    def cover(self, device: str) -> int:
        """A device is monitored from now on. How far back its events reach is known when it is claimed."""
        self._seats[device] = Seat(Shadow("", None))
        return 0

    async def end(self, device: str) -> None:
        """A device is about to be monitored no longer: whoever has followed it goes on, before this server is blind."""
        seat = self._seats.get(device)
        if seat is None or seat.role not in (Role.LEAD, Role.TAKE):
            return
        self._enqueue(_Release(device, ended=True))
        life = self._life
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while self._joined and life == self._life and device in self._leaving:
                    self._moved.clear()
                    await self._moved.wait()

    def uncover(self, device: str) -> None:
        """A device is monitored no longer."""
        seat = self._seats.pop(device, None)
        if seat is not None and seat.role in (Role.LEAD, Role.TAKE):
            self._enqueue(_Release(device, ended=True))

    def lose(self, device: str) -> None:
        """The switch reports nothing of a device for a while; whoever else sees it may tell."""
        seat = self._seats.get(device)
        if seat is None or seat.role is Role.OWN:
            return
        if seat.role is Role.TURN:
            self._turn_back(seat)
            return
        if seat.role in (Role.LEAD, Role.TAKE):
            self._enqueue(_Release(device, ended=False))
        if seat.role is Role.LEAD:
            seat.shadow = Shadow(self.portrait(device), None)
        if seat.role is not Role.NEW:
            seat.role = Role.FOLLOW
        seat.shadow = Shadow(seat.shadow.log, None)
        seat.steady = False

    async def claim(self, device: str) -> Lead:
        """Ask to lead; whether that was granted, and what those who are told of the device know of it."""
        while True:
            seat = self._seats.get(device)
            life = self._life
            if seat is None:
                return Lead(life=life)
            if not self._joined:
                known = seat.shadow.log if seat.role is Role.FOLLOW else None
                if seat.role is not Role.OWN:
                    seat.role = Role.TAKE
                return Lead(known=known, life=life)
            if device in self._leaving:  # what is released may be claimed again only then
                self._moved.clear()
                await self._moved.wait()
                continue
            follows = seat.role is Role.FOLLOW
            told = self.portrait(device)
            if seat.role is Role.OWN:
                seat.role = Role.TURN
                seat.shadow = Shadow("", None)
            role = seat.role
            try:
                answer = await self._in_time(
                    self._stream.claim(
                        device,
                        told,
                        hole=role is Role.TURN,
                        standby=follows and seat.steady,
                        keep_s=1e9 if follows else KEEP_S,
                    )
                )
            except StreamLost as error:
                if life == self._life:
                    self._part(str(error))
                continue
            if life != self._life:
                continue
            if self._seats.get(device) is not seat:
                if answer.role != "follow" and device not in self._seats:
                    self._enqueue(_Release(device, ended=True))
                continue
            if not await self._caught_up(answer.last, life):
                continue
            if seat.role is not role or self._seats.get(device) is not seat:
                continue
            if role is Role.TURN and seat.may_be_a_ghost(answer, told):
                self._turn_back(seat)
                asyncio.get_running_loop().call_later(BEAT_S, self.refollow, device)
                return Lead(life=life)
            return seat.granted(answer, told, self.portrait(device), life)

    async def _caught_up(self, number: int, life: int) -> bool:
        """Whether all events up to a number are delivered."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await self._reached(number)
                return life == self._life
        if life == self._life:
            self._part(f"{self._stream.where} does not answer in time")
        return False

    def settle(self, device: str, lead: Lead) -> bool:
        """Begin to tell of a device, after a look at it; whether those who are told know what this server knows.

        Raises Settled where the journal has a new life meanwhile.
        """
        seat = self._seats.get(device)
        if seat is None:
            return True
        if lead.life != self._life:
            raise Settled
        if seat.role is Role.OWN and self._joined:
            return True  # it is claimed again in a moment
        seat.asked.set()
        if seat.role is not Role.TAKE:
            return True
        seat.role = Role.LEAD if self._joined else Role.OWN
        untold: list[Draft] | None = seat.shadow.everything()
        if lead.known is not None:
            untold = seat.shadow.untold() if seat.steady else None
        for draft in untold or ():
            self.publish(draft)
        return untold is not None

    def seeded(self, device: str) -> None:
        """What a device has is known: a snapshot is in the model."""
        seat = self._seats.get(device)
        if seat is None:
            return
        seat.gap = False
        here = self.portrait(device)
        if seat.role is Role.LEAD:
            self._enqueue(_Portrait(device, here))
        elif seat.role is Role.FOLLOW:
            seat.shadow.learn(here)
        seat.steady = True

    def certain(self, device: str) -> bool:
        """Whether the model knows the calls of a device already, as its monitor told them."""
        seat = self._seats.get(device)
        return seat is not None and seat.steady

    async def ready(self, device: str) -> None:
        """Wait until it is known who tells of a device, but not for long."""
        seat = self._seats.get(device)
        if seat is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2 * PATIENCE_S):
                    await seat.asked.wait()
                    await self._reached(seat.began)

    async def _reached(self, number: int) -> None:
        """Wait until the events up to a number are delivered, or the journal has another life."""
        life = self._life
        while self._joined and life == self._life and self._last < number:
            self._moved.clear()
            await self._moved.wait()

    def again(self, device: str) -> None:
        """A look at a device has failed: look once more in a while."""
        if device in self._seats:
            self._clock.call_later(LOOK_AGAIN_S, lambda: self.refollow(device))

    # ---- what was missed

    async def since(self, devices: Collection[str], eventid: int, epoch: str) -> list[Record] | None:
        """The events of devices after that number, in order, up to this moment; nothing suspends after the latest.

        None = the journal does not reach back so far, or it cannot be read.
        """
        if not self._joined and epoch == self._alone.epoch:
            return await self._alone.since(devices, eventid, epoch)
        if not self._joined or epoch != self._epoch:
            return None
        life = self._life
        try:
            async with asyncio.timeout(4 * PATIENCE_S):
                for device in devices:
                    await self.ready(device)
                return await self._since(tuple(devices), eventid, life)
        except (StreamLost, TimeoutError) as error:
            log.error("what a client missed cannot be read: %s", error or "Redis does not answer in time")
            return None

    async def _since(self, devices: tuple[str, ...], eventid: int, life: int) -> list[Record] | None:
        last, floor, began = await self._stream.sync(devices)
        if min(began) < 0 or not max(floor, *began) <= eventid <= last:
            return None
        wanted = (*devices, self._me)
        await self._reached(last)
        found: list[Record] = []
        at = eventid
        while at < self._in_memory():
            upto = self._in_memory()
            floor, after, page = await self._stream.read(at, upto, READ_PAGE, wanted)
            if floor > at:
                return None  # forgotten while it was read
            found += page
            at = after or upto
            if len(found) > REPLAY_MOST:
                return None
        if life != self._life:
            return None
        found += [one for one in self._records if one.eventid > at and one.device in wanted]
        return [shown(one) for one in found] if len(found) <= REPLAY_MOST else None

    def _in_memory(self) -> int:
        """Of events after this number, all up to the latest are in memory."""
        return self._records[0].eventid - 1 if self._records else self._last

    # ---- what was

    async def history(self, wanted: Wanted) -> list[Record]:
        """Events, in order. Raises JournalError."""
        self._must_be_there()
        return await history(self._stream, wanted)

    async def of_call(self, ucid: str, most: int) -> list[Record]:
        """The events of a call, under whatever UCID it has gone by, in order. Raises JournalError."""
        self._must_be_there()
        return await self._stream.of_call(ucid, most)

    def _must_be_there(self) -> None:
        if not self._joined:
            raise JournalError(f"the shared journal cannot be read: {self.failing}")


def _heard(task: "asyncio.Task[Any]") -> None:
    """What became of a question that nobody waits for any more is nobody's business."""
    if not task.cancelled():
        task.exception()


def _now() -> float:
    return asyncio.get_running_loop().time()
