"""Folding: each event, shared monitors, lost reports, merges, redirections, ids used again."""

from dataclasses import replace
from typing import Any

import pytest

from ivrsvr.calls.fold import Folded, fold
from ivrsvr.calls.model import CallModel
from ivrsvr.csta import system
from ivrsvr.csta.enums import ATTDeliveredType, ATTReasonCode
from ivrsvr.csta.private.events import ATTDeliveredV7, ATTNetworkProgressInfoV7, ATTServiceInitiatedV9
from ivrsvr.csta.types import provided
from tests.calls import reports
from tests.calls.reports import (
    ALERTING,
    CONNECT,
    FAIL,
    HOLD,
    INITIATE,
    NONE,
    NULL,
    QUEUED,
    Cause,
    State,
    call_cleared,
    cleared,
    conferenced,
    delivered,
    diverted,
    established,
    everything,
    failed,
    held,
    initiated,
    network_reached,
    of_domain,
    of_merge,
    of_station,
    originated,
    queued,
    retrieved,
    states,
    transferred,
)

Report = tuple[str, Any, Any]
"""Monitored device, event, private data."""


def play(model: CallModel, *told: Report) -> list[Folded]:
    """Fold reports, each twice: a copy must change nothing and note nothing."""
    outcomes = []
    for monitored, event, private in told:
        outcomes.append(fold(model, event, private, monitored))
        before = everything(model)
        again = fold(model, event, private, monitored)
        assert everything(model) == before
        assert again.notes == ()
        assert not again.idle
    return outcomes


def both(event: Any, first: State, second: State, private: Any = None) -> tuple[Report, Report]:
    """The same happening as the monitors of 101 and 102 report it."""
    return (
        ("101", replace(event, localConnectionInfo=first), private),
        ("102", replace(event, localConnectionInfo=second), private),
    )


def internal_call(callID: int = 1, ucid: str = "U1") -> list[Report]:
    """101 calls 102, which answers; both are monitored."""
    return [
        ("101", initiated(callID, "101"), ATTServiceInitiatedV9(ucid=ucid)),
        ("101", originated(callID, "101", "102"), None),
        *both(delivered(callID, "102", NONE, calling="101", called="102"), CONNECT, ALERTING, of_station(ucid)),
        *both(established(callID, "102", NONE, calling="101", called="102"), CONNECT, CONNECT),
    ]


def incoming_call(ucid: str = "U1") -> list[Report]:
    """60123456 calls 101 on trunk 5/20; 101 answers and is monitored."""
    private = of_station(ucid, group="5", member="20")
    return [
        ("101", delivered(1, "101", ALERTING, calling="60123456", called="101"), private),
        ("101", established(1, "101", CONNECT, calling="60123456", called="101"), None),
    ]


def test_an_internal_call_from_dial_tone_to_idle() -> None:
    model = CallModel()
    for report, expected in zip(
        internal_call(),
        [
            {"101": INITIATE},
            {"101": CONNECT},
            {"101": CONNECT, "102": ALERTING},
            {"101": CONNECT, "102": ALERTING},
            {"101": CONNECT, "102": CONNECT},
            {"101": CONNECT, "102": CONNECT},
        ],
        strict=True,
    ):
        play(model, report)
        assert states(model) == {1: expected}
    assert model.calls[1].watchers == {"101", "102"}
    assert model.calls[1].dialled == "102"

    play(model, *both(held(1, "102", NONE), CONNECT, HOLD))
    assert states(model) == {1: {"101": CONNECT, "102": HOLD}}
    play(model, *both(retrieved(1, "102", NONE), CONNECT, CONNECT))
    assert states(model) == {1: {"101": CONNECT, "102": CONNECT}}

    first, second, last = play(
        model,
        *both(cleared(1, "101", NONE), NULL, CONNECT),
        ("102", cleared(1, "102", NULL), None),
    )
    assert (first.idle, second.idle, last.idle) == (True, False, True)
    assert (first.ucid, last.ucid) == ("U1", "U1")
    assert last.call is None
    assert states(model) == {}
    assert not model.is_watching("101")


