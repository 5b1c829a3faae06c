"""Trunks and the outside parties behind them: seizing, alerting, progress, answer, busy.

ISDN trunks report what the network does; a non-ISDN trunk reports that the network was reached and no more.
"""

from ivrsvr.backends.simulator.switch import collecting, tell
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import Call, Kind, Party, TrunkSeat
from ivrsvr.calls import moves
from ivrsvr.calls.moves import Trigger
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.enums import DeviceIDType
from ivrsvr.csta.types import NOT_KNOWN, provided


def occupy(core: Core, call: Call, group: str, digits: str, member: int = 0) -> Party:
    """A new outside party on a trunk member (0 = the lowest free one), still in CS_NULL.

    The member must be free.
    """
    trunk_group = core.trunks[group]
    if member:
        trunk_group.free.remove(member)
    else:
        member = trunk_group.free.pop(0)
    party = core.join(call, Kind.TRUNK)
    party.digits = digits
    party.trunk = TrunkSeat(group, str(member), trunk_group.isdn)
    party.name = party.connection.deviceID
    trunk_group.used[member] = party
    core.outside[party.name] = party
    if call.trunk is None:
        call.trunk = party.trunk
    return party


def seize(
    core: Core, call: Call, group: str, digits: str, *, cause: Cause = Cause.EC_NEW_CALL, redirected: str = ""
) -> Party:
    """The call goes out over a trunk group that has a free member.

    cause, redirected: of the Delivered there. A call that came from elsewhere is still for whom it was dialled.
    """
    party = occupy(core, call, group, digits)
    party.cause, party.redirected = cause, redirected
    dialled = not redirected
    if core.trunks[group].isdn:
        moves.move(party, Trigger.INITIATE)
        if dialled and call.predictive is None:
            call.called = provided(digits, DeviceIDType.IMPLICIT_PUBLIC)
    else:
        moves.move(party, Trigger.ESTABLISH)
        tell.network_reached(core, party)
        if dialled:
            call.called = NOT_KNOWN
    core.called_outside(party)
    return party


def alert(core: Core, party: Party) -> bool:
    """The network says that the outside party's phone rings. False when that does not fit its state."""
    if party.state is not State.CS_INITIATE or party.trunk is None or not party.trunk.isdn:
        return False
    moves.move(party, Trigger.DELIVER)
    tell.delivered(core, party)
    return True


def progress(core: Core, party: Party) -> bool:
    """The network reports progress: it may report no more."""
    if party.state is not State.CS_INITIATE:
        return False
    tell.network_reached(core, party)
    return True


def answer(core: Core, party: Party) -> bool:
    """The outside party answers."""
    if party.trunk is not None and not party.trunk.isdn:
        return party.state is State.CS_CONNECT
    if party.state not in (State.CS_INITIATE, State.CS_ALERTING):
        return False
    moves.move(party, Trigger.ESTABLISH)
    tell.established(core, party)
    collecting.answered(core, party.call)
    return True
