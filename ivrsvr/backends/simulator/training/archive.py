"""Where reports are kept: what a session needs of it, and a shelf for those who have no file."""

from typing import Any, Protocol, TypeAlias

Report: TypeAlias = dict[str, Any]

UNDER_WAY = ("assigned", "running", "paused")
"""Stages of a session that has not ended."""


class Archive(Protocol):
    """Keeps reports by number, from 1 up."""

    def add(self, report: Report) -> int:
        """Keep a new report; its number."""

    def keep(self, number: int, report: Report) -> None:
        """Keep a later version of a report."""

    def reports(self, trainee: str = "") -> list[Report]:
        """The reports of a trainee, or of all, the latest first."""

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

    def reports(self, trainee: str = "") -> list[Report]:
        return [one for one in reversed(self._reports.values()) if not trainee or one["trainee"] == trainee]

    def report(self, number: int) -> Report | None:
        return self._reports.get(number)