def test_the_copies_of_a_release_may_come_in_any_order() -> None:
    model = CallModel()
    play(model, *internal_call())
    outcomes = play(
        model,
        ("102", cleared(1, "101", CONNECT), None),
        ("102", cleared(1, "102", NULL), None),
        ("101", cleared(1, "101", NULL), None),
    )
    assert [outcome.idle for outcome in outcomes] == [False, True, True]
    assert states(model) == {}


def test_a_device_with_another_call_is_not_idle() -> None:
    model = CallModel()
    play(model, *incoming_call())
    play(model, ("101", held(1, "101", HOLD), None))
    play(model, ("101", initiated(2, "101"), ATTServiceInitiatedV9(ucid="U2")))
    (gone,) = play(model, ("101", cleared(2, "101", NULL), None))
    assert not gone.idle
    assert [(one.callID, one.state) for one in model.connections_of("101")] == [(1, HOLD)]


def test_an_outside_party_is_known_by_its_number_until_its_connection_is_named() -> None:
    model = CallModel()
    play(model, *incoming_call())
    party = model.calls[1].party("60123456")
    assert party is not None
    assert not party.named
    assert (party.state, party.trunkGroup, party.trunkMember) == (CONNECT, "5", "20")

    play(model, ("101", held(1, "T1#1", CONNECT), None))
    assert party.named
    assert party is model.calls[1].party("T1#1") is model.calls[1].party("60123456")
    assert party.id == reports.connection(1, "T1#1")
    assert len(model.calls[1].parties) == 2


@pytest.mark.parametrize(("group", "left"), [("5", ["101", "102"]), ("", ["101", "102", "60123456"])])
def test_who_was_called_outside_and_transferred_here_leaves_under_the_name_of_his_trunk(
    group: str, left: list[str]
) -> None:
    """The second party of a call: known by its number and, if at all, to be behind a trunk."""
    model = CallModel()
    play(
        model,
        ("101", delivered(1, "101", ALERTING, calling="60123456", called="101"), of_station("U1", group=group)),
        ("101", established(1, "102", ALERTING, calling="60123456", called="101", cause=Cause.EC_ACTIVE_MONITOR), None),
        ("101", cleared(1, "T1#2", ALERTING), None),
    )
    assert sorted(states(model)[1]) == left


def test_a_caller_without_a_number_is_named_at_once() -> None:
    model = CallModel()
    play(model, ("101", delivered(1, "101", ALERTING, calling="T1#1", called="101"), of_station("U1", group="8")))
    assert states(model) == {1: {"101": ALERTING, "T1#1": CONNECT}}


def test_a_called_outside_party_goes_by_every_number_it_was_given() -> None:
    model = CallModel()
    play(
        model,
        ("101", initiated(1, "101"), None),
        ("101", originated(1, "101", "967896789"), None),
        ("101", delivered(1, "T1#2", CONNECT, calling="101", called="67896789"), of_station("U1")),
    )
    call = model.calls[1]
    assert call.party("67896789") is call.party("967896789") is call.party("T1#2") is not None


@pytest.mark.parametrize(("called", "state"), [("67896789", INITIATE), ("", CONNECT)])
def test_network_reached(called: str, state: State) -> None:
    """On a trunk that is not ISDN nothing more will come, so the party counts as connected."""
    model = CallModel()
    private = ATTNetworkProgressInfoV7(trunkGroup="8", trunkMember="1")
    play(
        model,
        ("101", originated(1, "101", "867896789"), None),
        ("101", network_reached(1, "T1#2", CONNECT, called=called), private),
    )
    assert states(model) == {1: {"101": CONNECT, "T1#2": state}}
    party = model.calls[1].party("867896789")
    assert party is not None
    assert (party.trunkGroup, party.trunkMember) == ("8", "1")


def test_progress_then_answer() -> None:
    model = CallModel()
    play(
        model,
        ("101", originated(1, "101", "967896789"), None),
        ("101", network_reached(1, "T1#2", CONNECT, called="67896789"), None),
        ("101", established(1, "T1#2", CONNECT, calling="101", called="67896789"), None),
    )
    assert states(model) == {1: {"101": CONNECT, "T1#2": CONNECT}}


