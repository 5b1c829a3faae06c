"""JSON schemas of all that a registry declares, with shared parts named once, for OpenAPI and AsyncAPI."""

from typing import Any

from pydantic import TypeAdapter

from ivrsvr.registry import Entry, Failure, Registry

Schema = dict[str, Any]
REF = "#/components/schemas/{model}"
ONCE: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "description": "The same key within 24 hours gets the first outcome; nothing is done twice.",
}
"""The idempotency key of a request."""


class Schemas:
    """The schemas of a registry's requests and responses.

    components: the named parts, for `components/schemas`.
    failure:    schema of the response to a request that failed.
    """

    def __init__(self, registry: Registry) -> None:
        adapters: list[tuple[Any, Any, TypeAdapter[Any]]] = [("failure", "serialization", TypeAdapter(Failure))]
        for entry in registry:
            adapters.append(((entry.name, "request"), "validation", TypeAdapter(entry.request)))
            adapters.append(((entry.name, "response"), "serialization", TypeAdapter(entry.response)))
        found, definitions = TypeAdapter.json_schemas(adapters, ref_template=REF)
        self.components: Schema = definitions.get("$defs", {})
        self.failure: Schema = found[("failure", "serialization")]
        self._found = found

    def request(self, entry: Entry) -> Schema:
        """The keys of a request besides `id` and `request`."""
        return self._resolved(self._found[((entry.name, "request"), "validation")])

    def response(self, entry: Entry) -> Schema:
        """The response to a request that was carried out."""
        schema: Schema = self._found[((entry.name, "response"), "serialization")]
        return schema

    def message(self, entry: Entry) -> Schema:
        """The whole request object, as a WebSocket client sends it."""
        keys = self.request(entry)
        once = {"idempotencykey": ONCE} if entry.changes and entry.scope != "monitor" else {}
        return {
            **keys,
            "title": entry.name,
            "properties": {
                "id": {"type": "string", "description": "Comes back in the response."},
                "request": {"const": entry.name},
                **keys.get("properties", {}),
                **once,
            },
            "required": ["request", *keys.get("required", [])],
        }

    def _resolved(self, schema: Schema) -> Schema:
        """The schema itself where there is only a reference to it."""
        reference = schema.get("$ref")
        if reference is None:
            return schema
        named: Schema = self.components[reference.rsplit("/", 1)[1]]
        return named
