"""What one WebSocket client has going on: its requests under way, and the queue of what is to be sent to it.

Where the door asks who comes and the opening handshake brought no key, the first message has to:
`{"request": "authenticate", "key": "..."}`. The same message renews a token that is about to expire.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from ivrsvr.interfaces.access import NOBODY, Access, Identity
from ivrsvr.interfaces.audit import Handle
from ivrsvr.interfaces.parsing import encode, parse
from ivrsvr.registry import Caller, Done, RequestError
from ivrsvr.service.errors import Own, own, response
from ivrsvr.service.service import Service, identity_of
from ivrsvr.service.trace import shown

AUTHENTICATE = "authenticate"
"""The message that brings a key; a matter of the connection, and so none of the requests."""


class Session:
    """The requests of one connection: different extensions at the same time, up to a limit; outcomes to the queue.

    most:     requests that may be under way; further ones wait here, in order.
    seat:     the extension of a client that names none.
    identity: who the client is; None = it has still to prove that.
    entered:  is called when it has.
    refused:  it could not, or can no longer.
    """

    def __init__(
        self,
        service: Service,
        handle: Handle,
        access: Access,
        address: str,
        most: int,
        *,
        seat: str = "",
        identity: Identity | None = NOBODY,
        entered: Callable[[], None] | None = None,
    ) -> None:
        self.queue = service.subscribe(f"ws {address}")
        self.identity = identity
        self.refused = False
        self._service = service
        self._handle = handle
        self._access = access
        self._address = address
        self._seat = seat
        self._entered = entered or _nothing
        self._caller = self._called(identity or NOBODY)
        self._most = most
        self._waiting: deque[bytes] = deque()
        self._stopping = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._tasks: asyncio.TaskGroup | None = None
        self._moved: Callable[[], None] = _nothing

    def _called(self, identity: Identity) -> Caller:
        return identity.caller("ws", self._address, subscriber=self.queue, extension=self._seat)

    @property
    def full(self) -> bool:
        """Whether as many wait as may be under way: time to read no further."""
        return len(self._waiting) >= self._most

    async def live(self, gone: Awaitable[None], moved: Callable[[], None]) -> None:
        """Work until the peer is gone and every request that it began has ended; then all its monitors end.

        moved: is called whenever fewer requests wait.
        """
        self._moved = moved
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                self._start()
                await gone
                self._waiting.clear()
                self.queue.close()
        finally:
            self._tasks = None
            self._service.unsubscribe(self.queue)

    def offer(self, message: bytes) -> None:
        """Take a message, and carry it out as soon as its turn comes."""
        if self._stopping:
            return
        self._waiting.append(message)
        self._start()

    def take_no_more(self) -> set[asyncio.Task[None]]:
        """The server stops: whatever has not begun will not. What is under way, to be waited for."""
        self._stopping = True
        self._waiting.clear()
        return set(self._under_way)

    def abandon(self) -> None:
        """Wait no longer for the outcome of requests; nobody is there to be told."""
        for task in self._under_way:
            task.cancel()

    def _start(self) -> None:
        most = self._most if self.identity is not None else 1  # until it is known who asks, one after the other
        while self._waiting and self._tasks is not None and len(self._under_way) < most:
            task = self._tasks.create_task(self._answer(self._waiting.popleft()))
            self._under_way.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._start()
        self._moved()

    async def _answer(self, message: bytes) -> None:
        """Carry out one request. Nothing waits between its outcome and the queue: events come after it."""
        if self.refused:
            return
        try:
            answer = await self._carry_out(parse(message))
        except RequestError as error:
            answer = response("", error)
        text = encode(answer)
        trace = self._service.trace
        if trace.wanted("ws"):
            trace.put("ws", lambda: f"{self._caller.address} {shown(message)} -> {text}")
        self.queue.reply(text)
        if self.refused:
            self.queue.close()

    async def _carry_out(self, request: dict[str, Any]) -> dict[str, Any]:
        """The response to a request, if its sender has proved who it is and asks no too often."""
        try:
            if request.get("request") == AUTHENTICATE:
                return await self._authenticate(request)
            if self.identity is None or not self._access.current(self.identity):
                self.refused = True
                raise own(Own.NOT_AUTHENTICATED, f'first say {{"request": "{AUTHENTICATE}", "key": "..."}}')
            if self.identity is not NOBODY:
                self._access.count(self.identity, self._address)
        except RequestError as error:
            return response(identity_of(request.get("id")), error)
        return await self._handle(request, self._caller)

    async def _authenticate(self, request: dict[str, Any]) -> dict[str, Any]:
        """Take a key or token. Raises RequestError, and then nothing more is taken of this client."""
        key = request.get("key")
        before = self.identity
        try:
            found = await self._access.identify(key if isinstance(key, str) else "", self._address, protected=True)
            if before not in (None, NOBODY, found) and before.user != found.user:
                raise own(Own.NOT_AUTHORIZED, "this connection belongs to another key; open a new one")
        except RequestError:
            self.refused = True
            raise
        self.identity = found
        self._caller = self._called(found)
        self._entered()
        return {**Done().model_dump(), "id": identity_of(request.get("id"))}


def _nothing() -> None:
    """Nobody wants to know."""
