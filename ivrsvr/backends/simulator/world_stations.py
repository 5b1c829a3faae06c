"""What a world file says of stations and their features."""
# ruff: noqa: N815 - the keys of the file; its defaults are frozen values, safe to share

from dataclasses import dataclass
from typing import Annotated, Literal

from ivrsvr.backends.simulator.world_types import Positive, Range

MESSAGE_APPLICATIONS = ("cti", "lwc", "property", "voice", "mcs")
"""Who may light the lamp of a station: CTI, leave word calling, property management, voice mail, message centre."""


@dataclass(frozen=True, slots=True)
class Messages:
    """The applications that have left a message: a list of them, or true for CTI alone."""

    applications: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, value: object) -> "Messages":
        """Raises ValueError, which says what would be right."""
        if isinstance(value, bool):
            return cls(frozenset({"cti"} if value else ()))
        if not isinstance(value, list | tuple) or not all(name in MESSAGE_APPLICATIONS for name in value):
            raise ValueError(f"must be true, false or a list of {', '.join(MESSAGE_APPLICATIONS)}")
        return cls(frozenset(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class StationData:
    """An extension as it is administered, and how it is found at the start.

    restrictLastAppearance: calls that come in leave the last of several appearances free.
    callWaiting: a second call waits at an analog set that talks.
    bridged: the stations whose lines appear at this one.
    forward, forwardBusy, forwardNoAnswer: where all its calls go, those that find it busy, and those that it does not
    answer; "" = nowhere.
    """

    name: str = ""
    type: Literal["proprietary", "analog", "bri", "sip", "data", "cti"] = "proprietary"
    callAppearances: Annotated[int, Range(1, 54)] = 3
    restrictLastAppearance: bool = False
    callWaiting: bool = False
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
    bridged: tuple[str, ...] = ()
    messageWaiting: Messages = Messages()


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
