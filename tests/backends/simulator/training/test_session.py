"""Sessions: what callers do by what the trainee does, and what becomes of it in facts and points."""

from typing import Any

import pytest

from ivrsvr.backends.simulator.training.session import TrainingError
from tests.backends.simulator.training.rig import ONE, Room, scenario


def test_a_good_call_from_beginning_to_end() -> None:
    room = Room(scenario())
    room.advance(8)
    room.people.answer("101")
    room.advance(2)
    assert room.said("Mrs Brown") == ["Good morning"]
    room.session.tick("Mrs Brown", "name", done=True)
    room.advance(2)
    room.session.tick("Mrs Brown", "street", done=True)
    room.advance(4)
    assert room.said("Mrs Brown") == ["Good morning", "Brown", "Bye"]
    assert room.session.callers["Mrs Brown"].actor.mood == "friendly"  # type: ignore[union-attr]
    room.advance(12)
    session = room.session
    assert (session.stage, session.score.points, session.score.passed) == ("over", 100.0, True)
    (contact,) = session.facts.contacts
    assert (contact.ring_seconds, contact.ended_by, contact.lost) == (3.0, "caller", False)
    report = room.shelf.report(session.number)
    assert report is not None
    assert (report["stage"], report["points"]) == ("over", 100.0)


def test_who_is_not_answered_becomes_impatient_and_leaves() -> None:
    room = Room(scenario())
    room.advance(5 + 25)
    assert room.said("Mrs Brown", "mood") == ["is worried now"]
    room.advance(16)
    (contact,) = room.session.facts.contacts
    assert contact.lost
    assert contact.missed == 1
    assert (room.mark("answer"), room.mark("lost"), room.mark("discipline")) == (0.0, 0.0, 75.0)


@pytest.mark.parametrize(("after", "line"), [(3, "soon"), (25, "late")])
def test_callers_notice_how_long_they_waited(after: float, line: str) -> None:
    script = [{"when": "answeredInTime", "say": "soon"}, {"when": "answeredLate", "say": "late"}]
    room = Room(scenario({**ONE, "script": script}, goals={"answerWithin": 20}))
    room.advance(5 + after)
    room.people.answer("101")
    room.advance(2)
    assert room.said("Mrs Brown") == [line]
    assert room.mark("answer") == (100.0 if line == "soon" else 0.0)


def test_holds_are_measured_and_too_long_a_one_loses_the_caller() -> None:
    script: list[dict[str, Any]] = [
        {"when": "held", "after": 10, "say": "Hello?", "again": True},
        {"when": "back", "say": "There you are", "again": True},
    ]
    room = Room(scenario({**ONE, "script": script}, goals={"holdWithin": 20, "holds": 1}))
    room.advance(6)
    room.people.answer("101")
    for seconds in (15, 5):
        room.advance(1)
        room.people.hold("101")
        room.advance(seconds)
        room.people.retrieve("101")
    room.advance(2)
    assert room.said("Mrs Brown") == ["Hello?", "There you are", "There you are"]
    assert room.session.facts.contacts[0].holds == [15.0, 5.0]
    assert room.mark("holds") == 0.0  # held twice
    room.people.hold("101")
    room.advance(31)
    (contact,) = room.session.facts.contacts
    assert (contact.lost, contact.gave_up, contact.holds[-1]) == (True, True, 30.0)


def test_what_would_be_said_to_nobody_waits_until_the_trainee_listens() -> None:
    room = Room(scenario({**ONE, "script": [{"when": "answered", "after": 5, "say": "Well?"}]}))
    room.advance(6)
    room.people.answer("101")
    room.advance(1)
    room.people.hold("101")
    room.advance(10)
    assert room.said("Mrs Brown") == []
    room.people.retrieve("101")
    room.advance(2)
    assert room.said("Mrs Brown") == ["Well?"]


TRANSFER = {
    **ONE,
    "checklist": [],
    "transferTo": ["103"],
    "script": [
        {"when": "transferredRight", "say": "right"},
        {"when": "transferredWrong", "say": "wrong"},
        {"when": "colleague", "after": 3, "say": "hello", "hangup": True},
    ],
}


