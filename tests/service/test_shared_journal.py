"""The journal that several servers share: what a client is told that hops between them, whatever happens to one, to the
switch's links, or to Redis."""

import asyncio
import contextlib
import json
import random
import signal
import socket
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ivrsvr.assembly.journal import open_journal
from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.backends.simulator.backend import RETRY_S
from ivrsvr.backends.simulator.errors import PeopleError
from ivrsvr.clock import Clock
from ivrsvr.service import past
from ivrsvr.service import standing as module
from ivrsvr.service.errors import Own
from ivrsvr.store import journal_redis
from ivrsvr.store.journal import Bounds, Wanted
from ivrsvr.store.journal_redis import JournalStream, Offer, StreamLost
from tests.redis import RedisServer
from tests.service.conftest import flush
from tests.service.fake import START, code, on_loop, settled
from tests.service.shared import group, talk, toggle, until, without_server

pytestmark = [
    pytest.mark.usefixtures("tidy"),
    pytest.mark.filterwarnings("ignore:unclosed", "ignore:loop is closed"),
]
"""redis-py leaves a connection open whose making is cancelled, as when a server stops in the middle of it."""


# ---- all well


@on_loop
async def test_each_event_is_there_once_and_the_same_for_clients_of_every_server(redis: RedisServer) -> None:
    async with group(redis.url) as it:
        a, b = it.servers
        await it.client(b, "102").connect()  # so that 101 goes by another reference there
        clients = [await it.client(one).connect() for one in (a, b, a, b)]
        assert (a.role(), b.role()) == ("lead", "follow")
        assert a.journal.about == f"shared at {redis.url}; writes for 1 of 1 devices"
        await talk(it)
        toggle(it, 3)
        told = [await client.has(8) for client in clients]
        assert clients[0].numbers == list(range(3, 11))  # after those that 102 and 101 have begun with
        assert all(without_server(one) == without_server(told[0]) for one in told)
        assert [{event["referenceid"] for event in one} for one in told] == [{1}, {2}, {1}, {2}]
        assert {event["epoch"] for one in told for event in one} == {a.journal.epoch} == {b.journal.epoch}
        for server in (a, b):
            history = await server.service.handle({"request": "eventhistory", "extension": "101"})
            assert without_server(history["list"]) == without_server(told[0])
            life = await server.service.handle({"request": "callhistory", "ucid": told[0][0]["ucid"]})
            assert [rung["eventtype"] for rung in life["list"]] == clients[0].types
        nothing = await a.service.handle({"request": "callhistory", "ucid": "1"})
        assert code(nothing) == Own.CALL_NOT_RECORDED


@pytest.mark.parametrize("wire", [False, True])
@on_loop
async def test_a_client_that_hops_gets_the_rest_and_nothing_twice(redis: RedisServer, wire: bool) -> None:
    async with group(redis.url, 3, wire=wire) as it:
        for server in it.servers:
            await it.client(server).connect()
        await talk(it)
        await until(lambda: it.servers[0].journal.last == 3)
        client = await it.client(it.servers[0]).connect()
        chance = random.Random(5)
        for _ in range(12):
            toggle(it, chance.randint(0, 4))
            await asyncio.sleep(chance.choice([0, 0, 0.002]))
            client.break_off(chance.randint(0, 6))
            toggle(it, chance.randint(0, 3))
            await client.connect(chance.choice(it.servers))
        toggle(it)
        witness = await it.client(it.servers[0]).connect()
        await until(lambda: client.numbers and client.numbers[-1] == witness.server.journal.last)
        assert set(client.types) == {"hold", "retrieve"}
        assert client.numbers == list(range(4, it.servers[0].journal.last + 1))
        assert all(one != other for one, other in pairwise(client.types))


