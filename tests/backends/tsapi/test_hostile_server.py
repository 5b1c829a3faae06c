"""A hostile AES on TCP: what it does ends in a clear reason or is looked past; no wait is without an end."""

import asyncio
import ipaddress
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ivrsvr.backends.base import EventReport
from ivrsvr.backends.tsapi.client import Client, StreamLost, ask_names, connect
from ivrsvr.backends.tsapi.stream.client_end import REQUEST_S, STEP_S, Login
from ivrsvr.backends.tsapi.wire.codec import encode
from ivrsvr.backends.tsapi.wire.frame import Frame, encode_frame
from ivrsvr.backends.tsapi.wire.names import encode_address
from ivrsvr.backends.tsapi.wire.private import PrivateBlock, encode_block
from ivrsvr.clock import Clock
from ivrsvr.csta.acs import (
    ACSAuthReplyTwo,
    ACSKeyReply,
    ACSNameSrvReply,
    ACSOpenStreamConf,
    ACSUniversalFailureEvent,
)
from ivrsvr.csta.call import AnswerCall, HoldCall, HoldCallConf
from ivrsvr.csta.enums import ACSAuthType, ACSEncodeType, CSTAEventCause
from ivrsvr.csta.errors import ACSUniversalFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.monitor import MonitorEnded
from ivrsvr.csta.pdu import declaration_of
from ivrsvr.csta.types import ACSAuthInfo, ACSNameAddr, ConnectionID
from ivrsvr.testing.settle import Settling

LOGIN = Login(tlink="AVAYA#CM1#CSTA#AES1", login="cti", password="Passw0rd", heartbeat_s=None)
HOLD = HoldCall(activeCall=ConnectionID(7, "101"))


def message(pdu: Any, invoke: int = 0, cross: int = 0, private: bytes = b"", **changes: int) -> bytes:
    """A PDU as its frame, which may lie."""
    declared = declaration_of(pdu)
    event_class = changes.get("event_class", declared.event_class or 0)
    return encode_frame(Frame(invoke, cross, event_class, declared.number, encode(pdu), private))


def key(size: int = 8) -> ACSAuthReplyTwo:
    info = ACSAuthInfo(ACSAuthType.NEED_LOGIN_ID_AND_PASSWD, "")
    return ACSAuthReplyTwo(
        objectID=1, key=bytes(range(size)), authInfo=info, encodeType=ACSEncodeType.WIN_NT_LOCAL, pipe=""
    )


CONF = ACSOpenStreamConf(apiVer="ST2", libVer="", tsrvVer="", drvrVer="")
GRANT = encode_block(PrivateBlock("ECS", b"\x008\0"))
OPENED = [message(key(), 1), message(CONF, 2, private=GRANT)]


class Server:
    """An AES that answers each thing that it reads with the next octets of its script, and then says no more."""

    def __init__(self, script: list[bytes]) -> None:
        self.script = iter(script)
        self.writers: list[asyncio.StreamWriter] = []
        self.serving: set[asyncio.Task[Any] | None] = set()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.add(asyncio.current_task())
        self.writers.append(writer)
        try:
            while await reader.read(65536):
                octets = next(self.script, b"")
                if octets == b"bye":
                    break
                writer.write(octets)
        except ConnectionError:
            pass
        writer.close()


@asynccontextmanager
async def hostile(*script: bytes) -> AsyncIterator[Server]:
    server = Server(list(script))
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for writer in server.writers:
            writer.close()
        await asyncio.gather(*(task for task in server.serving if task is not None))
        await listener.wait_closed()


def run(work: Callable[[Settling], Awaitable[None]]) -> None:
    settling = Settling()

    async def bounded() -> None:
        async with asyncio.timeout(20):
            await work(settling)

    with asyncio.Runner(loop_factory=settling.new_loop) as runner:
        runner.run(bounded())


async def opened(server: Server, clock: Clock, told: list[Any], notes: list[str]) -> Client:
    return await connect("127.0.0.1", server.port, LOGIN, clock, told.append, note=notes.append)


