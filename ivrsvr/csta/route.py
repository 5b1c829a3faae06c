"""Routing: registration and dialogue. Source: ECMA-180 input/output routing; TSAPI routing services."""

from dataclasses import dataclass

from ivrsvr.csta.enums import SelectValue
from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.csta.pdu import EventClass, csta
from ivrsvr.csta.types import (
    ConnectionID,
    DeviceID,
    ExtendedDeviceID,
    RetryValue,
    RouteRegisterReqID,
    RoutingCrossRefID,
    SetUpValues,
)


@csta(78, EventClass.CSTAREQUEST, "CSTARouteRegisterReq", confirmation="CSTARouteRegisterReqConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRegisterReq:
    """Register to route the calls of a VDN; "" registers for all. Source: tsapi.asn CSTARouteRegisterReq."""

    routingDevice: DeviceID


@csta(79, EventClass.CSTACONFIRMATION, "CSTARouteRegisterReqConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRegisterReqConf:
    """Confirms RouteRegisterReq. Source: tsapi.asn CSTARouteRegisterReqConfEvent."""

    registerReqID: RouteRegisterReqID


@csta(80, EventClass.CSTAREQUEST, "CSTARouteRegisterCancel", confirmation="CSTARouteRegisterCancelConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRegisterCancel:
    """Cancel a routing registration. Source: tsapi.asn CSTARouteRegisterCancel."""

    routeRegisterReqID: RouteRegisterReqID


@csta(81, EventClass.CSTACONFIRMATION, "CSTARouteRegisterCancelConfEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRegisterCancelConf:
    """Confirms RouteRegisterCancel. Source: tsapi.asn CSTARouteRegisterCancelConfEvent."""

    routeRegisterReqID: RouteRegisterReqID


@csta(82, EventClass.CSTAEVENTREPORT, "CSTARouteRegisterAbortEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRegisterAbort:
    """The server withdrew a routing registration. Source: tsapi.asn CSTARouteRegisterAbortEvent."""

    routeRegisterReqID: RouteRegisterReqID


@csta(83, EventClass.CSTAREQUEST, "CSTARouteRequestEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRequest:
    """Ask the application for a route (older form with plain device ids). Source: tsapi.asn CSTARouteRequestEvent."""

    routeRegisterReqID: RouteRegisterReqID
    routingCrossRefID: RoutingCrossRefID
    currentRoute: DeviceID
    callingDevice: DeviceID
    routedCall: ConnectionID
    routedSelAlgorithm: SelectValue
    priority: bool
    setupInformation: SetUpValues = b""


@csta(84, EventClass.CSTAREQUEST, "CSTARouteSelectRequest")
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSelectRequest:
    """Answer a route request with a destination. Source: tsapi.asn CSTARouteSelectRequest."""

    routeRegisterReqID: RouteRegisterReqID
    routingCrossRefID: RoutingCrossRefID
    routeSelected: DeviceID
    remainRetry: RetryValue = -2
    setupInformation: SetUpValues = b""
    routeUsedReq: bool


@csta(85, EventClass.CSTAREQUEST, "CSTAReRouteRequest")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReRouteRequest:
    """Ask for another route: the last one could not be used. Source: tsapi.asn CSTAReRouteRequest."""

    routeRegisterReqID: RouteRegisterReqID
    routingCrossRefID: RoutingCrossRefID


@csta(86, EventClass.CSTAEVENTREPORT, "CSTARouteUsedEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteUsed:
    """Tell which route was used (older form). Source: tsapi.asn CSTARouteUsedEvent."""

    routeRegisterReqID: RouteRegisterReqID
    routingCrossRefID: RoutingCrossRefID
    routeUsed: DeviceID
    callingDevice: DeviceID
    domain: bool


@csta(87, EventClass.CSTAEVENTREPORT, "CSTARouteEndEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEnd:
    """End a routing dialogue; cause 0 = no specific failure. Source: tsapi.asn CSTARouteEndEvent."""

    routeRegisterReqID: RouteRegisterReqID
    routingCrossRefID: RoutingCrossRefID
    cause: CSTAUniversalFailure


@csta(88, EventClass.CSTAREQUEST, "CSTARouteEndRequest")
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEndRequest:
    """End a routing dialogue from the application. Source: tsapi.asn CSTARouteEndRequest."""

    routeRegisterReqID: RouteRegisterReqID
    routingCrossRefID: RoutingCrossRefID
    errorValue: CSTAUniversalFailure


@csta(130, EventClass.CSTAREQUEST, "CSTARouteRequestExtEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRequestExt:
    """Ask the application for a route. Source: tsapi.asn CSTARouteRequestExtEvent."""

    routeRegisterReqID: RouteRegisterReqID
    routingCrossRefID: RoutingCrossRefID
    currentRoute: ExtendedDeviceID
    callingDevice: ExtendedDeviceID
    routedCall: ConnectionID
    routedSelAlgorithm: SelectValue
    priority: bool
    setupInformation: SetUpValues = b""


@csta(131, EventClass.CSTAEVENTREPORT, "CSTARouteUsedExtEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteUsedExt:
    """Tell which route was used. Source: tsapi.asn CSTARouteUsedExtEvent."""

    routeRegisterReqID: RouteRegisterReqID
    routingCrossRefID: RoutingCrossRefID
    routeUsed: ExtendedDeviceID
    callingDevice: ExtendedDeviceID
    domain: bool


@csta(132, EventClass.CSTAREQUEST, "CSTARouteSelectRequestInv")
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSelectRequestInv:
    """Answer a route request with a destination; a failure can be confirmed.

    Source: tsapi.asn CSTARouteSelectRequestInv.
    """

    routeRegisterReqID: RouteRegisterReqID
    routingCrossRefID: RoutingCrossRefID
    routeSelected: DeviceID
    remainRetry: RetryValue = -2
    setupInformation: SetUpValues = b""
    routeUsedReq: bool


@csta(133, EventClass.CSTAREQUEST, "CSTARouteEndRequestInv")
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEndRequestInv:
    """End a routing dialogue from the application; a failure can be confirmed.

    Source: tsapi.asn CSTARouteEndRequestInv.
    """

    routeRegisterReqID: RouteRegisterReqID
    routingCrossRefID: RoutingCrossRefID
    errorValue: CSTAUniversalFailure
