"""Idempotency keys: which request came with a key, and how it ended. In SQLite for one server, in Redis for several."""

import json
import logging
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from ivrsvr.store import redis
from ivrsvr.store.faults import explained

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = logging.getLogger(__name__)

TTL_S = 24 * 3600.0
"""How long a key is remembered."""

_PURGE_EVERY = 256

PREFIX = "ivrsvr:idempotency:"

RETRY_S = 2.0
"""After a failure to write."""

UNWRITTEN_MOST = 10_000
"""Keys that are kept in memory while SQLite cannot write them down; when more come, the oldest are forgotten."""

_ADVANCE = """
local text = redis.call('get', KEYS[1])
if not text then return -1 end
local known = cjson.decode(text)
if known[2] ~= '' or known[4] ~= ARGV[1] or (ARGV[2] == 'unasked' and known[5]) then return 0 end
known[2], known[4], known[5] = ARGV[3], ARGV[4], known[5] or ARGV[5] == 'asked'
redis.call('set', KEYS[1], cjson.encode(known), 'keepttl')
return 1
"""
"""The next step of a request under a key, where its process still has it: -1 = the key is gone, 0 = it has not."""


class IdempotencyError(Exception):
    """Keys cannot be looked up or written down now; the text is for a person."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a key.

    request: the request object it came with, as canonical JSON.
    outcome: the response object as JSON; "" = the request was begun, and its end is not known.
    began:   seconds since 1970-01-01 UTC.
    asked:   the switch may have been asked for something; False = it surely was not.
    owner:   another process that has it in hand, if that is still there; "" = this one.
    """

    request: str
    outcome: str
    began: float
    asked: bool = False
    owner: str = ""


