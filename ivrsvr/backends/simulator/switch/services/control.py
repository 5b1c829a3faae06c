"""Call control services. Source: TSAPI call-control services; error lists as in docs/switch.md."""

from ivrsvr.backends.base import Confirmation
from ivrsvr.backends.simulator.switch import (
    bridging,
    clearing,
    merging,
    origination,
    predictive,
    redirection,
    talking,
)
from ivrsvr.backends.simulator.switch.core import State
from ivrsvr.backends.simulator.switch.equipment import Station
from ivrsvr.backends.simulator.switch.model import Call, Party
from ivrsvr.backends.simulator.switch.services.asked import Asked, Failure, any_party, own_party, static_station
from ivrsvr.csta.call import (
    AlternateCallConf,
    AnswerCallConf,
    ClearCallConf,
    ClearConnectionConf,
    ConferenceCallConf,
    ConsultationCallConf,
    DeflectCallConf,
    HoldCallConf,
    MakeCallConf,
    MakePredictiveCallConf,
    PickupCallConf,
    ReconnectCallConf,
    RetrieveCallConf,
    TransferCallConf,
)
from ivrsvr.csta.enums import ATTConsultMode, ReasonForCallInfo
from ivrsvr.csta.errors import CstaFailure
from ivrsvr.csta.private.call import (
    ATTConferenceCallConf,
    ATTConsultationCallConf,
    ATTMakeCallConf,
    ATTMakePredictiveCallConf,
    ATTTransferCallConf,
)
from ivrsvr.csta.types import ConnectionID


def make_call(asked: Asked) -> None:
    core, pdu, private = asked.core, asked.pdu, asked.private
    station = origination.caller(core, pdu.callingDevice)
    origination.check_destination(pdu.calledDevice)
    origination.check_originator(station)
    number = getattr(private, "destRoute", "") + pdu.calledDevice
    priority = getattr(private, "priorityCalling", False)
    origination.check_priority(core, number, priority=priority)

    def go() -> None:
        try:
            origination.check_originator(station)
            party = origination.dial_tone(core, station)
        except CstaFailure as failure:
            asked.refuse(failure)
            return
        call = party.call
        asked.reply(Confirmation(MakeCallConf(newCall=party.connection), ATTMakeCallConf(ucid=call.ucid)))
        origination.dial(
            core,
            party,
            number,
            userInfo=private.userInfo if private else None,
            priority=priority,
        )

    origination.off_hook(core, station, go, asked.refuse)


def make_predictive_call(asked: Asked) -> Confirmation:
    call = predictive.start(asked.core, asked.pdu, asked.private)
    return Confirmation(
        MakePredictiveCallConf(newCall=ConnectionID(call.callID, asked.pdu.callingDevice)),
        ATTMakePredictiveCallConf(ucid=call.ucid),
    )


def answer_call(asked: Asked) -> Confirmation | None:
    core, connection = asked.core, asked.pdu.alertingCall
    call = core.calls.get(connection.callID)
    station = static_station(core, connection)
    if call is not None and core.find(connection) is None and bridging.shown(station, call) is not None:
        _enter(asked, station, call)
        return None
    party = own_party(
        core,
        connection,
        no_call=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER,
        no_party=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER,
    )
    if party.state is State.CS_CONNECT:
        return Confirmation(AnswerCallConf())
    if party.state not in (State.CS_ALERTING, State.CS_HOLD):
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, f"call {party.call.callID} does not ring at {party.device}")

    def check() -> None:
        talking.check_free(station, party)
        talking.check_room(party.call, party, Failure.GENERIC_SYSTEM_RESOURCE_AVAILABILITY)

    check()

    def go() -> None:
        try:
            check()
        except CstaFailure as failure:
            asked.refuse(failure)
            return
        asked.reply(Confirmation(AnswerCallConf()))
        if party.state is State.CS_HOLD:
            talking.retrieve(core, party)
        else:
            talking.answer(core, party)

    origination.off_hook(core, station, go, asked.refuse, party)
    return None


