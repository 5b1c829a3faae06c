"""Vectors as they are written on the screen, carried out: shared ones, conditions, what is passed, VDN override."""

from typing import Any

import pytest

from ivrsvr.backends.simulator.switch.model import Call
from ivrsvr.csta.enums import ATTWorkMode
from ivrsvr.csta.private.call import ATTSendDTMFToneV5
from ivrsvr.csta.system import EscapeSvc
from tests.backends.simulator.switch.rig import Rig


def rig(text: str, **patch: Any) -> Rig:
    """A switch whose VDN 700 runs the text."""
    return Rig({"vectors": {"1": text, **patch.pop("vectors", {})}, "vdns": {"700": {"vector": 1}}, **patch})


def came_in(bench: Rig, to: str = "700", number: str | None = "60123") -> Call:
    party = bench.people.call_in(number, to)
    call = bench.switch.call(party.callID)
    assert call is not None
    return call


def where(bench: Rig, call: Call) -> set[str]:
    """Stations and queues that the call is at."""
    return {device for device in bench.states(call.callID) if not device.startswith("T")}


BRANCH = "01 goto step 3 if {}\n02 route-to number 101 with cov n\n03 route-to number 102 with cov n"


def branch(condition: str, bench: Rig | None = None, **patch: Any) -> bool:
    """Whether the condition holds for a call that comes in now."""
    bench = rig(BRANCH.format(condition), **patch)
    call = came_in(bench)
    return where(bench, call) == {"102"}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("unconditionally", True),
        ("ani = 60123", True),
        ("ani = 60+", True),
        ("ani = +23", True),
        ("ani = 6?123", True),
        ("ani = 6?12", False),
        ("ani = none", False),
        ("ani <> 60123", False),
        ("digits = none", True),
        ("vdn = 700", True),
        ("vdn <> 700", False),
        ("staffed-agents in skill 201 = 0", True),
        ("available-agents in skill 201 > 0", False),
        ("oldest-call-wait in skill 201 > 0", False),
        ("expected-wait for skill 201 pri l > 9999", True),
        ("expected-wait for call > 9999", True),
        # The clock of this bench starts on Wednesday, 23 March 2016, at 22:00.
        ("time-of-day is all 17:00 to all 08:00", True),
        ("time-of-day is all 22:00 to all 22:01", True),
        ("time-of-day is all 08:00 to all 22:00", False),
        ("time-of-day is mon 08:00 to fri 17:00", True),
        ("time-of-day is fri 17:00 to mon 08:00", False),
        ("time-of-day is wed 22:01 to wed 22:00", False),
        ("time-of-day is sat 00:00 to thu 00:00", True),
    ],
)
def test_conditions(condition: str, holds: bool) -> None:
    assert branch(condition) is holds


@pytest.mark.parametrize(
    ("days", "holds"),
    [
        # The clock of this bench starts on 23 March at 22:00.
        (["03-23"], True),
        (["03-24", "03-22"], False),
        (["03-22 to 03-24"], True),
        (["03-23 22:00 to 03-23 22:01"], True),
        (["03-20 to 03-23 22:00"], False),
        (["12-24 to 03-23"], True),
        (["12-24 to 03-22"], False),
        (["01-01 to 12-31"], True),
        ([], False),
    ],
)
def test_a_holiday_is_in_a_table(days: list[str], holds: bool) -> None:
    tables = {"1": {"days": days}}
    assert branch("holiday in table 1", holidays=tables) is holds
    assert branch("holiday not-in table 1", holidays=tables) is not holds


def test_the_speed_of_answer_is_learnt_from_the_calls_that_were_answered() -> None:
    bench = rig("01 wait-time 4 secs hearing ringback\n02 queue-to skill 201 pri m\n03 stop")
    speeds = bench.switch.core.answer_speeds
    for seconds in (10, 26):
        came_in(bench)
        bench.clock.advance(4 + seconds)
        bench.people.agent("12346", login=True, at="105", mode="AUTO_IN")
        bench.people.answer("105")
        bench.people.hangup("105")
        bench.people.agent("12346", login=False)
    assert speeds == {"201": 12.0, "700": 16.0}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("rolling-asa for skill 201 = 8", True),
        ("rolling-asa for vdn 700 > 10", False),
        ("rolling-asa for vdn active = 8", True),
        ("rolling-asa for vdn latest < 9", True),
        ("rolling-asa for skill 202 = 0", True),
    ],
)
def test_vectors_ask_for_the_speed_of_answer(condition: str, holds: bool) -> None:
    bench = rig(f"01 goto step 4 if {condition}\n02 queue-to skill 201 pri m\n03 stop\n04 busy")
    bench.switch.core.answer_speeds.update({"201": 8.0, "700": 8.0})
    call = came_in(bench)
    assert call.tone is holds


