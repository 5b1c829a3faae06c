"""Failing over between AES hosts: whose CTI link is down, who goes silent, who is slow. Real sockets, virtual time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Literal, cast

import pytest

from ivrsvr.assembly.switch import tlinks
from ivrsvr.backends.base import Confirmation, EventReport, LinkChange, LinkDown, LinkState
from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World
from ivrsvr.backends.tsapi import backend as module
from ivrsvr.backends.tsapi.backend import PATIENCE_S, Stream, TsapiBackend
from ivrsvr.backends.tsapi.client import Listener, StreamLost
from ivrsvr.backends.tsapi.links import BACK_OFF_MOST_S, Links, Target, back_off
from ivrsvr.backends.tsapi.stream.client_end import Login
from ivrsvr.clock import Clock
from ivrsvr.csta.call import MakeCall
from ivrsvr.csta.enums import CSTAEventCause, DeviceType
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.monitor import MonitorEnded
from ivrsvr.csta.query import QueryDeviceInfo
from ivrsvr.testing.settle import Settling

TLINK = "AVAYA#CM1#CSTA#AES1"


class Pair:
    """Two AES hosts and a backend that knows both, in this order."""

    def __init__(self, clock: Clock, settling: Settling, servers: list[AesServer], backend: TsapiBackend) -> None:
        self.clock = clock
        self.simulators = [cast(Simulator, server.simulator) for server in servers]
        self.servers = servers
        self.backend = backend
        self._settling = settling

    async def pass_time(self, seconds: float) -> None:
        await self._settling.advance(self.clock, seconds)

    def link(self, which: int, state: Literal["up", "down"]) -> None:
        self.simulators[which].link(state)

    @property
    def used(self) -> int | None:
        """Which of the two is in use; None = none is open."""
        target = self.backend.target
        return None if target is None else self.backend.links.targets.index(target)


@asynccontextmanager
async def two(settling: Settling, *down: int, heartbeat_s: int | None = 20) -> AsyncIterator[Pair]:
    """down: those whose CTI link is down from the beginning."""
    async with AsyncExitStack() as stack:
        clock = Clock(1_700_000_000, seed=1)
        servers = []
        for number in range(2):
            simulator = Simulator(World.default(), clock)
            server = AesServer(simulator, Ports(names=0, csta=0, csta_s=None))
            await server.start()
            stack.push_async_callback(server.stop)
            if number in down:
                simulator.link("down")
            servers.append(server)
        login = Login(tlink=TLINK, login="ivrsvr", password="ivrsvr", heartbeat_s=heartbeat_s)
        targets = [Target(TLINK, "127.0.0.1", server.name_port) for server in servers]
        backend = TsapiBackend(Links(targets, lambda _: login, clock), clock)
        await backend.start()
        stack.push_async_callback(backend.stop)
        yield Pair(clock, settling, servers, backend)


def run(test: Callable[[Settling], Awaitable[None]]) -> None:
    settling = Settling()

    async def bounded() -> None:
        async with asyncio.timeout(20):
            await test(settling)

    with asyncio.Runner(loop_factory=settling.new_loop) as runner:
        runner.run(bounded())


class TestCtiLinks:
    """A stream that opens is worth nothing while the link behind its AES is down."""

    def test_the_first_whose_link_is_up_is_taken(self) -> None:
        async def test(settling: Settling) -> None:
            async with two(settling, 0) as pair:
                assert (pair.used, pair.backend.link) == (1, LinkState.UP)
                assert pair.backend.reasons[pair.backend.links.targets[0]] == "the CTI link is down"
                shown = [(row["state"], row["reason"]) for row in tlinks(pair.backend)]
                assert shown == [("failed", "the CTI link is down"), ("up", "")]
                assert not pair.servers[0].sessions

        run(test)

    def test_a_link_that_stays_down_is_left_for_the_other(self) -> None:
        async def test(settling: Settling) -> None:
            async with two(settling) as pair:
                assert pair.used == 0
                pair.link(0, "down")
                await pair.pass_time(PATIENCE_S - 0.1)
                assert (pair.used, pair.backend.link) == (0, LinkState.DOWN)
                with pytest.raises(LinkDown):
                    await pair.backend.request(MakeCall(callingDevice="101", calledDevice="102"))
                await pair.pass_time(0.2)
                assert (pair.used, pair.backend.link) == (1, LinkState.UP)
                await pair.backend.request(MakeCall(callingDevice="101", calledDevice="102"))

        run(test)

    def test_a_link_that_is_soon_back_keeps_its_stream(self) -> None:
        async def test(settling: Settling) -> None:
            async with two(settling) as pair:
                [session] = pair.servers[0].sessions
                pair.link(0, "down")
                await pair.pass_time(PATIENCE_S - 0.1)
                pair.link(0, "up")
                await pair.pass_time(60)
                assert (pair.used, pair.backend.link) == (0, LinkState.UP)
                assert list(pair.servers[0].sessions) == [session]

        run(test)

    def test_while_both_are_down_the_first_to_come_back_is_found(self) -> None:
        async def test(settling: Settling) -> None:
            async with two(settling, 0, 1) as pair:
                assert (pair.used, pair.backend.link) == (0, LinkState.DOWN)
                pair.link(0, "up")
                await pair.pass_time(0)
                assert (pair.used, pair.backend.link) == (0, LinkState.UP)
            async with two(settling, 0, 1) as pair:
                pair.link(1, "up")
                await pair.pass_time(BACK_OFF_MOST_S)
                assert (pair.used, pair.backend.link) == (1, LinkState.UP)

        run(test)


class TestDeadPeers:
    def test_an_aes_that_goes_silent_is_left_after_two_heartbeats(self) -> None:
        async def test(settling: Settling) -> None:
            async with two(settling) as pair:
                await pair.pass_time(100)
                reports = pair.backend.reports()
                assert await anext(reports) == LinkChange(LinkState.UP)
                [session] = pair.servers[0].sessions
                session._flush = lambda: None  # type: ignore[method-assign]  # nothing leaves it any more
                await pair.pass_time(19)
                assert list(pair.servers[0].sessions) == [session]
                await pair.pass_time(21)
                assert await anext(reports) == LinkChange(LinkState.DOWN, "no sign of life for 40 s")
                assert await anext(reports) == LinkChange(LinkState.UP)
                assert pair.used == 1  # and not again the one that does not answer
                assert session not in pair.servers[0].sessions

        run(test)

    def test_what_was_asked_when_the_stream_was_lost_fails_at_once(self) -> None:
        async def test(settling: Settling) -> None:
            async with two(settling) as pair:
                pair.simulators[0].stall(True)
                asked = [asyncio.ensure_future(pair.backend.request(QueryDeviceInfo(device="101"))) for _ in range(3)]
                await pair.pass_time(1)
                assert not any(one.done() for one in asked)
                await pair.servers[0].stop()
                await pair.pass_time(0)
                assert all(isinstance(one.exception(), LinkDown) for one in asked)
                assert pair.used == 1

        run(test)


class TestLateConfirmations:
    def test_they_are_noted_and_reach_nobody_else(self, caplog: pytest.LogCaptureFixture) -> None:
        async def test(settling: Settling) -> None:
            async with two(settling) as pair:
                pair.simulators[0].aes.faults.add({"fault": "delay", "seconds": 9, "count": 1})
                asked = asyncio.ensure_future(pair.backend.request(QueryDeviceInfo(device="101")))
                await pair.pass_time(8)
                asked.cancel()
                await pair.pass_time(0.5)
                second = asyncio.ensure_future(pair.backend.request(QueryDeviceInfo(device="201")))
                with caplog.at_level("INFO"):
                    await pair.pass_time(1)
                assert second.result().pdu.deviceType is DeviceType.DT_ACD_GROUP
                assert "QueryDeviceInfoConf for invoke id" in caplog.text
                assert "comes too late" in caplog.text

        run(test)


def test_the_wait_between_rounds_comes_again_with_the_same_seed() -> None:
    def waits(seed: int) -> list[float]:
        found = back_off(Clock(0, seed=seed))
        return [next(found) for _ in range(10)]

    assert waits(7) == waits(7) != waits(8)


def test_reports_of_a_stream_that_was_given_up_turn_nothing() -> None:
    async def test(settling: Settling) -> None:
        async with two(settling) as pair:
            reports = pair.backend.reports()
            assert await anext(reports) == LinkChange(LinkState.UP)
            pair.link(0, "down")
            await pair.pass_time(PATIENCE_S + 1)
            pair.link(0, "up")
            await pair.pass_time(1)
            told = [await anext(reports), await anext(reports)]
            assert [one.state for one in told if isinstance(one, LinkChange)] == [LinkState.DOWN, LinkState.UP]
            assert pair.used == 1

    run(test)


NO_NAME = Target(TLINK, "aes..example", 450)
"""A host that no name service is even asked for."""


@pytest.mark.parametrize("targets", [(NO_NAME,), (NO_NAME, Target(TLINK, "a" * 64, 450))])
def test_hosts_whose_names_cannot_be_are_told_and_keep_nobody_waiting(targets: tuple[Target, ...]) -> None:
    async def start() -> None:
        clock = Clock(1_700_000_000)
        login = Login(tlink=TLINK, login="ivrsvr", password="ivrsvr")
        backend = TsapiBackend(Links(targets, lambda _: login, clock), clock)
        await backend.start()
        assert {target: reason.partition(" can't")[0] for target, reason in backend.reasons.items()} == {
            target: f"the name service {target.host}:450" for target in targets
        }
        await backend.stop()

    asyncio.run(start())


def test_a_fault_of_ours_with_one_tlink_keeps_nobody_from_the_next(caplog: pytest.LogCaptureFixture) -> None:
    class Opener:
        targets: tuple[Target, ...] = (NO_NAME, Target(TLINK, "127.0.0.1", 450))

        async def open(self, target: Target, listener: Listener) -> Stream:  # noqa: ARG002 - nothing is ever heard
            if target is NO_NAME:
                raise KeyError("ours")
            raise StreamLost("it is closed")

    async def start() -> None:
        backend = TsapiBackend(Opener(), Clock(1_700_000_000))
        await backend.start()
        assert list(backend.reasons.values()) == ["a fault of this server, which the log shows", "it is closed"]
        await backend.stop()

    asyncio.run(start())
    assert "KeyError" in caplog.text


class Flood:
    """A TLINK whose streams report as much as one likes; which of them are not read any further."""

    targets: tuple[Target, ...] = (Target(TLINK, "127.0.0.1", 450),)

    def __init__(self) -> None:
        self.unclaimed = 0
        self.version = None
        self.paused: list[int] = []
        self.opened = 0
        self.again = asyncio.Event()
        self.listener: Listener = lambda _: None

    async def open(self, target: Target, listener: Listener) -> Stream:  # noqa: ARG002 - there is one only
        self.opened += 1
        self.listener = listener
        return self

    async def request(self, pdu: object, private: object = None) -> Confirmation:  # noqa: ARG002 - it has no status
        if self.opened == 2:
            self.again.set()
        raise CstaFailure(CSTAUniversalFailure.INVALID_FEATURE)

    def pause(self, paused: bool) -> None:
        self.paused += [self.opened] * paused

    def abort(self) -> None:
        """It is closed at once."""

    async def close(self) -> None:
        """It is closed in order."""


def test_a_stream_that_is_opened_while_reports_wait_is_not_read_without_end_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MANY_REPORTS", 10)
    flood = Flood()

    def report(times: int) -> None:
        for _ in range(times):
            flood.listener(EventReport(1, MonitorEnded(cause=CSTAEventCause.EC_NONE), None))

    async def flooded() -> None:
        backend = TsapiBackend(flood, Clock(1_700_000_000))
        await backend.start()
        report(11)
        assert flood.paused == [1]
        flood.listener(StreamLost("cut"))
        await flood.again.wait()
        report(1)
        assert flood.paused == [1, 2]
        await backend.stop()

    asyncio.run(flooded())
