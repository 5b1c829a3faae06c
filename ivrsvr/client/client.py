"""The asyncio client: one connection that is made again whenever it breaks, and what is said on it."""

import asyncio
import contextlib
import logging
import secrets
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.frames import CloseCode

from ivrsvr.client.conversation import Answered, Conversation, Failed, NotStarted, Outcome, Started, Unknown
from ivrsvr.client.errors import ClientError, Disconnected, Garbage, TimedOut
from ivrsvr.client.monitor import Monitor
from ivrsvr.client.requests import Answer, Requests
from ivrsvr.client.track import Event, Track

log = logging.getLogger(__name__)

State: TypeAlias = Literal["closed", "connecting", "open", "refused"]

REFUSALS = frozenset({401, 403, 404})
"""HTTP statuses of a handshake that a later attempt will hardly change."""


@dataclass(frozen=True, slots=True)
class Options:
    """How long, how many. Times in seconds.

    request_s:    a request may take, reconnects included.
    connect_s:    a connection may take to open.
    first_s:      before the first attempt to connect again; each further one waits twice as long, with chance in it,
    last_s:       up to this. A server that does not know the key is asked again after this.
    ping_s:       between signs of life; a server that gives none for twice as long is given up. 0 = never ask.
    queue_most:   events that may wait to be read, for each monitor.
    asked_most:   requests that may be under way.
    message_most: octets of a message; a server that sends more is no ivrsvr, and given up.
    """

    request_s: float = 20.0
    connect_s: float = 10.0
    first_s: float = 0.25
    last_s: float = 10.0
    ping_s: float = 20.0
    queue_most: int = 1000
    asked_most: int = 10_000
    message_most: int = 16 * 1024 * 1024


