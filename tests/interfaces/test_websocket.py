"""WebSocket over real sockets: the good, the bad and the slow, and nobody disturbs anybody."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import CloseCode

from ivrsvr.interfaces.websocket import Connection
from ivrsvr.testing.clients import JsonConnection
from tests.interfaces.conftest import Raw, Server

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
HOLD = '{"id":"%s","request":"querydevicename","extension":"101"}'


class Peer:
    """A WebSocket client that does exactly what a test says."""

    def __init__(self, server: Server, path: str = "/ws", port: int | None = None, **options: Any) -> None:
        host, http_port = server.app.http
        url = f"ws://{host}:{port or http_port}{path}"
        self._server = server

        async def opened() -> ClientConnection:
            return await connect(url, ping_interval=None, compression=None, max_size=None, **options)

        self.socket: ClientConnection = server.run(opened())

    def send(self, *messages: str | bytes | list[str]) -> None:
        async def sent() -> None:
            for message in messages:
                await self.socket.send(message)

        self._server.run(sent())

    def receive(self) -> dict[str, Any]:
        text = self._server.run(self.socket.recv())
        found: dict[str, Any] = json.loads(text)
        return found

    def end(self) -> tuple[int, str]:
        """Close code and reason, once the server has closed; what came before is dropped."""

        async def ended() -> None:
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()

        self._server.run(ended())
        return self.socket.close_code or 0, self.socket.close_reason or ""

    def close(self) -> None:
        self._server.run(self.socket.close())


def _stall(server: Server, stalled: bool) -> None:
    """The switch answers nothing, or again."""
    assert server.app.simulator is not None
    server.app.simulator.stall(stalled)


async def _gone(connection: Connection) -> None:
    await connection.gone


@pytest.fixture
def peer(server: Server) -> Iterator[Peer]:
    made = Peer(server)
    yield made
    made.close()


def test_a_request_has_its_response(peer: Peer) -> None:
    peer.send('{"id":"1","request":"querydevicename","extension":"101"}', "{id: 2, request: 'hold', extension: 101}")
    first, second = peer.receive(), peer.receive()
    assert (first["id"], first["result"]) == ("1", "success")
    assert (second["id"], second["result"], second["error"].split(":")[0]) == ("2", "fail", "NO_ACTIVE_CALL")


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("", "MALFORMED_JSON"),
        ("[]", "MALFORMED_JSON"),
        ("{" * 60_000, "MALFORMED_JSON"),
        (HOLD % 1 + HOLD % 2, "MALFORMED_JSON"),
        (b"\xff\xfe\x00", "MALFORMED_JSON"),
        (b"\x00", "MALFORMED_JSON"),
        ('{"request":"hold","extension":"\\u0000"}', "MALFORMED_JSON"),
        ('{"request":"📞","extension":"101"}', "UNRECOGNIZED_OPERATION_REJECTION"),
        ('{"request":["hold"]}', "UNRECOGNIZED_OPERATION_REJECTION"),
        ('{"extension":"101"}', "OBJECT_NOT_KNOWN"),
        ('{"request":"hold"}', "OBJECT_NOT_KNOWN"),
        ('{"request":"hold","extension":["101"]}', "MISTYPED_ARGUMENT_REJECTION"),
        ('{"request":"hodl","extension":"101"}', "UNRECOGNIZED_OPERATION_REJECTION"),
        ('{"request":"transfer","extension":"101","destination":"101"}', "NO_ACTIVE_CALL"),
    ],
)
def test_a_wrong_message_fails_and_the_connection_lives_on(peer: Peer, message: str | bytes, error: str) -> None:
    peer.send(message, HOLD % 7)
    first, second = peer.receive(), peer.receive()
    assert (first["result"], first["error"].split(":")[0]) == ("fail", error)
    assert (second["id"], second["result"]) == ("7", "success")


def test_binary_and_fragmented_messages_are_json_too(peer: Peer) -> None:
    peer.send((HOLD % 1).encode(), ['{"id":"2","request":', '"querydevicename",', '"extension":"101"}'])
    assert [(one["id"], one["result"]) for one in (peer.receive(), peer.receive())] == [
        ("1", "success"),
        ("2", "success"),
    ]


def test_ten_megabytes_close_the_connection_and_no_other(server: Server, peer: Peer) -> None:
    greedy = Peer(server)
    with suppress(ConnectionClosed):
        greedy.send("x" * 10_000_000)
    assert greedy.end()[0] == CloseCode.MESSAGE_TOO_BIG
    peer.send(HOLD % 1)
    assert peer.receive()["result"] == "success"


def test_broken_frames_close_the_connection_and_no_other(server: Server, peer: Peer) -> None:
    raw = Raw(server)
    raw.send(UPGRADE)
    raw.send(b"\x81\x02hi")  # a frame of a client has to be masked
    octets = raw.end()
    assert octets.startswith(b"HTTP/1.1 101")
    assert b"\x03\xea" in octets.partition(b"\r\n\r\n")[2]  # 1002: protocol error
    raw.close()
    peer.send(HOLD % 1)
    assert peer.receive()["result"] == "success"


def test_a_ping_is_answered(server: Server, peer: Peer) -> None:
    async def pinged() -> None:
        await (await peer.socket.ping())

    server.run(pinged())


@pytest.mark.parametrize(("path", "status"), [("/", 404), ("/api/hold", 404), ("/ws/", 404)])
def test_the_http_port_has_one_path(server: Server, path: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as caught:
        Peer(server, path)
    assert caught.value.response.status_code == status


def test_pages_of_other_sites_are_refused(server: Server) -> None:
    with pytest.raises(InvalidStatus) as caught:
        Peer(server, origin="http://evil.example")
    assert caught.value.response.status_code == 403
    Peer(server, origin="http://localhost:3000").close()


def test_too_many_connections_are_refused_until_one_goes() -> None:
    with Server(ws_connections=1) as server:
        first = Peer(server)
        with pytest.raises(InvalidStatus) as caught:
            Peer(server)
        assert caught.value.response.status_code == 503
        first.close()
        Peer(server).close()


def test_a_plain_get_of_the_websocket_path_is_told(server: Server) -> None:
    reply = server.http("GET", "/ws")
    assert (reply.status, reply.body["result"]) == (426, "fail")
    assert reply.headers["upgrade"] == "websocket"


def test_further_ports_serve_the_same() -> None:
    with Server(ws=("127.0.0.1:0",)) as server:
        port = server.app.websockets[0][1]
        for path in ("/", "/ws"):
            peer = Peer(server, path, port)
            peer.send(HOLD % 1)
            assert peer.receive()["result"] == "success"
            peer.close()
        with pytest.raises(InvalidStatus):
            Peer(server, "/other", port)
        raw = Raw(server, port)
        raw.send(b"hello\r\n\r\n")
        assert raw.end() == b""
        raw.close()


def test_a_handshake_that_does_not_come_is_not_waited_for() -> None:
    with Server(ws=("127.0.0.1:0",), ws_opentimeout=0.25) as server:
        raw = Raw(server, server.app.websockets[0][1])
        assert raw.end() == b""
        raw.close()


def test_half_open_connections_are_found() -> None:
    """A peer that is gone without a word: its machine takes what is sent, and nothing ever comes back."""
    with Server(ws_ping=0.05) as server:
        raw = Raw(server)
        raw.send(UPGRADE)
        octets = raw.end()
        assert octets.endswith(b"\x89\x00")  # a ping, and then the end
        raw.close()


def test_a_peer_that_only_answers_pings_stays() -> None:
    with Server(ws_ping=0.02) as server:
        raw = Raw(server)
        raw.send(UPGRADE)
        raw.until(b"\r\n\r\n")
        for _ in range(5):
            raw.until(b"\x89\x00")
            raw.send(b"\x8a\x80\x00\x00\x00\x00")
        assert len(server.app.hub.connections) == 1
        raw.close()


def test_the_response_comes_before_the_events_of_the_request(peer: Peer) -> None:
    peer.send('{"id":"1","request":"startmonitor","extension":"101"}')
    peer.receive()
    for _ in range(20):
        peer.send('{"id":"2","request":"makecall","extension":"101","destination":"102"}')
        made = peer.receive()
        assert made["msgtype"] == "response"
        assert peer.receive()["callid"] == int(made["callid"])
        peer.send('{"id":"3","request":"clearcall","extension":"101"}')
        assert peer.receive()["msgtype"] == "response"
        while peer.receive()["eventtype"] != "idle":
            pass


def test_everybody_gets_the_events_that_he_asked_for(server: Server) -> None:
    """The contract's ten, all, or those that are named; one monitor and one reference for all who watch a device."""
    clients = {
        "contract": Listener(server),
        "some": Listener(server, eventtypes=["idle"]),
        "split": Listener(server, extension="201"),
        "split, all": Listener(server, extension="201", events="all"),
    }
    server.post("login", extension="101", agentid="12345", passwd="67890")
    call_and_clear(server)
    server.post("logout", extension="101", agentid="12345", passwd="67890")
    events = {name: one.connection.events for name, one in clients.items()}
    assert {name: [event["eventtype"] for event in came] for name, came in events.items()} == {
        "contract": ["alert", "disconnect", "idle"],
        "some": ["idle"],
        "split": [],
        "split, all": ["agentlogin", "agentlogout"],
    }
    assert {event["referenceid"] for event in events["contract"] + events["some"]} == {1}
    assert {event["referenceid"] for event in events["split, all"]} == {2}
    for one in clients.values():
        one.close()
    again = Listener(server)
    call_and_clear(server)
    assert {event["referenceid"] for event in again.connection.events} == {3}
    again.close()


