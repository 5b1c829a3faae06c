"""Call control: the requests that begin, answer, hold, retrieve and end calls."""

from typing import Annotated

from pydantic import Field, StringConstraints

from ivrsvr.csta.call import (
    AlternateCall,
    AnswerCall,
    ClearCall,
    ClearConnection,
    ConsultationCall,
    DeflectCall,
    HoldCall,
    MakeCall,
    PickupCall,
    ReconnectCall,
    RetrieveCall,
)
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.private.call import (
    ATTClearConnectionV6,
    ATTConsultationCallV10,
    ATTMakeCallV6,
    ATTReconnectCallV6,
    ATTSendDTMFToneConf,
    ATTSendDTMFToneV5,
)
from ivrsvr.csta.types import ConnectionID
from ivrsvr.registry import Caller, Device, Done, Ia5Text, Number, RequestError, Response
from ivrsvr.service.errors import CALL_GONE, refusal
from ivrsvr.service.line import ucid_of
from ivrsvr.service.live import ALERTING, ANY, CLEARABLE, HELD, TALKING, Leg, Wish
from ivrsvr.service.parts import Parts
from ivrsvr.service.requests.declare import Chapter, Data, Destination, OfCall, OfExtension, Party, answer, entry

F = CSTAUniversalFailure

WhichParty = Annotated[
    Device | None, Field(description="Only the call with that party: extension, number, dynamic id, or its call id.")
]


class MakeCallRequest(OfExtension):
    destination: Destination
    data: Data = ""


class MakeCallResponse(Response):
    callid: str
    ucid: str


async def makecall(parts: Parts, request: MakeCallRequest, _caller: Caller) -> MakeCallResponse:
    private = ATTMakeCallV6(userInfo=await parts.userdata.attach(request.data))
    made = await parts.line.ask(
        MakeCall(callingDevice=request.extension, calledDevice=request.destination),
        private,
    )
    parts.live.changed(request.extension)
    return MakeCallResponse(callid=str(made.pdu.newCall.callID), ucid=ucid_of(made))


class AnswerRequest(OfCall):
    destination: WhichParty = None


class AnswerResponse(Response):
    callid: str


async def answer_call(parts: Parts, request: AnswerRequest, _caller: Caller) -> AnswerResponse:
    wish = Wish(
        ALERTING,
        F.NO_CALL_TO_ANSWER,
        "alerting call to answer",
        request.callid,
        request.destination or "",
        oldest=True,
    )
    leg = await parts.live.pick(request.extension, wish)
    await parts.line.ask(AnswerCall(alertingCall=leg.connection))
    parts.live.changed(request.extension)
    return AnswerResponse(callid=str(leg.connection.callID))


class HangupRequest(OfCall):
    data: Data = ""


async def hangup(parts: Parts, request: HangupRequest, _caller: Caller) -> Done:
    private = ATTClearConnectionV6(userInfo=await parts.userdata.attach(request.data))
    wish = Wish(CLEARABLE, F.NO_CONNECTION_TO_CLEAR, "active call to hang up", request.callid)
    leg = await parts.live.pick(request.extension, wish)
    await parts.line.ask(ClearConnection(call=leg.connection), private)
    parts.live.changed(request.extension)
    return Done()


class DropPartyRequest(OfCall):
    party: Party
    data: Data = ""


async def dropparty(parts: Parts, request: DropPartyRequest, _caller: Caller) -> Done:
    private = ATTClearConnectionV6(userInfo=await parts.userdata.attach(request.data))
    wish = Wish(TALKING, F.NO_CONNECTION_TO_CLEAR, "active call to drop a party of", request.callid)
    leg = await parts.live.pick(request.extension, wish)
    party = await parts.live.party(request.extension, leg, request.party)
    await parts.line.ask(ClearConnection(call=party), private)
    parts.live.changed(request.extension)
    return Done()


async def hold(parts: Parts, request: OfCall, _caller: Caller) -> Done:
    leg = await active(parts, request.extension, "active call to hold", request.callid)
    await parts.line.ask(HoldCall(activeCall=leg.connection))
    parts.live.changed(request.extension)
    return Done()


class RetrieveRequest(OfCall):
    destination: WhichParty = None


async def retrieve(parts: Parts, request: RetrieveRequest, _caller: Caller) -> Done:
    leg = await held(parts, request.extension, "held call to retrieve", request.callid, request.destination or "")
    await parts.line.ask(RetrieveCall(heldCall=leg.connection))
    parts.live.changed(request.extension)
    return Done()


async def active(parts: Parts, extension: str, what: str, callid: int | None = None, none: F = F.NO_ACTIVE_CALL) -> Leg:
    """The call on which the extension talks or dials. none: what the service itself says without one.

    Raises as `Live.pick`.
    """
    return await parts.live.pick(extension, Wish(TALKING, none, what, callid))


