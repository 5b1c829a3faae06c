"""Outside parties that act by themselves, in virtual time."""

from typing import Any

import pytest

from ivrsvr.backends.simulator.people import PeopleError
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.snapshot import Snapshot
from ivrsvr.backends.simulator.world import World, WorldError
from ivrsvr.clock import Clock
from ivrsvr.csta.call import ConsultationCall, HoldCall, MakePredictiveCall, RetrieveCall, TransferCall
from ivrsvr.csta.enums import AllocationState, ATTAnswerTreat
from ivrsvr.csta.enums import ATTReasonCode as Reason
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.events import CallCleared, Failed
from ivrsvr.csta.private.call import ATTMakePredictiveCallV6
from ivrsvr.csta.types import ConnectionID
from tests.backends.simulator.switch.rig import Rig

NUMBER = "967896789"


def outside(**behaviour: Any) -> Rig:
    """A rig where everybody outside behaves like that."""
    return Rig({"outside": {"6...": behaviour}, "classifiers": {"ports": 4}})


def far(rig: Rig, callID: int) -> str:
    """The state of the outside party of a call; "" when it is gone."""
    return next((state for device, state in rig.states(callID).items() if device.startswith("T")), "")


def timeline(rig: Rig, callID: int, seconds: int) -> list[str]:
    """The outside party's state after each second."""
    states = []
    for _ in range(seconds):
        rig.clock.advance(1)
        states.append(far(rig, callID))
    return states


# ---- being called


def test_it_rings_answers_talks_and_hangs_up() -> None:
    rig = outside(called="answer", networkSeconds=2, ringSeconds=3, talkSeconds=4)
    callID = rig.call("101", NUMBER)
    assert timeline(rig, callID, 9) == [
        "CS_INITIATE",
        *["CS_ALERTING"] * 3,
        *["CS_CONNECT"] * 4,
        "",
    ]
    assert rig.events("101") == [
        *("ServiceInitiated", "Originated", "Delivered", "Established"),
        *("ConnectionCleared", "ConnectionCleared"),
    ]


def test_it_is_busy() -> None:
    rig = outside(called="busy", networkSeconds=1)
    callID = rig.call("101", NUMBER)
    rig.clock.advance(1)
    (failed,) = [report.event for report in rig.reports if isinstance(report.event, Failed)]
    assert failed.cause is Cause.EC_BUSY
    assert rig.states(callID) == {"101": "CS_CONNECT"}


def test_it_does_not_answer() -> None:
    rig = outside(called="no-answer")
    callID = rig.call("101", NUMBER)
    rig.clock.advance(3600)
    assert far(rig, callID) == "CS_ALERTING"
    rig.clear(callID, "101")
    assert rig.clock.next_when() is None


@pytest.mark.parametrize(("outcome", "cause"), [("sit-vacant", Cause.EC_UNASSIGNED_NUMBER), ("sit-intercept", 13)])
def test_the_network_refuses_with_a_cause(outcome: str, cause: int) -> None:
    rig = outside(called=outcome)
    rig.call("101", NUMBER)
    rig.clock.advance(0)
    (failed,) = [report.event for report in rig.reports if isinstance(report.event, Failed)]
    assert failed.cause == cause


def test_a_caller_that_gives_up_leaves_no_timer() -> None:
    rig = outside(called="answer", ringSeconds=30, talkSeconds=60, presses=[{"digits": "1"}])
    callID = rig.call("101", NUMBER)
    rig.clock.advance(5)
    rig.clear(callID, "101")
    assert rig.clock.next_when() is None


def test_outcomes_come_by_weight() -> None:
    rig = outside(called={"answer": 50, "busy": 50}, ringSeconds=1)
    answers = 0
    for _ in range(200):
        callID = rig.call("101", NUMBER)
        rig.clock.advance(2)
        answers += far(rig, callID) == "CS_CONNECT"
        rig.clear(callID, "101")
    assert 70 < answers < 130


def test_behind_a_trunk_that_tells_nothing_it_still_answers_and_hangs_up() -> None:
    rig = Rig(
        {
            "trunkGroups": {"8": {"tac": "408", "type": "co", "members": 2}},
            "outside": {"5...": {"called": "answer", "ringSeconds": 3, "talkSeconds": 4}},
        }
    )
    callID = rig.call("101", "408555")
    assert timeline(rig, callID, 7) == [*["CS_CONNECT"] * 6, ""]


# ---- calling in


def test_it_gives_up_when_nobody_answers() -> None:
    rig = Rig()
    call = rig.people.call_in("60123", "101", behaviour={"patience": 20})
    rig.clock.advance(19)
    assert rig.states(call.callID)["101"] == "CS_ALERTING"
    rig.clock.advance(1)
    assert rig.states(call.callID) == {}
    assert rig.clock.next_when() is None


def test_it_waits_in_a_queue_as_long_as_it_has_patience() -> None:
    rig = Rig()
    rig.people.agent("12345", at="101", login=True, mode="AUX")
    call = rig.people.call_in("60123", "700", behaviour={"patience": 30, "talkSeconds": 10})
    rig.clock.advance(29)
    rig.people.agent("12345", mode="AUTO_IN")
    rig.people.answer("101")
    rig.clock.advance(9)
    assert rig.states(call.callID)["101"] == "CS_CONNECT"
    rig.clock.advance(1)
    assert rig.states(call.callID) == {}


