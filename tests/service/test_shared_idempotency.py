"""Idempotency keys that several servers share in Redis: one call, whoever asks, and whatever crashes between."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from ivrsvr.clock import Clock
from ivrsvr.csta import call, query
from ivrsvr.registry import Caller
from ivrsvr.service.errors import Own
from ivrsvr.service.idempotency import Idempotency, Store
from ivrsvr.service.lookups import Lookups
from ivrsvr.service.service import Service
from ivrsvr.store.idempotency import SharedIdempotencyStore
from ivrsvr.store.redis import RedisError, connect, shown
from ivrsvr.store.userdata import UserDataStore
from tests.redis import FAR, RedisServer, redis_server, way_to
from tests.service.fake import PLAIN, FakeBackend, on_loop


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@asynccontextmanager
async def servers(
    redis: RedisServer, switch: FakeBackend, number: int = 2, host: str = "127.0.0.1"
) -> AsyncIterator[list[Service]]:
    """Servers on one switch, in real time, with shared keys."""
    clock = Clock(mode="real")
    running = asyncio.create_task(clock.run())
    found = []
    for one in range(number):
        keys: Store = SharedIdempotencyStore(redis.url.replace("127.0.0.1", host), clock.now, process=f"p{one}")
        backend = switch if one == 0 else Second(switch)
        service = Service(
            backend, clock, userdata=Lookups.embedded(UserDataStore(Database(memory=True), clock.now), clock), keys=keys
        )
        await service.start()
        found.append(service)
    try:
        yield found
    finally:
        for service in found:
            await service.stop()
        running.cancel()


class Second(FakeBackend):
    """Another server's way to the same switch."""

    def __init__(self, first: FakeBackend) -> None:
        super().__init__(calls=first.calls, parties=first.parties, answers=first.answers, born=first.born)
        self.asked = first.asked


async def makecall(service: Service, key: str, destination: str = "102", extension: str = "101") -> dict[str, Any]:
    request = {"request": "makecall", "extension": extension, "destination": destination}
    if key:
        request["idempotencykey"] = key
    return await service.handle(request, Caller("test"))


def patient(server: Service, seconds: float) -> None:
    """How long it waits for the outcome of what another server has begun."""
    assert server.keys is not None
    server.keys.wait_s = seconds


def dialled(switch: FakeBackend) -> int:
    return sum(isinstance(one, call.MakeCall) for one in switch.asked)


def test_a_thousand_duplicates_at_once_make_one_call_and_all_get_its_ids(redis: RedisServer) -> None:
    @on_loop
    async def run() -> None:
        switch = FakeBackend()
        async with servers(redis, switch, 4) as several:
            asks = [makecall(several[number % 4], "thousand") for number in range(1000)]
            answers = await asyncio.gather(*asks)
        assert dialled(switch) == 1
        assert {(one["result"], one.get("callid"), one.get("ucid")) for one in answers} == {
            ("success", "48", "00001000481428289124")
        }

    run()


def test_another_request_under_a_key_that_is_taken_is_refused_by_every_server(redis: RedisServer) -> None:
    @on_loop
    async def run() -> None:
        switch = FakeBackend()
        async with servers(redis, switch) as (one, two):
            await makecall(one, "taken")
            assert (await makecall(two, "taken", "103"))["errorcode"] == Own.IDEMPOTENCY_KEY_REUSED
        assert dialled(switch) == 1

    run()


def test_a_failure_is_an_outcome_for_every_server_and_what_was_not_begun_is_none(redis: RedisServer) -> None:
    @on_loop
    async def run() -> None:
        switch = FakeBackend()
        async with servers(redis, switch) as (one, two):
            wrong = await makecall(one, "wrong", extension="199")
            assert await makecall(two, "wrong", extension="199") == wrong

    run()


async def begun_elsewhere(redis: RedisServer, key: str) -> SharedIdempotencyStore:
    """Another process has begun to make a call under a key."""
    other = SharedIdempotencyStore(redis.url, Clock(mode="real").now, process="gone")
    canonical = '{"destination": "102", "extension": "101", "request": "makecall"}'
    assert await other.begin(f"\x1f{key}", canonical) is None
    return other


@pytest.mark.parametrize("became", ["not asked", "asked and made", "asked"])
def test_a_server_that_crashes_under_way_leaves_the_outcome_to_the_others(redis: RedisServer, became: str) -> None:
    @on_loop
    async def run() -> None:
        key = f"crash {became}"
        crashed = await begun_elsewhere(redis, key)
        if became != "not asked":
            assert await crashed.asked(f"\x1f{key}")
        await crashed.close()
        calls = {"101": {77: "connect"}} if "made" in became else {}
        switch = FakeBackend(calls=calls, parties={77: ["101", "102"]}, born={77: Clock(mode="real").now()})
        async with servers(redis, switch) as several:
            for one in several:
                patient(one, 0.6)
            answers = await asyncio.gather(*(makecall(one, key) for one in several * 2))
        assert dialled(switch) == (became == "not asked")
        if became == "asked":
            assert {one["errorcode"] for one in answers} == {Own.OUTCOME_UNKNOWN}
        else:
            made = "77" if "made" in became else "48"
            assert {(one["result"], one["callid"]) for one in answers} == {("success", made)}

    run()


