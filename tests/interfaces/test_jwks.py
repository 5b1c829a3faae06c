"""The keys of an identity provider, read from a real HTTPS server on the loopback that may do anything."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ivrsvr.clock import Clock
from ivrsvr.interfaces.tokens import AGAIN_S, KEYS_MOST, TokenError, Tokens
from tests.interfaces import certificates
from tests.interfaces.test_tokens import ISSUER, NOW, OTHER, RSA, jwks, sign

TIMEOUT_S = 0.3
FOREVER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"
"""The head of a body that ends with the connection."""


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@dataclass
class Provider:
    """Sends what it is told to, octet by octet where that is wanted.

    pace_s:   between the octets; 0 = all at once.
    endless:  it goes on sending blanks.
    requests: how many there were.
    """

    says: bytes
    pace_s: float = 0.0
    endless: bool = False
    requests: int = 0
    port: int = 0
    sent: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.requests += 1
            for one in [self.says] if not self.pace_s else [bytes([octet]) for octet in self.says]:
                writer.write(one)
                await writer.drain()
                await asyncio.sleep(self.pace_s)
            while self.endless:
                writer.write(b" " * 65536)
                self.sent += 65536
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def served(provider: Provider, pair: tuple[str, str]) -> AsyncIterator[str]:
    """Its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    async with await asyncio.start_server(provider.serve, "127.0.0.1", 0, ssl=context) as server:
        provider.port = server.sockets[0].getsockname()[1]
        yield f"https://127.0.0.1:{provider.port}/keys"


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A certificate that the machine trusts."""
    found = certificates.make(tmp_path / "provider")
    monkeypatch.setenv("SSL_CERT_FILE", found[0])
    return found


async def judged(tokens: Tokens, text: str) -> str:
    try:
        return (await tokens.check(text)).subject
    except TokenError as error:
        return str(error)


def test_keys_are_read_and_change(pair: tuple[str, str]) -> None:
    async def story() -> None:
        provider, clock = Provider(answer(jwks(one=RSA))), Clock(NOW)
        async with served(provider, pair) as address:
            tokens = Tokens(replace(ISSUER, keys=address, timeout_s=10.0), clock)
            assert await judged(tokens, sign()) == "anna"
            provider.says = answer(jwks(new=OTHER))
            assert "no key" in await judged(tokens, sign(key=OTHER, kid="new"))  # it was asked just before
            clock.advance(AGAIN_S)
            assert await judged(tokens, sign(key=OTHER, kid="new")) == "anna"
            assert "no key" in await judged(tokens, sign())  # withdrawn
            assert provider.requests == 2

    asyncio.run(story())


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (Provider(answer(jwks(one=OTHER)), pace_s=0.01), "within 0.3 s"),
        (Provider(FOREVER, endless=True), "too large"),
        (
            Provider(answer(b"", "302 Found", "location: https://evil.example/keys")),
            "redirects to https://evil.example",
        ),
        (Provider(answer(jwks(one=OTHER), "500 Internal Server Error")), "it answers 500"),
        (Provider(answer(b"<html>log in, please</html>")), "cannot be read"),
        (Provider(answer(b'{"keys": 7}')), "it is no JWKS"),
        (Provider(b"\x00\xff nonsense"), "cannot be read"),
        (Provider(b""), "cannot be read"),
    ],
    ids=["slow", "huge", "redirects", "fails", "html", "no keys", "no HTTP", "hangs up"],
)
def test_a_provider_in_trouble_leaves_the_keys_in_force(
    pair: tuple[str, str], caplog: pytest.LogCaptureFixture, trouble: Provider, said: str
) -> None:
    async def story() -> None:
        provider, clock = Provider(answer(jwks(one=RSA))), Clock(NOW)
        async with served(provider, pair) as address:
            tokens = Tokens(replace(ISSUER, keys=address, timeout_s=TIMEOUT_S if trouble.pace_s else 10.0), clock)
            while await judged(tokens, sign()) != "anna":
                clock.advance(AGAIN_S)
            clock.advance(ISSUER.refresh_s)
            provider.says, provider.pace_s, provider.endless = trouble.says, trouble.pace_s, trouble.endless
            assert await judged(tokens, sign(exp=NOW + 6000)) == "anna"
            provider.endless = False

        assert provider.sent < 20 * KEYS_MOST

    asyncio.run(story())
    assert said in caplog.text
    assert sign() not in caplog.text


@pytest.mark.parametrize("wrong", ["stranger", "expired", "host"])
def test_a_provider_that_cannot_prove_itself_is_not_believed(
    pair: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    wrong: str,
) -> None:
    shown = certificates.make(
        tmp_path / wrong, *(["cti.example.org"] if wrong == "host" else []), old=wrong == "expired"
    )
    monkeypatch.setenv("SSL_CERT_FILE", pair[0] if wrong == "stranger" else shown[0])

    async def story() -> None:
        provider = Provider(answer(jwks(one=RSA)))
        async with served(provider, shown) as address:
            tokens = Tokens(replace(ISSUER, keys=address), Clock(NOW))
            assert "no key" in await judged(tokens, sign())
            assert provider.requests == 0

    asyncio.run(story())
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text
