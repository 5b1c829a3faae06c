"""One AES that opens its streams oddly: whose link is down, who says nothing, who ends what it has just opened."""

import asyncio
import ipaddress
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import pytest

from ivrsvr.backends.base import EventReport, LinkChange, LinkDown, LinkState
from ivrsvr.backends.tsapi.absent import without_empty_ucids
from ivrsvr.backends.tsapi.backend import PATIENCE_S, TsapiBackend
from ivrsvr.backends.tsapi.links import BACK_OFF_FIRST_S, Links, Target
from ivrsvr.backends.tsapi.stream.channel import Channel, Message
from ivrsvr.backends.tsapi.stream.client_end import REQUEST_S, Login
from ivrsvr.backends.tsapi.wire.names import encode_address
from ivrsvr.clock import Clock
from ivrsvr.csta.acs import (
    ACSAbortStream,
    ACSAuthReplyTwo,
    ACSCloseStream,
    ACSCloseStreamConf,
    ACSKeyRequest,
    ACSNameSrvReply,
    ACSNameSrvRequest,
    ACSOpenStream,
    ACSOpenStreamConf,
    ACSUniversalFailureEvent,
)
from ivrsvr.csta.call import AnswerCall, AnswerCallConf, MakeCall, MakeCallConf
from ivrsvr.csta.enums import (
    ACSAuthType,
    ACSEncodeType,
    CSTAEventCause,
    LocalConnectionState,
    SystemStatus,
    SystemStatusFilter,
)
from ivrsvr.csta.errors import ACSUniversalFailure, CSTAUniversalFailure
from ivrsvr.csta.events import ServiceInitiated
from ivrsvr.csta.pdu import EventClass, declaration_of
from ivrsvr.csta.private.call import ATTMakeCallConf
from ivrsvr.csta.private.events import ATTConferencedV7, ATTServiceInitiatedV9
from ivrsvr.csta.private.structures import ATTOriginalCallInfoV7
from ivrsvr.csta.system import (
    SysStat,
    SysStatReq,
    SysStatReqConf,
    SysStatStart,
    SysStatStartConf,
    UniversalFailureConf,
)
from ivrsvr.csta.types import ACSAuthInfo, ACSNameAddr, ConnectionID
from ivrsvr.testing.settle import Settling

TLINK = "AVAYA#CM1#CSTA#AES1"
ANSWER = AnswerCall(alertingCall=ConnectionID(7, "101"))
NORMAL = SysStatReqConf(systemStatus=SystemStatus.SS_NORMAL)
INITIALIZING = SysStatReqConf(systemStatus=SystemStatus.SS_INITIALIZING)
STARTED = SysStatStartConf(filter=SystemStatusFilter(0))
OPENED = ACSOpenStreamConf(apiVer="ST2", libVer="", tsrvVer="", drvrVer="")
KEY = ACSAuthReplyTwo(
    objectID=1,
    key=bytes(8),
    authInfo=ACSAuthInfo(ACSAuthType.NEED_LOGIN_ID_AND_PASSWD, ""),
    encodeType=ACSEncodeType.WIN_NT_LOCAL,
    pipe="",
)
REJECTED = UniversalFailureConf(error=CSTAUniversalFailure.SERVICE_TERMINATION_REJECTION)

Answers: TypeAlias = tuple[Any, ...]
"""What follows on a request, in one piece: the confirmation, and events; each alone or with its private data."""


