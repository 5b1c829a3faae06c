"""A database that cannot be written for a while."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

from sqlite_utils import Database

Why = Literal["the disk is full", "it can be read only"]


@contextmanager
def unwritable(database: Database, why: Why) -> Iterator[None]:
    """For the length of the body. What fills the last pages is taken away afterwards."""
    if why == "it can be read only":
        database.execute("pragma query_only=on")
        yield
        database.execute("pragma query_only=off")
        return
    database.execute("create table tFilling(text)")
    database.execute(f"pragma max_page_count={database.execute('pragma page_count').fetchone()[0] + 8}")
    for size in (4000, 400, 40):
        with suppress(sqlite3.OperationalError), database.conn:
            while True:
                database.execute("insert into tFilling values (?)", ["x" * size])
                database.conn.commit()
    yield
    database.execute("pragma max_page_count=1000000")
    database.execute("drop table tFilling")
