"""What must hold between the parts of a world: every number exists once, and every reference leads somewhere."""

from collections.abc import Collection, Iterable, Mapping
from zoneinfo import ZoneInfo

from ivrsvr.backends.simulator.world_loops import FORWARDING_KEYS
from ivrsvr.backends.simulator.world_reader import WorldError, describe, nearest
from ivrsvr.backends.simulator.world_schema import (
    AesData,
    AgentData,
    Announcement,
    ClockData,
    SkillData,
    System,
    Tlink,
    VdnData,
)
from ivrsvr.backends.simulator.world_stations import Cor, CoveragePath, PickupGroup, StationData
from ivrsvr.backends.simulator.world_trunks import Classifiers, DialPlan, RoutePattern, TrunkGroupData, members

LONGEST_CODE = 4
"""Digits of an access code, at most."""

LONGEST_TLINK = 48
"""Characters of a TLINK's name, at most: native clients lose the whole list for one more."""


def refer(name: str, known: Iterable[str], kind: str, path: str) -> None:
    """Raise WorldError unless `name` is one of the known ones."""
    names = list(known)
    if name not in names:
        raise WorldError(path, f"there is no {kind} {describe(name)}{nearest(name, names)}")


def _refer_dialled(number: str, numbers: Mapping[str, str], codes: Collection[str], path: str) -> None:
    """Raise WorldError unless a number is one of this switch, or begins with a code that leads outside."""
    if not any(number != code and number.startswith(code) for code in codes):
        refer(number, numbers, "number", path)


def check_numbers(
    stations: Mapping[str, StationData],
    agents: Mapping[str, AgentData],
    skills: Mapping[str, SkillData],
    vdns: Mapping[str, VdnData],
    announcements: Mapping[str, Announcement],
    groups: Mapping[str, TrunkGroupData],
    plan: DialPlan,
) -> dict[str, str]:
    """Every number that can be dialled, with the path where it stands.

    Raises WorldError when one stands twice, or is said not to exist.
    """
    found: dict[str, str] = {}

    def add(number: str, path: str) -> None:
        if not number or not all(character in "0123456789*#" for character in number):
            raise WorldError(path, f"{describe(number)} is not a number that can be dialled; use the digits, * and #")
        if number in found:
            raise WorldError(path, f"the number {number} already belongs to {found[number]}")
        found[number] = path

    sections: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("stations", stations),
        ("agents", agents),
        ("skills", skills),
        ("vdns", vdns),
        ("announcements", announcements),
    )
    for section, numbers in sections:
        for number in numbers:
            add(number, f"{section}.{number}")
    for group, data in groups.items():
        add(data.tac, f"trunkGroups.{group}.tac")
    for code in plan.codes:
        path = f"dialPlan.{code}"
        if code in found:
            raise WorldError(path, f"the number {code} already belongs to {found[code]}")
        if len(code) > LONGEST_CODE:
            raise WorldError(path, f"an access code has at most {LONGEST_CODE} digits")
        if not code.isdigit() and not all(character in "0123456789*#" for character in code):
            raise WorldError(path, f"{describe(code)} is not an access code; use the digits, * and #")
    _check_access_codes(groups, plan)
    for index, number in enumerate(plan.unassigned, 1):
        if number in found:
            raise WorldError(f"dialPlan.unassigned.{index}", f"the number {number} belongs to {found[number]}")
    return found


def _check_access_codes(groups: Mapping[str, TrunkGroupData], plan: DialPlan) -> None:
    """More digits follow a trunk access code: it must not be the beginning of another one, or of an access code."""
    for code in plan.codes:
        for group, data in groups.items():
            if code.startswith(data.tac):
                raise WorldError(
                    f"dialPlan.{code}",
                    f"it could not be dialled: the code of trunk group {group}, {data.tac}, takes every number that "
                    "begins so",
                )
    for group, data in groups.items():
        for other, longer in groups.items():
            if other != group and longer.tac.startswith(data.tac):
                raise WorldError(
                    f"trunkGroups.{group}.tac",
                    f"the code of trunk group {other}, {longer.tac}, begins with it, so that one could not be dialled",
                )


