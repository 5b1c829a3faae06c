"""Scenarios at work on a switch alone: what people do, and what is counted of it, to the second."""

from typing import Any

import pytest

from ivrsvr.backends.simulator.incidents import set_fault
from ivrsvr.backends.simulator.scenario import file
from ivrsvr.backends.simulator.scenario.api import Connection, Message
from ivrsvr.backends.simulator.scenario.play import Play, ScenarioError
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.clock import Clock

START = 1_458_770_400.0
WAITING = {"patience": 300, "talkSeconds": 20}


def playing(api: Any = None, **data: Any) -> Play:
    """A scenario of two minutes with one agent, begun."""
    given: dict[str, Any] = {
        "duration": 120,
        "staff": [{"agents": ["12345"], "stations": ["111"]}],
        "behaviours": {"calm": WAITING},
        **data,
    }
    scenario = file.from_data(given)
    play = Play(Simulator(scenario.world, Clock(START, seed=1)), scenario, api)
    play.check()
    play.start()
    return play


def played(seconds: float = 1000, **data: Any) -> Play:
    play = playing(**data)
    play._simulator.clock.advance(seconds)
    return play


def callers(*moments: float, **keys: Any) -> list[dict[str, Any]]:
    return [{"to": "700", "at": list(moments), "behaviour": "calm", **keys}]


def figures(play: Play) -> dict[str, Any]:
    found: dict[str, Any] = play.result["figures"]
    return found


# ---- callers


def test_a_caller_waits_for_the_answer_then_talks() -> None:
    play = played(arrivals=callers(10))
    (record,) = play.books.records
    assert record.waited(0) == 3
    assert record.talked(0) == 20
    assert (record.skill, record.agent, record.station, record.outcome) == ("201", "12345", "111", "answered")
    assert play.stage == "over"
    assert figures(play)["lostCalls"] == 0
    assert play.ended == START + 120, "nobody is left when the time is over"


def test_every_caller_ends_in_exactly_one_way() -> None:
    play = played(
        patch={"trunkGroups": {"5": {"members": 4}, "8": None, "10": None}, "dialPlan": {"8": None, "9": None}},
        behaviours={"calm": WAITING, "hasty": {"patience": 9}},
        arrivals=[
            *callers(0),
            *callers(1, behaviour="hasty"),
            *callers(2, to="701"),
            *callers(3, to="702"),
            *callers(3.5),
        ],
    )
    assert [one.outcome for one in play.books.records] == [
        "answered",
        "abandoned",
        "turnedAway",
        "turnedAway",
        "blocked",
    ]
    found = figures(play)
    assert [found[name] for name in ("callers", "answered", "abandoned", "turnedAway", "blocked")] == [5, 1, 1, 2, 1]
    assert found["serviceLevel"] == found["abandonedShare"] == 20
    assert found["vdns"]["701"]["turnedAway"] == 1
    assert found["skills"]["201"]["callers"] == 2


def test_the_longest_wait_counts_who_gave_up_too() -> None:
    play = played(
        behaviours={"calm": WAITING, "slow": {"patience": 50}}, staff=[], arrivals=callers(5, behaviour="slow")
    )
    assert figures(play)["longestWait"] == 50
    assert figures(play)["averageWait"] == 50
    assert figures(play)["serviceLevel"] == 0


def test_callers_who_stay_for_ever_are_lost() -> None:
    play = played(behaviours={"calm": {}}, closing=60, arrivals=callers(5))
    assert play.stage == "over"
    assert play.reason == "calls were still up when the time for closing was over"
    assert play.ended == START + 180
    assert (figures(play)["lostCalls"], figures(play)["unfinished"], figures(play)["answered"]) == (1, 1, 0)
    assert not play.verdicts


# ---- agents


