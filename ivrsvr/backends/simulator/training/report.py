"""What came of a session, as data for programs and as rows for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ivrsvr.backends.simulator.training.facts import Contact
from ivrsvr.backends.simulator.training.marks import Mark, Score
from ivrsvr.backends.simulator.training.schema import MARKS

if TYPE_CHECKING:
    from ivrsvr.backends.simulator.training.session import Session


def report_of(session: "Session") -> dict[str, Any]:
    """The report of a session as it is now."""
    people, now = session.people, session.now
    return {
        "number": session.number,
        "stage": session.stage,
        "reason": session.reason,
        "scenario": session.scenario.name,
        "title": session.training.title,
        "trainee": people.trainee,
        "extension": people.extension,
        "agent": people.agent,
        "trainer": people.trainer,
        "seed": session.seed,
        "begun": session.begun,
        "seconds": round(now - session.begun, 3) if session.stage != "assigned" else 0.0,
        **marks_of(session.score),
        "contacts": [contact_data(one, session.begun, now) for one in session.facts.contacts],
        "states": {name: round(seconds, 1) for name, seconds in session.facts.seconds.items()},
        "log": [asdict(line) for line in session.log],
    }


def marks_of(score: Score) -> dict[str, Any]:
    """Points and marks as a report has them."""
    return {"points": score.points, "passed": score.passed, "marks": [_mark(one) for one in score.marks]}


def _mark(mark: Mark) -> dict[str, Any]:
    return asdict(mark)


def contact_data(contact: Contact, begun: float, now: float) -> dict[str, Any]:
    """One call; moments in seconds after the beginning."""

    def moment(at: float | None) -> float | None:
        return None if at is None else round(at - begun, 3)

    return {
        "caller": contact.caller,
        "number": contact.number,
        "came": moment(contact.came),
        "rang": moment(contact.rang),
        "answered": moment(contact.answered),
        "ringseconds": None if contact.ring_seconds is None else round(contact.ring_seconds, 3),
        "missed": contact.missed,
        "holds": [round(length, 3) for length in contact.holding(now)],
        "transfers": [{"at": moment(one.at), "to": one.to, "right": one.right} for one in contact.passed],
        "targets": list(contact.targets),
        "left": moment(contact.left),
        "endedby": contact.ended_by,
        "lost": contact.lost,
        "wrapup": None if contact.wrap_up is None else round(contact.wrap_up, 3),
        "checklist": [{"item": item, "done": item in contact.ticked} for item in contact.items],
    }


FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def _table(heading: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heading)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue()


def sessions_csv(reports: Iterable[Mapping[str, Any]]) -> str:
    """One row a session: who, what, and the points of each mark."""
    heading = (
        "number",
        "trainee",
        "trainer",
        "title",
        "scenario",
        "stage",
        "begun",
        "seconds",
        "points",
        "passed",
        *MARKS,
    )

    def row(report: Mapping[str, Any]) -> list[object]:
        points = {mark["name"]: mark["points"] for mark in report["marks"]}
        return [*(report[name] for name in heading[: -len(MARKS)]), *(points.get(name) for name in MARKS)]

    return _table(heading, map(row, reports))


def contacts_csv(report: Mapping[str, Any]) -> str:
    """One row a call of a session."""
    plain = (
        "caller",
        "number",
        "came",
        "rang",
        "answered",
        "ringseconds",
        "missed",
        "left",
        "endedby",
        "lost",
        "wrapup",
    )
    heading = (*plain, "holds", "longesthold", "transferredto", "transferright", "ticked", "checklist")

    def row(one: Mapping[str, Any]) -> list[object]:
        first = one["transfers"][0] if one["transfers"] else {"to": None, "right": None}
        done = sum(1 for item in one["checklist"] if item["done"])
        holds = one["holds"]
        return [
            *(one[name] for name in plain),
            len(holds),
            max(holds, default=None),
            first["to"],
            first["right"],
            done,
            len(one["checklist"]),
        ]

    return _table(heading, map(row, report["contacts"]))
