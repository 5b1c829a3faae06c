"""Event -> model: what a reported event says of the calls.

The forgiving reader of the table in `moves`: a report may have been lost, so an impossible move is noted, for the log,
and the reported state adopted. A server has one monitor per device, and several of them report the same happening,
each from its own view (localConnectionInfo is the monitored device's state); folding a copy again changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ivrsvr.calls.merging import merged_parties
from ivrsvr.calls.model import NO_CODE, NO_USER_INFO, Call, CallModel, Connection, device_of
from ivrsvr.calls.moves import Trigger
from ivrsvr.calls.report import Note, Report, call_of, conclude, enter, gone, infer_party, leave_all, move, party_of
from ivrsvr.csta import events
from ivrsvr.csta.enums import (
    ATTDeliveredType,
    ATTReasonCode,
    ConnectionIDDevice,
    CSTAEventCause,
    DeviceIDStatus,
    LocalConnectionState,
)
from ivrsvr.csta.types import ConnectionID, ConnectionList, ExtendedDeviceID

State = LocalConnectionState

LEFT_BEHIND = frozenset({CSTAEventCause.EC_REDIRECTED, CSTAEventCause.EC_CALL_PICKUP})
"""Causes of a Delivered elsewhere after which the former device no longer rings; only its own monitor gets Diverted.
After coverage (EC_CALL_FORWARD_...) it may go on ringing on a kept bridged appearance."""

COVERED = frozenset(
    {
        CSTAEventCause.EC_CALL_FORWARD,
        CSTAEventCause.EC_CALL_FORWARD_ALWAYS,
        CSTAEventCause.EC_CALL_FORWARD_BUSY,
        CSTAEventCause.EC_CALL_FORWARD_NO_ANSWER,
    }
)

JOINED = frozenset({CSTAEventCause.EC_ACTIVE_MONITOR, CSTAEventCause.EC_SILENT_MONITOR})
"""Causes of the Established of a single-step conference: the call was up before."""

MERGED = frozenset({CSTAEventCause.EC_TRANSFER, CSTAEventCause.EC_CONFERENCE})
"""Causes of the CallCleared of a call id that has become part of another call."""


@dataclass(frozen=True, slots=True)
class Folded:
    """What an event came to.

    call:  the call that it was about, as it is now; None when it is over, unknown, or there was none.
    ucid:  of that call, also when it is over; "" when not known.
    idle:  with this event the monitored device lost its last call.
    notes: disagreements between model and report, for the log.
    """

    call: Call | None = None
    ucid: str = ""
    idle: bool = False
    notes: tuple[Note, ...] = ()


def fold(model: CallModel, event: Any, private: Any = None, monitored: str = "") -> Folded:
    """Fold an event into the model.

    event:     any PDU; one that is not about a call changes nothing.
    private:   its private data in the newest layout, or None.
    monitored: the device of the monitor that reported it (station, VDN, split); for a call monitor any text that
               is unique to it.
    """
    folder = FOLDERS.get(type(event))
    if folder is None:
        return Folded()
    model.happenings += 1
    report = Report(model, monitored, private, event.localConnectionInfo)
    folder(report, event)
    call = report.call
    live = call if call is not None and model.calls.get(call.callID) is call else None
    ucid = call.ucid if call is not None else report.ucid
    return Folded(live, ucid, report.idle, tuple(report.notes))


# ---- one function per event


def _service_initiated(report: Report, event: events.ServiceInitiated) -> None:
    call = report.model.calls.get(event.initiatedConnection.callID)
    if call is not None and not (report.ucid and report.ucid in call.ucids):
        own = call.connection(event.initiatedConnection.deviceID)
        if report.ucid or own is None or own.state is not State.CS_INITIATE:
            # It is the first event of a call: the id has been given to another one.
            report.model.close(call)
    move(report, event.initiatedConnection, Trigger.INITIATE)
    conclude(report)


def _originated(report: Report, event: events.Originated) -> None:
    call = move(report, event.originatedConnection, Trigger.ORIGINATE)
    if call is not None:
        call.callingDevice, call.calledDevice = event.callingDevice, event.calledDevice
        call.dialled = event.calledDevice.deviceID
        _learn_private(report, call)
    conclude(report)


def _delivered(report: Report, event: events.Delivered) -> None:
    if _is_domain(report, event):
        call = call_of(report, event.connection.callID, opens=True)
    else:
        call = move(report, event.connection, Trigger.DELIVER, event.alertingDevice, opens=True)
    if call is not None:
        _learn_devices(report, call, event)
        infer_party(report, call, event.callingDevice, event.connection)
        if not _is_domain(report, event):
            _leave_queue(report, call)
            _redirected(report, call, event)
    conclude(report)


def _established(report: Report, event: events.Established) -> None:
    answered = event.establishedConnection
    known = report.model.connection(answered.callID, answered.deviceID)
    call = move(report, answered, Trigger.ESTABLISH, event.answeringDevice)
    if call is not None:
        _learn_devices(report, call, event)
        # Who enters a call at a bridged appearance did not ring before.
        joined = event.cause in JOINED or (event.cause is CSTAEventCause.EC_KEY_CONFERENCE and known is None)
        first_report = not call.others(answered.deviceID)
        infer_party(report, call, event.callingDevice, answered)
        if joined and first_report:
            infer_party(report, call, event.calledDevice, answered, at_most=2)
        elif not joined and known is None:
            _leave_queue(report, call)
        if not joined:
            _answered(report, call, event)
    conclude(report)


def _held(report: Report, event: events.Held) -> None:
    move(report, event.heldConnection, Trigger.HOLD, event.holdingDevice)
    conclude(report)


def _retrieved(report: Report, event: events.Retrieved) -> None:
    move(report, event.retrievedConnection, Trigger.RETRIEVE, event.retrievingDevice)
    conclude(report)


def _queued(report: Report, event: events.Queued) -> None:
    call = move(report, event.queuedConnection, Trigger.QUEUE, event.queueingDevice, opens=True)
    if call is not None:
        _learn_devices(report, call, event)
        infer_party(report, call, event.callingDevice, event.queuedConnection)
        _redirected(report, call, event)
    conclude(report)


def _failed(report: Report, event: events.Failed) -> None:
    failed = event.failedConnection
    call = call_of(report, failed.callID)
    if call is not None:
        party = call.connection(failed.deviceID)
        outside = failed.devIDType == ConnectionIDDevice.DYNAMIC_ID and (
            party is None or party.device != report.monitored
        )
        if outside and (party is None or party.state not in (State.CS_CONNECT, State.CS_HOLD)):
            # The network cleared: the outside party is gone, whoever called it stays and hears a tone.
            if party is not None:
                report.model.leave(call, party)
        else:
            # The caller hears a tone, and waits in no queue. One from outside is where it was.
            leave_all(report, call, (one for one in call.parties if one.state is State.CS_QUEUED))
            if not outside and party is not None and party.device not in (report.monitored, *call.watchers):
                enter(report, party, Trigger.FAIL)
        # A busy station that was called is named too, but it is no party. What the tone makes of the monitored
        # device's own state, switches tell differently: its local state counts.
    conclude(report, also=Trigger.FAIL)


def _network_reached(report: Report, event: events.NetworkReached) -> None:
    # Without a called device the trunk is not ISDN: no Delivered and no Established will follow.
    # Source: ASAI Technical Reference 3-53, A-60.
    known = event.calledDevice.deviceIDStatus == DeviceIDStatus.ID_PROVIDED
    call = call_of(report, event.connection.callID)
    if call is not None:
        connection = party_of(report, call, event.connection, Trigger.INITIATE, event.trunkUsed)
        if connection.state in (State.CS_NULL, State.CS_NONE):
            enter(report, connection, Trigger.INITIATE if known else Trigger.ESTABLISH)
        _learn_outside(report, call, connection, event.calledDevice)
    conclude(report)


def _connection_cleared(report: Report, event: events.ConnectionCleared) -> None:
    _left_unsaid(report, event.droppedConnection.callID, event.droppedConnection.deviceID)
    gone(report, event.droppedConnection, Trigger.CLEAR)
    conclude(report)


def _diverted(report: Report, event: events.Diverted) -> None:
    # It is so as well where the call left the monitored VDN or split for another one that is monitored too.
    _left_unsaid(report, event.connection.callID, event.divertingDevice.deviceID)
    gone(report, event.connection, Trigger.DIVERT)
    conclude(report)


def _call_cleared(report: Report, event: events.CallCleared) -> None:
    model = report.model
    call = report.call = model.call(event.clearedCall.callID)
    if call is None:
        return
    if call.callID != event.clearedCall.callID:
        return  # it is a part of another call by now, which its monitor goes on to report
    if event.cause not in MERGED:
        for connection in list(call.parties):
            model.leave(call, connection)
    # Station monitors still report their own ends, so the call is kept for them until then.
    model.unwatch(call, report.monitored)


def _conferenced(report: Report, event: events.Conferenced) -> None:
    _merge(report, event.primaryOldCall, event.secondaryOldCall, event.conferenceConnections)


def _transferred(report: Report, event: events.Transferred) -> None:
    if all(device_of(one.party.deviceID) != report.monitored for one in event.transferredConnections):
        _left_unsaid(report, event.secondaryOldCall.callID, event.transferringDevice.deviceID)
    _merge(report, event.primaryOldCall, event.secondaryOldCall, event.transferredConnections)


FOLDERS: dict[type, Callable[[Report, Any], None]] = {
    events.CallCleared: _call_cleared,
    events.Conferenced: _conferenced,
    events.ConnectionCleared: _connection_cleared,
    events.Delivered: _delivered,
    events.Diverted: _diverted,
    events.Established: _established,
    events.Failed: _failed,
    events.Held: _held,
    events.NetworkReached: _network_reached,
    events.Originated: _originated,
    events.Queued: _queued,
    events.Retrieved: _retrieved,
    events.ServiceInitiated: _service_initiated,
    events.Transferred: _transferred,
}
"""Every call event and its folding."""


def _left_unsaid(report: Report, callID: int, device: str) -> None:
    """Who is told that it has left a call itself is no longer on it, also where no local state says so.

    Real clients bear with servers that give none (CS_NONE). A device that is on the call once more stays.
    """
    if report.local is State.CS_NONE and device_of(device) == report.monitored:
        call = report.model.calls.get(callID)
        if call is None or all(one.device != report.monitored or one.deviceID == device for one in call.parties):
            report.local = State.CS_NULL


# ---- what a Delivered, an Established or a Queued tells besides


def _is_domain(report: Report, event: events.Delivered) -> bool:
    """Whether the call was offered to a VDN or split, which is never a party."""
    if report.private is not None:
        return bool(report.fact("deliveredType") == ATTDeliveredType.DELIVERED_TO_ACD)
    return report.local is State.CS_NONE and event.alertingDevice.deviceID == report.monitored


def _learn_devices(report: Report, call: Call, event: events.Delivered | events.Established | events.Queued) -> None:
    call.callingDevice, call.calledDevice = event.callingDevice, event.calledDevice
    call.lastRedirectionDevice = event.lastRedirectionDevice
    _learn_private(report, call)
    connection_id = event.connection if isinstance(event, events.Delivered) else None
    if isinstance(event, events.Established):
        connection_id = event.establishedConnection
    subject = call.connection(connection_id.deviceID) if connection_id is not None else None
    if subject is not None and subject.devIDType == ConnectionIDDevice.DYNAMIC_ID:
        _learn_outside(report, call, subject, event.calledDevice)


def _learn_private(report: Report, call: Call) -> None:
    call.trunkGroup = report.fact("trunkGroup") or call.trunkGroup
    call.trunkMember = report.fact("trunkMember") or call.trunkMember
    call.split = report.fact("split") or call.split
    for name, empty in (("userInfo", NO_USER_INFO), ("userEnteredCode", NO_CODE)):
        value = report.fact(name)
        if value and value != empty:
            setattr(call, name, value)
    call.originalCallInfo = report.fact("originalCallInfo") or call.originalCallInfo


def _learn_outside(report: Report, call: Call, connection: Connection, called: ExtendedDeviceID) -> None:
    """The number under which people know an outside party that was called: the network's, and the one dialled."""
    if not connection.deviceID.startswith("T") or connection.names:
        return
    for name in (called.deviceID, call.dialled):
        if name != connection.deviceID:
            connection.learn_name(name)
    connection.trunkGroup = report.fact("trunkGroup") or connection.trunkGroup
    connection.trunkMember = report.fact("trunkMember") or connection.trunkMember


