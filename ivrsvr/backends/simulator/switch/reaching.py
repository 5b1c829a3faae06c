"""Reaching a station by way of its features: send all calls, coverage, the three kinds of forwarding, ringing.

In the switch's order: send all calls and cover-all, forwarding of all calls, coverage of an active station, busy
(forwarding, then coverage), ringing, don't answer (forwarding, then coverage). A priority call is not covered.

Source: docs/switch.md, stations' features.
"""

from collections.abc import Callable

from ivrsvr.backends.simulator.switch import bridging, delivery, numbering, tell
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.equipment import Station
from ivrsvr.backends.simulator.switch.model import Call, Coverage, Kind, Party
from ivrsvr.backends.simulator.switch.numbering import Leads
from ivrsvr.backends.simulator.switch.routes import Blocked, Obstacle, Route
from ivrsvr.backends.simulator.world import CoveragePath
from ivrsvr.calls import moves
from ivrsvr.calls.moves import Trigger
from ivrsvr.csta.enums import CSTAEventCause as Cause

ALWAYS, BUSY, NO_ANSWER = Cause.EC_CALL_FORWARD_ALWAYS, Cause.EC_CALL_FORWARD_BUSY, Cause.EC_CALL_FORWARD_NO_ANSWER


def plan(
    core: Core, call: Call, extension: str, cause: Cause, redirected: str, *, coverage: bool, forwarding: bool
) -> Route | Obstacle:
    """The way to a station. coverage, forwarding: these features of its may be followed."""
    station = core.stations[extension]
    if not core.may_call(call, station.data.cor):
        return Obstacle(Blocked.DENIED)
    path = _path_of(core, station) if coverage and not call.priority else None
    number = station.data.coveragePath
    sent_away = path is not None and (path.all or (path.sendAllCalls and station.send_all_calls))
    if sent_away and (covered := plan_cover(core, call, extension, number, 0, ALWAYS)):
        return covered
    if forwarding and station.forward:
        return _plan_forward(core, call, station, station.forward, path, ALWAYS)
    if path is not None and path.active and station.in_use:
        covered = plan_cover(core, call, extension, number, 0, BUSY)
        if covered is not None:
            return covered
    if not station.can_ring:
        return _plan_busy(core, call, station, path, forwarding=forwarding)
    onward = None
    if forwarding and station.forward_no_answer:
        onward = Coverage(extension, number if path is not None else "", 0, NO_ANSWER, station.forward_no_answer)
    elif path is not None and path.dontAnswer:
        onward = Coverage(extension, number, 0, NO_ANSWER)
    return Route(_ring_later(core, call, extension, cause, redirected, onward), extension, rings=True)


def _plan_busy(
    core: Core, call: Call, station: Station, path: CoveragePath | None, *, forwarding: bool
) -> Route | Obstacle:
    """The station cannot take another call: it is forwarded, covered, or its caller hears busy."""
    if forwarding and station.forward_busy:
        forwarded = _plan_forward(core, call, station, station.forward_busy, path, BUSY)
        if isinstance(forwarded, Route):
            return forwarded
    covered = _cover_busy(core, call, station, path)
    return covered if covered is not None else Obstacle(Blocked.BUSY, station.extension)


def _cover_busy(core: Core, call: Call, station: Station, path: CoveragePath | None) -> Route | None:
    if path is None or not path.busy:
        return None
    return plan_cover(core, call, station.extension, station.data.coveragePath, 0, BUSY)


def _plan_forward(
    core: Core, call: Call, station: Station, number: str, path: CoveragePath | None, cause: Cause
) -> Route | Obstacle:
    """Forwarding goes one hop; the call then follows the coverage path of the forwarding station."""
    forwarded = delivery.plan(
        core, call, number, cause=cause, redirected=station.extension, coverage=False, forwarding=False
    )
    if isinstance(forwarded, Obstacle):
        return _cover_busy(core, call, station, path) or forwarded
    if forwarded.rings and path is not None and path.dontAnswer:
        onward = Coverage(station.extension, station.data.coveragePath, 0, NO_ANSWER)
        target = forwarded.destination
        return Route(_ring_later(core, call, target, cause, station.extension, onward), target, rings=True)
    return forwarded


