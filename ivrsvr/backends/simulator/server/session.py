"""One TCP connection of the simulated AES: octets to its `ServerEnd`, requests to its AES stream, and back."""

import asyncio
import contextlib
import ipaddress
import logging
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeAlias

from ivrsvr.backends.tsapi.stream.channel import Trace
from ivrsvr.backends.tsapi.stream.events import Asked, CloseAsked, Ended, Ignored, NamesAsked, OpenAsked, ServerEvent
from ivrsvr.backends.tsapi.stream.server_end import ServerEnd, Ways
from ivrsvr.backends.tsapi.wire.ber import EncodeError
from ivrsvr.backends.tsapi.wire.names import IPAddress
from ivrsvr.clock import Clock, Timer
from ivrsvr.csta.acs import ACSCloseStreamConf, ACSUniversalFailureConf, ACSUniversalFailureEvent
from ivrsvr.csta.errors import AcsFailure, ACSUniversalFailure, CSTAUniversalFailure
from ivrsvr.csta.pdu import EventClass
from ivrsvr.csta.system import UniversalFailureConf

log = logging.getLogger(__name__)

MAX_UNSENT = 1 << 20
"""Octets that may wait for a client that reads slowly or not at all; its stream ends when there are more."""

WRITTEN_AT_ONCE = 1 << 16
"""Octets of answers to what was read in one go, after which they are written before more is answered."""

NOTED = 20
"""Messages of one connection that mean nothing and are logged; of more, only the number is told in the end."""

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class AesMessage(Protocol):
    """What the AES sends; see `ivrsvr.backends.simulator.aes.message`."""

    @property
    def event_class(self) -> EventClass: ...
    @property
    def invokeID(self) -> int: ...
    @property
    def crossRef(self) -> int: ...
    @property
    def pdu(self) -> Any: ...
    @property
    def private(self) -> Any | None: ...


class AesStream(Protocol):
    """An open stream of the AES."""

    cut: Callable[[], None]

    @property
    def version(self) -> int | None: ...
    def request(self, invokeID: int, pdu: Any, private: Any | None = None) -> None: ...
    def close(self, invokeID: int = 0) -> None: ...
    def abort(self) -> None: ...


class Door(Protocol):
    """What a session needs of the server that it belongs to."""

    clock: Clock

    def ways(self) -> Ways:
        """How a new connection is treated."""
        ...

    def names(self, host: IPAddress) -> Iterable[tuple[str, bytes]]:
        """What the name service advertises to a client that reached it at this address."""
        ...

    def open(self, asked: OpenAsked, *, secure: bool, send: Callable[[AesMessage], None]) -> AesStream:
        """Open a stream of the AES. Raises AcsFailure."""
        ...

    def joined(self, session: "Session") -> bool:
        """Count a connection; False = there are too many."""
        ...

    def left(self, session: "Session") -> None:
        """Forget a connection."""
        ...


Tracer: TypeAlias = Callable[["Session"], Trace | None]


