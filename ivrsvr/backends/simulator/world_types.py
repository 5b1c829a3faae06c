"""Kinds of values in a world file, and how a key is named that is no attribute."""

from dataclasses import dataclass
from typing import Annotated, TypeAlias


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a number, both included; None = unbounded."""

    low: float | None = None
    high: float | None = None


Count: TypeAlias = Annotated[int, Range(0)]

Positive: TypeAlias = Annotated[int, Range(1)]

Seconds: TypeAlias = Annotated[float, Range(0)]

Members: TypeAlias = tuple[str, ...]
"""Trunk members as "7" or "1-117"."""


def key(name: str) -> dict[str, str]:
    """Metadata of a field whose key in the file is not its attribute's name."""
    return {"key": name}
