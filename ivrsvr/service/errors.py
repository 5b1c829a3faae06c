"""What a caller is told when a request fails: the one mapping from failures to name, number and HTTP status.

The number is a CSTA universal failure; 1000 + an ACS universal failure; or the server's own, from 2100 up (2000 to 2008
are the AES driver's 1000 to 1008).
"""

import re
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from pydantic import BaseModel, ValidationError

from ivrsvr.backends.base import LinkDown
from ivrsvr.csta.errors import ADVICE, AcsFailure, ACSUniversalFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.registry import IA5, RequestError

ACS_OFFSET = 1000


class Own(IntEnum):
    """The server's own error codes."""

    MALFORMED_JSON = 2100
    LINK_DOWN = 2101
    SWITCH_TIMEOUT = 2102
    AMBIGUOUS_CALL = 2103
    DATA_TOO_LONG = 2104
    USERDATA_NOT_FOUND = 2105
    IDEMPOTENCY_KEY_REUSED = 2106
    OUTCOME_UNKNOWN = 2107
    NOT_AUTHENTICATED = 2108
    NOT_AUTHORIZED = 2109
    TOO_MANY_REQUESTS = 2110
    MESSAGE_TOO_LARGE = 2111
    DRAINING = 2112
    INTERNAL_ERROR = 2113
    UNEXPECTED_ANSWER = 2114
    USERDATA_SERVICE_FAILED = 2115
    TOO_MANY_CONNECTIONS = 2116
    MALFORMED_HTTP = 2117
    JOURNAL_FAILED = 2120
    CALL_NOT_RECORDED = 2121
    KEYS_AWAY = 2122
    STORE_FAILED = 2123


MEANING: dict[Own, str] = {
    Own.MALFORMED_JSON: "the message is not a JSON object",
    Own.LINK_DOWN: "the link to the switch is down; ask again when it is up",
    Own.SWITCH_TIMEOUT: "the switch did not answer in time; look at the state (snapshot) before asking again",
    Own.AMBIGUOUS_CALL: "more than one call fits; name one with callid",
    Own.DATA_TOO_LONG: "the data are longer than ivr_custdatamaxsize allows",
    Own.USERDATA_NOT_FOUND: "no data are stored under that key; they may have expired",
    Own.IDEMPOTENCY_KEY_REUSED: "that idempotency key belongs to another request; use a fresh one",
    Own.OUTCOME_UNKNOWN: "the first request with this key was interrupted; look at the state, then use a fresh key",
    Own.NOT_AUTHENTICATED: "give a valid key or password",
    Own.NOT_AUTHORIZED: "this key or user may not do that",
    Own.TOO_MANY_REQUESTS: "too many requests are waiting; slow down and ask again",
    Own.MESSAGE_TOO_LARGE: "the message is larger than this server takes",
    Own.DRAINING: "this server is about to stop and takes no new work; use another one",
    Own.INTERNAL_ERROR: "the server failed; its log says more",
    Own.STORE_FAILED: "the database could not do that",
    Own.UNEXPECTED_ANSWER: "the switch confirmed without the data that belong to it",
    Own.USERDATA_SERVICE_FAILED: "the user-data service failed; the server's log says more",
    Own.TOO_MANY_CONNECTIONS: "too many connections are open; close some, or try again later",
    Own.MALFORMED_HTTP: "that is no HTTP request",
    Own.JOURNAL_FAILED: "the journal of events cannot be read now; the server's log says more",
    Own.CALL_NOT_RECORDED: "the journal has no event of such a call; it may be too old, or at devices not monitored",
    Own.KEYS_AWAY: "the store of idempotency keys does not answer; nothing was done, ask again",
}
"""What each of the server's own errors means to a person, and what to do."""

F = CSTAUniversalFailure

CALL_GONE = frozenset(
    {F.NO_ACTIVE_CALL, F.INVALID_CSTA_CALL_IDENTIFIER, F.INVALID_CSTA_CONNECTION_IDENTIFIER, F.NO_CALL_TO_CLEAR}
)
"""What switches say of a call that was there a moment ago: Communication Manager that it is not active, other servers
what is wrong with the identifier (wire.md section 16)."""

