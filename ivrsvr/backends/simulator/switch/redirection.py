"""Sending a ringing call elsewhere: deflection, pickup by application, pickup by hand."""

from ivrsvr.backends.simulator.switch import delivery, numbering, talking, tell
from ivrsvr.backends.simulator.switch.acd import distribution
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.equipment import Station
from ivrsvr.backends.simulator.switch.model import Kind, Party
from ivrsvr.backends.simulator.switch.numbering import Leads
from ivrsvr.backends.simulator.switch.routes import REFUSALS, Obstacle
from ivrsvr.calls import moves
from ivrsvr.calls.moves import Trigger
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.types import provided

Failure = CSTAUniversalFailure
LONGEST_DEFLECTED = 24
"""Digits of a destination of which the switch takes notice; the rest is ignored (ASAI-TR 4-49)."""


def deflect(core: Core, party: Party, number: str, *, local_only: bool) -> None:
    """Send a ringing call to another destination; the station that it leaves is told Diverted.

    local_only: the destination must be on this switch (PickupCall). When it is refused the call rings on.
    Raises CstaFailure INVALID_OBJECT_STATE, INVALID_DESTINATION, GENERIC_STATE_INCOMPATIBILITY, RESOURCE_BUSY or
    PRIVILEGE_VIOLATION_ON_CALLED_DEVICE.
    """
    if party.state is not State.CS_ALERTING or party.kind is not Kind.STATION:
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, "only a call that rings at a station can be sent elsewhere")
    _check_not_lent(party)
    call = party.call
    if call.predictive is not None:
        raise CstaFailure(Failure.GENERIC_STATE_INCOMPATIBILITY, "the first leg of a predictive call stays where it is")
    if call.vector is not None:
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, "the call is in vector processing")
    if not number:
        raise CstaFailure(Failure.INVALID_DESTINATION, "the destination is empty")
    number = number[:LONGEST_DEFLECTED]
    station = core.reached_by(number)
    if station == party.device or call.party_of(station) is not None:
        raise CstaFailure(
            Failure.GENERIC_STATE_INCOMPATIBILITY, f"{number} is on the call already; choose another destination"
        )
    if local_only and numbering.resolve(core.world, number).leads in (Leads.TRUNK, Leads.NOWHERE):
        raise CstaFailure(Failure.INVALID_DESTINATION, f"{number} is not on this switch")
    left = party.device
    route = delivery.plan(core, call, number, cause=Cause.EC_REDIRECTED, redirected=left)
    if isinstance(route, Obstacle):
        raise CstaFailure(REFUSALS[route.why], f"{number} cannot take the call")
    for other in list(call.parties):
        # Wherever else the call rings for the same station, it stops ringing with it.
        if other is not party and other.state is State.CS_ALERTING and other.account == party.account:
            delivery.divert(core, other, number)
    delivery.divert(core, party, number)
    route.go()


def _check_not_lent(party: Party) -> None:
    """Refuse a call that a vector lends to this voice port (converse-on): it is in vector processing.

    Raises CstaFailure INVALID_OBJECT_STATE.
    """
    if party.is_port:
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, f"call {party.call.callID} is in vector processing")


def pick_up(core: Core, station: Station, party: Party) -> Party:
    """A member of the pickup group answers by hand a call that rings at another member.

    The principal is told Diverted, or the Established where it keeps a simulated bridged appearance.
    Raises CstaFailure INVALID_OBJECT_STATE for a call that rings at a voice port of a vector.
    """
    _check_not_lent(party)
    talking.drop_dial_tone(core, station)
    call, principal, acd = party.call, core.stations[party.device], party.acd
    keeps = core.world.system.maintainBridgedAppearance and principal.data.type != "analog"
    connection, account = party.connection, party.account
    gone = delivery.stop_elsewhere(core, party, station.extension)
    core.leave(party, Trigger.DIVERT)
    if keeps and acd is None:
        gone.append(party.device)
    else:
        tell.diverted(core, call, connection, provided(station.extension), Cause.EC_REDIRECTED)
    picker = core.join(call, Kind.STATION, station.extension)
    picker.redirected = party.device
    picker.answered_for = account if account in gone else ""
    moves.move(picker, Trigger.ESTABLISH)
    tell.established(core, picker, Cause.EC_CALL_PICKUP, gone)
    distribution.left(core, party)
    return picker