class Session(asyncio.Protocol):
    """One connection. Whatever it is sent, the others never notice."""

    def __init__(self, door: Door, *, secure: bool, tracer: Tracer | None = None) -> None:
        self.door = door
        self.secure = secure
        self.stream: AesStream | None = None
        self.peer = ""
        self.login = ""
        self._tracer = tracer
        self._transport: asyncio.Transport | None = None
        self._timer: Timer | None = None
        self._busy = False
        self._flush_planned = False
        self._unread: deque[bytes] = deque()
        self._events: Iterator[ServerEvent] = iter(())
        self._paused = False
        self._ignored = 0
        self.end: ServerEnd | None = None

    # ---- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        name = transport.get_extra_info("peername")
        self.peer = f"{name[0]}:{name[1]}" if name else ""
        if not self.door.joined(self):
            self._reset()
            return
        keep_alive(transport)
        trace = self._tracer(self) if self._tracer is not None else None
        self.end = ServerEnd(self.door.ways(), now=self.door.clock.now(), trace=trace)
        transport.set_write_buffer_limits(high=MAX_UNSENT // 4)
        self._arm()

    def data_received(self, data: bytes) -> None:
        self._unread.append(data)
        self._read_on()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            log.info("%s: %s", self, exc)
        if self.end is not None:
            for event in self.end.disconnected():
                self._handle(self.end, event)
        self._transport = None
        self._disarm()
        self.door.left(self)

    def pause_writing(self) -> None:
        # A client that does not read its answers is not asked for more requests.
        self._paused = True
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._paused = False
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
            self._read_on()

    # ---- the AES's side

    def send(self, message: AesMessage) -> None:
        """Take what the AES sends on this stream, in its order."""
        end = self.end
        if end is None or end.ended:
            return
        if isinstance(message.pdu, ACSUniversalFailureEvent):
            self.finish(message.pdu.error, "the AES ended the stream")
            return
        if isinstance(message.pdu, ACSCloseStreamConf):
            self._ended(end.confirm_close(message.invokeID))
            return
        try:
            end.send(message.event_class, message.invokeID, message.crossRef, message.pdu, message.private)
        except EncodeError as error:
            log.error("%s: the AES's %s has no octets: %s", self, type(message.pdu).__name__, error)
            if message.event_class is EventClass.CSTACONFIRMATION:
                failure = UniversalFailureConf(error=CSTAUniversalFailure.GENERIC_UNSPECIFIED)
                end.send(EventClass.CSTACONFIRMATION, message.invokeID, 0, failure)
        if not self._busy and not self._flush_planned:
            # What the AES tells in one go travels in one go.
            self._flush_planned = True
            asyncio.get_running_loop().call_soon(self._flush)

    def finish(self, error: ACSUniversalFailure, reason: str) -> None:
        """End the session from this side."""
        if self.end is not None and not self.end.ended:
            self._ended(self.end.fail(error, reason))

    def cut(self) -> None:
        """Break the connection without a word, as a failing network does."""
        if self.end is not None:
            for event in self.end.disconnected():
                self._handle(self.end, event)
        self._reset()

    @property
    def unsent(self) -> int:
        """Octets that wait for the client to read them."""
        queued = self.end.queued if self.end is not None else 0
        return queued + (self._transport.get_write_buffer_size() if self._transport is not None else 0)

    def __str__(self) -> str:
        return f"stream of {self.login or 'nobody'} from {self.peer}"

    # ---- inner workings

    def _read_on(self) -> None:
        """Take what was read, as long as the client takes the answers."""
        end = self.end
        if end is None or self._busy:
            return
        self._busy = True
        try:
            while not self._paused:
                event = next(self._events, None)
                if event is not None:
                    self._handle(end, event)
                elif self._unread:
                    self._events = end.receive(self._unread.popleft())
                else:
                    break
                if end.queued >= WRITTEN_AT_ONCE:
                    self._write()
        except Exception:
            # A fault of ours: this stream pays for it alone, and ends as real clients can bear it.
            log.exception("%s: its request failed here; its stream ends", self)
            self.finish(ACSUniversalFailure.TSERVER_STREAM_FAILED, "an error of the server")
        finally:
            self._busy = False
        self._flush()

    def _handle(self, end: ServerEnd, event: ServerEvent) -> None:
        match event:
            case Asked():
                self._ask(end, event)
            case NamesAsked():
                end.name(event.invokeID, self.door.names(self._local_address()))
            case OpenAsked():
                self._open(end, event)
            case CloseAsked():
                if self.stream is not None:
                    # Answers what is outstanding; its last message is the confirmation.
                    self.stream.close(event.invokeID)
            case Ignored():
                self._ignored += 1
                if self._ignored <= NOTED:
                    log.info("%s: %s", self, event.what)
            case Ended():
                self._ended(event)

    def _open(self, end: ServerEnd, asked: OpenAsked) -> None:
        try:
            self.stream = self.door.open(asked, secure=self.secure, send=self.send)
        except AcsFailure as failure:
            log.info("%s: refused for %s: %s", self, asked.credentials.loginID, failure)
            end.refuse(failure.error)
            return
        self.login = asked.credentials.loginID
        self.stream.cut = self.cut
        end.accept(self.stream.version)
        log.info("%s: opened on %s with private data %s", self, asked.serverID, self.stream.version)

    def _ask(self, end: ServerEnd, asked: Asked) -> None:
        if self.stream is None:
            return
        try:
            self.stream.request(asked.invokeID, asked.pdu, asked.private)
        except AcsFailure as failure:
            end.send(EventClass.ACSCONFIRMATION, asked.invokeID, 0, ACSUniversalFailureConf(error=failure.error))

    def _ended(self, ended: Ended) -> None:
        log.info("%s: %s", self, ended.reason)
        if self._ignored > NOTED:
            log.warning("%s: sent %d messages that mean nothing", self, self._ignored)
        stream, self.stream = self.stream, None
        if stream is not None:
            stream.abort()
        self._flush()
        if ended.reset:
            self._reset()
        elif self._transport is not None:
            self._transport.close()

    def _flush(self) -> None:
        self._flush_planned = False
        end, transport = self.end, self._transport
        if end is None or transport is None:
            return
        self._write()
        if transport.get_write_buffer_size() > MAX_UNSENT and not end.ended:
            log.warning("%s: reads too slowly; its stream ends", self)
            self.finish(ACSUniversalFailure.TSERVER_MESSAGE_HIGH_WATER_MARK, "the client reads too slowly")
            return
        self._arm()

    def _write(self) -> None:
        end, transport = self.end, self._transport
        if end is not None and end.queued and transport is not None and not transport.is_closing():
            transport.write(end.data_to_send())

    def _reset(self) -> None:
        """Close with a reset: native clients spin on an ordinary close (real-clients.md)."""
        transport, self._transport = self._transport, None
        self._disarm()
        if transport is None:
            return
        connection = transport.get_extra_info("socket")
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()

    def _local_address(self) -> IPAddress:
        name = self._transport.get_extra_info("sockname") if self._transport is not None else None
        address = ipaddress.ip_address(name[0].partition("%")[0] if name else "127.0.0.1")
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            return address.ipv4_mapped
        return address

    def _arm(self) -> None:
        """Have the end called when it wants to be."""
        deadline = self.end.deadline if self.end is not None else None
        if self._timer is not None and self._timer.pending and self._timer.when == deadline:
            return
        self._disarm()
        if deadline is not None:
            self._timer = self.door.clock.call_at(deadline, self._due)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        if self.end is not None:
            for event in self.end.expire(self.door.clock.now()):
                self._handle(self.end, event)
            self._flush()


_KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
"""Option -> seconds of silence before a peer is asked whether it lives, between two questions, and how many of them."""


def keep_alive(transport: asyncio.Transport) -> None:
    """Notice a client that vanished without a word: its monitors would be kept for ever."""
    connection = transport.get_extra_info("socket")
    if connection is None:
        return
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEP_ALIVE.items():
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
