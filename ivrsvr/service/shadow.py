"""What a server that only follows a device has seen for itself: what it would tell if the one that writes were gone.

Two servers see the same happenings of a device in the same order, yet nothing in them says which is which. What the
device has after each of them, its portrait, does: once it is certain that the journal and this server were at the same
one, they stay in step, happening by happening, whichever is ahead. Those that only this server has are what is left to
be told.

That they were at the same one is certain after a moment in which nothing happened, and all was written and read. Until
then (this server has just come, or was told less than the other) the same portrait may be that of another moment. So
the latest happening here that left the device as the journal has it counts as written: nothing is told twice, and what
may remain untold has left the device as it was.
"""

from collections import deque
from typing import Generic, TypeVar

Told = TypeVar("Told")

POINTS_MOST = 1_000

QUIET = 3
"""How often the one that writes must have been found there, and nothing have happened, until the two are in step."""

UNHEARD_MOST = 20
"""How often a happening may be found unwritten while the other server is there: then the two were never in step."""


class Shadow(Generic[Told]):
    """One device.

    log:     its portrait after its latest event in the journal.
    in_step: it is certain which of the happenings here are in the journal.
    here:    what it has by our own knowledge; None = that is still to be learnt, by `learn`.
    """

    def __init__(self, log: str, here: str | None) -> None:
        self.log = log
        self._before = here
        """Its portrait before the first of ours."""
        self._ours: deque[tuple[str, Told]] = deque()
        self._theirs: deque[str] = deque(maxlen=POINTS_MOST)
        """Portraits that have come, and are still to be seen here; only in step."""
        self.in_step = False
        self._quiet = 0

    def learn(self, here: str) -> None:
        """What the device has by our own knowledge now."""
        if self._before is None:
            self._before = here
            self._ours.clear()

    def saw(self, told: Told, portrait: str) -> None:
        """Something happened here; portrait: what the device has after it."""
        self._quiet = 0
        if self.in_step and self._theirs:
            if self._theirs[0] == portrait:
                self._before = self._theirs.popleft()
                return
            self._stumble()
        self._ours.append((portrait, told))
        if len(self._ours) > POINTS_MOST:
            self._pass_over(1)
            self.in_step = False
        if not self.in_step and portrait == self.log:
            self._meet()

    def came(self, portrait: str) -> None:
        """An event came out of the journal."""
        self._quiet = 0
        self.log = portrait
        if self.in_step and not self._ours:
            self._theirs.append(portrait)
        elif self.in_step and self._ours[0][0] == portrait:
            self._pass_over(1)
        else:
            self._stumble()
            self._meet()

    def _stumble(self) -> None:
        self.in_step = False
        self._theirs.clear()

    def _meet(self) -> None:
        """Take as written what may be: up to the latest of our own happenings at which the journal can be."""
        if self._before is not None:
            places = (place for place, (portrait, _) in enumerate(self._ours, 1) if portrait == self.log)
            self._pass_over(max(places, default=0))

    def _pass_over(self, count: int) -> None:
        for _ in range(count):
            self._before, _told = self._ours.popleft()

    def unheard(self) -> None:
        """The one that writes is there, and has written all that it saw some time ago."""
        self._quiet += 1
        if not self.in_step:
            self.in_step = self._quiet >= QUIET and self._before == self.log and not self._ours
        elif self._quiet > UNHEARD_MOST and (self._ours or self._theirs):
            self._stumble()
            self._meet()

    @property
    def apart(self) -> bool:
        """Whether it is certain that the journal and this server are not at the same happening at this moment."""
        return self.in_step and bool(self._ours or self._theirs)

    def untold(self) -> list[Told] | None:
        """What happened here and is not in the journal; None = it cannot be told.

        Everything that the journal has must have been seen here by now, and have come out of it.
        """
        met = not self._theirs if self.in_step else self._before == self.log
        return self.everything() if met else None

    def everything(self) -> list[Told]:
        """What was seen here and may not be in the journal."""
        return [told for _, told in self._ours]
