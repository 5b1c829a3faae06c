"""The small parts: queues, journal, turns, live state, registry."""

import asyncio
import json

import pytest

from ivrsvr.clock import Clock
from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.registry import RequestError
from ivrsvr.service.journal import MemoryJournal
from ivrsvr.service.live import SETTLE_S
from ivrsvr.service.subscribers import Subscriber
from ivrsvr.service.turns import Turns
from tests.service.fake import START, FakeBackend, house, on_loop, settled
from tests.service.test_monitors import delivered

# ---- subscribers


@on_loop
async def test_a_queue_gives_what_waits_in_order_and_then_the_end() -> None:
    queue = Subscriber()
    reader = asyncio.create_task(queue.take())
    await settled()
    assert not reader.done()
    queue.put("a")
    queue.put("b")
    assert await reader == ["a", "b"]
    queue.put("c")
    queue.close()
    assert not queue.put("d")
    assert [await queue.take(), await queue.take()] == [["c"], []]


def test_follow_ups_come_right_behind_the_response() -> None:
    queue = Subscriber()
    queue.put("event")
    queue.follow_up(["missed", "resumed"])
    queue.reply("response")
    queue.put("event 2")
    assert queue.take_now() == ["event", "response", "missed", "resumed", "event 2"]
    queue.follow_up(["late"])
    queue.reply()
    assert queue.take_now() == ["late"]


def test_an_overflow_drops_the_backlog_and_leaves_one_last_message() -> None:
    queue = Subscriber(most=2, overflow="told")
    assert [queue.put("1"), queue.put("2"), queue.put("3"), queue.put("4")] == [True, True, False, False]
    assert (queue.overflowed, queue.closed, queue.take_now()) == (True, True, ["told"])
    flooded = Subscriber(most=2)
    flooded.follow_up(["a", "b"])
    assert not flooded.reply("response")
    assert json.loads(flooded.take_now()[0])["eventtype"] == "overflow"


# ---- journal


def test_the_journal_is_bounded_by_count_and_age_and_knows_what_it_has_lost() -> None:
    clock = Clock(START)
    journal = MemoryJournal(clock, most=3, age_s=10)
    assert journal.since("101", 0, journal.epoch) == []
    for number, device in enumerate(("101", "102", "", "101"), start=1):
        journal.add(number, device, "hold", f"{number}")
        clock.advance(1)
    assert len(journal) == 3

    def texts(since: int, epoch: str = journal.epoch) -> list[str] | None:
        found = journal.since("101", since, epoch)
        return None if found is None else [record.text for record in found]

    assert texts(1) == ["3", "4"]
    assert texts(3) == ["4"]
    assert texts(4) == []
    assert texts(0) is texts(5) is texts(1, "another") is None
    clock.advance(7.5)
    assert texts(1) is None
    assert texts(2) == ["3", "4"]
    clock.advance(10)
    assert texts(3) is None
    assert [texts(4), len(journal)] == [[], 0]


# ---- turns


@on_loop
async def test_turns_leave_nothing_behind() -> None:
    turns = Turns(waiting_most=1)
    async with turns.of("101"), turns.of("102"), turns.of(""):
        assert len(turns) == 2
        waiter = asyncio.create_task(turns.take("101"))
        await settled()
        with pytest.raises(RequestError) as refused:
            await turns.take("101")
        assert refused.value.errorcode == CSTAUniversalFailure.REQUESTS_ON_DEVICE_EXCEEDED_REJECTION
    await waiter
    turns.give("101")
    assert len(turns) == 0


@on_loop
async def test_a_turn_that_comes_while_its_waiter_is_cancelled_is_passed_on() -> None:
    turns = Turns()
    await turns.take("101")
    first, second = asyncio.create_task(turns.take("101")), asyncio.create_task(turns.take("101"))
    await settled()
    turns.give("101")
    first.cancel()
    await second
    turns.give("101")
    assert len(turns) == 0


# ---- live state


@on_loop
async def test_a_monitored_extension_is_known_from_the_model_and_snapshotted_only_just_after_a_change() -> None:
    async with house(FakeBackend(calls={"101": {48: "alert"}}, parties={48: ["102", "101"]})) as it:
        client = await it.client("101")
        it.switch.asked.clear()
        it.switch.report("101", delivered())
        await settled()
        await client.ask("answer")
        assert [type(one).__name__ for one in it.switch.asked] == ["AnswerCall"]
        it.switch.calls["101"][48] = "connect"  # the event that tells so is still on its way
        it.switch.asked.clear()
        assert (await client.ask("hold"))["result"] == "success"
        assert [type(one).__name__ for one in it.switch.asked] == ["SnapshotDevice", "HoldCall"]
        it.clock.advance(SETTLE_S)
        it.switch.asked.clear()
        await client.ask("answer")  # the model still has it alerting, and is trusted again
        assert [type(one).__name__ for one in it.switch.asked] == ["AnswerCall"]


@on_loop
async def test_what_the_model_does_not_have_is_asked_of_the_switch() -> None:
    async with house() as it:
        client = await it.client("101")
        it.switch.calls["101"] = {60: "connect"}  # a call whose events are still on their way
        assert (await client.ask("hold"))["result"] == "success"
