"""Every enumeration and bit string of the protocol. Source: tsapi.asn, enums.json; numbers are the wire's.

Universal failures are in `errors.py`, beside their advice.
"""

from enum import nonmember

from ivrsvr.csta.enumeration import BitString, OpenEnum


class ACSAuthType(OpenEnum):
    """tsapi.asn ACSAuthType."""

    REQUIRES_EXTERNAL_AUTH = -1
    AUTH_LOGIN_ID_ONLY = 0
    AUTH_LOGIN_ID_IS_DEFAULT = 1
    NEED_LOGIN_ID_AND_PASSWD = 2
    ANY_LOGIN_ID = 3


class ACSEncodeType(OpenEnum):
    """tsapi.asn ACSEncodeType."""

    CAN_USE_BINDERY_ENCRYPTION = 1
    NDS_AUTH_CONNID = 2
    WIN_NT_LOCAL = 3
    WIN_NT_NAMED_PIPE = 4
    WIN_NT_WRITE_DATA = 5


class ACSLevel(OpenEnum):
    """tsapi.asn ACSLevel."""

    ACS_LEVEL1 = 1
    ACS_LEVEL2 = 2
    ACS_LEVEL3 = 3
    ACS_LEVEL4 = 4


class ATTAnswerTreat(OpenEnum):
    """tsapi.asn ATTAnswerTreat."""

    AT_NO_TREATMENT = 0
    AT_NONE = 1
    AT_DROP = 2
    AT_CONNECT = 3


class ATTConsultMode(OpenEnum):
    """tsapi.asn ATTConsultMode."""

    ATT_CM_NONE = 0
    ATT_CM_CONSULTATION = 1
    ATT_CM_TRANSFER = 2
    ATT_CM_CONFERENCE = 3
    ATT_CM_NOT_PROVIDED = 4


class ATTConsultOptions(OpenEnum):
    """tsapi.asn ATTConsultOptions."""

    UNRESTRICTED = 0
    CONSULT_ONLY = 1
    TRANSFER_ONLY = 2
    CONFERENCE_ONLY = 3


class ATTDeliveredType(OpenEnum):
    """tsapi.asn ATTDeliveredType."""

    DELIVERED_TO_ACD = 1
    DELIVERED_TO_STATION = 2
    DELIVERED_OTHER = 3


class ATTDeviceType(OpenEnum):
    """tsapi.asn ATTDeviceType."""

    ATT_DT_ACD_SPLIT = 1
    ATT_DT_ANNOUNCEMENT = 2
    ATT_DT_DATA = 3
    ATT_DT_LOGICAL_AGENT = 4
    ATT_DT_STATION = 5
    ATT_DT_TRUNK_ACCESS_CODE = 6
    ATT_DT_VDN = 7


class ATTDropResource(OpenEnum):
    """tsapi.asn ATTDropResource."""

    DR_NONE = -1
    DR_CALL_CLASSIFIER = 0
    DR_TONE_GENERATOR = 1


class ATTExtensionClass(OpenEnum):
    """tsapi.asn ATTExtensionClass."""

    EC_VDN = 0
    EC_ACD_SPLIT = 1
    EC_ANNOUNCEMENT = 2
    EC_DATA = 4
    EC_ANALOG = 5
    EC_PROPRIETARY = 6
    EC_BRI = 7
    EC_CTI = 8
    EC_LOGICAL_AGENT = 9
    EC_OTHER = 10


class ATTLocalCallState(OpenEnum):
    """tsapi.asn ATTLocalCallState."""

    ATT_CS_INITIATED = 1
    ATT_CS_ALERTING = 2
    ATT_CS_CONNECTED = 3
    ATT_CS_HELD = 4
    ATT_CS_BRIDGED = 5
    ATT_CS_OTHER = 6


class ATTReasonCode(OpenEnum):
    """tsapi.asn ATTReasonCode."""

    AR_NONE = 0
    AR_ANSWER_NORMAL = 1
    AR_ANSWER_TIMED = 2
    AR_ANSWER_VOICE_ENERGY = 3
    AR_ANSWER_MACHINE_DETECTED = 4
    AR_SIT_REORDER = 5
    AR_SIT_NO_CIRCUIT = 6
    AR_SIT_INTERCEPT = 7
    AR_SIT_VACANT_CODE = 8
    AR_SIT_INEFFECTIVE_OTHER = 9
    AR_SIT_UNKNOWN = 10
    AR_IN_QUEUE = 11
    AR_SERVICE_OBSERVER = 12


