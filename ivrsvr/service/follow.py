"""Snapshots of a device for the call model: at a monitor's start, and after a loss of the link."""

from ivrsvr.calls.model import CallModel
from ivrsvr.calls.reconcile import Seen, adopt, private_of, reconcile
from ivrsvr.csta.enums import LocalConnectionState
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.private.query import ATTQueryUcid, ATTQueryUcidConf
from ivrsvr.csta.types import ConnectionID, CSTASnapshotCallData
from ivrsvr.registry import RequestError
from ivrsvr.service.feed import Feed
from ivrsvr.service.line import Line
from ivrsvr.service.live import Live
from ivrsvr.service.monitors import Monitor

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


async def follow(monitor: Monitor, *, line: Line, model: CallModel, live: Live, feed: Feed) -> None:
    """Make the model know a device's calls; where it did before, tell what must have happened meanwhile.

    Raises as `Line.ask`.
    """
    if monitor.via:
        return
    seen = await see(line, monitor.device)
    if seen is None or monitor.crossRef is None:
        return
    if monitor.known:
        for pdu, folded in reconcile(model, seen):
            feed.tell(monitor, pdu, private_of(pdu, seen), folded, synthetic=True)
    else:
        adopt(model, seen)
    monitor.known = True
    live.seeded(monitor.device)
