"""How happenings are told: one function an event, building the CSTA event, its private data and who is told.

Device monitors of the stations on a call are told with the station's own state; call monitors and calls-via-device
monitors with `notify`. Source: docs/switch.md, "who gets what".
"""

from collections.abc import Iterable

from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import AcdDelivery, Call, Kind, Party
from ivrsvr.backends.simulator.switch.reports import Report
from ivrsvr.csta.enums import (
    ATTConsultMode,
    ATTDeliveredType,
    ATTReasonCode,
    ATTWorkMode,
    ProgressDescription,
    ProgressLocation,
)
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.events import (
    CallCleared,
    Conferenced,
    ConnectionCleared,
    Delivered,
    Diverted,
    Established,
    Failed,
    Held,
    LoggedOff,
    LoggedOn,
    NetworkReached,
    Originated,
    Queued,
    Retrieved,
    ServiceInitiated,
    Transferred,
)
from ivrsvr.csta.private.events import (
    ATTCallCleared,
    ATTConferencedV7,
    ATTConnectionClearedV7,
    ATTDeliveredV7,
    ATTDivertedV7,
    ATTEstablishedV7,
    ATTFailedV8,
    ATTHeldV9,
    ATTLoggedOff,
    ATTLoggedOn,
    ATTNetworkProgressInfoV7,
    ATTOriginatedV9,
    ATTQueuedV7,
    ATTServiceInitiatedV9,
    ATTTransferredV7,
)
from ivrsvr.csta.private.structures import ATTTrunkInfo
from ivrsvr.csta.types import NOT_KNOWN, NOT_REQUIRED, ConnectionID, ExtendedDeviceID, provided

NONE = State.CS_NONE


def device_or_none(device: str) -> ExtendedDeviceID:
    """A device, or "not required" where there is none."""
    return provided(device) if device else NOT_REQUIRED


def _trunk(call: Call) -> tuple[str, str]:
    return (call.trunk.group, call.trunk.member) if call.trunk else ("", "")


def _distribution(call: Call, acd: AcdDelivery | None) -> tuple[str, ExtendedDeviceID, ExtendedDeviceID]:
    """split, distributingDevice and distributingVDN of a call that an ACD distributed; empty otherwise."""
    if acd is None:
        return "", NOT_KNOWN, NOT_KNOWN
    first = call.first_vdn or acd.skill
    return acd.skill, provided(first), provided(call.vdn) if call.vdn else NOT_KNOWN


def service_initiated(core: Core, party: Party, mode: ATTConsultMode = ATTConsultMode.ATT_CM_NONE) -> None:
    core.report(
        Report(
            ServiceInitiated(initiatedConnection=party.connection, localConnectionInfo=NONE, cause=Cause.EC_NONE),
            ATTServiceInitiatedV9(ucid=party.call.ucid, consultMode=mode),
            party.call.callID,
            {party.device: party.state},
        )
    )


def originated(core: Core, party: Party, mode: ATTConsultMode = ATTConsultMode.ATT_CM_NONE) -> None:
    call = party.call
    core.report(
        Report(
            Originated(
                originatedConnection=party.connection,
                callingDevice=call.calling,
                calledDevice=provided(call.dialled),
                localConnectionInfo=NONE,
                cause=Cause.EC_NEW_CALL,
            ),
            ATTOriginatedV9(
                physicalTerminal="" if call.calling.deviceID == party.device else party.device,
                userInfo=call.userInfo,
                consultMode=mode,
            ),
            call.callID,
            {party.device: party.state},
        )
    )


def _delivered(
    call: Call,
    connection: ConnectionID,
    alerting: ExtendedDeviceID,
    kind: ATTDeliveredType,
    cause: Cause,
    redirected: str,
    acd: AcdDelivery | None,
) -> tuple[Delivered, ATTDeliveredV7]:
    group, member = _trunk(call)
    split, distributing, vdn = _distribution(call, acd)
    return Delivered(
        connection=connection,
        alertingDevice=alerting,
        callingDevice=call.calling,
        calledDevice=call.called,
        lastRedirectionDevice=device_or_none(redirected),
        localConnectionInfo=NONE,
        cause=cause,
    ), ATTDeliveredV7(
        deliveredType=kind,
        trunkGroup=group,
        trunkMember=member,
        split=split,
        userEnteredCode=call.code,
        userInfo=call.userInfo,
        reason=ATTReasonCode.AR_IN_QUEUE if acd is not None and acd.converse else call.reason,
        originalCallInfo=call.original,
        distributingDevice=distributing,
        ucid=call.ucid,
        distributingVDN=vdn,
    )


def delivered(core: Core, party: Party) -> None:
    """The call alerts at a party."""
    call = party.call
    outside = party.kind is Kind.TRUNK
    event, private = _delivered(
        call,
        party.connection,
        party.identity,
        ATTDeliveredType.DELIVERED_OTHER if outside else ATTDeliveredType.DELIVERED_TO_STATION,
        party.cause,
        party.redirected,
        party.acd,
    )
    core.report(Report(event, private, call.callID, core.states_of(call), notify=True))