class ATTRedirectType(OpenEnum):
    """tsapi.asn ATTRedirectType."""

    VDN = 0
    NETWORK = 1


class ATTServiceState(OpenEnum):
    """tsapi.asn ATTServiceState."""

    UNKNOWN = -1
    OUT_OF_SERVICE = 0
    IN_SERVICE = 1


class ATTTalkState(OpenEnum):
    """tsapi.asn ATTTalkState."""

    TS_ON_CALL = 0
    TS_IDLE = 1


class ATTWorkMode(OpenEnum):
    """tsapi.asn ATTWorkMode."""

    WM_NONE = -1
    WM_AUX_WORK = 1
    WM_AFTCAL_WK = 2
    WM_AUTO_IN = 3
    WM_MANUAL_IN = 4


class AgentMode(OpenEnum):
    """tsapi.asn AgentMode."""

    AM_LOG_IN = 0
    AM_LOG_OUT = 1
    AM_NOT_READY = 2
    AM_READY = 3
    AM_WORK_NOT_READY = 4
    AM_WORK_READY = 5


class AgentState(OpenEnum):
    """tsapi.asn AgentState."""

    AG_NOT_READY = 0
    AG_NULL = 1
    AG_READY = 2
    AG_WORK_NOT_READY = 3
    AG_WORK_READY = 4
    AG_NOT_INITIALIZED = -1


class AllocationState(OpenEnum):
    """tsapi.asn AllocationState."""

    AS_CALL_DELIVERED = 0
    AS_CALL_ESTABLISHED = 1


class BillType(OpenEnum):
    """tsapi.asn BillType."""

    BT_NEW_RATE = 16
    BT_FLAT_RATE = 17
    BT_PREMIUM_CHARGE = 18
    BT_PREMIUM_CREDIT = 19
    BT_FREE_CALL = 24


class CSTAEventCause(OpenEnum):
    """Why an event happened."""

    EC_NONE = -1
    EC_ACTIVE_MONITOR = 1
    EC_ALTERNATE = 2
    EC_BUSY = 3
    EC_CALL_BACK = 4
    EC_CALL_CANCELLED = 5
    EC_CALL_FORWARD_ALWAYS = 6
    EC_CALL_FORWARD_BUSY = 7
    EC_CALL_FORWARD_NO_ANSWER = 8
    EC_CALL_FORWARD = 9
    EC_CALL_NOT_ANSWERED = 10
    EC_CALL_PICKUP = 11
    EC_CAMP_ON = 12
    EC_DEST_NOT_OBTAINABLE = 13
    EC_DO_NOT_DISTURB = 14
    EC_INCOMPATIBLE_DESTINATION = 15
    EC_INVALID_ACCOUNT_CODE = 16
    EC_KEY_CONFERENCE = 17
    EC_LOCKOUT = 18
    EC_MAINTENANCE = 19
    EC_NETWORK_CONGESTION = 20
    EC_NETWORK_NOT_OBTAINABLE = 21
    EC_NEW_CALL = 22
    EC_NO_AVAILABLE_AGENTS = 23
    EC_OVERRIDE = 24
    EC_PARK = 25
    EC_OVERFLOW = 26
    EC_RECALL = 27
    EC_REDIRECTED = 28
    EC_REORDER_TONE = 29
    EC_RESOURCES_NOT_AVAILABLE = 30
    EC_SILENT_MONITOR = 31
    EC_TRANSFER = 32
    EC_TRUNKS_BUSY = 33
    EC_VOICE_UNIT_INITIATOR = 34
    EC_CONSULTATION = 37
    EC_NETWORK_SIGNAL = 46
    EC_SINGLE_STEP_TRANSFER = 52
    EC_ALERT_TIME_EXPIRED = 60
    EC_CONFERENCE = 63
    EC_DESTINATION_OUT_OF_ORDER = 65
    EC_NOT_SUPPORTED_BEARER_SERVICE = 80
    EC_UNASSIGNED_NUMBER = 81
    EC_INCOMPATIBLE_BEARER_SERVICE = 87


