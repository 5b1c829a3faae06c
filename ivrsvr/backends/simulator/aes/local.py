"""Services that the AES carries out itself, without the switch."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ivrsvr.backends.base import Confirmation, Pdu
from ivrsvr.backends.simulator.aes.access import PAGE
from ivrsvr.backends.simulator.aes.capabilities import CAPABILITIES, PRIVATE_CAPABILITIES
from ivrsvr.backends.simulator.aes.monitors import Monitor
from ivrsvr.backends.simulator.aes.routing import Registration
from ivrsvr.csta.acs import (
    ACSKeyRequest,
    ACSNameSrvRequest,
    ACSOpenStream,
    ACSRequestPrivileges,
    ACSSetHeartbeatInterval,
    ACSSetHeartbeatIntervalConf,
    ACSSetPrivileges,
)
from ivrsvr.csta.enums import ATTPrivateFilter, LinkState, SDBLevel, SystemStatus
from ivrsvr.csta.errors import AcsFailure, ACSUniversalFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.monitor import ChangeMonitorFilter, ChangeMonitorFilterConf, MonitorStop, MonitorStopConf
from ivrsvr.csta.private.monitor import ATTMonitorConf, ATTMonitorStopOnCall, ATTMonitorStopOnCallConf
from ivrsvr.csta.private.structures import ATTLinkStatus
from ivrsvr.csta.private.system import (
    ATTLinkStatusEvent,
    ATTUseUnifiedDesktopLicense,
    ATTUseUnifiedDesktopLicenseConf,
)
from ivrsvr.csta.route import (
    RouteRegisterCancel,
    RouteRegisterCancelConf,
    RouteRegisterReq,
    RouteRegisterReqConf,
)
from ivrsvr.csta.system import (
    EscapeSvcConf,
    GetAPICaps,
    GetDeviceList,
    GetDeviceListConf,
    QueryCallMonitor,
    QueryCallMonitorConf,
    SysStatReq,
    SysStatReqConf,
    SysStatStart,
    SysStatStartConf,
    SysStatStop,
    SysStatStopConf,
)

if TYPE_CHECKING:
    from ivrsvr.backends.simulator.aes.stream import AesStream

Failure = CSTAUniversalFailure
Handler = Callable[["AesStream", Any, Any], Confirmation]
SHORTEST_HEARTBEAT_S, LONGEST_HEARTBEAT_S = 5, 60


def link_status(stream: "AesStream") -> ATTLinkStatusEvent:
    """The state of the CTI link, as private data of system status."""
    state = LinkState.LS_LINK_UP if stream.aes.link_up else LinkState.LS_LINK_DOWN
    return ATTLinkStatusEvent(linkStatus=ATTLinkStatus(stream.tlink.link, state))


def _monitor(stream: "AesStream", cross_ref: int) -> Monitor:
    try:
        return stream.monitors[cross_ref]
    except KeyError:
        raise CstaFailure(Failure.INVALID_CROSS_REF_ID, f"there is no monitor {cross_ref}") from None


def monitor_stop(stream: "AesStream", pdu: MonitorStop, private: Pdu | None) -> Confirmation:  # noqa: ARG001
    monitor = _monitor(stream, pdu.monitorCrossRefID)
    stream.aes.monitors.remove(monitor)
    stream.ended(monitor.crossRef)
    return Confirmation(MonitorStopConf())


def change_monitor_filter(stream: "AesStream", pdu: ChangeMonitorFilter, private: Pdu | None) -> Confirmation:
    monitor = _monitor(stream, pdu.monitorCrossRefID)
    monitor.filter = pdu.monitorFilter
    monitor.private_filter = getattr(private, "privateFilter", ATTPrivateFilter(0))
    conf = ChangeMonitorFilterConf(monitorFilter=monitor.filter)
    return Confirmation(conf, ATTMonitorConf(usedFilter=monitor.private_filter))


def system_status(stream: "AesStream", pdu: SysStatReq, private: Pdu | None) -> Confirmation:  # noqa: ARG001
    return Confirmation(SysStatReqConf(systemStatus=stream.aes.status), link_status(stream))


def start_system_status(stream: "AesStream", pdu: SysStatStart, private: Pdu | None) -> Confirmation:  # noqa: ARG001
    stream.status_filter = pdu.statusFilter
    return Confirmation(SysStatStartConf(filter=pdu.statusFilter), link_status(stream))


def stop_system_status(stream: "AesStream", pdu: SysStatStop, private: Pdu | None) -> Confirmation:  # noqa: ARG001
    stream.status_filter = None
    return Confirmation(SysStatStopConf())


def capabilities(stream: "AesStream", pdu: GetAPICaps, private: Pdu | None) -> Confirmation:  # noqa: ARG001
    return Confirmation(CAPABILITIES, PRIVATE_CAPABILITIES)


def device_list(stream: "AesStream", pdu: GetDeviceList, private: Pdu | None) -> Confirmation:  # noqa: ARG001
    devices = stream.aes.access.devices(stream.user, pdu.level)
    start = max(pdu.index, 0)
    if pdu.index < -1 or (start and start >= len(devices)):
        raise CstaFailure(Failure.VALUE_OUT_OF_RANGE, f"the list has {len(devices)} devices; begin with index -1")
    end = start + PAGE
    conf = GetDeviceListConf(
        driverSdbLevel=SDBLevel.ACS_AND_CSTA_CHECKING,
        level=pdu.level,
        index=end if end < len(devices) else -1,
        devList=devices[start:end],
    )
    return Confirmation(conf)


def query_call_monitor(stream: "AesStream", pdu: QueryCallMonitor, private: Pdu | None) -> Confirmation:  # noqa: ARG001
    return Confirmation(QueryCallMonitorConf(callMonitor=stream.aes.access.may_monitor_calls(stream.user)))


def set_heartbeat(stream: "AesStream", pdu: ACSSetHeartbeatInterval, private: Pdu | None) -> Confirmation:  # noqa: ARG001
    if not SHORTEST_HEARTBEAT_S <= pdu.heartbeatInterval <= LONGEST_HEARTBEAT_S:
        raise AcsFailure(
            ACSUniversalFailure.TSERVER_INVALID_HEARTBEAT_INTERVAL,
            f"the interval is {SHORTEST_HEARTBEAT_S} to {LONGEST_HEARTBEAT_S} seconds",
        )
    stream.heartbeat_s = pdu.heartbeatInterval
    return Confirmation(ACSSetHeartbeatIntervalConf(heartbeatInterval=pdu.heartbeatInterval))


def register_route(stream: "AesStream", pdu: RouteRegisterReq, private: Pdu | None) -> Confirmation:  # noqa: ARG001
    aes, vdn = stream.aes, pdu.routingDevice
    if not aes.link_up:
        raise CstaFailure(Failure.SERVICE_TERMINATION_REJECTION)
    if vdn and aes.switch.exists(vdn) != "vdn":
        raise CstaFailure(Failure.INVALID_CSTA_DEVICE_IDENTIFIER, f"there is no VDN {vdn!r}")
    aes.access.check_routing(stream.user, vdn)
    aes.access.check_advanced()
    registration = Registration(stream, next(stream.numbers), vdn, stream.tlink.link)
    aes.routes.register(registration)
    return Confirmation(RouteRegisterReqConf(registerReqID=registration.number))


def cancel_route(stream: "AesStream", pdu: RouteRegisterCancel, private: Pdu | None) -> Confirmation:  # noqa: ARG001
    stream.tell_after(stream.aes.routes.cancel(stream, pdu.routeRegisterReqID))
    return Confirmation(RouteRegisterCancelConf(routeRegisterReqID=pdu.routeRegisterReqID))


def out_of_place(stream: "AesStream", pdu: Pdu, private: Pdu | None) -> Confirmation:  # noqa: ARG001
    raise AcsFailure(
        ACSUniversalFailure.TSERVER_INVALID_MESSAGE, f"{type(pdu).__name__} has no place on a stream that is open"
    )


def stop_on_call(stream: "AesStream", pdu: Pdu, private: ATTMonitorStopOnCall) -> Confirmation:  # noqa: ARG001
    """A monitor of the calls via a device lets one of its calls go."""
    monitor = _monitor(stream, private.monitorCrossRefID)
    if not stream.aes.monitors.let_go(monitor, private.call.callID):
        raise CstaFailure(
            Failure.INVALID_CSTA_CALL_IDENTIFIER,
            f"monitor {monitor.crossRef} does not follow call {private.call.callID} via a device",
        )
    return Confirmation(EscapeSvcConf(), ATTMonitorStopOnCallConf())


def use_desktop_licence(stream: "AesStream", pdu: Pdu, private: Pdu) -> Confirmation:  # noqa: ARG001
    """Licences of desktops are not counted here."""
    return Confirmation(EscapeSvcConf(), ATTUseUnifiedDesktopLicenseConf())


ESCAPES: dict[type, Handler] = {
    ATTMonitorStopOnCall: stop_on_call,
    ATTUseUnifiedDesktopLicense: use_desktop_licence,
}
"""Private service, in its newest layout -> what answers it."""

HANDLERS: dict[type, Handler] = {
    ACSKeyRequest: out_of_place,
    ACSNameSrvRequest: out_of_place,
    ACSOpenStream: out_of_place,
    ACSRequestPrivileges: out_of_place,
    ACSSetHeartbeatInterval: set_heartbeat,
    ACSSetPrivileges: out_of_place,
    ChangeMonitorFilter: change_monitor_filter,
    GetAPICaps: capabilities,
    GetDeviceList: device_list,
    MonitorStop: monitor_stop,
    QueryCallMonitor: query_call_monitor,
    RouteRegisterCancel: cancel_route,
    RouteRegisterReq: register_route,
    SysStatReq: system_status,
    SysStatStart: start_system_status,
    SysStatStop: stop_system_status,
}
"""Request -> what answers it."""


def status_of(*, link_up: bool) -> SystemStatus:
    """The system status that goes with the state of the CTI link."""
    return SystemStatus.SS_NORMAL if link_up else SystemStatus.SS_DISABLED
