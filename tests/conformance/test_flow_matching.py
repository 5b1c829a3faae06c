"""The matching of patterns: flows.md sections 4 and 5, rule by rule."""

from typing import Any

import pytest

from ivrsvr.csta.enums import (
    ConnectionIDDevice,
    CSTACallFilter,
    CSTAEventCause,
    DeviceClass,
    LocalConnectionState,
    UUIProtocolType,
)
from ivrsvr.csta.errors import ACSUniversalFailure, CSTAUniversalFailure
from ivrsvr.csta.events import Held
from ivrsvr.csta.private.structures import ATTUserToUserInfo
from ivrsvr.csta.types import NOT_KNOWN, NOT_REQUIRED, Connection, ConnectionID, provided
from tests.conformance.flows.matching import Bindings, Matcher, Unbound, bind, fill
from tests.conformance.flows.names import Names
from tests.conformance.flows.rendering import Events, Service, build, newest_layout, render

NAMES = Names(
    {
        "eventCause": {"EC_NONE": -1, "EC_BUSY": 3, "EC_DEST_OUT_OF_ORDER": 65},
        "connectionIdKind": {"STATIC": 0, "DYNAMIC": 1},
        "universalFailure": {"GENERIC_UNSPECIFIED": 0},
        "acsUniversalFailure": {"TSERVER_STREAM_FAILED": 0},
        "callFilter": {"CF_HELD": 7, "CF_DELIVERED": 3},
    }
)
MATCHER = Matcher(NAMES)


def fits(pattern: Any, actual: Any, **bound: int | str) -> Bindings | None:
    return MATCHER.match(pattern, actual, bound)


# ---- symbols


def test_a_symbol_is_bound_where_it_is_first_met_and_must_be_equal_then() -> None:
    assert fits({"a": "C1", "b": "C1"}, {"a": 5, "b": 5}) == {"C1": 5}
    assert fits({"a": "C1", "b": "C1"}, {"a": 5, "b": 6}) is None
    assert fits("C1", 5, C1=6) is None


@pytest.mark.parametrize(("first", "second"), [("C1", "C2"), ("U1", "U2")])
def test_two_calls_and_two_ucids_are_never_the_same(first: str, second: str) -> None:
    value: int | str = 5 if first == "C1" else "0000100005"
    assert fits([first, second], [value, value]) is None


def test_other_symbols_may_have_one_value() -> None:
    assert fits(["M1", "M2"], [1, 1]) == {"M1": 1, "M2": 1}
    assert fits(["T<C1>#<N1>", "T<C1>#<N2>"], ["T7#1", "T7#1"]) == {"C1": 7, "N1": 1, "N2": 1}


def test_call_ids_compare_by_number_whether_text_or_number() -> None:
    assert fits("C1", "48", C1=48) == {"C1": 48}
    assert fits("C1", "048x", C1=48) is None
    assert fits("C1", True) is None


def test_a_ucid_is_a_text_that_is_not_empty() -> None:
    assert fits("U1", "") is None
    assert fits("U1", 5) is None


@pytest.mark.parametrize(
    ("pattern", "actual", "bound"),
    [
        ("T<C2>#<N1>", "T12#3", {"C2": 12, "N1": 3}),
        ("102#<N1>", "102#2", {"N1": 2}),
        ("T<C1>#2", "T9#2", {"C1": 9}),
        ("T<C1>#2", "T9#3", None),
        ("T<C1>#1", "T9#1x", None),
        ("102#<N1>", "1023#2", None),
        ("T<C1>#1", 9, None),
    ],
)
def test_symbols_inside_a_dynamic_device_id(pattern: str, actual: object, bound: Bindings | None) -> None:
    assert fits(pattern, actual) == bound


def test_an_embedded_symbol_that_is_bound_must_be_equal() -> None:
    assert fits("T<C1>#1", "T9#1", C1=8) is None
    assert fits("T<C1>#1", "T9#1", C2=9) is None


def test_filling_in() -> None:
    bound: Bindings = {"C1": 5, "U1": "77", "X1": 2}
    assert fill({"call": "C1", "party": "T<C1>#1", "list": ["X1", 3]}, bound) == {
        "call": 5,
        "party": "T5#1",
        "list": [2, 3],
    }
    assert fill({"callid": "C1", "n": 3}, bound, text=True) == {"callid": "5", "n": 3}
    with pytest.raises(Unbound, match="C2"):
        fill("T<C2>#1", bound)


