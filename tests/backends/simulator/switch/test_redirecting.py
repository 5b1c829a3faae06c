"""Coverage criteria, the three kinds of forwarding, and their order; pickup by members who have part in the call."""

from typing import Any

import pytest

from ivrsvr.backends.simulator.people import PeopleError
from ivrsvr.csta.call import DeflectCall, MakeCall
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.events import Delivered, Failed
from ivrsvr.csta.private.call import ATTMakeCallV6
from ivrsvr.csta.types import ConnectionID
from tests.backends.simulator.switch.rig import Rig


def delivered(rig: Rig) -> list[tuple[str, str, Cause]]:
    """Where calls rang: device, who sent them there, why."""
    return [
        (r.event.alertingDevice.deviceID, r.event.lastRedirectionDevice.deviceID, r.event.cause)
        for r in rig.reports
        if isinstance(r.event, Delivered)
    ]


def station(**data: Any) -> Rig:
    """102 is administered like that; its path, if it uses it, is 103."""
    return Rig({"stations": {"102": data}, "coveragePaths": {"1": {"points": ["103"], "active": True}}})


# ---- coverage


def test_an_active_principal_is_covered_when_the_path_says_so() -> None:
    rig = station(coveragePath="1")
    rig.call("102", "105", answered=True)
    rig.reports.clear()
    rig.call("101", "102")
    assert delivered(rig) == [("103", "102", Cause.EC_CALL_FORWARD_BUSY)]


def test_an_idle_principal_of_such_a_path_rings() -> None:
    rig = station(coveragePath="1")
    rig.call("101", "102")
    assert delivered(rig) == [("102", "", Cause.EC_NEW_CALL)]


def test_a_principal_that_only_rings_is_not_active() -> None:
    rig = station(coveragePath="1")
    rig.call("104", "102")
    rig.call("101", "102")
    assert [device for device, _, _ in delivered(rig)] == ["102", "102"]


def test_without_a_point_that_can_take_it_the_call_rings_at_the_principal() -> None:
    rig = Rig(
        {
            "stations": {"102": {"coveragePath": "1", "sendAllCalls": True}, "103": {"service": "out"}},
            "coveragePaths": {"1": {"points": ["103"]}},
        }
    )
    rig.call("101", "102")
    assert delivered(rig) == [("102", "", Cause.EC_NEW_CALL)]


def test_a_station_out_of_service_is_covered_as_a_busy_one() -> None:
    rig = station(coveragePath="1", service="out")
    rig.call("101", "102")
    assert delivered(rig) == [("103", "102", Cause.EC_CALL_FORWARD_BUSY)]


def test_a_path_with_other_criteria_leaves_the_caller_a_busy_tone() -> None:
    rig = Rig(
        {
            "stations": {"102": {"callAppearances": 1, "coveragePath": "1"}},
            "coveragePaths": {"1": {"points": ["103"], "busy": False}},
        }
    )
    rig.call("102", "105")
    rig.call("101", "102")
    assert any(isinstance(r.event, Failed) and r.event.cause is Cause.EC_BUSY for r in rig.reports)


# ---- forwarding


def test_calls_to_a_busy_station_are_forwarded() -> None:
    rig = station(callAppearances=1, forwardBusy="104")
    rig.call("102", "105")
    rig.reports.clear()
    rig.call("101", "102")
    assert delivered(rig) == [("104", "102", Cause.EC_CALL_FORWARD_BUSY)]


def test_an_idle_station_that_forwards_when_busy_rings() -> None:
    rig = station(forwardBusy="104")
    rig.call("101", "102")
    assert delivered(rig) == [("102", "", Cause.EC_NEW_CALL)]


def test_calls_that_are_not_answered_are_forwarded() -> None:
    rig = station(forwardNoAnswer="104")
    callID = rig.call("101", "102")
    rig.clock.advance(17)
    assert rig.states(callID) == {"101": "CS_CONNECT", "102": "CS_ALERTING"}
    rig.events()
    rig.clock.advance(1)
    assert rig.states(callID) == {"101": "CS_CONNECT", "104": "CS_ALERTING"}
    assert delivered(rig) == [("104", "102", Cause.EC_CALL_FORWARD_NO_ANSWER)]
    assert rig.events("102") == ["Diverted"]


@pytest.mark.parametrize("kind", ["forward", "forwardBusy", "forwardNoAnswer"])
def test_forwarding_goes_outside_as_well(kind: str) -> None:
    rig = station(callAppearances=1, **{kind: "967896789"})
    if kind == "forwardBusy":
        rig.call("102", "105")
    callID = rig.call("101", "102")
    rig.clock.advance(18)
    assert f"T{callID}#2" in rig.states(callID) or f"T{callID}#3" in rig.states(callID)
    assert "102" not in rig.states(callID)