def test_occupancy_is_work_by_time_without_aux() -> None:
    habits = {"usual": {"answerSeconds": 4, "wrapUpSeconds": 10}}
    staff = [{"agents": ["12345"], "stations": ["111"], "habits": "usual", "breaks": [{"at": 60, "lasting": 20}]}]
    play = played(staff=staff, habits=habits, arrivals=callers(10))
    agent = figures(play)["agents"]["12345"]
    # Rings 4 s and talks 20 s, wraps up 10 s, pauses 20 s; the rest of the two minutes is free.
    assert (agent["busy"], agent["acw"], agent["aux"], agent["available"]) == (24, 10, 20, 66)
    assert agent["occupancy"] == figures(play)["occupancy"] == 34


def test_manual_in_goes_on_after_the_wrap_up() -> None:
    habits = {"usual": {"wrapUpSeconds": 15}}
    staff = [{"agents": ["12345"], "stations": ["111"], "habits": "usual", "mode": "MANUAL_IN"}]
    agent = figures(played(staff=staff, habits=habits, arrivals=callers(10, 30)))["agents"]["12345"]
    assert (agent["calls"], agent["acw"]) == (2, 30)


def test_an_agent_who_does_not_answer_goes_to_aux_and_comes_back() -> None:
    habits = {"slow": {"answerSeconds": 100, "returnSeconds": 10}}
    staff = [{"agents": ["12345"], "stations": ["111"], "habits": "slow"}]
    behaviours = {"calm": {"patience": 25}}
    agent = figures(played(staff=staff, habits=habits, behaviours=behaviours, arrivals=callers(10)))["agents"]["12345"]
    assert (agent["missed"], agent["aux"], agent["calls"]) == (1, 10, 0)


def test_agents_log_in_one_after_the_other_and_leave_after_their_call() -> None:
    staff = [{"agents": ["12345", "12346"], "stations": ["111", "112"], "login": 10, "every": 5, "logout": 40}]
    play = playing(staff=staff, arrivals=callers(30))
    core, clock = play._simulator.switch.core, play._simulator.clock
    clock.advance(12)
    assert [core.agents[one].station is not None for one in ("12345", "12346")] == [True, False]
    clock.advance(8)
    assert core.agents["12346"].station is not None
    clock.advance(30)
    # The first one talks from 33 to 53; the second one has gone at 45.
    assert [core.agents[one].station is not None for one in ("12345", "12346")] == [True, False]
    clock.advance(10)
    assert core.agents["12345"].station is None


def test_who_only_answers_the_telephone_needs_no_login() -> None:
    play = played(staff=[{"stations": ["102"]}], arrivals=callers(5, to="102"))
    assert play.books.records[0].station == "102"
    assert figures(play)["agents"] == {}


@pytest.mark.parametrize("deed", ["hold", "consult", "transfer", "conference"])
def test_what_agents_do_during_a_call_loses_nobody(deed: str) -> None:
    habits = {
        "busy": {"does": deed, "doesAfter": 5, "holdSeconds": 4, "consultSeconds": 6, "colleagues": ["116"]},
        "quick": {"answerSeconds": 2},
    }
    staff = [
        {"agents": ["12345"], "stations": ["111"], "habits": "busy"},
        {"stations": ["116"], "habits": "quick"},
    ]
    play = playing(staff=staff, habits=habits, arrivals=callers(0))
    core, clock = play._simulator.switch.core, play._simulator.clock
    # Answered at 3 s; at 8 s the deed begins, at 12 or 14 s it is done.
    clock.advance(9)
    assert {party.state.name for party in core.stations["111"].parties} >= {"CS_HOLD"}
    clock.advance(6)
    there = {number for number in ("111", "116") if core.stations[number].parties}
    assert there == {"hold": {"111"}, "consult": {"111"}, "transfer": {"116"}, "conference": {"111", "116"}}[deed]
    clock.advance(300)
    assert play.stage == "over"
    assert not core.calls
    assert figures(play)["answered"] == 1


def test_a_conversation_ends_by_whoever_is_through_first() -> None:
    habits = {"brief": {"talkSeconds": 7}}
    staff = [{"agents": ["12345"], "stations": ["111"], "habits": "brief"}]
    assert played(staff=staff, habits=habits, arrivals=callers(0)).books.records[0].talked(0) == 7


# ---- what else happens


