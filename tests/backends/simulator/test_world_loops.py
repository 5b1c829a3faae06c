"""Worlds whose calls would go round in circles, or whose numbers nobody could dial, are refused; runtime loops end."""

from typing import Any

import pytest

from ivrsvr.backends.simulator.switch.delivery import MOST_CHAINED
from ivrsvr.backends.simulator.world import World, WorldError
from ivrsvr.csta.call import MakeCall
from ivrsvr.csta.types import ConnectionID
from tests.backends.simulator.switch.rig import Rig


def route(number: str, *, coverage: bool = False) -> dict[str, Any]:
    return {"vector": [{"step": "route-to", "number": number, "coverage": coverage}, {"step": "busy"}]}


def world(**data: Any) -> World:
    return World.from_data(data)


def refused(path: str, reason: str, **data: Any) -> None:
    with pytest.raises(WorldError, match=reason) as caught:
        world(**data)
    assert caught.value.path == path


def test_vdns_that_route_to_each_other() -> None:
    refused("vdns.701.vector.1.number", "700 -> 701 -> 700", vdns={"700": route("701"), "701": route("700")})


def test_a_vdn_that_routes_to_itself() -> None:
    refused("vdns.700.vector.1.number", "700 -> 700", vdns={"700": route("700")})


def test_a_vdn_that_is_the_coverage_of_the_station_it_routes_to() -> None:
    stations = {"101": {"coveragePath": "1"}}
    paths = {"1": {"points": ["700"]}}
    refused(
        "vdns.700.vector.1.number",
        "101 -> 700 -> 101",
        stations=stations,
        coveragePaths=paths,
        vdns={"700": route("101", coverage=True)},
    )
    world(stations=stations, coveragePaths=paths, vdns={"700": route("101")})


def test_hunt_groups_that_cover_each_other() -> None:
    refused(
        "coveragePaths.2.points.1",
        "220 -> 221 -> 220",
        skills={
            "220": {"vectorControlled": False, "coveragePath": "1"},
            "221": {"vectorControlled": False, "coveragePath": "2"},
        },
        coveragePaths={"1": {"points": ["221"]}, "2": {"points": ["220"]}},
    )


def test_stations_forward_one_hop_so_that_they_may_forward_to_each_other() -> None:
    world(stations={"101": {"forward": "102"}, "102": {"forward": "101"}})


@pytest.mark.parametrize("key", ["forward", "forwardBusy", "forwardNoAnswer"])
def test_forwarding_that_leads_nowhere_or_to_itself(key: str) -> None:
    refused(f"stations.101.{key}", "itself", stations={"101": {key: "101"}})
    refused(f"stations.101.{key}", "did you mean '1011'", stations={"101": {key: "10111"}, "1011": {}})


def test_forwarding_and_coverage_may_go_outside() -> None:
    world(
        stations={"101": {"forward": "967896789", "coveragePath": "1"}},
        coveragePaths={"1": {"points": ["40567896789"]}},
        trunkGroups={"5": {"tac": "405", "members": 1}},
        dialPlan={"9": {"trunkGroups": ["5"]}},
    )


def test_forwarding_by_a_vdn_back_to_the_station() -> None:
    refused(
        "vdns.700.vector.1.number",
        "101 -> 700 -> 101",
        stations={"101": {"forward": "700"}},
        vdns={"700": route("101")},
    )


def test_a_station_whose_only_point_is_itself() -> None:
    refused(
        "stations.101.coveragePath",
        "no other",
        stations={"101": {"coveragePath": "1"}},
        coveragePaths={"1": {"points": ["101"]}},
    )


def test_a_point_that_stands_twice() -> None:
    refused(
        "coveragePaths.1.points.3",
        "twice",
        stations={"101": {}, "102": {}},
        coveragePaths={"1": {"points": ["101", "102", "101"]}},
    )


def test_a_principal_among_its_points_is_passed_over() -> None:
    rig = Rig(
        {
            "stations": {"102": {"coveragePath": "1", "sendAllCalls": True}},
            "coveragePaths": {"1": {"points": ["102", "103"]}},
        }
    )
    callID = rig.call("101", "102")
    assert rig.states(callID) == {"101": "CS_CONNECT", "103": "CS_ALERTING"}


# ---- dial plans


def test_an_access_code_that_is_an_extension() -> None:
    refused(
        "dialPlan.101",
        "already belongs to stations.101",
        stations={"101": {}},
        trunkGroups={"5": {"tac": "405", "members": 1}},
        dialPlan={"101": {"trunkGroups": ["5"]}},
    )


def test_trunk_access_codes_that_hide_each_other() -> None:
    groups = {"5": {"tac": "40", "members": 1}, "6": {"tac": "401", "members": 1}}
    refused("trunkGroups.5.tac", "trunk group 6, 401, begins with it", trunkGroups=groups)


def test_extensions_go_before_access_codes() -> None:
    world(
        stations={"4711": {}},
        trunkGroups={"5": {"tac": "805", "members": 1}},
        dialPlan={"4": {"trunkGroups": ["5"]}},
    )


def test_an_access_code_that_is_too_long() -> None:
    refused(
        "dialPlan.12345",
        "at most 4 digits",
        trunkGroups={"5": {"tac": "405", "members": 1}},
        dialPlan={"12345": {"trunkGroups": ["5"]}},
    )


def test_a_longer_access_code_goes_before_a_shorter_one() -> None:
    world(
        trunkGroups={"5": {"tac": "405", "members": 1}},
        dialPlan={"9": {"trunkGroups": ["5"]}, "99": {"trunkGroups": ["5"]}},
    )


# ---- loops that arise at run time


def test_a_call_may_come_to_any_number_of_vdns_as_time_passes() -> None:
    """Each forwards it after a second to the next; only what goes round in no time at all ends in busy."""
    length = MOST_CHAINED + 5
    vdns = {
        str(700 + index): {"vector": [{"step": "wait", "seconds": 1}, {"step": "route-to", "number": str(701 + index)}]}
        for index in range(length)
    }
    rig = Rig({"vdns": {**vdns, str(700 + length): route("102")}})
    rig.ask(MakeCall(callingDevice="101", calledDevice="700"))
    rig.clock.advance(length + 1)
    assert rig.events("102") == ["Delivered"]


def test_forwarding_set_to_a_vdn_that_routes_back_ends_in_busy() -> None:
    rig = Rig({"vdns": {"701": route("102")}})
    rig.people.forward("102", "701")
    (outcome,) = rig.ask(MakeCall(callingDevice="101", calledDevice="102"))
    callID = outcome.pdu.newCall.callID  # type: ignore[union-attr]
    assert rig.events("101")[-1] == "Failed"
    rig.clear(callID, "101")
    assert rig.switch.core.find(ConnectionID(callID, "101")) is None
