"""Reconciling: what is explained by events, and that the model equals the snapshots afterwards."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrsvr.calls.fold import fold
from ivrsvr.calls.model import Call, CallModel, Connection
from ivrsvr.calls.moves import STATES, is_legal
from ivrsvr.calls.reconcile import Seen, adopt, explain, reconcile
from ivrsvr.calls.synthetic import way
from ivrsvr.csta import events
from ivrsvr.csta.enums import DeviceIDStatus
from ivrsvr.csta.types import NOT_KNOWN, CSTASnapshotCallResponseInfo, CSTASnapshotDeviceResponseInfo, provided
from tests.calls.reports import (
    ALERTING,
    CONNECT,
    FAIL,
    HOLD,
    INITIATE,
    NONE,
    NULL,
    QUEUED,
    State,
    connection,
    delivered,
    established,
    everything,
    of_station,
    states,
)

Parties = dict[str, State]


def seen(device: str, calls: dict[int, Parties], ucids: dict[int, str] | None = None) -> Seen:
    """Snapshots of a device from: call id -> parties with their states, in the order of joining."""
    return Seen(
        device,
        tuple(
            CSTASnapshotDeviceResponseInfo(
                connection(callID, device),
                (parties[device], *(state for name, state in parties.items() if name != device)),
            )
            for callID, parties in calls.items()
        ),
        {
            callID: tuple(
                CSTASnapshotCallResponseInfo(
                    NOT_KNOWN if name.startswith("T") else provided(name), connection(callID, name), state
                )
                for name, state in parties.items()
            )
            for callID, parties in calls.items()
        },
        ucids or {},
    )


def known(calls: dict[int, Parties], watcher: str = "101") -> CallModel:
    model = CallModel()
    for callID, parties in calls.items():
        call = model.open(callID, f"U{callID}")
        model.watch(call, watcher)
        for name, state in parties.items():
            model.join(call, Connection(callID, name, connection(callID, name).devIDType, state))
    return model


def words(told: list[Any]) -> list[str]:
    """Events in short: name, party, local state."""
    parts = []
    for event in told:
        subject = getattr(event, fields(event)[0].name)
        parts.append(f"{type(event).__name__} {subject.deviceID} {event.localConnectionInfo.name[3:]}")
    return parts


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param({}, {}, [], id="nothing"),
        pytest.param({1: {"101": CONNECT, "102": CONNECT}}, {}, ["ConnectionCleared 101 NULL"], id="ended"),
        pytest.param(
            {1: {"101": CONNECT, "102": ALERTING}},
            {1: {"101": CONNECT, "102": CONNECT}},
            ["Established 102 CONNECT"],
            id="answered there",
        ),
        pytest.param(
            {1: {"102": CONNECT, "101": ALERTING}},
            {1: {"102": CONNECT, "101": CONNECT}},
            ["Established 101 CONNECT"],
            id="answered here",
        ),
        pytest.param(
            {1: {"102": CONNECT, "101": ALERTING}},
            {1: {"102": HOLD, "101": HOLD}},
            ["Established 101 CONNECT", "Held 101 HOLD", "Held 102 HOLD"],
            id="answered and held by both",
        ),
        pytest.param({}, {1: {"102": CONNECT, "101": ALERTING}}, ["Delivered 101 ALERTING"], id="rings"),
        pytest.param({}, {1: {"T1#1": CONNECT, "101": CONNECT}}, ["Established 101 CONNECT"], id="came and answered"),
        pytest.param(
            {},
            {1: {"101": CONNECT, "102": ALERTING}},
            ["Originated 101 CONNECT", "Delivered 102 CONNECT"],
            id="dialled",
        ),
        pytest.param(
            {1: {"101": INITIATE}},
            {1: {"101": CONNECT, "102": CONNECT}},
            ["Originated 101 CONNECT", "Established 102 CONNECT"],
            id="dialled from dial tone",
        ),
        pytest.param({}, {1: {"101": INITIATE}}, ["ServiceInitiated 101 INITIATE"], id="dial tone"),
        pytest.param({1: {"101": CONNECT}}, {1: {"101": FAIL}}, ["Failed 101 FAIL"], id="busy"),
        pytest.param(
            {1: {"101": CONNECT}},
            {1: {"101": CONNECT, "201": QUEUED}},
            ["Queued 201 CONNECT"],
            id="queued",
        ),
        pytest.param(
            {1: {"101": CONNECT}},
            {1: {"101": CONNECT, "T1#2": INITIATE}},
            ["NetworkReached T1#2 CONNECT"],
            id="network reached",
        ),
        pytest.param(
            {1: {"101": CONNECT, "102": CONNECT, "103": CONNECT}},
            {1: {"101": CONNECT, "102": HOLD}},
            ["ConnectionCleared 103 CONNECT", "Held 102 CONNECT"],
            id="one left, one held",
        ),
        pytest.param(
            {1: {"101": HOLD, "102": CONNECT}, 2: {"101": CONNECT, "103": CONNECT}},
            {2: {"101": CONNECT, "103": CONNECT, "102": CONNECT}},
            ["Conferenced 101 CONNECT"],
            id="conferenced",
        ),
        pytest.param(
            {1: {"101": HOLD, "102": CONNECT}, 2: {"101": CONNECT, "103": CONNECT}},
            {1: {"101": CONNECT, "102": CONNECT}},
            ["ConnectionCleared 101 NULL", "Retrieved 101 CONNECT"],
            id="reconnected",
        ),
    ],
)
def test_what_must_have_happened(before: dict[int, Parties], after: dict[int, Parties], told: list[str]) -> None:
    model = known(before)
    found = reconcile(model, seen("101", after))
    assert words([event for event, _ in found]) == told
    assert states(model) == after


def test_who_is_listed_first_and_rings_has_not_called() -> None:
    after: dict[int, Parties] = {1: {"101": ALERTING, "102": CONNECT}}
    model = known({})
    [(told, _)] = reconcile(model, seen("101", after))
    assert words([told]) == ["Delivered 101 ALERTING"]
    assert told.callingDevice == provided("102")
    assert states(model) == after


def test_a_transfer_by_the_other_party_is_known_by_the_ucid() -> None:
    model = known({1: {"101": CONNECT, "102": CONNECT}})
    after = {7: {"101": CONNECT, "103": CONNECT}}
    ((event, folded),) = reconcile(model, seen("101", after, {7: "U1"}))
    assert isinstance(event, events.Transferred)
    assert event.transferringDevice == provided("102")
    assert not folded.idle
    assert states(model) == after
    assert model.call(1) is model.calls[7]


def test_another_ucid_means_that_the_call_ended_and_another_got_its_id() -> None:
    model = known({1: {"101": CONNECT, "102": CONNECT}})
    found = reconcile(model, seen("101", {1: {"103": CONNECT, "101": ALERTING}}, {1: "U9"}))
    assert words([event for event, _ in found]) == ["ConnectionCleared 101 NULL", "Delivered 101 ALERTING"]
    assert found[0][1].idle
    assert model.calls[1].ucid == "U9"


def test_a_caller_known_by_number_is_found_in_the_snapshot() -> None:
    model = CallModel()
    ringing = delivered(1, "101", ALERTING, calling="60123456", called="101")
    fold(model, ringing, of_station("U1", group="5", member="20"), "101")
    found = reconcile(model, seen("101", {1: {"T1#1": CONNECT, "101": CONNECT}}))
    assert words([event for event, _ in found]) == ["Established 101 CONNECT"]
    party = model.calls[1].party("60123456")
    assert party is not None
    assert party.deviceID == "T1#1"


def test_a_call_that_nobody_could_ask_about_keeps_its_parties() -> None:
    model = known({1: {"101": CONNECT, "102": CONNECT}})
    partly = replace(seen("101", {1: {"101": HOLD, "102": CONNECT}}), parties={})
    assert words([event for event, _ in reconcile(model, partly)]) == ["Held 101 HOLD"]
    assert states(model) == {1: {"101": HOLD, "102": CONNECT}}


def test_a_bridged_appearance_is_no_call() -> None:
    model = CallModel()
    assert explain(model, seen("101", {1: {"101": NULL, "102": CONNECT}})) == []


def test_a_seeded_model_follows_the_events_that_come() -> None:
    model = CallModel()
    adopt(model, seen("101", {1: {"102": CONNECT, "101": ALERTING}}, {1: "U1"}))
    outcome = fold(model, established(1, "101", CONNECT, calling="102", called="101"), of_station("U1"), "101")
    assert outcome.notes == ()
    assert states(model) == {1: {"102": CONNECT, "101": CONNECT}}


def test_other_devices_keep_their_calls() -> None:
    model = known({1: {"101": CONNECT, "102": CONNECT}})
    other = model.open(2, "U2")
    model.watch(other, "105")
    model.join(other, Connection(2, "105", state=CONNECT))
    reconcile(model, seen("101", {}))
    assert states(model) == {2: {"105": CONNECT}}


def test_a_call_that_another_monitor_still_reports_loses_only_this_device() -> None:
    model = known({1: {"101": CONNECT, "102": CONNECT}})
    model.watch(model.calls[1], "102")
    reconcile(model, seen("101", {}))
    assert states(model) == {1: {"102": CONNECT}}


# ---- the way through the table


@pytest.mark.parametrize("begin", STATES, ids=lambda state: state.name)
@pytest.mark.parametrize("end", STATES, ids=lambda state: state.name)
def test_there_is_a_legal_way_from_every_state_to_every_other(begin: State, end: State) -> None:
    for originated in (False, True):
        here = begin
        for trigger, reached in way(begin, end, originated=originated):
            assert is_legal(here, trigger)
            here = reached
        assert here is end


# ---- any model against any snapshot

STATIONS = ("101", "102", "103", "T1#1", "T1#2")
PARTY_STATES = st.sampled_from([state for state in STATES if state is not NULL])


@st.composite
def calls_of_101(draw: st.DrawFn) -> dict[int, Parties]:
    return {
        callID: {
            "101": draw(PARTY_STATES),
            **{name: draw(PARTY_STATES) for name in draw(st.lists(st.sampled_from(STATIONS[1:]), unique=True))},
        }
        for callID in draw(st.lists(st.integers(1, 4), unique=True, max_size=3))
    }


@given(calls_of_101(), calls_of_101())
def test_the_model_equals_the_snapshots_afterwards(before: dict[int, Parties], after: dict[int, Parties]) -> None:
    model = known(before)
    reconcile(model, seen("101", after))
    assert states(model) == after
    assert reconcile(model, seen("101", after)) == [], "nothing is left to explain"


@given(calls_of_101(), calls_of_101())
def test_the_story_alone_brings_the_device_to_its_states(before: dict[int, Parties], after: dict[int, Parties]) -> None:
    """What subscribers are told is enough for them to know the device's own state in every call."""
    model = known(before)
    untouched = everything(model)
    story = explain(model, seen("101", after))
    assert everything(model) == untouched
    for event in story:
        fold(model, event, None, "101")
    assert {one.callID: one.state for one in model.connections_of("101")} == {
        callID: parties["101"] for callID, parties in after.items()
    }


