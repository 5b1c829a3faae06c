"""How long a call is expected to wait for a skill, and how long calls have waited for their answer.

What a call takes an agent is learnt from the calls that the skill's agents finish; the speed of answer, from those that
they answer. Source: docs/vectors.md.
"""

from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.model import Call, Skill
from ivrsvr.csta.enums import ATTWorkMode as Mode

WEIGHT = 1 / 8
"""Of the last call in the means of what calls take and how fast they are answered."""

_WORKING = frozenset({Mode.WM_AUTO_IN, Mode.WM_MANUAL_IN, Mode.WM_AFTCAL_WK})


def wait(skill: Skill, ahead: int) -> float:
    """Seconds that a call waits with so many ahead of it; 0 while somebody is free, infinite where nobody works."""
    if skill.available and not ahead:
        return 0.0
    working = sum(1 for agent in skill.agents.values() if agent.works[skill.extension].mode in _WORKING)
    if not working:
        return float("inf")
    return (ahead + 1) * skill.handling / working


def finished(skill: Skill, seconds: float) -> None:
    """An agent has finished a call of the skill, which took so long."""
    skill.handling = _mean(skill.handling, seconds)


def answered(core: Core, call: Call, skill: Skill, waited: float) -> None:
    """An agent of the skill has answered a call, which waited so long for it."""
    now = core.clock.now()
    core.answer_speeds[skill.extension] = _mean(core.answer_speeds.get(skill.extension), waited)
    if call.vdn and not call.split:
        core.answer_speeds[call.vdn] = _mean(core.answer_speeds.get(call.vdn), now - call.at_vdn)


def _mean(before: float | None, now: float) -> float:
    """The mean with one more value; the first one is the mean."""
    return now if before is None else before + (now - before) * WEIGHT
