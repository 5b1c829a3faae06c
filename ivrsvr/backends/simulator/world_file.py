"""The text of a world file: YAML that is nothing but data, or JSON.

The YAML is narrower than PyYAML's: a number with a leading zero stays a text (0123 is an extension, not 83), times stay
texts, a key stands once, and there are no tags and no aliases, so that a small file cannot unfold into a huge one.
"""

import json
import re
from collections.abc import Hashable
from typing import Any

import yaml

from ivrsvr.backends.simulator.world_reader import WorldError, describe
from ivrsvr.backends.simulator.world_types import expand

DEPTH = 32
"""Objects in objects, at most."""


class _Loader(yaml.SafeLoader):
    """PyYAML extends by subclassing; the rest of this module is its only user."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own shape
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            raise yaml.constructor.ConstructorError(None, None, "aliases are not allowed here", event.start_mark)
        if event.tag is not None:
            raise yaml.constructor.ConstructorError(None, None, "tags are not allowed here", event.start_mark)
        self.depth += 1
        if self.depth > DEPTH:
            raise yaml.constructor.ConstructorError(None, None, "this is nested too deeply", event.start_mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for name, _ in node.value:
            if not isinstance(name, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a text", name.start_mark)
            if name.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {describe(name.value)} stands here twice", name.start_mark
                )
            seen.add(name.value)
        return super().construct_mapping(node, deep)


_BOOL = re.compile(r"^(?:true|false|yes|no|on|off)$", re.IGNORECASE)
_INT = re.compile(r"^[-+]?(?:0|[1-9][0-9]{0,17})$")
_FLOAT = re.compile(r"^[-+]?[0-9]+\.[0-9]+$")
_NULL = re.compile(r"^(?:~|null|)$")
for _tag, _pattern, _first in (
    ("bool", _BOOL, list("tTfFyYnNoO")),
    ("int", _INT, list("-+0123456789")),
    ("float", _FLOAT, list("-+0123456789")),
    ("null", _NULL, ["~", "n", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, _first)


def parse(text: str, *, json_only: bool = False) -> Any:
    """The data of a file.

    Raises WorldError with the line where the text breaks off making sense.
    """
    try:
        if json_only:
            return json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant)
        return yaml.load(text, Loader=_Loader)
    except _TwiceError as error:
        raise WorldError("", str(error), line=_line_of_second(text, error.name)) from None
    except json.JSONDecodeError as error:
        raise WorldError("", error.msg, line=error.lineno) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise WorldError("", str(error.problem), line=line) from None
    except yaml.YAMLError as error:
        raise WorldError("", str(error)) from None
    except RecursionError:
        raise WorldError("", "this is nested too deeply") from None
    except ValueError as error:
        raise WorldError("", str(error)) from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in pairs:
        if name in data:
            raise _TwiceError(name)
        data[name] = value
    return data


class _TwiceError(ValueError):
    """A key stands twice in one object of JSON."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the key {describe(name)} stands here twice")
        self.name = name


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _line_of_second(text: str, name: str) -> int:
    """Where an object of JSON has a key again; 0 = not found. JSON is YAML, but for its tabs."""
    try:
        yaml.load(text.replace("\t", " "), Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        return error.problem_mark.line + 1 if error.problem_mark and name in str(error.problem) else 0
    except (yaml.YAMLError, ValueError, RecursionError):
        return 0
    return 0


def locate(text: str, path: str) -> int:
    """The line, from 1, of what a path such as "stations.101.cor" leads to, or of the last part of it that is there.

    0 = not found at all. For YAML and JSON alike.
    """
    try:
        node: yaml.Node | None = yaml.compose(text.replace("\t", " "), Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return 0
    line, rest = 0, path
    while node is not None and rest:
        found = _step(node, rest)
        if found is None:
            break
        line, node, rest = found
    return line


def _step(node: yaml.Node, rest: str) -> tuple[int, yaml.Node, str] | None:
    """The line and the value of the first part of a path in a node, and the remaining path. Keys may contain dots."""
    if isinstance(node, yaml.MappingNode):
        fitting = [(name, value) for name, value in node.value if _fits(str(name.value), rest)]
        if fitting:
            name, value = max(fitting, key=lambda pair: len(str(pair[0].value)))
            taken = name.value if rest.startswith(name.value) else rest.partition(".")[0]
            return name.start_mark.line + 1, value, rest[len(taken) + 1 :]
    elif isinstance(node, yaml.SequenceNode):
        index, _, remaining = rest.partition(".")
        if index.isdigit() and 1 <= int(index) <= len(node.value):
            value = node.value[int(index) - 1]
            return value.start_mark.line + 1, value, remaining
    elif isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        # A vector as on the switch's screen: its steps are the lines that are not empty, below the key's own.
        written = [place for place, line in enumerate(node.value.splitlines(), 1) if line.strip()]
        index, _, remaining = rest.partition(".")
        if index.isdigit() and 1 <= int(index) <= len(written):
            return node.start_mark.line + 1 + written[int(index) - 1], node, ""
    return None


def _fits(name: str, rest: str) -> bool:
    """Whether a path begins with a key, or with a number of a range that is the key."""
    if rest == name or rest.startswith(f"{name}."):
        return True
    try:
        return "-" in name and rest.partition(".")[0] in expand(name)
    except ValueError:
        return False
