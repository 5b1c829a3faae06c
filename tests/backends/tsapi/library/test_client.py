"""A stream through a C library: a stand-in that is compiled here, so pointers, widths and calls are the real thing."""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ivrsvr.assembly.checkup import check_tlink
from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.assembly.switch import build_backend, tlinks
from ivrsvr.backends.base import EventReport, LinkChange, LinkDown, LinkState
from ivrsvr.backends.tsapi.backend import TsapiBackend
from ivrsvr.backends.tsapi.library.binding import MODEL, Library, LibraryError
from ivrsvr.backends.tsapi.library.client import LibraryClient, LibraryLinks, closed
from ivrsvr.backends.tsapi.library.functions import FUNCTIONS
from ivrsvr.backends.tsapi.links import Target
from ivrsvr.backends.tsapi.stream.client_end import Login
from ivrsvr.clock import Clock
from ivrsvr.csta import enums
from ivrsvr.csta.call import AnswerCall, ClearConnection, MakeCall, MakeCallConf, TransferCall
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.events import ConnectionCleared, Delivered
from ivrsvr.csta.monitor import MonitorDevice, SnapshotDevice
from ivrsvr.csta.pdu import DECLARATIONS, EventClass
from ivrsvr.csta.private.call import ATTMakeCall, ATTMakeCallConf, ATTSingleStepTransferCall
from ivrsvr.csta.private.query import ATTQueryDeviceName
from ivrsvr.csta.query import QueryDeviceInfo, QueryFwd, SetFwd
from ivrsvr.csta.route import RouteSelectRequest
from ivrsvr.csta.system import EscapeSvc
from ivrsvr.csta.types import ConnectionID, CSTAForwardingInfo, CSTAMonitorFilter, provided

TLINK = "AVAYA#CM1#CSTA#AES1"
SOURCE = Path(__file__).parent / "fakecsta.c"
WAYS = {"socket": (), "thread": ("-DWITHOUT_FILE",)}


@pytest.fixture(scope="module", params=WAYS)
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Library:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        reason = "there is no C compiler (gcc) to build the stand-in library with"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    built = tmp_path_factory.mktemp("library") / f"libcsta-{request.param}.so"
    options = ["-shared", "-fPIC", "-Wall", "-Werror", "-pthread", *WAYS[request.param]]
    subprocess.run([compiler, *options, "-o", str(built), str(SOURCE)], check=True)
    return Library(built)


def links(library: Library, tlink: str = TLINK, password: str = "ivrsvr", clock: Clock | None = None) -> LibraryLinks:
    login = Login(tlink=tlink, login="ivrsvr", password=password)
    return LibraryLinks([Target(tlink, "aes1")], lambda _: login, clock or Clock(0), library)


@asynccontextmanager
async def running(library: Library) -> AsyncIterator[TsapiBackend]:
    backend = TsapiBackend(links(library), Clock(0))
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


def test_a_call_and_what_is_reported_of_it(library: Library) -> None:
    async def test() -> None:
        async with running(library) as backend:
            reports = backend.reports()
            assert await anext(reports) == LinkChange(LinkState.UP)
            wanted = CSTAMonitorFilter(call=enums.CSTACallFilter.CF_HELD | enums.CSTACallFilter.CF_TRANSFERRED)
            monitor = await backend.request(MonitorDevice(deviceID="101", monitorFilter=wanted))
            assert (monitor.pdu.monitorCrossRefID, monitor.pdu.monitorFilter) == (7, wanted)
            made = await backend.request(MakeCall(callingDevice="101", calledDevice="102"), ATTMakeCall())
            assert made.pdu == MakeCallConf(newCall=ConnectionID(4711, "101"))
            assert made.private == ATTMakeCallConf(ucid="00001000011458770400")
            report = await anext(reports)
            assert isinstance(report, EventReport)
            assert report.crossRef == 7
            assert report.pdu == Delivered(
                connection=ConnectionID(4711, "102"),
                alertingDevice=provided("102"),
                callingDevice=provided("101"),
                calledDevice=provided("102"),
                lastRedirectionDevice=report.pdu.lastRedirectionDevice,
                localConnectionInfo=enums.LocalConnectionState.CS_CONNECT,
                cause=enums.CSTAEventCause.EC_NEW_CALL,
            )
            assert report.pdu.lastRedirectionDevice.deviceIDStatus is enums.DeviceIDStatus.ID_NOT_REQUIRED
            await backend.request(ClearConnection(call=ConnectionID(4711, "101")))
            report = await anext(reports)
            assert isinstance(report, EventReport)
            assert isinstance(report.pdu, ConnectionCleared)
            assert report.pdu.cause is enums.CSTAEventCause.EC_NONE

    run(test)


