"""A stream through the library: requests to it, outcomes to those who asked, reports to one listener."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ivrsvr.backends.base import Confirmation, EventReport
from ivrsvr.backends.tsapi.client import Listener, StreamLost
from ivrsvr.backends.tsapi.library.binding import (
    BAD_HANDLE,
    BAD_PARAMETER,
    BUFFER_SMALL,
    NO_SERVER,
    STREAM_FAILED,
    UNKNOWN,
    Event,
    Library,
    Refused,
)
from ivrsvr.backends.tsapi.links import Target
from ivrsvr.backends.tsapi.stream.client_end import STEP_S, Login, fitting
from ivrsvr.backends.tsapi.wire.ber import DecodeError
from ivrsvr.backends.tsapi.wire.private import VERSIONS, decode_g3, decode_grant, encode_g3
from ivrsvr.clock import Clock
from ivrsvr.csta.acs import ACSCloseStreamConf, ACSOpenStreamConf, ACSUniversalFailureConf, ACSUniversalFailureEvent
from ivrsvr.csta.errors import AcsFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.pdu import EventClass, confirmation_of
from ivrsvr.csta.system import UniversalFailureConf

log = logging.getLogger(__name__)

AT_A_TIME = 200
"""Events that are fetched before others get their turn."""

MISSES_MOST, MISSES_S = 50, 1.0
"""Events that the library may be unable to read in a row, each so soon after the last: one costs nothing but itself."""


class LibraryClient:
    """One stream of the library. Made by `LibraryLinks.open`."""

    def __init__(self, library: Library, clock: Clock, listener: Listener, note: Callable[[str], None]) -> None:
        self.unclaimed = 0
        """Outcomes that have come and whose `request` has not returned yet."""
        self.version: int | None = None
        """The private-data version in force."""
        self._library = library
        self._clock = clock
        self._listener = listener
        self._note = note
        self._loop = asyncio.get_running_loop()
        self._handle = 0
        self._invoke = 1
        self._descriptor: int | None = None
        self._waiting: dict[int, tuple[Any, asyncio.Future[Confirmation]]] = {}
        self._step: asyncio.Future[Any] = self._loop.create_future()
        self._open = self._ended = self._closing = self._paused = False
        self._more: asyncio.Handle | None = None
        self._misses = 0
        self._missed = 0.0
        self._thread: threading.Thread | None = None
        self._go = threading.Event()
        """Lets the thread fetch."""

    async def begin(self, login: Login) -> None:
        """Open the stream. Raises StreamLost."""
        # It blocks for the name service and the connection; nothing else knows the handle yet.
        opening = asyncio.ensure_future(asyncio.to_thread(self._library.open, login, self._invoke))
        try:
            self._handle = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(self._abandon)
            raise
        except Refused as refused:
            text = f"{login.tlink}: {refused}" if refused.code == NO_SERVER else str(refused)
            raise StreamLost(text) from None
        self._listen()
        try:
            async with self._clock.timeout(STEP_S):
                await self._step
        except TimeoutError:
            self.abort()
            raise StreamLost(f"no answer to the open request within {STEP_S:g} s") from None
        except BaseException:
            self.abort()
            raise
        self._open = True

    def _abandon(self, opening: "asyncio.Future[int]") -> None:
        """Nobody waits for the stream any more that was just opened."""
        if not opening.cancelled() and opening.exception() is None:
            self._library.abort(opening.result())

    # ---- asking

    async def request(self, pdu: Any, private: Any | None = None) -> Confirmation:
        """Ask, and wait for the outcome; for a request that is never confirmed, an empty confirmation at once.

        Raises CstaFailure, AcsFailure, EncodeError, and StreamLost when the stream ends before the outcome.
        """
        if self._ended:
            raise StreamLost("the stream has ended")
        fit = fitting(pdu, private, self.version)
        self._invoke = self._invoke % 0x7FFF_FFFF + 1
        invoke = self._invoke
        try:
            self._library.ask(self._handle, invoke, pdu, None if fit is None else encode_g3(fit))
        except Refused as refused:
            raise self._refusal(refused) from refused
        if confirmation_of(pdu) is None:
            return Confirmation(None)
        future: asyncio.Future[Confirmation] = self._loop.create_future()
        self._waiting[invoke] = (pdu, future)
        try:
            return await future
        finally:
            if self._waiting.pop(invoke, None) is None:
                self.unclaimed -= 1

    def _refusal(self, refused: Refused) -> CstaFailure | StreamLost:
        if refused.code in _GONE:
            self._over(StreamLost(str(refused)))
            return StreamLost(str(refused))
        error = _FAILURES.get(refused.code, CSTAUniversalFailure.GENERIC_SYSTEM_RESOURCE_AVAILABILITY)
        return CstaFailure(error, str(refused))

    async def close(self) -> None:
        """Close in order: the AES confirms; when it does not, at once."""
        self._closing = True
        if self._ended:
            return
        self._step = self._loop.create_future()
        try:
            self._library.close(self._handle, self._invoke + 1)
            self.pause(False)
            async with self._clock.timeout(STEP_S):
                await self._step
        except (Refused, StreamLost, TimeoutError):
            pass
        finally:
            self.abort()

    def abort(self) -> None:
        """Close at once."""
        self._closing = True
        self._over(StreamLost("aborted"))

    def pause(self, paused: bool) -> None:
        """Fetch no events while there is too much to be taken, or go on."""
        if self._ended or paused is self._paused:
            return
        self._paused = paused
        if paused:
            self._deaf()
        else:
            self._listen()

    # ---- fetching

    def _listen(self) -> None:
        """Be told when something has come: by the library's socket where it shows one, otherwise by a thread."""
        self._descriptor = self._library.descriptor(self._handle)
        if self._descriptor is not None:
            self._loop.add_reader(self._descriptor, self._drain)
            self._more = self._loop.call_soon(self._drain)
            return
        self._go.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._wait, name="tsapi-library", daemon=True)
            self._thread.start()

    def _deaf(self) -> None:
        if not self._ended:
            self._go.clear()
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
            self._descriptor = None
        if self._more is not None:
            self._more.cancel()
            self._more = None

    def _drain(self) -> None:
        for _ in range(AT_A_TIME):
            if self._ended or self._paused:
                return
            if self._descriptor is not None and closed(self._descriptor):
                # Fetching after the AES's orderly close never comes back in a real client (ABI section 7).
                self._over(StreamLost("the connection was lost (closed by the AES)"))
                return
            try:
                event = self._library.poll(self._handle)
            except Refused as refused:
                if self._missed_one(refused):
                    self._note(str(refused))
                    continue
                self._over(StreamLost(str(refused)))
                return
            except DecodeError as error:
                self._note(str(error))
                continue
            if event is None:
                return
            self._take(event)
        self._more = self._loop.call_soon(self._drain)

    def _wait(self) -> None:
        """In a thread of its own: fetch events until the stream ends. A stream that ends wakes it."""
        while self._go.wait() and not self._ended:
            try:
                event = self._library.wait(self._handle)
            except Refused as refused:
                if self._missed_one(refused):
                    self._tell(self._note, str(refused))
                    continue
                self._tell(self._over, StreamLost(str(refused)))
                return
            except DecodeError as error:
                self._tell(self._note, str(error))
                continue
            if event is not None:
                self._tell(self._take, event)

    def _missed_one(self, refused: Refused) -> bool:
        """Whether the library has lost one event and goes on: what it does not know, or cannot read (ABI section 4)."""
        now = self._clock.now()
        self._misses = self._misses + 1 if now - self._missed < MISSES_S else 1
        self._missed = now
        return refused.code in (UNKNOWN, BUFFER_SMALL) and self._misses <= MISSES_MOST

    def _tell(self, what: Callable[..., None], *arguments: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what, *arguments)

    # ---- taking

    def _take(self, event: Event) -> None:
        if self._ended:
            return
        if event.pdu is None:
            self._note(f"event {event.number} of class {event.event_class}: {event.problem}")
            if event.invokeID in self._waiting:
                text = f"the answer can't be read: {event.problem}"
                self._settle(event.invokeID, CstaFailure(CSTAUniversalFailure.MISTYPED_RESULT_REJECTION, text))
            return
        pdu = event.pdu
        match event.event_class:
            case EventClass.ACSUNSOLICITED if isinstance(pdu, ACSUniversalFailureEvent):
                self._over(StreamLost("the server ended the stream", AcsFailure(pdu.error)))
            case EventClass.ACSCONFIRMATION if event.invokeID not in self._waiting:
                self._stepped(event)
            case EventClass.ACSCONFIRMATION | EventClass.CSTACONFIRMATION:
                self._confirmed(event)
            case EventClass.CSTAUNSOLICITED | EventClass.CSTAEVENTREPORT | EventClass.CSTAREQUEST:
                self._listener(EventReport(event.crossRef, pdu, self._private(event)))
            case _:
                self._note(f"{type(pdu).__name__} with class {event.event_class}")

    def _stepped(self, event: Event) -> None:
        """An answer on the way to an open stream or out of it."""
        pdu = event.pdu
        if self._step.done():
            self._note(f"{type(pdu).__name__} for invoke id {event.invokeID}, which is not outstanding")
        elif isinstance(pdu, ACSOpenStreamConf) and not self._open:
            granted = decode_grant(event.block) if event.block is not None else None
            self.version = granted if granted in VERSIONS else None
            self._step.set_result(pdu)
        elif isinstance(pdu, ACSUniversalFailureConf):
            self._step.set_exception(StreamLost("the server refused the stream", AcsFailure(pdu.error)))
        elif isinstance(pdu, ACSCloseStreamConf) and self._closing:
            self._step.set_result(pdu)
        else:
            self._note(f"{type(pdu).__name__} while the stream is being opened")

    def _confirmed(self, event: Event) -> None:
        asked = self._waiting.get(event.invokeID)
        pdu = event.pdu
        if asked is None:
            self._note(f"{type(pdu).__name__} for invoke id {event.invokeID} comes too late")
        elif isinstance(pdu, UniversalFailureConf):
            self._settle(event.invokeID, CstaFailure(pdu.error))
        elif isinstance(pdu, ACSUniversalFailureConf):
            self._settle(event.invokeID, AcsFailure(pdu.error))
        elif type(pdu) is not confirmation_of(asked[0]):
            text = f"{type(asked[0]).__name__} was answered with {type(pdu).__name__}"
            self._settle(event.invokeID, CstaFailure(CSTAUniversalFailure.MISTYPED_RESULT_REJECTION, text))
        else:
            self._settle(event.invokeID, Confirmation(pdu, self._private(event)))

    def _private(self, event: Event) -> Any | None:
        """The private data of an event; those that can't be read never hide the event itself."""
        try:
            return None if event.block is None else decode_g3(event.block)
        except DecodeError as error:
            self._note(f"private data of {type(event.pdu).__name__}: {error}")
            return None

    def _settle(self, invoke: int, outcome: Confirmation | CstaFailure | AcsFailure | StreamLost) -> None:
        _, future = self._waiting.pop(invoke)
        self.unclaimed += 1
        if future.done():
            return
        if isinstance(outcome, Confirmation):
            future.set_result(outcome)
        else:
            future.set_exception(outcome)

    def _over(self, lost: StreamLost) -> None:
        if self._ended:
            return
        self._ended = True
        self._deaf()
        self._library.abort(self._handle)  # one that is dead already stays so
        self._go.set()  # the thread sees that it is over
        for invoke in list(self._waiting):
            self._settle(invoke, StreamLost(str(lost), lost.failure))
        if not self._step.done():
            if self._open:
                self._step.set_result(None)
            else:
                self._step.set_exception(lost)
        if self._open and not self._closing:
            self._listener(lost)


