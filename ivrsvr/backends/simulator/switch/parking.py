"""Call park: a call waits at an extension until somebody takes it there, or comes back to who parked it.

Source: docs/switch.md, call park.
"""

from ivrsvr.backends.simulator.switch import reaching, talking, tell
from ivrsvr.backends.simulator.switch.acd import distribution
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.equipment import Station
from ivrsvr.backends.simulator.switch.model import PEOPLE, Call, Kind, Party
from ivrsvr.calls import moves
from ivrsvr.calls.moves import Trigger
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure

Failure = CSTAUniversalFailure


def park(core: Core, party: Party, extension: str) -> Party:
    """The station leaves its active call, which waits at the extension from now on.

    Raises CstaFailure INVALID_CSTA_DEVICE_IDENTIFIER, INVALID_OBJECT_STATE (nobody would wait; a silent participant is
    nobody) or RESOURCE_BUSY (another call is parked there).
    """
    call, parker = party.call, party.device
    core.station(extension)
    if extension in core.parked:
        raise CstaFailure(Failure.RESOURCE_BUSY, f"a call is parked at {extension} already")
    if call.vector is not None:
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, "a call in vector processing cannot be parked")
    others = list(call.others(party))
    somebody = next((other for other in others if other.kind in PEOPLE and not other.silent), None)
    if call.parked or somebody is None or not all(other.talking for other in others):
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, "there is nobody on the call who could wait, or somebody rings")
    connection, identity = party.connection, party.identity
    core.leave(party)
    tell.connection_cleared(core, call, connection, identity, parker, notify=True, cause=Cause.EC_PARK)
    place = core.join(call, Kind.PARKED, extension)
    place.redirected = parker
    moves.move(place, Trigger.QUEUE)
    core.parked[extension] = place
    # Whoever waits is presented as the caller to whoever takes the call.
    call.calling = somebody.presented
    place.ring = core.later(core.world.timers.parkSeconds, _return, place)
    distribution.left(core, party)
    return place


def take(core: Core, station: Station, extension: str) -> Party:
    """A station answers the call that is parked at an extension.

    Raises CstaFailure NO_CALL_TO_ANSWER, RESOURCE_BUSY.
    """
    place = core.parked.get(extension)
    if place is None:
        raise CstaFailure(Failure.NO_CALL_TO_ANSWER, f"no call is parked at {extension}")
    call = place.call
    talking.check_free(station, place)
    if call.party_of(station.extension) is not None:
        raise CstaFailure(Failure.RESOURCE_BUSY, f"station {station.extension} is on that call itself")
    if station.active is None and not station.has_idle_appearance:
        raise CstaFailure(Failure.RESOURCE_BUSY, f"station {station.extension} has no idle call appearance")
    talking.drop_dial_tone(core, station)
    core.leave(place)
    party = core.join(call, Kind.STATION, station.extension)
    party.redirected = extension
    moves.move(party, Trigger.ESTABLISH)
    tell.established(core, party, Cause.EC_PARK)
    return party


def leave(core: Core, call: Call) -> None:
    """The call waits at no extension any longer; nobody is told."""
    for party in [party for party in call.parties if party.kind is Kind.PARKED]:
        core.leave(party)


def _return(core: Core, place: Party) -> None:
    """Nobody took the call: it rings at who parked it, as soon as it can ring there."""
    place.ring = None
    call, parker = place.call, place.redirected
    if place.state is not State.CS_QUEUED:
        return
    if not core.stations[parker].can_ring or call.party_of(parker) is not None:
        place.ring = core.later(core.world.timers.parkSeconds, _return, place)
        return
    extension = place.device
    core.leave(place)
    reaching.ring(core, call, parker, Cause.EC_RECALL, extension)
