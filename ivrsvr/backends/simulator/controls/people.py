"""Controls of people: outside callers, hands at telephones, outside parties."""

from typing import Any, Literal

from pydantic import Field

from ivrsvr.backends.simulator.controls.common import DONE, GROUP, Acted, bad_value, unknown, wrong_state
from ivrsvr.backends.simulator.hands import PhoneRequest, act, missing
from ivrsvr.backends.simulator.people import PeopleError
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.registry import Caller, Device, Entry, Ia5Text, Request, Response, Text

PartyAction = Literal[
    "ring",
    "progress",
    "answer",
    "busy",
    "hangup",
    "press",
    "machine",
    "fax",
    "sit-reorder",
    "sit-no-circuit",
    "sit-intercept",
    "sit-vacant",
    "sit-ineffective",
    "sit-unknown",
]


class OutsideCallRequest(Request):
    """An outside party calls in."""

    caller: Text | None = Field(default=None, alias="from", description="Its number; without it, none is presented.")
    to: Device = Field(description="The number that it calls: an extension, agent, split or VDN.")
    trunkgroup: Text = Field(default="", description="The trunk group; without it, the first with a free member.")
    member: Text = Field(default="", description="The trunk member; without it, the lowest free one.")
    uui: Ia5Text = Field(default="", description="User-to-user information that comes with the call.")
    behaviour: str | dict[str, Any] | None = Field(
        default=None,
        description="What the party does by itself: the name of a behaviour of the world, or one of its own; without "
        "it, as the world's `outside` says of its number.",
    )


class OutsideCallMade(Response):
    """The call that came in."""

    callid: int
    ucid: str
    party: str = Field(description="The name of the outside party, for `sim party`.")


class PartyRequest(Request):
    """An outside party acts."""

    party: Device = Field(description="T<callid>#<n> as the party was first called, or T<callid>.")
    action: PartyAction
    digits: Text = Field(default="", description="Keys to press (press).")
    uui: Ia5Text = Field(default="", description="User-to-user information that goes with hangup.")


async def call_in(simulator: Simulator, request: OutsideCallRequest, caller: Caller) -> OutsideCallMade:  # noqa: ARG001
    try:
        made = simulator.people.call_in(
            request.caller, request.to, request.trunkgroup, request.member, request.uui, request.behaviour
        )
    except PeopleError as error:
        raise wrong_state(str(error)) from error
    return OutsideCallMade(callid=made.callID, ucid=made.ucid, party=made.party)


async def phone(simulator: Simulator, request: PhoneRequest, caller: Caller) -> Acted:  # noqa: ARG001
    if request.extension not in simulator.world.stations:
        raise unknown(f"there is no telephone {request.extension}")
    if missing(request):
        raise bad_value(f'{request.action} needs the key "{missing(request)}"')
    try:
        act(simulator.people, request)
    except PeopleError as error:
        raise wrong_state(str(error)) from error
    return Acted()


async def party(simulator: Simulator, request: PartyRequest, caller: Caller) -> Acted:  # noqa: ARG001
    if request.action == "press" and not request.digits:
        raise bad_value('press needs the key "digits"')
    try:
        simulator.people.party(request.party, request.action, request.digits, request.uui)
    except PeopleError as error:
        raise wrong_state(str(error)) from error
    return Acted()


ENTRIES: tuple[Entry, ...] = (
    Entry(
        name="sim call",
        group=GROUP,
        scope="sim",
        request=OutsideCallRequest,
        response=OutsideCallMade,
        handler=call_in,
        summary="An outside party calls in.",
        examples=({"id": "1", "request": "sim call", "from": "67896789", "to": "101"},),
        example_responses=(
            {
                "msgtype": "response",
                "id": "1",
                "result": "success",
                "callid": 1,
                "ucid": "00001000011458770400",
                "party": "T1#1",
            },
        ),
        changes=True,
        form="sim call <from> <to> [trunkgroup]",
        routes=(("POST", "/sim/calls"),),
    ),
    Entry(
        name="sim phone",
        group=GROUP,
        scope="sim",
        request=PhoneRequest,
        response=Acted,
        handler=phone,
        summary="A hand at a telephone: lift, hangup, dial, answer, hold, retrieve, press, transfer, park and so on.",
        examples=({"id": "1", "request": "sim phone", "extension": "101", "action": "dial", "number": "102"},),
        example_responses=(DONE,),
        changes=True,
        form="sim phone <extension> <action> [number]",
        routes=(("POST", "/sim/phones/{extension}/{action}"),),
    ),
    Entry(
        name="sim party",
        group=GROUP,
        scope="sim",
        request=PartyRequest,
        response=Acted,
        handler=party,
        summary="An outside party acts: ring, progress, answer, busy, hangup, press.",
        examples=({"id": "1", "request": "sim party", "party": "T1#2", "action": "answer"},),
        example_responses=(DONE,),
        changes=True,
        form="sim party <party> <action> [digits]",
        routes=(("POST", "/sim/parties/{party}/{action}"),),
    ),
)
