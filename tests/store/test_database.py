"""The SQLite file: made, brought up to date, and its faults told clearly."""

import sqlite3
from pathlib import Path

import pytest

from ivrsvr.store.database import MEMORY, MIGRATIONS, open_database, version
from ivrsvr.store.faults import StoreError
from ivrsvr.store.settings import Stored


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


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "readonly.db"
    open_database(path).close()
    with pytest.raises(StoreError, match="read only"):
        open_database(f"file:{path}?mode=ro")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no folder"):
        open_database(tmp_path / "nowhere" / "a.db")


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_database(tmp_path)


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
