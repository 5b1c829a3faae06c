"""The copies of the database that a server makes by itself, so that there is a good one when it is needed."""

import asyncio
import logging
from pathlib import Path
from typing import cast

from ivrsvr.assembly.settings import Settings
from ivrsvr.interfaces.administration.site import Site
from ivrsvr.store import copies
from ivrsvr.store.database import MEMORY
from ivrsvr.store.faults import StoreError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0


class Copies:
    """Makes copies, when they are due and when somebody says so; in a thread, so that nobody waits for the disk."""

    def __init__(self, settings: Settings, site: Site) -> None:
        self._path = settings.db
        self.folder = copies.folder_of(settings.db, settings.backup_folder)
        self._site = site
        self._turn = asyncio.Lock()
        self._made: float | None = None

    async def make(self) -> Path:
        """Make one now. Raises StoreError."""
        if self._path == MEMORY:
            raise StoreError("the database is in memory only; there is nothing to copy")
        most = cast(int, self._site.settings()["backup_keep"].value)
        async with self._turn:
            made = await asyncio.to_thread(copies.keep, self._path, self.folder, self._site.clock.wall(), most)
            self._made = self._site.clock.now()
            return made

    def names(self) -> list[str]:
        """The copies that there are, the newest first."""
        return [str(one) for one in copies.kept(self.folder)]

    def newest(self) -> float:
        """When the newest was made, in seconds since 1970-01-01 UTC; 0 = there is none."""
        return copies.made_at(self.folder)

    def _age(self) -> float:
        """Seconds since the last copy; where that is of a time to come, since the clock was set back, it counts not."""
        clock = self._site.clock
        age = clock.wall() - self.newest() if self._made is None else clock.now() - self._made
        return age if age >= 0 else float("inf")

    async def keep(self) -> None:
        """Make one whenever the last is old enough, until cancelled."""
        while True:
            await self._site.clock.sleep(LOOK_EVERY_S)
            every = cast(float, self._site.settings()["backup_every"].value)
            if not every or self._age() < every:
                continue
            try:
                log.info("the database was copied to %s", await self.make())
            except StoreError as error:
                log.error("the database was not copied: %s", error)
