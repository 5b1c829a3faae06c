"""The world file: a whole switch and its AES as data, read, checked and ready to be built."""
# ruff: noqa: N815, RUF009 - the keys of the file; its defaults are frozen values, safe to share

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Self

from ivrsvr.backends.simulator import world_checks as checks
from ivrsvr.backends.simulator import world_vectors
from ivrsvr.backends.simulator.outside.behaviour import Behaviour
from ivrsvr.backends.simulator.world_file import locate, parse
from ivrsvr.backends.simulator.world_holidays import HolidayTable
from ivrsvr.backends.simulator.world_loops import check_loops, check_vectors
from ivrsvr.backends.simulator.world_reader import (
    WorldError,
    as_object,
    at,
    describe,
    keys_of,
    nearest,
    read,
    read_object,
)
from ivrsvr.backends.simulator.world_schema import (
    AesData,
    AgentData,
    Announcement,
    ClockData,
    Condition,
    CtiUser,
    Licences,
    SkillData,
    StreamData,
    System,
    Timers,
    Tlink,
    VdnData,
    VectorStep,
)
from ivrsvr.backends.simulator.world_stations import Cor, CoveragePath, PickupGroup, StationData
from ivrsvr.backends.simulator.world_trunks import Classifiers, DialCode, DialPlan, RoutePattern, TrunkGroupData
from ivrsvr.backends.simulator.world_types import expand

__all__ = (
    "DEFAULT_WORLD",
    "AesData",
    "AgentData",
    "Announcement",
    "Condition",
    "Cor",
    "CoveragePath",
    "CtiUser",
    "DialCode",
    "DialPlan",
    "PickupGroup",
    "RoutePattern",
    "SkillData",
    "StationData",
    "StreamData",
    "System",
    "Timers",
    "Tlink",
    "TrunkGroupData",
    "VdnData",
    "VectorStep",
    "World",
    "WorldError",
    "merge_patch",
)

DEFAULT_WORLD = Path(__file__).parent / "worlds" / "default.yaml"
"""The world of a server that was given none: everything that the documentation's examples mention."""

DEFAULTED: dict[str, tuple[str, type]] = {
    "stations": ("station", StationData),
    "agents": ("agent", AgentData),
    "skills": ("skill", SkillData),
    "vdns": ("vdn", VdnData),
    "trunkGroups": ("trunkGroup", TrunkGroupData),
    "coveragePaths": ("coveragePath", CoveragePath),
}
"""Section -> the key of its defaults, and the kind of its entries."""

