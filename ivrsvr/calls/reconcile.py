"""Snapshot -> what must have happened meanwhile, and the corrected model.

While the link was down nobody reported. Afterwards the snapshots of a device are compared with what the model has of
it; `explain` finds the happenings that lead from the one to the other, as the device's monitor would have reported
them, by the shortest way through the table in `moves`; `adopt` makes the model equal to the snapshots.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ivrsvr.calls.fold import Folded, fold
from ivrsvr.calls.merging import merged_parties
from ivrsvr.calls.model import Call, CallModel, Connection
from ivrsvr.calls.synthetic import Scene, cleared, device_of_entry, happening, way
from ivrsvr.csta import events
from ivrsvr.csta.enums import CSTAEventCause, LocalConnectionState
from ivrsvr.csta.private.events import ATTConferencedV7, ATTTransferredV7
from ivrsvr.csta.types import (
    NOT_KNOWN,
    ConnectionID,
    CSTASnapshotCallData,
    CSTASnapshotDeviceData,
    ExtendedDeviceID,
    provided,
)
from ivrsvr.csta.types import Connection as ListedConnection

State = LocalConnectionState
Pdu = Any


@dataclass(frozen=True, slots=True)
class Seen:
    """The snapshots of one device.

    calls:   SnapshotDevice's data.
    parties: SnapshotCall's data by call id; a call may be missing when it ended between the two questions.
    ucids:   by call id, where they were asked for; they tell a call from another that got its id.
    reported: ids of calls that were reported while they were looked at: what those reports say holds.
    """

    device: str
    calls: CSTASnapshotDeviceData
    parties: Mapping[int, CSTASnapshotCallData] = field(default_factory=dict)
    ucids: Mapping[int, str] = field(default_factory=dict)
    reported: frozenset[int | str] = frozenset()

    def live(self) -> dict[int, State]:
        """Call ids with the device's own state; a bridged appearance (CS_NULL, CS_NONE) is no part in a call.

        A device that is on a call more than once (it called itself) rings there with one connection at most: the state
        of the other counts, as in the events.
        """
        states: dict[int, State] = {}
        for entry in self.calls:
            callID = entry.callIdentifier.callID
            state = entry.localCallState[0] if entry.localCallState else State.CS_NONE
            talks = states.get(callID, State.CS_ALERTING) is not State.CS_ALERTING
            known = state in (State.CS_NULL, State.CS_NONE) or callID in self.reported
            if not known and not talks:
                states[callID] = state
        return states

    def listed(self, callID: int) -> tuple[tuple[ListedConnection, State], ...]:
        """The parties of a call with their states; () when nobody could tell."""
        return tuple(
            (ListedConnection(entry.callIdentifier, entry.deviceOnCall), entry.localConnectionState)
            for entry in self.parties.get(callID, ())
        )


# ---- making the model equal


def adopt(model: CallModel, seen: Seen) -> None:
    """Make the model's calls of a device those of the snapshots, silently: where no event has to be told."""
    live = seen.live()
    for call in _calls_of(model, seen):
        if call.callID not in live or _is_another(call, seen):
            own = call.connection(seen.device)
            if own is not None:
                model.leave(call, own)
            model.unwatch(call, seen.device)
            if not call.watchers:
                model.close(call)
    for callID, state in live.items():
        _adopt_call(model, seen, callID, state)


def _adopt_call(model: CallModel, seen: Seen, callID: int, state: State) -> None:
    model.happenings += 1
    call = model.calls.get(callID)
    if call is not None and _is_another(call, seen):
        model.close(call)
        call = None
    if call is None:
        call = model.open(callID)
    model.rename(call, seen.ucids.get(callID, ""))
    model.watch(call, seen.device)
    listed = seen.listed(callID)
    if listed:
        parties = merged_parties(call, [], tuple(entry for entry, _ in listed), now=model.happenings)
        for connection in list(call.parties):
            model.leave(call, connection)
        for party, (_, its_state) in zip(parties, listed, strict=True):
            model.join(call, party)
            _set(model, party, its_state)
    if any(one.device == seen.device and one.state == state for one in call.parties):
        return
    own = call.connection(seen.device)
    if own is None:
        own = Connection(callID, seen.device)
        model.join(call, own)
    _set(model, own, state)


def _set(model: CallModel, connection: Connection, state: State) -> None:
    if connection.state != state:
        connection.state, connection.since = state, model.happenings


def _is_another(call: Call, seen: Seen) -> bool:
    """Whether the id has been given to another call since."""
    ucid = seen.ucids.get(call.callID, "")
    return bool(ucid and call.ucids) and ucid not in call.ucids


def _calls_of(model: CallModel, seen: Seen) -> list[Call]:
    """The calls that the device's monitor reported, or that have the device as a party; none that is not looked at."""
    device = seen.device
    calls = [call for call in list(model) if call.callID not in seen.reported]
    return [call for call in calls if device in call.watchers or call.connection(device) is not None]