def _path_of(core: Core, station: Station) -> CoveragePath | None:
    return core.world.coveragePaths.get(station.data.coveragePath) if station.data.coveragePath else None


def plan_cover(core: Core, call: Call, principal: str, path: str, start: int, cause: Cause) -> Route | None:
    """The way to the first coverage point from `start` on that can take the call; None when no point can."""
    points = core.world.coveragePaths[path].points
    for place in range(start, len(points)):
        point = points[place]
        target = numbering.resolve(core.world, point)
        if target.leads is Leads.STATION:
            if point == principal or not _covers(core.stations[point]) or call.party_of(point) is not None:
                continue
            onward = Coverage(principal, path, place + 1, cause)
            return Route(_ring_later(core, call, point, cause, principal, onward), point, rings=True)
        route = delivery.plan(core, call, point, cause=cause, redirected=principal, coverage=False, forwarding=False)
        if isinstance(route, Route):
            return route
    return None


def _covers(station: Station) -> bool:
    """Whether a station takes calls of others: not while its own are forwarded, or sent to coverage."""
    return station.can_ring and not station.forward and not station.sends_all_calls


def _ring_later(
    core: Core, call: Call, extension: str, cause: Cause, redirected: str, onward: Coverage | None
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
        delivery.answered(core, party)
        return party
    if onward is None or onward.principal == extension:
        bridging.alert(core, party)
    if onward is not None:
        world = core.world
        rings = world.system.forwardNoAnswerRings if onward.forward else world.coveragePaths[onward.path].rings
        party.ring = core.later(core.rings(rings), _not_answered, party)
    return party


def _not_answered(core: Core, party: Party) -> None:
    """A station did not answer in time: its calls are forwarded, or the next coverage point alerts, if one can."""
    party.ring = None
    coverage, call = party.coverage, party.call
    if coverage is None or party.state is not State.CS_ALERTING:
        return
    if coverage.forward and _forward_on(core, party, coverage):
        return
    route = (
        plan_cover(core, call, coverage.principal, coverage.path, coverage.next, NO_ANSWER) if coverage.path else None
    )
    if route is None:
        return
    station = core.stations[party.device]
    principal = party.device == coverage.principal
    if principal and route.rings and core.world.system.maintainBridgedAppearance and station.data.type != "analog":
        party.bridged = True
    else:
        delivery.divert(core, party, route.destination, NO_ANSWER)
        if not route.rings:
            _stop_appearances(core, call, coverage.principal, route.destination)
    route.go()


def _stop_appearances(core: Core, call: Call, principal: str, destination: str) -> None:
    """Where a call goes on to a group or a VDN, it rings no longer at its principal, real and bridged."""
    for other in [other for other in call.parties if other.state is State.CS_ALERTING and other.account == principal]:
        delivery.divert(core, other, destination, NO_ANSWER)


def _forward_on(core: Core, party: Party, coverage: Coverage) -> bool:
    """Forward a call that is not answered; no appearance is kept. False when the target cannot take it."""
    station = core.stations[party.device]
    path = core.world.coveragePaths[coverage.path] if coverage.path else None
    route = delivery.plan(
        core,
        party.call,
        coverage.forward,
        cause=NO_ANSWER,
        redirected=station.extension,
        coverage=False,
        forwarding=False,
    )
    party.coverage = (
        None if path is None or not path.dontAnswer else Coverage(station.extension, coverage.path, 0, NO_ANSWER)
    )
    if isinstance(route, Obstacle):
        return party.coverage is None
    onward, call = party.coverage, party.call
    delivery.divert(core, party, route.destination, NO_ANSWER)
    _stop_appearances(core, call, station.extension, route.destination)
    if route.rings:
        ring(core, call, route.destination, NO_ANSWER, station.extension, onward)
    else:
        route.go()
    return True