async def held(parts: Parts, extension: str, what: str, callid: int | None = None, party: str = "") -> Leg:
    """The one held call of the extension that is meant. Raises as `Live.pick`."""
    return await parts.live.pick(extension, Wish(HELD, F.NO_HELD_CALL, what, callid, party))


class ConsultationRequest(OfCall):
    destination: Destination
    data: Data = ""


class ConsultationResponse(Response):
    primarycallid: str
    secondarycallid: str
    ucid: str


async def consultation(parts: Parts, request: ConsultationRequest, _caller: Caller) -> ConsultationResponse:
    private = ATTConsultationCallV10(userInfo=await parts.userdata.attach(request.data))
    leg = await active(parts, request.extension, "active call to consult from", request.callid)
    made = await parts.line.ask(
        ConsultationCall(activeCall=leg.connection, calledDevice=request.destination),
        private,
    )
    parts.live.changed(request.extension)
    return ConsultationResponse(
        primarycallid=str(leg.connection.callID),
        secondarycallid=str(made.pdu.newCall.callID),
        ucid=ucid_of(made),
    )


async def reconnect(parts: Parts, request: OfCall, _caller: Caller) -> Done:
    wish = Wish(CLEARABLE, F.NO_ACTIVE_CALL, "active call to reconnect from")
    talking = await parts.live.pick(request.extension, wish)
    other = await held(parts, request.extension, "held call to reconnect to", request.callid)
    await give_back(parts, talking.connection, other.connection)
    parts.live.changed(request.extension)
    return Done()


async def give_back(parts: Parts, talking: ConnectionID, before: ConnectionID) -> None:
    """Clear one call and retrieve another. Raises as `Line.ask`.

    The switch reconnects only from a call that talks; a consultation that failed is cleared for itself.
    """
    try:
        await parts.line.ask(ReconnectCall(activeCall=talking, heldCall=before), ATTReconnectCallV6())
    except CstaFailure as failure:
        if failure.error not in (F.NO_ACTIVE_CALL, F.INVALID_OBJECT_STATE):
            raise
        await parts.line.ask(ClearConnection(call=talking))
        await parts.line.ask(RetrieveCall(heldCall=before))


async def _waiting(parts: Parts, request: OfCall) -> Leg:
    """The held call; where there is none, the call that rings: the switch answers it. Raises as `Live.pick`."""
    what = "held or ringing call to alternate to"
    try:
        return await held(parts, request.extension, what, request.callid)
    except RequestError as failure:
        if failure.name != F.NO_HELD_CALL.name:
            raise
    return await parts.live.pick(request.extension, Wish(ALERTING, F.NO_HELD_CALL, what, request.callid))


async def alternate(parts: Parts, request: OfCall, _caller: Caller) -> Done:
    talking = await active(parts, request.extension, "active call to alternate from")
    other = await _waiting(parts, request)
    await parts.line.ask(AlternateCall(activeCall=talking.connection, otherCall=other.connection))
    parts.live.changed(request.extension)
    return Done()


class ClearCallRequest(OfCall):
    destination: WhichParty = None


async def clearcall(parts: Parts, request: ClearCallRequest, _caller: Caller) -> Done:
    wish = Wish(ANY, F.NO_ACTIVE_CALL, "call to clear", request.callid, request.destination or "")
    if request.callid is not None or request.destination:
        legs = [await parts.live.pick(request.extension, wish)]
    else:
        legs = await parts.live.legs(request.extension)
        if not legs:
            raise refusal(wish.none, f"extension {request.extension} has no call to clear")
    for leg in legs:
        try:
            await parts.line.ask(ClearCall(call=leg.connection))
        except CstaFailure as failure:
            # Of several calls one may have ended meanwhile: what was asked for is so.
            if len(legs) == 1 or failure.error not in CALL_GONE:
                raise
        finally:
            parts.live.changed(request.extension)
    return Done()


Tones = Annotated[Ia5Text, StringConstraints(pattern=r"^[0-9*#A-Da-d]+$", min_length=1, max_length=32)]


class DtmfRequest(OfCall):
    dtmf: Annotated[Tones, Field(description="One digit or up to 32 of 0-9 * # A-D.")]
    tonduration: Annotated[Number, Field(description="Length of a tone in ms, 60 to 350; 0 = the switch's.")] = 0
    pauseduration: Annotated[Number, Field(description="Pause between tones in ms, 40 to 100; 0 = the switch's.")] = 0


async def dtmf(parts: Parts, request: DtmfRequest, _caller: Caller) -> Done:
    tone = _hundredths(request.tonduration, 60, 350, "tonduration")
    pause = _hundredths(request.pauseduration, 40, 100, "pauseduration")
    leg = await active(parts, request.extension, "active call to send tones on", request.callid, F.INVALID_OBJECT_STATE)
    await parts.line.escape(
        ATTSendDTMFToneV5(sender=leg.connection, tones=request.dtmf.upper(), toneDuration=tone, pauseDuration=pause),
        ATTSendDTMFToneConf,
    )
    return Done()


