"""How much one caller may take: connections that are open at once, and requests in a time."""

from ivrsvr.clock import Clock

BUCKETS_MOST = 10_000
"""Callers whose rate is remembered; those that asked least recently are forgotten first."""

GRACE_S = 3
"""Seconds that requests under way have to end when the server stops."""


class Doorkeeper:
    """Counts the connections that are open on one kind of door.

    most: how many may be open at once.
    """

    __slots__ = ("most", "open")

    def __init__(self, most: int) -> None:
        self.open = 0
        self.most = most

    def enter(self) -> bool:
        """Count one more; False = there are too many already, and this one is not counted."""
        if self.open >= self.most:
            return False
        self.open += 1
        return True

    def leave(self) -> None:
        self.open -= 1


class Rate:
    """Requests of many callers, each within the same rate: a bucket of tokens for each, on the clock.

    per_s: requests a second; 0 = as many as they like. A caller that was quiet may make twice as many at once.
    """

    def __init__(self, clock: Clock, per_s: float) -> None:
        self._clock = clock
        self._per_s = per_s
        self._room = max(2.0 * per_s, 1.0)
        self._buckets: dict[str, tuple[float, float]] = {}
        """By caller: tokens left, and when that was."""

    def change(self, per_s: float) -> None:
        """Have another rate from now on."""
        self._per_s = per_s
        self._room = max(2.0 * per_s, 1.0)

    def take(self, who: str) -> float:
        """Count a request. 0 = it may be carried out; else the seconds after which another one may."""
        if not self._per_s:
            return 0.0
        now = self._clock.now()
        left, at = self._buckets.pop(who, (self._room, now))
        left = min(left + (now - at) * self._per_s, self._room)
        allowed = left >= 1.0
        self._buckets[who] = (left - 1.0 if allowed else left, now)
        if len(self._buckets) > BUCKETS_MOST:
            del self._buckets[next(iter(self._buckets))]
        return 0.0 if allowed else (1.0 - left) / self._per_s
