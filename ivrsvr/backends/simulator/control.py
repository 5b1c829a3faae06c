"""What can be done to the simulator from outside, as entries of the registry: people, parties, time, the link."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field

from ivrsvr.backends.simulator.people import PeopleError
from ivrsvr.backends.simulator.picture import Picture, draw
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World, WorldError
from ivrsvr.clock import Clock
from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.registry import Caller, CallNumber, Device, Entry, Ia5Text, Request, RequestError, Response, Text

GROUP = "simulator"
MOST_SECONDS = 7 * 24 * 3600.0
"""How far the clock can be advanced at once."""

SETTLING_ROUNDS = 10
"""Rounds of the loop between two timers, so that what the first one caused is on its way before the next."""

PhoneAction = Literal[
    "lift",
    "hangup",
    "dial",
    "answer",
    "hold",
    "retrieve",
    "press",
    "transfer",
    "conference",
    "pickup",
    "park",
    "unpark",
    "bridge",
    "forward",
    "sendallcalls",
    "message",
]
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


# ---- models


class Nothing(Request):
    """A request without keys."""


class State(Response):
    """The whole simulator as it is now."""

    state: Picture = Field(description="Calls, stations, agents, skills, trunk groups, link and clock.")


class Reset(Request):
    """Begin again."""

    world: dict[str, Any] | None = Field(default=None, description="A whole world; without it, the present one.")


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


class PhoneRequest(Request):
    """A hand at a telephone."""

    extension: Device = Field(description="The telephone.")
    action: PhoneAction
    number: Text = Field(
        default="",
        description="What to dial (dial); whose call to take (pickup; without it, one of the group); where to park "
        "or take a parked call (park, unpark); where calls go (forward; without it, nowhere).",
    )
    of: Text = Field(default="", description="Whose appearance is pressed (bridge); with a number, to call that.")
    when: Literal["always", "busy", "noanswer"] = Field(default="always", description="Which calls are forwarded.")
    on: bool = Field(default=True, description="Switch sendallcalls or the light of a message on, or off.")
    application: Text = Field(default="voice", description="Whose message it is: cti, lwc, property, voice or mcs.")
    digits: Text = Field(default="", description="Keys to press (press).")
    callid: CallNumber | None = Field(default=None, description="Which call, where the telephone has several.")


class PartyRequest(Request):
    """An outside party acts."""

    party: Device = Field(description="T<callid>#<n> as the party was first called, or T<callid>.")
    action: PartyAction
    digits: Text = Field(default="", description="Keys to press (press).")
    uui: Ia5Text = Field(default="", description="User-to-user information that goes with hangup.")


class ClockRequest(Request):
    """Set the clock, and let time pass."""

    mode: Literal["real", "virtual"] | None = Field(default=None, description="Whether time runs by itself.")
    rate: Annotated[float, Field(gt=0, le=1000)] | None = Field(
        default=None, description="Seconds of the simulator per second, in real time."
    )
    advance: Annotated[float, Field(ge=0, le=MOST_SECONDS)] | None = Field(
        default=None, description="Seconds that shall pass at once, in virtual time."
    )


class ClockState(Response):
    """The clock."""

    mode: Literal["real", "virtual"]
    rate: float
    now: float = Field(description="Seconds since 1970-01-01 UTC.")


class LinkRequest(Request):
    """The CTI link fails or comes back."""

    state: Literal["down", "up"]


class Acted(Response):
    """It happened."""

    error: str = ""


# ---- handlers


def _wrong_state(text: str) -> RequestError:
    error = CSTAUniversalFailure.INVALID_OBJECT_STATE
    return RequestError(error.name, int(error), text, 409)


def _bad_value(text: str) -> RequestError:
    error = CSTAUniversalFailure.VALUE_OUT_OF_RANGE
    return RequestError(error.name, int(error), text, 400)


def _unknown(text: str) -> RequestError:
    error = CSTAUniversalFailure.INVALID_CSTA_DEVICE_IDENTIFIER
    return RequestError(error.name, int(error), text, 404)


async def state(simulator: Simulator, request: Nothing, caller: Caller) -> State:  # noqa: ARG001
    return State(state=draw(simulator))


async def reset(simulator: Simulator, request: Reset, caller: Caller) -> Acted:  # noqa: ARG001
    try:
        world = None if request.world is None else World.from_data(request.world)
    except WorldError as error:
        raise _bad_value(f"the world has a mistake: {error}") from error
    simulator.reset(world)
    return Acted()


async def call_in(simulator: Simulator, request: OutsideCallRequest, caller: Caller) -> OutsideCallMade:  # noqa: ARG001
    try:
        made = simulator.people.call_in(
            request.caller, request.to, request.trunkgroup, request.member, request.uui, request.behaviour
        )
    except PeopleError as error:
        raise _wrong_state(str(error)) from error
    return OutsideCallMade(callid=made.callID, ucid=made.ucid, party=made.party)


async def phone(simulator: Simulator, request: PhoneRequest, caller: Caller) -> Acted:  # noqa: ARG001
    extension, call_id = request.extension, request.callid or 0
    if extension not in simulator.world.stations:
        raise _unknown(f"there is no telephone {extension}")
    if request.action == "dial" and not request.number:
        raise _bad_value('dial needs the key "number"')
    if request.action == "press" and not request.digits:
        raise _bad_value('press needs the key "digits"')
    people = simulator.people
    actions: dict[PhoneAction, Callable[[], None]] = {
        "lift": lambda: people.lift(extension),
        "hangup": lambda: people.hangup(extension, call_id),
        "dial": lambda: people.dial(extension, request.number),
        "answer": lambda: people.answer(extension, call_id),
        "hold": lambda: people.hold(extension, call_id),
        "retrieve": lambda: people.retrieve(extension, call_id),
        "press": lambda: people.press(extension, request.digits),
        "transfer": lambda: people.transfer(extension),
        "conference": lambda: people.conference(extension),
        "pickup": lambda: people.pickup(extension, request.number),
        "park": lambda: people.park(extension, request.number),
        "unpark": lambda: people.unpark(extension, request.number or extension),
        "bridge": lambda: people.bridge(extension, request.of, request.number),
        "forward": lambda: people.forward(extension, request.number, request.when),
        "sendallcalls": lambda: people.send_all_calls(extension, on=request.on),
        "message": lambda: people.message(extension, request.application, waiting=request.on),
    }
    try:
        actions[request.action]()
    except PeopleError as error:
        raise _wrong_state(str(error)) from error
    return Acted()


async def party(simulator: Simulator, request: PartyRequest, caller: Caller) -> Acted:  # noqa: ARG001
    if request.action == "press" and not request.digits:
        raise _bad_value('press needs the key "digits"')
    try:
        simulator.people.party(request.party, request.action, request.digits, request.uui)
    except PeopleError as error:
        raise _wrong_state(str(error)) from error
    return Acted()


async def read_clock(simulator: Simulator, request: Nothing, caller: Caller) -> ClockState:  # noqa: ARG001
    clock = simulator.clock
    return ClockState(mode=clock.mode, rate=clock.rate, now=clock.now())


async def set_clock(simulator: Simulator, request: ClockRequest, caller: Caller) -> ClockState:
    clock = simulator.clock
    mode = request.mode or clock.mode
    if request.advance is not None and mode != "virtual":
        raise _wrong_state('real time passes by itself; set "mode" to "virtual" to advance it')
    if request.mode is not None or request.rate is not None:
        clock.set_mode(mode, request.rate or clock.rate)
    if request.advance is not None:
        await advance(clock, request.advance)
    return await read_clock(simulator, Nothing(), caller)


async def advance(clock: Clock, seconds: float) -> None:
    """Let virtual time pass, timer by timer; between two of them everybody gets a turn."""
    end = clock.now() + seconds
    while clock.mode == "virtual" and (when := clock.next_when()) is not None and when <= end:
        clock.step()
        for _ in range(SETTLING_ROUNDS):
            await asyncio.sleep(0)
    if clock.mode == "virtual" and end > clock.now():
        clock.move_to(end)


async def link(simulator: Simulator, request: LinkRequest, caller: Caller) -> Acted:  # noqa: ARG001
    simulator.link(request.state)
    return Acted()


# ---- entries

_DONE = {"msgtype": "response", "id": "1", "result": "success", "error": ""}
_CLOCK = {"msgtype": "response", "id": "1", "result": "success", "mode": "virtual", "rate": 1.0, "now": 1458770400.0}
_EMPTY: dict[str, Any] = {
    "link": "up",
    "stalled": False,
    "clock": {"mode": "real", "rate": 1.0, "now": 1458770400.0},
    "calls": [],
    "stations": [],
    "agents": [],
    "skills": [],
    "trunkgroups": [],
}

ENTRIES: tuple[Entry, ...] = (
    Entry(
        name="sim state",
        group=GROUP,
        scope="sim",
        request=Nothing,
        response=State,
        handler=state,
        summary="Show calls, stations, agents, skills, trunk groups, link and clock of the simulator.",
        examples=({"id": "1", "request": "sim state"},),
        example_responses=({"msgtype": "response", "id": "1", "result": "success", "state": _EMPTY},),
        routes=(("GET", "/sim/state"),),
    ),
    Entry(
        name="sim reset",
        group=GROUP,
        scope="sim",
        request=Reset,
        response=Acted,
        handler=reset,
        summary="Begin again, with the same world or another one.",
        description="Every call is gone and every stream to the AES is ended, as after a restart of both.",
        examples=({"id": "1", "request": "sim reset"},),
        example_responses=(_DONE,),
        changes=True,
        routes=(("POST", "/sim/reset"),),
    ),
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
        example_responses=(_DONE,),
        changes=True,
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
        example_responses=(_DONE,),
        changes=True,
        routes=(("POST", "/sim/parties/{party}/{action}"),),
    ),
    Entry(
        name="sim clock",
        group=GROUP,
        scope="sim",
        request=Nothing,
        response=ClockState,
        handler=read_clock,
        summary="Show the clock.",
        examples=({"id": "1", "request": "sim clock"},),
        example_responses=(_CLOCK,),
        routes=(("GET", "/sim/clock"),),
    ),
    Entry(
        name="sim setclock",
        group=GROUP,
        scope="sim",
        request=ClockRequest,
        response=ClockState,
        handler=set_clock,
        summary="Choose real or virtual time and its rate, and let virtual time pass.",
        examples=({"id": "1", "request": "sim setclock", "mode": "virtual", "advance": 30},),
        example_responses=(_CLOCK,),
        changes=True,
        routes=(("POST", "/sim/clock"),),
    ),
    Entry(
        name="sim link",
        group=GROUP,
        scope="sim",
        request=LinkRequest,
        response=Acted,
        handler=link,
        summary="The link between switch and AES goes down, or comes up.",
        examples=({"id": "1", "request": "sim link", "state": "down"},),
        example_responses=(_DONE,),
        changes=True,
        routes=(("POST", "/sim/link/{state}"),),
    ),
)
"""Every control, before it knows its simulator."""


def entries(simulator: Simulator) -> tuple[Entry, ...]:
    """The controls of a simulator."""
    return tuple(entry.bind(simulator) for entry in ENTRIES)
