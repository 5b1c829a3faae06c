"""Bridged appearances: another station's lines at one's own set."""

from typing import Any

import pytest

from ivrsvr.backends.simulator.people import PeopleError
from ivrsvr.backends.simulator.world import WorldError
from ivrsvr.csta.call import AnswerCall, ConsultationCall, DeflectCall
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.enums import ParticipationType
from ivrsvr.csta.errors import CstaFailure
from ivrsvr.csta.errors import CSTAUniversalFailure as Failure
from ivrsvr.csta.events import Delivered, Established, Originated
from ivrsvr.csta.private.call import ATTSingleStepConferenceCall
from ivrsvr.csta.system import EscapeSvc
from ivrsvr.csta.types import ConnectionID
from tests.backends.simulator.switch.rig import Rig

BRIDGED: dict[str, Any] = {"stations": {"102": {"bridged": ["101"]}, "103": {"bridged": ["101"]}}}


def rig(**patch: Any) -> Rig:
    return Rig({**BRIDGED, **patch})


def test_a_call_rings_at_the_principal_and_wherever_it_is_bridged() -> None:
    it = rig()
    callID = it.call("105", "101")
    assert it.states(callID) == {
        "105": "CS_CONNECT",
        "101": "CS_ALERTING",
        "102": "CS_ALERTING",
        "103": "CS_ALERTING",
    }
    rang = [(r.event.alertingDevice.deviceID, r.event.cause) for r in it.reports if isinstance(r.event, Delivered)]
    assert rang == [
        ("101", Cause.EC_NEW_CALL),
        ("102", Cause.EC_KEY_CONFERENCE),
        ("103", Cause.EC_KEY_CONFERENCE),
    ]


def test_whoever_answers_first_has_the_call_and_the_others_see_it_go() -> None:
    it = rig()
    callID = it.call("105", "101")
    it.events()
    it.confirmed(AnswerCall(alertingCall=ConnectionID(callID, "102")))
    assert it.states(callID) == {"105": "CS_CONNECT", "102": "CS_CONNECT"}
    (report,) = it.reports
    assert isinstance(report.event, Established)
    assert (report.event.answeringDevice.deviceID, report.event.cause) == ("102", Cause.EC_KEY_CONFERENCE)
    assert {device: state.name for device, state in report.devices.items()} == {
        "105": "CS_CONNECT",
        "102": "CS_CONNECT",
        "101": "CS_NULL",
        "103": "CS_NULL",
    }


def test_the_principal_answers_itself() -> None:
    it = rig()
    callID = it.call("105", "101")
    it.people.answer("101")
    assert it.states(callID) == {"105": "CS_CONNECT", "101": "CS_CONNECT"}
    assert it.switch.core.stations["102"].parties == []


def test_a_bridged_set_that_cannot_ring_is_left_out() -> None:
    it = Rig({"stations": {"102": {"bridged": ["101"], "service": "out"}}})
    assert it.states(it.call("105", "101")) == {"105": "CS_CONNECT", "101": "CS_ALERTING"}


def test_the_caller_s_own_bridged_appearance_does_not_ring() -> None:
    it = rig()
    assert it.states(it.call("102", "101")) == {
        "102": "CS_CONNECT",
        "101": "CS_ALERTING",
        "103": "CS_ALERTING",
    }


def test_a_call_that_leaves_the_principal_leaves_its_bridges_too() -> None:
    it = rig()
    callID = it.call("105", "101")
    it.events()
    it.confirmed(DeflectCall(deflectCall=ConnectionID(callID, "101"), calledDevice="106"))
    assert it.states(callID) == {"105": "CS_CONNECT", "106": "CS_ALERTING"}
    assert it.events("102") == ["Diverted"]


def test_a_call_that_is_sent_on_from_a_bridge_leaves_its_principal_too() -> None:
    it = rig()
    callID = it.call("105", "101")
    it.confirmed(DeflectCall(deflectCall=ConnectionID(callID, "102"), calledDevice="106"))
    assert it.states(callID) == {"105": "CS_CONNECT", "106": "CS_ALERTING"}


def test_a_caller_who_gives_up_stops_every_set() -> None:
    it = rig()
    callID = it.call("105", "101")
    it.clear(callID, "105")
    assert it.switch.core.stations["101"].parties == it.switch.core.stations["102"].parties == []


def test_bridged_appearances_go_on_ringing_while_a_point_rings() -> None:
    it = Rig(
        {
            "stations": {"101": {"coveragePath": "1"}, "102": {"bridged": ["101"]}},
            "coveragePaths": {"1": {"points": ["104"]}},
        }
    )
    callID = it.call("105", "101")
    it.clock.advance(12)
    assert set(it.states(callID)) == {"105", "101", "102", "104"}
    it.people.answer("104")
    assert it.states(callID) == {"105": "CS_CONNECT", "104": "CS_CONNECT"}
    for station in ("102", "101"):
        it.confirmed(AnswerCall(alertingCall=ConnectionID(callID, station)))
    assert it.states(callID) == dict.fromkeys(("105", "104", "102", "101"), "CS_CONNECT")


def test_a_bridge_enters_the_call_of_its_principal() -> None:
    it = rig()
    callID = it.call("101", "105", answered=True)
    it.reports.clear()
    it.people.bridge("102", "101")
    assert it.states(callID) == {"101": "CS_CONNECT", "105": "CS_CONNECT", "102": "CS_CONNECT"}
    (report,) = it.reports
    assert isinstance(report.event, Established)
    assert report.event.cause is Cause.EC_KEY_CONFERENCE


