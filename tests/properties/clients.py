"""Clients of the AES in the randomised test: each keeps its own books on what it asked and what it was told."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from ivrsvr.backends.simulator.aes import Message
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.calls.fold import fold
from ivrsvr.calls.model import CallModel
from ivrsvr.calls.report import Note
from ivrsvr.csta.acs import ACSUniversalFailureEvent
from ivrsvr.csta.events import LoggedOff, LoggedOn
from ivrsvr.csta.monitor import (
    MonitorCall,
    MonitorCallsViaDevice,
    MonitorConf,
    MonitorDevice,
    MonitorEnded,
    MonitorStop,
    MonitorStopConf,
)
from ivrsvr.csta.pdu import EventClass
from ivrsvr.csta.route import RouteEnd, RouteRegisterAbort, RouteRegisterReqConf, RouteRequestExt, RouteUsedExt
from ivrsvr.csta.system import SysStat
from ivrsvr.csta.types import ConnectionID, ExtendedDeviceID
from tests.properties.centre_world import SKILLS, STATIONS, TLINK, VDNS

CONFIRMATIONS = (EventClass.ACSCONFIRMATION, EventClass.CSTACONFIRMATION)


def brief(value: Any) -> str:
    """A PDU in a line that people can read."""
    if isinstance(value, ExtendedDeviceID):
        return value.deviceID or "?"
    if isinstance(value, ConnectionID):
        return f"({value.callID},{value.deviceID})"
    if isinstance(value, Enum):
        return value.name or ""
    if isinstance(value, tuple):
        return "[" + " ".join(map(brief, value)) + "]"
    if is_dataclass(value):
        shown = " ".join(f"{field.name}={brief(getattr(value, field.name))}" for field in fields(value))
        return f"{type(value).__name__} {shown}"
    return str(value)


class Client:
    """One stream. Raises AssertionError when the AES breaks a promise: answers twice, or reports for no monitor."""

    def __init__(self, simulator: Simulator, log: Callable[[str], None] | None) -> None:
        self._simulator = simulator
        self._log = log
        self.waiting: dict[int, Any] = {}
        """Requests that have no outcome yet, by invoke id."""
        self.monitors: dict[int, str] = {}
        """Running monitors: cross reference -> device, or "call <id>"."""
        self.used: set[int] = set()
        self.registrations: set[int] = set()
        self.dialogues: dict[int, int] = {}
        """Open routing dialogues: cross reference -> registration."""
        self._number = 0
        self.misled = False
        """Faults lose, delay or double what it is told: its books cannot be right, and it only has to bear that."""
        self.doubled = False
        """Faults tell events twice. That must not matter."""
        self.connect()

    def connect(self) -> None:
        """Open the stream, or another one after the last has ended; cross references begin anew."""
        self._forget_stream()
        if not self._simulator.aes.serving:
            return
        self.stream = self._simulator.aes.open(
            serverID=TLINK, loginID="cti", passwd="x", privateData="AVAYA#5-8", send=self.receive
        )

    def abort(self) -> None:
        """The client vanishes, and comes back with a new stream."""
        self.stream.abort()
        self.connect()

    def notice(self) -> None:
        """Whether the stream has ended: then nothing that was asked is answered, and every monitor is gone."""
        if not self.stream.open:
            self._forget_stream()

    def _forget_stream(self) -> None:
        self.waiting.clear()
        self.monitors.clear()
        self.used.clear()
        self.registrations.clear()
        self.dialogues.clear()

    def ask(self, pdu: Any, private: Any = None) -> int:
        """Ask for a service; its invoke id."""
        self._number += 1
        number = self._number
        if self.stream.open:
            self.waiting[number] = pdu
            self.stream.request(number, pdu, private)
        return number

    def say(self, pdu: Any) -> None:
        """Send what is never confirmed: an answer to a route request."""
        self._number += 1
        self.stream.request(self._number, pdu)

    # ---- what comes

    def receive(self, message: Message) -> None:
        if self.misled:
            self._bear(message)
        else:
            self._book(message)

    def _bear(self, message: Message) -> None:
        """Take what may be late, doubled, or of a monitor that nobody knows of."""
        device = self.monitors.get(message.crossRef, "")
        self.waiting.pop(message.invokeID, None)
        if isinstance(message.pdu, MonitorEnded):
            self.monitors.pop(message.crossRef, None)
        elif device:
            self.told(device, message.pdu, message.private)

    def _book(self, message: Message) -> None:
        pdu = message.pdu
        if message.event_class in CONFIRMATIONS:
            asked = self.waiting.pop(message.invokeID, None)
            assert asked is not None, f"request {message.invokeID} is answered twice, or was never asked: {pdu}"
            self.log(f"answer to {type(asked).__name__}: ", pdu)
            self.answered(asked, pdu)
        elif isinstance(pdu, MonitorEnded):
            device = self.monitors.pop(message.crossRef, None)
            known = device is not None or self.doubled
            assert known, f"monitor {message.crossRef} ended twice, or never began"
            self.log(f"monitor {message.crossRef} of {device} ended: {pdu.cause.name}")
        elif message.crossRef:
            device = self.monitors.get(message.crossRef)
            assert device is not None, f"an event for monitor {message.crossRef}, which is not running: {pdu}"
            self.told(device, pdu, message.private)
        else:
            self.routed(pdu)

    def log(self, text: str, value: Any = None) -> None:
        """Write a line of the story down, if anybody reads it: what happened, and the PDU."""
        if self._log is not None:
            self._log(f"    {type(self).__name__}: {text}{brief(value) if value is not None else ''}")

    def answered(self, asked: Any, pdu: Any) -> None:
        """A request has its outcome."""
        if isinstance(pdu, MonitorConf):
            number = pdu.monitorCrossRefID
            assert number not in self.used, f"cross reference {number} is used again"
            self.used.add(number)
            self.monitors[number] = f"call {asked.call.callID}" if isinstance(asked, MonitorCall) else asked.deviceID
        elif isinstance(pdu, MonitorStopConf):
            assert self.monitors.pop(asked.monitorCrossRefID, None) is not None, "a monitor was stopped twice"
        elif isinstance(pdu, RouteRegisterReqConf):
            self.registrations.add(pdu.registerReqID)

    def told(self, device: str, pdu: Any, private: Any) -> None:
        """A monitor reports an event."""
        del private
        self.log(f"{device}: ", pdu)

    def routed(self, pdu: Any) -> None:
        """What belongs to no monitor: routing and the state of the system."""
        self.log("", pdu)
        if isinstance(pdu, RouteRequestExt):
            assert pdu.routingCrossRefID not in self.dialogues, "a routing dialogue begins twice"
            assert pdu.routeRegisterReqID in self.registrations, "asked for a route without being registered"
            self.dialogues[pdu.routingCrossRefID] = pdu.routeRegisterReqID
        elif isinstance(pdu, RouteUsedExt):
            assert pdu.routingCrossRefID in self.dialogues, "a route was used in no dialogue"
        elif isinstance(pdu, RouteEnd):
            assert self.dialogues.pop(pdu.routingCrossRefID, None) is not None, "a routing dialogue ends twice"
        elif isinstance(pdu, RouteRegisterAbort):
            assert pdu.routeRegisterReqID in self.registrations, "a registration is withdrawn twice"
            self.registrations.discard(pdu.routeRegisterReqID)
            assert pdu.routeRegisterReqID not in self.dialogues.values(), "a dialogue has no end"
        else:
            assert isinstance(pdu, SysStat | ACSUniversalFailureEvent), f"nobody expects {pdu}"


class Watcher(Client):
    """Watches everything, and folds what it is told into a call model, as the server does."""

    def __init__(self, simulator: Simulator, log: Callable[[str], None] | None) -> None:
        self.model = CallModel()
        self.notes: list[Note] = []
        self.logged_in: defaultdict[str, set[str]] = defaultdict(set)
        """Skill -> the agents that are logged in, as its monitor tells it."""
        super().__init__(simulator, log)

    def watch(self) -> None:
        """Start every monitor that does not run."""
        running = set(self.monitors.values())
        for device in (*STATIONS, *SKILLS):
            if device not in running:
                self.ask(MonitorDevice(deviceID=device))
        for device in VDNS:
            if device not in running:
                self.ask(MonitorCallsViaDevice(deviceID=device))

    def forget(self) -> None:
        """The monitors are gone: what the model has is not kept up any more."""
        self.model = CallModel()
        self.notes.clear()
        self.logged_in.clear()

    def told(self, device: str, pdu: Any, private: Any) -> None:
        super().told(device, pdu, private)
        if isinstance(pdu, LoggedOn | LoggedOff):
            here = isinstance(pdu, LoggedOn)
            told_twice = (pdu.agentID in self.logged_in[device]) == here
            assert self.doubled or self.misled or not told_twice, (
                f"agent {pdu.agentID} logs in or out of {device} twice"
            )
            (self.logged_in[device].add if here else self.logged_in[device].discard)(pdu.agentID)
        else:
            self.notes += fold(self.model, pdu, private, device).notes

    def stop_all(self) -> None:
        """Stop every monitor."""
        for number in list(self.monitors):
            self.ask(MonitorStop(monitorCrossRefID=number))
