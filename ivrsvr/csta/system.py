"""Escape services, system status, capabilities, device lists, failures. Source: TSAPI escape, maintenance and control services."""

from dataclasses import dataclass

from ivrsvr.csta.enums import CSTALevel, SDBLevel, SystemStatus, SystemStatusFilter
from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.csta.pdu import EventClass, csta
from ivrsvr.csta.types import DeviceList


@csta(53, EventClass.CSTACONFIRMATION, "CSTAUniversalFailureConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class UniversalFailureConf:
    """A CSTA request was refused. Source: tsapi.asn CSTAUniversalFailureConfEvent."""

    error: CSTAUniversalFailure


@csta(89, EventClass.CSTAREQUEST, "CSTAEscapeSvc", confirmation="CSTAEscapeSvcConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class EscapeSvc:
    """Carry a private request. Source: tsapi.asn CSTAEscapeSvc."""


@csta(90, EventClass.CSTACONFIRMATION, "CSTAEscapeSvcConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class EscapeSvcConf:
    """Carry the confirmation of a private request. Source: tsapi.asn CSTAEscapeSvcConfEvent."""


@csta(91, EventClass.CSTAUNSOLICITED, "CSTAEscapeSvcReqEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class EscapeSvcReq:
    """Report: escape svc req. Source: tsapi.asn CSTAEscapeSvcReqEvent."""


@csta(92, EventClass.CSTAREQUEST, "CSTAEscapeSvcReqConf")
@dataclass(frozen=True, slots=True, kw_only=True)
class EscapeSvcReqConf:
    """Report: escape svc req conf. Source: tsapi.asn CSTAEscapeSvcReqConf."""

    errorValue: CSTAUniversalFailure


@csta(93, EventClass.CSTAEVENTREPORT, "CSTAPrivateEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class Private:
    """Carry unsolicited private information of the stream. Source: tsapi.asn CSTAPrivateEvent."""


@csta(94, EventClass.CSTAUNSOLICITED, "CSTAPrivateStatusEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateStatus:
    """Carry private information of a monitor. Source: tsapi.asn CSTAPrivateStatusEvent."""


@csta(95, EventClass.CSTAREQUEST, "CSTASendPrivateEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SendPrivate:
    """Send private information one way. Source: tsapi.asn CSTASendPrivateEvent."""


@csta(98, EventClass.CSTAREQUEST, "CSTASysStatReq", confirmation="CSTASysStatReqConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SysStatReq:
    """Ask for the system status. Source: tsapi.asn CSTASysStatReq."""


@csta(99, EventClass.CSTACONFIRMATION, "CSTASysStatReqConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SysStatReqConf:
    """Confirms SysStatReq. Source: tsapi.asn CSTASysStatReqConfEvent."""

    systemStatus: SystemStatus


@csta(100, EventClass.CSTAREQUEST, "CSTASysStatStart", confirmation="CSTASysStatStartConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SysStatStart:
    """Start system-status events; a filter bit set suppresses that state. Source: tsapi.asn CSTASysStatStart."""

    statusFilter: SystemStatusFilter


@csta(101, EventClass.CSTACONFIRMATION, "CSTASysStatStartConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SysStatStartConf:
    """Confirms SysStatStart. Source: tsapi.asn CSTASysStatStartConfEvent."""

    filter: SystemStatusFilter


@csta(102, EventClass.CSTAREQUEST, "CSTASysStatStop", confirmation="CSTASysStatStopConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SysStatStop:
    """Stop system-status events. Source: tsapi.asn CSTASysStatStop."""


@csta(103, EventClass.CSTACONFIRMATION, "CSTASysStatStopConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SysStatStopConf:
    """Confirms SysStatStop. Source: tsapi.asn CSTASysStatStopConfEvent."""


@csta(106, EventClass.CSTAEVENTREPORT, "CSTASysStatEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SysStat:
    """The system status changed. Source: tsapi.asn CSTASysStatEvent."""

    state: SystemStatus


@csta(124, EventClass.CSTAREQUEST, "CSTAGetAPICaps", confirmation="CSTAGetAPICapsConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class GetAPICaps:
    """Ask which services and events are available. Source: tsapi.asn CSTAGetAPICaps."""


@csta(125, EventClass.CSTACONFIRMATION, "CSTAGetAPICapsConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class GetAPICapsConf:
    """Available services and events: 1 yes, 0 no. Source: tsapi.asn CSTAGetAPICapsConfEvent."""

    alternateCall: int = 0
    answerCall: int = 0
    callCompletion: int = 0
    clearCall: int = 0
    clearConnection: int = 0
    conferenceCall: int = 0
    consultationCall: int = 0
    deflectCall: int = 0
    pickupCall: int = 0
    groupPickupCall: int = 0
    holdCall: int = 0
    makeCall: int = 0
    makePredictiveCall: int = 0
    queryMwi: int = 0
    queryDnd: int = 0
    queryFwd: int = 0
    queryAgentState: int = 0
    queryLastNumber: int = 0
    queryDeviceInfo: int = 0
    reconnectCall: int = 0
    retrieveCall: int = 0
    setMwi: int = 0
    setDnd: int = 0
    setFwd: int = 0
    setAgentState: int = 0
    transferCall: int = 0
    eventReport: int = 0
    callClearedEvent: int = 0
    conferencedEvent: int = 0
    connectionClearedEvent: int = 0
    deliveredEvent: int = 0
    divertedEvent: int = 0
    establishedEvent: int = 0
    failedEvent: int = 0
    heldEvent: int = 0
    networkReachedEvent: int = 0
    originatedEvent: int = 0
    queuedEvent: int = 0
    retrievedEvent: int = 0
    serviceInitiatedEvent: int = 0
    transferredEvent: int = 0
    callInformationEvent: int = 0
    doNotDisturbEvent: int = 0
    forwardingEvent: int = 0
    messageWaitingEvent: int = 0
    loggedOnEvent: int = 0
    loggedOffEvent: int = 0
    notReadyEvent: int = 0
    readyEvent: int = 0
    workNotReadyEvent: int = 0
    workReadyEvent: int = 0
    backInServiceEvent: int = 0
    outOfServiceEvent: int = 0
    privateEvent: int = 0
    routeRequestEvent: int = 0
    reRoute: int = 0
    routeSelect: int = 0
    routeUsedEvent: int = 0
    routeEndEvent: int = 0
    monitorDevice: int = 0
    monitorCall: int = 0
    monitorCallsViaDevice: int = 0
    changeMonitorFilter: int = 0
    monitorStop: int = 0
    monitorEnded: int = 0
    snapshotDeviceReq: int = 0
    snapshotCallReq: int = 0
    escapeService: int = 0
    privateStatusEvent: int = 0
    escapeServiceEvent: int = 0
    escapeServiceConf: int = 0
    sendPrivateEvent: int = 0
    sysStatReq: int = 0
    sysStatStart: int = 0
    sysStatStop: int = 0
    changeSysStatFilter: int = 0
    sysStatReqEvent: int = 0
    sysStatReqConf: int = 0
    sysStatEvent: int = 0


@csta(126, EventClass.CSTAREQUEST, "CSTAGetDeviceList", confirmation="CSTAGetDeviceListConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class GetDeviceList:
    """Ask for the devices that this user may use; index -1 starts. Source: tsapi.asn CSTAGetDeviceList."""

    index: int
    level: CSTALevel


@csta(127, EventClass.CSTACONFIRMATION, "CSTAGetDeviceListConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class GetDeviceListConf:
    """At most 20 devices; index is where to go on, -1 at the end. Source: tsapi.asn CSTAGetDeviceListConfEvent."""

    driverSdbLevel: SDBLevel
    level: CSTALevel
    index: int
    devList: DeviceList


@csta(128, EventClass.CSTAREQUEST, "CSTAQueryCallMonitor", confirmation="CSTAQueryCallMonitorConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryCallMonitor:
    """Ask whether call monitors are allowed. Source: tsapi.asn CSTAQueryCallMonitor."""


@csta(129, EventClass.CSTACONFIRMATION, "CSTAQueryCallMonitorConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryCallMonitorConf:
    """Confirms QueryCallMonitor. Source: tsapi.asn CSTAQueryCallMonitorConfEvent."""

    callMonitor: bool