def _leave_queue(report: Report, call: Call) -> None:
    """A call that reaches somebody leaves its queues silently; one to which a voice port only plays meanwhile leaves
    the port's queue alone."""
    queued = [one for one in call.parties if one.state is State.CS_QUEUED]
    if report.fact("reason") == ATTReasonCode.AR_IN_QUEUE:
        queued = [one for one in queued if one.device == report.fact("split")]
    leave_all(report, call, queued)


def _redirected(report: Report, call: Call, event: events.Delivered | events.Queued) -> None:
    """The call came here from another device; other monitors than that device's own are told by this event alone."""
    left = event.lastRedirectionDevice.deviceID
    here = call.connection(event.connection.deviceID) if isinstance(event, events.Delivered) else None
    former = next(
        (one for one in call.parties if one.device == left and one.state is State.CS_ALERTING and one is not here), None
    )
    if event.cause in LEFT_BEHIND and former is not None:
        leave_all(report, call, [former])
    elif event.cause in COVERED and here is not None and here.device != left:
        here.principal = (former.principal if former is not None else "") or left


def _answered(report: Report, call: Call, event: events.Established) -> None:
    """Where the call rang besides (kept bridged appearance, coverage point, pickup group) it rings no longer."""
    here = call.connection(event.establishedConnection.deviceID)
    chain = {event.lastRedirectionDevice.deviceID, event.establishedConnection.deviceID}
    if here is not None:
        chain.add(here.principal)
    chain.discard("")
    left = [
        one
        for one in call.parties
        if one is not here
        and one.state is State.CS_ALERTING
        and (one.device in chain or one.principal in chain)
        # The monitor of a coverage point tells itself when it stops; a principal's tells nothing.
        and (one.device == event.lastRedirectionDevice.deviceID or not (one.principal and one.device in call.watchers))
    ]
    leave_all(report, call, left)


