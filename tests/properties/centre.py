"""Anything may happen in a whole contact centre: the randomised test of switch, AES and call model together.

    python -m tests.properties.centre --seeds 5000          a night's work; prints the seeds that fail
    python -m tests.properties.centre --replay 17           one seed again, with everything that was told
    python -m tests.properties.centre --shrink 17           the shortest story found that fails in the same way

30 agents, 5 skills, 10 VDNs, 200 callers, applications that ask for anything, and faults. A story is a list of
operations; whom each is about is looked up when its turn comes, so any part of a story is a story too.
"""

import argparse
import random
import sys
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache, partial
from itertools import count
from multiprocessing import Pool
from typing import Any

from ivrsvr.backends.base import Confirmation
from ivrsvr.backends.simulator.incidents import set_fault
from ivrsvr.backends.simulator.people import PeopleError
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.switch.model import Kind, Party
from ivrsvr.backends.simulator.switch.reports import Outcome, Report
from ivrsvr.backends.simulator.world import World
from ivrsvr.calls.model import CallModel
from ivrsvr.calls.reconcile import Seen, adopt
from ivrsvr.clock import Clock
from ivrsvr.csta.enums import AgentMode, ATTWorkMode, LocalConnectionState
from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.csta.monitor import MonitorCall, MonitorStop, SnapshotCall, SnapshotDevice
from ivrsvr.csta.pdu import Family, declaration_of
from ivrsvr.csta.private.query import ATTSetAgentStateV6
from ivrsvr.csta.query import SetAgentState
from ivrsvr.csta.route import RouteEndRequest, RouteRegisterCancel, RouteRegisterReq, RouteSelectRequest
from ivrsvr.csta.system import EscapeSvc
from ivrsvr.csta.types import ConnectionID
from tests.properties import invariants
from tests.properties.centre_world import AGENTS, SKILLS, STATIONS, VDNS, WORLD
from tests.properties.clients import Client, Watcher
from tests.properties.ledger import Ledger
from tests.properties.office import REQUESTS, difference

State = LocalConnectionState
START = 1_458_770_400.0
CALLERS = 200
STEPS = 1_200
CHECK_EVERY = 16
"""Operations between two comparisons of the call model with the snapshots, and happenings between two looks at the
invariants; a replay does both each time. The books are kept without a gap."""

NUMBERS = (*STATIONS[:8], *STATIONS[30:], *VDNS, *SKILLS, *AGENTS[:3], "912345", "867890", "999", "801")
FAULTS: tuple[dict[str, Any], ...] = (
    {"fault": "refuse", "cause": "RESOURCE_BUSY"},
    {"fault": "duplicate", "on": "event"},
    {"fault": "refuse", "cause": "GENERIC_OPERATION"},
    {"fault": "lose", "on": "confirmation"},
    {"fault": "duplicate", "on": "event"},
    {"fault": "lose", "on": "event"},
    {"fault": "delay", "on": "confirmation", "seconds": {"uniform": [0.5, 5]}},
    {"fault": "delay", "on": "event", "seconds": {"uniform": [0.1, 3]}},
    {"fault": "duplicate", "on": "confirmation"},
    {"fault": "reorder"},
)
INCIDENTS: tuple[dict[str, Any], ...] = (
    {"fault": "linkdown"},
    {"fault": "aesrestart"},
    {"fault": "streamcut"},
    {"fault": "stall"},
    {"fault": "stationout"},
    {"fault": "trunksfull", "trunkgroup": "5"},
    {"fault": "trunksfull", "trunkgroup": "8"},
)
Operation = tuple[str, int, int, int]
MODES = ("AUTO_IN", "AUTO_IN", "AUTO_IN", "MANUAL_IN", "AUX", "ACW")


@cache
def _world() -> World:
    return World.from_data(WORLD)


