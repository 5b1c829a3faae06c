"""Agent services and ACD queries. Source: TSAPI SetAgentState, QueryAgentState and the ACD escape services."""

from ivrsvr.backends.base import Confirmation
from ivrsvr.backends.simulator.switch import hunting, numbering
from ivrsvr.backends.simulator.switch.acd import agents
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import Agent, Skill, Work
from ivrsvr.backends.simulator.switch.services.asked import Asked, Failure
from ivrsvr.csta.enums import AgentMode, AgentState, ATTTalkState
from ivrsvr.csta.enums import ATTWorkMode as Mode
from ivrsvr.csta.errors import CstaFailure
from ivrsvr.csta.private.query import (
    ATTQueryAcdSplitConf,
    ATTQueryAgentStateConfV6,
    ATTSetAgentStateConf,
)
from ivrsvr.csta.query import QueryAgentStateConf, SetAgentStateConf
from ivrsvr.csta.system import EscapeSvcConf

WORK_MODES: dict[AgentMode, tuple[Mode, ...]] = {
    AgentMode.AM_NOT_READY: (Mode.WM_AUX_WORK,),
    AgentMode.AM_WORK_NOT_READY: (Mode.WM_AFTCAL_WK,),
    AgentMode.AM_READY: (Mode.WM_AUTO_IN, Mode.WM_MANUAL_IN),
}
"""The work modes that go with an agent mode; the first one is meant when the request names none."""

_WORKPLACES = frozenset({"station", "agent", ""})
"""Kinds of device that name an agent; what does not exist is another mistake."""

STATES: dict[Mode, AgentState] = {
    Mode.WM_NONE: AgentState.AG_NULL,
    Mode.WM_AUX_WORK: AgentState.AG_NOT_READY,
    Mode.WM_AFTCAL_WK: AgentState.AG_WORK_NOT_READY,
    Mode.WM_AUTO_IN: AgentState.AG_READY,
    Mode.WM_MANUAL_IN: AgentState.AG_READY,
}
"""The agent state of each work mode."""


def set_agent_state(asked: Asked) -> Confirmation:
    core, pdu, private = asked.core, asked.pdu, asked.private
    if not pdu.device:
        raise CstaFailure(Failure.OBJECT_NOT_KNOWN, "the station is missing")
    mode = private.workMode if private is not None else Mode.WM_NONE
    reason = private.reasonCode if private is not None else 0
    pending = bool(private is not None and private.enablePending)
    if mode not in STATES:
        raise CstaFailure(Failure.VALUE_OUT_OF_RANGE, "this switch does not know that work mode")
    if pdu.agentMode == AgentMode.AM_LOG_IN:
        return _log_in(asked, mode, reason)
    if numbering.kind_of(core.world, pdu.device) not in _WORKPLACES:
        raise CstaFailure(Failure.OBJECT_NOT_KNOWN, f"{pdu.device} is not a station; agents work at stations")
    agent = _agent_at(core, pdu.device)
    if pdu.agentMode == AgentMode.AM_LOG_OUT:
        if agent is None or (pdu.agentID and pdu.agentID != agent.login):
            raise CstaFailure(Failure.GENERIC_UNSPECIFIED, f"that agent is not logged in at {pdu.device}")
        agents.log_out(core, agent, reason, pdu.agentGroup)
        return _confirm(is_pending=False)
    allowed = WORK_MODES.get(pdu.agentMode)
    if allowed is None:
        raise CstaFailure(Failure.VALUE_OUT_OF_RANGE, "this switch does not know that agent mode")
    if mode is Mode.WM_NONE:
        mode = allowed[0]
    if mode not in allowed:
        raise CstaFailure(Failure.VALUE_OUT_OF_RANGE, "the work mode does not fit the agent mode")
    if agent is None or agent.station is None or not agent.station.in_service:
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, f"no agent is logged in at {pdu.device}")
    waits = agents.change_mode(core, agent, mode, reason, enable_pending=pending, group=pdu.agentGroup)
    return _confirm(is_pending=waits)


def _confirm(*, is_pending: bool) -> Confirmation:
    return Confirmation(SetAgentStateConf(), ATTSetAgentStateConf(isPending=is_pending))


def _log_in(asked: Asked, mode: Mode, reason: int) -> Confirmation:
    core, pdu = asked.core, asked.pdu
    kind = numbering.kind_of(core.world, pdu.device)
    if not kind:
        raise CstaFailure(Failure.INVALID_CSTA_DEVICE_IDENTIFIER, f"there is no station {pdu.device!r}")
    if kind != "station":
        raise CstaFailure(Failure.OBJECT_NOT_KNOWN, f"{pdu.device} is not a station; an agent logs in at a station")
    # Applications ask for AUX with every log-in; "available on login" is for those that ask for nothing.
    agents.log_in(
        core, core.stations[pdu.device], pdu.agentID, pdu.agentPassword, group=pdu.agentGroup, mode=mode, reason=reason
    )
    return _confirm(is_pending=False)


def _agent_at(core: Core, device: str) -> Agent | None:
    """The agent at a station, or of a login id; None when nobody is logged in there.

    Raises CstaFailure INVALID_CSTA_DEVICE_IDENTIFIER.
    """
    agent = core.agents.get(device)
    if agent is not None:
        return agent if agent.station is not None else None
    return core.station(device).agent


def query_agent_state(asked: Asked) -> Confirmation:
    core, device, private = asked.core, asked.pdu.device, asked.private
    agent, work, talk = _agent_at(core, device), Work(), ATTTalkState.TS_IDLE
    if agent is not None:
        # With EAS an agent has one work mode, whatever split is named; without it, one in each split.
        split = private.split if private is not None and not core.world.system.eas else ""
        work, talk = agent.works.get(split, work) if split else agent.work, _talk_state(agent)
    return Confirmation(
        QueryAgentStateConf(agentState=STATES[work.mode]),
        ATTQueryAgentStateConfV6(
            workMode=work.mode,
            talkState=talk,
            reasonCode=work.reason,
            pendingWorkMode=work.pending,
            pendingReasonCode=work.pending_reason,
        ),
    )


def _talk_state(agent: Agent) -> ATTTalkState:
    """On call when on any active call, or when send-all-calls or forwarding is active at the station."""
    station = agent.station
    if station is None:
        return ATTTalkState.TS_IDLE
    sent_away = bool(station.forward) or station.sends_all_calls
    talking = any(party.state is State.CS_CONNECT for party in station.parties)
    return ATTTalkState.TS_ON_CALL if talking or sent_away else ATTTalkState.TS_IDLE


def skill_of(core: Core, device: str) -> Skill:
    """The split or skill with that extension.

    Raises CstaFailure INVALID_CSTA_DEVICE_IDENTIFIER.
    """
    try:
        return core.skills[device]
    except KeyError:
        raise CstaFailure(Failure.INVALID_CSTA_DEVICE_IDENTIFIER, f"{device!r} is not a split or skill") from None


def query_acd_split(asked: Asked) -> Confirmation:
    skill = skill_of(asked.core, asked.private.device)
    return Confirmation(
        EscapeSvcConf(),
        ATTQueryAcdSplitConf(
            availableAgents=len(skill.available) + len(hunting.idle(asked.core, skill)),
            callsInQueue=skill.queue.counted,
            agentsLoggedIn=len(skill.agents) + len(skill.data.members),
        ),
    )
