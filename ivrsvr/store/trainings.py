"""Reports of trainings, a row each, from their assignment on: so that a restart in the middle can be told."""

import json
import logging
from typing import Any, TypeAlias

from sqlite_utils import Database

from ivrsvr.store.faults import StoreError, writing

log = logging.getLogger(__name__)

Report: TypeAlias = dict[str, Any]

INTERRUPTED = "interrupted"
RESTARTED = "the server was restarted; what had happened until then is kept"


def create(database: Database) -> None:
    """The table, for the migrations."""
    database.execute(
        "create table if not exists tTraining(number integer primary key autoincrement, trainee text not null,"
        " stage text not null, report text not null)"
    )
    database.execute("create index if not exists tTrainingTrainee on tTraining(trainee)")


class TrainingReports:
    """The reports in an open database. Sessions that were under way when it was last closed are interrupted ones.

    A later version of a report that cannot be written (a full disk) waits in memory for the next that can be.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unwritten: dict[int, Report] = {}
        for number, text in database.execute(
            "select number, report from tTraining where stage in ('assigned', 'running', 'paused')"
        ).fetchall():
            self.keep(number, {**json.loads(text), "stage": INTERRUPTED, "reason": RESTARTED})

    def add(self, report: Report) -> int:
        """Keep a new report; its number. Raises StoreError where it cannot be written."""
        with writing(self._database):
            cursor = self._database.execute(
                "insert into tTraining(trainee, stage, report) values (?, ?, '{}')",
                [report["trainee"], report["stage"]],
            )
        number = int(cursor.lastrowid or 0)
        self.keep(number, report)
        return number

    def keep(self, number: int, report: Report) -> None:
        """Keep a later version of a report."""
        failing = bool(self._unwritten)
        self._unwritten[number] = {**report, "number": number}
        try:
            with writing(self._database):
                for one, latest in self._unwritten.items():
                    self._database.execute(
                        "update tTraining set stage = ?, report = ? where number = ?",
                        [latest["stage"], json.dumps(latest, ensure_ascii=False), one],
                    )
        except StoreError as error:
            if not failing:
                log.error("reports of trainings are in memory only: %s", error)
            return
        self._unwritten.clear()

    def reports(self, trainee: str = "", most: int = 1000) -> list[Report]:
        """The latest reports of a trainee, or of all, the latest first, without their calls and logs."""
        where, values = (" where trainee = ?", [trainee]) if trainee else ("", [])
        rows = self._database.execute(
            f"select json_remove(report, '$.contacts', '$.log') from tTraining{where} order by number desc limit ?",
            [*values, most],
        )
        return [json.loads(text) for (text,) in rows.fetchall()]

    def report(self, number: int) -> Report | None:
        """One report; None = there is none of that number."""
        if number in self._unwritten:
            return self._unwritten[number]
        row = self._database.execute("select report from tTraining where number = ?", [number]).fetchone()
        return None if row is None else json.loads(row[0])
