"""What administrators work on: the running server with its stored configuration, and the records of what they did."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivrsvr.clock import Clock
from ivrsvr.interfaces.access import Access
from ivrsvr.interfaces.accounts import Accounts
from ivrsvr.interfaces.audit import Audit
from ivrsvr.interfaces.doors import Doors
from ivrsvr.interfaces.gate import Gate, Seating
from ivrsvr.interfaces.keys import Keys
from ivrsvr.interfaces.protection import Protection
from ivrsvr.interfaces.webhooks.delivery import Webhooks
from ivrsvr.interfaces.websocket import Hub
from ivrsvr.registry import Caller
from ivrsvr.service.service import Service
from ivrsvr.store.settings import Setting, Stored
from ivrsvr.store.tables import Configuration

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Site:
    """One running server.

    settings:  the parameters in force, anew at each call.
    tlinks:    how the links to the switch are: rows of name, state and more; empty on a simulated switch in process.
    fixed:     listeners of the parameters: kind and address.
    stopping:  set when the server is to stop.
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
    fixed: list[tuple[str, tuple[str, int]]] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    failing: dict[str, str] = field(default_factory=dict)

    def record(self, caller: Caller, what: str, outcome: str = "done") -> None:
        """Write down what somebody changed, in the database; the audit log has it as well."""
        self.configuration.record(self.clock.now(), caller.user, caller.door, caller.address, what, outcome)
