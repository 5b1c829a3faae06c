"""The controls of the simulator, as registry entries."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ivrsvr.backends.simulator.backend import SimulatorBackend
from ivrsvr.backends.simulator.controls import ENTRIES, entries
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock
from ivrsvr.registry import Caller, Entry, Registry, RequestError

NOBODY = Caller()


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(World.default(), Clock(1458770400))


def do(simulator: Simulator, name: str, **keys: Any) -> dict[str, Any]:
    """The response to a request, its keys in JSON's form."""
    entry = Registry(entries(simulator)).get(name)
    assert entry is not None
    work: Coroutine[Any, Any, Any] = entry.handler(entry.request.model_validate(keys), NOBODY)  # type: ignore[assignment]
    answer: dict[str, Any] = asyncio.run(work).model_dump()
    return answer


def refused(simulator: Simulator, name: str, **keys: Any) -> RequestError:
    with pytest.raises(RequestError) as raised:
        do(simulator, name, **keys)
    return raised.value


def test_every_route_of_the_product_is_there_and_no_other() -> None:
    trainings = [entry for entry in ENTRIES if entry.group == "training"]
    assert all(path.startswith("/sim/training") for entry in trainings for _, path in entry.routes)
    assert {entry.name: entry.scope for entry in trainings if entry.scope != "sim"} == {
        "train desk": "query",
        "train ready": "call",
        "train tick": "call",
    }, "a trainee needs no more than a telephone does"
    others = [entry for entry in ENTRIES if entry.group != "training"]
    assert {route for entry in others for route in entry.routes} == {
        ("GET", "/sim/state"),
        ("POST", "/sim/reset"),
        ("POST", "/sim/calls"),
        ("POST", "/sim/phones/{extension}/{action}"),
        ("POST", "/sim/parties/{party}/{action}"),
        ("GET", "/sim/clock"),
        ("POST", "/sim/clock"),
        ("POST", "/sim/link/{state}"),
        ("GET", "/sim/faults"),
        ("POST", "/sim/faults"),
        ("DELETE", "/sim/faults"),
        ("GET", "/sim/snapshot"),
        ("POST", "/sim/snapshot"),
        ("GET", "/sim/trace"),
        ("GET", "/sim/scenarios"),
        ("POST", "/sim/scenarios"),
        ("DELETE", "/sim/scenarios"),
        ("POST", "/sim/load"),
    }
    assert {entry.scope for entry in others} == {"sim"}


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_examples_are_requests_and_responses_of_their_models(entry: Entry) -> None:
    for example, response in zip(entry.examples, entry.example_responses, strict=True):
        entry.request.model_validate(example)
        TypeAdapter(entry.response).validate_python(response)


def test_an_outside_call_is_answered_and_seen(simulator: Simulator) -> None:
    made = do(simulator, "sim call", **{"from": "67896789", "to": "101", "trunkgroup": 10, "member": "12"})
    assert made["party"] == f"T{made['callid']}#1"
    do(simulator, "sim phone", extension="101", action="answer")
    (call,) = do(simulator, "sim state")["state"]["calls"]
    assert call["calling"] == "67896789"
    assert [(party["kind"], party["number"], party["state"]) for party in call["parties"]] == [
        ("trunk", "67896789", "connect"),
        ("station", "101", "connect"),
    ]
    do(simulator, "sim party", party=made["party"], action="hangup", uui="bye")
    assert do(simulator, "sim state")["state"]["calls"] == []


def test_the_picture_shows_people_and_trunks(simulator: Simulator) -> None:
    simulator.people.agent("12345", at="103", login=True, mode="AUTO_IN")
    do(simulator, "sim phone", extension="101", action="dial", number="67896789")
    state = do(simulator, "sim state")["state"]
    assert state["agents"] == [
        {"agentid": "12345", "name": "Peter", "extension": "103", "mode": "auto", "reasoncode": 0}
    ]
    groups = {group["trunkgroup"]: group for group in state["trunkgroups"]}
    assert (groups["5"]["tag"], groups["5"]["idletrunks"], groups["5"]["usedtrunks"]) == ("405", 119, 1)
    skills = {skill["split"]: skill for skill in state["skills"]}
    assert skills["201"]["agentsavailable"] == 1
    stations = {station["extension"]: station for station in state["stations"]}
    assert stations["103"]["agent"] == "12345"
    assert list(stations["101"]["calls"].values()) == ["connect"]
    assert state["link"] == "up"


