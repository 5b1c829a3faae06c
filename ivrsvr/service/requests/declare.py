"""How the requests of this server are declared."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from ivrsvr.registry import CallNumber, Device, Entry, Handler, Request, Scope, Text, api_routes

Extension: TypeAlias = Annotated[Device, Field(description="The extension that the request is about.")]
Destination: TypeAlias = Annotated[Device, Field(description="Whom to call: an extension or an outside number.")]
Party: TypeAlias = Annotated[
    Device, Field(description="A party of the call: extension, outside number, or dynamic id such as T1234#1.")
]
CallId: TypeAlias = Annotated[
    CallNumber | None, Field(description="Which call, where the extension has more than one that fits.")
]
Data: TypeAlias = Annotated[Text, Field(description="User data that travel with the call.")]


def parts_of(text: str) -> tuple[str, ...]:
    """The parts of a text with commas."""
    return tuple(one for one in (part.strip() for part in text.split(",")) if one)


def _listed(value: object) -> object:
    return parts_of(value) if isinstance(value, str) else value


EventTypes: TypeAlias = Annotated[
    tuple[str, ...],
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]}, mode="validation"),
]
"""Names of event types: a list, or a text with commas between, as a URL has it."""

Chapter: TypeAlias = tuple[str, Scope]
"""The group of a request and the scope that it needs."""


class OfExtension(Request):
    """A request about an extension."""

    extension: Extension


class OfCall(OfExtension):
    """A request about a call of an extension."""

    callid: CallId = None


def answer(identity: str, **fields: object) -> dict[str, Any]:
    """A success response as the examples show it."""
    return {"msgtype": "response", "id": identity, "result": "success", **fields}


def entry(
    chapter: Chapter,
    name: str,
    handler: Handler,
    request: type[Request],
    response: Any,
    summary: str,
    *examples: tuple[Mapping[str, object], Mapping[str, object]],
    description: str = "",
    changes: bool = True,
) -> Entry:
    """An ordinary request. examples: pairs of the request's keys (`id` first) and the response."""
    return Entry(
        name=name,
        group=chapter[0],
        scope=chapter[1],
        request=request,
        response=response,
        handler=handler,
        summary=summary,
        description=description,
        examples=tuple({"id": keys["id"], "request": name, **keys} for keys, _ in examples),
        example_responses=tuple(response for _, response in examples),
        changes=changes,
        routes=api_routes(name),
    )