def test_lists_and_flattened_parameters(library: Library) -> None:
    async def test() -> None:
        async with running(library) as backend:
            found = (await backend.request(SnapshotDevice(snapshotObject="101"))).pdu.snapshotData
            states = [(one.callIdentifier.callID, *one.localCallState) for one in found]
            assert states == [(1, enums.LocalConnectionState.CS_HOLD), (2, enums.LocalConnectionState.CS_CONNECT)]
            joined = await backend.request(
                TransferCall(heldCall=ConnectionID(1, "101"), activeCall=ConnectionID(2, "101"))
            )
            assert joined.pdu.newCall.callID == 2
            assert [one.party.deviceID for one in joined.pdu.connList] == ["101", "T5#1"]
            assert joined.pdu.connList[1].party.devIDType is enums.ConnectionIDDevice.DYNAMIC_ID
            info = (await backend.request(QueryDeviceInfo(device="101"))).pdu
            assert (info.device, info.deviceClass) == ("101", enums.DeviceClass.DC_VOICE)
            forward = CSTAForwardingInfo(forwardingOn=True, forwardDN="103")
            await backend.request(SetFwd(device="101", forward=forward))
            assert (await backend.request(QueryFwd(device="101"))).pdu.forward == (forward,)

    run(test)


def test_private_services_go_in_the_layout_of_the_version(library: Library) -> None:
    async def test() -> None:
        async with running(library) as backend:
            asked = ATTQueryDeviceName(device="101")
            assert (await backend.request(EscapeSvc(), asked)).private == asked
            single = ATTSingleStepTransferCall(activeCall=ConnectionID(1, "101"), transferredTo="103")
            with pytest.raises(CstaFailure, match="private data 8 or later, and the stream has 7"):
                await backend.request(EscapeSvc(), single)

    run(test)


def test_refusals(library: Library) -> None:
    async def test() -> None:
        async with running(library) as backend:
            for pdu, error in (
                (MonitorDevice(deviceID="999"), CSTAUniversalFailure.INVALID_CSTA_DEVICE_IDENTIFIER),
                (AnswerCall(alertingCall=ConnectionID(1, "101")), CSTAUniversalFailure.INVALID_FEATURE),
                (MakeCall(callingDevice="101", calledDevice="9" * 64), CSTAUniversalFailure.VALUE_OUT_OF_RANGE),
                (
                    MakeCall(callingDevice="101", calledDevice="full"),
                    CSTAUniversalFailure.GENERIC_SYSTEM_RESOURCE_AVAILABILITY,
                ),
            ):
                with pytest.raises(CstaFailure) as caught:
                    await backend.request(pdu)
                assert caught.value.error is error
            select = RouteSelectRequest(
                routeRegisterReqID=1,
                routingCrossRefID=2,
                routeSelected="101",
                setupInformation=b"\1",
                routeUsedReq=False,
            )
            assert (await backend.request(select)).pdu is None

    run(test)


def test_what_the_library_cannot_read_is_lost_alone(library: Library) -> None:
    async def test() -> None:
        async with running(library) as backend:
            reports = backend.reports()
            assert await anext(reports) == LinkChange(LinkState.UP)
            for number in ("odd", "big"):
                made = await backend.request(MakeCall(callingDevice="101", calledDevice=number))
                assert made.pdu == MakeCallConf(newCall=ConnectionID(4711, "101"))
            await backend.request(MonitorDevice(deviceID="101"))
            await backend.request(MakeCall(callingDevice="101", calledDevice="odd"))
            report = await anext(reports)
            assert isinstance(report, EventReport)
            assert isinstance(report.pdu, Delivered)

    run(test)


def test_a_library_that_reads_nothing_any_more_is_given_up(library: Library) -> None:
    async def test() -> None:
        async with running(library) as backend:
            reports = backend.reports()
            assert await anext(reports) == LinkChange(LinkState.UP)
            with pytest.raises(LinkDown, match="ACSERR_UNKNOWN"):
                await backend.request(MakeCall(callingDevice="101", calledDevice="never"))
            assert [type(await anext(reports)) for _ in range(2)] == [LinkChange, LinkChange]
            await backend.request(QueryDeviceInfo(device="101"))

    run(test)


def test_a_lost_stream_ends_what_waits_and_is_opened_anew(library: Library) -> None:
    async def test() -> None:
        async with running(library) as backend:
            reports = backend.reports()
            assert await anext(reports) == LinkChange(LinkState.UP)
            waiting = asyncio.ensure_future(backend.request(MakeCall(callingDevice="101", calledDevice="late")))
            await asyncio.sleep(0)
            with pytest.raises(LinkDown, match="TSERVER_STREAM_FAILED"):
                await backend.request(MakeCall(callingDevice="101", calledDevice="lost"))
            with pytest.raises(LinkDown):
                await waiting
            down, up = await anext(reports), await anext(reports)
            assert [one.state for one in (down, up) if isinstance(one, LinkChange)] == [LinkState.DOWN, LinkState.UP]
            await backend.request(QueryDeviceInfo(device="101"))

    run(test)


