"""Leaving calls: one party, the whole call, and calls that failed.

When the second-last party leaves, the call ends: the parties that remain are cleared too, each told so on its own
monitor, while call and calls-via-device monitors get CallCleared instead.
"""

from ivrsvr.backends.simulator.switch import collecting, delivery, parking, tell
from ivrsvr.backends.simulator.switch.acd import distribution
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import PEOPLE, Call, Kind, Party
from ivrsvr.backends.simulator.switch.routes import Blocked, Obstacle
from ivrsvr.backends.simulator.switch.vectors import interpreter
from ivrsvr.calls import moves
from ivrsvr.calls.moves import Trigger
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.private.structures import ATTUserToUserInfo

_STAYING = frozenset({State.CS_CONNECT, State.CS_HOLD, State.CS_FAIL})


def drop(core: Core, party: Party, userInfo: ATTUserToUserInfo | None = None) -> None:
    """One party leaves; userInfo is the user-to-user information that it gives on leaving."""
    call = party.call
    if userInfo is not None:
        call.dropInfo = userInfo
    if call.collecting is not None and call.collecting.party is party:
        collecting.end(core, call)
    _clear(core, party, notify=True)
    if call.ended:
        return
    if not survives(call):
        if not _return(core, call, party):
            finish(core, call, told=core.world.system.reportLastPartyOnDeviceMonitor)
    else:
        call.dropInfo = ATTUserToUserInfo()


def _clear(core: Core, party: Party, *, notify: bool, told: bool = True) -> None:
    call, connection, identity = party.call, party.connection, party.identity
    core.leave(party)
    station = party.device if party.kind is Kind.STATION else ""
    if told and (party.kind is not Kind.ANNOUNCEMENT or notify):
        tell.connection_cleared(core, call, connection, identity, station, notify=notify)
    distribution.left(core, party)


def survives(call: Call) -> bool:
    """Whether a call goes on with the parties it has: two that stay, or one for whom something is still to come.

    Announcements and queues alone are no call; nor is a voice port whose caller has gone. Silent participants keep a
    call with somebody, wait for nobody, and are no call among themselves.
    """
    if not any(party.kind in PEOPLE for party in call.parties):
        return False
    staying = [party for party in call.parties if party.state in _STAYING]
    if all(party.is_port or party.silent for party in staying):
        return False
    if len(staying) >= 2:
        return True
    coming = any(party.waits or (party.state in (State.CS_ALERTING, State.CS_INITIATE)) for party in call.parties)
    return coming or call.vector is not None


def finish(core: Core, call: Call, cause: Cause = Cause.EC_NONE, *, told: bool = True) -> None:
    """The call ends for everybody who is still on it. told: on their own monitors, too."""
    if call.ended:
        return
    call.ended = True
    collecting.end(core, call)
    interpreter.abandon(core, call)
    distribution.leave_queues(core, call)
    parking.leave(core, call)
    for party in list(call.parties):
        if party.call is call and party.present:
            _clear(core, party, notify=False, told=told)
    tell.call_cleared(core, call, cause)
    core.forget(call)


def _return(core: Core, call: Call, left: Party) -> bool:
    """Return destination of a VDN: after the called party drops, the caller goes through another VDN."""
    vdn = core.world.vdns.get(call.vdn) if call.vdn and left.kind in PEOPLE else None
    destination = vdn.returnTo if vdn is not None else ""
    if not destination or call.caller is None or not call.caller.talking or call.vector is not None:
        return False
    route = delivery.plan(core, call, destination, cause=Cause.EC_REDIRECTED, redirected=call.vdn)
    if isinstance(route, Obstacle):
        return False
    route.go()
    return True


_CAUSES = {
    Blocked.BUSY: Cause.EC_BUSY,
    Blocked.NO_AGENTS: Cause.EC_NO_AVAILABLE_AGENTS,
    Blocked.UNKNOWN: Cause.EC_DEST_NOT_OBTAINABLE,
    Blocked.DENIED: Cause.EC_REORDER_TONE,
    Blocked.LOGGED_OUT: Cause.EC_REORDER_TONE,
    Blocked.TRUNKS_BUSY: Cause.EC_TRUNKS_BUSY,
    Blocked.TRUNKS_OUT: Cause.EC_RESOURCES_NOT_AVAILABLE,
}
_INTERCEPT = frozenset({Blocked.UNKNOWN, Blocked.DENIED, Blocked.LOGGED_OUT})


def block(core: Core, caller: Party, obstacle: Obstacle) -> None:
    """A call could not go to its destination: its caller hears busy or intercept.

    A station keeps a busy call until it clears it, and an intercepted one for `interceptSeconds`; an outside caller is
    dropped after `vectorBusySeconds`. A CTI station ("phantom") is dropped at once.
    """
    intercept = obstacle.why in _INTERCEPT
    if intercept:
        moves.move(caller, Trigger.FAIL)
    elif caller.state is State.CS_INITIATE:
        moves.move(caller, Trigger.ORIGINATE)
    busy = obstacle.station
    if busy:
        connection = type(caller.connection)(caller.call.callID, busy)
        failing = tell.device_or_none(busy)
        also = busy if core.world.system.undeliveredCallEvents else ""
    else:
        connection, failing, also = caller.connection, caller.presented, ""
    tell.failed(core, caller.call, connection, failing, _CAUSES[obstacle.why], also)
    hear_tone(core, caller, core.world.timers.interceptSeconds if intercept else 0)


def hear_tone(core: Core, caller: Party, seconds: float) -> None:
    """The caller hears a tone and is dropped after so many seconds (0 = when it likes, if it is a station)."""
    call = caller.call
    call.toned = caller
    if caller.kind is Kind.TRUNK and not seconds:
        seconds = core.world.timers.vectorBusySeconds
    if caller.kind is Kind.STATION and core.stations[caller.device].data.type == "cti":
        drop(core, caller)
    elif seconds:
        if call.failed is not None:
            call.failed.cancel()
        call.failed = core.later(seconds, drop, caller)
