"""Tables of features: what a cell says, and whether a message fits a row.

A cell is compared as text. An empty cell says nothing, ``""`` says that the value is empty. A capital letter, alone or
with digits after it, is a name for a value: it binds on first use and must match afterwards; ``T<A>#1`` is a text with
such a name inside.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Table: TypeAlias = Sequence[Sequence[str]]
Symbols: TypeAlias = dict[str, str]

NAME = re.compile(r"[A-Z]\d*")
INSIDE = re.compile(r"<([A-Z]\d*)>")
EMPTY = '""'


def rows_of(table: Table) -> list[dict[str, str]]:
    """The rows of a table under its headings."""
    heading, *rows = table
    return [dict(zip(heading, row, strict=True)) for row in rows]


def pairs_of(table: Table) -> dict[str, str]:
    """A table of two columns as keys and values."""
    return {row[0]: row[1] for row in table}


def filled(cell: str, symbols: Mapping[str, str]) -> str:
    """A cell with its names replaced; raises KeyError for one that nothing has bound."""
    if cell == EMPTY:
        return ""
    if NAME.fullmatch(cell):
        return symbols[cell]
    return INSIDE.sub(lambda found: symbols[found[1]], cell)


def fits(cell: str, value: Any, symbols: Symbols) -> bool:
    """Whether a value is what a cell says; binds the names that it meets for the first time."""
    text = _text(value)
    if not cell:
        return True
    if cell == EMPTY:
        return text == ""
    if NAME.fullmatch(cell):
        return symbols.setdefault(cell, text) == text
    pattern, *rest = INSIDE.split(cell)
    expression = re.escape(pattern)
    names = rest[::2]
    for name, literal in zip(names, rest[1::2], strict=True):
        expression += (re.escape(symbols[name]) if name in symbols else r"(?P<" + name + r">\w+)") + re.escape(literal)
    found = re.fullmatch(expression, text)
    if found:
        symbols.update(found.groupdict())
    return found is not None


def _text(value: Any) -> str:
    """A value of JSON as people write it in a cell."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def look_up(message: Mapping[str, Any], path: str) -> Any:
    """A value inside a message by its path, such as ``list.1.callid``: places count from 1.

    Raises AssertionError when there is none.
    """
    value: Any = message
    for part in path.split("."):
        try:
            value = value[int(part) - 1] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, TypeError, ValueError):
            raise AssertionError(f"there is no {path} in {dict(message)}") from None
    return value


def check_rows(wanted: Table, came: Sequence[Mapping[str, Any]], symbols: Symbols) -> None:
    """The messages that came must be those of the table, in order.

    Raises AssertionError with both sides.
    """
    rows = rows_of(wanted)
    told = "\n".join(f"  {dict(message)}" for message in came) or "  nothing"
    for place, row in enumerate(rows):
        assert place < len(came), f"event {place + 1} of {len(rows)} has not come; there came\n{told}"
        for key, cell in row.items():
            if not cell:
                continue
            assert key in came[place], f"event {place + 1} has no {key}; there came\n{told}"
            value = came[place][key]
            known = dict(symbols)
            assert fits(cell, value, symbols), (
                f"event {place + 1}: {key} should be {cell} (names: {known}), and is {value!r}; there came\n{told}"
            )
