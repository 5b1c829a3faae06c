"""The production backend: one stream to one AES at a time, kept open over a list of TLINKs."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator

from ivrsvr.backends.base import Confirmation, EventReport, LinkChange, LinkDown, LinkState, Pdu, Report
from ivrsvr.backends.tsapi.client import Client, StreamLost
from ivrsvr.backends.tsapi.links import Links, Target, back_off
from ivrsvr.backends.tsapi.wire.ber import EncodeError
from ivrsvr.backends.tsapi.wire.codec import compile_all
from ivrsvr.clock import Clock
from ivrsvr.csta.enums import SystemStatus, SystemStatusFilter
from ivrsvr.csta.errors import AcsFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.private.layouts import newest
from ivrsvr.csta.system import SysStat, SysStatReq, SysStatStart

log = logging.getLogger(__name__)

IN_SERVICE = (SystemStatus.SS_ENABLED, SystemStatus.SS_NORMAL)
OUT_OF_SERVICE = (SystemStatus.SS_DISABLED, SystemStatus.SS_OVERLOAD_IMMINENT, SystemStatus.SS_OVERLOAD_REACHED)
"""States that real clients take as out of service (wire.md section 8)."""

REJECTED_BY_LINK = (
    CSTAUniversalFailure.ACS_HANDLE_TERMINATION_REJECTION,
    CSTAUniversalFailure.SERVICE_TERMINATION_REJECTION,
)
"""Failures that say that the request never met the switch, or that nobody knows."""

STEADY_S = 30.0
"""A stream that was open for so long counts as a good one: the back-off begins anew after it."""

MANY_REPORTS = 10_000
"""Reports that may wait for the consumer before no more are read from the AES, until half of them are taken."""


class TsapiBackend:
    """`Backend` over the TSAPI wire protocol."""

    def __init__(self, links: Links, clock: Clock) -> None:
        self.links = links
        self.target: Target | None = None
        """The TLINK in use; None while there is none."""
        self.reasons: dict[Target, str] = {}
        """Why TLINKs could not be opened, at the last attempt."""
        self._clock = clock
        self._client: Client | None = None
        self._link = LinkState.DOWN
        self._reports: deque[Report] = deque()
        self._changed = asyncio.Event()
        self._lost = asyncio.Event()
        self._tried = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._running = False
        self._paused = False

    @property
    def link(self) -> LinkState:
        """The state of the link now."""
        return self._link

    async def start(self) -> None:
        """Try the TLINKs in their order; returns when one of them is open or all have failed. It is tried on."""
        if self._running:
            return
        compile_all()
        self._running = True
        self._tried.clear()
        self._keeper = asyncio.create_task(self._keep(), name="tsapi")
        await self._tried.wait()

    async def stop(self) -> None:
        """Close the stream in order; `reports` ends after what it still has."""
        if not self._running:
            return
        self._running = False
        self._link = LinkState.DOWN
        keeper, self._keeper = self._keeper, None
        client, self._client = self._client, None
        if client is not None:
            await client.close()
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])
        self._changed.set()

    # ---- the stream

    async def _keep(self) -> None:
        """Have a stream open for as long as the backend runs.

        A stream that is lost is opened anew at once; one that is lost again and again, only after the back-off.
        """
        delays, short_lives = back_off(self._clock), 0
        while True:
            while not await self._open_first():
                self._tried.set()
                await self._pause(next(delays))
            self._tried.set()
            opened = self._clock.now()
            await self._lost.wait()
            if self._clock.now() - opened >= STEADY_S:
                delays, short_lives = back_off(self._clock), 0
                continue
            short_lives += 1
            if short_lives > 1:
                await self._pause(next(delays))

    async def _pause(self, delay: float) -> None:
        log.warning("no TLINK stays open; next attempt in %.1f s", delay)
        await self._clock.sleep(delay)

    async def _open_first(self) -> bool:
        """Open the first TLINK that can be opened; the list is always gone through from its beginning."""
        reasons = []
        for target in self.links.targets:
            self._lost.clear()
            try:
                client = await self.links.open(target, self._report)
            except StreamLost as lost:
                log.warning("%s: %s", target, lost)
                self.reasons[target] = str(lost)
                reasons.append(f"{target.tlink}: {lost}")
                continue
            self.reasons.pop(target, None)
            if await self._into_service(client, target):
                return True
        self._set_link(LinkState.DOWN, "; ".join(reasons), tell=not self._tried.is_set())
        return False

    async def _into_service(self, client: Client, target: Target) -> bool:
        """Learn the state of the CTI link behind a stream that was opened. False when the stream is lost meanwhile."""
        self._client, self.target = client, target
        log.info("%s is open with private data %s", target, client.version or "none")
        up = True
        try:
            await client.request(SysStatStart(statusFilter=SystemStatusFilter(0)))
            status = (await client.request(SysStatReq())).pdu.systemStatus
            up = status in IN_SERVICE
        except (CstaFailure, AcsFailure) as failure:
            # A server without system status is in service as long as its stream is (wire.md section 6).
            log.info("%s tells no system status: %s", target, failure)
        except StreamLost:
            return False
        self._set_link(LinkState.UP if up else LinkState.DOWN, "" if up else "the CTI link is down", tell=True)
        return True

    def _report(self, report: EventReport | StreamLost) -> None:
        if isinstance(report, StreamLost):
            self._client = self.target = None
            self._set_link(LinkState.DOWN, str(report))
            self._lost.set()
        elif isinstance(report.pdu, SysStat):
            if report.pdu.state in IN_SERVICE:
                self._set_link(LinkState.UP, report.pdu.state.name)
            elif report.pdu.state in OUT_OF_SERVICE:
                self._set_link(LinkState.DOWN, report.pdu.state.name)
        else:
            self._put(report)

    def _set_link(self, state: LinkState, reason: str, *, tell: bool = False) -> None:
        if state is not self._link or tell:
            self._link = state
            self._put(LinkChange(state, reason))

    # ---- requests

    async def request(self, pdu: Pdu, private: Pdu | None = None) -> Confirmation:
        """Ask for a service; see `Backend.request`.

        A request that is never confirmed (a routing answer) returns an empty confirmation.
        """
        client = self._client
        if client is None or self._link is LinkState.DOWN:
            raise LinkDown("there is no link to the switch; ask again when it is up")
        try:
            return await client.request(pdu, newest(private))
        except StreamLost as lost:
            raise LinkDown(str(lost)) from lost
        except EncodeError as error:
            raise CstaFailure(CSTAUniversalFailure.VALUE_OUT_OF_RANGE, str(error)) from error
        except CstaFailure as failure:
            if failure.error in REJECTED_BY_LINK:
                raise LinkDown(str(failure)) from failure
            raise
        finally:
            self._changed.set()

    # ---- reports

    def _put(self, report: Report) -> None:
        self._reports.append(report)
        self._changed.set()
        if len(self._reports) > MANY_REPORTS and not self._paused and self._client is not None:
            self._paused = True
            self._client.pause(True)

    async def reports(self) -> AsyncIterator[Report]:
        """Everything that the switch reports, in order; for one consumer. Ends when the backend stops."""
        while self._running or self._reports:
            # A confirmation came before these reports: whoever waits for it goes first.
            if self._reports and not (self._client is not None and self._client.unclaimed):
                yield self._take()
            else:
                self._changed.clear()
                await self._changed.wait()

    def _take(self) -> Report:
        report = self._reports.popleft()
        if self._paused and len(self._reports) < MANY_REPORTS // 2 and self._client is not None:
            self._paused = False
            self._client.pause(False)
        return report
