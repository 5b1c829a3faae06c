"""One training session: a scenario, a trainee, a trainer, and everything that happens between them."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from ivrsvr.backends.simulator import incidents
from ivrsvr.backends.simulator.aes.faults import FaultError
from ivrsvr.backends.simulator.errors import PeopleError
from ivrsvr.backends.simulator.outside.behaviour import INERT
from ivrsvr.backends.simulator.scenario.checks import fault_of
from ivrsvr.backends.simulator.scenario.file import Scenario
from ivrsvr.backends.simulator.scenario.play import Play
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.model import Party
from ivrsvr.backends.simulator.training.archive import UNDER_WAY, Archive
from ivrsvr.backends.simulator.training.caller import ScriptedCaller
from ivrsvr.backends.simulator.training.checks import impossible
from ivrsvr.backends.simulator.training.facts import Contact, Facts
from ivrsvr.backends.simulator.training.marks import Score, score
from ivrsvr.backends.simulator.training.report import report_of
from ivrsvr.backends.simulator.training.schema import Training, TrainingCaller
from ivrsvr.backends.simulator.training.trainee import Seat
from ivrsvr.clock import Timer, chance

if TYPE_CHECKING:
    from ivrsvr.backends.simulator.simulator import Simulator

Stage = Literal["assigned", "running", "paused", "over", "ended", "stopped"]
"""over: by itself; ended: by the trainer; stopped: by something else, which `reason` names."""

BEAT_S = 1.0
"""How often it is looked whether the session is over."""
KEPT_EVERY = 10
"""Beats between two versions of the report."""
SETTLING_S = 5.0
"""After the last caller, so that the trainee's state can follow."""
LOG_MOST = 5000


class TrainingError(Exception):
    """That cannot be done in this session now; the text says why."""


@dataclass(frozen=True, slots=True)
class People:
    """Who takes part. agent: the trainee's login id; "" = the scenario needs none."""

    trainee: str
    extension: str
    agent: str = ""
    trainer: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the session's log. at: seconds after the beginning; heard: the trainee could hear it."""

    number: int
    at: float
    who: str
    kind: str
    text: str
    mood: str = ""
    language: str = ""
    heard: bool = False


@dataclass(slots=True)
class Coming:
    """A caller of the scenario. calls: how often it has called; actor: of the latest call."""

    data: TrainingCaller
    calls: int = 0
    actor: ScriptedCaller | None = None

    @property
    def here(self) -> bool:
        return self.actor is not None and self.actor.present


