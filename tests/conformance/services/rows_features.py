"""Settings, queries and agents."""

from ivrsvr.csta import query
from ivrsvr.csta.enums import (
    AgentMode,
    ForwardingType,
)
from ivrsvr.csta.enums import ATTWorkMode as WorkMode
from ivrsvr.csta.private import query as private_query
from ivrsvr.csta.types import CSTAForwardingInfo
from tests.conformance.services.scenes import (
    Failure,
    Row,
    agent,
    on,
    plain,
    state,
)

LOG_IN = state(AgentMode.AM_LOG_IN, agentID="12345", agentPassword="67890")

ROWS: tuple[Row, ...] = (
    # ---- settings and queries
    Row(
        query.QueryMwi,
        "message waiting lamp",
        plain(query.QueryMwi(device="101")),
        query.QueryMwiConf,
        private_query.ATTQueryMwiConf,
    ),
    Row(query.QueryDnd, "send all calls", plain(query.QueryDnd(device="101")), query.QueryDndConf),
    Row(query.QueryFwd, "call forwarding", plain(query.QueryFwd(device="101")), query.QueryFwdConf),
    Row(
        query.QueryAgentState,
        "state of the agent at a station",
        on(agent, lambda _: query.QueryAgentState(device="101")),
        query.QueryAgentStateConf,
        private_query.ATTQueryAgentStateConfV6,
    ),
    Row(
        private_query.ATTQueryAgentState,
        "names the split",
        on(agent, lambda _: query.QueryAgentState(device="101"), private_query.ATTQueryAgentState(split="201")),
        query.QueryAgentStateConf,
        private_query.ATTQueryAgentStateConfV6,
    ),
    Row(
        query.QueryLastNumber,
        "Communication Manager does not offer it",
        plain(query.QueryLastNumber(device="101")),
        Failure.INVALID_FEATURE,
    ),
    Row(
        query.QueryDeviceInfo,
        "type and class of a device",
        plain(query.QueryDeviceInfo(device="700")),
        query.QueryDeviceInfoConf,
        private_query.ATTQueryDeviceInfoConfV5,
    ),
    Row(
        query.QueryDeviceInfo,
        "a made-up device, as Java clients ask",
        plain(query.QueryDeviceInfo(device="AllRouteAddress")),
        Failure.INVALID_CSTA_DEVICE_IDENTIFIER,
    ),
    Row(
        query.SetMwi,
        "message waiting lamp on or off",
        plain(query.SetMwi(device="101", messages=True)),
        query.SetMwiConf,
    ),
    Row(
        query.SetDnd, "send all calls on or off", plain(query.SetDnd(device="101", doNotDisturb=True)), query.SetDndConf
    ),
    Row(
        query.SetFwd,
        "call forwarding on or off",
        plain(query.SetFwd(device="101", forward=CSTAForwardingInfo(ForwardingType.FWD_IMMEDIATE, True, "102"))),
        query.SetFwdConf,
    ),
    Row(
        query.SetAgentState,
        "log-in, log-out and work modes",
        plain(LOG_IN, private_query.ATTSetAgentStateV5(workMode=WorkMode.WM_AUX_WORK)),
        query.SetAgentStateConf,
        private_query.ATTSetAgentStateConf,
    ),
    Row(
        query.SetAgentState,
        "log-out",
        on(agent, lambda _: state(AgentMode.AM_LOG_OUT, agentID="12345")),
        query.SetAgentStateConf,
        private_query.ATTSetAgentStateConf,
    ),
    Row(
        private_query.ATTSetAgentState,
        "work mode",
        plain(LOG_IN, private_query.ATTSetAgentState(workMode=WorkMode.WM_AUX_WORK)),
        query.SetAgentStateConf,
        version=4,
    ),
    Row(
        private_query.ATTSetAgentStateV5,
        "work mode and reason",
        on(
            agent,
            lambda _: state(AgentMode.AM_NOT_READY),
            private_query.ATTSetAgentStateV5(workMode=WorkMode.WM_AUX_WORK, reasonCode=3),
        ),
        query.SetAgentStateConf,
        private_query.ATTSetAgentStateConf,
    ),
    Row(
        private_query.ATTSetAgentStateV6,
        "work mode, reason, pending",
        on(
            agent,
            lambda _: state(AgentMode.AM_READY),
            private_query.ATTSetAgentStateV6(workMode=WorkMode.WM_AUTO_IN, enablePending=True),
        ),
        query.SetAgentStateConf,
        private_query.ATTSetAgentStateConf,
    ),
)
