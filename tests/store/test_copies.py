"""Copies of the database: while it is written, of what is none, and back; one server to a database."""

import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from ivrsvr.store import copies
from ivrsvr.store.database import open_database
from ivrsvr.store.faults import StoreError
from ivrsvr.store.lock import alone
from ivrsvr.store.secrets import Secrets
from ivrsvr.store.settings import Stored
from ivrsvr.store.tables import Configuration, Extension


@pytest.fixture
def database(tmp_path: Path) -> "Database":
    opened = open_database(tmp_path / "a.db")
    Stored(opened).set("seed", "7")
    return opened


def seed_of(path: Path) -> str | None:
    found = open_database(path)
    with closing(found):
        return Stored(found).get("seed")


def test_a_copy_of_a_database_that_is_open_and_being_written(tmp_path: Path, database: Database) -> None:
    made = copies.back_up(tmp_path / "a.db", tmp_path / "copy.db")
    Stored(database).set("seed", "8")
    assert seed_of(made) == "7"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    database.conn.execute("begin immediate")  # a writer in the middle of its work
    database.conn.execute("update tParameter set value = '9'")
    again = copies.back_up(tmp_path / "a.db", tmp_path / "copy.db")
    database.conn.rollback()
    assert seed_of(again) == "8"
    database.close()


def test_a_copy_is_put_back_and_the_present_one_moved_aside(tmp_path: Path, database: Database) -> None:
    copies.back_up(tmp_path / "a.db", tmp_path / "copy.db")
    Stored(database).set("seed", "8")
    database.close()
    aside = copies.restore(tmp_path / "copy.db", tmp_path / "a.db")
    assert seed_of(tmp_path / "a.db") == "7"
    assert aside is not None
    assert seed_of(aside) == "8"
    second = copies.restore(tmp_path / "copy.db", tmp_path / "a.db")
    assert second not in (None, aside)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_makes_in_the_folder_of_the_service_belongs_to_the_service(tmp_path: Path) -> None:
    os.chown(tmp_path, 10_001, 10_002)
    open_database(tmp_path / "a.db").close()
    made = copies.back_up(tmp_path / "a.db", tmp_path / "copy.db")
    copies.restore(made, tmp_path / "a.db")
    Secrets.of(str(tmp_path / "a.db")).hide("secret")
    for name in ("a.db", "a.db.replaced", "a.key"):
        found = (tmp_path / name).stat()
        assert (name, found.st_uid, found.st_gid) == (name, 10_001, 10_002)
        assert stat.S_IMODE(found.st_mode) == 0o600


def test_what_was_written_last_is_not_mixed_into_the_copy(tmp_path: Path, database: Database) -> None:
    """The write-ahead log of a killed server must not be taken for that of the copy that is put back."""
    copies.back_up(tmp_path / "a.db", tmp_path / "copy.db")
    Stored(database).set("seed", "8")
    for ending in ("", *copies.BESIDE):  # as the files are when the process is killed
        shutil.copy(f"{tmp_path}/a.db{ending}", f"{tmp_path}/killed.db{ending}")
    database.close()
    copies.restore(tmp_path / "copy.db", tmp_path / "killed.db")
    assert seed_of(tmp_path / "killed.db") == "7"


def test_nothing_is_put_back_while_a_server_runs(tmp_path: Path, database: Database) -> None:
    database.close()
    copy = copies.back_up(tmp_path / "a.db", tmp_path / "copy.db")
    with alone(str(tmp_path / "a.db")), pytest.raises(StoreError, match="another server is running"):
        copies.restore(copy, tmp_path / "a.db")
    assert copies.restore(copy, tmp_path / "a.db") is not None


