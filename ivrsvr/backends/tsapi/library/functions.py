"""The library's functions: which one asks for which PDU. A function takes the members of its PDU in their order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivrsvr.csta import call, monitor, query, route, system


@dataclass(frozen=True, slots=True)
class Function:
    """How a request is asked for.

    flat:    a structure whose own members are parameters.
    invoke:  it takes an invoke id, and is confirmed.
    private: it takes private data.
    """

    name: str
    flat: str = ""
    invoke: bool = True
    private: bool = True


FUNCTIONS: Mapping[type[Any], Function] = {
    # ---- calls
    call.AlternateCall: Function("cstaAlternateCall"),
    call.AnswerCall: Function("cstaAnswerCall"),
    call.CallCompletion: Function("cstaCallCompletion"),
    call.ClearCall: Function("cstaClearCall"),
    call.ClearConnection: Function("cstaClearConnection"),
    call.ConferenceCall: Function("cstaConferenceCall"),
    call.ConsultationCall: Function("cstaConsultationCall"),
    call.DeflectCall: Function("cstaDeflectCall"),
    call.PickupCall: Function("cstaPickupCall"),
    call.GroupPickupCall: Function("cstaGroupPickupCall"),
    call.HoldCall: Function("cstaHoldCall"),
    call.MakeCall: Function("cstaMakeCall"),
    call.MakePredictiveCall: Function("cstaMakePredictiveCall"),
    call.ReconnectCall: Function("cstaReconnectCall"),
    call.RetrieveCall: Function("cstaRetrieveCall"),
    call.TransferCall: Function("cstaTransferCall"),
    # ---- questions and settings
    query.QueryMwi: Function("cstaQueryMsgWaitingInd"),
    query.QueryDnd: Function("cstaQueryDoNotDisturb"),
    query.QueryFwd: Function("cstaQueryForwarding"),
    query.QueryAgentState: Function("cstaQueryAgentState"),
    query.QueryLastNumber: Function("cstaQueryLastNumber"),
    query.QueryDeviceInfo: Function("cstaQueryDeviceInfo"),
    query.SetMwi: Function("cstaSetMsgWaitingInd"),
    query.SetDnd: Function("cstaSetDoNotDisturb"),
    query.SetFwd: Function("cstaSetForwarding", flat="forward"),
    query.SetAgentState: Function("cstaSetAgentState"),
    # ---- routing
    route.RouteRegisterReq: Function("cstaRouteRegisterReq"),
    route.RouteRegisterCancel: Function("cstaRouteRegisterCancel"),
    route.RouteSelectRequest: Function("cstaRouteSelect", invoke=False),
    route.RouteEndRequest: Function("cstaRouteEnd", invoke=False),
    route.RouteSelectRequestInv: Function("cstaRouteSelectInv"),
    route.RouteEndRequestInv: Function("cstaRouteEndInv"),
    # ---- monitors
    monitor.MonitorDevice: Function("cstaMonitorDevice"),
    monitor.MonitorCall: Function("cstaMonitorCall"),
    monitor.MonitorCallsViaDevice: Function("cstaMonitorCallsViaDevice"),
    monitor.ChangeMonitorFilter: Function("cstaChangeMonitorFilter"),
    monitor.MonitorStop: Function("cstaMonitorStop"),
    monitor.SnapshotCall: Function("cstaSnapshotCallReq"),
    monitor.SnapshotDevice: Function("cstaSnapshotDeviceReq"),
    # ---- the system
    system.EscapeSvc: Function("cstaEscapeService"),
    system.SendPrivate: Function("cstaSendPrivateEvent", invoke=False),
    system.SysStatReq: Function("cstaSysStatReq"),
    system.SysStatStart: Function("cstaSysStatStart"),
    system.SysStatStop: Function("cstaSysStatStop"),
    system.GetAPICaps: Function("cstaGetAPICaps", private=False),
    system.GetDeviceList: Function("cstaGetDeviceList", private=False),
    system.QueryCallMonitor: Function("cstaQueryCallMonitor", private=False),
}
"""Request -> function. Requests that are not here cannot be asked for through the library."""
