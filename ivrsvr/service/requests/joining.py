"""Transfer and conference, in one step or two; joining and listening in one step."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from pydantic import Field

from ivrsvr.backends.base import LinkDown
from ivrsvr.clock import Clock
from ivrsvr.csta.call import ConferenceCall, ConsultationCall, TransferCall
from ivrsvr.csta.enums import ConnectionIDDevice, LocalConnectionState, ParticipationType
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.errors import AcsFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.private.call import (
    ATTConsultationCallV10,
    ATTSelectiveListeningHold,
    ATTSelectiveListeningHoldConf,
    ATTSelectiveListeningRetrieve,
    ATTSelectiveListeningRetrieveConf,
    ATTSingleStepConferenceCall,
    ATTSingleStepConferenceCallConf,
    ATTSingleStepTransferCall,
    ATTSingleStepTransferCallConfV9,
)
from ivrsvr.csta.types import ConnectionID, CSTASnapshotCallResponseInfo
from ivrsvr.registry import Caller, Device, Done, RequestError, Response
from ivrsvr.service.errors import refusal
from ivrsvr.service.live import CLEARABLE, HELD, Leg, Wish, choose
from ivrsvr.service.monitors import Subscription
from ivrsvr.service.parts import Parts
from ivrsvr.service.requests.calls import CALL, active, give_back
from ivrsvr.service.requests.declare import Data, Destination, OfCall, Party, answer, entry
from ivrsvr.service.subscribers import Subscriber

log = logging.getLogger(__name__)

F = CSTAUniversalFailure
State = LocalConnectionState

FAILURES = (CstaFailure, AcsFailure, LinkDown, RequestError)

POLL_S = 0.25
"""How often a single-step transfer looks whether the consulted side can be joined, when no event wakes it."""

ON_ITS_WAY = frozenset({State.CS_ALERTING, State.CS_CONNECT, State.CS_QUEUED, State.CS_HOLD})
"""States of the consulted side in which the calls can be joined."""

OUTCOMES: dict[int, tuple[CSTAUniversalFailure, str]] = {
    Cause.EC_BUSY: (F.RESOURCE_BUSY, "is busy"),
    Cause.EC_NO_AVAILABLE_AGENTS: (F.RESOURCE_BUSY, "has no agent who could take the call"),
    Cause.EC_TRUNKS_BUSY: (F.RESOURCE_BUSY, "cannot be reached: all trunks are busy"),
    Cause.EC_RESOURCES_NOT_AVAILABLE: (F.RESOURCE_OUT_OF_SERVICE, "cannot be reached: no trunk is in service"),
    Cause.EC_DESTINATION_OUT_OF_ORDER: (F.RESOURCE_OUT_OF_SERVICE, "is out of order"),
    Cause.EC_INCOMPATIBLE_DESTINATION: (F.INVALID_DESTINATION, "cannot take a call of this kind"),
    Cause.EC_NETWORK_CONGESTION: (F.NETWORK_BUSY, "cannot be reached: the network is congested"),
    Cause.EC_DEST_NOT_OBTAINABLE: (F.INVALID_DESTINATION, "does not exist"),
    Cause.EC_UNASSIGNED_NUMBER: (F.INVALID_DESTINATION, "does not exist"),
    Cause.EC_REORDER_TONE: (F.PRIVILEGE_VIOLATION_ON_CALLED_DEVICE, "must not be called from here"),
}
"""Cause of a Failed event -> what a single-step request is refused with, and the rest of a sentence about it."""


class JoinRequest(OfCall):
    destination: Annotated[
        Device | None,
        Field(description="Whom to call first; may be left out when the extension has a held and an active call."),
    ] = None
    data: Data = ""


async def transfer(parts: Parts, request: JoinRequest, _caller: Caller) -> Done:
    await _join(parts, request, TransferCall, "transfer")
    return Done()


async def conference(parts: Parts, request: JoinRequest, _caller: Caller) -> Done:
    await _join(parts, request, ConferenceCall, "conference")
    return Done()


async def _join(parts: Parts, request: JoinRequest, service: type[Any], what: str) -> None:
    """Two-step where the extension has a held and an active call, single-step where it only has an active one.

    Decided from a snapshot, never from the model: a wrong guess would call somebody.
    """
    extension = request.extension
    legs = await parts.live.legs(extension)
    talking = [leg for leg in legs if leg.state in CLEARABLE]
    waiting = [leg for leg in legs if leg.state in HELD]
    wish = Wish(CLEARABLE, F.NO_ACTIVE_CALL, f"active call to {what}")
    now = choose(extension, wish, talking, legs)
    if waiting:
        before = await _held_one(parts, request, waiting, legs, what)
        await _complete(parts, extension, service, before.connection, now.connection)
    elif request.destination:
        _check_other(extension, request.destination, what)
        await _single_step(parts, request, request.destination, service, now.connection)
    else:
        raise refusal(
            F.NO_HELD_CALL,
            f"extension {extension} has no held call to {what}; give a destination for a single-step {what}",
        )


def _check_other(extension: str, destination: str, what: str) -> None:
    """Raises RequestError where an extension is to be joined to its own call: the switch would do something odd."""
    if destination == extension:
        text = f"extension {extension} is on the call itself and cannot be the destination of its own {what}"
        raise refusal(F.GENERIC_STATE_INCOMPATIBILITY, text)


async def _held_one(parts: Parts, request: JoinRequest, waiting: list[Leg], legs: list[Leg], what: str) -> Leg:
    """Which held call is meant: by `callid`; of several, by `destination`."""
    fitting = waiting
    if request.callid is not None:
        fitting = [leg for leg in waiting if leg.connection.callID == request.callid]
    if len(fitting) > 1 and request.destination:
        fitting = await parts.live.with_party(fitting, request.destination) or fitting
    wish = Wish(HELD, F.NO_HELD_CALL, f"held call to {what}", request.callid)
    return choose(request.extension, wish, fitting, legs)


async def _complete(parts: Parts, extension: str, service: type[Any], before: ConnectionID, now: ConnectionID) -> None:
    await parts.line.ask(service(heldCall=before, activeCall=now))
    parts.live.changed(extension)


async def _single_step(
    parts: Parts, request: JoinRequest, destination: str, service: type[Any], now: ConnectionID
) -> None:
    """Consult the destination and join as soon as the consulted side is on its way.

    Where it cannot be reached, the extension gets its first call back and the caller is told why.
    """
    extension = request.extension
    private = ATTConsultationCallV10(userInfo=await parts.userdata.attach(request.data))
    # Monitored before it calls: only the Failed event tells a busy tone, and it comes but once.
    async with _watching(parts, extension) as news:
        made = await parts.line.ask(ConsultationCall(activeCall=now, calledDevice=destination), private)
        consulted = made.pdu.newCall
        parts.live.changed(extension)
        try:
            await _when_on_its_way(parts, extension, consulted, news)
            await _complete(parts, extension, service, now, consulted)
        except FAILURES:
            await _go_back(parts, consulted, now)
            raise


@asynccontextmanager
async def _watching(parts: Parts, extension: str) -> AsyncIterator[Subscriber]:
    """What happens at the extension meanwhile. Where it can't be monitored, nothing is heard, and looking must do."""
    news = Subscriber(f"single step at {extension}")
    try:
        await parts.monitors.start(extension, news, Subscription(news, everything=True))
    except FAILURES as failure:
        log.info("%s is not monitored while it calls: %s", extension, failure)
    try:
        yield news
    finally:
        await parts.monitors.stop(extension, news)


