"""What must have happened before an example of the contract can succeed, told through public doors.

A preparation is a list of steps, each a call on the running server: ``("phone", "101", "dial", {"number": "102"})``.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from ivrsvr.testing.facade import Client, RunningServer

Step: TypeAlias = tuple[Any, ...]

DIAL: list[Step] = [("phone", "101", "dial", {"number": "102"})]
TALK: list[Step] = [*DIAL, ("phone", "102", "answer", {})]
TALK_103: list[Step] = [("phone", "101", "dial", {"number": "103"}), ("phone", "103", "answer", {})]
RING: list[Step] = [("phone", "103", "dial", {"number": "101"})]
HELD: list[Step] = [*TALK, ("ask", "hold", {"extension": "101"})]
TWO_CALLS: list[Step] = [*HELD, *TALK_103]
CONSULTED: list[Step] = [
    *TALK,
    ("ask", "consultation", {"extension": "101", "destination": "103"}),
    ("phone", "103", "answer", {}),
]
LOGGED_IN: list[Step] = [("ask", "login", {"extension": "101", "agentid": "12345", "passwd": "67890"})]
READY: list[Step] = [*LOGGED_IN, ("ask", "setstate", {"extension": "101", "state": "auto"})]
MONITORED: list[Step] = [("ask", "startmonitor", {"extension": "101"})]
OUTGOING: list[Step] = [("ask", "makecall", {"extension": "101", "destination": "67896789"})]
NOISE: list[Step] = [("ask", "userdata", {"extension": "101", "type": "set", "data": "x"})]

STEPS: Mapping[str, list[Step]] = {
    "hold": TALK,
    "retrieve": HELD,
    "retrieve T1234#1": [
        ("call_in", "101", {"number": "60123456"}),
        ("phone", "101", "answer", {}),
        ("ask", "hold", {"extension": "101"}),
    ],
    "hangup": TALK,
    "dropparty": [("call_in", "101", {"number": "60123"}), ("phone", "101", "answer", {})],
    "answer": [("call_in", "101", {"number": "67896789"})],
    "consultation": TALK,
    "reconnect": CONSULTED,
    "alternate": TWO_CALLS,
    "transfer": TALK,
    "conference": TALK,
    "dtmf": TALK,
    "logout": LOGGED_IN,
    "setstate aux": READY,
    "setstate acw": READY,
    "setstate manual": READY,
    "setstate auto": LOGGED_IN,
    "stopmonitor": MONITORED,
    "userdata:alert": [*MONITORED, ("call_in", "101", {"number": "60123456"})],
    "userdata:hangup": [*MONITORED, *TALK, ("phone", "101", "hangup", {})],
    "userdata:get": NOISE * 5,
    "userdata:update": NOISE * 5,
    "clearcall": TALK,
    "deflectcall": RING,
    "pickupcall": RING,
    "snapshot": OUTGOING,
    "singlestepconference": TALK_103,
    "selectivelisteninghold 102": TALK,
    "selectivelisteninghold all": TALK,
    "selectivelisteningretrieve 102": [*TALK, ("ask", "selectivelisteninghold", {"extension": "101", "party": "102"})],
    "selectivelisteningretrieve all": [*TALK, ("ask", "selectivelisteninghold", {"extension": "101", "party": "all"})],
    "queryagentlogin": LOGGED_IN,
    "queryucid": DIAL,
}
"""Entry of the contract, with the value that tells its examples apart where it matters: what comes first."""

KEY_TIME = "2016-01-27T05:19:29Z"
"""The time inside the example's user-data key: 56A85361."""

PATCHES: Mapping[str, dict[str, Any]] = {
    "retrieve T1234#1": {"system": {"callIdFirst": 1234}},
    "queryucid": {"system": {"callIdFirst": 123}},
    "userdata:get": {"clock": {"start": KEY_TIME}},
    "userdata:update": {"clock": {"start": KEY_TIME}},
}
"""What the default world must be like, where the example prints a number that the switch or the server gives."""

EVENTS: Mapping[str, list[Step]] = {
    "offer": [("call_in", "101", {"number": "60123456"})],
    "alert": DIAL,
    "connect": TALK,
    "fail": [("phone", "101", "dial", {"number": "199"})],
    "hold": HELD,
    "retrieve": [*HELD, ("ask", "retrieve", {"extension": "101"})],
    "disconnect": [*TALK, ("phone", "102", "hangup", {})],
    "transfer": [*CONSULTED, ("ask", "transfer", {"extension": "101"})],
    "conference": [*CONSULTED, ("ask", "conference", {"extension": "101"})],
    "idle": [*TALK, ("phone", "101", "hangup", {})],
}
"""Event type: what makes it come to a client that monitors 101."""


def title(entry: str, example: Mapping[str, str]) -> str:
    """The key of an example in these tables."""
    for key in ("destination", "party", "state"):
        if f"{entry} {example.get(key)}" in STEPS:
            return f"{entry} {example[key]}"
    return entry


def prepare(server: RunningServer, client: Client, steps: list[Step]) -> None:
    """Carry out a preparation; each of its steps must succeed."""
    for kind, *rest in steps:
        *where, fields = rest
        if kind == "ask":
            response = client.request(*where, **fields)
            assert response["result"] == "success", (where, fields, response)
        else:
            getattr(server, kind)(*where, **fields)
