"""Private data of queries and agent services. Source: tsapi.asn, private data PDUs."""

from dataclasses import dataclass

from ivrsvr.csta.enums import (
    ATTDeviceType,
    ATTExtensionClass,
    ATTMwiApplication,
    ATTServiceState,
    ATTTalkState,
    ATTWorkMode,
)
from ivrsvr.csta.pdu import private
from ivrsvr.csta.private.structures import ATTQueryAgentLoginRespList
from ivrsvr.csta.types import UCID, ATTPrivEventCrossRefID, ConnectionID, DeviceID, UnicodeDeviceID


@private(10, "ATTSetAgentState", versions=(2, 4))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSetAgentState:
    """Private data of SetAgentState request. Source: private PDU 10, private-data versions 2-4."""

    workMode: ATTWorkMode


@private(11, "ATTQueryAcdSplit", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryAcdSplit:
    """Escape service: query acd split. Source: private PDU 11, private-data versions 2+."""

    device: DeviceID


@private(12, "ATTQueryAcdSplitConfEvent", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryAcdSplitConf:
    """Escape service confirmed: query acd split. Source: private PDU 12, private-data versions 2+."""

    availableAgents: int = 0
    callsInQueue: int = 0
    agentsLoggedIn: int = 0


@private(13, "ATTQueryAgentLogin", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryAgentLogin:
    """Escape service: query agent login. Source: private PDU 13, private-data versions 2+."""

    device: DeviceID


@private(14, "ATTQueryAgentLoginConfEvent", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryAgentLoginConf:
    """Escape service confirmed: query agent login. Source: private PDU 14, private-data versions 2+."""

    privEventCrossRefID: ATTPrivEventCrossRefID


@private(15, "ATTQueryAgentLoginResp", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryAgentLoginResp:
    """Private data of Private (93). Source: private PDU 15, private-data versions 2+."""

    privEventCrossRefID: ATTPrivEventCrossRefID
    list: ATTQueryAgentLoginRespList = ()


@private(16, "ATTQueryAgentState", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryAgentState:
    """Private data of QueryAgentState request. Source: private PDU 16, private-data versions 2+."""

    split: DeviceID = ""


@private(17, "ATTQueryAgentStateConfEvent", versions=(2, 4))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryAgentStateConf:
    """Private data of QueryAgentStateConf. Source: private PDU 17, private-data versions 2-4."""

    workMode: ATTWorkMode = ATTWorkMode.WM_NONE
    talkState: ATTTalkState


@private(18, "ATTQueryCallClassifier", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryCallClassifier:
    """Escape service: query call classifier. Source: private PDU 18, private-data versions 2+."""


@private(19, "ATTQueryCallClassifierConfEvent", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryCallClassifierConf:
    """Escape service confirmed: query call classifier. Source: private PDU 19, private-data versions 2+."""

    numAvailPorts: int = 0
    numInUsePorts: int = 0


@private(20, "ATTQueryDeviceInfoConfEvent", versions=(2, 4))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryDeviceInfoConf:
    """Private data of QueryDeviceInfoConf. Source: private PDU 20, private-data versions 2-4."""

    extensionClass: ATTExtensionClass = ATTExtensionClass.EC_VDN


@private(21, "ATTQueryMwiConfEvent", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryMwiConf:
    """Private data of QueryMwiConf. Source: private PDU 21, private-data versions 2+."""

    applicationType: ATTMwiApplication = ATTMwiApplication(0)


@private(22, "ATTQueryStationStatus", versions=(2, 9))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryStationStatus:
    """Escape service: query station status. Source: private PDU 22, private-data versions 2-9."""

    device: DeviceID


@private(23, "ATTQueryStationStatusConfEvent", versions=(2, 9))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryStationStatusConf:
    """Escape service confirmed: query station status. Source: private PDU 23, private-data versions 2-9."""

    stationStatus: bool = False


@private(24, "ATTQueryTod", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryTod:
    """Escape service: query tod. Source: private PDU 24, private-data versions 2+."""


@private(25, "ATTQueryTodConfEvent", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryTodConf:
    """Escape service confirmed: query tod. Source: private PDU 25, private-data versions 2+."""

    year: int = 0
    month: int = 0
    day: int = 0
    hour: int = 0
    minute: int = 0
    second: int = 0


@private(26, "ATTQueryTg", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryTg:
    """Escape service: query tg. Source: private PDU 26, private-data versions 2+."""

    device: DeviceID


@private(27, "ATTQueryTgConfEvent", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryTgConf:
    """Escape service confirmed: query tg. Source: private PDU 27, private-data versions 2+."""

    idleTrunks: int = 0
    usedTrunks: int = 0


@private(49, "ATTQueryDeviceName", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryDeviceName:
    """Escape service: query device name. Source: private PDU 49, private-data versions 2+."""

    device: DeviceID


@private(50, "ATTQueryDeviceNameConfEvent", versions=(2, 4))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryDeviceNameConf:
    """Escape service confirmed: query device name. Source: private PDU 50, private-data versions 2-4."""

    deviceType: ATTDeviceType = ATTDeviceType.ATT_DT_ACD_SPLIT
    device: DeviceID = ""
    name: str = ""


@private(76, "ATTQueryUcid", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryUcid:
    """Escape service: query ucid. Source: private PDU 76, private-data versions 5+."""

    call: ConnectionID


@private(77, "ATTQueryUcidConfEvent", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryUcidConf:
    """Escape service confirmed: query ucid. Source: private PDU 77, private-data versions 5+."""

    ucid: UCID = ""


@private(87, "ATTSetAgentStateV5", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSetAgentStateV5:
    """Private data of SetAgentState request. Source: private PDU 87, private-data versions 5+."""

    workMode: ATTWorkMode
    reasonCode: int = 0


@private(88, "ATTQueryAgentStateConfEventV5", versions=(5, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryAgentStateConfV5:
    """Private data of QueryAgentStateConf. Source: private PDU 88, private-data versions 5."""

    workMode: ATTWorkMode = ATTWorkMode.WM_NONE
    talkState: ATTTalkState
    reasonCode: int = 0


@private(89, "ATTQueryDeviceNameConfEventV5", versions=(5, 6))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryDeviceNameConfV5:
    """Escape service confirmed: query device name. Source: private PDU 89, private-data versions 5-6."""

    deviceType: ATTDeviceType = ATTDeviceType.ATT_DT_ACD_SPLIT
    device: DeviceID = ""
    name: str = ""
    uname: UnicodeDeviceID = ()


@private(98, "ATTQueryDeviceInfoConfEventV5", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryDeviceInfoConfV5:
    """Private data of QueryDeviceInfoConf. Source: private PDU 98, private-data versions 5+."""

    extensionClass: ATTExtensionClass = ATTExtensionClass.EC_VDN
    associatedClass: ATTExtensionClass = ATTExtensionClass.EC_OTHER
    associatedDevice: DeviceID = ""


@private(102, "ATTSetAgentStateV6", versions=(6, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSetAgentStateV6:
    """Private data of SetAgentState request. Source: private PDU 102, private-data versions 6+."""

    workMode: ATTWorkMode
    reasonCode: int = 0
    enablePending: bool = False


@private(103, "ATTSetAgentStateConfEvent", versions=(6, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSetAgentStateConf:
    """Private data of SetAgentStateConf. Source: private PDU 103, private-data versions 6+."""

    isPending: bool = False


@private(104, "ATTQueryAgentStateConfEventV6", versions=(6, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryAgentStateConfV6:
    """Private data of QueryAgentStateConf. Source: private PDU 104, private-data versions 6+."""

    workMode: ATTWorkMode = ATTWorkMode.WM_NONE
    talkState: ATTTalkState
    reasonCode: int = 0
    pendingWorkMode: ATTWorkMode = ATTWorkMode.WM_NONE
    pendingReasonCode: int = 0


@private(125, "ATTQueryDeviceNameConfEventV7", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryDeviceNameConfV7:
    """Escape service confirmed: query device name. Source: private PDU 125, private-data versions 7+."""

    deviceType: ATTDeviceType = ATTDeviceType.ATT_DT_ACD_SPLIT
    device: DeviceID = ""
    name: str = ""
    uname: UnicodeDeviceID = ()


@private(150, "ATTQueryStationStatusV10", versions=(10, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryStationStatusV10:
    """Escape service: query station status. Source: private PDU 150, private-data versions 10+."""

    device: DeviceID


@private(151, "ATTQueryStationStatusConfEventV10", versions=(10, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTQueryStationStatusConfV10:
    """Escape service confirmed: query station status. Source: private PDU 151, private-data versions 10+."""

    stationStatus: bool = False
    serviceState: ATTServiceState = ATTServiceState.UNKNOWN
