"""Messages to request objects: what is taken, and how everything else is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrsvr.interfaces.parsing import DEPTH_MOST, LENIENT_MOST, encode, parse, parse_query
from ivrsvr.registry import RequestError

TAKEN: list[tuple[str | bytes, dict[str, Any]]] = [
    ('{"id":"1","request":"hold"}', {"id": "1", "request": "hold"}),
    (b'{"id":"1"}', {"id": "1"}),
    ('{id: "1", request: "hold", extension: "101"}', {"id": "1", "request": "hold", "extension": "101"}),
    ("{'id': '1',}", {"id": "1"}),
    ("{id: 1 /* one */}", {"id": 1}),
    ('\n{"a": [1, 2.5, true, null, {"b": "\\u00e5"}]}\n', {"a": [1, 2.5, True, None, {"b": "å"}]}),
    ('{"a":"😀 {[{[{[{[{[{[{[{[{[{["}', {"a": "😀 {[{[{[{[{[{[{[{[{[{["}),
    ('{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
    ("{}", {}),
]

REFUSED: list[tuple[str, str | bytes, str]] = [
    ("empty", "", "empty"),
    ("blank", " \n", "empty"),
    ("no object", "[1]", "a list"),
    ("text", '"hold"', "a text"),
    ("number", "7", "a number"),
    ("null", "null", "null"),
    ("truth", "true", "a truth value"),
    ("cut off", '{"id": "1"', "line 1, column 11"),
    ("two objects", '{"id":"1"}{"id":"2"}', "one object per message"),
    ("two lines", '{"id":"1"}\n{"id":"2"}', "one object per message"),
    ("duplicate", '{"id":"1","id":"2"}', '"id" is given twice'),
    ("duplicate inside", '{"a":{"b":1,"b":2}}', '"b" is given twice'),
    ("duplicate, lenient", "{id:1,id:2}", "malformed"),
    ("NaN", '{"a":NaN}', "NaN"),
    ("infinity", '{"a":-Infinity}', "-Infinity"),
    ("NaN, lenient", "{a:NaN}", "not finite"),
    ("too large", '{"a":1e999}', "too large"),
    ("too many digits", '{"a":' + "9" * 5000 + "}", "digits"),
    ("too many digits, lenient", "{a:" + "9" * 1000 + "}", "digits"),
    ("raw NUL", '{"a":"\x00"}', "NUL character"),
    ("NUL alone", "\x00", "malformed"),
    ("escaped NUL", '{"a":"x\\u0000"}', "NUL character at position 2"),
    ("NUL in a key", '{"\\u0000":1}', "NUL character"),
    ("NUL, lenient", "{a:'\\0'}", "NUL character"),
    ("half a pair", '{"a":"\\ud800"}', "surrogate"),
    ("half a pair in a list", '{"a":["\\udfff"]}', "surrogate"),
    ("deep", '{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "nested deeper"),
    ("deep objects", '{"a":' * 5000, "nested deeper"),
    ("deep, lenient", "{a:" * 100, "nested deeper"),
    ("no UTF-8", b'{"a":"\xff"}', "octet 7 of it is not UTF-8"),
    ("UTF-16", '{"a":1}'.encode("utf-16"), "not UTF-8"),
    ("long lenient", "{a:'" + "x" * LENIENT_MOST + "'}", "up to 2048 characters"),
    ("markup", "<request/>", "malformed"),
    ("unquoted", "hold 101", "malformed"),
    ("backslashes", "\\" * 2000, "malformed"),
]


@pytest.mark.parametrize(("message", "expected"), TAKEN)
def test_a_request_object_is_taken(message: str | bytes, expected: dict[str, Any]) -> None:
    assert parse(message) == expected


@pytest.mark.parametrize(("message", "said"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_anything_else_is_refused_with_its_reason(message: str | bytes, said: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse(message)
    assert caught.value.name == "MALFORMED_JSON"
    assert caught.value.status == 400
    assert said in str(caught.value)
    assert len(str(caught.value)) < 400


def test_as_deep_as_allowed_is_taken_and_brackets_in_texts_do_not_count() -> None:
    deep = '{"a":' + "[" * (DEPTH_MOST - 1) + '"[[[[[\\"[[["' + "]" * (DEPTH_MOST - 1) + "}"
    assert parse(deep)["a"]


@given(st.binary(max_size=200))
def test_any_octets_give_an_object_or_a_typed_error(octets: bytes) -> None:
    try:
        parsed: object = parse(octets)
    except RequestError as error:
        parsed = error
    assert isinstance(parsed, dict) or getattr(parsed, "name", "") == "MALFORMED_JSON"


_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["id", "request", "extension", "data"]), _VALUES))
def test_what_is_encoded_is_parsed_back(value: dict[str, Any]) -> None:
    text = json.dumps(value)
    if "\\u0000" not in text:
        assert parse(text) == value
        assert parse(encode(value)) == value


def test_a_query_string_becomes_keys() -> None:
    assert parse_query(b"extension=101&destination=T1234%231&data=") == {
        "extension": "101",
        "destination": "T1234#1",
        "data": "",
    }
    assert parse_query(b"") == {}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (b"a=1&a=2", "given twice"),
        (b"a=%ff", "UTF-8"),
        (b"a=%00", "NUL"),
        (b"a=\xe5", "UTF-8"),
        (b"&".join(b"k%d=1" % number for number in range(100)), "fields"),
    ],
)
def test_a_wrong_query_string_is_refused(query: bytes, said: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_query(query)
    assert caught.value.name == "MALFORMED_JSON"
    assert said in str(caught.value)
