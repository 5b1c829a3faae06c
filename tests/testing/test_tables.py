"""Tables of features."""

import pytest

from ivrsvr.testing.tables import Symbols, check_rows, filled, fits, look_up, pairs_of


@pytest.mark.parametrize(
    ("cell", "value", "fit"),
    [
        ("102", "102", True),
        ("102", 102, True),
        ("102", "1023", False),
        ("", "anything", True),
        ('""', "", True),
        ('""', None, True),
        ('""', "x", False),
        ("true", True, True),
        ("T<A>#1", "T7#1", True),
        ("T<A>#1", "T7#2", False),
        ("a.c", "abc", False),
    ],
)
def test_a_cell_is_compared_as_text(cell: str, value: object, fit: bool) -> None:
    assert fits(cell, value, {}) is fit


def test_a_name_binds_on_first_use_and_must_match_afterwards() -> None:
    symbols: Symbols = {}
    assert fits("A", 48, symbols)
    assert fits("A", "48", symbols)
    assert not fits("A", 49, symbols)
    assert fits("T<A>#<N>", "T48#2", symbols)
    assert symbols == {"A": "48", "N": "2"}
    assert not fits("T<A>#1", "T49#1", symbols)


def test_filling_in() -> None:
    assert [filled(cell, {"A": "48"}) for cell in ("A", "T<A>#1", '""', "hello")] == ["48", "T48#1", "", "hello"]
    with pytest.raises(KeyError):
        filled("B", {})


def test_rows_are_checked_in_order_and_say_what_came() -> None:
    came = [{"eventtype": "alert", "callid": 5, "alerting": "102"}, {"eventtype": "connect", "callid": 5}]
    symbols: Symbols = {}
    check_rows([["eventtype", "callid", "alerting"], ["alert", "A", "102"], ["connect", "A", ""]], came, symbols)
    assert symbols == {"A": "5"}
    with pytest.raises(AssertionError, match="eventtype should be hold"):
        check_rows([["eventtype"], ["hold"]], came, {})
    with pytest.raises(AssertionError, match="event 3 of 3 has not come"):
        check_rows([["eventtype"], ["alert"], ["connect"], ["idle"]], came, {})
    with pytest.raises(AssertionError, match="event 2 has no alerting"):
        check_rows([["alerting"], ["102"], ["102"]], came, {})


def test_looking_up_inside_a_message() -> None:
    message = {"list": [{"callid": 5, "party": [{"extension": "101"}]}]}
    assert look_up(message, "list.1.party.1.extension") == "101"
    with pytest.raises(AssertionError, match="there is no list"):
        look_up(message, "list.2.callid")


def test_a_table_of_two_columns() -> None:
    assert pairs_of([["destination", "102"], ["data", "x"]]) == {"destination": "102", "data": "x"}
