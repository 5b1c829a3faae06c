# ruff: noqa: N803, N815 - the names of TSAPI: callID, deviceID
"""Event -> model: what a reported event says of the calls.

The forgiving reader of the table in `moves`: a report may have been lost, so an impossible move is noted, for the log,
and the reported state adopted. A server has one monitor per device, and several of them report the same happening,
each from its own view (localConnectionInfo is the monitored device's state); folding a copy again changes nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ivrsvr.calls.merging import merged_parties
from ivrsvr.calls.model import Call, CallModel, Connection
from ivrsvr.calls.moves import LEADS_TO, Trigger, is_legal
from ivrsvr.csta import events
from ivrsvr.csta.enums import (
    ATTDeliveredType,
    ATTReasonCode,
    ConnectionIDDevice,
    CSTAEventCause,
    DeviceIDStatus,
    LocalConnectionState,
)
from ivrsvr.csta.private.structures import ATTUserEnteredCode, ATTUserToUserInfo
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


@dataclass(frozen=True, slots=True)
class Note:
    """A report that the table has no move for; the reported state was adopted.

    trigger: None when only the local state of the monitored device disagreed.
    """

    callID: int
    device: str
    had: State
    trigger: Trigger | None
    adopted: State

    def __str__(self) -> str:
        what = "was reported otherwise" if self.trigger is None else f"cannot {self.trigger.value}"
        return f"call {self.callID}: {self.device} in {self.had.name} {what}; {self.adopted.name} adopted"


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


@dataclass(slots=True)
class _Report:
    """One report while it is being folded."""

    model: CallModel
    monitored: str
    private: Any
    local: State
    call: Call | None = None
    idle: bool = False
    notes: list[Note] = field(default_factory=list)

    def fact(self, name: str) -> Any:
        """A field of the private data; "" without it (the stream may have no private data at all)."""
        return getattr(self.private, name, "")

    @property
    def ucid(self) -> str:
        return str(self.fact("ucid"))


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
    report = _Report(model, monitored, private, event.localConnectionInfo)
    folder(report, event)
    call = report.call
    live = call if call is not None and model.calls.get(call.callID) is call else None
    return Folded(live, call.ucid if call is not None else report.ucid, report.idle, tuple(report.notes))


# ---- one function per event


def _service_initiated(report: _Report, event: events.ServiceInitiated) -> None:
    call = report.model.calls.get(event.initiatedConnection.callID)
    if call is not None and not (report.ucid and report.ucid in call.ucids):
        own = call.connection(event.initiatedConnection.deviceID)
        if report.ucid or own is None or own.state is not State.CS_INITIATE:
            # It is the first event of a call: the id has been given to another one.
            report.model.close(call)
    _move(report, event.initiatedConnection, Trigger.INITIATE)
    _conclude(report)


def _originated(report: _Report, event: events.Originated) -> None:
    call = _move(report, event.originatedConnection, Trigger.ORIGINATE)
    if call is not None:
        call.callingDevice, call.calledDevice = event.callingDevice, event.calledDevice
        call.dialled = event.calledDevice.deviceID
        _learn_private(report, call)
    _conclude(report)


def _delivered(report: _Report, event: events.Delivered) -> None:
    if _is_domain(report, event):
        call = _call(report, event.connection.callID, opens=True)
    else:
        call = _move(report, event.connection, Trigger.DELIVER, event.alertingDevice, opens=True)
    if call is not None:
        _learn_devices(report, call, event)
        if not _is_domain(report, event):
            _infer_party(report, call, event.callingDevice, event.connection)
            _leave_queue(report, call)
            _redirected(report, call, event)
    _conclude(report)


def _established(report: _Report, event: events.Established) -> None:
    call = _move(report, event.establishedConnection, Trigger.ESTABLISH, event.answeringDevice)
    if call is not None:
        _learn_devices(report, call, event)
        _infer_party(report, call, event.callingDevice, event.establishedConnection)
        if event.cause in JOINED:
            _infer_party(report, call, event.calledDevice, event.establishedConnection, at_most=2)
        _leave_queue(report, call)
        _answered(report, call, event)
    _conclude(report)


def _held(report: _Report, event: events.Held) -> None:
    _move(report, event.heldConnection, Trigger.HOLD, event.holdingDevice)
    _conclude(report)


def _retrieved(report: _Report, event: events.Retrieved) -> None:
    _move(report, event.retrievedConnection, Trigger.RETRIEVE, event.retrievingDevice)
    _conclude(report)


def _queued(report: _Report, event: events.Queued) -> None:
    call = _move(report, event.queuedConnection, Trigger.QUEUE, event.queueingDevice, opens=True)
    if call is not None:
        _learn_devices(report, call, event)
        _infer_party(report, call, event.callingDevice, event.queuedConnection)
        _redirected(report, call, event)
    _conclude(report)


def _failed(report: _Report, event: events.Failed) -> None:
    call = _call(report, event.failedConnection.callID)
    if call is not None and (
        event.failedConnection.deviceID == report.monitored or call.connection(event.failedConnection.deviceID)
    ):
        # A busy station that was called is named, but it is no party and has a call of its own.
        _move(report, event.failedConnection, Trigger.FAIL, event.failingDevice)
    _conclude(report, also=Trigger.FAIL)


def _network_reached(report: _Report, event: events.NetworkReached) -> None:
    # Without a called device the trunk is not ISDN: no Delivered and no Established will follow.
    # Source: ASAI Technical Reference 3-53, A-60.
    known = event.calledDevice.deviceIDStatus == DeviceIDStatus.ID_PROVIDED
    call = _call(report, event.connection.callID)
    if call is not None:
        connection = _party(report, call, event.connection, Trigger.INITIATE, event.trunkUsed)
        if connection.state in (State.CS_NULL, State.CS_NONE):
            _enter(report, connection, Trigger.INITIATE if known else Trigger.ESTABLISH)
        _learn_outside(report, call, connection, event.calledDevice)
    _conclude(report)


def _connection_cleared(report: _Report, event: events.ConnectionCleared) -> None:
    _gone(report, event.droppedConnection, Trigger.CLEAR)
    _conclude(report)


def _diverted(report: _Report, event: events.Diverted) -> None:
    call = _gone(report, event.connection, Trigger.DIVERT)
    if call is not None and report.local is State.CS_NONE and event.divertingDevice.deviceID == report.monitored:
        # The call left the monitored VDN or split for another one that is monitored as well.
        report.model.unwatch(call, report.monitored)
        return
    _conclude(report)


def _call_cleared(report: _Report, event: events.CallCleared) -> None:
    model = report.model
    call = report.call = model.call(event.clearedCall.callID)
    if call is None:
        return
    if call.callID == event.clearedCall.callID and event.cause != CSTAEventCause.EC_TRANSFER:
        for connection in list(call.parties):
            model.leave(call, connection)
    # Station monitors still report their own ends, so the call is kept for them until then.
    model.unwatch(call, report.monitored)


def _conferenced(report: _Report, event: events.Conferenced) -> None:
    _merge(report, event.primaryOldCall, event.secondaryOldCall, event.conferenceConnections)


def _transferred(report: _Report, event: events.Transferred) -> None:
    _merge(report, event.primaryOldCall, event.secondaryOldCall, event.transferredConnections)


FOLDERS: dict[type, Callable[[_Report, Any], None]] = {
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


# ---- finding the call and the party


def _call(report: _Report, callID: int, *, opens: bool = False) -> Call | None:
    """The call of an event, opened when it is new; None when the event tells nothing of a live call.

    opens: the event can be the first of a call at a device, so an id that ended by a merge is in use again.
    """
    model = report.model
    call = model.calls.get(callID)
    if call is not None and report.ucid and call.ucids and report.ucid not in call.ucids:
        # "A client that sees the same callID with another UCID treats it as a new call."
        model.close(call)
        call = None
    if call is None:
        merged = model.call(callID)
        late = merged is not None and not opens
        if late or report.local is State.CS_NULL:
            return None
        call = model.open(callID, report.ucid)
    elif report.ucid != call.ucid:
        model.rename(call, report.ucid)
    report.call = call
    return call


def _move(
    report: _Report,
    connection_id: ConnectionID,
    trigger: Trigger,
    device: ExtendedDeviceID | None = None,
    *,
    opens: bool = False,
) -> Call | None:
    """Move the party that an event is about; returns its call."""
    opens = opens or trigger in (Trigger.INITIATE, Trigger.ORIGINATE, Trigger.ESTABLISH)
    call = _call(report, connection_id.callID, opens=opens)
    if call is not None:
        _enter(report, _party(report, call, connection_id, trigger, device), trigger)
    return call


def _party(
    report: _Report, call: Call, connection_id: ConnectionID, trigger: Trigger, device: ExtendedDeviceID | None = None
) -> Connection:
    """The party that an event names, found or new."""
    found = call.connection(connection_id.deviceID)
    if found is None:
        found = _unnamed(call, connection_id, trigger, device)
        if found is None:
            state = State.CS_NULL if is_legal(State.CS_NULL, trigger) else State.CS_NONE
            found = Connection(call.callID, connection_id.deviceID, connection_id.devIDType, state)
            report.model.join(call, found)
    if found.deviceID != connection_id.deviceID:
        report.model.name(found, connection_id)
    if device is not None and device.deviceIDStatus == DeviceIDStatus.ID_PROVIDED:
        found.learn_name(device.deviceID)
    return found


def _unnamed(
    call: Call, connection_id: ConnectionID, trigger: Trigger, device: ExtendedDeviceID | None
) -> Connection | None:
    """The party that was known by a number only and is named now; None = none of them."""
    candidates = [connection for connection in call.parties if not connection.named]
    for connection in candidates:
        if connection.answers_to(connection_id.deviceID) or (device and connection.answers_to(device.deviceID)):
            return connection
    if len(candidates) != 1:
        return None
    outside = connection_id.devIDType == ConnectionIDDevice.DYNAMIC_ID and (
        # Party 1 is the originator. Source: ASAI Technical Reference 3-11.
        candidates[0].trunkGroup or connection_id.deviceID.endswith("#1")
    )
    was_there = not is_legal(State.CS_NULL, trigger) and len(call.parties) <= 2
    return candidates[0] if outside or was_there else None


def _infer_party(
    report: _Report, call: Call, device: ExtendedDeviceID, subject: ConnectionID, *, at_most: int = 1
) -> None:
    """A party that the event only mentions (the caller) is there too, when nobody else is known to be."""
    others = call.others(subject.deviceID)
    if (
        device.deviceIDStatus != DeviceIDStatus.ID_PROVIDED
        or len(others) >= at_most
        or call.party(device.deviceID) is not None
    ):
        return
    connection = Connection(call.callID, state=State.CS_CONNECT, since=report.model.happenings)
    if device.deviceID.startswith("T") and "#" in device.deviceID:
        connection.deviceID, connection.devIDType = device.deviceID, ConnectionIDDevice.DYNAMIC_ID
    elif device.deviceID == report.monitored:
        connection.deviceID = device.deviceID
    else:
        connection.names = (device.deviceID,)
    connection.trunkGroup, connection.trunkMember = call.trunkGroup, call.trunkMember
    report.model.join(call, connection)


# ---- changing states


def _enter(report: _Report, connection: Connection, trigger: Trigger) -> None:
    """The forgiving move: whatever the table says, the reported state holds."""
    state = LEADS_TO[trigger]
    if connection.state == state:
        return
    if connection.state is not State.CS_NONE and not is_legal(connection.state, trigger):
        report.notes.append(Note(connection.callID, connection.label, connection.state, trigger, state))
    connection.state, connection.since = state, report.model.happenings


def _gone(report: _Report, connection_id: ConnectionID, trigger: Trigger) -> Call | None:
    """A party has left the call."""
    call = _call(report, connection_id.callID)
    if call is None:
        return None
    connection = call.connection(connection_id.deviceID) or _unnamed(call, connection_id, trigger, None)
    if connection is not None:
        _enter(report, connection, trigger)
        report.model.leave(call, connection)
    return call


def _conclude(report: _Report, also: Trigger | None = None) -> None:
    """Adopt the state of the monitored device, which every report of a device monitor tells.

    also: a trigger that moves the monitored device too, although the event is about another one.
    """
    call, local = report.call, report.local
    if call is None:
        return
    if local is State.CS_NULL:
        _left(report, call)
        return
    report.model.watch(call, report.monitored)
    if local is State.CS_NONE:
        return
    own = _party(report, call, ConnectionID(call.callID, report.monitored), Trigger.HOLD)
    if own.state == local:
        return
    expected = also is not None and LEADS_TO[also] == local and is_legal(own.state, also)
    if own.state is not State.CS_NONE and not expected:
        report.notes.append(Note(call.callID, report.monitored, own.state, None, local))
    own.state, own.since = local, report.model.happenings


def _left(report: _Report, call: Call) -> None:
    """The monitored device has left the call: its monitor will tell no more of it."""
    connection = call.connection(report.monitored)
    if connection is not None:
        report.model.leave(call, connection)
    watched = report.monitored in call.watchers
    report.model.unwatch(call, report.monitored)
    report.idle = watched and not report.model.is_watching(report.monitored)


# ---- what a Delivered, an Established or a Queued tells besides


def _is_domain(report: _Report, event: events.Delivered) -> bool:
    """Whether the call was offered to a VDN or split, which is never a party."""
    if report.private is not None:
        return bool(report.fact("deliveredType") == ATTDeliveredType.DELIVERED_TO_ACD)
    return report.local is State.CS_NONE and event.alertingDevice.deviceID == report.monitored


def _learn_devices(report: _Report, call: Call, event: events.Delivered | events.Established | events.Queued) -> None:
    call.callingDevice, call.calledDevice = event.callingDevice, event.calledDevice
    call.lastRedirectionDevice = event.lastRedirectionDevice
    _learn_private(report, call)
    connection_id = event.connection if isinstance(event, events.Delivered) else None
    if isinstance(event, events.Established):
        connection_id = event.establishedConnection
    subject = call.connection(connection_id.deviceID) if connection_id is not None else None
    if subject is not None and subject.devIDType == ConnectionIDDevice.DYNAMIC_ID:
        _learn_outside(report, call, subject, event.calledDevice)


def _learn_private(report: _Report, call: Call) -> None:
    call.trunkGroup = report.fact("trunkGroup") or call.trunkGroup
    call.trunkMember = report.fact("trunkMember") or call.trunkMember
    call.split = report.fact("split") or call.split
    for name, empty in (("userInfo", ATTUserToUserInfo()), ("userEnteredCode", ATTUserEnteredCode())):
        value = report.fact(name)
        if value and value != empty:
            setattr(call, name, value)
    call.originalCallInfo = report.fact("originalCallInfo") or call.originalCallInfo


def _learn_outside(report: _Report, call: Call, connection: Connection, called: ExtendedDeviceID) -> None:
    """The number under which people know an outside party that was called: the network's, and the one dialled."""
    if not connection.deviceID.startswith("T") or connection.names:
        return
    for name in (called.deviceID, call.dialled):
        if name != connection.deviceID:
            connection.learn_name(name)
    connection.trunkGroup = report.fact("trunkGroup") or connection.trunkGroup
    connection.trunkMember = report.fact("trunkMember") or connection.trunkMember


