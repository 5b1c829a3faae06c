"""Matching of patterns: which values an expectation allows, and what its symbols stand for.

A pattern is a plain JSON value. A value to be matched is one too, as `rendering` makes it: objects are dicts, lists are
lists, enumerations and sets of flags keep their Python type. `Matcher.solutions` yields every binding of the symbols
under which the pattern fits, so that an unordered list finds its assignment; `Matcher.explain` says where one fails.

Symbols: C (call id), U (UCID), M (monitor), R, X (routing), P (private series) are whole values; C and N also stand in
angle brackets inside a dynamic device id. A bound symbol must be equal from then on; two C symbols never have the same
value, nor have two U symbols.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum, IntFlag
from itertools import chain
from typing import Any, TypeAlias

from tests.conformance.flows.names import Names

Bindings: TypeAlias = Mapping[str, "int | str"]
"""Symbols with their values; never changed in place."""

SYMBOL = re.compile(r"[CUMRXP]\d+")
EMBEDDED = re.compile(r"<([CN]\d+)>")
MORE = {"more": True}
DISTINCT = "CU"


class Unbound(Exception):  # noqa: N818 - says what happened, not that the runner is wrong
    """A step needs a symbol that nothing has bound."""


def bind(symbol: str, value: object, bindings: Bindings) -> Bindings | None:
    """The bindings with the symbol standing for the value; None when that cannot be.

    Call ids compare by number, since JSON replies carry them as strings.
    """
    known: int | str
    if symbol.startswith("U"):
        if not isinstance(value, str) or not value:
            return None
        known = value
    else:
        number = _number(value)
        if number is None:
            return None
        known = number
    if symbol in bindings:
        return bindings if bindings[symbol] == known else None
    kind = symbol[0]
    if kind in DISTINCT and any(other[0] == kind and bindings[other] == known for other in bindings):
        return None
    return {**bindings, symbol: known}


def _number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return None


def fill(value: Any, bindings: Bindings, *, text: bool = False) -> Any:
    """A value with its symbols replaced; text = whole symbols become strings, as JSON requests write them.

    Raises Unbound.
    """
    if isinstance(value, dict):
        return {key: fill(item, bindings, text=text) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, bindings, text=text) for item in value]
    if not isinstance(value, str):
        return value
    if SYMBOL.fullmatch(value):
        bound = _bound(value, bindings)
        return str(bound) if text else bound
    return EMBEDDED.sub(lambda found: str(_bound(found[1], bindings)), value)


def _bound(symbol: str, bindings: Bindings) -> int | str:
    try:
        return bindings[symbol]
    except KeyError:
        raise Unbound(f"nothing has bound {symbol}") from None


class Matcher:
    """Matches patterns against values, with the enumeration names of one file."""

    def __init__(self, names: Names) -> None:
        self.names = names

    # ---- does it match

    def match(self, pattern: Any, actual: Any, bindings: Bindings) -> Bindings | None:
        """The first bindings under which the pattern fits; None when it does not."""
        return next(self.solutions(pattern, actual, bindings), None)

    def solutions(self, pattern: Any, actual: Any, bindings: Bindings) -> Iterator[Bindings]:
        """Every set of bindings under which the pattern fits, the first alternative of an ``anyOf`` winning."""
        if isinstance(pattern, dict):
            if set(pattern) == {"anyOf"}:
                yield from self._any_of(pattern["anyOf"], actual, bindings)
            elif set(pattern) == {"unordered"}:
                if isinstance(actual, IntFlag):
                    yield from self._leaf(pattern["unordered"], actual, bindings)
                elif isinstance(actual, list):
                    yield from self._unordered(pattern["unordered"], actual, bindings)
            elif isinstance(actual, Mapping):
                yield from self._fields(list(pattern.items()), actual, bindings)
        elif isinstance(pattern, list) and isinstance(actual, list):
            yield from self._sequence(pattern, actual, bindings)
        else:
            yield from self._leaf(pattern, actual, bindings)

    def _any_of(self, alternatives: Sequence[Any], actual: Any, bindings: Bindings) -> Iterator[Bindings]:
        for alternative in alternatives:
            found = self.solutions(alternative, actual, bindings)
            first = next(found, None)
            if first is not None:
                yield from chain([first], found)
                return

    def _fields(
        self, fields: list[tuple[str, Any]], actual: Mapping[str, Any], bindings: Bindings
    ) -> Iterator[Bindings]:
        if not fields:
            yield bindings
            return
        (name, pattern), *rest = fields
        if name in actual:
            for bound in self.solutions(pattern, actual[name], bindings):
                yield from self._fields(rest, actual, bound)

    def _sequence(self, patterns: list[Any], actual: list[Any], bindings: Bindings) -> Iterator[Bindings]:
        if patterns == [MORE]:
            yield bindings
        elif not patterns or not actual:
            if not patterns and not actual:
                yield bindings
        else:
            for bound in self.solutions(patterns[0], actual[0], bindings):
                yield from self._sequence(patterns[1:], actual[1:], bound)

    def _unordered(self, patterns: list[Any], actual: list[Any], bindings: Bindings) -> Iterator[Bindings]:
        if MORE in patterns:
            wanted = [pattern for pattern in patterns if pattern != MORE]
        elif len(patterns) == len(actual):
            wanted = patterns
        else:
            return
        yield from self._assign(wanted, actual, bindings)

    def _assign(self, patterns: list[Any], actual: list[Any], bindings: Bindings) -> Iterator[Bindings]:
        if not patterns:
            yield bindings
            return
        for place, value in enumerate(actual):
            for bound in self.solutions(patterns[0], value, bindings):
                yield from self._assign(patterns[1:], actual[:place] + actual[place + 1 :], bound)

    def _leaf(self, pattern: Any, actual: Any, bindings: Bindings) -> Iterator[Bindings]:
        bound = self._value(pattern, actual, bindings)
        if bound is not None:
            yield bound

    def _value(self, pattern: Any, actual: Any, bindings: Bindings) -> Bindings | None:
        if isinstance(actual, IntFlag):
            return bindings if isinstance(pattern, list) and self.names.flags(type(actual), pattern) == actual else None
        if isinstance(pattern, str):
            if isinstance(actual, IntEnum):
                return bindings if self.names.number(type(actual), pattern) == actual else None
            if SYMBOL.fullmatch(pattern):
                return bind(pattern, actual, bindings)
            if isinstance(actual, str) and EMBEDDED.search(pattern):
                return _embedded(pattern, actual, bindings)
        if isinstance(pattern, bool) or isinstance(actual, bool):
            return bindings if pattern is actual else None
        if pattern is None or actual is None:
            return bindings if pattern is actual else None
        if isinstance(pattern, int | float) and isinstance(actual, int | float):
            return bindings if pattern == actual else None
        return bindings if type(pattern) is type(actual) and pattern == actual else None

    # ---- why not

    def explain(self, pattern: Any, actual: Any, bindings: Bindings, path: str = "") -> str:
        """The first place at which a pattern that does not match fails, as ``path: expected …, came …``."""
        where = path or "value"
        if isinstance(pattern, dict) and set(pattern) == {"anyOf"}:
            reasons = [self.explain(one, actual, bindings, path) for one in pattern["anyOf"]]
            return " / or ".join(dict.fromkeys(reasons))
        if isinstance(pattern, dict) and set(pattern) == {"unordered"} and isinstance(actual, list):
            return self._explain_unordered(pattern["unordered"], actual, bindings, where)
        if isinstance(pattern, dict) and isinstance(actual, Mapping):
            return self._explain_fields(pattern, actual, bindings, path)
        if isinstance(pattern, list) and isinstance(actual, list):
            return self._explain_sequence(pattern, actual, bindings, path)
        known = {name: bindings[name] for name in symbols_in(pattern) if name in bindings}
        note = f" ({', '.join(f'{name} = {value}' for name, value in known.items())})" if known else ""
        return f"{where}: expected {pattern!r}{note}, came {show(actual)}"

    def _explain_fields(self, pattern: dict[str, Any], actual: Mapping[str, Any], bindings: Bindings, path: str) -> str:
        for name, wanted in pattern.items():
            place = f"{path}.{name}" if path else name
            if name not in actual:
                return f"{place}: expected {wanted!r}, came no such field"
            bound = self.match(wanted, actual[name], bindings)
            if bound is None:
                return self.explain(wanted, actual[name], bindings, place)
            bindings = bound
        return f"{path or 'value'}: the symbols do not agree"

    def _explain_sequence(self, pattern: list[Any], actual: list[Any], bindings: Bindings, path: str) -> str:
        wanted = pattern[:-1] if pattern[-1:] == [MORE] else pattern
        for place, (one, value) in enumerate(zip(wanted, actual, strict=False)):
            bound = self.match(one, value, bindings)
            if bound is None:
                return self.explain(one, value, bindings, f"{path}[{place}]")
            bindings = bound
        if len(actual) < len(wanted):
            return f"{path}[{len(actual)}]: expected {show(wanted[len(actual)])}, came nothing"
        return f"{path}[{len(wanted)}]: expected nothing, came {show(actual[len(wanted)])}"

    def _explain_unordered(self, patterns: list[Any], actual: list[Any], bindings: Bindings, where: str) -> str:
        for one in patterns:
            if one != MORE and not any(self.match(one, value, bindings) is not None for value in actual):
                return f"{where}: nothing that came matches {show(one)}; came {show(actual)}"
        if MORE not in patterns and len(patterns) != len(actual):
            return f"{where}: expected {len(patterns)} in any order, came {len(actual)}: {show(actual)}"
        return f"{where}: no assignment of {show(actual)} fits {show(patterns)}"


def _embedded(pattern: str, actual: str, bindings: Bindings) -> Bindings | None:
    """Match a text with symbols inside, such as ``T<C2>#<N1>``."""
    symbols = EMBEDDED.findall(pattern)
    texts = [re.escape(text) for text in EMBEDDED.split(pattern)[::2]]
    found = re.fullmatch(r"(\d+)".join(texts), actual)
    if found is None:
        return None
    bound: Bindings | None = bindings
    for symbol, value in zip(symbols, found.groups(), strict=True):
        bound = None if bound is None else bind(symbol, int(value), bound)
    return bound


