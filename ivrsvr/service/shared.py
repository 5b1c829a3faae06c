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
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from ivrsvr.clock import Clock
from ivrsvr.service import standing as network
from ivrsvr.service.exchange import Exchange
from ivrsvr.service.journal import MOST, Draft, Journal, Lead, Settled
from ivrsvr.service.outbox import Portrait, Release
from ivrsvr.service.past import Recent, history
from ivrsvr.service.seats import Role, Seat
from ivrsvr.service.shadow import Shadow
from ivrsvr.service.standing import Standing
from ivrsvr.store.journal import Cover, JournalError, Record, Wanted
from ivrsvr.store.journal_redis import FREE, LAPSED, Entry, JournalStream, StreamLost

log = logging.getLogger(__name__)

YIELD_S = 0.3
"""After a return to Redis, before devices are claimed: others that have followed them all the time come first."""

KEEP_S = 60.0
"""How long a device that nobody leads any more may be taken up again without a gap."""

LOOK_AGAIN_S = 2.0


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
        self._clock = clock
        self._stream = stream
        self._most = most
        self._yield_s = yield_s
        self._standing = Standing()
        self._exchange = Exchange(stream, self._standing, self, self._fresh)
        self._outbox = self._exchange.outbox
        self._alone = self._new_own()
        self._recent = Recent(stream, self._standing, most)
        self._seats: dict[str, Seat] = {}

    def __iter__(self) -> Iterator[Record]:
        return iter(self._recent)

    def __len__(self) -> int:
        """How many events are in memory."""
        return len(self._recent)

    @property
    def joined(self) -> bool:
        """Whether this server has its part in the shared journal now; otherwise it is alone."""
        return self._standing.joined

    @property
    def failing(self) -> str:
        """Why it is alone; "" = it is not."""
        return self._standing.failing

    @property
    def epoch(self) -> str:
        """Of the events that are told now."""
        return self._standing.epoch if self.joined else self._alone.epoch

    @property
    def last(self) -> int:
        """Number of the latest event that was told."""
        return self._standing.last if self.joined else self._alone.last

    @property
    def unwritten(self) -> int:
        """How many events are on their way through Redis."""
        return self._outbox.pending

    @property
    def about(self) -> str:
        """How it is, for people."""
        if not self.joined:
            return f"alone: {self.failing}; clients that come back elsewhere are told of a gap"
        leads = sum(seat.role is Role.LEAD for seat in self._seats.values())
        told = f"shared at {self._stream.where}; writes for {leads} of {len(self._seats)} devices"
        return f"{told}; another server has the id {self._stream.server} too" if self._exchange.namesake else told

    # ---- being there, or alone

    async def open(self) -> None:
        """Join, where Redis answers soon; otherwise begin alone."""
        try:
            await self._exchange.join()
        except StreamLost as error:
            self._standing.failing = str(error)
            log.error("the shared journal: %s; this server is alone until it does", error)

    def part(self, reason: str) -> None:
        """Go on alone; what is on its way is told now."""
        if not self.joined:
            return
        log.error("the shared journal: %s; this server goes on alone until it can be used", reason)
        self._standing.end(reason)
        pending = self._exchange.leave_off()
        self._recent.clear()
        self._alone = self._new_own()
        followed = [device for device, seat in self._seats.items() if seat.role is Role.FOLLOW]
        turning = [seat for seat in self._seats.values() if seat.role is Role.TURN]
        for seat in self._seats.values():
            seat.asked.clear()
            if seat.role is Role.LEAD:
                seat.role = Role.OWN
        for draft in pending:
            self._alone.publish(draft)
        for seat in turning:
            self._turn_back(seat)
        for device in followed:
            self.refollow(device)

    def _turn_back(self, seat: Seat) -> None:
        for draft in seat.own():
            self._alone.publish(draft)

    def _fresh(self) -> str:
        return f"{int(self._clock.wall() * 1000):x}{secrets.token_hex(2)}"

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
        await self._exchange.run()

    def stop(self) -> None:
        """Write the rest, leave, and end `run`."""
        self._exchange.stop()

    async def close(self) -> None:
        """Give the connections back."""
        await self._stream.close()

    async def returned(self) -> None:
        """The journal can be used again: find out who tells of the devices."""
        await asyncio.sleep(self._yield_s)
        for device in list(self._seats):
            self.refollow(device)

    def heard(self) -> None:
        """Redis answers, and so it does to those who lead."""
        for seat in self._seats.values():
            if seat.role is Role.FOLLOW:
                seat.shadow.unheard()

    # ---- what happens

    def publish(self, draft: Draft) -> None:
        """Have an event numbered, kept and delivered, where this server is the one that tells it."""
        seat = self._seats.get(draft.device)
        if not draft.device:
            self._offer(draft) if self.joined else self._alone.publish(draft)
        elif seat is None:
            log.debug("dropped an event of %s, which nobody wants any more", draft.device)
        elif seat.role is Role.LEAD:
            self._offer(draft)
        elif seat.role is Role.OWN:
            self._alone.publish(draft)
        else:
            seat.shadow.saw(draft, draft.portrait)
            self._standing.move()

    def _offer(self, draft: Draft) -> None:
        self._outbox.put(draft, network.now())

    def _order(self, order: Release | Portrait) -> None:
        if self.joined:
            self._outbox.order(order)

    def came(self, entry: Entry) -> None:
        """Deliver an event that has come out of the journal, or take notice."""
        standing = self._standing
        standing.at = entry.at
        if entry.number and entry.number != standing.last + 1:
            self.part("events were forgotten before this server had read them")
            return
        standing.last = entry.number or standing.last
        if entry.record is None:
            self._noticed(entry)
        else:
            self._recorded(entry.record, entry)
        standing.move()

    def _recorded(self, record: Record, entry: Entry) -> None:
        self._recent.add(record)
        mine = entry.writer == self._stream.member
        if mine:
            self._outbox.came()
        seat = self._seats.get(record.device)
        if record.device == self._exchange.server and mine:
            self._told(replace(record, device=""))
        elif seat is not None and seat.role not in (Role.OWN, Role.TURN) and record.eventid > seat.upto:
            if not mine:
                seat.shadow.came(entry.portrait)
            self._told(record)

    def _noticed(self, entry: Entry) -> None:
        devices = {LAPSED: list(self._seats), FREE: [entry.name]}.get(entry.kind, [])
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
        if seat is not None:
            seat.ending = True
        if seat is None or not seat.leads:
            return
        self._order(Release(device, ended=True))
        life = self._standing.life
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(network.PATIENCE_S):
                while self._standing.holds(life) and device in self._outbox.leaving:
                    await self._standing.moved()

    def release(self, device: str) -> None:
        """It is about to be released: what happens now is for whoever goes on."""
        seat = self._seats.get(device)
        if seat is not None and seat.leads:
            seat.follow(self.portrait(device))

    def uncover(self, device: str) -> None:
        """A device is monitored no longer."""
        seat = self._seats.pop(device, None)
        if seat is not None and seat.leads:
            self._order(Release(device, ended=True))

    def lose(self, device: str) -> None:
        """The switch reports nothing of a device for a while; whoever else sees it may tell."""
        seat = self._seats.get(device)
        if seat is None or seat.role is Role.OWN:
            return
        if seat.role is Role.TURN:
            self._turn_back(seat)
            return
        if seat.leads:
            self._order(Release(device, ended=False))
        seat.lose(self.portrait(device))

    async def claim(self, device: str) -> Lead:
        """Ask to lead; whether that was granted, and what those who are told of the device know of it."""
        while True:
            seat = self._seats.get(device)
            if seat is None or seat.ending:
                return Lead(granted=seat is None, life=self._standing.life)
            if not self.joined:
                known = seat.shadow.log if seat.role is Role.FOLLOW else None
                if seat.role is not Role.OWN:
                    seat.role = Role.TAKE
                return Lead(known=known, life=self._standing.life)
            if device in self._outbox.leaving:  # what is released may be claimed again only then
                await self._standing.moved()
                continue
            lead = await self._claimed(device, seat)
            if lead is not None:
                return lead

    async def _claimed(self, device: str, seat: Seat) -> Lead | None:
        """Ask once; None = something has changed meanwhile."""
        life = self._standing.life
        follows = seat.role is Role.FOLLOW
        told = self.portrait(device)
        if seat.role is Role.OWN:
            seat.role = Role.TURN
            seat.shadow = Shadow("", None)
        role = seat.role
        hole, keep_s = role is Role.TURN, 1e9 if follows else KEEP_S
        claim = self._stream.claim(device, told, hole=hole, standby=follows and seat.steady, keep_s=keep_s)
        try:
            answer = await self._exchange.asked(claim)
        except StreamLost as error:
            self._exchange.lost(life, error)
            return None
        if life != self._standing.life:
            return None
        if self._seats.get(device) is not seat:
            if answer.role != "follow" and device not in self._seats:
                self._order(Release(device, ended=True))
            return None
        caught_up = await self._exchange.caught_up(answer.last, life)
        if not caught_up or seat.role is not role or self._seats.get(device) is not seat:
            return None
        if role is Role.TURN and seat.may_be_a_ghost(answer, told):
            self._turn_back(seat)
            asyncio.get_running_loop().call_later(network.BEAT_S, self.refollow, device)
            return Lead(life=life)
        return seat.granted(answer, told, self.portrait(device), life)

    def settle(self, device: str, lead: Lead) -> bool:
        """Begin to tell of a device, after a look at it; whether those who are told know what this server knows.

        Raises Settled where the journal has a new life meanwhile.
        """
        seat = self._seats.get(device)
        if seat is None:
            return True
        if lead.life != self._standing.life:
            raise Settled
        if seat.role is Role.OWN and self.joined:
            return True  # it is claimed again in a moment
        seat.asked.set()
        if seat.role is not Role.TAKE:
            return True
        untold = seat.taken(lead, joined=self.joined)
        for draft in untold or ():
            self.publish(draft)
        return untold is not None

    def seeded(self, device: str) -> None:
        """What a device has is known: a snapshot is in the model."""
        seat = self._seats.get(device)
        if seat is not None:
            here = self.portrait(device)
            seat.learnt(here)
            if seat.role is Role.LEAD:
                self._order(Portrait(device, here))

    def certain(self, device: str) -> bool:
        """Whether the model knows the calls of a device already, as its monitor told them."""
        seat = self._seats.get(device)
        return seat is not None and seat.steady

    async def ready(self, device: str) -> None:
        """Wait until it is known who tells of a device, but not for long."""
        seat = self._seats.get(device)
        if seat is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2 * network.PATIENCE_S):
                    await seat.asked.wait()
                    await self._standing.reached(seat.began)

    async def told(self, device: str) -> None:
        """Wait until the journal and this server are at the same happening of a device, as far as is known.

        Nothing suspends after that.
        """
        seat = self._seats.get(device)
        life = self._standing.life
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2 * network.PATIENCE_S):
                while seat is not None and self._standing.holds(life) and self._is_apart(seat, device):
                    await self._standing.moved()

    def _is_apart(self, seat: Seat, device: str) -> bool:
        """Whether events of a device are on their way, here or there."""
        return self._outbox.has(device) if seat.leads else seat.shadow.apart

    def again(self, device: str) -> None:
        """A look at a device has failed: look once more in a while."""
        if device in self._seats:
            self._clock.call_later(LOOK_AGAIN_S, lambda: self.refollow(device))

    # ---- what was

    async def since(self, devices: Collection[str], eventid: int, epoch: str) -> list[Record] | None:
        """The events of devices after that number, in order, up to this moment; nothing suspends after the latest.

        None = the journal does not reach back so far, or it cannot be read.
        """
        if not self.joined and epoch == self._alone.epoch:
            return await self._alone.since(devices, eventid, epoch)
        if not self.joined or epoch != self._standing.epoch:
            return None
        life = self._standing.life
        try:
            async with asyncio.timeout(4 * network.PATIENCE_S):
                for device in devices:
                    await self.ready(device)
                return await self._recent.missed(tuple(devices), self._exchange.server, eventid, life)
        except (StreamLost, TimeoutError) as error:
            log.error("what a client missed cannot be read: %s", error or "Redis does not answer in time")
            return None

    async def history(self, wanted: Wanted) -> list[Record]:
        """Events, in order. Raises JournalError."""
        self._must_be_there()
        return await history(self._stream, wanted)

    async def of_call(self, ucid: str, most: int) -> list[Record]:
        """The events of a call, under whatever UCID it has gone by, in order. Raises JournalError."""
        self._must_be_there()
        return await self._stream.of_call(ucid, most)

    def _must_be_there(self) -> None:
        if not self.joined:
            raise JournalError(f"the shared journal cannot be read: {self.failing}")