def test_a_busy_station_that_was_called_is_no_party() -> None:
    model = CallModel()
    play(model, ("101", originated(1, "101", "102"), None), ("101", failed(1, "102", FAIL, called="102"), None))
    assert states(model) == {1: {"101": FAIL}}
    assert model.connections_of("102") == ()
    assert [(one.callID, one.state) for one in model.connections_of("101")] == [(1, FAIL)]
    (gone,) = play(model, ("101", cleared(1, "101", NULL), None))
    assert gone.idle


def test_an_outside_caller_who_hears_busy_of_a_vector_is_still_there() -> None:
    model = CallModel()
    play(model, ("101", delivered(1, "101", ALERTING, calling="T1#1", called="101"), None))
    play(model, ("101", established(1, "101", CONNECT, calling="T1#1", called="101"), None))
    play(model, ("101", queued(1, "201", CONNECT, calling="T1#1", called="700"), None))
    play(model, ("101", failed(1, "T1#1", CONNECT, called="700"), None))
    assert states(model) == {1: {"T1#1": CONNECT, "101": CONNECT}}


def test_a_conference_that_waits_stays_in_its_queue_when_the_party_it_calls_is_busy() -> None:
    model = CallModel()
    play(
        model,
        ("101", originated(1, "101", "967896789"), None),
        ("101", delivered(1, "T1#2", CONNECT, calling="101", called="67896789"), None),
        ("101", queued(1, "201", CONNECT, calling="101", called="700"), None),
        ("101", failed(1, "T1#2", CONNECT, called="67896789"), None),
    )
    assert states(model) == {1: {"101": CONNECT, "201": QUEUED}}


def test_a_refused_call_fails_at_its_originator() -> None:
    model = CallModel()
    play(model, ("101", initiated(1, "101"), None), ("101", failed(1, "101", FAIL, called="103"), None))
    assert states(model) == {1: {"101": FAIL}}


def test_a_blind_transfer_and_the_answer_after_it() -> None:
    model = CallModel()
    play(model, *incoming_call())
    play(
        model,
        ("101", held(1, "101", HOLD), None),
        ("101", initiated(2, "101"), ATTServiceInitiatedV9(ucid="U2")),
        ("101", originated(2, "101", "102"), None),
        *both(delivered(2, "102", NONE, calling="101", called="102"), CONNECT, ALERTING, of_station("U2")),
    )
    merge = of_merge("U1", trunk=(2, "T2#1", "5", "20"))
    first, second = play(model, *both(transferred(1, 2, "101", "102", NONE, "T2#1", "102"), NULL, ALERTING, merge))
    assert (first.idle, second.idle) == (True, False)
    assert states(model) == {2: {"T2#1": CONNECT, "102": ALERTING}}
    call = model.calls[2]
    assert (call.ucid, set(call.ucids), set(call.formerly)) == ("U1", {"U1", "U2"}, {1})
    assert call.party("60123456") is call.party("T2#1")
    assert model.call(1) is call

    play(model, ("102", established(2, "102", CONNECT, calling="60123456", called="102"), of_station("U1")))
    assert states(model) == {2: {"T2#1": CONNECT, "102": CONNECT}}
    play(model, ("102", cleared(2, "T2#1", CONNECT), None), ("102", cleared(2, "102", NULL), None))
    assert states(model) == {}
    assert model.call(1) is None


def test_the_connection_list_tells_which_call_survives() -> None:
    """ "Usually" it is secondaryOldCall; one client met transfers with the roles swapped."""
    model = CallModel()
    play(model, *incoming_call(), ("101", held(1, "101", HOLD), None), ("101", originated(2, "101", "102"), None))
    play(model, ("101", delivered(2, "102", CONNECT, calling="101", called="102"), of_station("U2")))
    swapped = transferred(2, 1, "101", "102", NULL, "T1#1", "102")
    fold(model, swapped, None, "101")
    assert states(model) == {}
    play(model, ("102", transferred(2, 1, "101", "102", ALERTING, "T1#1", "102"), None))
    assert list(model.calls) == [1]