def offered(core: Core, call: Call, domain: str, cause: Cause, redirected: str) -> None:
    """The call arrives at a VDN or split."""
    event, private = _delivered(
        call,
        ConnectionID(call.callID, domain),
        provided(domain),
        ATTDeliveredType.DELIVERED_TO_ACD,
        cause,
        redirected,
        None,
    )
    core.report(Report(event, private, call.callID, domain=domain))


def established(core: Core, party: Party, cause: Cause | None = None, gone: Iterable[str] = ()) -> None:
    """A party answered, or joined. gone: stations whose kept bridged appearance ends with it; they see CS_NULL."""
    call = party.call
    devices = core.states_of(call)
    for station in gone:
        devices.setdefault(station, State.CS_NULL)
    group, member = _trunk(call)
    split, distributing, vdn = _distribution(call, party.acd)
    core.report(
        Report(
            Established(
                establishedConnection=party.connection,
                answeringDevice=party.identity,
                callingDevice=call.calling,
                calledDevice=call.called,
                lastRedirectionDevice=device_or_none(party.redirected),
                localConnectionInfo=NONE,
                cause=party.cause if cause is None else cause,
            ),
            ATTEstablishedV7(
                trunkGroup=group,
                trunkMember=member,
                split=split,
                userEnteredCode=call.code,
                userInfo=call.userInfo,
                reason=ATTReasonCode.AR_IN_QUEUE if party.acd is not None and party.acd.converse else call.reason,
                originalCallInfo=call.original,
                distributingDevice=distributing,
                ucid=call.ucid,
                distributingVDN=vdn,
            ),
            call.callID,
            devices,
            notify=True,
        )
    )


def network_reached(core: Core, party: Party) -> None:
    """An outgoing call reached a network that may report no more."""
    call = party.call
    seat = party.trunk
    if seat is None:
        return
    core.report(
        Report(
            NetworkReached(
                connection=party.connection,
                trunkUsed=party.identity,
                calledDevice=call.called if seat.isdn else NOT_KNOWN,
                localConnectionInfo=NONE,
                cause=Cause.EC_NONE,
            ),
            ATTNetworkProgressInfoV7(
                progressLocation=ProgressLocation.PL_PUB_REMOTE if seat.isdn else ProgressLocation.PL_NONE,
                progressDescription=ProgressDescription.PD_CALL_OFF_ISDN if seat.isdn else ProgressDescription.PD_NONE,
                trunkGroup=seat.group,
                trunkMember=seat.member,
            ),
            call.callID,
            core.states_of(call),
            notify=True,
        )
    )


def queued(core: Core, call: Call, skill: str, position: int, redirected: str) -> None:
    """The call waits in a queue; position counts from 1, itself included."""
    core.report(
        Report(
            Queued(
                queuedConnection=ConnectionID(call.callID, skill),
                queueingDevice=provided(skill),
                callingDevice=call.calling,
                calledDevice=call.called,
                lastRedirectionDevice=device_or_none(redirected),
                numberQueued=position,
                localConnectionInfo=NONE,
                cause=Cause.EC_REDIRECTED,
            ),
            ATTQueuedV7(),
            call.callID,
            core.states_of(call),
            notify=True,
        )
    )


def diverted(core: Core, call: Call, left: ConnectionID, to: ExtendedDeviceID, cause: Cause) -> None:
    """The call left a station without being answered there; only that station is told.

    A station that called itself is still on the call.
    """
    station = left.deviceID.partition("#")[0]
    core.report(
        Report(
            Diverted(
                connection=left,
                divertingDevice=provided(left.deviceID),
                newDestination=to,
                localConnectionInfo=NONE,
                cause=cause,
            ),
            ATTDivertedV7(),
            call.callID,
            {station: core.states_of(call).get(station, State.CS_NULL)},
        )
    )


def failed(
    core: Core,
    call: Call,
    connection: ConnectionID,
    failing: ExtendedDeviceID,
    cause: Cause,
    also: str = "",
) -> None:
    """The call cannot be completed. also: a station that is told besides, though the call never reached it."""
    devices = core.states_of(call)
    if also and also not in devices:
        devices[also] = State.CS_NULL
    core.report(
        Report(
            Failed(
                failedConnection=connection,
                failingDevice=failing,
                calledDevice=call.called,
                localConnectionInfo=NONE,
                cause=cause,
            ),
            ATTFailedV8(callingDevice=call.calling),
            call.callID,
            devices,
            notify=True,
        )
    )


