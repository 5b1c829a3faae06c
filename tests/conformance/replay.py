"""Recorded conversations of real clients, replayed against our server end over TCP.

The client's frames go out as they were recorded, but for the identifiers that servers choose: call ids, cross
references and registrations are learnt from our answers, place by place, and put in. What a hand did in the recording
(a station that answered by itself, a caller from nowhere) is done by `people` when the recording shows its event.
"""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from ivrsvr.backends.simulator.people import PeopleError
from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World, merge_patch
from ivrsvr.backends.tsapi.stream.channel import Message, Undecoded, read_message, write_message
from ivrsvr.backends.tsapi.stream.credentials import ChallengeForm
from ivrsvr.backends.tsapi.stream.server_end import Ways
from ivrsvr.backends.tsapi.wire.frame import Frame, FrameReader, encode_frame
from ivrsvr.backends.tsapi.wire.private import decode_grant
from ivrsvr.clock import Clock
from ivrsvr.csta.acs import ACSAuthReply, ACSClientHeartbeat, ACSKeyReply, ACSOpenStreamConf, ACSUniversalFailureEvent
from ivrsvr.csta.call import AnswerCall
from ivrsvr.csta.enums import SystemStatus
from ivrsvr.csta.events import ConnectionCleared, Delivered, Established
from ivrsvr.csta.pdu import EventClass
from ivrsvr.csta.route import RouteRequestExt
from ivrsvr.csta.system import SysStat
from ivrsvr.testing.settle import Settling

CAPTURES = Path(__file__).parent / "data" / "tsapi" / "captures"
KEY = bytes.fromhex("1122334455667788")
OBJECT_ID = 16909060

WORLD: dict[str, Any] = {
    "system": {"vdnDeviceType": "DT_ACD_GROUP"},
    "stations": {number: {"name": f"Station {number}"} for number in ("1001", "1002", "1003", "1004", "2001")},
    "agents": {"3001": {"name": "Agent", "password": "", "skills": {"4001": 1}}},
    "skills": {"4001": {"name": "Split"}},
    "vdns": {
        "5000": {
            "name": "Routed",
            "vector": [{"step": "adjunct-routing", "link": 1}, {"step": "wait", "seconds": 60, "hearing": "ringback"}],
        }
    },
    "trunkGroups": {"1": {"name": "Trunk", "tac": "901", "type": "isdn", "members": 8}},
    "aes": {
        "tlinks": {"AVAYA#CM#CSTA#AES": {"link": 1}},
        "privateDataMax": 10,
        "users": {"user": {"password": "Passw0rd", "unrestricted": True}},
        "stream": {"serverID": "AVAYA#CM#CSTA#AES", "loginID": "user", "passwd": "Passw0rd"},
    },
}
"""The site that the recordings speak of."""

CONFIRMATIONS = (EventClass.ACSCONFIRMATION, EventClass.CSTACONFIRMATION)

CHOSEN = (
    "callID",
    "monitorCrossRefID",
    "routeRegisterReqID",
    "registerReqID",
    "routingCrossRefID",
    "privEventCrossRefID",
)
"""Fields whose values the server chooses."""

