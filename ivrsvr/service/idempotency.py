"""Idempotency: a request that comes again with the same key gets the first outcome, and is never carried out twice.

Two things are written down before they happen: that a request begins, and that the switch is asked for the first time.
So whoever meets a request that was interrupted knows whether it can be carried out now (the switch was not asked), or
what became of it must be found out.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Protocol, TypeAlias

from ivrsvr.clock import Clock
from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.registry import RequestError
from ivrsvr.service.errors import Own, own, refusal, response
from ivrsvr.service.line import before_asking
from ivrsvr.store.idempotency import IdempotencyError, Record

log = logging.getLogger(__name__)

Answer: TypeAlias = dict[str, Any]

WAIT_TIMES = 2.5
"""How many times the switch's time limit a request may take elsewhere: it may ask the switch twice."""

POLL_S = 0.02
POLL_MOST_S = 0.5
KEPT_MOST = 10_000
"""Outcomes that are remembered because the store was away when they were to be written."""

TOLD_MOST = 10
"""Of those, how many are written with the next request that finds the store there."""

NOT_PART = frozenset({"id", "idempotencykey", "passwd"})
"""Keys of a request that may differ when it comes again; and passwords, which are not to be written down."""

NOTHING_DONE = frozenset(
    {
        Own.TOO_MANY_REQUESTS,
        Own.DRAINING,
        Own.KEYS_AWAY,
        CSTAUniversalFailure.REQUESTS_ON_DEVICE_EXCEEDED_REJECTION,
    }
)
"""Failures before anything was done: the same key may try again."""

UNCERTAIN = frozenset({Own.LINK_DOWN, Own.SWITCH_TIMEOUT, CSTAUniversalFailure.REQUEST_TIMEOUT_REJECTION})
"""Failures after which nobody knows whether the switch carried the request out."""


class Store(Protocol):
    """Where keys are kept for a day. Every method raises IdempotencyError when it cannot be done now.

    failing: why it cannot be done at present; "" = it can.
    """

    failing: str

    async def find(self, key: str) -> Record | None: ...
    async def begin(self, key: str, request: str) -> Record | None: ...
    async def asked(self, key: str) -> bool: ...
    async def take_over(self, key: str, record: Record) -> bool: ...
    async def finish(self, key: str, request: str, outcome: str, owner: str = "") -> bool: ...
    async def forget(self, key: str) -> None: ...
    async def close(self) -> None: ...


