"""The user-data door: other servers and programs keep texts here, and ask for them by their keys (docs/userdata.md).

It answers from its own store alone and never asks another service, so no question can go in a circle.
"""

from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from ivrsvr import __version__
from ivrsvr.clock import Clock
from ivrsvr.interfaces.access import Access, credential_of
from ivrsvr.interfaces.http.answers import Receive, Scope, Send, send_json, send_refusal, text_headers
from ivrsvr.interfaces.http.bodies import read_body
from ivrsvr.interfaces.origins import foreign
from ivrsvr.interfaces.parsing import parse
from ivrsvr.registry import RequestError
from ivrsvr.service.errors import Own, out_of_range, own, unrecognized
from ivrsvr.store.userdata import Store, UserDataError, body_most, is_key

BODY_S = 10.0
"""For a body to arrive."""

STORE_S = 5.0
"""For the store to answer."""

SCOPE = "call"
"""What a key must be allowed: who may make calls may also read and write what travels with them."""


class UserDataDoor:
    """The ASGI application of the user-data listener.

    store:     where the texts are.
    status:    what `GET /status` says beside the counters.
    data_most: octets of UTF-8 that a text may have.
    protected: whether a key or token must be brought.
    """

    def __init__(
        self,
        store: Store,
        access: Access,
        clock: Clock,
        status: Callable[[], dict[str, Any]],
        *,
        data_most: int,
        protected: bool = False,
    ) -> None:
        self.counts: Counter[str] = Counter()
        """What was asked, and how it went: get, set, update, missing, refused, failed."""
        self._store = store
        self._access = access
        self._clock = clock
        self._status = status
        self._data_most = data_most
        self._protected = protected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._enter(scope)
            answer = await self._answer(str(scope["method"]), str(scope["path"]), receive)
        except RequestError as error:
            missing = error.errorcode == Own.USERDATA_NOT_FOUND
            self.counts["missing" if missing else "failed" if error.status >= 500 else "refused"] += 1
            await send_refusal(send, error)
        else:
            await send_json(send, HTTPStatus.OK, answer)

    async def _enter(self, scope: Scope) -> None:
        """Raises RequestError for somebody who may not come in."""
        headers = text_headers(scope)
        reason = foreign(headers, frozenset(), protected=self._protected)
        if reason:
            raise own(Own.NOT_AUTHORIZED, reason)
        address = str(scope["client"][0]) if scope.get("client") else ""
        credential = credential_of(headers)
        identity = await self._access.identify(credential, address, protected=self._protected)
        if self._protected or credential:
            self._access.count(identity, address)
        if SCOPE not in identity.scopes:
            raise own(Own.NOT_AUTHORIZED, f"user data need the scope {SCOPE}; {identity.user!r} has it not")

    async def _answer(self, method: str, path: str, receive: Receive) -> dict[str, Any]:
        """Raises RequestError."""
        match method, path.split("/")[1:]:
            case "GET", ["status"]:
                return {"service": "uuisvr", "version": __version__, **self._status(), **self.counts}
            case "POST", ["userdata"]:
                self.counts["set"] += 1
                data = await self._data(receive)
                return {"key": await self._limited(lambda: self._store.set(data))}
            case "GET", ["userdata", key] if is_key(key):
                self.counts["get"] += 1
                found = await self._limited(lambda: self._store.get(key))
                if found is None:
                    raise _missing(key)
                return {"key": key, "data": found}
            case "PUT", ["userdata", key] if is_key(key):
                self.counts["update"] += 1
                data = await self._data(receive)
                if not await self._limited(lambda: self._store.update(key, data)):
                    raise _missing(key)
                return {"key": key}
            case _, ["userdata", key] if not is_key(key):
                text = "a key has 44 upper-case hexadecimal digits and begins with FCCCCCCC"
                raise out_of_range(text)
        there = "POST /userdata, GET and PUT /userdata/KEY, GET /status"
        raise unrecognized(f"{method[:20]} {path[:100]} is nothing here; there are {there}")

    async def _limited(self, ask: Callable[[], Any]) -> Any:
        """What the store answers. Raises RequestError."""
        try:
            async with self._clock.timeout(STORE_S):
                return await ask()
        except TimeoutError:
            raise own(Own.USERDATA_SERVICE_FAILED, f"the store did not answer within {STORE_S:g} s") from None
        except UserDataError as error:
            raise own(Own.USERDATA_SERVICE_FAILED, str(error)) from None

    async def _data(self, receive: Receive) -> str:
        """The text in a body. Raises RequestError."""
        most = body_most(self._data_most)
        body = parse(await read_body(receive, most=most, limit_s=BODY_S, name="ivr_custdatamaxsize"))
        data = body.get("data")
        if not isinstance(data, str):
            raise out_of_range('the body needs the key "data" with a text')
        size = len(data.encode())
        if size > self._data_most:
            raise own(
                Own.DATA_TOO_LONG, f"the data are {size} octets long and ivr_custdatamaxsize is {self._data_most}"
            )
        return data


def _missing(key: str) -> RequestError:
    return own(Own.USERDATA_NOT_FOUND, f"no data are stored under {key}; they may have expired")