def test_a_conference_of_a_ringing_party() -> None:
    model = CallModel()
    play(
        model,
        *incoming_call(),
        ("101", held(1, "101", HOLD), None),
        ("101", originated(2, "101", "102"), None),
        *both(delivered(2, "102", NONE, calling="101", called="102"), CONNECT, ALERTING, of_station("U2")),
        *both(
            conferenced(1, 2, "101", "102", NONE, "T2#3", "101", "102"),
            CONNECT,
            ALERTING,
            of_merge("U1", trunk=(2, "T2#3", "5", "20")),
        ),
    )
    assert states(model) == {2: {"T2#3": CONNECT, "101": CONNECT, "102": ALERTING}}
    assert [one.callID for one in model.connections_of("101")] == [2]


def test_whoever_holds_one_of_the_calls_goes_on_holding_the_merged_one() -> None:
    model = CallModel()
    play(model, *internal_call())
    play(model, *both(held(1, "102", NONE), CONNECT, HOLD), *both(held(1, "101", NONE), HOLD, HOLD))
    play(
        model,
        ("101", originated(2, "101", "103"), None),
        ("101", established(2, "103", CONNECT, calling="101", called="103"), None),
        *both(conferenced(1, 2, "101", "103", NONE, "101", "103", "102"), CONNECT, HOLD),
    )
    assert states(model) == {2: {"101": CONNECT, "103": CONNECT, "102": HOLD}}


def test_who_sees_only_the_other_end_of_a_transfer_learns_the_parties_from_the_list() -> None:
    """102 has call 1 with 101, which transfers it to 103, whom nobody monitors."""
    model = CallModel()
    play(model, ("102", established(1, "102", CONNECT, calling="101", called="102"), of_station("U1")))
    play(model, ("102", transferred(1, 2, "101", "103", CONNECT, "102", "103"), of_merge("U1")))
    assert states(model) == {2: {"102": CONNECT, "103": NONE}}
    play(model, ("102", established(2, "103", CONNECT, calling="102", called="103"), of_station("U1")))
    assert states(model) == {2: {"102": CONNECT, "103": CONNECT}}


def test_who_transferred_is_not_taken_for_the_outside_party_that_comes_in() -> None:
    """102 is consulted by 101, of whom only the number is told, and gets the outside caller."""
    model = CallModel()
    play(model, ("102", delivered(2, "102", ALERTING, calling="101", called="102"), of_station("U2")))
    play(model, ("102", transferred(1, 2, "101", "102", ALERTING, "102", "T2#3"), of_merge("U1")))
    outside = model.connection(2, "T2#3")
    assert outside is not None
    assert not outside.answers_to("101")


def test_a_single_step_transfer_keeps_the_call() -> None:
    model = CallModel()
    play(model, *internal_call())
    transfer = transferred(1, 1, "101", "103", NONE, "102", "103")
    outcomes = play(
        model,
        *both(transfer, NULL, CONNECT, of_merge("U1")),
        ("102", delivered(1, "103", CONNECT, calling="102", called="103"), of_station("U1")),
    )
    assert [outcome.idle for outcome in outcomes] == [True, False, False]
    assert states(model) == {1: {"102": CONNECT, "103": ALERTING}}


def test_the_events_of_a_single_step_transfer_in_the_other_order() -> None:
    model = CallModel()
    play(model, *internal_call())
    play(
        model,
        ("102", delivered(1, "103", CONNECT, calling="102", called="103"), of_station("U1")),
        *both(transferred(1, 1, "101", "103", NONE, "102", "103"), NULL, CONNECT, of_merge("U1")),
    )
    assert states(model) == {1: {"102": CONNECT, "103": ALERTING}}


@pytest.mark.parametrize("cause", [Cause.EC_ACTIVE_MONITOR, Cause.EC_SILENT_MONITOR])
def test_a_single_step_conference_adds_a_party(cause: Cause) -> None:
    model = CallModel()
    play(model, *internal_call())
    joined = established(1, "103", CONNECT, calling="101", called="102", cause=cause)
    play(model, ("101", joined, None), ("102", joined, None), ("103", joined, None))
    assert states(model) == {1: {"101": CONNECT, "102": CONNECT, "103": CONNECT}}


