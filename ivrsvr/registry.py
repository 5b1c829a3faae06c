"""What a named request declares, and how it is found.

One `Entry` per request drives the WebSocket's dispatch, the REST routes, OpenAPI, AsyncAPI, the console's help, the
documentation and the clients. The service's requests and the simulator's controls are entries alike.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import partial
from typing import Annotated, Any, Literal, Self, TypeAlias, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

Scope: TypeAlias = Literal["call", "monitor", "query", "admin", "sim"]
SCOPES: frozenset[Scope] = frozenset(get_args(Scope))
"""Every permission there is."""

ANYBODY: frozenset[Scope] = SCOPES - {"admin"}
"""What needs no log-in where the server asks for none."""

Handler: TypeAlias = Callable[..., Awaitable[BaseModel]]
Route: TypeAlias = tuple[str, str]
"""An HTTP method and a path template, e.g. ("POST", "/sim/phones/{extension}/{action}")."""


# ---- what requests and responses are made of


def _text(value: object) -> object:
    """A number may stand for a text: 123 for "123"; a truth value may not."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("has half a character (a surrogate without its partner)") from None
    return value


def _flag(value: object) -> object:
    """The contract writes truth values as the texts "true" and "false"; the JSON values will do as well."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise ValueError('must be "true" or "false"')


def _number(value: object) -> object:
    """A number may be quoted; its bounds are the same then."""
    if isinstance(value, bool):
        raise ValueError("must be a number")
    if isinstance(value, str):
        text = value.strip()
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= _DIGITS_MOST):
            raise ValueError("must be a number")
        return int(text)
    return value


def _quotable(least: int, most: int) -> WithJsonSchema:
    """How schemas tell of an integer that may be quoted."""
    plain = {"type": "integer", "minimum": least, "maximum": most}
    quoted = {"type": "string", "pattern": "^[0-9]+$", "maxLength": len(str(most))}
    return WithJsonSchema({"anyOf": [plain, quoted]}, mode="validation")


_DIGITS_MOST = 40
"""As long as numbers in JSON may be."""

IA5 = r"^[\x20-\x7e]*$"

Text: TypeAlias = Annotated[str, BeforeValidator(_text)]
"""Any text; a number may stand for it."""

Ia5Text: TypeAlias = Annotated[str, BeforeValidator(_text), StringConstraints(pattern=IA5, max_length=255)]
"""A text that the switch can carry: printable ASCII."""

Device: TypeAlias = Annotated[
    str, BeforeValidator(_text), StringConstraints(strip_whitespace=True, min_length=1, max_length=63, pattern=IA5)
]
"""A device on the switch: the digits of an extension, or a dynamic id such as T1234#1."""

Number: TypeAlias = Annotated[int, BeforeValidator(_number), Field(ge=0, le=2**31 - 1), _quotable(0, 2**31 - 1)]
"""A number from 0 up, quoted or not."""

EventNumber: TypeAlias = Annotated[int, BeforeValidator(_number), Field(ge=0, le=2**53 - 1), _quotable(0, 2**53 - 1)]
"""The number of an event, quoted or not."""

CallNumber: TypeAlias = Annotated[int, BeforeValidator(_number), Field(ge=1, le=2**31 - 1), _quotable(1, 2**31 - 1)]
"""A call id, quoted or not."""

Flag: TypeAlias = Annotated[
    bool,
    BeforeValidator(_flag),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string", "enum": ["true", "false"]}]}, mode="validation"),
]
"""A truth value, as the texts "true" and "false" or as the JSON values."""