class Idempotency:
    """The rules of the key.

    store:  the journal of keys; what it has begun it still knows after a crash.
    wait_s: how long another server that has begun a request may take for it; then it has probably crashed, and the
            request is taken over: carried out where the switch was not asked, else what became of it is found out.
    """

    def __init__(self, store: Store, clock: Clock, *, wait_s: float) -> None:
        self.store = store
        self._clock = clock
        self.wait_s = wait_s
        self._under_way: dict[str, tuple[str, asyncio.Future[Answer]]] = {}
        self._kept: dict[str, Record] = {}

    async def close(self) -> None:
        """Give the store back."""
        await self.store.close()

    async def once(
        self,
        key: str,
        request: Mapping[str, Any],
        carry_out: Callable[[], Awaitable[Answer]],
        resolve: Callable[[float], Awaitable[Answer]],
        *,
        hidden: Collection[str] = (),
        once_only: Collection[str] = (),
    ) -> Answer:
        """The outcome of a request under a key.

        carry_out: does it, and raises RequestError where it fails; NotBegun where nothing was done.
        resolve:   finds out what became of a first attempt that began at a time and whose end is not known; raises
                   RequestError.

        hidden:    keys of the request that are not written down.
        once_only: keys of the outcome that nobody is told again: empty in what is kept.

        A failure is an outcome, too, unless nothing was done or nobody knows what was done.
        Raises RequestError where there is no outcome to give.
        """
        left_out = NOT_PART.union(hidden)
        canonical = json.dumps({name: one for name, one in request.items() if name not in left_out}, sort_keys=True)
        if key in self._under_way:
            first, outcome = self._under_way[key]
            if first != canonical:
                raise own(Own.IDEMPOTENCY_KEY_REUSED)
            return dict(await asyncio.shield(outcome))
        under_way: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        under_way.add_done_callback(lambda future: future.cancelled() or future.exception())
        self._under_way[key] = canonical, under_way
        try:
            answer = await self._begin(key, canonical, carry_out, resolve, once_only)
        except RequestError as error:
            under_way.set_exception(error)
            raise
        except NotBegun as nothing:
            under_way.set_exception(nothing.error)
            raise nothing.error from nothing
        else:
            under_way.set_result(answer)
            return answer
        finally:
            del self._under_way[key]
            if not under_way.done():
                under_way.set_exception(own(Own.OUTCOME_UNKNOWN))

    async def _begin(
        self,
        key: str,
        canonical: str,
        carry_out: Callable[[], Awaitable[Answer]],
        resolve: Callable[[float], Awaitable[Answer]],
        once_only: Collection[str],
    ) -> Answer:
        while True:
            record = self._kept.get(key)
            try:
                if record is None:
                    record = await self.store.begin(key, canonical)
                    await self._tell()
            except IdempotencyError as error:
                raise own(Own.KEYS_AWAY, f"the idempotency keys cannot be read, so nothing was done: {error}") from None
            if record is not None and record.request != canonical:
                raise own(Own.IDEMPOTENCY_KEY_REUSED)
            if record is not None and record.owner and not record.outcome:
                record = await self._until_finished(key, record)
                if record is None:  # nothing was done there
                    continue
            if record is not None and record.outcome:
                found: Answer = json.loads(record.outcome)
                return found
            if record is not None and record.asked:
                answer = await resolve(record.began)
                await self._finish(key, canonical, answer, record.owner)
                return answer
            if record is None or await self._take_over(key, record):
                with contextlib.suppress(TakenOver):
                    return await self._first(key, canonical, carry_out, once_only)

    async def _take_over(self, key: str, record: Record) -> bool:
        """Raises RequestError."""
        try:
            return await self.store.take_over(key, record)
        except IdempotencyError as error:
            raise own(Own.KEYS_AWAY, f"the idempotency keys cannot be written now: {error}") from None

    async def _until_finished(self, key: str, record: Record) -> Record | None:
        """What became of a request that another server has begun; without an outcome = it does not say; None = nothing.

        Raises RequestError.
        """
        pause = POLL_S
        until = self._clock.now() + self.wait_s
        while not record.outcome and self._clock.now() < until:
            await self._clock.sleep(pause)
            pause = min(pause * 1.5, POLL_MOST_S)
            found = await self._find(key)
            if found is None:
                return None
            record = found
        return record

    async def _find(self, key: str) -> Record | None:
        """Raises RequestError."""
        try:
            return await self.store.find(key)
        except IdempotencyError as error:
            raise own(Own.KEYS_AWAY, f"the idempotency keys cannot be read now: {error}") from None

    async def _first(
        self, key: str, canonical: str, carry_out: Callable[[], Awaitable[Answer]], once_only: Collection[str]
    ) -> Answer:
        """Raises RequestError, NotBegun, and TakenOver where another server has the request in hand by now."""
        asking = _Asking(self.store, key)
        token = before_asking.set(asking)
        try:
            answer = await carry_out()
        except NotBegun:
            if not asking.done:
                await self._forget(key)
            raise
        except RequestError as error:
            if error.errorcode in NOTHING_DONE:
                await self._forget(key)
            elif error.errorcode not in UNCERTAIN:
                mine = await self._finish(key, canonical, response("", error))
                if not (mine or asking.done):
                    raise TakenOver from None
            raise
        finally:
            before_asking.reset(token)
        await self._finish(key, canonical, {**answer, **dict.fromkeys(once_only, "")})
        return answer

    async def _finish(self, key: str, canonical: str, answer: Answer, owner: str = "") -> bool:
        """Write an outcome down; one that cannot be written down now is remembered here, and never asked for twice.

        False = another server has the request in hand.
        """
        text = json.dumps(answer)
        try:
            return await self.store.finish(key, canonical, text, owner)
        except IdempotencyError as error:
            log.error("the outcome under an idempotency key is known to this server only: %s", error)
            while len(self._kept) >= KEPT_MOST:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = Record(canonical, text, self._clock.wall(), True, owner)
            return True

    async def _tell(self) -> None:
        """Write down outcomes that could not be written when they were known. Raises IdempotencyError."""
        for key, record in list(self._kept.items())[:TOLD_MOST]:
            await self.store.finish(key, record.request, record.outcome, record.owner)
            self._kept.pop(key, None)

    async def _forget(self, key: str) -> None:
        try:
            await self.store.forget(key)
        except IdempotencyError as error:
            log.error("an idempotency key cannot be freed: %s", error)


class TakenOver(Exception):  # noqa: N818 - an outcome, not a programming error
    """Another server has taken a request over, since nothing was heard of it for long; it was not begun here."""


class _Asking:
    """What a request under a key has to write down before it asks the switch: that it does. done: it is written."""

    __slots__ = ("_key", "_store", "done")

    def __init__(self, store: Store, key: str) -> None:
        self._store = store
        self._key = key
        self.done = False

    async def __call__(self) -> None:
        """Raises RequestError, TakenOver; then the switch is not to be asked."""
        if self.done:
            return
        try:
            mine = await self._store.asked(self._key)
        except IdempotencyError as error:
            raise own(Own.KEYS_AWAY, f"the idempotency keys cannot be written, so nothing was done: {error}") from None
        if not mine:
            raise TakenOver
        self.done = True


class NotBegun(Exception):  # noqa: N818 - an outcome, not a programming error
    """Nothing was done for a request; `error` says why."""

    def __init__(self, error: RequestError) -> None:
        super().__init__(str(error))
        self.error = error


def key_of(request: Mapping[str, Any], header: str) -> str:
    """The key of a request, its own or the HTTP header's; "" = none.

    Raises RequestError for one that is no text of 1 to 255 characters, and for two that differ.
    """
    key = request.get("idempotencykey", header)
    if isinstance(key, int) and not isinstance(key, bool):
        key = str(key)
    if not isinstance(key, str) or len(key) > 255 or (not key and "idempotencykey" in request):
        raise refusal(
            CSTAUniversalFailure.MISTYPED_ARGUMENT_REJECTION,
            'the key "idempotencykey" is wrong: it must be a text of 1 to 255 characters',
        )
    if header and key != header:
        raise refusal(
            CSTAUniversalFailure.VALUE_OUT_OF_RANGE,
            'the header Idempotency-Key and the key "idempotencykey" differ: give one of them',
        )
    return key