def test_an_observer_alone_knows_that_the_others_were_there() -> None:
    model = CallModel()
    joined = established(1, "103", CONNECT, calling="101", called="102", cause=Cause.EC_SILENT_MONITOR)
    play(model, ("103", joined, of_station("U1")))
    assert states(model) == {1: {"103": CONNECT, "101": CONNECT, "102": CONNECT}}
    assert [one.named for one in model.calls[1].parties] == [True, False, False]
    play(model, ("103", held(1, "102", CONNECT), None))
    assert states(model) == {1: {"103": CONNECT, "101": CONNECT, "102": HOLD}}


def test_a_deflected_call_leaves_the_former_device() -> None:
    model = CallModel()
    ringing = internal_call()[:4]
    play(model, *ringing)
    moved = delivered(1, "103", CONNECT, calling="101", called="102", last="102", cause=Cause.EC_REDIRECTED)
    (gone, _) = play(model, ("102", diverted(1, "102", "103"), None), ("101", moved, of_station("U1")))
    assert gone.idle
    assert states(model) == {1: {"101": CONNECT, "103": ALERTING}}


def test_a_deflection_is_told_to_the_caller_by_the_delivered_alone() -> None:
    model = CallModel()
    play(model, *[report for report in internal_call()[:4] if report[0] == "101"])
    moved = delivered(1, "103", CONNECT, calling="101", called="102", last="102", cause=Cause.EC_REDIRECTED)
    play(model, ("101", moved, of_station("U1")))
    assert states(model) == {1: {"101": CONNECT, "103": ALERTING}}


def covered(local: State) -> Any:
    return delivered(1, "103", local, calling="101", called="102", last="102", cause=Cause.EC_CALL_FORWARD_NO_ANSWER)


def test_coverage_leaves_the_principal_ringing() -> None:
    model = CallModel()
    play(model, *internal_call()[:4], *both(covered(NONE), CONNECT, ALERTING, of_station("U1")))
    assert states(model) == {1: {"101": CONNECT, "102": ALERTING, "103": ALERTING}}


@pytest.mark.parametrize("answers", ["102", "103"])
def test_one_answer_ends_all_the_ringing_of_a_covered_call(answers: str) -> None:
    """Seen from 101: nobody tells 101 that the others stop."""
    model = CallModel()
    play(model, *[report for report in internal_call()[:4] if report[0] == "101"])
    play(model, ("101", covered(CONNECT), of_station("U1")))
    answered = established(1, answers, CONNECT, calling="101", called="102", last="102")
    play(model, ("101", answered, of_station("U1")))
    assert states(model) == {1: {"101": CONNECT, answers: CONNECT}}


def test_a_manual_pickup_ends_the_ringing_elsewhere() -> None:
    model = CallModel()
    play(model, *[report for report in internal_call()[:4] if report[0] == "101"])
    picked = established(1, "105", CONNECT, calling="101", called="102", last="102", cause=Cause.EC_CALL_PICKUP)
    play(model, ("101", picked, of_station("U1")))
    assert states(model) == {1: {"101": CONNECT, "105": CONNECT}}


def test_a_queued_call_leaves_its_queues_when_an_agent_gets_it() -> None:
    model = CallModel()
    play(
        model,
        ("700", delivered(1, "700", NONE, calling="60123456", called="700"), of_domain("U1")),
        ("700", queued(1, "201", NONE, calling="60123456", called="700"), None),
        ("700", queued(1, "202", NONE, calling="60123456", called="700"), None),
    )
    assert states(model) == {1: {"201": QUEUED, "202": QUEUED, "60123456": CONNECT}}
    arrived = delivered(1, "101", NONE, calling="60123456", called="700", last="700", cause=Cause.EC_REDIRECTED)
    play(model, ("700", arrived, of_station("U1", split="201")))
    assert states(model) == {1: {"60123456": CONNECT, "101": ALERTING}}
    assert model.calls[1].split == "201"


def test_a_converse_port_leaves_the_call_in_its_queues() -> None:
    model = CallModel()
    play(
        model,
        ("707", delivered(1, "707", NONE, calling="60123456", called="707"), of_domain("U1")),
        ("707", queued(1, "201", NONE, calling="60123456", called="707"), None),
    )
    in_queue = ATTDeliveredV7(
        deliveredType=ATTDeliveredType.DELIVERED_TO_STATION, reason=ATTReasonCode.AR_IN_QUEUE, ucid="U1"
    )
    play(model, ("707", delivered(1, "120", NONE, calling="60123456", called="707"), in_queue))
    assert states(model)[1]["201"] is QUEUED