@on_loop
async def test_what_is_in_no_memory_any_more_comes_from_redis(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "READ_PAGE", 7)
    async with group(redis.url, most=5) as it:
        a, b = it.servers
        client = await it.client(a, "101", "102").connect()
        witness = await it.client(b, "101", "102").connect()
        await talk(it)
        client.break_off()
        it.simulator.people.dial("102", "104")
        toggle(it, 20)
        await until(lambda: b.journal.last >= 40)
        await client.connect(b)
        assert len(b.journal) == 5
        told = [event for event in client.events if event["monitored"] == "101"]
        assert [event["eventid"] for event in told] == [
            event["eventid"] for event in witness.events if event["monitored"] == "101"
        ]
        assert len(witness.events) > len(told) > 40
        assert "resumed" in [event["eventtype"] for event in client.told]
        some = await a.journal.history(Wanted(devices=["101"], eventtypes=["hold"], after=10, most=6))
        assert ([one.eventtype for one in some], some[0].eventid > 10) == (["hold"] * 6, True)
        assert await a.journal.history(Wanted(since=START + 3600)) == []
        assert await a.journal.history(Wanted(until=START - 3600)) == []


@on_loop
async def test_a_stream_without_a_position_is_resumed_from_where_it_began(redis: RedisServer) -> None:
    async with group(redis.url) as it:
        a, b = it.servers
        await it.client(b, "102").connect()
        it.simulator.people.dial("102", "104")
        client = await it.client(a).connect()
        client.break_off()
        await talk(it)
        await client.connect(b)
        assert [one["eventtype"] for one in await client.has(2)] == ["alert", "connect"]


@on_loop
async def test_what_a_server_says_of_itself_is_for_its_own_clients(redis: RedisServer) -> None:
    async with group(redis.url) as it:
        a, b = it.servers
        here, there = [await it.client(one, events="all").connect() for one in (a, b)]
        a.cut()
        await here.has(1)
        it.clock.advance(RETRY_S)
        await until(lambda: here.types == ["linkdown", "linkup"])
        here.break_off()
        await here.connect(b)
        assert there.types == []
        assert here.types == ["linkdown", "linkup"]
        assert here.told[-1]["eventtype"] == "resumed"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["toggle", "ring", "clear", "hop", "hop", "read", "cut", "link", "restart", "wait"]),
        st.integers(0, 5),
    ),
    max_size=14,
)


@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(STEPS)
def test_whatever_happens_nothing_is_lost_nor_told_twice_nor_out_of_order(
    redis: RedisServer, steps: list[tuple[str, int]]
) -> None:
    flush(redis)
    asyncio.run(_at_random(redis, steps))


async def _at_random(redis: RedisServer, steps: list[tuple[str, int]]) -> None:
    async with group(redis.url) as it:
        keeper = [await it.client(server).connect() for server in it.servers]
        await talk(it)
        clients = [await it.client(it.servers[0]).connect(), await it.client(it.servers[1]).connect()]
        for step, number in steps:
            server = it.servers[number % 2]
            client = clients[number % 2]
            if step == "toggle":
                with contextlib.suppress(PeopleError):
                    toggle(it, number)
            elif step in ("ring", "clear"):
                with contextlib.suppress(PeopleError):
                    if step == "ring":
                        it.simulator.people.dial("104", "101")
                    else:
                        it.simulator.people.hangup("104")
            elif step == "hop":
                client.break_off(number)
                there = it.servers[number % 3 % 2]
                await client.connect(there if there.service.up else next(one for one in it.servers if one.service.up))
            elif step == "read":
                client._read()
            elif step == "cut" and all(one.service.up for one in it.servers):
                server.cut()
            elif step == "link":
                it.clock.advance(RETRY_S)
            elif step == "restart":
                moving = [one for one in (*clients, *keeper) if one.server is server]
                for one in moving:
                    one.break_off()
                await it.stop(server)
                fresh = await it.start()
                for one in moving:
                    await one.connect(fresh)
            await settled()
            if step == "wait":
                await asyncio.sleep(0.01)
        it.clock.advance(RETRY_S)
        await settled()
        a, b = it.servers
        await until(lambda: not a.journal.unwritten + b.journal.unwritten and a.journal.last == b.journal.last)
        await until(lambda: {a.role(), b.role()} == {"lead", "follow"}, lambda: (a.role(), b.role()))
        await until(lambda: not a.journal.unwritten + b.journal.unwritten and a.journal.last == b.journal.last)
        kept = [one.eventid for one in await a.journal.history(Wanted(devices=["101"]))]
        for one in [*clients, *keeper]:
            assert "gap" not in one.types
            numbers = [event["eventid"] for event in one.events if event["eventtype"] not in ("linkdown", "linkup")]
            begun = [int(event["eventid"]) for event in one.told if event["eventtype"] == "position"]
            first = begun[0] + 1 if begun else min(numbers, default=0)
            assert numbers == [number for number in kept if number >= first], one.told


