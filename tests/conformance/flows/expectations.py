"""What must be true when a scenario is over: claims, each with what came in its place, and their comparison."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.conformance.flows.client import Asked, Outcome
from tests.conformance.flows.file import Flows
from tests.conformance.flows.matching import Bindings, show

PARTIES = tuple(f"party{number}" for number in range(1, 7))
FREE = ("referenceid", "time")
"""Keys of which the file claims nothing; the contract's own test looks at their types."""
ALIAS = {"cusdata": "custdata"}
"""A key of the contract, and the name under which its value may be repeated after it."""
ACS_FAILURES = 1000
"""What JSON adds to the number of an ACS failure."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Something expected and what came in its place."""

    label: str
    pattern: Any
    actual: Any

    def lines(self) -> list[str]:
        """Both sides, for people."""
        return [f"  {self.label}", *_side("expected", self.pattern), *_side("came", self.actual)]


def _side(title: str, value: Any) -> Iterator[str]:
    yield f"    {title}:"
    if isinstance(value, list):
        yield from (f"      {show(item)}" for item in value or ["nothing"])
    else:
        yield f"      {show(value)}"


def compare(flows: Flows, claims: list[Claim], bindings: Bindings) -> tuple[Bindings, list[str]]:
    """The bindings under which all claims hold together, and the faults, each with its lines."""
    joint = flows.matcher.match([one.pattern for one in claims], [one.actual for one in claims], bindings)
    if joint is not None:
        return joint, []
    faults = []
    for one in claims:
        bound = flows.matcher.match(one.pattern, one.actual, bindings)
        if bound is None:
            reason = flows.matcher.explain(one.pattern, one.actual, bindings)
            faults.append("\n".join([f"{one.label}: {reason}", *one.lines()]))
        else:
            bindings = bound
    return bindings, faults or ["every claim holds alone, but their symbols do not agree with one another"]


# ---- outcomes


def outcome_fault(flows: Flows, asked: Asked, wanted: Mapping[str, Any]) -> str | None:
    """What is wrong with the kind of an outcome, or with its failure; None when nothing is.

    wanted: the step, or ``expect`` for the subject.
    """
    came = asked.outcome
    if came is None:
        return f"{asked.label}: no outcome has come"
    if came.kind == "jsonReply":
        return _reply_fault(flows, asked, came, wanted)
    if "failure" in wanted:
        if came.kind != "failure":
            return f"{asked.label}: expected failure {wanted['failure']!r}, came confirmation {show(came.value)}"
        if flows.matcher.match(wanted["failure"], came.value, {}) is None:
            return f"{asked.label}: expected failure {wanted['failure']!r}, came {show(came.value)}"
    elif came.kind != "confirmation":
        return f"{asked.label}: expected a confirmation, came failure {show(came.value)}"
    return None


def _reply_fault(flows: Flows, asked: Asked, came: Outcome, wanted: Mapping[str, Any]) -> str | None:
    """A JSON reply that has no pattern of its own must say success, or the failure's number."""
    if "jsonReply" in wanted:
        return None
    if "failure" not in wanted:
        fits = came.value.get("result") == "success"
    else:
        numbers = {"result": "fail", "errorcode": _json_failure(flows, wanted["failure"])}
        fits = flows.matcher.match(numbers, came.value, {}) is not None
    outcome = wanted.get("failure", "success")
    return None if fits else f"{asked.label}: expected {outcome!r}, came {show(came.value)}"


def _json_failure(flows: Flows, failure: Any) -> Any:
    """A failure as its number in JSON: a universal failure's own, or 1000 and that of the ACS."""
    if isinstance(failure, dict):
        return {operator: [_json_failure(flows, one) for one in items] for operator, items in failure.items()}
    numbers = flows.enums["universalFailure"]
    if failure in numbers:
        return numbers[failure]
    acs = flows.enums["acsUniversalFailure"]
    return ACS_FAILURES + acs[failure] if failure in acs else f"the number of {failure}, which the file does not know"


# ---- JSON events


def json_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON event as expectations see it: its parties as one collection."""
    seen = dict(event)
    if any(party in event for party in PARTIES):
        seen["parties"] = [event[party] for party in PARTIES if event.get(party)]
    return seen


def without_nulls(pattern: Any) -> Any:
    """A pattern of JSON events without the fields that it gives as null: an event has no nulls, so they say nothing."""
    if isinstance(pattern, dict):
        return {key: without_nulls(item) for key, item in pattern.items() if item is not None}
    return [without_nulls(item) for item in pattern] if isinstance(pattern, list) else pattern


def shape_fault(shapes: Mapping[str, list[str]], event: Mapping[str, Any]) -> str | None:
    """What is wrong with the keys of a JSON event, their order or the types of their values; None = nothing.

    The contract lets additional keys follow its own, and a misspelt key be repeated under its right name.
    """
    kind = str(event.get("eventtype"))
    if kind not in shapes:
        return f"unknown eventtype {kind!r} in {dict(event)}"
    wanted = [key.rstrip("?") for key in shapes[kind]]
    keys = _without_aliases(event)
    if keys[: len(wanted)] != wanted:
        return f"{kind}: the keys are {keys}, not {wanted}"
    for key in shapes[kind]:
        name = key.rstrip("?")
        number = isinstance(event[name], int | float) and not isinstance(event[name], bool)
        if name not in FREE and (number if name == key else not number):
            return f"{kind}: {name} is a {'string' if name == key else 'number'}, not {event[name]!r}"
        if name == key and name not in FREE and not isinstance(event[name], str):
            return f"{kind}: {name} is a string, not {event[name]!r}"
    for key, alias in ALIAS.items():
        if key in wanted and alias in event and event[alias] != event[key]:
            return f"{kind}: {alias} is {event[alias]!r}, and {key} {event[key]!r}"
    return None


def _without_aliases(event: Mapping[str, Any]) -> list[str]:
    keys, before = [], ""
    for key in event:
        if ALIAS.get(before) != key:
            keys.append(key)
        before = key
    return keys
