"""The trace: what passes between the simulated AES and its clients, decoded."""

from typing import Annotated

from pydantic import BaseModel, Field

from ivrsvr.backends.simulator.controls.common import GROUP
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.registry import Caller, Entry, Number, Request, Response, Text


class TraceRequest(Request):
    """Which messages."""

    since: Number = Field(default=0, description="Only those after this number; to go on where the last answer ended.")
    extension: Text = Field(default="", description="Only those that mention it.")
    most: Annotated[int, Field(ge=1, le=10_000)] = Field(default=1000, description="The latest so many.")


class TraceLine(BaseModel):
    """One message."""

    number: int
    time: float
    stream: int = Field(description="The client's stream, in the order of opening.")
    way: str = Field(description="-> to the AES, <- to the client.")
    invokeid: int
    crossref: int
    pdu: str
    text: str


class TraceLines(Response):
    """Messages in their order."""

    last: int = Field(description="The number of the latest message there is.")
    trace: list[TraceLine]


async def trace(simulator: Simulator, request: TraceRequest, caller: Caller) -> TraceLines:  # noqa: ARG001
    recorder = simulator.recorder
    lines = [
        TraceLine(
            number=one.number,
            time=one.at,
            stream=one.stream,
            way=one.way,
            invokeid=one.invokeID,
            crossref=one.crossRef,
            pdu=type(one.pdu).__name__,
            text=one.text,
        )
        for one in recorder.since(request.since, request.extension, request.most)
    ]
    return TraceLines(last=recorder.last, trace=lines)


_LINE = {
    "number": 7,
    "time": 1458770400.0,
    "stream": 1,
    "way": "->",
    "invokeid": 5,
    "crossref": 0,
    "pdu": "HoldCall",
    "text": "HoldCall activeCall=48@101",
}

ENTRIES: tuple[Entry, ...] = (
    Entry(
        name="sim trace",
        group=GROUP,
        scope="sim",
        request=TraceRequest,
        response=TraceLines,
        handler=trace,
        summary="The latest messages between the simulated AES and its clients, decoded.",
        examples=({"id": "1", "request": "sim trace", "since": 6},),
        example_responses=({"msgtype": "response", "id": "1", "result": "success", "last": 7, "trace": [_LINE]},),
        form="sim trace [extension]",
        routes=(("GET", "/sim/trace"),),
    ),
)
