"""A switch that answers what a test has told it to, and a service on it."""

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ParamSpec

from sqlite_utils import Database

from ivrsvr.backends.base import Confirmation, EventReport, LinkChange, LinkDown, LinkState, Pdu, Report, Reports
from ivrsvr.clock import Clock
from ivrsvr.csta import call, monitor, query
from ivrsvr.csta.enums import ConnectionIDDevice, DeviceClass, DeviceType, LocalConnectionState
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.private.call import ATTConsultationCallConf, ATTMakeCallConf
from ivrsvr.csta.private.query import ATTQueryUcid, ATTQueryUcidConf
from ivrsvr.csta.system import EscapeSvc, EscapeSvcConf
from ivrsvr.csta.types import (
    NOT_KNOWN,
    ConnectionID,
    CSTASnapshotCallResponseInfo,
    CSTASnapshotDeviceResponseInfo,
    provided,
)
from ivrsvr.registry import Caller
from ivrsvr.service.lookups import Lookups
from ivrsvr.service.service import Options, Service
from ivrsvr.service.subscribers import Subscriber
from ivrsvr.store.idempotency import IdempotencyStore
from ivrsvr.store.userdata import UserDataStore

State = LocalConnectionState
F = CSTAUniversalFailure
P = ParamSpec("P")

START = 1_700_000_000.0

STATES = {
    "connect": State.CS_CONNECT,
    "hold": State.CS_HOLD,
    "alert": State.CS_ALERTING,
    "initiate": State.CS_INITIATE,
    "fail": State.CS_FAIL,
    "queue": State.CS_QUEUED,
    "null": State.CS_NULL,
}

PLAIN: dict[type, Confirmation] = {
    call.AnswerCall: Confirmation(call.AnswerCallConf()),
    call.ClearCall: Confirmation(call.ClearCallConf()),
    call.ClearConnection: Confirmation(call.ClearConnectionConf()),
    call.HoldCall: Confirmation(call.HoldCallConf()),
    call.RetrieveCall: Confirmation(call.RetrieveCallConf()),
    call.AlternateCall: Confirmation(call.AlternateCallConf()),
    call.ReconnectCall: Confirmation(call.ReconnectCallConf()),
    call.DeflectCall: Confirmation(call.DeflectCallConf()),
    call.PickupCall: Confirmation(call.PickupCallConf()),
    call.TransferCall: Confirmation(call.TransferCallConf(newCall=ConnectionID(), connList=())),
    call.ConferenceCall: Confirmation(call.ConferenceCallConf(newCall=ConnectionID(), connList=())),
    call.MakeCall: Confirmation(
        call.MakeCallConf(newCall=ConnectionID(48, "101")), ATTMakeCallConf(ucid="00001000481428289124")
    ),
    call.ConsultationCall: Confirmation(
        call.ConsultationCallConf(newCall=ConnectionID(49, "101")), ATTConsultationCallConf(ucid="00001000491428289140")
    ),
    monitor.MonitorStop: Confirmation(monitor.MonitorStopConf()),
    query.SetAgentState: Confirmation(query.SetAgentStateConf()),
    query.SetDnd: Confirmation(query.SetDndConf()),
    query.SetFwd: Confirmation(query.SetFwdConf()),
    query.SetMwi: Confirmation(query.SetMwiConf()),
}
"""What the switch answers when a test says nothing else."""

Outcome = Confirmation | Exception | Awaitable[Confirmation] | Callable[[Any, Any], Confirmation]


def party(name: str, callid: int, state: State = State.CS_CONNECT) -> CSTASnapshotCallResponseInfo:
    """A party as a call snapshot shows it: "102", or the dynamic id of an outside party, "T48#1"."""
    dynamic = "#" in name
    kind = ConnectionIDDevice.DYNAMIC_ID if dynamic else ConnectionIDDevice.STATIC_ID
    return CSTASnapshotCallResponseInfo(
        NOT_KNOWN if dynamic else provided(name), ConnectionID(callid, name, kind), state
    )


