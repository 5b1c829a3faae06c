"""ACD: agents, modes, who gets which call, what answering and leaving mean."""

import pytest

from ivrsvr.csta.call import ClearConnection, MakeCall
from ivrsvr.csta.enums import AgentMode, AgentState, ATTWorkMode
from ivrsvr.csta.errors import CSTAUniversalFailure as Failure
from ivrsvr.csta.private.query import ATTQueryAcdSplit, ATTSetAgentStateV6
from ivrsvr.csta.query import QueryAgentState, SetAgentState
from ivrsvr.csta.system import EscapeSvc
from ivrsvr.csta.types import ConnectionID
from tests.backends.simulator.switch.rig import Rig


def log_in(device: str = "101", login: str = "12345", password: str = "1") -> SetAgentState:
    return SetAgentState(
        device=device, agentMode=AgentMode.AM_LOG_IN, agentID=login, agentGroup="", agentPassword=password
    )


def change(device: str, mode: AgentMode) -> SetAgentState:
    return SetAgentState(device=device, agentMode=mode, agentID="", agentGroup="", agentPassword="")


def mode_of(rig: Rig, device: str) -> ATTWorkMode:
    found: ATTWorkMode = rig.confirmed(QueryAgentState(device=device)).private.workMode
    return found


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (log_in(password="2"), Failure.GENERIC_UNSPECIFIED),
        (log_in(login="99999"), Failure.GENERIC_UNSPECIFIED),
        (log_in(login=""), Failure.OBJECT_NOT_KNOWN),
        (log_in(device=""), Failure.OBJECT_NOT_KNOWN),
        (log_in(device="700"), Failure.OBJECT_NOT_KNOWN),
        (log_in(device="999"), Failure.INVALID_CSTA_DEVICE_IDENTIFIER),
        (change("101", AgentMode.AM_READY), Failure.INVALID_OBJECT_STATE),
        (change("101", AgentMode.AM_LOG_OUT), Failure.GENERIC_UNSPECIFIED),
    ],
)
def test_agent_requests_that_cannot_be(request_: SetAgentState, error: Failure) -> None:
    rig = Rig()
    assert rig.refused(request_) is error
    assert rig.events() == []


def test_an_agent_logs_in_once_and_one_at_a_station() -> None:
    rig = Rig()
    rig.confirmed(log_in())
    assert rig.refused(log_in("102")) is Failure.GENERIC_OPERATION
    assert rig.refused(log_in("101", "12346", "2")) is Failure.GENERIC_OPERATION


def test_a_work_mode_that_does_not_fit_the_agent_mode_is_out_of_range() -> None:
    rig = Rig()
    rig.confirmed(log_in())
    private = ATTSetAgentStateV6(workMode=ATTWorkMode.WM_AUX_WORK)
    assert rig.refused(change("101", AgentMode.AM_READY), private) is Failure.VALUE_OUT_OF_RANGE
    reason = ATTSetAgentStateV6(workMode=ATTWorkMode.WM_AUTO_IN, reasonCode=3)
    assert rig.refused(change("101", AgentMode.AM_READY), reason) is Failure.INVALID_OBJECT_TYPE


def test_the_login_id_stands_for_the_station_of_its_agent() -> None:
    rig = Rig()
    rig.confirmed(log_in())
    rig.confirmed(change("12345", AgentMode.AM_READY), ATTSetAgentStateV6(workMode=ATTWorkMode.WM_MANUAL_IN))
    assert mode_of(rig, "101") is ATTWorkMode.WM_MANUAL_IN


def test_manual_in_gives_after_call_work_only_after_an_answered_call() -> None:
    rig = Rig()
    rig.people.agent("12345", at="101", login=True, mode="MANUAL_IN")
    abandoned = rig.people.call_in("60123", "700")
    rig.people.party(abandoned.party, "hangup")
    assert mode_of(rig, "101") is ATTWorkMode.WM_MANUAL_IN
    answered = rig.people.call_in("60123", "700")
    rig.people.answer("101")
    rig.people.party(answered.party, "hangup")
    assert mode_of(rig, "101") is ATTWorkMode.WM_AFTCAL_WK


def test_rona_to_a_vdn_sends_the_call_there() -> None:
    rig = Rig(
        {
            "skills": {"201": {"rona": {"rings": 2, "to": "701"}}},
            "vdns": {"701": {"vector": [{"step": "route-to", "number": "105", "coverage": False}]}},
        }
    )
    rig.people.agent("12345", at="101", login=True, mode="AUTO_IN")
    call = rig.people.call_in("60123", "700")
    rig.clock.advance(12)
    assert rig.states(call.callID) == {call.party: "CS_CONNECT", "105": "CS_ALERTING"}
    assert mode_of(rig, "101") is ATTWorkMode.WM_AUX_WORK