def test_talking_is_counted_without_the_time_on_hold() -> None:
    rig = Rig()
    call = rig.people.call_in("60123", "101", behaviour={"talkSeconds": 10})
    rig.people.answer("101")
    rig.clock.advance(6)
    held = ConnectionID(call.callID, "101")
    rig.confirmed(HoldCall(activeCall=held))
    rig.clock.advance(100)
    rig.confirmed(RetrieveCall(heldCall=held))
    rig.clock.advance(3)
    assert rig.states(call.callID)["101"] == "CS_CONNECT"
    rig.clock.advance(1)
    assert rig.states(call.callID) == {}


def test_it_does_not_stay_on_hold_for_ever() -> None:
    rig = Rig()
    call = rig.people.call_in("60123", "101", behaviour={"holdPatience": 45})
    rig.people.answer("101")
    rig.confirmed(HoldCall(activeCall=ConnectionID(call.callID, "101")))
    rig.clock.advance(44)
    assert rig.states(call.callID)["101"] == "CS_HOLD"
    rig.clock.advance(1)
    assert rig.states(call.callID) == {}


def test_it_behaves_on_after_a_transfer() -> None:
    rig = Rig()
    call = rig.people.call_in("60123", "101", behaviour={"talkSeconds": 20, "patience": 60})
    rig.people.answer("101")
    rig.clock.advance(5)
    first = ConnectionID(call.callID, "101")
    second = rig.confirmed(ConsultationCall(activeCall=first, calledDevice="102")).pdu.newCall
    rig.confirmed(TransferCall(heldCall=first, activeCall=second))
    rig.clock.advance(30)
    rig.people.answer("102")
    rig.clock.advance(14)
    assert rig.states(second.callID)["102"] == "CS_CONNECT"
    rig.clock.advance(1)
    assert rig.states(second.callID) == {}


def test_it_presses_keys_on_the_way() -> None:
    vector = [{"step": "collect", "digits": 2}, {"step": "route-to", "number": "101"}, {"step": "busy"}]
    rig = Rig({"vdns": {"701": {"vector": vector}}})
    presses = [{"digits": "4", "after": 3}, {"digits": "2", "after": 2}, {"digits": "9", "after": 5, "from": "answer"}]
    call = rig.people.call_in("60123", "701", behaviour={"presses": presses})
    rig.clock.advance(4)
    assert "101" not in rig.states(call.callID)
    rig.clock.advance(1)
    assert rig.states(call.callID)["101"] == "CS_ALERTING"
    assert rig.switch.core.calls[call.callID].code.data == "42"
    rig.people.answer("101")
    rig.clock.advance(5)
    assert rig.switch.core.stations["101"].parties[0].heard == "9"


def test_a_hand_may_act_for_it_at_any_time() -> None:
    rig = outside(called="answer", ringSeconds=30, talkSeconds=10)
    callID = rig.call("101", NUMBER)
    rig.clock.advance(1)
    rig.people.party(f"T{callID}", "answer")
    rig.clock.advance(10)
    assert rig.states(callID) == {}
    assert rig.clock.next_when() is None


# ---- where behaviours come from


def test_a_caller_behaves_by_its_number() -> None:
    rig = outside(patience=5)
    call = rig.people.call_in("60123", "101")
    stranger = rig.people.call_in("70123", "102")
    still = rig.people.call_in("60123", "103", behaviour={})
    rig.clock.advance(5)
    assert rig.states(call.callID) == {}
    assert rig.states(stranger.callID)
    assert rig.states(still.callID)


def test_a_behaviour_has_a_name() -> None:
    rig = Rig({"behaviours": {"hasty": {"patience": 3}, "calm": {}}, "outside": {"60xx": "hasty", "6...": "calm"}})
    hasty = [rig.people.call_in("6012", "101"), rig.people.call_in("", "102", behaviour="hasty")]
    calm = rig.people.call_in("60123", "103")
    rig.clock.advance(3)
    assert [rig.states(call.callID) for call in hasty] == [{}, {}]
    assert rig.states(calm.callID)


def test_a_behaviour_that_is_wrong_is_refused_before_anything_happens() -> None:
    rig = Rig({"behaviours": {"hasty": {"patience": 3}}})
    for behaviour, reason in (
        ("hsty", "did you mean 'hasty'"),
        ({"patiense": 3}, "did you mean 'patience'"),
        ({"called": "answr"}, "did you mean 'answer'"),
        ({"patience": {"expo": 3}}, "there is no distribution"),
        (7, "must be an object"),
    ):
        with pytest.raises(PeopleError, match=reason):
            rig.people.call_in("60123", "101", behaviour=behaviour)
    assert not rig.switch.core.calls


