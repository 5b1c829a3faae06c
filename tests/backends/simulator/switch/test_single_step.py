"""Single-step conference and transfer: what they wait for, and what refuses them."""

import pytest

from ivrsvr.backends.base import Confirmation
from ivrsvr.csta.call import ConferenceCall, ConsultationCall, DeflectCall, TransferCall
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.enums import ParticipationType
from ivrsvr.csta.errors import CstaFailure
from ivrsvr.csta.errors import CSTAUniversalFailure as Failure
from ivrsvr.csta.events import Established
from ivrsvr.csta.private.call import (
    ATTSelectiveListeningHold,
    ATTSingleStepConferenceCall,
    ATTSingleStepTransferCall,
)
from ivrsvr.csta.system import EscapeSvc
from ivrsvr.csta.types import ConnectionID
from tests.backends.simulator.switch.rig import Rig

ACTIVE, SILENT = ParticipationType.PT_ACTIVE, ParticipationType.PT_SILENT


def join(callID: int, device: str, how: ParticipationType = ACTIVE) -> ATTSingleStepConferenceCall:
    return ATTSingleStepConferenceCall(
        activeCall=ConnectionID(callID, "101"), deviceToBeJoin=device, participationType=how
    )


@pytest.mark.parametrize(("how", "cause"), [(ACTIVE, Cause.EC_ACTIVE_MONITOR), (SILENT, Cause.EC_SILENT_MONITOR)])
def test_a_station_joins_without_ringing(how: ParticipationType, cause: Cause) -> None:
    rig = Rig()
    callID = rig.call("101", "102", answered=True)
    rig.reports.clear()
    rig.confirmed(EscapeSvc(), join(callID, "103", how))
    (report,) = rig.reports
    assert isinstance(report.event, Established)
    assert report.event.cause is cause
    assert rig.states(callID) == {"101": "CS_CONNECT", "102": "CS_CONNECT", "103": "CS_CONNECT"}


def test_a_set_that_must_be_lifted_joins_when_it_is() -> None:
    rig = Rig({"stations": {"103": {"offHookMode": "prompt"}}})
    callID = rig.call("101", "102", answered=True)
    outcomes = rig.ask(EscapeSvc(), join(callID, "103"))
    assert outcomes == []
    rig.people.lift("103")
    (outcome,) = outcomes
    assert isinstance(outcome, Confirmation)
    assert rig.states(callID)["103"] == "CS_CONNECT"


def test_a_set_that_is_not_lifted_in_time_does_not_join() -> None:
    rig = Rig({"stations": {"103": {"offHookMode": "prompt"}}})
    callID = rig.call("101", "102", answered=True)
    outcomes = rig.ask(EscapeSvc(), join(callID, "103"))
    rig.clock.advance(5)
    (outcome,) = outcomes
    assert isinstance(outcome, CstaFailure)
    assert outcome.error is Failure.GENERIC_STATE_INCOMPATIBILITY
    assert "103" not in rig.states(callID)


def test_a_call_that_ends_meanwhile_is_not_joined() -> None:
    rig = Rig({"stations": {"103": {"offHookMode": "prompt"}}})
    callID = rig.call("101", "102", answered=True)
    outcomes = rig.ask(EscapeSvc(), join(callID, "103"))
    rig.clear(callID, "101")
    rig.people.lift("103")
    (outcome,) = outcomes
    assert isinstance(outcome, CstaFailure)
    assert rig.states(callID) == {}


def test_a_class_of_restriction_keeps_a_station_out() -> None:
    rig = Rig(
        {
            "stations": {"101": {"cor": "2"}, "103": {"cor": "3"}},
            "cors": {"1": {}, "2": {"mayNotCall": ["3"]}, "3": {}},
        }
    )
    callID = rig.call("101", "102", answered=True)
    assert rig.refused(EscapeSvc(), join(callID, "103")) is Failure.PRIVILEGE_VIOLATION_ON_CALLED_DEVICE


@pytest.mark.parametrize(
    ("device", "error"),
    [
        ("700", Failure.INVALID_CSTA_DEVICE_IDENTIFIER),
        ("102", Failure.CONFERENCE_MEMBER_LIMIT_EXCEEDED),
        ("104", Failure.RESOURCE_BUSY),
        ("105", Failure.RESOURCE_OUT_OF_SERVICE),
    ],
)
def test_who_cannot_join(device: str, error: Failure) -> None:
    rig = Rig({"stations": {"105": {"service": "out"}}})
    callID = rig.call("101", "102", answered=True)
    rig.people.lift("104")
    assert rig.refused(EscapeSvc(), join(callID, device)) is error


