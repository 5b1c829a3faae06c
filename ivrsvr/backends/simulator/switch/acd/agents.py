"""Agents: logging in and out, work modes, pending modes, timed after-call work.

Source: docs/switch.md, ACD agents; TSAPI SetAgentState; behaviour of Expert Agent Selection.
"""

from ivrsvr.backends.simulator.switch import tell
from ivrsvr.backends.simulator.switch.acd import distribution
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.equipment import Station
from ivrsvr.backends.simulator.switch.model import Agent, Work
from ivrsvr.csta.enums import ATTWorkMode as Mode
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure

Failure = CSTAUniversalFailure
MOST_REASON = 99
READY = frozenset({Mode.WM_AUTO_IN, Mode.WM_MANUAL_IN})


def staffs(agent: Agent, skill: str) -> bool:
    """Logged in and not in AUX: a call that dials the group may wait for this agent, after-call work or not."""
    return agent.works[skill].mode not in (Mode.WM_NONE, Mode.WM_AUX_WORK)


def is_available(agent: Agent, skill: str) -> bool:
    """Could take an ACD call of the skill now: ready there, nothing pending, station idle and in service.

    After-call work is for one split and keeps the calls of all others away.
    """
    station, work = agent.station, agent.works.get(skill)
    return (
        station is not None
        and work is not None
        and work.mode in READY
        and work.pending is Mode.WM_NONE
        and station.in_service
        and not station.parties
        and not any(work.mode is Mode.WM_AFTCAL_WK for work in agent.works.values())
    )


def on_call(agent: Agent) -> bool:
    station = agent.station
    return station is not None and any(
        party.state in (State.CS_CONNECT, State.CS_HOLD, State.CS_INITIATE, State.CS_FAIL) for party in station.parties
    )


def ringing_acd(agent: Agent) -> bool:
    station = agent.station
    return station is not None and any(
        party.state is State.CS_ALERTING and party.acd is not None for party in station.parties
    )


def _free(core: Core, agent: Agent) -> None:
    """The agent may be available: keep the skills' lines right and serve a waiting call."""
    core.occupied(agent)
    for skill in agent.skills:
        if is_available(agent, skill):
            core.skills[skill].available.add(agent, distribution.rank(core.skills[skill], agent))
    distribution.serve(core, agent)


def service_changed(core: Core, station: Station) -> None:
    """The station went out of service, or is back: so is the agent who is logged in there."""
    if station.agent is not None:
        _free(core, station.agent)


def check_reason(reason: int) -> None:
    """Reason codes go from 0 to 99.

    Raises CstaFailure VALUE_OUT_OF_RANGE.
    """
    if not 0 <= reason <= MOST_REASON:
        raise CstaFailure(Failure.VALUE_OUT_OF_RANGE, f"a reason code is a number from 0 to {MOST_REASON}")