def test_a_server_that_was_only_slow_finds_its_request_taken_over_and_dials_no_second_time(redis: RedisServer) -> None:
    @on_loop
    async def run() -> None:
        switch = FakeBackend()
        async with servers(redis, switch) as (slow, quick):
            never: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            switch.answers[query.SetDnd] = never
            before = {"request": "setdonotdisturb", "extension": "101", "dnd": "true"}
            holding = asyncio.create_task(slow.handle(before, Caller("test")))
            first = asyncio.create_task(makecall(slow, "slow"))
            patient(quick, 0.05)
            answer = await makecall(quick, "slow")
            never.set_result(PLAIN[query.SetDnd])
            await holding
            assert await first == answer
        assert answer["result"] == "success"
        assert dialled(switch) == 1

    run()


def test_redis_that_is_away_does_nothing_and_one_that_goes_away_mid_call_calls_once(tmp_path: Path) -> None:
    @on_loop
    async def run() -> None:
        switch = FakeBackend()
        with redis_server(tmp_path) as redis:
            async with servers(redis, switch) as (one, two):
                await asyncio.to_thread(redis.stop)
                away = await makecall(one, "away")
                assert away["errorcode"] == Own.KEYS_AWAY
                assert dialled(switch) == 0
                await asyncio.to_thread(redis.start)
                assert (await makecall(one, "away"))["result"] == "success"
                # It restarts between the call and its outcome's being written down.
                gate: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
                confirmation = PLAIN[call.MakeCall]
                switch.asked.clear()
                switch.answers[call.MakeCall] = gate
                asking = asyncio.create_task(makecall(one, "mid call"))
                while not dialled(switch):  # noqa: ASYNC110 - the fake switch has no event to wait for
                    await asyncio.sleep(0.005)
                await asyncio.to_thread(redis.stop)
                gate.set_result(confirmation)
                answer = await asking
                assert answer["result"] == "success"
                await asyncio.to_thread(redis.start)
                assert await makecall(one, "mid call") == answer
                switch.calls["101"], switch.parties[48] = {48: "connect"}, ["101", "102"]
                switch.born[48] = Clock(mode="real").now()
                patient(two, 0.1)
                assert (await makecall(two, "mid call"))["callid"] == answer["callid"]
                assert dialled(switch) == 1

    run()


def test_redis_that_hangs_holds_up_nobody_else_and_fails_what_needs_it_in_time(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivrsvr.store.redis.TIMEOUT_S", 1.0)

    @on_loop
    async def run() -> None:
        switch = FakeBackend()
        async with way_to(redis) as way, servers(redis, switch, host=FAR) as (one, two):
            assert (await makecall(one, "before"))["result"] == "success"
            way.obey("stall")
            several = [asyncio.create_task(makecall(one, f"hangs {number}")) for number in range(50)]
            await asyncio.sleep(0)
            assert (await makecall(one, ""))["result"] == "success"  # without a key
            assert not any(task.done() for task in several)
            assert {one["errorcode"] for one in await asyncio.gather(*several)} == {Own.KEYS_AWAY}
            assert dialled(switch) == 2
            way.obey("delay 0.02")
            assert (await makecall(one, "hangs 1"))["result"] == "success"
            # It hangs between the question to the switch and the outcome's being written down.
            gate: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            switch.answers[call.MakeCall] = gate
            way.obey("pass")
            asking = asyncio.create_task(makecall(one, "in the middle"))
            while dialled(switch) < 4:  # noqa: ASYNC110 - the fake switch has no event to wait for
                await asyncio.sleep(0.005)
            way.obey("stall")
            gate.set_result(PLAIN[call.MakeCall])
            answer = await asking
            assert answer["result"] == "success"
            way.obey("pass")
            assert await makecall(one, "in the middle") == answer
            switch.answers.clear()
            assert (await makecall(one, "after"))["result"] == "success"
            assert await makecall(two, "in the middle") == answer  # what could not be told then, it is told now
            assert dialled(switch) == 5

    run()


def test_what_is_no_redis_is_told_without_its_password(redis: RedisServer) -> None:
    assert shown("redis://user:secret@host:1/0") == "redis://host:1/0"
    with pytest.raises(RedisError, match="no URL of a Redis") as wrong:
        connect("http://user:secret@host")
    assert "secret" not in str(wrong.value)

    @on_loop
    async def run() -> None:
        store = SharedIdempotencyStore(redis.url, lambda: 0.0)
        client = connect(redis.url)
        await client.set("ivrsvr:idempotency:alien", "[]")
        answer = None
        try:
            await Idempotency(store, Clock(0.0), wait_s=0.1).once("alien", {}, _never, _never)
        except Exception as error:
            answer = error
        assert "not of this server's" in str(answer)
        await client.aclose()
        await store.close()

    run()


async def _never(_began: float = 0.0) -> dict[str, Any]:
    raise AssertionError("nothing is to be done")
