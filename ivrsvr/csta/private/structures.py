"""Structures of Avaya private data. Source: tsapi.asn, auxiliary types; absent ones by their sentinels (wire.md section 2)."""

from dataclasses import dataclass
from typing import TypeAlias

from ivrsvr.csta.enums import (
    CollectCodeType,
    Interflow,
    LinkState,
    Priority,
    ProvidedCodeType,
    ReasonForCallInfo,
    SpecificEvent,
    UserEnteredCodeIndicator,
    UserEnteredCodeType,
    UUIProtocolType,
)
from ivrsvr.csta.types import UCID, ConnectionID, DeviceHistory, DeviceID, ExtendedDeviceID, UnicodeDeviceID


@dataclass(frozen=True, slots=True)
class ATTLinkStatus:
    """tsapi.asn ATTLinkStatus."""

    linkID: int = 0
    linkState: LinkState = LinkState.LS_LINK_UNAVAIL


@dataclass(frozen=True, slots=True)
class ATTLookaheadInfo:
    """tsapi.asn ATTLookaheadInfo."""

    type: Interflow = Interflow.LAI_NO_INTERFLOW
    priority: Priority = Priority.LAI_NOT_IN_QUEUE
    hours: int = 0
    minutes: int = 0
    seconds: int = 0
    sourceVDN: DeviceID = ""


@dataclass(frozen=True, slots=True)
class ATTLookaheadInfoV5:
    """tsapi.asn ATTLookaheadInfoV5."""

    type: Interflow = Interflow.LAI_NO_INTERFLOW
    priority: Priority = Priority.LAI_NOT_IN_QUEUE
    hours: int = 0
    minutes: int = 0
    seconds: int = 0
    sourceVDN: DeviceID = ""
    uSourceVDN: UnicodeDeviceID = ()


@dataclass(frozen=True, slots=True)
class ATTUserEnteredCode:
    """tsapi.asn ATTUserEnteredCode."""

    type: UserEnteredCodeType = UserEnteredCodeType.UE_NONE
    indicator: UserEnteredCodeIndicator = UserEnteredCodeIndicator.UE_COLLECT
    data: str = ""
    collectVDN: DeviceID = ""


@dataclass(frozen=True, slots=True)
class ATTUserToUserInfo:
    """tsapi.asn ATTUserToUserInfo."""

    type: UUIProtocolType = UUIProtocolType.UUI_NONE
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class ATTOriginalCallInfo:
    """tsapi.asn ATTOriginalCallInfo."""

    reason: ReasonForCallInfo = ReasonForCallInfo.OR_NONE
    callingDevice: ExtendedDeviceID = ExtendedDeviceID()
    calledDevice: ExtendedDeviceID = ExtendedDeviceID()
    trunkGroup: DeviceID = ""
    trunkMember: DeviceID = ""
    lookaheadInfo: ATTLookaheadInfo = ATTLookaheadInfo()
    userEnteredCode: ATTUserEnteredCode = ATTUserEnteredCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@dataclass(frozen=True, slots=True)
class CallOriginatorInfo:
    """tsapi.asn CallOriginatorInfo."""

    hasInfo: bool = False
    callOriginatorType: int = 0


@dataclass(frozen=True, slots=True)
class ATTOriginalCallInfoV5:
    """tsapi.asn ATTOriginalCallInfoV5."""

    reason: ReasonForCallInfo = ReasonForCallInfo.OR_NONE
    callingDevice: ExtendedDeviceID = ExtendedDeviceID()
    calledDevice: ExtendedDeviceID = ExtendedDeviceID()
    trunkGroup: DeviceID = ""
    trunkMember: DeviceID = ""
    lookaheadInfo: ATTLookaheadInfoV5 = ATTLookaheadInfoV5()
    userEnteredCode: ATTUserEnteredCode = ATTUserEnteredCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    ucid: UCID = ""
    callOriginatorInfo: CallOriginatorInfo = CallOriginatorInfo()
    flexibleBilling: bool = False


@dataclass(frozen=True, slots=True)
class ATTOriginalCallInfoV7:
    """tsapi.asn ATTOriginalCallInfoV7."""

    reason: ReasonForCallInfo = ReasonForCallInfo.OR_NONE
    callingDevice: ExtendedDeviceID = ExtendedDeviceID()
    calledDevice: ExtendedDeviceID = ExtendedDeviceID()
    trunkGroup: DeviceID = ""
    trunkMember: DeviceID = ""
    lookaheadInfo: ATTLookaheadInfoV5 = ATTLookaheadInfoV5()
    userEnteredCode: ATTUserEnteredCode = ATTUserEnteredCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    ucid: UCID = ""
    callOriginatorInfo: CallOriginatorInfo = CallOriginatorInfo()
    flexibleBilling: bool = False
    deviceHistory: DeviceHistory = ()


@dataclass(frozen=True, slots=True)
class ATTTrunkInfo:
    """tsapi.asn ATTTrunkInfo."""

    connection: ConnectionID = ConnectionID()
    trunkGroup: DeviceID = ""
    trunkMember: DeviceID = ""


@dataclass(frozen=True, slots=True)
class ATTUserCollectCode:
    """tsapi.asn ATTUserCollectCode."""

    type: CollectCodeType = CollectCodeType.UC_NONE
    digitsToBeCollected: int = 0
    timeout: int = 0
    collectParty: ConnectionID = ConnectionID()
    specificEvent: SpecificEvent = SpecificEvent.SE_DISCONNECT


@dataclass(frozen=True, slots=True)
class ATTUserProvidedCode:
    """tsapi.asn ATTUserProvidedCode."""

    type: ProvidedCodeType = ProvidedCodeType.UP_NONE
    data: str = ""


ATTTrunkList: TypeAlias = tuple[ATTTrunkInfo, ...]
ATTConnIDList: TypeAlias = tuple[ConnectionID, ...]
ATTQueryAgentLoginRespList: TypeAlias = tuple[DeviceID, ...]
