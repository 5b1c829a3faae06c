"""A stream over TCP or TLS: octets to its `ClientEnd`, outcomes to those who asked, reports to one listener."""

import asyncio
import contextlib
import os
import ssl
from collections.abc import Callable
from typing import Any

from ivrsvr.backends.base import Confirmation, EventReport
from ivrsvr.backends.tsapi.stream.channel import Trace
from ivrsvr.backends.tsapi.stream.client_end import STEP_S, ClientEnd, Login
from ivrsvr.backends.tsapi.stream.events import ClientEvent, Confirmed, Ended, Failed, Ignored, Opened, Reported
from ivrsvr.backends.tsapi.stream.name_query import Advertised, NameQuery
from ivrsvr.backends.tsapi.wire.ber import DecodeError, EncodeError
from ivrsvr.clock import Clock, Timer
from ivrsvr.csta.errors import AcsFailure, CstaFailure
from ivrsvr.csta.pdu import confirmation_of

CONNECT_S = 20.0
"""Longest wait for a connection; what real clients wait."""


class StreamLost(Exception):  # noqa: N818 - an outcome of the field
    """There is no stream, or it ended.

    failure: what the AES gave as its reason.
    silent:  it gave none, nor any sign of life: whoever asks it again waits in vain.
    """

    def __init__(self, reason: str, failure: AcsFailure | None = None, *, silent: bool = False) -> None:
        super().__init__(f"{reason}: {failure}" if failure is not None else reason)
        self.reason = reason
        self.failure = failure
        self.silent = silent

    def again(self) -> "StreamLost":
        """The same, for one more who is to be told."""
        return StreamLost(self.reason, self.failure, silent=self.silent)


Listener = Callable[[EventReport | StreamLost], None]
"""Takes what the stream reports, in order; StreamLost comes last, unless the stream was closed from this side."""


class Client(asyncio.Protocol):
    """One stream to an AES. Made by `connect`."""

    def __init__(
        self,
        login: Login,
        clock: Clock,
        listener: Listener,
        *,
        note: Callable[[str], None],
        trace: Trace | None = None,
    ) -> None:
        self.clock = clock
        self.unclaimed = 0
        """Outcomes that have come and whose `request` has not returned yet."""
        self.opened: asyncio.Future[Opened] = asyncio.get_running_loop().create_future()
        self._end = ClientEnd(login, trace=trace)
        self._listener = listener
        self._note = note
        self._transport: asyncio.Transport | None = None
        self._timer: Timer | None = None
        self._waiting: dict[int, asyncio.Future[Confirmation]] = {}
        self._flush_planned = False
        self._closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._closing = False
        self._lost = StreamLost("the stream has ended")
        """Why, once it has."""

    @property
    def version(self) -> int | None:
        """The private-data version in force."""
        return self._end.version

    # ---- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        try:
            self._end.open(self.clock.now())
        except EncodeError as error:
            self._over(StreamLost(f"the login has a wrong value: {error}"))
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._handle(self._end.receive(data, self.clock.now()))
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._handle(self._end.disconnected(f"the connection was lost ({exc or 'closed by the AES'})"))
        self._disarm()
        if not self._closed.done():
            self._closed.set_result(None)

    # ---- asking

    async def request(self, pdu: Any, private: Any | None = None) -> Confirmation:
        """Ask, and wait for the outcome; for a request that is never confirmed, an empty confirmation at once.

        Raises CstaFailure, AcsFailure, EncodeError, and StreamLost when the stream ends before the outcome.
        """
        if self._end.ended:
            raise self._lost.again()
        invoke = self._end.request(pdu, private, now=self.clock.now())
        self._plan_flush()
        if confirmation_of(pdu) is None:
            return Confirmation(None)
        future: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        self._waiting[invoke] = future
        try:
            return await future
        finally:
            if self._waiting.pop(invoke, None) is None:
                self.unclaimed -= 1

    async def close(self) -> None:
        """Close in order: the AES confirms, then the connection is closed."""
        self._closing = True
        if not self._end.ended:
            self._end.close(self.clock.now())
            self._flush()
        if self._transport is not None:
            await self._closed

    def abort(self) -> None:
        """Close at once."""
        self._closing = True
        self._handle(self._end.abort())
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def pause(self, paused: bool) -> None:
        """Stop reading from the AES while there is too much to be taken, or go on."""
        if self._transport is None or self._transport.is_closing():
            return
        if paused:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    # ---- inner workings

    def _handle(self, events: list[ClientEvent]) -> None:
        for event in events:
            match event:
                case Confirmed():
                    self._settle(event.invokeID, Confirmation(event.pdu, event.private))
                case Failed():
                    self._settle(event.invokeID, event.failure)
                case Reported():
                    self._listener(EventReport(event.crossRef, event.pdu, event.private))
                case Opened():
                    if not self.opened.done():
                        self.opened.set_result(event)
                case Ended():
                    self._over(StreamLost(event.reason, event.failure, silent=event.silent))
                case Ignored():
                    self._note(event.what)

    def _settle(self, invoke: int, outcome: Confirmation | CstaFailure | AcsFailure | StreamLost) -> None:
        future = self._waiting.pop(invoke, None)
        if future is None or future.done():
            # The one who asked has gone: nobody claims the outcome, and nobody else gets it.
            what = type(outcome.pdu).__name__ if isinstance(outcome, Confirmation) else outcome
            self._note(f"{what} for invoke id {invoke} comes too late")
            return
        self.unclaimed += 1
        if isinstance(outcome, Confirmation):
            future.set_result(outcome)
        else:
            future.set_exception(outcome)

    def _over(self, lost: StreamLost) -> None:
        self._lost = lost
        was_open = self.opened.done()
        if not was_open:
            self.opened.set_exception(lost)
        for invoke in list(self._waiting):
            self._settle(invoke, lost.again())
        if was_open and not self._closing:
            self._listener(lost)
        if self._transport is not None:
            self._flush()
            if self._transport.get_write_buffer_size():
                # A peer that takes nothing any more would keep an orderly close waiting for ever.
                self._transport.abort()
            else:
                self._transport.close()

    def _plan_flush(self) -> None:
        """What is asked in one go travels in one go."""
        if not self._flush_planned:
            self._flush_planned = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_planned = False
        octets = self._end.data_to_send()
        if octets and self._transport is not None and not self._transport.is_closing():
            self._transport.write(octets)
        deadline = self._end.deadline
        if self._timer is None or not self._timer.pending or self._timer.when != deadline:
            self._disarm()
            if deadline is not None and self._transport is not None:
                self._timer = self.clock.call_at(deadline, self._due)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        self._handle(self._end.expire(self.clock.now()))
        self._flush()


