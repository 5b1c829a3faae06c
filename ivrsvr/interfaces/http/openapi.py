"""The OpenAPI 3.1 document of the REST interface, made from the registry."""

from http import HTTPStatus
from typing import Any

from ivrsvr import __version__
from ivrsvr.interfaces.schemas import Schemas
from ivrsvr.registry import Entry, Registry

FAILURES: dict[int, str] = {
    400: "The request is malformed, or a key is missing or wrong.",
    401: "No key or token, or a wrong one, where this server asks for one.",
    403: "The switch, the AES or this server does not allow it.",
    404: "There is no such device, call or request.",
    409: "The call or the device is in the wrong state.",
    413: "The body is too large.",
    429: "Too many requests are waiting, or this key asks too often.",
    431: "The head of the request is too large.",
    500: "A fault of this server; its log tells more.",
    502: "The switch answered something that this server cannot use.",
    503: "The link to the switch is down, or something else that is needed; or this server takes no new work.",
    504: "The switch did not answer in time.",
}

SCHEMES: dict[str, dict[str, str]] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, or a token of an identity provider."},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "token": {"type": "apiKey", "in": "query", "name": "token", "description": "For those who can only fetch a URL."},
}

ABOUT = """\
Drive telephones and calls of a Communication Manager by plain JSON. Every request has a URL of its own; the answer is
always the response object, which says `"result": "success"` or `"result": "fail"` with `error` and `errorcode`.

Events come by WebSocket, as Server-Sent Events (`GET /api/events?extension=101`), or to webhooks: see `/asyncapi.json`.
"""


EVENT_STREAM: dict[str, Any] = {
    "operationId": "eventstream",
    "summary": "Events as they happen, as Server-Sent Events.",
    "description": "For `EventSource` and whoever reads a stream of lines. Each event has its position as `id`, and is "
    "an object of `/asyncapi.json` in `data`. A reader that comes back with its position is sent what it missed, then "
    "`resumed`; where the journal does not reach back, `gap` and a `snapshot`. Comments keep an idle stream open, with "
    "an `id` each. The stream has no end of its own: the server ends it when it stops, or when the reader is too slow "
    "(`overflow`).",
    "tags": ["monitors"],
    "parameters": [
        {
            "name": "extension",
            "in": "query",
            "required": True,
            "schema": {"type": "string", "examples": ["101,102"]},
            "description": "Extensions, splits and VDNs, up to 200, with commas between. One that is mapped to the "
            "client's address (`ipextnmap`) need not be named.",
        },
        {
            "name": "eventtypes",
            "in": "query",
            "required": False,
            "schema": {"type": "string", "default": "", "examples": ["connect,idle"]},
            "description": "Only events of these types, with commas between; empty = all.",
        },
        {
            "name": "events",
            "in": "query",
            "required": False,
            "schema": {"type": "string", "enum": ["contract", "all"], "default": "contract"},
            "description": "As of `startmonitor`.",
        },
        {
            "name": "lasteventid",
            "in": "query",
            "required": False,
            "schema": {"type": "string"},
            "description": "The position to go on from, for those who cannot set the header.",
        },
        {
            "name": "Last-Event-ID",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "examples": ["14c8e1f1f38.17"]},
            "description": "The position to go on from, `EPOCH.EVENTID`; `EventSource` sends it by itself.",
        },
    ],
}
"""`GET /api/events`, which is no request of the registry: what it answers has no end."""

EVENT_LINES = 'retry: 2000\n\nid: 14c8e1f1f38.17\ndata: {"msgtype":"event","eventtype":"idle",...}\n\n'


def openapi(registry: Registry) -> dict[str, Any]:
    """The whole document."""
    schemas = Schemas(registry)
    paths: dict[str, dict[str, Any]] = {}
    for entry in registry:
        for method, path in entry.routes:
            paths.setdefault(path, {})[method.lower()] = _operation(entry, method, path, schemas)
    paths["/api/events"] = {"get": {**EVENT_STREAM, "responses": _stream(schemas)}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "ivrsvr", "version": __version__, "description": ABOUT, "license": {"name": "Apache-2.0"}},
        "tags": [{"name": group} for group in registry.groups()],
        "paths": paths,
        "components": {"schemas": schemas.components, "securitySchemes": SCHEMES},
        "security": [{}, *({name: []} for name in SCHEMES)],
    }


def _operation(entry: Entry, method: str, path: str, schemas: Schemas) -> dict[str, Any]:
    number = entry.routes.index((method, path))
    name = entry.name.replace(" ", "_")
    operation: dict[str, Any] = {
        "operationId": name if number == 0 else f"{name}_{method.lower()}{number if number > 1 else ''}",
        "summary": entry.summary,
        "description": entry.description,
        "tags": [entry.group],
        "parameters": _parameters(entry, method, path, schemas),
        "responses": _responses(entry, schemas),
    }
    if method in ("POST", "PUT", "PATCH"):
        operation["requestBody"] = {
            "required": bool(schemas.request(entry).get("required")),
            "content": {"application/json": {"schema": schemas.request(entry), **_examples(entry.examples)}},
        }
    return operation


def _parameters(entry: Entry, method: str, path: str, schemas: Schemas) -> list[dict[str, Any]]:
    keys = schemas.request(entry)
    required = keys.get("required", [])
    found: list[dict[str, Any]] = []
    for name, schema in keys.get("properties", {}).items():
        if f"{{{name}}}" in path:
            found.append({"name": name, "in": "path", "required": True, "schema": schema})
        elif method in ("GET", "DELETE"):
            found.append({"name": name, "in": "query", "required": name in required, "schema": schema})
    if entry.changes:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "maxLength": 255},
                "description": "The same key within 24 hours gets the first outcome; nothing is done twice.",
            }
        )
    return found


def _responses(entry: Entry, schemas: Schemas) -> dict[str, Any]:
    success = {"schema": schemas.response(entry), **_examples(entry.example_responses)}
    found: dict[str, Any] = {
        "200": {"description": "It was carried out.", "content": {"application/json": success}},
    }
    return found | _failures(schemas)


def _failures(schemas: Schemas) -> dict[str, Any]:
    return {
        str(status): {
            "description": f"{HTTPStatus(status).phrase}. {meaning}",
            "content": {"application/json": {"schema": schemas.failure}},
        }
        for status, meaning in FAILURES.items()
    }


def _stream(schemas: Schemas) -> dict[str, Any]:
    lines = {"schema": {"type": "string"}, "examples": {"lines": {"value": EVENT_LINES}}}
    told = {"description": "The stream is open.", "content": {"text/event-stream": lines}}
    return {"200": told} | _failures(schemas)


def _examples(examples: tuple[Any, ...]) -> dict[str, Any]:
    if not examples:
        return {}
    return {"examples": {f"example{number}": {"value": dict(value)} for number, value in enumerate(examples, 1)}}
