"""The service on the simulated switch, in process: what a client sees of whole calls."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlite_utils import Database

from ivrsvr.backends.simulator.backend import SimulatorBackend
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import DEFAULT_WORLD, World
from ivrsvr.clock import Clock
from ivrsvr.registry import Caller
from ivrsvr.service.errors import Own
from ivrsvr.service.lookups import Lookups
from ivrsvr.service.service import Service
from ivrsvr.service.subscribers import Subscriber
from ivrsvr.store.idempotency import IdempotencyStore
from ivrsvr.store.userdata import UserDataStore, is_key
from tests.service.fake import START, F, code, on_loop, settled


@dataclass
class Site:
    """A service on a simulator; `ask` as a client of its own."""

    service: Service
    simulator: Simulator
    clock: Clock
    subscriber: Subscriber

    async def ask(self, name: str, extension: str | None = None, /, **keys: Any) -> dict[str, Any]:
        request = {"id": "1", "request": name, **keys, **({} if extension is None else {"extension": extension})}
        answer = await self.service.handle(request, Caller("ws", subscriber=self.subscriber))
        self.subscriber.reply(json.dumps(answer))
        return answer

    async def done(self, name: str, extension: str | None = None, /, **keys: Any) -> dict[str, Any]:
        answer = await self.ask(name, extension, **keys)
        assert answer["result"] == "success", answer
        return answer

    async def told(self) -> list[str]:
        """What has come on the connection since: event types with their extension's reference, or `response`."""
        await settled()
        messages = [json.loads(text) for text in self.subscriber.take_now()]
        return [f"{one['eventtype']} {one['referenceid']}" if "eventtype" in one else "response" for one in messages]

    async def events(self) -> list[dict[str, Any]]:
        await settled()
        return [one for text in self.subscriber.take_now() if "eventtype" in (one := json.loads(text))]


@asynccontextmanager
async def site(*monitored: str) -> AsyncIterator[Site]:
    clock = Clock(START)
    simulator = Simulator(World.load(DEFAULT_WORLD), clock)
    database = Database(memory=True)
    service = Service(
        SimulatorBackend(simulator),
        clock,
        userdata=Lookups.embedded(UserDataStore(database, clock.now), clock),
        keys=IdempotencyStore(database, clock.now),
    )
    await service.start()
    it = Site(service, simulator, clock, service.subscribe("test"))
    try:
        for extension in monitored:
            await it.done("startmonitor", extension)
        await it.told()
        yield it
    finally:
        await service.stop()


@on_loop
async def test_a_call_from_ring_to_idle_with_each_response_before_its_events() -> None:
    async with site("101", "102") as it:
        made = await it.done("makecall", "101", destination="102", data="hello world")
        assert await it.told() == ["response", "alert 1", "offer 2"]
        assert (await it.done("answer", "102", destination="101"))["callid"] == made["callid"]
        assert await it.told() == ["response", "connect 1", "connect 2"]
        await it.done("hold", "101")
        assert await it.told() == ["response", "hold 1", "hold 2"]
        await it.done("retrieve", "101", destination="102")
        assert await it.told() == ["response", "retrieve 1", "retrieve 2"]
        assert (await it.done("queryucid", callid=made["callid"]))["ucid"] == made["ucid"]
        await it.done("hangup", "101")
        assert sorted((await it.told())[1:]) == sorted(
            ["response", "disconnect 1", "idle 1", "disconnect 2", "disconnect 2", "idle 2"]
        )


@pytest.mark.parametrize("monitored", [(), ("101", "102", "103")])
@pytest.mark.parametrize("name", ["transfer", "conference"])
@on_loop
async def test_one_step_and_two_steps_come_to_the_same(monitored: tuple[str, ...], name: str) -> None:
    for two_steps in (True, False):
        async with site(*monitored) as it:
            await it.done("makecall", "101", destination="102")
            await it.done("answer", "102")
            if two_steps:
                await it.done("consultation", "101", destination="103")
                await it.done("answer", "103")
                await it.done(name, "101")
            else:
                await it.done(name, "101", destination="103")
                await it.done("answer", "103")
            (there,) = (await it.done("snapshot", "103"))["list"]
            parties = {one["extension"] for one in there["party"]}
            assert parties == {"102", "103"} | ({"101"} if name == "conference" else set())
            assert (await it.done("snapshot", "101"))["numcall"] == (name == "conference")


