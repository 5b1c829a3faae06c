"""What a world file says of trunk groups and of dialling."""
# ruff: noqa: N802, N815 - the keys of the file

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from ivrsvr.backends.simulator.world_types import Count, Members, Range


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkGroupData:
    """A trunk group. members: they are 1 to this number."""

    name: str = ""
    tac: str
    type: Literal["isdn", "sip", "co"] = "isdn"
    members: Annotated[int, Range(1, 9999)]
    busy: Members = ()
    outOfService: Members = ()

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
class DialCode:
    """What an access code leads to: trunk groups in the order in which they are tried.

    keep: the code is the beginning of the number that the network gets, instead of being taken off.
    """

    kind: Literal["ars", "aar"] = "ars"
    trunkGroups: tuple[str, ...] = ()
    keep: bool = False


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
