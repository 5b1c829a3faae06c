"""Switch monitors that nobody has here; their own reports give them away.

Their starts were answered too late for whoever asked for them, or they followed calls for a monitor that has ended.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Strays:
    """Tells a monitor that nobody has from one that is just coming or going."""

    _starting: int = 0
    _leaving: set[int] = field(default_factory=set)
    _found: set[int] = field(default_factory=set)

    @contextmanager
    def starting(self) -> Iterator[None]:
        """While a monitor is being started: whatever is reported meanwhile may be of that one."""
        self._starting += 1
        try:
            yield
        finally:
            self._starting -= 1

    def started(self, cross_ref: int) -> None:
        """A monitor has this number now, whatever had it before."""
        self._found.discard(cross_ref)

    def leave(self, cross_refs: Iterable[int]) -> None:
        """Monitors are about to be stopped; `left` when that is done."""
        self._leaving.update(cross_refs)

    def left(self, cross_ref: int) -> None:
        """A monitor has been stopped, or the switch refuses to."""
        self._leaving.discard(cross_ref)

    def found(self, cross_ref: int) -> bool:
        """Whether what reports under a number that nobody has is to be stopped; it is so once."""
        if self._starting or cross_ref in self._leaving or cross_ref in self._found:
            return False
        self._found.add(cross_ref)
        return True

    def clear(self) -> None:
        """The link is down: no switch monitor is left."""
        self._leaving.clear()
        self._found.clear()