def test_a_call_that_rona_took_from_one_agent_rings_at_the_next_one_at_once() -> None:
    rig = Rig()
    rig.people.agent("12345", at="101", login=True, mode="AUTO_IN")
    rig.people.agent("12346", at="102", login=True, mode="AUTO_IN")
    call = rig.people.call_in("60123", "700")
    rig.clock.advance(18)
    assert rig.states(call.callID) == {call.party: "CS_CONNECT", "102": "CS_ALERTING"}


def test_a_plain_split_queues_while_somebody_staffs_it_and_is_full_at_its_length() -> None:
    rig = Rig({"agents": {"12345": {"skills": {"220": 1}}}})
    rig.people.agent("12345", at="101", login=True, mode="AUTO_IN")
    rig.call("101", "102", answered=True)
    waiting = [rig.people.call_in("60123", "220") for _ in range(2)]
    assert all("220" in rig.states(call.callID) for call in waiting)
    callID = rig.call("103", "220")
    assert rig.events("103")[-1] == "Failed"
    assert rig.states(callID) == {"103": "CS_CONNECT"}
    rig.people.hangup("101")
    assert rig.states(waiting[0].callID)["101"] == "CS_ALERTING"


def test_a_direct_agent_call_waits_for_its_agent_alone_and_is_not_counted() -> None:
    rig = Rig()
    rig.people.agent("12345", at="101", login=True, mode="AUTO_IN")
    rig.call("101", "102", answered=True)
    direct = rig.call("103", "12345")
    rig.people.agent("12346", at="104", login=True, mode="AUTO_IN")
    assert "104" not in rig.states(direct)
    split = rig.confirmed(EscapeSvc(), ATTQueryAcdSplit(device="201")).private
    assert (split.callsInQueue, split.availableAgents, split.agentsLoggedIn) == (0, 1, 2)
    rig.people.hangup("101")
    assert rig.states(direct) == {"103": "CS_CONNECT", "101": "CS_ALERTING"}


def test_calling_an_agent_who_is_not_logged_in_gives_reorder() -> None:
    rig = Rig()
    callID = rig.call("103", "12345")
    assert rig.states(callID) == {"103": "CS_FAIL"}
    rig.clock.advance(30)
    assert rig.states(callID) == {}


def test_a_call_placed_by_an_agent_carries_the_login_id_and_names_the_station() -> None:
    rig = Rig()
    rig.people.agent("12345", at="101", login=True, mode="AUX")
    rig.events()
    rig.call("101", "102")
    originated = next(report for report in rig.reports if type(report.event).__name__ == "Originated")
    assert originated.event.callingDevice.deviceID == "12345"
    assert originated.private.physicalTerminal == "101"


def test_logging_out_tells_every_skill_and_forgets_the_agent() -> None:
    rig = Rig()
    rig.people.agent("12345", at="101", login=True, mode="AUTO_IN")
    rig.people.agent("12345", login=False, reason=3)
    assert [report.groups for report in rig.reports] == [("201",), ("202",), ("201",), ("202",)]
    confirmation = rig.confirmed(QueryAgentState(device="12345"))
    assert confirmation.pdu.agentState is AgentState.AG_NULL
    assert rig.switch.logged_in("201") == []


def test_an_agent_with_a_call_of_its_own_is_not_available() -> None:
    rig = Rig()
    rig.people.agent("12345", at="101", login=True, mode="AUTO_IN")
    callID = rig.confirmed(MakeCall(callingDevice="101", calledDevice="102")).pdu.newCall.callID
    waiting = rig.people.call_in("60123", "700")
    assert "201" in rig.states(waiting.callID)
    rig.confirmed(ClearConnection(call=ConnectionID(callID, "101")))
    assert rig.states(waiting.callID)["101"] == "CS_ALERTING"


def test_who_logs_out_while_a_call_rings_is_logged_out_whatever_was_pending() -> None:
    rig = Rig()
    rig.people.agent("12345", at="101", login=True, mode="AUTO_IN")
    rig.people.call_in("60123456", "700")
    rig.people.agent("12345", mode="ACW")
    rig.people.agent("12345", login=False)
    agent = rig.switch.core.agents["12345"]
    assert agent.station is None
    assert agent.work.mode is ATTWorkMode.WM_NONE
