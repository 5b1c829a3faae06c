"""The dial plan: what a number that somebody dialled leads to."""

from dataclasses import dataclass
from enum import Enum

from ivrsvr.backends.simulator.world import World

MAX_DIGITS = 32
"""Sum of called digits and route select (ASAI)."""

DIGITS = frozenset("0123456789*#")


class Leads(Enum):
    """The kinds of destination."""

    STATION = "station"
    AGENT = "agent"
    SKILL = "skill"
    VDN = "vdn"
    ANNOUNCEMENT = "announcement"
    TRUNK = "trunk"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Target:
    """A destination. groups: trunk groups to try in order; digits: what goes to the network."""

    leads: Leads
    number: str
    groups: tuple[str, ...] = ()
    digits: str = ""


def kind_of(world: World, device: str) -> str:
    """What a number of this switch is: station, agent, skill, vdn, announcement, trunkgroup (by TAC), or ""."""
    if device in world.stations:
        return "station"
    if device in world.agents:
        return "agent"
    if device in world.skills:
        return "skill"
    if device in world.vdns:
        return "vdn"
    if device in world.announcements:
        return "announcement"
    if any(group.tac == device for group in world.trunkGroups.values()):
        return "trunkgroup"
    return ""


_LOCAL = {
    "station": Leads.STATION,
    "agent": Leads.AGENT,
    "skill": Leads.SKILL,
    "vdn": Leads.VDN,
    "announcement": Leads.ANNOUNCEMENT,
}


def resolve(world: World, number: str) -> Target:
    """Where a dialled number leads: an extension first, then TAC and access codes, the longest that fits."""
    local = _LOCAL.get(kind_of(world, number))
    if local is not None:
        return Target(local, number)
    if number in world.dialPlan.unassigned:
        return Target(Leads.NOWHERE, number)
    for group_number, group in world.trunkGroups.items():
        if number.startswith(group.tac) and len(number) > len(group.tac):
            return Target(Leads.TRUNK, number, (group_number,), number[len(group.tac) :])
    codes = world.dialPlan.codes
    for length in range(min(len(number) - 1, 4), 0, -1):
        code = codes.get(number[:length])
        if code is not None:
            digits = number if code.keep else number[length:]
            return Target(Leads.TRUNK, number, code.trunkGroups, digits)
    return Target(Leads.NOWHERE, number)
