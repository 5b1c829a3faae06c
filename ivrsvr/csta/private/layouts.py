"""Private data from the layout of one private-data version to that of another.

A family is every layout of one thing: the types whose ASN.1 names differ only in their `Vn` ending. What an older
layout does not have is lost on the way down; what a newer one adds is absent on the way up.
"""

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, get_type_hints

from ivrsvr.csta.pdu import DECLARATIONS, Family
from ivrsvr.csta.private import call, events, monitor, query, route, system

_MODULES = (call, events, monitor, query, route, system)
"""Importing them declares every private PDU."""

_VERSION = re.compile(r"V[0-9]+$")


def _families() -> dict[str, list[type]]:
    found: dict[str, list[type]] = {}
    for kind, declaration in DECLARATIONS.items():
        if declaration.family is Family.PRIVATE:
            found.setdefault(_VERSION.sub("", declaration.asn1_name), []).append(kind)
    for kinds in found.values():
        kinds.sort(key=lambda kind: _versions(kind)[0])
    return found


def _versions(kind: type) -> tuple[int, int | None]:
    versions = DECLARATIONS[kind].versions
    if versions is None:
        raise TypeError(f"{kind.__name__} is not private data")
    return versions


UUI_MOST = 96
"""Octets of user-to-user information that any version has room for."""

LONG_UUI_SINCE = 6
"""The first version that has."""

SHORT_UUI = 32
"""Octets before that. Source: wire.md section 13."""


def uui_room(version: int | None) -> int:
    """Octets of user-to-user information that a version has room for; 0 for a stream without private data (None)."""
    if version is None:
        return 0
    return UUI_MOST if version >= LONG_UUI_SINCE else SHORT_UUI


FAMILIES: dict[str, list[type]] = _families()
"""Name of the family -> its layouts, oldest first."""


@cache
def _layout(kind: type, version: int) -> type | None:
    """The layout of a kind's family in a version; the newest, where a version has two."""
    chosen = None
    for candidate in FAMILIES[_VERSION.sub("", DECLARATIONS[kind].asn1_name)]:
        first, last = _versions(candidate)
        if first <= version and (last is None or version <= last):
            chosen = candidate
    return chosen


@cache
def _converter(source: type, target: type) -> Callable[[Any], Any]:
    """A function from one layout to another. A nested structure with a layout of its own is converted as well."""
    parts: list[tuple[str, Callable[[Any], Any] | None]] = []
    have, want = get_type_hints(source), get_type_hints(target)
    for entry in fields(target):
        name = entry.name
        if name not in have:
            continue
        differs = have[name] is not want[name] and is_dataclass(have[name]) and is_dataclass(want[name])
        parts.append((name, _converter(have[name], want[name]) if differs else None))

    def convert(value: Any) -> Any:
        return target(
            **{name: getattr(value, name) if part is None else part(getattr(value, name)) for name, part in parts}
        )

    return convert


def at_version(private: Any, version: int | None) -> Any | None:
    """The same in the layout of a private-data version.

    None where the version has no layout for it, and for a stream without private data (version None).
    Raises KeyError for anything that is not a PDU.
    """
    if private is None or version is None:
        return None
    kind: Any = type(private)
    target = _layout(kind, version)
    if target is None or target is kind:
        return None if target is None else private
    return _converter(kind, target)(private)


def newest(private: Any) -> Any:
    """The same in the newest layout; None stays None.

    Raises KeyError for anything that is not a PDU.
    """
    if private is None:
        return None
    kind: Any = type(private)
    target = FAMILIES[_VERSION.sub("", DECLARATIONS[kind].asn1_name)][-1]
    return private if target is kind else _converter(kind, target)(private)


def is_in_version(private: Any, version: int) -> bool:
    """Whether the layout may be used in that version."""
    first, last = _versions(type(private))
    return first <= version and (last is None or version <= last)
