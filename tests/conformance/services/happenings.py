"""What a server may send, and when ours does: a day at one desk, and what is never sent, with the reason."""

from collections.abc import Iterator

from ivrsvr.csta import acs, call, monitor, query, route, system
from ivrsvr.csta.enums import AgentMode, ATTWorkMode, CollectCodeType, CSTALevel, SystemStatusFilter
from ivrsvr.csta.errors import ACSUniversalFailure
from ivrsvr.csta.private import call as private_call
from ivrsvr.csta.private import query as private_query
from ivrsvr.csta.private import route as private_route
from ivrsvr.csta.private.structures import ATTUserCollectCode
from ivrsvr.csta.types import ConnectionID
from tests.conformance.services.desk import Desk
from tests.conformance.services.scenes import own, select, state

NO_FEATURE_EVENTS = "Communication Manager reports no feature events"
NO_AGENT_MODES = "Communication Manager reports log-in and log-out only; ask for the agent's state"
REFUSED = "the service is not offered"
NOT_OBSERVED = "no switch was seen to send it, and clients ignore it"

NEVER: dict[str, str] = {
    "CSTACallCompletionConfEvent": REFUSED,
    "CSTAGroupPickupCallConfEvent": REFUSED,
    "CSTAQueryLastNumberConfEvent": REFUSED,
    "CSTACallInformationEvent": NOT_OBSERVED,
    "CSTADoNotDisturbEvent": NO_FEATURE_EVENTS,
    "CSTAForwardingEvent": NO_FEATURE_EVENTS,
    "CSTAMessageWaitingEvent": NO_FEATURE_EVENTS,
    "CSTANotReadyEvent": NO_AGENT_MODES,
    "CSTAReadyEvent": NO_AGENT_MODES,
    "CSTAWorkNotReadyEvent": NO_AGENT_MODES,
    "CSTAWorkReadyEvent": NO_AGENT_MODES,
    "CSTAReRouteRequest": "Communication Manager ends a dialogue whose route fails",
    "CSTAEscapeSvcReqEvent": NOT_OBSERVED,
    "CSTABackInServiceEvent": NOT_OBSERVED,
    "CSTAOutOfServiceEvent": NOT_OBSERVED,
    "ATTChargeAdvice": REFUSED,
    "ATTSetBillRateConfEvent": REFUSED,
    "ATTSetAdviceOfChargeConfEvent": REFUSED,
    "ATTPChallenge": REFUSED,
    "ATTAgentModeChangeEvent": NO_AGENT_MODES,
}
"""PDU -> why the simulated AES never sends it."""


async def day(desk: Desk) -> None:
    """Everything that this AES sends on a stream, in the layouts of the stream's version."""
    people = desk.simulator.people
    await desk.open()
    await desk.watch(*desk.WATCHED, "201")
    await desk.ask(monitor.MonitorCallsViaDevice(deviceID="700"))
    await _ask_everything(desk)
    await _agents(desk)
    await _calls(desk)
    outside = await desk.call("103", "90301234567")
    for action in ("progress", "ring", "answer", "hangup"):
        people.party(f"T{outside}", action)
        await desk.settle()
    people.lift("110")
    await desk.call("103", "110")
    await desk.settle(60)
    await _routing(desk)
    await desk.ask(route.RouteRegisterReq(routingDevice="704"))
    desk.simulator.link("down")
    await desk.settle()
    desk.simulator.link("up")
    await desk.settle()
    desk.simulator.aes.shut_down(ACSUniversalFailure.TSERVER_DRIVER_UNREGISTERED)
    await desk.settle()


async def _ask_everything(desk: Desk) -> None:
    for seconds in (4, 60):
        await desk.ask(acs.ACSSetHeartbeatInterval(heartbeatInterval=seconds))
    await desk.settle(60)
    await desk.ask(system.GetAPICaps())
    await desk.ask(system.GetDeviceList(index=-1, level=CSTALevel.CSTA_HOME_WORK_TOP))
    await desk.ask(system.SysStatStart(statusFilter=SystemStatusFilter(0)))
    for device in ("101", "201", "700"):
        await desk.ask(query.QueryDeviceInfo(device=device))
        await desk.ask(system.EscapeSvc(), private_query.ATTQueryDeviceName(device=device))
    await desk.ask(system.EscapeSvc(), private_query.ATTQueryStationStatusV10(device="101"))


async def _agents(desk: Desk) -> None:
    log_in = state(AgentMode.AM_LOG_IN, agentID="12345", agentPassword="67890")
    await desk.ask(log_in, private_query.ATTSetAgentStateV6(workMode=ATTWorkMode.WM_AUX_WORK))
    await desk.ask(query.QueryAgentState(device="101"))
    await desk.ask(system.EscapeSvc(), private_query.ATTQueryAgentLogin(device="201"))
    queued = desk.simulator.people.call_in("0301234567", "700", trunk_group="5")
    await desk.settle(10)
    desk.simulator.people.party(queued.party, "hangup")
    await desk.ask(state(AgentMode.AM_LOG_OUT, agentID="12345"))


async def _calls(desk: Desk) -> None:
    """Conference, transfer and the like, each followed by a call monitor to its end."""
    for kind in (call.ConferenceCall, call.TransferCall):
        held, active = await desk.consult()
        await desk.ask(monitor.MonitorCall(call=ConnectionID(active.callID)))
        await desk.ask(kind(heldCall=held, activeCall=active))
        for call_id in (held.callID, active.callID):
            await desk.send(call.ClearCall(call=ConnectionID(call_id)))
    made = await desk.talk()
    transfer = private_call.ATTSingleStepTransferCall(activeCall=own(made), transferredTo="103")
    await desk.send(system.EscapeSvc(), transfer if (desk.version or 0) >= 8 else None)
    await desk.send(monitor.SnapshotCall(snapshotObject=ConnectionID(made)))
    await desk.ask(call.ClearCall(call=ConnectionID(made)))
    ringing = await desk.call()
    await desk.ask(call.DeflectCall(deflectCall=ConnectionID(ringing, "102"), calledDevice="103"))
    await desk.ask(call.ClearCall(call=ConnectionID(ringing)))
    held = own(await desk.hold())
    await desk.ask(call.RetrieveCall(heldCall=held))
    await desk.ask(call.ClearCall(call=held))


async def _routing(desk: Desk) -> None:
    """A route whose application wants two digits of the caller."""
    asked = await desk.routed()
    await desk.ask(monitor.MonitorCall(call=ConnectionID(asked.routedCall.callID)))
    wanted = private_route.ATTRouteSelectV7(collectCode=ATTUserCollectCode(CollectCodeType.UC_TONE_DETECTOR, 2))
    await desk.send(select(route.RouteSelectRequestInv)(asked), wanted if (desk.version or 0) >= 7 else None)
    desk.simulator.people.party(asked.routedCall.deviceID, "press", "42")
    await desk.settle()
    await desk.ask(route.RouteRegisterCancel(routeRegisterReqID=asked.routeRegisterReqID))


async def older(desk: Desk) -> None:
    """A stream of API version 1: the older routing PDUs."""
    await desk.open(api="TS1")
    asked = await desk.routed()
    await desk.send(select(route.RouteSelectRequest)(asked))
    await desk.ask(acs.ACSCloseStream())


def kinds(desk: Desk) -> Iterator[type]:
    """The types of everything that came."""
    for one in desk.mail:
        yield type(one.pdu)
        if one.private is not None:
            yield type(one.private)
