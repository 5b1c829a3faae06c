"""Bringing a call to a destination: planned first, so that a refusal changes nothing, then carried out.

`plan` answers with a `Route` to be followed by `go()`, or with an `Obstacle`. Stations are reached by way of their
features, in the switch's order: send all calls and cover-all, call forwarding, busy, ring, don't answer.

Source: docs/switch.md, sections on make call, coverage and forwarding.
"""

from collections.abc import Callable

from ivrsvr.backends.simulator.switch import clearing, numbering, tell, trunks
from ivrsvr.backends.simulator.switch.acd import distribution
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.equipment import Station
from ivrsvr.backends.simulator.switch.model import Call, Coverage, Kind, Party
from ivrsvr.backends.simulator.switch.numbering import Leads
from ivrsvr.backends.simulator.switch.routes import Blocked, Obstacle, Route
from ivrsvr.backends.simulator.switch.vectors import interpreter
from ivrsvr.backends.simulator.world import CoveragePath
from ivrsvr.calls import moves
from ivrsvr.calls.moves import Trigger
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.types import provided


def plan(
    core: Core,
    call: Call,
    number: str,
    *,
    cause: Cause = Cause.EC_NEW_CALL,
    redirected: str = "",
    coverage: bool = True,
    forwarding: bool = True,
) -> Route | Obstacle:
    """Find the way for a call to a dialled number.

    cause, redirected: of the Delivered there. coverage: the destination's coverage path may be followed.
    """
    target = numbering.resolve(core.world, number)
    match target.leads:
        case Leads.STATION:
            return _plan_station(core, call, number, cause, redirected, coverage=coverage, forwarding=forwarding)
        case Leads.VDN:
            if not core.may_call(call, core.world.vdns[number].cor):
                return Obstacle(Blocked.DENIED)
            return Route(lambda: interpreter.enter(core, call, number, cause, redirected), number)
        case Leads.SKILL:
            return _plan_skill(core, call, number, cause, redirected)
        case Leads.AGENT:
            return _plan_agent(core, call, number, cause, redirected)
        case Leads.ANNOUNCEMENT:
            return Route(lambda: play(core, call, number), number)
        case Leads.TRUNK:
            for group in target.groups:
                if core.trunks[group].free:
                    return Route(_seize(core, call, group, target.digits), number)
            return Obstacle(Blocked.TRUNKS_BUSY)
        case _:
            return Obstacle(Blocked.UNKNOWN)


def _seize(core: Core, call: Call, group: str, digits: str) -> Callable[[], object]:
    return lambda: trunks.seize(core, call, group, digits)


def _plan_skill(core: Core, call: Call, number: str, cause: Cause, redirected: str) -> Route | Obstacle:
    if not distribution.accepts(core, core.skills[number]):
        path = core.world.skills[number].coveragePath
        covered = _plan_cover(core, call, number, path, 0, Cause.EC_CALL_FORWARD_BUSY) if path else None
        return covered or Obstacle(Blocked.NO_AGENTS)

    def go() -> None:
        tell.offered(core, call, number, cause, redirected)
        call.first_vdn = call.vdn = ""
        distribution.offer(core, call, number, rank=distribution.RANKS["medium"])

    return Route(go, number)


def _plan_agent(core: Core, call: Call, login: str, cause: Cause, redirected: str) -> Route | Obstacle:
    agent = core.agents[login]
    if not core.may_call(call, agent.data.cor):
        return Obstacle(Blocked.DENIED)
    if agent.station is None:
        return Obstacle(Blocked.DENIED)
    return Route(lambda: distribution.offer_direct(core, call, agent, cause, redirected), login)


def _plan_station(
    core: Core, call: Call, extension: str, cause: Cause, redirected: str, *, coverage: bool, forwarding: bool
) -> Route | Obstacle:
    station = core.stations[extension]
    if not core.may_call(call, station.data.cor):
        return Obstacle(Blocked.DENIED)
    path = _path_of(core, station) if coverage else None
    if path is not None and not call.priority and (path.all or (path.sendAllCalls and station.send_all_calls)):
        covered = _plan_cover(core, call, extension, station.data.coveragePath, 0, Cause.EC_CALL_FORWARD_ALWAYS)
        if covered is not None:
            return covered
    if forwarding and station.forward:
        return _plan_forward(core, call, station, path)
    if not station.can_ring:
        if path is not None and path.busy:
            covered = _plan_cover(core, call, extension, station.data.coveragePath, 0, Cause.EC_CALL_FORWARD_BUSY)
            if covered is not None:
                return covered
        return Obstacle(Blocked.BUSY, extension)
    onward = None
    if path is not None and path.dontAnswer:
        onward = Coverage(extension, station.data.coveragePath, 0, Cause.EC_CALL_FORWARD_NO_ANSWER)
    return Route(lambda: ring(core, call, extension, cause, redirected, onward), extension, rings=True)


