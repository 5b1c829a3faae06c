"""Starting calls: dial tone, dialling, and calls that come in from outside."""

from collections.abc import Callable

from ivrsvr.backends.simulator.switch import clearing, delivery, hunting, numbering, tell, trunks
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.equipment import Prompt, Station
from ivrsvr.backends.simulator.switch.model import NO_ORIGINAL, Kind, Party
from ivrsvr.backends.simulator.switch.numbering import Leads
from ivrsvr.backends.simulator.switch.routes import Blocked, Obstacle
from ivrsvr.calls import moves
from ivrsvr.calls.moves import Trigger
from ivrsvr.csta.enums import ATTConsultMode, DeviceIDType
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.private.structures import ATTOriginalCallInfoV7, ATTUserToUserInfo
from ivrsvr.csta.types import provided

Failure = CSTAUniversalFailure


def check_destination(number: str) -> None:
    """Refuse what nobody could dial.

    Raises CstaFailure OBJECT_NOT_KNOWN for an empty number, VALUE_OUT_OF_RANGE for one that is too long or has
    characters that no key sends.
    """
    if not number:
        raise CstaFailure(Failure.OBJECT_NOT_KNOWN, "the destination is empty; give a number to call")
    if len(number) > numbering.MAX_DIGITS:
        raise CstaFailure(Failure.VALUE_OUT_OF_RANGE, f"a destination has at most {numbering.MAX_DIGITS} digits")
    if not numbering.DIGITS.issuperset(number):
        raise CstaFailure(Failure.VALUE_OUT_OF_RANGE, "a destination consists of the digits 0-9, * and #")


def check_priority(core: Core, number: str, *, priority: bool) -> None:
    """Refuse a priority call to the outside.

    Raises CstaFailure INVALID_DESTINATION.
    """
    if priority and numbering.resolve(core.world, number).leads is Leads.TRUNK:
        raise CstaFailure(Failure.INVALID_DESTINATION, "a priority call cannot leave the switch")


def caller(core: Core, device: str) -> Station:
    """The station that calls for a device: itself, or an idle member of a hunt group of stations without a set.

    Raises CstaFailure INVALID_CSTA_DEVICE_IDENTIFIER, or RESOURCE_BUSY when no member is idle.
    """
    group = core.skills.get(device)
    members = group.data.members if group is not None else ()
    if group is None or not members or any(core.stations[member].data.type != "cti" for member in members):
        return core.station(device)
    idle = hunting.idle(core, group)
    if not idle:
        raise CstaFailure(Failure.RESOURCE_BUSY, f"every station of hunt group {device} is on a call")
    return core.stations[hunting.choose(group, idle)]


def check_originator(station: Station) -> None:
    """Refuse a station that cannot start a call now.

    Raises CstaFailure INVALID_CALLING_DEVICE (out of service) or RESOURCE_BUSY (talking, or no idle appearance).
    """
    if not station.in_service:
        raise CstaFailure(Failure.INVALID_CALLING_DEVICE, f"station {station.extension} is out of service")
    active = station.active
    if active is not None and active.state is not State.CS_INITIATE:
        raise CstaFailure(Failure.RESOURCE_BUSY, f"station {station.extension} is on another call; hold or clear it")
    if active is None and not station.has_idle_appearance:
        raise CstaFailure(Failure.RESOURCE_BUSY, f"station {station.extension} has no idle call appearance")


def off_hook(
    core: Core,
    station: Station,
    go: Callable[[], None],
    refuse: Callable[[CstaFailure], None],
    party: Party | None = None,
) -> None:
    """Go on once the set is off-hook: at once where the switch can force it, else when it is lifted in time.

    refuse is called with GENERIC_STATE_INCOMPATIBILITY when it is not lifted, and with NO_CALL_TO_ANSWER when the
    ringing call `party` went elsewhere meanwhile.
    """
    if station.forced:
        go()
        return
    if station.prompt is not None:
        refuse(CstaFailure(Failure.RESOURCE_BUSY, f"station {station.extension} is already asked to be lifted"))
        return
    timer = core.later(core.world.timers.promptSeconds, _not_lifted, station)
    station.prompt = Prompt(timer, go, refuse, party)


def _not_lifted(core: Core, station: Station) -> None:
    prompt, station.prompt = station.prompt, None
    if prompt is not None:
        prompt.refuse(
            CstaFailure(
                Failure.GENERIC_STATE_INCOMPATIBILITY,
                f"station {station.extension} is on-hook and was not lifted in time; lift the handset and try again",
            )
        )


def dial_tone(core: Core, station: Station, mode: ATTConsultMode = ATTConsultMode.ATT_CM_NONE) -> Party:
    """The station's dialling appearance: the one that has dial tone, or a new call with dial tone."""
    active = station.active
    if active is not None and active.state is State.CS_INITIATE:
        return active
    call = core.new_call()
    party = core.join(call, Kind.STATION, station.extension)
    moves.move(party, Trigger.INITIATE)
    call.calling = provided(station.extension)
    call.cor = core.class_of(party)
    tell.service_initiated(core, party, mode)
    return party


def dial(
    core: Core,
    party: Party,
    number: str,
    *,
    userInfo: ATTUserToUserInfo | None = None,
    priority: bool = False,
    original: ATTOriginalCallInfoV7 = NO_ORIGINAL,
    mode: ATTConsultMode = ATTConsultMode.ATT_CM_NONE,
) -> None:
    """The dialling party's call goes to a number, or fails and gives it a tone.

    The caller of a logged-in agent is the login id, except in a consultation, where it is the station.
    """
    call = party.call
    agent = core.stations[party.device].agent
    if party.bridge_of:
        call.calling = provided(party.bridge_of)
        call.cor = core.stations[party.bridge_of].data.cor
    elif agent is not None and original is NO_ORIGINAL:
        call.calling = provided(agent.login)
    call.dialled = number
    call.called = provided(number)
    call.priority = priority
    call.original = original
    if userInfo is not None:
        call.userInfo = userInfo
    route = delivery.plan(core, call, number)
    if isinstance(route, Obstacle) and route.why is Blocked.DENIED:
        clearing.block(core, party, route)
        return
    moves.move(party, Trigger.ORIGINATE)
    tell.originated(core, party, mode)
    if isinstance(route, Obstacle):
        clearing.block(core, party, route)
    else:
        route.go()


def come_in(
    core: Core,
    number: str | None,
    to: str,
    group: str,
    member: int,
    userInfo: ATTUserToUserInfo,
) -> Party:
    """An outside party calls in over a free trunk member.

    number: its calling number; None when the trunk brings none. to: the digits that the network sends, treated as the
    trunk group says.
    """
    data = core.trunks[group].data
    to = numbering.arrival(data, to)
    call = core.new_call()
    call.incoming = True
    call.cor = data.cor
    party = trunks.occupy(core, call, group, number or "", member)
    moves.move(party, Trigger.ORIGINATE)
    party.withheld = not data.callingNumber
    call.calling = party.presented
    call.dialled = to
    call.called = provided(to, DeviceIDType.DEVICE_IDENTIFIER)
    call.userInfo = userInfo
    route = delivery.plan(core, call, to)
    if isinstance(route, Obstacle):
        clearing.block(core, party, route)
    else:
        route.go()
    return party