def test_a_request_that_waits_holds_up_no_other_extension(server: Server, peer: Peer) -> None:
    _stall(server, True)
    peer.send('{"id":"1","request":"hold","extension":"101"}')
    _stall(server, False)
    peer.send('{"id":"2","request":"querydevicename","extension":"102"}')
    assert peer.receive()["id"] == "2"
    server.advance(8)
    late = peer.receive()
    assert (late["id"], late["error"].split(":")[0]) == ("1", "SWITCH_TIMEOUT")


def test_more_requests_than_may_be_under_way_are_all_answered() -> None:
    with Server(ws_inflight=2) as server:
        peer = Peer(server)
        peer.send(*(HOLD % number for number in range(200)))
        assert sorted(int(peer.receive()["id"]) for _ in range(200)) == list(range(200))
        peer.close()


class Listener:
    """A client that monitors 101."""

    def __init__(self, server: Server, *, slow: bool = False, **wish: Any) -> None:
        self._server = server
        host, port = server.app.http
        self.connection = server.run(JsonConnection.open(f"ws://{host}:{port}/ws", slow=slow))
        server.run(self.connection.send(json.dumps({"request": "startmonitor", "extension": "101"} | wish)))

    @property
    def idles(self) -> int:
        """How many calls it has seen end."""
        return sum(event["eventtype"] == "idle" for event in self.connection.events)

    def stop_reading(self) -> None:
        self._server.run(self.connection.stop_reading())

    def read_on(self) -> None:
        self._server.run(self.connection.read_on())

    def close(self) -> None:
        self._server.run(self.connection.close())


