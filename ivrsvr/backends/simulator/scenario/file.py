"""Scenario files: read, checked, with their world. The scenarios of the package are found by name."""

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from ivrsvr.backends.simulator.scenario.arrivals import Row
from ivrsvr.backends.simulator.scenario.checks import check, moment_of
from ivrsvr.backends.simulator.scenario.schema import Arrivals, ScenarioData
from ivrsvr.backends.simulator.scenario.values import Span
from ivrsvr.backends.simulator.world import DEFAULT_WORLD, World, merge_patch
from ivrsvr.backends.simulator.world_file import locate, parse
from ivrsvr.backends.simulator.world_reader import WorldError, describe, nearest, read_object

_HERE = Path(__file__)
FOLDER = next(
    folder
    for folder in (_HERE.parent / "scenarios", _HERE.parents[4] / "scenarios", _HERE.parent)
    if (folder / "default.yaml").exists() or folder == _HERE.parent
)
"""Where the scenarios of the package are: beside this module in an installed package, at the top of a checkout."""

SUFFIXES = (".yaml", ".yml", ".json")
TRAININGS = "training"
"""The folder of the trainings among the scenarios, and what their names begin with for `find`."""

MOST_OCTETS = 10_000_000
"""Of a file."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario that can be played.

    rows:      of each entry of the arrivals, its CSV file.
    own_world: whether it has a world of its own, and does not just go on in the present one.
    """

    name: str
    data: ScenarioData
    world: World
    rows: tuple[tuple[Row, ...], ...]
    own_world: bool = True


def names() -> list[str]:
    """The scenarios of the package."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def trainings() -> list[str]:
    """The trainings of the package."""
    return sorted(path.stem for path in (FOLDER / TRAININGS).glob("*.yaml"))


def unknown(name: str) -> str:
    """What to say of a name that is none."""
    return f"there is no scenario {describe(name)}{nearest(name, names())}; there are {', '.join(names())}"


def find(name: str) -> Path:
    """The file of a scenario: a path, or the name of one of the package's. Raises WorldError."""
    path = Path(name)
    if path.suffix in SUFFIXES or path.exists():
        return path
    if name in names() or (path.parent == Path(TRAININGS) and path.name in trainings()):
        return FOLDER / f"{name}.yaml"
    raise WorldError("", unknown(name))


def load(name: str) -> Scenario:
    """The scenario of a file, or one of the package by its name.

    Raises WorldError, which names the file, the line and the key.
    """
    path = find(name)
    text = _text(path)
    try:
        return from_data(parse(text, json_only=path.suffix == ".json"), path.stem, path.parent)
    except WorldError as error:
        if error.source:
            raise
        raise WorldError(error.path, error.reason, str(path), error.line or locate(text, error.path)) from error


def from_text(text: str, name: str = "", world: World | None = None) -> Scenario:
    """The scenario of a text as in a file; it can name no other files. Raises WorldError with line and key.

    world: stands in where the scenario says nothing of its world; None = the default world.
    """
    try:
        return from_data(parse(text), name, world=world)
    except WorldError as error:
        raise WorldError(error.path, error.reason, error.source, error.line or locate(text, error.path)) from error


def shortened(scenario: Scenario, duration: float) -> Scenario:
    """The same scenario for another length of time. What would come later does not come."""
    data = scenario.data
    end = Span(duration)
    staff = tuple(replace(one, breaks=tuple(pause for pause in one.breaks if pause.at <= end)) for one in data.staff)
    arrivals = tuple(
        replace(one, at=tuple(moment for moment in one.at if moment < end))
        for one in data.arrivals
        if one.starting < end
    )
    kept = [place for place, one in enumerate(data.arrivals) if one.starting < end]
    faults = tuple(one for one in data.faults if moment_of(one, data, "faults")[0] <= end)
    hands = tuple(one for one in data.hands if moment_of(one, data, "hands")[0] <= end)
    short = replace(data, duration=end, staff=staff, arrivals=arrivals, faults=faults, hands=hands)
    return replace(scenario, data=short, rows=tuple(scenario.rows[place] for place in kept))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_OCTETS:
            raise WorldError("", f"is larger than {MOST_OCTETS} octets", str(path))
        return path.read_text(encoding="utf-8-sig")  # spreadsheets put a mark at the beginning
    except OSError as error:
        raise WorldError("", f"cannot be read: {error.strerror}", str(path)) from error
    except UnicodeDecodeError as error:
        raise WorldError("", f"cannot be read: {error.reason} at octet {error.start}", str(path)) from error


def from_data(data: object, name: str = "", folder: Path | None = None, world: World | None = None) -> Scenario:
    """A scenario from the data of a file.

    folder: where the files are that it names; None = it may name none.
    world:  stands in where the scenario says nothing of its world; None = the default world.

    Raises WorldError with the path of the key that is wrong, and what would be right.
    """
    if not isinstance(data, Mapping):
        raise WorldError("", f"a scenario must be an object, not {describe(data)}")
    said: ScenarioData = read_object(ScenarioData, data, "")
    own = world is None or said.world is not None or bool(said.patch)
    found = _world(said, data, folder, world)
    found = replace(found, behaviours={**found.behaviours, **said.behaviours})
    rows = tuple(_rows(entry, place, folder) for place, entry in enumerate(said.arrivals, 1))
    check(said, found, rows)
    return Scenario(name, said, found, rows, own)


