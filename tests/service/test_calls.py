"""Which service of the switch a request becomes, and which call it means."""

import pytest

from ivrsvr.backends.base import Confirmation
from ivrsvr.csta import call
from ivrsvr.csta.enums import UUIProtocolType
from ivrsvr.csta.errors import CstaFailure
from ivrsvr.csta.private.call import ATTSendDTMFToneConf, ATTSendDTMFToneV5
from ivrsvr.csta.system import EscapeSvcConf
from ivrsvr.csta.types import ConnectionID
from ivrsvr.service.errors import CALL_GONE, Own
from tests.service.fake import F, FakeBackend, code, house, on_loop

TALKING = {"101": {48: "connect"}}
CONSULTING = {"101": {48: "hold", 49: "connect"}}


@on_loop
async def test_makecall() -> None:
    async with house() as it:
        answer = await it.ask("makecall", destination="67896789", data="hello world")
        assert list(answer.items()) == [
            ("msgtype", "response"),
            ("id", "7"),
            ("result", "success"),
            ("callid", "48"),
            ("ucid", "00001000481428289124"),
        ]
        assert it.switch.asked == [call.MakeCall(callingDevice="101", calledDevice="67896789")]
        private = it.switch.privates[0]
        assert (private.userInfo.type, private.userInfo.data) == (UUIProtocolType.UUI_IA5_ASCII, b"hello world")


@pytest.mark.parametrize(
    ("name", "calls", "asked"),
    [
        ("hold", TALKING, call.HoldCall(activeCall=ConnectionID(48, "101"))),
        ("hangup", TALKING, call.ClearConnection(call=ConnectionID(48, "101"))),
        ("hangup", {"101": {48: "hold", 49: "fail"}}, call.ClearConnection(call=ConnectionID(49, "101"))),
        ("hangup", {"101": {48: "initiate"}}, call.ClearConnection(call=ConnectionID(48, "101"))),
        ("retrieve", {"101": {48: "hold"}}, call.RetrieveCall(heldCall=ConnectionID(48, "101"))),
        ("answer", {"101": {48: "hold", 50: "alert"}}, call.AnswerCall(alertingCall=ConnectionID(50, "101"))),
        (
            "alternate",
            CONSULTING,
            call.AlternateCall(activeCall=ConnectionID(49, "101"), otherCall=ConnectionID(48, "101")),
        ),
        (
            "reconnect",
            CONSULTING,
            call.ReconnectCall(activeCall=ConnectionID(49, "101"), heldCall=ConnectionID(48, "101")),
        ),
        ("clearcall", TALKING, call.ClearCall(call=ConnectionID(48, "101"))),
    ],
)
@on_loop
async def test_the_call_in_the_right_state_is_found(name: str, calls: dict[str, dict[int, str]], asked: object) -> None:
    async with house(FakeBackend(calls=calls)) as it:
        assert (await it.ask(name))["result"] == "success"
        assert it.switch.services() == [asked]


@pytest.mark.parametrize(
    ("name", "calls", "failure"),
    [
        ("hold", {}, F.NO_ACTIVE_CALL),
        ("hold", {48: "alert"}, F.NO_ACTIVE_CALL),
        ("retrieve", {48: "connect"}, F.NO_HELD_CALL),
        ("answer", {48: "connect"}, F.NO_CALL_TO_ANSWER),
        ("hangup", {48: "hold"}, F.NO_CONNECTION_TO_CLEAR),
        ("clearcall", {}, F.NO_ACTIVE_CALL),
        ("alternate", {48: "connect"}, F.NO_HELD_CALL),
        ("alternate", {48: "hold"}, F.NO_ACTIVE_CALL),
        ("reconnect", {48: "connect"}, F.NO_HELD_CALL),
        ("transfer", {}, F.NO_ACTIVE_CALL),
        ("transfer", {48: "connect"}, F.NO_HELD_CALL),
        ("conference", {48: "hold"}, F.NO_ACTIVE_CALL),
        ("deflectcall", {48: "connect"}, F.INVALID_OBJECT_STATE),
        ("pickupcall", {}, F.INVALID_OBJECT_STATE),
        ("consultation", {}, F.NO_ACTIVE_CALL),
        ("dtmf", {48: "hold"}, F.INVALID_OBJECT_STATE),
    ],
)
@on_loop
async def test_without_a_fitting_call_it_is_refused_here(name: str, calls: dict[int, str], failure: F) -> None:
    keys = {"dtmf": {"dtmf": "1"}, "consultation": {"destination": "102"}}.get(name, {})
    if name in ("deflectcall", "pickupcall"):
        keys = {"destination": "102"}
    async with house(FakeBackend(calls={"101": calls})) as it:
        answer = await it.ask(name, **keys)
        assert code(answer) == failure
        assert answer["error"].startswith(f"{failure.name}: extension 101 has no ")
        assert it.switch.services() == []


@on_loop
async def test_an_unknown_extension_is_the_switchs_refusal() -> None:
    async with house() as it:
        assert code(await it.ask("hold", "199")) == F.INVALID_CSTA_DEVICE_IDENTIFIER


@on_loop
async def test_the_longest_ringing_call_is_answered() -> None:
    async with house(FakeBackend(calls={"101": {60: "alert", 50: "alert"}})) as it:
        assert (await it.ask("answer"))["callid"] == "60"


@on_loop
async def test_an_ambiguous_request_lists_the_candidates() -> None:
    async with house(FakeBackend(calls={"101": {48: "hold", 49: "hold"}})) as it:
        answer = await it.ask("retrieve")
        assert code(answer) == Own.AMBIGUOUS_CALL
        assert "48 (hold), 49 (hold)" in answer["error"]
        assert (await it.ask("retrieve", callid="49"))["result"] == "success"
        assert (await it.ask("retrieve", callid=48))["result"] == "success"
        assert code(await it.ask("retrieve", callid=50)) == F.NO_HELD_CALL
        assert [one.heldCall.callID for one in it.switch.services()] == [49, 48]


