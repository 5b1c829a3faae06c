"""What a request comes back with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Message: TypeAlias = dict[str, Any]


class NoAnswer(AssertionError):  # noqa: N818 - says what was found
    """A request has no answer although everything has settled: it waits for virtual time, or for a person."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response: its status, its body as an object ({} where it is none), its headers, and its body as text."""

    status: int
    body: Message
    headers: Mapping[str, str]
    text: str = ""


class Pending:
    """A request that was sent; its answer comes when it comes."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._answer: Message | None = None

    def put(self, answer: Message) -> None:
        """The answer has come."""
        self._answer = answer

    @property
    def answered(self) -> bool:
        """Whether the answer is there."""
        return self._answer is not None

    @property
    def answer(self) -> Message:
        """The answer; raises NoAnswer."""
        if self._answer is None:
            raise NoAnswer(f"{self._title} has no answer yet; let time pass, or let somebody act")
        return self._answer
