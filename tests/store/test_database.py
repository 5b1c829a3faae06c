"""The SQLite file: made, brought up to date, and its faults told clearly."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database

from ivrsvr.store import database as module
from ivrsvr.store import tables
from ivrsvr.store.database import MEMORY, MIGRATIONS, open_database, version
from ivrsvr.store.faults import StoreError
from ivrsvr.store.idempotency import IdempotencyStore, Record
from ivrsvr.store.settings import Stored
from ivrsvr.store.trainings import TrainingReports
from ivrsvr.store.userdata import UserDataStore


def test_a_new_file_has_the_present_version_and_keeps_what_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    first = open_database(path)
    assert version(first) == len(MIGRATIONS)
    Stored(first).set("seed", "7")
    first.close()
    second = open_database(path)
    assert dict(Stored(second)) == {"seed": "7"}
    second.close()


def test_the_original_table_without_a_version_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as old:
        old.execute("create table tParameter (name text primary key, value text, description text)")
        old.execute("insert into tParameter values ('ivr_tlink_01', 'AVAYA#CM#CSTA#AES1', '')")
    old.close()
    database = open_database(path)
    assert Stored(database).get("ivr_tlink_01") == "AVAYA#CM#CSTA#AES1"
    database.close()


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    path.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(StoreError, match="damaged"):
        open_database(path)


def test_a_file_that_another_program_has_locked(tmp_path: Path) -> None:
    path = tmp_path / "locked.db"
    open_database(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("pragma locking_mode=exclusive")
    other.execute("begin exclusive")
    with pytest.raises(StoreError, match="locked"):
        open_database(path, patience_s=0.05)
    other.close()


def test_a_file_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened so by SQLite itself: the rights of a file mean nothing to root."""
    path = tmp_path / "readonly.db"
    open_database(path).close()
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda name, **_: connect(f"file:{name}?mode=ro", uri=True))
    with pytest.raises(StoreError, match="read only"):
        open_database(path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no folder"):
        open_database(tmp_path / "nowhere" / "a.db")


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_database(tmp_path)


ADDED: dict[int, dict[str, str]] = {
    1: {"tParameter": "name value description"},
    2: {
        "tBlacklist": "ip comment",
        "tChange": "number at user door address what outcome",
        "tExtension": "extension",
        "tIpExtension": "ip extension",
        "tListener": "port local remote kind tls",
        "tUser": "name hash scopes initial",
    },
    3: {"tKey": "name mark salt hash scopes extensions expires created creator"},
    4: {
        "tDeadLetter": "number webhook messageid at attempts error text",
        "tWebhook": "name url extensions eventtypes events secret former position",
    },
    5: {"tTraining": "number trainee stage report"},
}
"""What each version of the file has brought: what was released stays as it is."""

LATER: dict[str, tuple[str, list[object]]] = {
    "tUserData": ("key text primary key, data text, expires float", ["k", "Grüße", 9e9]),
    "tIdempotency": ("key text primary key, request text, outcome text, began float", ["k", "{}", "", 9e9]),
}
"""Tables that their stores make, as the first servers made them, with a row."""


def values_of(columns: list[sqlite3.Row]) -> list[object]:
    """A value for each column of a table, by its type."""
    made: dict[str, object] = {"INTEGER": 7, "REAL": 7.5, "FLOAT": 7.5, "TEXT": "Grüße"}
    return ['{"stage": "over"}' if name == "report" else made[kind.upper()] for _, name, kind, *_ in columns]


@pytest.mark.parametrize("old", [*ADDED])
def test_a_file_of_every_older_version_is_brought_up_to_date_and_loses_nothing(tmp_path: Path, old: int) -> None:
    path = tmp_path / "old.db"
    database = Database(sqlite3.connect(path))
    for step in MIGRATIONS[:old]:
        step(database)
    for name, (columns, _) in LATER.items():
        database.execute(f"create table {name} ({columns})")
    database.execute(f"pragma user_version = {old}")
    tables = {name: columns for version_, added in ADDED.items() if version_ <= old for name, columns in added.items()}
    found = {one.name for one in database.tables} - {*LATER, "sqlite_sequence"}
    assert found == set(tables)
    rows = {name: row for name, (_, row) in LATER.items()}
    for name, columns in tables.items():
        there = database.execute(f"pragma table_info({name})").fetchall()
        assert " ".join(one[1] for one in there) == columns
        rows[name] = values_of(there)
    for name, row in rows.items():
        database.execute(f"insert into {name} values ({','.join('?' * len(row))})", row)
    database.conn.commit()
    database.close()
    present = open_database(path, check=True)
    keys, texts = IdempotencyStore(present, lambda: 0.0), UserDataStore(present, lambda: 0.0)
    assert version(present) == len(MIGRATIONS) == max(ADDED)
    for name, row in rows.items():
        (after,) = present.execute(f"select * from {name}").fetchall()
        assert list(after[: len(row)]) == row
    assert asyncio.run(keys.find("k")) == Record(
        "{}", "", 9e9, asked=True
    )  # nobody knows any more, so it may have been
    assert len(texts) == 1
    assert TrainingReports(present).report(7) == ({"stage": "over"} if old == 5 else None)
    present.close()
    open_database(path).close()


def test_a_step_that_is_interrupted_leaves_the_version_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.db"
    open_database(path).close()

    def half(database: Database) -> None:
        database.execute("create table tHalf(a text)")
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "MIGRATIONS", (*MIGRATIONS, half))
    with pytest.raises(KeyboardInterrupt):
        open_database(path)
    monkeypatch.undo()
    database = open_database(path)
    assert "tHalf" not in database.table_names()
    database.close()


def test_a_file_of_a_newer_server(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    with sqlite3.connect(path) as newer:
        newer.execute("pragma user_version = 99")
    newer.close()
    with pytest.raises(StoreError, match="newer ivrsvr"):
        open_database(path)


def test_in_memory() -> None:
    database = open_database(MEMORY)
    assert version(database) == len(MIGRATIONS)
    database.close()


def test_of_what_was_changed_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CHANGES_MOST", 3)
    database = open_database(MEMORY)
    configuration = tables.Configuration(database)
    for number in range(1, 6):
        configuration.record(0.0, "anna", "console", "127.0.0.1", f"add extension {number}", "done")
    assert [one.what for one in configuration.changes()] == ["add extension 5", "add extension 4", "add extension 3"]
    assert database.execute("select count(*) from tChange").fetchone() == (3,)
    database.close()
