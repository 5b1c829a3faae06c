"""Answers on a terminal: readable, and harmless whatever names they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrsvr.interfaces.console.render import render
from ivrsvr.service.plain import harmless


def test_nothing_to_tell() -> None:
    assert render({"msgtype": "response", "id": "", "result": "success", "error": ""}) == ["done"]


def test_a_failure_is_its_text() -> None:
    failed = {"msgtype": "response", "id": "", "result": "fail", "error": "NO_HELD_CALL: none", "errorcode": 25}
    assert render(failed) == ["NO_HELD_CALL: none"]


def test_values_and_tables() -> None:
    answer = {
        "result": "success",
        "link": "up",
        "monitors": 3,
        "ready": True,
        "calls": [{"callid": 7, "parties": ["101", "102"]}, {"callid": 1234, "parties": []}],
        "clients": [],
    }
    assert render(answer) == [
        "link      up",
        "monitors  3",
        "ready     yes",
        "",
        "callid  parties",
        "     7  101, 102",
        "  1234",
        "",
        "no clients",
    ]


def test_a_single_row_that_is_too_wide_is_shown_whole() -> None:
    wide = {"extension": "101", "trouble": "x" * 61}
    assert render({"list": [wide]}) == ["extension  101", "trouble    " + "x" * 61]
    assert render({"list": [wide, wide]})[1] == "101        " + "x" * 57 + "..."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ana", "Ana"),
        ("früh 日本", "früh 日本"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\nb", "a\\nb"),
        ("\u202eevil", "\\u202eevil"),
        ("\u200b", "\\u200b"),
        ("\x9b31m", "\\x9b31m"),
    ],
)
def test_nothing_steers_the_terminal(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(st.text())
def test_whatever_it_is(text: str) -> None:
    assert harmless(text).isprintable()


def test_an_object_with_lists_is_a_block_of_its_own() -> None:
    session = {"stage": "running", "callers": [{"name": "Mrs Brown"}]}
    assert render({"result": "success", "last": 7, "session": session}) == [
        "last  7",
        "",
        "stage  running",
        "",
        "name",
        "Mrs Brown",
    ]