class Client(Requests):
    """A client of one server, from `async with` to its end. Belongs to the event loop in which it is opened.

    url:    ws://HOST:PORT/ws, or http://HOST:PORT; with TLS wss:// or https://.
    key:    API key or token; "" = none.
    tls:    for wss; None = the system's certificates.
    pause:  waits before connecting again; for tests.
    state:  closed, connecting, open; refused = the server does not take the key, or is none.
    reason: why it is not open.

    Every request is a method, which gives the response object and raises RequestFailed, Disconnected and TimedOut.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str = "",
        options: Options | None = None,
        tls: ssl.SSLContext | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.url = address(url)
        self.options = options or Options()
        self.state: State = "closed"
        self.reason = ""
        self._tls = tls
        self._pause = pause
        self._talk = Conversation(secrets.token_hex(12), key)
        self._answers: dict[str, asyncio.Future[Answer]] = {}
        self._starts: dict[Track, asyncio.Future[None]] = {}
        self._retries: dict[Track, asyncio.TimerHandle] = {}
        self._outgoing: list[str] = []
        self._to_send = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._socket: ClientConnection | None = None
        self._refusal: ClientError | None = None
        self._chance = secrets.SystemRandom().random

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._stay_connected(), name=f"ivrsvr client of {self.url}")
        self._become("connecting")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Disconnect for good: the server ends the monitors at once.

        Requests under way fail; monitors end once what waits has been read.
        """
        await self._go(CloseCode.NORMAL_CLOSURE)

    async def leave(self) -> None:
        """Disconnect as `close`, but to come back: the server goes on watching the devices for a while.

        Another life of the program then misses nothing: `monitor` with since and epoch.
        """
        await self._go(CloseCode.GOING_AWAY)

    async def _go(self, code: CloseCode) -> None:
        running, self._running = self._running, None
        if running is None:
            return
        if self._socket is not None:
            await self._socket.close(code)
        running.cancel()
        await asyncio.wait([running])
        self._become("closed", "the client was closed")
        self._fail(Disconnected("the client was closed"))
        for monitor in list(self._talk.monitors.values()):
            self._end(monitor)

    # ---- what users ask for

    async def request(self, name: str, /, **keys: Any) -> Answer:
        """Carry out a request by its name; keys that are None are left out.

        What changes something has an idempotency key, its own or one of the client's: a connection that breaks in
        between makes nothing happen twice.

        Raises RequestFailed, Disconnected, TimedOut; ValueError for what `monitor` is there for.
        """
        if name in ("startmonitor", "stopmonitor"):
            raise ValueError(f"{name}: use monitor(), which resumes after a lost connection")
        return await self._ask(name, {key: value for key, value in keys.items() if value is not None})

    async def monitor(
        self,
        extension: str,
        *,
        events: Literal["contract", "all"] = "contract",
        eventtypes: Sequence[str] | str = (),
        since: int | None = None,
        epoch: str = "",
        queue_most: int | None = None,
    ) -> Monitor:
        """Be told of a device from now on, or, with since and epoch, from where another life left off.

        Besides the events of the manual there are `resumed` after each reconnect, and `gap` with a `snapshot` behind
        it where the server cannot tell all that was missed. A second monitor of a device replaces the first, whose
        iteration ends. eventtypes: these alone, as a list or with commas between.

        Raises RequestFailed, Disconnected, TimedOut.
        """
        self._check_open()
        keys: dict[str, Any] = {"events": events} if events != "contract" else {}
        types = [one.strip() for one in eventtypes.split(",")] if isinstance(eventtypes, str) else list(eventtypes)
        if any(types):
            keys["eventtypes"] = types
        most = self.options.queue_most if queue_most is None else queue_most
        monitor = Track(str(extension), keys, most=most, since=since, epoch=epoch)
        before = self._talk.monitors.get(monitor.extension)
        if before is not None:
            _settle(self._starts.get(before), Disconnected(f"another monitor of {extension} has taken its place"))
            self._end(before)
        self._talk.monitors[monitor.extension] = monitor
        started = asyncio.get_running_loop().create_future()
        self._starts[monitor] = started
        self._start(monitor)
        try:
            await self._within(started, f"startmonitor {extension}")
        except BaseException:
            self._end(monitor)
            raise
        finally:
            self._starts.pop(monitor, None)
        return Monitor(monitor, self._start, self._stop)

    async def history(self, extension: str = "", **keys: Any) -> AsyncIterator[Event]:
        """Every event of a device that the journal still has, in order. keys: since, until (times), eventtypes, after.

        Raises as `request`.
        """
        while True:
            page = await self.request("eventhistory", extension=extension, **keys)
            last = _last_of(page, keys.get("after"))
            for event in page["list"]:
                yield event
            if not page.get("more") or last is None:
                return
            keys["after"] = last

    # ---- requests and monitors

    async def _ask(self, name: str, keys: dict[str, Any]) -> Answer:
        self._check_open()
        if len(self._talk.asked) >= self.options.asked_most:
            raise Disconnected(f"{name}: {len(self._talk.asked)} requests are waiting for the server already")
        asked = self._talk.ask(name, keys)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answers[asked.id] = answer
        self._send(asked.text)
        try:
            found: Answer = await self._within(answer, name, asked.key)
            return found
        finally:
            self._talk.asked.pop(asked.id, None)
            self._answers.pop(asked.id, None)

    async def _within(self, outcome: "asyncio.Future[Any]", what: str, key: str = "") -> Any:
        try:
            async with asyncio.timeout(self.options.request_s):
                return await outcome
        except TimeoutError:
            why = f": {self.reason}" if self.state != "open" and self.reason else ""
            raise TimedOut(f"{what}: no answer within {self.options.request_s:g} s{why}", key) from None

    def _check_open(self) -> None:
        if self._running is None:
            raise Disconnected("the client is not open; use `async with`")
        if self.state == "refused" and self._refusal is not None:
            raise self._refusal

    def _start(self, monitor: Track) -> None:
        """Start a monitor, or let it go on, where there is a connection and nothing else does so."""
        if self.state == "open" and self._talk.to_start(monitor):
            self._send(self._talk.start(monitor))

    def _end(self, monitor: Track, error: ClientError | None = None) -> None:
        if self._talk.monitors.get(monitor.extension) is monitor:
            del self._talk.monitors[monitor.extension]
        retry = self._retries.pop(monitor, None)
        if retry is not None:
            retry.cancel()
        monitor.end(error)

    async def _stop(self, monitor: Track) -> None:
        mine = self._talk.monitors.get(monitor.extension) is monitor
        self._end(monitor)
        if mine and self._running is not None and self.state == "open":
            with contextlib.suppress(ClientError):
                await self._ask("stopmonitor", {"extension": monitor.extension})

    def _take(self, outcome: Outcome) -> None:
        if isinstance(outcome, Answered):
            _settle(self._answers.get(outcome.id), outcome.response)
        elif isinstance(outcome, Failed):
            _settle(self._answers.get(outcome.id), outcome.error)
        elif isinstance(outcome, Started):
            _settle(self._starts.get(outcome.monitor), None)
        elif isinstance(outcome, Unknown):
            self._refuse(outcome.error)
        else:
            self._refused(outcome)

    def _refused(self, outcome: NotStarted) -> None:
        if not outcome.again:
            _settle(self._starts.get(outcome.monitor), outcome.error)
            self._end(outcome.monitor, outcome.error)
            return
        log.warning("%s is monitored again later: %s", outcome.monitor.extension, outcome.error)
        later = asyncio.get_running_loop().call_later(self.options.first_s * 4, self._start, outcome.monitor)
        self._retries[outcome.monitor] = later

    def _refuse(self, error: ClientError) -> None:
        """The server lets nobody in with this key, or is none: requests fail at once until it does."""
        self._refusal = error
        self._become("refused", str(error))
        self._fail(error)

    def _fail(self, error: ClientError) -> None:
        """All that waits is waiting in vain."""
        waiting: list[asyncio.Future[Any]] = [*self._answers.values(), *self._starts.values()]
        for one in waiting:
            _settle(one, error)

    # ---- the connection

    def _send(self, text: str) -> None:
        """Send now if there is a connection; each new one begins with what is still under way."""
        if self.state == "open":
            self._outgoing.append(text)
            self._to_send.set()

    async def _stay_connected(self) -> None:
        delay = self.options.first_s
        while self._running is not None:
            useful = False
            try:
                async with connect(
                    self.url,
                    ssl=(self._tls or True) if self.url.startswith("wss:") else None,
                    open_timeout=self.options.connect_s,
                    ping_interval=self.options.ping_s or None,
                    ping_timeout=self.options.ping_s or None,
                    close_timeout=1.0,
                    max_size=self.options.message_most,
                    compression=None,
                ) as socket:
                    useful = await self._live(socket)
            except InvalidStatus as error:
                status = error.response.status_code
                if status in REFUSALS:
                    self._refuse(Disconnected(f"there is no way in at {self.url}: the server answered {status}"))
                else:
                    self._become("connecting", f"the server answered {status}")
            except (OSError, WebSocketException, TimeoutError, EOFError, ValueError) as error:
                self._become("connecting", f"{self.url} cannot be reached: {error}")
            delay = self.options.first_s if useful else delay
            wait = self.options.last_s if self.state == "refused" else delay * (0.5 + self._chance() / 2)
            await self._pause(wait)
            delay = min(delay * 2, self.options.last_s)

    async def _live(self, socket: ClientConnection) -> bool:
        """Talk until the connection is gone. Whether anything came of it."""
        self._outgoing = self._talk.opened()
        self._to_send.set()
        self._refusal = None
        self._socket = socket
        self._become("open")
        try:
            async with asyncio.TaskGroup() as tasks:
                writing = tasks.create_task(self._write(socket))
                await self._read(socket)
                writing.cancel()
        finally:
            self._socket = None
            useful = self._talk.useful
            refused = self.state == "refused" or socket.close_code == CloseCode.POLICY_VIOLATION
            why = self.reason if self.state == "refused" else socket.close_reason or f"closed ({socket.close_code})"
            self._lost("refused" if refused else "connecting", why)
            if refused and self._refusal is None:
                self._refuse(Disconnected(why))
        return useful

    async def _read(self, socket: ClientConnection) -> None:
        try:
            while True:
                for outcome in self._talk.take(await socket.recv()):
                    self._take(outcome)
        except ConnectionClosed:
            return
        except Garbage as error:
            log.warning("%s sends what no ivrsvr sends (%s); connecting again", self.url, error)
            await socket.close(CloseCode.PROTOCOL_ERROR, "that is no message of an ivrsvr")

    async def _write(self, socket: ClientConnection) -> None:
        try:
            while True:
                await self._to_send.wait()
                self._to_send.clear()
                texts, self._outgoing = self._outgoing, []
                for text in texts:
                    await socket.send(text)
        except ConnectionClosed:
            return  # the reader says how it ended

    def _lost(self, state: State, reason: str) -> None:
        self._become(state, reason)
        self._outgoing = []
        for retry in self._retries.values():
            retry.cancel()
        self._retries.clear()
        for outcome in self._talk.lost():
            self._take(outcome)

    def _become(self, state: State, reason: str = "") -> None:
        if state != self.state:
            log.info("%s: %s %s", self.url, state, reason)
        self.state, self.reason = state, reason


def address(url: str) -> str:
    """The WebSocket of a server. Raises ValueError."""
    schemes = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname or parts.fragment:
        raise ValueError(f"{url!r} is no address of a server; give ws://HOST:PORT/ws or http://HOST:PORT")
    path = "/ws" if parts.path in ("", "/") else parts.path
    return urlunsplit((schemes[parts.scheme], parts.netloc, path, parts.query, ""))


def _last_of(page: Answer, after: object) -> int | None:
    """The number of the last event of a page of history; None = the page is empty.

    Raises Disconnected for what is no page, or no later one than the last.
    """
    events = page.get("list")
    if events == []:
        return None
    last = events[-1].get("eventid") if isinstance(events, list) and isinstance(events[-1], dict) else None
    if not isinstance(last, int) or (isinstance(after, int) and last <= after):
        raise Disconnected("eventhistory: that is no answer of an ivrsvr")
    return last


def _settle(waiting: "asyncio.Future[Any] | None", outcome: object) -> None:
    if waiting is None or waiting.done():
        return
    if isinstance(outcome, ClientError):
        waiting.set_exception(outcome)
    else:
        waiting.set_result(outcome)