# ---- one of the servers is gone


@on_loop
async def test_when_the_one_that_writes_is_killed_another_goes_on_where_the_journal_ends(redis: RedisServer) -> None:
    async with group(redis.url) as it:
        a, b = it.servers
        client, witness = await it.client(a).connect(), await it.client(b).connect()
        await talk(it)
        await client.has(2)
        await witness.has(2)
        a.kill()
        client.break_off()
        it.simulator.people.hold("101")  # seen by both, written by nobody yet
        await settled()
        await client.connect(b)
        await witness.has(2)
        await a.lapse()
        await b.journal._exchange.beat()
        assert [one["eventtype"] for one in await client.has(3)] == ["alert", "connect", "hold"]
        assert "synthetic" not in client.events[-1]
        it.simulator.people.retrieve("101")
        it.simulator.people.hangup("101")
        await client.has(6)
        assert client.numbers == [2, 3, 4, 5, 6, 7] == (witness.numbers if await witness.has(6) else [])
        assert client.types[2:] == ["hold", "retrieve", "disconnect", "idle"]
        assert b.role() == "lead"


@on_loop
async def test_one_that_comes_anew_after_a_crash_reconciles_from_the_journal(redis: RedisServer) -> None:
    async with group(redis.url, 1) as it:
        (a,) = it.servers
        client = await it.client(a).connect()
        await talk(it)
        await client.has(2)
        a.kill()
        await a.lapse()
        client.break_off()
        it.simulator.people.hold("101")
        await settled()
        b = await it.start()
        await client.connect(b)
        await until(lambda: len(client.events) == 3)
        assert (client.types[-1], client.events[-1]["synthetic"], client.numbers) == ("hold", True, [2, 3, 4])
        assert "gap" not in client.types


@on_loop
async def test_a_server_that_stops_in_order_is_followed_at_once(redis: RedisServer) -> None:
    async with group(redis.url) as it:
        a, b = it.servers
        witness, client = await it.client(b).connect(), await it.client(a).connect()
        assert (a.role(), b.role()) == ("follow", "lead")
        await talk(it)
        await client.has(2)
        await it.stop(b)
        await until(lambda: a.role() == "lead")
        toggle(it)
        assert [one["eventid"] for one in await client.has(4)] == [2, 3, 4, 5]
        client.break_off()
        c = await it.start()
        await client.connect(c)
        toggle(it)
        await client.has(6)
        assert witness.numbers == [2, 3]


@on_loop
async def test_the_one_that_loses_the_switch_is_followed_by_one_that_has_it(redis: RedisServer) -> None:
    async with group(redis.url) as it:
        a, b = it.servers
        client, witness = await it.client(a).connect(), await it.client(b).connect()
        await talk(it)
        await witness.has(2)
        a.cut()
        await until(lambda: b.role() == "lead")
        toggle(it)
        await client.has(4)  # though its own server sees nothing
        it.clock.advance(RETRY_S)
        await until(lambda: a.service.monitors.running == 1)
        await until(lambda: a.journal.certain("101"))
        toggle(it)
        assert without_server(await client.has(6)) == without_server(await witness.has(6))
        assert client.types == ["alert", "connect", *["hold", "retrieve"] * 2]
        assert not any(one.get("synthetic") for one in client.events)
        assert (a.role(), b.role()) == ("follow", "lead")


