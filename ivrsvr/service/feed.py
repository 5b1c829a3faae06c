"""What the switch reports, on its way to the subscribers: folded, derived, numbered, encoded once, kept, delivered."""

import logging
from collections.abc import Callable, Collection, Coroutine, Iterable
from dataclasses import fields, replace
from functools import partial
from typing import Any

from ivrsvr.backends.base import EventReport, LinkChange, LinkState, Report
from ivrsvr.calls.fold import Folded, fold
from ivrsvr.calls.model import CallModel
from ivrsvr.calls.portrait import as_text
from ivrsvr.clock import Clock
from ivrsvr.csta.events import CallCleared, Conferenced, ConnectionCleared, Delivered, LoggedOff, LoggedOn, Transferred
from ivrsvr.csta.monitor import MonitorEnded
from ivrsvr.csta.private.layouts import newest
from ivrsvr.csta.private.query import ATTQueryAgentLoginResp
from ivrsvr.csta.private.structures import ATTUserToUserInfo
from ivrsvr.csta.types import Connection, ConnectionID
from ivrsvr.service.agentstates import AgentStates
from ivrsvr.service.events import CONTRACT_TYPES, Event, Scene, alert_data, derive, device_of, idle, server_event
from ivrsvr.service.inorder import Held, InOrder
from ivrsvr.service.journal import Book, Draft
from ivrsvr.service.live import Live
from ivrsvr.service.meters import Meters
from ivrsvr.service.monitors import Monitor, Monitors, Subject, Subscription
from ivrsvr.service.series import AgentLists
from ivrsvr.service.staff import fold_agent
from ivrsvr.service.stamps import referring
from ivrsvr.service.subscribers import Subscriber
from ivrsvr.service.userdata import NOTHING, Seeker, UserData
from ivrsvr.store.journal import Record

log = logging.getLogger(__name__)

_CONTRACT = frozenset(CONTRACT_TYPES)

CUSTDATA = ("cusdata", "custdata")
"""Keys of an event that hold user data."""

FAULT = "custdatafault"
"""Key of an event whose user data cannot be told: why not."""