@pytest.mark.parametrize(
    ("name", "keys", "status", "words"),
    [
        ("sim phone", {"extension": "999", "action": "lift"}, 404, "no telephone 999"),
        ("sim phone", {"extension": "101", "action": "answer"}, 409, "no ringing call"),
        ("sim phone", {"extension": "101", "action": "dial"}, 400, '"number"'),
        ("sim phone", {"extension": "101", "action": "press"}, 400, '"digits"'),
        ("sim party", {"party": "T9#1", "action": "answer"}, 409, "no outside party"),
        ("sim party", {"party": "T9#1", "action": "press"}, 400, '"digits"'),
        ("sim call", {"to": "101", "trunkgroup": "77"}, 409, "no trunk group '77'"),
        ("sim reset", {"world": {"station": {}}}, 400, "did you mean 'stations'?"),
    ],
)
def test_refusals_say_what_is_wrong(
    simulator: Simulator, name: str, keys: dict[str, Any], status: int, words: str
) -> None:
    error = refused(simulator, name, **keys)
    assert error.status == status
    assert words in error.text


def test_actions_are_a_closed_list(simulator: Simulator) -> None:
    with pytest.raises(ValidationError):
        do(simulator, "sim phone", extension="101", action="throw")


def test_time_is_virtual_on_demand_and_advances() -> None:
    simulator = Simulator(World.default(), Clock(1000.0, mode="real"))
    error = refused(simulator, "sim setclock", advance=5)
    assert "virtual" in error.text
    assert do(simulator, "sim setclock", mode="virtual")["mode"] == "virtual"
    happened: list[float] = []
    start = simulator.clock.now()
    simulator.clock.call_later(5, lambda: happened.append(simulator.clock.now() - start))
    do(simulator, "sim setclock", advance=4.5)
    assert happened == []
    after = do(simulator, "sim setclock", advance=1)
    assert happened == [5.0]
    assert after["now"] == start + 5.5 == do(simulator, "sim clock")["now"]
    assert do(simulator, "sim setclock", mode="real", rate=2)["rate"] == 2


def test_time_passes_until_nothing_more_happens_in_the_switch(simulator: Simulator) -> None:
    began = simulator.clock.now()
    simulator.clock.call_later(7200, lambda: None)
    simulator.people.dial("101", "333")
    assert not do(simulator, "sim clock")["idle"]
    after = do(simulator, "sim setclock", idle=True)
    assert after["idle"]
    assert after["now"] == began + simulator.world.timers.interceptSeconds
    assert not simulator.switch.core.calls


def test_a_switch_that_never_rests_is_given_an_hour() -> None:
    music = [{"step": "wait", "seconds": 50, "hearing": "music"}, {"step": "goto-step", "to": 1}]
    world = World.from_data({"vdns": {"700": {"vector": music}}, "trunkGroups": {"5": {"members": 1, "tac": "405"}}})
    simulator = Simulator(world, Clock(1000.0))
    simulator.people.call_in("60123456", "700")
    after = do(simulator, "sim setclock", idle=True)
    assert not after["idle"]
    assert after["now"] == 1000.0 + 3600


def test_the_link_fails_and_comes_back(simulator: Simulator) -> None:
    do(simulator, "sim link", state="down")
    assert do(simulator, "sim state")["state"]["link"] == "down"
    do(simulator, "sim link", state="up")
    assert do(simulator, "sim state")["state"]["link"] == "up"


def test_a_reset_takes_another_world_and_leaves_no_timer_behind(simulator: Simulator) -> None:
    for to in ("700", "101", "721"):
        do(simulator, "sim call", to=to)
    assert simulator.clock.next_when() is not None
    do(simulator, "sim reset", world={"stations": {"501": {"name": "Only one"}}})
    state = do(simulator, "sim state")["state"]
    assert [station["extension"] for station in state["stations"]] == ["501"]
    assert state["calls"] == []
    assert simulator.clock.next_when() is None


def test_controls_reach_the_simulator_that_is_there_after_a_reset(simulator: Simulator) -> None:
    async def work() -> None:
        backend = SimulatorBackend(simulator)
        await backend.start()
        simulator.reset()
        await backend.stop()

    asyncio.run(work())
    do(simulator, "sim call", to="101")
    assert len(do(simulator, "sim state")["state"]["calls"]) == 1


def test_hands_at_the_feature_buttons(simulator: Simulator) -> None:
    do(simulator, "sim phone", extension="101", action="dial", number="102")
    do(simulator, "sim phone", extension="103", action="pickup", number="102")
    do(simulator, "sim phone", extension="103", action="park")
    do(simulator, "sim phone", extension="104", action="unpark", number="103")
    do(simulator, "sim phone", extension="105", action="forward", number="106", when="busy")
    do(simulator, "sim phone", extension="105", action="sendallcalls")
    do(simulator, "sim phone", extension="105", action="message", application="lwc")
    stations = simulator.switch.core.stations
    assert list(stations["104"].parties[0].call.parties[0].device) == list("101")
    assert (stations["105"].forward_busy, stations["105"].send_all_calls) == ("106", True)
    assert stations["105"].messages == {"lwc"}
    do(simulator, "sim phone", extension="105", action="sendallcalls", on=False)
    do(simulator, "sim phone", extension="105", action="message", application="lwc", on=False)
    assert (stations["105"].send_all_calls, stations["105"].messages) == (False, set())
    assert "is parked" in refused(simulator, "sim phone", extension="105", action="unpark", number="101").text
    assert "not from" in refused(simulator, "sim phone", extension="105", action="message", application="x").text


