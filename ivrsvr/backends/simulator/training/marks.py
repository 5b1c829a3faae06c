"""From facts to points: one mark for each thing that is expected of a trainee, and the score of all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ivrsvr.backends.simulator.training.facts import Contact, Facts
from ivrsvr.backends.simulator.training.schema import Goals, MarkName

FAULT_POINTS = 25.0
"""That one breach of discipline costs, of 100."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that was expected. points: of 100; None = it never came to that. told: what happened, for people."""

    name: MarkName
    label: str
    points: float | None
    weight: float
    told: str


@dataclass(frozen=True, slots=True)
class Score:
    """All marks. points: their weighted mean, of 100; None = nothing happened that could be judged."""

    marks: tuple[Mark, ...]
    points: float | None
    passed: bool


Judged = tuple[float | None, str]


def score(facts: Facts, goals: Goals, now: float) -> Score:
    """Judge what has happened so far."""
    marks = tuple(
        Mark(name, label, points, goals.weights.get(name, 1.0), told)
        for name, label, judge in _JUDGES
        for points, told in [judge(facts, goals, now)]
    )
    counted = [(mark.points, mark.weight) for mark in marks if mark.points is not None and mark.weight]
    total = sum(weight for _, weight in counted)
    points = round(sum(points * weight for points, weight in counted) / total, 1) if total else None
    return Score(marks, points, points is not None and points >= goals.passing)


def _share(good: int, of: int, told: str) -> Judged:
    return (None, "it did not come to that") if not of else (round(100 * good / of, 1), f"{good} of {of} {told}")


def _taken(facts: Facts) -> list[Contact]:
    return [one for one in facts.contacts if one.answered is not None]


def _answer(facts: Facts, goals: Goals, _now: float) -> Judged:
    """Calls that were answered in time, of those that rang at the trainee's and were answered or lost."""
    rung = [one for one in facts.contacts if one.answered is not None or (one.missed and one.lost)]
    waits = [one.ring_seconds for one in rung]
    good = sum(1 for wait in waits if wait is not None and wait <= goals.answerWithin)
    known = [wait for wait in waits if wait is not None]
    slowest = f", the slowest after {max(known):.0f} s" if known else ""
    return _share(good, len(rung), f"calls answered within {goals.answerWithin:g} s of ringing{slowest}")


def _holds(facts: Facts, goals: Goals, now: float) -> Judged:
    """Callers who were not held too often or too long."""
    taken = _taken(facts)
    every = [one.holding(now) for one in taken]
    good = sum(
        1 for holds in every if len(holds) <= goals.holds and all(length <= goals.holdWithin for length in holds)
    )
    longest = max((length for holds in every for length in holds), default=0.0)
    often = "once" if goals.holds == 1 else f"{goals.holds} times"
    told = f"callers held at most {often} and {goals.holdWithin:g} s"
    return _share(good, len(taken), told + (f", the longest hold {longest:.0f} s" if longest else ""))


def _transfer(facts: Facts, _goals: Goals, _now: float) -> Judged:
    """Callers who went to the right place with the first transfer; nobody goes anywhere who need not."""
    judged = [one for one in _taken(facts) if one.caller and (one.passed or (one.targets and one.left is not None))]
    good = sum(1 for one in judged if one.targets and one.passed and one.passed[0].right)
    needless = sum(1 for one in judged if not one.targets)
    return _share(
        good,
        len(judged),
        "callers went to the right place at the first try" + (f", {needless} needlessly" if needless else ""),
    )


def _wrap_up(facts: Facts, goals: Goals, _now: float) -> Judged:
    ends = [one.wrap_up for one in facts.contacts if one.wrap_up is not None]
    good = sum(1 for length in ends if length <= goals.wrapUpWithin)
    longest = f", the longest {max(ends):.0f} s" if ends else ""
    return _share(good, len(ends), f"calls wrapped up within {goals.wrapUpWithin:g} s{longest}")


def _lost(facts: Facts, _goals: Goals, _now: float) -> Judged:
    """Callers who were not lost, of those who have left."""
    gone = [one for one in facts.contacts if one.left is not None]
    return _share(sum(1 for one in gone if not one.lost), len(gone), "callers not lost")


def _discipline(facts: Facts, goals: Goals, _now: float) -> Judged:
    """Calls that rang in vain, log-outs, too much AUX: each costs points."""
    missed = sum(one.missed for one in facts.contacts)
    aux = facts.seconds.get("aux", 0.0)
    breaches = [
        *([f"{missed} call{'s' * (missed > 1)} rang in vain"] if missed else []),
        *([f"logged out {'once' if facts.logouts == 1 else f'{facts.logouts} times'}"] if facts.logouts else []),
        *([f"{aux:.0f} s in AUX where {goals.auxWithin:g} are allowed"] if aux > goals.auxWithin else []),
    ]
    count = missed + facts.logouts + (aux > goals.auxWithin)
    if not count and not facts.seconds:
        return None, "it did not come to that"
    return max(0.0, 100.0 - FAULT_POINTS * count), "; ".join(breaches) or "states used as they should be"


def _checklist(facts: Facts, _goals: Goals, _now: float) -> Judged:
    taken = _taken(facts)
    return _share(
        sum(len(one.ticked) for one in taken), sum(len(one.items) for one in taken), "entries of the checklists ticked"
    )


_JUDGES: Sequence[tuple[MarkName, str, Callable[[Facts, Goals, float], Judged]]] = (
    ("answer", "Speed of answer", _answer),
    ("holds", "Holding", _holds),
    ("transfer", "Right transfer first time", _transfer),
    ("wrapUp", "Wrap-up", _wrap_up),
    ("lost", "Callers kept", _lost),
    ("discipline", "States", _discipline),
    ("checklist", "Checklist", _checklist),
)