@on_loop
async def test_when_all_lose_the_switch_what_happened_meanwhile_is_told_once(redis: RedisServer) -> None:
    async with group(redis.url) as it:
        a, b = it.servers
        client, witness = await it.client(a).connect(), await it.client(b).connect()
        await talk(it)
        await client.has(2)
        b.cut()
        it.simulator.people.hold("101")
        await witness.has(3)
        a.cut()
        await settled()
        it.simulator.people.hangup("105")
        await until(lambda: {a.role(), b.role()} == {"follow"})
        it.clock.advance(RETRY_S)
        await until(lambda: len(witness.events) == 5)
        assert witness.types[3:] == ["disconnect", "idle"]
        assert [one.get("synthetic") for one in witness.events[3:]] == [True, True]
        assert (await client.has(5))[3:] == witness.events[3:]


@on_loop
async def test_the_last_client_s_farewell_ends_a_device_and_who_comes_back_is_told(redis: RedisServer) -> None:
    async with group(redis.url) as it:
        a, b = it.servers
        client = await it.client(a).connect()
        await talk(it)
        await client.has(2)
        assert (await a.service.handle({"request": "snapshot", "extension": "101"}))["result"] == "success"
        assert client.queue is not None
        client.queue.farewell = True
        client.break_off()
        await until(lambda: not len(a.service.monitors))
        toggle(it)
        await until(lambda: not a.journal._outbox)
        await client.connect(b)
        assert client.types[2:] == ["gap", "snapshot"]


@on_loop
async def test_who_ends_a_device_does_not_take_it_up_again(redis: RedisServer) -> None:
    """Its own notice that the device is free comes back while its monitor still runs."""
    async with group(redis.url, 1) as it:
        (a,) = it.servers
        client = await it.client(a).connect()
        await talk(it)
        await client.has(2)
        before = a.journal._standing.at
        await a.journal.end("101")
        await until(lambda: a.journal._standing.at != before)
        for _ in range(5):
            await a.stream.sync(())
            await settled()
        assert a.role() == "follow"
        assert await a.stream._redis.hget(f"{journal_redis.PREFIX}dev:101", "leader") == ""


# ---- Redis