_SPACES = {"registerReqID": "routeRegisterReqID"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded frame."""

    from_client: bool
    connection: int
    frame: Frame
    octets: bytes

    @property
    def message(self) -> Message | Undecoded:
        return read_message(self.frame)


def conversation(name: str) -> list[Entry]:
    """The frames of a recording, in its order."""
    entries = []
    for row in json.loads((CAPTURES / name).read_text(encoding="utf-8")):
        octets = bytes.fromhex(row["hex"])
        reader = FrameReader()
        reader.feed(octets)
        frame = reader.next()
        assert frame is not None
        entries.append(Entry(row["dir"].startswith("client"), row["connection"], frame, octets))
    return entries


def places(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every scalar of a PDU with its path."""
    if is_dataclass(value):
        for field in fields(value):
            yield from places(getattr(value, field.name), f"{path}.{field.name}" if path else field.name)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from places(item, f"{path}[{index}]")
    else:
        yield path, value


class Identifiers:
    """The recording's identifiers in terms of ours."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], int] = {}

    def learn(self, recorded: Any, ours: Any) -> None:
        found = dict(places(ours))
        for path, value in places(recorded):
            name = path.rpartition(".")[2]
            if name in CHOSEN and value and path in found:
                self._known.setdefault((_SPACES.get(name, name), value), found[path])

    def translate(self, value: Any) -> Any:
        """A PDU with our identifiers."""
        if isinstance(value, tuple):
            return tuple(self.translate(item) for item in value)
        if not is_dataclass(value) or isinstance(value, type):
            return value
        changes = {}
        for field in fields(value):
            item = getattr(value, field.name)
            if field.name in CHOSEN:
                changes[field.name] = self._known.get((_SPACES.get(field.name, field.name), item), item)
            elif is_dataclass(item) or isinstance(item, tuple):
                changes[field.name] = self.translate(item)
        return replace(value, **changes)

    def number(self, name: str, value: int) -> int:
        return self._known.get((name, value), value)


@dataclass(frozen=True, slots=True)
class Pair:
    """What the recording's server sent and what ours did, in the same place (None = nothing)."""

    recorded: Message
    ours: Message | None


class Line(asyncio.Protocol):
    """One connection of the replayed client: everything that it is sent, as messages."""

    def __init__(self, messages: list[Message]) -> None:
        self._messages = messages
        self._frames = FrameReader()
        self._transport: asyncio.Transport | None = None
        self.lost: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._frames.feed(data)
        while (frame := self._frames.next()) is not None:
            message = read_message(frame)
            assert isinstance(message, Message), message
            self._messages.append(message)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = exc

    def write(self, octets: bytes) -> None:
        assert self._transport is not None
        self._transport.write(octets)

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()


class Replay:
    """One recording against one fresh site."""

    def __init__(self, name: str, patch: dict[str, Any] | None = None) -> None:
        self.entries = conversation(name)
        self._world = merge_patch(WORLD, {"aes": {"privateDataMax": self._granted()}})
        self._world = merge_patch(self._world, patch or {})
        self.identifiers = Identifiers()
        self.pairs: list[Pair] = []
        self.ours: list[Message] = []
        self.taken: list[int] = []
        """Places in `ours` of those that have a pair, in the order of the recording."""
        self.lost: Exception | None = None
        """How a connection was lost that was not closed in order."""
        self._connections: dict[int, Line] = {}
        self._settling = Settling()
        self._clock = Clock(1_700_000_000, seed=1)
        self._made: set[int] = set()
        self._answered: set[tuple[int, str]] = set()

    def run(self) -> "Replay":
        with asyncio.Runner(loop_factory=self._settling.new_loop) as runner:
            runner.run(self._run())
        return self

    # ---- driving

    async def _run(self) -> None:
        simulator = Simulator(World.from_data(self._world), self._clock)
        self._simulator = simulator
        server = AesServer(simulator, Ports(names=0, csta=None, csta_s=None), form=self._form())
        ways = Ways(key=KEY, object_id=OBJECT_ID, form=server.form, nonce="nonce")
        server.ways = lambda: ways  # type: ignore[method-assign]
        await server.start()
        self._server = server
        for entry in self.entries:
            await (self._say(entry) if entry.from_client else self._hear(entry))
        await self._settling.settle(self._clock)
        for line in self._connections.values():
            line.close()
        self.lost = next((line.lost for line in self._connections.values() if line.lost is not None), None)
        await server.stop()
        await self._settling.settle()

    def _granted(self) -> int:
        """The private-data version that the recording's server granted; 7 where it granted none."""
        for entry in self.entries:
            message = entry.message
            if isinstance(message, Message) and isinstance(message.pdu, ACSOpenStreamConf) and message.block:
                return decode_grant(message.block) or 7
        return 7

    def _form(self) -> ChallengeForm:
        for entry in self.entries:
            message = entry.message
            if isinstance(message, Message) and isinstance(message.pdu, ACSKeyReply):
                return ChallengeForm.KEY_REPLY
            if isinstance(message, Message) and isinstance(message.pdu, ACSAuthReply):
                return ChallengeForm.AUTH_REPLY
        return ChallengeForm.AUTH_REPLY_TWO

    async def _say(self, entry: Entry) -> None:
        if entry.connection not in self._connections:
            loop = asyncio.get_running_loop()
            _, line = await loop.create_connection(lambda: Line(self.ours), "127.0.0.1", self._server.name_port)
            self._connections[entry.connection] = line
        message = entry.message
        assert isinstance(message, Message), message
        octets = entry.octets
        pdu, private = self.identifiers.translate(message.pdu), self.identifiers.translate(message.private)
        if (pdu, private) != (message.pdu, message.private):
            octets = encode_frame(write_message(replace(message, pdu=pdu, private=private)))
        if isinstance(message.pdu, AnswerCall):
            self._answered.add((message.pdu.alertingCall.callID, message.pdu.alertingCall.deviceID))
        self._connections[entry.connection].write(octets)
        await self._settling.settle(self._clock)

    async def _hear(self, entry: Entry) -> None:
        message = entry.message
        assert isinstance(message, Message), message
        ours = self._take(message)
        if ours is None and message.event_class not in CONFIRMATIONS:
            # Where nobody can do it, there is nothing like it in our site: a difference, told as such.
            with contextlib.suppress(PeopleError):
                self._lend_a_hand(message.pdu)
            await self._settling.settle(self._clock)
            ours = self._take(message)
        new_call = getattr(message.pdu, "newCall", None)
        if new_call is not None:
            self._made.add(new_call.callID)
        if ours is not None and type(ours.pdu) is type(message.pdu):
            self.identifiers.learn(message.pdu, ours.pdu)
            self.identifiers.learn(message.private, ours.private)
        self.pairs.append(Pair(message, ours))

    def _take(self, recorded: Message) -> Message | None:
        """What our server sent in the place of this: the answer to the same request, the next event of that kind."""
        cross = self.identifiers.number("monitorCrossRefID", recorded.crossRef)
        for index, ours in enumerate(self.ours):
            if index in self.taken or ours.event_class is not recorded.event_class:
                continue
            if recorded.event_class in CONFIRMATIONS:
                fits = ours.invokeID == recorded.invokeID
            else:
                fits = ours.crossRef == cross and type(ours.pdu) is type(recorded.pdu)
            if fits:
                self.taken.append(index)
                return ours
        return None

    def _lend_a_hand(self, pdu: Any) -> None:
        """Do what brought about an event that no request explains."""
        people = self._simulator.people
        match pdu:
            case Delivered() if pdu.connection.callID not in self._made:
                people.dial(pdu.callingDevice.deviceID, pdu.calledDevice.deviceID)
            case Established():
                connection = pdu.establishedConnection
                if (connection.callID, connection.deviceID) not in self._answered:
                    people.answer(connection.deviceID)
            case RouteRequestExt():
                people.dial(pdu.callingDevice.deviceID, pdu.currentRoute.deviceID)
            case ConnectionCleared():
                people.hangup(pdu.droppedConnection.deviceID)
            case SysStat(state=state):
                self._simulator.link("up" if state is SystemStatus.SS_NORMAL else "down")
            case ACSClientHeartbeat():
                self._clock.advance(5)
            case ACSUniversalFailureEvent():
                self._simulator.aes.shut_down(pdu.error)