def damaged(path: Path) -> None:
    """Overwrite the middle of a database."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))


@pytest.mark.parametrize("what", ["nothing", "rubbish", "another", "damaged", "newer"])
def test_only_a_sound_copy_is_put_back(tmp_path: Path, database: Database, what: str) -> None:
    database.close()
    copy = tmp_path / "copy.db"
    if what == "rubbish":
        copy.write_bytes(b"rubbish" * 1000)
    elif what == "another":
        with closing(sqlite3.connect(copy)) as other:
            other.execute("create table something(x)")
    elif what != "nothing":
        copies.back_up(tmp_path / "a.db", copy)
    if what == "damaged":
        damaged(copy)
    elif what == "newer":
        with closing(sqlite3.connect(copy)) as newer:
            newer.execute("pragma user_version = 99")
    with pytest.raises(StoreError, match=r"copy\.db"):
        copies.restore(copy, tmp_path / "a.db")
    assert seed_of(tmp_path / "a.db") == "7"


@pytest.mark.parametrize("where", ["a.db", "nowhere/copy.db", ".", "a\x00b"])
def test_a_copy_that_cannot_be_made(tmp_path: Path, database: Database, where: str) -> None:
    database.close()
    with pytest.raises(StoreError):
        copies.back_up(tmp_path / "a.db", tmp_path / where)
    assert seed_of(tmp_path / "a.db") == "7"


def test_a_damaged_database_is_not_copied_over_a_good_copy(tmp_path: Path, database: Database) -> None:
    database.close()
    copy = copies.back_up(tmp_path / "a.db", tmp_path / "copy.db")
    damaged(tmp_path / "a.db")
    with pytest.raises(StoreError, match="damaged"):
        copies.back_up(tmp_path / "a.db", copy)
    assert seed_of(copy) == "7"
    assert not list(tmp_path.glob("*.new"))


def test_copies_are_kept_by_time_and_the_oldest_deleted(tmp_path: Path, database: Database) -> None:
    database.close()
    folder = copies.folder_of(tmp_path / "a.db")
    assert copies.made_at(folder) == 0.0
    for day in range(5):
        copies.keep(tmp_path / "a.db", folder, 86400.0 * day, most=3)
    assert [one.name[:8] for one in copies.kept(folder)] == ["19700105", "19700104", "19700103"]
    assert copies.made_at(folder) == 86400.0 * 4


def test_an_old_copy_that_cannot_be_deleted_is_said_and_a_new_one_made_all_the_same(
    tmp_path: Path, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "copies"
    stray = folder / "20200101T000000Z.db"
    stray.mkdir(parents=True)
    made = copies.keep(tmp_path / "a.db", folder, 2_000_000_000.0, 1)
    assert seed_of(made) == "7"
    assert f"the old copy {stray} cannot be deleted" in caplog.text
    database.close()


def test_the_last_good_one_is_taken(tmp_path: Path, database: Database) -> None:
    folder = copies.folder_of(tmp_path / "a.db")
    copies.keep(tmp_path / "a.db", folder, 0.0, most=3)
    Stored(database).set("seed", "8")
    database.close()
    damaged(copies.keep(tmp_path / "a.db", folder, 60.0, most=3))
    copy, aside = copies.restore_last(tmp_path / "a.db", folder)
    assert seed_of(tmp_path / "a.db") == "7"
    assert copy.name.startswith("19700101T000000")
    assert aside is not None
    copy.unlink()
    with pytest.raises(StoreError, match="no sound backup"):
        copies.restore_last(tmp_path / "a.db", folder)


def test_damage_in_the_middle_is_found_at_the_start(tmp_path: Path, database: Database) -> None:
    Configuration(database).extensions.add_all([Extension(str(number)) for number in range(1000, 3000)])
    database.close()
    damaged(tmp_path / "a.db")
    with pytest.raises(StoreError, match=r"damaged.*--restore-last"):
        open_database(tmp_path / "a.db", check=True)


def test_a_full_disk_is_said_and_changes_nothing(database: Database) -> None:
    configuration = Configuration(database)
    pages = database.execute("pragma page_count").fetchone()[0]
    database.execute(f"pragma max_page_count = {pages}")
    many = [Extension(str(number)) for number in range(10_000, 20_000)]
    with pytest.raises(StoreError, match=r"nothing was changed.*disk is full"):
        configuration.extensions.add_all(many)
    assert len(configuration.extensions) == 0
    database.execute("pragma max_page_count = 1000000")
    assert len(configuration.extensions.add_all(many)) == len(many)
    database.close()


def test_one_server_to_a_database(tmp_path: Path) -> None:
    path = str(tmp_path / "a.db")
    with alone(path), pytest.raises(StoreError, match="another server is running on it"), alone(path):
        pass
    with alone(path), alone(":memory:"):
        pass
    with pytest.raises(StoreError, match="there is no folder"), alone(str(tmp_path / "nowhere" / "a.db")):
        pass
