"""Call park and what becomes of parked calls; the lamp of messages by application."""

from typing import Any

import pytest

from ivrsvr.backends.simulator.people import PeopleError
from ivrsvr.csta.call import ConsultationCall, TransferCall
from ivrsvr.csta.enums import ATTMwiApplication as Application
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.enums import ParticipationType
from ivrsvr.csta.errors import CSTAUniversalFailure as Failure
from ivrsvr.csta.events import ConnectionCleared, Delivered, Established
from ivrsvr.csta.private.call import ATTSingleStepConferenceCall
from ivrsvr.csta.query import QueryMwi, SetMwi
from ivrsvr.csta.system import EscapeSvc
from ivrsvr.csta.types import ConnectionID
from tests.backends.simulator.switch.rig import Rig


def parked(patch: dict[str, Any] | None = None) -> tuple[Rig, int]:
    """101 has parked the call of 102."""
    rig = Rig(patch)
    callID = rig.call("102", "101", answered=True)
    rig.reports.clear()
    rig.people.park("101")
    return rig, callID


def test_a_parked_call_waits_and_its_station_is_free() -> None:
    rig, callID = parked()
    assert rig.states(callID) == {"102": "CS_CONNECT"}
    assert rig.switch.core.stations["101"].parties == []
    (report,) = rig.reports
    assert isinstance(report.event, ConnectionCleared)
    assert report.event.cause is Cause.EC_PARK
    assert set(report.devices) == {"101", "102"}


def test_anybody_takes_a_parked_call() -> None:
    rig, callID = parked()
    rig.reports.clear()
    rig.people.unpark("103", "101")
    assert rig.states(callID) == {"102": "CS_CONNECT", "103": "CS_CONNECT"}
    (event,) = [report.event for report in rig.reports]
    assert isinstance(event, Established)
    assert (event.answeringDevice.deviceID, event.lastRedirectionDevice.deviceID) == ("103", "101")
    assert event.cause is Cause.EC_PARK
    assert rig.clock.next_when() is None


def test_a_call_can_be_parked_at_another_extension() -> None:
    rig = Rig()
    callID = rig.call("102", "101", answered=True)
    rig.people.park("101", at="105")
    assert rig.states(callID) == {"102": "CS_CONNECT"}
    with pytest.raises(PeopleError, match="no call is parked at 101"):
        rig.people.unpark("103", "101")
    rig.people.unpark("103", "105")


def test_a_call_that_nobody_takes_comes_back_to_who_parked_it() -> None:
    rig, callID = parked({"timers": {"parkSeconds": 60}})
    rig.reports.clear()
    rig.clock.advance(60)
    assert rig.states(callID) == {"102": "CS_CONNECT", "101": "CS_ALERTING"}
    (event,) = [report.event for report in rig.reports]
    assert isinstance(event, Delivered)
    assert event.cause is Cause.EC_RECALL


def test_a_call_stays_parked_while_its_station_cannot_ring() -> None:
    rig, callID = parked({"timers": {"parkSeconds": 60}, "stations": {"101": {"callAppearances": 1}}})
    rig.people.lift("101")
    rig.clock.advance(60)
    assert rig.switch.core.parked["101"].call.callID == callID
    rig.people.hangup("101")
    rig.clock.advance(60)
    assert rig.states(callID)["101"] == "CS_ALERTING"


def test_a_parked_caller_who_hangs_up_leaves_nothing_behind() -> None:
    rig, callID = parked()
    rig.people.hangup("102")
    assert rig.states(callID) == {}
    assert rig.clock.next_when() is None
    with pytest.raises(PeopleError):
        rig.people.unpark("103", "101")


def test_one_call_is_parked_at_an_extension() -> None:
    rig, _ = parked()
    rig.call("103", "104", answered=True)
    with pytest.raises(PeopleError, match="a call is parked"):
        rig.people.park("103", at="101")


def test_only_a_call_with_somebody_on_it_is_parked() -> None:
    rig = Rig()
    with pytest.raises(PeopleError):
        rig.people.park("101")
    rig.call("101", "102")
    with pytest.raises(PeopleError, match="nobody"):
        rig.people.park("101")
    with pytest.raises(PeopleError):
        rig.people.park("101", at="1999")


def test_a_call_is_not_parked_for_a_silent_participant_alone() -> None:
    rig = Rig()
    callID = rig.call("102", "101", answered=True)
    listens = ATTSingleStepConferenceCall(
        activeCall=ConnectionID(callID, "101"),
        deviceToBeJoin="103",
        participationType=ParticipationType.PT_SILENT,
    )
    rig.confirmed(EscapeSvc(), listens)
    rig.people.hangup("102")
    with pytest.raises(PeopleError, match="nobody"):
        rig.people.park("101")
    assert rig.states(callID) == {"101": "CS_CONNECT", "103": "CS_CONNECT"}


def test_a_parked_call_is_not_joined_in_a_single_step() -> None:
    rig, callID = parked()
    request = ATTSingleStepConferenceCall(
        activeCall=ConnectionID(callID, "102"),
        deviceToBeJoin="103",
        participationType=ParticipationType.PT_ACTIVE,
    )
    assert rig.refused(EscapeSvc(), request) is Failure.INVALID_OBJECT_STATE


def test_who_waits_in_the_park_may_transfer_the_call() -> None:
    rig, callID = parked()
    first = ConnectionID(callID, "102")
    second = rig.confirmed(ConsultationCall(activeCall=first, calledDevice="104")).pdu.newCall
    rig.people.answer("104")
    rig.confirmed(TransferCall(heldCall=first, activeCall=second))
    assert rig.states(second.callID) == {"104": "CS_CONNECT"}
    rig.people.unpark("103", "101")
    assert rig.states(second.callID) == {"104": "CS_CONNECT", "103": "CS_CONNECT"}


# ---- messages


def lamp(rig: Rig) -> tuple[bool, Application]:
    confirmation = rig.confirmed(QueryMwi(device="101"))
    return confirmation.pdu.messages, confirmation.private.applicationType


def test_the_lamp_is_lit_while_any_application_has_a_message() -> None:
    rig = Rig({"stations": {"101": {"messageWaiting": ["voice", "property"]}}})
    assert lamp(rig) == (True, Application.AT_VOICE | Application.AT_PROPMGT)
    rig.confirmed(SetMwi(device="101", messages=True))
    assert lamp(rig)[1] == Application.AT_VOICE | Application.AT_PROPMGT | Application.AT_CTI
    rig.people.message("101", "voice", waiting=False)
    rig.people.message("101", "property", waiting=False)
    assert lamp(rig) == (True, Application.AT_CTI)
    rig.confirmed(SetMwi(device="101", messages=False))
    assert lamp(rig) == (False, Application(0))


def test_an_application_puts_out_only_its_own_light() -> None:
    rig = Rig({"stations": {"101": {"messageWaiting": ["lwc"]}}})
    rig.confirmed(SetMwi(device="101", messages=False))
    assert lamp(rig) == (True, Application.AT_LWC)
    with pytest.raises(PeopleError, match="voice"):
        rig.people.message("101", "mail", waiting=True)
