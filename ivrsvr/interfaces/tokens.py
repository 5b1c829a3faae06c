"""Tokens of an identity provider: JWTs that are signed with one of its keys, for this server, and have not expired.

The provider's keys come from a file or from its JWKS address. They are kept, read anew when they are old or when a
token names one that is not among them, and stay in force while the provider cannot be reached.
"""

import asyncio
import json
import logging
import math
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import jwt

from ivrsvr.clock import Clock
from ivrsvr.registry import SCOPES, Scope

log = logging.getLogger(__name__)

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Those with a public key. `none`, and those with a shared secret, are never taken."""

KEYS_MOST = 1_000_000
"""Octets of a set of keys."""

AGAIN_S = 10.0
"""How long is waited at least before the keys are asked for again because of an unknown one."""

Read = Callable[[str, float], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Issuer:
    """What is expected of a token.

    issuer, audience: `iss` and `aud`.
    keys:             file or https address of the JWKS.
    algorithms:       that may sign.
    scope_claim, extension_claim: where it says what its bearer may do, and to which devices.
    extensions:       patterns of devices for tokens that say nothing of them; () = all.
    leeway_s:         by which clocks may differ.
    lifetime_s:       longest time from `iat` to `exp`.
    refresh_s:        how long keys are kept.
    timeout_s:        for reading them.
    """

    issuer: str
    audience: str
    keys: str
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    scope_claim: str = "scope"
    extension_claim: str = "extensions"
    extensions: tuple[str, ...] = ()
    leeway_s: float = 30.0
    lifetime_s: float = 86_400.0
    refresh_s: float = 300.0
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Token:
    """What a token has proved. expires: seconds since 1970-01-01 UTC."""

    subject: str
    scopes: frozenset[Scope]
    extensions: tuple[str, ...]
    expires: float


class TokenError(Exception):
    """A token is not taken; the text says why, and is for the log: a guesser is not told."""


async def read(where: str, timeout_s: float) -> bytes:
    """The octets of a file or of an address, in that time. Raises OSError, ValueError.

    Redirections are not followed: the address in the settings says whom to trust, and nobody else does.
    """
    if not where.startswith(("https://", "http://")):
        return await asyncio.to_thread(Path(where).read_bytes)
    trusted = await asyncio.to_thread(ssl.create_default_context)
    try:
        async with (
            asyncio.timeout(timeout_s),
            httpx.AsyncClient(verify=trusted, timeout=timeout_s) as client,
            client.stream("GET", where, headers={"accept-encoding": "identity"}) as answer,
        ):
            if answer.is_redirect:
                to = answer.headers.get("location", "")[:200]
                raise ValueError(f"it redirects to {to}; if that is right, say so in jwt_keys")
            if answer.status_code != HTTPStatus.OK:
                raise ValueError(f"it answers {answer.status_code}")
            found = bytearray()
            async for part in answer.aiter_raw():
                found += part
                if len(found) > KEYS_MOST:
                    raise ValueError("the set of keys is too large")
            return bytes(found)
    except TimeoutError:
        raise OSError(f"it has not answered within {timeout_s:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise OSError(str(error) or type(error).__name__) from None


class Jwks:
    """The keys of the provider, by their ids."""

    def __init__(self, issuer: Issuer, clock: Clock, reader: Read = read) -> None:
        self._issuer = issuer
        self._clock = clock
        self._reader = reader
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at = -math.inf
        self._tried_at = -math.inf
        self._turn = asyncio.Lock()

    async def get(self, identity: str) -> jwt.PyJWK:
        """The key of an id; "" = the only one. Raises TokenError."""
        age = self._clock.now() - self._read_at
        if age >= self._issuer.refresh_s or self._find(identity) is None:
            await self._refresh()
        found = self._find(identity)
        if found is None:
            raise TokenError(f"the provider has no key {identity[:60]!r}")
        return found

    def _find(self, identity: str) -> jwt.PyJWK | None:
        if identity:
            return self._keys.get(identity)
        return next(iter(self._keys.values())) if len(self._keys) == 1 else None

    async def _refresh(self) -> None:
        """Read the keys, one at a time, and not too often; a failure leaves those that there are."""
        async with self._turn:
            if self._clock.now() - self._tried_at < AGAIN_S:
                return
            self._tried_at = self._clock.now()
            try:
                octets = await self._reader(self._issuer.keys, self._issuer.timeout_s)
                self._keys = keys_of(octets)
            except (OSError, ValueError, jwt.PyJWTError) as error:
                log.error("the keys of %s cannot be read from %s: %s", self._issuer.issuer, self._issuer.keys, error)
                return
            self._read_at = self._clock.now()


def keys_of(octets: bytes) -> dict[str, jwt.PyJWK]:
    """The usable keys of a JWKS by their ids. Raises ValueError, PyJWTError."""
    try:
        found = json.loads(octets)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise ValueError("it is no JWKS")
    keys: dict[str, jwt.PyJWK] = {}
    for one in found["keys"]:
        if not isinstance(one, dict) or one.get("kty") == "oct" or one.get("use", "sig") != "sig":
            continue
        try:
            keys[str(one.get("kid", ""))] = jwt.PyJWK(one)
        except jwt.PyJWTError as error:
            log.info("a key of the provider is not understood: %s", error)
    return keys


class Tokens:
    """Checks tokens of one issuer."""

    def __init__(self, issuer: Issuer, clock: Clock, reader: Read = read) -> None:
        self._issuer = issuer
        self._clock = clock
        self._jwks = Jwks(issuer, clock, reader)

    async def check(self, text: str) -> Token:
        """Raises TokenError."""
        try:
            head = jwt.get_unverified_header(text)
        except (jwt.PyJWTError, ValueError) as error:
            raise TokenError(f"no token: {error}") from None
        identity = head.get("kid", "")
        if head.get("alg") not in self._issuer.algorithms or not isinstance(identity, str):
            raise TokenError(f"signed with {str(head.get('alg'))[:20]}, which is not among jwt_algorithms")
        key = await self._jwks.get(identity)
        try:
            claims = jwt.decode(
                text,
                key,
                algorithms=list(self._issuer.algorithms),
                issuer=self._issuer.issuer,
                audience=self._issuer.audience,
                # Times are compared below, with the server's clock.
                options={
                    "require": ["exp", "iat", "sub"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise TokenError(str(error) or type(error).__name__) from None
        return self._judged(claims)

    def _judged(self, claims: Mapping[str, Any]) -> Token:
        """Raises TokenError."""
        now, leeway = self._clock.wall(), self._issuer.leeway_s
        expires, issued, begins = (_moment(claims, name) for name in ("exp", "iat", "nbf"))
        if expires + leeway <= now:
            raise TokenError("it has expired")
        if max(issued, begins) - leeway > now:
            raise TokenError("it is not valid yet")
        if expires - issued > self._issuer.lifetime_s:
            raise TokenError("it is valid for longer than jwt_lifetime")
        subject = claims["sub"]
        if not isinstance(subject, str) or not subject or not subject.isprintable():
            raise TokenError("its subject is no text")
        scopes = _words(claims.get(self._issuer.scope_claim))
        extensions = self._issuer.extensions
        if self._issuer.extension_claim in claims:
            named = _words(claims[self._issuer.extension_claim])
            extensions = () if "*" in named else tuple(named) or NO_DEVICE
        plain = {one.removeprefix("ivrsvr:").removeprefix("ivrsvr.") for one in scopes}
        return Token(
            subject=subject[:200],
            scopes=frozenset(scope for scope in SCOPES if scope in plain),
            extensions=extensions,
            expires=expires + leeway,
        )


NO_DEVICE = ("",)
"""A pattern that fits no device."""


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TokenError(f"its {name} is no time")
    return float(value)


def _words(value: object) -> list[str]:
    """A claim that lists words, as a list or as a text with blanks or commas between."""
    if isinstance(value, str):
        return value.replace(",", " ").split()
    return [one for one in value if isinstance(one, str) and one] if isinstance(value, list) else []
