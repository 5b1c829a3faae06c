"""A contact centre of any size with people in it who behave by dice: what the benchmarks of the switch run.

Callers arrive at VDNs, wait in queues and give up when it takes too long; agents answer, talk, hold and pass calls on.
Agents act through an AES stream as an application would, on nothing but the events of their monitors; every station,
VDN and skill is monitored.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ivrsvr.backends.simulator.aes import Message
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock, Timer
from ivrsvr.csta.call import (
    AnswerCall,
    ClearConnection,
    ConsultationCall,
    ConsultationCallConf,
    HoldCall,
    RetrieveCall,
    TransferCall,
)
from ivrsvr.csta.enums import CSTAEventCause, LocalConnectionState
from ivrsvr.csta.events import CallCleared, Delivered, Established, Queued, Transferred
from ivrsvr.csta.monitor import MonitorCallsViaDevice, MonitorConf, MonitorDevice
from ivrsvr.csta.pdu import EventClass
from ivrsvr.csta.system import UniversalFailureConf
from ivrsvr.csta.types import ConnectionID

State = LocalConnectionState
TLINK = "AVAYA#CM1#CSTA#BENCH"
START = 1_458_770_400.0

Heard = Callable[[Any], None]
"""Takes the confirmation of a request, or its failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How big the centre is and how its people behave; times in seconds, shares from 0 to 1."""

    agents: int = 500
    stations: int = 500
    skills: int = 20
    trunks: int = 2_000
    calls_per_s: float = 40_000 / (8 * 3600)
    answer_s: float = 5.0
    talk_s: float = 320.0
    patience_s: float = 300.0
    after_call_s: float = 15.0
    held: float = 0.2
    transferred: float = 0.1
    music_s: float = 60.0
    """Seconds between two announcements to a waiting caller; 0 = the caller hears none."""

    def world(self) -> World:
        """The centre as a world: agent n sits at station n and has two skills."""
        return World.from_data(
            {
                "system": {"callIdLast": 65535},
                "stations": {self.station(n): {} for n in range(self.stations)},
                "agents": {self.login(n): self._agent(n) for n in range(self.agents)},
                "skills": {self.skill(n): {"queueLength": 9999} for n in range(self.skills)},
                "announcements": {"399": {"seconds": 8}},
                "vdns": {self.vdn(n): {"vector": self._vector(n)} for n in range(self.skills)},
                "trunkGroups": {
                    str(1 + n): {"tac": f"*{1 + n:02}", "members": min(5000, self.trunks - 5000 * n)}
                    for n in range(-(-self.trunks // 5000))
                },
                "aes": {
                    "tlinks": {TLINK: {"link": 1}},
                    "users": {"bench": {"password": "bench", "unrestricted": True}},
                    "stream": {"serverID": TLINK, "loginID": "bench", "passwd": "bench"},
                },
            }
        )

    def station(self, n: int) -> str:
        return str(10_000 + n)

    def login(self, n: int) -> str:
        return str(40_000 + n)

    def skill(self, n: int) -> str:
        return str(2_000 + n)

    def vdn(self, n: int) -> str:
        return str(7_000 + n)

    def _agent(self, n: int) -> dict[str, Any]:
        first, second = self.skill(n % self.skills), self.skill((n * 7 + 3) % self.skills)
        return {"skills": {second: 2, first: 1}, "timedAcw": self.after_call_s}

    def _vector(self, n: int) -> list[dict[str, Any]]:
        queue = {"step": "queue-to", "skill": self.skill(n), "priority": "medium"}
        if not self.music_s:
            return [queue, {"step": "stop"}]
        return [
            queue,
            {"step": "announcement", "announcement": "399"},
            {"step": "wait", "seconds": self.music_s, "hearing": "music"},
            {"step": "goto-step", "to": 2},
        ]


@dataclass(slots=True)
class Caller:
    """An outside caller who has not got an agent yet."""

    party: str
    patience: Timer


@dataclass
class Centre:
    """The centre at work. heard: gets every event with the device whose monitor reported it."""

    plan: Plan
    clock: Clock
    heard: Callable[[Message, str], None] | None = None
    counts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    callers: dict[int, Caller] = field(default_factory=dict)
    live: set[int] = field(default_factory=set)
    """Call ids of outside callers, as the VDNs' monitors tell them."""

    def __post_init__(self) -> None:
        self.simulator = Simulator(self.plan.world(), self.clock)
        self.devices: dict[int, str] = {}
        self._asked: dict[int, Heard] = {}
        self._number = 0
        self._left = 0
        self._due = 0.0
        self.stream = self.simulator.aes.open(
            serverID=TLINK, loginID="bench", passwd="bench", privateData="AVAYA#5-8", send=self._receive
        )
        plan = self.plan
        for n in range(plan.stations):
            self._monitor(MonitorDevice(deviceID=plan.station(n)))
        for n in range(plan.skills):
            self._monitor(MonitorDevice(deviceID=plan.skill(n)))
            self._monitor(MonitorCallsViaDevice(deviceID=plan.vdn(n)))
        for n in range(plan.agents):
            self.simulator.people.agent(plan.login(n), at=plan.station(n), login=True, mode="AUTO_IN")

    # ---- callers

    def open_for(self, calls: int) -> None:
        """So many callers arrive, the first one now."""
        self._left = calls
        self._due = self.clock.now()
        self._next()

    @property
    def coming(self) -> bool:
        """Whether callers are still to come."""
        return bool(self._left)

    @property
    def busy(self) -> bool:
        """Whether callers are still to come, or calls to end."""
        return bool(self._left or self.live)

    def _next(self) -> None:
        self._left -= 1
        if self._left:
            # From the time at which this one was due: what is late must not slow down those who follow.
            self._due += self.clock.random.expovariate(self.plan.calls_per_s)
            self.clock.call_at(self._due, self._next)
        self.arrive()

    def arrive(self) -> None:
        """Another caller calls one of the VDNs."""
        chance = self.clock.random
        to = self.plan.vdn(chance.randrange(self.plan.skills))
        number = f"6{chance.randrange(10_000_000):07}"
        self.counts["calls"] += 1
        groups = self.simulator.switch.core.trunks
        group = next((name for name, group in groups.items() if group.free), "")
        if not group:
            # Where the machine is too slow, callers come faster than they are served.
            self.counts["blocked"] += 1
            return
        call = self.simulator.people.call_in(number, to, group)
        self.live.add(call.callID)
        patience = self.clock.call_later(
            chance.expovariate(1 / self.plan.patience_s), partial(self._abandon, call.callID)
        )
        self.callers[call.callID] = Caller(call.party, patience)

    def _abandon(self, callID: int) -> None:
        self.counts["abandoned"] += 1
        self.simulator.people.party(self.callers.pop(callID).party, "hangup")

    def _served(self, callID: int) -> None:
        caller = self.callers.pop(callID, None)
        if caller is not None:
            caller.patience.cancel()
            self.counts["answered"] += 1

    # ---- what the monitors tell

    def _receive(self, message: Message) -> None:
        if message.event_class is EventClass.CSTACONFIRMATION:
            self._asked.pop(message.invokeID)(message.pdu)
            return
        self.counts["events"] += 1
        device = self.devices[message.crossRef]
        if self.heard is not None:
            self.heard(message, device)
        event = message.pdu
        match event:
            case Delivered(localConnectionInfo=State.CS_ALERTING):
                self._after(self.plan.answer_s, AnswerCall(alertingCall=event.connection))
            case Established(localConnectionInfo=State.CS_CONNECT) if event.establishedConnection.deviceID == device:
                self._served(event.establishedConnection.callID)
                self._talk(event.establishedConnection)
            case Queued():
                self.counts["queued"] += 1
            case Transferred(localConnectionInfo=State.CS_NULL):
                self.live.discard(event.primaryOldCall.callID)
                self.live.add(event.secondaryOldCall.callID)
            case CallCleared() if event.cause is not CSTAEventCause.EC_TRANSFER:
                self.live.discard(event.clearedCall.callID)

    # ---- agents

    def _talk(self, own: ConnectionID) -> None:
        """The agent talks and, some time, holds the caller, passes it on, or clears."""
        what = self.clock.random.random()
        if what < self.plan.held:
            self._after(
                self.plan.talk_s / 3, HoldCall(activeCall=own, reservation=False), then=partial(self._held, own)
            )
        elif what < self.plan.held + self.plan.transferred:
            to = self.plan.vdn(self.clock.random.randrange(self.plan.skills))
            consult = ConsultationCall(activeCall=own, calledDevice=to)
            self._after(self.plan.talk_s / 2, consult, then=partial(self._consulting, own))
        else:
            self._after(self.plan.talk_s, ClearConnection(call=own))

    def _held(self, own: ConnectionID, _confirmed: Any) -> None:
        self.counts["held"] += 1
        self._after(self.plan.talk_s / 6, RetrieveCall(heldCall=own), then=partial(self._back, own))

    def _back(self, own: ConnectionID, _confirmed: Any) -> None:
        self._after(self.plan.talk_s / 2, ClearConnection(call=own))

    def _consulting(self, own: ConnectionID, confirmed: ConsultationCallConf) -> None:
        transfer = TransferCall(heldCall=own, activeCall=confirmed.newCall)
        self._after(self.plan.answer_s, transfer, then=self._passed_on, otherwise=partial(self._alone_again, own))

    def _alone_again(self, own: ConnectionID, _refused: Any) -> None:
        """Whoever was consulted has left already: the agent goes on with the caller."""
        self.ask(RetrieveCall(heldCall=own), partial(self._back, own))

    def _passed_on(self, _confirmed: Any) -> None:
        self.counts["transferred"] += 1

    # ---- requests

    def _after(self, mean_s: float, request: Any, then: Heard | None = None, otherwise: Heard | None = None) -> None:
        """Ask for a service after a while, half the mean at least."""
        delay = mean_s / 2 + self.clock.random.expovariate(2 / mean_s)
        self.clock.call_later(delay, partial(self.ask, request, then, otherwise))

    def ask(self, request: Any, then: Heard | None = None, otherwise: Heard | None = None) -> None:
        """Ask the AES: `then` takes the confirmation, `otherwise` a refusal, which is counted too."""

        def outcome(pdu: Any) -> None:
            follows = then
            if isinstance(pdu, UniversalFailureConf):
                self.refusals[f"{type(request).__name__} {pdu.error.name}"] += 1
                follows = otherwise
            if follows is not None:
                follows(pdu)

        self._number += 1
        self._asked[self._number] = outcome
        self.counts["requests"] += 1
        self.stream.request(self._number, request)

    def _monitor(self, request: MonitorDevice | MonitorCallsViaDevice) -> None:
        def started(confirmed: MonitorConf) -> None:
            self.devices[confirmed.monitorCrossRefID] = request.deviceID

        self.ask(request, started)
