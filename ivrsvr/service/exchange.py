"""What goes between one server and a shared journal: signs of life, what waits to be written, what comes out.

All questions to Redis that nobody in particular asks are asked here; what follows from the answers is its owner's.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from ivrsvr.service import standing as network
from ivrsvr.service.journal import Draft
from ivrsvr.service.outbox import Outbox, Portrait, Release, offer_of
from ivrsvr.service.standing import Answer, Standing, in_time, late
from ivrsvr.store.journal_redis import Entry, JournalStream, StreamLost

log = logging.getLogger(__name__)


class Owner(Protocol):
    """Whose exchange it is."""

    def came(self, entry: Entry) -> None:
        """Something has come out of the journal."""
        ...

    def part(self, reason: str) -> None:
        """The journal cannot be used."""
        ...

    def release(self, device: str) -> None:
        """A device is about to be released."""
        ...

    def heard(self) -> None:
        """Redis has taken a sign of life."""
        ...

    async def returned(self) -> None:
        """The journal can be used again."""
        ...


class Exchange:
    """Of one server.

    fresh:    gives the epoch of a journal that begins now.
    namesake: another server with the same id; "" = none.
    """

    def __init__(self, stream: JournalStream, standing: Standing, owner: Owner, fresh: Callable[[], str]) -> None:
        self.outbox = Outbox()
        self.namesake = ""
        self.server = f"*{stream.server}"
        """Under which name the journal keeps what is about no device."""
        self._stream = stream
        self._standing = standing
        self._owner = owner
        self._fresh = fresh
        self._reading: asyncio.Task[list[Entry]] | None = None
        self._read = asyncio.Event()
        self._stopping = asyncio.Event()

    async def asked(self, asked: Coroutine[Any, Any, Answer]) -> Answer:
        """An answer of Redis. Raises StreamLost, also where it does not come in time."""
        return await in_time(asked, self._stream.where)

    async def join(self) -> None:
        """Take part. Raises StreamLost."""
        self._standing.begin(await self.asked(self._stream.join(self._fresh())))
        self._read.set()

    def leave_off(self) -> list[Draft]:
        """Read and write no more; the events that nobody may have been told of."""
        self._read.clear()
        if self._reading is not None:
            self._reading.cancel()  # it may wait behind what a journal had that is no more
        return self.outbox.empty()

    async def run(self) -> None:
        """Until `stop`."""
        jobs = {"send": self._send, "tail": self._tail, "stay": self._stay}
        tasks = [asyncio.create_task(self._kept(job), name=f"journal {name}") for name, job in jobs.items()]
        try:
            await self._stopping.wait()
            await self._farewell()
        finally:
            left = {*tasks, *((self._reading,) if self._reading is not None else ())}
            while left:
                for task in left:
                    task.cancel()
                # The library under us may swallow a cancellation that comes while it sends.
                _, left = await asyncio.wait(left, timeout=0.05)
            self._stopping.clear()
            await self._stream.close()

    async def _kept(self, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a job for good: a fault of ours in it costs the journal, not the server."""
        while True:
            try:
                await job()
            except Exception:
                log.exception("the shared journal failed")
                self._owner.part("a fault of this server, which the log shows")
                await asyncio.sleep(network.BEAT_S)

    def stop(self) -> None:
        """Write the rest, leave, and end `run`."""
        self._stopping.set()

    async def _farewell(self) -> None:
        try:
            async with asyncio.timeout(network.PATIENCE_S):
                while self._standing.joined and (self.outbox or self.outbox.pending):
                    await self._standing.moved()
                if self._standing.joined:
                    await self._stream.leave()
        except (StreamLost, TimeoutError) as error:
            log.warning("the shared journal could not be left in order: %s", error)

    def lost(self, life: int, error: StreamLost) -> None:
        """A question of that life of the journal has failed."""
        if life == self._standing.life:
            self._owner.part(str(error))

    async def caught_up(self, number: int, life: int) -> bool:
        """Whether all events up to a number are delivered; the journal is left where they do not come in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(network.PATIENCE_S):
                await self._standing.reached(number)
                return life == self._standing.life
        self.lost(life, late(self._stream.where))
        return False

    # ---- signs of life

    async def _stay(self) -> None:
        """Show that this server is there; return to Redis when it answers again."""
        while True:
            await asyncio.sleep(network.BEAT_S if self._standing.joined else self._standing.pause_s)
            try:
                await self.beat()
            except StreamLost as error:
                self._owner.part(str(error))

    async def beat(self) -> None:
        """One sign of life, or one attempt to return. Raises StreamLost."""
        if not self._standing.joined:
            await self.join()
            log.warning("the journal is shared again")
            await self._owner.returned()
            return
        namesake, _ = await self.asked(self._stream.beat())
        oldest = self.outbox.oldest()
        if oldest is not None and oldest < network.now() - 2 * network.PATIENCE_S:
            raise StreamLost(f"{self._stream.where} keeps events back")
        if namesake and not self.namesake:
            log.error(
                "another server writes in the shared journal with the id %d; give each its own (ivr_serverid)",
                self._stream.server,
            )
        self.namesake = namesake
        self._owner.heard()

    # ---- there and back

    async def _send(self) -> None:
        """Bring what waits to Redis, in order."""
        while True:
            await self.outbox.filled.wait()
            self.outbox.filled.clear()
            while self.outbox:
                life = self._standing.life
                try:
                    await self.asked(self._carry_out(self.outbox.take()))
                except StreamLost as error:
                    self.lost(life, error)
            self._standing.move()

    async def _carry_out(self, what: list[Draft] | Release | Portrait) -> None:
        if isinstance(what, list):
            await self._stream.append([offer_of(draft, self._standing.epoch, self.server) for draft in what])
        elif isinstance(what, Portrait):
            await self._stream.portray(what.device, what.text)
        else:
            if what.ended:
                self._owner.release(what.device)
            await self._stream.release([(what.device, what.ended)])
            self.outbox.released(what.device)

    async def _tail(self) -> None:
        """Give what comes out of the journal."""
        while True:
            await self._read.wait()
            life = self._standing.life
            self._reading = asyncio.create_task(self._stream.tail(self._standing.at), name="journal read")
            try:
                await asyncio.wait([self._reading])
                entries = [] if self._reading.cancelled() else self._reading.result()
            except StreamLost as error:
                self.lost(life, error)
                continue
            for entry in entries:
                if life != self._standing.life:
                    break
                self._owner.came(entry)
