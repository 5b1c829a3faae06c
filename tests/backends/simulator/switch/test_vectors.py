"""Vectors: the steps, their order, what ends them."""

from typing import Any

from ivrsvr.csta.enums import CSTAEventCause
from tests.backends.simulator.switch.rig import Rig


def vector(*steps: dict[str, Any], **vdns: Any) -> dict[str, Any]:
    return {"vdns": {"700": {"vector": list(steps)}, **vdns}}


QUEUE = {"step": "queue-to", "skill": "201", "priority": "medium"}
COLLECT = {"step": "collect", "digits": 3, "announcement": "801"}
WAIT = {"step": "wait", "seconds": 60, "hearing": "music"}


def test_a_vector_that_loops_without_time_is_stopped_by_the_step_limit_and_drops_the_call() -> None:
    rig = Rig(vector({"step": "goto-step", "to": 1}))
    call = rig.people.call_in("60123", "700")
    assert rig.states(call.callID) == {}
    assert rig.events() == ["Delivered", "ConnectionCleared", "CallCleared"]


def test_a_loop_keeps_a_queued_call_queued_when_the_limit_is_reached() -> None:
    rig = Rig(vector(QUEUE, {"step": "goto-step", "to": 2}))
    call = rig.people.call_in("60123", "700")
    assert rig.states(call.callID) == {call.party: "CS_CONNECT", "201": "CS_QUEUED"}


def test_digits_typed_ahead_count_for_the_next_collect_step() -> None:
    rig = Rig(vector({"step": "announcement", "announcement": "801"}, COLLECT, WAIT))
    call = rig.people.call_in("60123", "700")
    rig.people.party(call.party, "press", "12")
    rig.clock.advance(5)
    rig.people.party(call.party, "press", "3")
    found = rig.switch.call(call.callID)
    assert found is not None
    assert found.code.data == "123"
    assert found.code.collectVDN == "700"


def test_collecting_ends_ten_seconds_after_the_last_digit_with_what_was_typed() -> None:
    rig = Rig(vector(COLLECT, WAIT))
    call = rig.people.call_in("60123", "700")
    rig.clock.advance(5)
    rig.people.party(call.party, "press", "7")
    rig.clock.advance(9.9)
    found = rig.switch.call(call.callID)
    assert found is not None
    assert found.code.data == ""
    rig.clock.advance(0.1)
    assert found.code.data == "7"


def test_hash_ends_collecting_and_star_begins_again() -> None:
    rig = Rig(vector(COLLECT, WAIT))
    call = rig.people.call_in("60123", "700")
    rig.people.party(call.party, "press", "9*4#")
    found = rig.switch.call(call.callID)
    assert found is not None
    assert found.code.data == "4"


def test_goto_vdn_runs_the_other_vector_under_the_first_vdn() -> None:
    rig = Rig(vector({"step": "goto-vdn", "vdn": "701"}, **{"701": {"vector": [QUEUE]}}))
    call = rig.people.call_in("60123", "700")
    found = rig.switch.call(call.callID)
    assert found is not None
    assert found.vdn == "700"
    assert found.queued


def test_a_call_queues_to_three_skills_at_most() -> None:
    skills: dict[str, Any] = {"skills": {str(number): {} for number in range(301, 305)}}
    steps = [{"step": "queue-to", "skill": str(number), "priority": "low"} for number in range(301, 305)]
    rig = Rig(vector(*steps) | skills)
    call = rig.people.call_in("60123", "700")
    assert sorted(rig.states(call.callID)) == ["301", "302", "303", call.party]


def test_another_priority_requeues_and_the_same_one_does_nothing() -> None:
    high = {**QUEUE, "priority": "high"}
    rig = Rig(vector(QUEUE, QUEUE, high))
    rig.people.call_in("60123", "700")
    assert rig.events() == ["Delivered", "Queued", "Queued"]


def test_busy_gives_an_inside_caller_the_tone_and_drops_it_after_45_seconds() -> None:
    rig = Rig(vector({"step": "busy"}))
    callID = rig.call("101", "700")
    failed = [report.event for report in rig.reports if type(report.event).__name__ == "Failed"]
    assert [event.cause for event in failed] == [CSTAEventCause.EC_BUSY]
    rig.clock.advance(44.9)
    assert rig.states(callID) == {"101": "CS_CONNECT"}
    rig.clock.advance(0.1)
    assert rig.states(callID) == {}


def test_the_caller_goes_on_at_the_return_destination_after_the_agent_drops() -> None:
    rig = Rig(
        {
            "vdns": {
                "700": {"vector": [QUEUE], "return": "701"},
                "701": {"vector": [{"step": "route-to", "number": "105", "coverage": False}]},
            }
        }
    )
    rig.people.agent("12345", at="101", login=True, mode="AUTO_IN")
    call = rig.people.call_in("60123", "700")
    rig.people.answer("101")
    rig.people.hangup("101")
    assert rig.states(call.callID) == {call.party: "CS_CONNECT", "105": "CS_ALERTING"}


def test_a_missing_announcement_is_passed_over() -> None:
    rig = Rig(vector({"step": "route-to", "number": "199", "coverage": False}, QUEUE))
    call = rig.people.call_in("60123", "700")
    assert "201" in rig.states(call.callID)


def test_time_of_day_is_the_switchs_own_time() -> None:
    condition = {"test": "time-of-day", "op": ">=", "value": "23:00"}
    rig = Rig(
        {"clock": {"timezone": "Europe/Berlin"}}
        | vector({"step": "goto-step", "to": 3, "if": condition}, {"step": "stop"}, QUEUE)
    )
    call = rig.people.call_in("60123", "700")
    assert "201" in rig.states(call.callID)
