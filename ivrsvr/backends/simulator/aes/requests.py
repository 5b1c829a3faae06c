"""Requests on their way to the switch: each is answered exactly once, and each device has one there at a time."""

from collections import deque
from collections.abc import Callable
from functools import partial

from ivrsvr.backends.base import Confirmation, Pdu
from ivrsvr.clock import Clock, Timer
from ivrsvr.csta.errors import AcsFailure, CstaFailure, CSTAUniversalFailure

Outcome = Confirmation | CstaFailure | AcsFailure
Reply = Callable[[Outcome], None]
Carrier = Callable[[Reply], None]
"""Carries a request out and gives its outcome to the reply, at once or later."""


class Pending:
    """A request that has not been answered.

    service: the PDU, or the private service of an EscapeSvc, in the newest layout.
    device:  on which it acts; "" = it waits for no other request.
    """

    __slots__ = ("_answer", "answered", "carry", "device", "service", "timer")

    def __init__(self, service: Pdu, device: str, carry: Carrier, answer: Reply) -> None:
        self.service = service
        self.device = device
        self.carry = carry
        self.answered = False
        self.timer: Timer | None = None
        self._answer = answer

    def __deepcopy__(self, memo: dict[int, object]) -> "Pending":
        return Pending(self.service, self.device, self.carry, _unheard)

    def answer(self, outcome: Outcome) -> bool:
        """Answer it, unless that has been done; False when it has."""
        if self.answered:
            return False
        self.answered = True
        if self.timer is not None:
            self.timer.cancel()
        self._answer(outcome)
        return True


def _unheard(outcome: Outcome) -> None:
    """The outcome of a request in a copy of the switch: nobody asked there."""


class Requests:
    """The requests of all streams: queued per device, timed, and ended together when the link fails.

    depth:   how many may wait behind the one that is at the switch.
    limit_s: after so many seconds a request is given up with REQUEST_TIMEOUT_REJECTION.
    """

    def __init__(self, clock: Clock, depth: int, limit_s: float) -> None:
        self._clock = clock
        self._depth = depth
        self._limit_s = limit_s
        self._devices: dict[str, deque[Pending]] = {}
        self._all: dict[Pending, None] = {}
        self.stalled = False
        """The switch takes requests and answers none."""

    def __len__(self) -> int:
        return len(self._all)

    def __deepcopy__(self, memo: dict[int, object]) -> "Requests":
        """A copy of the switch answers nobody: those who asked are no part of it."""
        return Requests(self._clock, self._depth, self._limit_s)

    def submit(self, pending: Pending) -> None:
        """Send a request to the switch, when its device's turn has come."""
        waiting = self._devices.setdefault(pending.device, deque()) if pending.device else None
        if waiting is not None and len(waiting) > self._depth:
            pending.answer(CstaFailure(CSTAUniversalFailure.REQUESTS_ON_DEVICE_EXCEEDED_REJECTION))
            return
        self._all[pending] = None
        pending.timer = self._clock.call_later(self._limit_s, lambda: self._time_out(pending))
        if waiting is not None:
            waiting.append(pending)
            if len(waiting) > 1:
                return
        self._carry_out(pending)

    def _carry_out(self, pending: Pending) -> None:
        # Here is where a request meets the switch: whatever refuses, delays or loses requests on purpose, does it here.
        if not self.stalled:
            pending.carry(partial(self.end, pending))

    def end(self, pending: Pending, outcome: Outcome) -> None:
        """Answer a request, and let the next one of its device go. A late outcome is dropped."""
        if pending not in self._all:
            return
        del self._all[pending]
        pending.answer(outcome)
        waiting = self._devices.get(pending.device)
        if waiting is None:
            return
        # It is the first of its device: only that one is at the switch, and its time is over before that of the others.
        waiting.popleft()
        if not waiting:
            del self._devices[pending.device]
        else:
            self._carry_out(waiting[0])

    def _time_out(self, pending: Pending) -> None:
        self.end(pending, CstaFailure(CSTAUniversalFailure.REQUEST_TIMEOUT_REJECTION))

    def end_all(self, outcome: Outcome, requests: list[Pending] | None = None) -> None:
        """Answer all requests, or those given, with the same outcome; none of them is carried out any more."""
        ending = list(self._all) if requests is None else [one for one in requests if one in self._all]
        chosen = set(ending)
        first = [waiting[0] for waiting in self._devices.values() if waiting[0] in chosen]
        for pending in ending:
            del self._all[pending]
            waiting = self._devices.get(pending.device)
            if waiting is not None:
                waiting.remove(pending)
                if not waiting:
                    del self._devices[pending.device]
        for pending in ending:
            pending.answer(outcome)
        for pending in first:
            waiting = self._devices.get(pending.device)
            if waiting:
                self._carry_out(waiting[0])
