"""A hostile client at the AES on TCP: the right failure or the end of its stream, and nobody else notices."""

import asyncio
import resource
import struct
from collections.abc import Awaitable, Callable

import pytest

from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.server.session import MAX_UNSENT, NOTED, Session
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World
from ivrsvr.backends.tsapi.stream.server_end import MAX_FRAME
from ivrsvr.backends.tsapi.wire.codec import encode
from ivrsvr.backends.tsapi.wire.frame import Frame, encode_frame
from ivrsvr.clock import Clock
from ivrsvr.csta.acs import ACSNameSrvRequest, ACSUniversalFailureConf, ACSUniversalFailureEvent
from ivrsvr.csta.call import AnswerCall, HoldCall, MakeCall
from ivrsvr.csta.enums import CSTAEventCause, LocalConnectionState, StreamType
from ivrsvr.csta.errors import ACSUniversalFailure, CSTAUniversalFailure
from ivrsvr.csta.events import Delivered
from ivrsvr.csta.monitor import SnapshotDevice
from ivrsvr.csta.pdu import BY_NAME, declaration_of
from ivrsvr.csta.query import QueryDnd, QueryDndConf
from ivrsvr.csta.system import GetAPICaps, UniversalFailureConf
from ivrsvr.csta.types import ConnectionID, provided
from ivrsvr.testing.settle import Settling
from tests.conformance.services.desk import Desk, at_desk

A, F = ACSUniversalFailure, CSTAUniversalFailure
HOLD = HoldCall(activeCall=ConnectionID(7, "101"))
BODY = encode(HOLD)
INVOKE = 4711


def frame(number: int, body: bytes, event_class: int = 3, private: bytes = b"", invoke: int = INVOKE) -> bytes:
    return encode_frame(Frame(invoke, 0xDEADBEEF, event_class, number, body, private))


def hold(body: bytes, invoke: int = INVOKE) -> bytes:
    return frame(declaration_of(HOLD).number, body, invoke=invoke)


def header(**changes: int) -> bytes:
    """The frame of a request whose header says something else."""
    values = {"length": 18 + len(BODY), "version": 1, "body": len(BODY), "private": 0, **changes}
    parts = (values["length"], values["version"], INVOKE, 0, 3, 21, values["body"], values["private"])
    return struct.pack("<IHIIHHHH", *parts) + BODY


def block(data: bytes, vendor: bytes = b"ECS") -> bytes:
    return vendor.ljust(32, b"\0") + struct.pack("<H", len(data)) + data


NO_CALL, NO_DEVICE = F.NO_ACTIVE_CALL, F.INVALID_CSTA_DEVICE_IDENTIFIER
REFUSED: dict[str, tuple[bytes, CSTAUniversalFailure | ACSUniversalFailure]] = {
    "an unknown number": (frame(999, BODY), F.UNRECOGNIZED_OPERATION_REJECTION),
    "an unknown stream number": (frame(999, b"\x30\x00", 0), A.TSERVER_BAD_PDU),
    "an unknown class": (frame(21, BODY, 77), A.TSERVER_BAD_PDU),
    "a server's class": (frame(22, b"\x30\x02\x05\x00", 5), A.TSERVER_BAD_PDU),
    "an event": (frame(57, b"\x30\x00", 4), A.TSERVER_DECODE_FAILED),
    "a confirmation's number": (frame(22, b"\x30\x02\x05\x00"), F.UNRECOGNIZED_OPERATION_REJECTION),
    "a server's question": (
        frame(85, encode(BY_NAME["CSTAReRouteRequest"](routeRegisterReqID=1, routingCrossRefID=1))),
        F.UNRECOGNIZED_OPERATION_REJECTION,
    ),
    "no body": (hold(b""), F.BADLY_STRUCTURED_APDU_REJECTION),
    "an empty body": (hold(b"\x30\x00"), F.BADLY_STRUCTURED_APDU_REJECTION),
    "a body that ends early": (hold(BODY[:-1]), F.BADLY_STRUCTURED_APDU_REJECTION),
    "octets behind the body": (hold(BODY + b"\0"), F.BADLY_STRUCTURED_APDU_REJECTION),
    "a component too many": (
        hold(b"\x30" + bytes([BODY[1] + 3]) + BODY[2:] + b"\1\1\0"),
        F.BADLY_STRUCTURED_APDU_REJECTION,
    ),
    "a component too few": (hold(b"\x30" + bytes([BODY[1] - 3]) + BODY[2:-3]), F.BADLY_STRUCTURED_APDU_REJECTION),
    "an indefinite length": (hold(b"\x30\x80" + BODY[2:] + b"\0\0"), F.BADLY_STRUCTURED_APDU_REJECTION),
    "a length of lengths": (hold(b"\x30\xff" + BODY[2:]), F.BADLY_STRUCTURED_APDU_REJECTION),
    "a length beyond everything": (hold(b"\x30\x84\xff\xff\xff\xff" + BODY[2:]), F.BADLY_STRUCTURED_APDU_REJECTION),
    "deep nesting": (hold(b"\x30\x80" * 5000), F.BADLY_STRUCTURED_APDU_REJECTION),
    "deep nesting with lengths": (hold(b"\x30\x7e" * 63), F.BADLY_STRUCTURED_APDU_REJECTION),
    "octets for text": (hold(BODY.replace(b"\x16\x03101", b"\x04\x03101")), F.BADLY_STRUCTURED_APDU_REJECTION),
    "UTF-8 for text": (hold(BODY.replace(b"\x16\x03101", b"\x0c\x03101")), F.BADLY_STRUCTURED_APDU_REJECTION),
    "a number of five octets": (
        hold(b"\x30" + bytes([BODY[1] + 4, 0x30, BODY[3] + 4]) + b"\2\5\0\0\0\0\7" + BODY[7:]),
        F.BADLY_STRUCTURED_APDU_REJECTION,
    ),
    "a negative call": (hold(encode(HoldCall(activeCall=ConnectionID(-1, "101")))), NO_CALL),
    "the greatest call": (hold(encode(HoldCall(activeCall=ConnectionID(0x7FFFFFFF, "101")))), NO_CALL),
    "a long device": (hold(encode(HoldCall(activeCall=ConnectionID(7, "1" * 20000)))), NO_DEVICE),
    "a device of control characters": (hold(encode(HoldCall(activeCall=ConnectionID(7, "\0\n\x7f\xff")))), NO_DEVICE),
    "invoke id 0": (hold(BODY, invoke=0), F.UNRECOGNIZED_OPERATION_REJECTION),
}
"""What is sent -> the frame, and the failure that answers it."""

