"""Adjunct routing: the switch asks a registered application where a call in vector processing shall go.

Registrations and the addressing of applications are the AES's; the switch opens a dialogue through `asker`, is answered
by `select` or `reject`, and ends every dialogue exactly once through `ender`.
"""

from ivrsvr.backends.simulator.switch import delivery
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.dialogues import RouteUse
from ivrsvr.backends.simulator.switch.model import VectorRun
from ivrsvr.backends.simulator.switch.routes import Blocked, Obstacle
from ivrsvr.backends.simulator.switch.vectors import interpreter
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.enums import SelectValue
from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.csta.private.route import ATTRouteRequestV7, ATTRouteSelectV7
from ivrsvr.csta.route import RouteRequestExt
from ivrsvr.csta.types import provided

Failure = CSTAUniversalFailure


def ask(core: Core, run: VectorRun) -> None:
    """The adjunct-routing step: ask, and go on; nothing happens when nobody is registered."""
    caller = interpreter.caller_of(run.call)
    if caller is None:
        return
    call, routing = run.call, core.routing
    dialogue = routing.last + 1
    request = RouteRequestExt(
        routeRegisterReqID=0,
        routingCrossRefID=dialogue,
        currentRoute=provided(run.vdn),
        callingDevice=call.calling,
        routedCall=caller.connection,
        routedSelAlgorithm=SelectValue.SV_NORMAL,
        priority=False,
    )
    private = ATTRouteRequestV7(
        trunkGroup=call.trunk.group if call.trunk else "",
        trunkMember=call.trunk.member if call.trunk else "",
        userEnteredCode=call.code,
        userInfo=call.userInfo,
        ucid=call.ucid,
    )
    # Open before it is asked: an application may answer within the asking.
    routing.last = run.route = dialogue
    routing.open[dialogue] = run
    if not routing.asker(dialogue, run.vdn, request, private):
        routing.open.pop(dialogue, None)
        run.route = 0


def _close(core: Core, run: VectorRun, error: Failure, use: RouteUse | None = None) -> None:
    dialogue, run.route = run.route, 0
    if dialogue and core.routing.open.pop(dialogue, None) is not None:
        core.routing.ender(dialogue, error, use)


def timed_out(core: Core, run: VectorRun) -> None:
    """The vector reached a step that does not wait for the application any longer."""
    _close(core, run, Failure.PERFORMANCE_LIMIT_EXCEEDED)


def caller_gone(core: Core, run: VectorRun) -> None:
    """The caller hung up."""
    _close(core, run, Failure.NO_ACTIVE_CALL)


def cancel(core: Core, run: VectorRun) -> None:
    """The call left its vector in some other way."""
    _close(core, run, Failure.PERFORMANCE_LIMIT_EXCEEDED)


def select(core: Core, dialogue: int, number: str, private: ATTRouteSelectV7 | None) -> bool:
    """The application chose a destination. False when there is no such dialogue.

    An invalid destination ends the dialogue and the vector goes on at once; a busy one ends it and the caller hears
    busy.
    """
    run = core.routing.open.get(dialogue)
    if run is None:
        return False
    call = run.call
    if private is not None and private.userInfo.data:
        call.userInfo = private.userInfo
    if private is not None and private.priorityCalling:
        call.priority = True
    route = delivery.plan(core, call, number, cause=Cause.EC_REDIRECTED, redirected=run.vdn)
    if isinstance(route, Obstacle):
        error = _ERRORS[route.why]
        _close(core, run, error)
        if error is Failure.RESOURCE_BUSY:
            interpreter.leave(core, call)
            interpreter.give_busy(core, call)
        else:
            interpreter.resume(core, run)
        return True
    use = RouteUse(provided(number), call.calling)
    _close(core, run, Failure.GENERIC_UNSPECIFIED, use)
    interpreter.leave(core, call)
    route.go()
    return True


_ERRORS = {
    Blocked.BUSY: Failure.RESOURCE_BUSY,
    Blocked.NO_AGENTS: Failure.RESOURCE_BUSY,
    Blocked.TRUNKS_BUSY: Failure.RESOURCE_BUSY,
    Blocked.UNKNOWN: Failure.INVALID_DESTINATION,
    Blocked.DENIED: Failure.PRIVILEGE_VIOLATION_ON_SPECIFIED_DEVICE,
}


def reject(core: Core, dialogue: int) -> bool:
    """The application ended the dialogue: the vector goes on with its next step. False when there is no such one."""
    run = core.routing.open.pop(dialogue, None)
    if run is None:
        return False
    run.route = 0
    interpreter.resume(core, run)
    return True
