"""The user-data service of another machine or process, asked over HTTP: see docs/userdata.md for the protocol."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from ivrsvr import __version__
from ivrsvr.store.userdata import UserDataError, UserDataTimeout, body_most, is_key, may_be_key

CONNECTIONS_MOST = 4
"""To one service, which has one processor; whoever asks finds one free, or waits here. The library goes through all
connections and all that wait for each request: with 64 of them waiting there, a look-up would cost twice as much.
"""


@dataclass(slots=True, eq=False)
class Pool:
    """Connections that were opened with one TLS context. under_way: requests that use them."""

    client: httpx.AsyncClient
    context: ssl.SSLContext | None
    under_way: int = 0


class RemoteUserData:
    """One service at one address; nothing that it answers is followed anywhere else.

    data_most: octets of UTF-8 that a text may have.
    credential: the API key to show; "" = none.
    timeout_s: for the network's every step; whoever asks limits the whole.
    tls: what a new connection is encrypted with, which may be another one each time; None = in clear. The certificate
         must name the address.

    Every method raises UserDataError.
    """

    def __init__(
        self,
        address: str,
        *,
        credential: str,
        data_most: int,
        timeout_s: float,
        tls: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self.address = address
        self._data_most = data_most
        self._timeout_s = timeout_s
        self._headers = {"user-agent": f"ivrsvr/{__version__}"}
        if credential:
            self._headers["authorization"] = f"Bearer {credential}"
        self._tls = tls
        self._free = asyncio.Semaphore(CONNECTIONS_MOST)
        self._pool = self._new_pool(tls() if tls is not None else None)

    async def get(self, key: str) -> str | None:
        """The text under a key; None = there is none."""
        if not is_key(key):
            return None
        answer = await self._ask("GET", f"/userdata/{key}")
        if answer is None:
            return None
        if answer.get("key") != key:
            raise self._lied("another key than it was asked for")
        data = answer.get("data")
        if not isinstance(data, str):
            raise self._lied("no text")
        if len(data.encode("utf-8", "surrogatepass")) > self._data_most:
            raise self._lied(f"a text longer than ivr_custdatamaxsize ({self._data_most} octets)")
        return data

    async def set(self, data: str) -> str:
        """Keep a text there, and return its key."""
        answer = await self._ask("POST", "/userdata", {"data": data})
        key = answer.get("key") if answer is not None else None
        if not may_be_key(key):
            raise self._lied("no key")
        return key

    async def update(self, key: str, data: str) -> bool:
        """Replace the text under a key. False = there is none."""
        return is_key(key) and await self._ask("PUT", f"/userdata/{key}", {"data": data}) is not None

    async def status(self) -> dict[str, Any]:
        """What the service says of itself."""
        return await self._ask("GET", "/status") or {}

    async def close(self) -> None:
        """Give the connections back."""
        await self._pool.client.aclose()

    def _new_pool(self, context: ssl.SSLContext | None) -> Pool:
        client = httpx.AsyncClient(
            base_url=f"{'http' if context is None else 'https'}://{self.address}",
            headers=self._headers,
            timeout=self._timeout_s,
            limits=httpx.Limits(max_connections=CONNECTIONS_MOST, max_keepalive_connections=CONNECTIONS_MOST),
            follow_redirects=False,
            trust_env=False,  # no proxy of the environment: the key says where to ask
            verify=False if context is None else context,
        )
        return Pool(client, context)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx.AsyncClient]:
        """The connections to ask over: new ones once the files of TLS were renewed."""
        context = self._tls() if self._tls is not None else None
        if context is not self._pool.context:
            old, self._pool = self._pool, self._new_pool(context)
            if not old.under_way:
                await old.client.aclose()
        pool = self._pool
        pool.under_way += 1
        try:
            yield pool.client
        finally:
            pool.under_way -= 1
            if pool is not self._pool and not pool.under_way:
                await pool.client.aclose()

    async def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any] | None:
        """The object that it answers; None = it has nothing there."""
        try:
            async with self._free, self._client() as client, client.stream(method, path, json=body) as response:
                octets = await self._octets(response)
        except httpx.TimeoutException:
            raise UserDataTimeout(f"the user-data service at {self.address} does not answer in time") from None
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            why = _why(error, encrypted=self._tls is not None)
            raise UserDataError(f"the user-data service at {self.address} {why}") from None
        try:
            answer = json.loads(octets)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise self._lied("what is no JSON object")
        if response.status_code == 404 and str(answer.get("error", "")).startswith("USERDATA_NOT_FOUND"):
            return None
        if response.status_code != 200:
            said = str(answer.get("error", ""))[:200]
            raise UserDataError(
                f"the user-data service at {self.address} refused ({response.status_code}{': ' * bool(said)}{said})"
            )
        return answer

    async def _octets(self, response: httpx.Response) -> bytes:
        most = body_most(self._data_most)
        octets = bytearray()
        async for chunk in response.aiter_raw(8192):
            octets += chunk
            if len(octets) > most:
                raise self._lied(f"more than {most} octets")
        return bytes(octets)

    def _lied(self, what: str) -> UserDataError:
        return UserDataError(f"the user-data service at {self.address} answered {what}")


def _why(error: Exception, *, encrypted: bool) -> str:
    """What is wrong with a connection, and what to do about it."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, ssl.SSLError):
        found = found.__cause__ or found.__context__
    if isinstance(found, ssl.SSLCertVerificationError):
        return f"shows a certificate that is not believed ({found.verify_message}); see ivr_uuisvr_authorities"
    if isinstance(found, ssl.SSLError) and not isinstance(found, ssl.SSLEOFError):
        return f"does not agree on TLS ({found.reason or found}); see uuisvr_tls there, and ivr_uuisvr_tls here"
    what = f"cannot be reached ({type(error).__name__})"
    if found is None and not isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        return what
    if encrypted:  # many refuse a certificate without a word
        return f"{what}; it may want another certificate of this server (tls_clients there, tls_certificate here)"
    return f"{what}; if it speaks TLS, set ivr_uuisvr_tls"