SERVED: dict[str, bytes] = {
    "a length that is longer than it must be": hold(b"\x30\x82\x00" + BODY[1:2] + BODY[2:]),
    "a number with a leading zero": hold(b"\x30" + bytes([BODY[1] + 1, 0x30, BODY[3] + 1]) + b"\2\2\0\7" + BODY[7:]),
    "the greatest invoke id": hold(BODY, invoke=0x7FFFFFFF),
    "another vendor's data": frame(21, BODY, private=block(b"\2\0\x55\0", b"ACME")),
    "an unknown private number": frame(21, BODY, private=block(b"\2\0\xff\xff\x30\0")),
    "private data that ends early": frame(21, BODY, private=block(b"\2\0\x55\0\x30\x7f")),
    "a private block that is too short": frame(21, BODY, private=b"\xff" * 20),
    "a private block whose length is wrong": frame(21, BODY, private=b"ECS".ljust(32, b"\0") + b"\xff\xff" + b"\2\0"),
}
"""What is sent -> the frame; it is looked past what is strange in it, and the request is carried out."""

ENDED: dict[str, bytes] = {
    "a length of nothing": header(length=0),
    "a length below a header": header(length=17),
    "a length beyond what is taken": header(length=MAX_FRAME + 1),
    "the greatest length": header(length=0xFFFFFFFF),
    "version 0": header(version=0),
    "version 2": header(version=2),
    "a body that is longer than its frame": header(body=len(BODY) + 1),
    "a body that is shorter than its frame": header(body=len(BODY) - 1),
    "private data beyond the frame": header(private=0xFFFF),
    "another protocol": b"GET / HTTP/1.1\r\nHost: aes\r\n\r\n" + bytes(40),
    "rubbish": bytes(range(255, 100, -1)),
}
"""What is sent -> octets after which nothing can be understood any more."""


def hostile(work: Callable[[Desk, Session, Desk], Awaitable[None]]) -> None:
    """Run at a desk with its session, and a witness who is served before and after."""

    async def run(desk: Desk) -> None:
        await desk.open()
        [session] = desk.server.sessions
        witness = Desk(desk.settling, desk.server, desk.simulator, 10)
        await witness.connect()
        await witness.open()
        await work(desk, session, witness)
        answer = await witness.ask(QueryDnd(device="101"))
        assert isinstance(answer.pdu, QueryDndConf)
        witness.drop()

    at_desk(run)


