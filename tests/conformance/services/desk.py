"""A bare TSAPI client at a simulated AES on TCP: it sends any PDU, and keeps every message that comes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from itertools import count
from typing import Any, TypeVar

import yaml

from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import DEFAULT_WORLD, merge_patch
from ivrsvr.backends.tsapi.stream.channel import Message
from ivrsvr.backends.tsapi.stream.credentials import ChallengeForm, respond
from ivrsvr.backends.tsapi.wire.private import KEY_REQUEST, VERSION, PrivateBlock
from ivrsvr.clock import Clock
from ivrsvr.csta.acs import ACSKeyRequest, ACSOpenStream
from ivrsvr.csta.call import ConsultationCall, HoldCall, MakeCall
from ivrsvr.csta.enums import ACSLevel, StreamType
from ivrsvr.csta.monitor import MonitorDevice
from ivrsvr.csta.pdu import EventClass
from ivrsvr.csta.private.layouts import at_version
from ivrsvr.csta.route import RouteRegisterReq
from ivrsvr.csta.types import ConnectionID
from ivrsvr.testing.settle import Settling
from ivrsvr.testing.worlds import world_of
from tests.conformance.over_wire import WireStream

TLINK = "AVAYA#CM1#CSTA#AES1"
CONFIRMATIONS = (EventClass.ACSCONFIRMATION, EventClass.CSTACONFIRMATION)
Result = TypeVar("Result")


class Desk:
    """One client of one AES, in virtual time. Three stations are watched as soon as its stream is open."""

    WATCHED = ("101", "102", "103")

    def __init__(self, settling: Settling, server: AesServer, simulator: Simulator, version: int | None) -> None:
        self.simulator = simulator
        self.version = version
        self.mail: list[Message] = []
        self.challenge: Any = None
        self.server = server
        self.settling = settling
        self._numbers = count(1)
        self._came = asyncio.Event()
        self._wire = WireStream(self._take)
        self._wire.opened(version)

    def _take(self, message: Message) -> None:
        self.mail.append(message)
        self._came.set()

    # ---- the stream

    async def connect(self) -> None:
        """Connect, without a word."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self._wire, "127.0.0.1", self.server.csta_port)

    def opening(self, *, trusted: bool = False, api: str = "TS1-2") -> ACSOpenStream:
        """The open request of the usual user, for the challenge that came last."""
        return ACSOpenStream(
            streamType=StreamType.ST_CSTA_TRUSTED_APP if trusted else StreamType.ST_CSTA,
            serverID=TLINK,
            loginID="ivrsvr",
            cryptPass=respond(self.challenge, "ivrsvr"),
            applicationName="desk",
            level=ACSLevel.ACS_LEVEL1,
            apiVer=api,
            libVer="AES10.1",
            tsrvVer="",
        )

    async def open(self, *, trusted: bool = False, api: str = "TS1-2") -> None:
        """Have a stream."""
        self.challenge = (await self.ask(ACSKeyRequest(loginID="ivrsvr"))).pdu
        await self.ask(self.opening(trusted=trusted, api=api))

    def drop(self) -> None:
        """Be gone."""
        self._wire.drop()

    @property
    def lost(self) -> Exception | None:
        """Why the connection was lost; None while it is not, and after an ordinary close."""
        return self._wire.lost

    def deaf(self, deaf: bool) -> None:
        """Read nothing more, or read on."""
        self._wire.deaf(deaf)

    async def write(self, octets: bytes, *, settle: bool = True) -> None:
        """Send octets as they are."""
        self._wire.write(octets)
        if settle:
            await self.settle()

    # ---- asking

    async def send(self, pdu: Any, private: Any = None) -> int:
        """Send a request exactly as it is, and let everything happen that follows at once; gives its invoke id."""
        invoke = next(self._numbers)
        block = None
        if isinstance(pdu, ACSKeyRequest):
            block = KEY_REQUEST
        elif isinstance(pdu, ACSOpenStream):
            offer = b"" if self.version is None else b"ECS#%d" % self.version
            block = PrivateBlock(VERSION, b"\0" + offer + b"\0")
        self._wire.say(invoke, pdu, private, block)
        await self.settle()
        return invoke

    def answers(self, invoke: int) -> list[Message]:
        """What answered a request so far."""
        return [one for one in self.mail if one.event_class in CONFIRMATIONS and one.invokeID == invoke]

    async def ask(self, pdu: Any, private: Any = None) -> Message:
        """The one answer to a request; private data goes out in the layout of the stream's version."""
        [answer] = self.answers(await self.send(pdu, at_version(private, self.version)))
        return answer

    async def ask_on(self, pdu: Any) -> Message:
        """The answer to a request, as soon as it is there, while others' octets may be stuck on their way."""
        invoke = next(self._numbers)
        self._wire.say(invoke, pdu)
        while not self.answers(invoke):
            self._came.clear()
            await self._came.wait()
        return self.answers(invoke)[0]

    def told(self, since: int = 0) -> list[Message]:
        """The events and routing questions from a place in the mail on."""
        return [one for one in self.mail[since:] if one.event_class not in CONFIRMATIONS]

    async def settle(self, seconds: float = 0) -> None:
        """Let virtual time pass."""
        await self.settling.advance(self.simulator.clock, seconds)

    # ---- scenes

    async def watch(self, *devices: str) -> int:
        """Monitor devices; gives the last one's cross reference."""
        number = 0
        for device in devices:
            number = (await self.ask(MonitorDevice(deviceID=device))).pdu.monitorCrossRefID
        return number

    async def call(self, calling: str = "101", called: str = "102") -> int:
        """A call that rings; gives its call id."""
        made: int = (await self.ask(MakeCall(callingDevice=calling, calledDevice=called))).pdu.newCall.callID
        return made

    async def talk(self, calling: str = "101", called: str = "102") -> int:
        """A call that was answered."""
        made = await self.call(calling, called)
        self.simulator.people.answer(called)
        await self.settle()
        return made

    async def hold(self) -> int:
        """A call that 101 holds."""
        made = await self.talk()
        await self.ask(HoldCall(activeCall=ConnectionID(made, "101")))
        return made

    async def consult(self) -> tuple[ConnectionID, ConnectionID]:
        """101 talks to 103 and holds 102; gives its own two connections, the held one first."""
        made = await self.talk()
        conf = await self.ask(ConsultationCall(activeCall=ConnectionID(made, "101"), calledDevice="103"))
        self.simulator.people.answer("103")
        await self.settle()
        new: ConnectionID = conf.pdu.newCall
        return ConnectionID(made, "101"), new

    async def agent(self, *, mode: str = "AUX") -> None:
        """Agent 12345 is logged in at 101."""
        self.simulator.people.agent("12345", at="101", login=True, mode=mode)
        await self.settle()

    async def routed(self) -> Any:
        """An outside call waits for the application's route; gives the question."""
        await self.ask(RouteRegisterReq(routingDevice="704"))
        self.simulator.people.call_in("0301234567", "704", trunk_group="5")
        await self.settle()
        return self.told()[-1].pdu


@cache
def _default() -> dict[str, Any]:
    """The default world, with all private data that there is."""
    data: dict[str, Any] = merge_patch(yaml.safe_load(DEFAULT_WORLD.read_text()), {"aes": {"privateDataMax": 10}})
    return data


def at_desk(
    work: Callable[[Desk], Awaitable[Result]],
    *,
    version: int | None = 10,
    patch: Mapping[str, Any] | None = None,
    form: ChallengeForm = ChallengeForm.AUTH_REPLY_TWO,
) -> Result:
    """Run something at a fresh desk, connected and without a stream."""
    settling = Settling()

    async def run() -> Result:
        simulator = Simulator(world_of(merge_patch(_default(), patch or {})), Clock(1_700_000_000, seed=1))
        server = AesServer(simulator, Ports(names=0, csta=None, csta_s=None), form=form)
        await server.start()
        desk = Desk(settling, server, simulator, version)
        await desk.connect()
        try:
            return await work(desk)
        finally:
            desk.drop()
            await server.stop()
            await settling.settle()

    with asyncio.Runner(loop_factory=settling.new_loop) as runner:
        return runner.run(run())