OPENINGS: dict[str, tuple[list[bytes], str]] = {
    "rubbish": ([b"\xff" * 100], "make no sense"),
    "another protocol": ([b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n"], "make no sense"),
    "version 2": ([struct.pack("<IHIIHHHH", 18, 2, 1, 0, 2, 13, 0, 0)], "make no sense"),
    "an ordinary close": ([b"bye"], "connection was lost"),
    "a key of nine octets": ([message(key(9), 1)], "does not fit the challenge"),
    "a key of no octets": ([message(key(0), 1)], "does not fit the challenge"),
    "a failure in place of a key": (
        [message(ACSUniversalFailureEvent(error=ACSUniversalFailure.TSERVER_NO_MEMORY))],
        "TSERVER_NO_MEMORY",
    ),
    "something else in place of a key": ([message(CONF, 1)], "answered with ACSOpenStreamConf"),
    "a key that cannot be read": ([encode_frame(Frame(1, 0, 2, 13, b"\x30\x00"))], "can't be read"),
    "a key again in place of the open": ([message(key(), 1), message(key(), 2)], "answered with ACSAuthReplyTwo"),
    "an open that cannot be read": ([message(key(), 1), encode_frame(Frame(2, 0, 2, 2, b"\x30\x00"))], "can't be read"),
}


@pytest.mark.parametrize("name", OPENINGS)
def test_an_open_that_comes_to_nothing(name: str) -> None:
    script, reason = OPENINGS[name]

    async def work(settling: Settling) -> None:  # noqa: ARG001
        async with hostile(*script) as server:
            with pytest.raises(StreamLost, match=reason):
                await opened(server, Clock(0), [], [])

    run(work)


SILENT: dict[str, list[bytes]] = {
    "says nothing": [],
    "says half a frame": [OPENED[0][:9]],
    "answers another request": [message(key(), 99)],
    "falls silent after the key": [OPENED[0]],
    "sends frames that nobody understands": [encode_frame(Frame(1, 0, 77, 999, b"")) * 50],
}


@pytest.mark.parametrize("name", SILENT)
def test_a_server_that_does_not_answer_is_given_up(name: str) -> None:
    async def work(settling: Settling) -> None:
        clock = Clock(0)
        async with hostile(*SILENT[name]) as server:
            opening = asyncio.create_task(opened(server, clock, [], []))
            await settling.settle()
            assert not opening.done()
            await settling.advance(clock, STEP_S)
            with pytest.raises(StreamLost, match=f"within {STEP_S:g} s"):
                await opening

    run(work)


@pytest.mark.parametrize(("digits", "version"), [(b"8", 8), (b"99", None), (b"0", None), (b"x", None), (b"", None)])
def test_a_version_that_was_never_offered_is_none(digits: bytes, version: int | None) -> None:
    async def work(settling: Settling) -> None:  # noqa: ARG001
        grant = encode_block(PrivateBlock("ECS", b"\0" + digits + b"\0"))
        async with hostile(message(key(), 1), message(CONF, 2, private=grant)) as server:
            client = await opened(server, Clock(0), [], [])
            assert client.version == version
            client.abort()

    run(work)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (message(HoldCallConf(), 3, event_class=2), CSTAUniversalFailure.MISTYPED_RESULT_REJECTION),
        (message(HoldCallConf(), 4711), None),
        (message(AnswerCall(alertingCall=ConnectionID()), 3), None),
        (encode_frame(Frame(3, 0, 5, 22, b"\x30\x07\x01")), CSTAUniversalFailure.MISTYPED_RESULT_REJECTION),
        (encode_frame(Frame(3, 0, 5, 24, b"\x30\x00")), CSTAUniversalFailure.MISTYPED_RESULT_REJECTION),
        (encode_frame(Frame(3, 0, 5, 999, b"\x30\x00")), CSTAUniversalFailure.MISTYPED_RESULT_REJECTION),
    ],
)
def test_a_wrong_answer_fails_its_request_alone(answer: bytes, error: CSTAUniversalFailure | None) -> None:
    """error None: it counts as no answer, and the request is given up in its time."""

    async def work(settling: Settling) -> None:
        clock = Clock(0)
        async with hostile(*OPENED, answer, message(HoldCallConf(), 4)) as server:
            client = await opened(server, clock, [], [])
            asked = asyncio.create_task(client.request(HOLD))
            await settling.settle()
            if error is None and not asked.done():
                await settling.advance(clock, REQUEST_S)
            with pytest.raises(CstaFailure) as caught:
                await asked
            assert caught.value.error is (error or CSTAUniversalFailure.REQUEST_TIMEOUT_REJECTION)
            assert (await client.request(HOLD)).pdu == HoldCallConf()
            client.abort()

    run(work)


