"""The simulator as a backend: order, failures, the link, and what happens to a consumer that is too slow."""

import asyncio
import gc
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest

from ivrsvr.backends.base import Backend, EventReport, LinkChange, LinkDown, LinkState, Report
from ivrsvr.backends.simulator.backend import SimulatorBackend
from ivrsvr.backends.simulator.incidents import set_fault
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock
from ivrsvr.csta.call import AnswerCall, HoldCall, MakeCall, MakeCallConf
from ivrsvr.csta.errors import AcsFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.events import Delivered, Held, Originated, ServiceInitiated
from ivrsvr.csta.monitor import MonitorDevice, MonitorEnded, SnapshotDevice
from ivrsvr.csta.private.call import ATTMakeCallConf, ATTMakeCallV6
from ivrsvr.csta.private.query import ATTQueryAcdSplit, ATTQueryAcdSplitConf
from ivrsvr.csta.system import EscapeSvc
from ivrsvr.csta.types import ConnectionID

WORLD: dict[str, Any] = {
    "stations": {"101": {}, "102": {}, "110": {"type": "analog", "callAppearances": 1, "offHookMode": "prompt"}},
    "skills": {"201": {}},
    "aes": {
        "tlinks": {"AVAYA#CM1#CSTA#AES1": {}},
        "users": {"cti": {"password": "x", "unrestricted": True}},
        "stream": {"loginID": "cti", "passwd": "x"},
    },
}


def build(**aes: Any) -> Simulator:
    return Simulator(World.from_data({**WORLD, "aes": {**WORLD["aes"], **aes}}), Clock(1e9))


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 10))