def test_a_caller_without_a_number_has_no_ani() -> None:
    bench = rig(BRANCH.format("ani = none"))
    assert where(bench, came_in(bench, number=None)) == {"102"}


def test_calls_queued_and_the_oldest_wait_count_the_priority_and_those_above() -> None:
    text = "01 queue-to skill 201 pri {}\n02 stop"
    vectors = {
        "1": BRANCH.format("calls-queued in skill 201 pri m > 1"),
        "2": text.format("l"),
        "3": text.format("h"),
        "4": BRANCH.format("oldest-call-wait in skill 201 pri h > 9"),
    }
    vdns = {f"70{number}": {"vector": number} for number in vectors} | {"700": {"vector": "1"}}
    bench = Rig({"vectors": vectors, "vdns": vdns, "trunkGroups": {"5": {"members": 20}}})
    came_in(bench, "702")
    bench.clock.advance(10)
    came_in(bench, "703")
    assert where(bench, came_in(bench)) == {"101"}
    assert where(bench, came_in(bench, "704")) == {"101"}
    came_in(bench, "703")
    assert where(bench, came_in(bench)) == {"102"}
    bench.clock.advance(10)
    assert where(bench, came_in(bench, "704")) == {"102"}


def test_an_expected_wait_is_learnt_from_the_calls_that_were_handled() -> None:
    bench = rig("01 queue-to skill 201 pri m\n02 stop", skills={"201": {"handlingSeconds": 80}})
    skill = bench.switch.core.skills["201"]
    bench.people.agent("12346", login=True, at="105", mode="AUTO_IN")
    assert skill.handling == 80
    came_in(bench)
    bench.clock.advance(7)
    bench.people.answer("105")
    bench.clock.advance(160)
    bench.people.hangup("105")
    assert skill.handling == 90


def test_an_expected_wait_grows_with_the_queue_and_shrinks_with_agents() -> None:
    text = "01 queue-to skill 201 pri m\n02 goto step 4 if expected-wait for call > 100\n03 stop\n04 busy"
    bench = rig(text, skills={"201": {"handlingSeconds": 60}})
    bench.people.agent("12346", login=True, at="105", mode="AUTO_IN")
    assert where(bench, came_in(bench)) == {"105"}
    assert where(bench, came_in(bench)) == {"201"}
    assert where(bench, came_in(bench)) == set()


def test_a_menu_leads_where_the_digits_say() -> None:
    text = """
        01 collect 1 digits after announcement 801 for none
        02 route-to number 101 with cov n if digit = 1
        03 route-to number 700 with cov n if digit = 9
        04 disconnect after announcement none
    """
    bench = rig(text)
    call = came_in(bench)
    bench.people.party(f"T{call.callID}#1", "press", "9")
    assert where(bench, call) == set()
    bench.people.party(f"T{call.callID}#1", "press", "1")
    assert where(bench, call) == {"101"}
    other = came_in(bench)
    bench.people.party(f"T{other.callID}#1", "press", "5")
    assert bench.switch.call(other.callID) is None


def test_digits_are_a_destination() -> None:
    bench = rig("01 collect 3 digits after announcement none\n02 route-to digits with coverage y\n03 busy")
    call = came_in(bench)
    bench.people.party(f"T{call.callID}#1", "press", "102")
    assert where(bench, call) == {"102"}


def test_a_vector_goes_on_in_another_one_at_a_step() -> None:
    bench = rig(
        "goto vector 2 @step 2 if unconditionally",
        vectors={"2": "busy\n# here it goes on\nroute-to number 103 with cov n"},
    )
    assert where(bench, came_in(bench)) == {"103"}


