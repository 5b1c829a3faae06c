"""A site's own class that keeps the user data, kept apart: whatever it does fails one look-up and nothing else.

Its plain methods run in a few threads of their own, its coroutines in one thread with a loop of its own, so that not
even one that blocks holds up the server. What does not come back in time is given up; its thread is lost until it does,
so there is a limit to how many may be lost.
"""

import asyncio
import inspect
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

from ivrsvr.clock import Clock
from ivrsvr.store.userdata import KEY_MOST, UserDataError, UserDataTimeout, may_be_key

THREADS = 8
"""Plain methods that may run at the same time, those among them that hang."""

WAITING_MOST = 256
"""Calls that may wait for a thread."""

OPEN_S = 10.0
"""For `open` and `close`."""

METHODS = ("open", "get", "set", "update", "close")

Call: TypeAlias = Callable[[], Any]
Waiting: TypeAlias = "asyncio.Future[Any]"


class Threads:
    """A few daemon threads, started when they are needed. A thread of the standard pool would keep a process from
    ending for as long as it hangs.
    """

    def __init__(self, name: str, most: int = THREADS) -> None:
        self._name = name
        self._most = most
        self._started = 0
        self._jobs: SimpleQueue[tuple[Call, asyncio.AbstractEventLoop, Waiting] | None] = SimpleQueue()
        self.under_way = 0
        """Calls that have neither ended nor failed, whoever still waits for them."""

    async def run(self, call: Call) -> Any:
        """What a call in one of the threads gives; raises what it raises, or UserDataError where too many wait."""
        if self.under_way >= self._most + WAITING_MOST:
            raise UserDataError(f"all {self._most} threads of {self._name} are busy or hang, and too many calls wait")
        loop = asyncio.get_running_loop()
        future: Waiting = loop.create_future()
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

    def _done(self, future: Waiting, result: Any, fault: BaseException | None) -> None:
        self.under_way -= 1
        _settle(future, result, fault)


class Coroutines:
    """A daemon thread with a loop of its own, started when it is needed."""

    def __init__(self, name: str, most: int = THREADS) -> None:
        self._name = name
        self._most = most
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: dict[Waiting, asyncio.Task[Any]] = {}
        """Only for the thread's own use."""
        self.lost: set[Waiting] = set()
        """Calls that nobody waits for any longer, and that have not ended."""

    async def run(self, call: Call) -> Any:
        """What a coroutine gives; raises what it raises, or UserDataError where too many hang."""
        if len(self.lost) >= self._most:
            raise UserDataError(f"{len(self.lost)} coroutines of {self._name} hang")
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            Thread(target=_turn, args=(self._loop,), name="userdata", daemon=True).start()
        mine = asyncio.get_running_loop()
        future: Waiting = mine.create_future()
        self._loop.call_soon_threadsafe(self._begin, call, mine, future)
        try:
            return await future
        except asyncio.CancelledError:
            self.lost.add(future)
            self._loop.call_soon_threadsafe(self._give_up, future)
            raise

    def close(self) -> None:
        """Cancel what is under way, and let the thread end."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end)

    def _begin(self, call: Call, mine: asyncio.AbstractEventLoop, future: Waiting) -> None:
        def ended(task: "asyncio.Task[tuple[Any, BaseException | None]]") -> None:
            self._tasks.pop(future, None)
            told = (None, asyncio.CancelledError("cancelled itself")) if task.cancelled() else task.result()
            self._tell(mine, future, *told)

        if future.cancelled():  # nobody waits any longer: it is not begun
            self._tell(mine, future, None, None)
            return
        task = asyncio.ensure_future(_carried_out(call))
        self._tasks[future] = task
        task.add_done_callback(ended)

    def _tell(self, mine: asyncio.AbstractEventLoop, future: Waiting, result: Any, fault: BaseException | None) -> None:
        try:
            mine.call_soon_threadsafe(self._done, future, result, fault)
        except RuntimeError:
            return  # the loop is closed: the process ends

    def _give_up(self, future: Waiting) -> None:
        if future in self._tasks:
            self._tasks[future].cancel()

    def _done(self, future: Waiting, result: Any, fault: BaseException | None) -> None:
        self.lost.discard(future)
        _settle(future, result, fault)

    def _end(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        asyncio.get_running_loop().call_soon(asyncio.get_running_loop().stop)


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    """Run a loop until it is stopped."""
    try:
        loop.run_forever()
    finally:
        loop.close()


async def _carried_out(call: Call) -> tuple[Any, BaseException | None]:
    """What a coroutine gives, or raises. Not even SystemExit may end the thread."""
    try:
        return await call(), None
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        return None, error


def _settle(future: Waiting, result: Any, fault: BaseException | None) -> None:
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
        self._coroutines = Coroutines(name)

    @property
    def hanging(self) -> int:
        """Calls that are under way, most of which hang where the number stays up."""
        return self._threads.under_way + len(self._coroutines.lost)

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
        if not may_be_key(key):
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
            self._coroutines.close()

    async def _call(self, method: str, *arguments: Any, limit_s: float = 0.0) -> Any:
        function = getattr(self._plugin, method)
        limit_s = limit_s or self._limit_s
        try:
            async with self._clock.timeout(limit_s):
                runner = self._coroutines if inspect.iscoroutinefunction(function) else self._threads
                return await runner.run(lambda: function(*arguments))
        except TimeoutError:
            raise UserDataTimeout(f"{self._name}: {method} did not come back within {limit_s:g} s") from None
        except UserDataError as error:
            raise self._fault(method, str(error)) from None

    def _fault(self, method: str, what: str) -> UserDataError:
        return UserDataError(f"{self._name}: {method}: {what}")
