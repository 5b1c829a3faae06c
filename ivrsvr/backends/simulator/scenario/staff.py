"""People at telephones: they log in, answer, hold, consult, transfer, wrap up, take breaks and leave.

A worker learns from the switch that something changed at the station, and acts by hands, from timers. All that chance
decides comes from a source of the worker's own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ivrsvr.backends.simulator.errors import PeopleError
from ivrsvr.backends.simulator.outside.distributions import Randomness
from ivrsvr.backends.simulator.people import MODES, People
from ivrsvr.backends.simulator.scenario.schema import Habits, Staff
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import Kind, Party
from ivrsvr.clock import Timer
from ivrsvr.csta.enums import ATTWorkMode as Mode

AFTERWARDS_S = 1.0
"""Until somebody hangs up who is left on a call without its caller."""


@dataclass(slots=True)
class Account:
    """How an agent's time was spent, in seconds, and calls that were answered."""

    agent: str
    skills: tuple[str, ...] = ()
    busy: float = 0.0
    acw: float = 0.0
    available: float = 0.0
    aux: float = 0.0
    calls: int = 0
    missed: int = 0


@dataclass(slots=True, eq=False)
class Worker:
    """One person at a station. agent: the login id, "" = somebody who only answers the telephone."""

    core: Core
    people: People
    extension: str
    agent: str
    group: Staff
    habits: Habits
    chance: Randomness
    account: Account
    on_duty: bool = False
    on_break: bool = False
    leaving: bool = False
    talking: Party | None = None
    ringing: Party | None = None
    acting: bool = False
    """Holds or consults: calls that come and go meanwhile are the worker's own doing."""
    answer_timer: Timer | None = None
    back_timer: Timer | None = None
    talk_timers: list[Timer] = field(default_factory=list)
    all_timers: list[Timer] = field(default_factory=list)
    _was_outside: bool = False
    """Whether the present conversation began with somebody from outside."""
    _state: str = ""
    _since: float = 0.0

    # ---- the day

    def begin(self, after: float) -> None:
        """Take the seat: log in after so many seconds, and let breaks and the end come. Raises nothing."""
        station = self.core.stations[self.extension]
        station.occupant = self
        if not self.agent:
            self.on_duty = True
            return
        self._later(self.group.login + after, self._log_in)
        for one in self.group.breaks:
            self._later(one.at + after, partial(self._pause, one.reason))
            self._later(one.at + one.lasting + after, self._come_back)
        if self.group.logout is not None:
            self._later(self.group.logout + after, self._leave)

    def stop(self) -> None:
        """Act no more."""
        self._count()
        for timer in (*self.all_timers, *self.talk_timers, self.answer_timer, self.back_timer):
            if timer is not None:
                timer.cancel()
        station = self.core.stations[self.extension]
        if station.occupant is self:
            station.occupant = None

    def _later(self, seconds: float, do: Callable[[], object]) -> Timer:
        timer = self.core.clock.call_later(seconds, do)
        self.all_timers.append(timer)
        return timer

    def _log_in(self) -> None:
        self.on_duty = self._try(
            lambda: self.people.agent(self.agent, at=self.extension, login=True, mode=self.group.mode)
        )

    def _leave(self) -> None:
        self.leaving = True
        if self._idle:
            self._log_out()

    def _log_out(self) -> None:
        if self.on_duty and self._try(lambda: self.people.agent(self.agent, login=False)):
            self.on_duty = False

    def _pause(self, reason: int) -> None:
        if self.on_duty and not self.leaving:
            self.on_break = True
            self._try(lambda: self.people.agent(self.agent, mode="AUX", reason=reason))

    def _come_back(self) -> None:
        self.on_break = False
        if self.on_duty and not self.leaving:
            self._ready()

    def _ready(self) -> None:
        self.back_timer = None
        if self.on_duty and not self.on_break:
            self._try(lambda: self.people.agent(self.agent, mode=self.group.mode))

    # ---- what the switch tells

    def heard(self, tones: str) -> None:
        """Keys mean nothing to people."""

    def changed(self) -> None:
        """Something happened here. What follows from it comes from timers."""
        self._count()
        station = self.core.stations[self.extension]
        ringing = next(iter(station.in_state(State.CS_ALERTING)), None)
        if ringing is not self.ringing:
            self._stop(self.answer_timer)
            self.ringing, self.answer_timer = ringing, None
        active = station.active
        if ringing is not None and self.answer_timer is None and active is None and self.on_duty:
            self.answer_timer = self.core.clock.call_later(self.habits.answerSeconds.draw(self.chance), self._answer)
        if not station.parties:
            self._over()
        elif self.acting:
            return
        elif active is not None and active.state is State.CS_CONNECT and active is not self.talking:
            self._converse(active)
        elif self.talking is not None and not self._has_caller():
            self._soon(AFTERWARDS_S, self._hang_up)

    @staticmethod
    def _stop(timer: Timer | None) -> None:
        if timer is not None:
            timer.cancel()

    @property
    def _idle(self) -> bool:
        return not self.core.stations[self.extension].parties

    def _has_caller(self) -> bool:
        """Whether anybody else is on the call, somebody from outside if it ever had one."""
        party = self.talking
        if party is None or not party.present:
            return False
        return any(other.kind in (Kind.TRUNK, Kind.GROUP) or other.present for other in party.call.others(party)) and (
            not self._was_outside or any(other.kind is Kind.TRUNK for other in party.call.others(party))
        )

    def _over(self) -> None:
        """The station has no call left."""
        for timer in self.talk_timers:
            timer.cancel()
        self.talk_timers.clear()
        self.talking, self.acting, self._was_outside = None, False, False
        agent = self.core.agents.get(self.agent)
        if agent is None or agent.station is None or not self.on_duty:
            return
        if self.leaving:
            if self.back_timer is None:
                self.back_timer = self._later(0, self._log_out)
        elif agent.work.mode is Mode.WM_AFTCAL_WK and agent.work.acw is None and self.back_timer is None:
            seconds = self.habits.wrapUpSeconds.draw(self.chance) if self.habits.wrapUpSeconds is not None else 0.0
            self.back_timer = self._later(seconds, self._ready)
        elif agent.work.mode is Mode.WM_AUX_WORK and not self.on_break and self.back_timer is None:
            self.account.missed += 1
            self.back_timer = self._later(self.habits.returnSeconds.draw(self.chance), self._ready)

    # ---- calls

    def _answer(self) -> None:
        self.answer_timer = None
        self._try(lambda: self.people.answer(self.extension))

    def _converse(self, party: Party) -> None:
        """A conversation begins: what this side will do in it is drawn now."""
        habits, chance = self.habits, self.chance
        self.talking = party
        self._was_outside = any(other.kind is Kind.TRUNK for other in party.call.others(party))
        self.account.calls += 1
        deed = habits.does.choice.draw(chance)
        after = habits.doesAfter.draw(chance)
        if party.acd is not None and habits.wrapUpSeconds is not None and self.group.mode == "AUTO_IN":
            self._soon(0, lambda: self._try(lambda: self.people.agent(self.agent, mode="ACW")))
        if habits.talkSeconds is not None:
            self._soon(habits.talkSeconds.draw(chance), self._end_talk)
        if deed == "hold":
            self._soon(after, self._hold)
        elif deed != "nothing" and habits.colleagues:
            colleague = habits.colleagues[int(chance.random() * len(habits.colleagues))]
            self._soon(after, lambda: self._consult(colleague, deed))

    def _soon(self, seconds: float, do: Callable[[], object]) -> None:
        self.talk_timers.append(self.core.clock.call_later(seconds, do))

    def _end_talk(self) -> None:
        if self.acting:
            self._soon(AFTERWARDS_S, self._end_talk)
        else:
            self._hang_up()

    def _hang_up(self) -> None:
        self._try(lambda: self.people.hangup(self.extension))

    def _hold(self) -> None:
        self.acting = self._try(lambda: self.people.hold(self.extension))
        if self.acting:
            self._soon(self.habits.holdSeconds.draw(self.chance), self._take_back)

    def _take_back(self) -> None:
        self._try(lambda: self.people.retrieve(self.extension))
        self.acting = False

    def _consult(self, colleague: str, deed: str) -> None:
        if colleague == self.extension or not self._try(lambda: self.people.hold(self.extension)):
            return
        self.acting = True
        if self._try(lambda: self.people.dial(self.extension, colleague)):
            self._soon(self.habits.consultSeconds.draw(self.chance), lambda: self._finish(deed))
        else:
            self._return()

    def _finish(self, deed: str) -> None:
        """The colleague has been waited for: join the calls, or go back to the caller."""
        joined = False
        if deed == "transfer":
            joined = self._try(lambda: self.people.transfer(self.extension))
        elif deed == "conference":
            joined = self._try(lambda: self.people.conference(self.extension))
        if not joined:
            self._return()
        self.acting = False
        self.talking = self.core.stations[self.extension].active
        self.changed()

    def _return(self) -> None:
        station = self.core.stations[self.extension]
        if station.active is not None:
            self._hang_up()
        if station.in_state(State.CS_HOLD):
            self._try(lambda: self.people.retrieve(self.extension))
        self.acting = False

    @staticmethod
    def _try(do: Callable[[], object]) -> bool:
        """A person who finds that something cannot be done just goes on."""
        try:
            do()
        except PeopleError:
            return False
        return True

    # ---- the account

    def _count(self) -> None:
        """Book the time since the last look to the state that has lasted until now."""
        now = self.core.clock.now()
        if self._state:
            setattr(self.account, self._state, getattr(self.account, self._state) + now - self._since)
        self._state, self._since = self._look(), now

    def _look(self) -> str:
        agent = self.core.agents.get(self.agent)
        if agent is None or agent.station is None:
            return ""
        if agent.station.parties:
            return "busy"
        if agent.work.mode is Mode.WM_AFTCAL_WK:
            return "acw"
        return "available" if agent.work.mode in (MODES["AUTO_IN"], MODES["MANUAL_IN"]) else "aux"

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """A snapshot of the switch has nobody who acts for a scenario."""
        return
