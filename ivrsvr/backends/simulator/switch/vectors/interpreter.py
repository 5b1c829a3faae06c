"""The vector interpreter: what happens to a call between its arrival at a VDN and its delivery or end.

Steps run until one takes time; each then goes on from its own timer, or from what the caller, an agent or a routing
application does. Source: docs/vectors.md.
"""

from collections.abc import Callable

from ivrsvr.backends.simulator.switch import clearing, delivery, routing, tell
from ivrsvr.backends.simulator.switch.acd import distribution
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import PEOPLE, Call, Kind, Party, VectorRun
from ivrsvr.backends.simulator.switch.routes import Obstacle
from ivrsvr.backends.simulator.switch.vectors import conditions
from ivrsvr.backends.simulator.world import VectorStep
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.enums import UserEnteredCodeIndicator, UserEnteredCodeType
from ivrsvr.csta.private.structures import ATTUserEnteredCode

MOST_STEPS = 10_000
"""Steps executed before the switch stops a call's vector processing."""

DIGITS = "digits"
"""The number of a route-to step that goes where the caller's digits say."""

MOST_AHEAD = 24
"""Digits that a caller may type ahead."""

_CANCELS_ROUTE = frozenset(
    {"busy", "check", "converse-on", "queue-to", "collect", "disconnect", "messaging", "route-to"}
)


def enter(core: Core, call: Call, vdn: str, cause: Cause, redirected: str) -> None:
    """The call arrives at a VDN and its vector begins."""
    leave(core, call)
    tell.offered(core, call, vdn, cause, redirected)
    call.vdn, call.split, call.at_vdn = vdn, "", core.clock.now()
    call.first_vdn = call.first_vdn or vdn
    active = core.world.vdns.get(call.active_vdn)
    if active is None or active.override:
        call.active_vdn = vdn
    call.vector = VectorRun(call, vdn, vdn)
    _run(core, call.vector)


def leave(core: Core, call: Call) -> None:
    """Vector processing ends; the call stays where it is."""
    run = call.vector
    if run is None:
        return
    call.vector = None
    if run.timer is not None:
        run.timer.cancel()
    routing.cancel(core, run)


def unasked(core: Core, call: Call) -> None:
    """The applications that were asked where the call shall go are gone, without a word."""
    run = call.vector
    if run is not None and run.routes:
        run.routes.clear()
        if run.stopped:
            leave(core, call)


def abandon(core: Core, call: Call) -> None:
    """The call ends: whatever waits for it is told."""
    run = call.vector
    if run is not None:
        routing.caller_gone(core, run)
        leave(core, call)


def delivered(core: Core, agents: Party) -> None:
    """An agent's phone rings: the call leaves its vector, and a converse port is dropped, or rings no longer."""
    call = agents.call
    run = call.vector
    leave(core, call)
    if run is None:
        return
    run.port = None
    for party in list(call.parties):
        if party.is_port:
            if party.state is State.CS_ALERTING:
                delivery.divert(core, party, agents.device)
            else:
                clearing.drop(core, party)


def follow(core: Core, gone: Call, call: Call) -> None:
    """Vector processing goes on for the call that a transfer left; of two vectors, the surviving call's goes on."""
    run = gone.vector
    if run is None:
        return
    if call.vector is not None:
        abandon(core, gone)
        return
    gone.vector, call.vector = None, run
    run.call = call
    call.vdn = call.vdn or run.vdn


def resume(core: Core, run: VectorRun) -> None:
    """Go on with the next step now, whatever the present one still waits for."""
    if run.timer is not None:
        run.timer.cancel()
        run.timer = None
    run.collecting = 0
    _run(core, run)


def _run(core: Core, run: VectorRun) -> None:
    """Carry out steps until one takes time, the vector ends, or the call has left it."""
    while run.call.vector is run:
        steps = core.world.vectors[run.vector] if run.vector else core.world.vdns[run.vector_of].vector
        if run.stopped or run.step >= len(steps) or run.executed >= MOST_STEPS:
            _stop(core, run)
            return
        step = steps[run.step]
        run.step += 1
        run.executed += 1
        if step.step in _CANCELS_ROUTE:
            routing.timed_out(core, run)
        if not _STEPS[step.step](core, run, step):
            return


def _wait(core: Core, run: VectorRun, seconds: float) -> None:
    run.timer = core.later(seconds, _wait_over, run)


