"""Transfer and conference in one step or two, decided by what the extension has."""

import asyncio
from typing import Any

import pytest

from ivrsvr.backends.base import Confirmation, LinkDown
from ivrsvr.csta import call, monitor
from ivrsvr.csta.enums import ParticipationType
from ivrsvr.csta.errors import CstaFailure
from ivrsvr.csta.private.call import (
    ATTSelectiveListeningHold,
    ATTSelectiveListeningHoldConf,
    ATTSelectiveListeningRetrieve,
    ATTSelectiveListeningRetrieveConf,
    ATTSingleStepConferenceCall,
    ATTSingleStepConferenceCallConf,
    ATTSingleStepTransferCall,
    ATTSingleStepTransferCallConf,
    ATTSingleStepTransferCallConfV9,
)
from ivrsvr.csta.private.query import ATTQueryUcid
from ivrsvr.csta.system import EscapeSvcConf
from ivrsvr.csta.types import ConnectionID
from ivrsvr.service.errors import Own
from tests.service.fake import F, FakeBackend, House, code, house, on_loop, party, settled
from tests.service.test_monitors import held

SERVICES = {"transfer": call.TransferCall, "conference": call.ConferenceCall}
HERE = ConnectionID(48, "101")
THERE = ConnectionID(49, "101")


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("keys", [{}, {"destination": "102"}])
@pytest.mark.parametrize("state", ["connect", "fail"])
@on_loop
async def test_a_held_and_an_active_call_are_joined(name: str, keys: dict[str, str], state: str) -> None:
    async with house(FakeBackend(calls={"101": {48: "hold", 49: state}})) as it:
        answer = await it.ask(name, **keys)
        assert list(answer.items())[2:] == [("result", "success"), ("error", "")]
        assert it.switch.services() == [SERVICES[name](heldCall=HERE, activeCall=THERE)]


@pytest.mark.parametrize("keys", [{"callid": 50}, {"destination": "104"}])
@on_loop
async def test_of_several_held_calls_one_must_be_named(keys: dict[str, Any]) -> None:
    switch = FakeBackend(
        calls={"101": {48: "hold", 50: "hold", 49: "connect"}},
        parties={48: ["101", "102"], 50: ["101", "104"], 49: ["101", "103"]},
    )
    async with house(switch) as it:
        assert code(await it.ask("transfer")) == Own.AMBIGUOUS_CALL
        assert (await it.ask("transfer", **keys))["result"] == "success"
        assert it.switch.services() == [call.TransferCall(heldCall=ConnectionID(50, "101"), activeCall=THERE)]


def consulted(it: House, *parties: str, state: str = "connect") -> None:
    """Let the switch begin a consultation call with these parties."""

    def begin(_pdu: object, _private: object) -> Confirmation:
        it.switch.calls["101"] = {48: "hold", 49: state}
        it.switch.parties[49] = ["101", *parties]
        return Confirmation(call.ConsultationCallConf(newCall=THERE))

    it.switch.answers[call.ConsultationCall] = begin


@pytest.mark.parametrize("name", SERVICES)
@on_loop
async def test_one_active_call_goes_to_the_destination_in_one_step(name: str) -> None:
    async with house(FakeBackend(calls={"101": {48: "connect"}})) as it:
        consulted(it, "102")
        assert (await it.ask(name, destination="102"))["result"] == "success"
        assert it.switch.services() == [
            call.ConsultationCall(activeCall=HERE, calledDevice="102"),
            SERVICES[name](heldCall=HERE, activeCall=THERE),
        ]
        assert it.switch.services(monitor.MonitorDevice) == [monitor.MonitorDevice(deviceID="101")]
        assert len(it.switch.services(monitor.MonitorStop)) == 1


@on_loop
async def test_one_step_does_without_a_monitor_where_it_must() -> None:
    async with house(FakeBackend(calls={"101": {48: "connect"}})) as it:
        it.switch.answers[monitor.MonitorDevice] = CstaFailure(F.GENERIC_SUBSCRIBED_RESOURCE_AVAILABILITY)
        consulted(it, "102")
        assert (await it.ask("transfer", destination="102"))["result"] == "success"


@on_loop
async def test_one_step_waits_until_the_destination_can_be_joined() -> None:
    async with house(FakeBackend(calls={"101": {48: "connect"}})) as it:
        consulted(it)
        ask = asyncio.create_task(it.ask("transfer", destination="102"))
        await settled()
        assert not ask.done()
        it.switch.parties[49] = ["101", "102"]
        it.switch.report("101", held())  # any news of the extension wakes it
        assert (await ask)["result"] == "success"
        await settled()
        assert len(it.switch.services(monitor.MonitorStop)) == 1
        assert len(it.service.monitors) == 0


@on_loop
async def test_one_step_looks_again_without_news() -> None:
    async with house(FakeBackend(calls={"101": {48: "connect"}})) as it:
        consulted(it)
        ask = asyncio.create_task(it.ask("transfer", destination="102"))
        await settled()
        it.switch.parties[49] = ["101", "102"]
        it.clock.advance(0.25)
        assert (await ask)["result"] == "success"


@on_loop
async def test_a_destination_that_cannot_be_reached_gives_the_first_call_back() -> None:
    async with house(FakeBackend(calls={"101": {48: "connect"}})) as it:
        consulted(it, state="fail")
        ask = asyncio.create_task(it.ask("transfer", destination="102"))
        await settled()
        it.clock.advance(0.25)
        assert code(await ask) == F.RESOURCE_BUSY
        assert it.switch.services()[1:] == [call.ReconnectCall(activeCall=THERE, heldCall=HERE)]