class CSTALevel(OpenEnum):
    """tsapi.asn CSTALevel."""

    CSTA_HOME_WORK_TOP = 1
    CSTA_AWAY_WORK_TOP = 2
    CSTA_DEVICE_DEVICE_MONITOR = 3
    CSTA_CALL_DEVICE_MONITOR = 4
    CSTA_CALL_CONTROL = 5
    CSTA_ROUTING = 6
    CSTA_CALL_CALL_MONITOR = 7


class CSTAMonitorType(OpenEnum):
    """tsapi.asn CSTAMonitorType."""

    MT_CALL = 0
    MT_DEVICE = 1


class ChargeError(OpenEnum):
    """tsapi.asn ChargeError."""

    CE_NONE = 0
    CE_NO_FINAL_CHARGE = 1
    CE_LESS_FINAL_CHARGE = 2
    CE_CHARGE_TOO_LARGE = 3
    CE_NETWORK_BUSY = 4


class ChargeType(OpenEnum):
    """tsapi.asn ChargeType."""

    CT_INTERMEDIATE_CHARGE = 1
    CT_FINAL_CHARGE = 2
    CT_SPLIT_CHARGE = 3


class CollectCodeType(OpenEnum):
    """tsapi.asn CollectCodeType."""

    UC_NONE = 0
    UC_TONE_DETECTOR = 32


class ConnectionIDDevice(OpenEnum):
    """tsapi.asn ConnectionIDDevice."""

    STATIC_ID = 0
    DYNAMIC_ID = 1


class DeviceIDStatus(OpenEnum):
    """tsapi.asn DeviceIDStatus."""

    ID_PROVIDED = 0
    ID_NOT_KNOWN = 1
    ID_NOT_REQUIRED = 2


class DeviceIDType(OpenEnum):
    """tsapi.asn DeviceIDType."""

    DEVICE_IDENTIFIER = 0
    IMPLICIT_PUBLIC = 20
    EXPLICIT_PUBLIC_UNKNOWN = 30
    EXPLICIT_PUBLIC_INTERNATIONAL = 31
    EXPLICIT_PUBLIC_NATIONAL = 32
    EXPLICIT_PUBLIC_NETWORK_SPECIFIC = 33
    EXPLICIT_PUBLIC_SUBSCRIBER = 34
    EXPLICIT_PUBLIC_ABBREVIATED = 35
    IMPLICIT_PRIVATE = 40
    EXPLICIT_PRIVATE_UNKNOWN = 50
    EXPLICIT_PRIVATE_LEVEL3_REGIONAL_NUMBER = 51
    EXPLICIT_PRIVATE_LEVEL2_REGIONAL_NUMBER = 52
    EXPLICIT_PRIVATE_LEVEL1_REGIONAL_NUMBER = 53
    EXPLICIT_PRIVATE_PTN_SPECIFIC_NUMBER = 54
    EXPLICIT_PRIVATE_LOCAL_NUMBER = 55
    EXPLICIT_PRIVATE_ABBREVIATED = 56
    OTHER_PLAN = 60
    TRUNK_IDENTIFIER = 70
    TRUNK_GROUP_IDENTIFIER = 71


class DeviceType(OpenEnum):
    """tsapi.asn DeviceType."""

    DT_STATION = 0
    DT_LINE = 1
    DT_BUTTON = 2
    DT_ACD = 3
    DT_TRUNK = 4
    DT_OPERATOR = 5
    DT_STATION_GROUP = 16
    DT_LINE_GROUP = 17
    DT_BUTTON_GROUP = 18
    DT_ACD_GROUP = 19
    DT_TRUNK_GROUP = 20
    DT_OPERATOR_GROUP = 21
    DT_OTHER = 255


class Feature(OpenEnum):
    """tsapi.asn Feature."""

    FT_CAMP_ON = 0
    FT_CALL_BACK = 1
    FT_INTRUDE = 2


class ForwardingType(OpenEnum):
    """tsapi.asn ForwardingType."""

    FWD_IMMEDIATE = 0
    FWD_BUSY = 1
    FWD_NO_ANS = 2
    FWD_BUSY_INT = 3
    FWD_BUSY_EXT = 4
    FWD_NO_ANS_INT = 5
    FWD_NO_ANS_EXT = 6


