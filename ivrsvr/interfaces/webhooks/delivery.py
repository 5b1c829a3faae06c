"""Webhooks: events as HTTP requests to other programs, each at least once, those of one call in order.

Each target has its queue on the service, as a WebSocket client has. An event goes out when those before it of the same
call, and of the same device, have gone; events that have neither in common do not wait for each other. What a target
has taken is written down, and deliveries go on there after a restart, from the journal.
"""

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from ivrsvr.clock import Clock
from ivrsvr.interfaces.joining import Choice, NotJoined, Position, join, names_of
from ivrsvr.interfaces.webhooks.sending import NotTaken, Sender, forbidden
from ivrsvr.interfaces.webhooks.signing import headers, new_secret
from ivrsvr.interfaces.webhooks.targets import check
from ivrsvr.registry import Caller, RequestError
from ivrsvr.service.service import Service
from ivrsvr.service.subscribers import Subscriber, Waiting
from ivrsvr.store.faults import StoreError
from ivrsvr.store.secrets import SecretError
from ivrsvr.store.tables import TableError
from ivrsvr.store.webhooks import DeadLetter, Webhook, WebhookStore

log = logging.getLogger(__name__)

BEFORE_RETRY_S = (1.0, 5.0, 15.0, 60.0, 300.0, 600.0)
"""Pauses between attempts at one event; each is jittered by up to a quarter. After the last it is a dead letter."""

AT_ONCE = 32
"""Deliveries to one target at the same time."""

WINDOW_MOST = 2000
"""Events of one target that are taken from its queue and not delivered yet."""

OWN = frozenset({"resumed", "overflow"})
"""Notices to whoever reads a queue: that is this module, and no target needs to know."""

REJOIN_S = 5.0
"""Before a target joins again that could not, because the switch or the server refused."""


@dataclass(slots=True, eq=False)
class Letter:
    """One event on its way.

    position: of it; None = the journal has it not. gone: set when it is delivered, or buried.
    """

    text: str
    position: Position | None
    messageid: str
    gone: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class State:
    """How a target is, for lists."""

    delivered: int = 0
    failed: int = 0
    waiting: int = 0
    trouble: str = ""


