"""Call control: requests and their confirmations. Source: ECMA-180 switching functions; TSAPI call-control services."""

from dataclasses import dataclass

from ivrsvr.csta.enums import AllocationState, Feature
from ivrsvr.csta.pdu import EventClass, csta
from ivrsvr.csta.types import ConnectionID, ConnectionList, DeviceID


@csta(1, EventClass.CSTAREQUEST, "CSTAAlternateCall", confirmation="CSTAAlternateCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class AlternateCall:
    """Hold the active call and retrieve (or answer) the other one. Source: tsapi.asn CSTAAlternateCall."""

    activeCall: ConnectionID
    otherCall: ConnectionID


@csta(2, EventClass.CSTACONFIRMATION, "CSTAAlternateCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class AlternateCallConf:
    """Confirms AlternateCall. Source: tsapi.asn CSTAAlternateCallConfEvent."""


@csta(3, EventClass.CSTAREQUEST, "CSTAAnswerCall", confirmation="CSTAAnswerCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCall:
    """Answer an alerting call. Source: tsapi.asn CSTAAnswerCall."""

    alertingCall: ConnectionID


@csta(4, EventClass.CSTACONFIRMATION, "CSTAAnswerCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCallConf:
    """Confirms AnswerCall. Source: tsapi.asn CSTAAnswerCallConfEvent."""


@csta(5, EventClass.CSTAREQUEST, "CSTACallCompletion", confirmation="CSTACallCompletionConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class CallCompletion:
    """Invoke camp-on, call-back or intrude on a call that failed. Source: tsapi.asn CSTACallCompletion."""

    feature: Feature
    call: ConnectionID


@csta(6, EventClass.CSTACONFIRMATION, "CSTACallCompletionConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class CallCompletionConf:
    """Confirms CallCompletion. Source: tsapi.asn CSTACallCompletionConfEvent."""


@csta(7, EventClass.CSTAREQUEST, "CSTAClearCall", confirmation="CSTAClearCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCall:
    """Release every party of a call. Source: tsapi.asn CSTAClearCall."""

    call: ConnectionID


@csta(8, EventClass.CSTACONFIRMATION, "CSTAClearCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCallConf:
    """Confirms ClearCall. Source: tsapi.asn CSTAClearCallConfEvent."""


@csta(9, EventClass.CSTAREQUEST, "CSTAClearConnection", confirmation="CSTAClearConnectionConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ClearConnection:
    """Release one party from a call. Source: tsapi.asn CSTAClearConnection."""

    call: ConnectionID


@csta(10, EventClass.CSTACONFIRMATION, "CSTAClearConnectionConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ClearConnectionConf:
    """Confirms ClearConnection. Source: tsapi.asn CSTAClearConnectionConfEvent."""


@csta(11, EventClass.CSTAREQUEST, "CSTAConferenceCall", confirmation="CSTAConferenceCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceCall:
    """Join a held and an active call of one device into one call; all parties stay.

    Source: tsapi.asn CSTAConferenceCall.
    """

    heldCall: ConnectionID
    activeCall: ConnectionID


@csta(12, EventClass.CSTACONFIRMATION, "CSTAConferenceCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceCallConf:
    """Confirms ConferenceCall. Source: tsapi.asn CSTAConferenceCallConfEvent."""

    newCall: ConnectionID
    connList: ConnectionList


@csta(13, EventClass.CSTAREQUEST, "CSTAConsultationCall", confirmation="CSTAConsultationCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationCall:
    """Hold the active call and call somebody else from the same device. Source: tsapi.asn CSTAConsultationCall."""

    activeCall: ConnectionID
    calledDevice: DeviceID


@csta(14, EventClass.CSTACONFIRMATION, "CSTAConsultationCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationCallConf:
    """Confirms ConsultationCall. Source: tsapi.asn CSTAConsultationCallConfEvent."""

    newCall: ConnectionID


@csta(15, EventClass.CSTAREQUEST, "CSTADeflectCall", confirmation="CSTADeflectCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class DeflectCall:
    """Send an alerting call away to another device, on or off the switch. Source: tsapi.asn CSTADeflectCall."""

    deflectCall: ConnectionID
    calledDevice: DeviceID


@csta(16, EventClass.CSTACONFIRMATION, "CSTADeflectCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class DeflectCallConf:
    """Confirms DeflectCall. Source: tsapi.asn CSTADeflectCallConfEvent."""


@csta(17, EventClass.CSTAREQUEST, "CSTAPickupCall", confirmation="CSTAPickupCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class PickupCall:
    """Send an alerting call to another device on the switch. Source: tsapi.asn CSTAPickupCall."""

    deflectCall: ConnectionID
    calledDevice: DeviceID


@csta(18, EventClass.CSTACONFIRMATION, "CSTAPickupCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class PickupCallConf:
    """Confirms PickupCall. Source: tsapi.asn CSTAPickupCallConfEvent."""


@csta(19, EventClass.CSTAREQUEST, "CSTAGroupPickupCall", confirmation="CSTAGroupPickupCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPickupCall:
    """Take a call that alerts in the pickup group. Source: tsapi.asn CSTAGroupPickupCall."""

    deflectCall: ConnectionID
    pickupDevice: DeviceID


@csta(20, EventClass.CSTACONFIRMATION, "CSTAGroupPickupCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPickupCallConf:
    """Confirms GroupPickupCall. Source: tsapi.asn CSTAGroupPickupCallConfEvent."""


@csta(21, EventClass.CSTAREQUEST, "CSTAHoldCall", confirmation="CSTAHoldCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class HoldCall:
    """Place the active connection of a call on hold. reservation: keep the channel; this server sends false.

    Source: tsapi.asn CSTAHoldCall.
    """

    activeCall: ConnectionID
    reservation: bool = False


@csta(22, EventClass.CSTACONFIRMATION, "CSTAHoldCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class HoldCallConf:
    """Confirms HoldCall. Source: tsapi.asn CSTAHoldCallConfEvent."""


@csta(23, EventClass.CSTAREQUEST, "CSTAMakeCall", confirmation="CSTAMakeCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class MakeCall:
    """Make a call from a device to a destination. Source: tsapi.asn CSTAMakeCall."""

    callingDevice: DeviceID
    calledDevice: DeviceID


@csta(24, EventClass.CSTACONFIRMATION, "CSTAMakeCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class MakeCallConf:
    """Confirms MakeCall. Source: tsapi.asn CSTAMakeCallConfEvent."""

    newCall: ConnectionID


@csta(25, EventClass.CSTAREQUEST, "CSTAMakePredictiveCall", confirmation="CSTAMakePredictiveCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class MakePredictiveCall:
    """Call a destination first and deliver it to a group once the classifier heard an answer.

    Source: tsapi.asn CSTAMakePredictiveCall.
    """

    callingDevice: DeviceID
    calledDevice: DeviceID
    allocationState: AllocationState


@csta(26, EventClass.CSTACONFIRMATION, "CSTAMakePredictiveCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class MakePredictiveCallConf:
    """Confirms MakePredictiveCall. Source: tsapi.asn CSTAMakePredictiveCallConfEvent."""

    newCall: ConnectionID


@csta(39, EventClass.CSTAREQUEST, "CSTAReconnectCall", confirmation="CSTAReconnectCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReconnectCall:
    """Clear the active connection and retrieve the held one. Source: tsapi.asn CSTAReconnectCall."""

    activeCall: ConnectionID
    heldCall: ConnectionID


@csta(40, EventClass.CSTACONFIRMATION, "CSTAReconnectCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReconnectCallConf:
    """Confirms ReconnectCall. Source: tsapi.asn CSTAReconnectCallConfEvent."""


@csta(41, EventClass.CSTAREQUEST, "CSTARetrieveCall", confirmation="CSTARetrieveCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieveCall:
    """Make a held connection active again. Source: tsapi.asn CSTARetrieveCall."""

    heldCall: ConnectionID


@csta(42, EventClass.CSTACONFIRMATION, "CSTARetrieveCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieveCallConf:
    """Confirms RetrieveCall. Source: tsapi.asn CSTARetrieveCallConfEvent."""


@csta(51, EventClass.CSTAREQUEST, "CSTATransferCall", confirmation="CSTATransferCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCall:
    """Join a held and an active call of one device and leave; the surviving call id is the active one.

    Source: tsapi.asn CSTATransferCall.
    """

    heldCall: ConnectionID
    activeCall: ConnectionID


@csta(52, EventClass.CSTACONFIRMATION, "CSTATransferCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCallConf:
    """Confirms TransferCall. Source: tsapi.asn CSTATransferCallConfEvent."""

    newCall: ConnectionID
    connList: ConnectionList