@on_loop
async def test_an_outside_caller_by_number_with_and_without_a_monitor() -> None:
    for monitored in ((), ("101",)):
        async with site(*monitored) as it:
            outside = it.simulator.people.call_in("60123456", "101", trunk_group="5")
            await settled()
            assert code(await it.ask("answer", "101", destination="102")) == F.NO_CALL_TO_ANSWER
            answer = await it.done("answer", "101", destination="60123456")
            assert answer["callid"] == str(outside.callID)
            await it.done("dropparty", "101", party="60123456")
            assert (await it.done("snapshot", "101"))["numcall"] == 0


@on_loop
async def test_a_caller_whose_number_was_told_is_not_taken_for_another() -> None:
    async with site("101") as it:
        it.simulator.people.call_in("60123456", "101", trunk_group="5")
        second = it.simulator.people.call_in("60123457", "101", trunk_group="5")
        await settled()
        assert code(await it.ask("answer", "101", destination="60000000")) == F.NO_CALL_TO_ANSWER
        assert (await it.done("answer", "101", destination="60123457"))["callid"] == str(second.callID)
        assert code(await it.ask("dropparty", "101", party="60123456")) == F.NO_CONNECTION_TO_CLEAR
        await it.done("dropparty", "101", party="60123457")
        assert (await it.done("snapshot", "101"))["numcall"] == 1


@on_loop
async def test_a_transfer_to_the_network_in_one_step() -> None:
    async with site() as it:
        await it.done("makecall", "101", destination="102")
        await it.done("answer", "102")
        await it.done("transfer", "101", destination="967896789")
        (call,) = (await it.done("snapshot", "102"))["list"]
        assert {one["extension"].partition("#")[0][:1] for one in call["party"]} == {"1", "T"}


@on_loop
async def test_a_one_step_transfer_to_nobody_gives_the_first_call_back() -> None:
    async with site("101") as it:
        await it.done("makecall", "101", destination="102")
        await it.done("answer", "102")
        assert (await it.ask("transfer", "101", destination="199"))["result"] == "fail"
        (call,) = (await it.done("snapshot", "101"))["list"]
        assert (call["state"], [one["extension"] for one in call["party"]]) == ("connect", ["101", "102"])


@pytest.mark.parametrize("monitored", [(), ("101",)])
@pytest.mark.parametrize("name", ["transfer", "conference"])
@pytest.mark.parametrize(
    ("destination", "error"),
    [
        ("110", F.RESOURCE_BUSY),
        ("999999", F.INVALID_DESTINATION),
        ("220", F.RESOURCE_BUSY),
        ("701", F.RESOURCE_BUSY),
    ],
)
@on_loop
async def test_a_one_step_request_is_refused_at_once_with_the_reason(
    monitored: tuple[str, ...], name: str, destination: str, error: F
) -> None:
    async with site(*monitored) as it:
        it.simulator.people.dial("110", "109")
        await it.done("makecall", "101", destination="102")
        await it.done("answer", "102")
        before = it.clock.now()
        answer = await it.ask(name, "101", destination=destination)
        assert code(answer) == error
        assert it.clock.now() == before
        (call,) = (await it.done("snapshot", "101"))["list"]
        assert (call["state"], [one["extension"] for one in call["party"]]) == ("connect", ["101", "102"])


@on_loop
async def test_reconnect_from_a_consultation_that_failed() -> None:
    async with site("101") as it:
        await it.done("makecall", "101", destination="102")
        await it.done("answer", "102")
        await it.done("consultation", "101", destination="199")
        await it.done("reconnect", "101")
        (call,) = (await it.done("snapshot", "101"))["list"]
        assert call["state"] == "connect"


@on_loop
async def test_long_data_arrive_whole() -> None:
    async with site("102") as it:
        await it.done("makecall", "101", destination="102", data="Grüße " * 40)
        (offer,) = await it.events()
        assert is_key(offer["uui"])
        assert offer["custdata"] == "Grüße " * 40
        assert (await it.done("userdata", "102", type="alert"))["userdata"] == "Grüße " * 40
        assert (await it.done("userdata", "102", type="get", uui=offer["uui"]))["data"] == "Grüße " * 40


