"""The order of events of which some must wait: nothing overtakes an earlier event of its device or its call."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from ivrsvr.clock import Clock
from ivrsvr.service.meters import Histogram

log = logging.getLogger(__name__)

Publish: TypeAlias = Callable[[], None]

CALLS = ("callid", "primarycallid", "secondarycallid")
"""Keys of an event that name its calls."""

EVERYTHING: frozenset[object] = frozenset({"*"})
"""Of an event about no device: it overtakes nothing, and nothing overtakes it."""


@dataclass(slots=True, eq=False)
class Held:
    """An event that waits. tags: its device and its calls. ready: it only waits for those before it."""

    tags: frozenset[object]
    publish: Publish
    since: float
    ready: bool


class InOrder:
    """Events on their way to the subscribers. While none waits, each goes out at once.

    held: is told how long each of those waited that had to.
    """

    def __init__(self, clock: Clock, held: Histogram) -> None:
        self._clock = clock
        self._held = held
        self._waiting: list[Held] = []
        self._stopped = False
        self._went = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, event: dict[str, Any], device: str, publish: Publish) -> None:
        """Publish an event as soon as those before it are out."""
        if not self._waiting:
            publish()
            return
        tags = _tags(event, device)
        if any(one.tags is EVERYTHING or one.tags & tags for one in self._waiting):
            self._append(tags, publish, ready=True)
        else:
            publish()

    def put_last(self, publish: Publish) -> None:
        """Publish what is about no device, as soon as everything before it is out."""
        if self._waiting:
            self._append(EVERYTHING, publish, ready=True)
        else:
            publish()

    def hold(self, event: dict[str, Any], device: str, publish: Publish) -> Held | None:
        """Publish an event only when it is released; None = it went out, for nothing waits any longer."""
        if self._stopped:
            publish()
            return None
        return self._append(_tags(event, device), publish, ready=False)

    async def passed(self, device: str) -> None:
        """Wait until no event of a device waits any longer; nothing suspends after the last of them is out."""
        while any(device in one.tags for one in self._waiting):
            self._went.clear()
            await self._went.wait()

    def release(self, held: Held) -> None:
        """An event need not wait for anything but those before it."""
        held.ready = True
        self._go()

    def stop(self) -> None:
        """Publish everything, in order."""
        self._stopped = True
        for one in self._waiting:
            one.ready = True
        self._go()

    def _append(self, tags: frozenset[object], publish: Publish, *, ready: bool) -> Held:
        held = Held(tags, publish, self._clock.now(), ready)
        self._waiting.append(held)
        return held

    def _go(self) -> None:
        """Publish what neither waits nor stands behind something that does."""
        blocked: set[object] = set()
        still: list[Held] = []
        going: list[Held] = []
        for one in self._waiting:
            free = not blocked if one.tags is EVERYTHING else not ("*" in blocked or blocked & one.tags)
            if one.ready and free:
                going.append(one)
            else:
                blocked |= one.tags
                still.append(one)
        self._waiting = still
        now = self._clock.now()
        for one in going:
            self._held.observe(now - one.since)
            try:
                one.publish()
            except Exception:
                # One event that this server fails on must not keep back those behind it.
                log.exception("failed on an event that had waited")
        self._went.set()


def _tags(event: dict[str, Any], device: str) -> frozenset[object]:
    return frozenset((device, *(event[key] for key in CALLS if key in event)))
