"""Monitors and snapshots. Source: ECMA-180 monitoring and snapshot services; TSAPI status reporting services."""

from dataclasses import dataclass

from ivrsvr.csta.enums import CSTAEventCause
from ivrsvr.csta.pdu import EventClass, csta
from ivrsvr.csta.types import (
    ConnectionID,
    CSTAMonitorCrossRefID,
    CSTAMonitorFilter,
    CSTASnapshotCallData,
    CSTASnapshotDeviceData,
    DeviceID,
)


@csta(111, EventClass.CSTAREQUEST, "CSTAMonitorDevice", confirmation="CSTAMonitorConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorDevice:
    """Monitor a device. A filter bit set suppresses that event. Source: tsapi.asn CSTAMonitorDevice."""

    deviceID: DeviceID
    monitorFilter: CSTAMonitorFilter = CSTAMonitorFilter()


@csta(112, EventClass.CSTAREQUEST, "CSTAMonitorCall", confirmation="CSTAMonitorConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorCall:
    """Monitor one call. Source: tsapi.asn CSTAMonitorCall."""

    call: ConnectionID
    monitorFilter: CSTAMonitorFilter = CSTAMonitorFilter()


@csta(113, EventClass.CSTAREQUEST, "CSTAMonitorCallsViaDevice", confirmation="CSTAMonitorConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorCallsViaDevice:
    """Monitor every call that enters a VDN or split. Source: tsapi.asn CSTAMonitorCallsViaDevice."""

    deviceID: DeviceID
    monitorFilter: CSTAMonitorFilter = CSTAMonitorFilter()


@csta(114, EventClass.CSTACONFIRMATION, "CSTAMonitorConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorConf:
    """The monitor runs; its events carry monitorCrossRefID in the frame header.

    Source: tsapi.asn CSTAMonitorConfEvent.
    """

    monitorCrossRefID: CSTAMonitorCrossRefID
    monitorFilter: CSTAMonitorFilter = CSTAMonitorFilter()


@csta(115, EventClass.CSTAREQUEST, "CSTAChangeMonitorFilter", confirmation="CSTAChangeMonitorFilterConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMonitorFilter:
    """Change the filter of a running monitor. Source: tsapi.asn CSTAChangeMonitorFilter."""

    monitorCrossRefID: CSTAMonitorCrossRefID
    monitorFilter: CSTAMonitorFilter


@csta(116, EventClass.CSTACONFIRMATION, "CSTAChangeMonitorFilterConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMonitorFilterConf:
    """Confirms ChangeMonitorFilter. Source: tsapi.asn CSTAChangeMonitorFilterConfEvent."""

    monitorFilter: CSTAMonitorFilter


@csta(117, EventClass.CSTAREQUEST, "CSTAMonitorStop", confirmation="CSTAMonitorStopConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorStop:
    """Stop a monitor. Source: tsapi.asn CSTAMonitorStop."""

    monitorCrossRefID: CSTAMonitorCrossRefID


@csta(118, EventClass.CSTACONFIRMATION, "CSTAMonitorStopConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorStopConf:
    """Confirms MonitorStop. Source: tsapi.asn CSTAMonitorStopConfEvent."""


@csta(119, EventClass.CSTAUNSOLICITED, "CSTAMonitorEndedEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorEnded:
    """The server ended a monitor. Source: tsapi.asn CSTAMonitorEndedEvent."""

    cause: CSTAEventCause


@csta(120, EventClass.CSTAREQUEST, "CSTASnapshotCall", confirmation="CSTASnapshotCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotCall:
    """Ask for the parties of a call and their states. Source: tsapi.asn CSTASnapshotCall."""

    snapshotObject: ConnectionID


@csta(121, EventClass.CSTACONFIRMATION, "CSTASnapshotCallConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotCallConf:
    """Confirms SnapshotCall. Source: tsapi.asn CSTASnapshotCallConfEvent."""

    snapshotData: CSTASnapshotCallData


@csta(122, EventClass.CSTAREQUEST, "CSTASnapshotDevice", confirmation="CSTASnapshotDeviceConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotDevice:
    """Ask for the calls of a device and their states; the first state is that of the device itself.

    Source: tsapi.asn CSTASnapshotDevice.
    """

    snapshotObject: DeviceID


@csta(123, EventClass.CSTACONFIRMATION, "CSTASnapshotDeviceConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotDeviceConf:
    """Confirms SnapshotDevice. Source: tsapi.asn CSTASnapshotDeviceConfEvent."""

    snapshotData: CSTASnapshotDeviceData
