"""Reports of trainings, a row each, from their assignment on: so that a restart in the middle can be told."""

import json
from typing import Any, TypeAlias

from sqlite_utils import Database

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
    """The reports in an open database. Sessions that were under way when it was last closed are interrupted ones."""

    def __init__(self, database: Database) -> None:
        self._database = database
        for number, text in database.execute(
            "select number, report from tTraining where stage in ('assigned', 'running', 'paused')"
        ).fetchall():
            self.keep(number, {**json.loads(text), "stage": INTERRUPTED, "reason": RESTARTED})

    def add(self, report: Report) -> int:
        """Keep a new report; its number."""
        with self._database.conn:
            cursor = self._database.execute(
                "insert into tTraining(trainee, stage, report) values (?, ?, '{}')",
                [report["trainee"], report["stage"]],
            )
        number = int(cursor.lastrowid or 0)
        self.keep(number, report)
        return number

    def keep(self, number: int, report: Report) -> None:
        """Keep a later version of a report."""
        text = json.dumps({**report, "number": number}, ensure_ascii=False)
        with self._database.conn:
            self._database.execute(
                "update tTraining set stage = ?, report = ? where number = ?", [report["stage"], text, number]
            )

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
        row = self._database.execute("select report from tTraining where number = ?", [number]).fetchone()
        return None if row is None else json.loads(row[0])