class Centre:
    """The centre with its clients, and the books kept on it."""

    def __init__(self, log: Callable[[str], None] | None = None, check_every: int = 1) -> None:
        self._log = log
        self._check_every = check_every
        self._looks = 0
        self.clock = Clock(START, seed=1)
        self.simulator = Simulator(_world(), self.clock)
        self.core = self.simulator.switch.core
        self.people = self.simulator.people
        self.ledger = Ledger(self.core)
        tell = self.simulator.switch.report
        self.simulator.switch.report = partial(self._hear, tell)
        self.watcher = Watcher(self.simulator, log)
        self.client = Client(self.simulator, log)
        self.watcher.watch()
        self.outage = 0.0
        """When the incident that lasts longest is over; 0 = there is none."""
        self.strangers: set[int] = set()
        """Calls that were up when the monitors were started anew: nobody told who is on them."""
        self.times: dict[str, defaultdict[str, float]] = {login: defaultdict(float) for login in AGENTS}
        self._looked = self.clock.now()

    def log(self, text: str) -> None:
        if self._log is not None:
            self._log(text)

    def _hear(self, tell: Callable[[Report], None], report: Report) -> None:
        self.ledger.hear(report)
        if report.ended in self.strangers:
            # Who was on a call that was up before is not told when it merges into another one either.
            self.strangers.add(report.callID)
        tell(report)

    # ---- doing

    def do(self, operation: Operation) -> None:
        """Carry out one operation; people and the switch may refuse it."""
        name, who, which, where = operation
        if self.outage and self.clock.now() >= self.outage:
            self.recover()
        self.log(f"{self.clock.now() - START:9.2f} {operation}")
        try:
            OPERATIONS[name](self, who, which, where)
        except PeopleError as refused:
            self.log(f"    refused: {refused}")
        self.look()

    def look(self) -> None:
        """Book what has happened, and check what has to be true at any moment."""
        self._looks += 1
        thorough = self._looks % self._check_every == 0
        self.ledger.look(thorough=thorough)
        if thorough:
            invariants.check(self.simulator)
        self.watcher.notice()
        self.client.notice()
        clients = self.watcher.monitors, self.client.monitors
        misled = self.watcher.misled or self.client.misled
        assert misled or len(self.simulator.aes.monitors) == sum(map(len, clients)), (
            "monitors that nobody has, or lost ones"
        )

    def wait(self, seconds: float) -> None:
        """Let time pass, timer by timer, booking the agents' time."""
        end = self.clock.now() + seconds
        while (when := self.clock.next_when()) is not None and when <= end:
            self._book(when)
            self.clock.step()
            self.look()
        self._book(end)
        self.clock.move_to(end)

    def _book(self, until: float) -> None:
        for login, agent in self.core.agents.items():
            doing = "away" if agent.station is None else f"{agent.work.mode.name} {invariants.situation(agent.station)}"
            self.times[login][doing] += until - self._looked
        self._looked = until

    # ---- what the operations of the office need

    def parties(self, station: str) -> list[Party]:
        return self.core.stations[station].parties

    def connection(self, station: str, which: int, *states: State) -> ConnectionID:
        """A connection of a station, one in these states if there is any; else one that does not exist."""
        parties = self.parties(station)
        fitting = [party for party in parties if party.state in states] or parties
        return fitting[which % len(fitting)].connection if fitting else ConnectionID(9999, station)

    def with_calls(self, who: int) -> str:
        """A station, rather one that has a call."""
        busy = [extension for extension in STATIONS if self.core.stations[extension].parties]
        return busy[who % len(busy)] if busy and who % 8 else STATIONS[who % len(STATIONS)]

    # ---- comparing the model with the switch

    def ask(self, pdu: Any) -> Any:
        """Ask the switch itself, past the AES and its faults."""
        outcomes: list[Outcome] = []
        self.simulator.switch.request(pdu, None, outcomes.append)
        (outcome,) = outcomes
        assert isinstance(outcome, Confirmation), outcome
        return outcome.pdu.snapshotData

    def compare(self) -> None:
        """What the monitors told, folded, is what the switch has."""
        if self.outage or self.watcher.misled:
            return
        watched = set(self.watcher.monitors.values())
        model = self.watcher.model
        self.strangers &= set(self.core.calls)
        for station in STATIONS:
            if station not in watched:
                continue
            seen = sorted(
                (one.callIdentifier.callID, one.localCallState[0])
                for one in self.ask(SnapshotDevice(snapshotObject=station))
            )
            known = sorted((one.callID, one.state) for one in model.connections_of(station))
            assert known == seen, f"calls of {station}: the model has {_show(known)}, the switch {_show(seen)}"
            if watched >= {*STATIONS, *VDNS}:
                for callID, _ in seen:
                    self._compare_call(model, callID)
        ghosts = set(model.calls) - set(self.core.calls)
        assert not ghosts, f"the model has calls {ghosts} that are over"
        if watched >= set(SKILLS):
            for extension, skill in self.core.skills.items():
                assert self.watcher.logged_in[extension] == set(skill.agents), f"who is logged in to {extension}"

    def _compare_call(self, model: CallModel, callID: int) -> None:
        call = model.calls[callID]
        if callID in self.strangers:
            return
        assert call.ucid == self.core.calls[callID].ucid, f"UCID of call {callID}"
        # No event tells of a direct-agent call that waits. Source: ASAI Technical Reference 3-49.
        there = self.core.calls[callID]
        direct = {party.device for party in there.parties if party.place and party.place.wanted}
        seized = any(party.kind is Kind.TRUNK and party.state is State.CS_INITIATE for party in there.parties)
        on_its_way = bool(direct or seized or there.split) or there.vector is not None
        listed = self.ask(SnapshotCall(snapshotObject=ConnectionID(callID)))
        told = tuple(entry for entry in listed if entry.callIdentifier.deviceID not in direct)
        problem = difference(call, told, on_its_way=on_its_way)
        assert not problem, f"call {callID}: {problem}"

    def rewatch(self) -> None:
        """Start the monitors that are missing, and learn by snapshots what they do not tell."""
        self.watcher.forget()
        self.watcher.stop_all()
        self.watcher.watch()
        self.strangers = set(self.core.calls)
        for station in STATIONS:
            calls = self.ask(SnapshotDevice(snapshotObject=station))
            ids = [one.callIdentifier.callID for one in calls]
            parties = {callID: self.ask(SnapshotCall(snapshotObject=ConnectionID(callID))) for callID in ids}
            ucids = {callID: self.core.calls[callID].ucid for callID in ids}
            adopt(self.watcher.model, Seen(station, calls, parties, ucids))
        for extension, skill in self.core.skills.items():
            self.watcher.logged_in[extension] = set(skill.agents)

    # ---- faults

    def mislead(self, rule: dict[str, Any]) -> None:
        """Set a rule of faults; the clients' books cannot be right while one loses or delays what they are told."""
        set_fault(self.simulator, rule)
        if rule["fault"] == "duplicate" and rule["on"] == "event":
            self.watcher.doubled = self.client.doubled = True
        elif rule["fault"] != "refuse":
            self.watcher.misled = self.client.misled = True

    def suffer(self, incident: dict[str, Any]) -> None:
        """Let something happen to the site that lasts a while; then the clients come back."""
        set_fault(self.simulator, incident)
        self.outage = max(self.outage, self.clock.now() + incident["lasting"] + 0.001)

    def recover(self) -> None:
        """Faults are over: clients whose streams have ended or who were misled come back, and learn by snapshots."""
        self.wait(max(0.0, self.outage - self.clock.now()))
        self.outage = 0.0
        self.simulator.aes.faults.delete()
        self.simulator.link("up")
        for client in (self.watcher, self.client):
            if client.misled or not client.stream.open:
                client.abort()
            client.misled = client.doubled = False
        self.rewatch()

    # ---- the end

    def close_down(self) -> None:
        """Every fault is mended, everybody goes home; nothing may be left."""
        self.recover()
        self.wait(31)
        self.compare()
        for caller in list(self.core.outside.values()):
            if caller.present:
                self.people.party(caller.name, "hangup")
                self.look()
        for station in STATIONS:
            self.people.station_service(station, "out")
            self.look()
        self.wait(200)
        for station in STATIONS:
            self.people.station_service(station, "in")
        self.wait(1)
        self.compare()
        assert not self.core.calls, f"calls {sorted(self.core.calls)} are left"
        assert not self.ledger.callers
        assert not self.client.waiting, f"never answered: {list(self.client.waiting.values())}"
        assert not self.watcher.waiting, f"never answered: {list(self.watcher.waiting.values())}"
        assert not self.client.dialogues, "routing dialogues are open"
        for login, times in self.times.items():
            assert abs(sum(times.values()) - (self.clock.now() - START)) < 1e-3, f"the times of agent {login}: {times}"
        self.watcher.stop_all()
        self.client.abort()
        self.look()
        left = [timer.callback for timer in self.clock.timers()]
        assert not left, f"timers are left although nothing goes on: {left}"


