"""Peers that give nothing, give it slowly, or take nothing: cut off on every port, and nobody else waits."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.interfaces.conftest import Raw, Server

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
    ],
)
def test_what_is_no_http_is_answered_with_an_object_and_closed(house: Server, octets: bytes) -> None:
    raw = Raw(house)
    raw.send(octets)
    answer = raw.end()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"result":"fail","error":"MALFORMED_HTTP' in answer
    assert b"Traceback" not in answer


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