def _enter(asked: Asked, station: Station, call: Call) -> None:
    """A bridged call is answered: the station enters it, as somebody is there already."""

    def check() -> Party:
        there = bridging.shown(station, call)
        if there is None:
            raise CstaFailure(Failure.NO_CALL_TO_ANSWER, f"call {call.callID} is not at {station.extension} any more")
        bridging.check_entry(station, there, Failure.GENERIC_SYSTEM_RESOURCE_AVAILABILITY)
        return there

    check()

    def go() -> None:
        try:
            there = check()
        except CstaFailure as failure:
            asked.refuse(failure)
            return
        asked.reply(Confirmation(AnswerCallConf()))
        bridging.enter_call(asked.core, station, there)

    origination.off_hook(asked.core, station, go, asked.refuse)


def clear_connection(asked: Asked) -> Confirmation:
    party = any_party(
        asked.core, asked.pdu.call, no_call=Failure.NO_ACTIVE_CALL, no_party=Failure.NO_CONNECTION_TO_CLEAR
    )
    if party.state not in (State.CS_CONNECT, State.CS_INITIATE, State.CS_FAIL):
        raise CstaFailure(
            Failure.INVALID_OBJECT_STATE, "a ringing or held party cannot be cleared; only a connected one can"
        )
    clearing.drop(asked.core, party, asked.private.userInfo if asked.private else None)
    return Confirmation(ClearConnectionConf())


def clear_call(asked: Asked) -> Confirmation:
    clearing.finish(asked.core, asked.core.call(asked.pdu.call.callID))
    return Confirmation(ClearCallConf())


def _active(asked: Asked, connection: ConnectionID, also: State = State.CS_CONNECT) -> Party:
    """The active party that a connection names. also: another state that counts as active (a tone is heard).

    Raises CstaFailure NO_ACTIVE_CALL.
    """
    party = own_party(
        asked.core,
        connection,
        no_call=Failure.NO_ACTIVE_CALL,
        no_party=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER,
    )
    if party.state not in (State.CS_CONNECT, also):
        raise CstaFailure(Failure.NO_ACTIVE_CALL, f"call {party.call.callID} is not active at {party.device}")
    return party


def hold_call(asked: Asked) -> Confirmation:
    connection = asked.pdu.activeCall
    party = own_party(
        asked.core,
        connection,
        no_call=Failure.NO_ACTIVE_CALL,
        no_party=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER,
    )
    if party.state is not State.CS_HOLD:
        talking.hold(asked.core, _active(asked, connection))
    return Confirmation(HoldCallConf())


def _held(asked: Asked, connection: ConnectionID) -> Party:
    party = own_party(
        asked.core,
        connection,
        no_call=Failure.NO_ACTIVE_CALL,
        no_party=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER,
    )
    if party.state is not State.CS_HOLD:
        raise CstaFailure(Failure.NO_HELD_CALL, f"{party.device} does not hold call {party.call.callID}")
    return party


def retrieve_call(asked: Asked) -> Confirmation | None:
    core, connection = asked.core, asked.pdu.heldCall
    party = own_party(
        core,
        connection,
        no_call=Failure.NO_ACTIVE_CALL,
        no_party=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER,
    )
    if party.state is State.CS_CONNECT:
        return Confirmation(RetrieveCallConf())
    _held(asked, connection)
    station = core.stations[party.device]
    talking.check_free(station, party)
    talking.check_room(party.call, party)

    def go() -> None:
        try:
            _held(asked, connection)
            talking.check_free(station, party)
            talking.check_room(party.call, party)
        except CstaFailure as failure:
            asked.refuse(failure)
            return
        asked.reply(Confirmation(RetrieveCallConf()))
        talking.retrieve(core, party)

    origination.off_hook(core, station, go, asked.refuse)
    return None


