"""Reports of trainings in SQLite, through restarts."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from ivrsvr.app import serving
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.training.archive import Archive, Shelf
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock
from ivrsvr.registry import Caller
from ivrsvr.store.database import MEMORY, open_database
from ivrsvr.store.faults import StoreError
from ivrsvr.store.trainings import TrainingReports
from ivrsvr.testing.servers import settings_for_tests
from tests.store.unwritable import Why, unwritable


def report(trainee: str, stage: str = "over", **keys: Any) -> dict[str, Any]:
    return {"trainee": trainee, "stage": stage, "number": 0, **keys}


@pytest.mark.parametrize("shelf", [Shelf, lambda: TrainingReports(open_database(MEMORY))], ids=["memory", "SQLite"])
def test_reports_are_kept_found_and_replaced(shelf: Any) -> None:
    archive: Archive = shelf()
    assert [archive.add(report("Ann")), archive.add(report("<b>'Bob")), archive.add(report("Ann", points=1))] == [
        1,
        2,
        3,
    ]
    assert [one["number"] for one in archive.reports("Ann")] == [3, 1]
    assert [one["trainee"] for one in archive.reports()] == ["Ann", "<b>'Bob", "Ann"]
    archive.keep(3, report("Ann", points=99.5))
    assert archive.report(3) == report("Ann", points=99.5) | {"number": 3}
    archive.keep(3, report("Ann", log=["long"], contacts=["long"]))
    (latest,) = archive.reports(most=1)
    assert latest == report("Ann") | {"number": 3}
    assert archive.report(4) is None


async def session(db: Path, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    """The answers of a server's life to these requests."""
    simulator = Simulator(World.default(), Clock(1458770400.0))
    settings = replace(settings_for_tests(), db=str(db))
    async with serving(settings, simulator.clock, simulator) as app:
        return [await app.service.handle({"id": "1", **one}) for one in requests]


def test_a_restart_in_the_middle_of_a_session_is_told(tmp_path: Path) -> None:
    db = tmp_path / "a.db"
    begun = asyncio.run(
        session(
            db,
            {"request": "train assign", "scenario": "first-call", "trainee": "Ann", "extension": "101"},
            {"request": "train ready", "extension": "101"},
            {"request": "train start"},
        )
    )
    assert [one["result"] for one in begun] == ["success"] * 3
    state, desk, other, reports, again = asyncio.run(
        session(
            db,
            {"request": "train state"},
            {"request": "train desk", "extension": "101"},
            {"request": "train desk", "extension": "102"},
            {"request": "train reports"},
            {"request": "train assign", "scenario": "first-call", "trainee": "Ann", "extension": "101"},
        )
    )
    assert state["session"] is None
    assert (state["interrupted"]["stage"], state["interrupted"]["trainee"]) == ("interrupted", "Ann")
    assert "restarted" in desk["interrupted"]["reason"]
    assert other["interrupted"] is None
    assert [one["stage"] for one in reports["reports"]] == ["interrupted"]
    assert again["session"]["number"] == 2


def test_a_trainee_needs_the_rights_of_a_telephone_and_sees_nobody_elses_training() -> None:
    async def answers() -> list[str]:
        simulator = Simulator(World.default(), Clock(1458770400.0))
        async with serving(settings_for_tests(), simulator.clock, simulator) as app:
            trainee = Caller(user="ann", scopes=frozenset({"call", "query", "monitor"}), extensions=("101",))
            ask = {"id": "1", "extension": "101"}
            await app.service.handle({**ask, "request": "train assign", "scenario": "first-call", "trainee": "Ann"})
            return [
                str((await app.service.handle({**ask, **one}, trainee)).get("error", ""))
                for one in (
                    {"request": "train desk"},
                    {"request": "train ready"},
                    {"request": "train desk", "extension": "102"},
                    {"request": "train tick", "extension": "102", "caller": "Mrs Brown", "item": "name"},
                    {"request": "train state"},
                    {"request": "train start"},
                    {"request": "train report", "number": 1},
                )
            ]

    desk, ready, *others = asyncio.run(answers())
    assert (desk, ready) == ("", "")
    assert all(one.startswith("NOT_AUTHORIZED") for one in others), others


@pytest.mark.parametrize("why", get_args(Why))
def test_while_they_cannot_be_written_later_versions_wait_and_new_ones_are_refused(tmp_path: Path, why: Why) -> None:
    database = open_database(tmp_path / "a.db")
    archive = TrainingReports(database)
    for trainee in ("Ann", "Bob"):
        archive.add(report(trainee, "running"))
    with unwritable(database, why):
        archive.keep(1, report("Ann", "over", log=["x" * 5000]))
        found = archive.report(1)
        assert found is not None
        assert found["stage"] == "over"
        with pytest.raises(StoreError, match=why):
            archive.add(report("x" * 5000))
    archive.keep(2, report("Bob", "over"))
    database.close()
    assert [one["stage"] for one in TrainingReports(open_database(tmp_path / "a.db")).reports()] == ["over", "over"]