def test_answering_a_call_that_an_appearance_shows_enters_it() -> None:
    it = rig()
    callID = it.call("105", "101")
    it.confirmed(AnswerCall(alertingCall=ConnectionID(callID, "102")))
    assert (
        it.refused(AnswerCall(alertingCall=ConnectionID(callID, "104"))) is Failure.INVALID_CSTA_CONNECTION_IDENTIFIER
    )
    it.reports.clear()
    for station in ("101", "103"):
        it.confirmed(AnswerCall(alertingCall=ConnectionID(callID, station)))
    assert it.states(callID) == dict.fromkeys(("105", "102", "101", "103"), "CS_CONNECT")
    assert [r.event.cause for r in it.reports if isinstance(r.event, Established)] == [Cause.EC_KEY_CONFERENCE] * 2


def test_an_appearance_is_not_answered_by_who_talks_or_where_six_talk() -> None:
    it = rig()
    callID = it.call("101", "105", answered=True)
    it.call("102", "106", answered=True)
    assert it.refused(AnswerCall(alertingCall=ConnectionID(callID, "102"))) is Failure.RESOURCE_BUSY
    for station in ("104", "107", "108", "109"):
        joins = ATTSingleStepConferenceCall(
            activeCall=ConnectionID(callID, "101"),
            deviceToBeJoin=station,
            participationType=ParticipationType.PT_ACTIVE,
        )
        it.confirmed(EscapeSvc(), joins)
    asked = AnswerCall(alertingCall=ConnectionID(callID, "103"))
    assert it.refused(asked) is Failure.GENERIC_SYSTEM_RESOURCE_AVAILABILITY


def test_a_set_that_must_be_lifted_enters_when_it_is_or_finds_the_call_gone() -> None:
    it = Rig({"stations": {"102": {"bridged": ["101"], "offHookMode": "prompt"}}})
    callID = it.call("101", "105", answered=True)
    waits = it.ask(AnswerCall(alertingCall=ConnectionID(callID, "102")))
    it.people.lift("102")
    assert [type(outcome).__name__ for outcome in waits] == ["Confirmation"]
    assert it.states(callID)["102"] == "CS_CONNECT"
    it.people.hangup("102")
    waits = it.ask(AnswerCall(alertingCall=ConnectionID(callID, "102")))
    it.clear(callID, "105")
    it.people.lift("102")
    (outcome,) = waits
    assert isinstance(outcome, CstaFailure)
    assert outcome.error is Failure.NO_CALL_TO_ANSWER


def test_a_bridge_takes_the_held_call_of_its_principal() -> None:
    it = rig()
    callID = it.call("101", "105", answered=True)
    it.hold(callID, "101")
    it.people.bridge("102", "101")
    assert it.states(callID) == {"101": "CS_HOLD", "105": "CS_CONNECT", "102": "CS_CONNECT"}


def test_a_call_that_a_bridge_answered_is_entered_from_the_principal_and_the_other_bridge() -> None:
    it = rig()
    callID = it.call("105", "101")
    it.people.answer("102")
    it.people.bridge("103", "101")
    it.people.answer("101")
    assert it.states(callID) == dict.fromkeys(("105", "102", "103", "101"), "CS_CONNECT")


def test_a_bridge_calls_in_the_name_of_its_principal() -> None:
    it = rig()
    it.people.bridge("102", "101", number="106")
    originated = next(r.event for r in it.reports if isinstance(r.event, Originated))
    delivered = next(r.event for r in it.reports if isinstance(r.event, Delivered))
    assert originated.cause is Cause.EC_KEY_CONFERENCE
    assert originated.originatedConnection.deviceID == "102"
    assert delivered.callingDevice.deviceID == "101"


def test_only_who_has_the_appearance_may_press_it() -> None:
    it = rig()
    it.call("101", "105", answered=True)
    with pytest.raises(PeopleError, match="no appearance of 101"):
        it.people.bridge("104", "101")
    with pytest.raises(PeopleError, match="no call"):
        Rig(BRIDGED).people.bridge("102", "101")


@pytest.mark.parametrize(
    ("bridged", "path"), [(["1999"], "stations.102.bridged.1"), (["102"], "stations.102.bridged.1")]
)
def test_wrong_bridges_are_refused(bridged: list[str], path: str) -> None:
    with pytest.raises(WorldError) as caught:
        Rig({"stations": {"102": {"bridged": bridged}}})
    assert caught.value.path == path


def test_a_line_of_somebody_else_that_rings_is_no_appearance_of_ones_own() -> None:
    it = Rig({"stations": {"102": {"bridged": ["101"], "callAppearances": 2}}})
    talk = it.call("102", "105", answered=True)
    it.call("106", "101")
    asked = ConsultationCall(activeCall=ConnectionID(talk, "102"), calledDevice="107")
    assert it.states(it.confirmed(asked).pdu.newCall.callID) == {"102": "CS_CONNECT", "107": "CS_ALERTING"}


def test_whoever_enters_a_full_conference_is_refused() -> None:
    it = rig()
    callID = it.call("101", "104", answered=True)
    for station in ("105", "106", "107", "108"):
        joins = ATTSingleStepConferenceCall(
            activeCall=ConnectionID(callID, "101"),
            deviceToBeJoin=station,
            participationType=ParticipationType.PT_ACTIVE,
        )
        it.confirmed(EscapeSvc(), joins)
    with pytest.raises(PeopleError, match="6 parties"):
        it.people.bridge("102", "101")