def _show(states: Sequence[tuple[int, State]]) -> str:
    return str([(callID, state.name) for callID, state in states])


# ---- what can happen


def _request(name: str) -> Callable[[Centre, int, int, int], None]:
    kind, picks = REQUESTS[name]

    def do(centre: Centre, who: int, which: int, where: int) -> None:
        station, to = centre.with_calls(who), NUMBERS[where % len(NUMBERS)]
        pdu = kind(**{field: pick(centre, station, which, to) for field, pick in picks.items()})  # type: ignore[arg-type]
        if declaration_of(pdu).family is Family.PRIVATE:
            centre.client.ask(EscapeSvc(), pdu)
        else:
            centre.client.ask(pdu)

    return do


def _call_in(centre: Centre, who: int, which: int, where: int) -> None:
    if len(centre.ledger.callers) + len(centre.ledger.outcomes) >= CALLERS:
        return
    to = NUMBERS[where % len(NUMBERS)] if which % 3 == 0 else VDNS[where % len(VDNS)]
    number = None if who % 7 == 0 else f"60{who:06}"
    before = set(centre.core.outside.values())
    centre.people.call_in(number, to, ("5", "5", "8")[which % 3])
    for party in set(centre.core.outside.values()) - before:
        if party.number == 1:
            centre.ledger.callers[party] = ""