def test_events_before_the_open_and_for_nobody_do_no_harm() -> None:
    ended = message(MonitorEnded(cause=CSTAEventCause.EC_NONE), cross=99)

    async def work(settling: Settling) -> None:
        told: list[Any] = []
        async with hostile(ended + OPENED[0], ended + OPENED[1] + ended) as server:
            client = await opened(server, Clock(0), told, [])
            await settling.settle()
            assert {(type(one), one.crossRef) for one in told} == {(EventReport, 99)}
            client.abort()

    run(work)


def test_a_flood_of_what_nobody_understands_is_noted_and_looked_past() -> None:
    async def work(settling: Settling) -> None:
        notes: list[str] = []
        flood = encode_frame(Frame(1, 0, 4, 57, b"\x30\x80")) * 5000
        async with hostile(*OPENED, flood + message(HoldCallConf(), 3)) as server:
            client = await opened(server, Clock(0), [], notes)
            assert (await client.request(HOLD)).pdu == HoldCallConf()
            await settling.settle()
            assert len(notes) == 5000
            client.abort()

    run(work)


ADDRESS = encode_address(ipaddress.ip_address("127.0.0.1"), 1050)
LINK = ACSNameAddr("AVAYA#CM1#CSTA#AES1", ADDRESS)

NAMES: dict[str, tuple[list[bytes], str]] = {
    "rubbish": ([b"\xff" * 40], "is no name service"),
    "another answer": ([message(ACSKeyReply(objectID=1, key=bytes(8)), 1)], "is no name service"),
    "an address that is too short": (
        [message(ACSNameSrvReply(more=False, list=(ACSNameAddr("A#B#CSTA#D", b"\2\0"),)), 1)],
        "is no name service",
    ),
    "a close": ([b"bye"], "closed the connection without an answer"),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_service_that_is_none(name: str) -> None:
    script, reason = NAMES[name]

    async def work(settling: Settling) -> None:  # noqa: ARG001
        async with hostile(*script) as server:
            with pytest.raises(StreamLost, match=reason):
                await ask_names("127.0.0.1", server.port, Clock(0))

    run(work)


def test_an_address_that_cannot_be_read_spoils_no_other_one() -> None:
    async def work(settling: Settling) -> None:  # noqa: ARG001
        odd = ACSNameAddr("AVAYA#CM2#CSTA#AES1", b"\x0a\0")
        async with hostile(message(ACSNameSrvReply(more=False, list=(odd, LINK, odd)), 1)) as server:
            links = await ask_names("127.0.0.1", server.port, Clock(0))
            assert [link.name for link in links] == [LINK.serverName]

    run(work)


def test_a_name_service_that_says_nothing() -> None:
    async def work(settling: Settling) -> None:
        clock = Clock(0)
        async with hostile() as server:
            asking = asyncio.create_task(ask_names("127.0.0.1", server.port, clock))
            await settling.settle()
            await settling.advance(clock, STEP_S)
            with pytest.raises(StreamLost, match=f"within {STEP_S:g} s"):
                await asking

    run(work)


def test_a_name_service_that_has_more_and_more() -> None:
    async def work(settling: Settling) -> None:  # noqa: ARG001
        parts = [message(ACSNameSrvReply(more=True, list=(LINK,)), invoke) for invoke in range(1, 200)]
        async with hostile(*parts) as server:
            links = await ask_names("127.0.0.1", server.port, Clock(0))
            assert [link.port for link in links] == [1050]

    run(work)
