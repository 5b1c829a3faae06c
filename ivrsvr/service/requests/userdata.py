"""User data: the data of the last call, and texts under keys."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.csta.private.structures import ATTUserToUserInfo
from ivrsvr.registry import Caller, Device, Done, Entry, Response, Text
from ivrsvr.service.errors import Own, own, refusal
from ivrsvr.service.parts import Parts
from ivrsvr.service.requests.declare import OfExtension, answer, entry

F = CSTAUniversalFailure


class UserDataRequest(OfExtension):
    type: Annotated[
        Literal["alert", "hangup", "get", "set", "update"],
        BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
        Field(description="alert, hangup: of the last call that alerted or ended; get, set, update: a text."),
    ]
    uui: Annotated[Device | None, Field(description="The key (get, update).")] = None
    data: Annotated[Text | None, Field(description="The text (set, update).")] = None


class AlertData(Response):
    callid: int
    calling: str
    called: str
    alerting: str
    cli: str
    dnis: str
    uec: str
    ucid: str
    split: str
    trunkgroup: str
    trunkmember: str
    userdata: str


class HangupData(Response):
    callid: int
    releasing: str
    ucid: str
    userdata: str


class GotData(Response):
    data: str


class SetData(Response):
    uui: str


async def userdata(
    parts: Parts, request: UserDataRequest, _caller: Caller
) -> AlertData | HangupData | GotData | SetData | Done:
    match request.type:
        case "alert":
            data, info = _last(parts, request.extension, "alert")
            return AlertData(**data, userdata=await _text(parts, info))
        case "hangup":
            data, info = _last(parts, request.extension, "hangup")
            return HangupData(**data, userdata=await _text(parts, info))
        case "get":
            return GotData(data=await parts.userdata.get(_needed(request.uui, "uui", "get")))
        case "set":
            return SetData(uui=await parts.userdata.set(_needed(request.data, "data", "set")))
        case "update":
            await parts.userdata.update(_needed(request.uui, "uui", "update"), _needed(request.data, "data", "update"))
            return Done()


async def _text(parts: Parts, info: ATTUserToUserInfo) -> str:
    """Raises RequestError when it cannot be told what the UUI brings."""
    found = await parts.userdata.resolve(info)
    if found.fault:
        raise own(Own.USERDATA_SERVICE_FAILED, found.fault)
    return found.text or ""


def _needed(value: str | None, key: str, kind: str) -> str:
    """Raises RequestError when the key is missing that this type needs."""
    if value is None:
        raise refusal(F.OBJECT_NOT_KNOWN, f'userdata with type "{kind}" needs the key "{key}"')
    return value


def _last(parts: Parts, extension: str, kind: Literal["alert", "hangup"]) -> tuple[dict[str, Any], ATTUserToUserInfo]:
    """Raises RequestError when this server has not seen such an event."""
    monitor = parts.monitors.get(extension)
    if monitor is None:
        raise refusal(
            F.NO_ACTIVE_CALL,
            f"extension {extension} is not monitored here, so this server has not seen its calls; "
            "start a monitor, or add the extension to the permanent ones",
        )
    seen = monitor.alert if kind == "alert" else monitor.hangup
    if seen is None:
        what = "alerted at" if kind == "alert" else "ended at"
        raise refusal(F.NO_ACTIVE_CALL, f"no call has {what} extension {extension} since it is monitored here")
    return seen


KEY = "FCCCCCCC0000000156A853617F00000113EC00000005"
LAST_CALL = {"callid": 1361, "calling": "101", "called": "102", "alerting": "102", "cli": "101", "dnis": "102"}
TRUNK = {"split": "", "trunkgroup": "5", "trunkmember": "20", "userdata": ""}
UCID = "00001013551428290972"

ENTRIES: tuple[Entry, ...] = (
    entry(
        ("user data", "call"),
        "userdata",
        userdata,
        UserDataRequest,
        AlertData | HangupData | GotData | SetData | Done,
        "The data of the last call that alerted or ended at an extension; texts under keys.",
        (
            {"id": "17", "extension": "101", "type": "alert"},
            answer("17", **LAST_CALL, uec="", ucid=UCID, **TRUNK),
        ),
        (
            {"id": "18", "extension": "101", "type": "hangup"},
            answer("18", callid=1361, releasing="101", ucid=UCID, userdata=""),
        ),
        ({"id": "18", "extension": "101", "type": "get", "uui": KEY}, answer("18", data="get data")),
        ({"id": "18", "extension": "101", "type": "set", "data": "set data"}, answer("18", uui=KEY)),
        (
            {"id": "18", "extension": "101", "type": "update", "uui": KEY, "data": "upate data"},
            answer("18", error=""),
        ),
    ),
)