@on_loop
async def test_while_redis_is_away_events_go_on_and_a_position_is_a_gap_elsewhere(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with group(redis.url) as it:
        a, b = it.servers
        client, witness = await it.client(a).connect(), await it.client(b).connect()
        early = await it.client(b).connect()
        await talk(it)
        await client.has(2)
        await b.in_step()
        early.break_off()
        shared = a.journal.epoch
        redis.stop()
        try:
            toggle(it)
            await client.has(4)
            await witness.has(4)
            assert client.types == witness.types == ["alert", "connect", "hold", "retrieve"]
            assert a.journal.about.startswith("alone: ")
            assert "goes on alone" in caplog.text
            epochs = {client.events[-1]["epoch"], witness.events[-1]["epoch"], shared}
            assert len(epochs) == 3
            client.break_off()
            it.simulator.people.hold("101")
            await client.connect(a)  # the same server knows its own
            assert [one["eventtype"] for one in await client.has(5)] == [*witness.types[:4], "hold"]
            answer = await a.service.handle({"request": "eventhistory", "extension": "101"})
            assert code(answer) == Own.JOURNAL_FAILED
        finally:
            redis.start()
        await until(lambda: a.journal.joined and b.journal.joined)
        await until(lambda: {a.role(), b.role()} == {"lead", "follow"})
        assert a.journal.epoch == b.journal.epoch == shared  # this Redis writes everything down
        it.simulator.people.retrieve("101")
        await client.has(6)
        assert (witness.types[4:], witness.events[-1]["epoch"]) == (["hold", "retrieve"], shared)
        await early.connect(b)  # has missed what no journal has
        assert early.types[2:] == ["gap", "snapshot"]
        client.break_off()
        toggle(it)
        await client.connect(b)
        assert [one["eventtype"] for one in (await client.has(8))[6:]] == ["hold", "retrieve"]


@on_loop
async def test_a_restart_that_may_have_lost_something_is_a_new_epoch(redis: RedisServer) -> None:
    async with group(redis.url, 1) as it:
        (a,) = it.servers
        client = await it.client(a).connect()
        await talk(it)
        await client.has(2)
        before = a.journal.epoch
        client.break_off()
        await a.stream._redis.config_set("appendfsync", "everysec")
        await a.stream._redis.hset(f"{journal_redis.PREFIX}meta", "run", "another")  # as after a restart
        a.journal.part("a test")
        await until(lambda: a.journal.joined)
        assert a.journal.epoch != before
        await client.connect(a)
        assert client.types[2:] == ["gap", "snapshot"]
        await a.stream._redis.config_set("appendfsync", "always")


@on_loop
async def test_when_redis_forgets_everything_a_new_epoch_begins(redis: RedisServer) -> None:
    async with group(redis.url) as it:
        a, b = it.servers
        client, witness = await it.client(a).connect(), await it.client(b).connect()
        await talk(it)
        await client.has(2)
        await b.in_step()
        client.break_off()
        before = a.journal.epoch
        await a.stream._redis.flushall()
        toggle(it)
        await witness.has(4)
        await until(lambda: a.journal.joined and b.journal.joined and a.journal.epoch == b.journal.epoch != before)
        await client.connect(b)
        assert client.types[2:] == ["gap", "snapshot"]
        await until(lambda: {a.role(), b.role()} == {"lead", "follow"})
        toggle(it)
        assert [one["eventtype"] for one in (await client.has(6))[4:]] == ["hold", "retrieve"]


@on_loop
async def test_what_is_too_much_or_too_old_is_forgotten_and_who_missed_it_is_told(redis: RedisServer) -> None:
    async with group(redis.url, bounds=Bounds(10, 100.0, 0)) as it:
        a, b = it.servers
        client, other = await it.client(a).connect(), await it.client(b).connect()
        await it.client(a).connect()
        await talk(it)
        toggle(it)
        await client.has(4)
        await other.has(4)
        client.break_off()
        toggle(it, 3)
        await until(lambda: b.journal.last == 11)
        other.break_off(2)  # has 6
        toggle(it, 3)
        await until(lambda: b.journal.last == 17)
        await client.connect(b)
        assert client.types[4:] == ["gap", "snapshot"]
        await other.connect(a)
        assert other.numbers == list(range(2, 18))
        assert await a.stream._redis.zcard(f"{journal_redis.PREFIX}ids:101") == 10
        other.break_off()
        it.clock.advance(200)
        toggle(it)
        await until(lambda: b.journal.last == 19)
        assert await a.stream._redis.xlen(f"{journal_redis.PREFIX}events") == 2
        await other.connect(b)
        assert other.types[16:] == ["hold", "retrieve"]


@on_loop
async def test_the_octets_in_redis_are_bounded(redis: RedisServer) -> None:
    stream = JournalStream(redis.url, 1, Bounds(10**9, 1e9, 400_000))
    await stream.join("e")
    for _ in range(8):
        await stream.append([Offer("*1", "linkup", '{"x":"' + "x" * 300 + '","n":', "}", START)] * 400)
    for _ in range(20):
        await stream.beat()
    assert (await stream._redis.memory_usage(f"{journal_redis.PREFIX}events", 0) or 0) < 500_000
    assert (await stream.sync(()))[1] > 0
    await stream.close()


def without_gaps(types: list[str]) -> list[str]:
    """What was told besides that something may be missing."""
    return [kind for kind in types if kind not in ("gap", "snapshot")]


@on_loop
async def test_a_redis_that_hangs_delays_nobody_for_long(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with group(redis.url) as it:
        a, b = it.servers
        client, witness = await it.client(a).connect(), await it.client(b).connect()
        await talk(it)
        await client.has(2)
        await witness.has(2)
        assert redis.process is not None
        monkeypatch.setattr(module, "PATIENCE_S", 0.2)
        redis.process.send_signal(signal.SIGSTOP)
        try:
            it.simulator.people.hold("101")
            await client.has(3)
            await until(lambda: not b.journal.joined)
            await witness.has(3)
            it.simulator.people.retrieve("101")
            assert (await client.has(4))[-1]["epoch"] != (await witness.has(4))[-1]["epoch"]
        finally:
            redis.process.send_signal(signal.SIGCONT)
            monkeypatch.setattr(module, "PATIENCE_S", 5.0)
        await until(lambda: a.journal.joined and b.journal.joined)
        await until(lambda: {a.role(), b.role()} == {"lead", "follow"})
        toggle(it)
        told = ["alert", "connect", *["hold", "retrieve"] * 2]
        await until(lambda: without_gaps(client.types) == without_gaps(witness.types) == told)
        for one in (client, witness):  # who was first may have to tell its clients that it cannot know
            assert one.types.count("gap") == one.types.count("snapshot") <= 1
        assert client.events[-1] == witness.events[-1]


@on_loop
async def test_a_server_starts_without_redis_and_joins_when_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    with socket.socket() as silent:  # takes connections, and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        async with group(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", 1) as it:
            client = await it.client(it.servers[0]).connect()
            await talk(it)
            assert (await client.has(2))[0]["eventid"] == 1
            assert "does not answer in time" in it.servers[0].journal.about


@on_loop
async def test_two_servers_with_one_id_are_told_and_lose_nothing(
    redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with group(redis.url, number=7) as it:
        a, b = it.servers
        clients = [await it.client(one).connect() for one in (a, b)]
        await a.journal._exchange.beat()
        await b.journal._exchange.beat()
        await a.journal._exchange.beat()
        assert caplog.text.count("another server writes in the shared journal with the id 7") == 2
        assert all("another server has the id 7 too" in one.journal.about for one in (a, b))
        await talk(it)
        assert [one["eventid"] for client in clients for one in await client.has(2)] == [2, 3, 2, 3]


def test_what_is_no_redis_is_said_before_the_server_starts() -> None:
    with pytest.raises(ConfigurationError, match=r"ivr_journal: redis://\S+ is no URL"):
        open_journal(replace(Settings(db=":memory:"), ivr_journal="redis://10.0.0.20:x/0"), Clock(START))


@on_loop
async def test_an_append_of_one_that_was_relieved_changes_nothing(redis: RedisServer) -> None:
    one, other = JournalStream(redis.url, 1, Bounds()), JournalStream(redis.url, 2, Bounds())
    offer = Offer("101", "hold", '{"eventid":', "}", START)
    for stream in (one, other):
        await stream.join("e")
        await stream.claim("101", "[]", hole=False, standby=False, keep_s=60)
    await one.append([offer])
    with pytest.raises(journal_redis.StreamLost, match="another server writes the events of 101"):
        await other.append([replace(offer, device="*2"), offer])
    await one._redis.zadd(f"{journal_redis.PREFIX}members", {one.member: 1})
    with pytest.raises(journal_redis.StreamLost, match="silent for too long"):
        await one.append([offer])
    await other.beat()
    assert (await other.claim("101", "[]", hole=False, standby=True, keep_s=0)).role == "lead"
    await other.append([offer])
    assert [json.loads(one.text)["eventid"] for one in (await other.read(0, 9, 9, ()))[2]] == [2, 3]
    await one.close()
    await other.close()


@on_loop
async def test_however_long_redis_is_away_a_server_remembers_few_of_the_names_it_may_have_joined_under(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each is shown to Redis when it is back, so that nobody waits for the lease of one of them."""
    stream = JournalStream("redis://127.0.0.1:1", 1, Bounds())
    for durable in (stream._durable, _is_durable):  # away from the beginning; and gone once it was asked that
        monkeypatch.setattr(stream, "_durable", durable)
        for _ in range(journal_redis.NAMES_MOST + 20):
            with pytest.raises(StreamLost):
                await stream.join("fresh")
    assert len(stream._names) == journal_redis.NAMES_MOST
    await stream.close()


async def _is_durable() -> bool:
    return True
