"""Shared monitors: one switch monitor per device on this server, for all who want to be told of the device.

A monitor lives from its first owner to its last; an owner is a connection's subscriber, or a name under which the
server itself keeps a device monitored. Its reference stays the same through every loss of the link.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ivrsvr.backends.base import LinkDown, LinkState, Pdu
from ivrsvr.calls.model import CallModel
from ivrsvr.calls.portrait import draw, read, restore
from ivrsvr.clock import Clock, Timer
from ivrsvr.csta.errors import AcsFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.monitor import MonitorCall, MonitorCallsViaDevice, MonitorDevice, MonitorStop
from ivrsvr.csta.private.structures import ATTUserToUserInfo
from ivrsvr.csta.types import ConnectionID
from ivrsvr.registry import RequestError
from ivrsvr.service.errors import CALL_GONE
from ivrsvr.service.journal import Book
from ivrsvr.service.line import Line
from ivrsvr.service.strays import Strays
from ivrsvr.service.subscribers import Subscriber
from ivrsvr.service.turns import Turns
from ivrsvr.store.journal import Cover

log = logging.getLogger(__name__)

WRONG_KIND = frozenset(
    {
        CSTAUniversalFailure.INVALID_CSTA_DEVICE_IDENTIFIER,
        CSTAUniversalFailure.INVALID_OBJECT_TYPE,
        CSTAUniversalFailure.REQUEST_INCOMPATIBLE_WITH_OBJECT,
    }
)
"""Failures that a device of another kind gives: to MonitorDevice a VDN, which is monitored for the calls that come by;
to a snapshot a split, which is no party of calls."""


LINGER = "linger"
"""Owner of a monitor one of whose clients was cut off, until the time is over in which it may come back."""

RESTART_S = 60.0
"""For which monitors of the server's former life are kept for their clients, at least."""

AGAIN_FIRST_S, AGAIN_MOST_S = 5.0, 300.0
"""After what time a monitor that could not be started again, or looked at, is tried once more; doubled each time."""

FAILED_MOST = 3
"""Attempts that fail before a look does without what the switch does not show of a call."""

AT_ONCE = 50
"""How many monitors are started again, or looked at, at the same time: a link that has just come back is spared."""


Subject: TypeAlias = int | str
"""What a report is about: a call by its id, or the station of an agent."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one owner wants of a monitor.

    subscriber: to whom events go; None = the owner only wants the device monitored.
    everything: our extensions of the contract's event types as well.
    eventtypes: only these; empty = all.
    """

    subscriber: Subscriber | None = None
    everything: bool = False
    eventtypes: frozenset[str] = frozenset()

    def wants(self, eventtype: str, extension: bool) -> bool:
        """Whether an event goes to this owner. extension: the type is none of the contract's."""
        if self.eventtypes:
            return eventtype in self.eventtypes
        return self.everything or not extension


