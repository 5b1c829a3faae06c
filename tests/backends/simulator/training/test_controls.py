"""The controls of trainings, as registry entries."""

import csv
from typing import Any

import pytest

from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.training.report import contacts_csv
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock
from tests.backends.simulator.test_control import do, refused

ASSIGNED = {"scenario": "first-call", "trainee": "Ann", "extension": "101", "trainer": "Tom"}


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(World.default(), Clock(1458770400))


def begin(simulator: Simulator, **keys: Any) -> None:
    do(simulator, "train assign", **{**ASSIGNED, **keys})
    do(simulator, "train ready", extension="101")
    do(simulator, "train start")


def test_a_session_is_assigned_started_watched_and_reported(simulator: Simulator) -> None:
    names = [one["scenario"] for one in do(simulator, "train scenarios")["trainings"]]
    assert "overloaded-monday" in names
    assert do(simulator, "train state")["session"] is None
    begin(simulator)
    simulator.clock.advance(8)
    simulator.people.answer("101")
    simulator.clock.advance(2)
    seen = do(simulator, "train state")["session"]
    assert (seen["stage"], seen["state"], seen["statetext"]) == ("running", "talking", "is on a call")
    (caller,) = seen["callers"]
    assert (caller["phase"], caller["mood"], caller["withtrainee"]) == ("talking", "friendly", True)
    assert caller["said"].startswith("Good morning!")
    desk = do(simulator, "train desk", extension="101")["session"]
    assert [one["text"] for one in desk["lines"] if one["kind"] == "says"] == [caller["said"]]
    assert [one["item"] for one in desk["callers"][0]["checklist"]] == ["name", "address"]
    assert desk["points"] is None
    do(simulator, "train tick", extension="101", caller="Mrs Brown", item="name")
    do(simulator, "train tick", extension="101", caller="Mrs Brown", item="address")
    do(simulator, "train comment", text="Well done")
    last = seen["log"][-1]["number"]
    assert "Well done" in [one["text"] for one in do(simulator, "train state", since=last)["session"]["log"]]
    simulator.clock.advance(30)
    assert do(simulator, "train desk", extension="101")["session"]["points"] == 100.0
    (short,) = do(simulator, "train reports", trainee="Ann")["reports"]
    assert (short["stage"], short["points"], short["passed"]) == ("over", 100.0, True)
    assert "log" not in short
    assert do(simulator, "train reports", trainee="Bob")["reports"] == []
    report = do(simulator, "train report", number=1)["report"]
    assert report["contacts"][0]["ringseconds"] == 3.0
    rows = list(csv.DictReader(do(simulator, "train csv")["csv"].splitlines()))
    assert [(row["trainee"], row["points"], row["answer"]) for row in rows] == [("Ann", "100.0", "100.0")]
    (call,) = csv.DictReader(do(simulator, "train csv", number=1)["csv"].splitlines())
    assert (call["caller"], call["ringseconds"], call["ticked"], call["checklist"]) == ("Mrs Brown", "3.0", "2", "2")


def test_a_training_of_ones_own_comes_as_text(simulator: Simulator) -> None:
    text = "duration: 2m\ntraining:\n  title: Mine\n  callers:\n    - name: A\n      script: []\n      at: 1\n"
    assert do(simulator, "train check", text=text)["training"]["title"] == "Mine"
    switch = simulator.switch
    begin(simulator, scenario="", text=text)
    assert simulator.switch is switch, "it says nothing of its world"
    error = refused(simulator, "train check", text=text.replace("name: A", "nam: A"))
    assert "line 5: training.callers.1.nam: there is no such key here; did you mean 'name'?" in error.text


def test_a_logged_in_trainee_stays_logged_in_where_nothing_else_is_going_on(simulator: Simulator) -> None:
    simulator.people.agent("12345", at="101", login=True)
    do(simulator, "train assign", **{**ASSIGNED, "scenario": "queue-and-wrap-up", "agent": "12345"})
    agent = simulator.switch.core.agents["12345"]
    assert agent.station is None, "the scenario has people of its own: another world"
    simulator.people.agent("12345", at="101", login=True)
    do(simulator, "train end")
    do(simulator, "train assign", **{**ASSIGNED, "scenario": "queue-and-wrap-up", "agent": "12345"})
    assert simulator.switch.core.agents["12345"].station is not None
    simulator.people.call_in("67896789", "105")
    do(simulator, "train end")
    do(simulator, "train assign", **{**ASSIGNED, "scenario": "queue-and-wrap-up", "agent": "12345"})
    assert not simulator.switch.core.calls


