"""Predictive calls: an outside (or inside) party is called first; once the classifier hears an answer, the call goes to
the originating group like any call to it. A call that is not answered is dropped and reported as CallCleared alone.
"""

from typing import Any

from ivrsvr.backends.simulator.switch import clearing, delivery, numbering, origination, tell, trunks
from ivrsvr.backends.simulator.switch.core import UNRESTRICTED, Core
from ivrsvr.backends.simulator.switch.model import Call, Party, Predictive
from ivrsvr.backends.simulator.switch.numbering import Leads, Target, Way
from ivrsvr.backends.simulator.switch.routes import Route
from ivrsvr.csta.enums import AllocationState, ATTAnswerTreat, ATTReasonCode
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.private.call import ATTMakePredictiveCallV6
from ivrsvr.csta.types import provided

Failure = CSTAUniversalFailure
RINGS = range(2, 16)
USUAL_RINGS = 10
NETWORK_SECONDS = 60.0
"""How long the network may take to tell that the called party's phone rings."""

_ALLOCATION_STATES = frozenset({AllocationState.AS_CALL_DELIVERED, AllocationState.AS_CALL_ESTABLISHED})
_ORIGINATORS = frozenset({Leads.VDN, Leads.SKILL, Leads.ANNOUNCEMENT})


def start(core: Core, pdu: Any, private: Any) -> Call:
    """Call the destination for a group.

    Raises CstaFailure INVALID_CALLING_DEVICE, INVALID_ALLOCATION_STATE, GENERIC_SYSTEM_RESOURCE_AVAILABILITY (no
    classifier port), INVALID_DESTINATION, PRIVILEGE_VIOLATION_ON_CALLED_DEVICE, EXTERNAL_TRUNK_LIMIT_EXCEEDED.
    """
    origination.check_destination(pdu.calledDevice)
    group = numbering.resolve(core.world, pdu.callingDevice)
    if group.leads is Leads.NOWHERE:
        raise CstaFailure(Failure.INVALID_CSTA_DEVICE_IDENTIFIER, f"there is no device {pdu.callingDevice!r}")
    if group.leads not in _ORIGINATORS:
        raise CstaFailure(Failure.INVALID_CALLING_DEVICE, "a predictive call starts from a VDN, split or announcement")
    if pdu.allocationState not in _ALLOCATION_STATES:
        raise CstaFailure(Failure.INVALID_ALLOCATION_STATE, "this switch does not know that allocation state")
    classifiers = core.world.classifiers
    if classifiers.busy + core.classifiers_used >= classifiers.ports:
        raise CstaFailure(Failure.GENERIC_SYSTEM_RESOURCE_AVAILABILITY, "no call classifier port is free")
    wanted = private if private is not None else ATTMakePredictiveCallV6()
    number = wanted.destRoute + pdu.calledDevice
    target = numbering.resolve(core.world, number)
    if target.leads not in (Leads.TRUNK, Leads.STATION):
        raise CstaFailure(Failure.INVALID_DESTINATION, f"{number} is neither a station nor an outside number")
    cor = _cor_of(core, pdu.callingDevice)
    ways = _allowed_ways(core, target, cor)
    way = next((way for way in ways if core.trunks[way.group].free), None)
    if way is None and target.leads is Leads.TRUNK:
        raise CstaFailure(Failure.EXTERNAL_TRUNK_LIMIT_EXCEEDED, "all trunks are busy")
    call = core.new_call()
    call.calling = provided(pdu.callingDevice)
    call.called = provided(pdu.calledDevice)
    call.dialled = number
    call.cor = cor
    call.userInfo = wanted.userInfo
    call.priority = wanted.priorityCalling
    rings = wanted.maxRings if wanted.maxRings in RINGS else USUAL_RINGS
    core.classifiers_used += 1
    drop_machine = wanted.answerTreat == ATTAnswerTreat.AT_DROP
    call.predictive = Predictive(pdu.callingDevice, max_rings=rings, drop_machine=drop_machine)
    tell.followed(core, call, pdu.callingDevice)
    if way is not None:
        _call_out(core, call, way)
    else:
        _call_station(core, call, number)
    return call


def _cor_of(core: Core, originator: str) -> str:
    """The class of restriction under which a group calls: a VDN's own; splits and announcements have none."""
    vdn = core.world.vdns.get(originator)
    return vdn.cor if vdn is not None else ""


def _allowed_ways(core: Core, target: Target, cor: str) -> list[Way]:
    """The ways out that the class of restriction allows.

    Raises CstaFailure PRIVILEGE_VIOLATION_ON_CALLED_DEVICE when it does not allow the call at all.
    """
    own = core.world.cors.get(cor, UNRESTRICTED)
    ways = [way for way in target.ways if way.frl <= own.frl]
    if target.leads is Leads.TRUNK:
        denied = own.calling != "none" or not ways
    else:
        theirs = core.stations[target.number].data.cor
        kept = core.world.cors.get(theirs, UNRESTRICTED).called == "termination"
        denied = own.calling == "origination" or theirs in own.mayNotCall or kept
    if denied:
        raise CstaFailure(Failure.PRIVILEGE_VIOLATION_ON_CALLED_DEVICE, f"{target.number} may not be called from here")
    return ways


def _call_out(core: Core, call: Call, way: Way) -> None:
    party = trunks.seize(core, call, way.group, way.digits)
    attempt = call.predictive
    if party.trunk is not None and not party.trunk.isdn:
        ringing(core, party)
    elif attempt is not None and attempt.timer is None:
        limit = core.rings(attempt.max_rings) + NETWORK_SECONDS
        attempt.timer = core.later(limit, give_up, call, Cause.EC_CALL_NOT_ANSWERED)


def _call_station(core: Core, call: Call, number: str) -> None:
    """A station is called as it is: neither coverage nor forwarding is followed."""
    route = delivery.plan(core, call, number, coverage=False, forwarding=False)
    if isinstance(route, Route):
        route.go()
        party = call.party_of(number)
        if party is not None:
            ringing(core, party)
    else:
        give_up(core, call, Cause.EC_BUSY)


def ringing(core: Core, party: Party) -> None:
    """The called party's phone rings: after the allowed number of rings the call is given up."""
    call = party.call
    attempt = call.predictive
    if attempt is None or attempt.rings:
        return
    attempt.rings = True
    if attempt.timer is not None:
        attempt.timer.cancel()
    attempt.timer = core.later(core.rings(attempt.max_rings), give_up, call, Cause.EC_CALL_NOT_ANSWERED)


def answered(core: Core, party: Party, reason: ATTReasonCode = ATTReasonCode.AR_ANSWER_NORMAL) -> None:
    """The classifier heard an answer: the call goes to its group, or is dropped when a machine is not wanted."""
    call = party.call
    attempt = call.predictive
    if attempt is None:
        return
    if reason is ATTReasonCode.AR_ANSWER_NORMAL and party.trunk is not None and not party.trunk.isdn:
        # No signal told of the answer; the classifier heard somebody speak.
        reason = ATTReasonCode.AR_ANSWER_VOICE_ENERGY
    if reason is ATTReasonCode.AR_ANSWER_MACHINE_DETECTED and attempt.drop_machine:
        give_up(core, call, Cause.EC_NONE, reason)
        return
    core.free_classifier(call)
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
    core.free_classifier(call)
    call.reason = reason
    clearing.finish(core, call, cause)
