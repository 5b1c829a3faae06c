"""Calls: identifiers, limits, refusals that change nothing, second calls and conferences."""

from typing import Any

import pytest

from ivrsvr.backends.simulator.people import PeopleError
from ivrsvr.csta.call import (
    AlternateCall,
    AnswerCall,
    ClearCall,
    ConferenceCall,
    ConsultationCall,
    DeflectCall,
    HoldCall,
    MakeCall,
    RetrieveCall,
    TransferCall,
)
from ivrsvr.csta.enums import ConnectionIDDevice
from ivrsvr.csta.errors import CSTAUniversalFailure as Failure
from ivrsvr.csta.private.call import ATTSelectiveListeningHold, ATTSelectiveListeningRetrieve, ATTSendDTMFToneV5
from ivrsvr.csta.private.query import ATTQueryTg, ATTQueryUcid
from ivrsvr.csta.system import EscapeSvc
from ivrsvr.csta.types import ConnectionID
from tests.backends.simulator.switch.rig import Rig


def at(callID: int, device: str) -> ConnectionID:
    return ConnectionID(callID, device)


def test_a_call_id_rests_for_a_minute_before_it_is_used_again() -> None:
    rig = Rig({"system": {"callIdFirst": 1, "callIdLast": 2}})
    for callID in (1, 2):
        assert rig.call("101", "102") == callID
        rig.clear(callID, "101")
    make = MakeCall(callingDevice="101", calledDevice="102")
    assert rig.refused(make) is Failure.GENERIC_SYSTEM_RESOURCE_AVAILABILITY
    rig.clock.advance(59.9)
    assert rig.refused(make) is Failure.GENERIC_SYSTEM_RESOURCE_AVAILABILITY
    rig.clock.advance(0.1)
    assert rig.call("101", "102") == 1


def test_every_call_has_a_ucid_of_node_sequence_and_time() -> None:
    rig = Rig({"system": {"ucidNodeId": 7}})
    ucids = []
    for called in ("102", "103"):
        callID = rig.call("101", called, answered=True)
        ucids.append(rig.confirmed(EscapeSvc(), ATTQueryUcid(call=ConnectionID(callID))).private.ucid)
        rig.hold(callID, "101")
    assert ucids == ["00007000011458770400", "00007000021458770400"]


def test_outgoing_calls_take_the_lowest_free_member_and_give_it_back() -> None:
    rig = Rig({"trunkGroups": {"5": {"busy": ["1"]}}})
    first = rig.call("101", "967896789")
    second = rig.call("102", "967896789")
    query = (EscapeSvc(), ATTQueryTg(device="405"))
    assert (rig.confirmed(*query).private.idleTrunks, rig.confirmed(*query).private.usedTrunks) == (0, 3)
    third = rig.call("103", "967896789")
    assert rig.events("103")[-1] == "Failed"
    assert rig.states(third) == {"103": "CS_CONNECT"}
    rig.clear(first, "101")
    assert rig.confirmed(*query).private.idleTrunks == 1
    assert rig.states(second) == {"102": "CS_CONNECT", f"T{second}#2": "CS_INITIATE"}


@pytest.mark.parametrize(
    ("destination", "error"),
    [("", Failure.OBJECT_NOT_KNOWN), ("1" * 33, Failure.VALUE_OUT_OF_RANGE), ("1o2", Failure.VALUE_OUT_OF_RANGE)],
)
def test_a_destination_that_nobody_could_dial_is_refused_before_a_call_exists(destination: str, error: Failure) -> None:
    rig = Rig()
    assert rig.refused(MakeCall(callingDevice="101", calledDevice=destination)) is error
    assert rig.switch.core.calls == {}
    assert rig.events() == []


def test_a_station_that_calls_itself_is_on_the_call_twice_with_dynamic_ids() -> None:
    rig = Rig()
    callID = rig.call("101", "101")
    assert rig.states(callID) == {"101#1": "CS_CONNECT", "101#2": "CS_ALERTING"}
    rig.people.hangup("101")
    assert rig.states(callID) == {}


def test_answering_twice_is_confirmed_twice_and_reported_once() -> None:
    rig = Rig()
    callID = rig.call("101", "102", answered=True)
    rig.events()
    rig.confirmed(AnswerCall(alertingCall=at(callID, "102")))
    assert rig.events() == []


def test_a_ringing_set_that_is_not_lifted_is_not_answered() -> None:
    rig = Rig()
    callID = rig.call("101", "110")
    outcomes = rig.ask(AnswerCall(alertingCall=at(callID, "110")))
    assert outcomes == []
    rig.clock.advance(5)
    assert [outcome.error for outcome in outcomes] == [Failure.GENERIC_STATE_INCOMPATIBILITY]  # type: ignore[union-attr]
    assert rig.states(callID)["110"] == "CS_ALERTING"