# ---- finding what must have happened


def explain(model: CallModel, seen: Seen) -> list[Pdu]:
    """The events that the device's monitor must have missed, in an order in which they can have happened.

    Folding them leads to the states of the snapshots. The model is not changed.
    """
    story = _Story(seen)
    for call in _calls_of(model, seen):
        story.recall(call)
    live = seen.live()
    for call in list(story.model):
        if call.callID not in live or _is_another(call, seen):
            story.end(call, live)
    for callID, state in live.items():
        story.reach(callID, state)
    return story.told


def ended(call: Call) -> list[Pdu]:
    """The events of a call that came by a device and is over: its parties left, one after the other."""
    names = [party.label for party in call.parties if party.label and party.state is not State.CS_QUEUED]
    return [
        *(cleared(ConnectionID(call.callID, name), provided(name), State.CS_NONE) for name in names),
        events.CallCleared(
            clearedCall=ConnectionID(call.callID), localConnectionInfo=State.CS_NONE, cause=CSTAEventCause.EC_NONE
        ),
    ]


def changed(call: Call, data: CSTASnapshotCallData) -> list[Pdu]:
    """The events of a call that came by a device and goes on: who has left it, and who has come to it."""
    listed = [
        (ListedConnection(entry.callIdentifier, entry.deviceOnCall), entry.localConnectionState) for entry in data
    ]
    known = {index: party for index, (entry, _) in enumerate(listed) if (party := _find(call, entry)) is not None}
    # Those who were known by a number only are those whom nobody knows by name.
    unnamed = [party for party in call.parties if not party.named and party not in known.values()]
    told: list[Pdu] = [
        cleared(party.id, provided(party.device), State.CS_NONE)
        for party in call.parties
        if party.named and party not in known.values() and party.state is not State.CS_QUEUED
    ]
    for index, (entry, state) in enumerate(listed):
        before = known.get(index) or (unnamed.pop(0) if unnamed else None)
        begin = before.state if before is not None else State.CS_NULL
        scene = Scene(entry, call, State.CS_NONE, call.callingDevice)
        if State.CS_NONE not in (begin, state):
            told += [happening(trigger, scene) for trigger, _ in way(begin, state)]
    return told


def reconcile(model: CallModel, seen: Seen) -> list[tuple[Pdu, Folded]]:
    """Explain, fold what must have happened, and adopt the rest. The events with what each came to."""
    told = [(event, fold(model, event, private_of(event, seen), seen.device)) for event in explain(model, seen)]
    adopt(model, seen)
    return told


def private_of(event: Pdu, seen: Seen) -> Pdu | None:
    """Private data for a synthetic event: a merged call's UCID, where it is known."""
    kind = _MERGE_PRIVATE.get(type(event))
    if kind is None:
        return None
    return kind(ucid=seen.ucids.get(event.secondaryOldCall.callID, ""))


_MERGE_PRIVATE: dict[type, Callable[..., Pdu]] = {
    events.Conferenced: ATTConferencedV7,
    events.Transferred: ATTTransferredV7,
}