@pytest.mark.parametrize(("to", "words", "points"), [("103", "right", 100.0), ("104", "wrong", 0.0)])
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "consulted"])
def test_transfers_are_judged_by_where_they_go(to: str, words: str, points: float, at_once: bool) -> None:
    room = Room(scenario(TRANSFER))
    room.advance(6)
    room.people.answer("101")
    room.advance(5)
    room.people.hold("101")
    room.people.dial("101", to)
    room.advance(1)
    if at_once:
        room.people.transfer("101")
        room.advance(2)
        room.people.answer(to)
    else:
        room.people.answer(to)
        room.advance(4)
        assert room.session.facts.contacts[0].passed == []
        room.people.transfer("101")
    room.advance(5)
    assert words in room.said("Mrs Brown")
    room.advance(20)
    (contact,) = room.session.facts.contacts
    assert [(one.to, one.right) for one in contact.passed] == [(to, words == "right")]
    assert contact.left is not None
    assert not contact.lost
    assert room.mark("transfer") == points


def test_a_caller_who_should_have_been_transferred_and_was_not() -> None:
    room = Room(scenario(TRANSFER))
    room.advance(6)
    room.people.answer("101")
    room.advance(5)
    room.people.hangup("101")
    assert room.session.facts.contacts[0].ended_by == "trainee"
    assert room.mark("transfer") == 0.0


def test_nobody_is_transferred_who_need_not_be() -> None:
    room = Room(scenario({**ONE, "script": []}))
    room.advance(6)
    room.people.answer("101")
    room.people.hold("101")
    room.people.dial("101", "103")
    room.advance(1)
    room.people.transfer("101")
    room.advance(2)
    assert room.mark("transfer") == 0.0


def test_an_agent_in_a_queue_with_wrap_up_and_states() -> None:
    caller = {**ONE, "to": "700", "patience": 100}
    room = Room(scenario(caller, goals={"wrapUpWithin": 20, "auxWithin": 5}), extension="111", agent="12345")
    room.advance(10)
    room.people.answer("111")
    room.advance(1)
    room.people.agent("12345", mode="ACW")
    room.people.hangup("111")
    room.advance(15)
    room.people.agent("12345", mode="AUTO_IN")
    (contact,) = room.session.facts.contacts
    assert contact.wrap_up == 15.0
    assert (room.mark("wrapUp"), room.mark("discipline")) == (100.0, 100.0)


def test_time_in_aux_and_logging_out_cost_discipline() -> None:
    late = {**ONE, "to": "700", "at": 300}
    room = Room(scenario(late, goals={"auxWithin": 10}), extension="111", agent="12345")
    room.people.agent("12345", mode="AUX", reason=3)
    room.advance(30)
    room.people.agent("12345", mode="AUTO_IN")
    assert room.mark("discipline") == 75.0
    room.people.agent("12345", login=False)
    assert room.mark("discipline") == 50.0
    assert room.session.facts.seconds["aux"] == 30.0


def test_a_second_call_is_sent_by_the_trainer() -> None:
    second = {**ONE, "name": "Mr Green", "from": "61113333"}
    del second["at"]
    room = Room(scenario(ONE, second))
    room.advance(6)
    room.people.answer("101")
    room.session.send("Mr Green")
    room.advance(3)
    assert [one.data.name for one in room.session.with_trainee] == ["Mrs Brown", "Mr Green"]
    with pytest.raises(TrainingError, match="Mr Green is on a call already"):
        room.session.send("Mr Green")
    with pytest.raises(TrainingError, match="there are Mrs Brown, Mr Green"):
        room.session.send("Nobody")


def test_pausing_stops_a_clock_that_runs_and_resuming_lets_it_go() -> None:
    room = Room(scenario())
    room.clock.set_mode("real", 2.0)
    room.session.pause()
    assert (room.clock.mode, room.session.stage) == ("virtual", "paused")
    with pytest.raises(TrainingError, match="paused already"):
        room.session.pause()
    room.session.resume()
    assert (room.clock.mode, room.clock.rate) == ("real", 2.0)
    room.session.pause()
    room.session.end()
    assert room.clock.mode == "real"
    assert room.session.stage == "ended"