def _world(said: ScenarioData, data: Mapping[str, Any], folder: Path | None, present: World | None) -> World:
    if present is not None and said.world is None and not said.patch:
        return present
    source, text, base = "", "", said.world
    if base is None:
        base = _default_data()
    elif isinstance(base, str):
        path, text = _beside(folder, base, "world")
        source = str(path)
        try:
            base = parse(text, json_only=path.suffix == ".json")
        except WorldError as error:
            raise WorldError("", error.reason, source, error.line) from error
    elif not isinstance(base, Mapping):
        raise WorldError("world", f"must be the name of a world file, or an object, not {describe(base)}")
    try:
        return World.from_data(merge_patch(_with_text_keys(base), _with_text_keys(data.get("patch") or {})))
    except WorldError as error:
        if _depth(data.get("patch"), error.path) or not error.path:
            raise WorldError(f"patch.{error.path}".rstrip("."), error.reason) from error
        if source:
            raise WorldError(error.path, error.reason, source, locate(text, error.path)) from error
        raise WorldError(f"world.{error.path}", error.reason) from error


@cache
def _default_data() -> Any:
    """The data of the default world; only to be read."""
    return parse(DEFAULT_WORLD.read_text(encoding="utf-8"))


def _with_text_keys(data: Any) -> Any:
    """The same data, with texts as keys: 101 and "101" mean the same station. Raises WorldError for other keys."""
    if isinstance(data, Mapping):
        return {
            str(name) if isinstance(name, int) and not isinstance(name, bool) else name: _with_text_keys(entry)
            for name, entry in data.items()
        }
    return data


def _depth(data: object, path: str) -> int:
    """How many parts of a path, two at least where it has so many, are in some data; 0 = too few."""
    parts, depth = path.split("."), 0
    for part in parts:
        inner = _with_text_keys(data)
        if not isinstance(inner, Mapping) or part not in inner:
            break
        data, depth = inner[part], depth + 1
    return depth if depth >= min(2, len(parts)) else 0


def _beside(folder: Path | None, name: str, key: str) -> tuple[Path, str]:
    """The file that a scenario names under a key, and its text. Raises WorldError, for the key if it is not there."""
    if folder is None:
        raise WorldError(key, "a scenario that comes without a file can name none; write the data itself")
    path = folder / name
    if not os.path.isfile(path):  # Path.is_file raises for some names
        there = sorted(other.name for other in folder.iterdir() if other.suffix == path.suffix)
        raise WorldError(key, f"there is no file {describe(name)} beside the scenario{nearest(name, there)}")
    return path, _text(path)


_COLUMNS = {"to": "to", "from": "number", "behaviour": "behaviour", "trunkgroup": "trunk_group", "uui": "uui"}


def _rows(entry: Arrivals, place: int, folder: Path | None) -> tuple[Row, ...]:
    """The callers of an entry's CSV file. Raises WorldError."""
    if not entry.csv:
        return ()
    path, text = _beside(folder, entry.csv, f"arrivals.{place}.csv")
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        lines = [(reader.line_num, line) for line in reader if any(cell.strip() for cell in line)]
    except csv.Error as error:
        raise WorldError("", str(error), str(path), reader.line_num) from error
    if not lines:
        raise WorldError("", "is empty; its first line names the columns, and `at` is one of them", str(path))
    heading = [cell.strip().lower() for cell in lines[0][1]]
    for name in heading:
        if name not in ("at", *_COLUMNS):
            hint = nearest(name, ["at", *_COLUMNS])
            if len(heading) == 1 and any(mark in name for mark in ";\t"):
                hint = "; cells are separated by commas"
            raise WorldError("", f"there is no column {describe(name)}{hint}", str(path), lines[0][0])
    if "at" not in heading or len(set(heading)) < len(heading):
        raise WorldError("", "needs the column `at`, and each column once", str(path), lines[0][0])
    return tuple(sorted((_row(heading, cells, str(path), line) for line, cells in lines[1:]), key=lambda row: row.at))


def _row(heading: Sequence[str], cells: Sequence[str], source: str, line: int) -> Row:
    if len(cells) != len(heading):
        raise WorldError("", f"has {len(cells)} cells where there are {len(heading)} columns", source, line)
    named = {name: cell.strip() for name, cell in zip(heading, cells, strict=True)}
    try:
        at = Span.parse(named.pop("at"))
    except ValueError as error:
        raise WorldError("at", str(error), source, line) from None
    number = named.get("from", "")
    if not all(mark in "0123456789" for mark in number):
        raise WorldError("from", f"must be digits, not {describe(number)}", source, line)
    return Row(at, **{_COLUMNS[name]: cell for name, cell in named.items()})
