"""Synthetic events: the way from one connection state to another, told as a monitor would have told it."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ivrsvr.calls.model import Call
from ivrsvr.calls.moves import MOVES, STATES, Trigger
from ivrsvr.csta import events
from ivrsvr.csta.enums import CSTAEventCause, DeviceIDStatus, LocalConnectionState
from ivrsvr.csta.types import NOT_REQUIRED, ConnectionID, ExtendedDeviceID, provided
from ivrsvr.csta.types import Connection as ListedConnection

State = LocalConnectionState
Pdu = Any


def device_of_entry(entry: ListedConnection) -> ExtendedDeviceID:
    """How events name a listed party: its static device, else its connection's id."""
    known = entry.staticDevice.deviceIDStatus == DeviceIDStatus.ID_PROVIDED and entry.staticDevice.deviceID
    return entry.staticDevice if known else provided(entry.party.deviceID)


# ---- the shortest way through the table


def _ways(triggers: Sequence[Trigger]) -> dict[tuple[State, State], tuple[tuple[Trigger, State], ...]]:
    """From every state to every other: the moves of the shortest way that uses only these triggers."""
    ways: dict[tuple[State, State], tuple[tuple[Trigger, State], ...]] = {}
    for begin in STATES:
        ways[begin, begin] = ()
        reached = deque([begin])
        while reached:
            here = reached.popleft()
            for trigger in triggers:
                for its_trigger, source, dest in MOVES:
                    if its_trigger is trigger and source is here and (begin, dest) not in ways:
                        ways[begin, dest] = (*ways[begin, here], (trigger, dest))
                        reached.append(dest)
    return ways


_AS_ORIGINATOR = _ways(
    (
        Trigger.ORIGINATE,
        Trigger.INITIATE,
        Trigger.DELIVER,
        Trigger.QUEUE,
        Trigger.ESTABLISH,
        Trigger.HOLD,
        Trigger.RETRIEVE,
        Trigger.FAIL,
        Trigger.CLEAR,
    )
)
_AS_CALLED = _ways(
    (
        Trigger.ESTABLISH,
        Trigger.DELIVER,
        Trigger.QUEUE,
        Trigger.INITIATE,
        Trigger.HOLD,
        Trigger.RETRIEVE,
        Trigger.FAIL,
        Trigger.CLEAR,
    )
)


def way(begin: State, end: State, *, originated: bool = False) -> tuple[tuple[Trigger, State], ...]:
    """The shortest way from a state to another: each trigger with the state that it leads to.

    originated: the party is the call's originator, so it got to talk by dialling and not by answering.
    """
    return (_AS_ORIGINATOR if originated else _AS_CALLED).get((begin, end), ())


# ---- the event that tells of a trigger


@dataclass(frozen=True, slots=True)
class Scene:
    """What an event has to say: the party, its call, the local state, the calling device."""

    entry: ListedConnection
    call: Call
    local: State
    caller: ExtendedDeviceID

    @property
    def party(self) -> ConnectionID:
        return self.entry.party

    @property
    def device(self) -> ExtendedDeviceID:
        return device_of_entry(self.entry)


def cleared(party: ConnectionID, device: ExtendedDeviceID, local: State) -> events.ConnectionCleared:
    return events.ConnectionCleared(
        droppedConnection=party, releasingDevice=device, localConnectionInfo=local, cause=CSTAEventCause.EC_NONE
    )


def _initiated(scene: Scene) -> Pdu:
    if scene.party.deviceID.startswith("T"):
        return events.NetworkReached(
            connection=scene.party,
            trunkUsed=scene.device,
            calledDevice=scene.call.calledDevice,
            localConnectionInfo=scene.local,
            cause=CSTAEventCause.EC_NONE,
        )
    return events.ServiceInitiated(
        initiatedConnection=scene.party, localConnectionInfo=scene.local, cause=CSTAEventCause.EC_NONE
    )


def _originated(scene: Scene) -> Pdu:
    return events.Originated(
        originatedConnection=scene.party,
        callingDevice=scene.device,
        calledDevice=scene.call.calledDevice,
        localConnectionInfo=scene.local,
        cause=CSTAEventCause.EC_NONE,
    )


def _delivered(scene: Scene) -> Pdu:
    return events.Delivered(
        connection=scene.party,
        alertingDevice=scene.device,
        callingDevice=scene.caller,
        calledDevice=scene.call.calledDevice,
        lastRedirectionDevice=NOT_REQUIRED,
        localConnectionInfo=scene.local,
        cause=CSTAEventCause.EC_NONE,
    )


def _established(scene: Scene) -> Pdu:
    return events.Established(
        establishedConnection=scene.party,
        answeringDevice=scene.device,
        callingDevice=scene.caller,
        calledDevice=scene.call.calledDevice,
        lastRedirectionDevice=NOT_REQUIRED,
        localConnectionInfo=scene.local,
        cause=CSTAEventCause.EC_NONE,
    )


def _queued(scene: Scene) -> Pdu:
    return events.Queued(
        queuedConnection=scene.party,
        queueingDevice=scene.device,
        callingDevice=scene.caller,
        calledDevice=scene.call.calledDevice,
        lastRedirectionDevice=NOT_REQUIRED,
        numberQueued=0,
        localConnectionInfo=scene.local,
        cause=CSTAEventCause.EC_NONE,
    )


def _held(scene: Scene) -> Pdu:
    return events.Held(
        heldConnection=scene.party,
        holdingDevice=scene.device,
        localConnectionInfo=scene.local,
        cause=CSTAEventCause.EC_NONE,
    )


def _retrieved(scene: Scene) -> Pdu:
    return events.Retrieved(
        retrievedConnection=scene.party,
        retrievingDevice=scene.device,
        localConnectionInfo=scene.local,
        cause=CSTAEventCause.EC_NONE,
    )


def _failed(scene: Scene) -> Pdu:
    return events.Failed(
        failedConnection=scene.party,
        failingDevice=scene.device,
        calledDevice=scene.call.calledDevice,
        localConnectionInfo=scene.local,
        cause=CSTAEventCause.EC_NONE,
    )


EVENTS: dict[Trigger, Callable[[Scene], Pdu]] = {
    Trigger.INITIATE: _initiated,
    Trigger.ORIGINATE: _originated,
    Trigger.DELIVER: _delivered,
    Trigger.QUEUE: _queued,
    Trigger.ESTABLISH: _established,
    Trigger.HOLD: _held,
    Trigger.RETRIEVE: _retrieved,
    Trigger.FAIL: _failed,
    Trigger.CLEAR: lambda scene: cleared(scene.party, scene.device, scene.local),
}


def happening(trigger: Trigger, scene: Scene) -> Pdu:
    """The event that tells of a trigger."""
    return EVENTS[trigger](scene)
