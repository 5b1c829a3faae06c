"""A caller with a script: speaks, presses keys, loses patience and hangs up, by what the trainee does.

The switch tells it that its call changed; it acts from timers only. What chance decides comes from a source of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ivrsvr.backends.simulator.outside import parties
from ivrsvr.backends.simulator.outside.distributions import Distribution, Randomness
from ivrsvr.backends.simulator.outside.persons import Phase
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import PEOPLE, Kind, Party
from ivrsvr.backends.simulator.training.facts import Contact, Passed
from ivrsvr.backends.simulator.training.schema import MOODS, Mood, TrainingCaller, When
from ivrsvr.clock import Timer

JUDGED_S = 0.5
"""So long after a transfer it is looked where the call is: a vector needs its moment."""

GOODBYE_S = 20.0
"""How long a caller talks with a colleague, where the script says nothing of it."""

WAITING: frozenset[When] = frozenset({"waiting"})
HELD: frozenset[When] = frozenset({"held"})
ANYWHERE: frozenset[When] = frozenset({"transferred", "transferredRight", "transferredWrong", "colleague"})
"""Moments whose lines do not need the trainee to listen."""


@dataclass(slots=True, eq=False)
class ScriptedCaller:
    """Acts for one outside party. told: takes what it says and does, by kind; over: is called when it has left."""

    core: Core
    party: Party
    data: TrainingCaller
    contact: Contact
    extension: str
    in_time: float
    chance: Randomness
    told: Callable[[str, str, str], None]
    over: Callable[[], None]
    mood: Mood = "neutral"
    said: str = ""
    phase: Phase = Phase.WAITING
    with_trainee: bool = False
    present: bool = True
    limit: Timer | None = None
    half: Timer | None = None
    timers: list[Timer] = field(default_factory=list)
    _phased: list[Timer] = field(default_factory=list)
    _later: list[int] = field(default_factory=list)
    """Lines that wait until the trainee listens again."""
    _done: set[int] = field(default_factory=set)
    _patience: float | None = None
    _hold_patience: float | None = None
    _had_trainee: bool = False
    _greeted: bool = False

    def begin(self) -> None:
        """The party has called in."""
        self.mood = self.data.mood
        self._patience = self._drawn(self.data.patience)
        self._hold_patience = self._drawn(self.data.holdPatience)
        self._enter(*self._look())

    def _drawn(self, spread: Distribution | None) -> float | None:
        return None if spread is None else spread.draw(self.chance)

    # ---- what the switch tells

    def changed(self) -> None:
        """Something happened on the party's call."""
        phase, trainee = self._look()
        if (phase, trainee) != (self.phase, self.with_trainee):
            self._enter(phase, trainee)
        at_trainee = self._trainee() is not None
        if self._had_trainee and not at_trainee and self.present and self.party.present:
            self._had_trainee = False
            self._soon(JUDGED_S, self._judge)
        self._had_trainee = self._had_trainee or (at_trainee and self.with_trainee)

    def left(self) -> None:
        """The party has left its call."""
        now = self.core.clock.now()
        self.present = False
        contact = self.contact
        contact.left = now
        if self.party.gave_up:
            contact.ended_by = "caller"
            contact.gave_up = self.phase is not Phase.TALKING
        else:
            contact.ended_by = "trainee" if self.phase is Phase.TALKING and self.with_trainee else "elsewhere"
        self.stop()
        self.told("left", "", {"caller": "hangs up", "trainee": "was hung up on"}.get(contact.ended_by, "is gone"))
        self.over()

    def stop(self) -> None:
        """Act no more."""
        for timer in (self.limit, self.half, *self.timers, *self._phased):
            if timer is not None:
                timer.cancel()
        self.timers.clear()
        self._phased.clear()

    # ---- whom it hears

    def _trainee(self) -> Party | None:
        for other in self.party.call.others(self.party):
            if other.kind is Kind.STATION and other.device == self.extension and other.talking:
                return other
        return None

    def _look(self) -> tuple[Phase, bool]:
        """How it stands, and whether that is the trainee's doing."""
        phase, trainee = Phase.WAITING, False
        for other in self.party.call.others(self.party):
            if other.kind not in PEOPLE or (other.acd is not None and other.acd.converse):
                continue
            mine = other.kind is Kind.STATION and other.device == self.extension
            if other.state is State.CS_CONNECT:
                if phase is not Phase.TALKING:
                    phase, trainee = Phase.TALKING, mine
                trainee = trainee or mine
            elif other.state is State.CS_HOLD and phase is Phase.WAITING:
                phase, trainee = Phase.HELD, mine
        return phase, trainee

    def _enter(self, phase: Phase, trainee: bool) -> None:
        before, self.phase, self.with_trainee = self.phase, phase, trainee
        for timer in (self.limit, self.half, *self._phased):
            if timer is not None:
                timer.cancel()
        self._phased.clear()
        self.limit = self.half = None
        if phase is Phase.TALKING and trainee:
            self._had_trainee = True
            self._talk(before)
        elif phase is Phase.TALKING:
            self._colleague()
        elif phase is Phase.HELD:
            self._lose_patience(self._hold_patience)
            self._moment("held", self._phased)
        else:
            self._lose_patience(self._patience)
            self._moment("waiting", self._phased)

    def _talk(self, before: Phase) -> None:
        contact = self.contact
        if before is Phase.HELD:
            self._moment("back")
        elif not self._greeted:
            self._greeted = True
            now = self.core.clock.now()
            late = now - (contact.rang if contact.rang is not None else contact.came) > self.in_time
            self._moment("answered")
            self._moment("answeredLate" if late else "answeredInTime")
        self._moment("talking", self._phased)
        waiting, self._later = self._later, []
        for number in waiting:
            self._soon(1.0, partial(self._do, number))

    def _colleague(self) -> None:
        """Somebody else has answered: the trainee's part is over, unless the call comes back."""
        if self.contact.colleague is None:
            self.contact.colleague = self.core.clock.now()
            self.told("colleague", "", "talks with somebody else")
        self._moment("colleague")
        if not any(line.when == "colleague" and line.hangup for line in self.data.script):
            self._soon(GOODBYE_S, self._hang_up)

    def _lose_patience(self, seconds: float | None) -> None:
        if seconds is not None:
            self.half = self._timer(seconds / 2, partial(self._feel, "worse"))
            self.limit = self._timer(seconds, self._hang_up)

    def _judge(self) -> None:
        """Where the trainee has sent the caller."""
        if not self.party.present or self._trainee() is not None:
            return
        places = self._places()
        targets = self.contact.targets
        right = bool(set(places) & set(targets)) if targets else None
        to = places[0] if places else "nowhere"
        self.contact.passed.append(Passed(self.core.clock.now(), to, right))
        words = {True: ", which is right", False: f", which is wrong (right: {', '.join(targets)})", None: ""}[right]
        self.told("transfer", "", f"was transferred to {to}{words}")
        self._moment("transferred")
        if right is not None:
            self._moment("transferredRight" if right else "transferredWrong")

    def _places(self) -> list[str]:
        """Every number by which the place is known where the call is."""
        call = self.party.call
        found = [call.called.deviceID, call.dialled, *([call.vector.vdn] if call.vector is not None else [])]
        for other in call.others(self.party):
            found.append(other.device or other.digits)
            if other.acd is not None:
                found += [other.acd.skill, other.acd.agent.login]
            elif other.kind is Kind.STATION and (agent := self.core.stations[other.device].agent) is not None:
                found.append(agent.login)
        return list(dict.fromkeys(one for one in found if one and one != self.extension))

    # ---- the script

    def asked(self, item: str) -> None:
        """The trainee has ticked an entry of the checklist."""
        self._moment("asked", item=item)
        if set(self.contact.ticked) >= set(self.contact.items):
            self._moment("askedAll")

    def _moment(self, when: When, timers: list[Timer] | None = None, item: str = "") -> None:
        """Something happened that lines may wait for."""
        for number, line in enumerate(self.data.script):
            if line.when == when and line.item == item and (line.again or number not in self._done):
                self._done.add(number)
                timer = self._timer(line.after.draw(self.chance), partial(self._do, number))
                (self.timers if timers is None else timers).append(timer)

    def _do(self, number: int) -> None:
        line = self.data.script[number]
        if line.when not in ANYWHERE | WAITING | HELD and not (self.phase is Phase.TALKING and self.with_trainee):
            self._later.append(number)
            return
        if line.mood:
            self._feel(line.mood)
        if line.say:
            self.said = line.say
            self.told("says", self.mood, line.say)
        if line.press is not None and self.party.state is State.CS_CONNECT:
            with self.core.act():
                parties.press(self.core, self.party, str(line.press))
            self.told("presses", "", f"presses {line.press}")
        if line.hangup:
            self._soon(1.0, self._hang_up)

    def _feel(self, change: str) -> None:
        place = MOODS.index(self.mood)
        steps = {"better": place - 1, "worse": place + 1}
        mood = MOODS[min(max(steps[change], 0), len(MOODS) - 1)] if change in steps else change
        if mood != self.mood:
            self.mood = next(one for one in MOODS if one == mood)
            self.told("mood", self.mood, f"is {mood} now")

    def _hang_up(self) -> None:
        if self.party.present:
            with self.core.act():
                parties.hang_up(self.core, self.party)

    def _timer(self, seconds: float, do: Callable[[], object]) -> Timer:
        return self.core.clock.call_later(seconds, do)

    def _soon(self, seconds: float, do: Callable[[], object]) -> None:
        self.timers.append(self._timer(seconds, do))

    def __deepcopy__(self, memo: dict[int, Any]) -> None:
        """A snapshot of the switch keeps the party, not who plays it."""
