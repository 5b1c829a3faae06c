"""Streams, monitors, snapshots, routing and the system."""

from ivrsvr.csta import acs, monitor, route, system
from ivrsvr.csta.enums import (
    CSTALevel,
    StreamType,
    SystemStatusFilter,
)
from ivrsvr.csta.errors import ACSUniversalFailure
from ivrsvr.csta.private import monitor as private_monitor
from ivrsvr.csta.private import route as private_route
from ivrsvr.csta.private import system as private_system
from ivrsvr.csta.types import ConnectionID, CSTAMonitorFilter
from tests.conformance.services.desk import Desk
from tests.conformance.services.scenes import (
    INFO,
    ROUTED,
    Failure,
    Row,
    handshake,
    monitored,
    on,
    plain,
    registered,
    reject,
    select,
    status_told,
    trusted,
    untrusted,
)

ROWS: tuple[Row, ...] = (
    # ---- streams
    Row(
        acs.ACSNameSrvRequest,
        "lists every TLINK",
        plain(acs.ACSNameSrvRequest(streamType=StreamType.ST_CSTA)),
        acs.ACSNameSrvReply,
        stream=False,
    ),
    Row(
        acs.ACSKeyRequest,
        "any login is asked to prove its password, in the reversible form",
        plain(acs.ACSKeyRequest(loginID="nobody")),
        acs.ACSAuthReplyTwo,
        stream=False,
    ),
    Row(
        acs.ACSOpenStream,
        "TLINK, user, password, licence and versions are checked",
        handshake,
        acs.ACSOpenStreamConf,
        stream=False,
    ),
    Row(
        acs.ACSSetHeartbeatInterval,
        "5 to 60 s; heartbeats come only after it",
        plain(acs.ACSSetHeartbeatInterval(heartbeatInterval=5)),
        acs.ACSSetHeartbeatIntervalConf,
        then=("ACSClientHeartbeat",),
    ),
    Row(
        acs.ACSSetHeartbeatInterval,
        "out of range",
        plain(acs.ACSSetHeartbeatInterval(heartbeatInterval=4)),
        ACSUniversalFailure.TSERVER_INVALID_HEARTBEAT_INTERVAL,
    ),
    Row(
        acs.ACSRequestPrivileges,
        "first thing on a trusted application's stream",
        untrusted,
        acs.ACSRequestPrivilegesConf,
        stream=False,
    ),
    Row(
        acs.ACSSetPrivileges,
        "the document must hold the nonce; signatures are not verified",
        on(trusted, lambda nonce: acs.ACSSetPrivileges(xmlData=f"<p>{nonce}</p>")),
        acs.ACSSetPrivilegesConf,
        stream=False,
    ),
    Row(
        acs.ACSCloseStream, "what is outstanding is answered first", plain(acs.ACSCloseStream()), acs.ACSCloseStreamConf
    ),
    Row(acs.ACSAbortStream, "never answered", plain(acs.ACSAbortStream()), None),
    # ---- monitors and snapshots
    Row(
        monitor.MonitorDevice,
        "the calls of a station; log-ins of a split",
        plain(monitor.MonitorDevice(deviceID="104")),
        monitor.MonitorConf,
        private_monitor.ATTMonitorConf,
    ),
    Row(
        private_monitor.ATTMonitorFilter,
        "suppresses private events",
        plain(monitor.MonitorDevice(deviceID="104"), private_monitor.ATTMonitorFilter()),
        monitor.MonitorConf,
        private_monitor.ATTMonitorConf,
    ),
    Row(
        monitor.MonitorCall,
        "one call; begins with a snapshot",
        on(Desk.talk, lambda made: monitor.MonitorCall(call=ConnectionID(made))),
        monitor.MonitorConf,
        private_monitor.ATTMonitorCallConfV5,
    ),
    Row(
        monitor.MonitorCallsViaDevice,
        "every call that enters a VDN or a split without vectors",
        plain(monitor.MonitorCallsViaDevice(deviceID="700")),
        monitor.MonitorConf,
        private_monitor.ATTMonitorConf,
    ),
    Row(
        private_monitor.ATTMonitorCallsViaDevice,
        "suppresses private events; the flow of predictive calls is taken and not used",
        plain(monitor.MonitorCallsViaDevice(deviceID="700"), private_monitor.ATTMonitorCallsViaDevice()),
        monitor.MonitorConf,
        private_monitor.ATTMonitorConf,
    ),
    Row(
        monitor.ChangeMonitorFilter,
        "a bit that is set suppresses",
        on(
            monitored,
            lambda number: monitor.ChangeMonitorFilter(monitorCrossRefID=number, monitorFilter=CSTAMonitorFilter()),
        ),
        monitor.ChangeMonitorFilterConf,
        private_monitor.ATTMonitorConf,
    ),
    Row(
        monitor.MonitorStop,
        "ends a monitor",
        on(monitored, lambda number: monitor.MonitorStop(monitorCrossRefID=number)),
        monitor.MonitorStopConf,
    ),
    Row(
        monitor.MonitorStop,
        "an unknown cross reference",
        plain(monitor.MonitorStop(monitorCrossRefID=99)),
        Failure.INVALID_CROSS_REF_ID,
    ),
    Row(
        monitor.SnapshotCall,
        "the parties of a call",
        on(Desk.talk, lambda made: monitor.SnapshotCall(snapshotObject=ConnectionID(made))),
        monitor.SnapshotCallConf,
        private_monitor.ATTSnapshotCallInfoConfV7,
    ),
    Row(
        monitor.SnapshotDevice,
        "the calls of a device",
        on(Desk.talk, lambda _: monitor.SnapshotDevice(snapshotObject="101")),
        monitor.SnapshotDeviceConf,
    ),
    # ---- routing
    Row(
        route.RouteRegisterReq,
        "the calls of a VDN, or of all that nobody else routes",
        plain(route.RouteRegisterReq(routingDevice="704")),
        route.RouteRegisterReqConf,
    ),
    Row(
        route.RouteRegisterCancel,
        "open dialogues end, their calls go on",
        on(registered, lambda number: route.RouteRegisterCancel(routeRegisterReqID=number)),
        route.RouteRegisterCancelConf,
    ),
    Row(
        route.RouteSelectRequest,
        "the older answer to a route request; no failure is told",
        on(Desk.routed, select(route.RouteSelectRequest)),
        None,
        then=ROUTED,
    ),
    Row(
        route.RouteSelectRequestInv,
        "the answer to a route request",
        on(Desk.routed, select(route.RouteSelectRequestInv)),
        None,
        then=(*ROUTED, "Delivered"),
    ),
    Row(
        private_route.ATTRouteSelect,
        "priority, user-to-user information",
        on(Desk.routed, select(route.RouteSelectRequestInv), private_route.ATTRouteSelect(userInfo=INFO)),
        None,
        then=ROUTED,
        version=5,
    ),
    Row(
        private_route.ATTRouteSelectV6,
        "the same, longer",
        on(Desk.routed, select(route.RouteSelectRequestInv), private_route.ATTRouteSelectV6(userInfo=INFO)),
        None,
        then=ROUTED,
        version=6,
    ),
    Row(
        private_route.ATTRouteSelectV7,
        "the same; rerouting by the network is taken and not used",
        on(Desk.routed, select(route.RouteSelectRequestInv), private_route.ATTRouteSelectV7(userInfo=INFO)),
        None,
        then=ROUTED,
    ),
    Row(
        route.RouteEndRequest,
        "the older refusal; the vector goes on",
        on(Desk.routed, reject(route.RouteEndRequest)),
        None,
        then=("RouteEnd",),
    ),
    Row(
        route.RouteEndRequestInv,
        "the refusal; the vector goes on",
        on(Desk.routed, reject(route.RouteEndRequestInv)),
        None,
        then=("RouteEnd",),
    ),
    Row(
        route.RouteEndRequestInv,
        "an unknown dialogue",
        plain(route.RouteEndRequestInv(routeRegisterReqID=1, routingCrossRefID=1, errorValue=Failure.RESOURCE_BUSY)),
        Failure.INVALID_CROSS_REF_ID,
    ),
    # ---- the system
    Row(
        system.SysStatReq,
        "the state of the CTI link",
        plain(system.SysStatReq()),
        system.SysStatReqConf,
        private_system.ATTLinkStatusEvent,
    ),
    Row(
        system.SysStatStart,
        "changes are told from now on",
        plain(system.SysStatStart(statusFilter=SystemStatusFilter(0))),
        system.SysStatStartConf,
        private_system.ATTLinkStatusEvent,
    ),
    Row(
        system.SysStatStop,
        "changes are told no more",
        on(status_told, lambda _: system.SysStatStop()),
        system.SysStatStopConf,
    ),
    Row(
        system.GetAPICaps,
        "79 numbers, and the private services of the version",
        plain(system.GetAPICaps()),
        system.GetAPICapsConf,
        private_system.ATTGetAPICapsConfV7,
    ),
    Row(
        system.GetDeviceList,
        "the user's devices, 20 at a time",
        plain(system.GetDeviceList(index=-1, level=CSTALevel.CSTA_HOME_WORK_TOP)),
        system.GetDeviceListConf,
    ),
    Row(
        system.GetDeviceList,
        "a level without a list",
        plain(system.GetDeviceList(index=-1, level=CSTALevel.CSTA_CALL_CALL_MONITOR)),
        ACSUniversalFailure.TSERVER_BAD_GET_DEVICE_LEVEL,
    ),
    Row(
        system.QueryCallMonitor,
        "whether the user may monitor calls",
        plain(system.QueryCallMonitor()),
        system.QueryCallMonitorConf,
    ),
)