class Aes:
    """An AES that answers as it is told; each answer of a request's list once, then its last one again and again."""

    def __init__(self, **told: list[Answers]) -> None:
        self.port = 0
        self.asked: list[str] = []
        self.connections: list[asyncio.StreamWriter] = []
        self._serving: set[asyncio.Task[Any] | None] = set()
        self._told: dict[str, Iterator[Answers]] = {
            name: itertools.chain(answers, itertools.repeat(answers[-1])) for name, answers in told.items()
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(asyncio.current_task())
        self.connections.append(writer)
        channel = Channel()
        while octets := await reader.read(65536):
            for message in channel.receive(octets):
                assert isinstance(message, Message)
                for answer in self._answers(message.pdu):
                    channel.send(_message(answer, message.invokeID))
            writer.write(channel.data_to_send())
        writer.close()

    def _answers(self, pdu: Any) -> Answers:
        name = type(pdu).__name__
        self.asked.append(name)
        if name in self._told:
            return next(self._told[name])
        match pdu:
            case ACSNameSrvRequest():
                address = encode_address(ipaddress.IPv4Address("127.0.0.1"), self.port)
                return (ACSNameSrvReply(more=False, list=(ACSNameAddr(TLINK, address),)),)
            case ACSAbortStream():
                return ()
        return (PLAIN[type(pdu)],)

    def tell(self, event: Any) -> None:
        """Tell whoever has the newest connection of something."""
        channel = Channel()
        channel.send(_message(event, 0))
        self.connections[-1].write(channel.data_to_send())

    async def stop(self) -> None:
        for writer in self.connections:
            writer.close()
        await asyncio.gather(*(task for task in self._serving if task is not None))


PLAIN: dict[type, Any] = {
    ACSKeyRequest: KEY,
    ACSOpenStream: OPENED,
    ACSCloseStream: ACSCloseStreamConf(),
    SysStatStart: STARTED,
    SysStatReq: NORMAL,
    AnswerCall: AnswerCallConf(),
}


def _message(answer: Any, invoke: int) -> Message:
    pdu, private = answer if isinstance(answer, tuple) else (answer, None)
    event_class = declaration_of(pdu).event_class
    assert event_class is not None
    confirmation = event_class in (EventClass.ACSCONFIRMATION, EventClass.CSTACONFIRMATION)
    return Message(event_class, invoke if confirmation else 0, 0, pdu, private)


def state_of(backend: TsapiBackend) -> tuple[bool, LinkState]:
    """Whether a stream is in use, and its link."""
    return backend.target is not None, backend.link


@asynccontextmanager
async def backend(clock: Clock, aes: Aes) -> AsyncIterator[TsapiBackend]:
    """A backend that begins to open; wait for what comes of it."""
    listener = await asyncio.start_server(aes.serve, "127.0.0.1", 0)
    aes.port = listener.sockets[0].getsockname()[1]
    login = Login(tlink=TLINK, login="cti", password="Passw0rd", heartbeat_s=None)
    found = TsapiBackend(Links([Target(TLINK, "127.0.0.1", aes.port)], lambda _: login, clock), clock)
    starting = asyncio.create_task(found.start())
    try:
        yield found
    finally:
        listener.close()
        await found.stop()
        starting.cancel()
        await asyncio.wait([starting])
        await aes.stop()
        await listener.wait_closed()


def run(aes: Aes, work: Callable[[TsapiBackend, Callable[[float], Awaitable[None]]], Awaitable[None]]) -> None:
    """Work with a backend on an AES; the second argument lets time pass."""
    settling = Settling()

    async def bounded() -> None:
        clock = Clock(1_700_000_000, seed=1)

        async def pass_time(seconds: float) -> None:
            await settling.advance(clock, seconds)

        async with asyncio.timeout(20):
            async with backend(clock, aes) as found:
                await pass_time(0)
                await work(found, pass_time)

    with asyncio.Runner(loop_factory=settling.new_loop) as runner:
        runner.run(bounded())


@pytest.mark.parametrize(
    "told",
    [
        {"SysStatStart": [(REJECTED,), (REJECTED,), (STARTED,)]},
        {"SysStatReq": [(REJECTED,), (REJECTED,), (NORMAL,)]},
        {"SysStatReq": [(INITIALIZING,), (INITIALIZING,), (NORMAL,)]},
    ],
    ids=["start", "request", "state"],
)
def test_an_aes_whose_link_is_down_is_asked_until_it_is_back_also_without_a_word(
    told: dict[str, list[Answers]],
) -> None:
    aes = Aes(**told)

    async def work(backend: TsapiBackend, pass_time: Callable[[float], Awaitable[None]]) -> None:
        assert state_of(backend) == (True, LinkState.DOWN)
        with pytest.raises(LinkDown):
            await backend.request(ANSWER)
        await pass_time(PATIENCE_S + 0.1)
        assert state_of(backend) == (True, LinkState.DOWN)
        await pass_time(PATIENCE_S + 0.1)
        assert state_of(backend) == (True, LinkState.UP)
        assert (await backend.request(ANSWER)).pdu == AnswerCallConf()
        assert aes.asked.count("ACSOpenStream") == 1
        asked = len(aes.asked)
        await pass_time(600)
        assert len(aes.asked) == asked

    run(aes, work)


def test_a_stream_on_which_nothing_is_answered_is_none() -> None:
    async def work(backend: TsapiBackend, pass_time: Callable[[float], Awaitable[None]]) -> None:
        await pass_time(REQUEST_S - 0.1)
        assert state_of(backend) == (True, LinkState.DOWN)
        await pass_time(0.1)
        assert state_of(backend) == (False, LinkState.DOWN)
        assert list(backend.reasons.values()) == ["it is open, but nothing is answered"]
        await pass_time(BACK_OFF_FIRST_S)
        assert state_of(backend) == (True, LinkState.UP)
        assert "ACSAbortStream" in aes.asked

    aes = Aes(SysStatStart=[(), (STARTED,)])
    run(aes, work)


def test_an_aes_that_answers_no_more_while_its_link_is_down_is_opened_anew() -> None:
    async def work(backend: TsapiBackend, pass_time: Callable[[float], Awaitable[None]]) -> None:
        assert state_of(backend) == (True, LinkState.DOWN)
        await pass_time(PATIENCE_S + REQUEST_S + BACK_OFF_FIRST_S)
        assert (state_of(backend), aes.asked.count("ACSOpenStream")) == ((True, LinkState.UP), 2)

    aes = Aes(SysStatReq=[(REJECTED,), (), (NORMAL,)])
    run(aes, work)


def test_what_is_ended_with_the_same_octets_that_open_it_is_not_in_use() -> None:
    ended = ACSUniversalFailureEvent(error=ACSUniversalFailure.TSERVER_USER_LICENSES_EXCEEDED)

    async def work(backend: TsapiBackend, pass_time: Callable[[float], Awaitable[None]]) -> None:
        assert state_of(backend) == (False, LinkState.DOWN)
        [reason] = backend.reasons.values()
        assert reason.startswith("the server ended the stream: TSERVER_USER_LICENSES_EXCEEDED")
        assert reason.count("TSERVER") == 1
        await pass_time(BACK_OFF_FIRST_S)
        assert state_of(backend) == (True, LinkState.UP)

    run(Aes(ACSOpenStream=[(OPENED, ended), (OPENED,)]), work)


@pytest.mark.parametrize("overload", [SystemStatus.SS_OVERLOAD_IMMINENT, SystemStatus.SS_OVERLOAD_REACHED])
def test_relief_from_an_overload_ends_it(overload: SystemStatus) -> None:
    async def work(backend: TsapiBackend, pass_time: Callable[[float], Awaitable[None]]) -> None:
        for state, link in ((overload, LinkState.DOWN), (SystemStatus.SS_OVERLOAD_RELIEVED, LinkState.UP)):
            aes.tell(SysStat(state=state))
            await pass_time(0)
            assert state_of(backend) == (True, link)

    aes = Aes()
    run(aes, work)


@pytest.mark.parametrize(("sent", "taken"), [("0" * 20, ""), ("0", ""), ("", ""), ("00001000000000000000",) * 2])
def test_a_ucid_of_zeros_is_none(sent: str, taken: str) -> None:
    made = (MakeCallConf(newCall=ConnectionID(7, "101")), ATTMakeCallConf(ucid=sent))
    begun = ServiceInitiated(
        initiatedConnection=ConnectionID(7, "101"),
        localConnectionInfo=LocalConnectionState.CS_INITIATE,
        cause=CSTAEventCause.EC_NONE,
    )

    async def work(backend: TsapiBackend, pass_time: Callable[[float], Awaitable[None]]) -> None:
        reports = backend.reports()
        assert await anext(reports) == LinkChange(LinkState.UP)
        confirmed = await backend.request(MakeCall(callingDevice="101", calledDevice="102"))
        assert confirmed.private == ATTMakeCallConf(ucid=taken)
        aes.tell((begun, ATTServiceInitiatedV9(ucid=sent)))
        await pass_time(0)
        report = await anext(reports)
        assert isinstance(report, EventReport)
        assert (report.pdu, report.private.ucid) == (begun, taken)

    aes = Aes(MakeCall=[(made,)])
    run(aes, work)
    joined = ATTConferencedV7(originalCallInfo=ATTOriginalCallInfoV7(ucid=sent), ucid="1")
    told = without_empty_ucids(joined)
    assert (told.ucid, told.originalCallInfo.ucid) == ("1", taken)
