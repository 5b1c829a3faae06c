"""Private data of capabilities, link status and licences. Source: tsapi.asn, private data PDUs."""

from dataclasses import dataclass

from ivrsvr.csta.pdu import private
from ivrsvr.csta.private.structures import ATTLinkStatus


@private(64, "ATTGetAPICapsConfEvent", versions=(2, 4))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTGetAPICapsConf:
    """Private data of GetAPICapsConf. Source: private PDU 64, private-data versions 2-4."""

    switchVersion: str = ""
    sendDTMFTone: bool = False
    enteredDigitsEvent: bool = False
    queryDeviceName: bool = False
    queryAgentMeas: bool = False
    querySplitSkillMeas: bool = False
    queryTrunkGroupMeas: bool = False
    queryVdnMeas: bool = False
    reserved1: bool = False
    reserved2: bool = False


@private(73, "ATTLinkStatusEvent", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTLinkStatusEvent:
    """Private data of SysStatStartConf / SysStatReqConf / SysStat. Source: private PDU 73, private-data versions 5+."""

    linkStatus: ATTLinkStatus = ATTLinkStatus()


@private(97, "ATTGetAPICapsConfEventV5", versions=(5, 6))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTGetAPICapsConfV5:
    """Private data of GetAPICapsConf. Source: private PDU 97, private-data versions 5-6."""

    switchVersion: str = ""
    sendDTMFTone: bool = False
    enteredDigitsEvent: bool = False
    queryDeviceName: bool = False
    queryAgentMeas: bool = False
    querySplitSkillMeas: bool = False
    queryTrunkGroupMeas: bool = False
    queryVdnMeas: bool = False
    singleStepConference: bool = False
    selectiveListeningHold: bool = False
    selectiveListeningRetrieve: bool = False
    setBillingRate: bool = False
    queryUCID: bool = False
    chargeAdviceEvent: bool = False
    reserved1: bool = False
    reserved2: bool = False


@private(120, "ATTPFeature", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTPFeature:
    """Escape service: pfeature. Source: private PDU 120, private-data versions 7+."""

    value: bytes = b""


@private(121, "ATTPChallenge", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTPChallenge:
    """Escape service confirmed: pchallenge. Source: private PDU 121, private-data versions 7+."""

    value: bytes = b""


@private(122, "ATTPResponse", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTPResponse:
    """Escape service: presponse. Source: private PDU 122, private-data versions 7+."""

    value: bytes = b""


@private(127, "ATTGetAPICapsConfEventV7", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTGetAPICapsConfV7:
    """Private data of GetAPICapsConf. Source: private PDU 127, private-data versions 7+."""

    switchVersion: str = ""
    sendDTMFTone: bool = False
    enteredDigitsEvent: bool = False
    queryDeviceName: bool = False
    queryAgentMeas: bool = False
    querySplitSkillMeas: bool = False
    queryTrunkGroupMeas: bool = False
    queryVdnMeas: bool = False
    singleStepConference: bool = False
    selectiveListeningHold: bool = False
    selectiveListeningRetrieve: bool = False
    setBillingRate: bool = False
    queryUCID: bool = False
    chargeAdviceEvent: bool = False
    reserved1: bool = False
    monitorCallsViaDevice: bool = False
    devHistoryCount: int = 0
    adminSoftwareVersion: str = ""
    softwareVersion: str = ""
    offerType: str = ""
    serverType: str = ""


@private(139, "ATTUseUnifiedDesktopLicense", versions=(8, None), empty=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTUseUnifiedDesktopLicense:
    """Escape service: use unified desktop license. Source: private PDU 139, private-data versions 8+."""


@private(140, "ATTUseUnifiedDesktopLicenseConfEvent", versions=(8, None), empty=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTUseUnifiedDesktopLicenseConf:
    """Escape service confirmed: use unified desktop license. Source: private PDU 140, private-data versions 8+."""
