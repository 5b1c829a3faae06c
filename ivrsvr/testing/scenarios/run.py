"""Runs a scenario: builds a server on a simulator of the scenario's world, and lets virtual time pass to its end.

Time is virtual whatever the speed; a slower one than `max` merely waits before each step. So the same seed gives the
same events, byte for byte, at any speed and on either backend.
"""

import asyncio
import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any, TextIO

from ivrsvr.assembly.applications import Applications
from ivrsvr.backends.simulator.scenario.file import Scenario
from ivrsvr.backends.simulator.scenario.ladder import Ladders
from ivrsvr.backends.simulator.scenario.play import Play
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.standby import Standby
from ivrsvr.clock import Clock
from ivrsvr.testing.servers import open_server, settings_for_tests
from ivrsvr.testing.settle import Settling

START = 1_458_770_400.0
"""When a scenario begins whose world does not say: 2016-03-23, 22:00 UTC."""

QUEUE = 100_000
"""Messages that may wait for one application: a whole site may report at one moment of virtual time."""

BACKENDS = ("simulator", "tsapi")


_EVENT_ID = re.compile(r'"eventid":(\d+)(?=[,}][^{]*$)')


def _renumbered(text: str, first: int) -> str:
    """An event with its number counted from the scenario's beginning: a live link has told of itself before."""
    return _EVENT_ID.sub(lambda found: f'"eventid":{int(found[1]) - first}', text) if first else text


def _silent(_share: float, _seconds: float) -> None:
    """Nobody wants to know how far it has come."""


class BackendMismatch(Exception):  # noqa: N818 - says what was found
    """The scenario cannot run on that backend; the text says why."""


@dataclass(slots=True)
class Options:
    """How a scenario is run.

    backend:  "simulator", "tsapi", "" = the one that the scenario needs, or the simulator.
    seed:     None = the scenario's.
    rate:     seconds of the scenario per second; None = as fast as it goes.
    events:   where every event is written, a line each.
    ladders:  a call id, or "all" = ladders are kept of that call, or of all; "" = of none.
    progress: is told how much has passed, from 0 to 1, and how many seconds of the scenario.
    """

    backend: str = ""
    seed: int | None = None
    rate: float | None = None
    events: TextIO | None = None
    ladders: str = ""
    progress: Callable[[float, float], None] = _silent


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run. result: everything that is known, for reports."""

    result: dict[str, Any]
    ladders: Ladders

    @property
    def passed(self) -> bool:
        """Whether it was played to its end and every expectation was met."""
        return bool(self.result["passed"])


def backend_for(scenario: Scenario, wanted: str) -> str:
    """The backend that a scenario runs on. Raises BackendMismatch."""
    if scenario.data.backend == "tsapi":
        if wanted == "simulator":
            raise BackendMismatch(f"{scenario.name} needs an AES on TCP; run it with --backend tsapi")
        return "tsapi"
    return wanted or "simulator"


def run(scenario: Scenario, options: Options | None = None) -> Outcome:
    """Run a scenario to its end. Raises BackendMismatch."""
    options = options or Options()
    backend = backend_for(scenario, options.backend)
    settling = Settling()
    with asyncio.Runner(loop_factory=settling.new_loop) as runner:
        return runner.run(_run(scenario, options, backend, settling))


async def _run(scenario: Scenario, options: Options, backend: str, settling: Settling) -> Outcome:
    data, world = scenario.data, scenario.world
    seed = data.seed if options.seed is None else options.seed
    start = world.clock.seconds
    clock = Clock(START if start is None else start, seed=seed)
    simulator = Simulator(world, clock)
    standbys = [Standby(simulator, place) for place in range(2, data.aes + 1)]
    ladders = Ladders(simulator.switch, clock, options.ladders)
    settings = replace(settings_for_tests(), ws_queuelength=QUEUE, seed=seed)
    async with AsyncExitStack() as stack:
        app, _ = await open_server(backend, settings, simulator, stack, standbys)
        app.service.monitors.one_by_one()
        await settling.settle(clock)

        first = app.service.journal.last

        def heard(text: str) -> None:
            if options.events is not None:
                options.events.write(f"{_renumbered(text, first)}\n")

        play = Play(simulator, scenario, Applications(app.service), seed, heard)
        play.known = lambda: len(app.service.model.calls)
        play.start()
        await settling.settle(clock)
        pace = _Pace(options.rate, clock)
        while play.ended is None:
            await pace.wait(clock.next_when())
            clock.step()
            await settling.settle()
            options.progress(play.progress, play.now - play.begun)
        result = play.result | {"backend": backend}
    return Outcome(result, ladders)


class _Pace:
    """Waits before each step so that virtual time runs no faster than `rate`; None = never waits."""

    def __init__(self, rate: float | None, clock: Clock) -> None:
        self._rate = rate
        self._begun = clock.now()
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()

    async def wait(self, when: float | None) -> None:
        if self._rate is None or when is None:
            return
        due = self._started + (when - self._begun) / self._rate
        await asyncio.sleep(max(0.0, due - self._loop.time()))