def test_a_vdn_is_no_party_even_without_private_data() -> None:
    model = CallModel()
    play(model, ("700", delivered(1, "700", NONE, calling="60123456", called="700"), None))
    assert states(model) == {1: {"60123456": CONNECT}}


def test_returned_by_redirection_on_no_answer() -> None:
    model = CallModel()
    play(
        model,
        ("700", delivered(1, "101", NONE, calling="60123456", called="700"), of_station("U1")),
        ("101", delivered(1, "101", ALERTING, calling="60123456", called="700"), of_station("U1")),
    )
    back = replace(queued(1, "201", NONE, calling="60123456", called="700"), lastRedirectionDevice=provided("101"))
    (_, gone) = play(model, ("700", back, None), ("101", diverted(1, "101", "201"), None))
    assert gone.idle
    assert states(model) == {1: {"60123456": CONNECT, "201": QUEUED}}


def test_a_call_that_leaves_a_vdn_for_another_is_let_go() -> None:
    model = CallModel()
    play(model, ("709", delivered(1, "709", NONE, calling="60123456", called="709"), of_domain("U1")))
    play(
        model,
        ("709", diverted(1, "709", "700", NONE), None),
        ("700", delivered(1, "700", NONE, calling="60123456", called="709", last="709"), of_domain("U1")),
    )
    assert model.calls[1].watchers == {"700"}
    play(model, ("700", call_cleared(1), None))
    assert states(model) == {}


def test_call_cleared_leaves_the_last_word_to_the_stations() -> None:
    model = CallModel()
    play(model, *internal_call(), ("call:1", held(1, "102", NONE), None))
    (over, gone, other) = play(
        model,
        ("call:1", call_cleared(1), None),
        ("101", cleared(1, "101", NULL), None),
        ("102", cleared(1, "102", NULL), None),
    )
    assert (over.idle, gone.idle, other.idle) == (False, True, True)
    assert states(model) == {}


def test_call_cleared_of_an_id_that_merged() -> None:
    model = CallModel()
    play(model, *incoming_call(), ("call:1", held(1, "101", NONE), None), ("101", originated(2, "101", "102"), None))
    play(
        model,
        ("101", established(2, "102", CONNECT, calling="101", called="102"), None),
        ("call:1", transferred(1, 2, "101", "102", NONE, "T2#1", "102"), of_merge("U1")),
        ("102", transferred(1, 2, "101", "102", CONNECT, "T2#1", "102"), of_merge("U1")),
        ("call:1", call_cleared(1, Cause.EC_TRANSFER), None),
        ("101", transferred(1, 2, "101", "102", NULL, "T2#1", "102"), of_merge("U1")),
    )
    assert states(model) == {2: {"T2#1": CONNECT, "102": CONNECT}}
    assert model.calls[2].watchers == {"102", "call:1"}, "a monitor that came by with one id goes on with the other"


def test_another_ucid_on_a_known_id_is_a_new_call() -> None:
    model = CallModel()
    play(model, *internal_call())
    play(model, ("102", delivered(1, "102", ALERTING, calling="103", called="102"), of_station("U9")))
    assert states(model) == {1: {"102": ALERTING, "103": CONNECT}}
    assert model.calls[1].ucids == {"U9"}


def test_dial_tone_on_a_known_id_is_a_new_call_even_without_ucid() -> None:
    model = CallModel()
    play(model, *[(monitored, event, None) for monitored, event, _ in internal_call()])
    fold(model, initiated(1, "103"), None, "103")
    assert states(model) == {1: {"103": INITIATE}}


def test_a_monitor_that_started_during_a_call() -> None:
    model = CallModel()
    play(model, ("101", held(1, "102", CONNECT), None))
    assert states(model) == {1: {"102": HOLD, "101": CONNECT}}
    outcomes = play(
        model,
        ("101", retrieved(1, "102", CONNECT), None),
        ("101", cleared(1, "102", CONNECT), None),
        ("101", cleared(1, "101", NULL), None),
    )
    assert [outcome.idle for outcome in outcomes] == [False, False, True]


