"""`ivrsvr/client/requests.py`: a method for every request, and the types of the answers."""

from collections.abc import Iterable, Iterator
from typing import Any

from ivrsvr.interfaces.bindings.wanted import Shapes, may_lack, methods, reading, reference
from ivrsvr.registry import Entry, Registry

WIDTH = 120

HEAD = '''"""Every request as a method, and what it comes back with. Made from the server's registry by `make docs`."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Literal, NotRequired, Protocol, TypeAlias, TypedDict, cast

Answer: TypeAlias = dict[str, Any]
"""A response object."""
'''

ASYNC = '''class Requests(Protocol):
    """The requests of the vocabulary, over whatever carries out one request."""

    @abstractmethod
    async def request(self, name: str, /, **keys: Any) -> Answer:
        """Carry out a request by its name; keys that are None are left out."""
'''

BLOCKING = '''class BlockingRequests(Protocol):
    """The same, where each request is waited for."""

    @abstractmethod
    def request(self, name: str, /, **keys: Any) -> Answer:
        """Carry out a request by its name; keys that are None are left out."""
'''

PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}


def python_requests(registry: Registry) -> str:
    """The whole module."""
    shapes = Shapes(registry)
    lines = [HEAD, "", *_reading(registry), ""]
    for name, schema in shapes.answers.items():
        lines += ["", *_answer(name, schema), ""]
    for head, prefix, wait in ((ASYNC, "async def", "await "), (BLOCKING, "def", "")):
        lines += ["", head]
        for entry in methods(registry):
            lines += [*_method(shapes, entry, prefix, wait), ""]
    return "\n".join(lines).rstrip() + "\n"


def _reading(registry: Registry) -> Iterator[str]:
    yield "READING = frozenset("
    yield "    {"
    yield from (f'        "{name}",' for name in reading(registry))
    yield "    }"
    yield ")"
    yield '"""Requests that change nothing. All others are made once, under an idempotency key."""'


def _answer(name: str, schema: Any) -> Iterator[str]:
    yield f"class {name}(TypedDict):"
    said = schema.get("description", "")
    if said:
        yield f'    """{said}"""'
        yield ""
    for key, one in schema["properties"].items():
        yield f"    {key}: NotRequired[{_type(one)}]" if may_lack(one) else f"    {key}: {_type(one)}"


def _method(shapes: Shapes, entry: Entry, prefix: str, wait: str) -> Iterator[str]:
    keys = list(shapes.keys(entry))
    needed = [f"{name}: {_type(schema)}" for name, schema, must in keys if must]
    others = [f"{name}: {_optional(_type(schema))} = None" for name, schema, must in keys if not must]
    answer = _type(shapes.response(entry))
    parameters = ["self", *needed, *(["*", *others] if others else [])]
    yield from _wrapped(f"    {prefix} {entry.name}(", parameters, f") -> {answer}:")
    yield f'        """{entry.summary}"""'
    passed = [f'"{entry.name}"', *(f"{name}={name}" for name, _, _ in keys)]
    yield from _wrapped(f"        answer = {wait}self.request(", passed, ")")
    yield f"        return cast({_quoted(answer)}, answer)"


def _quoted(kind: str) -> str:
    return f'"{kind}"'


def _optional(kind: str) -> str:
    return kind if kind.endswith("None") else f"{kind} | None"


def _wrapped(head: str, items: Iterable[str], tail: str) -> Iterator[str]:
    """A list in brackets, laid out as the project's formatter does."""
    items = list(items)
    inner = " " * (len(head) - len(head.lstrip()))
    line = ", ".join(items)
    if len(head + line + tail) <= WIDTH:
        yield head + line + tail
    elif len(inner) + 4 + len(line) <= WIDTH:
        yield head
        yield f"{inner}    {line}"
        yield inner + tail
    else:
        yield head
        yield from (f"{inner}    {item}{'' if item == '*' and item is items[-1] else ','}" for item in items)
        yield inner + tail


def _type(schema: Any) -> str:
    """The Python type of what a schema describes."""
    if reference(schema):
        return reference(schema)
    if "anyOf" in schema:
        return " | ".join(_type(part) for part in schema["anyOf"])
    if "enum" in schema:
        return "Literal[{}]".format(", ".join(f'"{choice}"' for choice in schema["enum"]))
    if "const" in schema:
        return f'Literal["{schema["const"]}"]'
    if schema.get("type") == "array":
        return f"Sequence[{_type(schema['items'])}]"
    if schema.get("type") == "null":
        return "None"
    return PLAIN.get(schema.get("type", ""), "dict[str, Any]")
