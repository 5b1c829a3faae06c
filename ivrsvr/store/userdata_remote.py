"""The user-data service of another machine or process, asked over HTTP: see docs/userdata.md for the protocol."""

import json
from typing import Any

import httpx

from ivrsvr import __version__
from ivrsvr.store.userdata import UserDataError, UserDataTimeout, is_key

ESCAPED = 6
"""Octets that one octet of a text can become in JSON."""

AROUND = 1024
"""Octets of an answer beside the text."""

CONNECTIONS_MOST = 16

KEY_MOST = 96
"""Characters of a key of a site's own class, at most: more do not fit into UUI."""


class RemoteUserData:
    """One service at one address; nothing that it answers is followed anywhere else.

    data_most: octets of UTF-8 that a text may have.
    credential: the API key to show; "" = none.
    timeout_s: for the network's every step; whoever asks limits the whole.

    Every method raises UserDataError.
    """

    def __init__(self, address: str, *, credential: str, data_most: int, timeout_s: float) -> None:
        self.address = address
        self._data_most = data_most
        headers = {"user-agent": f"ivrsvr/{__version__}"}
        if credential:
            headers["authorization"] = f"Bearer {credential}"
        self._client = httpx.AsyncClient(
            base_url=f"http://{address}",
            headers=headers,
            timeout=timeout_s,
            limits=httpx.Limits(max_connections=CONNECTIONS_MOST, max_keepalive_connections=CONNECTIONS_MOST),
            follow_redirects=False,
            trust_env=False,  # no proxy of the environment: the key says where to ask
        )

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
        if not isinstance(key, str) or not 0 < len(key) <= KEY_MOST or not (key.isascii() and key.isprintable()):
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
        await self._client.aclose()

    async def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any] | None:
        """The object that it answers; None = it has nothing there."""
        try:
            async with self._client.stream(method, path, json=body) as response:
                octets = await self._octets(response)
        except httpx.TimeoutException:
            raise UserDataTimeout(f"the user-data service at {self.address} does not answer in time") from None
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            raise UserDataError(
                f"the user-data service at {self.address} cannot be reached ({type(error).__name__})"
            ) from None
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
        most = self._data_most * ESCAPED + AROUND
        octets = bytearray()
        async for chunk in response.aiter_raw(8192):
            octets += chunk
            if len(octets) > most:
                raise self._lied(f"more than {most} octets")
        return bytes(octets)

    def _lied(self, what: str) -> UserDataError:
        return UserDataError(f"the user-data service at {self.address} answered {what}")
