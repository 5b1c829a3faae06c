"""Idempotency: a request that comes again with the same key gets the first outcome, and is never carried out twice."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeAlias

from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.registry import RequestError
from ivrsvr.service.errors import Own, own, refusal, response
from ivrsvr.store.idempotency import Record

Answer: TypeAlias = dict[str, Any]

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
    """Where keys are kept for a day."""

    def find(self, key: str) -> Record | None: ...
    def begin(self, key: str, request: str) -> None: ...
    def finish(self, key: str, outcome: str) -> None: ...
    def forget(self, key: str) -> None: ...


class Idempotency:
    """The rules of the key.

    store: the journal of keys; what it has begun it still knows after a crash.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._under_way: dict[str, asyncio.Future[Answer]] = {}

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
        record = self._store.find(key)
        if record is None:
            return await self._first(key, canonical, carry_out)
        if record.request != canonical:
            raise own(Own.IDEMPOTENCY_KEY_REUSED)
        if key in self._under_way:
            return await asyncio.shield(self._under_way[key])
        if record.outcome:
            found: Answer = json.loads(record.outcome)
            return found
        answer = await resolve()
        self._store.finish(key, json.dumps(answer))
        return answer

    async def _first(self, key: str, canonical: str, carry_out: Callable[[], Awaitable[Answer]]) -> Answer:
        self._store.begin(key, canonical)
        under_way: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        under_way.add_done_callback(lambda future: future.cancelled() or future.exception())
        self._under_way[key] = under_way
        try:
            answer = await carry_out()
        except NotBegun as nothing:
            self._store.forget(key)
            under_way.set_exception(nothing.error)
            raise nothing.error from nothing
        except RequestError as error:
            if error.errorcode in NOTHING_DONE:
                self._store.forget(key)
            elif error.errorcode not in UNCERTAIN:
                self._store.finish(key, json.dumps(response("", error)))
            under_way.set_exception(error)
            raise
        else:
            self._store.finish(key, json.dumps(answer))
            under_way.set_result(answer)
            return answer
        finally:
            del self._under_way[key]
            if not under_way.done():
                under_way.set_exception(own(Own.OUTCOME_UNKNOWN))


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