REQUIRED: dict[str, dict[str, object]] = {"trunkGroup": {"tac": "0", "members": 1}}
"""What an entry of a kind must say itself, so that its defaults can be checked without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A switch with its AES. Everything is keyed by number, as text."""

    system: System = System()
    timers: Timers = Timers()
    clock: ClockData = ClockData()
    stations: Mapping[str, StationData] = field(default_factory=dict)
    agents: Mapping[str, AgentData] = field(default_factory=dict)
    skills: Mapping[str, SkillData] = field(default_factory=dict)
    vectors: Mapping[str, tuple[VectorStep, ...]] = field(default_factory=dict)
    """Vectors that VDNs share, by number."""
    vdns: Mapping[str, VdnData] = field(default_factory=dict)
    trunkGroups: Mapping[str, TrunkGroupData] = field(default_factory=dict)
    dialPlan: DialPlan = DialPlan()
    routePatterns: Mapping[str, RoutePattern] = field(default_factory=dict)
    coveragePaths: Mapping[str, CoveragePath] = field(default_factory=dict)
    pickupGroups: Mapping[str, PickupGroup] = field(default_factory=dict)
    announcements: Mapping[str, Announcement] = field(default_factory=dict)
    holidays: Mapping[str, HolidayTable] = field(default_factory=dict)
    """Holiday tables, by number."""
    cors: Mapping[str, Cor] = field(default_factory=lambda: {"1": Cor()})
    classifiers: Classifiers = Classifiers()
    licences: Licences = Licences()
    aes: AesData = AesData()
    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)
    """Ways in which outside parties behave, by a name of one's own."""
    outside: Mapping[str, Behaviour] = field(default_factory=dict)
    """Outside numbers, by pattern, and how whoever has them behaves."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """A world from the data of a file.

        Raises WorldError with the path of the key that is wrong, and what would be right.
        """
        known = keys_of(World)
        if not isinstance(data, Mapping):
            raise WorldError("", f"a world must be an object, not {describe(data)}")
        for name in data:
            if name != "defaults" and name not in known:
                raise WorldError(at("", str(name)), f"there is no such key{nearest(str(name), list(known))}")
        defaults = _read_defaults(data.get("defaults"))
        values: dict[str, Any] = {}
        for name, (_, annotation) in known.items():
            if name not in data:
                continue
            if name == "dialPlan":
                values[name] = _read_dial_plan(data[name])
            elif name == "outside":
                # Read last: it refers to the behaviours by name.
                continue
            elif name in DEFAULTED:
                key, kind = DEFAULTED[name]
                values[name] = {
                    number: read_object(kind, _own_vector(entry), at(name, number), defaults[key])
                    for number, entry in _expanded(data[name], name)
                }
            else:
                values[name] = read(annotation, data[name], name)
        if "vdns" in values:
            values["vdns"] = _share_vectors(values["vdns"], data["vdns"], values.get("vectors", {}))
        values["outside"] = _read_outside(data.get("outside"), values.get("behaviours", {}))
        world = cls(**values)
        world._check()
        return world

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """A world from a YAML or (by its name, *.json) JSON file.

        Raises WorldError, which names the file.
        """
        source = str(path)
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise WorldError("", f"cannot be read: {error}", source) from error
        try:
            return cls.from_data(parse(text, json_only=source.endswith(".json")))
        except WorldError as error:
            raise WorldError(error.path, error.reason, source, error.line or locate(text, error.path)) from error

    @classmethod
    @cache
    def default(cls) -> Self:
        """The world of `DEFAULT_WORLD`, read once in a process."""
        return cls.load(DEFAULT_WORLD)

    def behaviour(self, given: object) -> Behaviour:
        """A behaviour by its name in `behaviours`, from data as in a world file, or as it is.

        Raises WorldError.
        """
        return _read_behaviour(given, self.behaviours, "behaviour")

    def _check(self) -> None:
        checks.check_system(self.system, self.clock)
        numbers = checks.check_numbers(
            self.stations, self.agents, self.skills, self.vdns, self.announcements, self.trunkGroups, self.dialPlan
        )
        checks.check_people(
            self.stations,
            self.agents,
            self.skills,
            self.pickupGroups,
            self.coveragePaths,
            self.cors,
            numbers,
            {*self.dialPlan.codes, *(group.tac for group in self.trunkGroups.values())},
        )
        checks.check_acd(self.skills, self.vdns, self.announcements, self.coveragePaths, self.cors)
        world_vectors.check(self.vectors, self.vdns, self.skills, self.announcements, self.holidays)
        checks.check_hunting(self.skills, self.stations)
        checks.check_trunks(self.trunkGroups, self.classifiers, self.cors, numbers)
        checks.check_routes(self.dialPlan, self.routePatterns, self.trunkGroups)
        checks.check_aes(self.aes, numbers)
        checks.check_outside(self.outside)
        check_loops(self.stations, self.skills, self.vectors, self.vdns, self.coveragePaths)
        check_vectors(self.vectors, self.vdns)


def _vector_number(entry: object) -> str:
    """The number of the shared vector that a VDN names; "" when it has steps of its own, or none."""
    number = entry.get("vector") if isinstance(entry, Mapping) else None
    if isinstance(number, int) and not isinstance(number, bool):
        return str(number)
    return number.strip() if isinstance(number, str) and number.strip().isdecimal() else ""


def _own_vector(entry: object) -> object:
    """The entry without the number of a shared vector."""
    return {**entry, "vector": ()} if isinstance(entry, Mapping) and _vector_number(entry) else entry


def _share_vectors(
    vdns: Mapping[str, VdnData], data: Mapping[object, object], vectors: Mapping[str, tuple[VectorStep, ...]]
) -> dict[str, VdnData]:
    """VDNs with the shared vectors that they name. Raises WorldError."""
    shared = dict(vdns)
    for extension, entry in _expanded(data, "vdns"):
        number = _vector_number(entry)
        if number:
            checks.refer(number, vectors, "vector", f"vdns.{extension}.vector")
            shared[extension] = replace(shared[extension], vector=vectors[number])
    return shared


def _read_defaults(data: object) -> dict[str, dict[str, object]]:
    """The defaults of each kind, checked by reading them as an entry of that kind."""
    kinds = dict(DEFAULTED.values())
    given = as_object(data, "defaults")
    for key in given:
        if key not in kinds:
            raise WorldError(at("defaults", key), f"there is no such key{nearest(key, list(kinds))}")
    defaults: dict[str, dict[str, object]] = {}
    for key, kind in kinds.items():
        entry = as_object(given.get(key), at("defaults", key))
        read_object(kind, entry, at("defaults", key), REQUIRED.get(key))
        defaults[key] = entry
    return defaults


def _expanded(data: object, section: str) -> Iterator[tuple[str, object]]:
    """The entries of a section; a range such as 1001-1500 stands for one entry each. Raises WorldError."""
    seen: set[str] = set()
    for name, entry in as_object(data, section).items():
        try:
            numbers = expand(name)
        except ValueError as error:
            raise WorldError(at(section, name), str(error)) from None
        for number in numbers:
            if number in seen:
                raise WorldError(at(section, name), f"{number} stands here twice")
            seen.add(number)
            yield number, entry


def _read_dial_plan(data: object) -> DialPlan:
    """Access codes stand beside the one key `unassigned`."""
    entries = as_object(data, "dialPlan")
    unassigned = read(tuple[str, ...], entries.pop("unassigned", ()), "dialPlan.unassigned")
    codes = {code: read_object(DialCode, entry, at("dialPlan", code)) for code, entry in entries.items()}
    return DialPlan(codes=codes, unassigned=unassigned)


def _read_outside(data: object, behaviours: Mapping[str, Behaviour]) -> dict[str, Behaviour]:
    """Outside numbers: each with the name of a behaviour, or with one of its own."""
    entries = as_object(data, "outside")
    return {pattern: _read_behaviour(entry, behaviours, at("outside", pattern)) for pattern, entry in entries.items()}


def _read_behaviour(given: object, behaviours: Mapping[str, Behaviour], path: str) -> Behaviour:
    if isinstance(given, Behaviour):
        return given
    if isinstance(given, str):
        checks.refer(given, behaviours, "behaviour", path)
        return behaviours[given]
    behaviour: Behaviour = read_object(Behaviour, given, path)
    return behaviour


def merge_patch(target: Any, patch: Any) -> Any:
    """A JSON merge patch (RFC 7386) applied: null removes a key, objects are merged, anything else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged
