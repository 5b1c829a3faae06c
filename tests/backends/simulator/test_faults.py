"""Rules of faults: what they fit, what becomes of messages, and wrong rules."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrsvr.backends.simulator.aes.faults import FaultError, Faults, Rule, magic
from ivrsvr.backends.simulator.incidents import set_fault
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock
from ivrsvr.csta.acs import ACSCloseStream
from ivrsvr.csta.call import HoldCall, MakeCall
from ivrsvr.csta.errors import AcsFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.monitor import MonitorDevice
from ivrsvr.csta.types import ConnectionID
from tests.backends.simulator.site import Client, site

HOLD = HoldCall(activeCall=ConnectionID(7, "101"))


def faults(*rules: dict[str, Any]) -> Faults:
    found = Faults(Clock(0.0, seed=3))
    for rule in rules:
        found.add(rule)
    return found


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({}, True),
        ({"service": "HoldCall"}, True),
        ({"service": "Hold*"}, True),
        ({"service": "holdcall"}, False),
        ({"service": "MakeCall"}, False),
        ({"device": "101"}, True),
        ({"device": 101}, True),
        ({"device": "102"}, False),
        ({"call": 7}, True),
        ({"call": 8}, False),
    ],
)
def test_what_a_rule_fits(rule: dict[str, Any], fits: bool) -> None:
    refused = faults({"fault": "refuse", **rule}).refusal(HOLD, "101")
    assert (refused is not None) is fits


def test_causes() -> None:
    by_name = faults({"fault": "refuse", "cause": "no_held_call"}).refusal(HOLD, "101")
    by_number = faults({"fault": "refuse", "cause": 25}).refusal(HOLD, "101")
    assert isinstance(by_name, CstaFailure)
    assert isinstance(by_number, CstaFailure)
    assert by_name.error is by_number.error is CSTAUniversalFailure.NO_HELD_CALL
    of_aes = faults({"fault": "refuse", "cause": "TSERVER_DEVICE_NOT_ON_LIST"}).refusal(HOLD, "101")
    assert isinstance(of_aes, AcsFailure)


def test_how_often() -> None:
    three = faults({"fault": "refuse", "count": 3})
    assert [three.refusal(HOLD, "101") is not None for _ in range(5)] == [True, True, True, False, False]
    assert len(three) == 0
    second = faults({"fault": "refuse", "every": 2})
    assert [second.refusal(HOLD, "101") is not None for _ in range(4)] == [False, True, False, True]
    some = faults({"fault": "refuse", "probability": 0.5})
    met = sum(some.refusal(HOLD, "101") is not None for _ in range(1000))
    assert 400 < met < 600
    again = faults({"fault": "refuse", "probability": 0.5})
    assert sum(again.refusal(HOLD, "101") is not None for _ in range(1000)) == met


def test_fates() -> None:
    assert faults({"fault": "lose"}).confirmation(HOLD, "101").delays == ()
    assert faults({"fault": "duplicate"}).confirmation(HOLD, "101").delays == (0.0, 0.0)
    assert faults({"fault": "delay", "seconds": 2}).confirmation(HOLD, "101").delays == (2.0,)
    late = faults({"fault": "delay", "on": "request", "seconds": 2}, {"fault": "refuse", "count": 1})
    assert late.refusal(HOLD, "101") is not None
    assert late.request(HOLD, "101").delays == (2.0,)
    assert late.refusal(HOLD, "101") is None
    assert faults({"fault": "lose", "on": "request"}).request(HOLD, "101").delays == ()
    assert faults({"fault": "lose"}).request(HOLD, "101").delays == (0.0,)
    assert faults({"fault": "reorder"}).event(HOLD, "101").behind
    assert faults({"fault": "lose"}).event(HOLD, "101").delays == (0.0,)
    assert faults({"fault": "lose", "on": "event"}).event(HOLD, "101").delays == ()


def test_rules_are_listed_as_they_were_set_and_deleted() -> None:
    found = faults({"fault": "refuse", "device": "101"}, {"fault": "delay", "seconds": {"uniform": [1, 2]}})
    listed = [rule.data for rule in found]
    assert [one["number"] for one in listed] == [1, 2]
    for one in listed:
        kept = {key: value for key, value in one.items() if key not in ("number", "met")}
        again = Rule.parse(kept).data
        assert {key: again[key] for key in kept} == kept
    assert found.delete(1) == 1
    assert found.delete(1) == 0
    assert found.delete() == 1


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({}, "fault: it must be one of refuse"),
        ({"fault": "refsue"}, "did you mean"),
        ({"fault": "refuse", "cuase": 1}, "cause"),
        ({"fault": "refuse", "cause": "NO_HELD_CAL"}, "NO_HELD_CALL"),
        ({"fault": "refuse", "cause": 9999}, "no universal failure 9999"),
        ({"fault": "refuse", "on": "event"}, "on: it must be one of request"),
        ({"fault": "reorder", "on": "confirmation"}, "on: it must be one of event"),
        ({"fault": "delay"}, "seconds: delay needs them"),
        ({"fault": "delay", "seconds": {"uniform": [1]}}, "seconds"),
        ({"fault": "delay", "seconds": -1}, "seconds"),
        ({"fault": "lose", "count": -1}, "count"),
        ({"fault": "lose", "count": True}, "count"),
        ({"fault": "lose", "probability": 2}, "probability"),
        ({"fault": "lose", "service": ["x"]}, "service: it must be a text"),
    ],
)
def test_wrong_rules(rule: dict[str, Any], said: str) -> None:
    with pytest.raises(FaultError, match=said):
        faults(rule)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3),
)
NAMES = st.sampled_from(["fault", "on", "service", "cause", "seconds", "count", "after"])


@given(st.dictionaries(NAMES, VALUES))
def test_anything_is_a_rule_or_refused_as_one(rule: dict[str, Any]) -> None:
    with contextlib.suppress(FaultError):
        set_fault(Simulator(World.default(), Clock(0.0)), rule)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"fault": "stationout", "station": "999"}, "there is no station"),
        ({"fault": "stationout"}, "there is no station"),
        ({"fault": "trunksfull", "trunkgroup": "x"}, "there is no trunk group"),
        ({"fault": "linkdown", "lasting": "long"}, "lasting"),
        ({"fault": "linkdown", "device": "101"}, "there is no key"),
    ],
)
def test_wrong_incidents(data: dict[str, Any], said: str) -> None:
    with pytest.raises(FaultError, match=said):
        set_fault(Simulator(World.default(), Clock(0.0)), data)


def test_incidents_begin_last_and_pass() -> None:
    simulator = Simulator(World.default(), Clock(0.0))
    group = simulator.switch.core.trunks["5"]
    free = list(group.free)
    set_fault(simulator, {"fault": "linkdown", "after": 5, "lasting": 10})
    set_fault(simulator, {"fault": "trunksfull", "trunkgroup": "5", "lasting": 8})
    seen = []
    for _ in range(4):
        seen.append((simulator.aes.link_up, len(group.free)))
        simulator.clock.advance(5)
    assert seen == [(True, 0), (False, 0), (False, len(free)), (True, len(free))]
    assert group.free == free


def broken(simulator: Simulator) -> tuple[bool, int, int]:
    """Whether station 101 works, and how many members of trunk group 5 are free and busy with other traffic."""
    core = simulator.switch.core
    return core.stations["101"].in_service, len(core.trunks["5"].free), core.trunks["5"].busy


def test_what_breaks_in_a_switch_is_part_of_its_state() -> None:
    simulator = Simulator(World.default(), Clock(0.0))
    whole = broken(simulator)
    set_fault(simulator, {"fault": "stationout", "station": "101", "lasting": 20})
    set_fault(simulator, {"fault": "trunksfull", "trunkgroup": "5", "lasting": 20})
    out = (False, 0, whole[1] + whole[2])
    assert broken(simulator) == out
    simulator.clock.advance(15)
    saved = simulator.save()
    simulator.reset()
    assert broken(simulator) == whole
    simulator.people.call_in("60123456", "102", "5")
    # The end of what broke in the switch of before is nothing to this one.
    simulator.clock.advance(10)
    assert broken(simulator) == (True, whole[1] - 1, whole[2])
    forked = Simulator.fork(saved)
    simulator.restore(saved)
    for place in (forked, simulator):
        assert broken(place) == out
        place.clock.advance(4.9)
        assert broken(place) == out
        place.clock.advance(0.1)
        assert broken(place) == whole


def test_an_event_that_is_reordered_is_told_behind_the_next_event_of_another_device() -> None:
    simulator = site()
    set_fault(simulator, {"fault": "reorder", "service": "Delivered", "device": "101", "count": 1})
    client = Client(simulator)
    late, other = (client.ask(MonitorDevice(deviceID=name)).pdu.monitorCrossRefID for name in ("101", "103"))
    simulator.people.call_in("60123", "101")
    assert client.names() == []
    simulator.people.call_in("60124", "103")
    assert client.names() == ["Delivered", "Delivered"]
    assert [message.crossRef for message in client.mail[-2:]] == [other, late]


def test_the_events_of_one_device_keep_their_order_though_one_is_to_be_reordered() -> None:
    simulator = site()
    set_fault(simulator, {"fault": "reorder", "service": "Delivered", "device": "101", "count": 1})
    client = Client(simulator)
    client.ask(MonitorDevice(deviceID="101"))
    simulator.people.call_in("60123", "101")
    assert client.names() == []
    simulator.people.answer("101")
    assert client.names() == ["Delivered", "Established"]


def test_what_is_delayed_is_not_sent_on_a_stream_that_has_been_closed_meanwhile() -> None:
    simulator = site()
    set_fault(simulator, {"fault": "delay", "on": "event", "service": "Delivered", "seconds": 4})
    client = Client(simulator)
    client.ask(MonitorDevice(deviceID="101"))
    simulator.people.call_in("60123", "101")
    client.send(ACSCloseStream())
    before = len(client.mail)
    simulator.clock.advance(5)
    assert len(client.mail) == before


@pytest.mark.parametrize("how", ["closed", "down"])
def test_a_request_that_is_delayed_does_not_arrive_over_what_is_no_longer_there(how: str) -> None:
    simulator = site()
    set_fault(simulator, {"fault": "delay", "on": "request", "service": "MakeCall", "seconds": 4})
    client = Client(simulator)
    client.send(MakeCall(callingDevice="101", calledDevice="102"))
    if how == "closed":
        client.send(ACSCloseStream())
    else:
        simulator.link("down")
    simulator.clock.advance(5)
    assert not simulator.switch.core.calls


def test_an_incident_that_has_yet_to_come_is_gone_with_its_site() -> None:
    simulator = Simulator(World.default(), Clock(0.0))
    for fault in ("linkdown", "stall", "aesrestart"):
        set_fault(simulator, {"fault": fault, "after": 5})
    set_fault(simulator, {"fault": "stationout", "station": "101", "after": 5})
    simulator.reset()
    simulator.clock.advance(6)
    assert (simulator.aes.link_up, simulator.aes.serving, simulator.aes.requests.stalled) == (True, True, False)
    assert simulator.switch.core.stations["101"].in_service
    assert simulator.clock.next_when() is None


def test_outages_of_a_station_that_overlap() -> None:
    simulator = Simulator(World.default(), Clock(0.0))
    station = simulator.switch.core.stations["101"]
    set_fault(simulator, {"fault": "stationout", "station": "101", "lasting": 10})
    set_fault(simulator, {"fault": "stationout", "station": "101", "after": 5, "lasting": 10})
    seen = []
    for _ in range(3):
        simulator.clock.advance(6)
        seen.append(station.in_service)
    assert seen == [False, False, True]
    simulator.station("101", "out")
    set_fault(simulator, {"fault": "stationout", "station": "101", "lasting": 10})
    simulator.clock.advance(20)
    assert not station.in_service  # it was taken out by hand, and comes back by hand


@pytest.mark.parametrize(
    ("number", "failure"),
    [("9012", 12), ("9025", 25), ("9099", None), ("90", None), ("901", None), ("90123", None), ("101", None)],
)
def test_numbers_for_tests(number: str, failure: int | None) -> None:
    found = magic(MakeCall(callingDevice="101", calledDevice=number), "90")
    assert (None if found is None else int(found.error)) == failure
    assert magic(MakeCall(callingDevice="101", calledDevice=number), "") is None
