"""Peers that give nothing, give it slowly, or take nothing: cut off on every port, and nobody else waits."""

import asyncio
from collections.abc import Iterator

import pytest

from ivrsvr.interfaces.http import server
from ivrsvr.registry import SCOPES, Caller
from tests.interfaces import certificates
from tests.interfaces.conftest import Raw, Server
from tests.ports import free_port

PATIENCE_S = 0.05


@pytest.fixture
def house() -> Iterator[Server]:
    with Server(
        http_bodytimeout=PATIENCE_S, ws_opentimeout=PATIENCE_S, ws=("127.0.0.1:0",), console=("127.0.0.1:0",)
    ) as server:
        yield server


REQUEST = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.mark.parametrize(
    "octets", [b"", b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nhost: x\r\n", b"POST /api/hold HTTP/1.1\r\nhost"]
)
def test_a_first_head_that_does_not_come(house: Server, octets: bytes) -> None:
    raw = Raw(house)
    raw.send(octets)
    assert raw.end() == b""
    assert house.http("GET", "/health/live").status == 200


def test_a_second_head_that_does_not_come(house: Server) -> None:
    raw = Raw(house)
    raw.send(REQUEST)
    assert raw.reply()[0] == 200
    raw.send(b"GET /health")
    assert raw.end() == b""


def test_a_head_that_comes_octet_by_octet(house: Server) -> None:
    async def drip() -> bytes:
        reader, writer = await asyncio.open_connection(*house.app.http)
        reading = asyncio.ensure_future(reader.read())
        try:
            for octet in b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 10_000:
                writer.write(bytes([octet]))
                done, _ = await asyncio.wait([reading], timeout=0.001)
                if done:
                    return await reading
            return b"never"
        except ConnectionError:
            return b""
        finally:
            writer.close()

    assert house.run(drip()) == b""


def test_a_body_that_does_not_come_is_answered(house: Server) -> None:
    raw = Raw(house)
    raw.send(b"POST /api/hold HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
    assert raw.reply()[0] == 400
    raw.close()


def test_nobody_goes_on_with_a_body_that_was_late(house: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "EARLY_S", PATIENCE_S)
    raw = Raw(house)
    raw.send(b"POST /api/hold HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n" + b" " * 90)
    assert raw.reply()[0] == 400
    assert raw.end() == b""


def test_nor_with_one_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    post = b"POST /api/hold HTTP/1.1\r\nhost: x\r\ncontent-length: "
    with Server() as calm:
        monkeypatch.setattr(server, "EARLY_S", 30.0)
        raw = Raw(calm)  # one whose end comes all the same ends nothing
        raw.send(post + b"70000\r\n\r\n" + b" " * 69_999)
        assert raw.reply()[0] == 413
        raw.send(b" " + REQUEST)
        assert raw.reply()[0] == 200
        raw.close()
        monkeypatch.setattr(server, "EARLY_S", PATIENCE_S)
        raw = Raw(calm)
        raw.send(post + b"1000000000000\r\n\r\n" + b" " * 70_000)
        assert raw.reply()[0] == 413
        assert raw.end() == b""


def test_an_idle_connection_is_left_alone(house: Server) -> None:
    raw = Raw(house)
    raw.send(REQUEST)
    assert raw.reply()[0] == 200

    async def wait() -> None:
        await asyncio.sleep(PATIENCE_S * 3)

    house.run(wait())
    raw.send(REQUEST)
    assert raw.reply()[0] == 200
    raw.close()


@pytest.mark.parametrize("octets", [b"", b"GET /ws HTTP/1.1\r\n", b"\x00" * 100, b"\xff" * 20_000])
def test_a_handshake_of_websocket_that_does_not_come(house: Server, octets: bytes) -> None:
    raw = Raw(house, house.app.websockets[0][1])
    raw.send(octets)
    assert b"101" not in raw.end()
    assert house.app.hub.keeper.open == 0


def test_a_head_that_never_ends_is_refused(house: Server) -> None:
    raw = Raw(house)
    raw.send(b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 20_000)
    assert raw.reply()[0] == 431
    raw.close()


@pytest.mark.parametrize(
    "octets",
    [
        b"GET /health/live HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 17_000 + b"\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * 3000 + b"\r\n",
        b"GET /health/live?x=" + b"a" * 17_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
    ids=["a long header", "many headers", "a long path"],
)
def test_a_head_that_comes_at_once_is_not_larger_than_others(house: Server, octets: bytes) -> None:
    """Also where its end comes with the same read as its beginning."""
    raw = Raw(house)
    raw.send(octets)
    answer = raw.end()
    assert b"HTTP/1.1 431 " in answer
    assert b"too large (http_maxhead)" in answer


@pytest.mark.parametrize("second", [b"rubbish\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"])
def test_what_is_wrong_behind_a_request_takes_not_its_answer(house: Server, second: bytes) -> None:
    raw = Raw(house)
    raw.send(REQUEST + second)
    answer = raw.end()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    raw = Raw(house)
    raw.send(REQUEST)
    assert raw.reply()[0] == 200
    raw.send(second)
    assert raw.end().startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("head", [b"host: x\r\nx: " + b"a" * 8000, b"host: x\r\n" + b"a: b\r\n" * 1000])
def test_a_large_head_with_an_end_is_taken(house: Server, head: bytes) -> None:
    raw = Raw(house)
    raw.send(b"GET /health/live HTTP/1.1\r\n" + head + b"\r\n\r\n")
    assert raw.reply()[0] == 200
    raw.close()


def test_a_body_counts_not_as_a_head(house: Server) -> None:
    raw = Raw(house)
    body = b" " * 40_000 + b'{"extension":"101"}'
    post = b"POST /api/hold HTTP/1.1\r\nhost: x\r\ncontent-length: " + str(len(body)).encode() + b"\r\n\r\n" + body
    raw.send(post + post)
    assert [raw.reply()[0] for _ in range(2)] == [409, 409]
    raw.close()


@pytest.mark.parametrize(
    "octets",
    [
        b"\x00\xff\x00\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/hold HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /api/hold HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nHost: y\r\n\r\n",
        b"POST /api/hold HTTP/1.1\r\nhost: x\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}",
    ],
)
def test_what_is_no_http_is_answered_with_an_object_and_closed(house: Server, octets: bytes) -> None:
    raw = Raw(house)
    raw.send(octets)
    answer = raw.end()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"result":"fail","error":"MALFORMED_HTTP' in answer
    assert b"Traceback" not in answer


def test_an_old_client_needs_no_host(house: Server) -> None:
    raw = Raw(house)
    raw.send(b"GET /health/live HTTP/1.0\r\n\r\n")
    assert raw.reply()[0] == 200
    raw.close()


def test_a_peer_that_takes_nothing_of_an_answer_is_cut_off(house: Server) -> None:
    async def ask() -> int:
        reader, writer = await asyncio.open_connection(*house.app.http, limit=1)
        writer.write(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n" * 200)
        got = 0
        await asyncio.sleep(PATIENCE_S * 8)
        try:
            while octets := await reader.read(100_000):
                got += len(octets)
        except ConnectionError:
            pass
        finally:
            writer.close()
        return got

    whole = len(house.http("GET", "/openapi.json").text)
    assert house.run(ask()) < 200 * whole


def test_one_address_has_so_many_connections_only() -> None:
    with Server(security="on", connections_address=3, ws=("127.0.0.1:0",)) as house:
        first = [Raw(house) for _ in range(3)]
        further = Raw(house)
        assert further.end() == b""
        first[0].close()
        again = Raw(house)
        again.send(REQUEST)
        assert again.reply()[0] == 200
        for one in (*first[1:], again):
            one.close()


def test_too_many_connections_are_told() -> None:
    with Server(http_connections=1) as house:
        first, second = Raw(house), Raw(house)
        second.send(REQUEST)
        status, body = second.reply()
        assert (status, b"TOO_MANY_CONNECTIONS" in body) == (503, True)
        second.close()
        first.send(REQUEST)
        assert first.reply()[0] == 200
        first.close()


SLOW_S = 0.05
"""The time that each door gives here."""

DRIPS = {
    "http": b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 10_000,
    "ws": b"GET /ws HTTP/1.1\r\nupgrade: websocket\r\n" + b"x: y\r\n" * 10_000,
    "tcpgate": b"tcpgate" * 10_000,
    "tcpgatessh": b"SSH-2.0-OpenSSH_9.2\r\n" + b"\0" * 70_000,
    "https": b"\x16\x03\x01\x40\x00" + b"\x01" * 70_000,
    "csta": b"\x00\x00\x10\x00\x60" * 10_000,
    "csta-s": b"\x16\x03\x01\x40\x00" + b"\x01" * 70_000,
}
"""What drips into each listener, octet by octet: it begins well, and never ends."""


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, int]]]:
    """A server with every kind of listener, all of them impatient."""
    certificate, key = certificates.make(tmp_path_factory.mktemp("tls"))
    tls = {"tls_certificate": certificate, "tls_key": key, "tls_handshake": SLOW_S}
    slow = {"http_bodytimeout": SLOW_S, "ws_opentimeout": SLOW_S}
    with pytest.MonkeyPatch.context() as patch:
        for name in ("console.shell.LOGIN_S", "console.ssh.LOGIN_S", "console.telnet.NEGOTIATION_S"):
            patch.setattr(f"ivrsvr.interfaces.{name}", SLOW_S)
        patch.setattr("ivrsvr.backends.simulator.server.listener.HANDSHAKE_S", SLOW_S)
        with Server(
            ws=("127.0.0.1:0",), console=("127.0.0.1:0",), aes="127.0.0.1:0", aes_csta=0, aes_csta_s=0, **slow, **tls
        ) as house:
            for port, kind, encrypted in ((0, "tcpgatessh", "no"), (free_port(), "ivrsvrrest", "yes")):
                fields = {"port": port, "local": "127.0.0.1", "remote": "*", "kind": kind, "tls": encrypted}
                added = house.run(house.app.service.handle({"request": "add tcp", **fields}, Caller(scopes=SCOPES)))
                assert added["result"] == "success", added
            aes = house.app.aes
            assert aes is not None
            ssh, https = (door.at[1] for door in house.app.site.doors)
            yield house, {
                "http": house.app.http[1],
                "ws": house.app.websockets[0][1],
                "tcpgate": house.app.consoles[0][1],
                "tcpgatessh": ssh,
                "https": https,
                "csta": aes.csta_port,
                "csta-s": aes.csta_s_port,
            }  # fmt: skip


@pytest.mark.parametrize("door", DRIPS)
def test_octets_that_drip_into_a_listener_do_not_keep_it_open(ports: tuple[Server, dict[str, int]], door: str) -> None:
    house, at = ports

    async def drip() -> int:
        """Octets that were sent when the server hung up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", at[door])
        reading = asyncio.ensure_future(reader.read())
        try:
            for number, octet in enumerate(DRIPS[door]):
                writer.write(bytes([octet]))
                done, _ = await asyncio.wait([reading], timeout=0.001)
                if door == "csta" and number == 20:
                    house.app.clock.advance(31)  # this one is on the clock of the switch
                if done:
                    reading.exception()
                    return number
        finally:
            reading.cancel()
            writer.close()
        return len(DRIPS[door])

    assert house.run(drip()) < len(DRIPS[door])
    assert house.http("GET", "/health/live").status == 200