def log_in(
    core: Core,
    station: Station,
    login: str,
    password: str | None,
    *,
    group: str = "",
    mode: Mode = Mode.WM_NONE,
    reason: int = 0,
) -> None:
    """Log an agent in at a station.

    password None = not asked for (the agent's own hand). mode WM_NONE = as administered.
    Without EAS `group` is the split ("" from the agent's own hand = all); what the agent does in another one stays.
    Raises CstaFailure GENERIC_UNSPECIFIED (wrong password, no member, auto-answer station on-hook), OBJECT_NOT_KNOWN,
    GENERIC_OPERATION (logged in already), RESOURCE_BUSY, INVALID_OBJECT_STATE (station out of service),
    INVALID_OBJECT_TYPE (a reason with a mode other than AUX), VALUE_OUT_OF_RANGE (the reason).
    """
    if not login:
        raise CstaFailure(Failure.OBJECT_NOT_KNOWN, "the agent id is missing")
    agent = core.agents.get(login)
    if agent is None or (password is not None and agent.data.password != password):
        raise CstaFailure(Failure.GENERIC_UNSPECIFIED, "agent id or password is wrong")
    if group and group not in agent.data.skills:
        raise CstaFailure(Failure.GENERIC_UNSPECIFIED, f"agent {login} is not a member of {group}")
    eas = core.world.system.eas
    if not (eas or group or password is None):
        raise CstaFailure(Failure.OBJECT_NOT_KNOWN, "without EAS an agent logs in to a split; it is missing")
    further = bool(group) and not eas and agent.station is station and group not in agent.skills
    if not further and (agent.station is not None or station.agent is not None):
        raise CstaFailure(Failure.GENERIC_OPERATION, f"{login} or {station.extension} is logged in already")
    if not station.in_service:
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, f"station {station.extension} is out of service")
    if station.active is not None:
        raise CstaFailure(Failure.RESOURCE_BUSY, f"station {station.extension} is on a call; clear it first")
    if agent.data.autoAnswer and not (station.off_hook or station.data.type == "cti"):
        raise CstaFailure(
            Failure.GENERIC_UNSPECIFIED, f"auto-answer agent {login} needs station {station.extension} off-hook"
        )
    if reason and mode not in (Mode.WM_NONE, Mode.WM_AUX_WORK):
        raise CstaFailure(Failure.INVALID_OBJECT_TYPE, "only AUX and log-out take a reason code")
    check_reason(reason)
    if mode is Mode.WM_NONE:
        mode = Mode.WM_AUTO_IN if agent.data.availableOnLogin else Mode.WM_AUX_WORK
    names = list(agent.data.skills) if eas or not group else [group]
    reason = reason if mode is Mode.WM_AUX_WORK else 0
    agent.works |= dict.fromkeys(names, Work(mode, reason)) if eas else {name: Work(mode, reason) for name in names}
    if not further:
        agent.station = station
        station.agent = agent
        agent.idle_since = core.clock.now()
        agent.order = core.next_order()
    order = list(agent.data.skills)
    agent.skills = tuple(sorted((*agent.skills, *names), key=lambda skill: (agent.level(skill), order.index(skill))))
    for skill in names:
        core.skills[skill].agents[login] = agent
    for skill in names:
        tell.logged_on(core, station.extension, login, skill, mode)
    _free(core, agent)


def log_out(core: Core, agent: Agent, reason: int = 0, group: str = "") -> None:
    """Log an agent out of all its skills; a ringing ACD call is redirected at once.

    group: without EAS, the split that it leaves; "" = all.
    Raises CstaFailure GENERIC_UNSPECIFIED (not logged in), RESOURCE_BUSY on a call, VALUE_OUT_OF_RANGE for the reason.
    """
    station = agent.station
    if station is None or (group and not core.world.system.eas and group not in agent.skills):
        raise CstaFailure(Failure.GENERIC_UNSPECIFIED, f"agent {agent.login} is not logged in")
    check_reason(reason)
    if on_call(agent):
        raise CstaFailure(Failure.RESOURCE_BUSY, f"agent {agent.login} is on a call; clear it first")
    if group and not core.world.system.eas and agent.skills != (group,):
        _leave_split(core, agent, station, group, reason)
        return
    core.occupied(agent)
    for work in agent.each_work:
        _enter(work, Mode.WM_NONE)
    for party in list(station.parties):
        if party.acd is not None and party.state is State.CS_ALERTING:
            distribution.not_answered(core, party, logging_out=True)
    skills = [skill for skill in agent.data.skills if skill in agent.skills]
    for skill in skills:
        del core.skills[skill].agents[agent.login]
        tell.logged_off(core, station.extension, agent.login, skill, reason)
        distribution.gone(core, agent, station.extension, skill)
    agent.station = None
    station.agent = None
    agent.skills = ()
    agent.works.clear()


def _leave_split(core: Core, agent: Agent, station: Station, group: str, reason: int) -> None:
    """Without EAS: one of the agent's splits sends no more calls, the others do."""
    core.occupied(agent)
    _enter(agent.works[group], Mode.WM_NONE)
    for party in list(station.parties):
        if party.acd is not None and party.acd.skill == group and party.state is State.CS_ALERTING:
            distribution.not_answered(core, party, logging_out=True)
    del core.skills[group].agents[agent.login]
    agent.skills = tuple(skill for skill in agent.skills if skill != group)
    del agent.works[group]
    tell.logged_off(core, station.extension, agent.login, group, reason)
    distribution.gone(core, agent, station.extension, group)
    _free(core, agent)


