"""Conditions of vector steps: what the interpreter compares. Pure questions about the switch as it is now."""

import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ivrsvr.backends.simulator.switch.acd import expected
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.model import Call
from ivrsvr.backends.simulator.vector_text import DAYS
from ivrsvr.backends.simulator.world import Condition
from ivrsvr.csta.enums import DeviceIDType

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


Test = Callable[[Core, Call, Condition], Any]
_RANKS = {"low": 1, "medium": 2, "high": 3, "top": 4}
_WEEK = 7 * 24 * 60


def _available(core: Core, call: Call, condition: Condition) -> int:
    return len(core.skills[condition.skill].available)


def _staffed(core: Core, call: Call, condition: Condition) -> int:
    return len(core.skills[condition.skill].agents)


def _queued(core: Core, call: Call, condition: Condition) -> int:
    return core.skills[condition.skill].queue.above(_RANKS[condition.priority])


def _oldest(core: Core, call: Call, condition: Condition) -> float:
    oldest = core.skills[condition.skill].queue.oldest(_RANKS[condition.priority])
    return core.clock.now() - oldest if oldest is not None else 0.0


def _expected(core: Core, call: Call, condition: Condition) -> float:
    """Seconds; infinite where nobody would serve the call. Of the call itself: in its best queue, else infinite."""
    if condition.skill:
        skill = core.skills[condition.skill]
        return expected.wait(skill, skill.queue.above(_RANKS[condition.priority]))
    places = [party.place for party in call.parties if party.place is not None]
    skills = [(core.skills[place.skill], place) for place in places]
    waits = [expected.wait(skill, skill.queue.position(place) - 1) for skill, place in skills]
    return min(waits, default=float("inf"))


def _rolling(core: Core, call: Call, condition: Condition) -> float:
    """Seconds that the calls of a skill or VDN have waited for their answer, on average; 0 before the first one."""
    asked = condition.skill or condition.vdn
    return core.answer_speeds.get({"active": call.active_vdn, "latest": call.vdn}.get(asked, asked), 0.0)


def _digits(core: Core, call: Call, condition: Condition) -> str:
    return collected(call)


def collected(call: Call) -> str:
    """The digits that the caller entered last."""
    return call.vector.collected if call.vector is not None and call.vector.collected else call.code.data


def _calling(core: Core, call: Call, condition: Condition) -> str:
    return calling(call)


def calling(call: Call) -> str:
    """The caller's number; "" when there is none."""
    # A caller without a number goes by the name of its trunk.
    known = call.calling.deviceIDType != DeviceIDType.TRUNK_IDENTIFIER
    return call.calling.deviceID if known else ""


def _vdn(core: Core, call: Call, condition: Condition) -> str:
    return call.active_vdn


def _time_of_day(core: Core, call: Call, condition: Condition) -> str:
    return _local(core).strftime("%H:%M")


def _local(core: Core) -> datetime:
    return datetime.fromtimestamp(core.clock.now(), core.timezone)


TESTS: dict[str, Test] = {
    "available-agents": _available,
    "staffed-agents": _staffed,
    "calls-queued": _queued,
    "oldest-call-wait": _oldest,
    "expected-wait": _expected,
    "rolling-asa": _rolling,
    "digits": _digits,
    "calling": _calling,
    "vdn": _vdn,
    "time-of-day": _time_of_day,
}


def holds(core: Core, call: Call, condition: Condition | None) -> bool:
    """Whether the condition is true for the call now; no condition is always true.

    Numbers compare as numbers; digits, callers and VDNs with a pattern; times of day as text, or with a range.
    """
    if condition is None:
        return True
    if condition.test == "holiday":
        return core.world.holidays[str(condition.value)].has(_local(core)) == (condition.op == "in")
    if condition.op == "in":
        return within(_local(core), str(condition.value))
    value = TESTS[condition.test](core, call, condition)
    if isinstance(value, str):
        return _compare(value, condition)
    return _OPERATORS[condition.op](value, float(condition.value))


def _compare(value: str, condition: Condition) -> bool:
    wanted = str(condition.value)
    if condition.test == "time-of-day" or condition.op not in ("=", "<>"):
        return _OPERATORS[condition.op](value, wanted)
    return matches(value, wanted) == (condition.op == "=")


def matches(number: str, pattern: str) -> bool:
    """Whether a number fits: `?` is any digit, `+` at an end any digits, "none" no number at all."""
    if pattern == "none":
        return not number
    marks = {"?": ".", "+": ".*"}
    return re.fullmatch("".join(marks.get(mark, re.escape(mark)) for mark in pattern), number) is not None


def within(moment: datetime, text: str) -> bool:
    """Whether a moment is in "DAY HH:MM to DAY HH:MM", the first minute included, the last one not.

    "all" to "all" is a time of every day, over midnight where it ends before it begins; other days make one stretch of
    the week. A stretch that ends where it begins is the whole day, or week.
    """
    first, last = (part.split() for part in text.split(" to "))
    now = moment.hour * 60 + moment.minute
    if first[0] == "all" or last[0] == "all":
        length, start, end = 24 * 60, _minutes(first[1]), _minutes(last[1])
    else:
        length = _WEEK
        now += DAYS.index(moment.strftime("%a").lower()) * 24 * 60
        start, end = (_minutes(clock) + DAYS.index(day) * 24 * 60 for day, clock in (first, last))
    return start == end or (now - start) % length < (end - start) % length


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