def _wait_over(core: Core, run: VectorRun) -> None:
    run.timer = None
    _run(core, run)


# ---- steps: True = go on with the next one at once


def _queue_to(core: Core, run: VectorRun, step: VectorStep) -> bool:
    if not conditions.holds(core, run.call, step.condition):
        return True
    if core.skills[step.skill].data.vectorControlled:
        distribution.offer(core, run.call, step.skill, distribution.RANKS[step.priority])
    return True


def _messaging(core: Core, run: VectorRun, step: VectorStep) -> bool:
    distribution.offer(core, run.call, step.skill, distribution.RANKS["medium"])
    return True


def _announcement(core: Core, run: VectorRun, step: VectorStep) -> bool:
    announcement = core.world.announcements.get(step.announcement)
    if announcement is None:
        return True
    _wait(core, run, announcement.seconds)
    return False


def _wait_time(core: Core, run: VectorRun, step: VectorStep) -> bool:
    _wait(core, run, step.seconds)
    return False


def _collect(core: Core, run: VectorRun, step: VectorStep) -> bool:
    announcement = core.world.announcements.get(step.announcement)
    run.collecting = step.digits
    run.collected = ""
    ahead, run.ahead = run.ahead, ""
    seconds = announcement.seconds if announcement is not None else 0
    _await_digit(core, run, seconds + core.world.timers.collectSeconds)
    for digit in ahead:
        press(core, run.call, digit)
    return False


def _await_digit(core: Core, run: VectorRun, seconds: float) -> None:
    if run.timer is not None:
        run.timer.cancel()
    run.timer = core.later(seconds, _digit_overdue, run)


def _digit_overdue(core: Core, run: VectorRun) -> None:
    run.timer = None
    _collected(core, run)


def _collected(core: Core, run: VectorRun) -> None:
    """The collect step ends with what was typed."""
    run.call.code = ATTUserEnteredCode(
        UserEnteredCodeType.UE_CALL_PROMPTER, UserEnteredCodeIndicator.UE_ENTERED, run.collected, run.vdn
    )
    resume(core, run)


def press(core: Core, call: Call, digit: str) -> None:
    """The caller presses a key: for the collect step in progress, or typed ahead for the next one."""
    run = call.vector
    if run is None:
        return
    if not run.collecting:
        run.ahead = (run.ahead + digit)[:MOST_AHEAD]
    elif digit == "*":
        run.collected = ""
        _await_digit(core, run, core.world.timers.collectSeconds)
    elif digit == "#":
        _collected(core, run)
    else:
        run.collected += digit
        if len(run.collected) >= run.collecting:
            _collected(core, run)
        else:
            _await_digit(core, run, core.world.timers.collectSeconds)


def _goto_step(core: Core, run: VectorRun, step: VectorStep) -> bool:
    if conditions.holds(core, run.call, step.condition):
        run.step = step.to - 1
    return True


def _goto_vdn(core: Core, run: VectorRun, step: VectorStep) -> bool:
    if conditions.holds(core, run.call, step.condition):
        run.vector_of, run.vector = step.vdn, ""
        run.step = 0
    return True


def _goto_vector(core: Core, run: VectorRun, step: VectorStep) -> bool:
    if conditions.holds(core, run.call, step.condition):
        run.vector = step.vector
        run.step = step.to - 1
    return True


def _comment(core: Core, run: VectorRun, step: VectorStep) -> bool:
    return True


def _route_to(core: Core, run: VectorRun, step: VectorStep) -> bool:
    if not conditions.holds(core, run.call, step.condition):
        return True
    number = conditions.collected(run.call) if step.number == DIGITS else step.number
    route = delivery.plan(core, run.call, number, cause=Cause.EC_REDIRECTED, redirected=run.vdn, coverage=step.coverage)
    if isinstance(route, Obstacle):
        return True
    distribution.leave_queues(core, run.call)
    leave(core, run.call)
    route.go()
    return False


def _adjunct_routing(core: Core, run: VectorRun, step: VectorStep) -> bool:
    routing.ask(core, run, step.link)
    return True


def _converse_on(core: Core, run: VectorRun, step: VectorStep) -> bool:
    run.passing = step.passing
    run.waiting_port = distribution.offer(core, run.call, step.skill, distribution.RANKS[step.priority], converse=True)
    return not run.waiting_port


