"""Answers as people read them on a terminal: values below each other, lists as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from ivrsvr.service.plain import harmless

ENVELOPE = frozenset({"msgtype", "id", "result", "errorcode"})
"""Keys of a response that say nothing to a person."""

CELL_MOST = 60
"""Characters of one value in a table."""


def render(response: Mapping[str, Any], of: str = "") -> list[str]:
    """The lines of an answer. of: what a list without a name of its own is a list of."""
    if response.get("result") == "fail":
        return [harmless(str(response.get("error", "it failed")))]
    body = {key: value for key, value in response.items() if key not in ENVELOPE and not _no_trouble(key, value)}
    return _block(body, of) if body else ["done"]


def _block(body: Mapping[str, Any], of: str) -> list[str]:
    """Values below each other, then what needs a block of its own: lists as tables, objects with such lists."""
    plain = {key: value for key, value in body.items() if not (_tabular(value) or _nested(value))}
    width = max((len(key) for key in plain), default=0)
    lines: list[str] = []
    for key, value in plain.items():
        texts = _text(value).split("\n") or [""]
        lines.append(f"{key:<{width}}  {harmless(texts[0])}")
        lines.extend(f"{'':<{width}}  {harmless(text)}" for text in texts[1:])
    for key, value in body.items():
        if _tabular(value):
            lines.extend(([""] if lines else []) + table(value, of if key == "list" and of else key))
        elif _nested(value):
            lines.extend(([""] if lines else []) + _block(value, key))
    return lines


def _no_trouble(key: str, value: object) -> bool:
    return key in ("error", "trouble") and not value


def _tabular(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)


def _nested(value: object) -> bool:
    return isinstance(value, Mapping) and any(_tabular(one) for one in value.values())


def table(rows: Sequence[Mapping[str, Any]], of: str = "") -> list[str]:
    """Rows below a head of their keys; numbers to the right. A single row that is too wide is shown as a block.

    of: what the rows are, for the case of none.
    """
    if not rows:
        return [f"no {of or 'rows'}"]
    keys = list(dict.fromkeys(key for row in rows for key in row))
    if len(rows) == 1 and any(isinstance(value, str) and len(value) > CELL_MOST for value in rows[0].values()):
        return _block(rows[0], "")  # there is room to show it whole
    cells = [[harmless(_short(_text(row.get(key, "")))) for key in keys] for row in rows]
    widths = [max(len(key), *(len(row[at]) for row in cells)) for at, key in enumerate(keys)]
    right = [all(isinstance(row.get(key), int | float) for row in rows) for key in keys]
    return [
        "  ".join(f"{key:<{width}}" for key, width in zip(keys, widths, strict=True)).rstrip(),
        *(_row(row, widths, right) for row in cells),
    ]


def _row(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (
        f"{cell:>{width}}" if number else f"{cell:<{width}}"
        for cell, width, number in zip(cells, widths, right, strict=True)
    )
    return "  ".join(padded).rstrip()


def _short(text: str) -> str:
    return text if len(text) <= CELL_MOST else f"{text[: CELL_MOST - 3]}..."


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"
    if isinstance(value, Mapping):
        return " ".join(f"{key}={_text(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_text(one) for one in value)
    return str(value)
