"""TLS on every listener: versions, names, renewal, certificates of clients, and what peers do wrong."""

import asyncio
import json
import shutil
import ssl
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from ivrsvr.app import serving
from ivrsvr.interfaces.listeners import ListenError
from ivrsvr.interfaces.tls import names_of
from ivrsvr.registry import SCOPES, Caller
from tests.interfaces import certificates
from tests.interfaces.conftest import SETTINGS, Server

HEALTH = b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    return certificates.make(tmp_path / "server")


@pytest.fixture
def house(pair: tuple[str, str]) -> Iterator[Server]:
    """A server with TLS on every listener."""
    certificate, key = pair
    with Server(
        tls_certificate=certificate,
        tls_key=key,
        http_tls=True,
        ws=("127.0.0.1:0",),
        ws_tls=True,
        console=("127.0.0.1:0",),
        console_tls=True,
    ) as server:
        yield server


async def fetch(port: int, context: ssl.SSLContext, host: str = "127.0.0.1") -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=host)
    try:
        writer.write(HEALTH)
        return await reader.read()
    finally:
        writer.close()


async def refused(port: int, context: ssl.SSLContext, host: str = "127.0.0.1") -> str:
    """How a connection fails; "" = it does not. With TLS 1.3 the server's refusal comes with its first answer."""
    try:
        answer = await fetch(port, context, host)
    except (ssl.SSLError, ConnectionError) as error:
        return repr(error)
    return "" if answer else "closed without an answer"


def test_http_websocket_and_console_are_encrypted(house: Server, pair: tuple[str, str]) -> None:
    context = certificates.trusting(pair[0])
    answer = house.run(fetch(house.app.http[1], context))
    assert b"200 OK" in answer
    assert b"strict-transport-security: max-age=31536000; includeSubDomains" in answer

    async def ask(port: int) -> dict[str, object]:
        async with connect(f"wss://127.0.0.1:{port}/ws", ssl=context) as socket:
            await socket.send(json.dumps({"request": "snapshot", "extension": "101"}))
            answer: dict[str, object] = json.loads(await socket.recv())
            return answer

    assert house.run(ask(house.app.http[1]))["result"] == "success"
    assert house.run(ask(house.app.websockets[0][1]))["result"] == "success"

    async def log_in() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.app.consoles[0][1], ssl=context)
        seen = await reader.readuntil(b"User: ")
        writer.write(b"tcpgate\r\n")
        await reader.readuntil(b"Password: ")
        writer.write(b"tcpgate01\r\n")
        seen += await reader.readuntil(b"ivrsvr> ")
        writer.write(b"disp tcp\r\n")
        seen += await reader.readuntil(b"ivrsvr> ")
        writer.write(b"quit\r\n")
        await reader.read()
        writer.close()
        return seen

    seen = house.run(log_in()).decode("utf-8", "replace")
    assert "Welcome, tcpgate" in seen
    assert [line.split()[3:5] for line in seen.splitlines() if "parameter  open" in line] == [
        ["http", "yes"],
        ["ivrsvrws", "yes"],
        ["tcpgate", "yes"],
    ]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_are_refused(house: Server, pair: tuple[str, str], version: ssl.TLSVersion) -> None:
    context = certificates.trusting(pair[0])
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = version
        context.maximum_version = version
    for host, port in (house.app.http, *house.app.websockets, *house.app.consoles):
        assert host == "127.0.0.1"
        assert house.run(refused(port, context))


def test_weak_ciphers_are_refused_and_the_minimum_can_be_raised(pair: tuple[str, str]) -> None:
    weak = certificates.trusting(pair[0])
    weak.maximum_version = ssl.TLSVersion.TLSv1_2
    weak.set_ciphers("AES128-SHA:AES256-SHA")
    second = certificates.trusting(pair[0])
    second.maximum_version = ssl.TLSVersion.TLSv1_2
    with Server(tls_certificate=pair[0], tls_key=pair[1], http_tls=True) as house:
        assert house.run(refused(house.app.http[1], weak))
        assert house.run(refused(house.app.http[1], second)) == ""
    with Server(tls_certificate=pair[0], tls_key=pair[1], http_tls=True, tls_minimum="1.3") as house:
        assert house.run(refused(house.app.http[1], second))


def test_clients_notice_a_wrong_name_and_the_next_one_is_served(house: Server, pair: tuple[str, str]) -> None:
    context = certificates.trusting(pair[0])
    for _, port in (house.app.http, *house.app.websockets, *house.app.consoles):
        assert "mismatch" in house.run(refused(port, context, "cti.example.org"))
    assert house.run(refused(house.app.http[1], context)) == ""


