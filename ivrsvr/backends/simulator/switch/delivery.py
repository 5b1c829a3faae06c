"""Bringing a call to a destination: planned first, so that a refusal changes nothing, then carried out.

`plan` answers with a `Route` to be followed by `go()`, or with an `Obstacle`.

Source: docs/switch.md, section on making calls.
"""

from collections.abc import Callable

from ivrsvr.backends.simulator.switch import (
    clearing,
    collecting,
    hunting,
    numbering,
    predictive,
    reaching,
    tell,
    trunks,
)
from ivrsvr.backends.simulator.switch.acd import distribution
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import Call, Kind, Party
from ivrsvr.backends.simulator.switch.numbering import Leads, Target, Way
from ivrsvr.backends.simulator.switch.routes import Blocked, Obstacle, Route
from ivrsvr.backends.simulator.switch.vectors import interpreter
from ivrsvr.calls import moves
from ivrsvr.calls.moves import Trigger
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.types import provided

MOST_CHAINED = 20
"""VDNs to which a call may come without time passing."""


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
    if any(cor.calling == "origination" for cor in core.restrictions(call)):
        return Obstacle(Blocked.DENIED)
    target = numbering.resolve(core.world, number)
    match target.leads:
        case Leads.STATION:
            return reaching.plan(core, call, number, cause, redirected, coverage=coverage, forwarding=forwarding)
        case Leads.VDN:
            if not core.may_call(call, core.world.vdns[number].cor):
                return Obstacle(Blocked.DENIED)
            return _plan_vdn(core, call, number, cause, redirected)
        case Leads.SKILL:
            skill = core.skills[number]
            if forwarding and skill.forward:
                return plan(
                    core, call, skill.forward, cause=Cause.EC_CALL_FORWARD_ALWAYS, redirected=number, forwarding=False
                )
            return _plan_skill(core, call, number, cause, redirected)
        case Leads.AGENT:
            return _plan_agent(core, call, number, cause, redirected)
        case Leads.ANNOUNCEMENT:
            return Route(lambda: play(core, call, number, cause, redirected), number)
        case Leads.TRUNK:
            return _plan_trunk(core, call, target, cause, redirected)
        case _:
            return Obstacle(Blocked.UNKNOWN)


def _plan_vdn(core: Core, call: Call, number: str, cause: Cause, redirected: str) -> Route | Obstacle:
    """The way to a VDN. A call that comes to too many at one time goes round in circles and hears busy."""
    now = core.clock.now()
    when, times = call.chained
    times = times + 1 if when == now else 1
    if times > MOST_CHAINED:
        return Obstacle(Blocked.BUSY)

    def go() -> None:
        call.chained = (now, times)
        interpreter.enter(core, call, number, cause, redirected)

    return Route(go, number)


def _plan_trunk(core: Core, call: Call, target: Target, cause: Cause, redirected: str) -> Route | Obstacle:
    """The first way that the caller may take and that has a free member."""
    cors = core.restrictions(call)
    if any(cor.calling != "none" for cor in cors):
        return Obstacle(Blocked.DENIED)
    ways = [way for way in target.ways if all(way.frl <= cor.frl for cor in cors)]
    if not ways:
        return Obstacle(Blocked.DENIED)
    for way in ways:
        if core.trunks[way.group].free:
            return Route(_seize(core, call, way, cause, redirected), target.number, group=way.group)
    in_service = any(core.trunks[way.group].in_service for way in ways)
    return Obstacle(Blocked.TRUNKS_BUSY if in_service else Blocked.TRUNKS_OUT)


def _seize(core: Core, call: Call, way: Way, cause: Cause, redirected: str) -> Callable[[], object]:
    return lambda: trunks.seize(core, call, way.group, way.digits, cause=cause, redirected=redirected)


def _plan_skill(core: Core, call: Call, number: str, cause: Cause, redirected: str) -> Route | Obstacle:
    if core.skills[number].data.members:
        return hunting.plan(core, call, number, cause, redirected)
    if not distribution.accepts(core, core.skills[number]):
        path = core.world.skills[number].coveragePath
        covered = reaching.plan_cover(core, call, number, path, 0, Cause.EC_CALL_FORWARD_BUSY) if path else None
        return covered or Obstacle(Blocked.NO_AGENTS)

    def go() -> None:
        tell.offered(core, call, number, cause, redirected)
        call.split = number
        distribution.offer(core, call, number, rank=distribution.RANKS["medium"], redirected=redirected)

    return Route(go, number)


def _plan_agent(core: Core, call: Call, login: str, cause: Cause, redirected: str) -> Route | Obstacle:
    agent = core.agents[login]
    if not core.may_call(call, agent.data.cor):
        return Obstacle(Blocked.DENIED)
    if agent.station is None:
        return Obstacle(Blocked.LOGGED_OUT)
    return Route(lambda: distribution.offer_direct(core, call, agent, cause, redirected), login)


def divert(core: Core, party: Party, destination: str, cause: Cause = Cause.EC_REDIRECTED) -> None:
    """A ringing call leaves a station; the station alone is told."""
    call, connection = party.call, party.connection
    core.leave(party, Trigger.DIVERT)
    tell.diverted(core, call, connection, provided(destination), cause)
    distribution.left(core, party)


def answered(core: Core, party: Party, cause: Cause | None = None) -> None:
    """A ringing station is connected; wherever else the same call rang for the same principal, it stops."""
    account = party.account
    gone = stop_elsewhere(core, party, party.device)
    core.stop_ringing(party)
    party.answered_for = account if account in gone else ""
    party.bridged = False
    party.coverage = None
    moves.move(party, Trigger.ESTABLISH)
    tell.established(core, party, cause, gone)
    distribution.answered(core, party)
    collecting.answered(core, party.call)
    predictive.answered(core, party)


def stop_elsewhere(core: Core, party: Party, answering: str) -> list[str]:
    """Wherever else the call rings for the same principal, it stops.

    A coverage point is told Diverted. A principal and bridged appearances are not: answered with the stations that have
    to see the Established.
    """
    account, gone = party.account, []
    for other in list(party.call.parties):
        if other is party or other.state is not State.CS_ALERTING or other.account != account:
            continue
        if (other.bridged or other.device == account) and party.call.times_on_call(other.device) == 1:
            core.leave(other, Trigger.DIVERT)
            distribution.left(core, other)
            gone.append(other.device)
        else:
            divert(core, other, answering)
    return gone


def play(core: Core, call: Call, extension: str, cause: Cause = Cause.EC_NEW_CALL, redirected: str = "") -> None:
    """An announcement is called: it answers, plays to its end and leaves."""
    party = core.join(call, Kind.ANNOUNCEMENT, extension)
    party.cause, party.redirected = cause, redirected
    moves.move(party, Trigger.DELIVER)
    tell.delivered(core, party)
    moves.move(party, Trigger.ESTABLISH)
    tell.established(core, party)
    party.ring = core.later(core.world.announcements[extension].seconds, clearing.drop, party)