async def _go_back(parts: Parts, consulted: ConnectionID, before: ConnectionID) -> None:
    """Give the extension its first call back; what fails on the way is not what the caller has to know."""
    try:
        await give_back(parts, consulted, before)
    except FAILURES as failure:
        log.info("%s did not get call %d back: %s", before.deviceID, before.callID, failure)


async def _when_on_its_way(parts: Parts, extension: str, consulted: ConnectionID, news: Subscriber) -> None:
    """Wait until the far end of a call alerts, answers or is queued, or its trunk is seized.

    Raises CstaFailure when the far end failed, or did not get there within the time limit; as `Line.ask`.
    """
    end = parts.clock.now() + parts.line.limit_s
    _check_not_failed(news.take_now(), consulted)
    while not await _is_on_its_way(parts, extension, consulted, news):
        left = end - parts.clock.now()
        if left <= 0:
            raise CstaFailure(
                F.GENERIC_STATE_INCOMPATIBILITY, "the destination did not begin to ring; the first call is back"
            )
        _check_not_failed(await _news(parts.clock, news, min(POLL_S, left)), consulted)


def _check_not_failed(events: list[str], consulted: ConnectionID) -> None:
    """Raise CstaFailure when one of the events says that the call failed."""
    for text in events:
        event = json.loads(text)
        if event.get("eventtype") == "fail" and event["callid"] == consulted.callID:
            error, why = OUTCOMES.get(event["cause"], (F.GENERIC_UNSPECIFIED, f"failed, cause {event['cause']}"))
            raise CstaFailure(error, f"the destination {why}; the first call is back")