def test_binding_refuses_what_is_no_number() -> None:
    assert bind("C1", None, {}) is None
    assert bind("M1", "x", {}) is None


# ---- objects and lists


def test_an_object_matches_by_the_fields_that_it_lists() -> None:
    assert fits({"a": 1}, {"a": 1, "b": 2}) == {}
    assert fits({"a": 1}, {"b": 2}) is None
    assert fits({}, {"b": 2}) == {}
    assert fits({}, None) is None


def test_null_is_no_private_data_at_all() -> None:
    assert fits({"private": None}, {"private": None}) == {}
    assert fits({"private": None}, {"private": {"ucid": ""}}) is None
    assert fits({"private": {"ucid": "U1"}}, {"private": None}) is None


def test_a_list_matches_to_the_end_unless_more_may_follow() -> None:
    assert fits([1, 2], [1, 2]) == {}
    assert fits([1], [1, 2]) is None
    assert fits([1, 2], [1]) is None
    assert fits([1, {"more": True}], [1, 2, 3]) == {}
    assert fits([{"more": True}], []) == {}
    assert fits([], []) == {}


def test_any_of_takes_the_first_that_matches_with_what_it_binds() -> None:
    assert fits({"anyOf": [{"a": "C1", "b": 2}, {"b": "C1"}]}, {"a": 5, "b": 3}) == {"C1": 3}
    assert fits({"anyOf": ["x", "y"]}, "z") is None
    assert fits([{"anyOf": ["C1", "C2"]}, "C1"], [5, 6]) is None


def test_any_of_may_stand_for_a_whole_list() -> None:
    assert fits({"anyOf": [[], [{"event": "Held"}]]}, [{"event": "Held"}]) == {}


def test_unordered_finds_the_assignment_in_which_the_symbols_agree() -> None:
    pattern = {"unordered": [{"id": "T<C1>#<N1>"}, {"id": "T<C1>#<N2>", "state": "held"}]}
    came = [{"id": "T5#1", "state": "held"}, {"id": "T5#2", "state": "connected"}]
    assert fits(pattern, came) == {"C1": 5, "N1": 2, "N2": 1}
    assert fits([pattern, "N"], [came, "N"], N1=1) is None


def test_unordered_backtracks_over_what_comes_later() -> None:
    assert fits([{"unordered": ["M1", "M2"]}, "M1"], [[1, 2], 2]) == {"M1": 2, "M2": 1}


def test_unordered_is_exact() -> None:
    assert fits({"unordered": [1, 2]}, [2, 1]) == {}
    assert fits({"unordered": [1, 2]}, [2, 1, 3]) is None
    assert fits({"unordered": [1, 1]}, [1, 2]) is None
    assert fits({"unordered": [1, {"more": True}]}, [2, 1]) == {}


# ---- names and flags


def test_names_stand_for_numbers() -> None:
    assert fits("EC_BUSY", CSTAEventCause.EC_BUSY) == {}
    assert fits("EC_BUSY", CSTAEventCause.EC_NONE) is None
    assert fits("EC_DEST_OUT_OF_ORDER", CSTAEventCause(65)) == {}
    assert fits("STATIC", ConnectionIDDevice.STATIC_ID) == {}
    assert fits("DYNAMIC", ConnectionIDDevice.STATIC_ID) is None
    assert fits(3, CSTAEventCause.EC_BUSY) == {}


def test_a_name_counts_only_for_its_own_enumeration() -> None:
    assert fits("TSERVER_STREAM_FAILED", ACSUniversalFailure.TSERVER_STREAM_FAILED) == {}
    assert fits("TSERVER_STREAM_FAILED", CSTAUniversalFailure.GENERIC_UNSPECIFIED) is None
    assert fits("EC_NONE", LocalConnectionState.CS_NONE) is None


def test_flags_are_the_list_of_the_names_that_are_set() -> None:
    both = CSTACallFilter.CF_HELD | CSTACallFilter.CF_DELIVERED
    assert fits(["CF_DELIVERED", "CF_HELD"], both) == {}
    assert fits({"unordered": ["CF_HELD", "CF_DELIVERED"]}, both) == {}
    assert fits(["CF_HELD"], both) is None
    assert fits([], CSTACallFilter(0)) == {}
    assert fits(["NOBODY_KNOWS"], both) is None
    assert fits(["DC_VOICE"], DeviceClass.DC_VOICE) == {}