@pytest.mark.parametrize(
    ("number", "error"),
    [
        ("199", Failure.INVALID_DESTINATION),
        ("103", Failure.RESOURCE_BUSY),
        ("104", Failure.PRIVILEGE_VIOLATION_ON_CALLED_DEVICE),
        ("", Failure.OBJECT_NOT_KNOWN),
    ],
)
def test_a_single_step_transfer_that_is_refused_changes_nothing(number: str, error: Failure) -> None:
    rig = Rig(
        {
            "stations": {"101": {"cor": "2"}, "103": {"service": "out"}, "104": {"cor": "3"}},
            "cors": {"1": {}, "2": {"mayNotCall": ["3"]}, "3": {}},
        }
    )
    callID = rig.call("101", "102", answered=True)
    request = ATTSingleStepTransferCall(activeCall=ConnectionID(callID, "101"), transferredTo=number)
    assert rig.refused(EscapeSvc(), request) is error
    assert rig.states(callID) == {"101": "CS_CONNECT", "102": "CS_CONNECT"}


def test_listening_that_is_held_stays_so_in_a_conference() -> None:
    rig = Rig()
    call = rig.people.call_in("60123", "101")
    rig.people.answer("101")
    first = ConnectionID(call.callID, "101")
    outside = ConnectionID(call.callID, call.party, rig.switch.core.outside[call.party].connection.devIDType)
    rig.confirmed(EscapeSvc(), ATTSelectiveListeningHold(subjectConnection=outside, selectedParty=first))
    second = rig.confirmed(ConsultationCall(activeCall=first, calledDevice="102")).pdu.newCall
    rig.people.answer("102")
    rig.confirmed(ConferenceCall(heldCall=first, activeCall=second))
    rig.people.press("102", "2")
    assert rig.switch.core.outside[call.party].heard == "2"
    rig.switch.link_lost()
    rig.people.press("101", "1")
    assert rig.switch.core.outside[call.party].heard == "21"


def test_nobody_is_called_to_a_call_that_it_is_on() -> None:
    rig = Rig()
    talk = rig.call("101", "102", answered=True)
    third = ATTSingleStepConferenceCall(
        activeCall=ConnectionID(talk, "101"),
        deviceToBeJoin="103",
        participationType=ParticipationType.PT_ACTIVE,
    )
    rig.confirmed(EscapeSvc(), third)
    away = ATTSingleStepTransferCall(activeCall=ConnectionID(talk, "101"), transferredTo="103")
    assert rig.refused(EscapeSvc(), away) is Failure.GENERIC_STATE_INCOMPATIBILITY
    rig.people.agent("12345", at="104", login=True, mode="AUX")
    ringing = rig.call("105", "104")
    deflect = DeflectCall(deflectCall=ConnectionID(ringing, "104"), calledDevice="12345")
    assert rig.refused(deflect) is Failure.GENERIC_STATE_INCOMPATIBILITY
    assert rig.states(ringing) == {"105": "CS_CONNECT", "104": "CS_ALERTING"}


def test_a_silent_participant_is_nobody_to_be_transferred() -> None:
    rig = Rig()
    callID = rig.call("101", "102", answered=True)
    rig.confirmed(EscapeSvc(), join(callID, "103", SILENT))
    rig.people.hangup("102")
    transfer = ATTSingleStepTransferCall(activeCall=ConnectionID(callID, "101"), transferredTo="104")
    assert rig.refused(EscapeSvc(), transfer) is Failure.INVALID_OBJECT_STATE
    consultation = ConsultationCall(activeCall=ConnectionID(callID, "101"), calledDevice="801")
    second = rig.confirmed(consultation).pdu.newCall
    merge = TransferCall(heldCall=ConnectionID(callID, "101"), activeCall=second)
    assert rig.refused(merge) is Failure.GENERIC_STATE_INCOMPATIBILITY
    assert rig.states(callID) == {"101": "CS_HOLD", "103": "CS_CONNECT"}
