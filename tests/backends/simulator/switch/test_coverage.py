"""Coverage, forwarding, send all calls, pickup: where a call goes when a station does not take it."""

from typing import Any

from tests.backends.simulator.switch.rig import Rig

COVERED: dict[str, Any] = {
    "stations": {"102": {"coveragePath": "1"}},
    "coveragePaths": {"1": {"points": ["103", "104"]}},
}


def covered(**more: Any) -> Rig:
    return Rig(COVERED | more)


def test_points_that_are_busy_are_passed_over() -> None:
    rig = Rig({**COVERED, "stations": {"102": {"coveragePath": "1"}, "103": {"callAppearances": 1}}})
    rig.call("103", "105", answered=True)
    callID = rig.call("101", "102")
    rig.clock.advance(12)
    assert rig.states(callID) == {"101": "CS_CONNECT", "102": "CS_ALERTING", "104": "CS_ALERTING"}


def test_when_the_point_answers_the_principal_stops_ringing() -> None:
    rig = covered()
    callID = rig.call("101", "102")
    rig.clock.advance(12)
    rig.events()
    rig.people.answer("103")
    assert rig.states(callID) == {"101": "CS_CONNECT", "103": "CS_CONNECT"}
    assert rig.events("102") == ["Established"]


def test_the_last_point_rings_on() -> None:
    rig = covered()
    callID = rig.call("101", "102")
    rig.clock.advance(600)
    assert rig.states(callID) == {"101": "CS_CONNECT", "102": "CS_ALERTING", "104": "CS_ALERTING"}
    rig.clear(callID, "101")
    assert rig.states(callID) == {}


def test_a_caller_who_gives_up_stops_every_phone() -> None:
    rig = covered()
    rig.call("101", "102")
    rig.clock.advance(12)
    rig.events()
    rig.people.hangup("101")
    assert rig.events("102")[-1] == "ConnectionCleared"
    assert rig.switch.core.stations["102"].parties == rig.switch.core.stations["103"].parties == []


def test_a_priority_call_ignores_send_all_calls() -> None:
    rig = Rig({**COVERED, "stations": {"102": {"coveragePath": "1", "sendAllCalls": True}}})
    ordinary = rig.call("101", "102")
    assert "103" in rig.states(ordinary)


def test_cover_all_takes_every_call_at_once() -> None:
    rig = Rig({**COVERED, "coveragePaths": {"1": {"points": ["103"], "all": True}}})
    callID = rig.call("101", "102")
    assert rig.states(callID) == {"101": "CS_CONNECT", "103": "CS_ALERTING"}


def test_forwarding_goes_one_hop() -> None:
    rig = Rig({"stations": {"102": {"forward": "103"}, "103": {"forward": "104"}}})
    callID = rig.call("101", "102")
    assert rig.states(callID) == {"101": "CS_CONNECT", "103": "CS_ALERTING"}


def test_a_forwarded_call_that_is_not_answered_follows_the_path_of_the_forwarder() -> None:
    rig = Rig(
        {
            "stations": {"102": {"forward": "105", "coveragePath": "1"}},
            "coveragePaths": {"1": {"points": ["103"]}},
        }
    )
    callID = rig.call("101", "102")
    assert rig.states(callID) == {"101": "CS_CONNECT", "105": "CS_ALERTING"}
    rig.clock.advance(12)
    assert rig.states(callID) == {"101": "CS_CONNECT", "103": "CS_ALERTING"}


def test_forwarding_to_the_outside_seizes_a_trunk() -> None:
    rig = Rig({"stations": {"102": {"forward": "967896789"}}})
    callID = rig.call("101", "102")
    assert rig.states(callID) == {"101": "CS_CONNECT", f"T{callID}#2": "CS_INITIATE"}


def test_an_auto_answer_station_is_connected_at_once_unless_it_talks() -> None:
    rig = Rig({"stations": {"102": {"autoAnswer": True}}})
    first = rig.call("101", "102")
    assert rig.states(first)["102"] == "CS_CONNECT"
    second = rig.call("103", "102")
    assert rig.states(second)["102"] == "CS_ALERTING"


def test_pickup_takes_the_call_that_rings_in_the_group() -> None:
    rig = Rig({"pickupGroups": {"1": {"members": ["102", "105"]}}})
    callID = rig.call("101", "102")
    rig.people.pickup("105")
    assert rig.states(callID) == {"101": "CS_CONNECT", "105": "CS_CONNECT"}