@dataclass(slots=True, eq=False)
class Monitor:
    """One device that is monitored here.

    reference: `referenceid` of its events.
    crossRef:  of the switch monitor; None while there is none (the link is down, or it is being started).
    via:       the monitor is on the calls that come by the device (a VDN), not on the device.
    began:     number of the last event before it was started: of later ones, none of the device is missing.
    alert:     the last call that alerted, as `userdata` type `alert` answers it, and its UUI; None = none yet.
    hangup:    likewise the last ConnectionCleared.
    known:     the call model has followed the device before, so a snapshot tells what was missed.
    view:      after a loss, the calls as the owners know them, until a snapshot has told what they missed.
    away:      the ids of these calls, each with whether the new switch monitor of a VDN reports it all the same.
    reported:  the switch has sent something.
    agents:    of a split: who is logged in, as its owners know it; station -> login id.
    calls:     of a VDN: monitors of single calls that had come by before the link was lost, each with its call id.
    looks:     how many looks at it are under way; again: one more is wanted after them.
    heard:     for each look at it that is under way: the calls, and stations of agents, that were reported meanwhile.
    linger:    runs out when a client that was cut off has had the time to come back.
    failed:    how many times in a row it could not be started again or looked at; once_more: the next attempt.
    ended_at:  when the switch ended it last.
    """

    device: str
    reference: int
    crossRef: int | None = None
    via: bool = False
    began: int = 0
    owners: dict[object, Subscription] = field(default_factory=dict)
    alert: tuple[dict[str, Any], ATTUserToUserInfo] | None = None
    hangup: tuple[dict[str, Any], ATTUserToUserInfo] | None = None
    known: bool = False
    view: CallModel | None = None
    away: dict[int, bool] = field(default_factory=dict)
    reported: bool = False
    agents: dict[str, str] = field(default_factory=dict)
    calls: dict[int, int] = field(default_factory=dict)
    looks: int = 0
    again: bool = False
    heard: list[set[Subject]] = field(default_factory=list)
    linger: Timer | None = None
    failed: int = 0
    once_more: Timer | None = None
    ended_at: float = -math.inf

    def matters(self, failure: CstaFailure) -> bool:
        """Whether a look fails with a question about one of its calls: not when that has ended, nor for ever."""
        return failure.error not in CALL_GONE and self.failed < FAILED_MOST

    def look_from(self, view: CallModel, reported: Collection[int] = ()) -> None:
        """What its owners know, from which a look is to tell what they missed. reported: calls that it reports now."""
        self.view = view
        self.away = {call.callID: call.callID in reported for call in view.watched_by(self.device)}


@dataclass(slots=True)
class Return:
    """How far the monitors are that are started again after a loss of the link; told in the log at each tenth."""

    total: int
    done: int = 0
    failed: int = 0

    def one(self, *, well: bool) -> None:
        """One more is through."""
        self.done += 1
        self.failed += not well
        if self.done == self.total:
            log.info("%d of %d monitors are back", self.total - self.failed, self.total)
        elif self.done * 10 // self.total > (self.done - 1) * 10 // self.total:
            log.info("%d of %d monitors have been started again", self.done, self.total)