def check_people(
    stations: Mapping[str, StationData],
    agents: Mapping[str, AgentData],
    skills: Mapping[str, SkillData],
    pickup: Mapping[str, PickupGroup],
    paths: Mapping[str, CoveragePath],
    cors: Mapping[str, Cor],
    numbers: Mapping[str, str],
    codes: Collection[str],
) -> None:
    """References of stations, agents, pickup groups, coverage paths and classes of restriction.

    codes: with which outside numbers begin.
    """
    for extension, station in stations.items():
        path = f"stations.{extension}"
        refer(station.cor, cors, "class of restriction", f"{path}.cor")
        if station.coveragePath:
            refer(station.coveragePath, paths, "coverage path", f"{path}.coveragePath")
        for index, principal in enumerate(station.bridged, 1):
            refer(principal, stations, "station", f"{path}.bridged.{index}")
            if principal == extension:
                raise WorldError(f"{path}.bridged.{index}", f"the lines of {extension} are its own already")
        for key in FORWARDING_KEYS:
            number = getattr(station, key)
            if number == extension:
                raise WorldError(f"{path}.{key}", f"{extension} cannot forward its calls to itself")
            if number:
                _refer_dialled(number, numbers, codes, f"{path}.{key}")
    for login, agent in agents.items():
        refer(agent.cor, cors, "class of restriction", f"agents.{login}.cor")
        if agent.coveragePath:
            refer(agent.coveragePath, paths, "coverage path", f"agents.{login}.coveragePath")
        for skill in agent.skills:
            refer(skill, skills, "skill", f"agents.{login}.skills.{skill}")
    for group, data in pickup.items():
        for index, member in enumerate(data.members, 1):
            refer(member, stations, "station", f"pickupGroups.{group}.members.{index}")
    for name, coverage in paths.items():
        for index, point in enumerate(coverage.points, 1):
            _refer_dialled(point, numbers, codes, f"coveragePaths.{name}.points.{index}")
    for name, cor in cors.items():
        for index, other in enumerate(cor.mayNotCall, 1):
            refer(other, cors, "class of restriction", f"cors.{name}.mayNotCall.{index}")


def check_acd(
    skills: Mapping[str, SkillData],
    vdns: Mapping[str, VdnData],
    announcements: Mapping[str, Announcement],
    paths: Mapping[str, CoveragePath],
    cors: Mapping[str, Cor],
) -> None:
    """References of skills and VDNs."""
    for extension, skill in skills.items():
        if skill.rona.to:
            refer(skill.rona.to, vdns, "VDN", f"skills.{extension}.rona.to")
        if skill.coveragePath:
            refer(skill.coveragePath, paths, "coverage path", f"skills.{extension}.coveragePath")
    for extension, vdn in vdns.items():
        path = f"vdns.{extension}"
        refer(vdn.cor, cors, "class of restriction", f"{path}.cor")
        if vdn.returnTo:
            refer(vdn.returnTo, vdns, "VDN", f"{path}.return")
        if vdn.originAnnouncement:
            refer(vdn.originAnnouncement, announcements, "announcement", f"{path}.originAnnouncement")


def check_hunting(skills: Mapping[str, SkillData], stations: Mapping[str, StationData]) -> None:
    """Members of hunt groups."""
    for extension, skill in skills.items():
        path = f"skills.{extension}"
        for index, member in enumerate(skill.members, 1):
            refer(member, stations, "station", f"{path}.members.{index}")
            if member in skill.members[: index - 1]:
                raise WorldError(f"{path}.members.{index}", f"{member} is a member twice")
        if skill.members and skill.vectorControlled:
            raise WorldError(
                f"{path}.vectorControlled", "a hunt group of stations is called directly; write vectorControlled: false"
            )


def check_trunks(
    groups: Mapping[str, TrunkGroupData],
    classifiers: Classifiers,
    cors: Mapping[str, Cor],
    numbers: Mapping[str, str],
) -> None:
    """Trunk members, and what trunk groups refer to."""
    for group, data in groups.items():
        for key, texts in (("busy", data.busy), ("outOfService", data.outOfService)):
            path = f"trunkGroups.{group}.{key}"
            try:
                named = members(texts)
            except ValueError:
                raise WorldError(path, 'must be a list of members like "7" or "1-117"') from None
            if named and max(named) > data.members:
                raise WorldError(path, f"there is no member {max(named)}; the last is {data.members}")
        if data.cor:
            refer(data.cor, cors, "class of restriction", f"trunkGroups.{group}.cor")
        if data.destination:
            refer(data.destination, numbers, "number", f"trunkGroups.{group}.destination")
    if classifiers.busy > classifiers.ports:
        raise WorldError("classifiers.busy", f"more are busy than there are ({classifiers.ports})")


