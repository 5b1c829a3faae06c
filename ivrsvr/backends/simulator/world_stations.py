"""What a world file says of stations and their features."""
# ruff: noqa: N815 - the keys of the file

from dataclasses import dataclass
from typing import Annotated, Literal

from ivrsvr.backends.simulator.world_types import Positive, Range


@dataclass(frozen=True, slots=True, kw_only=True)
class StationData:
    """An extension as it is administered, and how it is found at the start.

    forward, forwardBusy, forwardNoAnswer: where all its calls go, those that find it busy, and those that it does not
    answer; "" = nowhere.
    """

    name: str = ""
    type: Literal["proprietary", "analog", "cti"] = "proprietary"
    callAppearances: Annotated[int, Range(1, 54)] = 3
    cor: str = "1"
    coveragePath: str = ""
    autoAnswer: bool = False
    offHook: bool = False
    offHookMode: Literal["forced", "prompt"] = "forced"
    service: Literal["in", "out"] = "in"
    sendAllCalls: bool = False
    forward: str = ""
    forwardBusy: str = ""
    forwardNoAnswer: str = ""
    messageWaiting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveragePath:
    """Where a call goes that its principal does not take: the points in order, rings at each, and the criteria.

    active: the principal uses one of its appearances; busy: it has none for the call.
    """

    points: tuple[str, ...] = ()
    rings: Positive = 2
    dontAnswer: bool = True
    active: bool = False
    busy: bool = True
    sendAllCalls: bool = True
    all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupGroup:
    """Stations that can pick up one another's calls."""

    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cor:
    """A class of restriction.

    mayNotCall: the classes that it must not call.
    frl:        facility restriction level, 7 the most: which preferences of a route pattern it may use.
    calling:    origination: no calls at all; outward: none to the outside.
    called:     termination: no calls at all; inward: none from the outside.
    """

    mayNotCall: tuple[str, ...] = ()
    frl: Annotated[int, Range(0, 7)] = 0
    calling: Literal["none", "origination", "outward"] = "none"
    called: Literal["none", "termination", "inward"] = "none"
