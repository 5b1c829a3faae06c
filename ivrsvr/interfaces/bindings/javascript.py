"""What the JavaScript client takes from the registry: methods, what changes nothing, types for TypeScript."""

import json
from collections.abc import Iterator
from typing import Any

from ivrsvr.interfaces.bindings.wanted import Shapes, may_lack, methods, reading, reference
from ivrsvr.interfaces.eventshapes import SHAPES
from ivrsvr.registry import Entry, Registry

PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def javascript_requests(registry: Registry) -> str:
    """`requests.js`, beside `ivrsvr.js`."""
    lines = [
        "/** The requests of the vocabulary. Made from the server's registry by `make docs`. */",
        "",
        "/** Requests that are methods of the client. */",
        "export const METHODS = [",
        *(f"  {json.dumps(one.name)}," for one in methods(registry)),
        "];",
        "",
        "/** Requests that change nothing. All others are made once, under an idempotency key. */",
        "export const READING = new Set([",
        *(f"  {json.dumps(name)}," for name in reading(registry)),
        "]);",
    ]
    return "\n".join(lines) + "\n"


def typescript_requests(registry: Registry) -> str:
    """`requests.d.ts`, in the npm package."""
    shapes = Shapes(registry)
    lines = [
        "// Every request, what it comes back with, what events hold. Made from the server's tables by `make docs`.",
        "",
    ]
    for name, schema in shapes.answers.items():
        lines += _answer(name, schema)
    lines.append("export interface Requests {")
    for entry in methods(registry):
        lines += _method(shapes, entry)
    lines += ["}", "", *_events()]
    return "\n".join(lines) + "\n"


def _events() -> Iterator[str]:
    """Names of events, and the keys of all of them together."""
    yield f"export type EventType = {' | '.join(json.dumps(shape.eventtype) for shape in SHAPES)};"
    yield ""
    yield "/** What events of the manual hold; which of them have what, it says type by type. */"
    yield "export interface EventKeys {"
    found: dict[str, str] = {}
    for shape in SHAPES:
        for key, schema in shape.schema()["properties"].items():
            if key not in ("msgtype", "eventtype"):
                found.setdefault(key, _type(schema))
    yield from (f"  {key}?: {type_};" for key, type_ in found.items())
    yield "}"


def _answer(name: str, schema: Any) -> Iterator[str]:
    if schema.get("description"):
        yield f"/** {schema['description']} */"
    yield f"export interface {name} {{"
    yield from (f"  {key}{'?' if may_lack(one) else ''}: {_type(one)};" for key, one in schema["properties"].items())
    yield "}"
    yield ""


def _method(shapes: Shapes, entry: Entry) -> Iterator[str]:
    keys = list(shapes.keys(entry))
    fields = "; ".join(f"{name}{'' if must else '?'}: {_type(schema)}" for name, schema, must in keys)
    maybe = "" if any(must for _, _, must in keys) else "?"
    yield f"  /** {entry.summary} */"
    yield f"  {entry.name}(keys{maybe}: {{ {fields} }}): Promise<{_type(shapes.response(entry))}>;"


def _type(schema: Any) -> str:
    """The TypeScript type of what a schema describes."""
    if reference(schema):
        return reference(schema)
    if "anyOf" in schema:
        return " | ".join(_type(part) for part in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(json.dumps(choice) for choice in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if schema.get("type") == "array":
        return f"Array<{_type(schema['items'])}>"
    return PLAIN.get(schema.get("type", ""), "Record<string, unknown>")
