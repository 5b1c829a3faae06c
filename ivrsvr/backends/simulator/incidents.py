"""Faults of the site rather than of single messages: they begin at a moment, last a while, and pass.

| fault      | what happens                                                                  | keys       |
|------------|-------------------------------------------------------------------------------|------------|
| linkdown   | the CTI link between switch and AES is down                                     |            |
| aesrestart | every stream ends, and none can be opened meanwhile                             |            |
| streamcut  | the connections of all clients break without a word                             |            |
| stall      | the switch takes requests and answers none                                      |            |
| stationout | a station is out of service                                                     | station    |
| trunksfull | every free member of a trunk group is taken                                     | trunkgroup |

What breaks in the switch is part of its state: a snapshot has it, and a switch that begins again has none of it. What
breaks around it, or has yet to, is over when the site begins again or goes back to a snapshot.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ivrsvr.backends.simulator.aes.faults import FaultError, Rule
from ivrsvr.backends.simulator.switch import outages
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.world import World
from ivrsvr.backends.simulator.world_reader import nearest
from ivrsvr.csta.errors import ACSUniversalFailure

if TYPE_CHECKING:
    from ivrsvr.backends.simulator.simulator import Simulator

KEYS = ("fault", "after", "lasting", "station", "trunkgroup")
LASTING = {
    "linkdown": 10.0,
    "aesrestart": 10.0,
    "stall": 10.0,
    "stationout": 30.0,
    "trunksfull": 30.0,
    "streamcut": 0.0,
}
"""Seconds that each lasts where nothing is said."""

MOST_S = 7 * 24 * 3600.0


def is_incident(data: Mapping[str, Any]) -> bool:
    """Whether a fault is one of these, and not a rule for messages."""
    return isinstance(kind := data.get("fault"), str) and kind in LASTING


def set_fault(simulator: "Simulator", data: Mapping[str, Any]) -> Rule | None:
    """Set any fault: a rule for messages (returned), or an incident. Raises FaultError."""
    if is_incident(data):
        plan(simulator, data)
        return None
    return simulator.aes.faults.add(data)


def plan(simulator: "Simulator", data: Mapping[str, Any]) -> None:
    """Let an incident happen, at once or `after` seconds, and pass. Raises FaultError."""
    check(simulator.world, data)
    kind = str(data["fault"])
    after = _seconds(data, "after", 0.0)
    lasting = _seconds(data, "lasting", LASTING[kind])
    if kind in _OUTAGES:
        key, outage = _OUTAGES[kind]
        core = simulator.switch.core
        with core.act():
            if after:
                core.later(after, outage, str(data[key]), lasting)
            else:
                outage(core, str(data[key]), lasting)
        return
    begin, end = _deeds(simulator, kind)

    def happen() -> None:
        begin()
        simulator.incident_later(lasting, end)

    if after:
        simulator.incident_later(after, happen)
    else:
        happen()


_OUTAGES: dict[str, tuple[str, Callable[[Core, str, float], None]]] = {
    "stationout": ("station", outages.station_out),
    "trunksfull": ("trunkgroup", outages.trunks_full),
}
"""Incidents of the switch itself, which are part of its state: the key that names what breaks, and how it does."""


def check(world: World, data: Mapping[str, Any]) -> None:
    """Whether an incident can be in a world. Raises FaultError."""
    unknown = next((key for key in data if key not in KEYS), None)
    if unknown is not None:
        raise FaultError(f"there is no key {str(unknown)[:60]!r}{nearest(str(unknown), list(KEYS))}")
    kind = str(data["fault"])
    _seconds(data, "after", 0.0)
    _seconds(data, "lasting", LASTING[kind])
    for key, fault, known, name in (
        ("station", "stationout", world.stations, "station"),
        ("trunkgroup", "trunksfull", world.trunkGroups, "trunk group"),
    ):
        number = str(data.get(key, ""))
        if kind == fault and number not in known:
            raise FaultError(f"{key}: there is no {name} {number!r}{nearest(number, list(known))}")


def _seconds(data: Mapping[str, Any], key: str, default: float) -> float:
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_S:
        raise FaultError(f"{key}: it must be a number of seconds from 0 to {MOST_S:.0f}")
    return float(value)


def _deeds(simulator: "Simulator", kind: str) -> tuple[Callable[[], object], Callable[[], object]]:
    """What begins and what ends an incident around the switch."""
    if kind == "linkdown":
        return partial(simulator.link, "down"), partial(simulator.link, "up")
    if kind == "aesrestart":
        return partial(_serve, simulator, False), partial(_serve, simulator, True)
    if kind == "streamcut":
        return partial(_cut, simulator), _nothing
    return partial(simulator.stall, True), partial(simulator.stall, False)


def _nothing() -> None:
    """It has passed by itself."""


def _serve(simulator: "Simulator", serving: bool) -> None:
    simulator.aes.serving = serving
    if not serving:
        simulator.aes.shut_down(ACSUniversalFailure.TSERVER_STREAM_FAILED)


def _cut(simulator: "Simulator") -> None:
    for stream in list(simulator.aes.streams):
        stream.cut()
