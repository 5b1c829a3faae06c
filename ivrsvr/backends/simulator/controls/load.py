"""Load a world or a scenario from the text of its file, as people keep them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ivrsvr.backends.simulator.controls.common import GROUP, bad_value
from ivrsvr.backends.simulator.controls.scenarios import ScenarioRequest, play
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World, WorldError
from ivrsvr.backends.simulator.world_file import parse
from ivrsvr.registry import Caller, Entry, Request, Response, Text

MARK_OF_SCENARIOS = "duration"
"""The key that every scenario has, and no world."""


class LoadRequest(Request):
    """The text of a file."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=1_000_000)] = Field(
        description="A world file or a scenario file, YAML or JSON."
    )
    name: Text = Field(default="", description="The file's name, for messages; .json is read as JSON alone.")


class Loaded(Response):
    """It is in force."""

    kind: Literal["world", "scenario"]


async def load(simulator: Simulator, request: LoadRequest, caller: Caller) -> Loaded:
    name = request.name or "the file"
    try:
        data = parse(request.text, json_only=request.name.endswith(".json"))
        if not isinstance(data, dict):
            raise WorldError("", "a world or a scenario is an object of keys")
        if MARK_OF_SCENARIOS in data:
            await play(simulator, ScenarioRequest(scenario=data), caller)
            return Loaded(kind="scenario")
        simulator.reset(World.from_data(data))
    except WorldError as error:
        raise bad_value(f"{name}: {error}") from error
    return Loaded(kind="world")


ENTRIES: tuple[Entry, ...] = (
    Entry(
        name="sim load",
        group=GROUP,
        scope="sim",
        request=LoadRequest,
        response=Loaded,
        handler=load,
        summary="Load the text of a world file, and begin again with it; or that of a scenario file, and play it.",
        examples=({"id": "1", "request": "sim load", "text": "stations: {201: {name: Front desk}}"},),
        example_responses=({"msgtype": "response", "id": "1", "result": "success", "kind": "world"},),
        changes=True,
        routes=(("POST", "/sim/load"),),
    ),
)