_STATUS: dict[int, int] = {
    F.VALUE_OUT_OF_RANGE: 400,
    F.OBJECT_NOT_KNOWN: 400,
    F.MISTYPED_ARGUMENT_REJECTION: 400,
    F.SECURITY_VIOLATION: 403,
    F.PRIVILEGE_VIOLATION_ON_SPECIFIED_DEVICE: 403,
    F.PRIVILEGE_VIOLATION_ON_CALLED_DEVICE: 403,
    F.PRIVILEGE_VIOLATION_ON_CALLING_DEVICE: 403,
    F.INVALID_CALLED_DEVICE: 404,
    F.INVALID_FORWARDING_DESTINATION: 404,
    F.INVALID_CSTA_CALL_IDENTIFIER: 404,
    F.INVALID_CSTA_DEVICE_IDENTIFIER: 404,
    F.INVALID_DESTINATION: 404,
    F.INVALID_CROSS_REF_ID: 404,
    F.UNRECOGNIZED_OPERATION_REJECTION: 404,
    F.OVERALL_MONITOR_LIMIT_EXCEEDED: 429,
    F.OBJECT_MONITOR_LIMIT_EXCEEDED: 429,
    F.REQUESTS_ON_DEVICE_EXCEEDED_REJECTION: 429,
    F.GENERIC_SYSTEM_RESOURCE_AVAILABILITY: 503,
    F.SERVICE_BUSY: 503,
    F.NETWORK_BUSY: 503,
    F.NETWORK_OUT_OF_SERVICE: 503,
    F.ACS_HANDLE_TERMINATION_REJECTION: 503,
    F.SERVICE_TERMINATION_REJECTION: 503,
    F.REQUEST_TIMEOUT_REJECTION: 504,
    Own.MALFORMED_JSON: 400,
    Own.LINK_DOWN: 503,
    Own.SWITCH_TIMEOUT: 504,
    Own.AMBIGUOUS_CALL: 409,
    Own.IDEMPOTENCY_KEY_REUSED: 409,
    Own.OUTCOME_UNKNOWN: 409,
    Own.DATA_TOO_LONG: 400,
    Own.USERDATA_NOT_FOUND: 404,
    Own.NOT_AUTHENTICATED: 401,
    Own.NOT_AUTHORIZED: 403,
    Own.TOO_MANY_REQUESTS: 429,
    Own.MESSAGE_TOO_LARGE: 413,
    Own.DRAINING: 503,
    Own.INTERNAL_ERROR: 500,
    Own.STORE_FAILED: 503,
    Own.UNEXPECTED_ANSWER: 502,
    Own.USERDATA_SERVICE_FAILED: 503,
    Own.TOO_MANY_CONNECTIONS: 503,
    Own.MALFORMED_HTTP: 400,
    Own.JOURNAL_FAILED: 503,
    Own.CALL_NOT_RECORDED: 404,
    Own.KEYS_AWAY: 503,
}
"""HTTP status by error code. A universal failure that is not here is a wrong state: 409."""

_ACS_FORBIDDEN = frozenset(
    {
        ACSUniversalFailure.TSERVER_NO_DEVICE_RECORD,
        ACSUniversalFailure.TSERVER_DEVICE_NOT_ON_LIST,
        ACSUniversalFailure.TSERVER_INSUFFICIENT_PERMISSION,
        ACSUniversalFailure.TSERVER_DEVICE_NOT_ON_HOME_LIST,
        ACSUniversalFailure.TSERVER_DEVICE_NOT_ON_CALL_CONTROL_LIST,
        ACSUniversalFailure.TSERVER_DEVICE_NOT_ON_AWAY_LIST,
        ACSUniversalFailure.TSERVER_DEVICE_NOT_ON_ROUTE_LIST,
        ACSUniversalFailure.TSERVER_DEVICE_NOT_ON_MONITOR_DEVICE_LIST,
        ACSUniversalFailure.TSERVER_DEVICE_NOT_ON_MONITOR_CALL_DEVICE_LIST,
        ACSUniversalFailure.TSERVER_NO_CALL_CALL_MONITOR_PERMISSION,
    }
)
"""Refusals of the AES's security database; its other failures mean that it cannot serve now."""


def http_status(errorcode: int) -> int:
    """The HTTP status that goes with an error code."""
    known = _STATUS.get(errorcode)
    if known is not None:
        return known
    if errorcode >= ACS_OFFSET:
        return 403 if errorcode - ACS_OFFSET in _ACS_FORBIDDEN else 503
    return 409


def status_of(response: Mapping[str, Any]) -> int:
    """The HTTP status of a whole response object."""
    return 200 if response.get("result") == "success" else http_status(int(response["errorcode"]))


def refusal(error: CSTAUniversalFailure, text: str = "") -> RequestError:
    """What a caller is told where a universal failure names the trouble; without a text, its general advice."""
    return RequestError(error.name, int(error), text or ADVICE.get(error, ""), http_status(error))


def own(error: Own, text: str = "", *, retry_s: float = 0.0) -> RequestError:
    """What a caller is told where only the server itself has a name for the trouble."""
    return RequestError(error.name, int(error), text or MEANING[error], http_status(error), retry_s)


