"""The ways in which a scenario can be carried out. A way brings up the world and lets things happen; it judges nothing.

A new way (over the wire, say) is one more class with the methods of `Way`.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from ivrsvr.backends.simulator.simulator import Simulator
from tests.conformance.flows.client import Client, Stream
from tests.conformance.flows.file import Scenario

Result = TypeVar("Result")


class JsonClients(Protocol):
    """Applications that speak JSON with a server on the scenario's switch."""

    async def monitor(self, extension: str) -> None:
        """One of them monitors an extension."""
        ...

    async def ask(self, request: Mapping[str, Any], reply: Callable[[dict[str, Any]], None]) -> None:
        """Send a request; the reply comes when it comes."""
        ...

    def events(self, extension: str) -> list[dict[str, Any]]:
        """What the client that monitors an extension has got so far."""
        ...


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
    def json(self) -> JsonClients | None:
        """Who asks steps that have a ``json`` request; None = they are asked in CSTA as all others."""
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
