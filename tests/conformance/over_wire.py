"""The wire way: the same scenarios through name service, TLINK, challenge, BER and TCP, in virtual time."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.tsapi.client import ask_names
from ivrsvr.backends.tsapi.stream.channel import Channel, Message
from ivrsvr.backends.tsapi.stream.credentials import respond
from ivrsvr.backends.tsapi.wire.names import is_encrypted
from ivrsvr.backends.tsapi.wire.private import KEY_REQUEST, VERSION, PrivateBlock, decode_grant
from ivrsvr.csta.acs import (
    ACSAbortStream,
    ACSCloseStream,
    ACSKeyRequest,
    ACSOpenStream,
    ACSOpenStreamConf,
    ACSUniversalFailureConf,
)
from ivrsvr.csta.enums import ACSLevel, StreamType
from ivrsvr.csta.errors import AcsFailure
from ivrsvr.csta.pdu import EventClass, declaration_of
from ivrsvr.csta.private.layouts import at_version
from ivrsvr.testing.settle import Settling
from tests.conformance.flows.client import Client, Stream
from tests.conformance.flows.file import Scenario
from tests.conformance.flows.in_process import build_simulator

Result = TypeVar("Result")


class WireStream(asyncio.Protocol):
    """A stream as a bare TSAPI client has it: it chooses every invoke id itself, and takes whatever comes."""

    def __init__(self, deliver: Callable[[Message], None]) -> None:
        self.version: int | None = None
        self.lost: Exception | None = None
        self.answers: list[Message] = []
        self._deliver: Callable[[Message], None] = self.answers.append
        self._later = deliver
        self._channel = Channel()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = exc

    def data_received(self, data: bytes) -> None:
        for message in self._channel.receive(data):
            assert isinstance(message, Message), message
            assert message.problem is None, message.problem
            self._deliver(message)

    def say(self, invoke_id: int, pdu: Any, private: Any = None, block: PrivateBlock | None = None) -> None:
        event_class = declaration_of(pdu).event_class or EventClass.ACSREQUEST
        # In requests the cross reference is whatever was in memory (real-clients.md).
        self._channel.send(Message(event_class, invoke_id & 0xFFFF_FFFF, 0xDEADBEEF, pdu, private, block))
        self.write(self._channel.data_to_send())

    def write(self, octets: bytes) -> None:
        assert self._transport is not None
        self._transport.write(octets)

    def deaf(self, deaf: bool) -> None:
        assert self._transport is not None
        if deaf:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def opened(self, version: int | None) -> None:
        self.version = version
        self._deliver = self._later

    # ---- what a scenario does with a stream

    def request(self, invokeID: int, pdu: Any, private: Any = None) -> None:
        self.say(invokeID, pdu, at_version(private, self.version))

    def close(self) -> None:
        self.say(9999, ACSCloseStream())

    def abort(self) -> None:
        self.say(9999, ACSAbortStream())
        self.drop()

    def drop(self) -> None:
        assert self._transport is not None
        self._transport.close()


class OverWire:
    """CSTA over TCP."""

    name = "wire"
    json = None

    def __init__(self) -> None:
        self._settling = Settling()
        self._streams: list[WireStream] = []
        self._server: AesServer | None = None
        self._secure: AesServer | None = None
        self._simulator: Simulator

    @property
    def simulator(self) -> Simulator:
        return self._simulator

    def applies(self, scenario: Scenario) -> bool:  # noqa: ARG002 - every scenario
        return True

    def run(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        with asyncio.Runner(loop_factory=self._settling.new_loop) as runner:
            return runner.run(work())

    async def begin(self, world: Mapping[str, Any]) -> None:
        self._simulator = build_simulator(world)
        server = AesServer(self._simulator, Ports(names=0, csta=0, csta_s=None))
        await server.start()
        self._server = server

    async def end(self) -> None:
        for stream in self._streams:
            stream.drop()
        for server in (self._server, self._secure):
            if server is not None:
                await server.stop()
        await self._settling.settle()

    async def open_stream(self, args: Mapping[str, str], client: Client, name: str) -> Stream:
        assert self._server is not None
        await ask_names("127.0.0.1", self._server.name_port, self._simulator.clock)
        port, context = self._server.csta_port, None
        if is_encrypted(args["serverID"]):
            port, context = await self._secure_port(), _trusting()
        _, stream = await asyncio.get_running_loop().create_connection(
            lambda: WireStream(lambda message: client.receive(name, message)), "127.0.0.1", port, ssl=context
        )
        self._streams.append(stream)
        stream.say(1, ACSKeyRequest(loginID=args["loginID"]), block=KEY_REQUEST)
        await self._settling.settle()
        challenge = stream.answers.pop().pdu
        pdu = ACSOpenStream(
            streamType=StreamType.ST_CSTA,
            serverID=args["serverID"],
            loginID=args["loginID"],
            cryptPass=respond(challenge, args["passwd"]),
            applicationName=args.get("applicationName", ""),
            level=ACSLevel.ACS_LEVEL1,
            apiVer="TS1-2",
            libVer="AES10.1",
            tsrvVer="",
        )
        offer = PrivateBlock(VERSION, b"\0" + args.get("privateData", "").encode() + b"\0")
        stream.say(2, pdu, block=offer)
        await self._settling.settle()
        answer = stream.answers.pop()
        if isinstance(answer.pdu, ACSUniversalFailureConf):
            stream.drop()
            raise AcsFailure(answer.pdu.error)
        assert isinstance(answer.pdu, ACSOpenStreamConf)
        stream.opened(decode_grant(answer.block) if answer.block is not None else None)
        return stream

    async def _secure_port(self) -> int:
        """Where the encrypted TLINKs are; their certificate takes its time, so only for the scenarios that need it."""
        if self._secure is None:
            self._secure = AesServer(self._simulator, Ports(names=0, csta=0, csta_s=0))
            await self._secure.start()
        return self._secure.csta_s_port

    async def settle(self) -> None:
        await self._settling.settle(self._simulator.clock)

    async def advance(self, seconds: float) -> None:
        await self._settling.advance(self._simulator.clock, seconds)


def _trusting() -> ssl.SSLContext:
    """TLS with the AES's own certificate, whatever it is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