@dataclass
class FakeBackend:
    """calls:   extension -> {call id: state of the extension in it}; parties: call id -> who is on it.

    answers: outcomes by type of the service, instead of PLAIN; an awaitable is waited for.
    born:    call id -> when it began, as its UCID says.
    """

    calls: dict[str, dict[int, str]] = field(default_factory=dict)
    parties: dict[int, list[str]] = field(default_factory=dict)
    answers: dict[type, Outcome] = field(default_factory=dict)
    born: dict[int, float] = field(default_factory=dict)
    stations: tuple[str, ...] = ("101", "102", "103", "104")
    vdns: tuple[str, ...] = ("700",)
    splits: tuple[str, ...] = ("201",)
    link: LinkState = LinkState.UP
    uui_room: int = 96
    asked: list[Any] = field(default_factory=list)
    privates: list[Any] = field(default_factory=list)
    cross_refs: dict[str, int] = field(default_factory=dict)
    _next: int = 70

    def __post_init__(self) -> None:
        self._running = True
        self._reports = Reports(lambda: self._running)

    async def start(self) -> None:
        self._running = True

    async def stop(self) -> None:
        self._running = False
        self._reports.look()

    async def request(self, pdu: Pdu, private: Pdu | None = None) -> Confirmation:
        if self.link is LinkState.DOWN:
            raise LinkDown
        service = private if isinstance(pdu, EscapeSvc) else pdu
        self.asked.append(service)
        self.privates.append(private)
        outcome = self.answers.get(type(service))
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, Confirmation):
            return outcome
        if isinstance(outcome, Awaitable):
            return await outcome
        if outcome is not None:
            return outcome(pdu, private)
        return self._answer(service)

    def _answer(self, service: Any) -> Confirmation:
        match service:
            case monitor.SnapshotDevice():
                return self.snapshot(service.snapshotObject)
            case monitor.SnapshotCall():
                callid = service.snapshotObject.callID
                if callid not in self.parties:
                    raise CstaFailure(F.NO_ACTIVE_CALL)
                found = tuple(party(name, callid) for name in self.parties[callid])
                return Confirmation(monitor.SnapshotCallConf(snapshotData=found))
            case monitor.MonitorDevice():
                return self._monitor(service.deviceID, (*self.stations, *self.splits))
            case monitor.MonitorCallsViaDevice():
                return self._monitor(service.deviceID, self.vdns)
            case query.QueryDeviceInfo(device=device) if device in self.stations:
                return Confirmation(
                    query.QueryDeviceInfoConf(
                        device=device, deviceType=DeviceType.DT_STATION, deviceClass=DeviceClass.DC_VOICE
                    )
                )
            case query.QueryDeviceInfo():
                raise CstaFailure(F.INVALID_CSTA_DEVICE_IDENTIFIER)
            case ATTQueryUcid():
                return Confirmation(EscapeSvcConf(), ATTQueryUcidConf(ucid=self.ucid(service.call.callID)))
            case _ if type(service) in PLAIN:
                return PLAIN[type(service)]
            case _:
                raise CstaFailure(F.INVALID_FEATURE)

    def ucid(self, callid: int) -> str:
        """Node, number and time of a call."""
        return f"{1:05}{callid:05}{int(self.born.get(callid, START)):010}"

    def snapshot(self, device: str) -> Confirmation:
        """The calls of a device, as a snapshot shows them now."""
        return Confirmation(monitor.SnapshotDeviceConf(snapshotData=self._calls(device)))

    def _calls(self, device: str) -> tuple[CSTASnapshotDeviceResponseInfo, ...]:
        if device not in self.stations:
            raise CstaFailure(F.INVALID_CSTA_DEVICE_IDENTIFIER)
        return tuple(
            CSTASnapshotDeviceResponseInfo(ConnectionID(callid, device), (STATES[state],))
            for callid, state in self.calls.get(device, {}).items()
        )

    def _monitor(self, device: str, known: tuple[str, ...]) -> Confirmation:
        if device not in known:
            raise CstaFailure(F.INVALID_CSTA_DEVICE_IDENTIFIER)
        self._next += 1
        self.cross_refs[device] = self._next
        return Confirmation(monitor.MonitorConf(monitorCrossRefID=self._next))

    def reports(self) -> AsyncIterator[Report]:
        return self._reports.stream()

    async def caught_up(self) -> None:
        await self._reports.caught_up()

    def report(self, device: str, pdu: Any, private: Any = None) -> None:
        """Let the monitor of a device report an event; "" = the stream itself."""
        self._reports.put(EventReport(self.cross_refs[device] if device else 0, pdu, private))

    def change_link(self, state: LinkState, reason: str = "") -> None:
        self.link = state
        if state is LinkState.DOWN:
            self.cross_refs.clear()
        self._reports.put(LinkChange(state, reason))

    def services(self, *kinds: type) -> list[Any]:
        """What was asked for, of these kinds; without kinds, everything but snapshots and monitors."""
        quiet = (
            monitor.SnapshotDevice,
            monitor.SnapshotCall,
            monitor.MonitorDevice,
            monitor.MonitorCallsViaDevice,
            monitor.MonitorStop,
            ATTQueryUcid,
            query.QueryDeviceInfo,
        )
        return [one for one in self.asked if (isinstance(one, kinds) if kinds else not isinstance(one, quiet))]