@on_loop
async def test_agents() -> None:
    async with site() as it:
        await it.done("startmonitor", "201", events="all")
        await it.events()
        await it.done("login", "101", agentid="12345", passwd="67890")
        (event,) = await it.events()
        assert (event["eventtype"], event["extension"], event["agentid"]) == ("agentlogin", "101", "12345")
        await it.done("setstate", "101", state="auto")
        assert (await it.done("queryagentstate", "101"))["skillmode"] == "auto"
        found = await it.done("queryagentlogin", split="201")
        assert (found["numextension"], found["list"]) == (1, [{"extension": "101"}])
        await it.done("logout", "101", agentid="12345", passwd="67890", reasoncode="3")
        (event,) = await it.events()
        assert (event["eventtype"], event["split"]) == ("agentlogout", "201")


@on_loop
async def test_a_stalled_switch_times_out_and_a_late_answer_harms_nobody() -> None:
    async with site() as it:
        it.simulator.stall(True)
        ask = asyncio.create_task(it.ask("makecall", "101", destination="102"))
        await settled()
        it.clock.advance(8)
        assert code(await ask) == Own.SWITCH_TIMEOUT
        it.simulator.stall(False)
        it.clock.advance(60)
        assert (await it.done("makecall", "103", destination="104"))["callid"]


@on_loop
async def test_the_link_goes_and_the_calls_that_ended_meanwhile_end_for_the_client_too() -> None:
    async with site("101", "102") as it:
        await it.done("makecall", "101", destination="102")
        await it.done("answer", "102")
        await it.told()
        it.simulator.link("down")
        assert code(await it.ask("hold", "101")) == Own.LINK_DOWN
        it.simulator.people.hangup("102")
        it.simulator.link("up")
        told = await it.events()
        assert all(one["synthetic"] for one in told)
        assert [one["eventtype"] for one in told if one["referenceid"] == 1][-2:] == ["disconnect", "idle"]
        assert [one["eventtype"] for one in told if one["referenceid"] == 2][-2:] == ["disconnect", "idle"]
        await it.done("makecall", "101", destination="102")
        assert [one["eventtype"] for one in await it.events()] == ["alert", "offer"]


@on_loop
async def test_a_reset_of_the_switch_ends_every_call_and_keeps_the_monitors() -> None:
    async with site("101") as it:
        await it.done("makecall", "101", destination="102")
        await it.told()
        it.simulator.reset()
        assert [one["eventtype"] for one in await it.events()] == ["disconnect", "idle"]
        await it.done("makecall", "101", destination="102")
        assert [one["eventtype"] for one in await it.events()] == ["alert"]


@on_loop
async def test_calls_that_only_a_vdn_has_shown_are_forgotten_with_the_link() -> None:
    """No snapshot shows them again: their end would never be told."""
    async with site("700", "201") as it:
        it.simulator.people.call_in("61234567", "700", behaviour={"patience": 20})
        it.clock.advance(10)
        await settled()
        assert len(it.service.model.calls) == 1
        it.simulator.link("down")
        await settled()
        it.clock.advance(30)
        it.simulator.link("up")
        await settled()
        assert not it.simulator.switch.core.calls
        assert not it.service.model.calls


@pytest.mark.parametrize("how", ["transfer", "conference"])
@on_loop
async def test_a_vdn_alone_keeps_its_call_when_that_becomes_part_of_another(how: str) -> None:
    """The first call id ends, and the call does not: its end is told when it comes, and all belongs to its life."""
    async with site() as it:
        await it.done("startmonitor", "700", events="all")
        it.simulator.people.agent("12345", at="101", login=True, mode="AUTO_IN")
        it.simulator.people.call_in("60123", "700")
        it.clock.advance(6)
        it.simulator.people.answer("101")
        ucid = next(one["ucid"] for one in await it.events() if one["eventtype"] == "alert")
        await it.done("consultation", "101", destination="102")
        it.simulator.people.answer("102")
        await it.done(how, "101")
        assert [one["eventtype"] for one in await it.events()] == ["hold", how]
        it.simulator.people.hangup("102")
        it.simulator.people.hangup("101")
        kinds = [one["eventtype"] for one in await it.events()]
        assert kinds == ["disconnect"] * (kinds.count("disconnect") or 1) + ["callcleared"]
        life = (await it.done("callhistory", ucid=ucid))["list"]
        assert [one["eventtype"] for one in life][-len(kinds) :] == kinds