class Interflow(OpenEnum):
    """tsapi.asn Interflow."""

    LAI_NO_INTERFLOW = -1
    LAI_ALL_INTERFLOW = 0
    LAI_THRESHOLD_INTERFLOW = 1
    LAI_VECTORING_INTERFLOW = 2


class LinkState(OpenEnum):
    """tsapi.asn LinkState."""

    LS_LINK_UNAVAIL = 0
    LS_LINK_UP = 1
    LS_LINK_DOWN = 2


class LocalConnectionState(OpenEnum):
    """State of a connection; CS_NONE = not given."""

    CS_NONE = -1
    CS_NULL = 0
    CS_INITIATE = 1
    CS_ALERTING = 2
    CS_CONNECT = 3
    CS_HOLD = 4
    CS_QUEUED = 5
    CS_FAIL = 6


class ParticipationType(OpenEnum):
    """tsapi.asn ParticipationType."""

    PT_ACTIVE = 1
    PT_SILENT = 0


class Priority(OpenEnum):
    """tsapi.asn Priority."""

    LAI_NOT_IN_QUEUE = 0
    LAI_LOW = 1
    LAI_MEDIUM = 2
    LAI_HIGH = 3
    LAI_TOP = 4


class ProgressDescription(OpenEnum):
    """tsapi.asn ProgressDescription."""

    PD_NONE = -1
    PD_CALL_OFF_ISDN = 1
    PD_DEST_NOT_ISDN = 2
    PD_ORIG_NOT_ISDN = 3
    PD_CALL_ON_ISDN = 4
    PD_INBAND = 8


class ProgressLocation(OpenEnum):
    """tsapi.asn ProgressLocation."""

    PL_NONE = -1
    PL_USER = 0
    PL_PUB_LOCAL = 1
    PL_PUB_REMOTE = 4
    PL_PRIV_REMOTE = 5


class ProvidedCodeType(OpenEnum):
    """tsapi.asn ProvidedCodeType."""

    UP_NONE = 0
    UP_DATA_BASE_PROVIDED = 17


class ReasonForCallInfo(OpenEnum):
    """tsapi.asn ReasonForCallInfo."""

    OR_NONE = 0
    OR_CONSULTATION = 1
    OR_CONFERENCED = 2
    OR_TRANSFERRED = 3
    OR_NEW_CALL = 4


class SDBLevel(OpenEnum):
    """tsapi.asn SDBLevel."""

    NO_SDB_CHECKING = -1
    ACS_ONLY = 1
    ACS_AND_CSTA_CHECKING = 0


class SelectValue(OpenEnum):
    """tsapi.asn SelectValue."""

    SV_NORMAL = 0
    SV_LEAST_COST = 1
    SV_EMERGENCY = 2
    SV_ACD = 3
    SV_USER_DEFINED = 4


class SimpleCallState(OpenEnum):
    """tsapi.asn SimpleCallState."""

    CALL_NULL = 0
    CALL_PENDING = 1
    CALL_ORIGINATED = 3
    CALL_DELIVERED = 35
    CALL_DELIVERED_HELD = 36
    CALL_RECEIVED = 50
    CALL_ESTABLISHED = 51
    CALL_ESTABLISHED_HELD = 52
    CALL_RECEIVED_ON_HOLD = 66
    CALL_ESTABLISHED_ON_HOLD = 67
    CALL_QUEUED = 83
    CALL_QUEUED_HELD = 84
    CALL_FAILED = 99
    CALL_FAILED_HELD = 100


class SpecificEvent(OpenEnum):
    """tsapi.asn SpecificEvent."""

    SE_ANSWER = 11
    SE_DISCONNECT = 4


class StreamType(OpenEnum):
    """tsapi.asn StreamType."""

    ST_CSTA = 1
    ST_OAM = 2
    ST_DIRECTORY = 3
    ST_NMSRV = 4
    ST_CSTA_TRUSTED_APP = 5


class SystemStatus(OpenEnum):
    """tsapi.asn SystemStatus."""

    SS_INITIALIZING = 0
    SS_ENABLED = 1
    SS_NORMAL = 2
    SS_MESSAGES_LOST = 3
    SS_DISABLED = 4
    SS_OVERLOAD_IMMINENT = 5
    SS_OVERLOAD_REACHED = 6
    SS_OVERLOAD_RELIEVED = 7


