"""A scenario at work on a simulator: people come and go by the clock, and everything that is counted is counted."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from ivrsvr.backends.simulator import hands, incidents
from ivrsvr.backends.simulator.aes.faults import FaultError
from ivrsvr.backends.simulator.errors import PeopleError
from ivrsvr.backends.simulator.scenario.api import Api, Connection, Message
from ivrsvr.backends.simulator.scenario.arrivals import Arrival, all_arrivals
from ivrsvr.backends.simulator.scenario.callers import BLOCKED, TURNED_AWAY, Record, Witness
from ivrsvr.backends.simulator.scenario.checks import fault_of, hand_of
from ivrsvr.backends.simulator.scenario.claims import Verdict, judge
from ivrsvr.backends.simulator.scenario.figures import Books, summary
from ivrsvr.backends.simulator.scenario.file import Scenario
from ivrsvr.backends.simulator.scenario.ivr import Port
from ivrsvr.backends.simulator.scenario.schema import Habits
from ivrsvr.backends.simulator.scenario.staff import Account, Worker
from ivrsvr.backends.simulator.scenario.values import ALL
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.clock import Timer, chance

if TYPE_CHECKING:
    from ivrsvr.backends.simulator.simulator import Simulator

Stage = Literal["playing", "closing", "over", "stopped"]

LOOK_S = 1.0
"""How often the closing scenario looks whether the last call has ended."""

HEARING_S = 60.0
"""How long a server with a link is waited for that still believes in calls when the switch has none."""


class ScenarioError(Exception):
    """A scenario cannot be played here; the text says why."""


class Play:
    """One performance of a scenario. The simulator must have the scenario's world.

    api:   where applications connect; None = there is no server here.
    seed:  None = the scenario's.
    heard: gets every event of the devices that the scenario monitors, as it was sent.
    trainee: whether there is one, for a scenario with a training.
    """

    def __init__(
        self,
        simulator: "Simulator",
        scenario: Scenario,
        api: Api | None = None,
        seed: int | None = None,
        heard: Callable[[str], None] | None = None,
        *,
        trainee: bool = False,
    ) -> None:
        self.scenario = scenario
        self.seed = scenario.data.seed if seed is None else seed
        self.books = Books()
        self.stage: Stage = "playing"
        self.reason = ""
        self.begun = simulator.clock.now()
        self.ended: float | None = None
        self.known: Callable[[], int] = _none_known
        self._hears: float | None = None
        """How many calls the server believes in; asked at the end, while the applications still watch."""
        self._simulator = simulator
        self._api = api
        self._heard = heard
        self._trainee = trainee
        self._workers: list[Worker] = []
        self._ports: list[Port] = []
        self._connections: list[Connection] = []
        self._timers: list[Timer] = []
        self._coming: list[Arrival] = []
        self._next = 0
        self._forget: Callable[[], None] = lambda: None

    # ---- life

    @property
    def _core(self) -> Core:
        return self._simulator.switch.core

    def check(self) -> None:
        """Raises ScenarioError where the scenario needs what is not here: a server, a trainee, or several AES."""
        data = self.scenario.data
        if data.ivrs and self._api is None:
            raise ScenarioError("its IVRs drive a server, and this is a switch alone; ask a server to play it")
        if data.training is not None and not self._trainee:
            raise ScenarioError("its callers need a trainee; assign it on the page /train, or with `train assign`")
        if data.aes > 1:
            raise ScenarioError("it needs several AES; only `ivrsvr scenario run` starts them")

    def start(self) -> None:
        """Begin. The simulator has the scenario's world by now."""
        data = self.scenario.data
        self.begun = self._simulator.clock.now()
        self._forget = self._simulator.on_reset(partial(self.stop, "the simulator began again"))
        self._hire()
        self._connect()
        for place, fault in enumerate(data.faults, 1):
            at, given = fault_of(fault, data, f"faults.{place}")
            self._at(at, partial(self._fault, given))
        for place, hand in enumerate(data.hands, 1):
            at, request = hand_of(hand, data, self.scenario.world, f"hands.{place}")
            self._at(at, partial(self._hand, request))
        self._coming = all_arrivals(data.arrivals, self.scenario.rows, data.duration, self.seed)
        self._await_next()
        self._at(data.duration, self._close)

    def stop(self, reason: str = "it was stopped") -> None:
        """End it now, wherever it is."""
        if self.stage in ("playing", "closing"):
            self._end("stopped", reason)

    def _at(self, seconds: float, do: Callable[[], object]) -> None:
        self._timers.append(self._simulator.clock.call_at(self.begun + seconds, do))

    def _close(self) -> None:
        """No more callers come; the last ones are waited for."""
        self.stage = "closing"
        self._look()

    def _look(self) -> None:
        now = self._simulator.clock.now()
        data = self.scenario.data
        up = any(record.ended is None for record in self.books.records) or bool(self._core.calls)
        if not up and (not self.known() or self._has_heard(now)):
            self._end("over", "")
        elif now >= self.begun + data.duration + data.closing:
            self._end("over", "calls were still up when the time for closing was over" if up else "")
        else:
            self._timers.append(self._simulator.clock.call_later(LOOK_S, self._look))

    def _has_heard(self, now: float) -> bool:
        """Whether the server has had its time to hear that the last call has ended: with a link, and long enough."""
        aes = self._simulator.aes
        if not (aes.link_up and aes.serving):
            self._hears = None
        elif self._hears is None:
            self._hears = now
        return self._hears is not None and now >= self._hears + HEARING_S

    def _end(self, stage: Stage, reason: str) -> None:
        self.stage, self.reason, self.ended = stage, reason, self._simulator.clock.now()
        # What the server still believes in when the switch has no call was lost on the way.
        self.books.lost = 0 if self._core.calls else self.known()
        self._forget()
        for timer in self._timers:
            timer.cancel()
        for worker in self._workers:
            worker.stop()
        for port in self._ports:
            port.stop()
        for connection in self._connections:
            connection.close()

    # ---- who takes part

    def _hire(self) -> None:
        data = self.scenario.data
        for place, group in enumerate(data.staff):
            for number, station in enumerate(group.stations):
                agent = group.agents[number] if group.agents else ""
                skills = tuple(self._core.world.agents[agent].skills) if agent else ()
                account = Account(agent, skills)
                worker = Worker(
                    core=self._core,
                    people=self._simulator.people,
                    extension=station,
                    agent=agent,
                    group=group,
                    habits=data.habits[group.habits] if group.habits else Habits(),
                    chance=chance(self.seed, f"staff {place} {station}"),
                    account=account,
                )
                self._workers.append(worker)
                self.books.accounts.append(account)
                worker.begin(group.every * number)

    def _connect(self) -> None:
        if self._api is None:
            return
        data, world = self.scenario.data, self.scenario.world
        if data.monitor:
            watching = self._api.connect(self._event)
            self._connections.append(watching)
            devices = [*world.stations, *world.skills, *world.vdns] if ALL in data.monitor else data.monitor
            for device in devices:
                self.ask(watching, {"request": "startmonitor", "extension": device, "events": "all"}, _unheard)
        for ivr in data.ivrs.values():
            for number, extension in enumerate(ivr.ports):
                port = Port(self._core, extension, ivr, self.ask)
                port.connection = self._api.connect(port.event)
                self._ports.append(port)
                login = ivr.logins[number] if ivr.logins else ""
                port.begin(login, world.agents[login].password if login else "")

    def ask(self, connection: Connection, request: Message, answered: Callable[[Message], None]) -> None:
        """A request of an application, counted with its outcome."""

        def outcome(answer: Message) -> None:
            if self.stage in ("playing", "closing"):
                self.books.answered(request, answer)
                answered(answer)

        connection.ask(request, outcome)

    def _event(self, text: str, event: Message) -> None:
        self.books.heard(event, self.scenario.data.expect)
        if self._heard is not None:
            self._heard(text)

    # ---- what happens

    def _await_next(self) -> None:
        if self._next < len(self._coming):
            self._at(self._coming[self._next].at, self._arrive)

    def _arrive(self) -> None:
        arrival = self._coming[self._next]
        self._next += 1
        self._await_next()
        simulator = self._simulator
        record = Record(arrival.number or "", arrival.to, simulator.clock.now())
        self.books.records.append(record)
        behaviour = self.scenario.world.behaviours[arrival.behaviour] if arrival.behaviour else None
        try:
            made = simulator.people.call_in(
                arrival.number, arrival.to, arrival.trunk_group, uui=arrival.uui, behaviour=behaviour
            )
        except PeopleError:
            record.outcome, record.ended = BLOCKED, record.arrived
            return
        party = self._core.outside.get(made.party)
        if party is None:
            # Let go before anybody could look.
            record.outcome, record.ended = TURNED_AWAY, record.arrived
            return
        ports = frozenset(port.extension for port in self._ports)
        witness = Witness(self._core, party, party.actor, record, ports)
        party.actor = witness
        witness.look()

    def _fault(self, fault: dict[str, Any]) -> None:
        try:
            incidents.set_fault(self._simulator, fault)
        except FaultError as error:
            self.books.failures.append(f"fault: {error}")

    def _hand(self, request: hands.PhoneRequest) -> None:
        try:
            hands.act(self._simulator.people, request)
        except PeopleError as error:
            self.books.failures.append(f"hand at {request.extension}, {request.action}: {error}")

    # ---- what came of it

    @property
    def now(self) -> float:
        """The scenario's present: the clock's, until it ended."""
        return self._simulator.clock.now() if self.ended is None else self.ended

    @property
    def progress(self) -> float:
        """How much of the duration has passed, from 0 to 1."""
        return 1.0 if self.stage != "playing" else min(1.0, (self.now - self.begun) / self.scenario.data.duration)

    @property
    def verdicts(self) -> list[Verdict]:
        """The expectations with what has come of them so far."""
        return judge(self.books, self.scenario.data.expect, self.now)

    @property
    def passed(self) -> bool:
        """Whether it was played to its end and every expectation was met."""
        return self.stage == "over" and all(verdict.met for verdict in self.verdicts)

    @property
    def result(self) -> dict[str, Any]:
        """Everything that is known, for reports."""
        return {
            "scenario": self.scenario.name,
            "description": self.scenario.data.description,
            "seed": self.seed,
            "stage": self.stage,
            "reason": self.reason,
            "seconds": round(self.now - self.begun, 3),
            "progress": round(self.progress, 4),
            "passed": self.passed,
            "expectations": [verdict.data for verdict in self.verdicts],
            "figures": summary(self.books, self.now),
            "failures": list(self.books.failures),
        }


def _none_known() -> int:
    """There is no server that could believe in any."""
    return 0


def _unheard(_: Message) -> None:
    """The outcome is counted; nothing follows from it."""
