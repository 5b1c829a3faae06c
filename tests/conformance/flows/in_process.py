"""The way in process: the simulator's own CSTA interface, without loop or socket."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.clock import Clock
from ivrsvr.testing.worlds import world_of
from tests.conformance.flows.client import Client, Stream
from tests.conformance.flows.file import Scenario

Result = TypeVar("Result")
STREAM_KEYS = ("serverID", "loginID", "passwd", "applicationName", "privateData")


class InProcess:
    """The simulator's own CSTA interface: no loop, no socket."""

    name = "process"
    json = None

    def __init__(self) -> None:
        self._simulator: Simulator | None = None

    @property
    def simulator(self) -> Simulator:
        assert self._simulator is not None, "the world is not up yet"
        return self._simulator

    def applies(self, scenario: Scenario) -> bool:  # noqa: ARG002 - every scenario
        return True

    def run(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Drive a coroutine that never waits for anything."""
        coroutine = work()
        try:
            coroutine.send(None)
        except StopIteration as finished:
            result: Result = finished.value
            return result
        coroutine.close()
        raise RuntimeError("a scenario in process waited for a loop that is not there")

    async def begin(self, world: Mapping[str, Any]) -> None:
        self._simulator = build_simulator(world)

    async def end(self) -> None:
        self._simulator = None

    async def open_stream(self, args: Mapping[str, str], client: Client, name: str) -> Stream:
        return open_in_process(self.simulator, args, client, name)

    async def settle(self) -> None:
        self.simulator.clock.run_due()

    async def advance(self, seconds: float) -> None:
        self.simulator.clock.advance(seconds)


def build_simulator(world: Mapping[str, Any]) -> Simulator:
    """A simulator in virtual time, at the time at which its world begins.

    Raises WorldError.
    """
    loaded = world_of(world)
    return Simulator(loaded, Clock(loaded.clock.seconds))


def open_in_process(simulator: Simulator, args: Mapping[str, str], client: Client, name: str) -> Stream:
    """A stream of the simulator's AES.

    Raises AcsFailure.
    """
    given: dict[str, Any] = {key: args[key] for key in STREAM_KEYS if key in args}
    stream: Stream = simulator.aes.open(**given, send=lambda message: client.receive(name, message))
    return stream