def errors(desk: Desk, since: int) -> list[CSTAUniversalFailure | ACSUniversalFailure]:
    kinds = (UniversalFailureConf, ACSUniversalFailureConf, ACSUniversalFailureEvent)
    return [one.pdu.error for one in desk.mail[since:] if isinstance(one.pdu, kinds)]


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_and_the_stream_lives(name: str) -> None:
    octets, error = REFUSED[name]

    async def work(desk: Desk, session: Session, witness: Desk) -> None:  # noqa: ARG001
        since = len(desk.mail)
        await desk.write(octets)
        assert errors(desk, since) == [error]
        assert len(desk.mail) == since + 1
        assert isinstance((await desk.ask(QueryDnd(device="101"))).pdu, QueryDndConf)

    hostile(work)


@pytest.mark.parametrize("name", SERVED)
def test_it_is_looked_past(name: str) -> None:
    async def work(desk: Desk, session: Session, witness: Desk) -> None:  # noqa: ARG001
        since = len(desk.mail)
        await desk.write(SERVED[name])
        assert errors(desk, since) == [NO_CALL]

    hostile(work)


@pytest.mark.parametrize("name", ENDED)
def test_the_stream_ends_with_a_failure_and_a_reset(name: str) -> None:
    async def work(desk: Desk, session: Session, witness: Desk) -> None:  # noqa: ARG001
        since = len(desk.mail)
        await desk.watch("101")
        await desk.write(ENDED[name])
        assert errors(desk, since) == [A.TSERVER_BAD_PACKET]
        assert isinstance(desk.lost, ConnectionResetError)
        assert session not in desk.server.sessions
        assert len(desk.simulator.aes.monitors) == 0

    hostile(work)


def test_octet_by_octet() -> None:
    async def work(desk: Desk, session: Session, witness: Desk) -> None:  # noqa: ARG001
        since = len(desk.mail)
        for octet in hold(BODY) * 2:
            await desk.write(bytes([octet]), settle=False)
        await desk.settle()
        assert errors(desk, since) == [NO_CALL, NO_CALL]

    hostile(work)


def test_half_a_frame_and_gone() -> None:
    async def work(desk: Desk, session: Session, witness: Desk) -> None:
        await desk.watch("101")
        await desk.write(hold(BODY)[:-5])
        desk.drop()
        await witness.settle()
        assert session not in desk.server.sessions
        assert len(desk.simulator.aes.monitors) == 0

    hostile(work)


def test_an_invoke_id_that_is_outstanding() -> None:
    async def work(desk: Desk, session: Session, witness: Desk) -> None:  # noqa: ARG001
        desk.simulator.stall(True)
        since = len(desk.mail)
        await desk.write(hold(BODY) + hold(BODY))
        assert errors(desk, since) == [F.DUPLICATE_INVOCATION_REJECTION]
        desk.simulator.stall(False)
        await desk.settle(31)
        assert errors(desk, since) == [F.DUPLICATE_INVOCATION_REJECTION, F.REQUEST_TIMEOUT_REJECTION]

    hostile(work)


def test_a_flood_of_requests_is_answered_to_the_last() -> None:
    async def work(desk: Desk, session: Session, witness: Desk) -> None:  # noqa: ARG001
        since = len(desk.mail)
        number = declaration_of(SnapshotDevice).number
        body = encode(SnapshotDevice(snapshotObject="101"))
        await desk.write(b"".join(frame(number, body, invoke=1000 + one) for one in range(3000)))
        assert [one.invokeID for one in desk.mail[since:]] == [1000 + one for one in range(3000)]

    hostile(work)


def test_a_flood_of_rubbish_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "ivrsvr.backends.simulator.server.session")

    async def work(desk: Desk, session: Session, witness: Desk) -> None:  # noqa: ARG001
        since = len(desk.mail)
        await desk.write(hold(b"\x30\x80") * 2000)
        assert errors(desk, since) == [F.BADLY_STRUCTURED_APDU_REJECTION] * 2000
        assert len(caplog.records) <= NOTED + 5
        desk.drop()
        await desk.settle()
        assert "sent 2000 messages that mean nothing" in caplog.text
        await desk.connect()

    hostile(work)


def test_requests_that_pile_up_are_refused() -> None:
    async def work(desk: Desk, session: Session, witness: Desk) -> None:  # noqa: ARG001
        desk.simulator.stall(True)
        since = len(desk.mail)
        number, body = declaration_of(AnswerCall).number, encode(AnswerCall(alertingCall=ConnectionID(1, "101")))
        await desk.write(b"".join(frame(number, body, invoke=1000 + one) for one in range(20)))
        assert errors(desk, since) == [F.REQUESTS_ON_DEVICE_EXCEEDED_REJECTION] * 15
        desk.simulator.stall(False)
        await desk.settle(31 * 5)
        assert len(desk.mail) == since + 20

    hostile(work)


