"""API keys: made, recognised, limited, taken out of force; on every door the same."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ivrsvr.clock import Clock
from ivrsvr.interfaces.keys import Keys, moment_of, patterns_of
from ivrsvr.store.database import open_database
from ivrsvr.store.tables import Configuration, TableError
from tests.interfaces.conftest import Reply, Server


@pytest.fixture
def house() -> Iterator[Server]:
    """A server whose doors all ask for a key."""
    with Server(security="on", ws=("127.0.0.1:0",)) as server:
        yield server


def make(
    server: Server, name: str = "ivr", scopes: str = "call,monitor,query", extensions: str = "*", expires: str = ""
) -> str:
    return server.app.site.keys.create(name, scopes, extensions, expires, "test")


def asks(server: Server, name: str = "snapshot", key: str = "", **fields: str) -> Reply:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return server.http("POST", f"/api/{name}", json={"extension": "101", **fields}, headers=headers)


# ---- the key itself


def test_a_key_is_stored_as_a_hash_only(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a.db")
    text = Keys(Configuration(database), Clock(0.0)).create("ivr", "call", "*", "", "me")
    database.close()
    secret = text.split("_", 2)[2]
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in stored
    assert b"ivr" in stored


def test_two_keys_are_never_the_same_and_each_is_found() -> None:
    keys = Keys(Configuration(open_database(":memory:")), Clock(0.0))
    texts = [keys.create(f"k{number}", "call", "*", "", "me") for number in range(20)]
    assert len(set(texts)) == 20
    found = [keys.find(text) for text in texts]
    assert [row.name if row else "" for row in found] == [f"k{number}" for number in range(20)]


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "x", lambda t: t[4:], lambda t: t.upper(), lambda t: t.replace("_", "-")]
)
def test_a_key_that_was_changed_is_none(change: "object") -> None:
    assert callable(change)
    keys = Keys(Configuration(open_database(":memory:")), Clock(0.0))
    text = keys.create("ivr", "call", "*", "", "me")
    assert keys.find(text) is not None
    assert keys.find(change(text)) is None


@pytest.mark.parametrize(
    "text", ["", "ivk_", "ivk__", "_", "ivk_000000000000_x", "ivk_\ud800_\ud800", "x" * 100_000, "ivk_' or 1=1 --_x"]
)
def test_what_is_no_key_is_none(text: str) -> None:
    keys = Keys(Configuration(open_database(":memory:")), Clock(0.0))
    keys.create("ivr", "call", "*", "", "me")
    assert keys.find(text) is None


def test_a_key_made_or_deleted_by_another_program_counts_within_a_second(tmp_path: Path) -> None:
    clock = Clock(1000.0)
    here = Keys(Configuration(open_database(tmp_path / "a.db")), clock)
    there = Keys(Configuration(open_database(tmp_path / "a.db")), clock)
    text = there.create("ivr", "call", "*", "", "me")
    clock.advance(1)
    assert here.find(text) is not None
    there.delete("ivr")
    clock.advance(1)
    assert here.find(text) is None


def test_a_key_expires() -> None:
    clock = Clock(moment_of("2027-01-31T12:00"))
    keys = Keys(Configuration(open_database(":memory:")), clock)
    text = keys.create("ivr", "call", "*", "2027-01-31", "me")
    clock.advance(12 * 3600 - 2)
    assert keys.find(text) is not None
    clock.advance(2)
    assert keys.find(text) is None


@pytest.mark.parametrize(
    ("name", "scopes", "extensions", "expires", "complaint"),
    [
        ("a b", "call", "*", "", "no key name"),
        ("'; drop table tKey; --", "call", "*", "", "no key name"),
        ("../../etc/passwd", "call", "*", "", "no key name"),
        ("ivr", "", "*", "", "scopes are"),
        ("ivr", "root", "*", "", "not root"),
        ("ivr", "call", "", "", "extensions are"),
        ("ivr", "call", "1\x1b[2J", "", "extensions are"),
        ("ivr", "call", "*", "tomorrow", "no day"),
        ("ivr", "call", "*", "2020-01-01", "passed already"),
        ("there", "call", "*", "", "is there already"),
    ],
)
def test_a_wrong_key_is_not_made(name: str, scopes: str, extensions: str, expires: str, complaint: str) -> None:
    configuration = Configuration(open_database(":memory:"))
    keys = Keys(configuration, Clock(1_800_000_000.0))
    keys.create("there", "call", "*", "", "me")
    with pytest.raises(TableError, match=complaint):
        keys.create(name, scopes, extensions, expires, "me")
    assert [row.name for row in configuration.keys] == ["there"]


def test_patterns() -> None:
    assert patterns_of("1??, 20*") == ("1??", "20*")
    assert patterns_of("101,*") == ()


# ---- every door asks


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/docs",
        "/openapi.json",
        "/asyncapi.json",
        "/api/snapshot?extension=101",
        "/sim/state",
        "/admin/status",
        "/metrics",
        "/nothing",
        "/ws",
    ],
)
def test_every_path_asks_for_a_key(house: Server, path: str) -> None:
    reply = house.http("GET", path)
    assert (reply.status, reply.body["result"]) == (401, "fail")
    assert reply.body["error"].startswith("NOT_AUTHENTICATED")
    assert list(reply.body) == ["msgtype", "id", "result", "error", "errorcode"]
    assert reply.headers["www-authenticate"].startswith("Bearer")
    assert reply.headers["cache-control"] == "no-store"
    key = make(house, scopes="call,query,admin,sim")
    assert house.http("GET", path, headers={"x-api-key": key}).status != 401


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/docs.css", "/docs.js", "/phone", "/ui/ivrsvr.js"])
def test_load_balancers_and_parts_of_pages_need_none(house: Server, path: str) -> None:
    assert house.http("GET", path).status == 200


def test_three_ways_to_bring_a_key(house: Server) -> None:
    key = make(house)
    path = "/api/snapshot?extension=101"
    assert house.http("GET", path, headers={"authorization": f"bearer {key}"}).status == 200
    assert house.http("GET", path, headers={"x-api-key": key}).status == 200
    assert house.http("GET", f"{path}&token={key}").status == 200
    basic = base64.b64encode(f"x:{key}".encode()).decode()
    assert house.http("GET", path, headers={"authorization": f"Basic {basic}"}).status == 401


def test_scopes_and_extensions_limit_a_key(house: Server) -> None:
    key = make(house, scopes="query", extensions="1??")
    assert asks(house, "querydevicename", key).status == 200
    refused = asks(house, "makecall", key, destination="102")
    assert (refused.status, refused.body["error"][:14]) == (403, "NOT_AUTHORIZED")
    assert "needs the scope call" in refused.body["error"]
    other = asks(house, "querydevicename", key, extension="201")
    assert (other.status, other.body["error"][:14]) == (403, "NOT_AUTHORIZED")
    assert house.http("GET", "/admin/status", headers={"x-api-key": key}).status == 403
    assert house.http("GET", "/sim/state", headers={"x-api-key": key}).status == 403


def test_a_deleted_key_is_refused_at_once(house: Server) -> None:
    key = make(house)
    assert asks(house, key=key).status == 200
    house.app.site.keys.delete("ivr")
    assert asks(house, key=key).status == 401


def test_an_open_door_asks_for_nothing_but_refuses_a_wrong_key(server: Server) -> None:
    assert asks(server).status == 200
    assert asks(server, key="ivk_000000000000_wrong").status == 401
    assert server.http("GET", "/admin/status").status == 403
    key = make(server, scopes="admin")
    assert server.http("GET", "/admin/status", headers={"x-api-key": key}).status == 200


def test_who_guesses_is_slowed_down_and_the_right_key_still_works(
    house: Server, caplog: pytest.LogCaptureFixture
) -> None:
    key = make(house)
    statuses = [asks(house, key=f"ivk_0123456789ab_{number}").status for number in range(8)]
    assert statuses == [401] * 5 + [429] * 3
    refused = asks(house, key="ivk_0123456789ab_9")
    assert int(refused.headers["retry-after"]) == 30
    assert caplog.text.count("a wrong key or token from 127.0.0.1") == 5
    assert asks(house, key=key).status == 200


# ---- WebSocket


async def say(socket: ClientConnection, **request: str) -> dict[str, object]:
    await socket.send(json.dumps(request))
    answer: dict[str, object] = json.loads(await socket.recv())
    return answer


def url(server: Server, plain: bool = False) -> str:
    host, port = server.app.websockets[0] if plain else server.app.http
    return f"ws://{host}:{port}/ws"


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("way", ["bearer", "x-api-key", "query", "subprotocol"])
def test_a_websocket_brings_its_key_with_the_handshake(house: Server, plain: bool, way: str) -> None:
    key = make(house)
    headers = {"bearer": {"authorization": f"Bearer {key}"}, "x-api-key": {"x-api-key": key}}.get(way, {})
    where = url(house, plain) + (f"?token={key}" if way == "query" else "")

    async def talk() -> dict[str, object]:
        offers = [websockets.Subprotocol(one) for one in ("ivrsvr", f"key.{key}")] if way == "subprotocol" else None
        async with connect(where, additional_headers=headers, subprotocols=offers) as socket:
            assert socket.subprotocol == ("ivrsvr" if offers else None)
            return await say(socket, request="snapshot", extension="101")

    assert house.run(talk())["result"] == "success"


@pytest.mark.parametrize("plain", [False, True])
def test_a_wrong_key_in_the_handshake_is_refused(house: Server, plain: bool) -> None:
    async def talk() -> int:
        with pytest.raises(InvalidStatus) as refused:
            await connect(url(house, plain), additional_headers={"x-api-key": "ivk_000000000000_wrong"})
        return refused.value.response.status_code

    assert house.run(talk()) == 401
    assert house.app.hub.keeper.open == 0


@pytest.mark.parametrize("plain", [False, True])
def test_a_websocket_brings_its_key_with_the_first_message(house: Server, plain: bool) -> None:
    key = make(house, extensions="101")

    async def talk() -> list[dict[str, object]]:
        async with connect(url(house, plain)) as socket:
            await socket.send(json.dumps({"request": "authenticate", "id": "1", "key": key}))
            await socket.send(json.dumps({"request": "snapshot", "id": "2", "extension": "101"}))
            await socket.send(json.dumps({"request": "snapshot", "id": "3", "extension": "102"}))
            return [json.loads(await socket.recv()) for _ in range(3)]

    answers = house.run(talk())
    assert [(one["id"], one["result"]) for one in answers] == [("1", "success"), ("2", "success"), ("3", "fail")]
    assert str(answers[2]["error"]).startswith("NOT_AUTHORIZED")


@pytest.mark.parametrize(
    "first",
    [
        {"request": "snapshot", "extension": "101", "id": "7"},
        {"request": "authenticate", "id": "7"},
        {"request": "authenticate", "key": "ivk_000000000000_wrong", "id": "7"},
        {"request": "authenticate", "key": {"a": 1}, "id": "7"},
        {"request": "authenticate", "key": 5, "id": "7"},
    ],
)
def test_any_other_first_message_is_answered_and_ends_the_connection(house: Server, first: dict[str, object]) -> None:
    async def talk() -> tuple[dict[str, object], int]:
        async with connect(url(house)) as socket:
            await socket.send(json.dumps(first))
            await socket.send(json.dumps({"request": "makecall", "extension": "101", "destination": "102"}))
            answer = json.loads(await socket.recv())
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            return answer, closed.value.rcvd.code if closed.value.rcvd else 0

    answer, code = house.run(talk())
    assert (answer["id"], str(answer["error"])[:17], code) == ("7", "NOT_AUTHENTICATED", 1008)
    assert len(house.app.service.model.calls) == 0
    assert house.app.hub.keeper.open == 0


def test_a_client_that_never_proves_who_it_is_is_closed() -> None:
    with Server(security="on", ws_opentimeout=0.25) as house:

        async def wait() -> int:
            async with connect(url(house)) as socket:
                with pytest.raises(ConnectionClosed) as closed:
                    await socket.recv()
                return closed.value.rcvd.code if closed.value.rcvd else 0

        assert house.run(wait()) == 1008


@pytest.mark.parametrize("how", ["delete", "expire"])
def test_a_key_that_ends_closes_its_connections_and_their_events(house: Server, how: str) -> None:
    now = house.app.clock.now()
    until = datetime.fromtimestamp(now + 60, UTC).isoformat()
    key = make(house, expires=until if how == "expire" else "")
    other = make(house, "other")

    async def open_it(with_key: str) -> ClientConnection:
        socket = await connect(url(house), additional_headers={"x-api-key": with_key})
        assert (await say(socket, request="startmonitor", extension="101"))["result"] == "success"
        return socket

    first, second = house.run(open_it(key)), house.run(open_it(other))
    if how == "delete":
        house.app.site.keys.delete("ivr")
        house.advance(5)
    else:
        house.advance(65)

    async def look() -> int:
        with pytest.raises(ConnectionClosed) as closed:
            await first.recv()
        assert (await say(second, request="snapshot", extension="101"))["result"] == "success"
        await second.close()
        return closed.value.rcvd.code if closed.value.rcvd else 0

    assert house.run(look()) == 1008


def test_a_connection_does_not_change_hands(house: Server) -> None:
    mine, theirs = make(house), make(house, "theirs")

    async def talk() -> list[dict[str, object]]:
        async with connect(url(house), additional_headers={"x-api-key": mine}) as socket:
            renewed = await say(socket, request="authenticate", key=mine)
            return [renewed, await say(socket, request="authenticate", key=theirs)]

    renewed, other = house.run(talk())
    assert (renewed["result"], str(other["error"])[:14]) == ("success", "NOT_AUTHORIZED")


def test_a_key_asks_no_more_often_than_it_may() -> None:
    with Server(security="on", rate_key=2.0) as house:
        key = make(house)
        assert [asks(house, key=key).status for _ in range(5)] == [200, 200, 200, 200, 429]
        assert asks(house, key=key).headers["retry-after"] == "1"
        house.advance(1)
        assert [asks(house, key=key).status for _ in range(3)] == [200, 200, 429]

        async def talk() -> list[object]:
            async with connect(url(house), additional_headers={"x-api-key": make(house, "ws")}) as socket:
                return [(await say(socket, request="snapshot", extension="101"))["result"] for _ in range(6)]

        assert house.run(talk()).count("fail") == 2


def test_one_address_with_many_keys_asks_no_more_often_than_it_may() -> None:
    with Server(security="on", rate_address=2.0) as house:
        keys = [make(house, f"k{number}") for number in range(5)]
        assert [asks(house, key=key).status for key in keys] == [200, 200, 200, 200, 429]


# ---- pages of other sites


def test_listed_sites_may_ask_before_and_read_after() -> None:
    site = "https://crm.example.org"
    with Server(security="on", http_origins=(site,)) as house:
        asked = house.http("OPTIONS", "/api/hold", headers={"origin": site, "access-control-request-method": "POST"})
        assert asked.status == 204
        assert "authorization" in asked.headers["access-control-allow-headers"]
        key = make(house)
        reply = house.http("GET", "/api/snapshot?extension=101", headers={"origin": site, "x-api-key": key})
        assert (reply.status, reply.headers["access-control-allow-origin"]) == (200, site)
        assert reply.headers["vary"] == "origin"
        other = {"origin": "https://evil.example", "access-control-request-method": "POST", "x-api-key": key}
        refused = house.http("OPTIONS", "/api/hold", headers=other)
        assert refused.status == 403
        assert "access-control-allow-origin" not in refused.headers

        async def open_from(origin: str) -> int:
            try:
                async with connect(url(house), additional_headers={"x-api-key": key}, origin=websockets.Origin(origin)):
                    return 101
            except InvalidStatus as refused:
                return refused.response.status_code

        assert house.run(open_from(site)) == 101
        assert house.run(open_from("https://evil.example")) == 403


def test_a_token_in_the_url_goes_no_further(house: Server) -> None:
    key = make(house)
    assert (
        house.http(
            "POST",
            f"/api/makecall?token={key}",
            json={"extension": "101", "destination": "102"},
            headers={"idempotency-key": "once"},
        ).status
        == 200
    )
    stored = "".join(house.app.site.configuration._database.conn.iterdump())
    assert "once" in stored
    assert key not in stored


def test_every_answer_has_the_headers_that_protect_browsers(house: Server) -> None:
    for path in ("/phone", "/health/live", "/api/hold", "/docs", "/nothing"):
        headers = house.http("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] in ("no-store", "no-cache")
        assert "server" not in headers


def test_a_listed_site_may_frame_pages_but_no_answers() -> None:
    with Server(http_frames=("https://crm.example.org",)) as house:
        page = house.http("GET", "/phone").headers
        assert "frame-ancestors 'self' https://crm.example.org" in page["content-security-policy"]
        assert "x-frame-options" not in page
        assert house.http("GET", "/api/hold").headers["x-frame-options"] == "DENY"


def test_headers_of_proxies_are_not_believed(house: Server) -> None:
    key = make(house)
    headers = {"x-api-key": key, "x-forwarded-for": "10.9.9.9", "forwarded": "for=10.9.9.9", "x-real-ip": "10.9.9.9"}
    house.app.site.gate._refused = frozenset({"10.9.9.9"})
    house.app.site.seating._by_address = {"10.9.9.9": "101"}
    refused = house.http("POST", "/api/querydevicename", json={}, headers=headers)
    assert refused.status == 400
    assert house.app.site.gate.hits == {}