def test_vectors_that_lead_to_each_other_hit_the_step_limit() -> None:
    bench = rig(
        "goto vector 2 if staffed-agents in skill 201 = 0",
        vectors={"2": "goto vector 1 if staffed-agents in skill 201 = 0"},
    )
    party = bench.people.call_in("60123", "700")
    assert bench.switch.call(party.callID) is None


def test_converse_passes_what_it_is_told_as_tones() -> None:
    text = "01 queue-to skill 201 pri m\n02 converse-on skill 202 pri m passing {} and {}\n03 stop"
    port = {"stations": {"120": {"type": "cti"}}, "agents": {"12120": {"skills": {"202": 1}, "autoAnswer": True}}}
    heard = []
    for first, second in (("ani", "none"), ("qpos", "vdn"), ("wait", "4711"), ("digits", "digits")):
        bench = rig(text.format(first, second), **port)
        bench.people.agent("12120", login=True, at="120", mode="AUTO_IN")
        call = came_in(bench)
        party = call.party_of("120")
        assert party is not None
        heard.append(party.heard)
    assert heard == ["60123#", "1#700#", "0#4711#", "##"]


def test_a_vdn_stays_the_active_one_unless_it_lets_the_next_one_override_it() -> None:
    def active(override: bool) -> str:
        bench = Rig(
            {
                "vdns": {
                    "700": {"override": override, "vector": "route-to number 701 with cov n"},
                    "701": {"vector": "queue-to skill 201 pri m\nstop"},
                }
            }
        )
        return came_in(bench).active_vdn

    assert (active(False), active(True)) == ("700", "701")


def test_an_agent_hears_where_the_call_comes_from() -> None:
    bench = Rig({"vdns": {"700": {"originAnnouncement": "801"}}})
    bench.people.agent("12346", login=True, at="105", mode="AUTO_IN")
    call = came_in(bench)
    party = call.party_of("105")
    assert party is not None
    assert party.greeting == ""
    bench.people.answer("105")
    assert party.greeting == "801"


def test_uniform_distribution_looks_at_idle_time_alone() -> None:
    def chosen(distribution: str) -> set[str]:
        bench = Rig(
            {
                "agents": {"12346": {"skills": {"201": 2}}},
                "skills": {"201": {"distribution": distribution}},
            }
        )
        bench.people.agent("12346", login=True, at="105", mode="AUTO_IN")
        bench.clock.advance(5)
        bench.people.agent("12345", login=True, at="106", mode="AUTO_IN")
        return where(bench, came_in(bench))

    assert chosen("EAD-MIA") == {"106"}
    assert chosen("UCD-MIA") == {"105"}


def test_a_direct_agent_call_that_is_not_answered_is_covered_or_waits_for_its_agent() -> None:
    def after_rona(**agent: Any) -> tuple[Rig, set[str]]:
        bench = Rig({"coveragePaths": {"1": {"points": ["103"]}}, "agents": {"12346": agent}})
        bench.people.agent("12346", login=True, at="105", mode="AUTO_IN")
        bench.people.agent("12345", login=True, at="106", mode="AUTO_IN")
        call = bench.call("101", "12346")
        bench.clock.advance(18)
        assert bench.switch.core.agents["12346"].work.mode is ATTWorkMode.WM_AUX_WORK
        return bench, set(bench.states(call)) - {"101"}

    _, covered = after_rona(coveragePath="1")
    assert covered == {"103"}
    bench, waits = after_rona()
    assert waits == {"201"}
    bench.people.agent("12346", mode="AUTO_IN")
    assert [party.call.called.deviceID for party in bench.switch.core.stations["105"].parties] == ["12346"]


def test_dtmf_of_an_application_reaches_a_collect_step() -> None:
    bench = rig("01 collect 2 digits after announcement 801 for none\n02 route-to digits with coverage n\n03 stop")
    callID = bench.call("104", "700")
    call = bench.switch.call(callID)
    assert call is not None
    bench.confirmed(EscapeSvc(), ATTSendDTMFToneV5(sender=call.parties[0].connection, tones="42"))
    assert call.code.data == "42"