def _leave_queue(report: _Report, call: Call) -> None:
    """A call that reaches somebody leaves its queues silently, unless a voice port only plays to it meanwhile."""
    if report.fact("reason") != ATTReasonCode.AR_IN_QUEUE:
        _leave_all(report, call, (one for one in call.parties if one.state is State.CS_QUEUED))


def _redirected(report: _Report, call: Call, event: events.Delivered | events.Queued) -> None:
    """The call came here from another device; other monitors than that device's own are told by this event alone."""
    former = call.connection(event.lastRedirectionDevice.deviceID)
    if former is None or former.state is not State.CS_ALERTING:
        return
    if event.cause in LEFT_BEHIND:
        _leave_all(report, call, [former])
    elif event.cause in COVERED and isinstance(event, events.Delivered):
        here = call.connection(event.connection.deviceID)
        if here is not None and here is not former:
            here.principal = former.principal or former.deviceID


def _answered(report: _Report, call: Call, event: events.Established) -> None:
    """Where the call rang besides (kept bridged appearance, coverage point, pickup group) it rings no longer."""
    here = call.connection(event.establishedConnection.deviceID)
    chain = {event.lastRedirectionDevice.deviceID, event.establishedConnection.deviceID}
    if here is not None:
        chain.add(here.principal)
    chain.discard("")
    _leave_all(
        report,
        call,
        (
            one
            for one in call.parties
            if one is not here and one.state is State.CS_ALERTING and (one.deviceID in chain or one.principal in chain)
        ),
    )


def _leave_all(report: _Report, call: Call, connections: Iterable[Connection]) -> None:
    for connection in list(connections):
        report.model.leave(call, connection)


# ---- transfer and conference


def _merge(report: _Report, primary: ConnectionID, secondary: ConnectionID, connections: ConnectionList) -> None:
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
    parties = merged_parties(result, old, connections, report.fact("trunkList") or (), model.happenings)
    _leave_all(report, result, result.parties)
    for call in old:
        model.merge(call, result)
    for connection in parties:
        model.join(result, connection)
    model.rename(result, report.ucid)
    result.originalCallInfo = report.fact("originalCallInfo") or result.originalCallInfo
    report.call = result
    own = result.connection(report.monitored)
    if own is not None and report.local not in (State.CS_NONE, State.CS_NULL) and own.state != report.local:
        # The controller's held connection becomes active in the merge: no move of the table.
        own.state, own.since = report.local, model.happenings
    _conclude(report)
