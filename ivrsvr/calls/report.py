"""One report while it is being folded: which call and party it is about, and the states it brings them to."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ivrsvr.calls.model import Call, CallModel, Connection, device_of
from ivrsvr.calls.moves import LEADS_TO, Trigger, is_legal
from ivrsvr.csta.enums import ConnectionIDDevice, DeviceIDStatus, LocalConnectionState
from ivrsvr.csta.types import ConnectionID, ExtendedDeviceID

State = LocalConnectionState


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


@dataclass(slots=True)
class Report:
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


# ---- finding the call and the party


def call_of(report: Report, callID: int, *, opens: bool = False) -> Call | None:
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


def move(
    report: Report,
    connection_id: ConnectionID,
    trigger: Trigger,
    device: ExtendedDeviceID | None = None,
    *,
    opens: bool = False,
) -> Call | None:
    """Move the party that an event is about; returns its call."""
    opens = opens or trigger in (Trigger.INITIATE, Trigger.ORIGINATE, Trigger.ESTABLISH)
    call = call_of(report, connection_id.callID, opens=opens)
    if call is not None:
        enter(report, party_of(report, call, connection_id, trigger, device), trigger)
    return call


def party_of(
    report: Report, call: Call, connection_id: ConnectionID, trigger: Trigger, device: ExtendedDeviceID | None = None
) -> Connection:
    """The party that an event names, found or new."""
    found = _named(call, connection_id, trigger) or _unnamed(call, connection_id, trigger, device)
    if found is None:
        state = State.CS_NULL if is_legal(State.CS_NULL, trigger) else State.CS_NONE
        found = Connection(call.callID, connection_id.deviceID, connection_id.devIDType, state)
        report.model.join(call, found)
    if found.deviceID != connection_id.deviceID:
        report.model.name(found, connection_id)
    if device is not None and device.deviceIDStatus == DeviceIDStatus.ID_PROVIDED:
        found.learn_name(device.deviceID)
    return found


def _named(call: Call, connection_id: ConnectionID, trigger: Trigger) -> Connection | None:
    """The party of that id. A station changes to a dynamic id when it is on the call once more, and back again."""
    for connection in call.parties:
        if connection.deviceID == connection_id.deviceID:
            return connection
    device = device_of(connection_id.deviceID)
    return next(
        (
            one
            for one in call.parties
            if one.named
            and one.device == device
            and one.devIDType != connection_id.devIDType
            and (one.state in (LEADS_TO[trigger], State.CS_NONE) or is_legal(one.state, trigger))
        ),
        None,
    )


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
    # Party 1 is the originator. Source: ASAI Technical Reference 3-11. Another trunk is who was told to be behind one.
    outside = connection_id.devIDType == ConnectionIDDevice.DYNAMIC_ID and (
        connection_id.deviceID.endswith("#1")
        or (connection_id.deviceID.startswith("T") and bool(candidates[0].trunkGroup))
    )
    # Nobody can hold or retrieve who was not there; but who leaves may have been left out before (a deflection).
    was_there = trigger in (Trigger.HOLD, Trigger.RETRIEVE) and len(call.parties) <= 2
    return candidates[0] if outside or was_there else None


def infer_party(
    report: Report, call: Call, device: ExtendedDeviceID, subject: ConnectionID, *, at_most: int = 1
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


def enter(report: Report, connection: Connection, trigger: Trigger) -> None:
    """The forgiving move: whatever the table says, the reported state holds."""
    state = LEADS_TO[trigger]
    if connection.state == state:
        return
    if connection.state is not State.CS_NONE and not is_legal(connection.state, trigger):
        report.notes.append(Note(connection.callID, connection.label, connection.state, trigger, state))
    connection.state, connection.since = state, report.model.happenings


def gone(report: Report, connection_id: ConnectionID, trigger: Trigger) -> Call | None:
    """A party has left the call."""
    call = call_of(report, connection_id.callID)
    if call is None:
        return None
    connection = _named(call, connection_id, trigger) or _unnamed(call, connection_id, trigger, None)
    if connection is not None:
        enter(report, connection, trigger)
        report.model.leave(call, connection)
    return call


def conclude(report: Report, also: Trigger | None = None) -> None:
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
    if any(one.device == report.monitored and one.state == local for one in call.parties):
        return  # One of several connections, when the device is on the call more than once.
    own = call.connection(report.monitored)
    if own is None:
        own = next((one for one in call.parties if not one.named and one.answers_to(report.monitored)), None)
        if own is None:
            own = Connection(call.callID, report.monitored, state=State.CS_NONE)
            report.model.join(call, own)
        else:
            report.model.name(own, ConnectionID(call.callID, report.monitored))
    expected = also is not None and LEADS_TO[also] == local and is_legal(own.state, also)
    if own.state is not State.CS_NONE and not expected:
        report.notes.append(Note(call.callID, report.monitored, own.state, None, local))
    own.state, own.since = local, report.model.happenings


def _left(report: Report, call: Call) -> None:
    """The monitored device has left the call: its monitor will tell no more of it."""
    connection = call.connection(report.monitored)
    if connection is not None:
        report.model.leave(call, connection)
    watched = report.monitored in call.watchers
    report.model.unwatch(call, report.monitored)
    report.idle = watched and not report.model.is_watching(report.monitored)


def leave_all(report: Report, call: Call, connections: Iterable[Connection]) -> None:
    for connection in list(connections):
        report.model.leave(call, connection)
