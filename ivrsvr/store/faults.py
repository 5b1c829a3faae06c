"""What SQLite says is wrong, for people; and changes that are made whole or not at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlite_utils import Database


class StoreError(Exception):
    """The database cannot be used; the text says which file, why, and what to do."""


def explained(error: sqlite3.Error) -> str:
    """What an error of SQLite means, and what to do."""
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return (
            "it is damaged, or no SQLite file; `ivrsvr serve --restore-last` starts from the last good backup, "
            "`ivrsvr restore FILE` from any other; or move it away and start with a new one"
        )
    if "locked" in text or "busy" in text:
        return "another program has it locked; stop that program, or name another file with --db"
    if "readonly" in text or "read-only" in text:
        return "it can be read only; make the file and its folder writable, or name another file with --db"
    if "unable to open" in text:
        return "it cannot be opened; check the path and the permissions, or name another file with --db"
    if "full" in text:
        return "the disk is full; make room on it"
    return f"SQLite says: {text}"


@contextmanager
def writing(database: Database) -> Iterator[None]:
    """A change of an open database. Raises StoreError where it cannot be written; then nothing was changed."""
    try:
        with database.conn:
            yield
    except sqlite3.IntegrityError:
        raise  # not the database's fault
    except sqlite3.DatabaseError as error:
        raise StoreError(f"nothing was changed, since the database could not be written: {explained(error)}") from None
