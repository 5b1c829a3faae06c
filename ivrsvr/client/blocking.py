"""The blocking client: the asyncio client in a loop in a thread of its own."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from ivrsvr.client.client import Client, Options, State
from ivrsvr.client.errors import Disconnected
from ivrsvr.client.monitor import Monitor
from ivrsvr.client.requests import Answer, BlockingRequests
from ivrsvr.client.track import Event

Result = TypeVar("Result")

PATIENCE_S = 5.0
"""How long closing waits for threads that still wait for something."""


class BlockingClient(BlockingRequests):
    """A client of one server, from `with` to its end; several threads may use it at once.

    As `Client`, with methods that wait.
    """

    def __init__(
        self, url: str, *, key: str = "", options: Options | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._client = Client(url, key=key, options=options, tls=tls)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The WebSocket of the server."""
        return self._client.url

    @property
    def state(self) -> State:
        """closed, connecting, open, refused."""
        return self._client.state

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"ivrsvr client of {self.url}", daemon=True)
        self._thread.start()
        self.wait_for(self._client.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect for good, and end the thread.

        Other threads that wait get Disconnected, or the end of their iteration.
        """
        self._go(self._client.close)

    def leave(self) -> None:
        """Disconnect as `close`, but to come back; see `Client.leave`."""
        self._go(self._client.leave)

    def _go(self, way: Callable[[], Coroutine[Any, Any, None]]) -> None:
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        try:
            self.wait_for(way())
            self.wait_for(_others())
        finally:
            self._loop = None
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def request(self, name: str, /, **keys: Any) -> Answer:
        """Carry out a request by its name; see `Client.request`."""
        return self.wait_for(self._client.request(name, **keys))

    def monitor(
        self,
        extension: str,
        *,
        events: Literal["contract", "all"] = "contract",
        eventtypes: Sequence[str] | str = (),
        since: int | None = None,
        epoch: str = "",
        queue_most: int | None = None,
    ) -> "BlockingMonitor":
        """Be told of a device; see `Client.monitor`."""
        monitor = self._client.monitor(
            extension, events=events, eventtypes=eventtypes, since=since, epoch=epoch, queue_most=queue_most
        )
        return BlockingMonitor(self, self.wait_for(monitor))

    def history(self, extension: str = "", **keys: Any) -> Iterator[Event]:
        """Every event of a device that the journal still has, in order; see `Client.history`."""
        events = aiter(self._client.history(extension, **keys))
        while (event := self.wait_for(_next(events))) is not None:
            yield event

    def wait_for(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Wait for something in the client's loop. Raises what it raises; Disconnected where there is no loop."""
        loop = self._loop
        if loop is None or loop.is_closed():
            work.close()
            raise Disconnected("the client is not open; use `with`")
        future = asyncio.run_coroutine_threadsafe(work, loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # Ctrl-C while it waits; otherwise it is over already
            raise


class BlockingMonitor:
    """The events of one device: `for event in monitor`."""

    def __init__(self, client: BlockingClient, monitor: Monitor) -> None:
        self._client = client
        self._monitor = monitor

    @property
    def extension(self) -> str:
        """The device."""
        return self._monitor.extension

    @property
    def position(self) -> tuple[int | None, str]:
        """`since` and `epoch` of the last event that was read."""
        return self._monitor.position

    def __len__(self) -> int:
        """How many events wait to be read."""
        return len(self._monitor)

    def __iter__(self) -> Iterator[Event]:
        while (event := self.get()) is not None:
            yield event

    def get(self, timeout: float | None = None) -> Event | None:
        """The next event; None = it was stopped, and nothing is left. Raises TimeoutError, RequestFailed."""
        try:
            return self._client.wait_for(self._monitor.get(timeout))
        except Disconnected:
            return None

    def stop(self) -> None:
        """Be told no more."""
        self._client.wait_for(self._monitor.stop())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


async def _others() -> None:
    """Whoever else waits in the loop is told before it stops."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=PATIENCE_S)


async def _next(events: Any) -> Event | None:
    event: Event | None = await anext(events, None)
    return event