@dataclass
class House:
    """A running service on the fake switch."""

    service: Service
    switch: FakeBackend
    clock: Clock

    async def ask(self, name: str, extension: str | None = "101", /, **keys: Any) -> dict[str, Any]:
        caller = keys.pop("caller", Caller("test"))
        request = {"id": "7", "request": name, **({} if extension is None else {"extension": extension}), **keys}
        return await self.service.handle(request, caller)

    async def client(self, *extensions: str, **keys: Any) -> "Client":
        client = Client(self, self.service.subscribe("client"))
        for extension in extensions:
            assert (await client.ask("startmonitor", extension, **keys))["result"] == "success"
        await settled()
        return client


@dataclass
class Client:
    """A connection with a queue of events."""

    house: House
    subscriber: Subscriber

    async def ask(self, name: str, extension: str | None = "101", /, **keys: Any) -> dict[str, Any]:
        """Ask as a door does: the response goes into the same queue."""
        answer = await self.house.ask(name, extension, caller=Caller("ws", subscriber=self.subscriber), **keys)
        self.subscriber.reply(json.dumps(answer))
        return answer

    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.subscriber.take_now()]

    async def events(self) -> list[dict[str, Any]]:
        await settled()
        return [message for message in self.messages() if message["msgtype"] == "event"]


async def settled() -> None:
    """Let everything happen that can happen at this moment."""
    for _ in range(50):
        await asyncio.sleep(0)


@asynccontextmanager
async def house(
    switch: FakeBackend | None = None,
    *,
    options: Options | None = None,
    stores: bool = True,
    database: Database | None = None,
    lookups: Callable[[Clock], Lookups] | None = None,
) -> AsyncIterator[House]:
    """A service that runs.

    stores:  with user data and idempotency keys, in memory unless a database is given.
    lookups: where its user data are instead.
    """
    switch = switch or FakeBackend()
    clock = Clock(START)
    database = database or Database(memory=True)
    userdata = Lookups.embedded(UserDataStore(database, clock.now), clock) if stores else None
    service = Service(
        switch,
        clock,
        options=options,
        userdata=userdata if lookups is None else lookups(clock),
        keys=IdempotencyStore(database, clock.now) if stores else None,
    )
    await service.start()
    try:
        yield House(service, switch, clock)
    finally:
        await service.stop()


def on_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run an asynchronous test on a loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


def code(answer: Mapping[str, Any]) -> int:
    """The error code of a failed answer."""
    assert answer["result"] == "fail", answer
    assert list(answer) == ["msgtype", "id", "result", "error", "errorcode"]
    return int(answer["errorcode"])
