"""The outcome of planning where a call goes: a route to be followed, or an obstacle."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ivrsvr.csta.errors import CSTAUniversalFailure


class Blocked(Enum):
    """Why a call cannot go to a destination."""

    BUSY = "busy"
    NO_AGENTS = "no agents"
    UNKNOWN = "unknown"
    DENIED = "denied"
    LOGGED_OUT = "logged out"
    TRUNKS_BUSY = "trunks busy"
    TRUNKS_OUT = "trunks out of service"


REFUSALS = {
    Blocked.BUSY: CSTAUniversalFailure.RESOURCE_BUSY,
    Blocked.NO_AGENTS: CSTAUniversalFailure.RESOURCE_BUSY,
    Blocked.UNKNOWN: CSTAUniversalFailure.INVALID_DESTINATION,
    Blocked.DENIED: CSTAUniversalFailure.PRIVILEGE_VIOLATION_ON_CALLED_DEVICE,
    Blocked.LOGGED_OUT: CSTAUniversalFailure.PRIVILEGE_VIOLATION_ON_CALLED_DEVICE,
    Blocked.TRUNKS_BUSY: CSTAUniversalFailure.RESOURCE_BUSY,
    Blocked.TRUNKS_OUT: CSTAUniversalFailure.RESOURCE_OUT_OF_SERVICE,
}
"""What a service is refused with that would send a call there."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A refusal. station: the busy station, where it is one."""

    why: Blocked
    station: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a destination, not gone yet. destination: where it ends; rings: it is a station of this switch.

    group: the trunk group over which it leaves; "" = it stays here.
    """

    go: Callable[[], object]
    destination: str
    rings: bool = False
    group: str = ""