def _party(action: str, digits: str = "") -> Callable[[Centre, int, int, int], None]:
    def do(centre: Centre, who: int, which: int, where: int) -> None:
        names = sorted(centre.core.outside)
        if names:
            name = names[who % len(names)]
            party = centre.core.outside[name]
            if action == "hangup" and not centre.ledger.callers.get(party, "answered"):
                centre.ledger.callers[party] = "abandoned"
            centre.people.party(name, action, digits=digits and "12#*34"[which % 6])

    return do


def _hand(action: str) -> Callable[[Centre, int, int, int], None]:
    def do(centre: Centre, who: int, which: int, where: int) -> None:
        getattr(centre.people, action)(centre.with_calls(who))

    return do


def _unpark(centre: Centre, who: int, which: int, where: int) -> None:
    parked = sorted(centre.core.parked) or STATIONS[:1]
    centre.people.unpark(STATIONS[who % len(STATIONS)], parked[which % len(parked)])


def _bridge(centre: Centre, who: int, which: int, where: int) -> None:
    centre.people.bridge("133", ("101", "134")[which % 2], NUMBERS[where % len(NUMBERS)] if which % 5 == 0 else "")


def _pick_up_phone(centre: Centre, who: int, which: int, where: int) -> None:
    """Somebody whose telephone rings answers it: the usual thing."""
    ringing = [one for one in STATIONS if any(party.state is State.CS_ALERTING for party in centre.parties(one))]
    if ringing:
        centre.people.answer(ringing[who % len(ringing)])