@pytest.mark.parametrize(
    ("patch", "path"),
    [
        ({"outside": {"6*...y": {}}}, "outside.6*...y"),
        ({"outside": {"6...": "nobody"}}, "outside.6..."),
        ({"behaviours": {"a": {"talkSeconds": -1}}}, "behaviours.a.talkSeconds"),
        ({"behaviours": {"a": {"presses": [{"digits": "1", "from": "now"}]}}}, "behaviours.a.presses.1.from"),
        ({"behaviours": {"a": {"presses": [{"digits": "1x"}]}}}, "behaviours.a.presses.1.digits"),
        ({"outside": {"6...": {"presses": [{"digits": ""}]}}}, "outside.6....presses.1.digits"),
    ],
)
def test_a_world_with_wrong_behaviours_is_refused(patch: dict[str, Any], path: str) -> None:
    with pytest.raises(WorldError) as caught:
        World.from_data(patch)
    assert caught.value.path == path


# ---- predictive calls


def predictive(rig: Rig, treat: ATTAnswerTreat = ATTAnswerTreat.AT_NO_TREATMENT) -> int:
    private = ATTMakePredictiveCallV6(answerTreat=treat, maxRings=3)
    request = MakePredictiveCall(
        callingDevice="700", calledDevice=NUMBER, allocationState=AllocationState.AS_CALL_ESTABLISHED
    )
    callID: int = rig.confirmed(request, private).pdu.newCall.callID
    return callID


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("answer", Reason.AR_ANSWER_NORMAL),
        ("machine", Reason.AR_ANSWER_MACHINE_DETECTED),
    ],
)
def test_a_predictive_call_that_is_answered_goes_to_its_group(outcome: str, reason: Reason) -> None:
    rig = outside(called=outcome, networkSeconds=1, ringSeconds=4, patience=60)
    rig.people.agent("12345", at="101", login=True, mode="AUTO_IN")
    callID = predictive(rig)
    rig.clock.advance(5)
    assert rig.states(callID)["101"] == "CS_ALERTING"
    assert rig.switch.core.calls[callID].reason is reason
    assert rig.switch.core.classifiers_used == 0


@pytest.mark.parametrize(
    ("outcome", "treat", "reason", "cause"),
    [
        ("busy", ATTAnswerTreat.AT_NO_TREATMENT, Reason.AR_NONE, Cause.EC_BUSY),
        ("no-answer", ATTAnswerTreat.AT_NO_TREATMENT, Reason.AR_NONE, Cause.EC_CALL_NOT_ANSWERED),
        ("machine", ATTAnswerTreat.AT_DROP, Reason.AR_ANSWER_MACHINE_DETECTED, Cause.EC_NONE),
        ("fax", ATTAnswerTreat.AT_NO_TREATMENT, Reason.AR_SIT_UNKNOWN, Cause.EC_NONE),
        ("sit-vacant", ATTAnswerTreat.AT_NO_TREATMENT, Reason.AR_SIT_VACANT_CODE, Cause.EC_NONE),
        ("sit-reorder", ATTAnswerTreat.AT_NO_TREATMENT, Reason.AR_SIT_REORDER, Cause.EC_NONE),
    ],
)
def test_a_predictive_call_that_fails_is_dropped_with_its_reason(
    outcome: str, treat: ATTAnswerTreat, reason: Reason, cause: Cause
) -> None:
    rig = outside(called=outcome, networkSeconds=1, ringSeconds=4)
    callID = predictive(rig, treat)
    rig.clock.advance(1 + 3 * 6)
    assert rig.states(callID) == {}
    (cleared,) = [report for report in rig.reports if isinstance(report.event, CallCleared)]
    assert isinstance(cleared.event, CallCleared)
    assert cleared.event.cause is cause
    assert getattr(cleared.private, "reason", None) is reason
    assert rig.switch.core.classifiers_used == 0
    assert rig.clock.next_when() is None


def test_the_same_seed_gives_the_same_day() -> None:
    def day() -> list[tuple[float, str]]:
        behaviour = {"patience": {"lognormal": [60, 1]}, "talkSeconds": {"exponential": 30}}
        rig = Rig({"behaviours": {"anybody": behaviour}, "trunkGroups": {"5": {"members": 50}}})
        log: list[tuple[float, str]] = []
        rig.switch.report = lambda report: log.append((rig.clock.now(), repr(report)))
        for number in range(40):
            rig.people.call_in(f"60{number:03}", "700" if number % 2 else "101", behaviour="anybody")
            rig.clock.advance(7)
        rig.clock.advance(10_000)
        assert not rig.switch.core.calls
        return log

    assert day() == day()


def test_a_snapshot_keeps_what_a_party_has_in_mind() -> None:
    simulator = Simulator(Rig().world, Clock(1e9))
    call = simulator.people.call_in("60123", "101", behaviour={"talkSeconds": 20})
    simulator.people.answer("101")
    simulator.clock.advance(5)
    snapshot = Snapshot.of(simulator.switch)
    simulator.clock.advance(100)
    simulator.restore(snapshot)
    simulator.people.hold("101")
    simulator.clock.advance(50)
    simulator.people.retrieve("101")
    simulator.clock.advance(14)
    assert simulator.switch.call(call.callID) is not None
    simulator.clock.advance(1)
    assert simulator.switch.call(call.callID) is None