@pytest.mark.parametrize("destination", ["T49#1", "104", "49"])
@on_loop
async def test_retrieve_picks_the_held_call_with_that_party(destination: str) -> None:
    switch = FakeBackend(
        calls={"101": {48: "hold", 49: "hold"}}, parties={48: ["101", "102"], 49: ["101", "T49#1", "104"]}
    )
    async with house(switch) as it:
        assert (await it.ask("retrieve", destination=destination))["result"] == "success"
        assert it.switch.services() == [call.RetrieveCall(heldCall=ConnectionID(49, "101"))]


@on_loop
async def test_a_party_that_is_on_no_call_fits_none() -> None:
    switch = FakeBackend(calls={"101": {48: "hold"}}, parties={48: ["101", "102"]})
    async with house(switch) as it:
        assert code(await it.ask("retrieve", destination="103")) == F.NO_HELD_CALL
        assert code(await it.ask("retrieve", destination="T48#9")) == F.NO_HELD_CALL


@pytest.mark.parametrize("monitored", [(), ("101",)])
@on_loop
async def test_the_number_of_an_outside_party_nobody_was_told_is_believed_for_one_call(monitored: tuple[str]) -> None:
    switch = FakeBackend(calls={"101": {48: "alert", 49: "alert"}}, parties={48: ["101", "102"], 49: ["T49#1", "101"]})
    async with house(switch) as it:
        await it.client(*monitored)
        assert (await it.ask("answer", destination="67896789"))["callid"] == "49"
        assert code(await it.ask("answer", destination="103")) == F.NO_CALL_TO_ANSWER  # a station, and on no call


@on_loop
async def test_dropparty_finds_the_party_by_every_name() -> None:
    switch = FakeBackend(calls=TALKING, parties={48: ["101", "102", "T48#3"]})
    async with house(switch) as it:
        for name, device in (("102", "102"), ("T48#3", "T48#3"), ("60123", "T48#3")):
            assert (await it.ask("dropparty", party=name, data="bye"))["result"] == "success"
            assert it.switch.services()[-1].call.deviceID == device
            assert it.switch.privates[-1].userInfo.data == b"bye"
        answer = await it.ask("dropparty", party="T48#9")
        assert code(answer) == F.NO_CONNECTION_TO_CLEAR
        assert "102, T48#3" in answer["error"]


@pytest.mark.parametrize("gone", sorted(CALL_GONE))
@on_loop
async def test_clearcall_without_a_call_clears_all_of_them(gone: F) -> None:
    async with house(FakeBackend(calls=CONSULTING)) as it:
        it.switch.answers[call.ClearCall] = lambda pdu, _: _cleared(pdu, gone)
        assert await it.ask("clearcall") == {"msgtype": "response", "id": "7", "result": "success", "error": ""}
        assert [one.call.callID for one in it.switch.services()] == [48, 49]


def _cleared(pdu: call.ClearCall, gone: F) -> Confirmation:
    if pdu.call.callID == 48:
        raise CstaFailure(gone)  # it ended with the first one
    return Confirmation(call.ClearCallConf())


@on_loop
async def test_consultation_answers_both_calls_and_the_new_ucid() -> None:
    async with house(FakeBackend(calls=TALKING)) as it:
        answer = await it.ask("consultation", destination="102")
        assert (answer["primarycallid"], answer["secondarycallid"]) == ("48", "49")
        assert answer["ucid"] == "00001000491428289140"


@on_loop
async def test_dtmf() -> None:
    async with house(FakeBackend(calls=TALKING)) as it:
        it.switch.answers[ATTSendDTMFToneV5] = Confirmation(EscapeSvcConf(), ATTSendDTMFToneConf())
        assert (await it.ask("dtmf", dtmf="12#d", tonduration="120", pauseduration=50))["error"] == ""
        assert it.switch.services() == [
            ATTSendDTMFToneV5(sender=ConnectionID(48, "101"), tones="12#D", toneDuration=12, pauseDuration=5)
        ]
        assert code(await it.ask("dtmf", dtmf="12x")) == F.VALUE_OUT_OF_RANGE
        assert code(await it.ask("dtmf", dtmf="1" * 33)) == F.VALUE_OUT_OF_RANGE
        assert code(await it.ask("dtmf", dtmf="1", tonduration=59)) == F.VALUE_OUT_OF_RANGE
        assert (await it.ask("dtmf", dtmf=5))["result"] == "success"


@on_loop
async def test_deflect_and_pickup_move_the_alerting_call() -> None:
    async with house(FakeBackend(calls={"101": {48: "alert"}})) as it:
        await it.ask("deflectcall", destination="967896789")
        await it.ask("pickupcall", destination="102")
        assert it.switch.services() == [
            call.DeflectCall(deflectCall=ConnectionID(48, "101"), calledDevice="967896789"),
            call.PickupCall(deflectCall=ConnectionID(48, "101"), calledDevice="102"),
        ]


@on_loop
async def test_the_switchs_refusal_is_passed_on_with_its_name() -> None:
    async with house(FakeBackend(calls=TALKING)) as it:
        it.switch.answers[call.HoldCall] = CstaFailure(F.RESOURCE_BUSY)
        answer = await it.ask("hold")
        assert code(answer) == F.RESOURCE_BUSY
        assert (
            answer["error"] == "RESOURCE_BUSY: hold (extension 101): the device is busy; clear or hold its call first"
        )
