"""Idempotency keys: which request came with a key, and how it ended. In SQLite for one server, in Redis for several."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from ivrsvr.store import redis

if TYPE_CHECKING:
    from redis.asyncio import Redis

TTL_S = 24 * 3600.0
"""How long a key is remembered."""

_PURGE_EVERY = 256

PREFIX = "ivrsvr:idempotency:"


class IdempotencyError(Exception):
    """Keys cannot be looked up or written down now; the text is for a person."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a key.

    request:   the request object it came with, as canonical JSON.
    outcome:   the response object as JSON; "" = the request was begun, and its end is not known.
    began:     seconds since 1970-01-01 UTC.
    elsewhere: another process began it, and may be at it still.
    """

    request: str
    outcome: str
    began: float
    elsewhere: bool = False


class IdempotencyStore:
    """Keys with their requests and outcomes, in one table of a SQLite database: of one server."""

    def __init__(self, database: Database, now: Callable[[], float], *, ttl_s: float = TTL_S) -> None:
        self._database = database
        self._now = now
        self._ttl_s = ttl_s
        self._begun = 0
        database.table("tIdempotency").create(
            {"key": str, "request": str, "outcome": str, "began": float}, pk="key", if_not_exists=True
        )

    async def find(self, key: str) -> Record | None:
        """What is known of a key; None = nothing, or no longer."""
        row = self._database.execute("select request, outcome, began from tIdempotency where key = ?", [key]).fetchone()
        return None if row is None or row[2] + self._ttl_s <= self._now() else Record(str(row[0]), str(row[1]), row[2])

    async def begin(self, key: str, request: str) -> Record | None:
        """Write down that a request begins; once this returns None, a crash of the process does not lose it.

        Otherwise what is known of the key already, and nothing is written.
        """
        known = await self.find(key)
        if known is not None:
            return known
        with self._database.conn:
            self._database.execute("replace into tIdempotency values (?, ?, '', ?)", [key, request, self._now()])
        self._begun += 1
        if self._begun % _PURGE_EVERY == 0:
            self.purge()
        return None

    async def finish(self, key: str, outcome: str) -> None:
        """Write down how it ended."""
        with self._database.conn:
            self._database.execute("update tIdempotency set outcome = ? where key = ?", [outcome, key])

    async def forget(self, key: str) -> None:
        """The request was never carried out: its key is free again."""
        with self._database.conn:
            self._database.execute("delete from tIdempotency where key = ?", [key])

    def purge(self) -> int:
        """Delete what is too old, and say how many that were."""
        with self._database.conn:
            deleted = self._database.execute("delete from tIdempotency where began <= ?", [self._now() - self._ttl_s])
        return int(deleted.rowcount)

    async def close(self) -> None:
        """The database is closed by whoever opened it."""


class SharedIdempotencyStore:
    """Keys in Redis, shared by several servers: of all that get a key at the same time, one begins.

    process: names this process; it must differ from that of its former life.

    Every method raises IdempotencyError while Redis is away.
    """

    def __init__(self, url: str, now: Callable[[], float], *, process: str = "", ttl_s: float = TTL_S) -> None:
        self._redis: Redis = redis.connect(url)
        self._where = redis.shown(url)
        self._now = now
        self._ttl_ms = int(ttl_s * 1000)
        self._process = process or secrets.token_hex(8)
        self._failures = redis.failures()

    async def find(self, key: str) -> Record | None:
        """What is known of a key; None = nothing, or no longer."""
        try:
            return self._record(await self._redis.get(PREFIX + key))
        except self._failures as error:
            raise self._away(error) from None

    async def begin(self, key: str, request: str) -> Record | None:
        """Write down that a request begins; None = nobody had begun it. Otherwise what is known of the key."""
        text = self._text(request, "")
        try:
            if await self._redis.set(PREFIX + key, text, nx=True, px=self._ttl_ms):
                return None
            return self._record(await self._redis.get(PREFIX + key)) or Record(request, "", self._now(), True)
        except self._failures as error:
            raise self._away(error) from None

    async def finish(self, key: str, outcome: str) -> None:
        """Write down how it ended."""
        try:
            known = self._record(await self._redis.get(PREFIX + key))
            if known is not None:
                await self._redis.set(PREFIX + key, self._text(known.request, outcome), px=self._ttl_ms)
        except self._failures as error:
            raise self._away(error) from None

    async def forget(self, key: str) -> None:
        """The request was never carried out: its key is free again."""
        try:
            await self._redis.delete(PREFIX + key)
        except self._failures as error:
            raise self._away(error) from None

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()

    def _text(self, request: str, outcome: str) -> str:
        return json.dumps([request, outcome, self._now(), self._process])

    def _record(self, text: Any) -> Record | None:
        if text is None:
            return None
        try:
            request, outcome, began, process = json.loads(text)
            return Record(str(request), str(outcome), float(began), process != self._process)
        except (ValueError, TypeError):
            raise IdempotencyError(f"{self._where} has something under a key that is not of this server's") from None

    def _away(self, error: Exception) -> IdempotencyError:
        return IdempotencyError(f"{self._where} does not answer ({type(error).__name__})")
