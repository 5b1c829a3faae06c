"""Scenarios from beginning to end: every one of the package on both backends, events to the byte, ladders, reports."""

import io
import json
from typing import Any
from xml.etree import ElementTree

import pytest

from ivrsvr.backends.simulator.scenario import file
from ivrsvr.testing.facade import RunningServer
from ivrsvr.testing.scenarios import reports
from ivrsvr.testing.scenarios.run import BACKENDS, BackendMismatch, Options, Outcome, run

SHORTER = {"load-shift": 60.0, "load-small": 240.0, "monday-morning": 900.0}
"""Scenarios that take long, and how long callers come in a test."""

SMALL: dict[str, Any] = {
    "description": "one <caller>",
    "duration": 60,
    "staff": [{"agents": ["12345"], "stations": ["111"], "habits": "h"}, {"stations": ["102"]}],
    "habits": {"h": {"does": "transfer", "doesAfter": 5, "colleagues": ["102"]}},
    "behaviours": {"b": {"talkSeconds": 30}},
    "arrivals": [{"to": "700", "at": [5], "behaviour": "b", "from": "61234567"}],
    "expect": [
        {"figure": "answered", "exactly": 1},
        {"figure": "events", "event": {"eventtype": "hold"}, "atLeast": 1},
    ],
}


def outcome_of(scenario: file.Scenario, **options: Any) -> tuple[Outcome, str]:
    """What came of a run, and its events file."""
    events = io.StringIO()
    return run(scenario, Options(events=events, **options)), events.getvalue()


@pytest.mark.parametrize("name", file.names())
def test_the_scenarios_of_the_package_meet_their_expectations_alike_on_both_backends(name: str) -> None:
    scenario = file.load(name)
    if name in SHORTER:
        scenario = file.shortened(scenario, SHORTER[name])
    written = []
    for backend in BACKENDS if scenario.data.backend == "any" else ("tsapi",):
        outcome, events = outcome_of(scenario, backend=backend)
        assert outcome.passed or (name in SHORTER and _only_amounts(outcome)), reports.text(outcome.result)
        assert events
        written.append(events)
    assert written[0] == written[-1]


def _only_amounts(outcome: Outcome) -> bool:
    """Whether a scenario that was cut short fails only on how much there was."""
    failed = [one["expected"] for one in outcome.result["expectations"] if not one["met"]]
    return all(
        words.startswith(("callers", "blocked", "abandonedShare", "serviceLevel", "longestWait")) for words in failed
    )


OUTAGE: dict[str, Any] = {
    "duration": 30,
    "staff": [{"agents": ["12346", "12345"], "stations": ["112", "111"], "every": 1}],
    "behaviours": {"brief": {"talkSeconds": 8}, "long": {"talkSeconds": 60}},
    "arrivals": [{"to": "700", "at": [5], "behaviour": "brief"}, {"to": "700", "at": [14], "behaviour": "long"}],
    "faults": [{"at": 12, "fault": "linkdown", "lasting": 12}],
}
"""During an outage a call begins at a station, and one ends at the next: to find out about the first takes longer."""


def test_what_is_found_out_after_an_outage_is_told_in_one_order_on_both_backends() -> None:
    scenario = file.from_data(OUTAGE)
    written = [outcome_of(scenario, backend=backend)[1] for backend in BACKENDS]
    found_out = [json.loads(line) for line in written[0].splitlines() if '"synthetic":true' in line]
    assert [one["eventtype"] for one in found_out if one["monitored"] in ("111", "112")] == [
        "connect",
        "disconnect",
        "idle",
    ]
    assert written[0] == written[1]


def test_another_seed_is_another_day_and_the_speed_changes_nothing() -> None:
    scenario = file.shortened(file.load("default"), 120)
    _, first = outcome_of(scenario, seed=3)
    _, paced = outcome_of(scenario, seed=3, rate=1_000_000.0)
    _, other = outcome_of(scenario, seed=4)
    assert first == paced
    assert first != other
    numbers = [json.loads(line)["eventid"] for line in first.splitlines()]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))  # the first ones are those of its monitors


def test_a_scenario_that_needs_an_aes_is_not_run_without() -> None:
    with pytest.raises(BackendMismatch, match="--backend tsapi"):
        run(file.load("aes-failover"), Options(backend="simulator"))


