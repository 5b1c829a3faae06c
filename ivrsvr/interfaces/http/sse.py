"""Server-Sent Events at `GET /api/events?extension=101`, for EventSource and whoever can read a stream of lines.

Each event has its position as `id`; EventSource gives the last one back in `Last-Event-ID` when it reconnects, and is
sent what it missed. Several extensions come in one stream, in the order of their numbers.
"""

import asyncio
import logging
from collections.abc import Callable

from ivrsvr.clock import Clock
from ivrsvr.interfaces.access import NOBODY, Identity
from ivrsvr.interfaces.audit import Handle
from ivrsvr.interfaces.gate import Seating
from ivrsvr.interfaces.http.answers import SECURITY, Receive, Scope, Send, send_json, text_header
from ivrsvr.interfaces.joining import Choice, NotJoined, Position, join, names_of
from ivrsvr.interfaces.limits import Doorkeeper
from ivrsvr.interfaces.parsing import parse_query
from ivrsvr.registry import RequestError
from ivrsvr.service.errors import Own, out_of_range, own, response, status_of, unrecognized
from ivrsvr.service.service import Service
from ivrsvr.service.stamps import position_of
from ivrsvr.service.subscribers import Subscriber, Waiting

log = logging.getLogger(__name__)

PATH = "/api/events"

EXTENSIONS_MOST = 200
"""Devices of one stream."""

RETRY_MS = 2000
"""How long a browser waits before it comes back."""

CHUNK_MOST = 200
"""Events that are written in one go; then the peer must have taken them."""

_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), *SECURITY, (b"x-accel-buffering", b"no")]


class EventStreams:
    """All streams of the server.

    handle:      carries requests out, and has them written down.
    heartbeat_s: between comments that keep proxies from closing an idle stream, and show who is gone; on the clock.
    send_s:      how long a peer may take nothing, on the network's time.
    current:     whether what somebody has proved still holds.
    """

    def __init__(
        self,
        service: Service,
        handle: Handle,
        clock: Clock,
        *,
        heartbeat_s: float,
        send_s: float,
        keeper: Doorkeeper,
        seating: Seating | None = None,
        current: Callable[[Identity], bool] = lambda _: True,
    ) -> None:
        self._service = service
        self._handle = handle
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self._send_s = send_s
        self._keeper = keeper
        self._seating = seating
        self._current = current
        self._open: set[Subscriber] = set()
        self._closing = False

    def close(self) -> None:
        """End all streams: the server stops."""
        self._closing = True
        for queue in self._open:
            queue.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            error = unrecognized(f"{PATH} takes GET, not {scope['method'][:20]}")
            await send_json(send, 405, response("", error), (b"allow", b"GET"))
            return
        try:
            choice, position = self._asked(scope)
            if self._closing:
                raise own(Own.DRAINING)
            if not self._keeper.enter():
                raise own(Own.TOO_MANY_CONNECTIONS, "too many event streams are open (sse_connections)")
        except RequestError as error:
            await send_json(send, error.status, response("", error))
            return
        address = _address(scope)
        queue = self._service.subscribe(f"sse {address}")
        self._open.add(queue)
        identity: Identity = scope.get("identity", NOBODY)
        try:
            caller = identity.caller("sse", address, subscriber=queue)
            try:
                first = await join(self._handle, caller, queue, choice, position)
            except NotJoined as refused:
                await send_json(send, status_of(refused.answer), refused.answer)
                return
            # Told even where nothing came: who breaks off before the first event comes back to it.
            await self._stream(queue, first, self._here(), identity, receive, send)
        finally:
            self._keeper.leave()
            self._open.discard(queue)
            self._service.unsubscribe(queue)

    def _here(self) -> Position:
        """Behind all that has happened."""
        return Position(self._service.journal.epoch, self._service.journal.last)

    def _asked(self, scope: Scope) -> tuple[Choice, Position | None]:
        """What a request asks for. Raises RequestError."""
        query = parse_query(scope["query_string"])
        extensions = names_of(query.get("extension", ""))
        if not extensions and self._seating is not None:
            extensions = names_of(self._seating.extension(_address(scope)))
        if not 0 < len(extensions) <= EXTENSIONS_MOST:
            raise out_of_range(f"{PATH} needs extension=, with up to {EXTENSIONS_MOST} extensions and commas between")
        told = text_header(scope, b"last-event-id") or query.get("lasteventid", "")
        position = Position.parse(told) if told else None
        if told and position is None:
            # A client with a position that is none of ours has missed who knows what: it is told of the gap.
            position = Position("unknown", 0)
        eventtypes, events = names_of(query.get("eventtypes", "")), query.get("events", "contract")
        return Choice(list(dict.fromkeys(extensions)), eventtypes, events), position

    async def _stream(
        self, queue: Subscriber, first: list[Waiting], here: Position, identity: Identity, receive: Receive, send: Send
    ) -> None:
        async def until_gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            queue.close()

        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(until_gone())
            try:
                await self._send_first(first, here, send)
                await self._write(queue, here, identity, send)
            except (TimeoutError, OSError):
                log.warning("%s has taken nothing for %g s; cut off", queue.name, self._send_s)
            finally:
                listening.cancel()

    async def _send_first(self, first: list[Waiting], here: Position, send: Send) -> None:
        """What was missed, and the position behind it. Raises TimeoutError when the peer takes nothing for too long."""
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await self._send(send, f"retry: {RETRY_MS}\n\n")
        await self._send_all(first, send)
        await self._send(send, f"id: {here}\n\n")

    async def _write(self, queue: Subscriber, here: Position, identity: Identity, send: Send) -> None:
        """What happens from now on, until the queue is closed. Raises TimeoutError."""
        while not queue.closed or len(queue):
            try:
                async with self._clock.timeout(self._heartbeat_s):
                    await queue.filled()
            except TimeoutError:
                if not self._current(identity):
                    break
                await self._send(send, f": alive\n{self._moved_on(queue, here)}\n")
            await self._send_all(queue.take_numbered(), send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _moved_on(self, queue: Subscriber, first: Position) -> str:
        """Where a peer is that is told nothing at present, so that it comes back from there.

        Not with what waits already; nor under another epoch than it knows: of a journal that this server alone writes
        while it cannot reach the shared one, no other server has heard.
        """
        now, epoch = self._here(), position_of(queue.last)[0] or first.epoch
        return f"id: {now}\n" if now.epoch == epoch and not len(queue) else ""

    async def _send_all(self, messages: list[Waiting], send: Send) -> None:
        for place in range(0, len(messages), CHUNK_MOST):
            await self._send(send, "".join(map(self._framed, messages[place : place + CHUNK_MOST])))

    async def _send(self, send: Send, text: str) -> None:
        async with asyncio.timeout(self._send_s):
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})

    def _framed(self, message: Waiting) -> str:
        text, eventid = message
        mark = f"id: {Position(*position_of(text))}\n" if eventid else ""
        return f"{mark}data: {text}\n\n"


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""
