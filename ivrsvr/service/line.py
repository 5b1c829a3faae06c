"""The way to the switch: one request, one confirmation, within a time limit."""

import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from ivrsvr.backends.base import Backend, Confirmation, LinkDown, LinkState, Pdu
from ivrsvr.clock import Clock
from ivrsvr.csta.described import described
from ivrsvr.csta.errors import AcsFailure, CstaFailure
from ivrsvr.csta.monitor import SnapshotCall, SnapshotDevice
from ivrsvr.csta.private.layouts import newest
from ivrsvr.csta.private.query import ATTQueryUcid, ATTQueryUcidConf
from ivrsvr.csta.system import EscapeSvc
from ivrsvr.csta.types import ConnectionID, CSTASnapshotCallResponseInfo, CSTASnapshotDeviceResponseInfo
from ivrsvr.registry import RequestError
from ivrsvr.service.errors import Own, own
from ivrsvr.service.meters import SUCCESS, Meters
from ivrsvr.service.spans import Spans
from ivrsvr.service.trace import Trace

log = logging.getLogger(__name__)

Private = TypeVar("Private")

CANCELLED = "CANCELLED"
LINK_DOWN = "LINK_DOWN"
"""What metrics call it when nobody waited for the answer, and when there was no link."""


before_asking: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar("before_asking", default=None)
"""What the request that is being carried out must have written down before the switch is asked for anything."""


class NotAsked(LinkDown):
    """The link is down, so the switch has not been asked at all."""


@dataclass(slots=True)
class Line:
    """Asks the switch.

    limit_s: how long one request may take; then it fails with SWITCH_TIMEOUT, and whatever the switch still answers
             is dropped by the backend, which knows the request no more.
    trace:   shows those who watch `asc` what is asked and answered.
    meters:  count it. spans: of distributed traces.
    """

    backend: Backend
    clock: Clock
    limit_s: float
    trace: Trace
    meters: Meters
    spans: Spans

    async def ask(self, pdu: Pdu, private: Pdu | None = None) -> Confirmation:
        """Ask for a service.

        Nothing suspends after the backend's answer: what the caller does next comes before any event that the switch
        sent after the confirmation.

        Raises CstaFailure, AcsFailure, LinkDown (NotAsked when it was down before), RequestError (SWITCH_TIMEOUT), and
        what `before_asking` raises.
        """
        if self.backend.link is LinkState.DOWN:
            raise NotAsked
        first = before_asking.get()
        if first is not None:
            await first()
        name = type(pdu if private is None or not isinstance(pdu, EscapeSvc) else private).__name__
        began = self.clock.now()
        outcome = CANCELLED
        with self.spans.begin(name, "client", {}) as span:
            try:
                confirmation = await self._ask(pdu, private, name)
                outcome = SUCCESS
                return confirmation
            except (CstaFailure, AcsFailure, LinkDown, RequestError) as failure:
                outcome = _outcome(failure)
                raise
            finally:
                span.tell("outcome", outcome)
                self.meters.service(name, outcome, self.clock.now() - began)

    async def _ask(self, pdu: Pdu, private: Pdu | None, name: str) -> Confirmation:
        """Raises as `ask`."""
        self.meters.messages.count()
        try:
            async with self.clock.timeout(self.limit_s):
                if not self.trace.wanted("asc"):
                    return await self.backend.request(pdu, private)
                return await self._watched(pdu, private)
        except TimeoutError:
            log.warning("no answer to %s within %g s; a late one will be dropped", name, self.limit_s)
            raise own(
                Own.SWITCH_TIMEOUT,
                f"the switch did not answer {name} within {self.limit_s:g} s; look at the state (snapshot) before "
                "asking again",
            ) from None

    async def _watched(self, pdu: Pdu, private: Pdu | None) -> Confirmation:
        """Ask while somebody watches: the request when it leaves, then its outcome."""
        self.trace.put("asc", lambda: f"-> {described(pdu, private)}")
        try:
            confirmation = await self.backend.request(pdu, private)
        except (CstaFailure, AcsFailure, LinkDown) as failure:
            told = str(failure) or type(failure).__name__
            self.trace.put("asc", lambda: f"<- {type(pdu).__name__} failed: {told}")
            raise
        self.trace.put("asc", lambda: f"<- {described(confirmation.pdu, confirmation.private)}")
        return confirmation

    async def escape(self, private: Pdu, kind: type[Private]) -> Private:
        """Ask for a private service; the result is its confirmation's private data, in the newest layout.

        Raises as `ask`, and RequestError when the confirmation has no such data.
        """
        return private_of(await self.ask(EscapeSvc(), private), kind)

    async def calls_at(self, device: str) -> tuple[CSTASnapshotDeviceResponseInfo, ...]:
        """The calls of a device with the state of each, the device's own first. Raises as `ask`."""
        confirmation = await self.ask(SnapshotDevice(snapshotObject=device))
        found: tuple[CSTASnapshotDeviceResponseInfo, ...] = confirmation.pdu.snapshotData
        return found

    async def parties_on(self, connection: ConnectionID) -> tuple[CSTASnapshotCallResponseInfo, ...]:
        """The parties of a call. Raises as `ask`."""
        confirmation = await self.ask(SnapshotCall(snapshotObject=connection))
        found: tuple[CSTASnapshotCallResponseInfo, ...] = confirmation.pdu.snapshotData
        return found

    async def ucid(self, connection: ConnectionID) -> str:
        """The UCID of a call; "" where the link has no private data, or the call has ended. Raises as `ask`."""
        try:
            return (await self.escape(ATTQueryUcid(call=connection), ATTQueryUcidConf)).ucid
        except (CstaFailure, RequestError):
            return ""


def _outcome(failure: CstaFailure | AcsFailure | LinkDown | RequestError) -> str:
    """What metrics call a failure."""
    if isinstance(failure, RequestError):
        return failure.name
    return LINK_DOWN if isinstance(failure, LinkDown) else failure.error.name


def private_of(confirmation: Confirmation, kind: type[Private]) -> Private:
    """The private data of a confirmation, in the newest layout.

    Raises RequestError when there are none of that kind.
    """
    private: Any = newest(confirmation.private)
    if not isinstance(private, kind):
        raise own(
            Own.UNEXPECTED_ANSWER,
            f"the switch confirmed without {kind.__name__}; private data may be off on this link",
        )
    return private


def ucid_of(confirmation: Confirmation) -> str:
    """The UCID in a confirmation's private data; "" where the switch or the link's version gives none."""
    return str(getattr(confirmation.private, "ucid", ""))
