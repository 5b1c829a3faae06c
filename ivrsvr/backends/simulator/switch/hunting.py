"""Hunt groups of stations: splits whose members are stations, without agents, skills or vectors.

A call goes to an idle member, chosen as the group is administered; the group's coverage path counts, not the member's
features. Source: docs/switch.md, hunt groups.
"""

from ivrsvr.backends.simulator.switch import reaching, tell
from ivrsvr.backends.simulator.switch.acd import distribution
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.equipment import Station
from ivrsvr.backends.simulator.switch.model import Call, Coverage, Skill
from ivrsvr.backends.simulator.switch.routes import Blocked, Obstacle, Route
from ivrsvr.csta.enums import CSTAEventCause as Cause


def plan(core: Core, call: Call, extension: str, cause: Cause, redirected: str) -> Route | Obstacle:
    """The way to a hunt group: to a member, into its queue, or to coverage."""
    group = core.skills[extension]
    if not idle(core, group) and len(group.queue) >= group.data.queueLength:
        path = core.world.coveragePaths.get(group.data.coveragePath)
        covered = None
        if path is not None and path.busy:
            covered = reaching.plan_cover(core, call, extension, group.data.coveragePath, 0, Cause.EC_CALL_FORWARD_BUSY)
        return covered or Obstacle(Blocked.NO_AGENTS)

    def go() -> None:
        tell.offered(core, call, extension, cause, redirected)
        call.split = extension
        waiting = idle(core, group)
        if waiting:
            _ring(core, call, group, choose(group, waiting))
        else:
            distribution.enqueue(core, call, group, distribution.RANKS["medium"], redirected=redirected)

    return Route(go, extension)


def idle(core: Core, group: Skill) -> list[str]:
    """The members that could take a call now, in the order of the group."""
    return [member for member in group.data.members if _is_idle(core.stations[member])]


def _is_idle(station: Station) -> bool:
    return station.in_service and not station.parties


def choose(group: Skill, members: list[str]) -> str:
    """Whom the next call goes to, of several idle members."""
    if group.data.hunting == "ucd":
        return min(members, key=lambda member: group.called.get(member, 0))
    if group.data.hunting == "circular" and group.called:
        order = group.data.members
        last = order.index(max(group.called, key=lambda member: group.called[member]))
        return min(members, key=lambda member: (order.index(member) - last - 1) % len(order))
    return members[0]


def _ring(core: Core, call: Call, group: Skill, member: str) -> None:
    distribution.leave_queues(core, call)
    group.called[member] = core.next_order()
    path = core.world.coveragePaths.get(group.data.coveragePath)
    onward = None
    if path is not None and path.dontAnswer:
        onward = Coverage(group.extension, group.data.coveragePath, 0, Cause.EC_CALL_FORWARD_NO_ANSWER)
    reaching.ring(core, call, member, Cause.EC_REDIRECTED, group.extension, onward)


def free(core: Core, station: Station) -> None:
    """A station has become idle: the next call of a hunt group that it is a member of rings there."""
    for group in core.hunting.get(station.extension, ()):
        if group.data.hunting == "ucd":
            group.called[station.extension] = core.next_order()
        entry = group.queue.first_for("")
        if entry is not None and _is_idle(station):
            _ring(core, entry.call, group, station.extension)
