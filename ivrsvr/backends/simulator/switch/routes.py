"""The outcome of planning where a call goes: a route to be followed, or an obstacle."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Blocked(Enum):
    """Why a call cannot go to a destination."""

    BUSY = "busy"
    NO_AGENTS = "no agents"
    UNKNOWN = "unknown"
    DENIED = "denied"
    TRUNKS_BUSY = "trunks busy"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A refusal. station: the busy station, where it is one."""

    why: Blocked
    station: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a destination, not gone yet. destination: where it ends; rings: it is a station of this switch."""

    go: Callable[[], object]
    destination: str
    rings: bool = False
