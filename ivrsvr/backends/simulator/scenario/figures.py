"""What a scenario comes to: figures of callers, agents, requests and events. Pure arithmetic over their records."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ivrsvr.backends.simulator.scenario.api import Message
from ivrsvr.backends.simulator.scenario.callers import ABANDONED, ANSWERED, OUTCOMES, SELF_SERVED, UNFINISHED, Record
from ivrsvr.backends.simulator.scenario.schema import Claim
from ivrsvr.backends.simulator.scenario.staff import Account
from ivrsvr.backends.simulator.scenario.values import Value

FAILURES_KEPT = 100
"""Failed requests of which the text is kept."""


@dataclass(slots=True)
class Books:
    """Everything that is counted while a scenario plays. events: by type, and those that match each claim's `event`."""

    records: list[Record] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    requests: int = 0
    failed: int = 0
    failures: list[str] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    matched: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    """Calls that the server still believes in when the switch has none."""

    def heard(self, event: Message, claims: Sequence[Claim]) -> None:
        """An application got an event."""
        self.events[str(event.get("eventtype"))] += 1
        for place, claim in enumerate(claims):
            if claim.event and all(
                name in event and Value.parse(event[name]) == value for name, value in claim.event.items()
            ):
                self.matched[place] += 1

    def answered(self, request: Message, answer: Message) -> None:
        """A request of an application has its response."""
        self.requests += 1
        if answer.get("result") != "success":
            self.failed += 1
            if len(self.failures) < FAILURES_KEPT:
                who = f"{request.get('request')} for {request.get('extension')}"
                self.failures.append(f"{who}: {answer.get('error')}")


def figure(books: Books, claim: Claim, place: int, now: float) -> float:
    """The figure that a claim is about, rounded to two digits after the point."""
    return round(_figure(books, claim, place, now), 2)


def _figure(books: Books, claim: Claim, place: int, now: float) -> float:
    records = [
        one
        for one in books.records
        if claim.skill in ("", one.skill) and claim.vdn in ("", one.to) and claim.agent in ("", one.agent)
    ]
    name = claim.figure
    if name == "callers":
        return len(records)
    if name in OUTCOMES:
        return sum(one.outcome == name for one in records)
    if name == "serviceLevel":
        return service_level(records, claim.within, now)
    if name == "abandonedShare":
        wanting = [one for one in records if one.outcome != SELF_SERVED]
        return 100 * sum(one.outcome == ABANDONED for one in wanting) / len(wanting) if wanting else 0.0
    if name in ("averageWait", "longestWait"):
        waits = [one.waited(now) for one in records if one.outcome in (ANSWERED, ABANDONED, UNFINISHED)]
        return (max(waits) if name == "longestWait" else sum(waits) / len(waits)) if waits else 0.0
    if name == "averageTalk":
        talks = [one.talked(now) for one in records if one.answered is not None]
        return sum(talks) / len(talks) if talks else 0.0
    if name == "occupancy":
        return occupancy(
            [
                one
                for one in books.accounts
                if claim.agent in ("", one.agent) and (not claim.skill or claim.skill in one.skills)
            ]
        )
    if name == "events":
        return books.matched[place] if claim.event else books.events.total()
    if name == "lostCalls":
        return books.lost + sum(one.outcome == UNFINISHED for one in records)
    return books.requests if name == "requests" else books.failed


def service_level(records: Sequence[Record], within: float, now: float) -> float:
    """Percent of all callers who wanted somebody and were answered within so many seconds; 100 without callers."""
    wanting = [one for one in records if one.outcome != SELF_SERVED]
    good = sum(one.answered is not None and one.waited(now) <= within for one in wanting)
    return 100 * good / len(wanting) if wanting else 100.0


def occupancy(accounts: Sequence[Account]) -> float:
    """Percent of the time without AUX in which agents were on calls or in after-call work; 0 without any time."""
    busy = sum(one.busy + one.acw for one in accounts)
    free = sum(one.available for one in accounts)
    return 100 * busy / (busy + free) if busy + free else 0.0


PLAIN: tuple[str, ...] = (
    "callers",
    *OUTCOMES,
    "serviceLevel",
    "abandonedShare",
    "averageWait",
    "longestWait",
    "averageTalk",
    "occupancy",
    "requests",
    "failedRequests",
    "events",
    "lostCalls",
)
"""The figures of a summary, in its order."""


def summary(books: Books, now: float) -> dict[str, Any]:
    """All figures of the whole, and those of each skill and VDN that had callers."""
    found: dict[str, Any] = {name: figure(books, _claim(name), -1, now) for name in PLAIN}
    for key, names in (
        ("skills", {one.skill for one in books.records if one.skill}),
        ("vdns", {one.to for one in books.records if one.to}),
    ):
        which = key.removesuffix("s")
        found[key] = {
            name: {what: figure(books, _claim(what, **{which: name}), -1, now) for what in PLAIN[:12]}
            for name in sorted(names)
        }
    found["agents"] = {
        one.agent: {
            "calls": one.calls,
            "missed": one.missed,
            "busy": round(one.busy, 1),
            "acw": round(one.acw, 1),
            "available": round(one.available, 1),
            "aux": round(one.aux, 1),
            "occupancy": round(occupancy([one]), 2),
        }
        for one in books.accounts
        if one.agent
    }
    return found


def _claim(name: Any, **which: str) -> Claim:
    return Claim(figure=name, **which)  # type: ignore[arg-type]