def test_a_lost_report_is_noted_and_the_reported_state_adopted() -> None:
    model = CallModel()
    play(model, *internal_call()[:4])
    outcome = fold(model, held(1, "102", HOLD), None, "102")
    assert [str(note) for note in outcome.notes] == [
        "call 1: 102 in CS_ALERTING cannot hold; CS_HOLD adopted",
    ]
    outcome = fold(model, held(1, "101", ALERTING), None, "102")
    assert [str(note) for note in outcome.notes] == [
        "call 1: 102 in CS_HOLD was reported otherwise; CS_ALERTING adopted",
    ]
    assert states(model) == {1: {"101": HOLD, "102": ALERTING}}


@pytest.mark.parametrize(
    "end",
    [
        cleared(1, "101", NONE),
        diverted(1, "101", "103", NONE),
        transferred(1, 2, "101", "103", NONE, "102", "103"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_a_server_that_gives_no_local_states_tells_the_end_all_the_same(end: Any) -> None:
    model = CallModel()
    begun: list[Report] = [
        ("101", delivered(1, "101", NONE, calling="102", called="101"), None),
        ("101", established(1, "101", NONE, calling="102", called="101"), None),
        ("101", cleared(7, "101", NONE), None),  # of a call before
    ]
    assert not any(outcome.idle for outcome in play(model, *begun))
    assert states(model) == {1: {"101": CONNECT, "102": CONNECT}}
    assert [outcome.idle for outcome in play(model, ("101", end, None))] == [True]
    assert (states(model), model.is_watching("101")) == ({}, False)


def test_a_device_that_is_on_the_call_once_more_stays_where_no_local_state_is_told() -> None:
    model = CallModel()
    for one in ("101#1", "101#3"):
        joined = established(1, one, NONE, calling="102", called="101", cause=Cause.EC_ACTIVE_MONITOR)
        fold(model, joined, None, "101")
    [outcome] = play(model, ("101", cleared(1, "101#3", NONE), None))
    assert not outcome.idle
    assert "101#1" in states(model)[1]


def test_an_unknown_local_state_is_kept() -> None:
    model = CallModel()
    fold(model, held(1, "102", State(17)), None, "101")
    assert model.connections_of("101")[0].state == 17


def test_what_is_not_about_a_call_changes_nothing() -> None:
    model = CallModel()
    assert fold(model, system.SysStatStop(), None, "") == Folded()
    assert model.happenings == 0


def test_an_ended_monitor_is_forgotten() -> None:
    model = CallModel()
    play(model, *internal_call())
    model.forget_watcher("101")
    assert states(model) == {1: {"101": CONNECT, "102": CONNECT}}
    model.forget_watcher("102")
    assert states(model) == {}
    assert not model.is_watching("102")


def test_a_device_that_is_on_a_call_twice_has_dynamic_ids() -> None:
    model = CallModel()
    play(model, ("101", established(1, "101#3", CONNECT, calling="102", called="101"), of_station("U1")))
    own = model.connections_of("101")
    assert [(one.deviceID, one.state) for one in own] == [("101#3", CONNECT)]


def test_a_converse_port_that_was_waited_for_ends_the_waiting_for_it_alone() -> None:
    model = CallModel()
    play(
        model,
        ("705", delivered(1, "705", NONE, calling="60123456", called="705"), of_domain("U1")),
        ("705", queued(1, "201", NONE, calling="60123456", called="705"), None),
        ("705", queued(1, "204", NONE, calling="60123456", called="705"), None),
    )
    port = ATTDeliveredV7(
        deliveredType=ATTDeliveredType.DELIVERED_TO_STATION,
        reason=ATTReasonCode.AR_IN_QUEUE,
        split="204",
        ucid="U1",
    )
    play(model, ("705", delivered(1, "120", NONE, calling="60123456", called="705"), port))
    assert states(model) == {1: {"60123456": CONNECT, "201": QUEUED, "120": ALERTING}}


def test_a_call_that_is_sent_back_to_where_it_rang_rings_there() -> None:
    model = CallModel()
    again = delivered(1, "101", ALERTING, calling="60123456", called="700", last="101", cause=Cause.EC_REDIRECTED)
    play(
        model,
        ("700", delivered(1, "700", NONE, calling="60123456", called="700"), of_domain("U1")),
        ("101", delivered(1, "101", ALERTING, calling="60123456", called="700"), of_station("U1")),
        ("101", diverted(1, "101", "201"), None),
        ("101", again, of_station("U1")),
        ("700", replace(again, localConnectionInfo=NONE), of_station("U1")),
    )
    assert states(model) == {1: {"60123456": CONNECT, "101": ALERTING}}


def two_outside() -> list[Report]:
    """Two people outside are on calls of 101, one of them held."""
    private = of_station("U2", group="5", member="21")
    return [
        *incoming_call(),
        ("101", held(1, "101", HOLD), None),
        ("101", delivered(2, "101", ALERTING, calling="60999999", called="101"), private),
        ("101", established(2, "101", CONNECT, calling="60999999", called="101"), None),
    ]


def test_outside_parties_are_told_apart_by_their_trunks_when_their_calls_become_one() -> None:
    model = CallModel()
    event = conferenced(1, 2, "101", "60999999", CONNECT, "101", "T2#3", "T2#4")
    play(model, *two_outside(), ("101", event, of_merge("U1", a=(2, "T2#3", "5", "20"), b=(2, "T2#4", "5", "21"))))
    known = [(one.deviceID, name) for one in model.calls[2].parties for name in one.names if name.startswith("60")]
    assert known == [("T2#3", "60123456"), ("T2#4", "60999999")]


def test_outside_parties_that_nobody_can_tell_apart_have_the_state_that_both_had() -> None:
    model = CallModel()
    play(model, *two_outside(), ("101", conferenced(1, 2, "101", "60999999", CONNECT, "101", "T2#3", "T2#4"), None))
    assert states(model) == {2: {"101": CONNECT, "T2#3": CONNECT, "T2#4": CONNECT}}


def test_a_call_that_waits_in_a_queue_waits_there_after_a_conference() -> None:
    model = CallModel()
    play(
        model,
        *incoming_call(),
        ("101", held(1, "101", HOLD), None),
        ("101", originated(2, "101", "700"), None),
        ("101", queued(2, "201", CONNECT, calling="101", called="700"), None),
        ("101", conferenced(1, 2, "101", "201", CONNECT, "101", "T2#3"), of_merge("U1")),
    )
    assert states(model) == {2: {"101": CONNECT, "T2#3": CONNECT, "201": QUEUED}}


def test_where_the_held_call_survives_the_controller_is_active_in_it() -> None:
    model = CallModel()
    event = replace(
        conferenced(1, 2, "101", "102", CONNECT), conferenceConnections=reports.listing(1, "101", "T1#1", "102")
    )
    outcomes = play(
        model,
        *incoming_call(),
        ("101", held(1, "101", HOLD), None),
        ("101", originated(2, "101", "102"), None),
        ("101", established(2, "102", CONNECT, calling="101", called="102"), None),
        ("101", event, of_merge("U1")),
    )
    assert states(model) == {1: {"101": CONNECT, "T1#1": CONNECT, "102": CONNECT}}
    assert outcomes[-1].notes == (), "that is no surprise"


def test_a_call_is_found_by_every_name_that_it_has_had_however_often_it_merged() -> None:
    model = CallModel()
    play(
        model,
        *two_outside(),
        ("101", conferenced(1, 2, "101", "60999999", CONNECT, "101", "T2#3", "T2#4"), None),
        ("101", held(2, "101", HOLD), None),
        ("101", originated(3, "101", "102"), None),
        ("101", established(3, "102", CONNECT, calling="101", called="102"), of_station("U3")),
        ("101", conferenced(2, 3, "101", "102", CONNECT, "101", "T3#3", "T3#4", "102"), None),
    )
    assert [model.call(callID) is model.calls[3] for callID in (1, 2, 3)] == [True, True, True]
    assert model.calls[3].formerly == {1, 2}
    assert {"U1", "U2"} <= model.calls[3].ucids