class _Story:
    """Events told so far, and a small model of the device's calls as they would be after them."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.model = CallModel()
        self.told: list[Pdu] = []

    def recall(self, call: Call) -> None:
        copy = self.model.open(call.callID, call.ucid)
        copy.ucids = call.ucids
        copy.callingDevice, copy.calledDevice = call.callingDevice, call.calledDevice
        copy.lastRedirectionDevice = call.lastRedirectionDevice
        for party in call.parties:
            self.model.join(copy, replace(party))
        self.model.watch(copy, self.seen.device)

    def tell(self, event: Pdu) -> None:
        self.told.append(event)
        fold(self.model, event, private_of(event, self.seen), self.seen.device)

    # ---- a call that the device has no longer

    def end(self, call: Call, live: Mapping[int, State]) -> None:
        for callID in live:
            merge = self._merge(call, callID)
            if merge is not None:
                self.tell(merge)
                return
        own = ConnectionID(call.callID, self.seen.device)
        if call.connection(self.seen.device) is None:
            self.model.close(call)
            return
        self.tell(cleared(own, provided(self.seen.device), State.CS_NULL))

    def _merge(self, gone: Call, callID: int) -> Pdu | None:
        """The transfer or conference by which a call became another one; None = it did not.

        What became of the device's own connection afterwards is not its business.
        """
        listed = self.seen.listed(callID)
        if not listed or gone.callID == callID:
            return None
        survivor = self.model.calls.get(callID)
        names = {entry.party.deviceID for entry, _ in listed}
        known = {party.deviceID for party in survivor.parties} if survivor else set()
        others = [party.deviceID for party in gone.others(self.seen.device) if not party.deviceID.startswith("T")]
        others = [name for name in others if name]
        connections = tuple(entry for entry, _ in listed)
        own = gone.connection(self.seen.device)
        if survivor is not None and others and set(others) <= names - known and self._could_join(gone, survivor):
            last = connections[-1]
            return events.Conferenced(
                primaryOldCall=ConnectionID(gone.callID, self.seen.device),
                secondaryOldCall=ConnectionID(callID, self.seen.device),
                confController=provided(self.seen.device),
                addedParty=device_of_entry(last),
                conferenceConnections=connections,
                localConnectionInfo=State.CS_CONNECT,
                cause=CSTAEventCause.EC_NONE,
            )
        missing = [name for name in others if name not in names]
        if survivor is None and missing and self.seen.ucids.get(callID, "") in gone.ucids:
            return events.Transferred(
                primaryOldCall=ConnectionID(gone.callID, missing[0]),
                secondaryOldCall=ConnectionID(callID, missing[0]),
                transferringDevice=provided(missing[0]),
                transferredDevice=device_of_entry(connections[-1]),
                transferredConnections=connections,
                localConnectionInfo=own.state if own is not None else State.CS_CONNECT,
                cause=CSTAEventCause.EC_TRANSFER,
            )
        return None

    def _could_join(self, *calls: Call) -> bool:
        """Whether the device has answered both calls: only then it can have joined them."""
        own = [call.connection(self.seen.device) for call in calls]
        return all(one is not None and one.state in (State.CS_CONNECT, State.CS_HOLD) for one in own)

    # ---- a call that the device has

    def reach(self, callID: int, local: State) -> None:
        listed = self.seen.listed(callID)
        call = self.model.calls.get(callID)
        first = _originator(listed)
        originated = first is not None and first.party.deviceID == self.seen.device
        if call is not None:
            self._name_parties(call, listed)
            self._depart(call, listed, local)
        self._bring(callID, ListedConnection(ConnectionID(callID, self.seen.device)), local, originated=originated)
        if call is None and not originated:
            return  # The others were there before the device: its monitor would not have told of them.
        for entry, state in listed:
            if entry.party.deviceID != self.seen.device:
                self._bring(callID, entry, state, originated=False)

    def _name_parties(self, call: Call, listed: Sequence[tuple[ListedConnection, State]]) -> None:
        """Those who were known by a number only are those whom nobody knows by name. Which is which doesn't matter."""
        unknown = [
            entry.party
            for entry, _ in listed
            if _find(call, entry) is None and entry.party.deviceID != self.seen.device
        ]
        unnamed = [party for party in call.parties if not party.named]
        for party, connection_id in zip(unnamed, unknown, strict=False):
            self.model.name(party, connection_id)

    def _depart(self, call: Call, listed: Sequence[tuple[ListedConnection, State]], local: State) -> None:
        if not listed:
            return
        present = {id(party) for entry, _ in listed if (party := _find(call, entry)) is not None}
        own = call.connection(self.seen.device)
        state = own.state if own is not None and own.state is not State.CS_NONE else local
        for party in list(call.parties):
            if id(party) not in present and party is not own and party.named:
                self.tell(cleared(party.id, provided(party.deviceID), state))

    def _bring(self, callID: int, entry: ListedConnection, state: State, *, originated: bool) -> None:
        """Move one party to the state that the snapshot shows."""
        is_own = entry.party.deviceID == self.seen.device
        call = self.model.calls.get(callID)
        known = _find(call, entry) if call is not None else None
        begin = known.state if known is not None else State.CS_NULL
        if begin is State.CS_NONE or state is State.CS_NONE:
            return
        for trigger, reached in way(begin, state, originated=originated):
            call = self.model.calls.get(callID)
            own = call.connection(self.seen.device) if call is not None else None
            local = reached if is_own else (own.state if own is not None else State.CS_NONE)
            self.tell(happening(trigger, Scene(entry, call or Call(callID), local, self._caller(callID, entry))))

    def _caller(self, callID: int, entry: ListedConnection) -> ExtendedDeviceID:
        """The calling device of a call as far as the snapshots tell."""
        call = self.model.calls.get(callID)
        if call is not None and call.callingDevice != NOT_KNOWN:
            return call.callingDevice
        first = _originator(self.seen.listed(callID))
        return device_of_entry(first) if first is not None and first.party != entry.party else NOT_KNOWN


def _originator(listed: Sequence[tuple[ListedConnection, State]]) -> ListedConnection | None:
    """The party by which a call began: the first one that is not being called. None = nobody could tell."""
    return next((entry for entry, state in listed if state not in (State.CS_ALERTING, State.CS_QUEUED)), None)


def _find(call: Call, entry: ListedConnection) -> Connection | None:
    found = call.connection(entry.party.deviceID)
    if found is None:
        found = next(
            (one for one in call.parties if not one.named and one.answers_to(device_of_entry(entry).deviceID)), None
        )
    return found
