"""The production backend: one stream to one AES at a time, kept open over a list of TLINKs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Protocol

from ivrsvr.backends.base import Confirmation, EventReport, LinkChange, LinkDown, LinkState, Pdu, Report, Reports
from ivrsvr.backends.tsapi.absent import without_empty_ucids
from ivrsvr.backends.tsapi.client import Listener, StreamLost
from ivrsvr.backends.tsapi.links import Target, back_off
from ivrsvr.backends.tsapi.wire.ber import EncodeError
from ivrsvr.backends.tsapi.wire.codec import compile_all
from ivrsvr.clock import Clock
from ivrsvr.csta.enums import SystemStatus, SystemStatusFilter
from ivrsvr.csta.errors import AcsFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.private.layouts import UUI_MOST, newest, uui_room
from ivrsvr.csta.system import SysStat, SysStatReq, SysStatStart

log = logging.getLogger(__name__)

IN_SERVICE = (SystemStatus.SS_ENABLED, SystemStatus.SS_NORMAL, SystemStatus.SS_OVERLOAD_RELIEVED)
OUT_OF_SERVICE = (SystemStatus.SS_DISABLED, SystemStatus.SS_OVERLOAD_IMMINENT, SystemStatus.SS_OVERLOAD_REACHED)
"""States that real clients take as out of service (wire.md section 8). Relief from an overload ends it for us, although
they wait for one more word."""

REJECTED_BY_LINK = (
    CSTAUniversalFailure.ACS_HANDLE_TERMINATION_REJECTION,
    CSTAUniversalFailure.SERVICE_TERMINATION_REJECTION,
)
"""Failures that say that the request never met the switch, or that nobody knows."""

CTI_LINK_DOWN = "the CTI link is down"

STEADY_S = 30.0
"""A stream that was open for so long counts as a good one: the back-off begins anew after it."""

PATIENCE_S = 5.0
"""How long a stream whose CTI link is down is kept, at least, where there are other TLINKs to look for; where there are
none, after what time, at least, it is asked for its state again."""

MANY_REPORTS = 10_000
"""Reports that may wait for the consumer before no more are read from the AES, until half of them are taken."""


class Stream(Protocol):
    """A stream to an AES, as `Client` has it."""

    unclaimed: int

    @property
    def version(self) -> int | None: ...
    async def request(self, pdu: Pdu, private: Pdu | None = None) -> Confirmation: ...
    async def close(self) -> None: ...
    def abort(self) -> None: ...
    def pause(self, paused: bool) -> None: ...


class Opener(Protocol):
    """The TLINKs in their order, and the way to open one: by the protocol or through the vendor's library."""

    targets: tuple[Target, ...]

    async def open(self, target: Target, listener: Listener) -> Stream:
        """Raises StreamLost."""
        ...


