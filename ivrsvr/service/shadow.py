"""What a server that only follows a device has seen for itself: what it would tell if the one that writes were gone.

Two servers see the same happenings of a device in the same order, yet nothing in them says which is which. What the
device has after each of them, its portrait, does: once the journal and this server are at the same one, they stay in
step, happening by happening, whichever is ahead. Those that only this server has are what is left to be told.

Out of step (this server has just come, or was told less than the other) the latest happening here that left the device
as the journal has it brings them together again: so nothing is told twice, and what may remain untold has left the
device as it was.
"""

from collections import deque
from typing import Generic, TypeVar

Told = TypeVar("Told")

POINTS_MOST = 1_000

UNHEARD_MOST = 20
"""How often a happening may be found unwritten while the other server is there: then the two were never in step."""


class Shadow(Generic[Told]):
    """One device.

    log:  its portrait after its latest event in the journal.
    here: what it has by our own knowledge; None = that is still to be learnt, by `learn`.
    """

    def __init__(self, log: str, here: str | None) -> None:
        self.log = log
        self._base = log
        self._known = here is not None
        self._in_step = log == here
        self._ours: deque[tuple[str, Told]] = deque(maxlen=POINTS_MOST)
        self._theirs: deque[str] = deque(maxlen=POINTS_MOST)
        self._unheard = 0

    def learn(self, here: str) -> None:
        """What the device has by our own knowledge now.

        That is no earlier than the beginning: of several places in the journal that fit, the earliest is taken. If it
        was a later one we shall wait in vain to see what comes after it, rather than tell it again.
        """
        if self._known:
            return
        passed = [self._base, *self._theirs]
        self._known = True
        self._in_step = here in passed
        self._theirs = deque(passed[passed.index(here) + 1 :] if self._in_step else (), maxlen=POINTS_MOST)
        self._ours.clear()

    def saw(self, told: Told, portrait: str) -> None:
        """Something happened here; portrait: what the device has after it."""
        if not self._known:
            self._ours.append((portrait, told))
            return
        if self._in_step and self._theirs:
            if self._theirs.popleft() == portrait:
                return
            self._in_step = False
            self._theirs.clear()
        self._ours.append((portrait, told))
        if not self._in_step and portrait == self.log:
            self._ours.clear()
            self._in_step = True

    def came(self, portrait: str) -> None:
        """An event came out of the journal."""
        self.log = portrait
        self._unheard = 0
        if not self._known or (self._in_step and not self._ours):
            self._theirs.append(portrait)
        elif self._in_step and self._ours and self._ours[0][0] == portrait:
            self._ours.popleft()
        else:
            self._meet()

    def _meet(self) -> None:
        """Come into step again, where the journal is at one of our own happenings."""
        self._theirs.clear()
        place = max((at for at, (portrait, _) in enumerate(self._ours) if portrait == self.log), default=-1)
        self._in_step = place >= 0
        for _ in range(place + 1):
            self._ours.popleft()

    def unheard(self) -> None:
        """The one that writes is there, and has written all that it saw some time ago."""
        if self._in_step and (self._ours or self._theirs):
            self._unheard += 1
            if self._unheard > UNHEARD_MOST:
                self._unheard = 0
                self._meet()

    def untold(self) -> list[Told] | None:
        """What happened here and is not in the journal; None = it cannot be told.

        Everything that the journal has must have been seen here by now, and have come out of it.
        """
        return [told for _, told in self._ours] if self._in_step and not self._theirs else None

    def everything(self) -> list[Told]:
        """What was seen here and may not be in the journal."""
        return [told for _, told in self._ours]
