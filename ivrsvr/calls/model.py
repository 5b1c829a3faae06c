# ruff: noqa: N803, N815 - the names of TSAPI: callID, deviceID
"""The calls as a follower of reported events knows them, and the questions that are asked about them.

    model.connections_of("101")       the connections of 101, the oldest state first
    model.call(48).party("T48#1")     a party by static id, dynamic id, or the number given for it

Whoever writes here is `fold` (events) or `reconcile` (snapshots). A monitor that started during a call tells of the
parties only as they act, so a call may have parties that nobody has named yet, and connections in CS_NONE: not told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ivrsvr.csta.enums import ConnectionIDDevice, LocalConnectionState
from ivrsvr.csta.private.structures import ATTOriginalCallInfoV7, ATTUserEnteredCode, ATTUserToUserInfo
from ivrsvr.csta.types import NOT_KNOWN, ConnectionID, ExtendedDeviceID

State = LocalConnectionState

NO_USER_INFO = ATTUserToUserInfo()
NO_CODE = ATTUserEnteredCode()


def device_of(deviceID: str) -> str:
    """The device behind the device id of a connection.

    A station's dynamic id is "<extension>#<party>", an outside party's "T<call>#<party>" and stands for itself.
    """
    return deviceID if deviceID.startswith("T") else deviceID.partition("#")[0]


@dataclass(slots=True, eq=False)
class Connection:
    """One party's part in one call.

    callID:      of the call it is part of now.
    deviceID:    as in the ConnectionID, "101" or "T48#1"; "" while no event has named the connection.
    state:       CS_NONE = not told.
    names:       other names people may use for the party: the number given for it, its ids in calls that were merged
                 into this one.
    trunkGroup:  of an outside party, "" otherwise or not told; likewise trunkMember.
    since:       the model's count of happenings when the state was entered; orders connections by age.
    principal:   the device that was called first, when the call came here by coverage or forwarding; "" otherwise.
    """

    callID: int
    deviceID: str = ""
    devIDType: ConnectionIDDevice = ConnectionIDDevice.STATIC_ID
    state: State = State.CS_NULL
    names: tuple[str, ...] = ()
    trunkGroup: str = ""
    trunkMember: str = ""
    since: int = 0
    principal: str = ""

    @property
    def id(self) -> ConnectionID:
        """What a request names the connection by. Meaningless while `named` is false: ask for a call snapshot."""
        return ConnectionID(self.callID, self.deviceID, self.devIDType)

    @property
    def named(self) -> bool:
        """Whether an event has named the connection."""
        return bool(self.deviceID)

    @property
    def device(self) -> str:
        """The device whose connection it is: "101" for "101" and for "101#2", "T48#1" for itself."""
        return device_of(self.deviceID)

    @property
    def label(self) -> str:
        """The best name for people: the device id, else a number given for the party, else ""."""
        return self.deviceID or (self.names[0] if self.names else "")

    def answers_to(self, name: str) -> bool:
        """Whether the party goes by that static id, dynamic id or number."""
        return bool(name) and (name == self.deviceID or name in self.names)

    def learn_name(self, name: str) -> None:
        """Remember one more name for the party."""
        if name and not self.answers_to(name):
            self.names = (*self.names, name)


@dataclass(slots=True, eq=False)
class Call:
    """One call.

    ucid:      "" when the switch gives none.
    ucids:     every UCID the call has gone by; a merge leaves it the older of two.
    formerly:  call ids that ended by merging into this call.
    parties:   in the order of joining, as far as that was told.
    watchers:  monitored devices (stations, VDNs, splits) whose monitors still report this call.
    callingDevice, calledDevice, lastRedirectionDevice, split, userInfo, ...: as the latest event that had them.
    dialled:   what the originator dialled, access code included; "" when nobody saw it.
    """

    callID: int
    ucid: str = ""
    ucids: frozenset[str] = frozenset()
    formerly: frozenset[int] = frozenset()
    parties: list[Connection] = field(default_factory=list)
    watchers: set[str] = field(default_factory=set)
    callingDevice: ExtendedDeviceID = NOT_KNOWN
    calledDevice: ExtendedDeviceID = NOT_KNOWN
    lastRedirectionDevice: ExtendedDeviceID = NOT_KNOWN
    dialled: str = ""
    trunkGroup: str = ""
    trunkMember: str = ""
    split: str = ""
    userInfo: ATTUserToUserInfo = NO_USER_INFO
    userEnteredCode: ATTUserEnteredCode = NO_CODE
    originalCallInfo: ATTOriginalCallInfoV7 | None = None

    def connection(self, device: str) -> Connection | None:
        """The party whose connection is named so, "101" or "T48#1".

        Numbers do not count: the one given for an outside party may well equal somebody's extension.
        """
        exact = next((one for one in self.parties if device and one.deviceID == device), None)
        return exact or next((one for one in self.parties if device and one.device == device), None)

    def party(self, name: str) -> Connection | None:
        """The party that goes by a name: its device id first, then any number or former id; None = nobody."""
        return self.connection(name) or next((one for one in self.parties if one.answers_to(name)), None)

    def others(self, device: str) -> list[Connection]:
        """Everybody but that device."""
        return [connection for connection in self.parties if connection.device != device]


@dataclass(slots=True, eq=False)
class CallModel:
    """Every call that a monitor reports, by call id, with what is needed to find them by device in no time.

    happenings: how many have been folded in; the model's own time.
    """

    calls: dict[int, Call] = field(default_factory=dict)
    happenings: int = 0
    _by_device: dict[str, list[Connection]] = field(default_factory=dict)
    _watched: dict[str, set[int]] = field(default_factory=dict)
    _merged: dict[int, Call] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Call]:
        return iter(self.calls.values())

    # ---- questions

    def call(self, callID: int) -> Call | None:
        """The live call with that id, or the one that it merged into; None = no such call."""
        return self.calls.get(callID) or self._merged.get(callID)

    def calls_of(self, device: str) -> list[Call]:
        """The calls that have the device as a party, the oldest state first."""
        return [self.calls[connection.callID] for connection in self.connections_of(device)]

    def connection(self, callID: int, device: str) -> Connection | None:
        """The connection of a device in a call."""
        call = self.call(callID)
        return None if call is None else call.connection(device)

    def connections_of(self, device: str) -> tuple[Connection, ...]:
        """The connections of a device, the oldest state first."""
        return tuple(sorted(self._by_device.get(device, ()), key=lambda one: one.since))

    def is_watching(self, device: str) -> bool:
        """Whether the monitor of a device still reports any call: false = idle."""
        return bool(self._watched.get(device))

    def watched_by(self, device: str) -> list[Call]:
        """The calls that the monitor of a device reports, by call id."""
        return [self.calls[callID] for callID in sorted(self._watched.get(device, ()))]

    # ---- changes, for `fold` and `reconcile`

    def open(self, callID: int, ucid: str = "") -> Call:
        """A new call."""
        call = Call(callID)
        self.calls[callID] = call
        self._merged.pop(callID, None)
        self.rename(call, ucid)
        return call

    def close(self, call: Call) -> None:
        """The call is over, or nobody tells of it any more."""
        for connection in list(call.parties):
            self.leave(call, connection)
        for device in list(call.watchers):
            self._unwatch(call, device)
        for callID in call.formerly:
            if self._merged.get(callID) is call:
                del self._merged[callID]
        if self.calls.get(call.callID) is call:
            del self.calls[call.callID]

    def rename(self, call: Call, ucid: str) -> None:
        """The call goes by another UCID from now on; the former ones stay known."""
        if ucid:
            call.ucid = ucid
            call.ucids |= {ucid}

    def join(self, call: Call, connection: Connection) -> None:
        """A party joins a call."""
        connection.callID = call.callID
        call.parties.append(connection)
        if connection.named:
            self._by_device.setdefault(connection.device, []).append(connection)

    def leave(self, call: Call, connection: Connection) -> None:
        """A party leaves a call."""
        call.parties.remove(connection)
        self._drop_name(connection)

    def name(self, connection: Connection, connection_id: ConnectionID) -> None:
        """An event names a party; the name that it had is remembered."""
        if connection.deviceID != connection_id.deviceID:
            former = connection.deviceID
            self._drop_name(connection)
            connection.deviceID = connection_id.deviceID
            connection.names = tuple(name for name in connection.names if name != connection_id.deviceID)
            connection.learn_name(former)
            self._by_device.setdefault(connection.device, []).append(connection)
        connection.devIDType = connection_id.devIDType

    def _drop_name(self, connection: Connection) -> None:
        if connection.named:
            own = self._by_device[connection.device]
            own.remove(connection)
            if not own:
                del self._by_device[connection.device]

    def watch(self, call: Call, device: str) -> None:
        """The monitor of a device reports the call."""
        call.watchers.add(device)
        self._watched.setdefault(device, set()).add(call.callID)

    def unwatch(self, call: Call, device: str) -> None:
        """The monitor of a device reports the call no longer; without any monitor the call is forgotten."""
        self._unwatch(call, device)
        if not call.watchers:
            self.close(call)

    def _unwatch(self, call: Call, device: str) -> None:
        call.watchers.discard(device)
        watched = self._watched.get(device, set())
        watched.discard(call.callID)
        if not watched:
            self._watched.pop(device, None)

    def merge(self, old: Call, into: Call) -> None:
        """A call ended by merging into another, whose parties somebody else sets."""
        into.formerly |= old.formerly | {old.callID}
        into.ucids |= old.ucids
        watchers = set(old.watchers)
        self.close(old)
        for callID in into.formerly:
            self._merged[callID] = into
        for device in watchers:
            self.watch(into, device)

    def forget_watcher(self, device: str) -> None:
        """The monitor of a device has ended."""
        for callID in list(self._watched.get(device, ())):
            self.unwatch(self.calls[callID], device)