class TsapiBackend:
    """`Backend` over TSAPI."""

    def __init__(self, links: Opener, clock: Clock) -> None:
        self.links = links
        self.target: Target | None = None
        """The TLINK in use; None while there is none."""
        self.reasons: dict[Target, str] = {}
        """Why TLINKs could not be opened, at the last attempt."""
        self._clock = clock
        self._client: Stream | None = None
        self._link = LinkState.DOWN
        self._reports = Reports(lambda: self._running, lambda: self._client is not None and self._client.unclaimed > 0)
        self._lost = asyncio.Event()
        self._turned = asyncio.Event()
        """Set when the stream is lost, or its CTI link goes down or comes back."""
        self._renewed = asyncio.Event()
        """Set when there are other TLINKs to try."""
        self._silent: Target | None = None
        """The TLINK whose stream was lost in silence, until the list was gone through."""
        self._patience = back_off(clock)
        self._tried = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._running = False
        self._paused = False

    @property
    def link(self) -> LinkState:
        """The state of the link now."""
        return self._link

    @property
    def uui_room(self) -> int:
        """Octets of user-to-user information that the stream has room for."""
        return UUI_MOST if self._client is None else uui_room(self._client.version)

    async def start(self) -> None:
        """Try the TLINKs in their order; returns when one of them is open or all have failed. It is tried on."""
        if self._running:
            return
        compile_all()
        self._running = True
        self._tried.clear()
        self._keeper = asyncio.create_task(self._keep(), name="tsapi")
        await self._tried.wait()

    def change(self, links: Opener) -> None:
        """Use other TLINKs from now on; a stream lives on if its TLINK is still among them."""
        self.links = links
        self.reasons = {target: reason for target, reason in self.reasons.items() if target in links.targets}
        self._renewed.set()
        client = self._client
        if client is not None and self.target not in links.targets:
            client.abort()
            self._report(StreamLost("its TLINK was taken out of the settings"))

    async def stop(self) -> None:
        """Close the stream in order; `reports` ends after what it still has."""
        if not self._running:
            return
        self._running = False
        self._link = LinkState.DOWN
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])
        client, self._client = self._client, None
        if client is not None:
            await client.close()
        self._reports.look()

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
            if not await self._until_lost():
                continue
            if self._clock.now() - opened >= STEADY_S:
                delays, short_lives = back_off(self._clock), 0
                continue
            short_lives += 1
            if short_lives > 1:
                await self._pause(next(delays))

    async def _until_lost(self) -> bool:
        """Until the stream is lost. False: given up, since its CTI link stays down and there are other TLINKs."""
        while not self._lost.is_set():
            self._turned.clear()
            if self._link is LinkState.UP:
                self._patience = back_off(self._clock)
                await self._turned.wait()
                continue
            try:
                async with self._clock.timeout(max(PATIENCE_S, next(self._patience))):
                    await self._turned.wait()
            except TimeoutError:
                if len(self.links.targets) == 1:
                    await self._ask_again()
                    continue
                log.warning("%s: its CTI link stays down; looking for another TLINK", self.target)
                self._give_up()
                return False
        return True

    async def _pause(self, delay: float) -> None:
        log.warning("no TLINK stays open; next attempt in %.1f s", delay)
        try:
            async with self._clock.timeout(delay):
                await self._renewed.wait()
        except TimeoutError:
            return

    async def _open_first(self) -> bool:
        """Open the first TLINK whose CTI link is in service; the list is always gone through from its beginning.

        Only a TLINK that has just fallen silent comes last: an AES that is frozen, or out of reach, would let each step
        wait for its time limit, while the next one in the list is there.

        Where no CTI link is, the first TLINK that can be opened at all: it will tell when its link is back.
        """
        self._renewed.clear()  # a change during the attempts must shorten the pause after them
        alone = len(self.links.targets) == 1
        idle: list[Target] = []
        silent, self._silent = self._silent, None
        for target in sorted(self.links.targets, key=lambda one: one == silent):
            up = await self._open(target)
            if up or (alone and up is not None):
                return True
            if up is not None:
                idle.append(target)
                self._give_up()
        if idle and await self._open(idle[0]) is not None:
            return True
        reasons = "; ".join(f"{target.tlink}: {self.reasons[target]}" for target in self.links.targets)
        self._set_link(LinkState.DOWN, reasons, tell=not self._tried.is_set())
        return False

    async def _open(self, target: Target) -> bool | None:
        """Open a TLINK. False: its CTI link is down, but it is open; None: it is not. `reasons` has why."""
        self._lost.clear()
        self._turned.clear()
        client: Stream | None = None
        try:
            client = await self.links.open(target, self._report)
            self._client, self.target, self._paused = client, target, False
            log.info("%s is open with private data %s", target, client.version or "none")
            up = await self._is_in_service(client, target)
        except StreamLost as lost:
            log.warning("%s: %s", target, lost)
            self.reasons[target] = str(lost)
            self._silent = target if lost.silent else self._silent
            if client is not None:
                client.abort()
            self._client = self.target = None
            return None
        except Exception:
            # A fault of ours with one TLINK must not keep the server from the others, or from trying again.
            log.exception("%s could not be opened", target)
            self.reasons[target] = "a fault of this server, which the log shows"
            return None
        if self._lost.is_set():
            return None
        if self._turned.is_set():  # what the link told of itself meanwhile is newer than its answer
            return self._link is LinkState.UP
        if up:
            self.reasons.pop(target, None)
            self._set_link(LinkState.UP, tell=True)
        else:
            self.reasons[target] = CTI_LINK_DOWN
            self._set_link(LinkState.DOWN, CTI_LINK_DOWN, tell=len(self.links.targets) == 1)
        return up

    def _give_up(self) -> None:
        """Close a stream whose CTI link is down: everybody was told of that already."""
        client, self._client, self.target = self._client, None, None
        if client is not None:
            client.abort()

    async def _ask_again(self) -> None:
        """Ask for the state of the CTI link of the stream in use: it may have come back without a word."""
        client, target = self._client, self.target
        if client is None or target is None:
            return
        try:
            up = await self._is_in_service(client, target)
        except StreamLost as lost:
            if not self._lost.is_set():
                client.abort()
                self._report(lost)
            return
        if up and not self._turned.is_set():
            self._turn(LinkState.UP, "")

    async def _is_in_service(self, client: Stream, target: Target) -> bool:
        """The state of the CTI link behind a stream. Raises StreamLost, also where nothing is answered."""
        try:
            await client.request(SysStatStart(statusFilter=SystemStatusFilter(0)))
            return (await client.request(SysStatReq())).pdu.systemStatus in IN_SERVICE
        except (CstaFailure, AcsFailure) as failure:
            if isinstance(failure, CstaFailure) and failure.error in REJECTED_BY_LINK:
                return False
            if failure.error is CSTAUniversalFailure.REQUEST_TIMEOUT_REJECTION:
                raise StreamLost("it is open, but nothing is answered", silent=True) from failure
            # A server without system status is in service as long as its stream is (wire.md section 6).
            log.info("%s tells no system status: %s", target, failure)
            return True

    def _report(self, report: EventReport | StreamLost) -> None:
        if isinstance(report, StreamLost):
            if self.target is not None:
                self.reasons[self.target] = str(report)
                self._silent = self.target if report.silent else None
            self._client = self.target = None
            self._set_link(LinkState.DOWN, str(report))
            self._lost.set()
            self._turned.set()
        elif isinstance(report.pdu, SysStat):
            if report.pdu.state in IN_SERVICE:
                self._turn(LinkState.UP, "")
            elif report.pdu.state in OUT_OF_SERVICE:
                self._turn(LinkState.DOWN, f"the CTI link is down: {report.pdu.state.name}")
        else:
            self._put(replace(report, private=without_empty_ucids(report.private)))

    def _turn(self, state: LinkState, reason: str) -> None:
        """The CTI link of the stream in use went down or came back."""
        if self.target is None:
            return
        self.reasons.pop(self.target, None)
        if state is LinkState.DOWN:
            self.reasons[self.target] = f"{CTI_LINK_DOWN} ({reason})"
        self._set_link(state, reason)
        self._turned.set()

    def _set_link(self, state: LinkState, reason: str = "", *, tell: bool = False) -> None:
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
            confirmation = await client.request(pdu, newest(private))
            return replace(confirmation, private=without_empty_ucids(confirmation.private))
        except StreamLost as lost:
            raise LinkDown(str(lost)) from lost
        except EncodeError as error:
            raise CstaFailure(CSTAUniversalFailure.VALUE_OUT_OF_RANGE, str(error)) from error
        except CstaFailure as failure:
            if failure.error in REJECTED_BY_LINK:
                raise LinkDown(str(failure)) from failure
            raise
        finally:
            self._reports.look()

    # ---- reports

    def _put(self, report: Report) -> None:
        self._reports.put(report)
        if len(self._reports) > MANY_REPORTS and not self._paused and self._client is not None:
            self._paused = True
            self._client.pause(True)

    def reports(self) -> AsyncIterator[Report]:
        """Everything that the switch reports, in order; for one consumer. Ends when the backend stops."""
        return self._reports.stream(self._taken)

    def _taken(self) -> None:
        if self._paused and len(self._reports) < MANY_REPORTS // 2 and self._client is not None:
            self._paused = False
            self._client.pause(False)

    async def caught_up(self) -> None:
        """Wait until the consumer has dealt with what has been reported by now."""
        await self._reports.caught_up()