_GONE = (BAD_HANDLE, STREAM_FAILED)
_FAILURES = {BAD_PARAMETER: CSTAUniversalFailure.VALUE_OUT_OF_RANGE}


def closed(descriptor: int) -> bool:
    """Whether the peer of a socket has closed it in order; nothing is taken from it."""
    try:
        borrowed = socket.socket(fileno=descriptor)
    except OSError:
        return False  # no socket: the library shows something else that can be waited for
    try:
        return borrowed.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except OSError:
        return False
    finally:
        borrowed.detach()


class LibraryLinks:
    """The TLINKs in their order, each opened through the library; hosts and certificates are the library's own affair.

    login: what the streams of a target are opened with.
    """

    def __init__(
        self, targets: Sequence[Target], login: Callable[[Target], Login], clock: Clock, library: Library
    ) -> None:
        if not targets:
            raise ValueError("there is no TLINK; set ivr_tlink_01")
        self.targets = tuple(targets)
        self._login = login
        self._clock = clock
        self._library = library

    async def open(self, target: Target, listener: Listener) -> LibraryClient:
        """Open a stream. Raises StreamLost."""

        def note(what: str) -> None:
            log.info("%s: ignored: %s", target.tlink, what)

        client = LibraryClient(self._library, self._clock, listener, note)
        await client.begin(replace(self._login(target), tlink=target.tlink))
        return client
