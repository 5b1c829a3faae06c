"""The server's own interface, as the applications of a scenario use it."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

Message: TypeAlias = Mapping[str, Any]


class Connection(Protocol):
    """A client's connection: requests out, responses and events in."""

    def ask(self, request: Message, answered: Callable[[Message], None]) -> None:
        """Send a request; its response comes when it comes."""

    def close(self) -> None:
        """Hang up; the monitors of the connection end."""


class Api(Protocol):
    """Where an application connects."""

    def connect(self, heard: Callable[[str, Message], None]) -> Connection:
        """A new connection; heard gets every event, as it was sent and as an object."""
