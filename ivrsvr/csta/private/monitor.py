"""Private data of monitors and snapshots. Source: tsapi.asn, private data PDUs."""

from dataclasses import dataclass

from ivrsvr.csta.enums import ATTPrivateFilter
from ivrsvr.csta.pdu import private
from ivrsvr.csta.types import ConnectionID, CSTAMonitorCrossRefID, CSTASnapshotCallData, DeviceHistory


@private(29, "ATTMonitorFilter", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTMonitorFilter:
    """Private data of MonitorDevice / MonitorCall / MonitorCallsViaDevice / ChangeMonitorFilter request.

    Source: private PDU 29, private-data versions 2+.
    """

    privateFilter: ATTPrivateFilter = ATTPrivateFilter(0)


@private(30, "ATTMonitorConfEvent", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTMonitorConf:
    """Private data of MonitorConf / ChangeMonitorFilterConf. Source: private PDU 30, private-data versions 2+."""

    usedFilter: ATTPrivateFilter = ATTPrivateFilter(0)


@private(31, "ATTMonitorStopOnCall", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTMonitorStopOnCall:
    """Escape service: monitor stop on call. Source: private PDU 31, private-data versions 2+."""

    monitorCrossRefID: CSTAMonitorCrossRefID
    call: ConnectionID


@private(32, "ATTMonitorStopOnCallConfEvent", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTMonitorStopOnCallConf:
    """Escape service confirmed: monitor stop on call. Source: private PDU 32, private-data versions 2+."""


@private(33, "ATTMonitorCallConfEvent", versions=(2, 4))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTMonitorCallConf:
    """Private data of MonitorConf answering MonitorCall. Source: private PDU 33, private-data versions 2-4."""

    usedFilter: ATTPrivateFilter = ATTPrivateFilter(0)
    snapshotCall: CSTASnapshotCallData = ()


@private(94, "ATTMonitorCallConfEventV5", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTMonitorCallConfV5:
    """Private data of MonitorConf answering MonitorCall. Source: private PDU 94, private-data versions 5+."""

    usedFilter: ATTPrivateFilter = ATTPrivateFilter(0)
    snapshotCall: CSTASnapshotCallData = ()


@private(138, "ATTSnapshotCallInfoConfEventV7", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSnapshotCallInfoConfV7:
    """Private data of SnapshotCallConf. Source: private PDU 138, private-data versions 7+."""

    deviceHistory: DeviceHistory = ()


@private(144, "ATTMonitorCallsViaDevice", versions=(7, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTMonitorCallsViaDevice:
    """Private data of MonitorCallsViaDevice request. Source: private PDU 144, private-data versions 7+."""

    privateFilter: ATTPrivateFilter = ATTPrivateFilter(0)
    flowPredictiveCallEvents: bool = False
