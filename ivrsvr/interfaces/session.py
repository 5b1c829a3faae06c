"""What one WebSocket client has going on: its requests under way, and the queue of what is to be sent to it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from ivrsvr.interfaces.parsing import encode, parse
from ivrsvr.registry import Caller, RequestError
from ivrsvr.service.errors import response
from ivrsvr.service.service import Service
from ivrsvr.service.trace import shown


class Session:
    """The requests of one connection: different extensions at the same time, up to a limit; outcomes to the queue.

    most: requests that may be under way; further ones wait here, in order.
    seat: the extension of a client that names none.
    """

    def __init__(self, service: Service, address: str, most: int, seat: str = "") -> None:
        self.queue = service.subscribe(f"ws {address}")
        self._service = service
        self._caller = Caller(door="ws", address=address, subscriber=self.queue, extension=seat)
        self._most = most
        self._waiting: deque[bytes] = deque()
        self._under_way: set[asyncio.Task[None]] = set()
        self._tasks: asyncio.TaskGroup | None = None
        self._moved: Callable[[], None] = _nothing

    @property
    def full(self) -> bool:
        """Whether as many wait as may be under way: time to read no further."""
        return len(self._waiting) >= self._most

    async def live(
        self, write: Callable[[], Awaitable[None]], gone: Awaitable[None], moved: Callable[[], None]
    ) -> None:
        """Work until the peer is gone and every request that it began has ended; then all its monitors end.

        write: sends what the queue holds, until that is closed.
        moved: is called whenever fewer requests wait.
        """
        self._moved = moved
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._write(write))
                self._start()
                await gone
                self._waiting.clear()
                self.queue.close()
        finally:
            self._tasks = None
            self._service.unsubscribe(self.queue)

    @staticmethod
    async def _write(write: Callable[[], Awaitable[None]]) -> None:
        await write()

    def offer(self, message: bytes) -> None:
        """Take a message, and carry it out as soon as its turn comes."""
        self._waiting.append(message)
        self._start()

    def abandon(self) -> None:
        """Wait no longer for the outcome of requests; nobody is there to be told."""
        for task in self._under_way:
            task.cancel()

    def _start(self) -> None:
        while self._waiting and self._tasks is not None and len(self._under_way) < self._most:
            task = self._tasks.create_task(self._answer(self._waiting.popleft()))
            self._under_way.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._start()
        self._moved()

    async def _answer(self, message: bytes) -> None:
        """Carry out one request. Nothing waits between its outcome and the queue: events come after it."""
        try:
            request = parse(message)
        except RequestError as error:
            answer = response("", error)
        else:
            answer = await self._service.handle(request, self._caller)
        text = encode(answer)
        trace = self._service.trace
        if trace.wanted("ws"):
            trace.put("ws", lambda: f"{self._caller.address} {shown(message)} -> {text}")
        self.queue.reply(text)


def _nothing() -> None:
    """Nobody wants to know."""
