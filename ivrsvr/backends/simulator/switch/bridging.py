"""Bridged appearances: a station's lines at other sets, where its calls ring, can be answered, entered and made.

What happens at a bridged appearance is told with cause EC_KEY_CONFERENCE. Source: docs/switch.md, bridged appearances.
"""

from ivrsvr.backends.simulator.switch import origination, talking, tell
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.equipment import Station
from ivrsvr.backends.simulator.switch.model import Kind, Party
from ivrsvr.calls import moves
from ivrsvr.calls.moves import Trigger
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure

Failure = CSTAUniversalFailure


def alert(core: Core, principal: Party) -> None:
    """A call rings at a station: it rings wherever the station's lines appear."""
    call = principal.call
    for station in core.bridges.get(principal.device, ()):
        if not station.in_service or call.party_of(station.extension) is not None:
            continue
        party = core.join(call, Kind.STATION, station.extension)
        party.bridge_of = principal.device
        party.bridged = True
        party.cause = Cause.EC_KEY_CONFERENCE
        party.redirected = principal.redirected
        moves.move(party, Trigger.DELIVER)
        tell.delivered(core, party)


def enter(core: Core, station: Station, principal: Station) -> None:
    """Press a bridged appearance in use: answer the call that rings there, or enter the one that the principal has.

    Raises CstaFailure NO_ACTIVE_CALL, RESOURCE_BUSY, CONFERENCE_MEMBER_LIMIT_EXCEEDED.
    """
    _check(station, principal)
    ringing = [party for party in station.in_state(State.CS_ALERTING) if party.bridge_of == principal.extension]
    if ringing:
        talking.check_free(station, ringing[0])
        talking.answer(core, ringing[0])
        return
    there = [*principal.in_state(State.CS_CONNECT), *principal.in_state(State.CS_HOLD)]
    if not there:
        raise CstaFailure(Failure.NO_ACTIVE_CALL, f"station {principal.extension} has no call to enter")
    call = there[0].call
    talking.check_free(station, there[0])
    if call.party_of(station.extension) is not None:
        raise CstaFailure(Failure.RESOURCE_BUSY, f"station {station.extension} is on that call already")
    talking.check_room(call)
    talking.drop_dial_tone(core, station)
    party = talking.join(core, call, station, cause=Cause.EC_KEY_CONFERENCE)
    party.bridge_of = principal.extension


def originate(core: Core, station: Station, principal: Station, number: str) -> None:
    """Make a call from a bridged appearance, in the principal's name.

    Raises CstaFailure as `origination.check_destination` and `check_originator`.
    """
    _check(station, principal)
    origination.check_destination(number)
    origination.check_originator(station)
    party = origination.dial_tone(core, station)
    party.bridge_of = principal.extension
    origination.dial(core, party, number)


def _check(station: Station, principal: Station) -> None:
    if principal.extension not in station.data.bridged:
        raise CstaFailure(
            Failure.INVALID_OBJECT_STATE, f"station {station.extension} has no appearance of {principal.extension}"
        )
