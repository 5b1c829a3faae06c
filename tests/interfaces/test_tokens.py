"""Tokens of an identity provider: what is taken, what is refused, and how its keys change."""

import asyncio
import base64
import hmac
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from ivrsvr.assembly.protection import build_tokens
from ivrsvr.assembly.settings import ConfigurationError, Settings
from ivrsvr.clock import Clock
from ivrsvr.interfaces.tokens import Issuer, TokenError, Tokens
from tests.interfaces.conftest import Server

NOW = 1_800_000_000.0
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ISSUER = Issuer("https://id.example.org", "ivrsvr", "https://id.example.org/keys")

Claims = dict[str, Any]
CLAIMS: Claims = {
    "iss": "https://id.example.org",
    "aud": "ivrsvr",
    "sub": "anna",
    "iat": NOW - 10,
    "exp": NOW + 600,
    "scope": "openid call ivrsvr:query",
}


def jwks(**keys: Any) -> bytes:
    """A set of public keys by their ids."""
    found = []
    for identity, key in keys.items():
        algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
        found.append({**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": identity, "use": "sig"})
    return json.dumps({"keys": found}).encode()


def sign(
    claims: Claims = CLAIMS, key: Any = RSA, algorithm: str = "RS256", kid: str | None = "one", **more: Any
) -> str:
    merged = {name: value for name, value in {**claims, **more}.items() if value is not None}
    return jwt.encode(merged, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


class Provider:
    """An identity provider: its keys, and how often they were read."""

    def __init__(self, octets: bytes) -> None:
        self.octets: bytes | Exception = octets
        self.reads = 0

    async def __call__(self, _where: str, _timeout_s: float) -> bytes:
        self.reads += 1
        if isinstance(self.octets, Exception):
            raise self.octets
        return self.octets


def judged(text: str, issuer: Issuer = ISSUER, octets: bytes = b"") -> str:
    """The subject that a token proves, or why it is refused."""
    tokens = Tokens(issuer, Clock(NOW), Provider(octets or jwks(one=RSA, two=EC)))
    try:
        return asyncio.run(tokens.check(text)).subject
    except TokenError as error:
        return f"refused: {error}"


def test_a_good_token() -> None:
    tokens = Tokens(ISSUER, Clock(NOW), Provider(jwks(one=RSA)))
    found = asyncio.run(tokens.check(sign(extensions=["1??", "201"])))
    assert found.subject == "anna"
    assert found.scopes == {"call", "query"}
    assert found.extensions == ("1??", "201")
    assert found.expires == NOW + 630
    assert judged(sign(key=EC, algorithm="ES256", kid="two")) == "anna"
    assert judged(sign(kid=None), octets=jwks(one=RSA)) == "anna"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"aud": "mail"}, "udience"),
        ({"aud": None}, "aud"),
        ({"exp": NOW - 31}, "has expired"),
        ({"exp": None}, "exp"),
        ({"iat": None}, "iat"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "subject"),
        ({"sub": "a\x1b[2Jb"}, "subject"),
        ({"nbf": NOW + 60}, "not valid yet"),
        ({"iat": NOW + 60}, "not valid yet"),
        ({"exp": NOW + 90_000}, "longer than jwt_lifetime"),
    ],
)
def test_claims_that_are_refused(more: Claims, said: str) -> None:
    assert said in judged(sign(**more)), judged(sign(**more))


@pytest.mark.parametrize("value", [True, math.inf, 1e400])
def test_times_that_are_none(value: object) -> None:
    assert judged(sign(exp=value)).startswith("refused")


def b64(value: object) -> str:
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def with_hmac(secret: bytes) -> str:
    """Signed with something that everybody can read."""
    text = f"{b64({'alg': 'HS256', 'kid': 'one'})}.{b64(CLAIMS)}"
    return f"{text}.{b64(hmac.digest(secret, text.encode(), 'sha256'))}"


def forged() -> dict[str, Callable[[], str]]:
    public = jwks(one=RSA)
    return {
        "unsigned": lambda: f"{b64({'alg': 'none', 'kid': 'one'})}.{b64(CLAIMS)}.",
        "unsigned, in capitals": lambda: f"{b64({'alg': 'NONE', 'kid': 'one'})}.{b64(CLAIMS)}.",
        "signed with the public key as a secret": lambda: with_hmac(public),
        "signed with another key": lambda: sign(key=OTHER),
        "another algorithm than the key's": lambda: sign(key=EC, algorithm="ES256", kid="one"),
        "an algorithm that is not listed": lambda: sign(algorithm="RS512"),
        "an unknown key": lambda: sign(kid="three"),
        "no key named, and several there": lambda: sign(kid=None),
        "changed claims": lambda: ".".join(
            [sign().split(".")[0], b64({**CLAIMS, "sub": "root"}), sign().split(".")[2]]
        ),
        "without its signature": lambda: sign().rpartition(".")[0] + ".",
        "a key that it brings itself": lambda: jwt.encode(
            CLAIMS, OTHER, algorithm="RS256", headers={"jwk": json.loads(jwks(one=OTHER))["keys"][0]}
        ),
    }


@pytest.mark.parametrize("how", forged())
def test_forged_tokens_are_refused(how: str) -> None:
    assert judged(forged()[how]()).startswith("refused")


@given(st.one_of(st.text(max_size=200), st.from_regex(r"[\w=-]{0,40}\.[\w=-]{0,40}\.[\w=-]{0,40}", fullmatch=True)))
@settings(max_examples=60, deadline=None)
def test_anything_else_is_refused(text: str) -> None:
    assert judged(text).startswith("refused")


@given(st.binary(min_size=1, max_size=300))
@settings(max_examples=40, deadline=None)
def test_any_set_of_keys_is_survived(octets: bytes) -> None:
    assert judged(sign(), octets=octets).startswith("refused")


