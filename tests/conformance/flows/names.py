"""The enumeration names of a flows file: which number a name stands for, given the type of the value beside it."""

from collections.abc import Iterable, Mapping
from enum import IntEnum, IntFlag
from functools import cache

from ivrsvr.csta.enums import ConnectionIDDevice

OWN_NAMES: Mapping[type, str] = {ConnectionIDDevice: "connectionIdKind"}
"""Types whose members the file calls by names of its own, with the table of the file."""


class Names:
    """Looks names up in the Python type first, and then in the tables of the file that belong to that type.

    A table belongs to a type when they have a name in common: the file may know names that the specification does not.
    """

    def __init__(self, tables: Mapping[str, Mapping[str, int]]) -> None:
        self._tables = tables
        self.number = cache(self._number)

    def _number(self, kind: type[IntEnum] | type[IntFlag], name: str) -> int | None:
        """The number of a name; None for a name that no table of that type has."""
        members = kind.__members__
        if name in members:
            return int(members[name])
        for title, table in self._tables.items():
            if name in table and (OWN_NAMES.get(kind) == title or not members.keys().isdisjoint(table)):
                return 1 << table[name] if issubclass(kind, IntFlag) else table[name]
        return None

    def flags(self, kind: type[IntFlag], names: Iterable[object]) -> int | None:
        """The set of flags that a list of names stands for; None when one of them is unknown."""
        bits = 0
        for name in names:
            bit = self.number(kind, name) if isinstance(name, str) else None
            if bit is None:
                return None
            bits |= bit
        return bits