def _dial(centre: Centre, who: int, which: int, where: int) -> None:
    centre.people.dial(STATIONS[who % len(STATIONS)], NUMBERS[where % len(NUMBERS)])


def _log_in(centre: Centre, who: int, which: int, where: int) -> None:
    n = who % len(AGENTS)
    at = STATIONS[n] if which % 8 else STATIONS[where % len(STATIONS)]
    centre.people.agent(AGENTS[n], at=at, login=True, mode=MODES[where % len(MODES)])


def _log_out(centre: Centre, who: int, which: int, where: int) -> None:
    centre.people.agent(AGENTS[who % len(AGENTS)], login=False)


def _mode(centre: Centre, who: int, which: int, where: int) -> None:
    centre.people.agent(AGENTS[who % len(AGENTS)], mode=MODES[where % len(MODES)])


def _set_agent_state(centre: Centre, who: int, which: int, where: int) -> None:
    n = who % len(AGENTS)
    agent = centre.core.agents[AGENTS[n]]
    device = agent.station.extension if agent.station is not None else STATIONS[n]
    modes = (
        (AgentMode.AM_LOG_IN, ATTWorkMode.WM_AUTO_IN),
        (AgentMode.AM_READY, ATTWorkMode.WM_AUTO_IN),
        (AgentMode.AM_READY, ATTWorkMode.WM_MANUAL_IN),
        (AgentMode.AM_NOT_READY, ATTWorkMode.WM_AUX_WORK),
        (AgentMode.AM_WORK_NOT_READY, ATTWorkMode.WM_AFTCAL_WK),
        (AgentMode.AM_LOG_OUT, ATTWorkMode.WM_NONE),
    )
    mode, work = modes[where % len(modes)]
    pdu = SetAgentState(device=device, agentMode=mode, agentID=AGENTS[n], agentGroup="", agentPassword="1")
    centre.client.ask(pdu, ATTSetAgentStateV6(workMode=work, enablePending=bool(which % 2)))


def _time(centre: Centre, who: int, which: int, where: int) -> None:
    centre.wait((0.5, 1, 2, 3, 5, 8, 15, 31)[which % 8])


def _station(centre: Centre, who: int, which: int, where: int) -> None:
    """A station goes out of service; all those that were out come back."""
    for station in STATIONS:
        if not centre.core.stations[station].in_service:
            centre.simulator.station(station, "in")
            centre.look()
    if which % 2:
        centre.simulator.station(STATIONS[who % len(STATIONS)], "out")


def _link(centre: Centre, who: int, which: int, where: int) -> None:
    """The link goes down; later, it is up again."""
    if centre.simulator.aes.link_up:
        centre.simulator.link("down")
        assert not centre.watcher.monitors, "monitors survive the link"
        centre.watcher.forget()
    else:
        centre.simulator.aes.faults.delete()
        centre.simulator.link("up")
        centre.rewatch()


def _incident(centre: Centre, who: int, which: int, where: int) -> None:
    """Something happens to the site as a whole, or to a part of it."""
    incident = dict(INCIDENTS[which % len(INCIDENTS)], lasting=(0.5, 5.0, 20.0, 40.0)[where % 4])
    if incident["fault"] == "stationout":
        incident["station"] = STATIONS[who % len(STATIONS)]
    centre.suffer(incident)


def _fault(centre: Centre, who: int, which: int, where: int) -> None:
    """Messages between the switch and its clients are refused, lost, late, doubled or out of order."""
    rule = dict(FAULTS[which % len(FAULTS)], probability=(0.1, 0.5, 1)[where % 3], count=1 + where % 20)
    if who % 2:
        rule["device"] = STATIONS[who % len(STATIONS)]
    centre.mislead(rule)


def _mend(centre: Centre, who: int, which: int, where: int) -> None:
    centre.recover()


def _vanish(centre: Centre, who: int, which: int, where: int) -> None:
    centre.client.abort()


def _monitor_call(centre: Centre, who: int, which: int, where: int) -> None:
    ids = sorted(centre.core.calls)
    if ids:
        centre.client.ask(MonitorCall(call=ConnectionID(ids[who % len(ids)])))


