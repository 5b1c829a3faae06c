"""Two calls of one station become one: transfer and conference, and their single-step form.

The call id of the active call survives, and so does the UCID of the held (original) call.
"""

from ivrsvr.backends.simulator.switch import clearing, collecting, delivery, tell
from ivrsvr.backends.simulator.switch.acd import distribution
from ivrsvr.backends.simulator.switch.core import CONFERENCE_LIMIT, Core, State
from ivrsvr.backends.simulator.switch.equipment import Station
from ivrsvr.backends.simulator.switch.model import NO_UUI, PEOPLE, Call, Kind, Party
from ivrsvr.backends.simulator.switch.routes import REFUSALS, Obstacle
from ivrsvr.backends.simulator.switch.vectors import interpreter
from ivrsvr.csta.enums import ReasonForCallInfo
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.private.structures import ATTOriginalCallInfoV7
from ivrsvr.csta.types import ExtendedDeviceID, provided

Failure = CSTAUniversalFailure
_TRUNK_TO_TRUNK = "two outside parties may not be connected (trunk-to-trunk transfer)"


def original_of(call: Call, reason: ReasonForCallInfo) -> ATTOriginalCallInfoV7:
    """What the second call tells of the first: its parties, trunk, digits, user information and UCID."""
    first = call.original
    again = first.reason in (ReasonForCallInfo.OR_TRANSFERRED, ReasonForCallInfo.OR_CONFERENCED)
    group, member = (first.trunkGroup, first.trunkMember) if again else ("", "")
    if call.trunk is not None:
        group, member = call.trunk.group, call.trunk.member
    return ATTOriginalCallInfoV7(
        reason=reason,
        callingDevice=first.callingDevice if again else call.calling,
        calledDevice=first.calledDevice if again else call.called,
        trunkGroup=group,
        trunkMember=member,
        userEnteredCode=first.userEnteredCode if again and not call.code.data else call.code,
        userInfo=first.userInfo if again and call.userInfo == NO_UUI else call.userInfo,
        ucid=call.ucid,
    )


def _far(call: Call, own: Party) -> Party | None:
    """The party at the far end of a call, the last one that was added when there are several."""
    others = [party for party in call.others(own) if not party.waits and not party.bridged]
    return max(others, key=lambda party: (not party.single_step, others.index(party)), default=None)


def _place(core: Core, call: Call) -> ExtendedDeviceID:
    """Where a call is that nobody has at its far end: the VDN or split that works for it, if it was not dialled."""
    place = call.vdn or call.split
    dialled = call.called.deviceID
    return call.called if not place or dialled in core.world.vdns or dialled in core.skills else provided(place)


def check(core: Core, held: Party, active: Party, *, conference: bool) -> None:
    """Refuse what cannot be merged.

    Raises CstaFailure INVALID_OBJECT_STATE (not one held and one active call), GENERIC_STATE_INCOMPATIBILITY (neither
    is answered, in vector processing, trunk to trunk) or CONFERENCE_MEMBER_LIMIT_EXCEEDED (more than six are left).
    """
    if held.state is not State.CS_HOLD or active.state is not State.CS_CONNECT or held.call is active.call:
        raise CstaFailure(
            Failure.INVALID_OBJECT_STATE, f"station {held.device} must have one held and one active call for it"
        )
    for call in (held.call, active.call):
        if _is_lent(call):
            raise CstaFailure(
                Failure.GENERIC_STATE_INCOMPATIBILITY, f"a vector lends call {call.callID} to a port (converse-on)"
            )
        if call.tone:
            raise CstaFailure(Failure.INVALID_OBJECT_STATE, f"call {call.callID} hears a tone and cannot be joined")
    if active.call.vector is not None and not active.call.queued:
        raise CstaFailure(
            Failure.GENERIC_STATE_INCOMPATIBILITY, "the active call is in vector processing and not queued yet"
        )
    if _unanswered(held) and _unanswered(active):
        raise CstaFailure(Failure.GENERIC_STATE_INCOMPATIBILITY, "nobody has answered either call yet")
    remaining = [*held.call.others(held), *active.call.others(active)]
    count = sum(1 for party in remaining if party.counts) + (1 if conference else 0)
    if count > CONFERENCE_LIMIT:
        raise CstaFailure(
            Failure.CONFERENCE_MEMBER_LIMIT_EXCEEDED, f"the call would have {count} of {CONFERENCE_LIMIT} parties"
        )
    if conference:
        return
    if any(party.silent for party in remaining) and not any(map(_is_somebody, remaining)):
        raise CstaFailure(
            Failure.GENERIC_STATE_INCOMPATIBILITY, "nobody but a silent participant would be left on the call"
        )
    if not _may_be_left_alone(core, remaining):
        raise CstaFailure(Failure.GENERIC_STATE_INCOMPATIBILITY, _TRUNK_TO_TRUNK)