def test_lifting_the_set_answers_for_the_waiting_request() -> None:
    rig = Rig()
    callID = rig.call("101", "110")
    outcomes = rig.ask(AnswerCall(alertingCall=at(callID, "110")))
    rig.people.lift("110")
    assert len(outcomes) == 1
    assert rig.states(callID)["110"] == "CS_CONNECT"


def test_the_request_that_waits_for_the_handset_hears_of_it_when_the_caller_gives_up() -> None:
    rig = Rig()
    callID = rig.call("101", "110")
    outcomes = rig.ask(AnswerCall(alertingCall=at(callID, "110")))
    rig.clear(callID, "101")
    assert [outcome.error for outcome in outcomes] == [Failure.NO_CALL_TO_ANSWER]  # type: ignore[union-attr]


def test_a_third_call_needs_a_third_appearance() -> None:
    rig = Rig({"stations": {"101": {"callAppearances": 2}}})
    first = rig.call("101", "102", answered=True)
    rig.hold(first, "101")
    second = rig.call("101", "103", answered=True)
    consult = ConsultationCall(activeCall=at(second, "101"), calledDevice="104")
    assert rig.refused(consult) is Failure.RESOURCE_BUSY
    assert rig.states(second) == {"101": "CS_CONNECT", "103": "CS_CONNECT"}


def test_a_consulted_call_is_transferred_with_the_ucid_of_the_first() -> None:
    rig = Rig()
    first = rig.call("101", "102", answered=True)
    confirmation = rig.confirmed(ConsultationCall(activeCall=at(first, "101"), calledDevice="103"))
    second = confirmation.pdu.newCall.callID
    rig.people.answer("103")
    transfer = rig.confirmed(TransferCall(heldCall=at(first, "101"), activeCall=at(second, "101")))
    assert transfer.private.ucid == "00001000011458770400"
    assert rig.states(first) == {}
    assert rig.states(second) == {"103": "CS_CONNECT", "102": "CS_CONNECT"}


def test_six_parties_make_a_conference_and_the_seventh_is_refused_without_a_change() -> None:
    rig = Rig()
    conference = rig.call("101", "102", answered=True)
    for number in ("103", "104", "105", "106"):
        consult = rig.confirmed(ConsultationCall(activeCall=at(conference, "101"), calledDevice=number))
        second = consult.pdu.newCall.callID
        rig.people.answer(number)
        rig.confirmed(ConferenceCall(heldCall=at(conference, "101"), activeCall=at(second, "101")))
        conference = second
    assert len(rig.states(conference)) == 6
    consult = rig.confirmed(ConsultationCall(activeCall=at(conference, "101"), calledDevice="107"))
    second = consult.pdu.newCall.callID
    rig.people.answer("107")
    before = (rig.states(conference), rig.states(second))
    merge = ConferenceCall(heldCall=at(conference, "101"), activeCall=at(second, "101"))
    assert rig.refused(merge) is Failure.CONFERENCE_MEMBER_LIMIT_EXCEEDED
    assert (rig.states(conference), rig.states(second)) == before


def test_the_far_end_of_a_transfer_may_hold_its_side_and_confer_it_on() -> None:
    rig = Rig()
    first = rig.call("101", "102", answered=True)
    rig.hold(first, "101")
    rig.hold(first, "102")
    second = rig.call("101", "103", answered=True)
    third = rig.call("102", "104", answered=True)
    merged = rig.confirmed(TransferCall(heldCall=at(first, "101"), activeCall=at(second, "101")))
    assert merged.pdu.newCall == at(second, "102")
    rig.confirmed(ConferenceCall(heldCall=at(second, "102"), activeCall=at(third, "102")))
    assert rig.states(third) == {"102": "CS_CONNECT", "104": "CS_CONNECT", "103": "CS_CONNECT"}


def test_two_outside_parties_are_not_transferred_to_each_other_by_default() -> None:
    rig = Rig()
    incoming = rig.people.call_in("60123", "101")
    rig.people.answer("101")
    consult = rig.confirmed(ConsultationCall(activeCall=at(incoming.callID, "101"), calledDevice="967896789"))
    second = consult.pdu.newCall.callID
    rig.people.party(f"T{second}", "answer")
    transfer = TransferCall(heldCall=at(incoming.callID, "101"), activeCall=at(second, "101"))
    assert rig.refused(transfer) is Failure.GENERIC_STATE_INCOMPATIBILITY


