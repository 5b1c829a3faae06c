"""Hunt groups of stations: whom a call goes to, and what happens when everybody is busy or nobody answers."""

from typing import Any

import pytest

from ivrsvr.backends.simulator.world import WorldError
from ivrsvr.csta.call import MakeCall
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.enums import ForwardingType
from ivrsvr.csta.errors import CSTAUniversalFailure as Failure
from ivrsvr.csta.events import Delivered, Failed, Queued
from ivrsvr.csta.private.query import ATTQueryAcdSplit
from ivrsvr.csta.query import QueryDnd, QueryFwd, QueryMwi, SetFwd, SetMwi
from ivrsvr.csta.system import EscapeSvc
from ivrsvr.csta.types import CSTAForwardingInfo
from tests.backends.simulator.switch.rig import Rig

MEMBERS = ["102", "103", "104"]


def group(hunting: str = "direct", patch: dict[str, Any] | None = None, **data: Any) -> Rig:
    skill = {"vectorControlled": False, "members": MEMBERS, "hunting": hunting, "queueLength": 0, **data}
    return Rig({"skills": {"221": skill}, **(patch or {})})


def rang(rig: Rig) -> list[str]:
    """Where calls rang, in order."""
    return [r.event.alertingDevice.deviceID for r in rig.reports if isinstance(r.event, Delivered) and r.devices]


def three(hunting: str) -> list[str]:
    """Who gets three calls, each over before the next."""
    rig = group(hunting)
    for _ in range(3):
        callID = rig.call("101", "221")
        rig.clock.advance(5)
        rig.clear(callID, "101")
    return rang(rig)


def test_direct_hunting_begins_with_the_first_member_each_time() -> None:
    assert three("direct") == ["102", "102", "102"]


def test_circular_hunting_goes_on_after_the_last_member_that_was_called() -> None:
    assert three("circular") == ["102", "103", "104"]


def test_the_member_who_is_idle_longest_gets_the_call() -> None:
    rig = group("ucd")
    first = rig.call("101", "221", answered=False)
    rig.people.answer("102")
    rig.clock.advance(10)
    second = rig.call("105", "221")
    rig.clear(first, "101")
    rig.clock.advance(10)
    rig.clear(second, "105")
    rig.call("106", "221")
    rig.call("107", "221")
    assert rang(rig) == ["102", "103", "104", "102"]


def test_members_who_are_busy_or_out_of_service_are_passed_over() -> None:
    rig = group(patch={"stations": {"102": {"service": "out"}}})
    rig.people.lift("103")
    rig.call("101", "221")
    assert rang(rig) == ["104"]


def test_the_call_names_the_group() -> None:
    rig = group()
    rig.call("101", "221")
    event = next(r.event for r in rig.reports if isinstance(r.event, Delivered) and r.devices)
    assert event.calledDevice.deviceID == "221"
    assert event.lastRedirectionDevice.deviceID == "221"
    assert event.cause is Cause.EC_REDIRECTED


def test_when_everybody_is_busy_the_caller_hears_busy() -> None:
    rig = group()
    for member in MEMBERS:
        rig.people.lift(member)
    rig.call("101", "221")
    assert [r.event.cause for r in rig.reports if isinstance(r.event, Failed)] == [Cause.EC_NO_AVAILABLE_AGENTS]


def test_where_there_is_a_queue_the_call_waits_for_the_first_member_who_is_free() -> None:
    rig = group(queueLength=1)
    for member in MEMBERS:
        rig.people.lift(member)
    callID = rig.call("101", "221")
    assert [r.event.numberQueued for r in rig.reports if isinstance(r.event, Queued)] == [1]
    rig.call("105", "221")
    assert [r.event.cause for r in rig.reports if isinstance(r.event, Failed)] == [Cause.EC_NO_AVAILABLE_AGENTS]
    rig.people.hangup("103")
    assert rig.states(callID) == {"101": "CS_CONNECT", "103": "CS_ALERTING"}


def test_a_caller_who_gives_up_leaves_the_queue() -> None:
    rig = group(queueLength=1)
    for member in MEMBERS:
        rig.people.lift(member)
    rig.clear(rig.call("101", "221"), "101")
    rig.people.hangup("103")
    assert rig.switch.core.stations["103"].parties == []


def test_the_group_s_own_coverage_path_counts_and_not_its_members() -> None:
    rig = group(
        coveragePath="2",
        patch={
            "stations": {"102": {"coveragePath": "1", "forward": "107"}},
            "coveragePaths": {"1": {"points": ["105"]}, "2": {"points": ["106"], "rings": 3}},
        },
    )
    callID = rig.call("101", "221")
    assert rang(rig) == ["102"]
    rig.events()
    rig.clock.advance(18)
    assert rig.states(callID) == {"101": "CS_CONNECT", "106": "CS_ALERTING"}
    assert rig.events("102") == ["Diverted"]


def test_a_busy_group_is_covered() -> None:
    rig = group(coveragePath="2", patch={"coveragePaths": {"2": {"points": ["106"]}}})
    for member in MEMBERS:
        rig.people.lift(member)
    rig.call("101", "221")
    assert rang(rig) == ["106"]


def test_members_count_as_staff() -> None:
    rig = group()
    rig.people.lift("102")
    private = rig.confirmed(EscapeSvc(), ATTQueryAcdSplit(device="221")).private
    assert (private.agentsLoggedIn, private.availableAgents, private.callsInQueue) == (3, 2, 0)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"members": ["1999"]}, "skills.221.members.1"),
        ({"members": ["102", "102"]}, "skills.221.members.2"),
        ({"vectorControlled": True}, "skills.221.vectorControlled"),
    ],
)
def test_wrong_groups_are_refused(data: dict[str, Any], path: str) -> None:
    with pytest.raises(WorldError) as caught:
        group(**data)
    assert caught.value.path == path


def test_a_hunt_group_of_stations_without_a_set_makes_calls() -> None:
    rig = group(patch={"stations": {member: {"type": "cti"} for member in MEMBERS}})
    made = MakeCall(callingDevice="221", calledDevice="101")
    assert [rig.confirmed(made).pdu.newCall.deviceID for _ in MEMBERS] == MEMBERS
    assert rig.refused(made) is Failure.RESOURCE_BUSY
    assert group().refused(made) is Failure.INVALID_CSTA_DEVICE_IDENTIFIER


def test_calls_to_a_hunt_group_are_forwarded_and_its_lamp_is_lit() -> None:
    rig = group()
    forward = CSTAForwardingInfo(ForwardingType.FWD_IMMEDIATE, forwardingOn=True, forwardDN="105")
    rig.confirmed(SetFwd(device="221", forward=forward))
    assert rig.confirmed(QueryFwd(device="221")).pdu.forward == (forward,)
    rig.call("101", "221")
    (told,) = [report.event for report in rig.reports if isinstance(report.event, Delivered)]
    assert (told.alertingDevice.deviceID, told.lastRedirectionDevice.deviceID) == ("105", "221")
    assert (told.calledDevice.deviceID, told.cause) == ("221", Cause.EC_CALL_FORWARD_ALWAYS)
    rig.confirmed(SetMwi(device="221", messages=True))
    assert rig.confirmed(QueryMwi(device="221")).pdu.messages
    assert rig.refused(QueryDnd(device="221")) is Failure.INVALID_FEATURE
