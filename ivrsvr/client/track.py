"""How far a client has come with one monitored device, and what of its events waits to be read. Pure.

The queue is bounded. A monitor whose queue is full falls behind: it takes no more, its position stays, and once all
that waits has been read it is started again from there. So a slow reader costs no memory, loses nothing that the
server's journal still has, and holds up neither responses nor other monitors.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ivrsvr.client.errors import ClientError

Event: TypeAlias = dict[str, Any]

CONTRACT = frozenset(
    ("offer", "alert", "connect", "fail", "hold", "retrieve", "disconnect", "transfer", "conference", "idle")
)
"""The event types that a monitor tells without `events: "all"`."""

LEAST = 2
"""A queue has room for `gap` and `snapshot` at least."""


class Track:
    """How far one monitor has come.

    extension: the device.
    keys:      `events` and `eventtypes` of `startmonitor`, as they were given.
    since, epoch: the position of the last event that was put into the queue; None, "" = of none yet.
    live:      whether what the server tells of the device is taken.
    behind:    it is not, since the queue was full.
    started:   whether the server has ever accepted it.
    ended:     it is told no more; error: why, None = the client stopped it or was closed.
    """

    def __init__(
        self,
        extension: str,
        keys: Mapping[str, Any],
        *,
        most: int,
        since: int | None = None,
        epoch: str = "",
    ) -> None:
        self.extension = extension
        self.keys = dict(keys)
        self.since = since
        self.epoch = epoch
        self.live = False
        self.behind = False
        self.started = False
        self.ended = False
        self.error: ClientError | None = None
        self.wake: Callable[[], None] = _nobody
        self._most = max(most, LEAST)
        self._waiting: deque[Event] = deque()
        self._read: tuple[int | None, str] = (since, epoch)

    def __len__(self) -> int:
        """How many events wait to be read."""
        return len(self._waiting)

    @property
    def position(self) -> tuple[int | None, str]:
        """`since` and `epoch` of the last event that was read: where another life of the program can go on."""
        return self._read

    @property
    def ready(self) -> bool:
        """Whether it may be started: it is neither live nor ended, and all that it was behind with has been read."""
        return not (self.live or self.ended or (self.behind and self._waiting))

    def start(self) -> dict[str, Any]:
        """The keys of the `startmonitor` that goes on where this one is."""
        if self.since is None:
            return {"extension": self.extension, **self.keys, "position": True}
        return {"extension": self.extension, **self.keys, "since": self.since, "epoch": self.epoch}

    def wants(self, eventtype: str) -> bool:
        """Whether an event of no device belongs to it."""
        eventtypes = self.keys.get("eventtypes")
        if eventtypes:
            return eventtype in eventtypes
        return self.keys.get("events") == "all" or eventtype in CONTRACT

    def accepted(self) -> None:
        """The server has accepted its start."""
        self.live = True
        self.behind = False

    def take(self, event: Event) -> None:
        """Take an event that the server told, unless it is known already or there is no room."""
        if not self.live:
            return
        kind = event["eventtype"]
        number = event.get("eventid")
        if kind == "position":
            self._reach(event)
            self._read = (self.since, self.epoch)
            self.started = True
            return
        known = number is not None and event.get("epoch") == self.epoch and number <= (self.since or 0)
        if known and self.since is not None and kind not in ("resumed", "gap", "snapshot"):
            return
        if len(self._waiting) >= self._most:
            self.live = False
            self.behind = True
            return
        self._waiting.append(event)
        if kind != "gap":  # its snapshot is still to come: cut off here, both have to be asked for again
            self._reach(event)
        self.wake()

    def next(self) -> Event | None:
        """The oldest event that waits."""
        if not self._waiting:
            return None
        event = self._waiting.popleft()
        if isinstance(event.get("eventid"), int) and event["eventtype"] != "gap":
            self._read = (event["eventid"], event.get("epoch", ""))
        return event

    def end(self, error: ClientError | None = None) -> None:
        """It is told no more; what waits can still be read."""
        if not self.ended:
            self.live = False
            self.ended = True
            self.error = error
            self.wake()

    def _reach(self, event: Event) -> None:
        number, epoch = event.get("eventid"), event.get("epoch")
        if isinstance(number, int) and isinstance(epoch, str):
            self.since, self.epoch = number, epoch


def _nobody() -> None:
    """Nobody reads at the moment."""
