"""Since when each agent is in its state, as far as this server has seen: the switch does not tell.

A change is seen when it is asked for here, when a monitor tells that the agent answers or leaves a call, and at the
latest when somebody asks for the state. Where nothing is known of before, a state began when it was first seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivrsvr.calls.model import device_of
from ivrsvr.clock import Clock
from ivrsvr.csta.events import (
    ConnectionCleared,
    Established,
    Held,
    LoggedOff,
    LoggedOn,
    Retrieved,
    Transferred,
)

TALKING = "talking"
UNSEEN = ""
"""A state that has begun, and that nobody has looked at yet."""

BEGINS: Mapping[type, str] = {Established: "establishedConnection", Retrieved: "retrievedConnection"}
ENDS: Mapping[type, str] = {
    ConnectionCleared: "droppedConnection",
    Held: "heldConnection",
    Transferred: "transferringDevice",
}
"""Events with which a device begins to talk, or ends, and the key that tells which."""


@dataclass(slots=True)
class Spell:
    """The state of an agent, and when it began, by the clock's `now`. reason: of aux work, 0 otherwise."""

    state: str
    reason: int
    began: float


class AgentStates:
    """The states of the agents who are known to be logged in, by station."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spells: dict[str, Spell] = {}

    def fold(self, pdu: Any) -> None:
        """What a report says of when agents log in and out, and talk. One that is not about that changes nothing."""
        kind = type(pdu)
        if kind in BEGINS:
            self._talk(_station(getattr(pdu, BEGINS[kind])), begins=True)
        elif kind in ENDS:
            self._talk(_station(getattr(pdu, ENDS[kind])), begins=False)
        elif isinstance(pdu, LoggedOn):
            self.came(pdu.agentDevice.deviceID)
        elif isinstance(pdu, LoggedOff):
            self.gone(pdu.agentDevice.deviceID)

    def came(self, station: str) -> None:
        """An agent is logged in at a station, from now on unless that is known already."""
        self._spells.setdefault(station, Spell(UNSEEN, 0, self._clock.now()))

    def gone(self, station: str) -> None:
        """Nobody is logged in at a station any more."""
        self._spells.pop(station, None)

    def asked(self, station: str, mode: str, reason: int) -> None:
        """The switch has taken a change of the work mode; during a call it comes later."""
        spell = self._spells.get(station)
        if spell is not None and spell.state == UNSEEN:
            self.gone(station)  # whatever it was, it is over
        if spell is None or spell.state != TALKING:
            self._enter(station, mode, reason)

    def found(self, station: str, mode: str, reason: int, *, talks: bool) -> int | None:
        """The switch says what the state is. Since when it is, in whole seconds as events have them; None = no agent.

        mode: as in JSON, "null" = nobody is logged in.
        """
        if mode == "null":
            self.gone(station)
            return None
        spell = self._enter(station, TALKING if talks else mode, reason)
        return int(self._clock.wall() - (self._clock.now() - spell.began))

    def _talk(self, station: str, *, begins: bool) -> None:
        spell = self._spells.get(station)
        if spell is not None and begins != (spell.state == TALKING):
            self._spells[station] = Spell(TALKING if begins else UNSEEN, 0, self._clock.now())

    def _enter(self, station: str, state: str, reason: int) -> Spell:
        """The agent is in a state: in the one that it was in, or from now on."""
        reason = reason if state == "aux" else 0
        spell = self._spells.get(station)
        if spell is not None and spell.state == UNSEEN:
            spell.state, spell.reason = state, reason
        elif spell is None or (spell.state, spell.reason) != (state, reason):
            spell = self._spells[station] = Spell(state, reason, self._clock.now())
        return spell


def _station(named: Any) -> str:
    return device_of(named.deviceID)
