"""The journal of events and that of idempotency keys, where the settings say."""

import logging
from pathlib import Path

from sqlite_utils import Database

from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.clock import Clock
from ivrsvr.service.idempotency import Store
from ivrsvr.service.journal import MOST, Book, Journal
from ivrsvr.service.shared import SharedJournal
from ivrsvr.store.database import MEMORY
from ivrsvr.store.idempotency import IdempotencyStore, SharedIdempotencyStore
from ivrsvr.store.journal import Bounds, FullDiskError, JournalError, JournalFile, Shelf
from ivrsvr.store.journal_redis import JournalStream
from ivrsvr.store.redis import RedisError, is_url

log = logging.getLogger(__name__)

IN_MEMORY = "memory"
SQLITE = b"SQLite format 3\0"


def open_journal(settings: Settings, clock: Clock) -> Book:
    """Raises ConfigurationError where it cannot be opened."""
    most = min(settings.journal_events, MOST)
    bounds = Bounds(settings.journal_events, settings.journal_age, settings.journal_size)
    place = settings.secret("ivr_journal")
    if is_url(place):
        try:
            return SharedJournal(clock, JournalStream(place, settings.ivr_serverid, bounds), most=most)
        except RedisError as error:
            raise ConfigurationError(f"ivr_journal: {error}") from None
    try:
        return Journal(clock, _shelf(settings, clock, place, bounds), most=most, age_s=settings.journal_age)
    except FullDiskError as error:
        # A server that came to its end on a full disk has to come back on it: calls are worth more than their history.
        log.error("events are kept in memory only, until the server is started again: %s", error)
        journal = Journal(clock, most=most, age_s=settings.journal_age)
        journal.failing = str(error)
        return journal
    except JournalError as error:
        raise ConfigurationError(str(error)) from None


def _shelf(settings: Settings, clock: Clock, place: str, bounds: Bounds) -> Shelf | None:
    if place == IN_MEMORY or (not place and settings.db == MEMORY):
        return None
    epoch = f"{int(clock.wall() * 1000):x}"
    path = Path(place) if place else Path(settings.db).with_suffix(".events")
    if place and path.exists() and not _may_be_one(path):
        # One of ours that is damaged is moved aside for a new one; what somebody named by mistake stays where it is.
        raise JournalError(f"{path}: it is no journal; name another file with ivr_journal, or move that one away")
    return JournalFile(path, epoch, bounds=bounds, sync=settings.journal_sync)


def _may_be_one(path: Path) -> bool:
    """Whether a file may be a journal, also a damaged one: what begins otherwise than SQLite's files never was."""
    if not path.is_file():
        return path.is_dir()  # SQLite says what is wrong with a folder
    try:
        with path.open("rb") as file:
            begin = file.read(len(SQLITE))
    except OSError:
        return True  # SQLite says what is wrong
    return begin == SQLITE or not begin.strip(b"\0")


def open_keys(settings: Settings, clock: Clock, database: Database) -> Store:
    """Raises ConfigurationError where Redis is named and cannot be used at all."""
    place = settings.secret("ivr_idempotency")
    if not place:
        return IdempotencyStore(database, clock.wall)
    if not is_url(place):
        raise ConfigurationError("ivr_idempotency must be redis://HOST:PORT/DB, or empty for the database")
    try:
        return SharedIdempotencyStore(place, clock.wall)
    except RedisError as error:
        raise ConfigurationError(f"ivr_idempotency: {error}") from None
