"""Where reports are kept: what a session needs of it, and a shelf for those who have no file."""

from typing import Any, Protocol, TypeAlias

Report: TypeAlias = dict[str, Any]

UNDER_WAY = ("assigned", "running", "paused")
"""Stages of a session that has not ended."""

LONG = ("contacts", "log")
"""Parts of a report that lists leave out."""

MOST = 1000
"""Reports in a list."""


class Archive(Protocol):
    """Keeps reports by number, from 1 up."""

    def add(self, report: Report) -> int:
        """Keep a new report; its number."""

    def keep(self, number: int, report: Report) -> None:
        """Keep a later version of a report."""

    def reports(self, trainee: str = "", most: int = MOST) -> list[Report]:
        """The latest reports of a trainee, or of all, the latest first, without what is in `LONG`."""

    def report(self, number: int) -> Report | None:
        """One report; None = there is none of that number."""


class Shelf:
    """Keeps reports as long as the process lives."""

    def __init__(self) -> None:
        self._reports: dict[int, Report] = {}

    def add(self, report: Report) -> int:
        number = len(self._reports) + 1
        self._reports[number] = {**report, "number": number}
        return number

    def keep(self, number: int, report: Report) -> None:
        self._reports[number] = {**report, "number": number}

    def reports(self, trainee: str = "", most: int = MOST) -> list[Report]:
        found = [one for one in reversed(self._reports.values()) if not trainee or one["trainee"] == trainee]
        return [{name: value for name, value in one.items() if name not in LONG} for one in found[:most]]

    def report(self, number: int) -> Report | None:
        return self._reports.get(number)
