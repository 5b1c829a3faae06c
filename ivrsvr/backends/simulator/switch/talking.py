"""What a station does with the calls that it has: answer, hold, retrieve, join another station."""

from ivrsvr.backends.simulator.switch import clearing, delivery, tell
from ivrsvr.backends.simulator.switch.core import CONFERENCE_LIMIT, Core, State
from ivrsvr.backends.simulator.switch.equipment import Station
from ivrsvr.backends.simulator.switch.model import Call, Kind, Party
from ivrsvr.calls import moves
from ivrsvr.calls.moves import Trigger
from ivrsvr.csta.enums import ATTConsultMode
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.types import ConnectionID

Failure = CSTAUniversalFailure
ANALOG_HELD_LIMIT = 2


def drop_dial_tone(core: Core, station: Station) -> None:
    """An appearance with dial tone is given up when another call is taken."""
    active = station.active
    if active is not None and active.state is State.CS_INITIATE:
        clearing.drop(core, active)


def check_free(station: Station, party: Party) -> None:
    """Refuse when the station talks on another call.

    Raises CstaFailure RESOURCE_BUSY.
    """
    active = station.active
    if active is not None and active is not party and active.state is not State.CS_INITIATE:
        raise CstaFailure(
            Failure.RESOURCE_BUSY,
            f"station {station.extension} is on call {active.call.callID}; hold or clear it first",
        )


def check_room(
    call: Call, party: Party | None = None, failure: Failure = Failure.CONFERENCE_MEMBER_LIMIT_EXCEEDED
) -> None:
    """Refuse a seventh active party. party: who comes back to the call; None = somebody new.

    Raises CstaFailure with the given error.
    """
    if call.counted(besides=party) >= CONFERENCE_LIMIT:
        raise CstaFailure(failure, f"call {call.callID} has {CONFERENCE_LIMIT} parties already")


def answer(core: Core, party: Party) -> None:
    """The station answers a ringing call; its state must be CS_ALERTING."""
    drop_dial_tone(core, core.stations[party.device])
    delivery.answered(core, party)


def hold(core: Core, party: Party, mode: ATTConsultMode = ATTConsultMode.ATT_CM_NONE) -> None:
    """The station holds its connected call.

    Raises CstaFailure OUTSTANDING_REQUEST_LIMIT_EXCEEDED for the third held call of an analog set.
    """
    station = core.stations[party.device]
    if station.data.type == "analog" and len(station.in_state(State.CS_HOLD)) >= ANALOG_HELD_LIMIT:
        raise CstaFailure(
            Failure.OUTSTANDING_REQUEST_LIMIT_EXCEEDED,
            f"analog station {station.extension} holds {ANALOG_HELD_LIMIT} calls already",
        )
    moves.move(party, Trigger.HOLD)
    party.held = core.next_order()
    tell.held(core, party, mode)


def retrieve(core: Core, party: Party) -> None:
    """The station takes its held call back."""
    drop_dial_tone(core, core.stations[party.device])
    moves.move(party, Trigger.RETRIEVE)
    tell.retrieved(core, party)


def join(
    core: Core,
    call: Call,
    station: Station,
    *,
    silent: bool = False,
    cause: Cause = Cause.EC_ACTIVE_MONITOR,
    by: ConnectionID | None = None,
) -> Party:
    """A station joins a call without ringing (single-step conference, bridged appearance).

    by: who let it join, for switches that tell this as a conference.
    """
    party = core.join(call, Kind.STATION, station.extension)
    party.silent = silent
    party.single_step = by is not None
    moves.move(party, Trigger.ESTABLISH)
    if by is not None and core.world.system.singleStepConferenceEvent == "Conferenced":
        tell.conferenced(core, call, by.deviceID, by, by, party.identity)
    else:
        tell.established(core, party, Cause.EC_SILENT_MONITOR if silent else cause)
    return party
