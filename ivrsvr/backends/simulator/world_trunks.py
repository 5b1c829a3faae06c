"""What a world file says of trunk groups and of dialling."""
# ruff: noqa: N802, N815, RUF009 - the keys of the file; its defaults are frozen values, safe to share

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self, TypeAlias, get_args

from ivrsvr.backends.simulator.world_types import Count, Members, Range

TrunkTransfer: TypeAlias = Literal["none", "restricted", "all"]
"""Whether two outside parties may be transferred to each other: never, over private trunks, always."""


@dataclass(frozen=True, slots=True)
class TransferRule:
    """`TrunkTransfer` as a file says it; true stands for "all", false for "restricted"."""

    rule: TrunkTransfer = "restricted"

    @classmethod
    def parse(cls, value: object) -> Self:
        """Raises ValueError, which says what would be right."""
        if isinstance(value, bool):
            return cls("all" if value else "restricted")
        for rule in get_args(TrunkTransfer):
            if value == rule:
                return cls(rule)
        raise ValueError("must be none, restricted or all (or true for all, false for restricted)")


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many digits: a number, or a list of the fewest and the most."""

    least: int = 1
    most: int = 28

    @classmethod
    def parse(cls, value: object) -> Self:
        """Raises ValueError, which says what would be right."""
        ends = [value, value] if isinstance(value, int) else value
        if (
            not isinstance(ends, list | tuple)
            or len(ends) != 2
            or not all(isinstance(end, int) and not isinstance(end, bool) and 1 <= end <= 28 for end in ends)
            or ends[0] > ends[1]
        ):
            raise ValueError("must be a number of digits, or the fewest and the most, from 1 to 28")
        return cls(*ends)


class Digits(str):
    """Digits to be dialled, perhaps none."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> Self:
        """Raises ValueError, which says what would be right."""
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else "?"
        if not all(character in "0123456789*#" for character in text):
            raise ValueError("must be digits, * and #")
        return cls(text)


class DigitPattern(str):
    """The beginning of a dialled number: digits, and x for any digit."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> Self:
        """Raises ValueError, which says what would be right."""
        text = str(value).lower() if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if not text or not all(character in "0123456789*#x" for character in text):
            raise ValueError("must be the first digits of a number, with x for any digit")
        return cls(text)

    def begins(self, number: str) -> bool:
        """Whether a number begins like this."""
        return len(number) >= len(self) and all(mark in ("x", digit) for mark, digit in zip(self, number, strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingDigits:
    """What becomes of the called number that the network sends: of the entries that fit, the longest number counts.

    number, length: which numbers, by how they begin and by how long they are (0 = however long).
    delete, insert: how many digits are taken off at the front, and what is put there.
    """

    number: Digits = Digits()
    length: Count = 0
    delete: Count = 0
    insert: Digits = Digits()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkGroupData:
    """A trunk group. members: they are 1 to this number.

    cor:                   class of restriction of its callers; "" = none.
    callingNumber:         it brings the callers' numbers.
    incoming:              what becomes of the digits that come in.
    destination:           where a call without digits goes; "" = nowhere.
    network:               what is behind it, for trunk-to-trunk transfer.
    disconnectSupervision: it tells when the outside party hangs up.
    releaseLink:           the network joins two parties itself when they are transferred to each other.
    """

    name: str = ""
    tac: str
    type: Literal["isdn", "sip", "co"] = "isdn"
    members: Annotated[int, Range(1, 9999)]
    busy: Members = ()
    outOfService: Members = ()
    cor: str = ""
    callingNumber: bool = True
    incoming: tuple[IncomingDigits, ...] = ()
    destination: str = ""
    network: Literal["public", "private"] = "public"
    disconnectSupervision: bool = True
    releaseLink: bool = False

    @property
    def busyMembers(self) -> frozenset[int]:
        """The members that traffic outside the scenario has taken."""
        return members(self.busy)

    @property
    def outOfServiceMembers(self) -> frozenset[int]:
        """The members that are out of service."""
        return members(self.outOfService)


def members(texts: Members) -> frozenset[int]:
    """The trunk members that texts like "7" and "1-117" name.

    Raises ValueError.
    """
    found: set[int] = set()
    for text in texts:
        first, dash, last = text.partition("-")
        low, high = int(first), int(last if dash else first)
        if not 1 <= low <= high <= 9999:
            raise ValueError(f"{text!r} is not a member or a range of members")
        found.update(range(low, high + 1))
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """An entry of the digit analysis behind an access code: numbers of such a beginning and length take a pattern.

    Of the entries that fit, the one with the most digits counts. deny: they are not allowed.
    """

    digits: DigitPattern
    length: Lengths = Lengths()
    pattern: str = ""
    deny: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DialCode:
    """What an access code leads to: trunk groups in the order in which they are tried, or an analysis of the digits.

    keep: the code is the beginning of the number that the network gets, instead of being taken off.
    """

    kind: Literal["ars", "aar"] = "ars"
    trunkGroups: tuple[str, ...] = ()
    keep: bool = False
    analysis: tuple[Analysis, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One way of a route pattern. frl: the level that a caller needs; delete, insert: the treatment of the digits."""

    trunkGroup: str
    frl: Annotated[int, Range(0, 7)] = 0
    delete: Count = 0
    insert: Digits = Digits()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePattern:
    """The ways for a number, in the order in which they are tried."""

    name: str = ""
    preferences: tuple[Preference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DialPlan:
    """Access codes, and numbers that certainly do not exist."""

    codes: Mapping[str, DialCode] = field(default_factory=dict)
    unassigned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifiers:
    """Call classifiers: all ports, and how many of them are busy with traffic outside the scenario."""

    ports: Count = 0
    busy: Count = 0
