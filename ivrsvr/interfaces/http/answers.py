"""What HTTP answers look like, written straight to the ASGI server."""

import math
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, TypeAlias

from ivrsvr.interfaces.parsing import encode
from ivrsvr.registry import RequestError
from ivrsvr.service.errors import response

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Header: TypeAlias = tuple[bytes, bytes]

SECURITY: list[Header] = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
    (b"cache-control", b"no-store"),
]
"""Headers of every answer: nothing is sniffed, framed, cached, or loaded from elsewhere."""

ENCRYPTED: list[Header] = [(b"strict-transport-security", b"max-age=31536000; includeSubDomains")]
"""Further headers of every answer that goes out encrypted."""

_JSON: list[Header] = [(b"content-type", b"application/json"), *SECURITY]


async def send_json(send: Send, status: int, body: dict[str, Any], *headers: Header) -> None:
    """Answer with a JSON object."""
    await send_octets(send, status, encode(body).encode(), [*_JSON, *headers])


async def send_octets(send: Send, status: int, body: bytes, headers: list[Header]) -> None:
    """Answer with octets, in one piece."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


async def send_refusal(send: Send, error: RequestError) -> None:
    """Answer somebody who may not come in."""
    headers: list[Header] = []
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers.append((b"www-authenticate", b'Bearer realm="ivrsvr"'))
    if error.retry_s:
        headers.append((b"retry-after", str(math.ceil(error.retry_s)).encode()))
    await send_json(send, error.status, response("", error), *headers)


def framed(send: Send, sites: tuple[str, ...]) -> Send:
    """A `send` of a page that these sites may show in a frame of theirs."""
    allowed = f"frame-ancestors 'self' {' '.join(sites)}".encode()

    async def also(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, value.replace(b"frame-ancestors 'none'", allowed))
                for name, value in message["headers"]
                if name.lower() != b"x-frame-options"
            ]
        await send(message)

    return also


def adding(send: Send, headers: list[Header]) -> Send:
    """A `send` that puts further headers on every answer."""

    async def also(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *headers]
        await send(message)

    return also


def text_header(scope: Scope, name: bytes) -> str:
    """A header of the request; "" = it has none. name: in lower case."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return ""


def text_headers(scope: Scope) -> dict[str, str]:
    """The headers of the request by lower-case name."""
    return {str(key, "latin-1"): str(value, "latin-1") for key, value in scope["headers"]}
