"""What the switch keeps of the present: calls and their parties, stations, trunk groups, agents, skills.

These are mutable records without behaviour beyond questions about themselves; the rules are in the modules around them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from ivrsvr.backends.simulator.switch.waiting import Available, Queue, QueueEntry
from ivrsvr.backends.simulator.world import AgentData, SkillData
from ivrsvr.clock import Timer
from ivrsvr.csta.enums import (
    ATTReasonCode,
    ATTWorkMode,
    ConnectionIDDevice,
    CSTAEventCause,
    DeviceIDType,
    LocalConnectionState,
    ReasonForCallInfo,
)
from ivrsvr.csta.private.structures import ATTOriginalCallInfoV7, ATTUserEnteredCode, ATTUserToUserInfo
from ivrsvr.csta.types import NOT_KNOWN, Connection, ConnectionID, ExtendedDeviceID, provided

if TYPE_CHECKING:
    from ivrsvr.backends.simulator.switch.equipment import Station

State = LocalConnectionState

NO_UUI = ATTUserToUserInfo()
NO_CODE = ATTUserEnteredCode()
NO_ORIGINAL = ATTOriginalCallInfoV7(reason=ReasonForCallInfo.OR_NONE)


class Kind(Enum):
    """What a party is."""

    STATION = "station"
    TRUNK = "trunk"
    GROUP = "group"
    """A split in whose queue the call waits."""
    ANNOUNCEMENT = "announcement"
    PARKED = "parked"
    """The extension at which the call is parked."""


PEOPLE = (Kind.STATION, Kind.TRUNK)
"""Parties that can talk: a call without any of them is over."""


@dataclass(slots=True, eq=False)
class TrunkSeat:
    """One member of a trunk group, in use by an outside party."""

    group: str
    member: str
    isdn: bool


@dataclass(slots=True, eq=False)
class Coverage:
    """Where a call goes on that is not answered: next is the index of the point of the path to be tried next.

    forward: the number to which it is forwarded before that; "" = none. path: "" = there is none.
    """

    principal: str
    path: str
    next: int
    cause: CSTAEventCause
    forward: str = ""


class Actor(Protocol):
    """Who acts for an outside party. It acts from timers of its own, never from within what it is told here."""

    def changed(self) -> None:
        """Something happened on the party's call."""

    def left(self) -> None:
        """The party has left its call."""


class Occupant(Protocol):
    """Who acts at a station. It acts from timers of its own, never from within what it is told here."""

    def changed(self) -> None:
        """Something happened on a call here, or to the agent who is logged in here."""

    def heard(self, tones: str) -> None:
        """Keys were pressed by somebody else on the call."""


