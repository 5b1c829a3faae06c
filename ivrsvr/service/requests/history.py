"""What was: events of the past, and the whole life of a call."""

import json
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from ivrsvr.registry import Caller, Entry, EventNumber, Number, Request, Response, Text, api_routes
from ivrsvr.service.errors import Own, out_of_range, own
from ivrsvr.service.ladder import as_text, ladder
from ivrsvr.service.parts import Parts
from ivrsvr.service.requests.declare import EventTypes, answer, parts_of
from ivrsvr.service.requests.monitors import known_types
from ivrsvr.store.journal import JournalError, Record, Wanted

HISTORY_MOST = 10_000
CALL_MOST = 5_000

DEVICES_MOST = 200
"""Devices of one question, as of one stream."""

PAGE = 1_000
"""Events that are looked through at once for those that a caller may see."""

WITHIN_A_SECOND = 1 - 1e-6
"""Events show whole seconds: one that shows the second of `until` is wanted."""


class HistoryRequest(Request):
    extension: Annotated[
        Text, Field(description="Only of this device, or of several, with commas; empty = of all.")
    ] = ""
    eventtypes: Annotated[EventTypes, Field(description="Only these types, as a list or with commas.")] = ()
    since: Annotated[Number, Field(description="Only from this time on, in seconds since 1970; 0 = any.")] = 0
    until: Annotated[Number, Field(description="Only up to the end of this second; 0 = any.")] = 0
    after: Annotated[EventNumber, Field(description="Only events with a higher eventid: the next page.")] = 0
    limit: Annotated[Number, Field(le=HISTORY_MOST, description="How many at most.")] = 1000


class HistoryResponse(Response):
    epoch: str
    numevent: int
    more: bool = Field(description="There are more: ask again with `after` = the last eventid.")
    list: list[dict[str, Any]]


async def eventhistory(parts: Parts, request: HistoryRequest, caller: Caller) -> HistoryResponse:
    chosen = known_types("eventhistory", request.eventtypes)
    devices = parts_of(request.extension)
    if len(devices) > DEVICES_MOST:
        raise out_of_range(f"eventhistory: at most {DEVICES_MOST} extensions at once")
    if 0 < request.until < request.since:
        raise out_of_range(f"eventhistory: since ({request.since}) is later than until ({request.until})")
    most = max(1, request.limit)
    wanted = Wanted(
        after=request.after,
        devices=devices,
        eventtypes=sorted(chosen),
        since=request.since,
        until=request.until and request.until + WITHIN_A_SECOND,
        most=most + 1 if devices or not caller.extensions else max(most + 1, PAGE),
    )
    found = await _found(parts, wanted, caller, most + 1)
    shown = [json.loads(one.text) for one in found[:most]]
    return HistoryResponse(epoch=parts.journal.epoch, numevent=len(shown), more=len(found) > most, list=shown)


async def _found(parts: Parts, wanted: Wanted, caller: Caller, most: int) -> list[Record]:
    """Events that a caller may see; so many, where there are as many. Raises RequestError."""
    found: list[Record] = []
    while True:
        try:
            page = await parts.journal.history(wanted)
        except JournalError as error:
            raise own(Own.JOURNAL_FAILED, str(error)) from None
        found += [one for one in page if not one.device or caller.may_name(one.device)]
        if len(found) >= most or len(page) < wanted.most:
            return found
        wanted = replace(wanted, after=page[-1].eventid)


class CallHistoryRequest(Request):
    ucid: Annotated[Text, Field(min_length=1, max_length=64, description="Any UCID that the call has gone by.")]
    form: Annotated[Literal["json", "text"], Field(description="text: a line per happening, for people.")] = "json"


class CallHistoryResponse(Response):
    ucid: str
    ucids: list[str] = Field(description="Every UCID that the call has gone by.")
    text: str
    list: list[dict[str, Any]]


async def callhistory(parts: Parts, request: CallHistoryRequest, caller: Caller) -> CallHistoryResponse:
    try:
        found = await parts.journal.of_call(request.ucid, CALL_MOST)
    except JournalError as error:
        raise own(Own.JOURNAL_FAILED, str(error)) from None
    mine = [one for one in found if caller.may_name(one.device)]
    if not mine:
        raise own(Own.CALL_NOT_RECORDED, f"the journal has no event of a call {request.ucid}")
    rungs = ladder(mine)
    text = as_text(rungs) if request.form == "text" else ""
    return CallHistoryResponse(
        ucid=request.ucid, ucids=_ucids(mine), text=text, list=[] if request.form == "text" else rungs
    )


def _ucids(records: list[Record]) -> list[str]:
    return list(dict.fromkeys(one.ucid for one in records if one.ucid))


_EVENT = {
    "msgtype": "event",
    "eventtype": "hold",
    "referenceid": 1,
    "holding": "101",
    "time": 1428289135,
    "callid": 48,
    "eventid": 17,
    "epoch": "14c8e1f1f38",
}

ENTRIES = (
    Entry(
        name="eventhistory",
        group="history",
        scope="monitor",
        request=HistoryRequest,
        response=HistoryResponse,
        handler=eventhistory,
        summary="Events of the past, as they were sent.",
        description="As far back as the journal reaches: `journal_events`, `journal_age` and `journal_size` bound it.",
        examples=({"id": "20", "request": "eventhistory", "extension": "101", "since": 1428289000},),
        example_responses=(answer("20", epoch="14c8e1f1f38", numevent=1, more=False, list=[_EVENT]),),
        routes=(*api_routes("eventhistory"), ("GET", "/api/events/history")),
    ),
    Entry(
        name="callhistory",
        group="history",
        scope="monitor",
        request=CallHistoryRequest,
        response=CallHistoryResponse,
        handler=callhistory,
        summary="The whole life of a call as one ladder, across transfers and UCIDs.",
        description="Of what happened at monitored devices. What several monitors reported is there once: `seenat` "
        "names the devices. `form=text` gives a line per happening in `text`.",
        examples=({"id": "21", "request": "callhistory", "ucid": "00001000481428289124"},),
        example_responses=(
            answer(
                "21",
                ucid="00001000481428289124",
                ucids=["00001000481428289124"],
                text="",
                list=[
                    {
                        "time": 1428289135,
                        "eventid": 17,
                        "eventtype": "hold",
                        "seenat": ["101", "102"],
                        "ucid": "00001000481428289124",
                        "synthetic": False,
                        "event": {"holding": "101", "callid": 48},
                    }
                ],
            ),
        ),
        routes=(*api_routes("callhistory"), ("GET", "/api/calls/{ucid}")),
    ),
)
