"""Conditions of vector steps: what the interpreter compares. Pure questions about the switch as it is now."""

import operator
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.model import Call
from ivrsvr.backends.simulator.world import Condition

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def _available(core: Core, call: Call, skill: str) -> int:
    return len(core.skills[skill].available)


def _staffed(core: Core, call: Call, skill: str) -> int:
    return len(core.skills[skill].agents)


def _queued(core: Core, call: Call, skill: str) -> int:
    return core.skills[skill].queue.counted


def _oldest(core: Core, call: Call, skill: str) -> float:
    oldest = core.skills[skill].queue.oldest
    return core.clock.now() - oldest if oldest is not None else 0.0


def _digits(core: Core, call: Call, skill: str) -> str:
    return call.vector.collected if call.vector is not None and call.vector.collected else call.code.data


def _calling(core: Core, call: Call, skill: str) -> str:
    return call.calling.deviceID


def _time_of_day(core: Core, call: Call, skill: str) -> str:
    return datetime.fromtimestamp(core.clock.now(), core.timezone).strftime("%H:%M")


TESTS: dict[str, Callable[[Core, Call, str], Any]] = {
    "available-agents": _available,
    "staffed-agents": _staffed,
    "calls-queued": _queued,
    "oldest-call-wait": _oldest,
    "digits": _digits,
    "calling": _calling,
    "time-of-day": _time_of_day,
}


def holds(core: Core, call: Call, condition: Condition | None) -> bool:
    """Whether the condition is true for the call now; no condition is always true.

    Numbers compare as numbers; digits, callers and times of day as text.
    """
    if condition is None:
        return True
    value = TESTS[condition.test](core, call, condition.skill)
    if isinstance(value, str):
        return _OPERATORS[condition.op](value, str(condition.value))
    try:
        return _OPERATORS[condition.op](value, float(condition.value))
    except ValueError:
        return False