class IdempotencyStore:
    """Keys with their requests and outcomes, in one table of a SQLite database: of one server.

    While the database cannot be written (a full disk), keys are kept in memory, and written as soon as they can be: a
    request that comes again is not carried out twice, unless the server ends before.
    """

    def __init__(self, database: Database, now: Callable[[], float], *, ttl_s: float = TTL_S) -> None:
        self._database = database
        self._now = now
        self._ttl_s = ttl_s
        self._begun = 0
        self._unwritten: dict[str, Record | None] = {}
        self._failed = 0.0
        self.failing = ""
        table = database.table("tIdempotency")
        table.create(
            {"key": str, "request": str, "outcome": str, "began": float, "asked": int}, pk="key", if_not_exists=True
        )
        if "asked" not in table.columns_dict:
            table.add_column("asked", int, not_null_default=1)

    async def find(self, key: str) -> Record | None:
        """What is known of a key; None = nothing, or no longer. Raises IdempotencyError."""
        record = self._unwritten[key] if key in self._unwritten else self._read(key)
        return None if record is None or record.began + self._ttl_s <= self._now() else record

    async def begin(self, key: str, request: str) -> Record | None:
        """Write down that a request begins; once this returns None, a crash of the process does not lose it.

        Otherwise what is known of the key already, and nothing is written. Raises IdempotencyError.
        """
        known = await self.find(key)
        if known is not None:
            return known
        self._write(key, Record(request, "", self._now()))
        self._begun += 1
        if self._begun % _PURGE_EVERY == 0 and not self.failing:
            self.purge()
        return None

    async def asked(self, key: str) -> bool:
        """Write down that the switch is asked now. True: no other process takes a request over."""
        await self._change(key, asked=True)
        return True

    async def take_over(self, key: str, record: Record) -> bool:  # noqa: ARG002 - nobody else has it
        """Have a request in hand that was begun in a former life. True, always."""
        return True

    async def finish(self, key: str, request: str, outcome: str, owner: str = "") -> bool:  # noqa: ARG002 - as above
        """Write down how it ended. True: nobody else has done so."""
        await self._change(key, outcome=outcome)
        return True

    async def forget(self, key: str) -> None:
        """The request was never carried out: its key is free again."""
        self._write(key, None)

    def purge(self) -> int:
        """Delete what is too old, if that can be done now, and say how many that were."""
        try:
            with self._database.conn:
                deleted = self._database.execute(
                    "delete from tIdempotency where began <= ?", [self._now() - self._ttl_s]
                )
        except sqlite3.Error as error:
            log.warning("old idempotency keys cannot be deleted: %s", explained(error))
            return 0
        return int(deleted.rowcount)

    async def close(self) -> None:
        """Write what waits, if that can be done now. The database is closed by whoever opened it."""
        self._flush()

    def _read(self, key: str) -> Record | None:
        try:
            row = self._database.execute(
                "select request, outcome, began, asked from tIdempotency where key = ?", [key]
            ).fetchone()
        except sqlite3.Error as error:
            raise IdempotencyError(f"the database: {explained(error)}") from None
        return None if row is None else Record(str(row[0]), str(row[1]), row[2], bool(row[3]))

    async def _change(self, key: str, **changes: Any) -> None:
        known = await self.find(key)
        if known is not None:
            self._write(key, replace(known, **changes))

    def _write(self, key: str, record: Record | None) -> None:
        self._unwritten[key] = record
        if not (self.failing and 0 <= self._now() - self._failed < RETRY_S):
            self._flush()
        while len(self._unwritten) > UNWRITTEN_MOST:
            self._unwritten.pop(next(iter(self._unwritten)))

    def _flush(self) -> None:
        if not self._unwritten:
            return
        try:
            with self._database.conn:
                for key, record in self._unwritten.items():
                    if record is None:
                        self._database.execute("delete from tIdempotency where key = ?", [key])
                    else:
                        row = [key, record.request, record.outcome, record.began, int(record.asked)]
                        self._database.execute(
                            "replace into tIdempotency (key, request, outcome, began, asked) values (?, ?, ?, ?, ?)",
                            row,
                        )
        except sqlite3.Error as error:
            if not self.failing:
                log.error("idempotency keys are kept in memory only, until they can be written: %s", explained(error))
            self.failing, self._failed = explained(error), self._now()
            return
        if self.failing:
            log.warning("idempotency keys can be written again")
            self.failing = ""
        self._unwritten.clear()


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
        self.failing = ""

    async def find(self, key: str) -> Record | None:
        """What is known of a key; None = nothing, or no longer."""
        try:
            return self._record(await self._redis.get(PREFIX + key))
        except self._failures as error:
            raise self._away(error) from None

    async def begin(self, key: str, request: str) -> Record | None:
        """Write down that a request begins; None = nobody had begun it. Otherwise what is known of the key."""
        try:
            if await self._new(key, request, ""):
                self.failing = ""
                return None
            # Where it has gone at this very moment, it is looked for again.
            return self._record(await self._redis.get(PREFIX + key)) or Record(request, "", self._now(), False, "?")
        except self._failures as error:
            raise self._away(error) from None

    async def asked(self, key: str) -> bool:
        """Write down that the switch is asked now; False = another process has taken the request over."""
        return await self._advance(key, self._process, "unasked", "", self._process, "asked") == 1

    async def take_over(self, key: str, record: Record) -> bool:
        """Have a request in hand for which nobody has asked the switch; False = its process has done so meanwhile."""
        return await self._advance(key, record.owner or self._process, "unasked", "", self._process, "") == 1

    async def finish(self, key: str, request: str, outcome: str, owner: str = "") -> bool:
        """Write down how it ended; False = another process has it in hand, or has finished it.

        owner: the process that had it in hand; "" = this one.
        """
        owner = owner or self._process
        done = await self._advance(key, owner, "", outcome, owner, "")
        if done < 0:  # Redis has forgotten it
            try:
                return bool(await self._new(key, request, outcome))
            except self._failures as error:
                raise self._away(error) from None
        return done == 1

    async def forget(self, key: str) -> None:
        """The request was never carried out: its key is free again."""
        try:
            await self._redis.delete(PREFIX + key)
        except self._failures as error:
            raise self._away(error) from None

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()

    async def _new(self, key: str, request: str, outcome: str) -> Any:
        text = json.dumps([request, outcome, self._now(), self._process, False])
        return await self._redis.set(PREFIX + key, text, nx=True, px=self._ttl_ms)

    async def _advance(self, key: str, *arguments: str) -> int:
        """See `_ADVANCE`: owner, `unasked` where that must be so, outcome, next owner, `asked` from now on."""
        try:
            return int(await self._redis.eval(_ADVANCE, 1, PREFIX + key, *arguments))
        except self._failures as error:
            raise self._away(error) from None

    def _record(self, text: Any) -> Record | None:
        self.failing = ""
        if text is None:
            return None
        try:
            request, outcome, began, process, asked = json.loads(text)
            owner = "" if process == self._process else str(process)
            return Record(str(request), str(outcome), float(began), bool(asked), owner)
        except (ValueError, TypeError):
            raise IdempotencyError(f"{self._where} has something under a key that is not of this server's") from None

    def _away(self, error: Exception) -> IdempotencyError:
        self.failing = f"{self._where} does not answer ({type(error).__name__})"
        return IdempotencyError(self.failing)