def _why(error: OSError | UnicodeError) -> str:
    """The system's word for it: the loop's own text is made for programmers."""
    if isinstance(error, UnicodeError):
        return "that is no name of a host"
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror or error)


async def connect(
    host: str,
    port: int,
    login: Login,
    clock: Clock,
    listener: Listener,
    *,
    note: Callable[[str], None],
    tls: ssl.SSLContext | None = None,
    trace: Trace | None = None,
) -> Client:
    """Open a stream on a TLINK's port; `tls` for an encrypted one. Raises StreamLost."""
    loop = asyncio.get_running_loop()
    client: Client | None = None
    try:
        async with clock.timeout(CONNECT_S):
            _, client = await loop.create_connection(
                lambda: Client(login, clock, listener, note=note, trace=trace), host, port, ssl=tls
            )
    except TimeoutError:
        raise StreamLost(f"{host}:{port} did not take the connection within {CONNECT_S:g} s") from None
    except ssl.SSLCertVerificationError as error:
        raise StreamLost(f"the certificate of {host}:{port} is not trusted: {error.verify_message}") from error
    except (OSError, UnicodeError) as error:
        raise StreamLost(f"{host}:{port} can't be reached: {_why(error)}") from error
    try:
        await asyncio.shield(client.opened)
    except asyncio.CancelledError:
        client.abort()
        raise
    return client


async def ask_names(host: str, port: int, clock: Clock, *, trace: Trace | None = None) -> tuple[Advertised, ...]:
    """The TLINKs that the name service of a host advertises. Raises StreamLost."""
    writer: asyncio.StreamWriter | None = None
    try:
        async with clock.timeout(STEP_S):
            reader, writer = await asyncio.open_connection(host, port)
            query = NameQuery(trace=trace)
            while query.links is None:
                writer.write(query.data_to_send())
                octets = await reader.read(65536)
                if not octets:
                    raise StreamLost(f"the name service of {host}:{port} closed the connection without an answer")
                query.receive(octets)
            writer.write(query.data_to_send())
            return query.links
    except TimeoutError:
        raise StreamLost(f"the name service of {host}:{port} did not answer within {STEP_S:g} s") from None
    except (OSError, UnicodeError) as error:
        raise StreamLost(f"the name service {host}:{port} can't be reached: {_why(error)}") from error
    except DecodeError as error:
        raise StreamLost(f"what answers on {host}:{port} is no name service: {error}") from error
    finally:
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
