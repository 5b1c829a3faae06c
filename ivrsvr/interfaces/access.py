"""Who is it, and may he? The same decision for every door: REST, WebSocket, event streams, documents, the simulator.

A caller proves who he is with an API key or with a token of an identity provider: in the header `Authorization:
Bearer`, in the header `X-API-Key`, as a WebSocket subprotocol, or as `token` in the query of the URL. What he may then
do is in `Identity`.
"""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs

from ivrsvr.clock import Clock
from ivrsvr.interfaces.accounts import Lockout, scopes_of
from ivrsvr.interfaces.keys import Keys, patterns_of
from ivrsvr.interfaces.limits import Rate
from ivrsvr.interfaces.tokens import TokenError, Tokens
from ivrsvr.registry import ANYBODY, Caller, Scope
from ivrsvr.service.errors import Own, own
from ivrsvr.store.tables import Key

OFFER = "key."
"""A WebSocket client in a browser may offer this and its key as a subprotocol: the one header that it can set."""

log = logging.getLogger(__name__)

CREDENTIAL_MOST = 8192
"""Characters of a key or token."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody has proved to be.

    user:       name of the key or of the token's subject; "" = nobody was asked.
    scopes:     what he may do.
    extensions: patterns of the devices that he may name; () = all.
    expires:    seconds since 1970-01-01 UTC.
    key:        the API key; None = it was none.
    """

    user: str = ""
    scopes: frozenset[Scope] = ANYBODY
    extensions: tuple[str, ...] = ()
    expires: float = math.inf
    key: Key | None = None

    def caller(self, door: str, address: str, **more: object) -> Caller:
        """The caller of a request that comes by a door."""
        return Caller(
            door=door,
            address=address,
            user=self.user,
            scopes=self.scopes,
            extensions=self.extensions,
            **more,  # type: ignore[arg-type]
        )


NOBODY = Identity()
"""Somebody at a door that asks nobody."""


def credential_of(headers: Mapping[str, str], query: str = "") -> str:
    """The key or token that a request brings; "" = none.

    headers: by lower-case name. query: of the URL.
    """
    scheme, _, text = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer" and text.strip():
        return text.strip()
    if headers.get("x-api-key", "").strip():
        return headers["x-api-key"].strip()
    for offer in headers.get("sec-websocket-protocol", "").split(","):
        if offer.strip().startswith(OFFER):
            return offer.strip().removeprefix(OFFER)
    if "token=" not in query:
        return ""
    return parse_qs(query, max_num_fields=100).get("token", [""])[0].strip()


class Access:
    """The decision.

    keys:     the API keys.
    tokens:   of an identity provider; None = there is none.
    static:   whether API keys, which stay the same, are taken at all.
    rates:    requests of one key or subject, and of one address.
    """

    def __init__(
        self,
        keys: Keys,
        clock: Clock,
        tokens: Tokens | None = None,
        *,
        static: bool = True,
        per_key_s: float = 0.0,
        per_address_s: float = 0.0,
    ) -> None:
        self.keys = keys
        self._static = static
        self._tokens = tokens
        self.refused = 0
        self._clock = clock
        self._lockout = Lockout(clock)
        self._users = Rate(clock, per_key_s)
        self._addresses = Rate(clock, per_address_s)

    async def identify(self, credential: str, address: str, *, protected: bool) -> Identity:
        """Who brings a key or token. Raises RequestError: NOT_AUTHENTICATED, TOO_MANY_REQUESTS.

        credential: "" = he brings none.
        protected:  whether the door asks for one. A door that does not still refuses a wrong one.
        """
        if not credential:
            if protected:
                raise own(Own.NOT_AUTHENTICATED, "this server asks for a key: Authorization: Bearer KEY")
            return NOBODY
        found = await self._look(credential[:CREDENTIAL_MOST])
        if found is not None:
            self._lockout.passed(address)
            return found
        self.refused += 1
        wait = self._lockout.wait_s(address)
        if wait:
            raise own(Own.TOO_MANY_REQUESTS, f"too many wrong keys; try again in {wait:.0f} s", retry_s=wait)
        self._lockout.failed(address)
        log.warning("a wrong key or token from %s", address)
        raise own(Own.NOT_AUTHENTICATED, "the key is wrong, has expired, or was taken out of force")

    async def _look(self, credential: str) -> Identity | None:
        row = self.keys.find(credential) if self._static else None
        if row is not None:
            return identity_of(row)
        if self._tokens is None or credential.count(".") != 2:
            return None
        try:
            token = await self._tokens.check(credential)
        except TokenError as error:
            log.info("a token was refused: %s", error)
            return None
        return Identity(token.subject, token.scopes, token.extensions, token.expires)

    def limit(self, *, per_key_s: float | None = None, per_address_s: float | None = None) -> None:
        """Allow other rates from now on."""
        if per_key_s is not None:
            self._users.change(per_key_s)
        if per_address_s is not None:
            self._addresses.change(per_address_s)

    def current(self, identity: Identity) -> bool:
        """Whether what somebody has proved still holds: neither expired nor taken out of force meanwhile."""
        if identity.expires <= self._clock.wall():
            return False
        return identity.key is None or self.keys.current(identity.key)

    def count(self, identity: Identity, address: str) -> None:
        """Count a request. Raises RequestError (TOO_MANY_REQUESTS) where there were too many."""
        wait = self._users.take(identity.user) if identity.user else 0.0
        limit, name = "this key", "rate_key"
        if not wait:
            wait = self._addresses.take(address)
            limit, name = "this address", "rate_address"
        if wait:
            raise own(
                Own.TOO_MANY_REQUESTS, f"{limit} asks too often ({name}); ask again in {wait:.1f} s", retry_s=wait
            )


@lru_cache(maxsize=1024)
def identity_of(row: Key) -> Identity:
    """What an API key stands for."""
    return Identity(row.name, scopes_of(row.scopes), patterns_of(row.extensions), row.expires or math.inf, row)