@on_loop
async def test_a_destination_that_never_rings_gives_the_first_call_back() -> None:
    async with house(FakeBackend(calls={"101": {48: "connect"}})) as it:
        consulted(it)
        ask = asyncio.create_task(it.ask("conference", destination="102"))
        for _ in range(40):
            await settled()
            it.clock.advance(0.25)
        assert code(await ask) == F.GENERIC_STATE_INCOMPATIBILITY
        assert it.switch.services()[-1] == call.ReconnectCall(activeCall=THERE, heldCall=HERE)


@on_loop
async def test_a_refused_second_step_gives_the_first_call_back_and_tells_the_refusal() -> None:
    async with house(FakeBackend(calls={"101": {48: "connect"}})) as it:
        consulted(it, "102")
        it.switch.answers[call.ConferenceCall] = CstaFailure(F.CONFERENCE_MEMBER_LIMIT_EXCEEDED)
        it.switch.answers[call.ReconnectCall] = CstaFailure(F.NO_ACTIVE_CALL)
        it.switch.answers[call.RetrieveCall] = CstaFailure(F.RESOURCE_BUSY)
        assert code(await it.ask("conference", destination="102")) == F.CONFERENCE_MEMBER_LIMIT_EXCEEDED
        assert it.switch.services()[-2:] == [call.ClearConnection(call=THERE), call.RetrieveCall(heldCall=HERE)]


@on_loop
async def test_singlesteptransfer() -> None:
    async with house(FakeBackend(calls={"101": {48: "connect"}})) as it:
        it.switch.answers[ATTSingleStepTransferCall] = Confirmation(
            EscapeSvcConf(), ATTSingleStepTransferCallConfV9(transferredCall=ConnectionID(48, "102"), ucid="U")
        )
        answer = await it.ask("singlesteptransfer", destination="103")
        assert list(answer.items())[3:] == [("callid", "48"), ("ucid", "U")]
        assert it.switch.services() == [ATTSingleStepTransferCall(activeCall=HERE, transferredTo="103")]


@pytest.mark.parametrize("watched", [True, False])
@on_loop
async def test_a_single_step_transfer_over_an_older_link_tells_the_ucid(watched: bool) -> None:
    async with house(FakeBackend(calls={"101": {48: "connect"}}, parties={48: ["101", "102"]})) as it:
        if watched:
            await it.client("101")
        it.switch.answers[ATTSingleStepTransferCall] = Confirmation(
            EscapeSvcConf(), ATTSingleStepTransferCallConf(transferredCall=ConnectionID(48, "102"))
        )
        it.switch.asked.clear()
        assert (await it.ask("singlesteptransfer", destination="103"))["ucid"] == it.switch.ucid(48)
        assert any(isinstance(one, ATTQueryUcid) for one in it.switch.asked) is not watched


@on_loop
async def test_a_single_step_transfer_has_succeeded_when_the_link_goes_down_before_the_ucid_is_known() -> None:
    async with house(FakeBackend(calls={"101": {48: "connect"}})) as it:
        it.switch.answers[ATTSingleStepTransferCall] = Confirmation(
            EscapeSvcConf(), ATTSingleStepTransferCallConf(transferredCall=ConnectionID(48, "102"))
        )
        it.switch.answers[ATTQueryUcid] = LinkDown()
        answer = await it.ask("singlesteptransfer", destination="103")
        assert (answer["result"], answer["callid"], answer["ucid"]) == ("success", "48", "")


@pytest.mark.parametrize(
    ("kind", "participation"), [("passive", ParticipationType.PT_SILENT), ("active", ParticipationType.PT_ACTIVE)]
)
@on_loop
async def test_singlestepconference(kind: str, participation: ParticipationType) -> None:
    async with house(FakeBackend(calls={"101": {48: "connect"}})) as it:
        it.switch.answers[ATTSingleStepConferenceCall] = Confirmation(
            EscapeSvcConf(), ATTSingleStepConferenceCallConf(newCall=ConnectionID(48, "103"), ucid="U")
        )
        answer = await it.ask("singlestepconference", devicetojoin="103", type=kind)
        assert list(answer.items())[3:] == [("callid", "48"), ("ucid", "U")]
        assert it.switch.services() == [
            ATTSingleStepConferenceCall(activeCall=HERE, deviceToBeJoin="103", participationType=participation)
        ]


@pytest.mark.parametrize(
    ("name", "service", "confirmation"),
    [
        ("selectivelisteninghold", ATTSelectiveListeningHold, ATTSelectiveListeningHoldConf),
        ("selectivelisteningretrieve", ATTSelectiveListeningRetrieve, ATTSelectiveListeningRetrieveConf),
    ],
)
@on_loop
async def test_selective_listening(name: str, service: Any, confirmation: Any) -> None:
    switch = FakeBackend(calls={"101": {48: "connect"}}, parties={48: ["101", "102", "T48#3"]})
    async with house(switch) as it:
        it.switch.answers[service] = Confirmation(EscapeSvcConf(), confirmation())
        for name_of_party in ("all", "T48#3"):
            assert list(await it.ask(name, party=name_of_party)) == ["msgtype", "id", "result"]
        outside = party("T48#3", 48).callIdentifier
        assert it.switch.services() == [
            service(subjectConnection=HERE, allParties=True),
            service(subjectConnection=HERE, selectedParty=outside),
        ]
        assert code(await it.ask(name, party="103")) == F.INVALID_CSTA_CONNECTION_IDENTIFIER
