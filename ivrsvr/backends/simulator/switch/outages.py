"""Equipment out of service: stations, and trunk groups that traffic from elsewhere fills.

Outages that pass are timers of the switch, as everything is that it does by itself: they are copied with it, and end
with it.
"""

from ivrsvr.backends.simulator.switch import clearing, hunting
from ivrsvr.backends.simulator.switch.acd import agents, distribution
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.equipment import Station


def take_out(core: Core, station: Station) -> None:
    """A station goes out of service: its calls end, but an ACD call that rings goes on as if it were not answered."""
    station.in_service = False
    for party in list(station.parties):
        distribution.not_answered(core, party)
    for party in list(station.parties):
        if party.present:
            clearing.drop(core, party)
    agents.service_changed(core, station)


def bring_back(core: Core, station: Station) -> None:
    """A station works again."""
    station.in_service = True
    station.outages = 0
    hunting.free(core, station)
    agents.service_changed(core, station)


def station_out(core: Core, extension: str, seconds: float) -> None:
    """A station is out of service for a while; one that was administered so stays so."""
    station = core.stations[extension]
    if not (station.in_service or station.outages):
        return
    station.outages += 1
    core.later(seconds, _station_back, station)
    if station.in_service:
        take_out(core, station)


def _station_back(core: Core, station: Station) -> None:
    """One of its outages is over; when all are, it works again, unless somebody saw to that before."""
    if station.outages == 1:
        bring_back(core, station)
    elif station.outages:
        station.outages -= 1


def trunks_full(core: Core, number: str, seconds: float) -> None:
    """Traffic from elsewhere takes every free member of a trunk group for a while."""
    group = core.trunks[number]
    taken, group.free = group.free, []
    group.busy += len(taken)
    core.later(seconds, _trunks_free, number, taken)


def _trunks_free(core: Core, number: str, taken: list[int]) -> None:
    group = core.trunks[number]
    group.free = sorted({*group.free, *taken})
    group.busy -= len(taken)
