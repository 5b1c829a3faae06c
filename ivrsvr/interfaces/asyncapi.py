"""The AsyncAPI 3 document of WebSocket, event streams and webhooks, made from the registry and the shapes of events."""

from collections.abc import Iterable
from typing import Any

from ivrsvr import __version__
from ivrsvr.interfaces.eventshapes import NOTICES, SHAPES, Shape
from ivrsvr.interfaces.schemas import Schemas
from ivrsvr.interfaces.session import AUTHENTICATE
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
    proof = {
        "authenticate.request": {
            "title": AUTHENTICATE,
            "summary": "Prove who you are: the first message where the handshake brought no key.",
            "payload": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "description": "Comes back in the response."},
                    "request": {"const": AUTHENTICATE},
                    "key": {"type": "string", "description": "An API key, or a token."},
                },
                "required": ["request", "key"],
            },
            "examples": [{"payload": {"id": "0", "request": AUTHENTICATE, "key": "ivk_..."}}],
        },
        "authenticate.response": {"title": "authenticate response", "payload": {"$ref": "#/components/schemas/Done"}},
    }
    events = {_name(shape): _event(shape) for shape in (*SHAPES, *NOTICES)}
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
                "messages": _listed((*proof, *requests, *answers, *failure, *_of("ws"))),
            },
            "sse": {
                "address": "/api/events",
                "servers": [{"$ref": "#/servers/http"}],
                "description": "Server-Sent Events: `GET /api/events?extension=101,102`, with `eventtypes=` and "
                "`events=all`. The `id` of an event is its position, for `Last-Event-ID`.",
                "messages": _listed(_of("sse")),
            },
            "webhook": {
                "address": None,
                "description": "POST to the URL of each webhook (`add webhook`), signed after the Standard Webhooks "
                "scheme: `webhook-id`, `webhook-timestamp`, `webhook-signature`. A target has the filters of an event "
                "stream: its extensions, `eventtypes` and `events`.",
                "messages": _listed(_of("webhook")),
            },
        },
        "operations": {
            AUTHENTICATE: {
                "action": "receive",
                "summary": "Prove who you are, or renew a token that is about to expire.",
                "channel": {"$ref": "#/channels/ws"},
                "messages": [{"$ref": "#/channels/ws/messages/authenticate.request"}],
                "reply": _reply(AUTHENTICATE),
            },
            **{_id(entry): _operation(entry) for entry in registry},
            "events": {
                "action": "send",
                "summary": "What happens at monitored devices.",
                "channel": {"$ref": "#/channels/ws"},
                "messages": [{"$ref": f"#/channels/ws/messages/{name}"} for name in _of("ws")],
            },
            **{
                f"events.{channel}": {
                    "action": "send",
                    "summary": "What happens at the chosen devices.",
                    "channel": {"$ref": f"#/channels/{channel}"},
                    "bindings": {"http": binding},
                    "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in _of(channel)],
                }
                for channel, binding in BINDINGS.items()
            },
        },
        "components": {"messages": proof | requests | answers | failure | events, "schemas": schemas.components},
    }


def _name(shape: Shape) -> str:
    """What the message of an event is called."""
    return f"event.{shape.eventtype}"


def _of(channel: str) -> list[str]:
    """The events that come on a channel."""
    return [_name(shape) for shape in (*SHAPES, *NOTICES) if channel in shape.channels]


def _listed(names: Iterable[str]) -> dict[str, Any]:
    """The messages of a channel."""
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


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
        "reply": _reply(_id(entry)),
    }


def _reply(name: str) -> dict[str, Any]:
    return {
        "channel": {"$ref": "#/channels/ws"},
        "messages": [
            {"$ref": f"#/channels/ws/messages/{name}.response"},
            {"$ref": "#/channels/ws/messages/failure"},
        ],
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
