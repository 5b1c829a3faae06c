"""The whole switch as it is at a moment, mid-call: to go back to, and to go on from somewhere else.

A snapshot has the switch with its people and what is to happen in it, and the state of chance. It has no clients: their
streams, monitors and requests belong to them. A routing dialogue that is open counts as unanswered.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Self

from ivrsvr.backends.simulator.switch.acd import distribution
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.dialogues import nobody
from ivrsvr.backends.simulator.switch.switch import Switch
from ivrsvr.backends.simulator.switch.vectors import interpreter
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock, Timer


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A switch that stands still. at: when it was taken, in seconds since 1970-01-01 UTC."""

    world: World
    at: float
    _chance: Any
    _clock: Clock
    _core: Core
    _timers: tuple[Timer, ...]

    @classmethod
    def of(cls, switch: Switch) -> Self:
        """The switch as it is now; it goes on undisturbed."""
        core = switch.core
        clock, world = core.clock, core.world
        still = Clock(clock.now())
        with _alone(core):
            copied, timers = _copy((core, tuple(core.own_timers())), {id(clock): still, id(world): world})
        return cls(world, clock.now(), clock.random.getstate(), still, copied, timers)

    @property
    def calls(self) -> int:
        """How many calls are up in it."""
        return len(self._core.calls)

    def unfold(self, clock: Clock) -> Core:
        """The switch on another clock, going on from its present; the snapshot can be used again."""
        core, timers = _copy((self._core, self._timers), {id(self._clock): clock, id(self.world): self.world})
        for timer in timers:
            clock.adopt(timer, clock.now() + timer.when - self.at)
        clock.random.setstate(self._chance)
        for call in core.calls.values():
            interpreter.unasked(core, call)
        _pass(core, clock.now() - self.at)
        return core


def _pass(core: Core, seconds: float) -> None:
    """Whatever is counted from a moment is counted from a later one: nobody has waited longer for it."""
    for skill in core.skills.values():
        for entry in list(skill.queue):
            entry.since += seconds
    for agent in core.agents.values():
        agent.idle_since += seconds
    for skill in core.skills.values():
        for agent in list(skill.available):
            skill.available.add(agent, distribution.rank(skill, agent))
    for call in core.calls.values():
        when, times = call.chained
        call.chained = (when + seconds, times)
        call.at_vdn += seconds
        for party in call.parties:
            if party.acd is not None:
                party.acd.waits_since += seconds
                if party.acd.since is not None:
                    party.acd.since += seconds
    core.rest_longer(seconds)


def _copy(what: tuple[Core, tuple[Timer, ...]], shared: dict[int, object]) -> tuple[Core, tuple[Timer, ...]]:
    """A copy that shares nothing with the original but what is named."""
    return deepcopy(what, shared)


@contextmanager
def _alone(core: Core) -> Iterator[None]:
    """The switch without those who listen to it."""
    kept = core.listener, core.called_outside, core.routing
    core.listener, core.called_outside, core.routing = _nobody, _nobody, nobody()
    try:
        yield
    finally:
        core.listener, core.called_outside, core.routing = kept


def _nobody(_: object) -> None:
    """Nobody listens."""
