"""Kinds of values in a world file, and how a key is named that is no attribute."""

import re
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


RANGE_MOST = 10_000
"""Numbers in a range, at most."""


def expand(text: str) -> list[str]:
    """The numbers of a range such as "110-119"; any other text stands for itself.

    Raises ValueError for a range that goes backwards or is too long.
    """
    match = re.fullmatch(r"(\d{1,15})-(\d{1,15})", text)
    if match is None:
        return [text]
    first, last = match.groups()
    if len(first) != len(last) or int(first) > int(last):
        raise ValueError(f"{text} is no range: it goes from a lower number to a higher one of as many digits")
    if int(last) - int(first) >= RANGE_MOST:
        raise ValueError(f"{text} is too long: a range has {RANGE_MOST} numbers at most")
    return [f"{number:0{len(first)}}" for number in range(int(first), int(last) + 1)]


def key(name: str) -> dict[str, str]:
    """Metadata of a field whose key in the file is not its attribute's name."""
    return {"key": name}