# ---- transfer and conference


def _merge(report: Report, primary: ConnectionID, secondary: ConnectionID, connections: ConnectionList) -> None:
    """Two calls became one. Which id survives "usually" is secondaryOldCall's; the connection list tells for sure."""
    model = report.model
    result_id = connections[0].party.callID if connections else secondary.callID
    old = [
        call
        for callID in dict.fromkeys((primary.callID, secondary.callID))
        if callID != result_id and (call := model.calls.get(callID)) is not None
    ]
    result = model.calls.get(result_id)
    if result is None:
        if report.local is State.CS_NULL and not old:
            return
        result = model.open(result_id)
    parties = merged_parties(
        result,
        old,
        connections,
        report.fact("trunkList") or (),
        ended=(primary, secondary),
        now=model.happenings,
    )
    listed = {party.deviceID for party in parties}
    # A queue in which the call waits is no party that the list would name.
    queues = [
        one
        for call in (result, *old)
        for one in call.parties
        if one.state is State.CS_QUEUED and one.deviceID not in listed
    ]
    leave_all(report, result, result.parties)
    for call in old:
        model.merge(call, result)
    for connection in (*parties, *queues):
        model.join(result, connection)
    model.rename(result, report.ucid)
    result.originalCallInfo = report.fact("originalCallInfo") or result.originalCallInfo
    report.call = result
    own = [one for one in result.parties if one.device == report.monitored]
    told = report.local not in (State.CS_NONE, State.CS_NULL)
    if own and told and all(one.state != report.local for one in own):
        # The controller's held connection becomes active in the merge: no move of the table.
        own[0].state, own[0].since = report.local, model.happenings
    conclude(report)
