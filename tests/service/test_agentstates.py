"""Since when an agent is in its state: what the server has seen of it, however it came about."""

from typing import Any

from tests.service.fake import on_loop, settled
from tests.service.test_on_simulator import Site, site


async def since(it: Site, station: str = "111") -> float | None:
    """How long the agent is in its state, as it is told; None = that is not told."""
    await settled()
    found: dict[str, Any] = await it.done("queryagentstate", station, since="true")
    return it.clock.now() - found["since"] if "since" in found else None


async def at_work(it: Site, station: str = "111", agent: str = "12345") -> None:
    await it.done("login", station, agentid=agent, passwd=str(int(agent) + 55545))


@on_loop
async def test_only_who_asks_is_told_and_only_of_an_agent() -> None:
    async with site() as it:
        assert await since(it) is None
        await at_work(it)
        assert list(await it.done("queryagentstate", "111"))[3:] == ["skillmode", "talkstate", "reasoncode"]
        it.clock.advance(90)
        assert await since(it) == 90
        await it.done("logout", "111", agentid="12345")
        assert await since(it) is None


@on_loop
async def test_what_was_asked_for_here_counts_from_then() -> None:
    async with site() as it:
        await at_work(it)
        for state, reason in (("aux", 1), ("acw", 0), ("auto", 0), ("aux", 2), ("aux", 3)):
            it.clock.advance(40)
            await it.done("setstate", "111", state=state, reasoncode=reason)
            it.clock.advance(20)
            assert await since(it) == 20
        assert (await it.ask("setstate", "111", state="aux", reasoncode=3))["result"] == "fail"
        it.clock.advance(20)
        assert await since(it) == 40, "it is so already"
        await it.done("logout", "111", agentid="12345")
        it.clock.advance(20)
        await at_work(it)
        it.clock.advance(5)
        assert await since(it) == 5


@on_loop
async def test_a_login_by_hand_is_seen_by_who_monitors_the_split() -> None:
    async with site("201") as it:
        it.simulator.people.agent("12345", at="111", login=True)
        await settled()
        it.clock.advance(300)
        assert await since(it) == 300


@on_loop
async def test_what_nobody_told_of_counts_from_the_first_look() -> None:
    async with site() as it:
        await at_work(it)
        it.clock.advance(60)
        assert await since(it) == 60
        it.simulator.people.agent("12345", mode="AUTO_IN")
        it.clock.advance(10)
        assert await since(it) == 0
        it.clock.advance(10)
        assert await since(it) == 10


@on_loop
async def test_talking_begins_and_ends_with_the_calls_that_are_monitored() -> None:
    async with site("201", "700") as it:
        await at_work(it)
        await it.done("setstate", "111", state="auto")
        it.clock.advance(100)
        assert await since(it) == 100
        for _ in range(2):
            it.simulator.people.call_in("67896789", "700")
            await settled()
            it.clock.advance(4)
            await it.done("answer", "111")
            await settled()
            it.clock.advance(30)
            assert await since(it) == 30
            await it.done("setstate", "111", state="aux", reasoncode="2")
            it.clock.advance(30)
            assert await since(it) == 60, "what was asked for meanwhile comes after the call"
            await it.done("setstate", "111", state="auto")
            await it.done("hangup", "111")
            await settled()
            it.clock.advance(12)
            assert await since(it) == 12


@on_loop
async def test_who_holds_and_who_transfers_talks_no_more() -> None:
    async with site("111") as it:
        await at_work(it)
        await it.done("makecall", "111", destination="102")
        await it.done("answer", "102")
        await settled()
        it.clock.advance(10)
        assert await since(it) == 10
        await it.done("hold", "111")
        await settled()
        it.clock.advance(20)
        assert await since(it) == 20
        await it.done("retrieve", "111")
        await settled()
        it.clock.advance(3)
        assert await since(it) == 3
        await it.done("consultation", "111", destination="103")
        await it.done("answer", "103")
        await settled()
        it.clock.advance(5)
        assert await since(it) == 5
        await it.done("transfer", "111")
        await settled()
        it.clock.advance(7)
        assert await since(it) == 7