@pytest.mark.parametrize(
    ("claim", "scopes"),
    [
        (["call", "admin"], {"call", "admin"}),
        ("call,query", {"call", "query"}),
        (None, set()),
        (5, set()),
        ([1, {}], set()),
    ],
)
def test_scopes(claim: object, scopes: set[str]) -> None:
    tokens = Tokens(ISSUER, Clock(NOW), Provider(jwks(one=RSA)))
    assert asyncio.run(tokens.check(sign(scope=claim))).scopes == scopes


@pytest.mark.parametrize(
    ("claim", "extensions"),
    [("101 102", ("101", "102")), ([], ("",)), ("", ("",)), (["*"], ()), (5, ("",)), (None, ("1*",))],
)
def test_extensions(claim: object, extensions: tuple[str, ...]) -> None:
    tokens = Tokens(replace(ISSUER, extensions=("1*",)), Clock(NOW), Provider(jwks(one=RSA)))
    assert asyncio.run(tokens.check(sign(extensions=claim))).extensions == extensions


def test_keys_are_kept_and_a_new_one_is_read_at_once_but_not_for_every_guess() -> None:
    async def story() -> list[int]:
        clock, provider = Clock(NOW), Provider(jwks(one=RSA))
        tokens = Tokens(ISSUER, clock, provider)
        reads = []
        for _ in range(3):
            await tokens.check(sign())
        reads.append(provider.reads)
        provider.octets = jwks(one=RSA, new=OTHER)
        clock.advance(11)
        assert (await tokens.check(sign(key=OTHER, kid="new"))).subject == "anna"
        reads.append(provider.reads)
        for number in range(20):
            with pytest.raises(TokenError, match="no key"):
                await tokens.check(sign(kid=f"guess{number}"))
        reads.append(provider.reads)
        return reads

    assert asyncio.run(story()) == [1, 2, 2]


def test_a_key_that_the_provider_withdrew_is_refused_when_keys_are_old() -> None:
    async def story() -> None:
        clock, provider = Clock(NOW), Provider(jwks(one=RSA, new=OTHER))
        tokens = Tokens(ISSUER, clock, provider)
        await tokens.check(sign())
        provider.octets = jwks(new=OTHER)
        clock.advance(301)
        with pytest.raises(TokenError, match="no key"):
            await tokens.check(sign())

    asyncio.run(story())


@pytest.mark.parametrize("trouble", [OSError("no route"), ValueError("too large"), TimeoutError("slow")])
def test_keys_stay_in_force_while_the_provider_is_away(trouble: Exception, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> str:
        clock, provider = Clock(NOW), Provider(jwks(one=RSA))
        tokens = Tokens(ISSUER, clock, provider)
        await tokens.check(sign())
        provider.octets = trouble
        clock.advance(301)
        return (await tokens.check(sign())).subject

    assert asyncio.run(story()) == "anna"
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"jwt_keys": ""}, "needs jwt_keys"),
        ({"jwt_issuer": "", "api_keys": False}, "nobody could come in"),
        ({"jwt_keys": "http://id.example.org/keys"}, "over https"),
        ({"jwt_algorithms": ("HS256",)}, "not HS256"),
        ({"jwt_algorithms": ("none",)}, "not none"),
        ({"jwt_algorithms": ()}, "jwt_algorithms may be"),
    ],
)
def test_settings_that_would_be_unsafe(given_: dict[str, Any], said: str) -> None:
    wanted = {"jwt_issuer": "https://id.example.org", "jwt_keys": "keys.json", **given_}
    with pytest.raises(ConfigurationError, match=said):
        build_tokens(Settings(**wanted), Clock(NOW))


def test_where_only_tokens_are_taken_a_key_opens_nothing(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_bytes(jwks(one=RSA))
    with Server(security="on", jwt_issuer=ISSUER.issuer, jwt_keys=str(keys), api_keys=False) as house:
        now, key = house.app.clock.now(), house.app.site.keys.create("crm", "call,query", "*", "", "anna")
        path = "/api/querydevicename?extension=101"
        with_key, with_token = (
            house.http("GET", path, headers={"authorization": f"Bearer {one}"}).status
            for one in (key, sign(iat=now, exp=now + 60))
        )
        assert (with_key, with_token) == (401, 200)


def test_a_token_opens_rest_and_websocket_until_it_expires(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_bytes(jwks(one=RSA))
    with Server(security="on", jwt_issuer=ISSUER.issuer, jwt_keys=str(keys), jwt_extensions=("101",)) as house:
        now = house.app.clock.now()
        token = sign(iat=now, exp=now + 60)

        def asks(extension: str, with_: str = token) -> int:
            path = f"/api/querydevicename?extension={extension}"
            return house.http("GET", path, headers={"authorization": f"Bearer {with_}"}).status

        assert (asks("101"), asks("102"), asks("101", sign(iat=now, exp=now + 60, key=OTHER))) == (200, 403, 401)
        stolen = {"authorization": f"Bearer {token}"}  # as good as its owner's until it expires, and no longer

        async def connected() -> ClientConnection:
            return await connect("ws://{}:{}/ws".format(*house.app.http), additional_headers=stolen)

        socket = house.run(connected())
        house.run(socket.send('{"request": "querydevicename", "extension": "101"}'))
        assert '"success"' in str(house.run(socket.recv()))
        house.advance(96)
        assert asks("101") == 401
        with pytest.raises(ConnectionClosed) as closed:
            house.run(socket.recv())
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
        assert asks("101", sign(iat=now, exp=now + 60, aud="another server")) == 401
        assert "token was refused" not in house.http("GET", "/health/live").text
