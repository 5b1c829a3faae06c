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
            return json.loads(text, object_pairs_hook=_pairs)
        return yaml.load(text, Loader=_Loader)
    except json.JSONDecodeError as error:
        raise WorldError("", f"line {error.lineno}: {error.msg}") from None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise WorldError("", f"{line}{error.problem}") from None
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
            raise WorldError("", f"the key {describe(name)} stands twice in one object")
        data[name] = value
    return data
