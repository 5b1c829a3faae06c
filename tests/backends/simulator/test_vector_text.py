"""Vectors written as on the screen: what each line says, and how a wrong one is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrsvr.backends.simulator import vector_text
from ivrsvr.backends.simulator.world import World, WorldError

SAID: dict[str, dict[str, Any]] = {
    "wait-time 2 secs hearing ringback": {"step": "wait", "seconds": 2, "hearing": "ringback"},
    "wait-time 3 mins hearing music": {"step": "wait", "seconds": 180, "hearing": "music"},
    "wait-time 1 hrs hearing silence": {"step": "wait", "seconds": 3600, "hearing": "silence"},
    "wait-time 60 secs hearing 801 then music": {
        "step": "wait",
        "seconds": 60,
        "announcement": "801",
        "hearing": "music",
    },
    "goto step 6 if available-agents in skill 201 < 1": {
        "step": "goto-step",
        "to": 6,
        "if": {"test": "available-agents", "skill": "201", "op": "<", "value": 1},
    },
    "goto step 3 if staffed-agents in split 201 = 0": {
        "step": "goto-step",
        "to": 3,
        "if": {"test": "staffed-agents", "skill": "201", "op": "=", "value": 0},
    },
    "goto step 3 if calls-queued in skill 201 pri h >= 5": {
        "step": "goto-step",
        "to": 3,
        "if": {"test": "calls-queued", "skill": "201", "priority": "high", "op": ">=", "value": 5},
    },
    "goto step 3 if oldest-call-wait in skill 201 pri l > 90": {
        "step": "goto-step",
        "to": 3,
        "if": {"test": "oldest-call-wait", "skill": "201", "priority": "low", "op": ">", "value": 90},
    },
    "goto step 3 if expected-wait for skill 201 pri m<30": {
        "step": "goto-step",
        "to": 3,
        "if": {"test": "expected-wait", "skill": "201", "priority": "medium", "op": "<", "value": 30},
    },
    "goto step 3 if expected-wait for call > 600": {
        "step": "goto-step",
        "to": 3,
        "if": {"test": "expected-wait", "op": ">", "value": 600},
    },
    "goto step 4 if time-of-day is all 17:00 to all 08:00": {
        "step": "goto-step",
        "to": 4,
        "if": {"test": "time-of-day", "op": "in", "value": "all 17:00 to all 08:00"},
    },
    "goto step 4 if ani = 0170+": {
        "step": "goto-step",
        "to": 4,
        "if": {"test": "calling", "op": "=", "value": "0170+"},
    },
    "goto step 4 if digits = none": {
        "step": "goto-step",
        "to": 4,
        "if": {"test": "digits", "op": "=", "value": "none"},
    },
    "goto step 4 if vdn <> 700": {"step": "goto-step", "to": 4, "if": {"test": "vdn", "op": "<>", "value": "700"}},
    "goto step 4 if rolling-asa for skill 201 > 30": {
        "step": "goto-step",
        "to": 4,
        "if": {"test": "rolling-asa", "skill": "201", "op": ">", "value": 30},
    },
    "goto step 4 if rolling-asa for vdn active <= 30": {
        "step": "goto-step",
        "to": 4,
        "if": {"test": "rolling-asa", "vdn": "active", "op": "<=", "value": 30},
    },
    "goto step 4 if holiday in table 1": {
        "step": "goto-step",
        "to": 4,
        "if": {"test": "holiday", "op": "in", "value": "1"},
    },
    "goto step 2 if unconditionally": {"step": "goto-step", "to": 2},
    "goto vector 12 @step 3 if unconditionally": {"step": "goto-vector", "vector": "12", "to": 3},
    "goto vector 12": {"step": "goto-vector", "vector": "12"},
    "queue-to skill 201 pri m": {"step": "queue-to", "skill": "201", "priority": "medium"},
    "queue-to main split 201 priority high": {"step": "queue-to", "skill": "201", "priority": "high"},
    "check skill 201 pri t if expected-wait < 30": {
        "step": "check",
        "skill": "201",
        "priority": "top",
        "if": {"test": "expected-wait", "skill": "201", "op": "<", "value": 30},
    },
    "check backup skill 201 pri l if unconditionally": {"step": "check", "skill": "201", "priority": "low"},
    "announcement 801": {"step": "announcement", "announcement": "801"},
    "collect 4 digits after announcement 801 for none": {"step": "collect", "digits": 4, "announcement": "801"},
    "collect 1 digits after announcement none": {"step": "collect", "digits": 1},
    "route-to number 1234 with cov n if digit = 1": {
        "step": "route-to",
        "number": "1234",
        "coverage": False,
        "if": {"test": "digits", "op": "=", "value": "1"},
    },
    "route-to number 1234 cov y if unconditionally": {"step": "route-to", "number": "1234", "coverage": True},
    "route-to digits with coverage y": {"step": "route-to", "number": "digits", "coverage": True},
    "adjunct routing link 1": {"step": "adjunct-routing", "link": 1},
    "converse-on skill 202 pri m passing ani and none": {
        "step": "converse-on",
        "skill": "202",
        "priority": "medium",
        "passing": ["ani", "none"],
    },
    "messaging skill 202 for extension active": {"step": "messaging", "skill": "202"},
    "messaging split 202 for extension 101": {"step": "messaging", "skill": "202", "extension": "101"},
    "busy": {"step": "busy"},
    "disconnect after announcement 801": {"step": "disconnect", "announcement": "801"},
    "disconnect after announcement none": {"step": "disconnect"},
    "stop": {"step": "stop"},
    "# after hours": {"step": "comment"},
}

REFUSED: dict[str, tuple[str, str]] = {
    "queu-to skill 201 pri m": ("'queu-to'", "did you mean 'queue-to'?"),
    "goto step 3 if available-agents in skill 201 =< 1": ("'=<' where a comparison", "did you mean '<='?"),
    "goto step 3 if ani != 0170": ("'!=' where = or <>", "did you mean '<>'?"),
    "queue-to skil 201 pri m": ("'skil' where skill or split", "did you mean 'skill'?"),
    "queue-to skill 201": ("the line ends where pri", ""),
    "queue-to skill 201 pri x": ("'x' where a priority", ""),
    "queue-to skill abc pri m": ("'abc' where the number of a skill", ""),
    "queue-to skill 201 pri m now": ("'now' follows a step that is complete", ""),
    "wait-time 2 second hearing ringback": ("'second'", "did you mean 'sec'?"),
    "wait-time 2 secs hearing musik": ("'musik'", "did you mean 'music'?"),
    "goto step 3 if available-agent in skill 201 < 1": ("'available-agent'", "did you mean 'available-agents'?"),
    "goto step 3 if available-agents in skill 201 ! 1": ("'!' where a comparison", ""),
    "goto step 3 when digits = 1": ("'when' where the word if", ""),
    "goto step 3 if time-of-day is all 25:00 to all 08:00": ("'25:00' where a time", ""),
    "goto step 3 if time-of-day is mun 08:00 to fri 08:00": ("'mun'", "did you mean"),
    "collect 25 digits after announcement none": ("'25' where how many digits", ""),
    "collect 3 digits after announcement none for a": ("'a' where the word none", ""),
    "route-to number 12x4 with cov n": ("'12x4' where the number to go to", ""),
    "route-to number 1234 with cov maybe": ("'maybe' where y or n", ""),
    "converse-on skill 202 pri m passing annie and none": ("'annie'", "did you mean 'ani'?"),
    "goto step 3 if interflow-qpos = 1": ("'interflow-qpos' where a condition", ""),
    "goto step 3 if rolling-asa for vdn late < 30": ("'late' where a VDN", ""),
    "goto step 3 if holiday at table 1": ("'at' where in or not-in", ""),
    "02 busy": ("step 02 stands in place 1", ""),
}


@pytest.mark.parametrize("line", SAID)
def test_a_line_says_the_step(line: str) -> None:
    assert vector_text.step(line, 3) == SAID[line]
    assert vector_text.step(f"03 {line}", 3) == SAID[line]
    assert vector_text.step(f"  3. {line.upper()}  ", 3) == SAID[line]


def world(**vectors: object) -> World:
    return World.from_data(
        {
            "stations": {"101": {}, "1234": {}},
            "skills": {"201": {}, "202": {}},
            "announcements": {"801": {"seconds": 5}},
            "holidays": {"1": {"days": ["12-25"]}},
            "vectors": {"12": ["busy", "busy", "busy"], **vectors},
            "vdns": {"700": {"vector": 12}},
        }
    )


@pytest.mark.parametrize("line", SAID)
def test_what_a_line_says_is_a_step_of_a_world(line: str) -> None:
    texts = world(**{"5": [line, *["stop"] * 5]})
    objects = world(**{"5": [SAID[line], *[{"step": "stop"}] * 5]})
    assert texts.vectors["5"] == objects.vectors["5"]


@pytest.mark.parametrize("line", REFUSED)
def test_a_wrong_line_is_refused_with_its_place_the_reason_and_the_nearest_word(line: str) -> None:
    reason, hint = REFUSED[line]
    with pytest.raises(WorldError) as caught:
        world(**{"5": f"{line}\nstop"})
    assert caught.value.path == "vectors.5.1"
    assert reason in caught.value.reason
    assert hint in caught.value.reason
    assert f"`{line}`" in caught.value.reason


@given(st.text(max_size=60) | st.lists(st.sampled_from(" ".join(SAID).split()), max_size=12).map(" ".join))
def test_no_line_does_anything_but_say_a_step_or_be_refused(line: str) -> None:
    try:
        keys = vector_text.step(line, 1)
    except vector_text.VectorTextError:
        return
    assert keys["step"]


@pytest.mark.parametrize(
    ("vector", "path", "reason"),
    [
        (["goto step 4 if unconditionally"], "vectors.5.1.to", "no step 4; its last is 1"),
        (["goto vector 13 @step 1 if unconditionally"], "vectors.5.1.vector", "no vector '13'"),
        (["goto vector 12 @step 4"], "vectors.5.1.to", "vector 12 has no step 4; its last is 3"),
        (["busy", "queue-to skill 211 pri m"], "vectors.5.2.skill", "did you mean '201'?"),
        (["announcement 802"], "vectors.5.1.announcement", "did you mean '801'?"),
        (["busy"] * 100, "vectors.5", "at most 99 steps, not 100"),
        (
            [{"step": "goto-step", "to": 1, "if": {"test": "vdn", "op": "=", "value": "7x"}}],
            "vectors.5.1.if.value",
            "?",
        ),
        (
            [{"step": "goto-step", "to": 1, "if": {"test": "time-of-day", "op": "in", "value": "8"}}],
            "vectors.5.1.if.value",
            "mon 08:00 to fri 17:00",
        ),
        (
            [{"step": "goto-step", "to": 1, "if": {"test": "time-of-day", "op": ">", "value": "8"}}],
            "vectors.5.1.if.value",
            "not a time such as 08:00",
        ),
        (["goto step 1 if holiday in table 2"], "vectors.5.1.if.value", "no holiday table '2'"),
        (["goto step 1 if rolling-asa for skill 209 > 1"], "vectors.5.1.if.skill", "did you mean '20"),
        (["goto step 1 if rolling-asa for vdn 709 > 1"], "vectors.5.1.if.vdn", "no VDN '709'"),
        (
            [{"step": "goto-step", "to": 1, "if": {"test": "rolling-asa", "op": ">", "value": 1}}],
            "vectors.5.1.if",
            "of a skill or of a vdn",
        ),
        (
            [{"step": "goto-step", "to": 1, "if": {"test": "digits", "op": "=", "value": "1", "vdn": "700"}}],
            "vectors.5.1.if.vdn",
            "not about a VDN",
        ),
        (
            [{"step": "goto-step", "to": 1, "if": {"test": "holiday", "op": "=", "value": "1"}}],
            "vectors.5.1.if.op",
            "in or not-in",
        ),
        (
            [{"step": "goto-step", "to": 1, "if": {"test": "digits", "op": "not-in", "value": "1"}}],
            "vectors.5.1.if.op",
            "goes with holiday",
        ),
        (
            [{"step": "goto-step", "to": 1, "if": {"test": "digits", "op": "in", "value": "8"}}],
            "vectors.5.1.if.op",
            "goes with time-of-day",
        ),
        (
            [{"step": "converse-on", "skill": "201", "priority": "low", "passing": ["ani"]}],
            "vectors.5.1.passing",
            "two",
        ),
        (
            [{"step": "converse-on", "skill": "201", "priority": "low", "passing": ["ani", "any"]}],
            "vectors.5.1.passing.2",
            "did you mean 'ani'?",
        ),
        (7, "vectors.5", "must be a list"),
    ],
)
def test_a_vector_that_refers_to_what_is_not_there_is_refused(vector: object, path: str, reason: str) -> None:
    with pytest.raises(WorldError) as caught:
        world(**{"5": vector})
    assert caught.value.path == path
    assert reason in caught.value.reason


def test_a_vdn_names_a_shared_vector_or_has_one_of_its_own() -> None:
    data: dict[str, Any] = {
        "vectors": {"1": "busy\n\nstop\n"},
        "vdns": {"700": {"vector": 1}, "701": {"vector": "1"}, "702": {"vector": "01 stop"}, "703": {}},
    }
    vdns = World.from_data(data).vdns
    assert [step.step for step in vdns["700"].vector] == ["busy", "stop"]
    assert vdns["700"].vector is vdns["701"].vector
    assert [step.step for step in vdns["702"].vector] == ["stop"]
    assert vdns["703"].vector == ()
    with pytest.raises(WorldError, match=r"vdns\.704\.vector: there is no vector '3'"):
        World.from_data({**data, "vdns": {"704": {"vector": "3"}}})
    with pytest.raises(WorldError, match="from 1 to 8000"):
        World.from_data({"vectors": {"0": "stop"}})


def test_a_file_of_yaml_or_json_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "world.yaml").write_text("vectors:\n  12: |\n    01 busy\n    02 stopp\n", encoding="utf-8")
    with pytest.raises(WorldError, match=r"world\.yaml: line 4: vectors\.12\.2: 'stopp'.*did you mean 'stop'"):
        World.load(tmp_path / "world.yaml")
    (tmp_path / "loop.yaml").write_text(
        "vdns:\n  700: {vector: 12}\nannouncements: {801: {}}\n"
        "vectors:\n  12: |\n\n    01 announcement 801\n    02 route-to number 700 with cov n\n",
        encoding="utf-8",
    )
    with pytest.raises(WorldError, match=r"loop\.yaml: line 8: vectors\.12\.2\.number: .*700 -> 700"):
        World.load(tmp_path / "loop.yaml")
    (tmp_path / "world.json").write_text(json.dumps({"vectors": {"12": ["busy", "stopp"]}}), encoding="utf-8")
    with pytest.raises(WorldError, match=r"world\.json.*vectors\.12\.2: 'stopp'.*did you mean 'stop'"):
        World.load(tmp_path / "world.json")


@pytest.mark.parametrize(
    ("day", "reason"),
    [("25.12.", "12-25"), (1225, "12-25"), ("13-01", "no month 13"), ("02-30", "no day 30"), ("12-25 24:00", "12-25")],
)
def test_a_day_that_is_none_is_refused(day: object, reason: str) -> None:
    with pytest.raises(WorldError) as caught:
        World.from_data({"holidays": {"1": {"days": ["12-24", day]}}})
    assert caught.value.path == "holidays.1.days.2"
    assert reason in caught.value.reason
