"""The manual's page of services, from the table of PDUs and the rows that are tested: `make docs` writes it."""

from collections.abc import Iterable

from ivrsvr.csta.errors import ACSUniversalFailure, CSTAUniversalFailure
from ivrsvr.csta.pdu import DECLARATIONS, Declaration, Family
from tests.conformance.services.happenings import NEVER
from tests.conformance.services.scenes import Row
from tests.conformance.services.table import ROWS

INTRODUCTION = """\
# TSAPI, service by service

Every request of the protocol, what the simulated AES does with it, and what answers. This page is made by `make docs`
from the table of PDUs and the tests: each line is a request that a test sends over TCP, with its outcome checked.
How to connect is told in [Your TSAPI application](tsapi.md). A request that stands here with a failure is refused as
Communication Manager refuses it.
"""

GROUPS: dict[Family, str] = {
    Family.ACS: "Streams",
    Family.CSTA: "CSTA services",
    Family.PRIVATE: "Private data: escape services, and what travels with requests",
}


def page() -> str:
    """The page as it stands in the manual."""
    return "\n".join([INTRODUCTION, *(_group(family) for family in GROUPS), _never(), _counts()])


def _group(family: Family) -> str:
    rows = [row for row in ROWS if DECLARATIONS[row.request].family is family]
    order = {cls: place for place, cls in enumerate(DECLARATIONS)}
    lines = [
        _line(DECLARATIONS[row.request], row)
        for row in sorted(rows, key=lambda row: (DECLARATIONS[row.request].number, order[row.request]))
    ]
    return _table(GROUPS[family], ("PDU", "request", "what it does here", "answer"), lines)


def _line(declared: Declaration, row: Row) -> tuple[str, ...]:
    return str(declared.number), f"`{declared.asn1_name}`", row.what, _answer(row)


def _answer(row: Row) -> str:
    if row.answer is None:
        return "none"
    if isinstance(row.answer, CSTAUniversalFailure | ACSUniversalFailure):
        return f"`{row.answer.name}`"
    parts = [row.answer, *([row.private] if row.private is not None else [])]
    return " with ".join(f"`{DECLARATIONS[part].asn1_name}`" for part in parts)


def _never() -> str:
    lines = [(f"`{name}`", reason) for name, reason in NEVER.items()]
    return _table("What is never sent", ("PDU", "why"), lines)


def _counts() -> str:
    asked = {row.request for row in ROWS}
    refused = {
        cls
        for cls in asked
        if all(isinstance(row.answer, CSTAUniversalFailure | ACSUniversalFailure) for row in ROWS if row.request is cls)
    }
    return (
        f"{len(asked)} requests in {len(ROWS)} tested cases; {len(refused)} of them are always refused. "
        f"{len(DECLARATIONS)} PDUs are known altogether, each with its layouts of all private-data versions.\n"
    )


def _table(title: str, heads: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    rows = [heads, tuple("---" for _ in heads), *lines]
    return f"## {title}\n\n" + "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


if __name__ == "__main__":
    print(page(), end="")
