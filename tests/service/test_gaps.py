"""After a gap: the snapshot and every event after it come to what the device has, whatever is reported meanwhile."""

import asyncio
from typing import Any

import pytest

from ivrsvr.backends.base import Confirmation
from ivrsvr.csta import events, query
from ivrsvr.csta.enums import (
    AgentState,
    ATTTalkState,
    ATTWorkMode,
    CSTAEventCause,
    DeviceClass,
    DeviceType,
    LocalConnectionState,
    UUIProtocolType,
)
from ivrsvr.csta.monitor import SnapshotDevice
from ivrsvr.csta.private import query as private
from ivrsvr.csta.private.events import ATTEstablishedV7
from ivrsvr.csta.private.structures import ATTUserToUserInfo
from ivrsvr.csta.system import EscapeSvcConf, Private
from ivrsvr.csta.types import ConnectionID, provided
from tests.properties.told import Told
from tests.redis import RedisServer
from tests.service.fake import Client, FakeBackend, House, house, on_loop, settled
from tests.service.shared import group, talk
from tests.service.test_lookups import PEER, Elsewhere, embedded, key_of
from tests.service.test_monitors import cleared, delivered

State = LocalConnectionState

BACK = {"since": 1, "epoch": "of another time", "events": "all"}


async def come_back(it: House, device: str) -> Told:
    """A client that has missed too much: what it makes of all that it is told."""
    client = await it.client()
    await client.ask("startmonitor", device, **BACK)
    return await told_to(client)


async def told_to(client: Client) -> Told:
    told = Told()
    kinds = []
    for event in await client.events():
        kinds.append(event["eventtype"])
        told.take(event)
    assert kinds[:2] == ["gap", "snapshot"]
    return told


@on_loop
async def test_a_station_that_is_reported_about_at_each_look_is_shown_as_it_is() -> None:
    """A call ends after the switch has shown it, and before it says so; another one is held and stays."""
    switch, looks = FakeBackend(parties={20: ["103", "101"], 48: ["102", "101"], 49: ["101", "104"]}), 0

    def look(_pdu: Any, _private: Any) -> Confirmation:
        nonlocal looks
        looks += 1
        switch.calls["101"] = {20: "hold", 48: "alert"}
        shown = switch.snapshot("101")
        switch.report("101", delivered())
        switch.report("101", cleared("101", State.CS_NULL))
        switch.report("101", delivered(49))
        switch.calls["101"] = {20: "hold", 49: "alert"}
        return shown

    async with house(switch) as it:
        await it.client("101")
        switch.answers[SnapshotDevice] = look
        told = await come_back(it, "101")
        assert looks > 5
        assert told.calls["101"] == {20: "hold", 49: "alert"}


@on_loop
async def test_a_split_whose_agents_come_and_go_at_each_look_is_shown_as_it_is() -> None:
    """One agent leaves and another comes after the switch has listed them; a third is there all the time."""
    switch, looks = FakeBackend(), 0

    def list_of_agents(_pdu: Any, _private: Any) -> Confirmation:
        nonlocal looks
        looks += 1
        switch.report("201", events.LoggedOn(agentDevice=provided("101"), agentID="1", agentGroup="201"))
        for devices in (("101", "103"), ()):
            switch.report("", Private(), private.ATTQueryAgentLoginResp(privEventCrossRefID=looks, list=devices))
        switch.report("201", events.LoggedOff(agentDevice=provided("101"), agentID="1", agentGroup="201"))
        switch.report("201", events.LoggedOn(agentDevice=provided("102"), agentID="2", agentGroup="201"))
        return Confirmation(EscapeSvcConf(), private.ATTQueryAgentLoginConf(privEventCrossRefID=looks))

    def who(pdu: query.QueryDeviceInfo, _private: Any) -> Confirmation:
        info = query.QueryDeviceInfoConf(
            device=pdu.device, deviceType=DeviceType.DT_STATION, deviceClass=DeviceClass.DC_VOICE
        )
        return Confirmation(info, private.ATTQueryDeviceInfoConfV5(associatedDevice=pdu.device[-1]))

    state = private.ATTQueryAgentStateConfV6(workMode=ATTWorkMode.WM_AUTO_IN, talkState=ATTTalkState.TS_IDLE)
    switch.answers[private.ATTQueryAgentLogin] = list_of_agents
    switch.answers[query.QueryDeviceInfo] = who
    switch.answers[query.QueryAgentState] = Confirmation(
        query.QueryAgentStateConf(agentState=AgentState.AG_READY), state
    )
    async with house(switch) as it:
        first = await it.client("201", events="all")
        there = Told()
        for event in await first.events():
            there.take(event)
        assert there.agents["201"] == {"102": "2"}, "who came before the monitor is no news"
        assert it.service.monitors.get("201").agents == {"102": "2", "103": "3"}  # type: ignore[union-attr]
        told = await come_back(it, "201")
        assert looks > 10
        assert told.agents["201"] == {"102": "2", "103": "3"}


@on_loop
async def test_what_waits_for_its_user_data_is_told_before_the_snapshot_and_not_after_it() -> None:
    """Another station has picked the call up: told after a snapshot without it, that would be a call that talks."""
    key = key_of(PEER)
    peer = Elsewhere({key: "theirs"})
    picked_up = events.Established(
        establishedConnection=ConnectionID(48, "103"),
        answeringDevice=provided("103"),
        callingDevice=provided("102"),
        calledDevice=provided("101"),
        lastRedirectionDevice=provided("101"),
        localConnectionInfo=State.CS_NULL,
        cause=CSTAEventCause.EC_CALL_PICKUP,
    )
    info = ATTUserToUserInfo(UUIProtocolType.UUI_IA5_ASCII, key.encode())
    switch = FakeBackend(calls={"101": {20: "hold"}}, parties={20: ["103", "101"]})
    async with house(switch, lookups=lambda clock: embedded(clock, peer)) as it:
        await it.client("101")
        it.switch.report("101", delivered())
        it.switch.report("101", picked_up, ATTEstablishedV7(userInfo=info))
        client = await it.client()
        asked = asyncio.create_task(client.ask("startmonitor", "101", **BACK))
        await settled()
        peer.gate.set()
        await asked
        assert (await told_to(client)).calls["101"] == {20: "hold"}


@pytest.mark.parametrize("place", [0, 1])
@on_loop
async def test_what_is_on_its_way_through_redis_is_told_before_the_snapshot(redis: RedisServer, place: int) -> None:
    """place: at the server that writes the event, or at the one that sees it and waits for the other to tell it."""
    async with group(redis.url) as it:
        writer, follower = it.servers
        at = it.servers[place]
        await it.client(writer).connect()
        witness = await it.client(follower).connect()
        await talk(it)
        await witness.has(2)
        await follower.in_step()
        gate, append = asyncio.Event(), writer.stream.append

        async def late(*offers: Any, **keys: Any) -> Any:
            await gate.wait()
            return await append(*offers, **keys)

        writer.stream.append = late  # type: ignore[method-assign]
        it.simulator.people.hold("101")
        await settled()
        client = it.client(at)
        client.position["101"] = ("of another time", 1)
        asked = asyncio.create_task(client.connect())
        await settled()
        gate.set()
        await asked
        await witness.has(3)
        assert client.types == ["gap", "snapshot"]
        assert client.events[1]["list"][0]["state"] == "hold"
        assert client.numbers[1] == witness.numbers[2]
