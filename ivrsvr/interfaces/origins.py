"""Browsers' pages: which of them may use the server, and what their browsers are told (CORS)."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from ivrsvr.interfaces.gate import is_address, is_loopback


def host_of(authority: str) -> str:
    """The host of `host:port`, without brackets; "" where it is none."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


def foreign(headers: Mapping[str, str], allowed: frozenset[str] = frozenset(), *, protected: bool = False) -> str:
    """Why a request seems to be made by another site's page in a browser, which nobody asked for; "" = it is not.

    Programs other than browsers send neither header. Where nobody has to prove who he is, only pages of this machine
    and of its addresses count as ours: a foreign name may have been made to resolve to this machine.

    headers:   by lower-case name.
    allowed:   origins that may, such as `https://crm.example.org`.
    protected: the door asks for a key, which a foreign page has not.
    """
    origin = headers.get("origin")
    if origin is not None and origin.lower() in allowed:
        return ""
    if headers.get("sec-fetch-site") == "cross-site":
        return "a page of another site may not use this server (http_origins lists those that may)"
    if origin is None:
        return ""
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        host = ""
    if is_loopback(host):
        return ""
    own = host_of(headers.get("host", ""))
    if host and host == own and (protected or is_address(own)):
        return ""
    return f"a page of {origin[:100]} may not use this server; http_origins lists the sites whose pages may"


_ANSWER_HEADERS = "retry-after"


def cors(origin: str, allowed: frozenset[str]) -> list[tuple[bytes, bytes]]:
    """Headers that let an allowed page read an answer; none for any other."""
    if origin.lower() not in allowed:
        return []
    return [
        (b"access-control-allow-origin", origin.encode("latin-1", "replace")),
        (b"access-control-expose-headers", _ANSWER_HEADERS.encode()),
        (b"vary", b"origin"),
    ]


PREFLIGHT: list[tuple[bytes, bytes]] = [
    (b"access-control-allow-methods", b"GET, POST, PUT, DELETE"),
    (b"access-control-allow-headers", b"authorization, content-type, idempotency-key, last-event-id, x-api-key"),
    (b"access-control-max-age", b"600"),
]
"""What a browser is told that asks before it lets an allowed page send something."""