def _plan_forward(core: Core, call: Call, station: Station, path: CoveragePath | None) -> Route | Obstacle:
    """Forwarding goes one hop; the call then follows the coverage path of the forwarding station."""
    forwarded = plan(
        core,
        call,
        station.forward,
        cause=Cause.EC_CALL_FORWARD_ALWAYS,
        redirected=station.extension,
        coverage=False,
        forwarding=False,
    )
    if isinstance(forwarded, Obstacle):
        if path is not None and path.busy:
            covered = _plan_cover(
                core, call, station.extension, station.data.coveragePath, 0, Cause.EC_CALL_FORWARD_BUSY
            )
            if covered is not None:
                return covered
        return forwarded
    if forwarded.rings and path is not None and path.dontAnswer:
        onward = Coverage(station.extension, station.data.coveragePath, 0, Cause.EC_CALL_FORWARD_NO_ANSWER)
        target = forwarded.destination
        return Route(
            lambda: ring(core, call, target, Cause.EC_CALL_FORWARD_ALWAYS, station.extension, onward),
            target,
            rings=True,
        )
    return forwarded


def _path_of(core: Core, station: Station) -> CoveragePath | None:
    return core.world.coveragePaths.get(station.data.coveragePath) if station.data.coveragePath else None


def _plan_cover(core: Core, call: Call, principal: str, path: str, start: int, cause: Cause) -> Route | None:
    """The way to the first coverage point from `start` on that can take the call; None when no point can."""
    points = core.world.coveragePaths[path].points
    for place in range(start, len(points)):
        point = points[place]
        target = numbering.resolve(core.world, point)
        if target.leads is Leads.STATION:
            if not core.stations[point].can_ring or call.party_of(point) is not None:
                continue
            onward = Coverage(principal, path, place + 1, cause)
            return Route(_ring_later(core, call, point, cause, principal, onward), point, rings=True)
        route = plan(core, call, point, cause=cause, redirected=principal, coverage=False, forwarding=False)
        if isinstance(route, Route):
            return route
    return None


def _ring_later(
    core: Core, call: Call, extension: str, cause: Cause, redirected: str, onward: Coverage
) -> Callable[[], object]:
    return lambda: ring(core, call, extension, cause, redirected, onward)


def ring(
    core: Core, call: Call, extension: str, cause: Cause, redirected: str, onward: Coverage | None = None
) -> Party:
    """The call alerts at a station; an auto-answer set is cut through at once."""
    party = core.join(call, Kind.STATION, extension)
    party.cause = cause
    party.redirected = redirected
    party.coverage = onward
    moves.move(party, Trigger.DELIVER)
    tell.delivered(core, party)
    station = core.stations[extension]
    if station.data.autoAnswer and all(other is party or other.state is State.CS_HOLD for other in station.parties):
        answered(core, party)
    elif onward is not None:
        rings = core.world.coveragePaths[onward.path].rings
        party.ring = core.later(core.rings(rings), _not_answered, party)
    return party


def _not_answered(core: Core, party: Party) -> None:
    """A station did not answer in time: the next coverage point alerts, if one can."""
    party.ring = None
    coverage, call = party.coverage, party.call
    if coverage is None or party.state is not State.CS_ALERTING:
        return
    cause = Cause.EC_CALL_FORWARD_NO_ANSWER
    route = _plan_cover(core, call, coverage.principal, coverage.path, coverage.next, cause)
    if route is None:
        return
    station = core.stations[party.device]
    principal = party.device == coverage.principal
    if principal and route.rings and core.world.system.maintainBridgedAppearance and station.data.type != "analog":
        party.bridged = True
    else:
        divert(core, party, route.destination, cause)
    route.go()


def divert(core: Core, party: Party, destination: str, cause: Cause = Cause.EC_REDIRECTED) -> None:
    """A ringing call leaves a station; the station alone is told."""
    call, connection = party.call, party.connection
    core.leave(party, Trigger.DIVERT)
    tell.diverted(core, call, connection, provided(destination), cause)
    distribution.left(core, party)


def answered(core: Core, party: Party, cause: Cause | None = None) -> None:
    """A ringing station is connected; wherever else the same call rang for the same principal, it stops."""
    gone = stop_elsewhere(core, party, party.device)
    core.stop_ringing(party)
    party.bridged = False
    party.coverage = None
    moves.move(party, Trigger.ESTABLISH)
    tell.established(core, party, cause, gone)
    distribution.answered(core, party)


def stop_elsewhere(core: Core, party: Party, answering: str) -> list[str]:
    """Wherever else the call rings for the same principal, it stops.

    A coverage point is told Diverted. A principal with a kept bridged appearance is not: answered with the principals
    that have to see the Established.
    """
    if party.coverage is None:
        return []
    gone = []
    for other in list(party.call.parties):
        if (
            other is party
            or other.state is not State.CS_ALERTING
            or other.coverage is None
            or other.coverage.principal != party.coverage.principal
        ):
            continue
        if other.bridged:
            core.leave(other, Trigger.DIVERT)
            distribution.left(core, other)
            gone.append(other.device)
        else:
            divert(core, other, answering)
    return gone


def play(core: Core, call: Call, extension: str) -> None:
    """An announcement is called: it answers, plays to its end and leaves."""
    party = core.join(call, Kind.ANNOUNCEMENT, extension)
    moves.move(party, Trigger.DELIVER)
    tell.delivered(core, party)
    moves.move(party, Trigger.ESTABLISH)
    tell.established(core, party)
    party.ring = core.later(core.world.announcements[extension].seconds, clearing.drop, party)
