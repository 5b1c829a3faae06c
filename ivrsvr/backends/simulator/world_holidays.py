"""Holiday tables: stretches of the year on which a vector may go another way."""

import calendar
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

_MINUTES = 24 * 60
_DAY = r"(\d\d)-(\d\d)(?: ([01]\d|2[0-3]):([0-5]\d))?"
_STRETCH = re.compile(rf"{_DAY}(?: to {_DAY})?")
_LEAP_YEAR = 2000
"""Days are counted in a year that has all of them."""


def _minute(month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    """Minutes since the year began."""
    days = sum(calendar.monthrange(_LEAP_YEAR, before)[1] for before in range(1, month)) + day - 1
    return days * _MINUTES + hour * 60 + minute


_YEAR = _minute(12, 31) + _MINUTES


@dataclass(frozen=True, slots=True)
class Holiday:
    """A stretch of every year, in minutes since the year began: the first one included, the last one not."""

    start: int
    end: int

    @classmethod
    def parse(cls, value: object) -> Self:
        """A day ("12-25"), days ("12-24 to 12-26"), or times ("12-24 12:00 to 12-27 08:00"). Raises ValueError."""
        found = _STRETCH.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise ValueError(f"must be a day such as '12-25' or '12-24 12:00 to 12-27 08:00', not {value!r}")
        first, last = found.groups()[:4], found.groups()[4:]
        return cls(cls._moment(first), cls._moment(last if last[0] else (*first[:2], None, None), whole=True))

    @staticmethod
    def _moment(parts: tuple[str | None, ...], *, whole: bool = False) -> int:
        """whole: a day without a time lasts to its end."""
        month, day, hour, minute = (int(part) if part else None for part in parts)
        if month is None or day is None or not 1 <= month <= 12:
            raise ValueError(f"there is no month {month}")
        if not 1 <= day <= calendar.monthrange(_LEAP_YEAR, month)[1]:
            raise ValueError(f"month {month} has no day {day}")
        if hour is None:
            return _minute(month, day) + whole * _MINUTES
        return _minute(month, day, hour, minute or 0)

    def has(self, moment: datetime) -> bool:
        """Whether a moment of the switch's local time is in there; a stretch may go over the end of the year."""
        now = _minute(moment.month, moment.day, moment.hour, moment.minute)
        return (now - self.start) % _YEAR < (self.end - self.start) % _YEAR or self.end - self.start == _YEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayTable:
    """Holidays under one number."""

    name: str = ""
    days: tuple[Holiday, ...] = ()

    def has(self, moment: datetime) -> bool:
        """Whether a moment is on one of them."""
        return any(day.has(moment) for day in self.days)
