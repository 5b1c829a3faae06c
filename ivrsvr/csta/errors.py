"""Universal failures with their numbers, what they mean to a person, and the exceptions that carry them.

Source: errors.json; meanings after the universal-failure lists of the services.
"""

from ivrsvr.csta.enumeration import OpenEnum


class CSTAUniversalFailure(OpenEnum):
    """CSTAUniversalFailure: tsapi.asn; errors.json."""

    GENERIC_UNSPECIFIED = 0
    GENERIC_OPERATION = 1
    REQUEST_INCOMPATIBLE_WITH_OBJECT = 2
    VALUE_OUT_OF_RANGE = 3
    OBJECT_NOT_KNOWN = 4
    INVALID_CALLING_DEVICE = 5
    INVALID_CALLED_DEVICE = 6
    INVALID_FORWARDING_DESTINATION = 7
    PRIVILEGE_VIOLATION_ON_SPECIFIED_DEVICE = 8
    PRIVILEGE_VIOLATION_ON_CALLED_DEVICE = 9
    PRIVILEGE_VIOLATION_ON_CALLING_DEVICE = 10
    INVALID_CSTA_CALL_IDENTIFIER = 11
    INVALID_CSTA_DEVICE_IDENTIFIER = 12
    INVALID_CSTA_CONNECTION_IDENTIFIER = 13
    INVALID_DESTINATION = 14
    INVALID_FEATURE = 15
    INVALID_ALLOCATION_STATE = 16
    INVALID_CROSS_REF_ID = 17
    INVALID_OBJECT_TYPE = 18
    SECURITY_VIOLATION = 19
    GENERIC_STATE_INCOMPATIBILITY = 21
    INVALID_OBJECT_STATE = 22
    INVALID_CONNECTION_ID_FOR_ACTIVE_CALL = 23
    NO_ACTIVE_CALL = 24
    NO_HELD_CALL = 25
    NO_CALL_TO_CLEAR = 26
    NO_CONNECTION_TO_CLEAR = 27
    NO_CALL_TO_ANSWER = 28
    NO_CALL_TO_COMPLETE = 29
    GENERIC_SYSTEM_RESOURCE_AVAILABILITY = 31
    SERVICE_BUSY = 32
    RESOURCE_BUSY = 33
    RESOURCE_OUT_OF_SERVICE = 34
    NETWORK_BUSY = 35
    NETWORK_OUT_OF_SERVICE = 36
    OVERALL_MONITOR_LIMIT_EXCEEDED = 37
    CONFERENCE_MEMBER_LIMIT_EXCEEDED = 38
    GENERIC_SUBSCRIBED_RESOURCE_AVAILABILITY = 41
    OBJECT_MONITOR_LIMIT_EXCEEDED = 42
    EXTERNAL_TRUNK_LIMIT_EXCEEDED = 43
    OUTSTANDING_REQUEST_LIMIT_EXCEEDED = 44
    GENERIC_PERFORMANCE_MANAGEMENT = 51
    PERFORMANCE_LIMIT_EXCEEDED = 52
    UNSPECIFIED_SECURITY_ERROR = 60
    SEQUENCE_NUMBER_VIOLATED = 61
    TIME_STAMP_VIOLATED = 62
    PAC_VIOLATED = 63
    SEAL_VIOLATED = 64
    GENERIC_UNSPECIFIED_REJECTION = 70
    GENERIC_OPERATION_REJECTION = 71
    DUPLICATE_INVOCATION_REJECTION = 72
    UNRECOGNIZED_OPERATION_REJECTION = 73
    MISTYPED_ARGUMENT_REJECTION = 74
    RESOURCE_LIMITATION_REJECTION = 75
    ACS_HANDLE_TERMINATION_REJECTION = 76
    SERVICE_TERMINATION_REJECTION = 77
    REQUEST_TIMEOUT_REJECTION = 78
    REQUESTS_ON_DEVICE_EXCEEDED_REJECTION = 79
    UNRECOGNIZED_APDU_REJECTION = 80
    MISTYPED_APDU_REJECTION = 81
    BADLY_STRUCTURED_APDU_REJECTION = 82
    INITIATOR_RELEASING_REJECTION = 83
    UNRECOGNIZED_LINKEDID_REJECTION = 84
    LINKED_RESPONSE_UNEXPECTED_REJECTION = 85
    UNEXPECTED_CHILD_OPERATION_REJECTION = 86
    MISTYPED_RESULT_REJECTION = 87
    UNRECOGNIZED_ERROR_REJECTION = 88
    UNEXPECTED_ERROR_REJECTION = 89
    MISTYPED_PARAMETER_REJECTION = 90
    NON_STANDARD = 100