def _is_lent(call: Call) -> bool:
    """Whether a converse-on step lends the call to a voice port at present. Source: docs/vectors.md, converse-on."""
    return call.vector is not None and any(party.is_port for party in call.parties)


def _may_be_left_alone(core: Core, parties: list[Party], out: str = "") -> bool:
    """Whether a transfer may leave these parties: outside ones alone by the rule, where somebody's hanging up is heard.

    out: the trunk group of one more, who is about to be called.
    """
    if not all(party.kind is Kind.TRUNK for party in parties):
        return True
    groups = [core.trunks[party.trunk.group].data for party in parties if party.trunk is not None]
    if out:
        groups.append(core.trunks[out].data)
    if all(group.releaseLink for group in groups):
        return True
    if not all(group.disconnectSupervision for group in groups):
        return False
    rule = core.world.system.trunkToTrunkTransfer.rule
    return rule == "all" or (rule == "restricted" and all(group.network == "private" for group in groups))


def _release_link(core: Core, call: Call) -> bool:
    """Whether the network joins the parties that a transfer left: they are outside, and their trunks can do it."""
    return all(
        party.trunk is not None and party.state is State.CS_CONNECT and core.trunks[party.trunk.group].data.releaseLink
        for party in call.parties
    )


def _is_somebody(party: Party) -> bool:
    """Whether a call may be left to it: a silent participant listens to others and is nobody by itself."""
    return party.kind in PEOPLE and not party.silent


def _unanswered(own: Party) -> bool:
    return not any(party.talking for party in own.call.others(own))


def merge(core: Core, held: Party, active: Party, *, conference: bool) -> Party:
    """Join the two calls of a station; for a transfer the station leaves.

    Answers with a party of the resulting call: who was on the held one, or the controller if only a queue was.
    `check` must have passed.
    """
    gone, call, station = held.call, active.call, held.device
    collecting.end(core, gone)
    collecting.end(core, call)
    primary, secondary = held.connection, active.connection
    far = _far(call, active)
    to: ExtendedDeviceID = far.identity if far is not None else _place(core, call)
    reason = ReasonForCallInfo.OR_CONFERENCED if conference else ReasonForCallInfo.OR_TRANSFERRED
    call.original = original_of(gone, reason)
    call.ucid = gone.ucid
    call.trunk = gone.trunk or call.trunk
    # Who distributed the original call is told with the merge, and with what comes after it.
    call.first_vdn = gone.first_vdn or (held.acd.skill if held.acd is not None else "") or call.first_vdn
    if not (call.vdn or call.split):
        call.split = gone.split
    if not call.vdn:
        call.vdn, call.at_vdn = gone.vdn, gone.at_vdn
    call.active_vdn = call.active_vdn or gone.active_vdn
    call.priority = call.priority or gone.priority
    talks = next((party for party in gone.others(held) if party.talking and _is_somebody(party)), None)
    moved = _move_over(core, gone, call, held)
    if conference:
        _keep_deaf(call, held, active)
    # The controller's connections end without a ConnectionCleared; in a conference the active one stays.
    core.leave(held)
    if not conference:
        core.leave(active)
    caller = talks if talks is not None else _caller_left(call, active)
    if caller is not None:
        call.caller = caller
        call.calling = caller.presented
        if talks is None:
            call.called = gone.called
        call.cor = core.class_of(caller)
    gone.ended = True
    if far is not None:
        to = far.identity
    if conference:
        tell.conferenced(core, call, station, primary, secondary, to)
    else:
        tell.transferred(core, call, station, primary, secondary, to)
    core.forget(gone)
    distribution.left(core, held)
    if not conference:
        distribution.left(core, active)
        if not clearing.survives(call) or _release_link(core, call):
            clearing.finish(core, call)
    return active if moved is held else moved


