"""The journal of events in a SQLite file of its own: written in batches, bounded by count, age and size.

Times are seconds since 1970-01-01 UTC. Everything here blocks; `ivrsvr.service.journal` calls it beside the event loop.

What survives what: a batch that is written survives the end of the process, however it ends. With `sync` it is on the
disk (fsync) before `write` returns and survives a loss of power as well; without, SQLite's write-ahead log is synced
now and then, and a loss of power may cost the last batches. Numbers are reserved ahead, always with fsync, so that no
number is ever given twice.
"""

import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ivrsvr.store.owner import created

log = logging.getLogger(__name__)

RESERVED_AHEAD = 100_000
"""Numbers that are reserved at a time."""

RECENT_MOST = 10_000
"""Events that are read back at the start."""

LINKS_MOST = 200
"""UCIDs that one life of a call may have gone by."""


class JournalError(Exception):
    """The journal cannot be read or written now; the text says why, and what to do."""


class FullDiskError(JournalError):
    """There is no room on the disk, for now."""


@dataclass(frozen=True, slots=True)
class Record:
    """One event.

    eventid:   its sequence number, from 1 up.
    device:    the monitored device it was sent for; "" = it was sent to everybody (linkdown, linkup, draining).
    eventtype: for filters.
    text:      the event as sent.
    when:      it was sent.
    ucid:      of the call it is about; "" = of none, or not known.
    ucids:     every UCID that the call has gone by, where there are several.
    """

    eventid: int
    device: str
    eventtype: str
    text: str
    when: float
    ucid: str = ""
    ucids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cover:
    """A device that is monitored: of its events after the number `began`, none is missing.

    calls: what the device had when this was written down, as JSON.
    """

    device: str
    began: int
    calls: str = "[]"


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a journal knows when it is opened.

    epoch:  names its life.
    last:   the number of the latest event that may have been sent.
    lost:   up to this number some events may be missing: the process ended before they were written. 0 = none.
    floor:  the number before that of the oldest event kept.
    covers: the devices that were monitored.
    recent: the latest events, in order, without holes after `lost`.
    """

    epoch: str
    last: int = 0
    lost: int = 0
    floor: int = 0
    covers: tuple[Cover, ...] = ()
    recent: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be written in one go.

    last:   the latest number that is given; not every number is that of an event.
    covers: devices by name; None = not monitored any more.
    """

    records: Sequence[Record] = ()
    last: int = 0
    covers: Mapping[str, Cover | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are wanted: after one number, up to another, of some devices and types; in order, at most so many.

    devices, eventtypes: empty = all. since, until: times; 0 = any. latest: where there are more, the latest ones.
    """

    after: int = 0
    upto: int = 2**62
    devices: Collection[str] = ()
    eventtypes: Collection[str] = ()
    since: float = 0.0
    until: float = 0.0
    most: int = 10_000
    latest: bool = False


class Shelf(Protocol):
    """Where a journal is kept. Every method may block, and raises JournalError."""

    def open(self) -> Beginning: ...
    def write(self, batch: Batch) -> int:
        """Write a batch down, and forget what is too old or too much; the number before the oldest event kept."""
        ...

    def read(self, wanted: Wanted) -> list[Record]: ...
    def of_call(self, ucid: str, most: int) -> list[Record]: ...
    def close(self, last: int | None) -> None:
        """No event was sent after that number; None = some that were sent could not be written."""
        ...


_SCHEMA = (
    "create table if not exists meta(name text primary key, value text not null)",
    "create table if not exists event(eventid integer primary key, device text not null, eventtype text not null,"
    " at real not null, ucid text not null, text text not null)",
    "create index if not exists event_device on event(device, eventid)",
    "create index if not exists event_ucid on event(ucid) where ucid <> ''",
    "create table if not exists link(ucid text not null, other text not null, eventid integer not null,"
    " primary key(ucid, other)) without rowid",
    "create table if not exists cover(device text primary key, began integer not null, calls text not null)",
)

_COLUMNS = "eventid, device, eventtype, text, at, ucid"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a journal keeps: events, seconds, and octets of the file (0 = any)."""

    most: int = 1_000_000
    age_s: float = 86_400.0
    size: int = 0


class JournalFile:
    """A journal in a SQLite file.

    epoch: names a new journal; one that is there already keeps its own.
    sync:  have every batch on the disk before `write` returns.

    A file that is damaged, or was deleted while the server runs, is replaced by a new one; a damaged one is moved
    aside. The log says so, and clients that come back are told of the gap.
    """

    def __init__(self, path: str | Path, epoch: str, *, bounds: Bounds | None = None, sync: bool = False) -> None:
        self.path = Path(path)
        self.epoch = epoch
        self._bounds = bounds or Bounds()
        self._sync = sync
        self._reserved = 0
        self._lost = 0
        self._forgotten = 0
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    # ---- life

    def open(self) -> Beginning:
        """Raises FullDiskError while the disk is full; JournalError where the file cannot be used at all, or another
        server uses it.
        """
        with self._lock:
            try:
                return self._open()
            except JournalError:
                self._drop()
                raise
            except sqlite3.DatabaseError as error:
                self._drop()
                if not _is_damage(error):
                    kind = FullDiskError if _is_full(error) else JournalError
                    raise kind(f"{self.path}: {_explain(error)}") from None
                self._move_aside(error)
            try:
                return self._open()
            except sqlite3.Error as error:
                self._drop()
                raise JournalError(f"{self.path}: {_explain(error)}") from None

    def _open(self) -> Beginning:
        created(self.path)  # what is said in calls is for nobody else's eyes
        connection = self._connection = sqlite3.connect(self.path, check_same_thread=False, timeout=0.5)
        connection.execute("pragma locking_mode=exclusive")  # two servers with one journal would give numbers twice
        tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
        if tables and "event" not in tables:
            raise JournalError(f"{self.path}: it is the database of something else; name another file with ivr_journal")
        connection.execute("pragma journal_mode=wal").fetchone()
        connection.execute(f"pragma synchronous={'full' if self._sync else 'normal'}")
        with connection:
            connection.execute("begin immediate")
            for statement in _SCHEMA:
                connection.execute(statement)
        told = connection.execute("pragma quick_check(1)").fetchone()[0]
        if told != "ok":
            raise sqlite3.DatabaseError(f"malformed: {told}")
        meta = dict(connection.execute("select name, value from meta"))
        self.epoch = meta.get("epoch", self.epoch)
        reserved, clean = int(meta.get("reserved", 0)), meta.get("clean", "yes") == "yes"
        self._lost = int(meta.get("lost", 0)) if clean else reserved
        self._forgotten = int(meta.get("forgotten", 0))
        self._reserve(reserved + RESERVED_AHEAD, clean="no")
        covers = tuple(Cover(*row) for row in connection.execute("select device, began, calls from cover"))
        recent = self._select(Wanted(after=self._lost, most=RECENT_MOST, latest=True))
        return Beginning(self.epoch, reserved, self._lost, self._forgotten, covers, tuple(recent))

    def _move_aside(self, error: sqlite3.Error) -> None:
        aside = self.path.with_name(f"{self.path.name}.damaged")
        number = 1
        while aside.exists():
            number += 1
            aside = self.path.with_name(f"{self.path.name}.damaged{number}")
        log.error("the journal %s is damaged (%s); it is moved to %s, and a new one begins", self.path, error, aside)
        try:
            os.replace(self.path, aside)
            for ending in ("-wal", "-shm"):
                self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        except OSError as fault:
            raise JournalError(f"{self.path} is damaged and cannot be moved away: {fault}") from None

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def close(self, last: int | None) -> None:
        """No event was sent after that number; None = some that were sent could not be written.

        Raises JournalError.
        """
        with self._lock:
            if self._connection is None:
                return
            try:
                if last is not None:
                    self._reserve(last, clean="yes")
                self._connection.close()
            except sqlite3.Error as error:
                raise JournalError(f"{self.path}: {_explain(error)}") from None
            finally:
                self._connection = None

    def _reserve(self, upto: int, *, clean: str) -> None:
        """Numbers up to this one may be given; on the disk before anybody sees one of them."""
        assert self._connection is not None
        self._connection.execute("pragma synchronous=full")
        with self._connection:
            rows = {"epoch": self.epoch, "reserved": upto, "clean": clean, "lost": self._lost}
            rows["forgotten"] = self._forgotten
            self._connection.executemany("replace into meta values (?, ?)", rows.items())
        self._reserved = upto
        if not self._sync:
            self._connection.execute("pragma synchronous=normal")

    # ---- writing

    def write(self, batch: Batch) -> int:
        """Write a batch down, and forget what is too old or too much; the number before the oldest event kept.

        Raises JournalError; then nothing of the batch is written.
        """
        with self._lock:
            try:
                if self._connection is None or not self.path.exists():
                    return self._begin_anew(batch)
                return self._write(batch)
            except sqlite3.DatabaseError as error:
                if _is_damage(error):
                    self._drop()
                    self._move_aside(error)
                raise JournalError(f"{self.path}: {_explain(error)}") from None

    def _begin_anew(self, batch: Batch) -> int:
        """The file was deleted, or moved aside: go on in a new one, with the same epoch and numbers."""
        reserved, epoch = self._reserved, self.epoch
        self._drop()
        self._open()
        log.error("the journal %s was gone; a new one begins, and older events cannot be sent again", self.path)
        first = batch.records[0].eventid if batch.records else reserved
        self.epoch, self._forgotten = epoch, max(0, first - 1)
        self._reserve(reserved, clean="no")
        return self._write(batch)

    def _write(self, batch: Batch) -> int:
        assert self._connection is not None
        newest = batch.records[-1] if batch.records else None
        if batch.last > self._reserved - RESERVED_AHEAD // 2:
            self._reserve(batch.last + RESERVED_AHEAD, clean="no")
        with self._connection as connection:
            connection.executemany(
                "replace into event values (?, ?, ?, ?, ?, ?)",
                ((one.eventid, one.device, one.eventtype, one.when, one.ucid, one.text) for one in batch.records),
            )
            connection.executemany(
                # As long as any event says so: of several, the latest is the last to be forgotten.
                "replace into link values (?, ?, ?)",
                (
                    pair
                    for one in batch.records
                    for other in one.ucids
                    if other != one.ucid
                    for pair in ((one.ucid, other, one.eventid), (other, one.ucid, one.eventid))
                ),
            )
            for device, cover in batch.covers.items():
                if cover is None:
                    connection.execute("delete from cover where device = ?", [device])
                else:
                    connection.execute("replace into cover values (?, ?, ?)", [device, cover.began, cover.calls])
            upto = self._too_old(connection, newest) if newest is not None else 0
            if upto > self._forgotten:
                connection.execute("delete from event where eventid <= ?", [upto])
                connection.execute("delete from link where eventid <= ?", [upto])
                connection.execute("replace into meta values ('forgotten', ?)", [str(upto)])
        self._forgotten = max(self._forgotten, upto)
        return self._forgotten

    def _too_old(self, connection: sqlite3.Connection, newest: Record) -> int:
        """Up to which number events are to be forgotten."""
        # Looks at the oldest only: where the clock went back, count and size still bound the file.
        limit = newest.when - self._bounds.age_s
        oldest = connection.execute("select at from event order by eventid limit 1").fetchone()
        aged = 0
        if oldest is not None and oldest[0] < limit:
            aged = connection.execute(
                "select max(eventid) from (select eventid, at from event order by eventid limit 5000) where at < ?",
                [limit],
            ).fetchone()[0]
        upto = max(newest.eventid - self._bounds.most, aged)
        if self._bounds.size and self._octets() > self._bounds.size:
            upto = max(upto, self._forgotten + max(1, (newest.eventid - self._forgotten) // 10))
        return upto

    def _octets(self) -> int:
        """Of the pages in use; those that are free are used again before the file grows."""
        assert self._connection is not None
        size, count, free = (
            int(self._connection.execute(f"pragma {name}").fetchone()[0])
            for name in ("page_size", "page_count", "freelist_count")
        )
        return size * (count - free)

    # ---- reading

    def read(self, wanted: Wanted) -> list[Record]:
        """Raises JournalError."""
        with self._lock, self._readable():
            return self._select(wanted)

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        if self._connection is None:
            raise JournalError(f"{self.path} is not open")
        try:
            yield
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: {_explain(error)}") from None

    def _select(self, wanted: Wanted) -> list[Record]:
        assert self._connection is not None
        conditions = ["eventid > ?", "eventid <= ?"]
        values: list[Any] = [wanted.after, wanted.upto]
        for column, chosen in (("device", wanted.devices), ("eventtype", wanted.eventtypes)):
            if chosen:
                conditions.append(f"{column} in ({','.join('?' * len(chosen))})")
                values.extend(chosen)
        for condition, at in (("at >= ?", wanted.since), ("at <= ?", wanted.until)):
            if at:
                conditions.append(condition)
                values.append(at)
        order = "desc" if wanted.latest else "asc"
        rows = self._connection.execute(
            f"select {_COLUMNS} from event where {' and '.join(conditions)} order by eventid {order} limit ?",
            [*values, wanted.most],
        ).fetchall()
        if wanted.latest:
            rows.reverse()
        return [Record(*row) for row in rows]

    def of_call(self, ucid: str, most: int) -> list[Record]:
        """The events of a call, under whatever UCID it has gone by, in order.

        Raises JournalError.
        """
        with self._lock, self._readable():
            assert self._connection is not None
            names = _closure(ucid, self._others)
            rows = self._connection.execute(
                f"select {_COLUMNS} from event where ucid in ({','.join('?' * len(names))}) order by eventid limit ?",
                [*names, most],
            )
            return [Record(*row) for row in rows]

    def _others(self, ucid: str) -> list[str]:
        assert self._connection is not None
        return [str(row[0]) for row in self._connection.execute("select other from link where ucid = ?", [ucid])]


def _closure(ucid: str, others: Callable[[str], Collection[str]]) -> list[str]:
    """A UCID and all that are linked with it, directly or by others."""
    found, ahead = [ucid], [ucid]
    while ahead and len(found) < LINKS_MOST:
        for other in others(ahead.pop()):
            if other not in found:
                found.append(other)
                ahead.append(other)
    return found


def _is_damage(error: sqlite3.Error) -> bool:
    return any(word in str(error) for word in ("malformed", "not a database", "disk I/O error"))


def _is_full(error: sqlite3.Error) -> bool:
    return "full" in str(error)


def _explain(error: sqlite3.Error) -> str:
    text = str(error)
    if _is_full(error):
        return "the disk is full; make room (events go on, and are written as soon as there is some)"
    if "locked" in text or "busy" in text:
        return "another server uses this journal; give each its own (ivr_journal)"
    if "unable to open" in text or "readonly" in text:
        return "it cannot be written; check the folder and the permissions, or name another file with ivr_journal"
    return f"SQLite says: {text}"
