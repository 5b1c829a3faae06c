"""The dial plan: what a number that somebody dialled leads to."""

from dataclasses import dataclass
from enum import Enum

from ivrsvr.backends.simulator.world import DialCode, TrunkGroupData, World
from ivrsvr.backends.simulator.world_checks import LONGEST_CODE

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
class Way:
    """One way out: a trunk group, the digits that the network gets, and the restriction level that a caller needs."""

    group: str
    digits: str
    frl: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """A destination. ways: out to the network, in the order in which they are tried."""

    leads: Leads
    number: str
    ways: tuple[Way, ...] = ()


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
            return Target(Leads.TRUNK, number, (Way(group_number, number[len(group.tac) :]),))
    codes = world.dialPlan.codes
    for length in range(min(len(number) - 1, LONGEST_CODE), 0, -1):
        code = codes.get(number[:length])
        if code is not None:
            ways = _ways(world, code, number if code.keep else number[length:])
            return Target(Leads.TRUNK if ways else Leads.NOWHERE, number, ways)
    return Target(Leads.NOWHERE, number)


def _ways(world: World, code: DialCode, digits: str) -> tuple[Way, ...]:
    """The ways that a number takes behind an access code; () = it is not a number there, or not allowed."""
    if not code.analysis:
        return tuple(Way(group, digits) for group in code.trunkGroups)
    fitting = [
        entry
        for entry in code.analysis
        if entry.digits.begins(digits) and (entry.deny or entry.length.least <= len(digits) <= entry.length.most)
    ]
    if not fitting:
        return ()
    best = max(fitting, key=lambda entry: (len(entry.digits), -entry.digits.count("x")))
    if best.deny:
        return ()
    return tuple(
        Way(preference.trunkGroup, preference.insert + digits[preference.delete :], preference.frl)
        for preference in world.routePatterns[best.pattern].preferences
    )


def arrival(data: TrunkGroupData, digits: str) -> str:
    """The number that a call is for, from the digits that its trunk group brought."""
    if not digits:
        return data.destination
    fitting = [entry for entry in data.incoming if digits.startswith(entry.number) and entry.length in (0, len(digits))]
    if not fitting:
        return digits
    best = max(fitting, key=lambda entry: (len(entry.number), entry.length))
    return best.insert + digits[best.delete :]