def unrecognized(text: str) -> RequestError:
    """What a caller is told who asks for something that is not there."""
    return refusal(F.UNRECOGNIZED_OPERATION_REJECTION, text)


def out_of_range(text: str) -> RequestError:
    """What a caller is told whose value is of the right type and impossible."""
    return refusal(F.VALUE_OUT_OF_RANGE, text)


def translate(failure: CstaFailure | AcsFailure | LinkDown, asked: str = "") -> RequestError:
    """What a caller is told when the switch, the AES or the link failed. asked: the request, as `naming` says it."""
    before = f"{asked}: " if asked else ""
    if isinstance(failure, CstaFailure):
        return refusal(failure.error, before + failure.text)
    if isinstance(failure, AcsFailure):
        code = ACS_OFFSET + int(failure.error)
        return RequestError(failure.error.name, code, before + failure.text, http_status(code))
    text = str(failure)
    return own(Own.LINK_DOWN, f"{MEANING[Own.LINK_DOWN]} ({text})" if text else "")


_NAMES = (
    "extension",
    "split",
    "tag",
    "callid",
    "agentid",
    "state",
    "reasoncode",
    "destination",
    "party",
    "devicetojoin",
)
"""Keys of requests whose values the switch may refuse, and that are nobody's secret."""


def naming(name: str, request: BaseModel) -> str:
    """A request with what it names: `makecall (extension 101, destination 102)`."""
    named = [(key, getattr(request, key, None)) for key in _NAMES]
    said = ", ".join(f"{key} {value}" for key, value in named if value not in (None, "", 0))
    return f"{name} ({said})" if said else name


_RANGE_ERRORS = frozenset(
    {
        "literal_error",
        "enum",
        "greater_than_equal",
        "less_than_equal",
        "string_too_long",
        "string_too_short",
        "string_pattern_mismatch",
        "too_long",
        "too_short",
    }
)
"""Kinds of pydantic errors that mean a value of the right type outside its range."""


_KINDS: dict[str, str] = {
    "string_type": "it must be a text",
    "tuple_type": "it must be a list",
    "list_type": "it must be a list",
    "dict_type": "it must be an object",
    "model_type": "it must be an object",
    "int_type": "it must be a number",
    "int_parsing": "it must be a number",
    "int_from_float": "it must be a whole number",
    "greater_than_equal": "it must be a number of at least {ge}",
    "less_than_equal": "it must be a number of at most {le}",
    "literal_error": "it must be {expected}",
    "enum": "it must be {expected}",
}
"""What kinds of pydantic errors mean to somebody who wrote JSON."""

_CHARACTERS = re.compile(r"\^\[(.+)\][+*]\$")
"""A pattern that says which characters a text is made of."""


def _said(fault: Mapping[str, Any]) -> str:
    """What is wrong with a value, in the words of somebody who wrote JSON."""
    limits = fault.get("ctx", {})
    kind = _KINDS.get(fault["type"])
    if kind is not None:
        return kind.format_map(limits)
    if limits.get("pattern") == IA5:
        return "it may have printable ASCII characters only"
    characters = _CHARACTERS.fullmatch(limits.get("pattern", ""))
    if characters is not None:
        return f"it may have the characters {characters[1]} only"
    unit = "characters" if isinstance(fault["input"], str) else "entries"
    if limits.get("min_length") == 1:
        return "it must not be empty"
    if "min_length" in limits or "max_length" in limits:
        bound = f"least {limits['min_length']}" if "min_length" in limits else f"most {limits['max_length']}"
        return f"it must have at {bound} {unit}"
    return str(fault["msg"]).removeprefix("Value error, ")


def invalid(name: str, error: ValidationError) -> RequestError:
    """What a caller is told whose request lacks a key or has a malformed one; the first of its faults."""
    fault = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in fault["loc"]) or "the request"
    if fault["type"] == "missing":
        return refusal(F.OBJECT_NOT_KNOWN, f'{name} needs the key "{key}"')
    said = _said(fault)
    failure = F.VALUE_OUT_OF_RANGE if fault["type"] in _RANGE_ERRORS else F.MISTYPED_ARGUMENT_REJECTION
    return refusal(failure, f'{name}: the key "{key}" is wrong: {said[:1].lower()}{said[1:]}')


def sound(text: str) -> str:
    """A text that can be encoded: a half of a surrogate pair, which JSON lets through, becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def response(identity: str, error: RequestError) -> dict[str, Any]:
    """The response object of a request that failed."""
    return {
        "msgtype": "response",
        "id": identity,
        "result": "fail",
        "error": sound(str(error)),
        "errorcode": error.errorcode,
    }