class ACSUniversalFailure(OpenEnum):
    """ACSUniversalFailure: tsapi.asn; errors.json."""

    TSERVER_STREAM_FAILED = 0
    TSERVER_NO_THREAD = 1
    TSERVER_BAD_DRIVER_ID = 2
    TSERVER_DEAD_DRIVER = 3
    TSERVER_MESSAGE_HIGH_WATER_MARK = 4
    TSERVER_FREE_BUFFER_FAILED = 5
    TSERVER_SEND_TO_DRIVER = 6
    TSERVER_RECEIVE_FROM_DRIVER = 7
    TSERVER_REGISTRATION_FAILED = 8
    TSERVER_SPX_FAILED = 9
    TSERVER_TRACE = 10
    TSERVER_NO_MEMORY = 11
    TSERVER_ENCODE_FAILED = 12
    TSERVER_DECODE_FAILED = 13
    TSERVER_BAD_CONNECTION = 14
    TSERVER_BAD_PDU = 15
    TSERVER_NO_VERSION = 16
    TSERVER_ECB_MAX_EXCEEDED = 17
    TSERVER_NO_ECBS = 18
    TSERVER_NO_SDB = 19
    TSERVER_NO_SDB_CHECK_NEEDED = 20
    TSERVER_SDB_CHECK_NEEDED = 21
    TSERVER_BAD_SDB_LEVEL = 22
    TSERVER_BAD_SERVERID = 23
    TSERVER_BAD_STREAM_TYPE = 24
    TSERVER_BAD_PASSWORD_OR_LOGIN = 25
    TSERVER_NO_USER_RECORD = 26
    TSERVER_NO_DEVICE_RECORD = 27
    TSERVER_DEVICE_NOT_ON_LIST = 28
    TSERVER_USERS_RESTRICTED_HOME = 30
    TSERVER_NO_AWAYPERMISSION = 31
    TSERVER_NO_HOMEPERMISSION = 32
    TSERVER_NO_AWAY_WORKTOP = 33
    TSERVER_BAD_DEVICE_RECORD = 34
    TSERVER_DEVICE_NOT_SUPPORTED = 35
    TSERVER_INSUFFICIENT_PERMISSION = 36
    TSERVER_NO_RESOURCE_TAG = 37
    TSERVER_INVALID_MESSAGE = 38
    TSERVER_EXCEPTION_LIST = 39
    TSERVER_NOT_ON_OAM_LIST = 40
    TSERVER_PBX_ID_NOT_IN_SDB = 41
    TSERVER_USER_LICENSES_EXCEEDED = 42
    TSERVER_OAM_DROP_CONNECTION = 43
    TSERVER_NO_VERSION_RECORD = 44
    TSERVER_OLD_VERSION_RECORD = 45
    TSERVER_BAD_PACKET = 46
    TSERVER_OPEN_FAILED = 47
    TSERVER_OAM_IN_USE = 48
    TSERVER_DEVICE_NOT_ON_HOME_LIST = 49
    TSERVER_DEVICE_NOT_ON_CALL_CONTROL_LIST = 50
    TSERVER_DEVICE_NOT_ON_AWAY_LIST = 51
    TSERVER_DEVICE_NOT_ON_ROUTE_LIST = 52
    TSERVER_DEVICE_NOT_ON_MONITOR_DEVICE_LIST = 53
    TSERVER_DEVICE_NOT_ON_MONITOR_CALL_DEVICE_LIST = 54
    TSERVER_NO_CALL_CALL_MONITOR_PERMISSION = 55
    TSERVER_HOME_DEVICE_LIST_EMPTY = 56
    TSERVER_CALL_CONTROL_LIST_EMPTY = 57
    TSERVER_AWAY_LIST_EMPTY = 58
    TSERVER_ROUTE_LIST_EMPTY = 59
    TSERVER_MONITOR_DEVICE_LIST_EMPTY = 60
    TSERVER_MONITOR_CALL_DEVICE_LIST_EMPTY = 61
    TSERVER_USER_AT_HOME_WORKTOP = 62
    TSERVER_DEVICE_LIST_EMPTY = 63
    TSERVER_BAD_GET_DEVICE_LEVEL = 64
    TSERVER_DRIVER_UNREGISTERED = 65
    TSERVER_NO_ACS_STREAM = 66
    TSERVER_DROP_OAM = 67
    TSERVER_ECB_TIMEOUT = 68
    TSERVER_BAD_ECB = 69
    TSERVER_ADVERTISE_FAILED = 70
    TSERVER_NETWARE_FAILURE = 71
    TSERVER_TDI_QUEUE_FAULT = 72
    TSERVER_DRIVER_CONGESTION = 73
    TSERVER_NO_TDI_BUFFERS = 74
    TSERVER_OLD_INVOKEID = 75
    TSERVER_HWMARK_TO_LARGE = 76
    TSERVER_SET_ECB_TO_LOW = 77
    TSERVER_NO_RECORD_IN_FILE = 78
    TSERVER_ECB_OVERDUE = 79
    TSERVER_BAD_PW_ENCRYPTION = 80
    TSERVER_BAD_TSERV_PROTOCOL = 81
    TSERVER_BAD_DRIVER_PROTOCOL = 82
    TSERVER_BAD_TRANSPORT_TYPE = 83
    TSERVER_PDU_VERSION_MISMATCH = 84
    TSERVER_VERSION_MISMATCH = 85
    TSERVER_LICENSE_MISMATCH = 86
    TSERVER_BAD_ATTRIBUTE_LIST = 87
    TSERVER_BAD_TLIST_TYPE = 88
    TSERVER_BAD_PROTOCOL_FORMAT = 89
    TSERVER_OLD_TSLIB = 90
    TSERVER_BAD_LICENSE_FILE = 91
    TSERVER_NO_PATCHES = 92
    TSERVER_SYSTEM_ERROR = 93
    TSERVER_OAM_LIST_EMPTY = 94
    TSERVER_TCP_FAILED = 95
    TSERVER_SPX_DISABLED = 96
    TSERVER_TCP_DISABLED = 97
    TSERVER_REQUIRED_MODULES_NOT_LOADED = 98
    TSERVER_TRANSPORT_IN_USE_BY_OAM = 99
    TSERVER_NO_NDS_OAM_PERMISSION = 100
    TSERVER_OPEN_SDB_LOG_FAILED = 101
    TSERVER_INVALID_LOG_SIZE = 102
    TSERVER_WRITE_SDB_LOG_FAILED = 103
    TSERVER_NT_FAILURE = 104
    TSERVER_LOAD_LIB_FAILED = 105
    TSERVER_INVALID_DRIVER = 106
    TSERVER_REGISTRY_ERROR = 107
    TSERVER_DUPLICATE_ENTRY = 108
    TSERVER_DRIVER_LOADED = 109
    TSERVER_DRIVER_NOT_LOADED = 110
    TSERVER_NO_LOGON_PERMISSION = 111
    TSERVER_ACCOUNT_DISABLED = 112
    TSERVER_NO_NETLOGON = 113
    TSERVER_ACCT_RESTRICTED = 114
    TSERVER_INVALID_LOGON_TIME = 115
    TSERVER_INVALID_WORKSTATION = 116
    TSERVER_ACCT_LOCKED_OUT = 117
    TSERVER_PASSWORD_EXPIRED = 118
    TSERVER_INVALID_HEARTBEAT_INTERVAL = 119
    TSERVER_UNAUTHORIZED_CONNECTION = 120
    TSERVER_INVALID_NONCE = 121
    TSERVER_INVALID_CERTIFICATE = 122
    TSERVER_INVALID_SIGNATURE = 123
    TSERVER_UNKNOWN_APPLICATION = 124
    TSERVER_CERTIFICATE_EXPIRED = 125
    TSERVER_INVALID_PRIV_MESSAGE = 126
    TSERVER_NOT_FIRST_MESSAGE = 127
    TSERVER_NOT_SECOND_MESSAGE = 128
    DRIVER_DUPLICATE_ACSHANDLE = 1000
    DRIVER_INVALID_ACS_REQUEST = 1001
    DRIVER_ACS_HANDLE_REJECTION = 1002
    DRIVER_INVALID_CLASS_REJECTION = 1003
    DRIVER_GENERIC_REJECTION = 1004
    DRIVER_RESOURCE_LIMITATION = 1005
    DRIVER_ACSHANDLE_TERMINATION = 1006
    DRIVER_LINK_UNAVAILABLE = 1007
    DRIVER_OAM_IN_USE = 1008


