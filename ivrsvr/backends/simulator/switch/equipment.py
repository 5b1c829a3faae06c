"""Stations and trunk groups as they are now."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ivrsvr.backends.simulator.switch.model import Agent, Occupant, Party, State
from ivrsvr.backends.simulator.world import StationData, TrunkGroupData
from ivrsvr.clock import Timer
from ivrsvr.csta.errors import CstaFailure


@dataclass(slots=True, eq=False)
class Station:
    """A station as it is now. `data` is how it was administered; what can change is copied out of it."""

    extension: str
    data: StationData
    forward: str
    forward_busy: str
    forward_no_answer: str
    send_all_calls: bool
    messages: set[str]
    """The applications that have a message, by the names of `MESSAGE_APPLICATIONS`."""
    in_service: bool
    off_hook: bool
    in_hand: bool = False
    """Somebody has its handset, and may put it down."""
    outages: int = 0
    """Outages under way that will pass."""
    parties: list[Party] = field(default_factory=list)
    agent: Agent | None = None
    prompt: "Prompt | None" = None
    occupant: Occupant | None = None
    """Who acts here by itself; None = nobody does."""

    @property
    def active(self) -> Party | None:
        """The connected appearance, or the one that dials or hears a tone."""
        for party in self.parties:
            if party.state in (State.CS_CONNECT, State.CS_INITIATE, State.CS_FAIL):
                return party
        return None

    @property
    def in_use(self) -> bool:
        """Whether somebody uses one of its appearances: it is on a call, or holds one."""
        return any(party.state is not State.CS_ALERTING for party in self.parties)

    @property
    def sends_all_calls(self) -> bool:
        """Whether all its calls go to coverage: only where there is a coverage path."""
        return self.send_all_calls and bool(self.data.coveragePath)

    def in_state(self, state: State) -> list[Party]:
        return [party for party in self.parties if party.state is state]

    @property
    def _used(self) -> int:
        """Its own call appearances that are in use."""
        return sum(1 for party in self.parties if not party.bridge_of)

    @property
    def has_idle_appearance(self) -> bool:
        """Whether one more call fits. An analog set has one appearance and may hold two calls besides."""
        if self.data.type == "analog":
            return all(party.state is State.CS_HOLD for party in self.parties) and len(self.parties) <= 2
        return self._used < self.data.callAppearances

    @property
    def can_ring(self) -> bool:
        """Whether a new call can ring here."""
        if not self.in_service:
            return False
        if self.data.type == "analog":
            waiting = self.data.callWaiting and len(self.in_state(State.CS_CONNECT)) == 1
            return not self.parties or (waiting and len(self.parties) == 1)
        appearances = self.data.callAppearances
        kept = 1 if self.data.restrictLastAppearance and appearances > 1 else 0
        return self._used < appearances - kept

    @property
    def forced(self) -> bool:
        """Whether the switch can take it off-hook itself, or it is off-hook."""
        return self.off_hook or self.data.offHookMode == "forced" or self.data.type == "cti"


@dataclass(slots=True, eq=False)
class Prompt:
    """A set that must be lifted by hand before a service can go on. party: the ringing call it is for, if any."""

    timer: Timer
    lifted: Callable[[], None]
    refuse: Callable[[CstaFailure], None]
    party: Party | None = None


@dataclass(slots=True, eq=False)
class TrunkGroup:
    """A trunk group as it is now: free members ascending, members in use by calls."""

    number: str
    data: TrunkGroupData
    free: list[int]
    busy: int
    """Members taken by traffic that has no calls here."""
    used: dict[int, Party] = field(default_factory=dict)

    @property
    def isdn(self) -> bool:
        return self.data.type != "co"

    @property
    def in_service(self) -> bool:
        """Whether any of its members works."""
        return len(self.data.outOfServiceMembers) < self.data.members
