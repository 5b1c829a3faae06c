"""The simulator as a backend, in process: one AES stream, its confirmations as awaitables, its events as one stream."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

from ivrsvr.backends.base import Confirmation, EventReport, LinkChange, LinkDown, LinkState, Pdu, Report, Reports
from ivrsvr.backends.simulator.aes import AesStream, Message
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.clock import Timer
from ivrsvr.csta.acs import (
    ACSClientHeartbeat,
    ACSCloseStreamConf,
    ACSUniversalFailureConf,
    ACSUniversalFailureEvent,
)
from ivrsvr.csta.enums import SystemStatus, SystemStatusFilter
from ivrsvr.csta.errors import AcsFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.pdu import EventClass, confirmation_of
from ivrsvr.csta.private.layouts import UUI_MOST, at_version, newest, uui_room
from ivrsvr.csta.system import SysStat, SysStatReq, SysStatStart, UniversalFailureConf

log = logging.getLogger(__name__)

CONFIRMATIONS = (EventClass.ACSCONFIRMATION, EventClass.CSTACONFIRMATION)
IN_SERVICE = (SystemStatus.SS_ENABLED, SystemStatus.SS_NORMAL)
REJECTED_BY_LINK = (
    CSTAUniversalFailure.ACS_HANDLE_TERMINATION_REJECTION,
    CSTAUniversalFailure.SERVICE_TERMINATION_REJECTION,
)
"""Failures that say that the request never met the switch, or that nobody knows."""

RETRY_S = 1.0
"""Seconds between attempts to open a stream."""

MAX_REPORTS = 100_000
"""Reports that may wait for the consumer; beyond that the stream is given up and opened anew."""


class SimulatorBackend:
    """`Backend` over a stream of the simulated AES, opened as `aes.stream` of the world says.

    max_reports: how many reports may wait for a slow consumer. When there are more they are worthless: the link is
                 reported down and up again, and the consumer has to start its monitors anew.
    """

    def __init__(self, simulator: Simulator, *, max_reports: int = MAX_REPORTS) -> None:
        self._simulator = simulator
        self._max_reports = max_reports
        self._stream: AesStream | None = None
        self._link = LinkState.DOWN
        self._number = 0
        self._sending = 0
        """The request that is being sent: an outcome that comes meanwhile is claimed at once."""
        self._waiting: dict[int, asyncio.Future[Confirmation]] = {}
        self._unclaimed = 0
        """Outcomes that have come and whose `request` has not returned yet: reports wait for them."""
        self._reports = Reports(lambda: self._running, lambda: self._unclaimed > 0)
        self._overflown = False
        self._running = False
        self._forget_resets: Callable[[], None] | None = None
        self._retry: Timer | None = None

    @property
    def link(self) -> LinkState:
        """The state of the link now."""
        return self._link

    @property
    def uui_room(self) -> int:
        """Octets of user-to-user information that the stream has room for."""
        return UUI_MOST if self._stream is None else uui_room(self._stream.version)

    async def start(self) -> None:
        """Open the stream. When the AES refuses it, the link stays down and a `LinkChange` says why."""
        if self._running:
            return
        self._running = True
        self._forget_resets = self._simulator.on_reset(self._reopen)
        refused = self._open()
        if refused:
            self._put(LinkChange(LinkState.DOWN, refused))

    async def stop(self) -> None:
        """Close the stream in order; `reports` ends after what it still has."""
        if not self._running:
            return
        self._running = False
        self._stop_retrying()
        if self._forget_resets is not None:
            self._forget_resets()
        self._link = LinkState.DOWN
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
        self._fail_waiting("the backend was stopped")
        self._reports.look()

    # ---- the stream

    def _open(self) -> str:
        """Open a stream; returns why there is no link then, "" when there is one."""
        config = self._simulator.world.aes.stream
        try:
            self._stream = self._simulator.aes.open(
                serverID=config.serverID,
                loginID=config.loginID,
                passwd=config.passwd,
                applicationName=config.applicationName,
                privateData=config.privateData,
                send=self._receive,
            )
        except AcsFailure as failure:
            return str(failure)
        self._stream.cut = self._cut
        self._ask(SysStatStart(statusFilter=SystemStatusFilter(0)), None)[1].result()
        status = self._ask(SysStatReq(), None)[1].result().pdu.systemStatus
        if status in IN_SERVICE:
            self._link = LinkState.UP
            return ""
        return f"the CTI link is down: {status.name}"

    def _reopen(self) -> None:
        """Whatever stream there was is gone; another one is opened."""
        if self._running:
            self._stream = None
            self._stop_retrying()
            refused = self._open()
            self._put(LinkChange(LinkState.DOWN, refused) if refused else LinkChange(LinkState.UP))

    def _stop_retrying(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _cut(self) -> None:
        """The connection breaks without a word."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.abort()
        self._lose("the connection to the AES was cut")

    def _try_again(self) -> None:
        """The stream is gone: try, until there is one, to open another."""
        self._retry = None
        if not self._running or self._stream is not None:
            return
        if self._open():
            self._retry = self._simulator.clock.call_later(RETRY_S, self._try_again)
        else:
            self._put(LinkChange(LinkState.UP))

    def _receive(self, message: Message) -> None:
        pdu = message.pdu
        if isinstance(pdu, ACSCloseStreamConf):
            # `stop` closed the stream; it waits for nothing more.
            return
        if message.event_class in CONFIRMATIONS:
            self._settle(message)
        elif isinstance(pdu, SysStat):
            up = pdu.state in IN_SERVICE
            self._set_link(
                LinkState.UP if up else LinkState.DOWN, "" if up else f"the CTI link is down: {pdu.state.name}"
            )
        elif isinstance(pdu, ACSUniversalFailureEvent):
            self._stream = None
            self._lose(f"the AES ended the stream: {pdu.error.name}")
        elif not isinstance(pdu, ACSClientHeartbeat):
            self._put(EventReport(message.crossRef, pdu, message.private))

    def _lose(self, reason: str) -> None:
        """The stream is gone, and with it every request that has no outcome."""
        self._set_link(LinkState.DOWN, reason)
        self._fail_waiting(reason)
        if self._running and self._retry is None:
            self._retry = self._simulator.clock.call_later(RETRY_S, self._try_again)

    def _set_link(self, state: LinkState, reason: str) -> None:
        if state is not self._link:
            self._link = state
            self._put(LinkChange(state, reason))

    # ---- requests

    async def request(self, pdu: Pdu, private: Pdu | None = None) -> Confirmation:
        """Ask for a service; see `Backend.request`. When it is confirmed at once, it returns without suspending.

        A request that is never confirmed (a routing answer) returns at once, with a confirmation whose PDU is None.
        """
        stream = self._stream
        if stream is None or self._link is LinkState.DOWN:
            raise LinkDown("the link to the switch is down; ask again when it is up")
        if confirmation_of(pdu) is None:
            self._number += 1
            stream.request(self._number, pdu, at_version(newest(private), stream.version))
            return Confirmation(None)
        number, future = self._ask(pdu, private)
        if future.done():
            return future.result()
        try:
            return await asyncio.shield(future)
        finally:
            if future.done():
                future.exception()
                self._unclaimed -= 1
                self._reports.look()
            else:
                # Whoever asked has gone away: the outcome, which may be lost and never come, is for nobody.
                self._waiting.pop(number, None)

    def _ask(self, pdu: Pdu, private: Pdu | None) -> tuple[int, asyncio.Future[Confirmation]]:
        """Send a request; its number, and its outcome, which may be there already."""
        stream = self._stream
        if stream is None:
            raise LinkDown("there is no stream to the switch")
        self._number += 1
        number = self._sending = self._number
        future: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            stream.request(number, pdu, at_version(newest(private), stream.version))
        finally:
            self._sending = 0
        return number, future

    def _settle(self, message: Message) -> None:
        future = self._waiting.pop(message.invokeID, None)
        if future is None:
            log.warning("a late answer to request %d, %s, is for nobody", message.invokeID, type(message.pdu).__name__)
            return
        if message.invokeID != self._sending:
            self._unclaimed += 1
        pdu = message.pdu
        if isinstance(pdu, UniversalFailureConf):
            failure = CstaFailure(pdu.error)
            future.set_exception(LinkDown(str(failure)) if pdu.error in REJECTED_BY_LINK else failure)
        elif isinstance(pdu, ACSUniversalFailureConf):
            future.set_exception(AcsFailure(pdu.error))
        else:
            future.set_result(Confirmation(pdu, message.private))

    def _fail_waiting(self, reason: str) -> None:
        for number, future in list(self._waiting.items()):
            future.set_exception(LinkDown(reason))
            self._unclaimed += number != self._sending
        self._waiting.clear()

    # ---- reports

    def _put(self, report: Report) -> None:
        if self._overflown:
            return
        if len(self._reports) >= self._max_reports:
            self._overflown = True
            asyncio.get_running_loop().call_soon(self._give_up)
            return
        self._reports.put(report)

    def _give_up(self) -> None:
        """Too much was not taken in time: begin again with another stream."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.abort()
        self._reports.clear()
        self._overflown = False
        self._lose(f"{self._max_reports} reports were not taken in time")
        self._reopen()

    def reports(self) -> AsyncIterator[Report]:
        """Everything that the switch reports, in order; for one consumer. Ends when the backend stops."""
        return self._reports.stream()

    async def caught_up(self) -> None:
        """Wait until the consumer has dealt with what has been reported by now."""
        await self._reports.caught_up()