async def _is_on_its_way(parts: Parts, extension: str, consulted: ConnectionID, news: Subscriber) -> bool:
    """Raises CstaFailure when it cannot be reached; as `Line.ask`."""
    others = [
        party for party in await parts.line.parties_on(consulted) if party.callIdentifier.deviceID != consulted.deviceID
    ]
    if any(party.localConnectionState in ON_ITS_WAY or _is_seized(party) for party in others):
        return True
    own = [leg.state for leg in await parts.live.legs(extension) if leg.connection.callID == consulted.callID]
    if State.CS_FAIL in (*own, *(party.localConnectionState for party in others)):
        # The event that tells why is on its way.
        _check_not_failed(await _news(parts.clock, news, POLL_S), consulted)
        raise CstaFailure(F.RESOURCE_BUSY, "the destination is busy or cannot be reached; the first call is back")
    return False


def _is_seized(party: CSTASnapshotCallResponseInfo) -> bool:
    return (
        party.callIdentifier.devIDType is ConnectionIDDevice.DYNAMIC_ID
        and party.localConnectionState is State.CS_INITIATE
    )


async def _news(clock: Clock, news: Subscriber, seconds: float) -> list[str]:
    """Wait for the next events, or so long."""
    try:
        async with clock.timeout(seconds):
            return await news.take()
    except TimeoutError:
        return []


class SingleStepTransferRequest(OfCall):
    destination: Destination


class SingleStepResponse(Response):
    callid: str
    ucid: str


async def singlesteptransfer(parts: Parts, request: SingleStepTransferRequest, _caller: Caller) -> SingleStepResponse:
    leg = await active(parts, request.extension, "active call to transfer", request.callid)
    _check_other(request.extension, request.destination, "transfer")
    done = await parts.line.escape(
        ATTSingleStepTransferCall(activeCall=leg.connection, transferredTo=request.destination),
        ATTSingleStepTransferCallConfV9,
    )
    # Links before version 9 of the private data confirm without it.
    ucid = done.ucid or await parts.live.ucid(request.extension, done.transferredCall)
    parts.live.changed(request.extension)
    return SingleStepResponse(callid=str(done.transferredCall.callID), ucid=ucid)


class SingleStepConferenceRequest(OfCall):
    devicetojoin: Annotated[Device, Field(description="The extension that joins the call without ringing.")]
    type: Annotated[
        Literal["active", "passive"], Field(description="active: talks and listens; passive: only listens.")
    ] = "active"