@pytest.mark.parametrize(
    ("tlink", "password", "said"),
    [
        (TLINK, "wrong", "TSERVER_BAD_PASSWORD_OR_LOGIN"),
        ("AVAYA#CM9#CSTA#AES1", "ivrsvr", "finds no such TLINK"),
    ],
)
def test_a_stream_that_does_not_open(library: Library, tlink: str, password: str, said: str) -> None:
    async def test() -> None:
        backend = TsapiBackend(links(library, tlink, password), Clock(0))
        await backend.start()
        change = await anext(backend.reports())
        assert isinstance(change, LinkChange)
        assert said in change.reason
        await backend.stop()

    run(test)


def test_reports_that_wait_stop_the_fetching(library: Library) -> None:
    async def test() -> None:
        found: list[object] = []
        client = await links(library).open(Target(TLINK, "aes1"), found.append)
        assert isinstance(client, LibraryClient)
        await client.request(MonitorDevice(deviceID="101"))
        client.pause(True)
        making = asyncio.ensure_future(client.request(MakeCall(callingDevice="101", calledDevice="102")))
        for _ in range(20):
            await asyncio.sleep(0)
        client.pause(False)
        assert (await making).pdu.newCall.callID == 4711
        await client.close()
        assert not [one for one in found if not isinstance(one, EventReport)]

    run(test)


def test_every_request_has_its_function() -> None:
    asked = {cls for cls, one in DECLARATIONS.items() if one.event_class is EventClass.CSTAREQUEST}
    names = {cls.__name__ for cls in asked - set(FUNCTIONS)}
    # what the switch asks of the application, and the answer to its escape service, which no switch here asks
    assert names == {"RouteRequest", "ReRouteRequest", "RouteRequestExt", "EscapeSvcReqConf"}


def built(library: Library, **settings: Any) -> Settings:
    return Settings(
        db=":memory:", backend="tsapi", tsapi_library=library.path, tlinks=(f"{TLINK} ivrsvr ivrsvr",), **settings
    )


def test_a_server_that_is_told_to_uses_it(library: Library) -> None:
    async def test() -> None:
        backend = build_backend(built(library), Clock(0), None)
        assert isinstance(backend, TsapiBackend)
        assert isinstance(backend.links, LibraryLinks)
        await backend.start()
        assert tlinks(backend)[0]["state"] == "up"
        await backend.stop()

    run(test)


@pytest.mark.parametrize(
    ("text", "well", "said"),
    [
        (f"{TLINK} ivrsvr ivrsvr", True, "is open to ivrsvr, private data 7"),
        (f"{TLINK} ivrsvr wrong", False, "refuses the user 'ivrsvr' or its password"),
        ("AVAYA#CM9#CSTA#AES1 ivrsvr ivrsvr", False, "check its name, and the hosts in the library's own server list"),
    ],
)
def test_the_doctor_opens_streams_by_it(library: Library, text: str, well: bool, said: str) -> None:
    async def test() -> None:
        found = await check_tlink(built(library), 1, text, Clock(0))
        assert found.well is well
        assert said in found.text

    run(test)


class TestLoading:
    def test_a_server_that_cannot_load_it(self) -> None:
        settings = Settings(db=":memory:", backend="tsapi", tsapi_library="nowhere.so", tlinks=(f"{TLINK} a b",))
        with pytest.raises(ConfigurationError, match=r"tsapi_library: nowhere\.so cannot be loaded"):
            build_backend(settings, Clock(0), None)

    def test_a_file_that_is_no_library(self, tmp_path: Path) -> None:
        (tmp_path / "libcsta.so").write_text("no library")
        with pytest.raises(LibraryError, match=f"for {8 * MODEL.pointer}-bit programs"):
            Library(tmp_path / "libcsta.so")

    def test_a_library_that_is_another_one(self) -> None:
        with pytest.raises(LibraryError, match="is no TSAPI client library: it has no acsOpenStream"):
            Library("libc.so.6")


def test_an_orderly_close_of_the_peer_is_seen_without_reading() -> None:
    here, there = socket.socketpair()
    assert not closed(here.fileno())
    there.send(b"x")
    assert not closed(here.fileno())
    assert here.recv(1) == b"x"
    there.close()
    assert closed(here.fileno())
    here.close()
    read, write = os.pipe()
    assert not closed(read)
    os.close(read)
    os.close(write)
