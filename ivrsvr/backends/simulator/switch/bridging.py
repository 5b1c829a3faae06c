"""Bridged appearances: a station's lines at other sets, where its calls ring, can be answered, entered and made.

So is the simulated one: a principal whose call somebody else answered (coverage, pickup) may enter it.

What happens at a bridged appearance is told with cause EC_KEY_CONFERENCE. Source: docs/switch.md, bridged appearances.
"""

from ivrsvr.backends.simulator.switch import origination, talking, tell
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.equipment import Station
from ivrsvr.backends.simulator.switch.model import Call, Kind, Party
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
    own = [*principal.in_state(State.CS_CONNECT), *principal.in_state(State.CS_HOLD)]
    there = own[0] if own else kept(core, principal)
    if there is None:
        raise CstaFailure(Failure.NO_ACTIVE_CALL, f"station {principal.extension} has no call to enter")
    if there.call.party_of(station.extension) is not None:
        raise CstaFailure(Failure.RESOURCE_BUSY, f"station {station.extension} is on that call already")
    check_entry(station, there)
    enter_call(core, station, there)


def shown(station: Station, call: Call) -> Party | None:
    """Whose talk on a call an appearance of the station shows, so that it may enter there; None = nobody's."""
    own = {station.extension, *station.data.bridged}
    for party in call.parties:
        if party.talking and party.device != station.extension and _lines(party) & own:
            return party
    return None


def _lines(party: Party) -> set[str]:
    """The stations whose lines show the call of a party, wherever these lines appear."""
    return {party.bridge_of or party.device, party.answered_for} - {""}


def kept(core: Core, station: Station, callID: int = 0) -> Party | None:
    """Who answered a call in the station's place and is there still: the call with that id, or (0) the oldest."""
    for call in core.calls.values():
        if callID in (0, call.callID) and call.party_of(station.extension) is None:
            for party in call.parties:
                if party.talking and station.extension in _lines(party):
                    return party
    return None


def check_entry(
    station: Station, party: Party, full: CSTAUniversalFailure = Failure.CONFERENCE_MEMBER_LIMIT_EXCEEDED
) -> None:
    """Refuse a station that cannot enter the call of a party now.

    Raises CstaFailure RESOURCE_BUSY (it talks, or has no appearance left for a call of its own), or `full`.
    """
    talking.check_free(station, party)
    if station.extension in _lines(party) and not station.has_idle_appearance:
        raise CstaFailure(Failure.RESOURCE_BUSY, f"station {station.extension} has no idle call appearance")
    talking.check_room(party.call, failure=full)


def enter_call(core: Core, station: Station, party: Party) -> None:
    """The station comes into the call of a party; `check_entry` must have passed."""
    talking.drop_dial_tone(core, station)
    lines = _lines(party)
    entered = talking.join(core, party.call, station, cause=Cause.EC_KEY_CONFERENCE)
    if station.extension not in lines:
        entered.bridge_of = next(line for line in station.data.bridged if line in lines)


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