def test_an_outside_caller_behaves_as_told(simulator: Simulator) -> None:
    call = do(simulator, "sim call", **{"from": "60123", "to": "101", "behaviour": {"patience": 5}})
    simulator.clock.advance(5)
    assert simulator.switch.call(call["callid"]) is None
    error = refused(simulator, "sim call", **{"from": "60123", "to": "101", "behaviour": "nobody"})
    assert "there is no behaviour" in error.text


# ---- scenarios

BRIEF: dict[str, Any] = {
    "duration": 60,
    "staff": [{"agents": ["12345"], "stations": ["111"]}],
    "behaviours": {"b": {"talkSeconds": 10}},
    "arrivals": [{"to": "700", "at": [5], "behaviour": "b"}],
    "expect": [{"figure": "answered", "exactly": 1}],
}


def test_a_scenario_is_played_and_shown(simulator: Simulator) -> None:
    assert do(simulator, "sim scenarios")["performance"] is None
    before = simulator.switch
    assert do(simulator, "sim scenario", scenario=BRIEF, seed="7")["seconds"] == 60
    assert simulator.switch is before, "it says nothing of its world"
    simulator.clock.advance(10)
    shown = do(simulator, "sim scenarios")
    assert "quiet-day" in shown["scenarios"]
    assert (shown["performance"]["stage"], shown["performance"]["seed"]) == ("playing", 7)
    assert shown["performance"]["figures"]["callers"] == 1
    simulator.clock.advance(60)
    shown = do(simulator, "sim scenarios")
    assert (shown["performance"]["stage"], shown["performance"]["passed"]) == ("over", True)


def test_a_scenario_of_the_package_begins_with_its_own_world(simulator: Simulator) -> None:
    before = simulator.switch
    assert do(simulator, "sim scenario", scenario="monday-morning") == {
        "msgtype": "response",
        "id": "",
        "result": "success",
        "scenario": "monday-morning",
        "seconds": 1800.0,
    }
    assert simulator.switch is not before
    assert "10" not in simulator.world.trunkGroups


def test_one_scenario_at_a_time_and_it_can_be_stopped(simulator: Simulator) -> None:
    assert "no scenario is being played" in refused(simulator, "sim noscenario").text
    do(simulator, "sim scenario", scenario=BRIEF)
    assert "stop it first" in refused(simulator, "sim scenario", scenario=BRIEF).text
    do(simulator, "sim noscenario")
    assert do(simulator, "sim scenarios")["performance"]["stage"] == "stopped"
    do(simulator, "sim scenario", scenario=BRIEF)


@pytest.mark.parametrize(
    ("scenario", "status", "words"),
    [
        ("quietday", 400, "did you mean 'quiet-day'?"),
        ("/etc/passwd", 400, "there is no scenario"),
        ("../scenarios/quiet-day.yaml", 400, "there is no scenario"),
        ({}, 400, "duration: this key is missing"),
        ({"duration": 5, "world": "/etc/passwd"}, 400, "world: a scenario that comes without a file can name none"),
        ({"duration": 5, "arrivals": [{"to": "700", "csv": "/etc/passwd"}]}, 400, "arrivals.1.csv"),
        ("ivr-self-service", 409, "its IVRs drive a server"),
        ("aes-failover", 409, "several AES"),
    ],
)
def test_a_scenario_that_cannot_be_played_changes_nothing(
    simulator: Simulator, scenario: Any, status: int, words: str
) -> None:
    before = simulator.switch
    error = refused(simulator, "sim scenario", scenario=scenario)
    assert (error.status, words in error.text) == (status, True), error.text
    assert simulator.switch is before
    assert simulator.play is None


def test_an_outside_party_is_named_by_the_call_that_it_came_by_or_is_on(simulator: Simulator) -> None:
    people = simulator.people
    people.call_in("67890001", "101")
    people.answer("101")
    people.hold("101")
    people.dial("101", "102")
    people.answer("102")
    people.transfer("101")
    people.party("T1", "press", "1")
    people.party("T2", "press", "2")
    assert list(simulator.switch.core.calls) == [2]
    people.party("T2", "hangup")
    assert not simulator.switch.core.calls
