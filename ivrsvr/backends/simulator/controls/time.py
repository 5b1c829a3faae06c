"""Controls of the clock."""

import asyncio
from typing import Annotated, Literal

from pydantic import Field

from ivrsvr.backends.simulator.controls.common import GROUP, Nothing, wrong_state
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.clock import Clock
from ivrsvr.registry import Caller, Entry, Request, Response

MOST_SECONDS = 7 * 24 * 3600.0
"""How far the clock can be advanced at once."""

IDLE_WITHIN = 3600.0
"""Seconds after which waiting for an idle switch ends: a call that hears music in a queue goes on for ever."""

SETTLING_ROUNDS = 10
"""Rounds of the loop between two timers, so that what the first one caused is on its way before the next."""


class ClockRequest(Request):
    """Set the clock, and let time pass."""

    mode: Literal["real", "virtual"] | None = Field(default=None, description="Whether time runs by itself.")
    rate: Annotated[float, Field(gt=0, le=1000)] | None = Field(
        default=None, description="Seconds of the simulator per second, in real time."
    )
    advance: Annotated[float, Field(ge=0, le=MOST_SECONDS)] | None = Field(
        default=None, description="Seconds that shall pass at once, in virtual time."
    )
    idle: bool = Field(
        default=False,
        description="Let virtual time pass until nothing more is to happen in the switch by itself, an hour at most.",
    )


class ClockState(Response):
    """The clock."""

    mode: Literal["real", "virtual"]
    rate: float
    now: float = Field(description="Seconds since 1970-01-01 UTC.")
    idle: bool = Field(description="Whether nothing is to happen in the switch by itself.")


async def read_clock(simulator: Simulator, request: Nothing, caller: Caller) -> ClockState:  # noqa: ARG001
    clock = simulator.clock
    return ClockState(mode=clock.mode, rate=clock.rate, now=clock.now(), idle=simulator.is_idle)


async def set_clock(simulator: Simulator, request: ClockRequest, caller: Caller) -> ClockState:
    clock = simulator.clock
    mode = request.mode or clock.mode
    if (request.advance is not None or request.idle) and mode != "virtual":
        raise wrong_state('real time passes by itself; set "mode" to "virtual" to advance it')
    if request.mode is not None or request.rate is not None:
        clock.set_mode(mode, request.rate or clock.rate)
    if request.advance is not None:
        await advance(clock, request.advance)
    if request.idle:
        await run_until_idle(simulator)
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


async def run_until_idle(simulator: Simulator) -> None:
    """Let virtual time pass until nothing more is to happen in the switch, or for an hour."""
    clock = simulator.clock
    end = clock.now() + IDLE_WITHIN
    while clock.mode == "virtual" and not simulator.is_idle:
        when = clock.next_when()
        if when is None or when > end:
            return
        await advance(clock, max(0.0, when - clock.now()))


_CLOCK = {
    "msgtype": "response",
    "id": "1",
    "result": "success",
    "mode": "virtual",
    "rate": 1.0,
    "now": 1458770400.0,
    "idle": True,
}

ENTRIES: tuple[Entry, ...] = (
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
        form="sim setclock [mode] [rate] [advance] [idle]",
        routes=(("POST", "/sim/clock"),),
    ),
)
