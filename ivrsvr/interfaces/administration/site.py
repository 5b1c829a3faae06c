"""What administrators work on: the running server with its stored configuration, and the records of what they did."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ivrsvr.clock import Clock
from ivrsvr.interfaces.access import Access
from ivrsvr.interfaces.accounts import Accounts
from ivrsvr.interfaces.audit import Audit
from ivrsvr.interfaces.doors import Doors
from ivrsvr.interfaces.gate import Gate, Seating
from ivrsvr.interfaces.keys import Keys
from ivrsvr.interfaces.limits import Doorkeeper
from ivrsvr.interfaces.protection import Protection
from ivrsvr.interfaces.webhooks.delivery import Webhooks
from ivrsvr.interfaces.websocket import Hub
from ivrsvr.registry import Caller
from ivrsvr.service.service import Service
from ivrsvr.store.faults import StoreError
from ivrsvr.store.settings import Setting, Stored
from ivrsvr.store.tables import Configuration

log = logging.getLogger(__name__)


class Copier(Protocol):
    """Copies of the database."""

    async def make(self) -> Path:
        """Make one now. Raises StoreError."""
        ...

    def names(self) -> list[str]:
        """The copies that there are, the newest first."""
        ...

    def newest(self) -> float:
        """When the newest was made, in seconds since 1970-01-01 UTC; 0 = there is none."""
        ...


class Fixed(NamedTuple):
    """A listener that a parameter opens. kind: as of `add tcp`; http and uuisvr besides."""

    kind: str
    host: str
    port: int
    tls: bool


@dataclass(slots=True, eq=False)
class Sitting:
    """Somebody at a console. user: the name. since: seconds since 1970-01-01 UTC."""

    user: str
    address: str
    since: float


@dataclass(slots=True)
class Site:
    """One running server.

    settings:  the parameters in force, anew at each call.
    tlinks:    how the links to the switch are: rows of name, state and more; one row for a simulated switch in process.
    fixed:     listeners of the parameters.
    keepers:   by parameter, those that count connections.
    sittings:  who is at the consoles.
    stopping:  set when the server is to stop.
    copies:    copies of the database.
    parameters: puts changed parameters in force: the names of those that are now, and of those that wait for a restart.
    reload:    the same for everything that another program may have changed, and what could not be put in force.
    failing:   permanently monitored extensions that the switch refuses, with its reason.
    """

    service: Service
    clock: Clock
    configuration: Configuration
    stored: Stored
    settings: Callable[[], Mapping[str, Setting]]
    accounts: Accounts
    keys: Keys
    access: Access
    protection: Protection
    audit: Audit
    gate: Gate
    seating: Seating
    doors: Doors
    hub: Hub
    started: float
    tlinks: Callable[[], list[dict[str, Any]]]
    webhooks: Webhooks
    fixed: list[Fixed] = field(default_factory=list)
    keepers: dict[str, Doorkeeper] = field(default_factory=dict)
    sittings: list[Sitting] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    copies: Copier | None = None
    parameters: Callable[[], tuple[list[str], list[str]]] | None = None
    reload: Callable[[], Awaitable[tuple[list[str], list[str], list[str]]]] | None = None
    failing: dict[str, str] = field(default_factory=dict)

    def record(self, caller: Caller, what: str, outcome: str = "done") -> None:
        """Write down what somebody changed, in the database; the audit log has it as well."""
        try:
            self.configuration.record(self.clock.wall(), caller.user, caller.door, caller.address, what, outcome)
        except StoreError as error:
            log.error("not written down: %s %s: %s (%s)", caller.user, what, outcome, error)