def _stop_monitor(centre: Centre, who: int, which: int, where: int) -> None:
    numbers = sorted(centre.client.monitors)
    if numbers:
        centre.client.ask(MonitorStop(monitorCrossRefID=numbers[who % len(numbers)]))


def _register(centre: Centre, who: int, which: int, where: int) -> None:
    if centre.client.registrations and which % 4 == 0:
        number = min(centre.client.registrations)
        centre.client.registrations.discard(number)
        disturbed = centre.client.misled or len(centre.simulator.aes.faults) > 0
        centre.client.ask(RouteRegisterCancel(routeRegisterReqID=number))
        ended = number not in centre.client.dialogues.values()
        assert ended or disturbed, "a registration left a dialogue without an end"
    else:
        centre.client.ask(RouteRegisterReq(routingDevice=(VDNS[3], "")[which % 2]))


def _route(centre: Centre, who: int, which: int, where: int) -> None:
    for dialogue, registration in list(centre.client.dialogues.items())[:1]:
        if which % 4 == 0:
            centre.client.say(
                RouteEndRequest(
                    routeRegisterReqID=registration,
                    routingCrossRefID=dialogue,
                    errorValue=CSTAUniversalFailure.GENERIC_UNSPECIFIED,
                )
            )
        else:
            centre.client.say(
                RouteSelectRequest(
                    routeRegisterReqID=registration,
                    routingCrossRefID=dialogue,
                    routeSelected=NUMBERS[where % len(NUMBERS)],
                    routeUsedReq=bool(which % 2),
                )
            )


_WEIGHTED: tuple[tuple[str, int, Callable[[Centre, int, int, int], None]], ...] = (
    ("time", 60, _time),
    ("caller", 80, _call_in),
    ("pick up", 70, _pick_up_phone),
    ("log in", 12, _log_in),
    ("log out", 2, _log_out),
    ("mode", 12, _mode),
    ("SetAgentState", 8, _set_agent_state),
    ("dial", 6, _dial),
    ("lift", 2, _hand("lift")),
    ("hangup", 14, _hand("hangup")),
    ("hold", 4, _hand("hold")),
    ("retrieve", 4, _hand("retrieve")),
    ("transfer", 3, _hand("transfer")),
    ("conference", 3, _hand("conference")),
    ("pickup", 2, _hand("pickup")),
    ("park", 3, _hand("park")),
    ("unpark", 3, _unpark),
    ("bridge", 3, _bridge),
    ("party hangs up", 20, _party("hangup")),
    ("party answers", 6, _party("answer")),
    ("party rings", 3, _party("ring")),
    ("party progresses", 1, _party("progress")),
    ("party is busy", 1, _party("busy")),
    ("party presses", 6, _party("press", digits="any")),
    ("monitor call", 3, _monitor_call),
    ("stop monitor", 1, _stop_monitor),
    ("register", 2, _register),
    ("route", 8, _route),
    ("station service", 2, _station),
    ("link", 1, _link),
    ("incident", 2, _incident),
    ("fault", 2, _fault),
    ("mend", 4, _mend),
    ("client vanishes", 1, _vanish),
    *((name, 4, _request(name)) for name in REQUESTS),
)
OPERATIONS = {name: do for name, _, do in _WEIGHTED}


def story(seed: int, steps: int = STEPS) -> list[Operation]:
    """What happens by a seed: first the agents come, then anything."""
    chance = random.Random(seed)
    morning = [("log in", n, 1, n % 4) for n in range(len(AGENTS)) if chance.random() < 0.8]
    names = [name for name, _, _ in _WEIGHTED]
    weights = [weight for _, weight, _ in _WEIGHTED]
    day = [
        (name, chance.randrange(10_000), chance.randrange(24), chance.randrange(10_000))
        for name in chance.choices(names, weights, k=steps)
    ]
    return morning + day