def consultation_call(asked: Asked) -> Confirmation:
    core, pdu, private = asked.core, asked.pdu, asked.private
    held = _active(asked, pdu.activeCall)
    station = core.stations[held.device]
    origination.check_destination(pdu.calledDevice)
    number = getattr(private, "destRoute", "") + pdu.calledDevice
    priority = getattr(private, "priorityCalling", False)
    origination.check_priority(core, number, priority=priority)
    # The one appearance of an analog set is free again once its call is on hold.
    if not (station.has_idle_appearance or station.data.type == "analog"):
        raise CstaFailure(Failure.RESOURCE_BUSY, f"station {held.device} has no idle call appearance")
    mode = ATTConsultMode.ATT_CM_CONSULTATION
    talking.hold(core, held, mode)
    party = origination.dial_tone(core, station, mode)
    origination.dial(
        core,
        party,
        number,
        userInfo=private.userInfo if private else None,
        priority=priority,
        original=merging.original_of(held.call, ReasonForCallInfo.OR_CONSULTATION),
        mode=mode,
    )
    return Confirmation(
        ConsultationCallConf(newCall=ConnectionID(party.call.callID, held.device)),
        ATTConsultationCallConf(ucid=party.call.ucid),
    )


def _other(asked: Asked, connection: ConnectionID) -> Party:
    return own_party(
        asked.core, connection, no_call=Failure.NO_HELD_CALL, no_party=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER
    )


def alternate_call(asked: Asked) -> Confirmation:
    core = asked.core
    active = _active(asked, asked.pdu.activeCall)
    other = _other(asked, asked.pdu.otherCall)
    if other.device != active.device or other.state not in (State.CS_HOLD, State.CS_ALERTING):
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, f"no such held or ringing call at {active.device}")
    if other.state is State.CS_HOLD:
        talking.check_room(other.call, other)
    talking.hold(core, active, ATTConsultMode.ATT_CM_NONE)
    if other.state is State.CS_HOLD:
        talking.retrieve(core, other)
    else:
        talking.answer(core, other)
    return Confirmation(AlternateCallConf())


def reconnect_call(asked: Asked) -> Confirmation:
    core, private = asked.core, asked.private
    active = _active(asked, asked.pdu.activeCall, also=State.CS_FAIL)
    held = _other(asked, asked.pdu.heldCall)
    if held.state is not State.CS_HOLD or held.device != active.device:
        raise CstaFailure(Failure.NO_HELD_CALL, f"{active.device} does not hold call {held.call.callID}")
    clearing.drop(core, active, private.userInfo if private else None)
    if held.state is State.CS_HOLD:
        talking.check_room(held.call, held)
        talking.retrieve(core, held)
    return Confirmation(ReconnectCallConf())


def _pair(asked: Asked) -> tuple[Party, Party]:
    """The held and the active party of a transfer or conference."""
    unknown = Failure.INVALID_CONNECTION_ID_FOR_ACTIVE_CALL
    held = own_party(
        asked.core, asked.pdu.heldCall, no_call=unknown, no_party=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER
    )
    active = own_party(
        asked.core, asked.pdu.activeCall, no_call=unknown, no_party=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER
    )
    if held.device != active.device:
        raise CstaFailure(Failure.INVALID_CSTA_CONNECTION_IDENTIFIER, "both calls must be at the same station")
    return held, active


def transfer_call(asked: Asked) -> Confirmation:
    held, active = _pair(asked)
    merging.check(asked.core, held, active, conference=False)
    call = active.call
    moved = merging.merge(asked.core, held, active, conference=False)
    return Confirmation(
        TransferCallConf(newCall=moved.connection, connList=call.listed),
        ATTTransferCallConf(ucid=call.ucid),
    )


def conference_call(asked: Asked) -> Confirmation:
    held, active = _pair(asked)
    merging.check(asked.core, held, active, conference=True)
    call = active.call
    merging.merge(asked.core, held, active, conference=True)
    return Confirmation(
        ConferenceCallConf(newCall=active.connection, connList=call.listed),
        ATTConferenceCallConf(ucid=call.ucid),
    )


def _ringing(asked: Asked) -> Party:
    return own_party(
        asked.core,
        asked.pdu.deflectCall,
        no_call=Failure.INVALID_OBJECT_STATE,
        no_party=Failure.INVALID_OBJECT_STATE,
    )


def deflect_call(asked: Asked) -> Confirmation:
    redirection.deflect(asked.core, _ringing(asked), asked.pdu.calledDevice, local_only=False)
    return Confirmation(DeflectCallConf())


def pickup_call(asked: Asked) -> Confirmation:
    redirection.deflect(asked.core, _ringing(asked), asked.pdu.calledDevice, local_only=True)
    return Confirmation(PickupCallConf())