def symbols_in(value: Any) -> list[str]:
    """Every symbol anywhere in a value, in order."""
    if isinstance(value, dict):
        return [symbol for item in value.values() for symbol in symbols_in(item)]
    if isinstance(value, list):
        return [symbol for item in value for symbol in symbols_in(item)]
    if not isinstance(value, str):
        return []
    return [value] if SYMBOL.fullmatch(value) else EMBEDDED.findall(value)


def show(value: Any) -> str:
    """A value in one readable line; connections and enumerations by their short names."""
    if isinstance(value, IntFlag):
        return "[" + ", ".join(flag.name or "" for flag in value) + "]"
    if isinstance(value, IntEnum):
        return value.name
    if isinstance(value, Mapping):
        if set(value) == {"callID", "deviceID", "devIDType"}:
            kind = "" if _text(value["devIDType"]).startswith("STATIC") else " dynamic"
            return f"{_text(value['callID'])}/{_text(value['deviceID'])}{kind}"
        return "{" + ", ".join(f"{name}: {show(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(show(item) for item in value) + "]"
    return repr(value)


EMPTY: tuple[Any, ...] = ("", "ID_NOT_KNOWN", None, [], {})


def brief(value: Any) -> Any:
    """A value without what it leaves empty, for a line that people read."""
    if isinstance(value, Mapping):
        shorter = {name: brief(item) for name, item in value.items()}
        return {name: item for name, item in shorter.items() if not _says_nothing(item)}
    return [brief(item) for item in value] if isinstance(value, list) else value


def _says_nothing(value: Any) -> bool:
    if isinstance(value, IntFlag):
        return not value
    if isinstance(value, IntEnum):
        return value.name.endswith(("_NONE", "_NOT_IN_QUEUE", "_NO_INTERFLOW", "_COLLECT"))
    return value is False or value in EMPTY


def _text(value: Any) -> str:
    return value.name if isinstance(value, IntEnum) else str(value)
