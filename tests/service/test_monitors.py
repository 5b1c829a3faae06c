"""Shared monitors, the events of their subscribers, and what a lost link does to them."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from ivrsvr.backends.base import AT_A_TIME, Confirmation, LinkDown, LinkState
from ivrsvr.csta import call, events, monitor
from ivrsvr.csta.enums import ATTWorkMode, CSTAEventCause, LocalConnectionState
from ivrsvr.csta.errors import AcsFailure, ACSUniversalFailure, CstaFailure
from ivrsvr.csta.private.events import ATTDeliveredV7, ATTLoggedOn
from ivrsvr.csta.private.query import ATTQueryUcid, ATTQueryUcidConf
from ivrsvr.csta.system import EscapeSvcConf
from ivrsvr.csta.types import NOT_REQUIRED, ConnectionID, provided
from ivrsvr.registry import Caller, RequestError
from ivrsvr.service.errors import Own
from ivrsvr.service.monitors import AGAIN_FIRST_S, AGAIN_MOST_S, WRONG_KIND
from ivrsvr.service.service import Options
from ivrsvr.service.subscribers import Subscriber
from tests.calls.reports import transferred
from tests.service.fake import START, Client, F, FakeBackend, House, code, house, on_loop, party, settled

State = LocalConnectionState
NONE = CSTAEventCause.EC_NONE


def delivered(callid: int = 48, to: str = "101", local: State = State.CS_ALERTING) -> events.Delivered:
    return events.Delivered(
        connection=ConnectionID(callid, to),
        alertingDevice=provided(to),
        callingDevice=provided("102" if to == "101" else "101"),
        calledDevice=provided(to),
        lastRedirectionDevice=NOT_REQUIRED,
        localConnectionInfo=local,
        cause=CSTAEventCause.EC_NEW_CALL,
    )


def cleared(device: str, local: State, callid: int = 48) -> events.ConnectionCleared:
    return events.ConnectionCleared(
        droppedConnection=ConnectionID(callid, device),
        releasingDevice=provided(device),
        localConnectionInfo=local,
        cause=NONE,
    )


def held(device: str = "101", callid: int = 48) -> events.Held:
    return events.Held(
        heldConnection=ConnectionID(callid, device),
        holdingDevice=provided(device),
        localConnectionInfo=State.CS_HOLD,
        cause=NONE,
    )


QUEUED = events.Queued(
    queuedConnection=ConnectionID(48, "201"),
    queueingDevice=provided("201"),
    callingDevice=provided("101"),
    calledDevice=provided("700"),
    lastRedirectionDevice=NOT_REQUIRED,
    numberQueued=3,
    localConnectionInfo=State.CS_CONNECT,
    cause=NONE,
)


@on_loop
async def test_all_subscribers_of_a_device_share_one_switch_monitor_and_its_reference() -> None:
    async with house() as it:
        one, two = await it.client("101"), await it.client("102", "101")
        assert it.switch.services(monitor.MonitorDevice) == [
            monitor.MonitorDevice(deviceID="101"),
            monitor.MonitorDevice(deviceID="102"),
        ]
        it.switch.report("101", delivered())
        (first,), (second,) = await one.events(), await two.events()
        assert first == second
        assert (first["referenceid"], first["eventtype"], first["time"]) == (1, "offer", int(START))
        assert list(first)[-3:] == ["eventid", "epoch", "monitored"]


@on_loop
async def test_two_clients_at_once_start_one_switch_monitor() -> None:
    async with house() as it:
        gate: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        it.switch.answers[monitor.MonitorDevice] = gate
        asks = [asyncio.create_task(it.ask("startmonitor", caller=Caller(f"door{n}"))) for n in range(3)]
        await settled()
        gate.set_result(Confirmation(monitor.MonitorConf(monitorCrossRefID=9)))
        assert [(await ask)["result"] for ask in asks] == ["success"] * 3
        assert len(it.switch.services(monitor.MonitorDevice)) == 1


@on_loop
async def test_the_last_to_leave_stops_the_switch_monitor() -> None:
    async with house() as it:
        one, two = await it.client("101"), await it.client("101")
        assert (await one.ask("stopmonitor"))["result"] == "success"
        assert it.switch.services(monitor.MonitorStop) == []
        it.switch.report("101", delivered())
        assert [await one.events(), len(await two.events())] == [[], 1]
        it.service.unsubscribe(two.subscriber)
        await settled()
        assert it.switch.services(monitor.MonitorStop) == [monitor.MonitorStop(monitorCrossRefID=71)]
        assert len(it.service.monitors) == 0


@on_loop
async def test_stopping_what_is_not_monitored_is_no_fault() -> None:
    async with house() as it:
        assert (await it.ask("stopmonitor"))["result"] == "success"
        assert it.switch.asked == []


@on_loop
async def test_a_door_without_a_connection_keeps_the_monitor_until_it_is_stopped_there() -> None:
    async with house() as it:
        assert (await it.ask("startmonitor"))["result"] == "success"
        await settled()
        assert it.service.monitors.get("101") is not None
        assert (await it.ask("stopmonitor"))["result"] == "success"
        assert it.service.monitors.get("101") is None


@on_loop
async def test_a_refused_monitor_leaves_nothing_behind() -> None:
    async with house() as it:
        client = await it.client()
        assert code(await client.ask("startmonitor", "199")) == F.INVALID_CSTA_DEVICE_IDENTIFIER
        it.switch.answers[monitor.MonitorCallsViaDevice] = CstaFailure(F.INVALID_OBJECT_TYPE)
        assert code(await client.ask("startmonitor", "199")) == F.INVALID_CSTA_DEVICE_IDENTIFIER, "as a device first"
        it.switch.answers[monitor.MonitorDevice] = CstaFailure(F.OVERALL_MONITOR_LIMIT_EXCEEDED)
        assert code(await client.ask("startmonitor", "101")) == F.OVERALL_MONITOR_LIMIT_EXCEEDED
        assert len(it.service.monitors) == 0
        del it.switch.answers[monitor.MonitorDevice]
        assert (await client.ask("startmonitor", "101"))["result"] == "success"


@on_loop
async def test_a_vdn_is_monitored_for_the_calls_that_come_by() -> None:
    async with house() as it:
        client = await it.client("700")
        assert it.switch.services(monitor.MonitorCallsViaDevice) == [monitor.MonitorCallsViaDevice(deviceID="700")]
        it.switch.report("700", delivered(to="700", local=State.CS_NONE))
        it.switch.report("700", delivered(to="101", local=State.CS_NONE))
        assert [event["eventtype"] for event in await client.events()] == ["offer", "alert"]


@on_loop
async def test_idle_comes_once_after_the_last_call_has_gone() -> None:
    async with house() as it:
        client = await it.client("101")
        for report in (
            delivered(),
            delivered(49),
            cleared("101", State.CS_NULL),
            cleared("102", State.CS_ALERTING, 49),
            cleared("101", State.CS_NULL, 49),
        ):
            it.switch.report("101", report)
        found = await client.events()
        assert [event["eventtype"] for event in found] == ["offer", "offer", *["disconnect"] * 3, "idle"]
        assert list(found[-1]) == [
            "msgtype",
            "eventtype",
            "referenceid",
            "time",
            "extension",
            "eventid",
            "epoch",
            "monitored",
        ]


@on_loop
async def test_right_after_a_change_the_switch_is_asked_what_a_station_has_and_later_the_reports_say_it() -> None:
    async with house(FakeBackend(calls={"101": {48: "connect", 49: "hold"}})) as it:
        await it.client("101")
        await settled()
        await it.ask("alternate")
        it.switch.calls["101"] = {48: "hold", 49: "connect"}
        await it.ask("hangup")
        (asked,) = it.switch.services(call.ClearConnection)
        assert asked.call.callID == 49, "the reports have not come yet"
        it.switch.report("101", held())
        it.switch.report("101", cleared("101", State.CS_NULL, callid=49))
        it.clock.advance(1)
        await settled()
        looks = len(it.switch.services(monitor.SnapshotDevice))
        await it.ask("retrieve")
        assert len(it.switch.services(monitor.SnapshotDevice)) == looks
        assert [one.heldCall.callID for one in it.switch.services(call.RetrieveCall)] == [48]


@on_loop
async def test_a_call_whose_state_nobody_has_told_yet_has_the_switch_asked_which_one_is_meant() -> None:
    """What 102 reports puts 101 on a second call; in what state, only the monitor of 101 tells."""
    async with house(FakeBackend(calls={"101": {48: "connect"}})) as it:
        await it.client("101", "102")
        await settled()
        it.switch.report("102", transferred(50, 51, "103", "101", State.CS_CONNECT, "101", "102"))
        await settled()
        it.switch.calls["101"] = {48: "hold", 51: "connect"}
        await it.ask("hold")
        assert [one.activeCall.callID for one in it.switch.services(call.HoldCall)] == [51]


@on_loop
async def test_a_vdn_is_never_idle() -> None:
    async with house() as it:
        client = await it.client("700")
        it.switch.report("700", delivered(to="700", local=State.CS_NONE))
        it.switch.report("700", cleared("101", State.CS_NULL))
        assert [event["eventtype"] for event in await client.events()] == ["offer", "disconnect"]


@on_loop
async def test_a_call_that_was_up_before_the_monitor_ends_in_idle_too() -> None:
    switch = FakeBackend(calls={"101": {48: "connect"}}, parties={48: ["101", "102"]})
    async with house(switch) as it:
        client = await it.client("101")
        it.switch.report("101", cleared("101", State.CS_NULL))
        assert [event["eventtype"] for event in await client.events()] == ["disconnect", "idle"]


@on_loop
async def test_our_own_event_types_go_only_to_those_who_asked_for_them() -> None:
    async with house() as it:
        plain, everything = await it.client("101"), await it.client("101", events="all")
        it.switch.report("101", QUEUED)
        assert await plain.events() == []
        (event,) = await everything.events()
        assert (event["eventtype"], event["split"], event["position"]) == ("queued", "201", 3)


@on_loop
async def test_agents_of_a_split() -> None:
    async with house() as it:
        client = await it.client("201", events="all")
        it.switch.report(
            "201",
            events.LoggedOn(agentDevice=provided("101"), agentID="12345", agentGroup="201"),
            ATTLoggedOn(workMode=ATTWorkMode.WM_AUX_WORK),
        )
        (event,) = await client.events()
        assert (event["eventtype"], event["extension"], event["agentid"]) == ("agentlogin", "101", "12345")
        assert (event["split"], event["state"]) == ("201", "aux")


@pytest.mark.parametrize("refusal", sorted(WRONG_KIND))
@on_loop
async def test_a_split_has_no_calls_whatever_the_switch_calls_that(refusal: F) -> None:
    async with house() as it:
        it.switch.answers[monitor.SnapshotDevice] = CstaFailure(refusal)
        await it.client("201")
        it.clock.advance(AGAIN_MOST_S)
        await settled()
        assert len(it.switch.services(monitor.SnapshotDevice)) == 1


@on_loop
async def test_eventtypes_filter() -> None:
    async with house() as it:
        client = await it.client("101", eventtypes=["hold", "queued"])
        for report in (delivered(), held(), QUEUED):
            it.switch.report("101", report)
        assert [event["eventtype"] for event in await client.events()] == ["hold", "queued"]
        assert code(await client.ask("startmonitor", eventtypes=["hold,queued"])) == F.VALUE_OUT_OF_RANGE
        await client.ask("startmonitor", eventtypes=" retrieve, hold ,")
        for report in (delivered(), held(), QUEUED):
            it.switch.report("101", report)
        assert [event["eventtype"] for event in await client.events()] == ["hold"]
        answer = await client.ask("startmonitor", eventtypes=["holt"])
        assert code(answer) == F.VALUE_OUT_OF_RANGE
        assert "holt" in answer["error"]


@on_loop
async def test_a_slow_client_is_told_and_closed_and_delays_nobody() -> None:
    async with house(options=Options(queue_most=5)) as it:
        slow, quick = await it.client("101"), await it.client("101")
        slow.subscriber.take_now()
        seen = 0
        for _ in range(9):
            it.switch.report("101", held())
            seen += len(await quick.events())
        assert seen == 9
        assert slow.subscriber.closed
        (last,) = slow.messages()
        assert (last["msgtype"], last["eventtype"]) == ("event", "overflow")
        assert await slow.subscriber.take() == []
        monitor_of = it.service.monitors.get("101")
        assert monitor_of is not None
        assert list(monitor_of.owners) == [quick.subscriber]


@on_loop
async def test_a_client_that_reads_at_once_is_never_too_slow_however_much_comes_together() -> None:
    async with house(options=Options(queue_most=2 * AT_A_TIME)) as it:
        client = await it.client("101")
        client.messages()
        read: list[int] = []

        async def reading() -> None:
            while texts := await client.subscriber.take():
                read.extend(json.loads(text)["callid"] for text in texts)

        reader = asyncio.create_task(reading())
        await settled()
        for callid in range(1, 2001):
            it.switch.report("101", held(callid=callid))
        await settled()
        assert read == list(range(1, 2001))
        assert not client.subscriber.overflowed
        it.service.unsubscribe(client.subscriber)
        await reader


@on_loop
async def test_a_client_that_falls_behind_in_a_burst_is_let_go_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(options=Options(queue_most=5)) as it:
        slow = await it.client("101", "102", "103")
        slow.subscriber.take_now()
        let_go: list[object] = []
        leave = it.service.monitors.leave

        def noted(subscriber: Subscriber) -> None:
            let_go.append(subscriber)
            leave(subscriber)

        monkeypatch.setattr(it.service.monitors, "leave", noted)
        for _ in range(100):
            for device in ("101", "102", "103"):
                it.switch.report(device, held(device))
        await settled()
        assert let_go == [slow.subscriber]
        assert len([one for one in caplog.records if "reads too slowly" in one.message]) == 1
        assert len(it.service.monitors) == 0


@on_loop
async def test_the_response_comes_before_the_events_that_the_request_caused() -> None:
    async with house(FakeBackend(calls={"101": {48: "connect"}})) as it:
        client = await it.client("101")
        client.messages()

        def confirm(_pdu: object, _private: object) -> Confirmation:
            it.switch.report("101", held())  # queued before the confirmation is even returned
            return Confirmation(call.HoldCallConf())

        it.switch.answers[call.HoldCall] = confirm
        await client.ask("hold")
        await settled()
        assert [message["msgtype"] for message in client.messages()] == ["response", "event"]


# ---- coming back


@on_loop
async def test_a_client_that_comes_back_gets_what_it_missed_and_then_resumed() -> None:
    async with house() as it:
        await it.service.keep("101")
        client = await it.client("101")
        it.switch.report("101", delivered())
        (first,) = await client.events()
        it.service.unsubscribe(client.subscriber)
        it.switch.report("101", held())
        await settled()
        again = await it.client()
        assert (await again.ask("startmonitor", since=first["eventid"], epoch=first["epoch"]))["result"] == "success"
        it.switch.report("101", cleared("101", State.CS_NULL))
        await settled()
        told = again.messages()
        assert [message.get("eventtype", "response") for message in told] == [
            "response",
            "hold",
            "resumed",
            "disconnect",
            "idle",
        ]
        assert told[1]["eventid"] == first["eventid"] + 1 == told[2]["eventid"]


@on_loop
async def test_a_client_may_begin_with_its_position_and_then_misses_nothing_from_the_start() -> None:
    async with house() as it:
        await it.service.keep("101")
        client = await it.client()
        assert (await client.ask("startmonitor", position="true"))["result"] == "success"
        response, begun = client.messages()
        assert (response["msgtype"], begun["eventtype"], begun["monitored"]) == ("response", "position", "101")
        it.service.unsubscribe(client.subscriber)
        it.switch.report("101", delivered())
        await settled()
        again = await it.client()
        await again.ask("startmonitor", since=begun["eventid"], epoch=begun["epoch"], position="true")
        assert [message.get("eventtype", "response") for message in again.messages()] == [
            "response",
            "offer",
            "resumed",
        ]


@pytest.mark.parametrize("reason", ["epoch", "future", "unmonitored meanwhile", "and monitored again by another"])
@on_loop
async def test_what_is_lost_is_a_gap_and_a_snapshot(reason: str) -> None:
    switch = FakeBackend(calls={"101": {48: "hold"}}, parties={48: ["101", "T48#1"]})
    async with house(switch) as it:
        client = await it.client("101")
        it.switch.report("101", held())
        (first,) = await client.events()
        if reason in ("epoch", "future"):
            await it.service.keep("101")
        it.service.unsubscribe(client.subscriber)
        await settled()
        other = await it.client("102", *(["101"] if "again" in reason else []))
        if reason == "future":
            it.switch.report("102", held("102", 60))
            await other.events()
        again = await it.client()
        since = first["eventid"] + (10 if reason == "future" else 0)
        epoch = "another" if reason == "epoch" else first["epoch"]
        assert (await again.ask("startmonitor", since=str(since), epoch=epoch))["result"] == "success"
        told = again.messages()
        assert [message.get("eventtype", "response") for message in told] == ["response", "gap", "snapshot"]
        assert told[2]["list"] == [
            {"callid": 48, "state": "hold", "numparty": 2, "party": [{"extension": "101"}, {"extension": "T48#1"}]}
        ]


@pytest.mark.parametrize("was_there", [False, True])
@on_loop
async def test_coming_back_in_vain_leaves_things_as_they_were(was_there: bool) -> None:
    async with house() as it:
        client = await it.client(*(["101"] if was_there else []))
        it.switch.answers[monitor.SnapshotDevice] = CstaFailure(F.NETWORK_BUSY)
        assert code(await client.ask("startmonitor", since=1, epoch="another")) == F.NETWORK_BUSY
        client.messages()
        assert len(it.service.monitors) == was_there
        if was_there:
            it.switch.report("101", held())
            assert [event["eventtype"] for event in await client.events()] == ["hold"]


# ---- the link


@on_loop
async def test_link_down_and_up_brings_the_monitors_back_under_the_same_reference() -> None:
    async with house() as it:
        client, plain = await it.client("102", "101", events="all"), await it.client("101")
        it.switch.change_link(LinkState.DOWN, "cable")
        (down,) = await client.events()
        assert (down["eventtype"], down["reason"]) == ("linkdown", "cable")
        assert code(await client.ask("hold")) == Own.LINK_DOWN
        assert code(await client.ask("startmonitor", "103")) == Own.LINK_DOWN
        it.switch.change_link(LinkState.UP)
        assert [event["eventtype"] for event in await client.events()] == ["linkup"]
        it.switch.report("101", held())
        (event,) = await client.events()
        assert event["referenceid"] == 2
        assert [one["eventtype"] for one in await plain.events()] == ["hold"]


@on_loop
async def test_what_happened_while_the_link_was_down_is_told_as_synthetic() -> None:
    async with house() as it:
        client = await it.client("101")
        it.switch.report("101", delivered())
        await client.events()
        it.switch.change_link(LinkState.DOWN)
        await settled()
        it.switch.change_link(LinkState.UP)
        told = await client.events()
        assert [event["eventtype"] for event in told] == ["disconnect", "idle"]
        assert all(event["synthetic"] is True for event in told)
        assert list(told[0])[-1] == "synthetic"


@on_loop
async def test_a_call_told_before_the_first_snapshot_has_come_ends_as_well_when_the_link_is_lost_then() -> None:
    first: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
    async with house(FakeBackend(answers={monitor.SnapshotDevice: first})) as it:
        client = await it.client("101")
        it.switch.report("101", delivered())
        assert [event["eventtype"] for event in await client.events()] == ["offer"]
        it.switch.change_link(LinkState.DOWN)
        first.set_exception(LinkDown())
        it.switch.answers.clear()
        await settled()
        it.switch.change_link(LinkState.UP)
        assert [event["eventtype"] for event in await client.events()] == ["disconnect", "idle"]


@on_loop
async def test_the_last_call_is_the_last_that_the_owners_know_until_the_look_is_over() -> None:
    """The server has forgotten a call that no snapshot had shown when the link was lost; the owners know it still."""
    looks = [asyncio.get_running_loop().create_future() for _ in range(2)]
    async with house(FakeBackend(answers={monitor.SnapshotDevice: looks[0]})) as it:
        client = await it.client("101")
        it.switch.report("101", delivered())
        await client.events()
        it.switch.change_link(LinkState.DOWN)
        looks[0].set_exception(LinkDown())
        it.switch.answers[monitor.SnapshotDevice] = looks[1]
        await settled()
        it.switch.change_link(LinkState.UP)
        await settled()
        it.switch.report("101", delivered(49))
        it.switch.report("101", cleared("101", State.CS_NULL, callid=49))
        assert [event["eventtype"] for event in await client.events()] == ["offer", "disconnect"]
        looks[1].set_result(it.switch.snapshot("101"))
        assert [event["eventtype"] for event in await client.events()] == ["disconnect", "idle"]


@on_loop
async def test_that_the_link_is_up_is_news_only_after_it_was_down() -> None:
    async with house() as it:
        client = await it.client("101", events="all")
        it.switch.change_link(LinkState.UP)
        assert await client.events() == []


def came_by(vdn: str = "700") -> tuple[events.Delivered, ...]:
    """101 has called a VDN, and rings at 102."""
    return delivered(to=vdn, local=State.CS_NONE), replace(delivered(to="102"), localConnectionInfo=State.CS_NONE)


async def told_after_a_loss(it: House, client: Client) -> list[tuple[str, bool]]:
    """Lose the link for a moment; what a client is told besides, and whether it was reported."""
    it.switch.change_link(LinkState.DOWN)
    await settled()
    it.switch.change_link(LinkState.UP)
    return [(one["eventtype"], one.get("synthetic", False)) for one in await client.events()]


@pytest.mark.parametrize("reported", [False, True])
@on_loop
async def test_a_call_by_a_vdn_that_changes_while_it_is_looked_at_again_is_told_of_once(reported: bool) -> None:
    """102 leaves in the last moment without a monitor, or in the first moment with one."""
    switch = FakeBackend(parties={48: ["101", "102"]})
    gone = cleared("102", State.CS_NONE)

    def monitored(_pdu: Any, _private: Any) -> Confirmation:
        switch.cross_refs["call"] = 900
        if not reported:
            switch.parties[48] = ["101"]
        return Confirmation(monitor.MonitorConf(monitorCrossRefID=900))

    def shown(_pdu: Any, _private: Any) -> Confirmation:
        found = tuple(party(name, 48) for name in switch.parties[48])
        if reported and "call" in switch.cross_refs and len(found) == 2:
            switch.parties[48] = ["101"]
            switch.report("call", gone)
        return Confirmation(monitor.SnapshotCallConf(snapshotData=found))

    switch.answers |= {monitor.MonitorCall: monitored, monitor.SnapshotCall: shown}
    async with house(switch) as it:
        client = await it.client("700")
        for pdu in came_by():
            switch.report("700", pdu)
        await client.events()
        told = await told_after_a_loss(it, client)
        assert told.count(("disconnect", not reported)) == 1
        assert [kind for kind, _ in told].count("disconnect") == 1
        switch.cross_refs.clear()
        again = await told_after_a_loss(it, client)
        assert again == [], "what was told after the first loss is told after the second one again"


@on_loop
async def test_a_call_that_comes_by_a_vdn_again_is_reported_by_one_monitor_and_told_of_in_full() -> None:
    switch = FakeBackend(parties={48: ["101", "103"]})
    switch.answers[monitor.MonitorCall] = Confirmation(monitor.MonitorConf(monitorCrossRefID=900))
    async with house(switch) as it:
        client = await it.client("700")
        for pdu in came_by():
            switch.report("700", pdu)
        await client.events()
        ucid: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        switch.answers[ATTQueryUcid] = ucid
        assert await told_after_a_loss(it, client) == []
        switch.report("700", delivered(to="700", local=State.CS_NONE))
        assert [one["eventtype"] for one in await client.events()] == ["offer"]
        ucid.set_exception(CstaFailure(F.NETWORK_BUSY))
        told = [(one["eventtype"], one["synthetic"]) for one in await client.events()]
        assert ("disconnect", True) in told, "102 has left meanwhile"
        assert switch.services(monitor.MonitorCall) == []
        switch.report("700", cleared("103", State.CS_NONE))
        assert [one["eventtype"] for one in await client.events()] == ["disconnect"]


@on_loop
async def test_a_monitor_of_a_vdn_that_ends_while_its_calls_are_looked_at_has_each_of_them_once() -> None:
    """The look that was under way goes no further: another one has begun."""
    switch, numbers = FakeBackend(parties={48: ["101", "102"], 49: ["101", "102"]}), iter(range(900, 910))
    switch.answers[monitor.MonitorCall] = lambda _pdu, _private: Confirmation(
        monitor.MonitorConf(monitorCrossRefID=next(numbers))
    )
    async with house(switch) as it:
        client = await it.client("700")
        for call_id in (48, 49):
            switch.report("700", delivered(call_id, to="700", local=State.CS_NONE))
            switch.report("700", delivered(call_id, to="102", local=State.CS_NONE))
        await client.events()
        look: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        switch.answers[monitor.SnapshotCall] = look
        assert await told_after_a_loss(it, client) == []
        switch.report("700", monitor.MonitorEnded(cause=NONE))
        await settled()
        del switch.answers[monitor.SnapshotCall]
        look.set_result(Confirmation(monitor.SnapshotCallConf(snapshotData=(party("101", 48), party("102", 48)))))
        assert [(one["eventtype"], one["callid"]) for one in await client.events()] == [
            ("connect", 48),
            ("connect", 49),
        ]
        assert [one.call.callID for one in switch.services(monitor.MonitorCall)] == [48, 48, 49]


@on_loop
async def test_a_vdn_that_is_left_while_its_calls_are_looked_at_leaves_no_monitor_of_a_call() -> None:
    switch = FakeBackend(parties={48: ["101", "102"]})
    async with house(switch) as it:
        client = await it.client("700")
        for pdu in came_by():
            switch.report("700", pdu)
        await client.events()
        begun: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        switch.answers[monitor.MonitorCall] = begun
        assert await told_after_a_loss(it, client) == []
        await client.ask("stopmonitor", "700")
        begun.set_result(Confirmation(monitor.MonitorConf(monitorCrossRefID=900)))
        await settled()
        assert monitor.MonitorStop(monitorCrossRefID=900) in switch.services(monitor.MonitorStop)


@on_loop
async def test_a_call_whose_number_another_one_has_after_a_loss_has_ended() -> None:
    switch = FakeBackend(parties={48: ["101", "102"]})
    async with house(switch) as it:
        client = await it.client("700")
        for pdu in came_by():
            switch.report("700", pdu, ATTDeliveredV7(ucid="00001000481428289124"))
        await client.events()
        other = ATTQueryUcidConf(ucid="00001000481428289999")
        switch.answers[ATTQueryUcid] = Confirmation(EscapeSvcConf(), other)
        assert await told_after_a_loss(it, client) == [("disconnect", True)]
        assert switch.services(monitor.MonitorCall) == []


@on_loop
async def test_permanent_monitors_wait_for_the_link() -> None:
    switch = FakeBackend(link=LinkState.DOWN)
    async with house(switch) as it:
        await it.service.keep("101")
        it.switch.change_link(LinkState.UP)
        await settled()
        assert it.switch.services(monitor.MonitorDevice) == [monitor.MonitorDevice(deviceID="101")]
        assert await it.service.release("101")
        assert not await it.service.release("101")


@on_loop
async def test_a_monitor_that_the_switch_ends_is_started_again() -> None:
    async with house() as it:
        client = await it.client("101", events="all")
        it.switch.report("101", monitor.MonitorEnded(cause=CSTAEventCause.EC_MAINTENANCE))
        (event,) = await client.events()
        assert (event["eventtype"], event["cause"], event["extension"]) == ("monitorended", 19, "101")
        assert len(it.switch.services(monitor.MonitorDevice)) == 2
        it.switch.report("101", held())
        assert [one["eventtype"] for one in await client.events()] == ["hold"]


NOT_YET: list[Exception] = [
    CstaFailure(F.GENERIC_SUBSCRIBED_RESOURCE_AVAILABILITY),
    AcsFailure(ACSUniversalFailure.TSERVER_NO_SDB),
    RequestError(Own.SWITCH_TIMEOUT.name, Own.SWITCH_TIMEOUT, "no answer", 504),
]
"""What an AES that is coming up itself says, or that it says nothing."""


@pytest.mark.parametrize("refusal", NOT_YET, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("kind", [monitor.MonitorDevice, monitor.SnapshotDevice, monitor.SnapshotCall])
@on_loop
async def test_a_monitor_that_cannot_be_had_back_at_once_is_tried_until_it_is_there(
    kind: type, refusal: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    switch = FakeBackend(calls={"101": {48: "connect"}}, parties={48: ["101", "102"]})
    async with house(switch) as it:
        client = await it.client("101")
        switch.change_link(LinkState.DOWN)
        await settled()
        switch.answers[kind] = refusal
        switch.calls, switch.parties = {"101": {49: "connect"}}, {49: ["101", "103"]}
        switch.change_link(LinkState.UP)
        assert await client.events() == []
        asked = len(switch.services(kind))
        for wait in (AGAIN_FIRST_S, 2 * AGAIN_FIRST_S):
            it.clock.advance(wait - 0.1)
            assert (await client.events(), len(switch.services(kind))) == ([], asked)
            it.clock.advance(0.1)
            assert (await client.events(), len(switch.services(kind))) == ([], asked + 1)
            asked += 1
        del switch.answers[kind]
        it.clock.advance(4 * AGAIN_FIRST_S)
        told = await client.events()
        assert [one["eventtype"] for one in told] == ["disconnect", "idle", "connect"]
        assert all(one["synthetic"] for one in told)
        asked = len(switch.asked)
        it.clock.advance(AGAIN_MOST_S)
        await settled()
        assert len(switch.asked) == asked
        assert len([one for one in caplog.records if "could not be started again" in one.message]) <= 1


@on_loop
async def test_a_monitor_whose_start_is_answered_too_late_is_stopped_when_it_reports() -> None:
    async with house() as it:
        client = await it.client("102")
        it.switch.answers[monitor.MonitorDevice] = NOT_YET[2]
        assert code(await client.ask("startmonitor", "101")) == Own.SWITCH_TIMEOUT
        del it.switch.answers[monitor.MonitorDevice]
        it.switch.cross_refs["101"] = 4711  # what the switch has made of it
        for _ in range(3):
            it.switch.report("101", held())
        assert await client.events() == []
        assert it.switch.services(monitor.MonitorStop) == [monitor.MonitorStop(monitorCrossRefID=4711)]


@on_loop
async def test_what_is_reported_while_monitors_come_and_go_stops_none_of_them() -> None:
    async with house() as it:
        client = await it.client("101")
        first = it.switch.cross_refs["101"]
        gate: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        it.switch.answers[monitor.MonitorStop] = gate
        leaving = asyncio.create_task(client.ask("stopmonitor"))
        await settled()
        it.switch.report("101", held())  # it crosses the request to stop
        await settled()
        gate.set_result(Confirmation(monitor.MonitorStopConf()))
        await leaving
        opened: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        it.switch.answers[monitor.MonitorDevice] = opened
        coming = asyncio.create_task(client.ask("startmonitor"))
        await settled()
        it.switch.cross_refs["101"] = 4711
        it.switch.report("101", held())  # a server that confirms after it has reported
        it.switch.report("101", monitor.MonitorEnded(cause=NONE))
        await settled()
        opened.set_result(Confirmation(monitor.MonitorConf(monitorCrossRefID=4711)))
        assert (await coming)["result"] == "success"
        it.switch.report("101", held())
        assert [one["eventtype"] for one in await client.events()] == ["hold"]
        assert it.switch.services(monitor.MonitorStop) == [monitor.MonitorStop(monitorCrossRefID=first)]


@on_loop
async def test_a_monitor_that_the_switch_ends_again_and_again_is_asked_for_at_intervals() -> None:
    async with house() as it:
        await it.client("101")
        for _ in range(4):
            it.switch.report("101", monitor.MonitorEnded(cause=NONE))
            await settled()
        assert len(it.switch.services(monitor.MonitorDevice)) == 2
        it.clock.advance(AGAIN_FIRST_S)
        await settled()
        assert len(it.switch.services(monitor.MonitorDevice)) == 3


@pytest.mark.parametrize("way", ["link", "client", "leaves"])
@on_loop
async def test_a_monitor_that_comes_or_goes_another_way_is_not_tried_once_more(way: str) -> None:
    async with house() as it:
        client = await it.client("101")
        it.switch.change_link(LinkState.DOWN)
        it.switch.answers[monitor.MonitorDevice] = NOT_YET[0]
        it.switch.change_link(LinkState.UP)
        await settled()
        del it.switch.answers[monitor.MonitorDevice]
        if way == "link":
            it.switch.change_link(LinkState.DOWN)
            it.switch.change_link(LinkState.UP)
            await settled()
        else:
            await client.ask("startmonitor" if way == "client" else "stopmonitor")
        asked = len(it.switch.services(monitor.MonitorDevice))
        it.clock.advance(AGAIN_MOST_S)
        await settled()
        assert len(it.switch.services(monitor.MonitorDevice)) == asked == (2 if way == "leaves" else 3)


@on_loop
async def test_of_a_call_that_the_switch_never_shows_the_rest_is_told_all_the_same() -> None:
    switch = FakeBackend(calls={"101": {48: "alert"}}, parties={48: ["102", "101"]})
    async with house(switch) as it:
        client = await it.client("101")
        it.switch.report("101", delivered())
        await client.events()
        switch.answers[monitor.SnapshotCall] = CstaFailure(F.INVALID_FEATURE)
        it.switch.change_link(LinkState.DOWN)
        await settled()
        switch.calls["101"] = {}
        it.switch.change_link(LinkState.UP)
        assert [one["eventtype"] for one in await client.events()] == ["disconnect", "idle"]
        switch.calls["101"] = {49: "hold"}
        it.switch.change_link(LinkState.DOWN)
        await settled()
        it.switch.change_link(LinkState.UP)
        for pause in (1, 2, 4):
            await settled()
            assert not it.service.parts.live.is_certain("101")
            it.clock.advance(pause * AGAIN_FIRST_S)
        await settled()
        assert it.service.parts.live.is_certain("101")


@on_loop
async def test_a_call_by_a_vdn_that_the_switch_refuses_to_report_for_a_moment_has_not_ended() -> None:
    switch = FakeBackend(parties={48: ["101", "102"]})
    switch.answers[monitor.MonitorCall] = CstaFailure(F.GENERIC_OPERATION)
    async with house(switch) as it:
        client = await it.client("700")
        for pdu in came_by():
            switch.report("700", pdu)
        await client.events()
        assert await told_after_a_loss(it, client) == []
        switch.answers[monitor.MonitorCall] = Confirmation(monitor.MonitorConf(monitorCrossRefID=900))
        switch.parties[48] = ["101"]
        it.clock.advance(AGAIN_FIRST_S)
        assert [(one["eventtype"], one["synthetic"]) for one in await client.events()] == [("disconnect", True)]


@on_loop
async def test_a_report_that_the_server_fails_on_ends_nothing() -> None:
    async with house() as it:
        client = await it.client("101")
        broken: Any = None
        it.switch.report(
            "101",
            events.Held(heldConnection=broken, holdingDevice=broken, localConnectionInfo=broken, cause=broken),
        )
        it.switch.report("101", held())
        assert [event["eventtype"] for event in await client.events()] == ["hold"]


@on_loop
async def test_events_are_ascii_whatever_the_data() -> None:
    async with house() as it:
        client = await it.client("101")
        it.switch.report("101", delivered())
        await settled()
        (text,) = [one for one in client.subscriber.take_now() if '"event"' in one]
        assert text.isascii()
        assert json.loads(text)["callid"] == 48


@on_loop
async def test_everybody_who_wants_it_is_told_of_the_link_once() -> None:
    async with house() as it:
        both = await it.client("101", "102", events="all")
        chosen = await it.client("101", eventtypes=["linkdown"])
        assert (await chosen.ask("startmonitor", "102"))["result"] == "success"
        chosen.messages()
        it.switch.change_link(LinkState.DOWN)
        assert [[event["eventtype"] for event in await one.events()] for one in (both, chosen)] == [["linkdown"]] * 2


@on_loop
async def test_many_monitors_come_back_after_the_link_did(caplog: pytest.LogCaptureFixture) -> None:
    extensions = tuple(str(number) for number in range(1000, 1200))
    caplog.set_level("INFO")
    async with house(FakeBackend(stations=extensions)) as it:
        client = await it.client(*extensions)
        it.switch.change_link(LinkState.DOWN)
        await settled()
        it.switch.change_link(LinkState.UP)
        for _ in range(20):
            await settled()
        assert len(it.switch.cross_refs) == len(extensions)
        told = [one.message for one in caplog.records if one.name == "ivrsvr.service.monitors"]
        tenths = [f"{number} of 200 monitors have been started again" for number in range(20, 200, 20)]
        assert told == ["starting 200 monitors again, 50 at a time", *tenths, "200 of 200 monitors are back"]
        client.messages()
        it.switch.report("1199", held("1199"))
        (event,) = await client.events()
        assert (event["holding"], event["referenceid"]) == ("1199", 200)


@on_loop
async def test_without_private_data_a_monitor_knows_its_calls_all_the_same() -> None:
    switch = FakeBackend(calls={"101": {48: "hold"}}, parties={48: ["101", "102"]})
    switch.answers[ATTQueryUcid] = CstaFailure(F.INVALID_FEATURE)
    async with house(switch) as it:
        client = await it.client("101")
        switch.asked.clear()
        assert (await client.ask("retrieve"))["result"] == "success"
        assert [type(one).__name__ for one in switch.asked] == ["RetrieveCall"]