@dataclass(eq=False)
class Session:
    """A session on a simulator that has the scenario's world. seed: None = the scenario's."""

    simulator: "Simulator"
    scenario: Scenario
    people: People
    archive: Archive
    seed: int | None = None
    number: int = 0
    stage: Stage = "assigned"
    reason: str = ""
    ready: bool = False
    facts: Facts = field(default_factory=Facts)
    log: list[Said] = field(default_factory=list)
    callers: dict[str, Coming] = field(default_factory=dict)
    begun: float = 0.0
    ended: float | None = None

    def __post_init__(self) -> None:
        assert self.scenario.data.training is not None
        self.training: Training = self.scenario.data.training
        self.callers = {one.name: Coming(one) for one in self.training.callers}
        self.seed = self.scenario.data.seed if self.seed is None else self.seed
        self.assigned = self.begun = self.simulator.clock.now()
        self._timers: list[Timer] = []
        self._contacts: dict[Party, Contact] = {}
        self._numbers = 0
        self._quiet_since: float | None = None
        self._running: tuple[Any, float] | None = None
        self._seat: Seat | None = None
        self.play: Play | None = None
        self._forget: Callable[[], None] = lambda: None

    # ---- life

    @property
    def _core(self) -> Core:
        return self.simulator.switch.core

    @property
    def under_way(self) -> bool:
        """Whether it has not ended."""
        return self.stage in UNDER_WAY

    @property
    def now(self) -> float:
        """The session's present: the clock's, until it ended."""
        return self.simulator.clock.now() if self.ended is None else self.ended

    def check(self) -> None:
        """Raises TrainingError where it can never be."""
        why = impossible(self.scenario.data, self.scenario.world, self.people.extension, self.people.agent)
        if why:
            raise TrainingError(why)

    def assign(self) -> None:
        """It waits for the trainee from now on, in the scenario's world."""
        if not self._fits():
            self.simulator.reset(self.scenario.world)
        self._forget = self.simulator.on_reset(partial(self._end, "stopped", "the simulator began again"))
        self.number = self.archive.add(self.report)
        self._tell(self.people.trainer or "trainer", "stage", f"assigns {self.training.title} to {self.people.trainee}")

    def _fits(self) -> bool:
        """Whether the simulator can go on as it is: the right world, no call, and nobody but the trainee logged in."""
        core = self._core
        seats = {one.login: one.station.extension for one in core.agents.values() if one.station is not None}
        mine = {self.people.agent: self.people.extension}
        return (
            self.simulator.world == self.scenario.world
            and not core.calls
            and not seats.keys() - mine.keys()
            and (all(mine[login] == extension for login, extension in seats.items()))
        )

    def missing(self) -> str:
        """Why the trainee is not there; "" = is there."""
        station = self._core.stations[self.people.extension]
        if not station.in_service:
            return f"telephone {station.extension} is out of service"
        if self.people.agent:
            agent = self._core.agents[self.people.agent]
            if agent.station is station:
                return ""
            where = f"at {agent.station.extension}" if agent.station is not None else "nowhere"
            return f"agent {agent.login} is logged in {where}; {self.people.trainee} must log in at {station.extension}"
        if not self.ready:
            at = station.extension
            return f"nobody at {at} has said to be ready; {self.people.trainee} signs in there on the page /phone"
        return ""

    def start(self) -> None:
        """Callers come from now on. Raises TrainingError where the trainee is not there."""
        if self.stage != "assigned":
            raise TrainingError(f"the session is {self.stage} already")
        why = self.missing()
        if why:
            raise TrainingError(f"the trainee is not there: {why}")
        if self.simulator.play is not None and self.simulator.play.ended is None:
            raise TrainingError("a scenario is being played; stop it first")
        self.stage = "running"
        self.begun = self.simulator.clock.now()
        self._tell(self.people.trainer or "trainer", "stage", "starts the session")
        self.play = Play(self.simulator, self.scenario, self.simulator.applications, self.seed, trainee=True)
        self.simulator.play = self.play
        self.play.start()
        self._seat = Seat(
            core=self._core,
            extension=self.people.extension,
            agent=self.people.agent,
            name=self.people.trainee,
            facts=self.facts,
            contact=self._contact_of,
            told=self._tell,
        )
        self._seat.begin()
        for caller in self.callers.values():
            if caller.data.at is not None:
                self._at(caller.data.at, partial(self._come, caller))
        for place, fault in enumerate(self.scenario.data.faults, 1):
            at, given = fault_of(fault, self.scenario.data, f"faults.{place}")
            self._at(at, partial(self._tell, "switch", "fault", _fault_words(given)))
        self._beat(0)

    def _at(self, seconds: float, do: Callable[[], object]) -> None:
        self._timers.append(self.simulator.clock.call_at(self.begun + seconds, do))

    def _beat(self, count: int) -> None:
        if not self.under_way:
            return
        if count % KEPT_EVERY == 0:
            self.archive.keep(self.number, self.report)
        if self.play is not None and self.play.stage == "stopped":
            self._end("stopped", f"the scenario: {self.play.reason}")
        elif self._quiet():
            self._end("over", "")
        else:
            self._timers.append(self.simulator.clock.call_later(BEAT_S, partial(self._beat, count + 1)))

    def _quiet(self) -> bool:
        """Whether nothing more will come, and the trainee has finished with what came."""
        assert self.play is not None
        assert self._seat is not None
        now, data = self.simulator.clock.now(), self.scenario.data
        open_end = bool(data.arrivals) or any(one.data.at is None for one in self.callers.values())
        all_gone = not open_end and all(one.calls and not one.here for one in self.callers.values())
        if self.play.ended is None and (not all_gone or self._seat.contacts):
            self._quiet_since = None
            return False
        self._quiet_since = now if self._quiet_since is None else self._quiet_since
        patience = float(self.training.goals.wrapUpWithin) + SETTLING_S if self._seat.wrapping_up else SETTLING_S
        return now - self._quiet_since >= patience

    def end(self) -> None:
        """The trainer ends it. Raises TrainingError when it has ended already."""
        self._need_under_way()
        self._tell(self.people.trainer or "trainer", "stage", "ends the session")
        self._end("ended", "")

    def _end(self, stage: Stage, reason: str) -> None:
        if not self.under_way:
            return
        if self.stage == "paused":
            self._let_time_pass()
        if self._seat is not None:
            self._seat.end()
        self.ended = self.simulator.clock.now()
        self.stage, self.reason = stage, reason
        self._forget()
        for timer in self._timers:
            timer.cancel()
        for caller in self.callers.values():
            if caller.actor is not None:
                caller.actor.stop()
        if self.play is not None:
            self.play.stop("the training is over")
        self._tell("", "stage", f"the session is {stage}" + (f": {reason}" if reason else ""))
        self.archive.keep(self.number, self.report)

    # ---- callers

    def _contact_of(self, party: Party) -> Contact:
        """The record of an outside party; somebody of the crowd gets one when the trainee's telephone first rings."""
        if party not in self._contacts:
            contact = Contact("", party.digits, self.simulator.clock.now())
            self._contacts[party] = contact
            self.facts.contacts.append(contact)
            party.actor = _Passerby(party, party.actor, contact, self.simulator.clock.now)
        return self._contacts[party]

    def _come(self, caller: Coming) -> None:
        """A caller of the scenario calls."""
        data, simulator = caller.data, self.simulator
        caller.calls += 1
        source = chance(self.seed or 0, f"caller {data.name} {caller.calls}")
        number = "".join(str(int(source.random() * 10)) if mark == "x" else mark for mark in data.number)
        core = self._core
        with core.act():
            try:
                made = simulator.people.call_in(
                    number or None, data.to or self.people.extension, data.trunkGroup, uui=data.uui, behaviour=INERT
                )
            except PeopleError as error:
                self._tell(data.name, "left", f"cannot call: {error}")
                return
            contact = Contact(
                data.name,
                number,
                simulator.clock.now(),
                targets=tuple(data.transferTo),
                items=tuple(one.item for one in data.checklist),
            )
            self.facts.contacts.append(contact)
            self._tell(data.name, "comes", f"calls {data.to or self.people.extension}")
            party = core.outside.get(made.party)
            if party is None:
                contact.left, contact.ended_by = simulator.clock.now(), "elsewhere"
                return
            self._contacts[party] = contact
            actor = ScriptedCaller(
                core=core,
                party=party,
                data=data,
                contact=contact,
                extension=self.people.extension,
                in_time=float(self.training.goals.answerWithin),
                chance=source,
                told=partial(self._heard_of, caller),
                over=_nothing,
            )
            party.actor = caller.actor = actor
            actor.begin()

    def _heard_of(self, caller: Coming, kind: str, mood: str, text: str) -> None:
        actor = caller.actor
        heard = kind == "says" and actor is not None and actor.with_trainee
        language = (caller.data.language or self.training.language) if kind == "says" else ""
        self._tell(caller.data.name, kind, text, mood=mood, language=language, heard=heard)

    # ---- what the trainer does

    def _need_under_way(self) -> None:
        if not self.under_way:
            raise TrainingError(f"session {self.number} is {self.stage}" + (f": {self.reason}" if self.reason else ""))

    def _need_begun(self) -> None:
        self._need_under_way()
        if self.stage == "assigned":
            raise TrainingError("the session has not begun; start it first")

    def send(self, name: str) -> None:
        """A caller of the scenario calls now. Raises TrainingError."""
        self._need_begun()
        caller = self.callers.get(name)
        if caller is None:
            raise TrainingError(f"there is no caller {name!r}; there are {', '.join(self.callers)}")
        if caller.here:
            raise TrainingError(f"{name} is on a call already")
        self._tell(self.people.trainer or "trainer", "sends", f"lets {name} call")
        self._come(caller)

    def fault(self, fault: Mapping[str, Any]) -> None:
        """Something breaks. Raises TrainingError."""
        self._need_begun()
        try:
            incidents.set_fault(self.simulator, dict(fault))
        except FaultError as error:
            raise TrainingError(str(error)) from error
        self._tell(self.people.trainer or "trainer", "fault", _fault_words(fault))

    def comment(self, text: str) -> None:
        """The trainer says something to the trainee. Raises TrainingError."""
        self._need_under_way()
        self._tell(self.people.trainer or "trainer", "comment", text, heard=True)

    def pause(self) -> None:
        """Time stands still. Raises TrainingError."""
        self._need_begun()
        if self.stage == "paused":
            raise TrainingError("the session is paused already")
        clock = self.simulator.clock
        self._running = (clock.mode, clock.rate)
        if clock.mode == "real":
            clock.set_mode("virtual", clock.rate)
        self.stage = "paused"
        self._tell(self.people.trainer or "trainer", "pause", "pauses the session: time stands still")

    def resume(self) -> None:
        """Time goes on. Raises TrainingError."""
        self._need_begun()
        if self.stage != "paused":
            raise TrainingError("the session is not paused")
        self._let_time_pass()
        self.stage = "running"
        self._tell(self.people.trainer or "trainer", "pause", "lets time go on")

    def _let_time_pass(self) -> None:
        assert self._running is not None
        mode, rate = self._running
        if mode == "real":
            self.simulator.clock.set_mode(mode, rate)

    # ---- what the trainee does

    def say_ready(self) -> None:
        """The trainee is there. Raises TrainingError."""
        self._need_under_way()
        if not self.ready:
            self.ready = True
            self._tell(self.people.trainee, "stage", "is ready")

    def tick(self, name: str, item: str, *, done: bool) -> None:
        """The trainee ticks an entry of a caller's checklist, or takes that back. Raises TrainingError."""
        self._need_begun()
        caller = self.callers.get(name)
        actor = caller.actor if caller is not None else None
        if actor is None or actor.contact.answered is None:
            raise TrainingError(f"{name!r} has not been talked to")
        contact = actor.contact
        if item not in contact.items:
            raise TrainingError(f"{name} has no {item!r} on the checklist; there are {', '.join(contact.items)}")
        if done == (item in contact.ticked):
            return
        if not done:
            del contact.ticked[item]
            self._tell(self.people.trainee, "tick", f"unticks {item} ({name})")
            return
        contact.ticked[item] = self.simulator.clock.now()
        self._tell(self.people.trainee, "tick", f"ticks {item} ({name})")
        if actor.present:
            actor.asked(item)

    # ---- what is known

    def _tell(self, who: str, kind: str, text: str, *, mood: str = "", language: str = "", heard: bool = False) -> None:
        if len(self.log) > LOG_MOST:
            return
        if len(self.log) == LOG_MOST:
            who, kind, text, heard = "", "stage", "the log is full; what follows counts, and is not written down", False
        self._numbers += 1
        at = max(0.0, round(self.now - self.begun, 3)) if self.stage != "assigned" else 0.0
        self.log.append(Said(self._numbers, at, who, kind, text, mood, language, heard))

    @property
    def score(self) -> Score:
        """What the facts are worth so far."""
        return score(self.facts, self.training.goals, self.now)

    @property
    def state(self) -> str:
        """The trainee's state: a key of `trainee.STATES`; "" = nobody looks yet."""
        return self._seat.state if self._seat is not None else ""

    @property
    def with_trainee(self) -> list[Coming]:
        """The scenario's callers whose calls are at the trainee's telephone, the active one first."""
        contacts = self._seat.contacts if self._seat is not None else []
        found = [one for one in self.callers.values() if one.actor is not None and one.actor.contact in contacts]
        return sorted(found, key=lambda one: contacts.index(one.actor.contact) if one.actor is not None else 0)

    @property
    def report(self) -> dict[str, Any]:
        """Everything that is known, for the archive."""
        return report_of(self)


@dataclass(slots=True, eq=False)
class _Passerby:
    """Stands beside somebody of the crowd who has come to the trainee, and notes how the call ends."""

    party: Party
    person: Any
    contact: Contact
    now: Callable[[], float]

    def changed(self) -> None:
        if self.person is not None:
            self.person.changed()

    def left(self) -> None:
        if self.person is not None:
            self.person.left()
        contact = self.contact
        contact.left = self.now()
        contact.ended_by = "caller" if self.party.gave_up else "elsewhere"
        contact.gave_up = self.party.gave_up and (contact.answered is None or contact.held is not None)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """A snapshot of the switch keeps the person, not who watches it."""
        return deepcopy(self.person, memo)


def _fault_words(fault: Mapping[str, Any]) -> str:
    details = ", ".join(f"{name} {value}" for name, value in fault.items() if name != "fault")
    return f"fault {fault.get('fault')}" + (f" ({details})" if details else "")


def _nothing() -> None:
    """The beat sees it."""