def test_an_expired_certificate_is_told_in_the_log_and_noticed_by_clients(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = certificates.make(tmp_path / "old", old=True)
    context = certificates.trusting(certificate)
    everywhere = {
        "http_tls": True,
        "ws": ("127.0.0.1:0",),
        "ws_tls": True,
        "console": ("127.0.0.1:0",),
        "console_tls": True,
    }
    with Server(tls_certificate=certificate, tls_key=key, **everywhere) as house:
        for _, port in (house.app.http, *house.app.websockets, *house.app.consoles):
            assert "expired" in house.run(refused(port, context))
    assert "has expired; renew it" in caplog.text


def test_a_renewed_certificate_is_used_without_a_restart(
    house: Server, pair: tuple[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = certificates.trusting(pair[0])
    renewed = certificates.make(tmp_path / "renewed")
    after = certificates.trusting(renewed[0])
    for new, path in zip(renewed, pair, strict=True):
        shutil.copy(new, path)
    house.advance(1)
    assert house.run(refused(house.app.http[1], after)) == ""
    assert house.run(refused(house.app.http[1], before))
    Path(pair[0]).write_text("no certificate at all")
    house.advance(1)
    assert house.run(refused(house.app.http[1], after)) == ""
    assert "the earlier one stays" in caplog.text


def test_clients_have_to_show_a_certificate_with_an_allowed_name(pair: tuple[str, str], tmp_path: Path) -> None:
    crm = certificates.make(tmp_path / "crm", "crm.example.org")
    other = certificates.make(tmp_path / "other", "other.example.org")
    stranger = certificates.make(tmp_path / "stranger", "crm.example.org")
    (tmp_path / "clients.pem").write_bytes(Path(crm[0]).read_bytes() + Path(other[0]).read_bytes())

    def showing(shown: tuple[str, str] | None) -> ssl.SSLContext:
        context = certificates.trusting(pair[0])
        if shown is not None:
            context.load_cert_chain(*shown)
        return context

    with Server(
        tls_certificate=pair[0],
        tls_key=pair[1],
        http_tls=True,
        tls_clients=str(tmp_path / "clients.pem"),
        tls_clientnames=("crm.example.org",),
    ) as house:
        port = house.app.http[1]
        assert house.run(refused(port, showing(crm))) == ""
        assert house.run(refused(port, showing(other)))
        assert house.run(refused(port, showing(stranger)))
        assert house.run(refused(port, showing(None)))


def test_names_of_a_certificate() -> None:
    subject = ((("commonName", "a"),),)
    assert names_of({"subject": subject}) == {"a"}
    assert names_of({"subject": subject, "subjectAltName": (("DNS", "b"), ("URI", "spiffe://c"))}) == {
        "b",
        "spiffe://c",
    }
    assert names_of({}) == set()


def test_a_blacklisted_peer_is_closed_without_an_answer_even_where_tls_is_spoken(house: Server) -> None:
    house.app.site.gate._refused = frozenset({"127.0.0.1"})

    async def look() -> bytes:
        reader, writer = await asyncio.open_connection(*house.app.http)
        try:
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()

    assert house.run(look()) == b""
    assert house.app.site.gate.hits == {"127.0.0.1": 1}


@pytest.mark.parametrize("octets", [b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 3000])
def test_who_does_not_speak_tls_is_cut_off(pair: tuple[str, str], octets: bytes) -> None:
    with Server(tls_certificate=pair[0], tls_key=pair[1], http_tls=True, tls_handshake=0.25) as house:

        async def talk() -> bytes:
            reader, writer = await asyncio.open_connection(*house.app.http)
            writer.write(octets)
            try:
                return await reader.read()
            except ConnectionError:
                return b""
            finally:
                writer.close()

        assert b"HTTP" not in house.run(talk())
        assert house.run(refused(house.app.http[1], certificates.trusting(pair[0]))) == ""


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"http_tls": True}, "TLS needs a certificate"),
        ({"http_tls": True, "tls_certificate": "nowhere.crt"}, "nowhere.crt cannot be read"),
        ({"http_tls": True, "tls_certificate": "{crt}", "tls_key": "{other}"}, "does not belong to the certificate"),
        ({"http_tls": True, "tls_certificate": "{pem}"}, "is no PEM file"),
        ({"http_tls": True, "tls_certificate": "{crt}", "tls_key": "{pem}", "tls_clients": "{pem}"}, "is no PEM file"),
    ],
)
def test_files_that_cannot_be_used(
    pair: tuple[str, str], tmp_path: Path, settings: dict[str, object], said: str
) -> None:
    other = certificates.make(tmp_path / "other")
    files = {"crt": pair[0], "pem": pair[1], "other": other[1]}
    filled = {name: value.format(**files) if isinstance(value, str) else value for name, value in settings.items()}

    async def start() -> None:
        async with serving(replace(SETTINGS, **filled)):  # type: ignore[arg-type]
            pass

    with pytest.raises(ListenError, match=said):
        asyncio.run(start())


def test_a_further_port_may_be_encrypted(house: Server, pair: tuple[str, str], server: Server) -> None:
    async def add(to: Server, port: int) -> dict[str, object]:
        return await to.app.service.handle(
            {
                "request": "add tcp",
                "port": port,
                "local": "127.0.0.1",
                "remote": "*",
                "kind": "ivrsvrrest",
                "tls": "yes",
            },
            Caller(scopes=SCOPES),
        )

    assert house.run(add(house, 0))["result"] == "success"
    (door,) = house.app.site.doors
    assert house.run(refused(door.at[1], certificates.trusting(pair[0]))) == ""
    assert "needs a certificate" in str(server.run(add(server, 0))["error"])
    assert list(server.app.site.doors) == []