def run(told: Sequence[Operation], log: Callable[[str], None] | None = None, check_every: int = CHECK_EVERY) -> Centre:
    """Let a story happen to a new centre. Raises what goes wrong."""
    centre = Centre(log, check_every)
    for _ in _carried_out(centre, told, check_every):
        pass
    centre.close_down()
    return centre


def _carried_out(centre: Centre, told: Sequence[Operation], check_every: int) -> Iterator[Operation]:
    """Each operation after it was carried out and checked."""
    for number, operation in enumerate(told, 1):
        centre.do(operation)
        if number % check_every == 0:
            centre.compare()
        yield operation


# ---- failures


def failure_of(told: Sequence[Operation], check_every: int = CHECK_EVERY) -> str:
    """How a story fails, in a line that is the same for the same fault; "" = it does not."""
    try:
        run(told, check_every=check_every)
    except Exception as failure:
        where = traceback.extract_tb(failure.__traceback__)[-1]
        return f"{type(failure).__name__} at {where.filename.rsplit('/', 1)[-1]}:{where.name}: {failure}"
    return ""


def _until_failure(told: Sequence[Operation]) -> int:
    """How many operations of a story are carried out until it fails."""
    done: list[Operation] = []
    with suppress(Exception):
        done.extend(_carried_out(Centre(), told, 1))
    return min(len(done) + 1, len(told))


def _place(failure: str) -> str:
    return failure.split(": ", 1)[0]


def shrink(told: list[Operation]) -> list[Operation]:
    """Take away whatever the failure does not need: what came after it, then halves, then smaller and smaller parts."""
    place = _place(failure_of(told, 1))
    told = told[: _until_failure(told)]
    size = len(told) // 2
    while size:
        start = 0
        while start < len(told):
            shorter = told[:start] + told[start + size :]
            if _place(failure_of(shorter, 1)) == place:
                told = shorter
            else:
                start += size
        size //= 2
    return told


def attempt(seed: int, steps: int = STEPS) -> tuple[int, str]:
    """A seed with how it fails."""
    return seed, failure_of(story(seed, steps))


def replay_command(seed: int, steps: int = STEPS) -> str:
    """The line that repeats a failure."""
    return f"python -m tests.properties.centre --replay {seed} --steps {steps}"


def _replay(told: list[Operation]) -> int:
    try:
        run(told, print, check_every=1)
    except Exception:
        traceback.print_exc()
        return 1
    print("nothing failed")
    return 0


def _hunt(seeds: range, steps: int, jobs: int) -> int:
    failed: Counter[str] = Counter()
    with Pool(jobs) as pool:
        done = count(1)
        for seed, failure in pool.imap_unordered(partial(attempt, steps=steps), seeds, chunksize=4):
            number = next(done)
            if failure:
                failed[_place(failure)] += 1
                print(f"seed {seed}: {failure}\n    {replay_command(seed, steps)}", flush=True)
            if number % 500 == 0:
                print(f"{number} of {len(seeds)} seeds, {sum(failed.values())} failed", file=sys.stderr, flush=True)
    print(
        f"{len(seeds)} seeds, {sum(failed.values())} failed", *(f"{n:6} {p}" for p, n in failed.most_common()), sep="\n"
    )
    return 1 if failed else 0


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 nothing failed, 1 something did."""
    parser = argparse.ArgumentParser(prog="python -m tests.properties.centre", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds are tried")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--steps", type=int, default=STEPS, help="operations in a story")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--replay", type=int, metavar="SEED", help="run one seed and print everything")
    parser.add_argument("--shrink", type=int, metavar="SEED", help="make the story of a failing seed short, and run it")
    given = parser.parse_args(arguments)
    if given.replay is not None:
        return _replay(story(given.replay, given.steps))
    if given.shrink is not None:
        return _replay(shrink(story(given.shrink, given.steps)))
    return _hunt(range(given.first, given.first + given.seeds), given.steps, given.jobs)


if __name__ == "__main__":
    sys.exit(main())
