"""What events look like: one example per type, from which AsyncAPI and the manual are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ivrsvr.service.events import CONTRACT_TYPES

CHANNELS = ("ws", "sse", "webhook")
"""Where events come, as AsyncAPI's channels are called."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One event type: what it means, and an example with every key that it always has.

    schemas:  of keys whose type alone says too little; a key that the example lacks may be there.
    channels: where such an event comes.
    """

    eventtype: str
    meaning: str
    example: Mapping[str, Any]
    schemas: Mapping[str, Any] = field(default_factory=dict)
    channels: tuple[str, ...] = CHANNELS

    @property
    def is_extension(self) -> bool:
        """Whether only subscribers with `events: "all"` get it, or only those whom it concerns."""
        return self.eventtype not in CONTRACT_TYPES

    def schema(self) -> dict[str, Any]:
        """The JSON schema of an event of this type; further keys may follow."""
        properties = {key: {"type": _TYPES[type(value)]} for key, value in self.example.items()} | dict(self.schemas)
        return {
            "title": self.eventtype,
            "description": self.meaning,
            "type": "object",
            "properties": properties | {"eventtype": {"const": self.eventtype}} | FURTHER,
            "required": list(self.example),
        }


_TYPES: dict[type, str] = {str: "string", int: "integer", list: "array"}

FURTHER: dict[str, Any] = {
    "eventid": {"type": "integer", "description": "Sequence number; give the last one as `since` when you come back."},
    "epoch": {"type": "string", "description": "The life of the journal that `eventid` belongs to."},
    "monitored": {
        "type": "string",
        "description": "The device whose monitor tells it; linkdown, linkup and draining have none.",
    },
    "custdatafault": {"type": "string", "description": "Why the data that came with the call cannot be told."},
    "synthetic": {"const": True, "description": "It was found out after a loss of the link, not reported."},
}
"""Keys that may follow those of the example."""


def _event(eventtype: str, **keys: object) -> dict[str, object]:
    return {"msgtype": "event", "eventtype": eventtype, "referenceid": 1, **keys}


SHAPES: tuple[Shape, ...] = (
    Shape(
        "offer",
        "A call arrives and alerts here.",
        _event(
            "offer",
            origcalling="101",
            origcalled="102",
            calling="101",
            called="102",
            alerting="102",
            ucid="00001094861421138402",
            uui="",
            uec="",
            split="",
            custdata="",
            time=1424044800,
            trunkgroup="10",
            trunkmember="12",
            lastredirection="",
            callid=48,
        ),
    ),
    Shape(
        "alert",
        "The far end of an outgoing call alerts.",
        _event(
            "alert",
            origcalling="101",
            origcalled="102",
            calling="101",
            called="102",
            alerting="102",
            ucid="00001000481428289124",
            uui="",
            custdata="",
            time=1428289128,
            trunkgroup="5",
            trunkmember="118",
            callid=48,
        ),
    ),
    Shape(
        "connect",
        "The call was answered.",
        _event(
            "connect",
            origcalling="101",
            origcalled="102",
            calling="101",
            called="102",
            answering="102#2",
            ucid="00001000481428289124",
            uui="",
            uec="",
            split="",
            custdata="",
            time=1428289134,
            trunkgroup="5",
            trunkmember="118",
            lastredirection="",
            callid=48,
        ),
    ),
    Shape(
        "fail",
        "The call could not be completed; `cause` is the CSTA event cause.",
        _event(
            "fail",
            failing="101",
            called="102",
            cause=23,
            time=1424044800,
            callid=48,
        ),
    ),
    Shape(
        "hold",
        "A party put the call on hold.",
        _event(
            "hold",
            holding="101",
            time=1428289135,
            callid=48,
        ),
    ),
    Shape(
        "retrieve",
        "A party took the call back from hold.",
        _event(
            "retrieve",
            retrieving="101",
            time=1428289135,
            callid=48,
        ),
    ),
    Shape(
        "disconnect",
        "A party left the call.",
        _event(
            "disconnect",
            releasing="101",
            uui="",
            custdata="",
            time=1428289136,
            callid=48,
        ),
    ),
    Shape(
        "transfer",
        "The calls were transferred; `party1` to `party6` are who is on the resulting call.",
        _event(
            "transfer",
            transferring="101",
            transferred="102",
            ucid="00001094861421138402",
            uui="",
            cusdata="",
            time=1424044800,
            trunkgroup="10",
            trunkmember="12",
            primarycallid=123,
            secondarycallid=124,
            party1="101",
            party2="102",
            party3="",
            party4="",
            party5="",
            party6="",
        ),
    ),
    Shape(
        "conference",
        "The calls were joined; `party1` to `party6` are who is on the resulting call.",
        _event(
            "conference",
            controller="101",
            addedparty="102",
            ucid="00001094861421138402",
            uui="",
            cusdata="",
            time=1424044800,
            trunkgroup="10",
            trunkmember="12",
            primarycallid=123,
            secondarycallid=124,
            party1="101",
            party2="102",
            party3="",
            party4="",
            party5="",
            party6="",
        ),
    ),
    Shape(
        "idle",
        "The extension has no call left.",
        _event(
            "idle",
            time=1424044800,
            extension="101",
        ),
    ),
    Shape(
        "agentlogin",
        "An agent logged in. The monitor of a split tells it.",
        _event("agentlogin", extension="101", agentid="12345", split="201", state="aux", time=1424044800),
    ),
    Shape(
        "agentlogout",
        "An agent logged out. The monitor of a split tells it.",
        _event("agentlogout", extension="101", agentid="12345", split="201", reasoncode=0, time=1424044800),
    ),
    Shape(
        "agentstate",
        "An agent's state changed. A Communication Manager does not tell it: ask with `queryagentstate`.",
        _event("agentstate", extension="101", agentid="12345", state="ready", reasoncode=0, time=1424044800),
    ),
    Shape(
        "queued",
        "A call waits in a split.",
        _event("queued", split="201", calling="67896789", called="700", position=1, time=1424044800, callid=48),
    ),
    Shape(
        "divert",
        "A call was moved to another device.",
        _event("divert", diverting="101", destination="102", cause=11, time=1424044800, callid=48),
    ),
    Shape(
        "callcleared",
        "A call that came by the monitored VDN is over; stations are told with `disconnect` and `idle`.",
        _event("callcleared", cause=-1, time=1424044800, callid=48),
    ),
    Shape(
        "monitorended",
        "The switch ended the monitor. The server asks for it again until the switch takes it, and then tells what "
        "must have happened meanwhile.",
        _event("monitorended", extension="101", cause=60, time=1424044800),
    ),
    Shape(
        "linkdown",
        "The link to the switch is down; requests fail until `linkup`.",
        _event("linkdown", reason="", time=1424044800),
    ),
    Shape("linkup", "The link to the switch is back.", _event("linkup", reason="", time=1424044800)),
    Shape(
        "draining",
        "This server takes no new work and stops when its calls have ended: connect to another one.",
        _event("draining", reason="", time=1424044800),
    ),
)
"""The ten event types of the contract, then ours."""


def _array(**keys: Any) -> dict[str, Any]:
    """The schema of a list of objects that have all of these keys."""
    return {"type": "array", "items": {"type": "object", "properties": keys, "required": list(keys)}}


_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}


def _notice(eventtype: str, **keys: object) -> dict[str, object]:
    return _event(eventtype, time=1424044800, eventid=17, epoch="14c8e1f1f38", monitored="101", **keys)


NOTICES: tuple[Shape, ...] = (
    Shape(
        "position",
        "Follows the response to a `startmonitor` with `position`: what to come back with, before any event has come.",
        _notice("position"),
        channels=("ws",),
    ),
    Shape(
        "resumed",
        "Everything that was missed has been sent; what comes now is new. It follows a `startmonitor` with `since`, or "
        "a stream that begins with a position.",
        _notice("resumed"),
        channels=("ws", "sse"),
    ),
    Shape(
        "gap",
        "Events may be missing: the journal does not reach back to the position, or nobody was there to watch. A "
        "`snapshot` follows.",
        _notice("gap"),
    ),
    Shape(
        "snapshot",
        "What the device has after the event whose number this bears; its `list` is every call. That of a "
        "split has `agents` as well: who has logged in.",
        _notice(
            "snapshot",
            extension="101",
            numcall=1,
            list=[
                {
                    "callid": 48,
                    "state": "connect",
                    "numparty": 2,
                    "party": [{"extension": "101"}, {"extension": "T48#2"}],
                }
            ],
        ),
        schemas={
            "list": _array(callid=_NUMBER, state=_TEXT, numparty=_NUMBER, party=_array(extension=_TEXT)),
            "agents": _array(extension=_TEXT, agentid=_TEXT, state=_TEXT),
        },
    ),
    Shape(
        "overflow",
        "This connection reads too slowly and is closed behind this; `eventid` and `epoch` are of the last event "
        "before those that were dropped, to come back with.",
        {
            "msgtype": "event",
            "eventtype": "overflow",
            "reason": "this connection reads too slowly; reconnect, and give since and epoch to startmonitor",
            "time": 1424044800,
            "eventid": 17,
            "epoch": "14c8e1f1f38",
        },
        channels=("ws", "sse"),
    ),
)
"""What one client alone is told, of its own connection: no filter holds them back, and no journal keeps them."""