class UUIProtocolType(OpenEnum):
    """tsapi.asn UUIProtocolType."""

    UUI_NONE = -1
    UUI_USER_SPECIFIC = 0
    UUI_IA5_ASCII = 4
    UUI_Q931_CALLCTRL = 8


class UserEnteredCodeIndicator(OpenEnum):
    """tsapi.asn UserEnteredCodeIndicator."""

    UE_COLLECT = 0
    UE_ENTERED = 1


class UserEnteredCodeType(OpenEnum):
    """tsapi.asn UserEnteredCodeType."""

    UE_NONE = -1
    UE_ANY = 0
    UE_LOGIN_DIGITS = 2
    UE_CALL_PROMPTER = 5
    UE_DATA_BASE_PROVIDED = 17
    UE_TONE_DETECTOR = 32


class ATTMwiApplication(BitString):
    """tsapi.asn ATTMwiApplication."""

    BITS = nonmember(8)
    AT_CTI = 1 << 3
    AT_LWC = 1 << 4
    AT_PROPMGT = 1 << 5
    AT_VOICE = 1 << 6
    AT_MCS = 1 << 7


class ATTPrivateFilter(BitString):
    """tsapi.asn ATTPrivateFilter."""

    BITS = nonmember(2)
    ATT_ENTERED_DIGITS_FILTER = 1 << 0
    ATT_CHARGE_ADVICE_FILTER = 1 << 1


class CSTAAgentFilter(BitString):
    """tsapi.asn CSTAAgentFilter."""

    BITS = nonmember(6)
    AF_LOGGED_ON = 1 << 0
    AF_LOGGED_OFF = 1 << 1
    AF_NOT_READY = 1 << 2
    AF_READY = 1 << 3
    AF_WORK_NOT_READY = 1 << 4
    AF_WORK_READY = 1 << 5


class CSTACallFilter(BitString):
    """tsapi.asn CSTACallFilter."""

    BITS = nonmember(14)
    CF_CALL_CLEARED = 1 << 0
    CF_CONFERENCED = 1 << 1
    CF_CONNECTION_CLEARED = 1 << 2
    CF_DELIVERED = 1 << 3
    CF_DIVERTED = 1 << 4
    CF_ESTABLISHED = 1 << 5
    CF_FAILED = 1 << 6
    CF_HELD = 1 << 7
    CF_NETWORK_REACHED = 1 << 8
    CF_ORIGINATED = 1 << 9
    CF_QUEUED = 1 << 10
    CF_RETRIEVED = 1 << 11
    CF_SERVICE_INITIATED = 1 << 12
    CF_TRANSFERRED = 1 << 13


class CSTAFeatureFilter(BitString):
    """tsapi.asn CSTAFeatureFilter."""

    BITS = nonmember(4)
    FF_CALL_INFORMATION = 1 << 0
    FF_DO_NOT_DISTURB = 1 << 1
    FF_FORWARDING = 1 << 2
    FF_MESSAGE_WAITING = 1 << 3


class CSTAMaintenanceFilter(BitString):
    """tsapi.asn CSTAMaintenanceFilter."""

    BITS = nonmember(2)
    MF_BACK_IN_SERVICE = 1 << 0
    MF_OUT_OF_SERVICE = 1 << 1


class DeviceClass(BitString):
    """tsapi.asn DeviceClass."""

    BITS = nonmember(4)
    DC_VOICE = 1 << 0
    DC_DATA = 1 << 1
    DC_IMAGE = 1 << 2
    DC_OTHER = 1 << 3


class SystemStatusFilter(BitString):
    """tsapi.asn SystemStatusFilter."""

    BITS = nonmember(8)
    SF_INITIALIZING = 1 << 0
    SF_ENABLED = 1 << 1
    SF_NORMAL = 1 << 2
    SF_MESSAGES_LOST = 1 << 3
    SF_DISABLED = 1 << 4
    SF_OVERLOAD_IMMINENT = 1 << 5
    SF_OVERLOAD_REACHED = 1 << 6
    SF_OVERLOAD_RELIEVED = 1 << 7