@dataclass(slots=True, eq=False)
class Party:
    """One party on one call; its state is moved by the table of `ivrsvr.calls.moves`.

    device:   extension, split or announcement; "" for an outside party.
    digits:   an outside party's number; "" when the network did not give one.
    withheld: its trunk does not bring that number to the switch.
    name:     the first dynamic id of an outside party, which it keeps answering to when its call merges into another.
    single_step: joined without ringing, which does not make it the party that was added last.
    cause:    cause of the Delivered that made it ring; its Established carries the same.
    redirected: lastRedirectionDevice of that Delivered; "" = none.
    coverage: where its call goes on if it is not answered; None = nowhere.
    bridged:  a bridged appearance: another station's (bridge_of), or the simulated one of a principal whose call went
              on to cover.
    bridge_of: the station whose line this appearance is; "" = its own.
    answered_for: the principal that keeps an appearance of the call that this party answered in its place; "" = nobody.
    held:     order number of when it last put the call on hold.
    ring:     the timer that ends its ringing (coverage, RONA, prompting).
    place:    of a split: the place in its queue.
    deaf_to:  parties whose speech is kept from it (selective listening).
    heard:    digits that it heard.
    greeting: the announcement that an agent heard first (VDN of origin).
    actor:    who acts for an outside party by itself; None = nobody does.
    gave_up:  an outside party hung up itself.
    """

    number: int
    call: "Call"
    kind: Kind
    device: str = ""
    state: State = State.CS_NULL
    digits: str = ""
    withheld: bool = False
    name: str = ""
    trunk: TrunkSeat | None = None
    silent: bool = False
    single_step: bool = False
    cause: CSTAEventCause = CSTAEventCause.EC_NEW_CALL
    redirected: str = ""
    coverage: Coverage | None = None
    bridged: bool = False
    bridge_of: str = ""
    answered_for: str = ""
    held: int = 0
    ring: Timer | None = None
    acd: "AcdDelivery | None" = None
    place: QueueEntry | None = None
    deaf_to: "set[Party]" = field(default_factory=set)
    heard: str = ""
    greeting: str = ""
    actor: "Actor | None" = None
    gave_up: bool = False

    @property
    def connection(self) -> ConnectionID:
        """Static for a station that is on the call once, dynamic for everything else."""
        if self.kind is Kind.TRUNK:
            return ConnectionID(self.call.callID, f"T{self.call.callID}#{self.number}", ConnectionIDDevice.DYNAMIC_ID)
        if self.kind is Kind.STATION and self.call.times_on_call(self.device) > 1:
            return ConnectionID(self.call.callID, f"{self.device}#{self.number}", ConnectionIDDevice.DYNAMIC_ID)
        return ConnectionID(self.call.callID, self.device)

    @property
    def identity(self) -> ExtendedDeviceID:
        """How events name this party: the extension, or the dynamic id of an outside party."""
        connection = self.connection
        if self.kind is Kind.TRUNK:
            return provided(connection.deviceID, DeviceIDType.TRUNK_IDENTIFIER)
        return provided(connection.deviceID)

    @property
    def presented(self) -> ExtendedDeviceID:
        """How this party is presented as the calling device: an outside party by its number if there is one."""
        if self.kind is Kind.STATION:
            return provided(self.device)
        if self.kind is Kind.TRUNK and self.digits and not self.withheld:
            return provided(self.digits, DeviceIDType.IMPLICIT_PUBLIC)
        return self.identity

    @property
    def listed(self) -> Connection:
        """The entry of this party in a connection list."""
        static = NOT_KNOWN if self.kind is Kind.TRUNK else provided(self.device)
        return Connection(self.connection, static)

    @property
    def present(self) -> bool:
        return self.state is not State.CS_NULL

    @property
    def account(self) -> str:
        """The station for which it rings: its own, or the principal of a coverage point or bridged appearance."""
        return self.bridge_of or (self.coverage.principal if self.coverage is not None else "") or self.device

    @property
    def counts(self) -> bool:
        """Whether it counts against the limit of a conference: not while it holds the call, or only appears there."""
        return self.kind in PEOPLE and self.state is not State.CS_HOLD and not self.bridged

    @property
    def is_port(self) -> bool:
        """A vector lends it the call (converse-on)."""
        return self.acd is not None and self.acd.converse

    @property
    def waits(self) -> bool:
        """It is no party but a place where the call waits: a queue, or a park."""
        return self.kind in (Kind.GROUP, Kind.PARKED)

    @property
    def talking(self) -> bool:
        """On the call for good: connected, or holding it."""
        return self.state in (State.CS_CONNECT, State.CS_HOLD)


@dataclass(slots=True, eq=False)
class AcdDelivery:
    """How a call came to an agent: by which skill, and what it needs to go back into the queue."""

    skill: str
    agent: "Agent"
    converse: bool = False
    direct: bool = False
    """The call is for this agent alone."""
    waits_since: float = 0.0
    """Since when the call waited for the skill."""
    since: float | None = None
    """When it was answered; None = not yet."""


@dataclass(slots=True, eq=False)
class Call:
    """One call. Parties stand in the order of joining; numbers are unique in the call."""

    callID: int
    ucid: str
    calling: ExtendedDeviceID = NOT_KNOWN
    called: ExtendedDeviceID = NOT_KNOWN
    dialled: str = ""
    cor: str = ""
    incoming: bool = False
    """An outside party made it."""
    priority: bool = False
    userInfo: ATTUserToUserInfo = NO_UUI
    dropInfo: ATTUserToUserInfo = NO_UUI
    original: ATTOriginalCallInfoV7 = NO_ORIGINAL
    code: ATTUserEnteredCode = NO_CODE
    trunk: TrunkSeat | None = None
    vdn: str = ""
    """The VDN whose vector handles the call, or handled it last."""
    first_vdn: str = ""
    at_vdn: float = 0.0
    """When it came to that VDN."""
    split: str = ""
    """The split that was dialled, or to which the call was sent; "" = a VDN hands it out."""
    active_vdn: str = ""
    """The VDN whose call it is: the first one, unless that lets the next one override it, and so on."""
    reason: ATTReasonCode = ATTReasonCode.AR_NONE
    parties: list[Party] = field(default_factory=list)
    caller: "Party | None" = None
    """Who made the call, or stands in that place after a transfer; it may have left."""
    failed: Timer | None = None
    """Ends the tone of a call that failed."""
    toned: "Party | None" = None
    """Who hears busy or intercept."""
    chained: tuple[float, int] = (0.0, 0)
    """When the call last came to a VDN, and to how many it has come at that time."""
    vector: "VectorRun | None" = None
    predictive: "Predictive | None" = None
    collecting: "Collecting | None" = None
    ended: bool = False

    @property
    def tone(self) -> bool:
        """Whether somebody hears busy or intercept."""
        return self.toned is not None

    @property
    def ringback(self) -> bool:
        """Whether the switch plays ringback: a station rings, and there is nobody yet to whom the other talks."""
        people = [party for party in self.parties if party.kind in PEOPLE]
        rings = any(party.kind is Kind.STATION and party.state is State.CS_ALERTING for party in people)
        return rings and sum(party.talking for party in people) == 1

    def times_on_call(self, device: str) -> int:
        return sum(1 for party in self.parties if party.device == device and party.present)

    def party_of(self, device: str) -> Party | None:
        """The station's party, if it is on the call."""
        for party in self.parties:
            if party.device == device and party.present and party.kind is Kind.STATION:
                return party
        return None

    def others(self, party: Party) -> Iterator[Party]:
        return (other for other in self.parties if other is not party)

    def counted(self, besides: "Party | None" = None) -> int:
        """Parties that count against the limit of a conference, without the one named."""
        return sum(1 for party in self.parties if party.counts and party is not besides)

    @property
    def listed(self) -> tuple[Connection, ...]:
        """The connection list: everybody but the places where the call waits."""
        return tuple(party.listed for party in self.parties if not party.waits)

    @property
    def parked(self) -> bool:
        return any(party.kind is Kind.PARKED for party in self.parties)

    @property
    def queued(self) -> bool:
        return any(party.kind is Kind.GROUP for party in self.parties)

    def free_number(self) -> int:
        """The lowest party number that is not in use."""
        used = {party.number for party in self.parties}
        number = 1
        while number in used:
            number += 1
        return number


