"""The JSON door for programs that stay: requests in, responses and events out, over WebSocket.

One rim for both kinds of door: `Connection` is an asyncio protocol around the sans-I/O core of the `websockets`
library. It serves plain ports of its own, and takes over the connections that ask the HTTP port for an upgrade.

Whether a peer is alive is a matter of the network, so these limits run on the event loop's time; everything that has
to do with calls runs on the server's clock.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from ivrsvr.clock import Timer
from ivrsvr.interfaces.access import NOBODY, Access, Identity, credential_of
from ivrsvr.interfaces.audit import Handle
from ivrsvr.interfaces.gate import Seating
from ivrsvr.interfaces.limits import GRACE_S, Doorkeeper
from ivrsvr.interfaces.origins import foreign
from ivrsvr.interfaces.session import Session
from ivrsvr.registry import RequestError
from ivrsvr.service.service import Service

log = logging.getLogger(__name__)

WRITE_BUFFER = 16 * 1024
"""Octets that may wait in the process for a slow peer, besides its queue; the kernel's buffers come on top."""

LOOK_EVERY_S = 5.0
"""How often open connections are looked through for keys that are in force no longer."""

SUBPROTOCOL = Subprotocol("ivrsvr")

UNPROVED = "prove who you are first"

PATHS_OF_PLAIN_PORTS = frozenset({"/", "/ws"})
PATHS_OF_HTTP = frozenset({"/ws"})


