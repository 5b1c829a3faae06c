"""Private data of routing. Source: tsapi.asn, private data PDUs."""

from dataclasses import dataclass

from ivrsvr.csta.enums import ATTRedirectType
from ivrsvr.csta.pdu import private
from ivrsvr.csta.private.structures import (
    ATTLookaheadInfo,
    ATTLookaheadInfoV5,
    ATTUserCollectCode,
    ATTUserEnteredCode,
    ATTUserProvidedCode,
    ATTUserToUserInfo,
    CallOriginatorInfo,
)
from ivrsvr.csta.types import UCID, DeviceHistory, DeviceID


@private(42, "ATTRouteRequestEvent", versions=(2, 4))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTRouteRequest:
    """Private data of RouteRequestExt (or RouteRequest). Source: private PDU 42, private-data versions 2-4."""

    trunkGroup: DeviceID = ""
    lookaheadInfo: ATTLookaheadInfo = ATTLookaheadInfo()
    userEnteredCode: ATTUserEnteredCode = ATTUserEnteredCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(43, "ATTRouteSelect", versions=(2, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTRouteSelect:
    """Private data of RouteSelectRequestInv (or RouteSelectRequest).

    Source: private PDU 43, private-data versions 2-5.
    """

    callingDevice: DeviceID = ""
    directAgentCallSplit: DeviceID = ""
    priorityCalling: bool = False
    destRoute: DeviceID = ""
    collectCode: ATTUserCollectCode = ATTUserCollectCode()
    userProvidedCode: ATTUserProvidedCode = ATTUserProvidedCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(44, "ATTRouteUsedEvent", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTRouteUsed:
    """Private data of RouteUsedExt (or RouteUsed). Source: private PDU 44, private-data versions 2+."""

    destRoute: DeviceID = ""


@private(83, "ATTRouteRequestEventV5", versions=(5, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTRouteRequestV5:
    """Private data of RouteRequestExt (or RouteRequest). Source: private PDU 83, private-data versions 5."""

    trunkGroup: DeviceID = ""
    lookaheadInfo: ATTLookaheadInfoV5 = ATTLookaheadInfoV5()
    userEnteredCode: ATTUserEnteredCode = ATTUserEnteredCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    ucid: UCID = ""
    callOriginatorInfo: CallOriginatorInfo = CallOriginatorInfo()
    flexibleBilling: bool = False


@private(105, "ATTRouteRequestEventV6", versions=(6, 6))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTRouteRequestV6:
    """Private data of RouteRequestExt (or RouteRequest). Source: private PDU 105, private-data versions 6."""

    trunkGroup: DeviceID = ""
    lookaheadInfo: ATTLookaheadInfoV5 = ATTLookaheadInfoV5()
    userEnteredCode: ATTUserEnteredCode = ATTUserEnteredCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    ucid: UCID = ""
    callOriginatorInfo: CallOriginatorInfo = CallOriginatorInfo()
    flexibleBilling: bool = False
    trunkMember: DeviceID = ""


@private(116, "ATTRouteSelectV6", versions=(6, 6))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTRouteSelectV6:
    """Private data of RouteSelectRequestInv (or RouteSelectRequest).

    Source: private PDU 116, private-data versions 6.
    """

    callingDevice: DeviceID = ""
    directAgentCallSplit: DeviceID = ""
    priorityCalling: bool = False
    destRoute: DeviceID = ""
    collectCode: ATTUserCollectCode = ATTUserCollectCode()
    userProvidedCode: ATTUserProvidedCode = ATTUserProvidedCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(126, "ATTRouteSelectV7", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTRouteSelectV7:
    """Private data of RouteSelectRequestInv (or RouteSelectRequest).

    Source: private PDU 126, private-data versions 7+.
    """

    callingDevice: DeviceID = ""
    directAgentCallSplit: DeviceID = ""
    priorityCalling: bool = False
    destRoute: DeviceID = ""
    collectCode: ATTUserCollectCode = ATTUserCollectCode()
    userProvidedCode: ATTUserProvidedCode = ATTUserProvidedCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    useNCR: ATTRedirectType = ATTRedirectType.VDN


@private(131, "ATTRouteRequestEventV7", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTRouteRequestV7:
    """Private data of RouteRequestExt (or RouteRequest). Source: private PDU 131, private-data versions 7+."""

    trunkGroup: DeviceID = ""
    lookaheadInfo: ATTLookaheadInfoV5 = ATTLookaheadInfoV5()
    userEnteredCode: ATTUserEnteredCode = ATTUserEnteredCode()
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    ucid: UCID = ""
    callOriginatorInfo: CallOriginatorInfo = CallOriginatorInfo()
    flexibleBilling: bool = False
    trunkMember: DeviceID = ""
    deviceHistory: DeviceHistory = ()
