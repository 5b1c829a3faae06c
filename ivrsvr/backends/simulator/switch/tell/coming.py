"""Calls that come about: dial tone, dialling, alerting, queueing, answer, and what stands in their way."""

from collections.abc import Iterable

from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import AcdDelivery, Call, Kind, Party
from ivrsvr.backends.simulator.switch.reports import Report
from ivrsvr.backends.simulator.switch.tell.shared import NONE, device_or_none, distribution_of, trunk_of
from ivrsvr.csta.enums import (
    ATTConsultMode,
    ATTDeliveredType,
    ATTReasonCode,
    ProgressDescription,
    ProgressLocation,
)
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.events import (
    Delivered,
    Established,
    Failed,
    NetworkReached,
    Originated,
    Queued,
    ServiceInitiated,
)
from ivrsvr.csta.private.events import (
    ATTDeliveredV7,
    ATTEnteredDigits,
    ATTEstablishedV7,
    ATTFailedV8,
    ATTNetworkProgressInfoV7,
    ATTOriginatedV9,
    ATTQueuedV7,
    ATTServiceInitiatedV9,
)
from ivrsvr.csta.system import PrivateStatus
from ivrsvr.csta.types import NOT_KNOWN, ConnectionID, ExtendedDeviceID, provided


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
                cause=Cause.EC_KEY_CONFERENCE if party.bridge_of else Cause.EC_NEW_CALL,
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
    core: Core,
    call: Call,
    connection: ConnectionID,
    alerting: ExtendedDeviceID,
    kind: ATTDeliveredType,
    cause: Cause,
    redirected: str,
    acd: AcdDelivery | None,
) -> tuple[Delivered, ATTDeliveredV7]:
    group, member = trunk_of(core, call)
    split, distributing, vdn = distribution_of(call, acd)
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
        core,
        call,
        party.connection,
        party.identity,
        ATTDeliveredType.DELIVERED_OTHER if outside else ATTDeliveredType.DELIVERED_TO_STATION,
        party.cause,
        party.redirected,
        party.acd,
    )
    # While a classifier listens, only the station itself is told.
    awaited = call.predictive is not None
    core.report(Report(event, private, call.callID, core.states_of(call), notify=not awaited, first_leg=awaited))


def offered(core: Core, call: Call, domain: str, cause: Cause, redirected: str) -> None:
    """The call arrives at a VDN or split."""
    event, private = _delivered(
        core,
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
    group, member = trunk_of(core, call)
    split, distributing, vdn = distribution_of(call, party.acd)
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
                reason=ATTReasonCode.AR_IN_QUEUE if party.is_port else call.reason,
                originalCallInfo=call.original,
                distributingDevice=distributing,
                ucid=call.ucid,
                distributingVDN=vdn,
            ),
            call.callID,
            devices,
            notify=call.predictive is None,
            first_leg=call.predictive is not None,
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
            notify=call.predictive is None,
            first_leg=call.predictive is not None,
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


def followed(core: Core, call: Call, domain: str) -> None:
    """Calls-via-device monitors of a domain follow the call from now on; they are told nothing yet."""
    core.report(Report(None, None, call.callID, domain=domain))


def entered_digits(core: Core, party: Party, digits: str) -> None:
    """A party entered digits that an application had asked for; monitors of the call are told, stations' are not."""
    core.report(
        Report(
            PrivateStatus(),
            ATTEnteredDigits(connection=party.connection, digits=digits),
            party.call.callID,
            notify=True,
        )
    )
