"""The user-data service of another machine or process, asked over HTTP: see docs/userdata.md for the protocol."""

import json
import ssl
from collections.abc import Callable
from typing import Any

from ivrsvr import __version__
from ivrsvr.store.http_client import Answer, BrokenAnswerError, HttpClient, TooLongError
from ivrsvr.store.userdata import UserDataError, UserDataTimeout, is_key

ESCAPED = 6
"""Octets that one octet of a text can become in JSON."""

AROUND = 1024
"""Octets of an answer beside the text."""

KEY_MOST = 96
"""Characters of a key of a site's own class, at most: more do not fit into UUI."""


class RemoteUserData:
    """One service at one address; nothing that it answers is followed anywhere else.

    data_most: octets of UTF-8 that a text may have.
    credential: the API key to show; "" = none.
    timeout_s: for one request.
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
        self._answer_most = data_most * ESCAPED + AROUND
        self._encrypted = tls is not None
        headers = {"user-agent": f"ivrsvr/{__version__}"}
        self._sendable = credential.isascii() and (not credential or credential.isprintable())
        if credential and self._sendable:
            headers["authorization"] = f"Bearer {credential}"
        self._client = HttpClient(address, headers, body_most=self._answer_most, timeout_s=timeout_s, tls=tls)

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
        await self._client.close()

    async def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any] | None:
        """The object that it answers; None = it has nothing there."""
        if not self._sendable:
            raise UserDataError("ivr_uuisvr_key is no key: it holds something beside printable ASCII characters")
        octets = None if body is None else json.dumps(body).encode()
        try:
            response = await self._client.ask(method, path, octets)
        except TimeoutError:
            raise UserDataTimeout(f"the user-data service at {self.address} does not answer in time") from None
        except TooLongError:
            raise self._lied(f"more than {self._answer_most} octets") from None
        except OSError as error:
            why = _why(error, encrypted=self._encrypted)
            raise UserDataError(f"the user-data service at {self.address} {why}") from None
        answer = _object(response)
        if answer is None:
            raise self._lied("what is no JSON object")
        if response.status == 404 and str(answer.get("error", "")).startswith("USERDATA_NOT_FOUND"):
            return None
        if response.status != 200:
            said = str(answer.get("error", ""))[:200]
            raise UserDataError(
                f"the user-data service at {self.address} refused ({response.status}{': ' * bool(said)}{said})"
            )
        return answer

    def _lied(self, what: str) -> UserDataError:
        return UserDataError(f"the user-data service at {self.address} answered {what}")


def _object(response: Answer) -> dict[str, Any] | None:
    """The JSON object of an answer; None = it is none."""
    try:
        answer = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _why(error: Exception, *, encrypted: bool) -> str:
    """What is wrong with a connection, and what to do about it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"shows a certificate that is not believed ({error.verify_message}); see ivr_uuisvr_authorities"
    hung_up = isinstance(error, BrokenAnswerError | ssl.SSLEOFError)
    if isinstance(error, ssl.SSLError) and not hung_up and "ALERT" not in str(error.reason):
        return f"does not agree on TLS ({error.reason or error}); see uuisvr_tls there, and ivr_uuisvr_tls here"
    what = f"cannot be reached ({error if isinstance(error, BrokenAnswerError) else type(error).__name__})"
    if not (hung_up or isinstance(error, ssl.SSLError | ConnectionResetError)):
        return what
    if encrypted:  # many refuse a certificate without a word
        return f"{what}; it may want another certificate of this server (tls_clients there, tls_certificate here)"
    return f"{what}; if it speaks TLS, set ivr_uuisvr_tls"
