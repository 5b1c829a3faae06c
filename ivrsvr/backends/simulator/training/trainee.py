"""The trainee's telephone: what happens there becomes facts. The trainee acts; nothing here does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import Agent, Kind, Party
from ivrsvr.backends.simulator.training.facts import Contact, Facts
from ivrsvr.csta.enums import ATTWorkMode as Mode

Told = Callable[[str, str, str], None]
"""Who, what kind of thing, and the words."""

MODES = {
    Mode.WM_AUTO_IN: "ready",
    Mode.WM_MANUAL_IN: "ready",
    Mode.WM_AFTCAL_WK: "acw",
    Mode.WM_AUX_WORK: "aux",
}
GRACE_S = 5.0
"""A call that has rung for a shorter time was not missed by anybody."""

STATES = {
    "ready": "is ready for calls",
    "ringing": "has a call ringing",
    "talking": "is on a call",
    "acw": "does after-call work",
    "aux": "is in AUX",
    "out": "is logged out",
    "idle": "is idle",
}
"""Words for people; the keys are those of `Facts.seconds`."""


@dataclass(slots=True, eq=False)
class Visit:
    """A caller's call at the trainee's telephone."""

    contact: Contact
    answered: bool = False


@dataclass(slots=True, eq=False)
class Seat:
    """Sits at the station's place of an occupant, and writes down what happens.

    agent:   the trainee's login id; "" = none is needed.
    contact: finds the record of an outside party.
    told:    takes a line of the session's log.
    """

    core: Core
    extension: str
    agent: str
    name: str
    facts: Facts
    contact: Callable[[Party], Contact]
    told: Told
    visits: dict[Party, Visit] = field(default_factory=dict)
    state: str = ""
    last: Contact | None = None
    _since: float = 0.0
    _wrapping: tuple[Contact, float] | None = None

    def begin(self) -> None:
        """Look from now on."""
        self.core.stations[self.extension].occupant = self
        self._since = self.core.clock.now()
        self.changed()

    def end(self) -> None:
        """Look no longer."""
        self._count()
        self._end_wrap_up(self.core.clock.now())
        station = self.core.stations[self.extension]
        if station.occupant is self:
            station.occupant = None

    def heard(self, tones: str) -> None:
        """Keys that the caller presses are in the session's log already."""

    @property
    def here(self) -> Agent | None:
        """The agent who is logged in at the station, if it is the trainee."""
        agent = self.core.stations[self.extension].agent
        return agent if agent is not None and (not self.agent or agent.login == self.agent) else None

    @property
    def wrapping_up(self) -> bool:
        """Whether after-call work goes on."""
        return self._wrapping is not None

    @property
    def contacts(self) -> list[Contact]:
        """Of the calls that are at the telephone now, the active one first."""
        parties = sorted(self.visits, key=lambda party: party.state is not State.CS_CONNECT)
        return [self.visits[party].contact for party in parties]

    def changed(self) -> None:
        """Something happened at the station, or about its agent."""
        now = self.core.clock.now()
        station = self.core.stations[self.extension]
        for party in list(self.visits):
            if party not in station.parties:
                self._gone(self.visits.pop(party), now)
        for party in station.parties:
            self._look(party, now)
        self._count()
        state = self._state()
        if state != self.state:
            if self.state and state == "out":
                self.facts.logouts += 1
            self.state = state
            self.told(self.name, "state", STATES[state])
        if state == "acw":
            if self._wrapping is None and self.last is not None:
                self._wrapping = (self.last, now)
        else:
            self._end_wrap_up(now)
            if state == "ready":
                self.last = None

    def _look(self, party: Party, now: float) -> None:
        visit = self.visits.get(party)
        if visit is None:
            outside = next((one for one in party.call.others(party) if one.kind is Kind.TRUNK and one.present), None)
            if outside is None or not (party.state is State.CS_ALERTING or party.call.incoming):
                return
            contact = self.contact(outside)
            visit = self.visits[party] = Visit(contact)
            if contact.answered is None:
                contact.rang = now
            self.told(self.name, "rings", f"the telephone rings for {contact.caller or contact.number or 'a caller'}")
        contact = visit.contact
        if not visit.answered and party.state is State.CS_CONNECT:
            visit.answered = True
            if contact.answered is None:
                contact.answered = now
            waited = "" if contact.rang is None else f" after {now - contact.rang:.0f} s"
            self.told(self.name, "answered", f"answers {contact.caller or contact.number or 'a caller'}{waited}")
        if party.state is State.CS_HOLD and contact.held is None:
            contact.held = now
            self.told(self.name, "hold", f"puts {contact.caller or contact.number or 'the caller'} on hold")
        elif party.state is State.CS_CONNECT and contact.held is not None:
            length = self._end_hold(contact, now)
            self.told(self.name, "retrieve", f"takes {contact.caller or 'the caller'} back after {length:.0f} s")

    @staticmethod
    def _end_hold(contact: Contact, now: float) -> float:
        assert contact.held is not None
        contact.holds.append(now - contact.held)
        contact.held = None
        return contact.holds[-1]

    def _gone(self, visit: Visit, now: float) -> None:
        """The station has left a call, or the call the station."""
        contact = visit.contact
        if contact.held is not None:
            self._end_hold(contact, now)
        if visit.answered:
            self.last = contact
        elif now - (contact.rang or now) >= GRACE_S:
            contact.missed += 1
            self.told(self.name, "missed", f"has not answered {contact.caller or contact.number or 'a caller'}")

    def _end_wrap_up(self, now: float) -> None:
        if self._wrapping is not None:
            contact, since = self._wrapping
            contact.wrap_up = now - since
            self._wrapping = self.last = None

    def _state(self) -> str:
        station = self.core.stations[self.extension]
        if any(party.state is not State.CS_ALERTING for party in station.parties):
            return "talking"
        if station.parties:
            return "ringing"
        agent = self.here
        if agent is None:
            return "out" if self.agent else "idle"
        return MODES.get(agent.work.mode, "out")

    def _count(self) -> None:
        """The time since the last change belongs to the state before it."""
        now = self.core.clock.now()
        if self.state:
            self.facts.seconds[self.state] = self.facts.seconds.get(self.state, 0.0) + now - self._since
        self._since = now

    def __deepcopy__(self, memo: dict[int, Any]) -> None:
        """A snapshot of the switch keeps nobody who watches it."""