def _keep_deaf(call: Call, held: Party, active: Party) -> None:
    """Who did not hear the controller on the held call, or was not heard there, keeps so in the conference."""
    active.deaf_to |= held.deaf_to
    for party in call.parties:
        if held in party.deaf_to:
            party.deaf_to.add(active)


def _caller_left(call: Call, controller: Party) -> Party | None:
    """Who is the caller when nobody had answered the held call: whoever talked to the controller, if it has left."""
    if controller.present:
        return None
    return next((party for party in call.parties if party.talking and _is_somebody(party)), None)


def _move_over(core: Core, gone: Call, call: Call, held: Party) -> Party:
    """Everybody on the ended call but the controller joins the surviving one."""
    others = list(gone.others(held))
    interpreter.follow(core, gone, call)
    distribution.follow(core, gone, call)
    for party in others:
        gone.parties.remove(party)
        party.number = call.free_number()
        party.call = call
        call.parties.append(party)
    return next((party for party in others if not party.waits), held)


def single_step_transfer(core: Core, own: Party, number: str) -> Party:
    """The station's active call goes on to a destination, and the station leaves. Answers with the remaining party.

    Raises CstaFailure RESOURCE_BUSY, INVALID_DESTINATION, INVALID_OBJECT_STATE (nobody else talks) or
    GENERIC_STATE_INCOMPATIBILITY (the call is in vector processing or waits in a queue, or two outside parties would be
    left that may not be transferred to each other); nothing has changed then.
    """
    call = own.call
    if call.vector is not None or call.queued:
        raise CstaFailure(
            Failure.GENERIC_STATE_INCOMPATIBILITY, "the call is in vector processing and cannot be transferred"
        )
    remaining = next((party for party in call.others(own) if party.talking and _is_somebody(party)), None)
    if remaining is None:
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, "there is nobody on the call to be transferred")
    route = delivery.plan(core, call, number)
    if isinstance(route, Obstacle):
        raise CstaFailure(REFUSALS[route.why], f"{number} cannot take the call")
    if call.party_of(core.reached_by(route.destination)) is not None:
        raise CstaFailure(
            Failure.GENERIC_STATE_INCOMPATIBILITY, f"{number} is on the call already; choose another destination"
        )
    stay = list(call.others(own))
    if route.group and not _may_be_left_alone(core, stay, route.group):
        raise CstaFailure(Failure.GENERIC_STATE_INCOMPATIBILITY, _TRUNK_TO_TRUNK)
    connection = own.connection
    before = set(call.parties)
    core.leave(own)
    if len([party for party in call.parties if party.talking]) == 1:
        call.caller = remaining
        call.calling = remaining.presented
        call.cor = core.class_of(remaining)
        call.called = provided(number)
    # Transferred lists the destination, so it is made when that is there; it is told before what happens there.
    place = core.reported
    route.go()
    new = [party for party in call.parties if party not in before]
    tell.transferred(
        core,
        call,
        own.device,
        connection,
        connection,
        new[0].identity if new else provided(number),
        unaware=new[0].device if new and new[0].kind is Kind.STATION else "",
        before=place,
    )
    distribution.left(core, own)
    return remaining


def check_single_step(core: Core, own: Party, station: Station, *, silent: bool) -> None:
    """Refuse a station that cannot join a call without ringing. Raises CstaFailure."""
    call, extension = own.call, station.extension
    if call.ended or own not in call.parties or own.state is State.CS_INITIATE or call.tone or call.parked:
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, "the call is not in a state that can be joined")
    if call.predictive is not None:
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, "a call that is being classified cannot be joined")
    if call.vector is not None and not silent:
        raise CstaFailure(Failure.INVALID_OBJECT_STATE, "a call in vector processing cannot be joined actively")
    if call.party_of(extension) is not None or call.counted() >= CONFERENCE_LIMIT:
        raise CstaFailure(
            Failure.CONFERENCE_MEMBER_LIMIT_EXCEEDED,
            f"call {call.callID} is full, or {extension} is on it already",
        )
    if not station.in_service:
        raise CstaFailure(Failure.RESOURCE_OUT_OF_SERVICE, f"station {extension} is out of service")
    if station.active is not None or not station.has_idle_appearance:
        raise CstaFailure(Failure.RESOURCE_BUSY, f"station {extension} is busy")
    if not core.may_call(call, station.data.cor):
        raise CstaFailure(Failure.PRIVILEGE_VIOLATION_ON_CALLED_DEVICE, f"the call may not reach station {extension}")
