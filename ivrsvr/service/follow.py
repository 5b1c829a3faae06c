"""Snapshots of a device for the call model: at a monitor's start, and after a loss of the link."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from ivrsvr.backends.base import Pdu
from ivrsvr.calls.fold import Folded, fold
from ivrsvr.calls.model import Call, CallModel
from ivrsvr.calls.portrait import read
from ivrsvr.calls.reconcile import Seen, adopt, changed, ended, private_of, reconcile
from ivrsvr.csta.enums import LocalConnectionState
from ivrsvr.csta.errors import AcsFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.events import LoggedOff
from ivrsvr.csta.types import ConnectionID, CSTASnapshotCallData
from ivrsvr.registry import RequestError
from ivrsvr.service.feed import Feed
from ivrsvr.service.journal import Book, Lead, Settled
from ivrsvr.service.line import Line
from ivrsvr.service.live import Live
from ivrsvr.service.monitors import WRONG_KIND, Monitor, Monitors, Subject
from ivrsvr.service.series import AgentLists
from ivrsvr.service.staff import as_reported, fold_agent, seats_of, turnover

log = logging.getLogger(__name__)

Found = TypeVar("Found")


async def see(line: Line, monitor: Monitor) -> Seen | None:
    """What a monitored device has now; None = it is not of the kind that has calls.

    Raises as `Line.ask`.
    """
    try:
        calls = await line.calls_at(monitor.device)
    except CstaFailure as failure:
        if failure.error in WRONG_KIND:
            return None
        raise
    parties: dict[int, CSTASnapshotCallData] = {}
    ucids: dict[int, str] = {}
    for entry in calls:
        if not entry.localCallState or entry.localCallState[0] is LocalConnectionState.CS_NULL:
            continue
        connection = entry.callIdentifier
        try:
            parties[connection.callID] = await line.parties_on(connection)
        except CstaFailure as failure:
            if monitor.matters(failure):
                raise
            continue  # the call ended meanwhile, and its monitor tells so
        ucids[connection.callID] = await line.ucid(connection)
    return Seen(monitor.device, tuple(calls), parties, ucids)


LOOKS_MOST = 10
"""Snapshots that may be overtaken by reports in a row; then the reports hold, of whatever they are about."""


async def settled(
    monitor: Monitor,
    line: Line,
    look: Callable[[], Awaitable[Found]],
    *,
    told: Callable[[], Awaitable[None]] | None = None,
    about: Subject | None = None,
) -> tuple[Found, frozenset[Subject]]:
    """What a look at a device gives that is no further than the reports; what was reported while it was taken.

    Of what was reported the look may show what was before: there the reports hold. Mostly it is nothing, since the
    look is taken again where a report has overtaken it.

    told:  waits until what was reported is told as well; nothing suspends after it.
    about: a report of something else doesn't matter; None = every report does.

    Raises as the look does.
    """
    for _ in range(LOOKS_MOST):
        heard: set[Subject] = set()
        monitor.heard.append(heard)
        try:
            found = await look()
            await line.backend.caught_up()
            if told is not None:
                await told()
        finally:
            monitor.heard = [one for one in monitor.heard if one is not heard]
        if not heard or (about is not None and about not in heard):
            break
    return found, frozenset(heard)


async def _see_now(monitor: Monitor, line: Line) -> Seen | None:
    """What a device has now: of calls that are reported again and again meanwhile, what the reports say holds.

    Raises as `Line.ask`.
    """
    seen, reported = await settled(monitor, line, partial(see, line, monitor))
    return seen if seen is None else replace(seen, reported=reported)


async def follow(
    monitor: Monitor,
    *,
    line: Line,
    lists: AgentLists,
    monitors: Monitors,
    model: CallModel,
    live: Live,
    feed: Feed,
    tell_gap: Callable[[Monitor], Awaitable[None]],
) -> None:
    """Make the model know a device's calls; where its owners knew them before, tell what must have happened meanwhile.

    Where several servers share a journal, first find out which of them tells of the device. tell_gap: tells the owners
    that something may be missing, and what the device has now.

    Raises as `Line.ask`.
    """
    journal = feed.journal
    while True:
        lead = await journal.claim(monitor.device)
        try:
            # Others are relieved only after a question to the switch: what they had seen before it has come by then.
            look = journal.shared or not monitor.via
            seen = await _see_now(monitor, line) if look else None
            if monitor.crossRef is None:
                return
            _know(monitor, lead, model, current=journal.settle(monitor.device, lead))
        except Settled:
            continue
        except (CstaFailure, AcsFailure, RequestError):
            _without_a_look(monitor, lead, journal)
            raise
        break
    if monitor.via:
        await _follow_via(monitor, line, monitors, model, feed, tell=lead.granted)
    elif seen is None:
        await _follow_split(monitor, line, lists, feed, tell=lead.granted)
    else:
        _tell_meanwhile(monitor, seen, feed)
        if not journal.certain(monitor.device):
            adopt(model, seen)
        monitor.known = True
        live.seeded(monitor.device)
    journal.seeded(monitor.device)
    if lead.gap:
        await tell_gap(monitor)


def _without_a_look(monitor: Monitor, lead: Lead, journal: Book) -> None:
    """The switch does not show what a device has: what happens there is told all the same."""
    try:
        journal.settle(monitor.device, lead)
    except Settled:
        journal.again(monitor.device)


def _tell_meanwhile(monitor: Monitor, seen: Seen, feed: Feed) -> None:
    try:
        if monitor.view is not None:
            for pdu, folded in reconcile(monitor.view, seen):
                feed.tell(monitor, pdu, private_of(pdu, seen), folded, synthetic=True)
    finally:
        monitor.view = None


def _know(monitor: Monitor, lead: Lead, model: CallModel, *, current: bool) -> None:
    """Have a monitor know what its owners know. current: they know what this server knows."""
    if not lead.granted:
        if not monitor.via:
            monitor.view = None  # another server tells them
    elif lead.known is not None:
        monitor.view = None
        if not current:
            try:
                view, monitor.agents = read(lead.known, monitor.device)
            except ValueError as error:
                log.error("what %s had by the journal cannot be read: %s", monitor.device, error)
            else:
                away = {callID for callID, reported in monitor.away.items() if not reported}
                monitor.look_from(view, {call.callID for call in model.watched_by(monitor.device)} - away)
                monitor.known = True


async def _follow_split(monitor: Monitor, line: Line, lists: AgentLists, feed: Feed, *, tell: bool) -> None:
    """The agents of a split: who has logged in or out meanwhile is told of. Its calls are told by those who answer.

    tell: otherwise another server tells.
    """
    monitor.view = None
    try:
        looked, reported = await settled(monitor, line, partial(seats_of, line, lists, monitor.device))
    except CstaFailure as failure:
        if failure.error is CSTAUniversalFailure.INVALID_FEATURE:
            return  # there is no such list, nor will there be on this stream: log-ins are known as they are reported
        raise
    if monitor.crossRef is None:
        return
    seats = as_reported(looked, monitor.agents, reported)
    for station in seats:
        feed.agents.came(station)
    for pdu, private in turnover(monitor.agents, seats, monitor.device):
        if tell and (monitor.known or isinstance(pdu, LoggedOff)):
            feed.tell(monitor, pdu, private, Folded(), synthetic=True)
        else:
            fold_agent(monitor.agents, pdu)
    monitor.known = True


async def _follow_via(
    monitor: Monitor, line: Line, monitors: Monitors, model: CallModel, feed: Feed, *, tell: bool
) -> None:
    """The calls that came by a VDN or split: what has become of them meanwhile is told of.

    A new monitor there reports only calls that come from now on. So the others get monitors of their own, and are
    looked at when these run: what happens from then on is reported.

    tell: otherwise another server tells.
    """
    view, cross_ref = monitor.view, monitor.crossRef
    if view is not None:
        for callID in sorted(monitor.away):
            call = view.calls.get(callID)
            if call is None:
                continue  # its end has been reported
            told = await _missed(monitor, call, line, monitors)
            if monitor.crossRef != cross_ref:
                return  # lost again: whoever has it back looks anew
            if told is None:
                told = ended(call)
                known = model.calls.get(callID)
                if known is not None and monitor.device in known.watchers:
                    model.unwatch(known, monitor.device)
            else:
                for pdu in told:
                    fold(model, pdu, None, monitor.device)
            for pdu in told:
                folded = fold(view, pdu, None, monitor.device)
                if tell:
                    feed.tell(monitor, pdu, None, folded, synthetic=True)
    monitor.view = None
    monitor.away.clear()
    monitor.known = True


async def _missed(monitor: Monitor, call: Call, line: Line, monitors: Monitors) -> list[Pdu] | None:
    """Have a call reported; what nobody has reported of it. None = it is there no more, or another has its id.

    Raises as `Line.ask`.
    """
    connection = _connection_of(call)
    ucid = await line.ucid(connection)
    if ucid and call.ucids and ucid not in call.ucids:
        return None
    if not monitor.away.get(call.callID) and not await monitors.follow_call(monitor, connection):
        return None
    if monitor.away.get(call.callID):
        monitors.unfollow(monitor, {call.callID})  # it came by again meanwhile
    try:
        look = partial(line.parties_on, connection)
        listed, _ = await settled(monitor, line, look, about=call.callID)
    except CstaFailure as failure:
        if monitor.matters(failure):
            raise
        return []  # it has just ended, and its monitor tells so
    known = monitor.view is not None and monitor.view.calls.get(call.callID) is call
    return changed(call, listed) if known else []  # otherwise its end has been reported


def _connection_of(call: Call) -> ConnectionID:
    return call.parties[0].id if call.parties else ConnectionID(call.callID)