def test_values_of_different_types_are_different() -> None:
    assert fits(1, True) is None
    assert fits("1", 1) is None
    assert fits(False, 0) is None
    assert fits(5, 5.0) == {}


# ---- rendering


def test_devices() -> None:
    assert render(provided("101"), {}) == "101"
    assert render(NOT_KNOWN, {}) == "ID_NOT_KNOWN"
    assert render(NOT_REQUIRED, {}) == "ID_NOT_REQUIRED"


def test_user_info_is_text_when_it_is_ascii_and_else_type_and_hexadecimal() -> None:
    assert render(ATTUserToUserInfo(type=UUIProtocolType.UUI_IA5_ASCII, data=b"bye"), {}) == "bye"
    other = render(ATTUserToUserInfo(type=UUIProtocolType.UUI_USER_SPECIFIC, data=b"\x01\xff"), {})
    assert fits({"type": "UUI_USER_SPECIFIC", "data": "01ff"}, other) == {}
    assert fits("bye", other) is None
    assert build(ATTUserToUserInfo, "bye", NAMES, {}) == ATTUserToUserInfo(
        type=UUIProtocolType.UUI_IA5_ASCII, data=b"bye"
    )


def test_entries_of_connection_lists() -> None:
    entry = render(Connection(ConnectionID(5, "101"), provided("101")), {})
    assert fits(
        {"connection": {"callID": "C1", "deviceID": "101", "devIDType": "STATIC"}, "staticDevice": "101"}, entry
    ) == {"C1": 5}


def test_events_have_the_names_of_the_vocabulary() -> None:
    known = Events({"Held": {"pdu": "CSTAHeldEvent", "wire": {"connection": "heldConnection"}}})
    held = Held(
        heldConnection=ConnectionID(5, "101"),
        holdingDevice=provided("101"),
        localConnectionInfo=LocalConnectionState.CS_HOLD,
        cause=CSTAEventCause.EC_NONE,
    )
    pattern = {
        "event": "Held",
        "connection": {"callID": "C1", "deviceID": "101", "devIDType": "STATIC"},
        "holdingDevice": "101",
        "localConnectionInfo": "CS_HOLD",
        "cause": "EC_NONE",
        "private": None,
    }
    assert fits(pattern, known.render(held, None)) == {"C1": 5}


def test_requests_take_the_names_of_the_vocabulary_and_the_newest_private_layout() -> None:
    service = Service(
        "SetForwarding",
        {
            "pdu": "CSTASetFwd",
            "confirmation": [],
            "wire": {"type": "forwardingType", "on": "forwardingOn", "number": "forwardDN"},
        },
        NAMES,
    )
    pdu, private = service.request({"device": "101", "forward": {"type": "FWD_BUSY", "on": True, "number": "102"}})
    assert (pdu.device, pdu.forward.forwardDN, private) == ("101", "102", None)
    call = Service("MakeCall", {"pdu": "CSTAMakeCall", "confirmation": ["newCall"]}, NAMES)
    _, private = call.request({"callingDevice": "101", "calledDevice": "102", "private": {"userInfo": "x"}})
    assert type(private) is newest_layout("ATTMakeCall")


# ---- why not


@pytest.mark.parametrize(
    ("pattern", "actual", "said"),
    [
        ([{"event": "Held"}], [{"event": "Retrieved"}], "[0].event: expected 'Held', came 'Retrieved'"),
        ([{"event": "Held"}], [], "[0]: expected {event: 'Held'}, came nothing"),
        ([], [{"event": "Held"}], "[0]: expected nothing, came {event: 'Held'}"),
        ({"a": "C1"}, {"a": 6}, "a: expected 'C1' (C1 = 5), came 6"),
        ({"a": 1}, {}, "a: expected 1, came no such field"),
        ({"unordered": [1, 2]}, [1, 3], "value: nothing that came matches 2; came [1, 3]"),
        ({"anyOf": [1, 2]}, 3, "value: expected 1, came 3 / or value: expected 2, came 3"),
    ],
)
def test_the_first_mismatch_is_told(pattern: Any, actual: Any, said: str) -> None:
    assert MATCHER.explain(pattern, actual, {"C1": 5}) == said
