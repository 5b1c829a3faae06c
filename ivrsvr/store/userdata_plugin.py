"""A site's own class that keeps the user data, kept apart: whatever it does fails one look-up and nothing else.

Its plain methods run in a few threads of their own, its coroutines in the loop. One that does not come back in time is
given up; its thread is lost until it does, so there is a limit to how many may be lost.
"""

import asyncio
import inspect
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

from ivrsvr.clock import Clock
from ivrsvr.store.userdata import UserDataError, UserDataTimeout

THREADS = 8
"""Plain methods that may run at the same time, those among them that hang."""

WAITING_MOST = 256
"""Calls that may wait for a thread."""

OPEN_S = 10.0
"""For `open` and `close`."""

KEY_MOST = 96
"""Characters of a key, at most: more do not fit into UUI."""

METHODS = ("open", "get", "set", "update", "close")

Call: TypeAlias = Callable[[], Any]


class Threads:
    """A few daemon threads, started when they are needed. A thread of the standard pool would keep a process from
    ending for as long as it hangs.
    """

    def __init__(self, name: str, most: int = THREADS) -> None:
        self._name = name
        self._most = most
        self._started = 0
        self._jobs: SimpleQueue[tuple[Call, asyncio.AbstractEventLoop, asyncio.Future[Any]] | None] = SimpleQueue()
        self.under_way = 0
        """Calls that have neither ended nor failed, whoever still waits for them."""

    async def run(self, call: Call) -> Any:
        """What a call in one of the threads gives; raises what it raises, or UserDataError where too many wait."""
        if self.under_way >= self._most + WAITING_MOST:
            raise UserDataError(f"all {self._most} threads of {self._name} are busy or hang, and too many calls wait")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self.under_way += 1
        self._jobs.put((call, loop, future))
        if self._started < min(self._most, self.under_way):
            self._started += 1
            Thread(target=self._work, name=f"userdata {self._started}", daemon=True).start()
        return await future

    def close(self) -> None:
        """Let the threads end when they have nothing left to do."""
        for _ in range(self._started):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            call, loop, future = job
            result: Any = None
            fault: BaseException | None = None
            if not future.cancelled():  # nobody waits any longer: it is not begun
                try:
                    result = call()
                except BaseException as error:  # not even SystemExit may end the thread
                    fault = error
            try:
                loop.call_soon_threadsafe(self._done, future, result, fault)
            except RuntimeError:
                return  # the loop is closed: the process ends

    def _done(self, future: "asyncio.Future[Any]", result: Any, fault: BaseException | None) -> None:
        self.under_way -= 1
        if future.done():
            return
        if fault is None:
            future.set_result(result)
        else:
            future.set_exception(UserDataError(f"{type(fault).__name__}: {fault}"[:300]))


class PluginUserData:
    """Calls a site's object, and believes nothing that it gives.

    name:      of the plug-in, for the texts of errors.
    data_most: octets of UTF-8 that a text may have.
    limit_s:   for each call.

    Every method raises UserDataError.
    """

    def __init__(self, name: str, plugin: Any, clock: Clock, *, data_most: int, limit_s: float) -> None:
        self._name = name
        self._plugin = plugin
        self._clock = clock
        self._data_most = data_most
        self._limit_s = limit_s
        self._threads = Threads(name)
        self._lost: set[asyncio.Task[Any]] = set()

    @property
    def hanging(self) -> int:
        """Calls that are under way, most of which hang where the number stays up."""
        return self._threads.under_way + len(self._lost)

    async def open(self, configstring: str) -> None:
        """Open it with its configuration."""
        await self._call("open", configstring, limit_s=OPEN_S)

    async def get(self, key: str) -> str | None:
        """The text under a key; None = there is none."""
        data = await self._call("get", key)
        if data is None:
            return None
        if not isinstance(data, str):
            raise self._fault("get", f"gave {type(data).__name__}, not str or None")
        try:
            size = len(data.encode())
        except UnicodeEncodeError:
            raise self._fault("get", "gave half a character") from None
        if size > self._data_most:
            raise self._fault("get", f"gave {size} octets; ivr_custdatamaxsize is {self._data_most}")
        return data

    async def set(self, data: str) -> str:
        """Keep a text, and return its key."""
        key = await self._call("set", data)
        if not isinstance(key, str) or not (0 < len(key) <= KEY_MOST and key.isascii() and key.isprintable()):
            raise self._fault("set", f"must give a key of 1 to {KEY_MOST} printable ASCII characters")
        return key

    async def update(self, key: str, data: str) -> bool:
        """Replace a text. False = there is none under that key."""
        changed = await self._call("update", key, data)
        if not isinstance(changed, bool):
            raise self._fault("update", f"gave {type(changed).__name__}, not bool")
        return changed

    async def close(self) -> None:
        """Close it; what goes wrong then is of no interest to anybody, but a hang would be."""
        try:
            await self._call("close", limit_s=OPEN_S)
        finally:
            self._threads.close()
            for task in self._lost:
                task.cancel()

    async def _call(self, method: str, *arguments: Any, limit_s: float = 0.0) -> Any:
        function = getattr(self._plugin, method)
        limit_s = limit_s or self._limit_s
        try:
            async with self._clock.timeout(limit_s):
                if inspect.iscoroutinefunction(function):
                    return await self._awaited(function, arguments)
                return await self._threads.run(lambda: function(*arguments))
        except TimeoutError:
            raise UserDataTimeout(f"{self._name}: {method} did not come back within {limit_s:g} s") from None
        except UserDataError as error:
            raise self._fault(method, str(error)) from None

    async def _awaited(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Give up waiting for a coroutine even where it does not care that it is cancelled."""
        if len(self._lost) >= THREADS:
            raise UserDataError(f"{len(self._lost)} coroutines of {self._name} hang")

        async def guarded() -> Any:
            try:
                return await function(*arguments)
            except (SystemExit, KeyboardInterrupt) as error:  # the loop would end with them
                raise UserDataError(f"{type(error).__name__}: {error}"[:300]) from None

        task = asyncio.ensure_future(guarded())
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            self._lost.add(task)
            task.add_done_callback(self._lost.discard)
            task.add_done_callback(lambda one: one.cancelled() or one.exception())
            task.cancel()
            raise
        fault = asyncio.CancelledError("cancelled itself") if task.cancelled() else task.exception()
        if isinstance(fault, UserDataError):
            raise fault
        if fault is not None:
            raise UserDataError(f"{type(fault).__name__}: {fault}"[:300])
        return task.result()

    def _fault(self, method: str, what: str) -> UserDataError:
        return UserDataError(f"{self._name}: {method}: {what}")
