"""Spans of distributed traces, from a client's request to the switch's confirmation, where a site wants them."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Span(Protocol):
    """One stretch of work that is going on."""

    def tell(self, key: str, value: str) -> None:
        """Note something about it."""
        ...


class Spans(Protocol):
    """Where spans go. A span begun within another one belongs to it."""

    def begin(self, name: str, kind: str, keys: dict[str, str], parent: str = "") -> AbstractContextManager[Span]:
        """A span for the length of the body.

        kind:   "server" = a client asked us; "client" = we ask the switch.
        parent: a `traceparent` of W3C Trace Context, of whoever asked; "" = none.
        """
        ...


class _Silent:
    def tell(self, key: str, value: str) -> None:
        """Nobody listens."""


_SILENT = _Silent()


class NoSpans:
    """Spans of which nobody wants to know."""

    def begin(self, name: str, kind: str, keys: dict[str, str], parent: str = "") -> AbstractContextManager[Span]:  # noqa: ARG002
        """Nothing begins."""
        return nullcontext(_SILENT)
