"""The ways in which a scenario can be carried out. A way brings up the world and lets things happen; it judges nothing.

A new way (over the wire, say) is one more class with the methods of `Way`.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from ivrsvr.backends.simulator.simulator import Simulator
from tests.conformance.flows.client import Client, Stream
from tests.conformance.flows.file import Scenario

Result = TypeVar("Result")


class Way(Protocol):
    """How a scenario is carried out."""

    @property
    def name(self) -> str:
        """The way's name in test ids."""
        ...

    @property
    def simulator(self) -> Simulator:
        """The switch with its people, from `begin` on."""
        ...

    @property
    def speaks_json(self) -> bool:
        """Whether steps that have a ``json`` request are asked that way."""
        ...

    def applies(self, scenario: Scenario) -> bool:
        """Whether the scenario is to be run this way at all."""
        ...

    def run(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Run the scenario from outside any loop."""
        ...

    async def begin(self, world: Mapping[str, Any]) -> None:
        """Bring up the world."""
        ...

    async def end(self) -> None:
        """Take it down; also after a `begin` that failed."""
        ...

    async def open_stream(self, args: Mapping[str, str], client: Client, name: str) -> Stream:
        """Open a TSAPI stream; raises AcsFailure."""
        ...

    async def settle(self) -> None:
        """Let everything happen that is due now."""
        ...

    async def advance(self, seconds: float) -> None:
        """Let virtual time pass, settling after each thing that falls due."""
        ...

    async def monitor_json(self, extension: str) -> None:
        """One JSON client monitors an extension."""
        ...

    async def ask_json(self, request: Mapping[str, Any], reply: Callable[[dict[str, Any]], None]) -> None:
        """Send a JSON request; the reply comes when it comes."""
        ...

    def json_events(self, extension: str) -> list[dict[str, Any]]:
        """What the client of an extension has got so far."""
        ...
