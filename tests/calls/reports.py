"""Event reports for the tests, in few words."""

from typing import Any

from ivrsvr.calls.model import CallModel
from ivrsvr.csta import events
from ivrsvr.csta.enums import ATTDeliveredType, ConnectionIDDevice, CSTAEventCause, LocalConnectionState
from ivrsvr.csta.private.events import ATTDeliveredV7, ATTTransferredV7
from ivrsvr.csta.private.structures import ATTTrunkInfo
from ivrsvr.csta.types import NOT_KNOWN, NOT_REQUIRED, Connection, ConnectionID, ExtendedDeviceID, provided

State = LocalConnectionState
Cause = CSTAEventCause

INITIATE, ALERTING, CONNECT = State.CS_INITIATE, State.CS_ALERTING, State.CS_CONNECT
HOLD, QUEUED, FAIL, NULL, NONE = State.CS_HOLD, State.CS_QUEUED, State.CS_FAIL, State.CS_NULL, State.CS_NONE


def connection(callID: int, device: str) -> ConnectionID:
    """A connection: an id with `#` is dynamic."""
    kind = ConnectionIDDevice.DYNAMIC_ID if "#" in device else ConnectionIDDevice.STATIC_ID
    return ConnectionID(callID, device, kind)


def device(name: str) -> ExtendedDeviceID:
    return provided(name) if name else NOT_KNOWN


def initiated(callID: int, who: str, local: State = INITIATE) -> events.ServiceInitiated:
    return events.ServiceInitiated(
        initiatedConnection=connection(callID, who), localConnectionInfo=local, cause=Cause.EC_NONE
    )


def originated(callID: int, who: str, called: str, local: State = CONNECT) -> events.Originated:
    return events.Originated(
        originatedConnection=connection(callID, who),
        callingDevice=device(who),
        calledDevice=device(called),
        localConnectionInfo=local,
        cause=Cause.EC_NEW_CALL,
    )


def delivered(
    callID: int,
    who: str,
    local: State,
    *,
    calling: str = "",
    called: str = "",
    last: str = "",
    cause: Cause = Cause.EC_NEW_CALL,
) -> events.Delivered:
    return events.Delivered(
        connection=connection(callID, who),
        alertingDevice=device(who),
        callingDevice=device(calling),
        calledDevice=device(called),
        lastRedirectionDevice=device(last) if last else NOT_REQUIRED,
        localConnectionInfo=local,
        cause=cause,
    )


def established(
    callID: int,
    who: str,
    local: State,
    *,
    calling: str = "",
    called: str = "",
    last: str = "",
    cause: Cause = Cause.EC_NEW_CALL,
) -> events.Established:
    return events.Established(
        establishedConnection=connection(callID, who),
        answeringDevice=device(who),
        callingDevice=device(calling),
        calledDevice=device(called),
        lastRedirectionDevice=device(last) if last else NOT_REQUIRED,
        localConnectionInfo=local,
        cause=cause,
    )


def queued(callID: int, where: str, local: State, *, calling: str = "", called: str = "") -> events.Queued:
    return events.Queued(
        queuedConnection=connection(callID, where),
        queueingDevice=device(where),
        callingDevice=device(calling),
        calledDevice=device(called),
        lastRedirectionDevice=device(called),
        numberQueued=1,
        localConnectionInfo=local,
        cause=Cause.EC_REDIRECTED,
    )


def held(callID: int, who: str, local: State) -> events.Held:
    return events.Held(
        heldConnection=connection(callID, who),
        holdingDevice=device(who),
        localConnectionInfo=local,
        cause=Cause.EC_NONE,
    )


def retrieved(callID: int, who: str, local: State) -> events.Retrieved:
    return events.Retrieved(
        retrievedConnection=connection(callID, who),
        retrievingDevice=device(who),
        localConnectionInfo=local,
        cause=Cause.EC_NONE,
    )


def cleared(callID: int, who: str, local: State) -> events.ConnectionCleared:
    return events.ConnectionCleared(
        droppedConnection=connection(callID, who),
        releasingDevice=device(who),
        localConnectionInfo=local,
        cause=Cause.EC_NONE,
    )


