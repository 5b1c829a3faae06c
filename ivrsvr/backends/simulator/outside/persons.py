"""Outside parties that act by themselves: each follows its behaviour, from timers on the switch's clock.

All that chance decides about a party is drawn when it appears, in one order, so that what happens later to other
parties changes nothing for it. The switch tells a party that its call changed; a party acts from timers only.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Self

from ivrsvr.backends.simulator.outside import parties
from ivrsvr.backends.simulator.outside.behaviour import NOTHING, Behaviour
from ivrsvr.backends.simulator.switch import predictive
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import PEOPLE, Party
from ivrsvr.clock import Timer

_RINGING = frozenset({"answer", "machine", "no-answer", "fax"})
"""Outcomes of calls that ring first."""


class Phase(Enum):
    """How a party stands: called and not answered yet, waiting for somebody, talking, held by the only one there."""

    CALLED = "called"
    WAITING = "waiting"
    TALKING = "talking"
    HELD = "held"


@dataclass(slots=True, eq=False)
class Person:
    """One outside party with its behaviour and what chance decided about it (seconds).

    outcome:   what it does as a called party; "" when it called itself.
    presses:   keys still to be pressed: seconds, whether they count from being talked to, digits.
    talk_left: seconds that it still wants to talk; None = without end.
    limit:     ends the present phase.
    """

    core: Core
    party: Party
    outcome: str
    network: float
    ring: float
    talk_left: float | None
    patience: float | None
    hold_patience: float | None
    presses: list[tuple[float, bool, str]]
    answered: bool
    phase: Phase = Phase.CALLED
    talked: bool = False
    limit: Timer | None = None
    timers: list[Timer] = field(default_factory=list)

    @classmethod
    def of(cls, core: Core, party: Party, behaviour: Behaviour, *, called: bool) -> Self:
        """A person for a party that is called, or has called in; everything about it is drawn now."""
        random = core.clock.random
        optional = (behaviour.talkSeconds, behaviour.patience, behaviour.holdPatience)
        outcome = behaviour.called.choice.draw(random) if called else ""
        network, ring = behaviour.networkSeconds.draw(random), behaviour.ringSeconds.draw(random)
        talk, patience, hold = (None if spread is None else spread.draw(random) for spread in optional)
        presses = [
            (press.after.draw(random), press.since == "answer", str(press.digits)) for press in behaviour.presses
        ]
        return cls(core, party, outcome, network, ring, talk, patience, hold, presses, answered=not called)

    # ---- what the switch tells

    def begin(self) -> None:
        """The party is there: it is being called, or has called in."""
        if self.outcome and self.outcome != NOTHING:
            self.timers.append(self.core.later(self.network, _network, self))
        if self.answered:
            self._start_presses(talking=False)
            self._enter(self._phase())

    def changed(self) -> None:
        """Something happened on the party's call."""
        if not self.answered:
            isdn = self.party.trunk is not None and self.party.trunk.isdn
            if self.party.state is not State.CS_CONNECT or not (isdn or self.outcome == NOTHING):
                return
            self.pick_up()
            return
        phase = self._phase()
        if phase is not self.phase:
            self._enter(phase)

    def left(self) -> None:
        """The party is gone: nothing more comes of it."""
        for timer in (*self.timers, *([self.limit] if self.limit is not None else [])):
            timer.cancel()
        self.timers.clear()
        self.limit = None

    # ---- what follows from it

    def pick_up(self) -> None:
        """The called party is on the call from now on."""
        self.answered = True
        self._start_presses(talking=False)
        self._enter(self._phase())

    def _phase(self) -> Phase:
        """Whom it hears. A voice port that a vector lends the caller, or an announcement, is nobody to talk to."""
        phase = Phase.WAITING
        for other in self.party.call.others(self.party):
            if other.kind not in PEOPLE or (other.acd is not None and other.acd.converse):
                continue
            if other.state is State.CS_CONNECT:
                return Phase.TALKING
            if other.state is State.CS_HOLD:
                phase = Phase.HELD
        return phase

    def _enter(self, phase: Phase) -> None:
        if self.limit is not None:
            if self.phase is Phase.TALKING:
                self.talk_left = max(0.0, self.limit.when - self.core.clock.now())
            self.limit.cancel()
            self.limit = None
        self.phase = phase
        seconds = {Phase.TALKING: self.talk_left, Phase.HELD: self.hold_patience}.get(phase, self.patience)
        if seconds is not None:
            self.limit = self.core.later(seconds, _hang_up, self)
        if phase is Phase.TALKING and not self.talked:
            self.talked = True
            self._start_presses(talking=True)

    def _start_presses(self, *, talking: bool) -> None:
        seconds = 0.0
        for after, counts_from_talking, digits in self.presses:
            if counts_from_talking is talking:
                seconds += after
                self.timers.append(self.core.later(seconds, _press, self, digits))


def _network(core: Core, person: Person) -> None:
    """The network knows what became of the call to this party."""
    party, outcome = person.party, person.outcome
    silent = party.trunk is not None and not party.trunk.isdn
    if silent:
        predictive.ringing(core, party)
    elif party.state is not State.CS_INITIATE:
        return
    if outcome in _RINGING:
        if not silent:
            parties.ring(core, party)
        if outcome != "no-answer":
            person.timers.append(core.later(person.ring, _pick_up, person))
    elif not silent or party.call.predictive is not None:
        parties.act(core, party, outcome)


def _pick_up(core: Core, person: Person) -> None:
    party = person.party
    silent = party.trunk is not None and not party.trunk.isdn
    if person.answered or not (silent or party.state is State.CS_ALERTING):
        return
    parties.act(core, party, person.outcome)
    if silent and party.present:
        # Nothing reports this: the trunk told the switch of no answer.
        person.pick_up()


def _press(core: Core, person: Person, digits: str) -> None:
    if person.party.state is State.CS_CONNECT:
        parties.press(core, person.party, digits)


def _hang_up(core: Core, person: Person) -> None:
    if person.party.present:
        parties.hang_up(core, person.party)
