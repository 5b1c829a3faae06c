"""The journal of events, where the settings say."""

from pathlib import Path

from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.clock import Clock
from ivrsvr.service.journal import MOST, Journal
from ivrsvr.store.database import MEMORY
from ivrsvr.store.journal import Bounds, JournalError, JournalFile, Shelf

IN_MEMORY = "memory"


def open_journal(settings: Settings, clock: Clock) -> Journal:
    """Raises ConfigurationError where it cannot be opened."""
    most = min(settings.journal_events, MOST)
    try:
        return Journal(clock, _shelf(settings, clock), most=most, age_s=settings.journal_age)
    except JournalError as error:
        raise ConfigurationError(str(error)) from None


def _shelf(settings: Settings, clock: Clock) -> Shelf | None:
    place = settings.ivr_journal
    if place == IN_MEMORY or (not place and (settings.db == MEMORY or settings.db.startswith("file:"))):
        return None
    bounds = Bounds(settings.journal_events, settings.journal_age, settings.journal_size)
    epoch = f"{int(clock.now() * 1000):x}"
    path = Path(place) if place else Path(settings.db).with_suffix(".events")
    return JournalFile(path, epoch, bounds=bounds, sync=settings.journal_sync)