def immediate(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that does not suspend."""
    try:
        work.send(None)
    except StopIteration as finished:
        return finished.value
    work.close()
    raise AssertionError("it suspended")


async def take(reports: AsyncIterator[Report], number: int) -> list[Report]:
    return [await anext(reports) for _ in range(number)]


def test_it_stops_without_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        backend = SimulatorBackend(build())
        await backend.start()
        await backend.stop()

    run(scenario())
    assert not caplog.records


def test_it_is_a_backend() -> None:
    backend: Backend = SimulatorBackend(build())
    assert backend.link is LinkState.DOWN


def test_a_request_that_is_confirmed_at_once_does_not_suspend() -> None:
    async def work() -> None:
        backend = SimulatorBackend(build())
        await backend.start()
        assert backend.link is LinkState.UP
        confirmation = immediate(backend.request(MakeCall(callingDevice="101", calledDevice="102"), ATTMakeCallV6()))
        assert isinstance(confirmation.pdu, MakeCallConf)
        assert isinstance(confirmation.private, ATTMakeCallConf)
        split = immediate(backend.request(EscapeSvc(), ATTQueryAcdSplit(device="201")))
        assert split.private == ATTQueryAcdSplitConf()

    run(work())


def test_a_close_in_order_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        backend = SimulatorBackend(build())
        await backend.start()
        await backend.stop()

    run(work())
    assert [record.getMessage() for record in caplog.records] == []


def test_refusals_raise() -> None:
    async def work() -> None:
        backend = SimulatorBackend(build(sdbEnabled=True, users={"cti": {"password": "x", "callControl": ["101"]}}))
        await backend.start()
        with pytest.raises(CstaFailure) as refused:
            await backend.request(HoldCall(activeCall=ConnectionID(77, "101"), reservation=False))
        assert refused.value.error is CSTAUniversalFailure.NO_ACTIVE_CALL
        with pytest.raises(AcsFailure):
            await backend.request(MakeCall(callingDevice="102", calledDevice="101"))

    run(work())


def test_a_confirmation_that_came_first_is_returned_before_the_events_that_followed() -> None:
    async def work() -> None:
        simulator = build()
        backend = SimulatorBackend(simulator)
        await backend.start()
        await backend.request(MonitorDevice(deviceID="110"))
        story: list[str] = []

        async def follow() -> None:
            async for report in backend.reports():
                assert isinstance(report, EventReport)
                story.append(type(report.pdu).__name__)

        async def call() -> None:
            # The set must be lifted by hand, so the confirmation comes later.
            await backend.request(MakeCall(callingDevice="110", calledDevice="101"))
            story.append("confirmed")

        follower = asyncio.ensure_future(follow())
        caller = asyncio.ensure_future(asyncio.wait_for(call(), 5))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert story == []
        simulator.people.lift("110")
        await caller
        await backend.stop()
        await follower
        names = [kind.__name__ for kind in (ServiceInitiated, Originated, Delivered)]
        assert story == ["confirmed", *names]

    run(work())


def test_who_gives_up_on_a_lost_answer_leaves_nothing_behind() -> None:
    async def work() -> None:
        simulator = build()
        backend = SimulatorBackend(simulator)
        await backend.start()
        set_fault(simulator, {"fault": "lose"})
        before = _futures()
        for _ in range(20):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(backend.request(SnapshotDevice(snapshotObject="101")), 0.001)
        assert _futures() <= before + 5
        await backend.stop()

    run(work())


def _futures() -> int:
    gc.collect()
    return sum(isinstance(one, asyncio.Future) for one in gc.get_objects())


def test_events_come_in_order_and_end_with_the_backend() -> None:
    async def work() -> None:
        simulator = build()
        backend = SimulatorBackend(simulator)
        await backend.start()
        monitor = await backend.request(MonitorDevice(deviceID="101"))
        call = await backend.request(MakeCall(callingDevice="101", calledDevice="102"))
        simulator.people.answer("102")
        simulator.people.hold("101")
        await backend.stop()
        reports = [report async for report in backend.reports()]
        assert all(isinstance(report, EventReport) for report in reports)
        assert {report.crossRef for report in reports if isinstance(report, EventReport)} == {
            monitor.pdu.monitorCrossRefID
        }
        last = reports[-1]
        assert isinstance(last, EventReport)
        assert isinstance(last.pdu, Held)
        assert last.pdu.heldConnection.callID == call.pdu.newCall.callID
        assert backend.link is LinkState.DOWN
        with pytest.raises(LinkDown):
            await backend.request(SnapshotDevice(snapshotObject="101"))

    run(work())


def test_the_link_goes_down_and_comes_back() -> None:
    async def work() -> None:
        simulator = build()
        backend = SimulatorBackend(simulator)
        await backend.start()
        reports = backend.reports()
        await backend.request(MonitorDevice(deviceID="101"))
        waiting = asyncio.ensure_future(backend.request(MakeCall(callingDevice="110", calledDevice="101")))
        await asyncio.sleep(0)
        simulator.link("down")
        with pytest.raises(LinkDown):
            await waiting
        ended, down = await take(reports, 2)
        assert isinstance(ended, EventReport)
        assert isinstance(ended.pdu, MonitorEnded)
        assert down == LinkChange(LinkState.DOWN, "the CTI link is down: SS_DISABLED")
        with pytest.raises(LinkDown):
            await backend.request(SnapshotDevice(snapshotObject="101"))
        simulator.link("up")
        assert await take(reports, 1) == [LinkChange(LinkState.UP)]
        await backend.request(SnapshotDevice(snapshotObject="101"))

    run(work())


def test_a_reset_of_the_simulator_is_a_link_that_was_lost() -> None:
    async def work() -> None:
        simulator = build()
        backend = SimulatorBackend(simulator)
        await backend.start()
        await backend.request(MakeCall(callingDevice="101", calledDevice="102"))
        simulator.reset()
        down, up = await take(backend.reports(), 2)
        assert isinstance(down, LinkChange)
        assert down.state is LinkState.DOWN
        assert "TSERVER_DRIVER_UNREGISTERED" in down.reason
        assert up == LinkChange(LinkState.UP)
        snapshot = await backend.request(SnapshotDevice(snapshotObject="101"))
        assert snapshot.pdu.snapshotData == ()

    run(work())


def test_a_stream_that_is_refused_says_why() -> None:
    async def work() -> None:
        backend = SimulatorBackend(build(stream={"passwd": "wrong"}))
        await backend.start()
        assert backend.link is LinkState.DOWN
        (report,) = await take(backend.reports(), 1)
        assert isinstance(report, LinkChange)
        assert report.reason.startswith("TSERVER_BAD_PASSWORD_OR_LOGIN")

    run(work())


def test_another_world_that_refuses_the_stream_says_why_and_one_that_says_nothing_of_an_aes_has_a_usual_one() -> None:
    async def work() -> None:
        simulator = build()
        backend = SimulatorBackend(simulator)
        await backend.start()
        simulator.reset(World.from_data({"stations": {"501": {}}, "aes": {"tlinks": {}}}))
        _, refused = await take(backend.reports(), 2)
        assert isinstance(refused, LinkChange)
        assert refused.reason.startswith("TSERVER_BAD_SERVERID")
        simulator.reset(World.from_data({"stations": {"501": {}}}))
        assert await take(backend.reports(), 1) == [LinkChange(LinkState.UP)]
        await backend.request(MonitorDevice(deviceID="501"))

    run(work())


def test_a_consumer_that_is_too_slow_begins_again() -> None:
    async def work() -> None:
        simulator = build()
        backend = SimulatorBackend(simulator, max_reports=5)
        await backend.start()
        for extension in ("101", "102"):
            await backend.request(MonitorDevice(deviceID=extension))
        await backend.request(MakeCall(callingDevice="101", calledDevice="102"))
        simulator.people.answer("102")
        simulator.people.hold("101")
        await asyncio.sleep(0)
        down, up = await take(backend.reports(), 2)
        assert down == LinkChange(LinkState.DOWN, "5 reports were not taken in time")
        assert up == LinkChange(LinkState.UP)
        simulator.people.retrieve("101")
        await backend.stop()
        assert [report async for report in backend.reports()] == []

    run(work())


def test_who_stops_waiting_leaves_nothing_behind() -> None:
    async def work() -> None:
        simulator = build()
        backend = SimulatorBackend(simulator)
        await backend.start()
        reports = backend.reports()
        waiting = asyncio.ensure_future(backend.request(MakeCall(callingDevice="110", calledDevice="101")))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await backend.request(MonitorDevice(deviceID="101"))
        simulator.people.lift("110")
        (first,) = await take(reports, 1)
        assert isinstance(first, EventReport)
        assert isinstance(first.pdu, Delivered)
        await backend.request(AnswerCall(alertingCall=first.pdu.connection))

    run(work())
