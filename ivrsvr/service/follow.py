"""Snapshots of a device for the call model: at a monitor's start, and after a loss of the link."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from ivrsvr.calls.fold import Folded, fold
from ivrsvr.calls.model import Call, CallModel
from ivrsvr.calls.reconcile import Seen, adopt, changed, ended, private_of, reconcile
from ivrsvr.csta.enums import LocalConnectionState
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.events import LoggedOff
from ivrsvr.csta.private.query import ATTQueryUcid, ATTQueryUcidConf
from ivrsvr.csta.types import ConnectionID, CSTASnapshotCallData
from ivrsvr.registry import RequestError
from ivrsvr.service.feed import Feed
from ivrsvr.service.line import Line
from ivrsvr.service.live import Live
from ivrsvr.service.monitors import Monitor, Monitors
from ivrsvr.service.series import AgentLists
from ivrsvr.service.staff import fold_agent, seats_of, turnover

Found = TypeVar("Found")

NOT_A_STATION = frozenset(
    {CSTAUniversalFailure.INVALID_CSTA_DEVICE_IDENTIFIER, CSTAUniversalFailure.REQUEST_INCOMPATIBLE_WITH_OBJECT}
)
"""What a device snapshot of a split gives: it is no party of calls."""


async def see(line: Line, device: str) -> Seen | None:
    """What a device has now; None = it is not of the kind that has calls.

    Raises as `Line.ask`.
    """
    try:
        calls = await line.calls_at(device)
    except CstaFailure as failure:
        if failure.error in NOT_A_STATION:
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
        except CstaFailure:
            continue  # the call ended meanwhile, and its monitor tells so
        ucids[connection.callID] = await _ucid(line, connection)
    return Seen(device, tuple(calls), parties, ucids)


async def _ucid(line: Line, connection: ConnectionID) -> str:
    """The UCID of a call; "" where the link has no private data, or the call has ended. Raises as `Line.ask`."""
    try:
        return (await line.escape(ATTQueryUcid(call=connection), ATTQueryUcidConf)).ucid
    except (CstaFailure, RequestError):
        return ""


LOOKS_MOST = 10
"""Snapshots that may be overtaken by reports in a row; a device is hardly that busy within milliseconds each."""


async def settled(monitor: Monitor, look: Callable[[], Awaitable[Found]]) -> Found:
    """What a look at a device gives that no report has overtaken: otherwise it may show what was before the report.

    Raises as the look does.
    """
    for _ in range(LOOKS_MOST):
        reports = monitor.reports
        found = await look()
        if monitor.reports == reports:
            break
    return found


async def follow(
    monitor: Monitor, *, line: Line, lists: AgentLists, monitors: Monitors, model: CallModel, live: Live, feed: Feed
) -> None:
    """Make the model know a device's calls; where its owners knew them before, tell what must have happened meanwhile.

    Raises as `Line.ask`.
    """
    if monitor.via:
        await _follow_via(monitor, line, monitors, model, feed)
        return
    seen = await settled(monitor, partial(see, line, monitor.device))
    if seen is None:
        await _follow_split(monitor, line, lists, feed)
        return
    if monitor.crossRef is None:
        return
    view, monitor.view = monitor.view, None
    if view is not None:
        for pdu, folded in reconcile(view, seen):
            feed.tell(monitor, pdu, private_of(pdu, seen), folded, synthetic=True)
    adopt(model, seen)
    monitor.known = True
    live.seeded(monitor.device)


async def _follow_split(monitor: Monitor, line: Line, lists: AgentLists, feed: Feed) -> None:
    """The agents of a split: who has logged in or out meanwhile is told of. Its calls are told by those who answer."""
    monitor.view = None
    seats = await settled(monitor, partial(seats_of, line, lists, monitor.device))
    if monitor.crossRef is None:
        return
    for pdu, private in turnover(monitor.agents, seats, monitor.device):
        if monitor.known or isinstance(pdu, LoggedOff):
            feed.tell(monitor, pdu, private, Folded(), synthetic=True)
        else:
            fold_agent(monitor.agents, pdu)
    monitor.known = True


async def _follow_via(monitor: Monitor, line: Line, monitors: Monitors, model: CallModel, feed: Feed) -> None:
    """The calls that came by a VDN or split: those that have ended meanwhile are told of.

    A new monitor there reports only calls that come from now on. So the others get monitors of their own.
    """
    view, monitor.view = monitor.view, None
    if view is not None:
        for call in view.watched_by(monitor.device):
            listed = await _parties_of(line, call)
            if listed is not None and await monitors.follow_call(monitor, _connection_of(call)):
                told = changed(call, listed)
            else:
                told = ended(call)
                known = model.calls.get(call.callID)
                if known is not None and monitor.device in known.watchers:
                    model.unwatch(known, monitor.device)
            for pdu in told:
                feed.tell(monitor, pdu, None, fold(view, pdu, None, monitor.device), synthetic=True)
    monitor.known = True


def _connection_of(call: Call) -> ConnectionID:
    return call.parties[0].id if call.parties else ConnectionID(call.callID)


async def _parties_of(line: Line, call: Call) -> CSTASnapshotCallData | None:
    """Who is on a call; None = it is there no more, or another has its id. Raises as `Line.ask`."""
    connection = _connection_of(call)
    try:
        listed = await line.parties_on(connection)
    except CstaFailure:
        return None
    ucid = await _ucid(line, connection)
    return listed if not ucid or not call.ucids or ucid in call.ucids else None