def test_an_outside_party_keeps_answering_to_its_first_name_after_a_transfer() -> None:
    rig = Rig()
    incoming = rig.people.call_in("60123", "101")
    rig.people.answer("101")
    consult = rig.confirmed(ConsultationCall(activeCall=at(incoming.callID, "101"), calledDevice="102"))
    second = consult.pdu.newCall.callID
    rig.people.answer("102")
    rig.confirmed(TransferCall(heldCall=at(incoming.callID, "101"), activeCall=at(second, "101")))
    rig.people.party(incoming.party, "hangup")
    assert rig.states(second) == {}


def test_a_deflection_that_is_refused_leaves_the_call_ringing() -> None:
    rig = Rig({"stations": {"103": {"callAppearances": 1}}})
    rig.call("103", "104", answered=True)
    callID = rig.call("101", "102")
    for destination, error in (("103", Failure.RESOURCE_BUSY), ("199", Failure.INVALID_DESTINATION)):
        deflect = DeflectCall(deflectCall=at(callID, "102"), calledDevice=destination)
        assert rig.refused(deflect) is error
    assert rig.states(callID) == {"101": "CS_CONNECT", "102": "CS_ALERTING"}


def test_alternate_answers_a_ringing_call() -> None:
    rig = Rig()
    first = rig.call("101", "102", answered=True)
    second = rig.call("103", "101")
    rig.confirmed(AlternateCall(activeCall=at(first, "101"), otherCall=at(second, "101")))
    assert rig.states(first)["101"] == "CS_HOLD"
    assert rig.states(second)["101"] == "CS_CONNECT"


def test_dynamic_ids_of_outside_parties_are_refused_where_a_station_is_meant() -> None:
    rig = Rig()
    incoming = rig.people.call_in("60123", "101")
    rig.people.answer("101")
    outside = ConnectionID(incoming.callID, incoming.party, ConnectionIDDevice.DYNAMIC_ID)
    for request in (HoldCall(activeCall=outside), RetrieveCall(heldCall=outside), AnswerCall(alertingCall=outside)):
        assert rig.refused(request) is Failure.MISTYPED_ARGUMENT_REJECTION


@pytest.mark.parametrize("tones", ["", "12x", "é"])
def test_tones_that_no_key_makes_are_refused(tones: str) -> None:
    rig = Rig()
    callID = rig.call("101", "102", answered=True)
    request = ATTSendDTMFToneV5(sender=at(callID, "101"), tones=tones)
    assert rig.refused(EscapeSvc(), request) is Failure.VALUE_OUT_OF_RANGE


def test_an_outside_party_hears_32_tones_at_most() -> None:
    rig = Rig()
    incoming = rig.people.call_in("60123", "101")
    rig.people.answer("101")
    rig.confirmed(EscapeSvc(), ATTSendDTMFToneV5(sender=at(incoming.callID, "101"), tones="1" * 40))
    assert rig.switch.core.outside[incoming.party].heard == "1" * 32


def test_clearing_a_call_clears_everybody_and_frees_the_trunk() -> None:
    rig = Rig()
    incoming = rig.people.call_in("60123", "101")
    rig.people.answer("101")
    rig.events()
    rig.confirmed(ClearCall(call=ConnectionID(incoming.callID)))
    assert rig.events("101") == ["ConnectionCleared", "ConnectionCleared"]
    assert rig.switch.core.outside == {}
    assert rig.switch.core.trunks["5"].free == [1, 2, 3]


def test_a_station_that_goes_out_of_service_loses_its_calls() -> None:
    rig = Rig()
    callID = rig.call("101", "102", answered=True)
    rig.people.station_service("102", "out")
    assert rig.states(callID) == {}
    assert rig.refused(MakeCall(callingDevice="102", calledDevice="101")) is Failure.INVALID_CALLING_DEVICE


def test_a_hand_that_cannot_do_it_says_why() -> None:
    rig = Rig()
    with pytest.raises(PeopleError, match="no ringing call"):
        rig.people.answer("101")
    with pytest.raises(PeopleError, match="no station '999'"):
        rig.people.lift("999")
    with pytest.raises(PeopleError, match="member 9 "):
        rig.people.call_in("60123", "101", "5", "9")


def test_no_timer_is_left_when_every_call_is_over() -> None:
    rig = Rig({"stations": {"102": {"coveragePath": "1"}}, "coveragePaths": {"1": {"points": ["103"]}}})
    callID = rig.call("101", "102")
    rig.clear(callID, "101")
    assert rig.clock.next_when() is None


def test_a_lost_link_restores_what_selective_listening_kept_from_a_party() -> None:
    rig = Rig()
    callID = rig.call("101", "102", answered=True)
    listening: dict[str, Any] = {"subjectConnection": at(callID, "101"), "allParties": True}
    rig.confirmed(EscapeSvc(), ATTSelectiveListeningHold(**listening))
    rig.switch.link_lost()
    assert rig.refused(EscapeSvc(), ATTSelectiveListeningRetrieve(**listening)) is Failure.INVALID_OBJECT_STATE
