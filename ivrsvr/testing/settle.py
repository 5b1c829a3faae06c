"""Settling: going round the event loop until nothing is in flight, so that virtual time never overtakes the octets.

A server and its clients share one event loop and talk over real sockets. They are at rest when the loop would have to
wait: nothing is ready to run, no socket has anything to read, and every octet that one end has sent, or still has to
send to one that reads, has arrived at the other. All of that is counted, nothing is slept: the loop is given a selector
that knows the moment at which it would block, and the kernel is asked how many octets each connection has sent and
received. Timers of the loop (real time) do not count.
"""

import asyncio
import selectors
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ivrsvr.clock import Clock

MAX_ROUNDS = 200_000
"""Rounds of the loop after which something is talking to itself for ever."""

GRACE_S = 0.002
"""How long to wait for the kernel to hand over octets that are on their way between two sockets."""

_BYTES_RECEIVED = 128
_BYTES_NOT_SENT = 144
_BYTES_SENT = 200
_BYTES_RETRANSMITTED = 208
_INFO_SIZE = 216
"""Places in the kernel's ``struct tcp_info`` (Linux 4.19 and later), and how much of it is needed."""


class NeverAtRest(RuntimeError):  # noqa: N818 - says what was found
    """The loop never came to rest: something keeps it busy without virtual time passing."""


class Settling:
    """A selector for one event loop, and the questions that can be asked of it.

    Use ``Settling().new_loop`` as the loop factory of an `asyncio.Runner`, then await `settle` or `advance` inside.

    outside: lets another process that takes part do all that it has to do; whether there was anything.
    """

    def __init__(self) -> None:
        self._selector: _Selector
        self.outside: Callable[[], Awaitable[bool]] = _nobody
        self._loop: _Loop

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that this object watches; for one call."""
        self._selector = _Selector()
        self._loop = _Loop(self._selector)
        return self._loop

    def skip(self, seconds: float) -> None:
        """Let the loop believe that so much real time is over: what waits for the network no longer than that gives up.

        Virtual time stands still.
        """
        self._loop.skipped += seconds

    async def settle(self, clock: Clock | None = None) -> None:
        """Let everything happen that can happen now; with a clock, also what is due at its present time.

        Raises NeverAtRest.
        """
        await self._at_rest()
        if clock is None:
            return
        for _ in range(MAX_ROUNDS):
            when = clock.next_when()
            if when is None or when > clock.now():
                return
            clock.step()
            await self._at_rest()
        raise NeverAtRest(f"{MAX_ROUNDS} timers have run at one moment of virtual time, and there are more")

    async def advance(self, clock: Clock, seconds: float) -> None:
        """Let virtual time pass, settling after everything that falls due.

        Raises NeverAtRest.
        """
        await self.settle(clock)
        end = clock.now() + seconds
        while (when := clock.next_when()) is not None and when <= end:
            clock.step()
            await self._at_rest()
        clock.move_to(end)
        await self._at_rest()

    async def _at_rest(self) -> None:
        await self._selector.at_rest()
        while await self.outside():
            await self._selector.at_rest()


async def _nobody() -> bool:
    return False


class _Loop(asyncio.SelectorEventLoop):
    """An event loop whose time can be put forward."""

    skipped = 0.0

    def time(self) -> float:
        return super().time() + self.skipped


class _Selector(selectors.BaseSelector):
    """The system's selector, which tells those who wait when its loop has nothing left to do."""

    def __init__(self) -> None:
        self._inner = selectors.DefaultSelector()
        self._waiting: list[asyncio.Future[None]] = []
        self._rounds = 0

    async def at_rest(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._rounds = 0
        await future

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As asyncio calls it: timeout 0 while anything is ready to run, None or a time when it would wait."""
        if not self._waiting:
            return self._inner.select(timeout)
        self._rounds += 1
        if self._rounds > MAX_ROUNDS:
            self._finish(NeverAtRest(f"the event loop went round {MAX_ROUNDS} times and is still busy"))
            return []
        ready = self._inner.select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if in_flight(self._inner.get_map()):
            return self._inner.select(GRACE_S)
        self._finish(None)
        return []

    def _finish(self, error: Exception | None) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if future.done():
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._inner.get_map()

    def close(self) -> None:
        self._inner.close()


@dataclass(frozen=True, slots=True)
class _Counts:
    """What one end of a TCP connection has done.

    unsent: octets that the kernel keeps until the other end has room for them.
    reads:  whether whoever owns this end takes in what comes.
    """

    sent: int
    unsent: int
    received: int
    reads: bool


def in_flight(registered: Mapping[Any, selectors.SelectorKey]) -> bool:
    """Whether a connection between two of these sockets has octets on their way.

    They are: octets that were sent and have not arrived; and those that the kernel has yet to send to an end that
    reads. Having been full, that end may have room again which the sender hears of only when it asks.

    Where the kernel does not count them (other systems than Linux), loopback hands them over at once: the answer is no.
    """
    counts: dict[tuple[Any, Any], _Counts] = {}
    for key in registered.values():
        ends_and_counts = _counts(key)
        if ends_and_counts is not None:
            ends, counted = ends_and_counts
            counts[ends] = counted
    for (here, there), this in counts.items():
        peer = counts.get((there, here))
        if peer is not None and (this.sent != peer.received or (this.unsent and peer.reads)):
            return True
    return False


def _counts(key: selectors.SelectorKey) -> tuple[tuple[Any, Any], _Counts] | None:
    """The two ends of a TCP connection, and what the first has done; None for anything else."""
    try:
        borrowed = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=key.fd)
    except OSError:
        return None  # a pipe
    try:
        ends = (borrowed.getsockname(), borrowed.getpeername())
        info = borrowed.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
    except (OSError, AttributeError):
        return None
    finally:
        borrowed.detach()
    if len(info) < _INFO_SIZE:
        return None
    (received,) = struct.unpack_from("<Q", info, _BYTES_RECEIVED)
    (unsent,) = struct.unpack_from("<I", info, _BYTES_NOT_SENT)
    (sent,) = struct.unpack_from("<Q", info, _BYTES_SENT)
    (resent,) = struct.unpack_from("<Q", info, _BYTES_RETRANSMITTED)
    return ends, _Counts(sent - resent, unsent, received, bool(key.events & selectors.EVENT_READ))