def test_forwarding_when_busy_comes_before_coverage_when_busy() -> None:
    rig = station(callAppearances=1, forwardBusy="104", coveragePath="1")
    rig.people.lift("102")
    rig.call("101", "102")
    assert delivered(rig)[-1] == ("103", "102", Cause.EC_CALL_FORWARD_BUSY)  # active comes first
    rig = Rig(
        {
            "stations": {"102": {"callAppearances": 1, "forwardBusy": "104", "coveragePath": "1"}},
            "coveragePaths": {"1": {"points": ["103"]}},
        }
    )
    rig.people.lift("102")
    rig.call("101", "102")
    assert delivered(rig)[-1] == ("104", "102", Cause.EC_CALL_FORWARD_BUSY)


def test_forwarding_when_not_answered_comes_before_coverage() -> None:
    rig = station(forwardNoAnswer="104", coveragePath="1")
    callID = rig.call("101", "102")
    rig.clock.advance(18)
    assert rig.states(callID) == {"101": "CS_CONNECT", "104": "CS_ALERTING"}
    rig.clock.advance(12)
    assert rig.states(callID) == {"101": "CS_CONNECT", "103": "CS_ALERTING"}


def test_a_target_that_cannot_take_the_call_leaves_it_to_coverage() -> None:
    rig = Rig(
        {
            "stations": {"102": {"forwardNoAnswer": "104", "coveragePath": "1"}, "104": {"service": "out"}},
            "coveragePaths": {"1": {"points": ["103"]}},
        }
    )
    callID = rig.call("101", "102")
    rig.clock.advance(18)
    assert rig.states(callID) == {"101": "CS_CONNECT", "102": "CS_ALERTING", "103": "CS_ALERTING"}


def test_send_all_calls_comes_before_forwarding_and_a_priority_call_is_forwarded() -> None:
    patch = {
        "stations": {"102": {"coveragePath": "1", "sendAllCalls": True, "forward": "104"}},
        "coveragePaths": {"1": {"points": ["103"]}},
    }
    rig = Rig(patch)
    rig.call("101", "102")
    assert delivered(rig) == [("103", "102", Cause.EC_CALL_FORWARD_ALWAYS)]
    rig = Rig(patch)
    rig.confirmed(MakeCall(callingDevice="101", calledDevice="102"), ATTMakeCallV6(priorityCalling=True))
    assert delivered(rig) == [("104", "102", Cause.EC_CALL_FORWARD_ALWAYS)]


def test_hands_set_forwarding_and_send_all_calls() -> None:
    rig = station(coveragePath="1")
    rig.people.forward("102", "104")
    rig.call("101", "102")
    rig.people.forward("102", "", when="always")
    rig.people.forward("102", "105", when="busy")
    rig.people.send_all_calls("102", on=True)
    rig.call("106", "102")
    assert [device for device, _, _ in delivered(rig)] == ["104", "103"]
    for number, when in (("102", "always"), ("199", "busy"), ("104", "sometimes")):
        with pytest.raises(PeopleError):
            rig.people.forward("102", number, when=when)


# ---- pickup


def group(**stations: Any) -> Rig:
    return Rig(
        {
            "stations": stations,
            "coveragePaths": {"1": {"points": ["103"]}},
            "pickupGroups": {"1": {"members": ["101", "102", "103"]}},
        }
    )


def test_a_point_that_picks_up_the_call_that_rings_at_itself_answers_it() -> None:
    rig = group(**{"102": {"coveragePath": "1"}})
    callID = rig.call("105", "102")
    rig.clock.advance(12)
    rig.events()
    rig.people.pickup("103")
    assert rig.states(callID) == {"105": "CS_CONNECT", "103": "CS_CONNECT"}
    assert rig.events("103") == ["Established"]


def test_nobody_picks_up_a_call_that_it_is_on() -> None:
    rig = group()
    callID = rig.call("101", "102")
    rig.hold(callID, "101")
    with pytest.raises(PeopleError, match="is on that call"):
        rig.people.pickup("101")
    assert rig.states(callID) == {"101": "CS_HOLD", "102": "CS_ALERTING"}


def test_directed_pickup_takes_the_call_of_one_station() -> None:
    rig = group()
    first, second = rig.call("105", "101"), rig.call("106", "108")
    rig.people.pickup("104", of="108")
    assert rig.states(second) == {"106": "CS_CONNECT", "104": "CS_CONNECT"}
    assert rig.states(first) == {"105": "CS_CONNECT", "101": "CS_ALERTING"}
    with pytest.raises(PeopleError, match="no call rings at 108"):
        rig.people.pickup("104", of="108")


def test_of_a_long_destination_outside_the_first_24_digits_count() -> None:
    rig = Rig()
    callID = rig.call("101", "102")
    rig.confirmed(DeflectCall(deflectCall=ConnectionID(callID, "102"), calledDevice="9" + "1234567890" * 3))
    (party,) = rig.switch.core.outside.values()
    assert party.digits == "12345678901234567890123"
