"""The AsyncAPI 3 document of WebSocket, event streams and webhooks, made from the registry and the shapes of events."""

from typing import Any

from ivrsvr import __version__
from ivrsvr.interfaces.eventshapes import SHAPES, Shape
from ivrsvr.interfaces.schemas import Schemas
from ivrsvr.registry import Entry, Registry

ABOUT = """\
One connection carries requests to the server, and responses and events to the client: one JSON object per message,
text or binary, in UTF-8. Requests about different extensions are carried out at the same time, so match responses by
`id`. Events come for the devices that the connection monitors (`startmonitor`); when the connection ends, so do they.
"""


FILTERS: dict[str, Any] = {
    "type": "object",
    "required": ["extension"],
    "properties": {
        "extension": {"type": "string", "description": "Up to 200 devices, with commas between."},
        "eventtypes": {"type": "string", "description": "Only these types, with commas between; empty = all."},
        "events": {"type": "string", "enum": ["contract", "all"], "description": "As of startmonitor."},
        "lasteventid": {"type": "string", "description": "The position to go on from, without Last-Event-ID."},
    },
}

BINDINGS: dict[str, dict[str, Any]] = {
    "sse": {"method": "GET", "query": FILTERS, "bindingVersion": "0.3.0"},
    "webhook": {"method": "POST", "bindingVersion": "0.3.0"},
}
"""How events go over HTTP. On a WebSocket `startmonitor` has the filters, for a webhook `add webhook`."""


def asyncapi(registry: Registry) -> dict[str, Any]:
    """The whole document."""
    schemas = Schemas(registry)
    requests = {f"{_id(entry)}.request": _request(entry, schemas) for entry in registry}
    answers = {f"{_id(entry)}.response": _response(entry, schemas) for entry in registry}
    failure = {"failure": {"title": "failure", "summary": "A request failed.", "payload": schemas.failure}}
    events = {f"event.{shape.eventtype}": _event(shape) for shape in SHAPES}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "ivrsvr", "version": __version__, "description": ABOUT, "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "servers": {
            "local": {"host": "127.0.0.1:8080", "protocol": "ws", "description": "The default HTTP port."},
            "http": {"host": "127.0.0.1:8080", "protocol": "http", "description": "The same, for event streams."},
        },
        "channels": {
            "ws": {
                "address": "/ws",
                "servers": [{"$ref": "#/servers/local"}],
                "description": "The same on every further WebSocket port, where `/` will do as well.",
                "messages": {
                    name: {"$ref": f"#/components/messages/{name}"} for name in (*requests, *answers, *failure, *events)
                },
            },
            "sse": {
                "address": "/api/events",
                "servers": [{"$ref": "#/servers/http"}],
                "description": "Server-Sent Events: `GET /api/events?extension=101,102`, with `eventtypes=` and "
                "`events=all`. The `id` of an event is its position, for `Last-Event-ID`.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in events},
            },
            "webhook": {
                "address": None,
                "description": "POST to the URL of each webhook (`add webhook`), signed after the Standard Webhooks "
                "scheme: `webhook-id`, `webhook-timestamp`, `webhook-signature`. A target has the filters of an event "
                "stream: its extensions, `eventtypes` and `events`.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in events},
            },
        },
        "operations": {
            **{_id(entry): _operation(entry) for entry in registry},
            "events": {
                "action": "send",
                "summary": "What happens at monitored devices.",
                "channel": {"$ref": "#/channels/ws"},
                "messages": [{"$ref": f"#/channels/ws/messages/{name}"} for name in events],
            },
            **{
                f"events.{channel}": {
                    "action": "send",
                    "summary": "What happens at the chosen devices.",
                    "channel": {"$ref": f"#/channels/{channel}"},
                    "bindings": {"http": binding},
                    "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in events],
                }
                for channel, binding in BINDINGS.items()
            },
        },
        "components": {"messages": requests | answers | failure | events, "schemas": schemas.components},
    }


def _id(entry: Entry) -> str:
    """The entry's name as AsyncAPI's keys may be."""
    return entry.name.replace(" ", "_")


def _operation(entry: Entry) -> dict[str, Any]:
    """As the server sees it: it receives the request and replies."""
    return {
        "action": "receive",
        "summary": entry.summary,
        "description": entry.description,
        "tags": [{"name": entry.group}],
        "channel": {"$ref": "#/channels/ws"},
        "messages": [{"$ref": f"#/channels/ws/messages/{_id(entry)}.request"}],
        "reply": {
            "channel": {"$ref": "#/channels/ws"},
            "messages": [
                {"$ref": f"#/channels/ws/messages/{_id(entry)}.response"},
                {"$ref": "#/channels/ws/messages/failure"},
            ],
        },
    }


def _request(entry: Entry, schemas: Schemas) -> dict[str, Any]:
    return {
        "title": entry.name,
        "summary": entry.summary,
        "payload": schemas.message(entry),
        "examples": [{"payload": dict(one)} for one in entry.examples],
    }


def _response(entry: Entry, schemas: Schemas) -> dict[str, Any]:
    return {
        "title": f"{entry.name} response",
        "payload": schemas.response(entry),
        "examples": [{"payload": dict(one)} for one in entry.example_responses],
    }


def _event(shape: Shape) -> dict[str, Any]:
    return {
        "title": shape.eventtype,
        "summary": shape.meaning,
        "payload": shape.schema(),
        "examples": [{"payload": dict(shape.example)}],
    }
