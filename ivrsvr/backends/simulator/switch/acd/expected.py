"""How long a call is expected to wait for a skill: calls ahead of it, what a call takes, and who works.

What a call takes an agent is learnt from the calls that the skill's agents finish. Source: docs/vectors.md.
"""

from ivrsvr.backends.simulator.switch.model import Skill
from ivrsvr.csta.enums import ATTWorkMode as Mode

WEIGHT = 1 / 8
"""Of the last call in the mean of what calls take."""

_WORKING = frozenset({Mode.WM_AUTO_IN, Mode.WM_MANUAL_IN, Mode.WM_AFTCAL_WK})


def wait(skill: Skill, ahead: int) -> float:
    """Seconds that a call waits with so many ahead of it; 0 while somebody is free, infinite where nobody works."""
    if skill.available and not ahead:
        return 0.0
    working = sum(1 for agent in skill.agents.values() if agent.mode in _WORKING)
    if not working:
        return float("inf")
    return (ahead + 1) * skill.handling / working


def finished(skill: Skill, seconds: float) -> None:
    """An agent has finished a call of the skill, which took so long."""
    skill.handling += (seconds - skill.handling) * WEIGHT
