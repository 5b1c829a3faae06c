"""Who is who when two calls become one: the connection list of a transfer or conference against the parties known.

The list names connections of the resulting call. A station is found by its extension; an outside party has a new
dynamic id there and is found by its trunk, or because nobody else is left that it could be.
"""

from collections.abc import Collection
from dataclasses import replace

from ivrsvr.calls.model import Call, Connection
from ivrsvr.csta.enums import ConnectionIDDevice, DeviceIDStatus, LocalConnectionState
from ivrsvr.csta.private.structures import ATTTrunkList
from ivrsvr.csta.types import Connection as ListedConnection
from ivrsvr.csta.types import ConnectionID, ConnectionList

State = LocalConnectionState


def merged_parties(
    result: Call,
    old: list[Call],
    connections: ConnectionList,
    trunks: ATTTrunkList = (),
    *,
    ended: Collection[ConnectionID] = (),
    now: int,
) -> list[Connection]:
    """The parties of the resulting call, in the order of the list, with what was known of them.

    result: the call whose id survives, as it was; old: the calls that end. Neither is changed.
    ended:  connections of the old calls that end with them: those of whoever merged the calls.
    now:    the model's count of happenings, for parties that are new to it.
    """
    kept = list(result.parties)
    taken = [party for call in old for party in call.parties if party.id not in ended]
    trunk_of = {entry.connection.deviceID: (entry.trunkGroup, entry.trunkMember) for entry in trunks}
    found: dict[int, Connection] = {}

    for index, entry in enumerate(connections):
        match = _find(kept, taken, entry) or _by_trunk([*kept, *taken], trunk_of.get(entry.party.deviceID, ("", "")))
        if match is not None:
            found[index] = match
            twice = sum(_static(other) == match.device for other in connections) > 1
            kept, taken = (
                [party for party in known if party is not match and (twice or party.device != match.device)]
                for known in (kept, taken)
            )

    # Whoever merged the calls is listed by extension, or gone; no number it was known by is an outside party's.
    merger = {one.deviceID for one in ended}
    known = [party for party in (*kept, *taken) if not any(party.answers_to(name) for name in merger)]
    _by_elimination(found, known, connections)
    return [_party(result.callID, entry, found.get(index), trunk_of, now) for index, entry in enumerate(connections)]


def _find(kept: list[Connection], taken: list[Connection], entry: ListedConnection) -> Connection | None:
    """A party of the surviving call by its id, else a party of any by its device.

    A dynamic id means nothing outside its own call: parties of the other call are numbered anew.
    """
    for party in kept:
        if party.named and party.deviceID == entry.party.deviceID:
            return party
    static = _static(entry)
    for party in (*kept, *taken):
        if static and (party.device == static or (not party.named and party.answers_to(static))):
            return party
    return None


def _static(entry: ListedConnection) -> str:
    known = entry.staticDevice.deviceIDStatus == DeviceIDStatus.ID_PROVIDED
    return entry.staticDevice.deviceID if known else ""


def _by_trunk(known: list[Connection], trunk: tuple[str, str]) -> Connection | None:
    if not all(trunk):
        return None
    return next((party for party in known if (party.trunkGroup, party.trunkMember) == trunk), None)


def _by_elimination(found: dict[int, Connection], known: list[Connection], connections: ConnectionList) -> None:
    """One outside party is left in the list and one among the known: the same."""
    left = [
        index
        for index, entry in enumerate(connections)
        if index not in found and entry.party.devIDType == ConnectionIDDevice.DYNAMIC_ID
    ]
    candidates = [party for party in known if not party.named or party.devIDType == ConnectionIDDevice.DYNAMIC_ID]
    if len(left) == 1 and len(candidates) == 1:
        found[left[0]] = candidates[0]
    elif len(left) == len(candidates):
        # Nobody can say which is which, but all are in the same state.
        states = {candidate.state for candidate in candidates}
        if len(states) == 1:
            for index in left:
                found[index] = Connection(0, state=candidates[0].state, since=candidates[0].since)


def _party(
    callID: int,
    entry: ListedConnection,
    match: Connection | None,
    trunk_of: dict[str, tuple[str, str]],
    now: int,
) -> Connection:
    if match is None:
        party = Connection(callID, entry.party.deviceID, entry.party.devIDType, State.CS_NONE, since=now)
    else:
        party = replace(match, callID=callID, deviceID=entry.party.deviceID, devIDType=entry.party.devIDType)
        party.names = tuple(name for name in match.names if name != party.deviceID)
        party.learn_name(match.deviceID)
    if entry.staticDevice.deviceIDStatus == DeviceIDStatus.ID_PROVIDED:
        party.learn_name(entry.staticDevice.deviceID)
    trunk = trunk_of.get(entry.party.deviceID)
    if trunk is not None:
        party.trunkGroup, party.trunkMember = trunk
    return party
