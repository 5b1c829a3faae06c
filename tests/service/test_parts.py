"""The small parts: queues, journal, turns, live state, registry."""

import asyncio

import pytest

from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.registry import RequestError
from ivrsvr.service.live import SETTLE_S
from ivrsvr.service.subscribers import Subscriber
from ivrsvr.service.turns import Turns
from tests.service.fake import FakeBackend, house, on_loop, settled
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
    queue.follow_up([("missed", 1), ("resumed", 0)])
    queue.reply("response")
    queue.put("event 2")
    assert queue.take_now() == ["event", "response", "missed", "resumed", "event 2"]
    queue.follow_up([("late", 2)])
    queue.reply()
    assert queue.take_now() == ["late"]


def test_an_overflow_drops_the_backlog_and_leaves_one_last_message() -> None:
    queue = Subscriber(most=2, overflow="told of {}".format)
    assert queue.put("0", 7)
    assert queue.take_now() == ["0"]
    assert [queue.put(str(n), 7 + n) for n in (1, 2, 3, 4)] == [True, True, False, False]
    assert (queue.overflowed, queue.closed, queue.take_now()) == (True, True, ["told of 0"])


def test_what_is_sent_again_does_not_count_against_the_bound() -> None:
    queue = Subscriber(most=2, overflow="told of {}".format)
    queue.follow_up((str(number), number) for number in range(1, 11))
    assert queue.reply("response")
    assert [queue.put("11", 11), queue.put("12", 12)] == [True, False]
    assert queue.take_now() == ["told of "]
    queue = Subscriber(most=1, overflow="told of {}".format)
    queue.follow_up((str(number), number) for number in range(1, 11))
    assert queue.reply()
    assert (queue.take_now()[-1], queue.last) == ("10", "10")
    assert [queue.put("12", 12), queue.put("13", 13)] == [True, False]
    assert queue.take_now() == ["told of 10"]


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
