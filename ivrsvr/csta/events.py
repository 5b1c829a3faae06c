"""Event reports of monitors. Source: ECMA-180 event reports; TSAPI event report services."""

from dataclasses import dataclass

from ivrsvr.csta.enums import CSTAEventCause, LocalConnectionState
from ivrsvr.csta.pdu import EventClass, csta
from ivrsvr.csta.types import (
    AccountInfo,
    AgentID,
    AgentPassword,
    AuthCode,
    ConnectionID,
    ConnectionList,
    CSTAForwardingInfo,
    DeviceID,
    ExtendedDeviceID,
)


@csta(54, EventClass.CSTAUNSOLICITED, "CSTACallClearedEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class CallCleared:
    """The call has ended (call and calls-via-device monitors only). Source: tsapi.asn CSTACallClearedEvent."""

    clearedCall: ConnectionID
    localConnectionInfo: LocalConnectionState
    cause: CSTAEventCause


@csta(55, EventClass.CSTAUNSOLICITED, "CSTAConferencedEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class Conferenced:
    """Two calls of the controller became one; secondaryOldCall survives. Source: tsapi.asn CSTAConferencedEvent."""

    primaryOldCall: ConnectionID
    secondaryOldCall: ConnectionID
    confController: ExtendedDeviceID
    addedParty: ExtendedDeviceID
    conferenceConnections: ConnectionList
    localConnectionInfo: LocalConnectionState
    cause: CSTAEventCause


@csta(56, EventClass.CSTAUNSOLICITED, "CSTAConnectionClearedEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionCleared:
    """A party left the call. Source: tsapi.asn CSTAConnectionClearedEvent."""

    droppedConnection: ConnectionID
    releasingDevice: ExtendedDeviceID
    localConnectionInfo: LocalConnectionState
    cause: CSTAEventCause


@csta(57, EventClass.CSTAUNSOLICITED, "CSTADeliveredEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The call alerts at a device, or was offered to a VDN or split. Source: tsapi.asn CSTADeliveredEvent."""

    connection: ConnectionID
    alertingDevice: ExtendedDeviceID
    callingDevice: ExtendedDeviceID
    calledDevice: ExtendedDeviceID
    lastRedirectionDevice: ExtendedDeviceID
    localConnectionInfo: LocalConnectionState
    cause: CSTAEventCause


@csta(58, EventClass.CSTAUNSOLICITED, "CSTADivertedEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class Diverted:
    """The call left a device or domain without being answered there. Source: tsapi.asn CSTADivertedEvent."""

    connection: ConnectionID
    divertingDevice: ExtendedDeviceID
    newDestination: ExtendedDeviceID
    localConnectionInfo: LocalConnectionState
    cause: CSTAEventCause


@csta(59, EventClass.CSTAUNSOLICITED, "CSTAEstablishedEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class Established:
    """A device answered or joined the call. Source: tsapi.asn CSTAEstablishedEvent."""

    establishedConnection: ConnectionID
    answeringDevice: ExtendedDeviceID
    callingDevice: ExtendedDeviceID
    calledDevice: ExtendedDeviceID
    lastRedirectionDevice: ExtendedDeviceID
    localConnectionInfo: LocalConnectionState
    cause: CSTAEventCause


@csta(60, EventClass.CSTAUNSOLICITED, "CSTAFailedEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The call cannot be completed; the originator hears a tone. Source: tsapi.asn CSTAFailedEvent."""

    failedConnection: ConnectionID
    failingDevice: ExtendedDeviceID
    calledDevice: ExtendedDeviceID
    localConnectionInfo: LocalConnectionState
    cause: CSTAEventCause


@csta(61, EventClass.CSTAUNSOLICITED, "CSTAHeldEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A party put the call on hold. Source: tsapi.asn CSTAHeldEvent."""

    heldConnection: ConnectionID
    holdingDevice: ExtendedDeviceID
    localConnectionInfo: LocalConnectionState
    cause: CSTAEventCause


@csta(62, EventClass.CSTAUNSOLICITED, "CSTANetworkReachedEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkReached:
    """An outgoing call reached a network that may report no more. Source: tsapi.asn CSTANetworkReachedEvent."""

    connection: ConnectionID
    trunkUsed: ExtendedDeviceID
    calledDevice: ExtendedDeviceID
    localConnectionInfo: LocalConnectionState
    cause: CSTAEventCause


@csta(63, EventClass.CSTAUNSOLICITED, "CSTAOriginatedEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class Originated:
    """The call was originated: dialling is complete. Source: tsapi.asn CSTAOriginatedEvent."""

    originatedConnection: ConnectionID
    callingDevice: ExtendedDeviceID
    calledDevice: ExtendedDeviceID
    localConnectionInfo: LocalConnectionState
    cause: CSTAEventCause


@csta(64, EventClass.CSTAUNSOLICITED, "CSTAQueuedEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """The call waits in a queue; numberQueued is its position, itself included. Source: tsapi.asn CSTAQueuedEvent."""

    queuedConnection: ConnectionID
    queueingDevice: ExtendedDeviceID
    callingDevice: ExtendedDeviceID
    calledDevice: ExtendedDeviceID
    lastRedirectionDevice: ExtendedDeviceID
    numberQueued: int
    localConnectionInfo: LocalConnectionState
    cause: CSTAEventCause


@csta(65, EventClass.CSTAUNSOLICITED, "CSTARetrievedEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """A party retrieved the call from hold. Source: tsapi.asn CSTARetrievedEvent."""

    retrievedConnection: ConnectionID
    retrievingDevice: ExtendedDeviceID
    localConnectionInfo: LocalConnectionState
    cause: CSTAEventCause


@csta(66, EventClass.CSTAUNSOLICITED, "CSTAServiceInitiatedEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceInitiated:
    """A device went off-hook: dial tone, or a call that is being set up.

    Source: tsapi.asn CSTAServiceInitiatedEvent.
    """

    initiatedConnection: ConnectionID
    localConnectionInfo: LocalConnectionState
    cause: CSTAEventCause


@csta(67, EventClass.CSTAUNSOLICITED, "CSTATransferredEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """The transferring device left and its two calls became one; secondaryOldCall survives.

    Source: tsapi.asn CSTATransferredEvent.
    """

    primaryOldCall: ConnectionID
    secondaryOldCall: ConnectionID
    transferringDevice: ExtendedDeviceID
    transferredDevice: ExtendedDeviceID
    transferredConnections: ConnectionList
    localConnectionInfo: LocalConnectionState
    cause: CSTAEventCause


@csta(68, EventClass.CSTAUNSOLICITED, "CSTACallInformationEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class CallInformation:
    """Report: call information. Source: tsapi.asn CSTACallInformationEvent."""

    connection: ConnectionID
    device: ExtendedDeviceID
    accountInfo: AccountInfo
    authorisationCode: AuthCode


@csta(69, EventClass.CSTAUNSOLICITED, "CSTADoNotDisturbEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotDisturb:
    """Report: do not disturb. Source: tsapi.asn CSTADoNotDisturbEvent."""

    device: ExtendedDeviceID
    doNotDisturbOn: bool


@csta(70, EventClass.CSTAUNSOLICITED, "CSTAForwardingEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """Report: forwarding. Source: tsapi.asn CSTAForwardingEvent."""

    device: ExtendedDeviceID
    forwardingInformation: CSTAForwardingInfo


@csta(71, EventClass.CSTAUNSOLICITED, "CSTAMessageWaitingEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class MessageWaiting:
    """Report: message waiting. Source: tsapi.asn CSTAMessageWaitingEvent."""

    deviceForMessage: ExtendedDeviceID
    invokingDevice: ExtendedDeviceID
    messageWaitingOn: bool


@csta(72, EventClass.CSTAUNSOLICITED, "CSTALoggedOnEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOn:
    """An agent logged in to a split. Source: tsapi.asn CSTALoggedOnEvent."""

    agentDevice: ExtendedDeviceID
    agentID: AgentID
    agentGroup: DeviceID
    password: AgentPassword = ""


@csta(73, EventClass.CSTAUNSOLICITED, "CSTALoggedOffEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOff:
    """An agent logged out of a split. Source: tsapi.asn CSTALoggedOffEvent."""

    agentDevice: ExtendedDeviceID
    agentID: AgentID
    agentGroup: DeviceID


@csta(74, EventClass.CSTAUNSOLICITED, "CSTANotReadyEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class NotReady:
    """Report: not ready. Source: tsapi.asn CSTANotReadyEvent."""

    agentDevice: ExtendedDeviceID
    agentID: AgentID


@csta(75, EventClass.CSTAUNSOLICITED, "CSTAReadyEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Report: ready. Source: tsapi.asn CSTAReadyEvent."""

    agentDevice: ExtendedDeviceID
    agentID: AgentID


@csta(76, EventClass.CSTAUNSOLICITED, "CSTAWorkNotReadyEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkNotReady:
    """Report: work not ready. Source: tsapi.asn CSTAWorkNotReadyEvent."""

    agentDevice: ExtendedDeviceID
    agentID: AgentID


@csta(77, EventClass.CSTAUNSOLICITED, "CSTAWorkReadyEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkReady:
    """Report: work ready. Source: tsapi.asn CSTAWorkReadyEvent."""

    agentDevice: ExtendedDeviceID
    agentID: AgentID


@csta(96, EventClass.CSTAUNSOLICITED, "CSTABackInServiceEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class BackInService:
    """Report: back in service. Source: tsapi.asn CSTABackInServiceEvent."""

    device: DeviceID
    cause: CSTAEventCause


@csta(97, EventClass.CSTAUNSOLICITED, "CSTAOutOfServiceEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfService:
    """Report: out of service. Source: tsapi.asn CSTAOutOfServiceEvent."""

    device: DeviceID
    cause: CSTAEventCause
