"""What must hold between the parts of a training, its world and its trainee."""

import re
import unicodedata
from typing import TYPE_CHECKING

from ivrsvr.backends.simulator.scenario.numbers import dialled
from ivrsvr.backends.simulator.training.schema import MARKS, Line, Training, TrainingCaller
from ivrsvr.backends.simulator.world import World
from ivrsvr.backends.simulator.world_checks import refer
from ivrsvr.backends.simulator.world_reader import WorldError, describe, nearest

if TYPE_CHECKING:
    from ivrsvr.backends.simulator.scenario.schema import ScenarioData

CALLERS_MOST = 500
TEXT_MOST = 2000
"""Characters of one text."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def check(data: "ScenarioData", training: Training, world: World) -> None:
    """Raises WorldError with the path of what is wrong."""
    _text(data.description, "description")
    _language(training.language, "training.language")
    _text(training.title, "training.title", needed=True)
    _text(training.briefing, "training.briefing")
    for name in training.goals.weights:
        if name not in MARKS:
            raise WorldError(
                f"training.goals.weights.{name}", f"must be one of {', '.join(MARKS)}{nearest(name, MARKS)}"
            )
    if not training.callers:
        raise WorldError("training.callers", "a training needs at least one caller")
    if len(training.callers) > CALLERS_MOST:
        raise WorldError("training.callers", f"are more than {CALLERS_MOST}")
    seen: set[str] = set()
    for place, caller in enumerate(training.callers, 1):
        path = f"training.callers.{place}"
        if caller.name in seen:
            raise WorldError(f"{path}.name", f"{describe(caller.name)} stands here twice; give each caller a name")
        seen.add(caller.name)
        _check_caller(caller, data.duration, world, path)


def _check_caller(caller: TrainingCaller, duration: float, world: World, path: str) -> None:
    _text(caller.name, f"{path}.name", needed=True)
    _text(caller.wants, f"{path}.wants")
    if caller.language:
        _language(caller.language, f"{path}.language")
    if caller.to:
        dialled(caller.to, world, f"{path}.to")
    if caller.at is not None and caller.at >= duration:
        raise WorldError(f"{path}.at", f"the scenario is over after {duration:g} seconds")
    if caller.trunkGroup:
        refer(caller.trunkGroup, world.trunkGroups, "trunk group", f"{path}.trunkGroup")
    elif not world.trunkGroups:
        raise WorldError(path, "callers from outside need a trunk group in the world")
    if not all(" " <= mark <= "~" for mark in caller.uui) or len(caller.uui) > 96:
        raise WorldError(f"{path}.uui", "must be up to 96 characters of plain ASCII")
    for target in caller.transferTo:
        dialled(target, world, f"{path}.transferTo")
    names = [one.item for one in caller.checklist]
    for number, item in enumerate(caller.checklist, 1):
        where = f"{path}.checklist.{number}"
        _text(item.item, f"{where}.item", needed=True)
        _text(item.text, f"{where}.text")
        if names.count(item.item) > 1:
            raise WorldError(f"{where}.item", f"{describe(item.item)} stands here twice")
    for number, line in enumerate(caller.script, 1):
        _check_line(line, caller, names, f"{path}.script.{number}")


def _check_line(line: Line, caller: TrainingCaller, names: list[str], path: str) -> None:
    _text(line.say, f"{path}.say")
    if line.when == "asked":
        if not line.item:
            raise WorldError(f"{path}.item", "this key is missing: which entry of the checklist was asked")
        refer(line.item, names, "entry of the checklist", f"{path}.item")
    elif line.item:
        raise WorldError(f"{path}.item", "belongs to `when: asked` only")
    if line.when == "askedAll" and not names:
        raise WorldError(f"{path}.when", "this caller has no checklist")
    if line.when in ("transferredRight", "transferredWrong") and not caller.transferTo:
        raise WorldError(f"{path}.when", "needs transferTo, which says where this caller should go")
    if not (line.say or line.mood or line.press or line.hangup):
        raise WorldError(path, "needs something that happens: say, mood, press or hangup")


def _text(text: str, path: str, *, needed: bool = False) -> None:
    if needed and not text.strip():
        raise WorldError(path, "must not be empty")
    if any(unicodedata.category(mark) in ("Cc", "Cs") and mark not in "\n\t" for mark in text):
        raise WorldError(path, "must not contain control characters, or halves of characters")
    if len(text) > TEXT_MOST:
        raise WorldError(path, f"is longer than {TEXT_MOST} characters")


def _language(text: str, path: str) -> None:
    if not _LANGUAGE.fullmatch(text):
        raise WorldError(path, f"must be a language such as en, de or pt-BR, not {describe(text)}")


def impossible(data: "ScenarioData", world: World, extension: str, agent: str) -> str:
    """Why nobody can be trained there with this scenario; "" = somebody can."""
    training = data.training
    assert training is not None
    if extension not in world.stations:
        hint = nearest(extension, list(world.stations))
        return f"there is no telephone {describe(extension)} in this scenario's world{hint}"
    if agent and agent not in world.agents:
        return f"there is no agent {describe(agent)} in this scenario's world{nearest(agent, list(world.agents))}"
    taken = {station for group in data.staff for station in group.stations}
    taken |= {port for ivr in data.ivrs.values() for port in ivr.ports}
    if extension in taken:
        free = [one for one in world.stations if one not in taken]
        return f"{extension} belongs to somebody of the scenario; take another one, such as {', '.join(free[:5])}"
    if agent in {one for group in data.staff for one in group.agents}:
        return f"agent {agent} is somebody of the scenario; take another one"
    through = sorted({one.to for one in training.callers if one.to and one.to not in (extension, agent)})
    if through and not agent:
        return (
            f"its callers come by {', '.join(through)}, to agents who are logged in; name the trainee's agent id, too"
        )
    return ""
