"""Copies of the database: made while it is in use, checked, and put back."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from ivrsvr.store.database import MIGRATIONS
from ivrsvr.store.faults import StoreError, explained
from ivrsvr.store.lock import alone
from ivrsvr.store.owner import belongs_to_its_folder

log = logging.getLogger(__name__)

FORM, ENDING = "%Y%m%dT%H%M%S", ".db"
"""How a copy is named: by its time in UTC, with a Z behind it."""

BESIDE = ("-wal", "-shm")
"""Endings of the files that SQLite keeps beside one that is in use."""

STEP_PAGES = 512
"""Pages that are copied at once; a writer gets its turn in between."""


def back_up(path: str | Path, to: str | Path) -> Path:
    """Copy a database, also one that a server is writing; the copy appears whole or not at all. Raises StoreError."""
    source, target = Path(path), Path(to)
    if not source.is_file():
        raise StoreError(f"there is no database {source}; name it with --db")
    if target.is_dir():
        raise StoreError(f"{target} is a folder; name a file in it")
    if target.exists() and target.samefile(source):
        raise StoreError(f"{target} is the database itself; name another file")
    beside = target.with_name(f"{target.name}.new")
    try:
        beside.unlink(missing_ok=True)
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(beside)) as there:
            here.backup(there, pages=STEP_PAGES, sleep=0.01)
            there.execute("pragma journal_mode=delete")  # one file, that can be carried away
        _sound(beside)
        with beside.open("rb") as copied:
            os.fsync(copied.fileno())
        beside.replace(target)
    except sqlite3.Error as error:
        beside.unlink(missing_ok=True)
        raise StoreError(f"{source} could not be copied to {target}: {explained(error)}") from None
    except (OSError, ValueError) as error:
        raise StoreError(f"{target} cannot be written: {getattr(error, 'strerror', error)}") from None
    except StoreError:
        beside.unlink(missing_ok=True)
        raise
    return target


def restore(copy: str | Path, path: str | Path) -> Path | None:
    """Put a copy in the place of the database, which is moved aside; where to, None = there was none.

    Raises StoreError for a copy that is none, or while a server runs on the database.
    """
    source, target = Path(copy), Path(path)
    _sound(source)
    with alone(str(target)):
        beside = back_up(source, target.with_name(f"{target.name}.restored"))
        belongs_to_its_folder(beside)
        aside = _moved_aside(target)
        try:
            beside.replace(target)
        except OSError as error:
            raise StoreError(f"{target} cannot be written: {error.strerror}") from None
    return aside


def _moved_aside(path: Path) -> Path | None:
    """The files of a database under another name that is free."""
    if not path.exists():
        return None
    aside = path.with_name(f"{path.name}.replaced")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.replaced-{number}")
    try:
        path.replace(aside)
        for ending in BESIDE:
            part = path.with_name(path.name + ending)
            if part.exists():
                part.replace(aside.with_name(aside.name + ending))
    except OSError as error:
        raise StoreError(f"{path} cannot be moved aside: {error.strerror}") from None
    return aside


def _sound(path: Path) -> None:
    """Raises StoreError for a file that is no sound database of this server."""
    if not path.is_file():
        raise StoreError(f"there is no file {path}")
    try:
        with closing(sqlite3.connect(path.absolute().as_uri() + "?mode=ro", uri=True)) as connection:
            found = str(connection.execute("pragma integrity_check(1)").fetchone()[0])
            if found != "ok":
                raise StoreError(f"{path} is damaged ({found}); take another copy")
            if not connection.execute("select 1 from sqlite_master where name = 'tParameter'").fetchone():
                raise StoreError(f"{path} is no database of ivrsvr")
            version = int(connection.execute("pragma user_version").fetchone()[0])
    except sqlite3.Error as error:
        text = "it is no SQLite file, or damaged" if isinstance(error, sqlite3.DatabaseError) else str(error)
        raise StoreError(f"{path} cannot be used: {text}; take another copy") from None
    if version > len(MIGRATIONS):
        raise StoreError(f"{path} belongs to a newer ivrsvr (version {version} of the file); upgrade this server")


# ---- the copies that a server makes by itself


def folder_of(path: str | Path, given: str = "") -> Path:
    """Where a server keeps its copies. given: "" = beside the database, in a folder with the ending `.backups`."""
    return Path(given) if given else Path(path).with_suffix(".backups")


def keep(path: str | Path, folder: Path, now: float, most: int) -> Path:
    """Make a copy that is named by its time, and delete the oldest beyond so many. Raises StoreError."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder {folder} cannot be made: {error.strerror}") from None
    # Named after those that there are, also where the clock was set back: the oldest is the first to go.
    last = made_at(folder)
    at = max(now, last + 1) if last else now
    made = back_up(path, folder / f"{datetime.fromtimestamp(at, UTC).strftime(FORM)}Z{ENDING}")
    for old in list(kept(folder))[most:]:
        try:
            old.unlink(missing_ok=True)
        except OSError as error:  # no reason to make none from now on
            log.warning("the old copy %s cannot be deleted: %s", old, error.strerror)
    return made


def kept(folder: Path) -> Iterator[Path]:
    """The copies in a folder, the newest first."""
    yield from sorted(folder.glob(f"[0-9]*T[0-9]*Z{ENDING}"), reverse=True)


def made_at(folder: Path) -> float:
    """When the newest copy was made, in seconds since 1970-01-01 UTC; 0 = there is none."""
    newest = next(kept(folder), None)
    try:
        return 0.0 if newest is None else datetime.strptime(newest.stem, f"{FORM}%z").timestamp()
    except ValueError:
        return 0.0


def restore_last(path: str | Path, folder: Path) -> tuple[Path, Path | None]:
    """Put the newest copy that is sound in the place of the database: that copy, and where the old file is now.

    Raises StoreError where there is none.
    """
    for copy in kept(folder):
        try:
            _sound(copy)
        except StoreError:
            continue
        return copy, restore(copy, path)
    raise StoreError(f"there is no sound backup in {folder}; name one: `ivrsvr restore FILE`")