def held(core: Core, party: Party, mode: ATTConsultMode = ATTConsultMode.ATT_CM_NONE) -> None:
    core.report(
        Report(
            Held(
                heldConnection=party.connection,
                holdingDevice=party.identity,
                localConnectionInfo=NONE,
                cause=Cause.EC_NONE,
            ),
            ATTHeldV9(consultMode=mode),
            party.call.callID,
            core.states_of(party.call),
            notify=True,
        )
    )


def retrieved(core: Core, party: Party) -> None:
    core.report(
        Report(
            Retrieved(
                retrievedConnection=party.connection,
                retrievingDevice=party.identity,
                localConnectionInfo=NONE,
                cause=Cause.EC_NONE,
            ),
            None,
            party.call.callID,
            core.states_of(party.call),
            notify=True,
        )
    )


def connection_cleared(
    core: Core,
    call: Call,
    left: ConnectionID,
    releasing: ExtendedDeviceID,
    station: str,
    *,
    notify: bool,
    cause: Cause = Cause.EC_NONE,
) -> None:
    """A party has left. station: its extension, "" for an outside party; its own monitor sees CS_NULL."""
    devices = core.states_of(call)
    if station and station not in devices:
        devices[station] = State.CS_NULL
    core.report(
        Report(
            ConnectionCleared(droppedConnection=left, releasingDevice=releasing, localConnectionInfo=NONE, cause=cause),
            ATTConnectionClearedV7(userInfo=call.dropInfo),
            call.callID,
            devices,
            notify=notify,
        )
    )


def call_cleared(core: Core, call: Call, cause: Cause = Cause.EC_NONE) -> None:
    """The call is over; call and calls-via-device monitors are told."""
    core.report(
        Report(
            CallCleared(clearedCall=ConnectionID(call.callID), localConnectionInfo=NONE, cause=cause),
            ATTCallCleared(reason=call.reason),
            call.callID,
            notify=True,
        )
    )


def _trunk_list(call: Call) -> tuple[ATTTrunkInfo, ...]:
    return tuple(
        ATTTrunkInfo(party.connection, party.trunk.group, party.trunk.member)
        for party in call.parties
        if party.trunk is not None
    )


def _merged_private(call: Call, kind: type[ATTTransferredV7] | type[ATTConferencedV7]) -> object:
    distributing = provided(call.first_vdn) if call.first_vdn else NOT_KNOWN
    return kind(
        originalCallInfo=call.original,
        distributingDevice=distributing,
        ucid=call.ucid,
        trunkList=_trunk_list(call),
        distributingVDN=provided(call.vdn) if call.vdn else NOT_KNOWN,
    )


def transferred(
    core: Core,
    call: Call,
    by: str,
    primary: ConnectionID,
    secondary: ConnectionID,
    to: ExtendedDeviceID,
    *,
    unaware: str = "",
) -> None:
    """The transferring station has left; its calls are one. unaware: a station that only learns of it by ringing."""
    devices = core.states_of(call)
    if unaware != by:
        devices.pop(unaware, None)
    devices.setdefault(by, State.CS_NULL)
    core.report(
        Report(
            Transferred(
                primaryOldCall=primary,
                secondaryOldCall=secondary,
                transferringDevice=provided(by),
                transferredDevice=to,
                transferredConnections=call.listed,
                localConnectionInfo=NONE,
                cause=Cause.EC_TRANSFER,
            ),
            _merged_private(call, ATTTransferredV7),
            call.callID,
            devices,
            notify=True,
            ended=primary.callID if primary.callID != call.callID else 0,
        )
    )


def conferenced(
    core: Core, call: Call, by: str, primary: ConnectionID, secondary: ConnectionID, added: ExtendedDeviceID
) -> None:
    """Two calls of the controller are one; everybody stays."""
    core.report(
        Report(
            Conferenced(
                primaryOldCall=primary,
                secondaryOldCall=secondary,
                confController=provided(by),
                addedParty=added,
                conferenceConnections=call.listed,
                localConnectionInfo=NONE,
                cause=Cause.EC_NONE,
            ),
            _merged_private(call, ATTConferencedV7),
            call.callID,
            core.states_of(call),
            notify=True,
            ended=primary.callID,
        )
    )


def logged_on(core: Core, station: str, login: str, skill: str, mode: ATTWorkMode) -> None:
    core.report(
        Report(
            LoggedOn(agentDevice=provided(station), agentID=login, agentGroup=skill),
            ATTLoggedOn(workMode=mode),
            groups=(skill,),
        )
    )


def logged_off(core: Core, station: str, login: str, skill: str, reason: int) -> None:
    core.report(
        Report(
            LoggedOff(agentDevice=provided(station), agentID=login, agentGroup=skill),
            ATTLoggedOff(reasonCode=reason),
            groups=(skill,),
        )
    )


def followed(core: Core, call: Call, domain: str) -> None:
    """Calls-via-device monitors of a domain follow the call from now on; they are told nothing yet."""
    core.report(Report(None, None, call.callID, domain=domain))
