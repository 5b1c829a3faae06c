"""Time: one heap of timers, virtual or real, and the seeded randomness.

`now` measures: it never goes back, so nothing waits too long or too short. `wall` dates: it is what the machine says,
which somebody may set. In virtual time they are the same.

All of time is a heap of `(when, sequence)` timers and `step()`. Virtual time stands still until somebody advances it;
real time runs at `rate` seconds per second, and a driver (`run`) merely waits before the same `step()`. Equal times run
in the order in which they were set. Everything that waits, times out or expires is given this clock; nobody else reads
one.
"""

import asyncio
import heapq
import random
import time
from collections.abc import Callable
from types import TracebackType
from typing import Literal, Self

Mode = Literal["virtual", "real"]

SWEEP_FROM = 256
"""Cancelled timers that may lie in the heap before sweeping is thought of."""


def chance(seed: int, name: str) -> random.Random:
    """A source of its own for one thing, so that what others draw changes nothing for it."""
    return random.Random(f"{seed} {name}")


class Timer:
    """A callback that is due at a time. ``cancel()`` makes it never run."""

    __slots__ = ("_clock", "callback", "sequence", "when")

    def __init__(self, clock: "Clock", when: float, sequence: int, callback: Callable[[], object]) -> None:
        self._clock = clock
        self.when = when
        self.sequence = sequence
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        if self.callback is not None:
            self.callback = None
            self._clock.cancelled()

    @property
    def pending(self) -> bool:
        """Whether the timer is still to run."""
        return self.callback is not None


class Clock:
    """Seconds since 1970-01-01 UTC, virtual or real, with timers and randomness.

    start: the time at which the clock begins; None = the wall clock's present.
    seed:  of `random`, the only randomness of the house.
    """

    def __init__(self, start: float | None = None, *, mode: Mode = "virtual", seed: int = 0) -> None:
        self.random = random.Random(seed)
        self.noise = chance(seed, "noise")
        """Chance in what nobody simulates (challenges, back-off), so that it takes nothing from `random`."""
        self.mode: Mode = mode
        self.rate = 1.0
        self._is_of_day = start is None and mode == "real"
        self._base = time.time() if start is None else float(start)
        self._mark = time.monotonic()
        self._timers: list[tuple[float, int, Timer]] = []
        """When, sequence, timer: tuples, because they are compared often and no sequence is equal to another."""
        self._sequence = 0
        self._cancelled = 0
        self._changed: asyncio.Event | None = None

    # ---- reading

    def now(self) -> float:
        """The present, in seconds since 1970-01-01 UTC."""
        if self.mode == "virtual":
            return self._base
        return self._base + (time.monotonic() - self._mark) * self.rate

    def wall(self) -> float:
        """The time of day, for what is dated and kept, or compared with the dates of others.

        It follows the machine's clock, whichever way that is set, where this clock runs as that does.
        """
        return time.time() if self._is_of_day else self.now()

    def next_when(self) -> float | None:
        """When the earliest timer is due; None without timers."""
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
            self._cancelled -= 1
        return self._timers[0][0] if self._timers else None

    # ---- setting

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        """Run a callback at a time; a time in the past means as soon as possible."""
        self._sequence += 1
        timer = Timer(self, when, self._sequence, callback)
        heapq.heappush(self._timers, (when, self._sequence, timer))
        if self._changed is not None and self._timers[0][2] is timer:
            self._wake()
        return timer

    def cancelled(self) -> None:
        """A timer was cancelled. Those that will never run are swept out when they are the greater part."""
        self._cancelled += 1
        if self._cancelled > SWEEP_FROM and self._cancelled * 2 > len(self._timers):
            self._timers = [place for place in self._timers if place[2].pending]
            heapq.heapify(self._timers)
            self._cancelled = 0

    def timers(self) -> list[Timer]:
        """All that are still to run, in the order in which they will."""
        return [timer for _, _, timer in sorted(self._timers) if timer.pending]

    def adopt(self, timer: Timer, when: float) -> None:
        """Run a timer that was copied from elsewhere, at a time of this clock."""
        self._sequence += 1
        timer.when, timer.sequence = when, self._sequence
        heapq.heappush(self._timers, (when, self._sequence, timer))
        self._wake()

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Timer:
        """Run a callback after a delay in seconds."""
        return self.call_at(self.now() + delay_s, callback)

    def set_mode(self, mode: Mode, rate: float = 1.0) -> None:
        """Switch between virtual and real time, from the present on; rate = seconds of clock per second.

        Raises ValueError for a rate that is not above 0.
        """
        if not rate > 0:
            raise ValueError("the rate of a clock is above 0")
        self._base = self.now()
        self._mark = time.monotonic()
        self._is_of_day = self._is_of_day and mode == "real" and rate == 1.0
        self.mode = mode
        self.rate = rate
        self._wake()

    # ---- running

    def step(self) -> bool:
        """Run the earliest timer, moving virtual time to it. False when there is none."""
        when = self.next_when()
        if when is None:
            return False
        timer = heapq.heappop(self._timers)[2]
        if self.mode == "virtual":
            self._base = max(self._base, when)
        callback, timer.callback = timer.callback, None
        if callback is not None:
            callback()
        return True

    def run_due(self) -> None:
        """Run every timer that is due now."""
        while (when := self.next_when()) is not None and when <= self.now():
            self.step()

    def move_to(self, when: float) -> None:
        """Set virtual time forward without running timers.

        Raises ValueError in real time or for a time in the past.
        """
        if self.mode != "virtual" or when < self._base:
            raise ValueError("only virtual time can be moved, and only forward")
        self._base = when

    def advance(self, seconds: float) -> None:
        """Let virtual time pass: whatever is due at or before the new time happens, in order."""
        end = self.now() + seconds
        while (when := self.next_when()) is not None and when <= end:
            self.step()
        self.move_to(end)

    # ---- asyncio's side

    async def run(self) -> None:
        """Run timers for ever as they fall due; in virtual time, only wait until the mode changes."""
        self._changed = asyncio.Event()
        try:
            while True:
                self._changed.clear()
                delay: float | None = None
                if self.mode == "real":
                    self.run_due()
                    when = self.next_when()
                    delay = None if when is None else max(0.0, (when - self.now()) / self.rate)
                try:
                    async with asyncio.timeout(delay):
                        await self._changed.wait()
                except TimeoutError:
                    continue
        finally:
            self._changed = None

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed.set()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of this clock."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def due() -> None:
            if not future.done():
                future.set_result(None)

        timer = self.call_later(seconds, due)
        try:
            await future
        finally:
            timer.cancel()

    def timeout(self, seconds: float | None) -> "Timeout":
        """``async with clock.timeout(8):`` raises TimeoutError inside when the body takes longer; None = never."""
        return Timeout(self, seconds)


class Timeout:
    """A time limit on this clock, as `asyncio.timeout` is one on the loop's."""

    __slots__ = ("_clock", "_expired", "_seconds", "_task", "_timer")

    def __init__(self, clock: Clock, seconds: float | None) -> None:
        self._clock = clock
        self._seconds = seconds
        self._task: asyncio.Task[object] | None = None
        self._timer: Timer | None = None
        self._expired = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.current_task()
        if self._seconds is not None:
            self._timer = self._clock.call_later(self._seconds, self._expire)
        return self

    def _expire(self) -> None:
        if self._task is not None:
            self._expired = True
            self._task.cancel()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        task, self._task = self._task, None
        # Our own cancellation becomes TimeoutError; one that came from outside as well stays a cancellation.
        if self._expired and task is not None and task.uncancel() <= 0 and kind is asyncio.CancelledError:
            raise TimeoutError from error
