"""A whole simulated site: a switch, the AES before it, and the people at its telephones."""

from collections.abc import Callable
from typing import Literal, Self

from ivrsvr.backends.simulator.aes import Aes
from ivrsvr.backends.simulator.aes.recorder import Recorder
from ivrsvr.backends.simulator.people import People
from ivrsvr.backends.simulator.scenario.api import Api
from ivrsvr.backends.simulator.scenario.play import Play
from ivrsvr.backends.simulator.snapshot import Snapshot
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.reports import Outcome
from ivrsvr.backends.simulator.switch.switch import Switch
from ivrsvr.backends.simulator.training.archive import Archive, Shelf
from ivrsvr.backends.simulator.training.session import Session
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock, Timer
from ivrsvr.csta.call import ClearCall
from ivrsvr.csta.types import ConnectionID


class Simulator:
    """Switch, AES and people of one world, on one clock."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.clock = clock
        self.recorder = Recorder(clock)
        self.snapshots: dict[str, Snapshot] = {}
        """Saved by name."""
        self.applications: Api | None = None
        """Where the applications of scenarios connect: the server on this simulator; None = there is none."""
        self.play: Play | None = None
        """The scenario that is played now, or was played last."""
        self.training: Session | None = None
        """The training that is under way, or was last."""
        self.reports: Archive = Shelf()
        """Where what came of trainings is kept."""
        self._listeners: list[Callable[[], None]] = []
        self._incidents: list[Timer] = []
        """What is to begin or to pass around the switch."""
        self._build(world)

    def _build(self, world: World, core: Core | None = None) -> None:
        for timer in self._incidents:
            timer.cancel()
        self._incidents.clear()
        self.world = world
        self.switch = Switch(world, self.clock, core)
        self.aes = Aes(world, self.switch, self.clock, self.recorder)
        self.people = People(self.switch)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is to happen in the switch by itself: no timer of it, nor of its people, runs."""
        return not self.switch.core.own_timers()

    # ---- administration

    def link(self, state: Literal["down", "up"]) -> None:
        """The CTI link between AES and switch fails, or comes back."""
        if state == "down":
            self.aes.lose_link()
        else:
            self.aes.restore_link()

    def stall(self, stalled: bool) -> None:
        """The switch takes requests and answers none (True), or works again (False); what it swallowed stays lost."""
        self.aes.requests.stalled = stalled

    def incident_later(self, seconds: float, happen: Callable[[], object]) -> None:
        """Let something happen to the site after a while, unless it begins again before."""
        self._incidents = [timer for timer in self._incidents if timer.pending]
        self._incidents.append(self.clock.call_later(seconds, happen))

    def station(self, extension: str, service: Literal["in", "out"]) -> None:
        """A station goes out of service, or comes back.

        Raises PeopleError for a number that is no station.
        """
        self.people.station_service(extension, service)

    def reset(self, world: World | None = None) -> None:
        """Begin again, with the same world or another one: every stream is ended and every call gone."""
        old = self.switch
        self.aes.shut_down()
        self._build(self.world if world is None else world)
        # What still runs in the old switch (vectors, ringing, tones) ends with its calls, the rest with the switch.
        for call_id in list(old.core.calls):
            old.request(ClearCall(call=ConnectionID(call_id)), None, _unheard)
        for timer in old.core.own_timers():
            timer.cancel()
        self._tell_reset()

    def save(self) -> Snapshot:
        """The whole switch as it is now."""
        return Snapshot.of(self.switch)

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot: calls, agents, queues and what was to happen are as they were, from now on.

        Every stream is ended, as at a reset; clients come back, and find the calls of the snapshot. Time is not turned
        back: what was due in ten seconds is due in ten seconds from now.
        """
        self.aes.shut_down()
        for timer in self.switch.core.own_timers():
            timer.cancel()
        self._build(snapshot.world, snapshot.unfold(self.clock))
        self._tell_reset()

    @classmethod
    def fork(cls, snapshot: Snapshot) -> Self:
        """Another simulator that goes on from a snapshot, on a virtual clock of its own, at the snapshot's time."""
        clock = Clock(snapshot.at)
        forked = cls(snapshot.world, clock)
        forked._build(snapshot.world, snapshot.unfold(clock))
        return forked

    def _tell_reset(self) -> None:
        for listener in list(self._listeners):
            listener()

    def on_reset(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a function after each reset; returns the function that stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


def _unheard(outcome: Outcome) -> None:
    """Take the outcome of a service that nobody asked about."""
