"""From the data of a file to dataclasses, by their annotations; every error names the key and what would be right."""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from math import inf
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from ivrsvr.backends.simulator import vector_text
from ivrsvr.backends.simulator.world_schema import VECTOR_STEPS, VectorStep
from ivrsvr.backends.simulator.world_types import Range

LONGEST_SHOWN = 80
"""Characters of a wrong line that a message shows."""


class WorldError(ValueError):
    """A world or scenario file says something that cannot be.

    path:   the keys that lead to it, e.g. "stations.101.coveragePath"; "" for the file as a whole.
    reason: what is wrong, and what would be right where that can be guessed.
    source: the file's name, "" when the data did not come from a file.
    line:   where in the file, from 1; 0 = not known.
    """

    def __init__(self, path: str, reason: str, source: str = "", line: int = 0) -> None:
        place = f"line {line}" if line else ""
        super().__init__(": ".join(part for part in (source, place, path, reason) if part))
        self.path = path
        self.reason = reason
        self.source = source
        self.line = line


def nearest(word: str, words: object) -> str:
    """A hint like "; did you mean 'x'?", or ""."""
    candidates = [str(candidate) for candidate in words] if isinstance(words, list | tuple | dict | set) else []
    found = get_close_matches(word, candidates, n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def describe(value: object) -> str:
    """A value as an error message shows it: short, however long it is."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def at(path: str, name: str) -> str:
    """The path of a key below a path."""
    return f"{path}.{name}" if path else name


@cache
def keys_of(kind: type) -> Mapping[str, tuple[Field[Any], Any]]:
    """Key in the file -> field and annotation."""
    hints = get_type_hints(kind, include_extras=True)
    return {entry.metadata.get("key", entry.name): (entry, hints[entry.name]) for entry in fields(kind)}


def read(kind: Any, value: object, path: str) -> Any:
    """The value of an annotation that the data stands for.

    Raises WorldError.
    """
    if kind is Any:
        return value
    origin = get_origin(kind)
    if origin is Annotated:
        inner, bounds = get_args(kind)
        return _bounded(read(inner, value, path), bounds, path)
    if origin is Literal:
        return _choice(get_args(kind), value, path)
    if origin in (Union, types.UnionType):
        return _union(get_args(kind), value, path)
    if origin is tuple:
        return _list(get_args(kind)[0], value, path)
    if origin is Mapping:
        return _mapping(get_args(kind)[1], value, path)
    parse = getattr(kind, "parse", None)
    if parse is not None:
        return _parsed(parse, value, path)
    if is_dataclass(kind) and isinstance(kind, type):
        return read_object(kind, value, path)
    return _scalar(kind, value, path)


def read_object(kind: type, value: object, path: str, defaults: Mapping[str, object] | None = None) -> Any:
    """A dataclass from an object; what it leaves out comes from `defaults`. Nothing at all is an empty object.

    Raises WorldError for unknown, missing and wrong keys.
    """
    if kind is VectorStep and isinstance(value, str):
        value = _step_of_text(value, path)
    data = as_object(value, path)
    known = keys_of(kind)
    if kind is VectorStep:
        _check_step(data, path)
    for name in data:
        if name not in known:
            raise WorldError(at(path, name), f"there is no such key here{nearest(name, list(known))}")
    filled = {**(defaults or {}), **data}
    values: dict[str, Any] = {}
    for name, (entry, annotation) in known.items():
        if name in filled:
            values[entry.name] = read(annotation, filled[name], at(path, name))
        elif entry.default is MISSING and entry.default_factory is MISSING:
            raise WorldError(at(path, name), "this key is missing")
    return kind(**values)


def _parsed(parse: Callable[[object], object], value: object, path: str) -> object:
    """A value that reads itself; its ValueError says what is wrong."""
    try:
        return parse(value)
    except ValueError as error:
        raise WorldError(path, str(error)) from None


def _step_of_text(line: str, path: str) -> dict[str, object]:
    """The keys of a vector step that is written as on the screen; the path ends with its place."""
    try:
        return vector_text.step(line, int(path.rpartition(".")[2]))
    except vector_text.VectorTextError as error:
        hint = nearest(error.word, list(error.words)) if error.word else ""
        shown = line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}..."
        raise WorldError(path, f"{error}{hint}, in `{shown}`") from None


def _check_step(data: Mapping[str, object], path: str) -> None:
    kind = data.get("step")
    if not isinstance(kind, str) or kind not in VECTOR_STEPS:
        hint = nearest(kind, list(VECTOR_STEPS)) if isinstance(kind, str) else ""
        raise WorldError(at(path, "step"), f"{describe(kind)} is not a kind of vector step{hint}")
    required, optional = VECTOR_STEPS[kind]
    for name in required:
        if name not in data:
            raise WorldError(at(path, name), f"a {kind} step needs this key")
    for name in data:
        if name != "step" and name not in required + optional:
            hint = nearest(name, required + optional)
            raise WorldError(at(path, name), f"a {kind} step has no such key{hint}")


def as_object(value: object, path: str) -> dict[str, object]:
    """An object with texts as keys; nothing at all is an empty one. Raises WorldError."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise WorldError(path, f"must be an object, not {describe(value)}")
    data: dict[str, object] = {}
    for name, entry in value.items():
        text = str(name) if isinstance(name, int) and not isinstance(name, bool) else name
        if not isinstance(text, str):
            raise WorldError(path, f"the key {describe(name)} must be a text; put it in quotes")
        if text in data:
            raise WorldError(at(path, text), "stands here twice")
        data[text] = entry
    return data


def _mapping(kind: Any, value: object, path: str) -> dict[str, Any]:
    return {name: read(kind, entry, at(path, name)) for name, entry in as_object(value, path).items()}


def _list(kind: Any, value: object, path: str) -> tuple[Any, ...]:
    if kind is VectorStep and isinstance(value, str):
        value = vector_text.lines(value)
    if not isinstance(value, list | tuple):
        raise WorldError(path, f"must be a list, not {describe(value)}")
    return tuple(read(kind, entry, at(path, str(index))) for index, entry in enumerate(value, 1))


def _choice(words: tuple[str, ...], value: object, path: str) -> object:
    if value not in words or isinstance(value, bool):
        hint = nearest(value, words) if isinstance(value, str) else ""
        raise WorldError(path, f"must be one of {', '.join(words)}, not {describe(value)}{hint}")
    return value


def _union(kinds: tuple[Any, ...], value: object, path: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    concrete = [kind for kind in kinds if kind is not type(None)]
    if concrete == [int, str] and isinstance(value, int) and not isinstance(value, bool):
        return value
    return read(concrete[-1], value, path)


def _bounded(value: Any, bounds: Range, path: str) -> Any:
    if bounds.low is not None and value < bounds.low:
        raise WorldError(path, f"must be at least {bounds.low:g}, not {value:g}")
    if bounds.high is not None and value > bounds.high:
        raise WorldError(path, f"must be at most {bounds.high:g}, not {value:g}")
    return value


def _of_size(value: float, limit: int, path: str) -> float:
    if abs(value) >= limit:
        raise WorldError(path, f"must be below {limit}, not {describe(value)}")
    return value


def _scalar(kind: Any, value: object, path: str) -> object:
    if kind is bool:
        if isinstance(value, bool):
            return value
        raise WorldError(path, f"must be true or false, not {describe(value)}")
    if kind is int:
        if isinstance(value, int) and not isinstance(value, bool):
            return _of_size(value, 2**31, path)
        raise WorldError(path, f"must be a whole number, not {describe(value)}")
    if kind is float:
        if isinstance(value, int | float) and not isinstance(value, bool) and -inf < value < inf:
            return _of_size(value, 10**9, path)
        raise WorldError(path, f"must be a number, not {describe(value)}")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    if isinstance(value, str):
        return value
    raise WorldError(path, f"must be a text, not {describe(value)}")