def test_a_fault_of_ours_ends_one_stream_as_clients_can_bear_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(desk: Desk, session: Session, witness: Desk) -> None:
        since = len(desk.mail)
        with monkeypatch.context() as patched:
            patched.setattr(desk.server, "names", fail)
            await desk.write(frame(10, encode(ACSNameSrvRequest(streamType=StreamType.ST_CSTA)), 0))
        assert errors(desk, since) == [A.TSERVER_STREAM_FAILED]
        assert isinstance(desk.lost, ConnectionResetError)
        assert session not in desk.server.sessions
        assert len(desk.simulator.aes.streams) == 1
        assert "its request failed here" in caplog.text
        assert witness.lost is None
        await desk.connect()

    hostile(work)


def fail(*_: object) -> None:
    """What is broken on purpose."""
    raise RuntimeError("broken on purpose")


class TestDeafClients:
    """Clients that do not read what they are sent."""

    def test_one_that_asks_on_is_not_listened_to_any_more(self) -> None:
        async def work(desk: Desk, session: Session, witness: Desk) -> None:
            desk.deaf(True)
            asked = frame(declaration_of(GetAPICaps).number, encode(GetAPICaps()))
            for _ in range(200):
                await desk.write(asked * 100, settle=False)
                await witness.ask_on(QueryDnd(device="101"))
                assert session.unsent <= MAX_UNSENT
            assert session in desk.server.sessions
            desk.deaf(False)
            await desk.settle()
            assert len(desk.mail) > 20_000

        hostile(work)

    def test_one_that_asks_all_at_once_is_answered_as_fast_as_it_reads(self) -> None:
        async def work(desk: Desk, session: Session, witness: Desk) -> None:
            desk.deaf(True)
            number, body = declaration_of(GetAPICaps).number, encode(GetAPICaps())
            # More than the system's buffers and ours hold of the answers.
            session.data_received(b"".join(frame(number, body, invoke=one) for one in range(1, 40_001)))
            await witness.ask_on(QueryDnd(device="101"))
            assert session.unsent <= MAX_UNSENT
            assert session in desk.server.sessions
            desk.deaf(False)
            await desk.settle()
            assert [one.invokeID for one in desk.mail[-40_000:]] == list(range(1, 40_001))

        hostile(work)

    def test_one_that_is_told_too_much_is_cut(self) -> None:
        async def work(desk: Desk, session: Session, witness: Desk) -> None:
            number = await desk.watch("101")
            desk.deaf(True)
            event = Delivered(
                connection=ConnectionID(1, "101"),
                alertingDevice=provided("101"),
                callingDevice=provided("102"),
                calledDevice=provided("101"),
                lastRedirectionDevice=provided(""),
                localConnectionInfo=LocalConnectionState.CS_ALERTING,
                cause=CSTAEventCause.EC_NEW_CALL,
            )
            stream = desk.simulator.aes.streams[0]
            told = 0
            while session in desk.server.sessions:
                for _ in range(500):
                    stream.tell(number, event, None)
                told += 500
                assert told < 500_000
                await witness.ask_on(QueryDnd(device="101"))
                assert session.unsent <= MAX_UNSENT + 500 * 200
            desk.deaf(False)
            assert len(desk.simulator.aes.monitors) == 0
            assert len(desk.simulator.aes.streams) == 1

        hostile(work)


def test_a_thousand_half_open_connections() -> None:
    most = min(1000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 3)
    settling = Settling()

    async def run() -> None:
        simulator = Simulator(World.default(), Clock(1_700_000_000, seed=1))
        server = AesServer(simulator, Ports(names=0, csta=None, csta_s=None))
        await server.start()
        idle = []
        for _ in range(most // 50):
            idle += await asyncio.gather(*(asyncio.open_connection("127.0.0.1", server.csta_port) for _ in range(50)))
        for _, writer in idle[::2]:
            writer.write(hold(BODY)[:9])
        await settling.settle()
        assert len(server.sessions) == len(idle) > 0
        desk = Desk(settling, server, simulator, 10)
        await desk.connect()
        await desk.open()
        assert isinstance(
            (await desk.ask(MakeCall(callingDevice="101", calledDevice="102"))).pdu, BY_NAME["CSTAMakeCallConfEvent"]
        )
        simulator.clock.advance(31)
        await settling.settle()
        assert len(server.sessions) == 1
        for _, writer in idle:
            writer.close()
        desk.drop()
        await server.stop()
        await settling.settle()

    with asyncio.Runner(loop_factory=settling.new_loop) as runner:
        runner.run(run())
