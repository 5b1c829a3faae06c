"""Controls of scenarios: play one on this simulator, see how it goes, stop it."""

from typing import Any

from pydantic import BaseModel, Field

from ivrsvr.backends.simulator.controls.common import DONE, GROUP, Acted, Nothing, bad_value, wrong_state
from ivrsvr.backends.simulator.scenario import file
from ivrsvr.backends.simulator.scenario.play import Play, ScenarioError
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import WorldError
from ivrsvr.registry import Caller, Entry, Number, Request, Response


class ScenarioRequest(Request):
    """Play a scenario."""

    scenario: str | dict[str, Any] = Field(
        description="The name of one of the package, or a scenario itself, as in a scenario file. Where it says "
        "anything of its world, or is one of the package, the simulator begins again with that world."
    )
    seed: Number | None = Field(default=None, description="Of all that chance decides; without it, the scenario's own.")


class ScenarioBegun(Response):
    """It has begun."""

    scenario: str = Field(description="Its name; empty for one that came as an object.")
    seconds: float = Field(description="How long callers will come, in seconds of the simulator.")


class Performance(BaseModel):
    """The scenario that is played, or was played last."""

    scenario: str
    description: str
    seed: int
    stage: str = Field(description="playing; closing: the last calls are waited for; over; stopped.")
    reason: str
    seconds: float
    progress: float = Field(description="How much of its duration has passed, from 0 to 1.")
    passed: bool = Field(description="It is over, and every expectation was met.")
    expectations: list[dict[str, Any]]
    figures: dict[str, Any]
    failures: list[str]


class Scenarios(Response):
    """The scenarios of the package, and the one that is played, or was played last."""

    scenarios: list[str]
    performance: Performance | None


async def play(simulator: Simulator, request: ScenarioRequest, caller: Caller) -> ScenarioBegun:  # noqa: ARG001
    if simulator.play is not None and simulator.play.ended is None:
        name = simulator.play.scenario.name or "a scenario"
        raise wrong_state(f"{name} is being played; stop it first (DELETE /sim/scenarios)")
    given = request.scenario
    try:
        if isinstance(given, str):
            if given not in file.names():
                raise WorldError("", file.unknown(given))
            scenario = file.load(given)
        else:
            scenario = file.from_data(given, world=simulator.world)
        performance = Play(simulator, scenario, simulator.applications, request.seed)
        performance.check()
    except WorldError as error:
        raise bad_value(f"the scenario has a mistake: {error}") from error
    except ScenarioError as error:
        raise wrong_state(str(error)) from error
    if scenario.own_world:
        simulator.reset(scenario.world)
    simulator.play = performance
    performance.start()
    return ScenarioBegun(scenario=scenario.name, seconds=scenario.data.duration)


async def show(simulator: Simulator, request: Nothing, caller: Caller) -> Scenarios:  # noqa: ARG001
    performance = simulator.play
    return Scenarios(
        scenarios=file.names(),
        performance=None if performance is None else Performance.model_validate(performance.result),
    )


async def stop(simulator: Simulator, request: Nothing, caller: Caller) -> Acted:  # noqa: ARG001
    if simulator.play is None or simulator.play.ended is not None:
        raise wrong_state("no scenario is being played")
    simulator.play.stop()
    return Acted()


ENTRIES: tuple[Entry, ...] = (
    Entry(
        name="sim scenario",
        group=GROUP,
        scope="sim",
        request=ScenarioRequest,
        response=ScenarioBegun,
        handler=play,
        summary="Play a scenario: people come, call, answer and leave by themselves.",
        description="It takes as long as the simulator's clock lets it; see the manual's page on scenarios.",
        examples=({"id": "1", "request": "sim scenario", "scenario": "quiet-day"},),
        example_responses=(
            {"msgtype": "response", "id": "1", "result": "success", "scenario": "quiet-day", "seconds": 3600.0},
        ),
        changes=True,
        form="sim scenario <scenario> [seed]",
        routes=(("POST", "/sim/scenarios"),),
    ),
    Entry(
        name="sim scenarios",
        group=GROUP,
        scope="sim",
        request=Nothing,
        response=Scenarios,
        handler=show,
        summary="The scenarios that there are, and how the one goes that is played.",
        examples=({"id": "1", "request": "sim scenarios"},),
        example_responses=(
            {
                "msgtype": "response",
                "id": "1",
                "result": "success",
                "scenarios": ["default", "quiet-day"],
                "performance": None,
            },
        ),
        routes=(("GET", "/sim/scenarios"),),
    ),
    Entry(
        name="sim noscenario",
        group=GROUP,
        scope="sim",
        request=Nothing,
        response=Acted,
        handler=stop,
        summary="Stop the scenario that is being played.",
        description="Callers stay who they are; nobody else comes, and agents stay where they sit.",
        examples=({"id": "1", "request": "sim noscenario"},),
        example_responses=(DONE,),
        changes=True,
        routes=(("DELETE", "/sim/scenarios"),),
    ),
)
