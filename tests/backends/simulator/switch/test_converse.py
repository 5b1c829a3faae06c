"""Calls in vector processing that somebody wants to pass on: a converse-on port, a caller, two vectors at once."""

from typing import Any

import pytest

from ivrsvr.backends.simulator.people import PeopleError
from ivrsvr.csta.call import ConsultationCall, DeflectCall, TransferCall
from ivrsvr.csta.enums import ParticipationType
from ivrsvr.csta.errors import CSTAUniversalFailure as Failure
from ivrsvr.csta.events import Delivered
from ivrsvr.csta.private.call import ATTSingleStepConferenceCall, ATTSingleStepTransferCall
from ivrsvr.csta.system import EscapeSvc
from ivrsvr.csta.types import ConnectionID
from tests.backends.simulator.switch.rig import Rig

QUEUE = {"step": "queue-to", "skill": "201", "priority": "medium"}
CONVERSE = {"step": "converse-on", "skill": "202", "priority": "medium"}
WAIT = {"step": "wait", "seconds": 600, "hearing": "music"}
PORT = "105"


def rig_with_port(*steps: dict[str, Any]) -> Rig:
    """Nobody answers 201; a voice port of 202 is at 105."""
    rig = Rig(
        {
            "agents": {"599": {"password": "1", "skills": {"202": 1}}},
            "vdns": {"700": {"vector": list(steps)}},
            "pickupGroups": {"1": {"members": [PORT, "106"]}},
        }
    )
    rig.people.agent("599", at=PORT, login=True, mode="AUTO_IN")
    return rig


def test_a_port_may_not_pass_on_the_call_that_is_lent_to_it() -> None:
    rig = rig_with_port(QUEUE, CONVERSE, WAIT)
    lent = rig.people.call_in("60123", "700").callID
    ringing = ConnectionID(lent, PORT)
    assert rig.refused(DeflectCall(deflectCall=ringing, calledDevice="103")) is Failure.INVALID_OBJECT_STATE
    with pytest.raises(PeopleError, match="vector processing"):
        rig.people.pickup("106")
    rig.people.answer(PORT)
    single_step = ATTSingleStepTransferCall(activeCall=ringing, transferredTo="103")
    assert rig.refused(EscapeSvc(), single_step) is Failure.GENERIC_STATE_INCOMPATIBILITY
    with pytest.raises(PeopleError, match="vector processing"):
        rig.people.park(PORT)
    asked = rig.confirmed(ConsultationCall(activeCall=ringing, calledDevice="103")).pdu.newCall
    rig.people.answer("103")
    transfer = TransferCall(heldCall=ringing, activeCall=asked)
    assert rig.refused(transfer) is Failure.GENERIC_STATE_INCOMPATIBILITY
    assert rig.states(lent)["201"] == "CS_QUEUED"


def test_a_call_that_a_vector_only_lends_is_not_parked() -> None:
    rig = rig_with_port(CONVERSE, WAIT)
    rig.people.call_in("60123", "700")
    rig.people.answer(PORT)
    with pytest.raises(PeopleError, match="vector processing"):
        rig.people.park(PORT)


def test_of_two_vectors_that_merge_one_goes_on() -> None:
    rig = rig_with_port(QUEUE, WAIT, {"step": "disconnect", "announcement": ""})
    held = rig.call("101", "700")
    listener = ATTSingleStepConferenceCall(
        activeCall=ConnectionID(held, "101"), deviceToBeJoin="102", participationType=ParticipationType.PT_SILENT
    )
    rig.confirmed(EscapeSvc(), listener)
    second = rig.confirmed(ConsultationCall(activeCall=ConnectionID(held, "101"), calledDevice="700")).pdu.newCall
    rig.people.conference("101")
    assert sorted(rig.states(second.callID)) == ["101", "102", "201"]
    rig.clock.advance(600)
    assert rig.states(second.callID) == {}
    assert rig.clock.next_when() is None


def test_a_call_that_comes_back_from_the_queue_names_who_was_left_in_it() -> None:
    rig = rig_with_port(QUEUE, WAIT)
    talk = rig.people.call_in("60999", "101").callID
    rig.people.answer("101")
    rig.people.hold("101")
    waiting = rig.call("101", "700")
    rig.people.hold("101")
    rig.people.retrieve("101", talk)
    asked = TransferCall(heldCall=ConnectionID(waiting, "101"), activeCall=ConnectionID(talk, "101"))
    assert rig.confirmed(asked).pdu.newCall.callID == talk
    rig.reports.clear()
    rig.people.agent("12346", at="102", login=True, mode="AUTO_IN")
    (told,) = [report.event for report in rig.reports if isinstance(report.event, Delivered)]
    assert told.connection == ConnectionID(talk, "102")
    assert told.callingDevice.deviceID == "60999"
    assert rig.states(waiting) == {}


def test_an_announcement_alone_is_no_call() -> None:
    rig = rig_with_port(WAIT)
    heard = rig.call("101", "801")
    away = ATTSingleStepTransferCall(activeCall=ConnectionID(heard, "101"), transferredTo="801")
    assert rig.refused(EscapeSvc(), away) is Failure.INVALID_OBJECT_STATE
    again = rig.confirmed(ConsultationCall(activeCall=ConnectionID(heard, "101"), calledDevice="801")).pdu.newCall
    rig.people.transfer("101")
    assert rig.states(again.callID) == {}
    assert not rig.switch.core.calls


def test_a_dead_phone_is_not_lifted() -> None:
    rig = Rig()
    rig.people.station_service("101", "out")
    with pytest.raises(PeopleError, match="out of service"):
        rig.people.lift("101")
    with pytest.raises(PeopleError, match="out of service"):
        rig.people.pickup("101", "102")
    assert not rig.switch.core.calls