def change_mode(core: Core, agent: Agent, mode: Mode, reason: int, *, enable_pending: bool, group: str = "") -> bool:
    """Change the work mode; True when the change waits until the agent's calls end.

    group: without EAS, the split; "" = all that the agent is logged in to.
    Raises CstaFailure GENERIC_OPERATION for the mode that is in force already, RESOURCE_BUSY on a call unless
    enable_pending, INVALID_OBJECT_STATE for a split without the agent, INVALID_OBJECT_TYPE for a reason with a mode
    other than AUX, VALUE_OUT_OF_RANGE.
    """
    if reason and mode is not Mode.WM_AUX_WORK:
        raise CstaFailure(Failure.INVALID_OBJECT_TYPE, "only AUX and log-out take a reason code")
    check_reason(reason)
    works = agent.each_work
    if group and not core.world.system.eas:
        if group not in agent.works:
            raise CstaFailure(Failure.INVALID_OBJECT_STATE, f"agent {agent.login} is not logged in to {group}")
        works = [agent.works[group]]
    changing = [work for work in works if work.pending is not Mode.WM_NONE or not _is_in(work, mode, reason)]
    if not changing:
        raise CstaFailure(Failure.GENERIC_OPERATION, f"agent {agent.login} is in that state already")
    later = []
    if on_call(agent) or (ringing_acd(agent) and mode not in READY):
        later = [work for work in changing if not _is_in(work, mode, reason)]
        if later and on_call(agent) and not enable_pending:
            raise CstaFailure(Failure.RESOURCE_BUSY, f"agent {agent.login} is on a call")
    for work in changing:
        work.pending, work.pending_reason = (mode, reason) if work in later else (Mode.WM_NONE, 0)
        if work not in later:
            _enter(work, mode, reason)
    _free(core, agent)
    return bool(later)


def _is_in(work: Work, mode: Mode, reason: int) -> bool:
    return work.mode is mode and (mode is not Mode.WM_AUX_WORK or work.reason == reason)


def _enter(work: Work, mode: Mode, reason: int = 0) -> None:
    """The mode is in force from now on."""
    _stop_acw(work)
    work.mode, work.reason = mode, reason if mode is Mode.WM_AUX_WORK else 0


def _stop_acw(work: Work) -> None:
    if work.acw is not None:
        work.acw.cancel()
        work.acw = None


def rona(core: Core, agent: Agent) -> None:
    """An agent who did not answer goes to AUX, reason 0, whatever it works for."""
    for work in agent.each_work:
        work.pending, work.pending_reason = Mode.WM_NONE, 0
        work.mode, work.reason = Mode.WM_AUX_WORK, 0
    core.occupied(agent)


def released(core: Core, agent: Agent) -> None:
    """The agent's last call has ended: pending mode, after-call work, or available again."""
    works = agent.each_work
    if any(work.handled for work in works):
        agent.idle_since = core.clock.now()
        agent.order = core.next_order()
    for work in works:
        handled, work.handled = work.handled, False
        if work.pending is not Mode.WM_NONE:
            mode, reason = work.pending, work.pending_reason
            work.pending, work.pending_reason = Mode.WM_NONE, 0
            _enter(work, mode, reason)
        elif handled and (work.mode is Mode.WM_MANUAL_IN or (work.mode is Mode.WM_AUTO_IN and agent.data.timedAcw)):
            work.resume, work.mode = work.mode, Mode.WM_AFTCAL_WK
            if agent.data.timedAcw:
                work.acw = core.later(agent.data.timedAcw, _timed_acw_over, agent, work)
    _free(core, agent)


def _timed_acw_over(core: Core, agent: Agent, work: Work) -> None:
    work.acw = None
    _enter(work, work.resume)
    _free(core, agent)
