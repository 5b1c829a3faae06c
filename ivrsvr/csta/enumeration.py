"""Open enumerations and bit strings: the two kinds of named numbers of the specification."""

from enum import IntEnum, IntFlag
from typing import Self


class OpenEnum(IntEnum):
    """An ENUMERATED whose unknown numbers are kept, shown and passed on, never refused.

    ``CSTAEventCause(99)`` is a value named ``UNKNOWN_99`` that compares equal to 99.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member


class BitString(IntFlag):
    """A BIT STRING of named bits. Bit n of the specification (0 = first on the wire) is the flag ``1 << n``.

    A type sets ``BITS`` (a non-member) to the number of bits that is sent; a receiver takes any number, missing bits
    being 0.
    """

    @classmethod
    def bit_count(cls) -> int:
        """How many bits of this type are sent."""
        count: int = cls.__dict__["BITS"]
        return count

    @property
    def names(self) -> list[str]:
        """The names of the bits that are set, in the order of the specification."""
        return [flag.name or "" for flag in self]
