"""The `Backend` interface: requests to a switch, and what it reports. It knows no JSON, no HTTP and no octets."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, TypeAlias

Pdu: TypeAlias = Any
"""A value of one of the PDU types of `ivrsvr.csta`."""


class LinkState(Enum):
    """Whether requests can reach the switch."""

    UP = "up"
    DOWN = "down"


class LinkDown(Exception):  # noqa: N818 - an outcome of the field, not a programming error
    """The link to the switch is down; the request was not carried out, or nobody knows whether it was."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The positive outcome of a request, with its private data (None = there was none)."""

    pdu: Pdu
    private: Pdu = None


@dataclass(frozen=True, slots=True)
class EventReport:
    """An event of a monitor or of the stream.

    crossRef: the monitor's cross reference; 0 for events of the stream (routing, system status, private events).
    """

    crossRef: int
    pdu: Pdu
    private: Pdu = None


@dataclass(frozen=True, slots=True)
class LinkChange:
    """The link went down or came back. After `UP` every monitor is gone and has to be started anew."""

    state: LinkState
    reason: str = ""


Report: TypeAlias = EventReport | LinkChange


class Backend(Protocol):
    """A switch, simulated or live, as the service sees it.

    Confirmations and reports keep the order in which the switch sent them: when a request's confirmation was sent
    before an event, `request` returns before `reports` yields the event to a consumer that waits for it. The other
    way round, an event that was sent before a confirmation may still wait for the consumer when `request` returns: who
    compares what was confirmed with what was reported waits for `caught_up` in between.
    """

    @property
    def link(self) -> LinkState:
        """The state of the link now."""
        ...

    @property
    def uui_room(self) -> int:
        """Octets of user-to-user information that requests and events of the stream have room for; 0 = none at all.

        While there is no stream: what any stream could have.
        """
        ...

    async def start(self) -> None:
        """Open the way to the switch; returns when the first attempt has an outcome."""
        ...

    async def stop(self) -> None:
        """Close it in order."""
        ...

    async def request(self, pdu: Pdu, private: Pdu | None = None) -> Confirmation:
        """Ask for a service.

        A private service is an `EscapeSvc` with the service as `private`. Private data may be given in any layout;
        the backend sends the layout of the version in force.

        Raises CstaFailure or AcsFailure when it is refused, LinkDown when it can't be asked. Has no time limit of
        its own other than the switch's.
        """
        ...

    def reports(self) -> AsyncIterator[Report]:
        """Everything that the switch reports, in order; for one consumer. Ends when the backend stops."""
        ...

    async def caught_up(self) -> None:
        """Wait until the consumer of `reports` has dealt with everything that has been reported by now."""
        ...


AT_A_TIME = 100
"""Reports that are dealt with before others get their turn: of a burst, readers are sent some before all is there."""


class Reports:
    """The one ordered stream of a backend: what the switch has reported and the consumer has not dealt with yet.

    wanted: whether there may be more to come; the stream of reports ends after the last when there is not.
    held:   whether the consumer has to wait: a confirmation came before the reports, and who waits for it goes first.
    """

    def __init__(self, wanted: Callable[[], bool], held: Callable[[], bool] = lambda: False) -> None:
        self._wanted = wanted
        self._held = held
        self._waiting: deque[Report] = deque()
        self._dealt = 0
        self._changed = asyncio.Event()
        self._behind: deque[tuple[int, asyncio.Future[None]]] = deque()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def put(self, report: Report) -> None:
        """Add one."""
        self._waiting.append(report)
        self._changed.set()

    def clear(self) -> None:
        """Nobody will be told of those that wait."""
        number = len(self._waiting)
        self._waiting.clear()
        self._deal(number)

    def look(self) -> None:
        """What `wanted` or `held` says has changed."""
        self._changed.set()

    async def stream(self, taken: Callable[[], None] = lambda: None) -> AsyncIterator[Report]:
        """Every report in order. taken: is called after each that leaves the queue."""
        in_a_row = 0
        while self._wanted() or self._waiting:
            if self._waiting and not self._held():
                if in_a_row == AT_A_TIME:
                    in_a_row = 0
                    await asyncio.sleep(0)
                    continue
                in_a_row += 1
                report = self._waiting.popleft()
                taken()
                try:
                    yield report
                finally:
                    self._deal(1)  # it asks for the next one, or for no more
            else:
                in_a_row = 0
                self._changed.clear()
                await self._changed.wait()

    async def caught_up(self) -> None:
        """Wait until the consumer has dealt with every report that has come by now."""
        upto = self._dealt + len(self._waiting)
        if upto == self._dealt:
            return
        future = asyncio.get_running_loop().create_future()
        self._behind.append((upto, future))
        await future

    def _deal(self, number: int) -> None:
        self._dealt += number
        while self._behind and self._behind[0][0] <= self._dealt:
            _, future = self._behind.popleft()
            if not future.done():
                future.set_result(None)
