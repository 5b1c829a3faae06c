"""Escape services of call control: single-step conference and transfer, selective listening, DTMF."""

from ivrsvr.backends.base import Confirmation
from ivrsvr.backends.simulator.switch import collecting, merging, origination, talking
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import PEOPLE, Kind, Party
from ivrsvr.backends.simulator.switch.services.asked import Asked, Failure, any_party, own_party
from ivrsvr.backends.simulator.switch.vectors import interpreter
from ivrsvr.csta.enums import ParticipationType
from ivrsvr.csta.errors import CstaFailure
from ivrsvr.csta.private.call import (
    ATTSelectiveListeningHoldConf,
    ATTSelectiveListeningRetrieveConf,
    ATTSendDTMFToneConf,
    ATTSingleStepConferenceCallConf,
    ATTSingleStepTransferCallConfV9,
)
from ivrsvr.csta.system import EscapeSvcConf
from ivrsvr.csta.types import ConnectionID

TONES = frozenset("0123456789*#ABCD")
MOST_TONES = 32
TONE_DURATIONS = range(6, 36)
"""Tone length in units of 10 ms; 0 = the switch's own (350 ms)."""
PAUSE_DURATIONS = range(4, 11)
"""Pause in units of 10 ms; 0 = the switch's own (100 ms)."""


def _escape(private: object) -> Confirmation:
    return Confirmation(EscapeSvcConf(), private)


def _own(asked: Asked, connection: ConnectionID) -> Party:
    return own_party(
        asked.core,
        connection,
        no_call=Failure.NO_ACTIVE_CALL,
        no_party=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER,
    )


def single_step_conference(asked: Asked) -> None:
    core, private = asked.core, asked.private
    if private.deviceToBeJoin not in core.stations:
        raise CstaFailure(
            Failure.INVALID_CSTA_DEVICE_IDENTIFIER,
            f"{private.deviceToBeJoin!r} is not a station",
        )
    silent = private.participationType == ParticipationType.PT_SILENT
    own, station = _own(asked, private.activeCall), core.stations[private.deviceToBeJoin]
    merging.check_single_step(core, own, station, silent=silent)

    def go() -> None:
        try:
            merging.check_single_step(core, own, station, silent=silent)
        except CstaFailure as failure:
            asked.refuse(failure)
            return
        party = talking.join(core, own.call, station, silent=silent, by=own.connection)
        listed = party.call.listed
        asked.reply(
            _escape(ATTSingleStepConferenceCallConf(newCall=party.connection, connList=listed, ucid=party.call.ucid))
        )

    origination.off_hook(core, station, go, asked.refuse)


def single_step_transfer(asked: Asked) -> Confirmation:
    private = asked.private
    own = _own(asked, private.activeCall)
    if own.state is not State.CS_CONNECT:
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, f"call {own.call.callID} is not active at {own.device}")
    origination.check_destination(private.transferredTo)
    remaining = merging.single_step_transfer(asked.core, own, private.transferredTo)
    return _escape(ATTSingleStepTransferCallConfV9(transferredCall=remaining.connection, ucid=remaining.call.ucid))


def _listening(asked: Asked) -> tuple[Party, list[Party]]:
    """The listener and the parties that it shall not hear, or hear again."""
    core, private = asked.core, asked.private
    subject = any_party(
        core,
        private.subjectConnection,
        no_call=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER,
        no_party=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER,
    )
    if subject.kind not in PEOPLE:
        raise CstaFailure(Failure.INVALID_CSTA_DEVICE_IDENTIFIER, "only stations and outside parties can listen")
    if subject.state is not State.CS_CONNECT:
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, "the listener is not connected")
    if private.allParties:
        others = [party for party in subject.call.others(subject) if party.talking]
        if not others:
            raise CstaFailure(Failure.INVALID_OBJECT_STATE, "there is nobody else on the call")
        return subject, others
    selected = any_party(
        core,
        private.selectedParty,
        no_call=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER,
        no_party=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER,
    )
    if selected.call is not subject.call or selected is subject:
        raise CstaFailure(Failure.INVALID_CSTA_CONNECTION_IDENTIFIER, "the selected party is not on the call")
    if selected.kind not in PEOPLE:
        raise CstaFailure(Failure.INVALID_CSTA_DEVICE_IDENTIFIER, "a group or announcement cannot be selected")
    return subject, [selected]


def selective_listening_hold(asked: Asked) -> Confirmation:
    subject, others = _listening(asked)
    subject.deaf_to.update(others)
    return _escape(ATTSelectiveListeningHoldConf())


def selective_listening_retrieve(asked: Asked) -> Confirmation:
    subject, others = _listening(asked)
    if not subject.deaf_to.intersection(others):
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, "nothing is kept from this listener; hold listening first")
    subject.deaf_to.difference_update(others)
    return _escape(ATTSelectiveListeningRetrieveConf())


def send_dtmf(asked: Asked) -> Confirmation:
    private = asked.private
    sender = any_party(
        asked.core,
        private.sender,
        no_call=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER,
        no_party=Failure.INVALID_CSTA_CONNECTION_IDENTIFIER,
    )
    if sender.state is not State.CS_CONNECT or sender.call.tone or sender.call.ringback:
        raise CstaFailure(
            Failure.INVALID_OBJECT_STATE, "tones can only be sent on a connected call without another tone"
        )
    tones = private.tones.upper()[:MOST_TONES]
    if not tones or not TONES.issuperset(tones):
        raise CstaFailure(Failure.VALUE_OUT_OF_RANGE, "tones are the characters 0-9, *, # and A-D, at least one")
    if private.toneDuration and private.toneDuration not in TONE_DURATIONS:
        raise CstaFailure(Failure.VALUE_OUT_OF_RANGE, "a tone lasts 60 to 350 ms")
    if private.pauseDuration and private.pauseDuration not in PAUSE_DURATIONS:
        raise CstaFailure(Failure.VALUE_OUT_OF_RANGE, "a pause lasts 40 to 100 ms")
    send_tones(asked.core, sender, tones)
    return _escape(ATTSendDTMFToneConf())


def send_tones(core: Core, sender: Party, tones: str) -> None:
    """Everybody else who may hear the sender hears the tones; whoever collects digits takes them."""
    for other in sender.call.others(sender):
        if sender not in other.deaf_to:
            other.heard += tones
            occupant = core.stations[other.device].occupant if other.kind is Kind.STATION else None
            if occupant is not None and other.state is State.CS_CONNECT:
                occupant.heard(tones)
    collecting.press(core, sender, tones)
    for tone in tones:
        interpreter.press(core, sender.call, tone)
