"""Routing dialogues with applications: what is open, and who is asked and told."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ivrsvr.backends.simulator.switch.model import VectorRun
from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.csta.private.route import ATTRouteRequestV7
from ivrsvr.csta.route import RouteRequestExt
from ivrsvr.csta.types import ExtendedDeviceID


@dataclass(frozen=True, slots=True)
class RouteUse:
    """What became of a dialogue: the route used and the caller, for RouteUsedExt."""

    route: ExtendedDeviceID
    caller: ExtendedDeviceID


@dataclass(slots=True)
class Routing:
    """The dialogues that are open, and the AES's ears.

    asker(dialogue, link, request, private) opens a dialogue: it fills in registration and cross reference and sends
    the request; False when nobody is registered on that link for the VDN, the current route; link None = on none.
    ender(dialogue, error, use) ends it; use is given when the call was routed.
    """

    asker: Callable[[int, int | None, RouteRequestExt, ATTRouteRequestV7], bool]
    ender: Callable[[int, CSTAUniversalFailure, RouteUse | None], None]
    last: int = 0
    open: dict[int, VectorRun] = field(default_factory=dict)


def nobody() -> Routing:
    """Routing with no application: every request fails at once."""
    return Routing(lambda dialogue, link, request, private: False, lambda dialogue, error, use: None)