def test_a_scenario_with_a_training_is_not_played_without_a_trainee(simulator: Simulator) -> None:
    data = {"duration": 60, "training": {"title": "T", "callers": [{"name": "A"}]}}
    assert "need a trainee" in refused(simulator, "sim scenario", scenario=data).text


@pytest.mark.parametrize(
    ("keys", "status", "words"),
    [
        ({"scenario": "first-cal"}, 400, "did you mean 'first-call'"),
        ({"scenario": "../default"}, 400, "there is no training"),
        ({"scenario": ""}, 400, "say which training"),
        ({"text": "x: 1"}, 400, "say which training"),
        ({"scenario": "", "text": "duration: 60"}, 400, "a training needs callers"),
        ({"scenario": "", "text": "- 1"}, 400, "must be an object"),
        ({"scenario": "", "text": "{"}, 400, "the training has a mistake"),
        ({"extension": "999"}, 409, "there is no telephone '999'"),
        ({"scenario": "queue-and-wrap-up"}, 409, "name the trainee's agent id"),
        ({"scenario": "queue-and-wrap-up", "agent": "1"}, 409, "there is no agent '1'"),
        ({"scenario": "right-place", "extension": "116"}, 409, "116 belongs to somebody"),
    ],
)
def test_the_impossible_is_refused_and_changes_nothing(
    simulator: Simulator, keys: dict[str, str], status: int, words: str
) -> None:
    before = simulator.switch
    error = refused(simulator, "train assign", **{**ASSIGNED, **keys})
    assert (error.status, words in error.text) == (status, True), error.text
    assert simulator.switch is before
    assert do(simulator, "train reports")["reports"] == []


def test_things_in_the_wrong_order_are_refused_in_words(simulator: Simulator) -> None:
    assert "no training session" in refused(simulator, "train start").text
    assert "nobody is trained at 101" in refused(simulator, "train ready", extension="101").text
    do(simulator, "train assign", **ASSIGNED)
    assert "the trainee is not there" in refused(simulator, "train start").text
    assert "has not begun" in refused(simulator, "train call", caller="Mrs Brown").text
    assert "has not begun" in refused(simulator, "train pause").text
    assert "session 1 of Ann is assigned" in refused(simulator, "train assign", **ASSIGNED).text
    do(simulator, "train ready", extension="101")
    do(simulator, "train start")
    assert "running already" in refused(simulator, "train start").text
    assert "is being played" in refused(simulator, "sim scenario", scenario="quiet-day").text
    assert "not paused" in refused(simulator, "train resume").text
    tick = {"extension": "101", "caller": "Mrs Brown", "item": "name"}
    assert "has not been talked to" in refused(simulator, "train tick", **tick).text
    simulator.clock.advance(6)
    simulator.people.answer("101")
    assert "there are name, address" in refused(simulator, "train tick", **{**tick, "item": "nam"}).text
    assert "there is no session 7" in refused(simulator, "train report", number=7).text
    do(simulator, "train end")
    assert "session 1 is ended" in refused(simulator, "train end").text
    do(simulator, "train assign", **ASSIGNED)


@pytest.mark.parametrize("name", ["", "a\x00b", "a\u202eb", "a\x1b[31mb", "x" * 81])
def test_names_that_nobody_has_are_refused(simulator: Simulator, name: str) -> None:
    with pytest.raises(ValueError, match="trainee"):
        do(simulator, "train assign", **{**ASSIGNED, "trainee": name})


@pytest.mark.parametrize("name", ["<b>Ann</b>", "أن", "אן", "Zoë 🎧", "'; drop table tTraining; --"])
def test_other_names_are_just_names(simulator: Simulator, name: str) -> None:
    do(simulator, "train assign", **{**ASSIGNED, "trainee": name})
    assert do(simulator, "train reports", trainee=name)["reports"][0]["trainee"] == name


def test_no_cell_of_a_sheet_is_a_formula(simulator: Simulator) -> None:
    begin(simulator, trainee="=1+1")
    assert "'=1+1" in do(simulator, "train csv")["csv"]
    simulator.clock.advance(6)
    simulator.people.answer("101")
    report = do(simulator, "train report", number=1)["report"]
    report["contacts"][0]["caller"] = "@SUM(A1)"
    assert "'@SUM(A1)" in contacts_csv(report)


def test_no_training_begins_while_a_scenario_is_played(simulator: Simulator) -> None:
    do(simulator, "train assign", **ASSIGNED)
    do(simulator, "train ready", extension="101")
    do(simulator, "sim scenario", scenario={"duration": 60, "monitor": "none"})
    assert "stop it first" in refused(simulator, "train start").text
    do(simulator, "sim noscenario")
    do(simulator, "train start")