def test_faults_and_comments_stand_in_the_report() -> None:
    room = Room(scenario())
    room.session.fault({"fault": "linkdown", "lasting": 5})
    with pytest.raises(TrainingError, match="there is no"):
        room.session.fault({"fault": "stationout", "station": "9999"})
    room.session.comment("Well done")
    room.session.end()
    report = room.shelf.report(1)
    assert report is not None
    told = {(one["who"], one["kind"], one["text"]) for one in report["log"]}
    assert ("Tom", "fault", "fault linkdown (lasting 5)") in told
    assert ("Tom", "comment", "Well done") in told


def test_keys_that_the_caller_presses_are_heard() -> None:
    room = Room(scenario({**ONE, "script": [{"when": "answered", "press": "42#"}]}))
    room.advance(6)
    room.people.answer("101")
    room.advance(2)
    assert room.said("Mrs Brown", "presses") == ["presses 42#"]
    (own,) = room.simulator.switch.core.stations["101"].parties
    assert own.heard == "42#"


def test_the_trainee_must_be_there() -> None:
    room = Room(scenario(), begin=False)
    with pytest.raises(TrainingError, match="nobody at 101 has said to be ready"):
        room.session.start()
    agent = Room(scenario({**ONE, "to": "700"}), extension="111", agent="12345", begin=False)
    with pytest.raises(TrainingError, match="logged in nowhere; Ann must log in at 111"):
        agent.session.start()
    agent.people.agent("12345", at="112", login=True)
    with pytest.raises(TrainingError, match="logged in at 112"):
        agent.session.start()


@pytest.mark.parametrize(
    ("keys", "extension", "agent", "words"),
    [
        ({}, "10l", "", "no telephone '10l' .*did you mean"),
        ({}, "101", "99999", "no agent '99999'"),
        ({"staff": [{"stations": ["101"]}]}, "101", "", "101 belongs to somebody of the scenario"),
        ({"staff": [{"agents": ["12345"], "stations": ["102"]}]}, "101", "12345", "agent 12345 is somebody"),
        ({"to": "700"}, "101", "", "its callers come by 700"),
    ],
)
def test_what_can_never_be_is_refused_in_words(keys: dict[str, Any], extension: str, agent: str, words: str) -> None:
    to = keys.pop("to", "")
    with pytest.raises(TrainingError, match=words):
        Room(scenario({**ONE, "to": to}, **keys), extension=extension, agent=agent)


def test_a_reset_in_the_middle_stops_the_session_and_says_so() -> None:
    room = Room(scenario())
    room.advance(6)
    room.simulator.reset()
    assert (room.session.stage, room.session.reason) == ("stopped", "the simulator began again")
    room.advance(60)
    with pytest.raises(TrainingError, match="stopped: the simulator began again"):
        room.session.comment("Hello?")


def test_a_snapshot_of_the_switch_can_be_taken_and_gone_back_to() -> None:
    room = Room(scenario())
    room.advance(6)
    room.people.answer("101")
    saved = room.simulator.save()
    room.advance(5)
    assert room.session.stage == "running"
    room.simulator.restore(saved)
    assert room.session.report["stage"] == "stopped"
    room.advance(60)


def test_the_crowd_counts_as_well() -> None:
    crowd = {"arrivals": [{"to": "101", "at": [10], "behaviour": "patient"}]}
    room = Room(scenario({**ONE, "at": 300}, **crowd))
    room.advance(12)
    room.people.answer("101")
    room.advance(1)
    assert room.session.facts.contacts[0].ring_seconds == 2.0
    room.people.hangup("101")
    assert (room.mark("answer"), room.mark("lost")) == (100.0, 100.0)


@pytest.mark.parametrize("agent", ["", "12345"])
def test_the_same_seed_gives_the_same_report(agent: str) -> None:
    def play() -> Any:
        caller = {**ONE, "from": "6xxxxxxx", "patience": {"uniform": [20, 60]}, "to": "700" if agent else ""}
        room = Room(
            scenario(caller, {**caller, "name": "B", "at": 20}, arrivals=[{"to": "700", "perHour": 60}]),
            extension="111",
            agent=agent,
        )
        room.advance(12)
        if room.simulator.switch.core.stations["111"].parties:
            room.people.answer("111")
        room.advance(900)
        return room.session.report

    assert play() == play()