class Request(BaseModel):
    """The object that asks for something; keys that no field names are ignored.

    A field without a default is a required key. Any other may be null: that is to leave it out.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _left_out(cls, given: object) -> object:
        if not isinstance(given, Mapping) or None not in given.values():
            return given
        return {key: one for key, one in given.items() if one is not None or cls._needs(key)}

    @classmethod
    def _needs(cls, key: object) -> bool:
        field = cls.model_fields.get(str(key))
        return field is not None and field.is_required()


class Response(BaseModel):
    """The object that answers a request. Its keys stand in the order of the fields."""

    model_config = ConfigDict(extra="forbid")

    msgtype: Literal["response"] = "response"
    id: str = Field(default="", description="The id of the request.")
    result: Literal["success"] = "success"


@dataclass(frozen=True, slots=True)
class ShownOnce:
    """Marks a key of a response whose value is shown this once and kept nowhere."""


class Done(Response):
    """The answer of a request that has nothing to tell but that it was carried out."""

    error: str = ""


class Failure(BaseModel):
    """The answer of a request that failed."""

    msgtype: Literal["response"] = "response"
    id: str = Field(default="", description="The id of the request.")
    result: Literal["fail"] = "fail"
    error: str = Field(description="The error's name, then what is wrong and what to do.")
    errorcode: int = Field(
        description="A CSTA universal failure (0 to 100), 1000 + an ACS one, or one of this server's own from 2000 up."
    )


class RequestError(Exception):
    """A request was not carried out, and this is what its caller is told.

    name:      of the error, as in the table of error codes.
    errorcode: a CSTA universal failure, 1000 + an ACS one, or one of the server's own from 2000 up.
    text:      what is wrong and what to do, for a person.
    status:    the HTTP status that says the same.
    retry_s:   seconds after which the same request may succeed; 0 = that is not known.
    """

    def __init__(self, name: str, errorcode: int, text: str, status: int, retry_s: float = 0.0) -> None:
        super().__init__(f"{name}: {text}" if text else name)
        self.name = name
        self.errorcode = errorcode
        self.text = text
        self.status = status
        self.retry_s = retry_s


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, through which door.

    door:            "ws", "rest", "console", "sse"...: for logs.
    address:         of the peer, "" when there is none.
    user:            the name of the key or user, "" when nobody had to log in.
    subscriber:      the connection's queue of events (`ivrsvr.service.subscribers.Subscriber`); None where the door
                     cannot bring events: what `startmonitor` begins there is the door's, for all its callers.
    idempotency_key: of the HTTP header; the request's own `idempotencykey` must be the same.
    extension:       the one mapped to the client's address (`ipextnmap`): stands in where a request names none.
    scopes:          what it may do.
    extensions:      patterns of the devices that it may name (`1*`, `20?`); () = all.
    traceparent:     of whoever asked, as W3C Trace Context has it; "" = none.
    progress:        takes a line on how far a long request has come; None = nobody wants to know.
    """

    door: str = ""
    address: str = ""
    user: str = ""
    subscriber: Any = None
    idempotency_key: str = ""
    extension: str = ""
    scopes: frozenset[Scope] = ANYBODY
    extensions: tuple[str, ...] = ()
    traceparent: str = ""
    progress: Callable[[str], None] | None = None

    def may_name(self, device: str) -> bool:
        """Whether the caller may ask for anything of a device."""
        return not self.extensions or any(fnmatchcase(device, pattern) for pattern in self.extensions)


# ---- entries


@dataclass(frozen=True, slots=True)
class Entry:
    """Everything that anybody needs to know of one named request.

    name:              what `request` says.
    group:             the chapter in help and documentation.
    scope:             the permission that it needs.
    request:           model of the request; its fields are the keys besides `id` and `request`.
    response:          model of the success response, or a union of models where they differ by a key of the request.
    handler:           `async handler(request, caller) -> response`; before `bind`, the owner comes first.
    summary:           one line; `description`: the rest, Markdown.
    examples:          request objects; `example_responses`: the response to each.
    changes:           whether it changes anything on the switch or the server (such a request may be journalled for
                       idempotency, and GET is no safe method for it).
    routes:            HTTP methods and paths.
    form:              how it is written on the console; "" = its name, then the keys that must come, in their order.
    """

    name: str
    group: str
    scope: Scope
    request: type[Request]
    response: Any
    handler: Handler
    summary: str
    description: str = ""
    examples: tuple[Mapping[str, Any], ...] = ()
    example_responses: tuple[Mapping[str, Any], ...] = ()
    changes: bool = False
    routes: tuple[Route, ...] = ()
    form: str = ""

    @property
    def example_response(self) -> Mapping[str, Any]:
        """The response to the first example; empty without examples."""
        return self.example_responses[0] if self.example_responses else {}

    def bind(self, owner: object) -> Self:
        """The entry with a handler that knows its owner."""
        return replace(self, handler=partial(self.handler, owner))

    def request_schema(self) -> dict[str, Any]:
        """The JSON schema of the request's keys besides `id` and `request`."""
        return self.request.model_json_schema()


def api_routes(name: str) -> tuple[Route, ...]:
    """The routes of an ordinary request: POST with a JSON body, GET with a query for those who can only fetch."""
    return (("POST", f"/api/{name}"), ("GET", f"/api/{name}"))


class Registry:
    """Entries by name, in the order in which they were added."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries: dict[str, Entry] = {}
        self._taken: dict[Route, str] = {}
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Raises ValueError for a name or a route that is taken."""
        if entry.name in self._entries:
            raise ValueError(f"there already is a request {entry.name}")
        for route in entry.routes:
            if route in self._taken:
                raise ValueError(f"{' '.join(route)} of {entry.name} already belongs to {self._taken[route]}")
        self._entries[entry.name] = entry
        self._taken.update(dict.fromkeys(entry.routes, entry.name))

    def get(self, name: str) -> Entry | None:
        return self._entries.get(name)

    def nearest(self, name: str) -> str:
        """The name that was probably meant; "" when none is near."""
        found = get_close_matches(name.lower(), self._entries, n=1)
        return found[0] if found else ""

    def groups(self) -> dict[str, list[Entry]]:
        """Entries by group, both in the order of addition."""
        groups: dict[str, list[Entry]] = {}
        for entry in self:
            groups.setdefault(entry.group, []).append(entry)
        return groups

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries
