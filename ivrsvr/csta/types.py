"""Identifiers and structures that the PDUs share. Source: tsapi.asn, auxiliary types.

An absent string is "", an absent list (), an absent structure its default value (wire.md section 2).
"""

from dataclasses import dataclass
from typing import TypeAlias

from ivrsvr.csta.enums import (
    ACSAuthType,
    ConnectionIDDevice,
    CSTAAgentFilter,
    CSTACallFilter,
    CSTAEventCause,
    CSTAFeatureFilter,
    CSTAMaintenanceFilter,
    DeviceIDStatus,
    DeviceIDType,
    ForwardingType,
    LocalConnectionState,
)

ATTPrivEventCrossRefID: TypeAlias = int
AccountInfo: TypeAlias = str
AgentGroup: TypeAlias = str
AgentID: TypeAlias = str
AgentPassword: TypeAlias = str
AppName: TypeAlias = str
AuthCode: TypeAlias = str
CSTAMonitorCrossRefID: TypeAlias = int
ChallengeKey: TypeAlias = bytes
CryptPasswd: TypeAlias = bytes
DeviceID: TypeAlias = str
LoginID: TypeAlias = str
RetryValue: TypeAlias = int
RouteRegisterReqID: TypeAlias = int
RoutingCrossRefID: TypeAlias = int
ServerID: TypeAlias = str
SetUpValues: TypeAlias = bytes
UCID: TypeAlias = str
VersionString: TypeAlias = str
WinNTPipe: TypeAlias = str
XmlData: TypeAlias = str


@dataclass(frozen=True, slots=True)
class ACSNameAddr:
    """tsapi.asn ACSNameAddr."""

    serverName: ServerID = ""
    serverAddr: bytes = b""


ACSNameAddrList: TypeAlias = tuple[ACSNameAddr, ...]


@dataclass(frozen=True, slots=True)
class ExtendedDeviceID:
    """A device id that may be unknown or not required; see `provided`, `NOT_KNOWN` and `NOT_REQUIRED`."""

    deviceID: DeviceID = ""
    deviceIDType: DeviceIDType = DeviceIDType.DEVICE_IDENTIFIER
    deviceIDStatus: DeviceIDStatus = DeviceIDStatus.ID_NOT_KNOWN


@dataclass(frozen=True, slots=True)
class ConnectionID:
    """One party on one call; (callID, "", STATIC_ID) names the call itself, and callID 0 nothing at all."""

    callID: int = 0
    deviceID: DeviceID = ""
    devIDType: ConnectionIDDevice = ConnectionIDDevice.STATIC_ID


@dataclass(frozen=True, slots=True)
class CSTASnapshotCallResponseInfo:
    """tsapi.asn CSTASnapshotCallResponseInfo."""

    deviceOnCall: ExtendedDeviceID = ExtendedDeviceID()
    callIdentifier: ConnectionID = ConnectionID()
    localConnectionState: LocalConnectionState = LocalConnectionState.CS_NONE


CSTASnapshotCallData: TypeAlias = tuple[CSTASnapshotCallResponseInfo, ...]
LocalCallStateList: TypeAlias = tuple[LocalConnectionState, ...]


@dataclass(frozen=True, slots=True)
class CSTASnapshotDeviceResponseInfo:
    """tsapi.asn CSTASnapshotDeviceResponseInfo."""

    callIdentifier: ConnectionID = ConnectionID()
    localCallState: LocalCallStateList = ()


CSTASnapshotDeviceData: TypeAlias = tuple[CSTASnapshotDeviceResponseInfo, ...]


@dataclass(frozen=True, slots=True)
class Connection:
    """tsapi.asn Connection."""

    party: ConnectionID = ConnectionID()
    staticDevice: ExtendedDeviceID = ExtendedDeviceID()


ConnectionList: TypeAlias = tuple[Connection, ...]


@dataclass(frozen=True, slots=True)
class DeviceHistoryEntry:
    """tsapi.asn DeviceHistoryEntry."""

    oldDeviceID: DeviceID = ""
    cause: CSTAEventCause = CSTAEventCause.EC_NONE
    oldConnectionID: ConnectionID = ConnectionID()


DeviceHistory: TypeAlias = tuple[DeviceHistoryEntry, ...]
DeviceList: TypeAlias = tuple[DeviceID, ...]


@dataclass(frozen=True, slots=True)
class CSTAForwardingInfo:
    """tsapi.asn CSTAForwardingInfo."""

    forwardingType: ForwardingType = ForwardingType.FWD_IMMEDIATE
    forwardingOn: bool = False
    forwardDN: DeviceID = ""


ListForwardParameters: TypeAlias = tuple[CSTAForwardingInfo, ...]
UnicodeDeviceID: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ACSAuthInfo:
    """tsapi.asn ACSAuthInfo."""

    authType: ACSAuthType = ACSAuthType.REQUIRES_EXTERNAL_AUTH
    authLoginID: LoginID = ""


@dataclass(frozen=True, slots=True)
class CSTAMonitorFilter:
    """tsapi.asn CSTAMonitorFilter."""

    call: CSTACallFilter = CSTACallFilter(0)
    feature: CSTAFeatureFilter = CSTAFeatureFilter(0)
    agent: CSTAAgentFilter = CSTAAgentFilter(0)
    maintenance: CSTAMaintenanceFilter = CSTAMaintenanceFilter(0)
    privateFilter: int = 0


NOT_KNOWN = ExtendedDeviceID(deviceIDStatus=DeviceIDStatus.ID_NOT_KNOWN)
"""A device that the switch does not know."""

NOT_REQUIRED = ExtendedDeviceID(deviceIDStatus=DeviceIDStatus.ID_NOT_REQUIRED)
"""A device that does not apply here."""


def provided(deviceID: DeviceID, deviceIDType: DeviceIDType = DeviceIDType.DEVICE_IDENTIFIER) -> ExtendedDeviceID:
    """A known device."""
    return ExtendedDeviceID(deviceID, deviceIDType, DeviceIDStatus.ID_PROVIDED)
