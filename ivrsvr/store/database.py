"""The SQLite file of the server: opened with a check, brought to the present version, and its faults told clearly."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlite_utils import Database

from ivrsvr.store import tables, trainings, webhooks
from ivrsvr.store.faults import StoreError, explained
from ivrsvr.store.owner import created

MEMORY = ":memory:"
"""Instead of a file: everything is gone when the server stops."""


def _first(database: Database) -> None:
    database.table("tParameter").create({"name": str, "value": str, "description": str}, pk="name", if_not_exists=True)


MIGRATIONS: tuple[Callable[[Database], None], ...] = (
    _first,
    tables.create,
    tables.create_keys,
    webhooks.create,
    trainings.create,
)
"""The steps from an empty file to the present version; never changed once released, only added to."""


def open_database(path: str | Path, *, patience_s: float = 2.0, check: bool = False) -> Database:
    """The database at a path, created where it is missing, in the present version.

    patience_s: how long another program may have it locked.
    check:      look at every page of it first, as a server does when it starts.

    Raises StoreError.
    """
    name = str(path)
    if name != MEMORY and not Path(name).parent.is_dir():
        raise StoreError(f"{name}: there is no folder {Path(name).parent}; create it, or name another file with --db")
    if name != MEMORY:
        created(Path(name))
    try:
        connection = sqlite3.connect(name, timeout=patience_s)
    except sqlite3.Error as error:
        raise StoreError(f"{name}: {explained(error)}") from None
    database = Database(connection)
    try:
        if name != MEMORY:
            connection.execute("pragma journal_mode=wal").fetchone()
            connection.execute("pragma synchronous=normal")
        if check:
            _check(connection)
        _migrate(database, name)
        # A file that can only be read would fail later, at the first request that has to be written down.
        with connection:
            connection.execute("delete from tParameter where false")
    except sqlite3.Error as error:
        connection.close()
        raise StoreError(f"{name}: {explained(error)}") from None
    except StoreError:
        connection.close()
        raise
    return database


def _check(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError for a file in which anything is wrong."""
    found = str(connection.execute("pragma quick_check(1)").fetchone()[0])
    if found != "ok":
        raise sqlite3.DatabaseError(f"malformed: {found}")


def version(database: Database) -> int:
    """How many migrations the file has seen."""
    return int(database.execute("pragma user_version").fetchone()[0])


def _migrate(database: Database, name: str) -> None:
    found = version(database)
    if found > len(MIGRATIONS):
        raise StoreError(f"{name}: it belongs to a newer ivrsvr (version {found} of the file); upgrade this server")
    for number, step in enumerate(MIGRATIONS[found:], found + 1):
        with database.conn:  # a step is made whole or not at all, whenever the process ends
            database.conn.execute("begin immediate")
            step(database)
            database.conn.execute(f"pragma user_version = {number}")
