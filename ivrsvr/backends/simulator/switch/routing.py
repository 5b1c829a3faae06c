"""Adjunct routing: the switch asks a registered application where a call in vector processing shall go.

Registrations and the addressing of applications are the AES's; the switch opens a dialogue through `asker`, is answered
by `select` or `reject`, and ends every dialogue exactly once through `ender`.
"""

from ivrsvr.backends.simulator.switch import collecting, delivery
from ivrsvr.backends.simulator.switch.acd import distribution
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.dialogues import RouteUse
from ivrsvr.backends.simulator.switch.model import Call, VectorRun
from ivrsvr.backends.simulator.switch.routes import Blocked, Obstacle, Route
from ivrsvr.backends.simulator.switch.vectors import interpreter
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.enums import ProvidedCodeType, SelectValue, UserEnteredCodeIndicator, UserEnteredCodeType
from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.csta.private.route import ATTRouteRequestV7, ATTRouteSelectV7
from ivrsvr.csta.private.structures import ATTUserEnteredCode
from ivrsvr.csta.route import RouteRequestExt
from ivrsvr.csta.types import provided

Failure = CSTAUniversalFailure

MOST_UUI = 96
"""Octets of user-to-user information that a route may bring."""


def ask(core: Core, run: VectorRun, link: int) -> None:
    """The adjunct-routing step: ask, and go on; nothing happens when nobody is registered.

    Who is registered on that link is asked, and where nobody is, who is on another one. A link on which a request for
    the call is open is not asked again.
    """
    caller = interpreter.caller_of(run.call)
    if caller is None or link in run.routes.values():
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
    routing.last = dialogue
    run.routes[dialogue] = link
    routing.open[dialogue] = run
    if not (routing.asker(dialogue, link, request, private) or routing.asker(dialogue, None, request, private)):
        routing.open.pop(dialogue, None)
        run.routes.pop(dialogue, None)


def _close(core: Core, run: VectorRun, dialogue: int, error: Failure, use: RouteUse | None = None) -> None:
    run.routes.pop(dialogue, None)
    if core.routing.open.pop(dialogue, None) is not None:
        core.routing.ender(dialogue, error, use)


def _close_all(core: Core, run: VectorRun, error: Failure) -> None:
    for dialogue in list(run.routes):
        _close(core, run, dialogue, error)


def timed_out(core: Core, run: VectorRun) -> None:
    """The vector reached a step that does not wait for the application any longer."""
    _close_all(core, run, Failure.PERFORMANCE_LIMIT_EXCEEDED)


def caller_gone(core: Core, run: VectorRun) -> None:
    """The caller hung up."""
    _close_all(core, run, Failure.NO_ACTIVE_CALL)


def cancel(core: Core, run: VectorRun) -> None:
    """The call left its vector in some other way."""
    _close_all(core, run, Failure.PERFORMANCE_LIMIT_EXCEEDED)


def select(core: Core, dialogue: int, number: str, private: ATTRouteSelectV7 | None) -> bool:
    """The application chose a destination. False when there is no such dialogue.

    An invalid destination ends the dialogue, and the vector goes on at once unless another application is still asked;
    a busy one ends it and the caller hears busy; where the user information is too long the dialogue ends and the
    vector is not disturbed. Of several applications the first valid choice counts.
    """
    run = core.routing.open.get(dialogue)
    if run is None:
        return False
    call, chosen = run.call, private if private is not None else ATTRouteSelectV7()
    if len(chosen.userInfo.data) > MOST_UUI:
        _close(core, run, dialogue, Failure.VALUE_OUT_OF_RANGE)
        return True
    before = call.userInfo, call.priority, call.code
    _take_over(call, run.vdn, chosen)
    planned = _plan(core, run, number, chosen)
    if not isinstance(planned, Route):
        # What came with a destination that does not count does not count either.
        call.userInfo, call.priority, call.code = before
        _close(core, run, dialogue, planned)
        if planned is Failure.RESOURCE_BUSY:
            distribution.leave_queues(core, call)
            interpreter.leave(core, call)
            interpreter.give_busy(core, call)
        elif not run.routes:
            interpreter.resume(core, run)
        return True
    caller = interpreter.caller_of(call)
    use = RouteUse(provided(number), call.calling)
    _close(core, run, dialogue, Failure.GENERIC_UNSPECIFIED, use)
    interpreter.leave(core, call)
    distribution.leave_queues(core, call)
    if caller is not None:
        if call.incoming and caller.trunk is not None and not caller.trunk.isdn:
            # The network told no called number: the call is for where it is routed (ASAI-TR 12-23).
            call.called = provided(number)
        collecting.begin(core, call, caller, chosen.collectCode)
    planned.go()
    return True


def _take_over(call: Call, vdn: str, chosen: ATTRouteSelectV7) -> None:
    """What the application gives the call besides a destination."""
    if chosen.userInfo.data:
        call.userInfo = chosen.userInfo
    if chosen.priorityCalling:
        call.priority = True
    if chosen.userProvidedCode.type == ProvidedCodeType.UP_DATA_BASE_PROVIDED and chosen.userProvidedCode.data:
        call.code = ATTUserEnteredCode(
            UserEnteredCodeType.UE_DATA_BASE_PROVIDED,
            UserEnteredCodeIndicator.UE_COLLECT,
            chosen.userProvidedCode.data,
            vdn,
        )


def _plan(core: Core, run: VectorRun, number: str, chosen: ATTRouteSelectV7) -> Route | Failure:
    """The way to the destination, or the error that ends the dialogue."""
    if chosen.directAgentCallSplit:
        return _plan_direct(core, run, number, chosen.directAgentCallSplit)
    route = delivery.plan(core, run.call, chosen.destRoute + number, cause=Cause.EC_REDIRECTED, redirected=run.vdn)
    return _ERRORS[route.why] if isinstance(route, Obstacle) else route


def _plan_direct(core: Core, run: VectorRun, number: str, split: str) -> Route | Failure:
    """A direct-agent call by way of a split: to a login id, or to the agent at a station."""
    if split not in core.skills:
        return Failure.INVALID_DESTINATION
    station = core.stations.get(number)
    agent = core.agents.get(number) or (station.agent if station is not None else None)
    if agent is None or split not in agent.data.skills:
        return Failure.INVALID_OBJECT_TYPE
    if agent.station is None or split not in agent.skills:
        return Failure.INVALID_OBJECT_STATE
    member = agent
    return Route(lambda: distribution.offer_direct(core, run.call, member, Cause.EC_REDIRECTED, run.vdn, split), number)


_ERRORS = {
    Blocked.BUSY: Failure.RESOURCE_BUSY,
    Blocked.NO_AGENTS: Failure.RESOURCE_BUSY,
    Blocked.TRUNKS_BUSY: Failure.RESOURCE_BUSY,
    Blocked.TRUNKS_OUT: Failure.RESOURCE_BUSY,
    Blocked.UNKNOWN: Failure.INVALID_DESTINATION,
    Blocked.DENIED: Failure.PRIVILEGE_VIOLATION_ON_SPECIFIED_DEVICE,
    Blocked.LOGGED_OUT: Failure.INVALID_OBJECT_STATE,
}


def reject(core: Core, dialogue: int) -> bool:
    """The application ended the dialogue: the vector goes on with its next step, unless another one is still asked.

    False when there is no such dialogue.
    """
    run = core.routing.open.pop(dialogue, None)
    if run is None:
        return False
    run.routes.pop(dialogue, None)
    if not run.routes:
        interpreter.resume(core, run)
    return True
