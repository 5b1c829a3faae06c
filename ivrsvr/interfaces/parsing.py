"""Octets and texts of clients -> request objects: strict JSON first, the lenient JSON5 form second, everything bounded.

The lenient form is the one that the original's documentation writes: `{id: "1", request: "hold", extension: "101"}`.
Its parser is slow, so it is tried on small messages only.
"""

import json
import math
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from ivrsvr.service.errors import Own, own

DEPTH_MOST = 16
"""How deep objects and lists may be nested; no request needs more than three."""

LENIENT_MOST = 2048
"""Characters of a message up to which the lenient form is tried; that takes about 25 ms at most."""

DIGITS_MOST = 40
"""Digits of a number; the largest that a request has use for is a ten-digit one."""

_BRACKETS = re.compile(r"""[\[{\]}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""", re.DOTALL)
_FORM = re.compile(rb"\s*[\w.%+-]+=")
_UNSAFE = re.compile("[\x00\ud800-\udfff]")


class _MalformedError(ValueError):
    """A value that JSON allows and this server does not; the text says which."""


def parse(message: str | bytes) -> dict[str, Any]:
    """The request object that a message is.

    Raises RequestError MALFORMED_JSON with what is wrong and where.
    """
    text = message if isinstance(message, str) else _decoded(message)
    if not text.strip():
        raise _malformed("it is empty")
    _check_depth(text)
    try:
        value = _strict(text)
    except _MalformedError as error:
        raise _malformed(str(error)) from None
    except ValueError as error:
        value = _lenient(text, error)
    if not isinstance(value, dict):
        raise _malformed(f"it is {_kind(value)}")
    if "\\" in text or "\x00" in text:
        try:
            _check_texts(value)
        except _MalformedError as error:
            raise _malformed(str(error)) from None
    return value


def is_form(body: bytes) -> bool:
    """Whether a body is written as forms are, `extension=101&id=1`: no JSON begins so, whatever the headers say."""
    return _FORM.match(body) is not None


def parse_query(query: bytes, what: str = "query string") -> dict[str, str]:
    """The keys of a URL's query string, or of a form. what: it is, for people.

    Raises RequestError MALFORMED_JSON for broken UTF-8, a key given twice, or far too many keys.
    """
    if not query:
        return {}
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=64)
        found = _unique(pairs)
        _check_texts(found)
    except UnicodeDecodeError:
        raise own(Own.MALFORMED_JSON, f"the {what} is not percent-encoded UTF-8") from None
    except ValueError as error:
        raise own(Own.MALFORMED_JSON, f"the {what} is wrong: {error}") from None
    return found


def _malformed(reason: str) -> Exception:
    return own(Own.MALFORMED_JSON, f"the message must be one JSON object, and {reason}")


def _decoded(message: bytes) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError as error:
        raise _malformed(f"octet {error.start + 1} of it is not UTF-8") from None


def _check_depth(text: str) -> None:
    """A parser that recurses must never see deep nesting. Brackets inside texts do not count."""
    if text.count("[") + text.count("{") <= DEPTH_MOST:
        return
    depth = 0
    for found in _BRACKETS.finditer(text):
        if found[0] in "[{":
            depth += 1
            if depth > DEPTH_MOST:
                raise _malformed(f"it is nested deeper than {DEPTH_MOST} levels")
        elif found[0] in "]}":
            depth -= 1


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _MalformedError(f'the key "{key}" is given twice')
        found[key] = value
    return found


def _whole(digits: str) -> int:
    if len(digits) > DIGITS_MOST:
        raise _MalformedError(f"a number in it has more than {DIGITS_MOST} digits")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _MalformedError(f"the number {digits[:DIGITS_MOST]} is too large")
    return number


def _no_constant(name: str) -> float:
    raise _MalformedError(f"{name} is not a JSON number")


_decoder = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_whole, parse_float=_finite, parse_constant=_no_constant
)


def _strict(text: str) -> Any:
    return _decoder.decode(text)


def _lenient(text: str, strict_error: ValueError) -> Any:
    """The JSON5 value; what the strict parser found is what the client is told."""
    if isinstance(strict_error, json.JSONDecodeError):
        where = f"line {strict_error.lineno}, column {strict_error.colno}"
        reason = (
            f"there is more after its end at {where}; send one object per message"
            if strict_error.msg == "Extra data"
            else f"it is malformed at {where}: {strict_error.msg[:1].lower()}{strict_error.msg[1:]}"
        )
    else:
        reason = f"it is malformed: {strict_error}"
    if len(text) > LENIENT_MOST:
        raise _malformed(f"{reason} (the lenient JSON5 form is taken up to {LENIENT_MOST} characters)")
    import json5  # only the lenient form needs it, and start-up is quicker without

    try:
        return _checked(json5.loads(text, allow_duplicate_keys=False))
    except _MalformedError as error:
        raise _malformed(str(error)) from None
    except (ValueError, RecursionError):
        raise _malformed(reason) from None


def _checked(value: Any) -> Any:
    """A JSON5 value whose numbers JSON could have written."""
    if isinstance(value, dict):
        for item in value.values():
            _checked(item)
    elif isinstance(value, list):
        for item in value:
            _checked(item)
    elif isinstance(value, float) and not math.isfinite(value):
        raise _MalformedError("a number in it is not finite")
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**DIGITS_MOST:
        raise _MalformedError(f"a number in it has more than {DIGITS_MOST} digits")
    return value


def _check_texts(value: Any) -> None:
    """Escapes can write what no text should have: NUL characters and halves of surrogate pairs.

    Raises _MalformedError.
    """
    if isinstance(value, str):
        found = _UNSAFE.search(value)
        if found is not None:
            what = "a NUL character" if found[0] == "\x00" else "half of a surrogate pair"
            raise _MalformedError(f"a text in it has {what} at position {found.start() + 1}")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_texts(key)
            _check_texts(item)
    elif isinstance(value, list):
        for item in value:
            _check_texts(item)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, list):
        return "a list"
    return "a text" if isinstance(value, str) else "a number"


def encode(response: Any) -> str:
    """The response object as it is sent."""
    return _encoder.encode(response)


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