class Monitors:
    """The monitors of this server.

    journal: numbers the events.
    follow:  called with a monitor that has just been started, or started anew after a loss of the link.
    release: called with a monitor that is there no more.
    spawn:   runs a coroutine beside the present task, until the service stops.
    linger_s: how long a monitor outlives its last client's being cut off: one that comes back misses nothing.
    """

    def __init__(
        self,
        line: Line,
        journal: Book,
        clock: Clock,
        *,
        linger_s: float,
        follow: Callable[[Monitor], Awaitable[None]],
        release: Callable[[Monitor], None],
        spawn: Callable[[Coroutine[Any, Any, object]], object],
    ) -> None:
        self._line = line
        self._journal = journal
        self._clock = clock
        self.linger_s = linger_s
        self._follow = follow
        self._release = release
        self._spawn = spawn
        self._turns = Turns(waiting_most=10_000)
        self._pace = asyncio.Semaphore(AT_ONCE)
        self._by_device: dict[str, Monitor] = {}
        self._by_cross_ref: dict[int, Monitor] = {}
        self._strays = Strays()
        self._references = 0

    def __iter__(self) -> Iterator[Monitor]:
        return iter(list(self._by_device.values()))

    def __len__(self) -> int:
        return len(self._by_device)

    @property
    def running(self) -> int:
        """How many have their switch monitor; the others wait for the link, or are being started again."""
        return sum(monitor.crossRef is not None for monitor in self._by_device.values())

    def get(self, device: str) -> Monitor | None:
        """The monitor of a device; None = it isn't monitored here."""
        return self._by_device.get(device)

    def reporting(self, crossRef: int) -> Monitor | None:
        """The monitor that an event belongs to."""
        return self._by_cross_ref.get(crossRef)

    async def start(self, device: str, owner: object, subscription: Subscription) -> Monitor:
        """Let an owner be told of a device; starts the switch monitor where there is none yet.

        Raises CstaFailure, AcsFailure, LinkDown, RequestError as the switch refuses it; then the owner is not told.
        """
        async with self._turns.of(device):
            monitor = self._by_device.get(device)
            if monitor is None:
                monitor = Monitor(device, 0)
            if monitor.crossRef is None:
                await self._begin(monitor)
            monitor.owners[owner] = subscription
            self._enter(monitor)
        return monitor

    def _enter(self, monitor: Monitor) -> None:
        if monitor.reference == 0:
            self._references += 1
            monitor.reference = self._references
            monitor.began = self._journal.cover(monitor.device)
            self._by_device[monitor.device] = monitor

    async def keep(self, device: str, owner: object) -> None:
        """Let an owner have a device monitored, now or as soon as the link is up.

        Raises CstaFailure, AcsFailure, RequestError when the switch refuses it.
        """
        try:
            await self.start(device, owner, Subscription())
        except LinkDown:
            monitor = self._by_device.get(device) or Monitor(device, 0)
            monitor.owners[owner] = Subscription()
            self._enter(monitor)

    async def stop(self, device: str, owner: object) -> bool:
        """Tell an owner no more; the last one's leaving stops the switch monitor. False = it was no owner.

        The switch's refusal to stop is logged: the monitor is gone for us in any case.
        """
        async with self._turns.of(device):
            monitor = self._by_device.get(device)
            if monitor is None or monitor.owners.pop(owner, None) is None:
                return False
            if not monitor.owners:
                await self._end(monitor)
        return True

    def recall_all(self, restored: Collection[Cover]) -> None:
        """Monitor devices again that were monitored in the server's former life, for those who come back to them.

        restored: with what each device had then, for its owners to be told what happened since.
        """
        progress = Return(len(restored))
        if restored:
            log.info("starting the %d monitors of the former life again, %d at a time", len(restored), AT_ONCE)
        for one in restored:
            self._recall(one.device, one.calls, progress)

    def _recall(self, device: str, portrait: str, progress: Return) -> None:
        try:
            view, agents = read(portrait, device)
        except ValueError as error:
            log.error("what %s had before the restart cannot be read: %s", device, error)
            self._journal.uncover(device)
            progress.one(well=False)
            return
        monitor = Monitor(device, 0, known=True, agents=agents)
        monitor.look_from(view)
        self._enter(monitor)
        self._linger(monitor, max(self.linger_s, RESTART_S))
        self._spawn(self._restart(monitor, progress))

    def leave(self, subscriber: Subscriber) -> None:
        """A connection is gone; its monitors are stopped in the background, when nobody else wants them.

        They stay for a client that was cut off, which may come back, and not for one that said farewell.
        """
        for monitor in self._by_device.values():
            if subscriber in monitor.owners:
                if self.linger_s and not subscriber.farewell:
                    self._linger(monitor, self.linger_s)
                self._spawn(self.stop(monitor.device, subscriber))

    def _linger(self, monitor: Monitor, seconds: float) -> None:
        monitor.owners[LINGER] = Subscription()
        if monitor.linger is not None:
            monitor.linger.cancel()
        device = monitor.device
        monitor.linger = self._clock.call_later(seconds, lambda: self._spawn(self.stop(device, LINGER)))

    async def _begin(self, monitor: Monitor) -> None:
        """Start the switch monitor. Nothing suspends between its confirmation and the moment its events find us."""
        try:
            cross_ref = await self._start(MonitorDevice(deviceID=monitor.device))
            monitor.via = False
        except CstaFailure as failure:
            if failure.error not in WRONG_KIND:
                raise
            try:
                cross_ref = await self._start(MonitorCallsViaDevice(deviceID=monitor.device))
            except CstaFailure:
                raise failure from None
            monitor.via = True
        monitor.crossRef = cross_ref
        self._by_cross_ref[cross_ref] = monitor
        _wait_no_more(monitor)
        self._spawn_follow(monitor)

    async def _start(self, pdu: Pdu) -> int:
        """Start a switch monitor; its cross reference. Nothing suspends after the answer. Raises as `Line.ask`."""
        with self._strays.starting():
            confirmation = await self._line.ask(pdu)
        cross_ref: int = confirmation.pdu.monitorCrossRefID
        self._strays.started(cross_ref)
        return cross_ref

    def stray(self, cross_ref: int) -> None:
        """The switch reports for a monitor that nobody has: it is stopped there too."""
        if self._line.backend.link is LinkState.UP and self._strays.found(cross_ref):
            log.info("monitor %d belongs to nobody here and is stopped", cross_ref)
            self._spawn(self._stop_switch_monitor("nobody", cross_ref))

    def refollow(self, device: str) -> None:
        """Look at a device once more, where its monitor runs: who tells of it has changed."""
        monitor = self._by_device.get(device)
        if monitor is None or monitor.crossRef is None:
            return
        if monitor.looks:
            monitor.again = True
        else:
            self._spawn_follow(monitor)

    def _spawn_follow(self, monitor: Monitor) -> None:
        async def follow() -> None:
            monitor.looks += 1
            try:
                async with self._pace:
                    await self._follow(monitor)
                monitor.failed = 0
            except (CstaFailure, AcsFailure, RequestError):
                self._once_more(monitor, lambda: self.refollow(monitor.device))
                raise
            finally:
                monitor.looks -= 1
                if monitor.again and not monitor.looks:
                    monitor.again = False
                    self.refollow(monitor.device)

        self._spawn(follow())

    async def _end(self, monitor: Monitor) -> None:
        await self._journal.end(monitor.device)
        self._by_device.pop(monitor.device, None)
        self._journal.uncover(monitor.device)
        if monitor.linger is not None:
            monitor.linger.cancel()
        cross_refs = [*sorted(monitor.calls), *([] if monitor.crossRef is None else [monitor.crossRef])]
        self._strays.leave(cross_refs)
        self._lose(monitor)
        self._release(monitor)
        for cross_ref in cross_refs:
            await self._stop_switch_monitor(monitor.device, cross_ref)

    async def _stop_switch_monitor(self, whose: str, cross_ref: int) -> None:
        try:
            await self._line.ask(MonitorStop(monitorCrossRefID=cross_ref))
        except (CstaFailure, AcsFailure, LinkDown, RequestError) as failure:
            log.info("stopping the monitor of %s: %s", whose, failure)
        finally:
            self._strays.left(cross_ref)

    async def follow_call(self, monitor: Monitor, call: ConnectionID) -> bool:
        """Have one call reported as the monitor of a device would report it, for those who were told of the call.

        False = it is there no more, or the switch goes on refusing it. Raises as `Line.ask`.
        """
        try:
            cross_ref = await self._start(MonitorCall(call=call))
        except CstaFailure as failure:
            if monitor.matters(failure):
                raise
            log.info("call %d cannot be followed for %s: %s", call.callID, monitor.device, failure)
            return False
        monitor.calls[cross_ref] = call.callID
        self._by_cross_ref[cross_ref] = monitor
        if self._by_device.get(monitor.device) is not monitor:
            self.unfollow(monitor, {call.callID})  # its last owner left meanwhile
        return True

    def came_by(self, monitor: Monitor, calls: Collection[int]) -> None:
        """The monitor of a device reports calls: those of them that had monitors of their own need them no longer."""
        monitor.away |= dict.fromkeys(monitor.away.keys() & calls, True)
        if monitor.calls:
            self.unfollow(monitor, calls)

    def unfollow(self, monitor: Monitor, calls: Collection[int]) -> None:
        """Have calls reported no longer that come by the device again: its own monitor reports them from then on."""
        for cross_ref in [one for one, callID in monitor.calls.items() if callID in calls]:
            self.call_ended(cross_ref)
            self._strays.leave([cross_ref])
            self._spawn(self._stop_switch_monitor(monitor.device, cross_ref))

    def call_ended(self, cross_ref: int) -> None:
        """The monitor of a single call has ended, as its call has."""
        monitor = self._by_cross_ref.pop(cross_ref, None)
        if monitor is not None:
            monitor.calls.pop(cross_ref, None)

    # ---- the switch's side

    def ended(self, monitor: Monitor) -> None:
        """The switch ended a monitor; try to have it again, unless the link is down and will bring it back anyway.

        One that is ended again and again is asked for at intervals.
        """
        self._lose(monitor)
        soon, monitor.ended_at = self._clock.now() - monitor.ended_at < AGAIN_FIRST_S, self._clock.now()
        if self._line.backend.link is LinkState.DOWN:
            return
        if soon:
            self._once_more(monitor, lambda: self._spawn(self._restart(monitor, Return(1))))
        else:
            self._spawn(self._restart(monitor, Return(1)))

    def link_down(self) -> None:
        """Every switch monitor is gone."""
        for monitor in self._by_device.values():
            self._lose(monitor)
        self._by_cross_ref.clear()
        self._strays.clear()

    def look_back(self, monitor: Monitor, model: CallModel) -> None:
        """Remember the calls of a device as its owners know them: the switch reports nothing for a while.

        They may know of calls although no snapshot has come yet.
        """
        if monitor.known or monitor.reported:
            view = monitor.view
            if view is None:
                view = CallModel()
                restore(view, monitor.device, draw(model, monitor.device))
            monitor.look_from(view)

    def one_by_one(self) -> None:
        """Start and look at monitors one after the other, for what is found out to be told in their order always.

        To be called before anything is monitored.
        """
        self._pace = asyncio.Semaphore(1)

    def link_up(self) -> None:
        """Have every monitor again."""
        progress = Return(len(self._by_device))
        if progress.total:
            log.info("starting %d monitors again, %d at a time", progress.total, AT_ONCE)
        for monitor in self._by_device.values():
            self._spawn(self._restart(monitor, progress))

    def _once_more(self, monitor: Monitor, attempt: Callable[[], object]) -> None:
        """Try again later what the switch has refused or not answered: mostly it is busy with coming up itself."""
        _wait_no_more(monitor)
        if self._by_device.get(monitor.device) is monitor:
            delay = min(AGAIN_MOST_S, AGAIN_FIRST_S * 2.0 ** min(monitor.failed, 16))
            monitor.failed += 1
            monitor.once_more = self._clock.call_later(delay, attempt)

    def _lose(self, monitor: Monitor) -> None:
        _wait_no_more(monitor)
        monitor.failed = 0
        for cross_ref in monitor.calls:
            self._by_cross_ref.pop(cross_ref, None)
        monitor.calls.clear()
        if monitor.crossRef is not None:
            self._by_cross_ref.pop(monitor.crossRef, None)
            monitor.crossRef = None
            self._journal.lose(monitor.device)

    async def _restart(self, monitor: Monitor, progress: Return) -> None:
        async with self._turns.of(monitor.device), self._pace:
            if monitor.crossRef is not None or self._by_device.get(monitor.device) is not monitor:
                progress.one(well=True)
                return
            try:
                await self._begin(monitor)
            except LinkDown:
                log.info("the monitor of %s waits for the link", monitor.device)
            except (CstaFailure, AcsFailure, RequestError) as failure:
                level = logging.DEBUG if monitor.failed else logging.WARNING
                log.log(level, "the monitor of %s could not be started again: %s", monitor.device, failure)
                self._once_more(monitor, lambda: self._spawn(self._restart(monitor, Return(1))))
            progress.one(well=monitor.crossRef is not None)


def _wait_no_more(monitor: Monitor) -> None:
    """The next attempt is needed no more: it has come by another way, or is to come by one."""
    if monitor.once_more is not None:
        monitor.once_more.cancel()
        monitor.once_more = None
