"""Queries and settings of a device, agent states included. Source: ECMA-180 device features; TSAPI supplementary services."""

from dataclasses import dataclass

from ivrsvr.csta.enums import AgentMode, AgentState, DeviceClass, DeviceType
from ivrsvr.csta.pdu import EventClass, csta
from ivrsvr.csta.types import AgentID, AgentPassword, CSTAForwardingInfo, DeviceID, ListForwardParameters


@csta(27, EventClass.CSTAREQUEST, "CSTAQueryMwi", confirmation="CSTAQueryMwiConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryMwi:
    """Ask whether the message-waiting lamp is lit. Source: tsapi.asn CSTAQueryMwi."""

    device: DeviceID


@csta(28, EventClass.CSTACONFIRMATION, "CSTAQueryMwiConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryMwiConf:
    """Confirms QueryMwi. Source: tsapi.asn CSTAQueryMwiConfEvent."""

    messages: bool


@csta(29, EventClass.CSTAREQUEST, "CSTAQueryDnd", confirmation="CSTAQueryDndConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryDnd:
    """Ask for do-not-disturb (send all calls). Source: tsapi.asn CSTAQueryDnd."""

    device: DeviceID


@csta(30, EventClass.CSTACONFIRMATION, "CSTAQueryDndConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryDndConf:
    """Confirms QueryDnd. Source: tsapi.asn CSTAQueryDndConfEvent."""

    doNotDisturb: bool


@csta(31, EventClass.CSTAREQUEST, "CSTAQueryFwd", confirmation="CSTAQueryFwdConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFwd:
    """Ask for call forwarding. Source: tsapi.asn CSTAQueryFwd."""

    device: DeviceID


@csta(32, EventClass.CSTACONFIRMATION, "CSTAQueryFwdConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFwdConf:
    """Confirms QueryFwd. Source: tsapi.asn CSTAQueryFwdConfEvent."""

    forward: ListForwardParameters


@csta(33, EventClass.CSTAREQUEST, "CSTAQueryAgentState", confirmation="CSTAQueryAgentStateConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAgentState:
    """Ask for the state of the agent at a station or of a login id. Source: tsapi.asn CSTAQueryAgentState."""

    device: DeviceID


@csta(34, EventClass.CSTACONFIRMATION, "CSTAQueryAgentStateConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAgentStateConf:
    """Confirms QueryAgentState. Source: tsapi.asn CSTAQueryAgentStateConfEvent."""

    agentState: AgentState


@csta(35, EventClass.CSTAREQUEST, "CSTAQueryLastNumber", confirmation="CSTAQueryLastNumberConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLastNumber:
    """Ask for the last number dialled. Source: tsapi.asn CSTAQueryLastNumber."""

    device: DeviceID


@csta(36, EventClass.CSTACONFIRMATION, "CSTAQueryLastNumberConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLastNumberConf:
    """Confirms QueryLastNumber. Source: tsapi.asn CSTAQueryLastNumberConfEvent."""

    lastNumber: DeviceID


@csta(37, EventClass.CSTAREQUEST, "CSTAQueryDeviceInfo", confirmation="CSTAQueryDeviceInfoConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryDeviceInfo:
    """Ask for the type and class of a device. Source: tsapi.asn CSTAQueryDeviceInfo."""

    device: DeviceID


@csta(38, EventClass.CSTACONFIRMATION, "CSTAQueryDeviceInfoConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class QueryDeviceInfoConf:
    """Confirms QueryDeviceInfo. Source: tsapi.asn CSTAQueryDeviceInfoConfEvent."""

    device: DeviceID
    deviceType: DeviceType
    deviceClass: DeviceClass


@csta(43, EventClass.CSTAREQUEST, "CSTASetMwi", confirmation="CSTASetMwiConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SetMwi:
    """Switch the message-waiting lamp. Source: tsapi.asn CSTASetMwi."""

    device: DeviceID
    messages: bool


@csta(44, EventClass.CSTACONFIRMATION, "CSTASetMwiConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SetMwiConf:
    """Confirms SetMwi. Source: tsapi.asn CSTASetMwiConfEvent."""


@csta(45, EventClass.CSTAREQUEST, "CSTASetDnd", confirmation="CSTASetDndConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SetDnd:
    """Switch do-not-disturb (send all calls). Source: tsapi.asn CSTASetDnd."""

    device: DeviceID
    doNotDisturb: bool


@csta(46, EventClass.CSTACONFIRMATION, "CSTASetDndConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SetDndConf:
    """Confirms SetDnd. Source: tsapi.asn CSTASetDndConfEvent."""


@csta(47, EventClass.CSTAREQUEST, "CSTASetFwd", confirmation="CSTASetFwdConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SetFwd:
    """Set or cancel call forwarding. Source: tsapi.asn CSTASetFwd."""

    device: DeviceID
    forward: CSTAForwardingInfo


@csta(48, EventClass.CSTACONFIRMATION, "CSTASetFwdConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SetFwdConf:
    """Confirms SetFwd. Source: tsapi.asn CSTASetFwdConfEvent."""


@csta(49, EventClass.CSTAREQUEST, "CSTASetAgentState", confirmation="CSTASetAgentStateConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgentState:
    """Log an agent in or out, or change the work mode. Source: tsapi.asn CSTASetAgentState."""

    device: DeviceID
    agentMode: AgentMode
    agentID: AgentID
    agentGroup: DeviceID
    agentPassword: AgentPassword


@csta(50, EventClass.CSTACONFIRMATION, "CSTASetAgentStateConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgentStateConf:
    """Confirms SetAgentState. Source: tsapi.asn CSTASetAgentStateConfEvent."""
