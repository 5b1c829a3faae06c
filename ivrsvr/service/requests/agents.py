"""Agents: log in, log out, change the work mode."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from ivrsvr.csta.enums import AgentMode, ATTWorkMode
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.private.query import ATTSetAgentStateV6
from ivrsvr.csta.query import SetAgentState
from ivrsvr.registry import Caller, Device, Done, Ia5Text, Number
from ivrsvr.service.parts import Parts
from ivrsvr.service.requests.declare import Chapter, OfExtension, answer, entry

F = CSTAUniversalFailure

STATES: dict[str, tuple[AgentMode, ATTWorkMode]] = {
    "aux": (AgentMode.AM_NOT_READY, ATTWorkMode.WM_AUX_WORK),
    "acw": (AgentMode.AM_WORK_NOT_READY, ATTWorkMode.WM_AFTCAL_WK),
    "manual": (AgentMode.AM_READY, ATTWorkMode.WM_MANUAL_IN),
    "auto": (AgentMode.AM_READY, ATTWorkMode.WM_AUTO_IN),
}
"""The states of `setstate`."""

ReasonCode = Annotated[Number, Field(description="Why, as administered on the switch; 0 = none.")]


class LoginRequest(OfExtension):
    agentid: Annotated[Device, Field(description="The agent's login id.")]
    passwd: Annotated[Ia5Text, Field(description="The agent's password.")] = ""


class LogoutRequest(LoginRequest):
    reasoncode: ReasonCode = 0


class SetStateRequest(OfExtension):
    state: Annotated[
        Literal["aux", "acw", "manual", "auto"],
        BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
        Field(description="The work mode to go into."),
    ]
    reasoncode: ReasonCode = 0


LOGIN_REFUSED = {
    F.GENERIC_UNSPECIFIED: "the switch knows no such agent with that password, or the telephone must be off-hook first",
    F.GENERIC_OPERATION: "an agent is logged in there already, or that agent elsewhere; log out first",
}
LOGOUT_REFUSED = {F.GENERIC_UNSPECIFIED: "that agent is not logged in there"}
CHANGE_REFUSED = {
    F.GENERIC_OPERATION: "the agent is in that state already",
    F.VALUE_OUT_OF_RANGE: "the switch has no such reason code",
    F.INVALID_OBJECT_TYPE: "only aux takes a reason code",
    F.INVALID_OBJECT_STATE: "no agent is logged in there, or the telephone is out of service",
}
"""What refusals mean here, where the general words of the switch's failures say little."""


async def _ask(
    parts: Parts, pdu: SetAgentState, private: ATTSetAgentStateV6, meanings: Mapping[CSTAUniversalFailure, str]
) -> Done:
    try:
        await parts.line.ask(pdu, private)
    except CstaFailure as failure:
        raise CstaFailure(failure.error, meanings.get(failure.error, failure.text)) from failure
    return Done()


def _as_agent(request: LoginRequest, mode: AgentMode) -> SetAgentState:
    return SetAgentState(
        device=request.extension,
        agentMode=mode,
        agentID=request.agentid,
        agentGroup="",
        agentPassword=request.passwd,
    )


async def login(parts: Parts, request: LoginRequest, _caller: Caller) -> Done:
    private = ATTSetAgentStateV6(workMode=ATTWorkMode.WM_AUX_WORK)
    done = await _ask(parts, _as_agent(request, AgentMode.AM_LOG_IN), private, LOGIN_REFUSED)
    parts.agents.came(request.extension)
    return done


async def logout(parts: Parts, request: LogoutRequest, _caller: Caller) -> Done:
    private = ATTSetAgentStateV6(workMode=ATTWorkMode.WM_NONE, reasonCode=request.reasoncode)
    done = await _ask(parts, _as_agent(request, AgentMode.AM_LOG_OUT), private, LOGOUT_REFUSED)
    parts.agents.gone(request.extension)
    return done


async def setstate(parts: Parts, request: SetStateRequest, _caller: Caller) -> Done:
    agent_mode, work_mode = STATES[request.state]
    asked = SetAgentState(
        device=request.extension,
        agentMode=agent_mode,
        agentID="",
        agentGroup="",
        agentPassword="",
    )
    # Pending, so that a change that is asked for during a call happens after it instead of being refused.
    private = ATTSetAgentStateV6(workMode=work_mode, reasonCode=request.reasoncode, enablePending=True)
    done = await _ask(parts, asked, private, CHANGE_REFUSED)
    parts.agents.asked(request.extension, request.state, request.reasoncode)
    return done


AGENTS: Chapter = ("agents", "call")
CREDENTIALS = {"extension": "101", "agentid": "12345", "passwd": "67890"}

ENTRIES = (
    entry(
        AGENTS,
        "login",
        login,
        LoginRequest,
        Done,
        "Log an agent in at an extension; the agent begins in AUX.",
        ({"id": "12", **CREDENTIALS}, answer("12", error="")),
    ),
    entry(
        AGENTS,
        "logout",
        logout,
        LogoutRequest,
        Done,
        "Log an agent out.",
        ({"id": "13", **CREDENTIALS}, answer("13", error="")),
    ),
    entry(
        AGENTS,
        "setstate",
        setstate,
        SetStateRequest,
        Done,
        "Change the work mode of the agent at an extension; during a call, for the time after it.",
        ({"id": "14", "extension": "101", "state": "aux", "reasoncode": "1"}, answer("14", error="")),
        ({"id": "14", "extension": "101", "state": "acw"}, answer("14", error="")),
        ({"id": "14", "extension": "101", "state": "manual"}, answer("14", error="")),
        ({"id": "14", "extension": "101", "state": "auto"}, answer("14", error="")),
    ),
)
