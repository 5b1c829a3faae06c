"""The runner is not blind: whatever an expectation says differently, a scenario that passes then fails."""

import copy
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.conformance.flows.expectations import shape_fault
from tests.conformance.flows.file import OWN, Flows, Scenario
from tests.conformance.flows.in_process import InProcess
from tests.conformance.flows.runner import Run, ScenarioFailed

FILES = [Flows.load(path) for path in OWN]
FLOWS = next(flows for flows in FILES if any(one.id == "F-hold" for one in flows.scenarios))
JSON_ONLY = ("jsonReply", "jsonEvents")


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every value of an expectation that is asserted in process; alternatives may make up for one another."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key != "anyOf" and not (not path and key in JSON_ONLY):
                yield from places(item, (*path, key))
    elif isinstance(value, list) and value:
        for place, item in enumerate(value):
            yield from places(item, (*path, place))
    elif path:
        yield path


def changed(expect: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """The expectation with one value changed."""
    copied = copy.deepcopy(expect)
    holder: Any = copied
    for step in path[:-1]:
        holder = holder[step]
    value = holder[path[-1]]
    match value:
        case bool():
            holder[path[-1]] = not value
        case int() | float():
            holder[path[-1]] = value + 1
        case str():
            holder[path[-1]] = value + "X"
        case list():
            holder[path[-1]] = [{"event": "Nothing"}]
        case _:
            holder[path[-1]] = {"101": "CS_CONNECT"}
    return copied


ASSERTED = [(flows, one) for flows in FILES for one in flows.scenarios if any(places(one.expect))]


@pytest.mark.parametrize(("flows", "scenario"), ASSERTED, ids=lambda one: getattr(one, "id", ""))
def test_a_changed_expectation_fails(flows: Flows, scenario: Scenario) -> None:
    asserted = list(places(scenario.expect))
    for path in random.Random(scenario.id).sample(asserted, min(3, len(asserted))):
        with pytest.raises(ScenarioFailed):
            Run(flows, replace(scenario, expect=changed(scenario.expect, path)), InProcess()).carry_out()


def one(scenario_id: str) -> Scenario:
    return next(scenario for scenario in FLOWS.scenarios if scenario.id == scenario_id)


def test_a_failure_tells_both_sides_the_first_mismatch_and_the_story() -> None:
    scenario = one("F-hold")
    expect = changed(scenario.expect, ("events", "device:101", 0, "holdingDevice"))
    with pytest.raises(ScenarioFailed) as failed:
        Run(FLOWS, replace(scenario, expect=expect), InProcess()).carry_out()
    report = str(failed.value)
    assert "events of device:101: [0].holdingDevice: expected '101X', came '101'" in report
    assert "expected:\n" in report
    assert "what happened:" in report


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"service": "NoSuchService", "args": {}}, "no service NoSuchService"),
        ({"service": "HoldCall", "args": {"call": {}}}, "HoldCall has no field call"),
        ({"service": "HoldCall", "args": {"activeCall": {"callID": "C7"}}}, "nothing has bound C7"),
        ({"monitor": "moon:101"}, "no monitor of the kind moon"),
        ({"phone": "101", "do": "answer"}, "101"),
        ({"phone": "101", "do": "juggle"}, "juggle"),
        ({"caller": "60123", "trunkGroup": "5"}, "KeyError: 'to'"),
        ({"party": "T77#1", "do": "hangup"}, "T77#1"),
        ({"agent": "12345", "at": "101", "mode": "DREAM"}, "DREAM"),
        ({"admin": {"weather": "bad"}}, "nobody can administer weather"),
        ({"service": "HoldCall", "stream": "S9", "args": {}}, "S9"),
        ({"await": "device:101", "event": {"event": "Held"}}, "no event of device:101 matches"),
    ],
)
def test_a_step_that_cannot_be_done_fails_the_scenario(step: dict[str, Any], said: str) -> None:
    scenario = replace(one("F-monitor-start"), setup=[{"monitor": "device:101"}], do=[step], expect={})
    with pytest.raises(ScenarioFailed, match=said):
        Run(FLOWS, scenario, InProcess()).carry_out()


def test_an_outcome_of_nothing_is_not_passed_over() -> None:
    scenario = replace(one("F-monitor-start"), do=[{"advance": 1}], expect={"failure": "NO_ACTIVE_CALL"})
    with pytest.raises(ScenarioFailed, match="failure: do has no request whose outcome this could be"):
        Run(FLOWS, scenario, InProcess()).carry_out()


def test_a_pending_request_must_not_come_out() -> None:
    scenario = one("F-monitor-start")
    step = {"service": "QueryTimeOfDay", "args": {}, "pending": True}
    with pytest.raises(ScenarioFailed, match="expected no outcome"):
        Run(FLOWS, replace(scenario, do=[step], expect={}), InProcess()).carry_out()


IDLE = {"msgtype": "event", "eventtype": "idle", "referenceid": 1, "time": 5, "extension": "101"}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (IDLE, None),
        ({**IDLE, "eventid": 7, "epoch": "x"}, None),
        ({**IDLE, "extension": 101}, "extension is a string"),
        ({**IDLE, "eventtype": "party"}, "unknown eventtype"),
        ({"eventid": 7, **IDLE}, "the keys are"),
        ({key: IDLE[key] for key in ("msgtype", "eventtype", "time", "referenceid", "extension")}, "the keys are"),
    ],
)
def test_the_shape_of_a_json_event(event: dict[str, Any], said: str | None) -> None:
    fault = shape_fault(FLOWS.shapes, event)
    assert fault is None if said is None else said in str(fault)


def test_a_misspelt_key_may_be_repeated_under_its_right_name() -> None:
    keys = [key.rstrip("?") for key in FLOWS.shapes["transfer"]]
    numbers = {key.rstrip("?") for key in FLOWS.shapes["transfer"] if key.endswith("?")}
    event = {key: 1 if key in numbers else "x" for key in keys} | {"eventtype": "transfer"}
    place = keys.index("cusdata") + 1
    items = list(event.items())
    repeated = dict([*items[:place], ("custdata", "x"), *items[place:]])
    assert shape_fault(FLOWS.shapes, event) is None
    assert shape_fault(FLOWS.shapes, repeated) is None
    assert "custdata" in str(shape_fault(FLOWS.shapes, {**repeated, "custdata": "y"}))
