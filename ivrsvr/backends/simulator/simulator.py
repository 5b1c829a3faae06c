"""A whole simulated site: a switch, the AES before it, and the people at its telephones."""

from collections.abc import Callable
from typing import Literal

from ivrsvr.backends.simulator.aes import Aes
from ivrsvr.backends.simulator.people import People
from ivrsvr.backends.simulator.switch.reports import Outcome
from ivrsvr.backends.simulator.switch.switch import Switch
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock
from ivrsvr.csta.call import ClearCall
from ivrsvr.csta.types import ConnectionID


class Simulator:
    """Switch, AES and people of one world, on one clock."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.clock = clock
        self._listeners: list[Callable[[], None]] = []
        self._build(world)

    def _build(self, world: World) -> None:
        self.world = world
        self.switch = Switch(world, self.clock)
        self.aes = Aes(world, self.switch, self.clock)
        self.people = People(self.switch)

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
        # What still runs in the old switch (vectors, ringing, tones) ends with its calls.
        for call_id in list(old.core.calls):
            old.request(ClearCall(call=ConnectionID(call_id)), None, _unheard)
        for listener in list(self._listeners):
            listener()

    def on_reset(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a function after each reset; returns the function that stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


def _unheard(outcome: Outcome) -> None:
    """Take the outcome of a service that nobody asked about."""