def _hundredths(duration_ms: int, least: int, most: int, key: str) -> int:
    """A duration in the switch's unit of 10 ms. Source: ASAI Technical Reference 4-71."""
    if duration_ms and not least <= duration_ms <= most:
        raise refusal(F.VALUE_OUT_OF_RANGE, f'dtmf: "{key}" is {duration_ms} ms and must be {least} to {most}')
    return (duration_ms + 5) // 10


class DivertRequest(OfCall):
    destination: Destination


async def _alerting(parts: Parts, request: OfCall, what: str) -> Leg:
    wish = Wish(ALERTING, F.INVALID_OBJECT_STATE, what, request.callid)
    return await parts.live.pick(request.extension, wish)


async def deflectcall(parts: Parts, request: DivertRequest, _caller: Caller) -> Done:
    leg = await _alerting(parts, request, "alerting call to deflect")
    await parts.line.ask(DeflectCall(deflectCall=leg.connection, calledDevice=request.destination))
    parts.live.changed(request.extension)
    return Done()


async def pickupcall(parts: Parts, request: DivertRequest, _caller: Caller) -> Done:
    leg = await _alerting(parts, request, "alerting call to pick up")
    await parts.line.ask(PickupCall(deflectCall=leg.connection, calledDevice=request.destination))
    parts.live.changed(request.extension)
    return Done()


CALL: Chapter = ("call control", "call")

UCID = "00001148011456795778"

ENTRIES = (
    entry(
        CALL,
        "makecall",
        makecall,
        MakeCallRequest,
        MakeCallResponse,
        "Call a destination from an extension.",
        (
            {"id": "1", "extension": "101", "destination": "67896789", "data": "hello world"},
            answer("1", callid="12345", ucid=UCID),
        ),
    ),
    entry(
        CALL,
        "answer",
        answer_call,
        AnswerRequest,
        AnswerResponse,
        "Answer the call that rings at an extension; of several, the one that rings longest.",
        ({"id": "5", "extension": "101", "destination": "67896789"}, answer("5", callid="12345")),
    ),
    entry(
        CALL,
        "hangup",
        hangup,
        HangupRequest,
        Done,
        "Leave the active call.",
        ({"id": "4", "extension": "101", "data": "hello world"}, answer("4", error="")),
    ),
    entry(
        CALL,
        "dropparty",
        dropparty,
        DropPartyRequest,
        Done,
        "Drop another party from the active call.",
        ({"id": "4", "extension": "101", "party": "60123", "data": "hello world"}, answer("4", error="")),
    ),
    entry(
        CALL,
        "hold",
        hold,
        OfCall,
        Done,
        "Hold the active call.",
        ({"id": "2", "extension": "101"}, answer("2", error="")),
    ),
    entry(
        CALL,
        "retrieve",
        retrieve,
        RetrieveRequest,
        Done,
        "Take up the held call again.",
        ({"id": "3", "extension": "101"}, answer("3", error="")),
        ({"id": "3", "extension": "101", "destination": "T1234#1"}, answer("3", error="")),
    ),
    entry(
        CALL,
        "consultation",
        consultation,
        ConsultationRequest,
        ConsultationResponse,
        "Hold the active call and call somebody else.",
        (
            {"id": "6", "extension": "101", "destination": "67896789", "data": "hello world"},
            answer("6", primarycallid="123", secondarycallid="456", ucid=UCID),
        ),
    ),
    entry(
        CALL,
        "reconnect",
        reconnect,
        OfCall,
        Done,
        "Leave the active call and take up the held one; `callid` names the held call.",
        ({"id": "7", "extension": "101"}, answer("7", error="")),
    ),
    entry(
        CALL,
        "alternate",
        alternate,
        OfCall,
        Done,
        "Hold the active call and take up the held one, or one that rings where none is held; `callid` names it.",
        ({"id": "8", "extension": "101"}, answer("8", error="")),
    ),
    entry(
        CALL,
        "dtmf",
        dtmf,
        DtmfRequest,
        Done,
        "Send tones on the active call.",
        ({"id": "11", "extension": "101", "dtmf": "1"}, answer("11", error="")),
    ),
    entry(
        CALL,
        "clearcall",
        clearcall,
        ClearCallRequest,
        Done,
        "End a call for all its parties; without `destination` and `callid`, every call of the extension.",
        ({"id": "19", "extension": "101", "destination": "102"}, answer("19", error="")),
    ),
    entry(
        CALL,
        "deflectcall",
        deflectcall,
        DivertRequest,
        Done,
        "Send the ringing call to another number.",
        ({"id": "20", "extension": "101", "destination": "102"}, answer("20", error="")),
    ),
    entry(
        CALL,
        "pickupcall",
        pickupcall,
        DivertRequest,
        Done,
        "Send the ringing call to another extension of this switch.",
        ({"id": "21", "extension": "101", "destination": "102"}, answer("21", error="")),
    ),
)
