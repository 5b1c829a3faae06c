"""What a server counts of its work, for metrics and displays: cheap to count, and made readable when somebody asks."""

from bisect import bisect_left
from collections import Counter, deque

from ivrsvr.clock import Clock

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the classes into which durations are counted; longer ones make one more class."""

SUCCESS = "success"
RATE_S = 10
"""Seconds over which a rate is taken."""


class Histogram:
    """Durations, counted by class. counts: one number for each of `BUCKETS_S`, and one for the rest."""

    __slots__ = ("counts", "total_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS_S) + 1)
        self.total_s = 0.0

    def observe(self, seconds: float) -> None:
        """Count a duration."""
        self.counts[bisect_left(BUCKETS_S, seconds)] += 1
        self.total_s += seconds


class Rate:
    """How often something happened lately."""

    def __init__(self, clock: Clock) -> None:
        self.total = 0
        self._clock = clock
        self._seconds: deque[list[int]] = deque(maxlen=RATE_S + 1)

    def count(self) -> None:
        """It happened."""
        self.total += 1
        second = int(self._clock.now())
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1][1] += 1
        else:
            self._seconds.append([second, 1])

    def per_second(self) -> float:
        """The mean of the last whole seconds."""
        now = int(self._clock.now())
        return sum(count for second, count in self._seconds if now - RATE_S <= second < now) / RATE_S


class Meters:
    """Counters and durations of one server.

    requests:     (request, result) -> how many; result: `success` or the error's name.
    handled:      request -> how long each took, from parsing to the response.
    services:     (service of the switch, outcome) -> how many; outcome: `success` or the failure's name.
    asked:        service -> how long the switch took.
    events:       event type -> how many were told, however many clients each went to.
    lookups:      of user data: (where, outcome) -> how many; see `ivrsvr.service.lookups`.
    held:         how long events waited for their user data, or behind one that did.
    messages:     between this server and the switch: requests, confirmations, events.
    lag_s:        how late the event loop was at its last look, in seconds; lag_most_s: at the worst of the last minute.
    """

    def __init__(self, clock: Clock) -> None:
        self.requests: Counter[tuple[str, str]] = Counter()
        self.handled: dict[str, Histogram] = {}
        self.services: Counter[tuple[str, str]] = Counter()
        self.asked: dict[str, Histogram] = {}
        self.events: Counter[str] = Counter()
        self.lookups: Counter[tuple[str, str]] = Counter()
        self.held = Histogram()
        self.messages = Rate(clock)
        self.lag_s = 0.0
        self.lag_most_s = 0.0

    def request(self, name: str, result: str, seconds: float) -> None:
        """A request was answered."""
        self.requests[name, result] += 1
        _histogram(self.handled, name).observe(seconds)

    def service(self, name: str, outcome: str, seconds: float) -> None:
        """The switch was asked, and has answered, or did not in time."""
        self.services[name, outcome] += 1
        _histogram(self.asked, name).observe(seconds)

    def failures(self) -> int:
        """Requests that failed."""
        return sum(count for (_, result), count in self.requests.items() if result != SUCCESS)


def _histogram(histograms: dict[str, Histogram], name: str) -> Histogram:
    found = histograms.get(name)
    if found is None:
        found = histograms[name] = Histogram()
    return found
