"""What becomes of each caller from outside: a witness beside every one keeps a record of it."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import Actor, Kind, Party

ANSWERED, ABANDONED, TURNED_AWAY = "answered", "abandoned", "turnedAway"
BLOCKED, SELF_SERVED, UNFINISHED = "blocked", "selfServed", "unfinished"
OUTCOMES = (ANSWERED, ABANDONED, TURNED_AWAY, BLOCKED, SELF_SERVED, UNFINISHED)
"""Talked with somebody; hung up before; was given busy tone or let go by a vector; found no trunk; was served by an IVR
alone; is still there."""


@dataclass(slots=True)
class Record:
    """One caller; times in seconds since 1970-01-01 UTC.

    to:       the number that was called. skill: that the call first waited for, or by which it was answered.
    agent, station: who answered first.
    ivr:      seconds with an IVR before that; they are no waiting.
    answered, ended: None = not yet.
    """

    number: str
    to: str
    arrived: float
    skill: str = ""
    agent: str = ""
    station: str = ""
    ivr: float = 0.0
    answered: float | None = None
    ended: float | None = None
    outcome: str = UNFINISHED

    def waited(self, now: float) -> float:
        """Seconds with nobody to talk to before the answer, or so far."""
        end = self.answered if self.answered is not None else self.ended if self.ended is not None else now
        return max(0.0, end - self.arrived - self.ivr)

    def talked(self, now: float) -> float:
        """Seconds from the answer to the end."""
        if self.answered is None:
            return 0.0
        return (now if self.ended is None else self.ended) - self.answered


@dataclass(slots=True, eq=False)
class Witness:
    """Stands beside an outside party. person: who acts for the party; ports: stations at which IVRs answer."""

    core: Core
    party: Party
    person: Actor | None
    record: Record
    ports: frozenset[str]
    at_ivr: float | None = None
    left_ivr: float | None = None

    def changed(self) -> None:
        """Something happened on the party's call."""
        if self.person is not None:
            self.person.changed()
        self.look()

    def look(self) -> None:
        """See whom the party has to do with now."""
        record, now = self.record, self.core.clock.now()
        ivr = False
        for other in self.party.call.others(self.party):
            if other.kind is Kind.GROUP:
                record.skill = record.skill or other.device
            elif other.kind is Kind.STATION and other.state in (State.CS_CONNECT, State.CS_HOLD):
                if other.device in self.ports:
                    ivr = True
                elif record.answered is None and not (other.acd is not None and other.acd.converse):
                    record.answered, record.station = now, other.device
                    if other.acd is not None:
                        record.agent, record.skill = other.acd.agent.login, other.acd.skill
        if ivr and self.at_ivr is None:
            self.at_ivr = now
        elif self.at_ivr is not None and not ivr:
            if record.answered is None or record.answered == now:
                record.ivr += now - self.at_ivr
            self.at_ivr, self.left_ivr = None, now

    def left(self) -> None:
        """The party has left its call."""
        if self.person is not None:
            self.person.left()
        record, now = self.record, self.core.clock.now()
        if self.at_ivr is not None and record.answered is None:
            record.ivr += now - self.at_ivr
        record.ended = now
        if record.answered is not None:
            record.outcome = ANSWERED
        elif self.at_ivr is not None or self.left_ivr == now:
            record.outcome = SELF_SERVED
        else:
            record.outcome = ABANDONED if self.party.gave_up else TURNED_AWAY

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """A snapshot of the switch keeps the person, not who watches it."""
        return deepcopy(self.person, memo)