async def singlestepconference(
    parts: Parts, request: SingleStepConferenceRequest, _caller: Caller
) -> SingleStepResponse:
    leg = await active(parts, request.extension, "active call to join", request.callid, F.INVALID_OBJECT_STATE)
    done = await parts.line.escape(
        ATTSingleStepConferenceCall(
            activeCall=leg.connection,
            deviceToBeJoin=request.devicetojoin,
            participationType=ParticipationType.PT_SILENT if request.type == "passive" else ParticipationType.PT_ACTIVE,
        ),
        ATTSingleStepConferenceCallConf,
    )
    parts.live.changed(request.extension)
    return SingleStepResponse(callid=str(done.newCall.callID), ucid=done.ucid)


class ListeningRequest(OfCall):
    party: Party


async def _listening(
    parts: Parts, request: ListeningRequest, service: type[Any], confirmation: type[Any], what: str
) -> Response:
    leg = await active(parts, request.extension, f"active call to {what}", request.callid, F.INVALID_OBJECT_STATE)
    if request.party.lower() == "all":
        private = service(subjectConnection=leg.connection, allParties=True)
    else:
        party = await parts.live.party(request.extension, leg, request.party, F.INVALID_CSTA_CONNECTION_IDENTIFIER)
        private = service(subjectConnection=leg.connection, selectedParty=party)
    await parts.line.escape(private, confirmation)
    return Response()


async def selectivelisteninghold(parts: Parts, request: ListeningRequest, _caller: Caller) -> Response:
    return await _listening(
        parts, request, ATTSelectiveListeningHold, ATTSelectiveListeningHoldConf, "stop listening on"
    )


async def selectivelisteningretrieve(parts: Parts, request: ListeningRequest, _caller: Caller) -> Response:
    return await _listening(
        parts, request, ATTSelectiveListeningRetrieve, ATTSelectiveListeningRetrieveConf, "listen to again"
    )


JOINED = answer("22", callid="12345", ucid="00001000481428289124")

ENTRIES = (
    entry(
        CALL,
        "transfer",
        transfer,
        JoinRequest,
        Done,
        "Transfer: a held and an active call into one, or the active call to a destination.",
        ({"id": "9", "extension": "101", "destination": "67896789"}, answer("9", error="")),
    ),
    entry(
        CALL,
        "conference",
        conference,
        JoinRequest,
        Done,
        "Conference: a held and an active call into one, or a destination into the active call.",
        ({"id": "10", "extension": "101", "destination": "67896789"}, answer("10", error="")),
    ),
    entry(
        CALL,
        "singlesteptransfer",
        singlesteptransfer,
        SingleStepTransferRequest,
        SingleStepResponse,
        "Transfer the active call to a destination by the switch's own single-step service.",
        ({"id": "9", "extension": "101", "destination": "103"}, {**JOINED, "id": "9"}),
    ),
    entry(
        CALL,
        "singlestepconference",
        singlestepconference,
        SingleStepConferenceRequest,
        SingleStepResponse,
        "Join an extension to the active call, without ringing.",
        ({"id": "22", "extension": "101", "devicetojoin": "102", "type": "passive"}, JOINED),
    ),
    entry(
        CALL,
        "selectivelisteninghold",
        selectivelisteninghold,
        ListeningRequest,
        Response,
        "Stop hearing one party, or `all`.",
        ({"id": "22", "extension": "101", "party": "102"}, answer("22")),
        ({"id": "22", "extension": "101", "party": "all"}, answer("22")),
    ),
    entry(
        CALL,
        "selectivelisteningretrieve",
        selectivelisteningretrieve,
        ListeningRequest,
        Response,
        "Hear one party, or `all`, again.",
        ({"id": "22", "extension": "101", "party": "102"}, answer("22")),
        ({"id": "22", "extension": "101", "party": "all"}, answer("22")),
    ),
)
