"""Kinds of values that only scenarios have."""

import re
from typing import Self

from ivrsvr.backends.simulator.world_types import expand

MOST_S = 7 * 24 * 3600.0
"""No scenario is longer, in seconds."""

_PARTS = re.compile(r"(?:(?P<h>\d+(?:\.\d+)?)h)?\s*(?:(?P<m>\d+(?:\.\d+)?)m)?\s*(?:(?P<s>\d+(?:\.\d+)?)s)?")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Span(float):
    """A length of time in seconds; in a file a number of seconds, or a text such as 1h30m, 45m or 90s."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> Self:
        """Raises ValueError, which says what would be right."""
        wrong = ValueError("must be a number of seconds, or a text such as 90s, 45m or 1h30m")
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise wrong
        if isinstance(value, str):
            text = value.strip().lower()
            if NUMBER.fullmatch(text):
                seconds = float(text)
            else:
                found = _PARTS.fullmatch(text)
                if found is None or not any(found.groupdict().values()):
                    raise wrong
                seconds = sum(float(part) * _UNITS[unit] for unit, part in found.groupdict().items() if part)
        else:
            seconds = float(value)
        if not 0 <= seconds <= MOST_S:
            raise ValueError(f"must lie between 0 and {MOST_S:.0f} seconds (a week)")
        return cls(round(seconds, 3))


class Callers(str):
    """Calling numbers: digits, and x for any digit; "" = none is presented."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> Self:
        """Raises ValueError, which says what would be right."""
        text = str(value).lower() if isinstance(value, str | int) and not isinstance(value, bool) else "?"
        if not all(mark in "0123456789x" for mark in text) or len(text) > 20:
            raise ValueError("must be digits, with x for any digit, 20 at most")
        return cls(text)


class Series(tuple[str, ...]):
    """Numbers: a list of them and of ranges, such as ["101", "110-119"], or just one."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> Self:
        """Raises ValueError, which says what would be right."""
        entries = value if isinstance(value, list | tuple) else [value]
        found: list[str] = []
        for entry in entries:
            if isinstance(entry, bool) or not isinstance(entry, str | int):
                raise ValueError('must be numbers, or ranges such as "110-119"')
            found.extend(expand(str(entry)))
        return cls(found)


class Value(str):
    """A value of an event, as text: true, 5 and offer alike."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> Self:
        """Raises ValueError, which says what would be right."""
        if not isinstance(value, str | int | float):
            raise ValueError("must be a text, a number, true or false")
        return cls(str(value).lower() if isinstance(value, bool) else value)


class Monitored(tuple[str, ...]):
    """Devices that an application monitors: "all", "none", or a list of numbers and ranges."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> Self:
        """Raises ValueError, which says what would be right."""
        if value == "none":
            return cls()
        if value == "all":
            return cls((ALL,))
        if not isinstance(value, list | tuple):
            raise ValueError("must be all, none, or a list of numbers")
        return cls(Series.parse(value))


ALL = "all"