def test_faults_and_hands_come_at_their_moments() -> None:
    play = playing(
        faults=[{"at": 10, "fault": "linkdown", "lasting": "20s"}, {"at": 5, "fault": "refuse", "device": 101}],
        hands=[{"at": 3, "extension": "101", "action": "dial", "number": "103"}],
    )
    simulator = play._simulator
    simulator.clock.advance(4)
    assert simulator.switch.core.stations["103"].parties
    assert not list(simulator.aes.faults)
    simulator.clock.advance(2)
    assert [rule.device for rule in simulator.aes.faults] == ["101"]
    simulator.clock.advance(5)
    assert not simulator.aes.link_up
    simulator.clock.advance(20)
    assert simulator.aes.link_up


def test_a_hand_that_cannot_is_told() -> None:
    play = played(hands=[{"at": 3, "extension": "101", "action": "hangup"}])
    assert play.result["failures"] == ["hand at 101, hangup: station 101 has no active call"]


def test_expectations_are_judged() -> None:
    expect = [
        {"figure": "answered", "exactly": 1},
        {"figure": "answered", "skill": "202", "atLeast": 1},
        {"figure": "serviceLevel", "within": 2, "vdn": "700", "atLeast": 50},
        {"figure": "longestWait", "agent": "12345", "atMost": 6},
    ]
    play = played(arrivals=callers(10), expect=expect)
    assert [verdict.met for verdict in play.verdicts] == [True, False, False, True]
    assert play.verdicts[2].text == "serviceLevel within 2 s of vdn 700 at least 50"
    assert not play.passed


def test_a_scenario_can_be_stopped_and_a_reset_stops_it() -> None:
    play = playing(arrivals=callers(10, 60))
    play._simulator.clock.advance(30)
    play.stop()
    assert (play.stage, play.passed) == ("stopped", False)
    play._simulator.clock.advance(100)
    assert len(play.books.records) == 1, "nobody else comes"
    other = playing()
    other._simulator.reset()
    assert (other.stage, other.reason) == ("stopped", "the simulator began again")
    other._simulator.clock.advance(1000)


def test_a_snapshot_has_the_callers_and_none_of_who_watches_them() -> None:
    play = playing(arrivals=callers(10))
    play._simulator.clock.advance(20)
    fork = Simulator.fork(play._simulator.save())
    assert len(fork.switch.core.calls) == 1
    assert fork.switch.core.stations["111"].occupant is None
    fork.clock.advance(30)
    assert not fork.switch.core.calls, "the caller hangs up there as well"
    assert play.books.records[0].ended is None
    play._simulator.clock.advance(300)
    assert play.stage == "over"


def test_the_trunks_are_full_for_a_while() -> None:
    play = playing(arrivals=callers(10, 50, trunkGroup="5"))
    set_fault(play._simulator, {"fault": "trunksfull", "trunkgroup": "5", "lasting": 30})
    play._simulator.clock.advance(500)
    assert [one.outcome for one in play.books.records] == ["blocked", "answered"]


# ---- IVRs, with a server that is only pretended


class Server:
    """Takes requests down, and answers each as it is told to."""

    def __init__(self) -> None:
        self.asked: list[Message] = []
        self.heard: list[Any] = []
        self.refuse = ""

    def connect(self, heard: Any) -> Connection:
        self.heard.append(heard)
        return self

    def ask(self, request: Message, answered: Any) -> None:
        self.asked.append({key: value for key, value in request.items() if key != "callid"})
        failed = request["request"] == self.refuse
        answered({"result": "fail", "error": "X"} if failed else {"result": "success"})

    def close(self) -> None:
        self.asked.append({"request": "closed"})

    def tell(self, eventtype: str, **keys: Any) -> None:
        self.heard[-1]("", {"eventtype": eventtype, "callid": 7, **keys})

    @property
    def last(self) -> Message:
        return self.asked[-1]


MENUS = {
    "hello": {
        "promptSeconds": 3,
        "digits": 2,
        "waitSeconds": 4,
        "choices": {"12": {"transfer": "700"}, "3": {"transfer": "700", "data": "x"}, "44": {"menu": "bye"}},
        "otherwise": {"dtmf": "99"},
    },
    "bye": {"promptSeconds": 5, "then": {"hangup": True}},
}
IVR = {"one": {"ports": ["120"], "start": "hello", "menus": MENUS, "codes": {"77": {"deflect": "102"}}}}