def call_cleared(callID: int, cause: Cause = Cause.EC_NONE) -> events.CallCleared:
    return events.CallCleared(clearedCall=ConnectionID(callID), localConnectionInfo=NONE, cause=cause)


def diverted(callID: int, who: str, to: str, local: State = NULL) -> events.Diverted:
    return events.Diverted(
        connection=connection(callID, who),
        divertingDevice=device(who),
        newDestination=device(to),
        localConnectionInfo=local,
        cause=Cause.EC_REDIRECTED,
    )


def failed(callID: int, who: str, local: State, *, called: str = "") -> events.Failed:
    return events.Failed(
        failedConnection=connection(callID, who),
        failingDevice=device(who),
        calledDevice=device(called),
        localConnectionInfo=local,
        cause=Cause.EC_BUSY,
    )


def network_reached(callID: int, trunk: str, local: State, *, called: str = "") -> events.NetworkReached:
    return events.NetworkReached(
        connection=connection(callID, trunk),
        trunkUsed=device(trunk),
        calledDevice=device(called),
        localConnectionInfo=local,
        cause=Cause.EC_NONE,
    )


def listing(callID: int, *names: str) -> tuple[Connection, ...]:
    """A connection list; an outside party has no static device."""
    return tuple(
        Connection(connection(callID, name), NOT_KNOWN if name.startswith("T") else device(name.partition("#")[0]))
        for name in names
    )


def transferred(held_call: int, active_call: int, by: str, to: str, local: State, *names: str) -> events.Transferred:
    return events.Transferred(
        primaryOldCall=connection(held_call, by),
        secondaryOldCall=connection(active_call, by),
        transferringDevice=device(by),
        transferredDevice=device(to),
        transferredConnections=listing(active_call, *names),
        localConnectionInfo=local,
        cause=Cause.EC_TRANSFER,
    )


def conferenced(held_call: int, active_call: int, by: str, added: str, local: State, *names: str) -> events.Conferenced:
    return events.Conferenced(
        primaryOldCall=connection(held_call, by),
        secondaryOldCall=connection(active_call, by),
        confController=device(by),
        addedParty=device(added),
        conferenceConnections=listing(active_call, *names),
        localConnectionInfo=local,
        cause=Cause.EC_NONE,
    )


def of_station(ucid: str = "", *, group: str = "", member: str = "", split: str = "") -> ATTDeliveredV7:
    """Private data of a Delivered at a station."""
    return ATTDeliveredV7(
        deliveredType=ATTDeliveredType.DELIVERED_TO_STATION,
        ucid=ucid,
        trunkGroup=group,
        trunkMember=member,
        split=split,
    )


def of_domain(ucid: str = "") -> ATTDeliveredV7:
    """Private data of a Delivered to a VDN or split."""
    return ATTDeliveredV7(deliveredType=ATTDeliveredType.DELIVERED_TO_ACD, ucid=ucid)


def of_merge(ucid: str, **trunks: tuple[int, str, str, str]) -> ATTTransferredV7:
    """Private data of a transfer; each keyword names one trunk: (call id, connection, group, member)."""
    return ATTTransferredV7(
        ucid=ucid,
        trunkList=tuple(
            ATTTrunkInfo(connection(callID, name), group, member) for callID, name, group, member in trunks.values()
        ),
    )


def states(model: CallModel) -> dict[int, dict[str, State]]:
    """The model in short: call id -> {the party's best name: state}."""
    return {call.callID: {one.label: one.state for one in call.parties} for call in model}


def everything(model: CallModel) -> Any:
    """All that the model knows, for comparing before and after; ages are left out."""
    return {
        call.callID: (
            call.ucid,
            call.ucids,
            call.formerly,
            frozenset(call.watchers),
            [
                (one.deviceID, one.devIDType, one.state, one.names, one.trunkGroup, one.trunkMember, one.principal)
                for one in call.parties
            ],
            (call.callingDevice, call.calledDevice, call.lastRedirectionDevice, call.dialled, call.split),
        )
        for call in model
    }
