"""What must hold of vectors: their numbers and lengths, and what their steps and conditions refer to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ivrsvr.backends.simulator.vector_text import DAYS, PASSED
from ivrsvr.backends.simulator.world_checks import refer
from ivrsvr.backends.simulator.world_holidays import HolidayTable
from ivrsvr.backends.simulator.world_reader import WorldError, describe, nearest
from ivrsvr.backends.simulator.world_schema import Announcement, Condition, SkillData, VdnData, VectorStep

MOST_STEPS = 99
"""Steps of a vector."""

MOST_VECTORS = 8000
"""The greatest number of a vector."""

ASKED_OF_VDNS = ("active", "latest")
"""VDNs of the call whose vector asks for a rolling-asa."""

SKILL_TESTS = ("available-agents", "staffed-agents", "calls-queued", "oldest-call-wait", "expected-wait")
"""Tests of a skill, which count."""

MATCHING_TESTS = ("digits", "calling", "vdn")
"""Tests that compare with digits, and with patterns of digits."""

_MOMENT = rf"(all|{'|'.join(DAYS)}) ([01]\d|2[0-3]):([0-5]\d)"
_RANGE = re.compile(f"{_MOMENT} to {_MOMENT}")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_PATTERN = re.compile(r"none|\+?[0-9*#?]+\+?")

Vector = tuple[VectorStep, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What steps can refer to."""

    skills: Mapping[str, SkillData]
    vectors: Mapping[str, Vector]
    vdns: Mapping[str, VdnData]
    announcements: Mapping[str, Announcement]
    holidays: Mapping[str, HolidayTable]


def check(
    vectors: Mapping[str, Vector],
    vdns: Mapping[str, VdnData],
    skills: Mapping[str, SkillData],
    announcements: Mapping[str, Announcement],
    holidays: Mapping[str, HolidayTable],
) -> None:
    """Raises WorldError."""
    known = _Known(skills, vectors, vdns, announcements, holidays)
    for number, vector in vectors.items():
        if not (number.isdecimal() and 1 <= int(number) <= MOST_VECTORS):
            raise WorldError(f"vectors.{number}", f"a vector has a number from 1 to {MOST_VECTORS}")
        _check_vector(vector, f"vectors.{number}", known)
    for extension, vdn in vdns.items():
        if not any(vdn.vector is shared for shared in vectors.values()):
            _check_vector(vdn.vector, f"vdns.{extension}.vector", known)


def _check_vector(vector: Vector, path: str, known: _Known) -> None:
    if len(vector) > MOST_STEPS:
        raise WorldError(path, f"a vector has at most {MOST_STEPS} steps, not {len(vector)}")
    for place, step in enumerate(vector, 1):
        _check_step(step, len(vector), f"{path}.{place}", known)


def _check_step(step: VectorStep, steps: int, path: str, known: _Known) -> None:
    if step.skill:
        refer(step.skill, known.skills, "skill", f"{path}.skill")
    if step.announcement:
        refer(step.announcement, known.announcements, "announcement", f"{path}.announcement")
    if step.vdn:
        refer(step.vdn, known.vdns, "VDN", f"{path}.vdn")
    if step.step == "goto-step" and step.to > steps:
        raise WorldError(f"{path}.to", f"the vector has no step {step.to}; its last is {steps}")
    if step.step == "goto-vector":
        refer(step.vector, known.vectors, "vector", f"{path}.vector")
        last = len(known.vectors[step.vector])
        if step.to > last:
            raise WorldError(f"{path}.to", f"vector {step.vector} has no step {step.to}; its last is {last}")
    if step.passing:
        _check_passing(step.passing, f"{path}.passing")
    if step.condition is not None:
        _check_condition(step.condition, f"{path}.if", known)


def _check_rolling(condition: Condition, path: str, known: _Known) -> None:
    if bool(condition.skill) == bool(condition.vdn):
        raise WorldError(path, "a rolling-asa is that of a skill or of a vdn")
    if condition.skill:
        refer(condition.skill, known.skills, "skill", f"{path}.skill")
    elif condition.vdn not in ASKED_OF_VDNS:
        refer(condition.vdn, known.vdns, "VDN", f"{path}.vdn")
    if not isinstance(condition.value, int):
        raise WorldError(f"{path}.value", f"must be a whole number, not {describe(condition.value)}")


def _check_passing(passing: tuple[str, ...], path: str) -> None:
    if len(passing) != 2:
        raise WorldError(path, f"two things are passed, not {len(passing)}; either can be none")
    for index, word in enumerate(passing, 1):
        if not word.isdecimal() and word not in PASSED:
            reason = f"must be digits or one of {', '.join(PASSED)}, not {describe(word)}"
            raise WorldError(f"{path}.{index}", f"{reason}{nearest(word, PASSED)}")


def _check_condition(condition: Condition, path: str, known: _Known) -> None:
    test, value = condition.test, condition.value
    if test in SKILL_TESTS:
        # Of the skills, an expected wait alone can be the call's own.
        if condition.skill or test != "expected-wait":
            refer(condition.skill, known.skills, "skill", f"{path}.skill")
        if not isinstance(value, int):
            raise WorldError(f"{path}.value", f"must be a whole number, not {describe(value)}")
    elif test == "rolling-asa":
        _check_rolling(condition, path, known)
    elif condition.skill:
        raise WorldError(f"{path}.skill", f"the test {test} is not about a skill")
    if condition.vdn and test != "rolling-asa":
        raise WorldError(f"{path}.vdn", f"the test {test} is not about a VDN's calls")
    if test == "holiday":
        refer(str(value), known.holidays, "holiday table", f"{path}.value")
        if condition.op not in ("in", "not-in"):
            raise WorldError(f"{path}.op", f"a holiday is in or not-in a table, not {condition.op}")
        return
    if condition.op == "not-in":
        raise WorldError(f"{path}.op", "the op `not-in` goes with holiday")
    if (condition.op == "in") != (test == "time-of-day" and bool(_RANGE.fullmatch(str(value)))):
        reason = "the op `in` goes with time-of-day and a value such as 'mon 08:00 to fri 17:00'"
        raise WorldError(f"{path}.value" if test == "time-of-day" else f"{path}.op", reason)
    if test == "time-of-day" and condition.op != "in" and not _CLOCK.fullmatch(str(value)):
        raise WorldError(f"{path}.value", f"{describe(value)} is not a time such as 08:00")
    if test in MATCHING_TESTS and condition.op in ("=", "<>") and not _PATTERN.fullmatch(str(value)):
        reason = (
            f"{describe(value)} is not a number to compare with; use digits, *, #, ? for any digit, + for any digits"
        )
        raise WorldError(f"{path}.value", f"{reason} at one end, or none")