def port_connected(core: Core, party: Party) -> None:
    """A converse port talks to the caller."""
    run = party.call.vector
    if run is not None:
        run.port = party
        for what in run.passing:
            if what != "none":
                party.heard += f"{_passed(core, run, party, what)}#"


def _passed(core: Core, run: VectorRun, party: Party, what: str) -> str:
    """What converse-on passes to its port as tones; "" = it is not known."""
    call = run.call
    match what:
        case "ani":
            return "".join(digit for digit in conditions.calling(call) if digit.isdecimal())
        case "digits":
            return conditions.collected(call)
        case "vdn":
            return call.active_vdn
        case "qpos":
            places = [other.place for other in call.parties if other.place is not None and not other.place.converse]
            positions = [core.skills[place.skill].queue.position(place) for place in places]
            return str(min(positions)) if positions else ""
        case "wait":
            return str(int(core.clock.now() - call.at_vdn))
        case _:
            return what


def port_left(core: Core, party: Party) -> None:
    """The converse port has left."""
    port_gone(core, party.call)


def port_gone(core: Core, call: Call) -> None:
    """No converse port talks to the caller, or will: the vector goes on with the step after converse-on."""
    run = call.vector
    if run is not None and run.waiting_port and not call.ended:
        run.port = None
        run.waiting_port = False
        resume(core, run)


def _busy(core: Core, run: VectorRun, step: VectorStep) -> bool:
    call = run.call
    if _people_talk(call):
        leave(core, call)
        return False
    distribution.leave_queues(core, call)
    leave(core, call)
    give_busy(core, call)
    return False


def give_busy(core: Core, call: Call) -> None:
    """The caller hears busy tone for `vectorBusySeconds` and is then dropped; where people talk, nobody hears it."""
    if _people_talk(call):
        return
    caller = caller_of(call)
    if caller is None:
        clearing.finish(core, call)
        return
    tell.failed(core, call, caller.connection, caller.presented, Cause.EC_BUSY)
    clearing.hear_tone(core, caller, core.world.timers.vectorBusySeconds)


def _disconnect(core: Core, run: VectorRun, step: VectorStep) -> bool:
    announcement = core.world.announcements.get(step.announcement)
    if announcement is None:
        _drop(core, run.call)
        return False
    run.timer = core.later(announcement.seconds, _disconnect_now, run)
    return False


def _disconnect_now(core: Core, run: VectorRun) -> None:
    _drop(core, run.call)


def _drop(core: Core, call: Call) -> None:
    """The vector drops the call; where people talk it only ends, and the call stays where it is queued."""
    if _people_talk(call):
        leave(core, call)
        return
    distribution.leave_queues(core, call)
    leave(core, call)
    caller = caller_of(call)
    if caller is not None:
        clearing.drop(core, caller)
    clearing.finish(core, call)


def caller_of(call: Call) -> Party | None:
    """Whom the vector serves: the first party that is on the call for good."""
    return next((party for party in call.parties if party.talking and party.kind is not Kind.GROUP), None)


def _people_talk(call: Call) -> bool:
    """Whether the vector serves more than one: its call was put in a conference, where they talk to each other."""
    people = [party for party in call.parties if party.kind in PEOPLE and not (party.silent or party.is_port)]
    return sum(party.talking for party in people) > 1


def _stop(core: Core, run: VectorRun) -> None:
    """`stop` and the end of the vector: a queued call stays queued, another one is dropped.

    Neither cancels a route request: a queued call may still be routed.
    """
    run.stopped = True
    if not run.call.queued:
        routing.caller_gone(core, run)
        _drop(core, run.call)
    elif not run.routes:
        leave(core, run.call)


def _stop_step(core: Core, run: VectorRun, step: VectorStep) -> bool:
    _stop(core, run)
    return False


_STEPS: dict[str, Callable[[Core, VectorRun, VectorStep], bool]] = {
    "adjunct-routing": _adjunct_routing,
    "announcement": _announcement,
    "busy": _busy,
    "check": _queue_to,
    "collect": _collect,
    "comment": _comment,
    "converse-on": _converse_on,
    "disconnect": _disconnect,
    "goto-step": _goto_step,
    "goto-vdn": _goto_vdn,
    "goto-vector": _goto_vector,
    "messaging": _messaging,
    "queue-to": _queue_to,
    "route-to": _route_to,
    "stop": _stop_step,
    "wait": _wait_time,
}
"""Kind of step -> what it does."""