@lru_cache(maxsize=64)
def frame(text: str) -> bytes:
    """A message as it goes over the line: made once, however many connections it goes to.

    It is the same for all of them, since a server masks nothing and no extension is agreed upon.
    """
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one connection may take. Times in seconds.

    message_most:   octets of a message.
    inflight_most:  requests under way; when as many again wait, nothing more is read.
    open_s:         for the opening handshake.
    send_s:         how long the peer may take nothing while there is something to send.
    close_s:        for the closing handshake.
    ping_s:         between signs of life; a peer that gives none for twice as long is gone. 0 = never ask.
    """

    message_most: int = 65536
    inflight_most: int = 32
    open_s: float = 10.0
    send_s: float = 10.0
    close_s: float = 5.0
    ping_s: float = 20.0


class Hub:
    """All WebSocket connections of the server, whichever port they came by."""

    def __init__(
        self,
        service: Service,
        handle: Handle,
        limits: Limits,
        keeper: Doorkeeper,
        seating: Seating,
        access: Access,
        origins: frozenset[str] = frozenset(),
    ) -> None:
        self.service = service
        self.handle = handle
        self.seating = seating
        self.limits = limits
        self.keeper = keeper
        self.access = access
        self.origins = origins
        self.connections: set[Connection] = set()
        self.closing = False
        self._lives: dict[asyncio.Task[None], Session] = {}
        self._looking: Timer | None = None
        self._sending: list[Connection] = []

    def plain(self, protected: bool) -> Callable[[], asyncio.Protocol]:
        """Makes the connections of a plain port. protected: whether they have to bring a key."""
        return lambda: Connection(self, PATHS_OF_PLAIN_PORTS, protected)

    def upgrade(self, protected: bool) -> Callable[..., asyncio.Protocol]:
        """Makes the connections that an HTTP port hands over; uvicorn replays their request to them."""
        return lambda **_uvicorn: Connection(self, PATHS_OF_HTTP, protected)

    def look_through(self) -> None:
        """Close the connections whose keys have expired or were taken out of force."""
        for connection in list(self.connections):
            connection.look()

    def look_later(self) -> None:
        """Look through the connections now and then, as long as any of them has proved who it is."""
        if self._looking is None or not self._looking.pending:
            self._looking = self.service.clock.call_later(LOOK_EVERY_S, self._look)

    def _look(self) -> None:
        self.look_through()
        if any(connection.proved for connection in self.connections):
            self.look_later()

    def run(self, connection: "Connection", session: Session) -> None:
        """Let an open connection live its life."""
        session.queue.watch(partial(self.send_soon, connection))
        life = session.live(connection.gone, connection.read_on)
        task = asyncio.get_running_loop().create_task(life, name=session.queue.name)
        self._lives[task] = session
        task.add_done_callback(self._lives.pop)

    def send_soon(self, connection: "Connection") -> None:
        """Let a connection send by the next turn of the loop: all that comes in this one goes out together."""
        if not self._sending:
            asyncio.get_running_loop().call_soon(self._send)
        self._sending.append(connection)

    def _send(self) -> None:
        sending, self._sending = self._sending, []
        for connection in sending:
            try:
                connection.send()
            except Exception:
                # A fault of ours ends one connection, and takes nothing from the others.
                log.exception("failed on what is to be sent to %s", connection.told["address"])
                connection.abort()

    async def close(self) -> None:
        """Tell every peer that the server goes away, and wait until all of them are gone; the slow are cut off.

        Requests under way are answered first: whoever had one carried out is told so.
        """
        self.closing = True
        if self._looking is not None:
            self._looking.cancel()
        under_way = {task for session in self._lives.values() for task in session.take_no_more()}
        if under_way:
            await asyncio.wait(under_way, timeout=GRACE_S)
        leaving = list(self.connections)
        for connection in leaving:
            connection.send()
            connection.close(CloseCode.GOING_AWAY, "the server stops")
        for connection in leaving:
            await connection.gone
        for task, session in list(self._lives.items()):
            session.abandon()
            await task


class Connection(asyncio.Protocol):
    """One connection: octets and frames outside, messages inside.

    gone: done when the transport is closed.
    """

    def __init__(self, hub: Hub, paths: frozenset[str], protected: bool) -> None:
        self._hub = hub
        self._protected = protected
        self._entering: asyncio.Task[None] | None = None
        self._unproved: asyncio.TimerHandle | None = None
        self._paths = paths
        self._limits = hub.limits
        self._core = ServerProtocol(
            select_subprotocol=_subprotocol, max_size=hub.limits.message_most, logger=_library_log
        )
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._session: Session | None = None
        self._refused = False
        self._address = ""
        self._limit: asyncio.TimerHandle | None = None
        self._next_ping: asyncio.TimerHandle | None = None
        self._heard = True
        self._pieces: list[bytes] = []
        self._writable = True
        self.gone: asyncio.Future[None] = self._loop.create_future()

    @property
    def told(self) -> dict[str, Any]:
        """What is known of the client, for lists."""
        waiting = len(self._session.queue) if self._session is not None else 0
        user = self._session.identity.user if self._session is not None and self._session.identity else ""
        state = self._core.state.name.lower()
        return {"door": "ws", "address": self._address, "user": user, "state": state, "waiting": waiting}

    @property
    def proved(self) -> bool:
        """Whether it has proved who it is."""
        return self._session is not None and self._session.identity not in (None, NOBODY)

    # ---- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(WRITE_BUFFER)
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if peer else ""
        self._hub.connections.add(self)
        self._within(self._limits.open_s, self.abort)

    def data_received(self, data: bytes) -> None:
        self._heard = True
        self._core.receive_data(data)
        self._take_events()

    def eof_received(self) -> None:
        self._core.receive_eof()
        self._take_events()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._core.receive_eof()
        self._stop_limit()
        if self._entering is not None:
            self._entering.cancel()
            self._hub.keeper.leave()
        for timer in (self._next_ping, self._unproved):
            if timer is not None:
                timer.cancel()
        self._hub.connections.discard(self)
        if self._session is not None:
            self._hub.keeper.leave()
            self._session.queue.close()
        self.gone.set_result(None)

    def pause_writing(self) -> None:
        self._writable = False
        self._within(self._limits.send_s, self._too_slow)

    def resume_writing(self) -> None:
        self._writable = True
        if self._core.state is State.OPEN:
            self._stop_limit()
        self.send()

    # ---- the opening handshake

    def _open(self, request: Request) -> None:
        """Answer the opening handshake; where it brings a key, when that is looked at."""
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        path, _, query = request.path.partition("?")
        refusal = self._refusal(path, headers)
        credential = credential_of(headers, query)
        if refusal is not None or not credential:
            self._answer(request, refusal, None if self._protected else NOBODY)
            return
        assert self._transport is not None
        self._transport.pause_reading()
        self._entering = self._loop.create_task(self._enter(request, credential), name=f"ws {self._address} enters")

    async def _enter(self, request: Request, credential: str) -> None:
        refusal, identity = None, None
        try:
            identity = await self._hub.access.identify(credential, self._address, protected=self._protected)
        except RequestError as error:
            self._hub.keeper.leave()
            refusal = HTTPStatus(error.status), str(error)
        self._entering = None
        if self._transport is None or self._transport.is_closing():
            if refusal is None:
                self._hub.keeper.leave()
            return
        self._answer(request, refusal, identity)
        self._transport.resume_reading()
        self._take_events()

    def _answer(self, request: Request, refusal: tuple[HTTPStatus, str] | None, identity: Identity | None) -> None:
        """identity: None = it has still to be proved, by the first message."""
        answer = self._core.accept(request) if refusal is None else self._core.reject(refusal[0], f"{refusal[1]}\n")
        self._core.send_response(answer)
        self._stop_limit()
        if self._core.state is not State.OPEN:
            self._refused = True
            self._within(self._limits.close_s, self.abort)
            if refusal is None:
                self._hub.keeper.leave()
            return
        self._session = Session(
            self._hub.service,
            self._hub.handle,
            self._hub.access,
            self._address,
            self._limits.inflight_most,
            seat=self._hub.seating.extension(self._address),
            identity=identity,
            entered=self._entered,
        )
        if identity is None:
            self._unproved = self._loop.call_later(self._limits.open_s, self._too_late)
        elif self.proved:
            self._hub.look_later()
        self._hub.run(self, self._session)
        if self._limits.ping_s:
            self._next_ping = self._loop.call_later(self._limits.ping_s, self._ping)

    def _entered(self) -> None:
        """A message has proved who it is."""
        if self._unproved is not None:
            self._unproved.cancel()
            self._unproved = None
        self._hub.look_later()

    def _too_late(self) -> None:
        self.close(CloseCode.POLICY_VIOLATION, UNPROVED)

    def look(self) -> None:
        """Close where the key has expired or was taken out of force."""
        identity = self._session.identity if self._session is not None else None
        if identity is not None and not self._hub.access.current(identity):
            self.close(CloseCode.POLICY_VIOLATION, "the key has expired, or was taken out of force")

    def _refusal(self, path: str, headers: dict[str, str]) -> tuple[HTTPStatus, str] | None:
        """Why the connection cannot be; None = it can, and is counted."""
        if path not in self._paths:
            return HTTPStatus.NOT_FOUND, f"there is no WebSocket at {path[:100]}; connect to /ws"
        reason = foreign(headers, self._hub.origins, protected=self._protected)
        if reason:
            return HTTPStatus.FORBIDDEN, reason
        if self._hub.closing:
            return HTTPStatus.SERVICE_UNAVAILABLE, "the server stops"
        if not self._hub.keeper.enter():
            return HTTPStatus.SERVICE_UNAVAILABLE, "too many connections are open (ws_connections)"
        return None

    # ---- what comes in

    def _take_events(self) -> None:
        for event in self._core.events_received():
            if isinstance(event, Request):
                self._open(event)
            elif isinstance(event, Frame) and self._session is not None:
                self._take_frame(event, self._session)
        self._flush()
        if self._core.state is State.CONNECTING:
            if self._core.handshake_exc is not None and not self._refused:
                self.abort()  # it does not even speak HTTP
        elif self._core.state is not State.OPEN and self._session is not None:
            self._session.queue.farewell = self._farewell
            self._session.queue.close()
            self._within(self._limits.close_s, self.abort)

    @property
    def _farewell(self) -> bool:
        """Whether the client has closed, of itself and as one that has done what it came for."""
        closing = self._core.close_rcvd
        return (
            closing is not None and closing.code == CloseCode.NORMAL_CLOSURE and bool(self._core.close_rcvd_then_sent)
        )

    def _take_frame(self, frame: Frame, session: Session) -> None:
        """Text and binary messages alike are JSON in UTF-8; the core answers pings and closing itself."""
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        self._pieces.append(bytes(frame.data))
        if not frame.fin:
            return
        message = b"".join(self._pieces)
        self._pieces = []
        session.offer(message)
        if session.full and self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def read_on(self) -> None:
        """Fewer requests wait: read again if reading was paused for them."""
        if self._transport is None or self._session is None or self._transport.is_closing():
            return
        if not self._session.full and not self._transport.is_reading():
            self._heard = True
            self._transport.resume_reading()

    # ---- what goes out

    def send(self) -> None:
        """Send what the queue holds, as fast as the peer takes it; the end of the queue is the end of the connection.

        Nothing of the core's waits at this moment: whatever it has to send is flushed at once.
        """
        if not self._writable or self._session is None or self._core.state is not State.OPEN:
            return
        queue = self._session.queue
        texts = queue.take_now()
        if texts and self._transport is not None:
            self._transport.write(frame(texts[0]) if len(texts) == 1 else b"".join(map(frame, texts)))
        if not queue.closed or not self._writable:
            return
        if queue.overflowed:
            log.warning("%s does not keep up with its events; closed", queue.name)
            self.close(CloseCode.TRY_AGAIN_LATER, "too slow: the queue of events overflowed")
        elif self._session.refused:
            self.close(CloseCode.POLICY_VIOLATION, UNPROVED)
        else:
            self.close(CloseCode.GOING_AWAY, "the server stops")

    def _flush(self) -> None:
        transport = self._transport
        chunks = self._core.data_to_send()
        if not chunks or transport is None or transport.is_closing():
            return
        data = b"".join(chunks)
        if data:
            transport.write(data)
        if not chunks[-1]:  # the core's sign for: send nothing more
            if transport.can_write_eof():
                transport.write_eof()
            else:
                transport.close()  # TLS knows no half-closed connection

    # ---- liveness and the end

    def close(self, code: CloseCode, reason: str) -> None:
        """Begin the closing handshake; a peer that takes no part in it is cut off."""
        if self._core.state is State.OPEN:
            self._core.send_close(code, reason)
            self._flush()
            self._within(self._limits.close_s, self.abort)
        elif self._core.state is State.CONNECTING:
            self.abort()
        if self._session is not None:
            self._session.queue.close()

    def abort(self) -> None:
        """Cut the connection off at once."""
        if self._transport is not None:
            self._transport.abort()

    def _too_slow(self) -> None:
        log.warning("ws %s has taken nothing for %g s; cut off", self._address, self._limits.send_s)
        self.abort()

    def _ping(self) -> None:
        """Ask for a sign of life; without any since the last question, the peer is gone."""
        if self._core.state is not State.OPEN or self._transport is None:
            return
        if not self._heard and self._transport.is_reading():
            log.info("ws %s gives no sign of life; cut off", self._address)
            self.abort()
            return
        self._heard = False
        self._core.send_ping(b"")
        self._flush()
        self._next_ping = self._loop.call_later(self._limits.ping_s, self._ping)

    def _within(self, seconds: float, otherwise: Callable[[], None]) -> None:
        """Start the one limit that a connection has at a time: to open, to take, or to close."""
        if self._limit is None:
            self._limit = self._loop.call_later(seconds, otherwise)

    def _stop_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None


def _subprotocol(_core: ServerProtocol, offers: Sequence[str]) -> Subprotocol | None:
    """Ours where a client offers it; what else it offers is no reason to refuse it."""
    return SUBPROTOCOL if SUBPROTOCOL in offers else None


_library_log = logging.getLogger(f"{__name__}.frames")
_library_log.setLevel(logging.CRITICAL)
