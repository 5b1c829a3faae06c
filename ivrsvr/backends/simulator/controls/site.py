"""Controls of the whole: its state, a new beginning, the link."""

from typing import Any, Literal

from pydantic import Field

from ivrsvr.backends.simulator.controls.common import DONE, GROUP, Acted, Nothing, bad_value
from ivrsvr.backends.simulator.picture import Picture, draw
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World, WorldError
from ivrsvr.registry import Caller, Entry, Request, Response


class State(Response):
    """The whole simulator as it is now."""

    state: Picture = Field(description="Calls, stations, agents, skills, trunk groups, link and clock.")


class Reset(Request):
    """Begin again."""

    world: dict[str, Any] | None = Field(default=None, description="A whole world; without it, the present one.")


class LinkRequest(Request):
    """The CTI link fails or comes back."""

    state: Literal["down", "up"]


async def state(simulator: Simulator, request: Nothing, caller: Caller) -> State:  # noqa: ARG001
    return State(state=draw(simulator))


async def reset(simulator: Simulator, request: Reset, caller: Caller) -> Acted:  # noqa: ARG001
    try:
        world = None if request.world is None else World.from_data(request.world)
    except WorldError as error:
        raise bad_value(f"the world has a mistake: {error}") from error
    simulator.reset(world)
    return Acted()


async def link(simulator: Simulator, request: LinkRequest, caller: Caller) -> Acted:  # noqa: ARG001
    simulator.link(request.state)
    return Acted()


_EMPTY: dict[str, Any] = {
    "link": "up",
    "stalled": False,
    "clock": {"mode": "real", "rate": 1.0, "now": 1458770400.0},
    "calls": [],
    "stations": [],
    "agents": [],
    "skills": [],
    "vdns": [],
    "trunkgroups": [],
    "behaviours": [],
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
        example_responses=(DONE,),
        changes=True,
        routes=(("POST", "/sim/reset"),),
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
        example_responses=(DONE,),
        changes=True,
        form="sim link <state>",
        routes=(("POST", "/sim/link/{state}"),),
    ),
)