@given(calls_of_101(), calls_of_101())
def test_idle_is_told_once_when_the_last_call_goes(before: dict[int, Parties], after: dict[int, Parties]) -> None:
    model = known(before)
    idles = [folded.idle for _, folded in reconcile(model, seen("101", after))]
    if before and not after:
        assert idles[-1]
        assert idles.count(True) == 1
    if after:
        assert not idles or not idles[-1]


@given(calls_of_101())
def test_a_story_ends_with_the_states_of_its_own_events(after: dict[int, Parties]) -> None:
    for event in explain(CallModel(), seen("101", after)):
        assert event.localConnectionInfo is not NONE


def test_helpers_know_what_a_snapshot_is() -> None:
    one = seen("101", {1: {"T1#1": CONNECT, "101": HOLD}})
    assert one.live() == {1: HOLD}
    assert [entry.staticDevice.deviceIDStatus for entry, _ in one.listed(1)] == [
        DeviceIDStatus.ID_NOT_KNOWN,
        DeviceIDStatus.ID_PROVIDED,
    ]
    assert Call(1).party("101") is None


def test_a_station_that_called_itself_has_two_connections() -> None:
    own, again = connection(1, "104"), connection(1, "104#2")
    listed = tuple(
        CSTASnapshotCallResponseInfo(provided("104"), which, state)
        for which, state in ((own, CONNECT), (again, ALERTING))
    )
    twice = Seen(
        "104",
        (
            CSTASnapshotDeviceResponseInfo(own, (CONNECT, ALERTING)),
            CSTASnapshotDeviceResponseInfo(again, (ALERTING, CONNECT)),
        ),
        {1: listed},
    )
    model = CallModel()
    adopt(model, twice)
    assert states(model) == {1: {"104": CONNECT, "104#2": ALERTING}}
    assert explain(model, twice) == []