@dataclass(slots=True, eq=False)
class Work:
    """What an agent does in the skills that it works for together: with EAS all of them, without it one split."""

    mode: ATTWorkMode = ATTWorkMode.WM_NONE
    reason: int = 0
    pending: ATTWorkMode = ATTWorkMode.WM_NONE
    pending_reason: int = 0
    resume: ATTWorkMode = ATTWorkMode.WM_AUX_WORK
    """The mode that timed ACW goes back to."""
    acw: Timer | None = None
    handled: bool = False
    """An ACD call is being handled, or was until the last release."""


@dataclass(slots=True, eq=False)
class Agent:
    """An agent: administered data, and the session while logged in (station is None otherwise)."""

    login: str
    data: AgentData
    station: "Station | None" = None
    skills: tuple[str, ...] = ()
    works: dict[str, Work] = field(default_factory=dict)
    """What the agent does in each skill that it is logged in to."""
    idle_since: float = 0.0
    order: int = 0

    def level(self, skill: str) -> int:
        return self.data.skills.get(skill, 99)

    @property
    def work(self) -> Work:
        """What the agent does; without EAS, in the split where it logged in first."""
        return next(iter(self.works.values()), Work())

    @property
    def each_work(self) -> list[Work]:
        """What the agent does, each once, however many skills it is for."""
        return list(dict.fromkeys(self.works.values()))


@dataclass(slots=True, eq=False)
class Skill:
    """A split or skill as it is now."""

    extension: str
    data: SkillData
    queue: Queue = field(default_factory=Queue)
    agents: dict[str, Agent] = field(default_factory=dict)
    """Logged-in agents by login id, in the order of logging in."""
    available: Available = field(default_factory=Available)
    """Agents who could take a call of this skill now."""
    handling: float = 0.0
    """Seconds that a call takes an agent, on average."""
    forward: str = ""
    """Where calls go that dial the group; "" = nowhere else."""
    messages: set[str] = field(default_factory=set)
    """The applications that have a message for the group."""
    called: dict[str, int] = field(default_factory=dict)
    """Of a hunt group: when each member was last called or idle again, as an order number."""


@dataclass(slots=True, eq=False)
class VectorRun:
    """A call in vector processing. step counts from 0; collected holds the digits of the collect step."""

    call: Call
    vdn: str
    vector_of: str
    vector: str = ""
    """The shared vector that runs; "" = the one of the VDN `vector_of`."""
    step: int = 0
    executed: int = 0
    timer: Timer | None = None
    collecting: int = 0
    collected: str = ""
    ahead: str = ""
    """Digits typed before a collect step asked for them."""
    routes: dict[int, int] = field(default_factory=dict)
    """Routing dialogues that are open, with the link that each is on."""
    passing: tuple[str, ...] = ()
    """What the converse step in progress passes to its port."""
    port: Party | None = None
    """The converse port that talks to the caller."""
    waiting_port: bool = False
    stopped: bool = False
    """Its steps have ended; it only waits for a routing application."""


@dataclass(slots=True, eq=False)
class Collecting:
    """Digits that an application wants of a party: how many at most, and how long it may take for each (seconds)."""

    party: Party
    most: int
    seconds: float
    until_answer: bool
    digits: str = ""
    timer: Timer | None = None


@dataclass(slots=True, eq=False)
class Predictive:
    """A predictive call that the classifier still listens to."""

    group: str
    timer: Timer | None = None
    max_rings: int = 10
    drop_machine: bool = False
    rings: bool = False
    """The called party's phone rings."""
