"""The journal of idempotency keys in SQLite: which request came with a key, and how it ended."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlite_utils import Database

TTL_S = 24 * 3600.0
"""How long a key is remembered."""

_PURGE_EVERY = 256


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a key.

    request: the request object it came with, as canonical JSON.
    outcome: the response object as JSON; "" = the request was begun, and its end is not known.
    began:   seconds since 1970-01-01 UTC.
    """

    request: str
    outcome: str
    began: float


class IdempotencyStore:
    """Keys with their requests and outcomes, in one table of a SQLite database."""

    def __init__(self, database: Database, now: Callable[[], float], *, ttl_s: float = TTL_S) -> None:
        self._database = database
        self._now = now
        self._ttl_s = ttl_s
        self._begun = 0
        database.table("tIdempotency").create(
            {"key": str, "request": str, "outcome": str, "began": float}, pk="key", if_not_exists=True
        )

    def find(self, key: str) -> Record | None:
        """What is known of a key; None = nothing, or no longer."""
        row = self._database.execute("select request, outcome, began from tIdempotency where key = ?", [key]).fetchone()
        return None if row is None or row[2] + self._ttl_s <= self._now() else Record(str(row[0]), str(row[1]), row[2])

    def begin(self, key: str, request: str) -> None:
        """Write down that a request begins; once this returns, a crash of the process does not lose it."""
        with self._database.conn:
            self._database.execute("replace into tIdempotency values (?, ?, '', ?)", [key, request, self._now()])
        self._begun += 1
        if self._begun % _PURGE_EVERY == 0:
            self.purge()

    def finish(self, key: str, outcome: str) -> None:
        """Write down how it ended."""
        with self._database.conn:
            self._database.execute("update tIdempotency set outcome = ? where key = ?", [outcome, key])

    def forget(self, key: str) -> None:
        """The request was never carried out: its key is free again."""
        with self._database.conn:
            self._database.execute("delete from tIdempotency where key = ?", [key])

    def purge(self) -> int:
        """Delete what is too old, and say how many that were."""
        with self._database.conn:
            deleted = self._database.execute("delete from tIdempotency where began <= ?", [self._now() - self._ttl_s])
        return int(deleted.rowcount)