def test_progress_is_told() -> None:
    told: list[float] = []
    run(file.from_data(SMALL), Options(progress=lambda share, _: told.append(share)))
    assert told == sorted(told)
    assert told[-1] == 1


@pytest.fixture(scope="module")
def small() -> Outcome:
    return run(file.from_data(SMALL, "small"), Options(ladders="all"))


def test_a_ladder_shows_who_did_what(small: Outcome) -> None:
    ladders = list(small.ladders)
    assert [ladder.callid for ladder in ladders] == [2]
    (ladder,) = ladders
    lines = list(ladder.lines())
    assert lines[0] == "Call 2 (and 1)", "the consultation call merged with the caller's"
    names = [rung.event for rung in ladder.rungs]
    assert names[0] == "Delivered"
    assert names[-1] == "CallCleared"
    told = [name for name in names if name in ("Established", "Held", "Transferred")]
    # The caller is answered and held, the colleague answers, the calls become one.
    assert told == ["Established", "Held", "Established", "Transferred"]
    assert ladder.devices[:3] == ["61234567", "700", "111"]
    assert any("Held" in line and "*" in line for line in lines)
    assert any("+" in line and ">" in line for line in lines[2:])


def test_one_call_of_several_is_shown() -> None:
    scenario = file.shortened(file.load("quiet-day"), 900)
    every = list(run(scenario, Options(ladders="all")).ladders)
    one = list(run(scenario, Options(ladders="2")).ladders)
    assert len(every) > 2
    assert [ladder.callid for ladder in one] == [2]
    assert not list(run(scenario, Options()).ladders)


def test_reports_say_the_same_in_every_form(small: Outcome) -> None:
    result = small.result
    assert json.loads(reports.as_json(result)) == result
    suite = ElementTree.fromstring(reports.as_junit(result))
    assert (suite.get("tests"), suite.get("failures")) == ("3", "0")
    assert [case.get("name") for case in suite][-1] == "is played to its end"
    page = reports.as_html(result, "a < b")
    assert "one &lt;caller&gt;" in page
    assert "a &lt; b" in page
    assert "12345" in page
    text = reports.text(result)
    assert text.startswith("small: over after")
    assert text.endswith("passed")
    assert "skill 201: 1 callers, 1 answered" in text


def test_reports_say_what_failed() -> None:
    outcome = run(file.from_data({**SMALL, "expect": [{"figure": "answered", "exactly": 7}]}, "bad"))
    assert not outcome.passed
    suite = ElementTree.fromstring(reports.as_junit(outcome.result))
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "came to 1"
    assert "FAILED answered exactly 7: 1" in reports.text(outcome.result)
    assert "failed" in reports.as_html(outcome.result)


def test_a_call_of_which_the_server_does_not_hear_the_end_is_lost() -> None:
    faults = [{"at": 0, "fault": "lose", "on": "event", "service": "ConnectionCleared"}]
    faults += [{"at": 0, "fault": "lose", "on": "event", "service": "CallCleared"}]
    outcome = run(file.from_data({**SMALL, "faults": faults, "habits": {"h": {}}}, "lossy"))
    assert outcome.result["figures"]["lostCalls"] >= 1


def test_a_server_that_has_no_link_at_the_end_is_waited_for() -> None:
    faults = [{"at": 20, "fault": "linkdown", "lasting": 90}]
    for behaviour in ({"talkSeconds": 30}, {"patience": 1000}):
        outcome = run(file.from_data({**SMALL, "faults": faults, "behaviours": {"b": behaviour}, "closing": 200}))
        figures = outcome.result["figures"]
        assert figures["lostCalls"] == figures["unfinished"]


def test_a_running_server_plays_a_scenario_with_an_ivr() -> None:
    with RunningServer() as server:
        performance = server.play("ivr-self-service", 1500)
        assert performance["passed"], performance
        assert server.http("GET", "/sim/scenarios").body["performance"]["stage"] == "over"
        assert server.http("POST", "/sim/scenarios", json={"scenario": "quietday"}).status == 400


def test_a_switch_alone_says_that_ivrs_need_a_server() -> None:
    with RunningServer(backend="tsapi") as server:
        reply = server.http("POST", "/sim/scenarios", json={"scenario": "ivr-self-service"})
        assert (reply.status, "ask a server" in reply.body["error"]) == (409, True)
