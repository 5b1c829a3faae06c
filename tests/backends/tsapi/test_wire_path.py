"""The whole way: simulator, AES server, TCP or TLS, client, backend. Ports are 0, time is virtual, nothing is slept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from ivrsvr.backends.base import EventReport, LinkChange, LinkDown, LinkState, Report
from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import DEFAULT_WORLD, World, merge_patch
from ivrsvr.backends.tsapi.backend import TsapiBackend
from ivrsvr.backends.tsapi.client import StreamLost, ask_names
from ivrsvr.backends.tsapi.links import Links, Target, Tls, back_off, parse_target
from ivrsvr.backends.tsapi.stream.client_end import Login
from ivrsvr.backends.tsapi.stream.credentials import ChallengeForm
from ivrsvr.clock import Clock
from ivrsvr.csta.call import ClearConnection, MakeCall
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.monitor import MonitorDevice, SnapshotCall
from ivrsvr.csta.private.call import ATTMakeCallConf
from ivrsvr.csta.types import ConnectionID, CSTAMonitorFilter
from ivrsvr.testing.settle import Settling
from ivrsvr.testing.worlds import world_of
from tests.interfaces import certificates

PLAIN = "AVAYA#CM1#CSTA#AES1"
SECURE = "AVAYA#CM1#CSTA-S#AES1"
ANY_PORTS = Ports(names=0, csta=0, csta_s=0)


@dataclass
class Site:
    """A running AES server and what is needed to reach it."""

    server: AesServer
    clock: Clock

    @property
    def simulator(self) -> Any:
        return self.server.simulator

    def target(self, tlink: str = PLAIN) -> Target:
        return Target(tlink, "127.0.0.1", self.server.name_port)

    def backend(self, *targets: Target, password: str = "ivrsvr", tls: Tls | None = None, **login: Any) -> TsapiBackend:
        base = Login(tlink="", login="ivrsvr", password=password)
        links = Links(
            targets or (self.target(),), lambda target: replace(base, tlink=target.tlink, **login), self.clock, tls=tls
        )
        return TsapiBackend(links, self.clock)


def world(patch: Any = None) -> World:
    """The default world, changed by a merge patch."""
    return world_of(merge_patch(_default(), patch or {}))


@cache
def _default() -> Any:
    return yaml.safe_load(DEFAULT_WORLD.read_text())


@asynccontextmanager
async def site(
    ports: Ports = ANY_PORTS, *, patch: Any = None, further: tuple[Any, ...] = (), **options: Any
) -> AsyncIterator[Site]:
    clock = Clock(1_700_000_000, seed=1)
    switches = [Simulator(world(one), clock) for one in (patch, *further)]
    server = AesServer(switches[0], ports, further=switches[1:], **options)
    await server.start()
    try:
        yield Site(server, clock)
    finally:
        await server.stop()


@asynccontextmanager
async def running(backend: TsapiBackend) -> AsyncIterator[TsapiBackend]:
    await backend.start()
    try:
        yield backend
    finally:
        await backend.stop()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await test()

    asyncio.run(bounded())


async def next_report(reports: AsyncIterator[Report]) -> Report:
    return await anext(reports)


@pytest.mark.parametrize("form", ChallengeForm)
@pytest.mark.parametrize("shared", [False, True])
def test_a_call_is_asked_for_and_reported(form: ChallengeForm, shared: bool) -> None:
    async def test() -> None:
        ports = Ports(names=0, csta=None if shared else 0, csta_s=None)
        async with site(ports, form=form) as here, running(here.backend()) as backend:
            assert (here.server.csta_port == here.server.name_port) is shared
            reports = backend.reports()
            assert await next_report(reports) == LinkChange(LinkState.UP)
            monitor = await backend.request(MonitorDevice(deviceID="101", monitorFilter=CSTAMonitorFilter()))
            made = await backend.request(MakeCall(callingDevice="101", calledDevice="102"))
            assert isinstance(made.private, ATTMakeCallConf)
            assert len(made.private.ucid) == 20
            events = [await next_report(reports) for _ in range(3)]
            assert all(isinstance(one, EventReport) and one.crossRef == monitor.pdu.monitorCrossRefID for one in events)
            names = [type(one.pdu).__name__ for one in events if isinstance(one, EventReport)]
            assert names == ["ServiceInitiated", "Originated", "Delivered"]
            assert len(here.server.sessions) == 1
        assert not here.server.sessions

    run(test)


def test_the_awaiter_runs_before_the_consumer_of_what_came_after_it() -> None:
    async def test() -> None:
        async with site() as here, running(here.backend()) as backend:
            order: list[str] = []

            async def consume() -> None:
                async for report in backend.reports():
                    if isinstance(report, EventReport):
                        order.append(type(report.pdu).__name__)

            consumer = asyncio.create_task(consume())
            await backend.request(MonitorDevice(deviceID="101", monitorFilter=CSTAMonitorFilter()))
            for _ in range(20):
                made = await backend.request(MakeCall(callingDevice="101", calledDevice="102"))
                order.append("made")
                await backend.request(ClearConnection(call=ConnectionID(made.pdu.newCall.callID, "101")))
                order.append("cleared")
            await backend.stop()
            await consumer
            assert order == 20 * ["made", "ServiceInitiated", "Originated", "Delivered", "cleared", "ConnectionCleared"]

    run(test)


def test_failures_arrive_as_they_are() -> None:
    async def test() -> None:
        async with site() as here, running(here.backend()) as backend:
            with pytest.raises(CstaFailure) as caught:
                await backend.request(MakeCall(callingDevice="666666", calledDevice="102"))
            assert caught.value.error is CSTAUniversalFailure.INVALID_CSTA_DEVICE_IDENTIFIER

    run(test)


def test_the_name_service_lists_every_tlink_with_its_port() -> None:
    async def test() -> None:
        async with site() as here:
            links = await ask_names("127.0.0.1", here.server.name_port, here.clock)
            assert [(one.name, one.port) for one in links] == [
                (PLAIN, here.server.csta_port),
                (SECURE, here.server.csta_s_port),
            ]

    run(test)


def test_only_tlinks_in_service_are_advertised_where_that_is_wanted() -> None:
    async def test() -> None:
        async with site(patch={"aes": {"advertise": "inService"}}) as here:
            assert len(await ask_names("127.0.0.1", here.server.name_port, here.clock)) == 2
            here.simulator.link("down")
            assert await ask_names("127.0.0.1", here.server.name_port, here.clock) == ()
            here.simulator.link("up")
            assert len(await ask_names("127.0.0.1", here.server.name_port, here.clock)) == 2

    run(test)


SECOND = "AVAYA#CM2#CSTA#AES1"
SECOND_SWITCH = {"aes": {"tlinks": {PLAIN: None, SECURE: None, SECOND: {"link": 2}}, "stream": {"serverID": SECOND}}}


class TestSeveralSwitches:
    def test_each_tlink_leads_to_its_own(self) -> None:
        async def test() -> None:
            async with site(further=(SECOND_SWITCH,)) as here:
                names = [one.name for one in await ask_names("127.0.0.1", here.server.name_port, here.clock)]
                assert names == [PLAIN, SECURE, SECOND]
                first, second = here.backend(), here.backend(here.target(SECOND))
                async with running(first), running(second):
                    made = await first.request(MakeCall(callingDevice="101", calledDevice="102"))
                    call = made.pdu.newCall
                    assert len((await first.request(SnapshotCall(snapshotObject=call))).pdu.snapshotData) == 2
                    with pytest.raises(CstaFailure) as caught:
                        await second.request(SnapshotCall(snapshotObject=call))
                    assert caught.value.error is CSTAUniversalFailure.NO_ACTIVE_CALL

        run(test)

    def test_a_tlink_that_two_of_them_have(self) -> None:
        async def test() -> None:
            with pytest.raises(ValueError, match="two switches have the TLINK AVAYA#CM1#CSTA#AES1"):
                async with site(further=(None,)):
                    pass

        run(test)


class TestTls:
    def test_with_the_simulators_certificate(self, tmp_path: Path) -> None:
        async def test() -> None:
            async with site(directory=tmp_path) as here:
                tls = Tls(authorities=here.server.certificate)
                async with running(here.backend(here.target(SECURE), tls=tls)) as backend:
                    assert backend.link is LinkState.UP
            first = (tmp_path / "aes.crt").read_bytes()
            async with site(directory=tmp_path):
                assert (tmp_path / "aes.crt").read_bytes() == first

        run(test)

    def test_a_certificate_that_nobody_vouches_for(self) -> None:
        async def test() -> None:
            async with site() as here, running(here.backend(here.target(SECURE))) as backend:
                change = await next_report(backend.reports())
                assert isinstance(change, LinkChange)
                assert change.state is LinkState.DOWN
                assert "is not trusted" in change.reason
            async with site() as here:
                blind = here.backend(here.target(SECURE), tls=Tls(verify=False))
                async with running(blind) as backend:
                    assert backend.link is LinkState.UP

        run(test)

    @pytest.mark.parametrize(("names", "old", "said"), [(["aes1.example.com"], False, "match"), ([], True, "expired")])
    def test_a_certificate_of_another_host_and_one_that_has_expired(
        self, tmp_path: Path, names: list[str], old: bool, said: str
    ) -> None:
        certificate, key = certificates.make(tmp_path, *names, old=old)
        Path(certificate).rename(tmp_path / "aes.crt")
        Path(key).rename(tmp_path / "aes.key")

        async def test() -> None:
            async with site(directory=tmp_path) as here:
                assert here.server.certificate is not None
                trusting = Tls(authorities=here.server.certificate)
                async with running(here.backend(here.target(SECURE), tls=trusting)) as backend:
                    change = await next_report(backend.reports())
            assert isinstance(change, LinkChange)
            assert (change.state, said in change.reason) == (LinkState.DOWN, True), change.reason

        run(test)


class TestReasons:
    """Why a link is down is said in one sentence."""

    def reason(self, change: Callable[[Site], TsapiBackend]) -> str:
        found: list[str] = []

        async def test() -> None:
            async with site() as here, running(change(here)) as backend:
                report = await next_report(backend.reports())
                assert isinstance(report, LinkChange)
                assert report.state is LinkState.DOWN
                found.append(report.reason)
                with pytest.raises(LinkDown):
                    await backend.request(MakeCall(callingDevice="101", calledDevice="102"))

        run(test)
        return found[0]

    def test_a_wrong_password(self) -> None:
        assert "TSERVER_BAD_PASSWORD_OR_LOGIN" in self.reason(lambda here: here.backend(password="wrong"))

    def test_an_unknown_tlink(self) -> None:
        reason = self.reason(lambda here: here.backend(here.target("AVAYA#CM9#CSTA#AES1")))
        assert "does not advertise AVAYA#CM9#CSTA#AES1; it advertises AVAYA#CM1#CSTA#AES1" in reason

    def test_a_closed_port(self) -> None:
        reason = self.reason(lambda here: here.backend(Target(PLAIN, "127.0.0.1", 1)))
        assert "127.0.0.1:1 can't be reached: Connection refused" in reason

    def test_a_password_that_no_client_could_send(self) -> None:
        assert "does not fit the challenge" in self.reason(lambda here: here.backend(password="x" * 48))


class TestFailover:
    def test_the_second_tlink_is_taken_when_the_first_is_dead(self) -> None:
        async def test() -> None:
            async with site() as here:
                backend = here.backend(Target(PLAIN, "127.0.0.1", 1), here.target())
                async with running(backend):
                    assert backend.link is LinkState.UP
                    assert backend.target == here.target()

        run(test)

    def test_a_cut_stream_is_opened_anew_at_once(self) -> None:
        async def test() -> None:
            async with site() as here, running(here.backend()) as backend:
                reports = backend.reports()
                assert await next_report(reports) == LinkChange(LinkState.UP)
                [session] = here.server.sessions
                session.cut()
                down, up = await next_report(reports), await next_report(reports)
                assert isinstance(down, LinkChange)
                assert down.state is LinkState.DOWN
                assert up == LinkChange(LinkState.UP)
                await backend.request(MonitorDevice(deviceID="101", monitorFilter=CSTAMonitorFilter()))

        run(test)

    def test_a_dead_aes_is_tried_again_after_the_back_off(self) -> None:
        settling = Settling()

        async def test() -> None:
            async with site() as here:
                backend = here.backend()
                async with running(backend):
                    ports = Ports(names=here.server.name_port, csta=0, csta_s=0)
                    reports = backend.reports()
                    await next_report(reports)
                    await here.server.stop()
                    down = await next_report(reports)
                    assert isinstance(down, LinkChange)
                    await settling.settle()
                    when = here.clock.next_when()
                    assert when is not None
                    assert 0.5 <= when - here.clock.now() <= 1
                    second = AesServer(here.simulator, ports)
                    await second.start()
                    here.clock.step()
                    assert await next_report(reports) == LinkChange(LinkState.UP)
                await second.stop()

        with asyncio.Runner(loop_factory=settling.new_loop) as runner:
            runner.run(test())

    def test_a_link_that_fails_and_comes_back(self) -> None:
        async def test() -> None:
            async with site() as here, running(here.backend()) as backend:
                reports = backend.reports()
                await next_report(reports)
                here.simulator.link("down")
                assert await next_report(reports) == LinkChange(LinkState.DOWN, "the CTI link is down: SS_DISABLED")
                here.simulator.link("up")
                assert await next_report(reports) == LinkChange(LinkState.UP, "")
                assert len(here.server.sessions) == 1

        run(test)

    def test_the_back_off_grows_is_capped_and_jitters(self) -> None:
        delays = back_off(Clock(0, seed=5))
        found = [next(delays) for _ in range(12)]
        wholes = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]
        assert all(whole / 2 <= delay <= whole for delay, whole in zip(found, wholes, strict=True))
        assert len(set(found)) == 12


class TestCrowd:
    def test_many_streams_and_half_open_connections(self) -> None:
        async def test() -> None:
            async with site() as here:
                idle = [await asyncio.open_connection("127.0.0.1", here.server.csta_port) for _ in range(100)]
                backends = [here.backend() for _ in range(50)]
                await asyncio.gather(*(backend.start() for backend in backends))
                assert all(backend.link is LinkState.UP for backend in backends)
                assert len(here.server.sessions) == 150
                here.clock.advance(29.9)
                assert len(here.server.sessions) == 150
                here.clock.advance(0.2)
                for reader, writer in idle:
                    with pytest.raises(ConnectionResetError):
                        await reader.read(1)
                    writer.close()
                await asyncio.gather(*(backend.stop() for backend in backends))

        run(test)

    def test_half_open_connections_make_room_for_streams(self) -> None:
        async def test() -> None:
            async with site(connections=20) as here, running(here.backend()) as backend:
                idle = [await asyncio.open_connection("127.0.0.1", here.server.csta_port) for _ in range(60)]
                async with running(here.backend()) as second:
                    assert second.link is LinkState.UP
                    assert len(here.server.sessions) == 20
                    for reader, _ in idle[:41]:
                        with pytest.raises(ConnectionResetError):
                            await reader.read(1)
                await backend.request(MonitorDevice(deviceID="101", monitorFilter=CSTAMonitorFilter()))
                for _, writer in idle:
                    writer.close()

        run(test)

    def test_where_every_connection_has_a_stream_a_newcomer_is_reset(self) -> None:
        async def test() -> None:
            async with site(connections=1) as here, running(here.backend()) as backend:
                reader, writer = await asyncio.open_connection("127.0.0.1", here.server.csta_port)
                with pytest.raises(ConnectionResetError):
                    await reader.read(1)
                writer.close()
                await backend.request(MonitorDevice(deviceID="101", monitorFilter=CSTAMonitorFilter()))

        run(test)

    @pytest.mark.parametrize(
        "octets", [b"\xff" * 100, b"\0" * 100, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x12\0\0\0"]
    )
    def test_rubbish_is_reset_and_the_others_never_notice(self, octets: bytes) -> None:
        async def test() -> None:
            async with site() as here, running(here.backend()) as backend:
                for port in (here.server.name_port, here.server.csta_port):
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.write(octets + bytes(40))
                    with pytest.raises(ConnectionResetError):
                        await reader.read(1)
                    writer.close()
                await backend.request(MonitorDevice(deviceID="101", monitorFilter=CSTAMonitorFilter()))

        run(test)


class TestTargets:
    @pytest.mark.parametrize(
        ("text", "target"),
        [
            (PLAIN, Target(PLAIN, "AES1", 450)),
            (f"{PLAIN}@10.0.0.5", Target(PLAIN, "10.0.0.5", 450)),
            (f" {PLAIN}@aes.example:4450 ", Target(PLAIN, "aes.example", 4450)),
            (f"{SECURE}@[::1]:4450", Target(SECURE, "::1", 4450)),
        ],
    )
    def test_good(self, text: str, target: Target) -> None:
        assert parse_target(text.strip()) == target
        assert target.secure is ("CSTA-S" in text)

    @pytest.mark.parametrize(
        "text", ["", "AVAYA", "A#B#C", f"{PLAIN}@h:0", f"{PLAIN}@h:99999", f"{PLAIN}@a@b", "A##C#D"]
    )
    def test_bad(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"is not|is no"):
            parse_target(text)

    def test_no_target(self) -> None:
        with pytest.raises(ValueError, match="ivr_tlink_01"):
            Links((), lambda target: Login(tlink=target.tlink, login="", password=""), Clock(0))


def test_an_unreachable_name_service_is_told_apart() -> None:
    async def test() -> None:
        async with site() as here:
            with pytest.raises(StreamLost, match="can't be reached"):
                await ask_names("127.0.0.1", 1, here.clock)

    run(test)
