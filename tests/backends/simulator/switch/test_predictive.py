"""Predictive calls to numbers inside, what they need, and what refuses them."""

from typing import Any

import pytest

from ivrsvr.csta.call import MakePredictiveCall
from ivrsvr.csta.enums import AllocationState
from ivrsvr.csta.enums import ATTReasonCode as Reason
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.errors import CSTAUniversalFailure as Failure
from ivrsvr.csta.events import CallCleared, Delivered
from ivrsvr.csta.private.call import ATTMakePredictiveCallV6
from tests.backends.simulator.switch.rig import Rig

PORTS: dict[str, Any] = {"classifiers": {"ports": 2}}


def request(called: str, calling: str = "700") -> MakePredictiveCall:
    return MakePredictiveCall(
        callingDevice=calling, calledDevice=called, allocationState=AllocationState.AS_CALL_ESTABLISHED
    )


def start(rig: Rig, called: str, **private: Any) -> int:
    callID: int = rig.confirmed(request(called), ATTMakePredictiveCallV6(**private)).pdu.newCall.callID
    return callID


def cleared(rig: Rig) -> list[tuple[Cause, Reason]]:
    return [(r.event.cause, r.private.reason) for r in rig.reports if isinstance(r.event, CallCleared)]


def test_a_station_is_called_first_and_then_an_agent() -> None:
    rig = Rig(PORTS)
    rig.people.agent("12345", at="101", login=True, mode="AUTO_IN")
    callID = start(rig, "105")
    assert rig.states(callID) == {"105": "CS_ALERTING"}
    assert rig.switch.core.classifiers_used == 1
    rig.people.answer("105")
    assert rig.states(callID) == {"105": "CS_CONNECT", "101": "CS_ALERTING"}
    assert rig.switch.core.classifiers_used == 0
    assert [r.event.alertingDevice.deviceID for r in rig.reports if isinstance(r.event, Delivered) and r.devices] == [
        "105",
        "101",
    ]
    rig.people.answer("101")
    assert rig.states(callID) == {"105": "CS_CONNECT", "101": "CS_CONNECT"}


def test_a_busy_station_ends_the_attempt() -> None:
    rig = Rig({**PORTS, "stations": {"105": {"callAppearances": 1}}})
    rig.people.lift("105")
    start(rig, "105")
    assert cleared(rig) == [(Cause.EC_BUSY, Reason.AR_NONE)]
    assert rig.switch.core.classifiers_used == 0


def test_a_station_that_does_not_answer_is_left_alone_after_so_many_rings() -> None:
    rig = Rig(PORTS)
    callID = start(rig, "105", maxRings=2)
    rig.clock.advance(11)
    assert rig.states(callID) == {"105": "CS_ALERTING"}
    rig.clock.advance(1)
    assert cleared(rig) == [(Cause.EC_CALL_NOT_ANSWERED, Reason.AR_NONE)]
    assert rig.clock.next_when() is None


def test_coverage_and_forwarding_are_not_followed() -> None:
    rig = Rig({**PORTS, "stations": {"105": {"forward": "106", "coveragePath": "1"}}, "coveragePaths": {"1": {}}})
    assert rig.states(start(rig, "105", maxRings=15)) == {"105": "CS_ALERTING"}


def test_the_access_code_may_come_apart_from_the_number() -> None:
    rig = Rig(PORTS)
    callID = start(rig, "67896789", destRoute="9")
    assert rig.states(callID) == {f"T{callID}#1": "CS_INITIATE"}


def test_a_trunk_that_never_tells_of_ringing_does_not_keep_its_classifier_for_ever() -> None:
    rig = Rig(PORTS)
    start(rig, "967896789", maxRings=2)
    rig.clock.advance(600)
    assert cleared(rig) == [(Cause.EC_CALL_NOT_ANSWERED, Reason.AR_NONE)]
    assert rig.switch.core.classifiers_used == 0


def test_an_answer_behind_a_trunk_without_signals_is_heard_by_its_voice() -> None:
    rig = Rig({**PORTS, "trunkGroups": {"8": {"tac": "408", "type": "co", "members": 1}}})
    callID = start(rig, "40812345")
    rig.people.party(f"T{callID}", "answer")
    assert rig.switch.core.calls[callID].reason is Reason.AR_ANSWER_VOICE_ENERGY


@pytest.mark.parametrize(
    ("called", "calling", "error"),
    [
        ("199", "700", Failure.INVALID_DESTINATION),
        ("700", "700", Failure.INVALID_DESTINATION),
        ("967896789", "101", Failure.INVALID_CALLING_DEVICE),
        ("967896789", "1999", Failure.INVALID_CSTA_DEVICE_IDENTIFIER),
        ("", "700", Failure.OBJECT_NOT_KNOWN),
    ],
)
def test_what_cannot_be_called_or_call_is_refused(called: str, calling: str, error: Failure) -> None:
    assert Rig(PORTS).refused(request(called, calling)) is error


def test_without_a_classifier_nothing_is_called() -> None:
    rig = Rig({"classifiers": {"ports": 2, "busy": 2}})
    assert rig.refused(request("105")) is Failure.GENERIC_SYSTEM_RESOURCE_AVAILABILITY


def test_an_allocation_state_that_nobody_knows_is_refused() -> None:
    unknown = MakePredictiveCall(callingDevice="700", calledDevice="105", allocationState=AllocationState(7))
    assert Rig(PORTS).refused(unknown) is Failure.INVALID_ALLOCATION_STATE
