"""A flows file: its world, vocabulary and scenarios, as the runner uses them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.flows.matching import Matcher
from tests.conformance.flows.names import Names
from tests.conformance.flows.rendering import Events, Service

VERSION = 2

OWN = sorted((Path(__file__).parent.parent / "data").glob("flows*.json"))
"""The reference file, and files of our own in its world."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario, as the file has it."""

    id: str
    title: str
    world: Mapping[str, Any]
    setup: list[dict[str, Any]]
    do: list[dict[str, Any]]
    expect: dict[str, Any]

    @property
    def speaks_json(self) -> bool:
        """Whether the scenario says anything about the JSON interface."""
        return "jsonEvents" in self.expect or any("json" in step for step in self.do)


class Flows:
    """A loaded file.

    Raises ValueError for a file of another version.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        if data.get("version") != VERSION:
            raise ValueError(f"this runner carries out flows of version {VERSION}, not {data.get('version')}")
        vocabulary = data["vocabulary"]
        self.world: Mapping[str, Any] = data["world"]
        self.enums: Mapping[str, Mapping[str, int]] = data["enums"]
        self.names = Names(self.enums)
        self.matcher = Matcher(self.names)
        self.services = {name: Service(name, one, self.names) for name, one in vocabulary["services"].items()}
        self.events = Events(vocabulary["events"])
        self.step_kinds: list[str] = list(vocabulary["steps"])
        self.shapes: dict[str, list[str]] = {
            name: keys for name, keys in data["jsonShapes"].items() if isinstance(keys, list)
        }
        self.scenarios = [
            Scenario(
                one["id"], one["title"], one.get("world", {}), one.get("setup", []), one.get("do", []), one["expect"]
            )
            for one in data["scenarios"]
        ]

    @classmethod
    def load(cls, path: Path) -> "Flows":
        """Read a file; one that `extends` another of its folder takes everything but the scenarios from there.

        Raises OSError, ValueError.
        """
        data = json.loads(path.read_text(encoding="utf-8"))
        if "extends" in data:
            base = json.loads((path.parent / data["extends"]).read_text(encoding="utf-8"))
            data = {**base, **data}
        return cls(data)

    def kind_of(self, step: Mapping[str, Any]) -> str:
        """The kind of a step: the one key of the table of kinds that it has, ``service`` winning over ``args``.

        Raises ValueError.
        """
        kinds = [kind for kind in self.step_kinds if kind in step]
        if len(kinds) != 1:
            raise ValueError(f"a step has one kind, not {kinds or 'none'}: {step}")
        return kinds[0]