@pytest.fixture
def server() -> Server:
    return Server()


def port(server: Server, **keys: Any) -> tuple[Play, Any]:
    play = playing(api=server, ivrs={"one": {**IVR["one"], **keys}}, monitor="none", staff=[])
    return play, play._simulator.switch.core.stations["120"].occupant


def test_a_port_answers_and_passes_on_what_was_pressed(server: Server) -> None:
    play, ear = port(server)
    assert server.asked == [{"request": "startmonitor", "extension": "120"}]
    server.tell("offer", uec="")
    server.tell("connect", answering="120")
    ear.heard("1")
    play._simulator.clock.advance(1)
    ear.heard("2")
    play._simulator.clock.advance(0)
    assert server.last == {"request": "singlesteptransfer", "extension": "120", "destination": "700"}


def test_a_sharp_ends_what_is_pressed_and_data_travel_with_a_transfer(server: Server) -> None:
    play, ear = port(server)
    server.tell("connect", answering="120")
    ear.heard("3#")
    play._simulator.clock.advance(0)
    assert server.last == {"request": "transfer", "extension": "120", "destination": "700", "data": "x"}


def test_a_port_that_is_no_cti_set_is_answered_by_request(server: Server) -> None:
    play = playing(
        api=server, ivrs={"one": {**IVR["one"], "ports": ["119"], "answerSeconds": 2}}, monitor="none", staff=[]
    )
    server.tell("offer", uec="")
    play._simulator.clock.advance(1.9)
    assert server.last["request"] == "startmonitor"
    play._simulator.clock.advance(0.2)
    assert server.last["request"] == "answer"


def test_silence_is_asked_again_and_then_given_up(server: Server) -> None:
    play, _ = port(server)
    server.tell("connect", answering="120")
    play._simulator.clock.advance(13.9)
    assert server.last["request"] == "startmonitor"
    play._simulator.clock.advance(0.2)
    assert server.last == {"request": "dtmf", "extension": "120", "dtmf": "99"}
    play._simulator.clock.advance(1)
    assert server.last["request"] == "hangup"


def test_menus_follow_each_other(server: Server) -> None:
    play, ear = port(server)
    server.tell("connect", answering="120")
    ear.heard("44")
    play._simulator.clock.advance(4.9)
    assert server.last["request"] == "startmonitor"
    play._simulator.clock.advance(0.2)
    assert server.last["request"] == "hangup"


def test_a_code_of_the_vector_is_followed_before_answering(server: Server) -> None:
    port(server)
    server.tell("offer", uec="77")
    assert server.last == {"request": "deflectcall", "extension": "120", "destination": "102"}


def test_a_caller_who_cannot_be_passed_on_is_let_go(server: Server) -> None:
    play, ear = port(server)
    server.refuse = "singlesteptransfer"
    server.tell("connect", answering="120")
    ear.heard("12")
    play._simulator.clock.advance(0)
    assert server.last["request"] == "hangup"
    assert play.result["failures"] == ["singlesteptransfer for 120: X"]
    assert figures(play)["failedRequests"] == 1


def test_a_caller_who_leaves_is_forgotten(server: Server) -> None:
    play, ear = port(server)
    server.tell("connect", answering="120")
    ear.heard("1")
    server.tell("idle")
    play._simulator.clock.advance(60)
    assert server.last["request"] == "startmonitor"
    server.tell("connect", answering="120")
    ear.heard("12")
    play._simulator.clock.advance(0)
    assert server.last["request"] == "singlesteptransfer"


def test_ports_log_in_where_they_are_agents(server: Server) -> None:
    port(server, logins=["12399"])
    assert [one["request"] for one in server.asked] == ["startmonitor", "login", "setstate"]


def test_ivrs_need_a_server() -> None:
    with pytest.raises(ScenarioError, match="ask a server"):
        playing(ivrs=IVR)
