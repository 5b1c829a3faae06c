"""Predictive calls: an outside (or inside) party is called first; once the classifier hears an answer, the call goes to
the originating group like any call to it. A call that is not answered is dropped and reported as CallCleared alone.
"""

from typing import Any

from ivrsvr.backends.simulator.switch import clearing, delivery, numbering, origination, tell, trunks
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.model import Call, Party, Predictive
from ivrsvr.backends.simulator.switch.numbering import Leads
from ivrsvr.backends.simulator.switch.routes import Route
from ivrsvr.csta.enums import ATTAnswerTreat, ATTReasonCode
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.types import provided

Failure = CSTAUniversalFailure
RINGS = range(2, 16)
USUAL_RINGS = 10

_ORIGINATORS = frozenset({Leads.VDN, Leads.SKILL, Leads.ANNOUNCEMENT})


def start(core: Core, pdu: Any, private: Any) -> Party:
    """Call the destination for a group.

    Raises CstaFailure INVALID_CALLING_DEVICE, GENERIC_SYSTEM_RESOURCE_AVAILABILITY (no classifier port),
    INVALID_DESTINATION, EXTERNAL_TRUNK_LIMIT_EXCEEDED.
    """
    origination.check_destination(pdu.calledDevice)
    group = numbering.resolve(core.world, pdu.callingDevice)
    if group.leads is Leads.NOWHERE:
        raise CstaFailure(Failure.INVALID_CSTA_DEVICE_IDENTIFIER, f"there is no device {pdu.callingDevice!r}")
    if group.leads not in _ORIGINATORS:
        raise CstaFailure(Failure.INVALID_CALLING_DEVICE, "a predictive call starts from a VDN, split or announcement")
    classifiers = core.world.classifiers
    if classifiers.busy + core.classifiers_used >= classifiers.ports:
        raise CstaFailure(Failure.GENERIC_SYSTEM_RESOURCE_AVAILABILITY, "no call classifier port is free")
    target = numbering.resolve(core.world, pdu.calledDevice)
    if target.leads is not Leads.TRUNK:
        raise CstaFailure(Failure.INVALID_DESTINATION, f"{pdu.calledDevice} is not an outside number")
    way = next((way for way in target.ways if core.trunks[way.group].free), None)
    if way is None:
        raise CstaFailure(Failure.EXTERNAL_TRUNK_LIMIT_EXCEEDED, "all trunks are busy")
    call = core.new_call()
    call.calling = provided(pdu.callingDevice)
    call.called = provided(pdu.calledDevice)
    call.dialled = pdu.calledDevice
    if private is not None:
        call.userInfo = private.userInfo
        call.priority = private.priorityCalling
    treat = private.answerTreat if private is not None else ATTAnswerTreat.AT_NO_TREATMENT
    rings = private.maxRings if private is not None and private.maxRings in RINGS else USUAL_RINGS
    core.classifiers_used += 1
    call.predictive = Predictive(pdu.callingDevice, max_rings=rings, drop_machine=treat == ATTAnswerTreat.AT_DROP)
    tell.followed(core, call, pdu.callingDevice)
    return trunks.seize(core, call, way.group, way.digits)


def ringing(core: Core, party: Party) -> None:
    """The called party's phone rings: after the allowed number of rings the call is given up."""
    attempt = party.call.predictive
    if attempt is not None and attempt.timer is None:
        attempt.timer = core.later(core.rings(attempt.max_rings), give_up, party.call, Cause.EC_CALL_NOT_ANSWERED)


def answered(core: Core, party: Party, reason: ATTReasonCode = ATTReasonCode.AR_ANSWER_NORMAL) -> None:
    """The classifier heard an answer: the call goes to its group, or is dropped when a machine is not wanted."""
    call = party.call
    attempt = call.predictive
    if attempt is None:
        return
    if reason is ATTReasonCode.AR_ANSWER_MACHINE_DETECTED and attempt.drop_machine:
        give_up(core, call, Cause.EC_NONE, reason)
        return
    _release(core, call)
    call.reason = reason
    route = delivery.plan(core, call, attempt.group)
    if isinstance(route, Route):
        route.go()
    else:
        clearing.finish(core, call)


def give_up(core: Core, call: Call, cause: Cause, reason: ATTReasonCode = ATTReasonCode.AR_NONE) -> None:
    """Nobody answered, busy, or a tone: the call ends."""
    if call.ended:
        return
    _release(core, call)
    call.reason = reason
    clearing.finish(core, call, cause)


def _release(core: Core, call: Call) -> None:
    attempt, call.predictive = call.predictive, None
    if attempt is not None:
        core.classifiers_used -= 1
        if attempt.timer is not None:
            attempt.timer.cancel()
