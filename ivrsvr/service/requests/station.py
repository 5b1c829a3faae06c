"""Settings of a station: do not disturb (send all calls), forwarding, message waiting."""

from typing import Annotated

from pydantic import Field

from ivrsvr.csta.enums import ForwardingType
from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.csta.query import QueryDnd, QueryFwd, QueryMwi, SetDnd, SetFwd, SetMwi
from ivrsvr.csta.types import CSTAForwardingInfo
from ivrsvr.registry import Caller, Done, Flag, Ia5Text, Response
from ivrsvr.service.errors import refusal
from ivrsvr.service.parts import Parts
from ivrsvr.service.requests.declare import Chapter, OfExtension, answer, entry
from ivrsvr.service.requests.queries import QUERY, flag


class DndResponse(Response):
    dnd: str


async def querydonotdisturb(parts: Parts, request: OfExtension, _caller: Caller) -> DndResponse:
    found = await parts.line.ask(QueryDnd(device=request.extension))
    return DndResponse(dnd=flag(found.pdu.doNotDisturb))


class SetDndRequest(OfExtension):
    dnd: Annotated[Flag, Field(description="Whether all calls go to coverage.")]


async def setdonotdisturb(parts: Parts, request: SetDndRequest, _caller: Caller) -> Done:
    await parts.line.ask(SetDnd(device=request.extension, doNotDisturb=request.dnd))
    return Done()


class ForwardingResponse(Response):
    destination: str


async def queryforwarding(parts: Parts, request: OfExtension, _caller: Caller) -> ForwardingResponse:
    found = await parts.line.ask(QueryFwd(device=request.extension))
    return ForwardingResponse(destination=next((one.forwardDN for one in found.pdu.forward if one.forwardingOn), ""))


class SetForwardingRequest(OfExtension):
    destination: Annotated[Ia5Text, Field(description="Where calls go; not needed to cancel.")] = ""
    fwd: Annotated[Flag, Field(description="Whether calls are forwarded.")]


async def setforwarding(parts: Parts, request: SetForwardingRequest, _caller: Caller) -> Done:
    if request.fwd and not request.destination.strip():
        raise refusal(CSTAUniversalFailure.OBJECT_NOT_KNOWN, 'setforwarding needs the key "destination"')
    await parts.line.ask(
        SetFwd(
            device=request.extension,
            forward=CSTAForwardingInfo(ForwardingType.FWD_IMMEDIATE, request.fwd, request.destination.strip()),
        )
    )
    return Done()


class MwiResponse(Response):
    indicator: str


async def querymsgwaitingind(parts: Parts, request: OfExtension, _caller: Caller) -> MwiResponse:
    found = await parts.line.ask(QueryMwi(device=request.extension))
    return MwiResponse(indicator=flag(found.pdu.messages))


class SetMwiRequest(OfExtension):
    ind: Annotated[Flag, Field(description="Whether the lamp is lit.")]


async def setmsgwaitingind(parts: Parts, request: SetMwiRequest, _caller: Caller) -> Done:
    await parts.line.ask(SetMwi(device=request.extension, messages=request.ind))
    return Done()


SETTINGS: Chapter = ("settings", "call")

ENTRIES = (
    entry(
        QUERY,
        "querydonotdisturb",
        querydonotdisturb,
        OfExtension,
        DndResponse,
        "Whether an extension sends all calls to coverage.",
        ({"id": "29", "extension": "101"}, answer("29", dnd="false")),
        changes=False,
    ),
    entry(
        QUERY,
        "queryforwarding",
        queryforwarding,
        OfExtension,
        ForwardingResponse,
        "Where an extension forwards its calls; empty = it does not.",
        ({"id": "31", "extension": "101"}, answer("31", destination="102")),
        changes=False,
    ),
    entry(
        QUERY,
        "querymsgwaitingind",
        querymsgwaitingind,
        OfExtension,
        MwiResponse,
        "Whether the message-waiting lamp of an extension is lit.",
        ({"id": "32", "extension": "101"}, answer("32", indicator="false")),
        changes=False,
    ),
    entry(
        SETTINGS,
        "setdonotdisturb",
        setdonotdisturb,
        SetDndRequest,
        Done,
        "Send all calls of an extension to coverage, or no longer.",
        ({"id": "36", "extension": "101", "dnd": "true"}, answer("36", error="")),
        description="It stays off where the extension has no coverage path on the switch.",
    ),
    entry(
        SETTINGS,
        "setforwarding",
        setforwarding,
        SetForwardingRequest,
        Done,
        "Forward all calls of an extension, or no longer.",
        ({"id": "37", "extension": "101", "destination": "102", "fwd": "true"}, answer("37", error="")),
    ),
    entry(
        SETTINGS,
        "setmsgwaitingind",
        setmsgwaitingind,
        SetMwiRequest,
        Done,
        "Light the message-waiting lamp of an extension, or put it out.",
        ({"id": "38", "extension": "101", "ind": "true"}, answer("38", error="")),
    ),
)
