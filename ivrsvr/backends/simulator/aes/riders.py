"""Which private data means something on which request. Source: pdus.json, what private PDUs accompany.

Real clients put private data on requests that have no use for it (real-clients.md); it is dropped before anybody reads
fields in it that it does not have.
"""

from ivrsvr.backends.base import Pdu
from ivrsvr.csta.call import ClearConnection, ConsultationCall, MakeCall, MakePredictiveCall, ReconnectCall
from ivrsvr.csta.monitor import ChangeMonitorFilter, MonitorCall, MonitorCallsViaDevice, MonitorDevice
from ivrsvr.csta.private.call import (
    ATTClearConnectionV6,
    ATTConsultationCallV10,
    ATTDirectAgentCallV6,
    ATTMakeCallV6,
    ATTMakePredictiveCallV6,
    ATTReconnectCallV6,
    ATTSupervisorAssistCallV6,
)
from ivrsvr.csta.private.monitor import ATTMonitorCallsViaDevice, ATTMonitorFilter
from ivrsvr.csta.private.query import ATTQueryAgentState, ATTSetAgentStateV6
from ivrsvr.csta.private.route import ATTRouteSelectV7
from ivrsvr.csta.query import QueryAgentState, SetAgentState
from ivrsvr.csta.route import RouteSelectRequest, RouteSelectRequestInv
from ivrsvr.csta.system import EscapeSvc

RIDERS: dict[type, tuple[type, ...]] = {
    ChangeMonitorFilter: (ATTMonitorFilter,),
    ClearConnection: (ATTClearConnectionV6,),
    ConsultationCall: (ATTConsultationCallV10, ATTDirectAgentCallV6, ATTSupervisorAssistCallV6),
    MakeCall: (ATTMakeCallV6, ATTDirectAgentCallV6, ATTSupervisorAssistCallV6),
    MakePredictiveCall: (ATTMakePredictiveCallV6,),
    MonitorCall: (ATTMonitorFilter,),
    MonitorCallsViaDevice: (ATTMonitorCallsViaDevice, ATTMonitorFilter),
    MonitorDevice: (ATTMonitorFilter,),
    QueryAgentState: (ATTQueryAgentState,),
    ReconnectCall: (ATTReconnectCallV6,),
    RouteSelectRequest: (ATTRouteSelectV7,),
    RouteSelectRequestInv: (ATTRouteSelectV7,),
    SetAgentState: (ATTSetAgentStateV6,),
}
"""Request -> the private data that it may carry, in the newest layout. EscapeSvc carries a service of any kind."""


def rider(pdu: Pdu, private: Pdu | None) -> Pdu | None:
    """The private data of a request, if it belongs there."""
    if isinstance(pdu, EscapeSvc) or isinstance(private, RIDERS.get(type(pdu), ())):
        return private
    return None
