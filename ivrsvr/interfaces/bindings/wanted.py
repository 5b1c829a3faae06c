"""Which requests become methods of the clients, and the shapes that they come back with."""

from collections.abc import Iterator
from typing import Any

from ivrsvr.interfaces.schemas import Schemas
from ivrsvr.registry import Entry, Registry

OWN_METHOD = frozenset({"startmonitor", "stopmonitor"})
"""Requests that the clients' own `monitor` makes, since it has to resume what it began."""

KEY = "idempotencykey"


def methods(registry: Registry) -> list[Entry]:
    """The requests of the vocabulary; controls (of simulator and trainings) are asked by their names of two words."""
    return [one for one in registry if one.name.isidentifier() and one.name not in OWN_METHOD]


def reading(registry: Registry) -> list[str]:
    """The names of all requests that change nothing, the simulator's included."""
    return sorted(one.name for one in registry if not one.changes)


def takes_key(entry: Entry) -> bool:
    """Whether a request is carried out once for each idempotency key."""
    return entry.changes and entry.scope != "monitor"


class Shapes:
    """The types of keys and answers, as JSON schemas.

    answers: the objects that responses are made of, by name; those that others hold come first.
    """

    def __init__(self, registry: Registry) -> None:
        self._schemas = Schemas(registry)
        self.answers: dict[str, Any] = {}
        for entry in methods(registry):
            self._collect(self.response(entry))

    def response(self, entry: Entry) -> Any:
        """What a request comes back with: a reference to an answer, or several."""
        return self._schemas.response(entry)

    def keys(self, entry: Entry) -> Iterator[tuple[str, Any, bool]]:
        """The keys of a request, the needed ones first: name, schema, whether it is needed."""
        schema = self._schemas.request(entry)
        required = schema.get("required", [])
        found = [(name, one, name in required) for name, one in schema.get("properties", {}).items()]
        yield from sorted(found, key=lambda key: not key[2])
        if takes_key(entry):
            yield KEY, {"type": "string"}, False

    def _collect(self, schema: Any) -> None:
        if isinstance(schema, list):
            for part in schema:
                self._collect(part)
        elif isinstance(schema, dict):
            name = reference(schema)
            if name and name not in self.answers:
                self._collect(list(self._schemas.components[name].get("properties", {}).values()))
                self.answers[name] = self._schemas.components[name]
            self._collect([part for part in schema.values() if isinstance(part, dict | list)])


def may_lack(schema: Any) -> bool:
    """Whether an answer has a key only where there is something to tell."""
    return "default" in schema and schema["default"] is None


def reference(schema: Any) -> str:
    """The name of the answer that a schema refers to; "" = it refers to none."""
    return str(schema.get("$ref", "")).rpartition("/")[2]
