"""Who gets which call: offering calls to skills, serving queues, and what answering and leaving mean to an agent.

Source: docs/switch.md, ACD: most idle agent (UCD-MIA) or best skill level first (EAD-MIA); calls by priority, then by
longest wait; a call that RONA returned goes ahead of everything.
"""

from ivrsvr.backends.simulator.switch import delivery, hunting, reaching, tell
from ivrsvr.backends.simulator.switch.acd import agents, expected
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import AcdDelivery, Agent, Call, Kind, Party, Skill
from ivrsvr.backends.simulator.switch.routes import Route
from ivrsvr.backends.simulator.switch.vectors import interpreter
from ivrsvr.backends.simulator.switch.waiting import QueueEntry, Rank
from ivrsvr.calls import moves
from ivrsvr.calls.moves import Trigger
from ivrsvr.csta.enums import CSTAEventCause as Cause

RANKS = {"low": 1, "medium": 2, "high": 3, "top": 4}
"""Queue priorities as numbers; DIRECT and RETURNED are above them."""

DIRECT = 8
RETURNED = 9
MOST_QUEUES = 3


def accepts(core: Core, skill: Skill) -> bool:
    """Whether a call that dialled this group directly can be served or wait: somebody staffs it and there is room."""
    if skill.available:
        return True
    return _has_room(skill) and any(agents.staffs(agent, skill.extension) for agent in skill.agents.values())


def _has_room(skill: Skill) -> bool:
    """Direct-agent calls wait in lines of their own and take nobody's place."""
    return skill.queue.counted < skill.data.queueLength


def offer(core: Core, call: Call, extension: str, rank: int, *, converse: bool = False, redirected: str = "") -> bool:
    """Give a call to the best available agent of a skill, or queue it. False when it could do neither.

    redirected: who sent it there; "" = its VDN.
    """
    skill = core.skills[extension]
    agent = skill.available.first
    if agent is not None:
        deliver(core, call, extension, agent, converse=converse)
        return True
    return enqueue(core, call, skill, rank, converse=converse, redirected=redirected)


def rank(skill: Skill, agent: Agent) -> Rank:
    """What the available agents of a skill are chosen by: level, then longest idle; UCD by longest idle alone."""
    expert = skill.data.distribution.startswith("EAD")
    return (agent.level(skill.extension) if expert else 0, agent.idle_since, agent.order)


def enqueue(
    core: Core, call: Call, skill: Skill, rank: int, *, converse: bool = False, wanted: str = "", redirected: str = ""
) -> bool:
    """Queue a call to a skill and report its position. False when it can't be queued there.

    A call that is already queued there at another priority is requeued; at the same priority it keeps its place.
    A direct-agent call waits, and one that comes back from an agent does, however many calls the queue holds.
    """
    places = _entries(call)
    here = next((entry for entry in places if entry.skill == skill.extension), None)
    if here is not None:
        if here.rank == rank:
            return False
        skill.queue.remove(here)
        entry_party = here.party
    else:
        if len(places) >= MOST_QUEUES or ((rank < DIRECT or converse) and not _has_room(skill)):
            return False
        entry_party = core.join(call, Kind.GROUP, skill.extension)
        moves.move(entry_party, Trigger.QUEUE)
    entry = QueueEntry(call, skill.extension, rank, core.clock.now(), core.next_order(), entry_party, converse, wanted)
    entry_party.place = entry
    skill.queue.add(entry)
    if not wanted:
        tell.queued(core, call, skill.extension, skill.queue.position(entry), redirected or call.vdn)
    return True


def _entries(call: Call) -> list[QueueEntry]:
    return [party.place for party in call.parties if party.place is not None]


def leave_queues(core: Core, call: Call) -> None:
    """The call leaves every queue, silently."""
    for entry in _entries(call):
        _leave_queue(core, entry)


def _leave_queue(core: Core, entry: QueueEntry) -> None:
    core.skills[entry.skill].queue.remove(entry)
    entry.party.place = None
    core.leave(entry.party, Trigger.CLEAR)


def follow(core: Core, gone: Call, call: Call) -> None:
    """The queue places of a call that merges belong to the surviving call."""
    for entry in _entries(gone):
        entry.call = call


def deliver(
    core: Core,
    call: Call,
    extension: str,
    agent: Agent,
    *,
    converse: bool = False,
    direct: bool = False,
    cause: Cause | None = None,
    redirected: str | None = None,
) -> None:
    """The call alerts at an agent's station, or is cut through to an auto-answer agent."""
    station = agent.station
    if station is None:
        return
    since = next((entry.since for entry in _entries(call) if entry.skill == extension), core.clock.now())
    if not converse:
        leave_queues(core, call)
    predictive = call.reason.value != 0
    party = core.join(call, Kind.STATION, station.extension)
    party.acd = AcdDelivery(extension, agent, converse, direct, since)
    party.cause = cause if cause is not None else Cause[core.world.system.acdDeliveredCause]
    party.redirected = (
        redirected if redirected is not None else "" if predictive else call.split or call.vdn or extension
    )
    if not call.first_vdn:
        call.first_vdn = call.vdn
    moves.move(party, Trigger.DELIVER)
    tell.delivered(core, party)
    if not converse:
        interpreter.delivered(core, party)
    if agent.data.autoAnswer or station.data.autoAnswer:
        delivery.answered(core, party)
    else:
        rona = core.skills[extension].data.rona
        if rona.rings:
            party.ring = core.later(core.rings(rona.rings), not_answered, party)


