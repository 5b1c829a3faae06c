"""Who may import whom: the rooms of the house, enforced on every module's imports.

The rules are data; the reasons are in docs/ and in the module docstrings. A violation names the module, the line, the
import and the rule that it breaks.
"""

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "ivrsvr"


@dataclass(frozen=True)
class Room:
    """A package or module with the parts of the house that it may import, itself apart.

    libraries: third-party packages that it may import; None = any.
    pure:      no I/O, no waiting, no wall clock, no global randomness.
    """

    may_import: tuple[str, ...] = ()
    libraries: tuple[str, ...] | None = ()
    pure: bool = False


ANYWHERE = ("ivrsvr.clock", "ivrsvr.registry")
BASE = "ivrsvr.backends.base"
SIMULATOR = "ivrsvr.backends.simulator"
TSAPI = "ivrsvr.backends.tsapi"

ROOMS: dict[str, Room] = {
    "ivrsvr": Room(),
    "ivrsvr.clock": Room(),
    "ivrsvr.registry": Room(libraries=("pydantic",)),
    "ivrsvr.csta": Room(pure=True),
    "ivrsvr.calls": Room(("ivrsvr.csta", "ivrsvr.clock"), libraries=("transitions",), pure=True),
    "ivrsvr.backends": Room(),
    BASE: Room(("ivrsvr.csta",)),
    TSAPI: Room((BASE, "ivrsvr.csta", "ivrsvr.calls", *ANYWHERE), libraries=("cryptography",)),
    f"{TSAPI}.wire": Room(("ivrsvr.csta",), libraries=("cryptography",), pure=True),
    f"{TSAPI}.stream": Room((BASE, "ivrsvr.csta", "ivrsvr.clock", f"{TSAPI}.wire"), pure=True),
    SIMULATOR: Room((BASE, "ivrsvr.csta", "ivrsvr.calls", *ANYWHERE), libraries=("yaml", "pydantic")),
    f"{SIMULATOR}.server": Room(
        (BASE, "ivrsvr.csta", "ivrsvr.calls", *ANYWHERE, SIMULATOR, f"{TSAPI}.wire", f"{TSAPI}.stream"),
        libraries=("cryptography",),
    ),
    f"{SIMULATOR}.switch": Room((BASE, "ivrsvr.csta", "ivrsvr.calls", *ANYWHERE, SIMULATOR), pure=True),
    f"{SIMULATOR}.training": Room((BASE, "ivrsvr.csta", *ANYWHERE, SIMULATOR), pure=True),
    f"{SIMULATOR}.scenario": Room((BASE, "ivrsvr.csta", *ANYWHERE, SIMULATOR), libraries=("pydantic",), pure=True),
    f"{SIMULATOR}.aes": Room((BASE, "ivrsvr.csta", "ivrsvr.calls", *ANYWHERE, SIMULATOR), pure=True),
    "ivrsvr.store": Room(ANYWHERE, libraries=("sqlite_utils", "cryptography", "redis", "argon2", "httpx")),
    "ivrsvr.service": Room(("ivrsvr.csta", "ivrsvr.calls", BASE, "ivrsvr.store", *ANYWHERE), libraries=("pydantic",)),
    "ivrsvr.interfaces": Room(("ivrsvr.service", "ivrsvr.store", *ANYWHERE), libraries=None),
    "ivrsvr.client": Room(libraries=("websockets",)),
    "ivrsvr.logs": Room(("ivrsvr.service",), libraries=("structlog",)),
    "ivrsvr.assembly": Room(("ivrsvr",), libraries=None),
    "ivrsvr.app": Room(("ivrsvr",), libraries=None),
    "ivrsvr.commands": Room(("ivrsvr",), libraries=None),
    "ivrsvr.cli": Room(("ivrsvr",), libraries=None),
    "ivrsvr.testing": Room(
        (
            "ivrsvr.app",
            "ivrsvr.assembly",
            "ivrsvr.cli",
            "ivrsvr.client",
            "ivrsvr.clock",
            "ivrsvr.registry",
            "ivrsvr.interfaces",
            SIMULATOR,
        ),
        libraries=None,
    ),
    "ivrsvr.__main__": Room(("ivrsvr.cli",)),
}
"""Every room, the most general first. The most particular entry that fits a module counts."""

IMPURE = ("asyncio", "socket", "threading", "time", "random")
"""What a pure room does without. `clock.py` alone reads the time and draws random numbers."""

ONLY_CLOCK = ("time", "random")


@dataclass(frozen=True)
class Import:
    """One imported module, with where it is imported."""

    module: str
    line: int