class Feed:
    """Takes reports one by one, in order; nothing in it waits.

    An event whose user data must be asked for elsewhere is held back until they are there, or the time limit of
    look-ups is over. The call model is up to date meanwhile, and only what belongs to the same device or call is held
    back with it.

    spawn: runs a job beside the present task.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        model: CallModel,
        live: Live,
        monitors: Monitors,
        agents: AgentStates,
        lists: AgentLists,
        userdata: UserData,
        journal: Book,
        meters: Meters,
        order: InOrder,
        spawn: Callable[[Coroutine[Any, Any, object]], None],
    ) -> None:
        self.journal = journal
        journal.deliver = self._deliver
        self._clock = clock
        self._model = model
        self._live = live
        self._monitors = monitors
        self.agents = agents
        self._lists = lists
        self._userdata = userdata
        self._meters = meters
        self._told_down = False
        self._spawn = spawn
        self._order = order

    def stop(self) -> None:
        """Tell what still waits for its user data, without them; nothing waits from now on."""
        self._order.stop()

    def take(self, report: Report) -> None:
        """Take what the switch reported."""
        if isinstance(report, LinkChange):
            self._link_changed(report)
            return
        private = newest(report.private) if report.private is not None else None
        if report.crossRef == 0:
            if isinstance(private, ATTQueryAgentLoginResp):
                self._lists.feed(private)
            return
        monitor = self._monitors.reporting(report.crossRef)
        if monitor is None:
            log.debug("dropped %s of monitor %d, which is stopped", type(report.pdu).__name__, report.crossRef)
            if not isinstance(report.pdu, MonitorEnded):
                self._monitors.stray(report.crossRef)
            return
        self._monitored(monitor, report, private)

    def _monitored(self, monitor: Monitor, report: EventReport, private: Any) -> None:
        monitor.reported = True
        for heard in monitor.heard:
            heard |= _subjects_of(report.pdu)
        if isinstance(report.pdu, MonitorEnded) and report.crossRef != monitor.crossRef:
            self._monitors.call_ended(report.crossRef)
            return
        names = _names_of_merge(self._model, report.pdu)
        folded = fold(self._model, report.pdu, private, monitor.device)
        if report.crossRef in monitor.calls and isinstance(report.pdu, CallCleared):
            self._follow_on(monitor, report.pdu.clearedCall.callID)
        if report.crossRef == monitor.crossRef and folded.call is not None:
            self._monitors.came_by(monitor, {folded.call.callID, *folded.call.formerly})
        if monitor.view is not None:
            # Its owners do not know yet what they missed, so what is the last call for them, their view tells.
            seen = fold(monitor.view, report.pdu, private, monitor.device)
            folded = replace(folded, idle=seen.idle)
        for note in folded.notes:
            log.info("%s", note, extra={"extension": monitor.device})
        self.tell(monitor, report.pdu, private, folded, names=names)
        if isinstance(report.pdu, MonitorEnded):
            self._live.lost(monitor.device)
            self._monitors.look_back(monitor, self._model)
            self._monitors.ended(monitor)

    def _follow_on(self, monitor: Monitor, callID: int) -> None:
        """A call that has a monitor of its own is over: where it became part of another one, that is followed."""
        result = self._model.call(callID)
        if result is None or result.callID in (callID, *monitor.calls.values()):
            return
        if result.parties:
            self._spawn(self._monitors.follow_call(monitor, result.parties[0].id))
        else:
            self._model.unwatch(result, monitor.device)

    def tell(
        self,
        monitor: Monitor,
        pdu: Any,
        private: Any,
        folded: Folded,
        *,
        synthetic: bool = False,
        names: frozenset[str] = frozenset(),
    ) -> None:
        """Tell the owners of a monitor what happened.

        synthetic: it was not reported, but must have happened while the link was down.
        names:     UCIDs of the calls that were joined.
        """
        fold_agent(monitor.agents, pdu)
        self.agents.fold(pdu)
        seeker = Seeker(self._userdata)
        scene = Scene(monitor.device, monitor.reference, int(self._clock.wall()), seeker, folded.call)
        _remember(monitor, scene, pdu, private, folded)
        portrait = as_text(self._known(monitor), monitor.device, monitor.agents) if self.journal.shared else ""
        event = derive(scene, pdu, private)
        if event is not None:
            ucid: str = folded.ucid or event.get("ucid", "")
            known = names | (folded.call.ucids if folded.call is not None else frozenset())
            publish = partial(self._publish, monitor, event, synthetic, portrait, ucid, known)
            if seeker.fault:
                event[FAULT] = seeker.fault
            if seeker.wanted is None:
                self._order.put(event, monitor.device, publish)
            else:
                self._hold(event, monitor.device, publish, seeker.wanted)
        if folded.idle and not monitor.via:
            event = idle(scene)
            self._order.put(event, monitor.device, partial(self._publish, monitor, event, synthetic, portrait))

    def _known(self, monitor: Monitor) -> CallModel:
        """What the owners of a monitor know, once they are told of this moment."""
        return monitor.view if monitor.view is not None else self._model

    def _hold(self, event: Event, device: str, publish: Callable[[], None], info: ATTUserToUserInfo) -> None:
        """Publish an event when its user data are there."""
        held = self._order.hold(event, device, publish)
        if held is not None:
            self._spawn(self._fill(held, event, info))

    async def _fill(self, held: Held, event: Event, info: ATTUserToUserInfo) -> None:
        try:
            found = await self._userdata.resolve(info)
            for key in CUSTDATA:
                if key in event:
                    event[key] = found.text or ""
            if found.fault:
                event[FAULT] = found.fault
                log.warning("user data of a call of %s: %s", event.get("ucid") or held.tags, found.fault)
        finally:
            self._order.release(held)

    def _publish(
        self,
        monitor: Monitor,
        event: Event,
        synthetic: bool,
        portrait: str,
        ucid: str = "",
        ucids: Collection[str] = (),
    ) -> None:
        """Have the journal number an event, keep it and give it back to be delivered.

        ucid: of the call it is about; ucids: all that the call has gone by.
        """
        several = tuple(sorted(ucids)) if len(ucids) > 1 else ()
        self.journal.publish(Draft(monitor.device, event, self._clock.wall(), synthetic, ucid, several, portrait))

    def _deliver(self, record: Record) -> None:
        """Queue an event for every owner of its monitor that wants it; of one about no device, for everybody."""
        self._meters.events[record.eventtype] += 1
        if not record.device:
            self._queue(record, record.text, self._everybody(record.eventtype))
            return
        monitor = self._monitors.get(record.device)
        if monitor is not None and monitor.owners:
            text = referring(record.text, monitor.reference) if self.journal.shared else record.text
            self._queue(record, text, list(monitor.owners.values()))

    def _queue(self, record: Record, text: str, subscriptions: Iterable[Subscription]) -> None:
        extension = record.eventtype not in _CONTRACT
        for subscription in subscriptions:
            subscriber = subscription.subscriber
            if subscriber is not None and subscription.wants(record.eventtype, extension):
                self._put(subscriber, text, record.eventid)

    def _put(self, subscriber: Subscriber, text: str, eventid: int) -> None:
        if not subscriber.put(text, eventid) and not subscriber.given_up:
            subscriber.given_up = True  # of what else comes at the same time it need not be told again
            if subscriber.overflowed:
                log.warning("%s reads too slowly: told so and closed", subscriber.name)
            self._monitors.leave(subscriber)

    def _link_changed(self, change: LinkChange) -> None:
        down = change.state is LinkState.DOWN
        level = logging.WARNING if down else logging.INFO
        why = f": {change.reason}" if change.reason else ""
        log.log(level, "the link to the switch is %s%s", change.state.value, why)
        if down:
            for monitor in self._monitors:
                self._live.lost(monitor.device)
                self._monitors.look_back(monitor, self._model)
                if not monitor.known:
                    # Nobody will tell the end of what only a VDN or split has shown: no snapshot shows it again.
                    self._model.forget_watcher(monitor.device)
            self._monitors.link_down()
            self._lists.abandon()
        # That the link of a new server comes up is no news to anybody: nothing was down.
        if down or self._told_down:
            self.tell_all("linkdown" if down else "linkup", change.reason)
        self._told_down = down
        if not down:
            self._monitors.link_up()

    def tell_all(self, eventtype: str, reason: str) -> None:
        """Tell everybody who wants it of something that is about no device."""
        event = server_event(eventtype, reason, int(self._clock.wall()))
        self._order.put_last(lambda: self.journal.publish(Draft("", event, self._clock.wall())))

    def _everybody(self, eventtype: str) -> list[Subscription]:
        """One subscription of each subscriber that wants an event about no device."""
        found: dict[Subscriber, Subscription] = {}
        for monitor in self._monitors:
            for subscription in monitor.owners.values():
                subscriber = subscription.subscriber
                if subscriber is not None and subscription.wants(eventtype, extension=True):
                    found[subscriber] = subscription
        return list(found.values())


def _subjects_of(pdu: Any) -> set[Subject]:
    """The calls that an event is about, and the station of an agent."""
    if isinstance(pdu, LoggedOn | LoggedOff):
        return {pdu.agentDevice.deviceID}
    found: set[Subject] = set()
    for one in fields(pdu):
        value = getattr(pdu, one.name)
        if isinstance(value, ConnectionID):
            found.add(value.callID)
        elif isinstance(value, tuple):
            found |= {entry.party.callID for entry in value if isinstance(entry, Connection)}
    return found


def _names_of_merge(model: CallModel, pdu: Any) -> frozenset[str]:
    """The UCIDs of the calls that a transfer or conference joins, before it is folded; () = it is none."""
    if not isinstance(pdu, Transferred | Conferenced):
        return frozenset()
    calls = (model.call(old.callID) for old in (pdu.primaryOldCall, pdu.secondaryOldCall))
    return frozenset(name for call in calls if call is not None for name in call.ucids)


def _remember(monitor: Monitor, scene: Scene, pdu: Any, private: Any, folded: Folded) -> None:
    """Keep what `userdata` with type alert or hangup will be asked for."""
    if isinstance(pdu, Delivered):
        info = getattr(private, "userInfo", NOTHING)
        original = getattr(private, "originalCallInfo", None)
        if not info.data and original is not None:
            info = original.userInfo
        monitor.alert = alert_data(replace(scene, resolve=_nothing), pdu, private), info
    elif isinstance(pdu, ConnectionCleared):
        data = {
            "callid": pdu.droppedConnection.callID,
            "releasing": device_of(pdu.releasingDevice, pdu.droppedConnection),
            "ucid": folded.ucid,
        }
        monitor.hangup = data, getattr(private, "userInfo", NOTHING)


def _nothing(_info: ATTUserToUserInfo) -> str:
    """For what shows no user data."""
    return ""