class Webhooks:
    """All targets.

    reveal, hide: of secrets, as they are stored.
    sender:       how deliveries are sent.
    """

    def __init__(
        self,
        service: Service,
        clock: Clock,
        store: WebhookStore,
        sender: Sender,
        *,
        hide: Callable[[str], str] = str,
        reveal: Callable[[str], str] = str,
    ) -> None:
        self.store = store
        self.states: dict[str, State] = {}
        self.failing = ""
        """Why positions cannot be written down at present; "" = they can."""
        self._service = service
        self._clock = clock
        self._sender = sender
        self._hide = hide
        self._reveal = reveal
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._begun: dict[str, Webhook] = {}
        """The targets as they were when their deliveries began."""
        self._changing = asyncio.Lock()
        """One change of targets at a time: each has moments in which a target is written down and not begun, or so."""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver for the length of the body."""
        self._forget_strays()
        for row in self.store.targets():
            self._start(row)
        try:
            yield
        finally:
            for name in list(self._tasks):
                await self._stop(name)
            await self._sender.client.aclose()

    # ---- what administrators do

    async def add(self, row: Webhook) -> str:
        """A new target; its secret. Raises TableError, StoreError."""
        row = check(row)
        reason = await forbidden(row.url, self._sender.policy, tls_only=self._sender.tls_only)
        if reason:
            raise TableError(f"{row.url[:100]}: {reason}")
        secret = new_secret()
        async with self._changing:
            row = replace(row, secret=self._hide(secret))
            self.store.add(row)
            self._start(row)
        return secret

    async def delete(self, name: str) -> None:
        """Deliver there no longer, and forget its dead letters. Raises TableError, StoreError."""
        async with self._changing:
            row = self.store.get(name)
            await self._stop(name)
            try:
                self.store.delete(name)
            except StoreError:
                self._start(row)
                raise
            await self._forget(row)

    async def rotate(self, name: str) -> str:
        """A new secret; the former signs as well until the next rotation. Raises TableError, StoreError."""
        secret = new_secret()
        async with self._changing:
            row = self.store.get(name)
            row = replace(row, secret=self._hide(secret), former=row.secret)
            self.store.put(row)
            await self._stop(name)
            self._start(row)
        return secret

    async def reload(self) -> list[str]:
        """Take over what another program has changed of the targets; what that was."""
        async with self._changing:
            wanted = {row.name: row for row in self.store.targets()}
            changed = []
            for name, former in list(self._begun.items()):
                row = wanted.get(name)
                if row is not None and self._same(row, former):
                    continue
                await self._stop(name)
                if row is None:
                    await self._forget(former)
                    changed.append(f"webhook {name} deleted")
                else:
                    await self._release(former, names_of(row.extensions))
                    self._start(row)
                    changed.append(f"webhook {name} changed")
            for name, row in wanted.items():
                if name not in self._begun:
                    self._start(row)
                    changed.append(f"webhook {name} added")
            self._forget_strays()
        return changed

    def _same(self, one: Webhook, other: Webhook) -> bool:
        """How far they have come does not count, nor with which key their secrets are encrypted."""
        first, second = (replace(row, secret="", former="", position="") for row in (one, other))
        pairs = ((one.secret, other.secret), (one.former, other.former))
        try:
            return first == second and all(a == b or self._reveal(a) == self._reveal(b) for a, b in pairs)
        except SecretError:
            return False

    async def resend(self, name: str) -> tuple[int, int]:
        """Send the dead letters of a target again, in order; how many it took, and how many are left.

        Stops at the first that is not taken. Raises TableError.
        """
        row, state = self.store.get(name), self._state(name)
        sent = 0
        for letter in self.store.dead(name):
            try:
                await self._send(row, letter.messageid, letter.text)
            except NotTaken as reason:
                state.failed += 1
                state.trouble = str(reason)
                break
            state.delivered += 1
            state.trouble = ""
            self.store.dig_up(letter.number)
            sent += 1
        return sent, len(self.store.dead(name))

    # ---- one target

    def _state(self, name: str) -> State:
        return self.states.setdefault(name, State())

    def _start(self, row: Webhook) -> None:
        self._begun[row.name] = row
        life = self._guarded(row.name)  # outlives the request that adds it: neither its key nor its log is this one's
        self._tasks[row.name] = asyncio.create_task(life, name=f"webhook {row.name}", context=Context())

    def _forget_strays(self) -> None:
        try:
            self.store.forget_strays()
        except StoreError as error:
            log.warning("dead letters of deleted webhooks are kept for now: %s", error)

    async def _forget(self, row: Webhook) -> None:
        """A target that is stopped is no more."""
        self.states.pop(row.name, None)
        await self._release(row)

    async def _release(self, row: Webhook, kept: Sequence[str] = ()) -> None:
        """Monitor the devices of a target no longer on its behalf, but for those that are kept."""
        for extension in names_of(row.extensions):
            if extension not in kept:
                await self._service.release(extension, _owner(row.name))

    async def _stop(self, name: str) -> None:
        self._begun.pop(name, None)
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _guarded(self, name: str) -> None:
        while True:
            try:
                await self._deliver(self.store.get(name))
            except (NotJoined, RequestError) as refused:
                self._state(name).trouble = str(refused)
                log.warning("webhook %s cannot be told of its extensions: %s", name, refused)
            except Exception:
                # A fault of ours with one target must not end the others, or this one for good.
                log.exception("webhook %s failed", name)
            await self._clock.sleep(REJOIN_S)

    async def _deliver(self, row: Webhook) -> None:
        """Deliver until the queue overflows or something fails; then the caller begins again from the position.

        Raises NotJoined, RequestError when the switch or the server refuses a device.
        """
        queue = self._service.subscribe(f"webhook {row.name}")
        queue.farewell = True  # the target's own hold on its devices outlives it
        caller = Caller(door="webhook", user=f"webhook {row.name}", subscriber=queue)
        choice = Choice(names_of(row.extensions), names_of(row.eventtypes), row.events)
        try:
            for extension in choice.extensions:
                # Watched whatever becomes of the queue: what a target is too slow for waits in the journal.
                await self._service.keep(extension, _owner(row.name))
            first = await join(self._service.handle, caller, queue, choice, Position.parse(row.position))
            if not row.position:
                self.reached(row.name, Position(self._service.journal.epoch, self._service.journal.last))
            async with asyncio.TaskGroup() as tasks:
                await _Run(self, row, queue, tasks).go(first)
        finally:
            self._service.unsubscribe(queue)

    async def _send(self, row: Webhook, messageid: str, text: str) -> None:
        """One attempt. Raises NotTaken."""
        body = text.encode()
        keys = [self._reveal(one) for one in (row.secret, row.former) if one]
        stamped = headers(keys, messageid, int(self._clock.wall()), body)
        await self._sender.send(row.url, stamped, body)

    async def persist(self, row: Webhook, letter: Letter, slots: asyncio.Semaphore) -> None:
        """Send a letter until it is taken, or buried. slots: of deliveries at the same time; a pause takes none."""
        state = self._state(row.name)
        for attempt in count(1):
            try:
                async with slots:
                    await self._send(row, letter.messageid, letter.text)
            except NotTaken as reason:
                state.failed += 1
                state.trouble = str(reason)
                if (reason.final or attempt > len(BEFORE_RETRY_S)) and self._bury(row, letter, attempt, reason):
                    return
                pause = BEFORE_RETRY_S[min(attempt, len(BEFORE_RETRY_S)) - 1] * (1 + self._clock.random.random() / 4)
                await self._clock.sleep(max(pause, min(reason.retry_s, BEFORE_RETRY_S[-1])))
            else:
                state.delivered += 1
                state.trouble = ""
                return

    def _bury(self, row: Webhook, letter: Letter, attempts: int, reason: NotTaken) -> bool:
        """Keep a letter as a dead one. False = it cannot be written down, so it is to be sent again instead."""
        log.error("webhook %s did not take %s after %d attempts: %s", row.name, letter.messageid, attempts, reason)
        dead = DeadLetter(0, row.name, letter.messageid, self._clock.wall(), attempts, str(reason), letter.text)
        try:
            self.store.bury(dead)
        except StoreError as error:
            log.error("webhook %s: %s cannot be kept as a dead letter: %s", row.name, letter.messageid, error)
            return False
        return True

    def reached(self, name: str, position: Position) -> None:
        """Write down how far a target is; one that cannot be written now is with the next."""
        try:
            self.store.reached(name, str(position))
        except StoreError as error:
            if not self.failing:
                log.error("webhooks may be told events again after a restart: %s", error)
            self.failing = str(error)
        else:
            self.failing = ""


class _Run:
    """One time of delivering to one target, from its joining to its queue's end."""

    def __init__(self, webhooks: Webhooks, row: Webhook, queue: Subscriber, tasks: asyncio.TaskGroup) -> None:
        self._webhooks = webhooks
        self._row = row
        self._queue = queue
        self._tasks = tasks
        self._latest: dict[str, Letter] = {}
        self._window: deque[Letter] = deque()
        self._room = asyncio.Event()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._count = 0

    async def go(self, first: list[Waiting]) -> None:
        await self._take(first)
        while not self._queue.closed or len(self._queue):
            await self._queue.filled()
            await self._take(self._queue.take_numbered())

    async def _take(self, messages: list[Waiting]) -> None:
        for text, eventid in messages:
            while len(self._window) >= WINDOW_MOST:
                self._room.clear()
                await self._room.wait()
            event: dict[str, Any] = json.loads(text)
            if event["eventtype"] in OWN:
                continue
            self._count += 1
            number = f"{eventid}" if eventid else f"{event.get('eventid', 0)}-{event['eventtype']}-{self._count}"
            epoch = event.get("epoch", "")
            position = Position(epoch, eventid) if eventid else None
            letter = Letter(text, position, f"{self._row.name}-{epoch}-{number}")
            self._window.append(letter)
            self._webhooks._state(self._row.name).waiting = len(self._window)
            self._tasks.create_task(self._carry(letter, keys_of(event)))
            await asyncio.sleep(0)  # the letter takes its place behind those before it

    async def _carry(self, letter: Letter, keys: list[str]) -> None:
        before = [self._latest[key] for key in keys if key in self._latest]
        self._latest |= dict.fromkeys(keys, letter)
        for other in before:
            await other.gone.wait()
        await self._webhooks.persist(self._row, letter, self._slots)
        letter.gone.set()
        for key in keys:
            if self._latest[key] is letter:
                del self._latest[key]
        self._move_on()

    def _move_on(self) -> None:
        """Of the events before the first that is still on its way, all are done: after a restart none comes again."""
        reached = None
        while self._window and self._window[0].gone.is_set():
            reached = self._window.popleft().position or reached
        self._webhooks._state(self._row.name).waiting = len(self._window)
        if reached is not None:
            self._webhooks.reached(self._row.name, reached)
        self._room.set()


def _owner(name: str) -> str:
    """As who a target holds its monitors."""
    return f"webhook {name}"


def keys_of(event: dict[str, Any]) -> list[str]:
    """What an event is about: events that have one of these in common are delivered in order."""
    calls = (event.get("callid"), event.get("primarycallid"), event.get("secondarycallid"))
    device = event.get("monitored") or event.get("extension") or "link"
    return [f"device {device}", *dict.fromkeys(f"call {call}" for call in calls if call)]
