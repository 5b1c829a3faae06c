"""The idempotency key: a retry gets the first outcome and never dials twice."""

import asyncio
from pathlib import Path

import pytest
from sqlite_utils import Database

from ivrsvr.backends.base import Confirmation, LinkDown, LinkState
from ivrsvr.csta import call
from ivrsvr.csta.errors import CstaFailure
from ivrsvr.registry import Caller
from ivrsvr.service.errors import Own
from ivrsvr.store.idempotency import IdempotencyStore
from tests.service.fake import F, FakeBackend, code, house, on_loop, settled


@on_loop
async def test_the_same_key_gets_the_first_outcome() -> None:
    async with house() as it:
        first = await it.ask("makecall", destination="102", idempotencykey="k")
        it.switch.answers[call.MakeCall] = CstaFailure(F.RESOURCE_BUSY)
        again = await it.service.handle(
            {"id": "8", "request": "makecall", "destination": "102", "extension": "101", "idempotencykey": "k"}
        )
        assert again == {**first, "id": "8"}
        assert list(again) == list(first)
        assert len(it.switch.services(call.MakeCall)) == 1


@on_loop
async def test_a_header_will_do_as_well_and_keys_belong_to_their_users() -> None:
    async with house() as it:
        for user in ("anna", "anna", "bert"):
            await it.ask("makecall", destination="102", caller=Caller("rest", user=user, idempotency_key="k"))
        assert len(it.switch.services(call.MakeCall)) == 2


@on_loop
async def test_a_refusal_is_an_outcome_too() -> None:
    async with house() as it:
        it.switch.answers[call.MakeCall] = CstaFailure(F.INVALID_CALLING_DEVICE)
        first = await it.ask("makecall", destination="102", idempotencykey="k")
        del it.switch.answers[call.MakeCall]
        assert await it.ask("makecall", destination="102", idempotencykey="k") == first
        assert (await it.ask("makecall", destination="102", idempotencykey="other"))["result"] == "success"


@on_loop
async def test_another_request_with_the_same_key_is_refused() -> None:
    async with house() as it:
        await it.ask("makecall", destination="102", idempotencykey="k")
        assert code(await it.ask("makecall", destination="103", idempotencykey="k")) == Own.IDEMPOTENCY_KEY_REUSED


@on_loop
async def test_a_duplicate_in_flight_waits_for_the_outcome() -> None:
    async with house() as it:
        gate: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        it.switch.answers[call.MakeCall] = gate
        asks = [
            asyncio.create_task(it.ask("makecall", destination="102", idempotencykey="k", caller=Caller("rest")))
            for _ in range(3)
        ]
        await settled()
        assert not any(ask.done() for ask in asks)
        gate.set_exception(CstaFailure(F.RESOURCE_BUSY))
        assert [code(await ask) for ask in asks] == [F.RESOURCE_BUSY] * 3
        assert len(it.switch.services(call.MakeCall)) == 1


@on_loop
async def test_a_request_that_was_never_asked_may_try_again() -> None:
    async with house(FakeBackend(link=LinkState.DOWN)) as it:
        assert code(await it.ask("makecall", destination="102", idempotencykey="k")) == Own.LINK_DOWN
        it.switch.link = LinkState.UP
        assert (await it.ask("makecall", destination="102", idempotencykey="k"))["result"] == "success"


@pytest.mark.parametrize("is_up", [True, False])
@on_loop
async def test_an_outcome_that_nobody_knows_is_looked_up_and_never_dialled_again(is_up: bool) -> None:
    async with house() as it:
        it.switch.answers[call.MakeCall] = LinkDown("cut")
        assert code(await it.ask("makecall", destination="102", idempotencykey="k")) == Own.LINK_DOWN
        if is_up:
            it.switch.calls, it.switch.parties = {"101": {48: "connect"}}, {48: ["101", "102"]}
        again = await it.ask("makecall", destination="102", idempotencykey="k")
        if is_up:
            assert (again["callid"], again["ucid"]) == ("48", f"{48:020}")
        else:
            assert code(again) == Own.OUTCOME_UNKNOWN
        assert len(it.switch.services(call.MakeCall)) == 1


@on_loop
async def test_after_a_crash_the_key_is_still_known(tmp_path: Path) -> None:
    path = tmp_path / "ivrsvr.db"
    switch = FakeBackend()
    async with house(switch, database=Database(path)) as it:
        switch.answers[call.MakeCall] = asyncio.get_running_loop().create_future()
        ask = asyncio.create_task(it.ask("makecall", destination="102", idempotencykey="k"))
        await settled()
        ask.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ask
    after = FakeBackend(calls={"101": {48: "connect"}}, parties={48: ["101", "102"]})
    async with house(after, database=Database(path)) as it:
        assert (await it.ask("makecall", destination="102", idempotencykey="k"))["callid"] == "48"
        assert it.switch.services(call.MakeCall) == []


@on_loop
async def test_after_a_day_the_key_is_free() -> None:
    async with house() as it:
        await it.ask("makecall", destination="102", idempotencykey="k")
        it.clock.advance(24 * 3600)
        await it.ask("makecall", destination="103", idempotencykey="k")
        assert len(it.switch.services(call.MakeCall)) == 2


@pytest.mark.parametrize("key", ["", "x" * 256, True, None, ["k"], {}])
@on_loop
async def test_a_malformed_key_is_refused(key: object) -> None:
    async with house() as it:
        assert code(await it.ask("makecall", destination="102", idempotencykey=key)) == F.MISTYPED_ARGUMENT_REJECTION
        assert it.switch.asked == []


@on_loop
async def test_queries_need_no_key() -> None:
    async with house() as it:
        for _ in range(2):
            await it.ask("snapshot", idempotencykey="k")
        assert len(it.switch.asked) == 2


@on_loop
async def test_old_keys_are_purged() -> None:
    now = 0.0
    store = IdempotencyStore(Database(memory=True), lambda: now, ttl_s=10)
    await store.begin("a", "{}")
    now = 5.0
    await store.begin("b", "{}")
    now = 10.0
    assert store.purge() == 1
    assert await store.find("a") is None
    assert await store.find("b") is not None