ADVICE: dict[CSTAUniversalFailure, str] = {
    CSTAUniversalFailure.GENERIC_UNSPECIFIED: "the switch refused the request; check its values (password, user data length, agent's split)",
    CSTAUniversalFailure.GENERIC_OPERATION: "the request does not fit the present state, for example a state that is already set",
    CSTAUniversalFailure.REQUEST_INCOMPATIBLE_WITH_OBJECT: "this kind of device or call does not take this request",
    CSTAUniversalFailure.VALUE_OUT_OF_RANGE: "a value is outside its range; correct it and ask again",
    CSTAUniversalFailure.OBJECT_NOT_KNOWN: "something the request needs is missing or unknown",
    CSTAUniversalFailure.INVALID_CALLING_DEVICE: "the calling device is out of service or wrongly administered",
    CSTAUniversalFailure.INVALID_CALLED_DEVICE: "the called device cannot be called",
    CSTAUniversalFailure.INVALID_FORWARDING_DESTINATION: "calls cannot be forwarded to that number; give a valid one",
    CSTAUniversalFailure.PRIVILEGE_VIOLATION_ON_SPECIFIED_DEVICE: "this device may not do that; check its class of restriction",
    CSTAUniversalFailure.PRIVILEGE_VIOLATION_ON_CALLED_DEVICE: "the destination may not be reached from here; check the classes of restriction",
    CSTAUniversalFailure.PRIVILEGE_VIOLATION_ON_CALLING_DEVICE: "the calling device may not do that; check its class of restriction",
    CSTAUniversalFailure.INVALID_CSTA_CALL_IDENTIFIER: "there is no such call",
    CSTAUniversalFailure.INVALID_CSTA_DEVICE_IDENTIFIER: "there is no such device on the switch, or not of a kind that takes this request",
    CSTAUniversalFailure.INVALID_CSTA_CONNECTION_IDENTIFIER: "there is no such party on that call",
    CSTAUniversalFailure.INVALID_DESTINATION: "the destination cannot be called; check the number",
    CSTAUniversalFailure.INVALID_FEATURE: "this device does not have that feature",
    CSTAUniversalFailure.INVALID_CROSS_REF_ID: "there is no such monitor or routing dialogue",
    CSTAUniversalFailure.INVALID_OBJECT_TYPE: "the request does not go with this kind of object",
    CSTAUniversalFailure.SECURITY_VIOLATION: "the CTI user may not do that; check its permissions on the AES",
    CSTAUniversalFailure.GENERIC_STATE_INCOMPATIBILITY: "the call or device is not in a state that allows it",
    CSTAUniversalFailure.INVALID_OBJECT_STATE: "the call or device is in the wrong state for it",
    CSTAUniversalFailure.INVALID_CONNECTION_ID_FOR_ACTIVE_CALL: "one of the two calls is not a call of this device",
    CSTAUniversalFailure.NO_ACTIVE_CALL: "there is no active call for it",
    CSTAUniversalFailure.NO_HELD_CALL: "there is no held call for it",
    CSTAUniversalFailure.NO_CALL_TO_CLEAR: "there is no call to clear",
    CSTAUniversalFailure.NO_CONNECTION_TO_CLEAR: "there is no such party to clear",
    CSTAUniversalFailure.NO_CALL_TO_ANSWER: "no call is ringing to be answered",
    CSTAUniversalFailure.NO_CALL_TO_COMPLETE: "there is no call to complete",
    CSTAUniversalFailure.GENERIC_SYSTEM_RESOURCE_AVAILABILITY: "the switch is out of a resource; try again later",
    CSTAUniversalFailure.SERVICE_BUSY: "the service is busy; try again",
    CSTAUniversalFailure.RESOURCE_BUSY: "the device is busy; clear or hold its call first",
    CSTAUniversalFailure.RESOURCE_OUT_OF_SERVICE: "the device is out of service",
    CSTAUniversalFailure.NETWORK_BUSY: "the switch or network is overloaded; try again later",
    CSTAUniversalFailure.NETWORK_OUT_OF_SERVICE: "the network is out of service",
    CSTAUniversalFailure.OVERALL_MONITOR_LIMIT_EXCEEDED: "no more monitors can be started; stop others first",
    CSTAUniversalFailure.CONFERENCE_MEMBER_LIMIT_EXCEEDED: "the call has its most parties already (six), or that device is one of them",
    CSTAUniversalFailure.GENERIC_SUBSCRIBED_RESOURCE_AVAILABILITY: "no licence is left, or the feature is not subscribed",
    CSTAUniversalFailure.OBJECT_MONITOR_LIMIT_EXCEEDED: "this device has its most monitors already",
    CSTAUniversalFailure.EXTERNAL_TRUNK_LIMIT_EXCEEDED: "no trunk is free; try again later",
    CSTAUniversalFailure.OUTSTANDING_REQUEST_LIMIT_EXCEEDED: "the device is at its limit for this",
    CSTAUniversalFailure.DUPLICATE_INVOCATION_REJECTION: "that invoke id is already in use",
    CSTAUniversalFailure.UNRECOGNIZED_OPERATION_REJECTION: "there is no such request; see the list of requests",
    CSTAUniversalFailure.MISTYPED_ARGUMENT_REJECTION: "an argument has the wrong type",
    CSTAUniversalFailure.ACS_HANDLE_TERMINATION_REJECTION: "the stream was closed before the answer came",
    CSTAUniversalFailure.SERVICE_TERMINATION_REJECTION: "the link to the switch is down; try again when it is up",
    CSTAUniversalFailure.REQUEST_TIMEOUT_REJECTION: "the switch did not answer in time; check the state before asking again",
    CSTAUniversalFailure.REQUESTS_ON_DEVICE_EXCEEDED_REJECTION: "too many requests are waiting for this device",
}
"""What a universal failure means to a person, and what to do."""


class CstaFailure(Exception):
    """The switch refused a request. ``error`` is the universal failure, ``text`` says more when there is more to say."""

    def __init__(self, error: CSTAUniversalFailure, text: str = "") -> None:
        self.error = error
        self.text = text or ADVICE.get(error, "the switch refused the request")
        super().__init__(f"{error.name}: {self.text}")


class AcsFailure(Exception):
    """The AES refused a request or ended the stream."""

    def __init__(self, error: ACSUniversalFailure, text: str = "") -> None:
        self.error = error
        self.text = text or "the application enablement server refused the request"
        super().__init__(f"{error.name}: {self.text}")
