"""Idempotency: a request that comes again with the same key gets the first outcome, and is never carried out twice."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeAlias

from ivrsvr.clock import Clock
from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.registry import RequestError
from ivrsvr.service.errors import Own, own, refusal, response
from ivrsvr.store.idempotency import IdempotencyError, Record

log = logging.getLogger(__name__)

Answer: TypeAlias = dict[str, Any]

WAIT_TIMES = 2.5
"""How many times the switch's time limit a request may take elsewhere: it may ask the switch twice."""

POLL_S = 0.02
POLL_MOST_S = 0.5
KEPT_MOST = 10_000
"""Outcomes that are remembered because the store was away when they were to be written."""

NOT_PART = frozenset({"id", "idempotencykey", "passwd"})
"""Keys of a request that may differ when it comes again; and passwords, which are not to be written down."""

NOTHING_DONE = frozenset(
    {
        Own.TOO_MANY_REQUESTS,
        Own.DRAINING,
        CSTAUniversalFailure.REQUESTS_ON_DEVICE_EXCEEDED_REJECTION,
    }
)
"""Failures before anything was done: the same key may try again."""

UNCERTAIN = frozenset({Own.LINK_DOWN, Own.SWITCH_TIMEOUT, CSTAUniversalFailure.REQUEST_TIMEOUT_REJECTION})
"""Failures after which nobody knows whether the switch carried the request out."""


class Store(Protocol):
    """Where keys are kept for a day. Every method raises IdempotencyError when it cannot be done now."""

    async def find(self, key: str) -> Record | None: ...
    async def begin(self, key: str, request: str) -> Record | None: ...
    async def finish(self, key: str, outcome: str) -> None: ...
    async def forget(self, key: str) -> None: ...
    async def close(self) -> None: ...


class Idempotency:
    """The rules of the key.

    store:  the journal of keys; what it has begun it still knows after a crash.
    wait_s: how long another server that has begun a request may take for it; then it has probably crashed, and what
            became of the request is found out here.
    """

    def __init__(self, store: Store, clock: Clock, *, wait_s: float) -> None:
        self._store = store
        self._clock = clock
        self.wait_s = wait_s
        self._under_way: dict[str, tuple[str, asyncio.Future[Answer]]] = {}
        self._kept: dict[str, Record] = {}

    async def close(self) -> None:
        """Give the store back."""
        await self._store.close()

    async def once(
        self,
        key: str,
        request: Mapping[str, Any],
        carry_out: Callable[[], Awaitable[Answer]],
        resolve: Callable[[], Awaitable[Answer]],
    ) -> Answer:
        """The outcome of a request under a key.

        carry_out: does it, and raises RequestError where it fails; NotBegun where nothing was done.
        resolve:   finds out what became of a first attempt whose end is not known; raises RequestError.

        A failure is an outcome, too, unless nothing was done or nobody knows what was done.
        Raises RequestError where there is no outcome to give.
        """
        canonical = json.dumps({name: value for name, value in request.items() if name not in NOT_PART}, sort_keys=True)
        if key in self._under_way:
            first, outcome = self._under_way[key]
            if first != canonical:
                raise own(Own.IDEMPOTENCY_KEY_REUSED)
            return dict(await asyncio.shield(outcome))
        under_way: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        under_way.add_done_callback(lambda future: future.cancelled() or future.exception())
        self._under_way[key] = canonical, under_way
        try:
            answer = await self._begin(key, canonical, carry_out, resolve)
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
        resolve: Callable[[], Awaitable[Answer]],
    ) -> Answer:
        record = self._kept.get(key)
        try:
            record = record or await self._store.begin(key, canonical)
        except IdempotencyError as error:
            raise own(Own.KEYS_AWAY, f"the idempotency keys cannot be read, so nothing was done: {error}") from None
        if record is None:
            return await self._first(key, canonical, carry_out)
        if record.request != canonical:
            raise own(Own.IDEMPOTENCY_KEY_REUSED)
        if not record.outcome and record.elsewhere:
            record = await self._until_finished(key, record)
            if record is None:  # nothing was done there
                return await self._begin(key, canonical, carry_out, resolve)
        if record.outcome:
            found: Answer = json.loads(record.outcome)
            return found
        answer = await resolve()
        await self._finish(key, canonical, answer)
        return answer

    async def _until_finished(self, key: str, record: Record) -> Record | None:
        """What became of a request that another server has begun; without an outcome = it does not say."""
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
            return await self._store.find(key)
        except IdempotencyError as error:
            raise own(Own.KEYS_AWAY, f"the idempotency keys cannot be read now: {error}") from None

    async def _first(self, key: str, canonical: str, carry_out: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            answer = await carry_out()
        except NotBegun:
            await self._forget(key)
            raise
        except RequestError as error:
            if error.errorcode in NOTHING_DONE:
                await self._forget(key)
            elif error.errorcode not in UNCERTAIN:
                await self._finish(key, canonical, response("", error))
            raise
        await self._finish(key, canonical, answer)
        return answer

    async def _finish(self, key: str, canonical: str, answer: Answer) -> None:
        """Write an outcome down; one that cannot be written down now is remembered here, and never asked for twice."""
        text = json.dumps(answer)
        try:
            await self._store.finish(key, text)
        except IdempotencyError as error:
            log.error("the outcome under an idempotency key is known to this server only: %s", error)
            while len(self._kept) >= KEPT_MOST:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = Record(canonical, text, self._clock.now())

    async def _forget(self, key: str) -> None:
        try:
            await self._store.forget(key)
        except IdempotencyError as error:
            log.error("an idempotency key cannot be freed: %s", error)


class NotBegun(Exception):  # noqa: N818 - an outcome, not a programming error
    """Nothing was done for a request; `error` says why."""

    def __init__(self, error: RequestError) -> None:
        super().__init__(str(error))
        self.error = error


def key_of(request: Mapping[str, Any], header: str) -> str:
    """The key of a request: its own, else the HTTP header's; "" = none.

    Raises RequestError for one that is no text of 1 to 255 characters.
    """
    key = request.get("idempotencykey", header)
    if isinstance(key, int) and not isinstance(key, bool):
        key = str(key)
    if not isinstance(key, str) or len(key) > 255 or (not key and "idempotencykey" in request):
        raise refusal(
            CSTAUniversalFailure.MISTYPED_ARGUMENT_REJECTION,
            'the key "idempotencykey" is wrong: it must be a text of 1 to 255 characters',
        )
    return key