def call_and_clear(server: Server) -> None:
    server.post("makecall", extension="101", destination="102")
    server.post("clearcall", extension="101")


def owners(server: Server) -> int:
    """How many connections monitor 101."""
    monitor = server.app.service.monitors.get("101")
    return 0 if monitor is None else sum(one.subscriber is not None for one in monitor.owners.values())


def test_a_slow_client_is_told_and_closed_and_the_others_miss_nothing() -> None:
    with Server(ws_queuelength=5) as server:
        slow, quick = Listener(server, slow=True), Listener(server)
        slow.stop_reading()
        calls = 0
        while owners(server) > 1:
            call_and_clear(server)
            calls += 1
        slow.read_on()
        assert slow.connection.events[-1]["eventtype"] == "overflow"
        assert slow.connection.closed is not None
        assert slow.connection.closed.code == CloseCode.TRY_AGAIN_LATER
        assert quick.idles == calls
        told = slow.connection.events.pop()
        again = Listener(server, since=told["eventid"], epoch=told["epoch"])
        came = slow.connection.events + again.connection.events
        assert came.pop()["eventtype"] == "resumed"
        assert came == quick.connection.events
        for one in (quick, slow, again):
            one.close()


def test_a_client_that_takes_nothing_any_more_is_cut_off() -> None:
    with Server(ws_queuelength=5, ws_sendtimeout=0.1) as server:
        stuck = Listener(server, slow=True)
        stuck.stop_reading()
        while owners(server):
            call_and_clear(server)
        for connection in list(server.app.hub.connections):  # it may be over by now
            server.run(_gone(connection))
        assert not server.app.hub.connections
        stuck.read_on()
        stuck.close()


def test_a_fault_at_one_connection_ends_no_other(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty = Listener(server)
    (connection,) = server.app.hub.connections
    sound = Listener(server)

    def fail() -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(connection, "send", fail)
    call_and_clear(server)
    assert (faulty.idles, sound.idles) == (0, 1)
    assert connection not in server.app.hub.connections
    sound.close()
    faulty.close()


def test_monitors_end_at_once_with_the_last_that_takes_its_leave(server: Server) -> None:
    first, last = Listener(server), Listener(server)
    first.close()
    assert owners(server) == 1
    last.close()
    assert len(server.app.service.monitors) == 0


@pytest.mark.parametrize("code", [1001, 1011, 3000])
def test_monitors_stay_a_while_for_a_client_that_closes_with_another_code(server: Server, code: int) -> None:
    listener = Listener(server)
    server.run(listener.connection.close(code))
    server.settle()
    assert owners(server) == 0
    server.advance(59)
    assert len(server.app.service.monitors) == 1
    server.advance(2)
    assert len(server.app.service.monitors) == 0


def test_monitors_stay_a_while_for_a_client_that_is_cut_off_even_when_others_take_their_leave(server: Server) -> None:
    broken, other = Listener(server), Listener(server)
    server.run(broken.connection.cut())
    server.settle()
    other.close()
    assert (owners(server), len(server.app.service.monitors)) == (0, 1)
    server.advance(61)
    assert len(server.app.service.monitors) == 0


def test_a_connection_that_dies_during_a_request_leaves_nothing_behind(server: Server) -> None:
    _stall(server, True)
    peer = Peer(server)
    peer.send('{"id":"1","request":"startmonitor","extension":"101"}')
    peer.socket.transport.abort()
    server.settle()
    _stall(server, False)
    server.advance(8)
    assert len(server.app.service.monitors) == 0


def test_garbage_instead_of_a_handshake(server: Server) -> None:
    raw = Raw(server)
    raw.send(b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    assert raw.end().startswith(b"HTTP/1.1 400")
    raw.close()