def offer_direct(core: Core, call: Call, agent: Agent, cause: Cause, redirected: str, skill: str = "") -> None:
    """A direct-agent call: to that agent alone, ahead of the calls of its skills. skill "" = the agent's first one."""
    skill = skill or next(iter(agent.skills), "")
    if agents.is_available(agent, skill):
        deliver(core, call, skill, agent, direct=True, cause=cause, redirected=redirected)
    else:
        enqueue(core, call, core.skills[skill], DIRECT, wanted=agent.login)


def serve(core: Core, agent: Agent) -> None:
    """An agent may have become available: the call that is next for it is delivered.

    Direct calls first, then the best skill level, then priority, then the longest wait.
    """
    best: QueueEntry | None = None
    best_key: tuple[int, int, float, int] | None = None
    for skill in agent.skills:
        entry = core.skills[skill].queue.first_for(agent.login)
        if entry is None or not agents.is_available(agent, skill):
            continue
        level = 0 if entry.wanted else agent.level(skill)
        key = (level, *entry.key)
        if best_key is None or key < best_key:
            best, best_key = entry, key
    if best is None:
        return
    if best.converse:
        _leave_queue(core, best)
        deliver(core, best.call, best.skill, agent, converse=True)
    else:
        deliver(core, best.call, best.skill, agent, direct=bool(best.wanted))


def not_answered(core: Core, party: Party, *, logging_out: bool = False) -> None:
    """RONA: the agent goes to AUX, and the call goes to the VDN administered, or back to the head of its queue.

    A direct-agent call goes to the agent's coverage, else to that VDN, else it waits for the agent ahead of everything.
    """
    acd, call = party.acd, party.call
    if acd is None or party.state is not State.CS_ALERTING:
        return
    party.acd = None
    if not logging_out:
        agents.rona(core, acd.agent)
    left = party.device
    route = _elsewhere(core, call, acd, left)
    delivery.divert(core, party, route.destination if route is not None else acd.skill)
    if route is not None:
        route.go()
        return
    skill = core.skills[acd.skill]
    if acd.direct and not logging_out:
        enqueue(core, call, skill, RETURNED, wanted=acd.agent.login)
        return
    agent = skill.available.first
    if agent is not None:
        deliver(core, call, acd.skill, agent, converse=acd.converse)
        return
    if not enqueue(core, call, skill, RETURNED, converse=acd.converse, redirected=left):
        # A call that a vector lends keeps its places, and there is no room for another one.
        interpreter.port_gone(core, call)


def gone(core: Core, agent: Agent, station: str, extension: str) -> None:
    """The agent leaves a skill: the direct-agent calls that wait for it there go where one that rings would go."""
    skill = core.skills[extension]
    for entry in skill.queue.waiting_for(agent.login):
        call = entry.call
        route = _elsewhere(core, call, AcdDelivery(extension, agent, direct=True), station)
        _leave_queue(core, entry)
        if route is not None:
            route.go()
        elif (free := skill.available.first) is not None:
            deliver(core, call, extension, free)
        else:
            enqueue(core, call, skill, RETURNED)


def _elsewhere(core: Core, call: Call, acd: AcdDelivery, left: str) -> Route | None:
    """Where a call goes on that its agent did not answer; None = back into the queue."""
    path = acd.agent.data.coveragePath or core.stations[left].data.coveragePath
    if acd.direct and path and core.world.coveragePaths[path].dontAnswer and not call.priority:
        covered = reaching.plan_cover(core, call, left, path, 0, Cause.EC_CALL_FORWARD_NO_ANSWER)
        if covered is not None:
            return covered
    to = core.skills[acd.skill].data.rona.to
    if to and not acd.converse:
        route = delivery.plan(core, call, to, cause=Cause.EC_REDIRECTED, redirected=left)
        if isinstance(route, Route):
            return route
    return None


def answered(core: Core, party: Party) -> None:
    """A call that an ACD delivered was answered: from now on it counts as handled by the agent."""
    if party.acd is None:
        return
    work = party.acd.agent.works.get(party.acd.skill)
    if work is not None:
        work.handled = True
    party.acd.since = core.clock.now()
    active = core.world.vdns.get(party.call.active_vdn)
    if active is not None:
        party.greeting = active.originAnnouncement
    if party.acd.converse:
        interpreter.port_connected(core, party)
    else:
        skill = core.skills[party.acd.skill]
        expected.answered(core, party.call, skill, core.clock.now() - party.acd.waits_since)


def left(core: Core, party: Party) -> None:
    """A station is no longer on a call: its agent may be free again."""
    if party.kind is not Kind.STATION:
        return
    acd = party.acd
    if acd is not None and acd.since is not None:
        expected.finished(core.skills[acd.skill], core.clock.now() - acd.since)
    if acd is not None and acd.converse:
        interpreter.port_left(core, party)
    station = core.stations[party.device]
    if station.parties:
        return
    if station.agent is not None:
        agents.released(core, station.agent)
    hunting.free(core, station)
