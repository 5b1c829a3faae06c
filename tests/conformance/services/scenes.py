"""What a row of the table of requests is, and the scenes that its requests need."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ivrsvr.csta import acs, monitor, query, route, system
from ivrsvr.csta.enums import (
    AgentMode,
    SystemStatusFilter,
    UUIProtocolType,
)
from ivrsvr.csta.errors import ACSUniversalFailure, CSTAUniversalFailure
from ivrsvr.csta.private import call as private_call
from ivrsvr.csta.private import monitor as private_monitor
from ivrsvr.csta.private.structures import ATTUserToUserInfo
from ivrsvr.csta.types import ConnectionID
from tests.conformance.services.desk import Desk

Asked = tuple[Any, Any]
Scene = Callable[[Desk], Awaitable[Asked]]
Failure = CSTAUniversalFailure
INFO = ATTUserToUserInfo(UUIProtocolType.UUI_IA5_ASCII, b"customer 4711")
MADE = ("ServiceInitiated", "Originated", "Delivered")


@dataclass(frozen=True, slots=True)
class Row:
    """One request.

    request: the PDU type that the row is for.
    what:    what it does here; for people.
    scene:   prepares, and gives the PDU to send with its private data.
    answer:  the confirmation's type, the failure, or None where nothing answers.
    private: the confirmation's private data.
    then:    names of PDUs that follow, in this order, among others.
    version: of the private data, in which the row's layouts are in use.
    stream:  whether a stream is open before the scene begins.
    """

    request: type
    what: str
    scene: Scene
    answer: type | CSTAUniversalFailure | ACSUniversalFailure | None
    private: type | None = None
    then: tuple[str, ...] = ()
    version: int = 10
    stream: bool = True


def plain(pdu: Any, private: Any = None) -> Scene:
    """No preparation."""

    async def scene(desk: Desk) -> Asked:  # noqa: ARG001
        return pdu, private

    return scene


def on(prepare: Callable[[Desk], Awaitable[Any]], make: Callable[[Any], Any], private: Any = None) -> Scene:
    """A request about what the preparation gave. private: a value, or a function of the same."""

    async def scene(desk: Desk) -> Asked:
        given = await prepare(desk)
        return make(given), private(given) if callable(private) else private

    return scene


def escape(private: Any) -> Scene:
    """An escape service without preparation."""
    return plain(system.EscapeSvc(), private)


def escape_on(prepare: Callable[[Desk], Awaitable[Any]], make: Callable[[Any], Any]) -> Scene:
    """An escape service about what the preparation gave."""
    return on(prepare, lambda _: system.EscapeSvc(), make)


def own(call_id: int) -> ConnectionID:
    """101's connection."""
    return ConnectionID(call_id, "101")


def other(call_id: int) -> ConnectionID:
    """102's connection."""
    return ConnectionID(call_id, "102")


# ---- scenes that are more than a call


async def handshake(desk: Desk) -> Asked:
    desk.challenge = (await desk.ask(acs.ACSKeyRequest(loginID="ivrsvr"))).pdu
    return desk.opening(), None


async def trusted(desk: Desk) -> Any:
    await desk.open(trusted=True)
    return (await desk.ask(acs.ACSRequestPrivileges())).pdu.nonce


async def untrusted(desk: Desk) -> Asked:
    await desk.open(trusted=True)
    return acs.ACSRequestPrivileges(), None


async def monitored(desk: Desk) -> int:
    return await desk.watch("104")


async def registered(desk: Desk) -> int:
    number: int = (await desk.ask(route.RouteRegisterReq(routingDevice="704"))).pdu.registerReqID
    return number


async def agent(desk: Desk) -> None:
    await desk.agent()


async def via(desk: Desk) -> private_monitor.ATTMonitorStopOnCall:
    monitored_via = (await desk.ask(monitor.MonitorCallsViaDevice(deviceID="700"))).pdu.monitorCrossRefID
    outside = desk.simulator.people.call_in("0301234567", "700", trunk_group="5")
    return private_monitor.ATTMonitorStopOnCall(monitorCrossRefID=monitored_via, call=ConnectionID(outside.callID))


async def deaf(desk: Desk) -> int:
    made = await desk.talk()
    hold = private_call.ATTSelectiveListeningHold(subjectConnection=own(made), allParties=True)
    await desk.ask(system.EscapeSvc(), hold)
    return made


async def status_told(desk: Desk) -> None:
    await desk.ask(system.SysStatStart(statusFilter=SystemStatusFilter(0)))


def select(kind: Any) -> Callable[[Any], Any]:
    """A destination for a route request, and the wish to be told which route was used."""
    return lambda asked: kind(
        routeRegisterReqID=asked.routeRegisterReqID,
        routingCrossRefID=asked.routingCrossRefID,
        routeSelected="102",
        routeUsedReq=True,
    )


def reject(kind: Any) -> Callable[[Any], Any]:
    """No destination."""
    return lambda asked: kind(
        routeRegisterReqID=asked.routeRegisterReqID,
        routingCrossRefID=asked.routingCrossRefID,
        errorValue=Failure.RESOURCE_BUSY,
    )


def state(mode: AgentMode, **given: str) -> query.SetAgentState:
    """A request of agent 12345 at 101."""
    values = {"agentID": "", "agentGroup": "", "agentPassword": "", **given}
    return query.SetAgentState(device="101", agentMode=mode, **values)


ROUTED = ("RouteUsedExt", "RouteEnd")
