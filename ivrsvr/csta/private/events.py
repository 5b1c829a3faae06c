"""Private data of event reports, every layout of every private-data version. Source: tsapi.asn, private data PDUs."""

from dataclasses import dataclass

from ivrsvr.csta.enums import (
    ATTConsultMode,
    ATTDeliveredType,
    ATTReasonCode,
    ATTWorkMode,
    ChargeError,
    ChargeType,
    CSTAEventCause,
    LocalConnectionState,
    ProgressDescription,
    ProgressLocation,
)
from ivrsvr.csta.pdu import private
from ivrsvr.csta.private.structures import (
    ATTLookaheadInfo,
    ATTLookaheadInfoV5,
    ATTOriginalCallInfo,
    ATTOriginalCallInfoV5,
    ATTOriginalCallInfoV7,
    ATTTrunkList,
    ATTUserEnteredCode,
    ATTUserToUserInfo,
    CallOriginatorInfo,
)
from ivrsvr.csta.types import UCID, ConnectionID, DeviceHistory, DeviceID, ExtendedDeviceID


@private(34, "ATTCallClearedEvent", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTCallCleared:
    """Private data of CallCleared. Source: private PDU 34, private-data versions 2+."""

    reason: ATTReasonCode = ATTReasonCode.AR_NONE


@private(36, "ATTConnectionClearedEvent", versions=(2, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTConnectionCleared:
    """Private data of ConnectionCleared. Source: private PDU 36, private-data versions 2-5."""

    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(38, "ATTEnteredDigitsEvent", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTEnteredDigits:
    """Private data of PrivateStatus (94). Source: private PDU 38, private-data versions 2+."""

    connection: ConnectionID = ConnectionID()
    digits: str = ""
    localConnectionInfo: LocalConnectionState = LocalConnectionState.CS_NONE
    cause: CSTAEventCause = CSTAEventCause.EC_NONE


@private(40, "ATTNetworkProgressInfo", versions=(2, 4))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTNetworkProgressInfo:
    """Private data of NetworkReached. Source: private PDU 40, private-data versions 2-4."""

    progressLocation: ProgressLocation = ProgressLocation.PL_NONE
    progressDescription: ProgressDescription = ProgressDescription.PD_NONE


@private(47, "ATTOriginatedEvent", versions=(2, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTOriginated:
    """Private data of Originated. Source: private PDU 47, private-data versions 2-5."""

    physicalTerminal: DeviceID = ""
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(48, "ATTLoggedOnEvent", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTLoggedOn:
    """Private data of LoggedOn. Source: private PDU 48, private-data versions 2+."""

    workMode: ATTWorkMode = ATTWorkMode.WM_NONE


@private(59, "ATTConferencedEvent", versions=(2, 4))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTConferenced:
    """Private data of Conferenced. Source: private PDU 59, private-data versions 2-4."""

    originalCallInfo: ATTOriginalCallInfo = ATTOriginalCallInfo()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()


@private(60, "ATTDeliveredEvent", versions=(2, 4))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTDelivered:
    """Private data of Delivered. Source: private PDU 60, private-data versions 2-4."""

    deliveredType: ATTDeliveredType = ATTDeliveredType.DELIVERED_TO_ACD
    trunkGroup: DeviceID = ""
    trunkMember: DeviceID = ""
    split: DeviceID = ""
    lookaheadInfo: ATTLookaheadInfo = ATTLookaheadInfo()
    userEnteredCode: ATTUserEnteredCode = ATTUserEnteredCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    reason: ATTReasonCode = ATTReasonCode.AR_NONE
    originalCallInfo: ATTOriginalCallInfo = ATTOriginalCallInfo()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()


@private(61, "ATTEstablishedEvent", versions=(2, 4))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTEstablished:
    """Private data of Established. Source: private PDU 61, private-data versions 2-4."""

    trunkGroup: DeviceID = ""
    trunkMember: DeviceID = ""
    split: DeviceID = ""
    lookaheadInfo: ATTLookaheadInfo = ATTLookaheadInfo()
    userEnteredCode: ATTUserEnteredCode = ATTUserEnteredCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    reason: ATTReasonCode = ATTReasonCode.AR_NONE
    originalCallInfo: ATTOriginalCallInfo = ATTOriginalCallInfo()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()


@private(62, "ATTTransferredEvent", versions=(2, 4))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTTransferred:
    """Private data of Transferred. Source: private PDU 62, private-data versions 2-4."""

    originalCallInfo: ATTOriginalCallInfo = ATTOriginalCallInfo()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()


@private(78, "ATTConferencedEventV5", versions=(5, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTConferencedV5:
    """Private data of Conferenced. Source: private PDU 78, private-data versions 5."""

    originalCallInfo: ATTOriginalCallInfoV5 = ATTOriginalCallInfoV5()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()
    ucid: UCID = ""


@private(79, "ATTLoggedOffEvent", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTLoggedOff:
    """Private data of LoggedOff. Source: private PDU 79, private-data versions 5+."""

    reasonCode: int = 0


@private(80, "ATTDeliveredEventV5", versions=(5, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTDeliveredV5:
    """Private data of Delivered. Source: private PDU 80, private-data versions 5."""

    deliveredType: ATTDeliveredType = ATTDeliveredType.DELIVERED_TO_ACD
    trunkGroup: DeviceID = ""
    trunkMember: DeviceID = ""
    split: DeviceID = ""
    lookaheadInfo: ATTLookaheadInfoV5 = ATTLookaheadInfoV5()
    userEnteredCode: ATTUserEnteredCode = ATTUserEnteredCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    reason: ATTReasonCode = ATTReasonCode.AR_NONE
    originalCallInfo: ATTOriginalCallInfoV5 = ATTOriginalCallInfoV5()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()
    ucid: UCID = ""
    callOriginatorInfo: CallOriginatorInfo = CallOriginatorInfo()
    flexibleBilling: bool = False


@private(81, "ATTEstablishedEventV5", versions=(5, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTEstablishedV5:
    """Private data of Established. Source: private PDU 81, private-data versions 5."""

    trunkGroup: DeviceID = ""
    trunkMember: DeviceID = ""
    split: DeviceID = ""
    lookaheadInfo: ATTLookaheadInfoV5 = ATTLookaheadInfoV5()
    userEnteredCode: ATTUserEnteredCode = ATTUserEnteredCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    reason: ATTReasonCode = ATTReasonCode.AR_NONE
    originalCallInfo: ATTOriginalCallInfoV5 = ATTOriginalCallInfoV5()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()
    ucid: UCID = ""
    callOriginatorInfo: CallOriginatorInfo = CallOriginatorInfo()
    flexibleBilling: bool = False


@private(82, "ATTTransferredEventV5", versions=(5, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTTransferredV5:
    """Private data of Transferred. Source: private PDU 82, private-data versions 5."""

    originalCallInfo: ATTOriginalCallInfoV5 = ATTOriginalCallInfoV5()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()
    ucid: UCID = ""


@private(95, "ATTServiceInitiatedEvent", versions=(5, 8))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTServiceInitiated:
    """Private data of ServiceInitiated. Source: private PDU 95, private-data versions 5-8."""

    ucid: UCID = ""


@private(96, "ATTChargeAdvice", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTChargeAdvice:
    """Private data of PrivateStatus (94). Source: private PDU 96, private-data versions 5+."""

    connection: ConnectionID = ConnectionID()
    calledDevice: DeviceID = ""
    chargingDevice: DeviceID = ""
    trunkGroup: DeviceID = ""
    trunkMember: DeviceID = ""
    chargeType: ChargeType = ChargeType.CT_INTERMEDIATE_CHARGE
    charge: int = 0
    error: ChargeError = ChargeError.CE_NONE


@private(101, "ATTNetworkProgressInfoV5", versions=(5, 6))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTNetworkProgressInfoV5:
    """Private data of NetworkReached. Source: private PDU 101, private-data versions 5-6."""

    progressLocation: ProgressLocation = ProgressLocation.PL_NONE
    progressDescription: ProgressDescription = ProgressDescription.PD_NONE
    trunkGroup: DeviceID = ""
    trunkMember: DeviceID = ""


@private(106, "ATTTransferredEventV6", versions=(6, 6))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTTransferredV6:
    """Private data of Transferred. Source: private PDU 106, private-data versions 6."""

    originalCallInfo: ATTOriginalCallInfoV5 = ATTOriginalCallInfoV5()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()
    ucid: UCID = ""
    trunkList: ATTTrunkList = ()


@private(107, "ATTConferencedEventV6", versions=(6, 6))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTConferencedV6:
    """Private data of Conferenced. Source: private PDU 107, private-data versions 6."""

    originalCallInfo: ATTOriginalCallInfoV5 = ATTOriginalCallInfoV5()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()
    ucid: UCID = ""
    trunkList: ATTTrunkList = ()


@private(115, "ATTConnectionClearedEventV6", versions=(6, 6))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTConnectionClearedV6:
    """Private data of ConnectionCleared. Source: private PDU 115, private-data versions 6."""

    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(117, "ATTDeliveredEventV6", versions=(6, 6))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTDeliveredV6:
    """Private data of Delivered. Source: private PDU 117, private-data versions 6."""

    deliveredType: ATTDeliveredType = ATTDeliveredType.DELIVERED_TO_ACD
    trunkGroup: DeviceID = ""
    trunkMember: DeviceID = ""
    split: DeviceID = ""
    lookaheadInfo: ATTLookaheadInfoV5 = ATTLookaheadInfoV5()
    userEnteredCode: ATTUserEnteredCode = ATTUserEnteredCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    reason: ATTReasonCode = ATTReasonCode.AR_NONE
    originalCallInfo: ATTOriginalCallInfoV5 = ATTOriginalCallInfoV5()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()
    ucid: UCID = ""
    callOriginatorInfo: CallOriginatorInfo = CallOriginatorInfo()
    flexibleBilling: bool = False


@private(118, "ATTEstablishedEventV6", versions=(6, 6))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTEstablishedV6:
    """Private data of Established. Source: private PDU 118, private-data versions 6."""

    trunkGroup: DeviceID = ""
    trunkMember: DeviceID = ""
    split: DeviceID = ""
    lookaheadInfo: ATTLookaheadInfoV5 = ATTLookaheadInfoV5()
    userEnteredCode: ATTUserEnteredCode = ATTUserEnteredCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    reason: ATTReasonCode = ATTReasonCode.AR_NONE
    originalCallInfo: ATTOriginalCallInfoV5 = ATTOriginalCallInfoV5()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()
    ucid: UCID = ""
    callOriginatorInfo: CallOriginatorInfo = CallOriginatorInfo()
    flexibleBilling: bool = False


@private(119, "ATTOriginatedEventV6", versions=(6, 8))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTOriginatedV6:
    """Private data of Originated. Source: private PDU 119, private-data versions 6-8."""

    physicalTerminal: DeviceID = ""
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(124, "ATTAgentModeChangeEvent", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTAgentModeChange:
    """Private data of NotReady and the other agent-mode events (Ready, WorkNotReady, WorkReady).

    Source: private PDU 124, private-data versions 7+.
    """

    reasonCode: int = 0


@private(128, "ATTDeliveredEventV7", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTDeliveredV7:
    """Private data of Delivered. Source: private PDU 128, private-data versions 7+."""

    deliveredType: ATTDeliveredType = ATTDeliveredType.DELIVERED_TO_ACD
    trunkGroup: DeviceID = ""
    trunkMember: DeviceID = ""
    split: DeviceID = ""
    lookaheadInfo: ATTLookaheadInfoV5 = ATTLookaheadInfoV5()
    userEnteredCode: ATTUserEnteredCode = ATTUserEnteredCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    reason: ATTReasonCode = ATTReasonCode.AR_NONE
    originalCallInfo: ATTOriginalCallInfoV7 = ATTOriginalCallInfoV7()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()
    ucid: UCID = ""
    callOriginatorInfo: CallOriginatorInfo = CallOriginatorInfo()
    flexibleBilling: bool = False
    deviceHistory: DeviceHistory = ()
    distributingVDN: ExtendedDeviceID = ExtendedDeviceID()


@private(129, "ATTEstablishedEventV7", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTEstablishedV7:
    """Private data of Established. Source: private PDU 129, private-data versions 7+."""

    trunkGroup: DeviceID = ""
    trunkMember: DeviceID = ""
    split: DeviceID = ""
    lookaheadInfo: ATTLookaheadInfoV5 = ATTLookaheadInfoV5()
    userEnteredCode: ATTUserEnteredCode = ATTUserEnteredCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    reason: ATTReasonCode = ATTReasonCode.AR_NONE
    originalCallInfo: ATTOriginalCallInfoV7 = ATTOriginalCallInfoV7()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()
    ucid: UCID = ""
    callOriginatorInfo: CallOriginatorInfo = CallOriginatorInfo()
    flexibleBilling: bool = False
    deviceHistory: DeviceHistory = ()
    distributingVDN: ExtendedDeviceID = ExtendedDeviceID()


@private(130, "ATTQueuedEventV7", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueuedV7:
    """Private data of Queued. Source: private PDU 130, private-data versions 7+."""

    deviceHistory: DeviceHistory = ()


@private(132, "ATTTransferredEventV7", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTTransferredV7:
    """Private data of Transferred. Source: private PDU 132, private-data versions 7+."""

    originalCallInfo: ATTOriginalCallInfoV7 = ATTOriginalCallInfoV7()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()
    ucid: UCID = ""
    trunkList: ATTTrunkList = ()
    deviceHistory: DeviceHistory = ()
    distributingVDN: ExtendedDeviceID = ExtendedDeviceID()


@private(133, "ATTConferencedEventV7", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTConferencedV7:
    """Private data of Conferenced. Source: private PDU 133, private-data versions 7+."""

    originalCallInfo: ATTOriginalCallInfoV7 = ATTOriginalCallInfoV7()
    distributingDevice: ExtendedDeviceID = ExtendedDeviceID()
    ucid: UCID = ""
    trunkList: ATTTrunkList = ()
    deviceHistory: DeviceHistory = ()
    distributingVDN: ExtendedDeviceID = ExtendedDeviceID()


@private(134, "ATTConnectionClearedEventV7", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTConnectionClearedV7:
    """Private data of ConnectionCleared. Source: private PDU 134, private-data versions 7+."""

    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    deviceHistory: DeviceHistory = ()


@private(135, "ATTDivertedEventV7", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTDivertedV7:
    """Private data of Diverted. Source: private PDU 135, private-data versions 7+."""

    deviceHistory: DeviceHistory = ()


@private(136, "ATTNetworkProgressInfoV7", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTNetworkProgressInfoV7:
    """Private data of NetworkReached. Source: private PDU 136, private-data versions 7+."""

    progressLocation: ProgressLocation = ProgressLocation.PL_NONE
    progressDescription: ProgressDescription = ProgressDescription.PD_NONE
    trunkGroup: DeviceID = ""
    trunkMember: DeviceID = ""
    deviceHistory: DeviceHistory = ()


@private(137, "ATTFailedEventV7", versions=(7, 7))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTFailedV7:
    """Private data of Failed. Source: private PDU 137, private-data versions 7."""

    deviceHistory: DeviceHistory = ()


@private(141, "ATTFailedEventV8", versions=(8, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTFailedV8:
    """Private data of Failed. Source: private PDU 141, private-data versions 8+."""

    deviceHistory: DeviceHistory = ()
    callingDevice: ExtendedDeviceID = ExtendedDeviceID()


@private(145, "ATTOriginatedEventV9", versions=(9, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTOriginatedV9:
    """Private data of Originated. Source: private PDU 145, private-data versions 9+."""

    physicalTerminal: DeviceID = ""
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    consultMode: ATTConsultMode = ATTConsultMode.ATT_CM_NONE


@private(146, "ATTHeldEventV9", versions=(9, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTHeldV9:
    """Private data of Held. Source: private PDU 146, private-data versions 9+."""

    consultMode: ATTConsultMode = ATTConsultMode.ATT_CM_NONE


@private(147, "ATTServiceInitiatedEventV9", versions=(9, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTServiceInitiatedV9:
    """Private data of ServiceInitiated. Source: private PDU 147, private-data versions 9+."""

    ucid: UCID = ""
    consultMode: ATTConsultMode = ATTConsultMode.ATT_CM_NONE