def name_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES: dict[str, Path] = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports_of(name: str, path: Path) -> list[Import]:
    """Every module that a module imports, wherever in the file; `from package import name` counts as both."""
    found: list[Import] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.extend(Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            for _ in range(node.level - 1):
                package = package.rpartition(".")[0]
            origin = ".".join(part for part in (package if node.level else "", node.module or "") if part)
            for alias in node.names:
                inner = f"{origin}.{alias.name}"
                found.append(Import(inner if inner in MODULES else origin, node.lineno))
    return found


def is_in(module: str, room: str) -> bool:
    return module == room or module.startswith(room + ".")


def room_of(module: str) -> str | None:
    """The most particular room that a module lies in."""
    fitting = [room for room in ROOMS if is_in(module, room) and (room != "ivrsvr" or module == "ivrsvr")]
    return max(fitting, key=len, default=None)


def violations(name: str, path: Path) -> list[str]:
    """What a module imports against the rules, as sentences."""
    room_name = room_of(name)
    if room_name is None:
        return [f"{name}: this module lies in no room; add it to ROOMS and to the architecture"]
    room = ROOMS[room_name]
    found = []
    for one in imports_of(name, path):
        reason = _reason(name, room_name, room, one.module)
        if reason:
            found.append(f"{path.relative_to(ROOT)}:{one.line}: {name} imports {one.module}: {reason}")
    return found


def _reason(name: str, room_name: str, room: Room, module: str) -> str:
    top = module.partition(".")[0]
    if top == "ivrsvr":
        return _inner_reason(room_name, room, module)
    if top in sys.stdlib_module_names:
        if room.pure and top in IMPURE:
            return f"{room_name} is a pure room; it may not use {', '.join(IMPURE)}"
        if top in ONLY_CLOCK and name != "ivrsvr.clock":
            return "only ivrsvr.clock reads the time and draws random numbers; take a Clock"
        return ""
    if room.libraries is not None and top not in room.libraries:
        allowed = ", ".join(room.libraries) or "the standard library only"
        return f"{room_name} may use {allowed}"
    return ""


def _inner_reason(room_name: str, room: Room, module: str) -> str:
    target = room_of(module)
    if module == "ivrsvr" or (is_in(module, room_name) and target == room_name):
        return ""
    # A particular room inside a general one is open to it, as `wire` is to `tsapi`, unless a rule says otherwise.
    if any(is_in(module, allowed) for allowed in (*room.may_import, room_name)) and not _is_door_closed(
        room_name, target
    ):
        return ""
    return f"{room_name} may import {', '.join(room.may_import) or 'nothing of the house'}"


def _is_door_closed(room_name: str, target: str | None) -> bool:
    """A permission for the simulator's data model does not open its server to the pure rooms within."""
    return target == f"{SIMULATOR}.server" and room_name in (
        f"{SIMULATOR}.switch",
        f"{SIMULATOR}.aes",
        f"{SIMULATOR}.scenario",
        f"{SIMULATOR}.training",
    )


@pytest.mark.parametrize("name", MODULES)
def test_imports_keep_to_the_rooms(name: str) -> None:
    found = violations(name, MODULES[name])
    assert not found, "\n".join(found)


def test_every_room_exists_or_is_to_come() -> None:
    """A misspelt room would allow nothing and forbid nothing."""
    for room in ROOMS.values():
        for allowed in room.may_import:
            assert any(is_in(allowed, known) for known in ROOMS), f"{allowed} is no room"


@pytest.mark.parametrize(
    ("name", "source", "complaint"),
    [
        ("ivrsvr.csta.x", "import ivrsvr.calls.model", "nothing of the house"),
        ("ivrsvr.csta.x", "import transitions", "the standard library only"),
        ("ivrsvr.calls.x", "from ivrsvr.service import service", "ivrsvr.csta"),
        ("ivrsvr.calls.x", "import asyncio", "pure room"),
        ("ivrsvr.calls.x", "def f():\n    from time import sleep", "pure room"),
        ("ivrsvr.backends.simulator.switch.x", "import random", "pure room"),
        ("ivrsvr.backends.simulator.aes.x", "from ..server import listen", "may import"),
        ("ivrsvr.backends.simulator.backend", "from ivrsvr.backends.tsapi.wire import ber", "may import"),
        ("ivrsvr.backends.tsapi.client", "import ivrsvr.backends.simulator.world", "may import"),
        ("ivrsvr.service.x", "import ivrsvr.backends.simulator.backend", "ivrsvr.backends.base"),
        ("ivrsvr.service.x", "import time", "take a Clock"),
        ("ivrsvr.interfaces.x", "from ivrsvr.calls import model", "ivrsvr.service"),
        ("ivrsvr.testing.x", "from ivrsvr.service import service", "ivrsvr.app"),
        ("ivrsvr.unheard_of", "import json", "lies in no room"),
    ],
)
def test_a_violation_is_found_and_named(name: str, source: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text(source)
    found = violations_of_source(name, path)
    assert len(found) == 1
    assert complaint in found[0]


def violations_of_source(name: str, path: Path) -> list[str]:
    room_name = room_of(name)
    if room_name is None:
        return violations(name, path)
    reasons = (_reason(name, room_name, ROOMS[room_name], one.module) for one in imports_of(name, path))
    return [reason for reason in reasons if reason]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("ivrsvr.calls.x", "from ivrsvr.csta.enums import LocalConnectionState"),
        ("ivrsvr.clock", "import time, random, asyncio"),
        ("ivrsvr.backends.simulator.server", "from ivrsvr.backends.tsapi.stream import Stream"),
        ("ivrsvr.backends.simulator.switch.x", "from ivrsvr.backends.simulator.world import World"),
        ("ivrsvr.backends.tsapi.client", "from ivrsvr.backends.tsapi.wire import ber"),
        ("ivrsvr.interfaces.http.rest", "import fastapi\nfrom ivrsvr.registry import Registry"),
        ("ivrsvr.app", "from ivrsvr.backends.simulator.backend import SimulatorBackend"),
    ],
)
def test_what_is_allowed_passes(name: str, source: str, tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text(source)
    assert violations_of_source(name, path) == []