def check_routes(plan: DialPlan, patterns: Mapping[str, RoutePattern], groups: Mapping[str, TrunkGroupData]) -> None:
    """What access codes and route patterns lead to."""
    for code, entry in plan.codes.items():
        if not entry.trunkGroups and not entry.analysis:
            raise WorldError(f"dialPlan.{code}", "leads nowhere; give it trunkGroups or an analysis")
        for index, group in enumerate(entry.trunkGroups, 1):
            refer(group, groups, "trunk group", f"dialPlan.{code}.trunkGroups.{index}")
        for index, analysis in enumerate(entry.analysis, 1):
            path = f"dialPlan.{code}.analysis.{index}"
            if analysis.pattern:
                refer(analysis.pattern, patterns, "route pattern", f"{path}.pattern")
            elif not analysis.deny:
                raise WorldError(path, "needs a pattern, or deny: true")
            if len(analysis.digits) > analysis.length.most:
                raise WorldError(
                    f"{path}.length",
                    f"no number of {analysis.length.most} digits begins with the {len(analysis.digits)} of "
                    f"{analysis.digits}",
                )
            for earlier in entry.analysis[: index - 1]:
                if analysis.digits == earlier.digits and not (
                    analysis.length.most < earlier.length.least or earlier.length.most < analysis.length.least
                ):
                    raise WorldError(f"{path}.digits", "an entry before it takes numbers of that length that begin so")
    for number, pattern in patterns.items():
        path = f"routePatterns.{number}.preferences"
        if not pattern.preferences:
            raise WorldError(path, "a route pattern needs at least one preference")
        for index, preference in enumerate(pattern.preferences, 1):
            refer(preference.trunkGroup, groups, "trunk group", f"{path}.{index}.trunkGroup")


def check_system(system: System, clock: ClockData) -> None:
    """Settings that must fit one another."""
    if system.callIdLast < system.callIdFirst:
        raise WorldError("system.callIdLast", f"must not be below callIdFirst ({system.callIdFirst})")
    try:
        seconds = clock.seconds
    except (ValueError, OverflowError):
        seconds = -1.0
    if seconds is not None and seconds < 0:
        raise WorldError("clock.start", f"{describe(clock.start)} is not a time like 2016-03-23T22:00:00Z")
    try:
        ZoneInfo(clock.timezone)
    except (ValueError, OSError, KeyError):
        raise WorldError("clock.timezone", f"{describe(clock.timezone)} is not a time zone like Europe/Paris") from None


def check_aes(aes: AesData, numbers: Mapping[str, str]) -> None:
    """TLINKs, the devices that CTI users may use, their groups, and the stream of the usual client."""
    for name, tlink in aes.tlinks.items():
        _check_tlink(name, tlink, aes.tlinks)
    for group, devices in aes.deviceGroups.items():
        if group in numbers:
            raise WorldError(f"aes.deviceGroups.{group}", f"{group} is a device; give the group another name")
        for index, device in enumerate(devices, 1):
            refer(device, numbers, "device", f"aes.deviceGroups.{group}.{index}")
    for login, user in aes.users.items():
        lists = (
            ("callControl", user.callControl),
            ("monitorDevice", user.monitorDevice),
            ("monitorCallsVia", user.monitorCallsVia),
            ("routing", user.routing),
        )
        for key, devices in lists:
            for index, device in enumerate(devices, 1):
                refer(device, {*numbers, *aes.deviceGroups}, "device", f"aes.users.{login}.{key}.{index}")
    if aes.tlinks:
        refer(aes.stream.serverID, aes.tlinks, "TLINK", "aes.stream.serverID")


def _check_tlink(name: str, tlink: Tlink, all_names: Iterable[str]) -> None:
    """A name that real clients take: its third part alone tells them whether the link is encrypted."""
    path, parts = f"aes.tlinks.{name}", name.split("#")
    services = {"CSTA": False, "CSTA-S": True}
    service = parts[2].upper() if len(parts) == 4 else ""
    if service not in services or not all(parts) or not name.isascii():
        example = "AVAYA#CM1#CSTA#AES1, or AVAYA#CM1#CSTA-S#AES1 for an encrypted one"
        raise WorldError(path, f"{describe(name)} is not the name of a TLINK; write it like {example}")
    if len(name) > LONGEST_TLINK:
        raise WorldError(path, f"the name has {len(name)} characters; clients take {LONGEST_TLINK} at most")
    if sum(name.upper() == other.upper() for other in all_names) > 1:
        raise WorldError(path, "the name stands twice; capitals make no difference")
    if tlink.encrypted not in (None, services[service]):
        raise WorldError(f"{path}.encrypted", f"the {service} in its name says the opposite; leave the key out")


def check_outside(patterns: Iterable[str]) -> None:
    """Patterns of outside numbers."""
    for pattern in patterns:
        digits = pattern.removesuffix("...")
        if not pattern or not all(mark in "0123456789*#xX" for mark in digits):
            raise WorldError(
                f"outside.{pattern}",
                f"{describe(pattern)} is not a pattern of numbers; use digits, x for any digit, and ... at the end for "
                "any that follow",
            )
