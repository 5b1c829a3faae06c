"""Servers that are none, or break whatever can break: clear errors, nothing taken for true, and on when they heal."""

import asyncio
import json
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.server import ServerConnection, serve

from ivrsvr.client import Client, ClientError, Disconnected, Options, RequestFailed, TimedOut
from ivrsvr.client.conversation import Conversation
from ivrsvr.client.errors import Garbage
from ivrsvr.client.track import Track
from ivrsvr.testing.facade import RunningServer
from tests.interfaces import certificates
from tests.interfaces.conftest import Server

SOON = Options(request_s=2.0, first_s=0.001, last_s=0.01, message_most=10_000)


async def against(
    server: Callable[[ServerConnection], Awaitable[None]],
    ask: Callable[[Client], Awaitable[Any]],
    options: Options = SOON,
) -> Any:
    """What a client makes of a server."""
    async with serve(server, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        async with Client(f"ws://127.0.0.1:{port}/ws", options=options) as client:
            return await ask(client)


def success(text: str | bytes, **keys: Any) -> str:
    return json.dumps({"msgtype": "response", "id": json.loads(text)["id"], "result": "success", **keys})


GARBAGE = [
    "",
    "hello",
    "[]",
    "null",
    "{}",
    '{"msgtype":"response"}',
    '{"msgtype":"response","id":1,"result":"success"}',
    '{"msgtype":"event"}',
    '{"msgtype":"event","eventtype":7}',
    '{"msgtype":"event","eventtype":"offer","eventid":"1","epoch":"e"}',
    '{"msgtype":"event","eventtype":"offer","eventid":true,"epoch":"e"}',
    '{"msgtype":"event","eventtype":"offer","eventid":1,"epoch":null}',
    "[" * 5000,
    b"\xff\xfe\x00",
    "x" * 20_000,
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=[str(one)[:20] or "nothing" for one in GARBAGE])
def test_after_garbage_the_client_connects_again_and_asks_again(garbage: str | bytes) -> None:
    heard: list[dict[str, Any]] = []

    async def server(socket: ServerConnection) -> None:
        async for text in socket:
            heard.append(json.loads(text))
            await socket.send(garbage if len(heard) == 1 else success(text, callid="7", ucid="0"))

    answer = asyncio.run(against(server, lambda client: client.makecall("101", "102")))
    assert answer["callid"] == "7"
    assert heard[0] == heard[1]
    assert heard[0]["idempotencykey"]


def test_a_server_that_closes_at_once_is_given_up_in_time() -> None:
    async def server(socket: ServerConnection) -> None:
        await socket.close(1011, "no")

    with pytest.raises(TimedOut, match=r"makecall: no answer within 0\.3 s: no"):
        asyncio.run(
            against(server, lambda client: client.makecall("101", "102"), replace(SOON, request_s=0.3, first_s=60))
        )


def test_an_answer_to_nothing_and_a_second_answer_change_nothing() -> None:
    async def server(socket: ServerConnection) -> None:
        async for text in socket:
            await socket.send(json.dumps({"msgtype": "response", "id": "77", "result": "success"}))
            await socket.send(success(text, name="first"))
            await socket.send(success(text, name="second"))

    async def ask(client: Client) -> list[str]:
        return [(await client.querydevicename("101"))["name"], (await client.querydevicename("102"))["name"]]

    assert asyncio.run(against(server, ask)) == ["first", "first"]


@pytest.mark.parametrize(
    "page", [{}, {"list": 7}, {"list": [7]}, {"list": [{}]}, {"list": [{"eventid": 5}], "more": True}]
)
def test_a_history_that_is_none_or_never_ends_is_given_up(page: dict[str, Any]) -> None:
    async def server(socket: ServerConnection) -> None:
        async for text in socket:
            await socket.send(success(text, **page))

    async def ask(client: Client) -> list[Any]:
        return [event async for event in client.history("101")]

    with pytest.raises(Disconnected, match="eventhistory: that is no answer of an ivrsvr"):
        asyncio.run(against(server, ask))


def test_an_event_that_comes_twice_or_late_is_told_once() -> None:
    async def server(socket: ServerConnection) -> None:
        await socket.send(success(await socket.recv()))
        for kind, number in (("position", 5), ("offer", 6), ("offer", 6), ("hold", 4), ("connect", 8), ("idle", 9)):
            event = {"msgtype": "event", "eventtype": kind, "eventid": number, "epoch": "e", "monitored": "101"}
            await socket.send(json.dumps(event))
        await socket.wait_closed()

    async def ask(client: Client) -> list[str]:
        monitor = await client.monitor("101")
        found = []
        async for event in monitor:
            found.append(event["eventtype"])
            if found[-1] == "idle":
                break
        return found

    assert asyncio.run(against(server, ask)) == ["offer", "connect", "idle"]


def test_a_monitor_that_another_takes_the_place_of_says_so_at_once() -> None:
    heard = asyncio.Event()

    async def server(socket: ServerConnection) -> None:
        await socket.recv()  # of the first one the server says nothing
        heard.set()
        await socket.send(success(await socket.recv()))
        position = {"msgtype": "event", "eventtype": "position", "eventid": 5, "epoch": "e", "monitored": "101"}
        await socket.send(json.dumps(position))
        await socket.wait_closed()

    async def ask(client: Client) -> None:
        first = asyncio.create_task(client.monitor("101"))
        await heard.wait()
        second = asyncio.create_task(client.monitor("101"))
        with pytest.raises(Disconnected, match="another monitor of 101 has taken its place"):
            await first
        assert (await second).extension == "101"

    asyncio.run(against(server, ask))


def test_a_gap_that_is_cut_off_before_its_snapshot_is_asked_for_again() -> None:
    starts: list[dict[str, Any]] = []

    async def server(socket: ServerConnection) -> None:
        text = await socket.recv()
        starts.append(json.loads(text))
        await socket.send(success(text))
        told = ["gap"] if len(starts) == 1 else ["gap", "snapshot"]
        for kind in told:
            event = {"msgtype": "event", "eventtype": kind, "eventid": 90, "epoch": "new", "monitored": "101"}
            await socket.send(json.dumps(event))
        if len(starts) > 1:
            await socket.wait_closed()

    async def ask(client: Client) -> list[str]:
        monitor = await client.monitor("101", since=3, epoch="old")
        found = []
        async for event in monitor:
            found.append(event["eventtype"])
            if found[-1] == "snapshot":
                break
        assert monitor.position == (90, "new")
        return found

    assert asyncio.run(against(server, ask)) == ["gap", "gap", "snapshot"]
    assert [(one["since"], one["epoch"]) for one in starts] == [(3, "old"), (3, "old")]


def test_a_wrong_key_fails_what_waits_at_once_and_what_comes_later() -> None:
    with RunningServer(security="on") as server:

        async def ask() -> tuple[str, str, str]:
            async with Client(f"http://127.0.0.1:{server.port}", key="ivk_no_such") as client:
                with pytest.raises(RequestFailed) as first:
                    await client.snapshot("101")
                with pytest.raises(ClientError) as second:
                    await client.monitor("101")
                return first.value.reason, str(second.value), client.state

        reason, later, state = server.run(ask())
        assert reason == "NOT_AUTHENTICATED"
        assert later.startswith("NOT_AUTHENTICATED")
        assert state == "refused"


def test_a_good_key_opens() -> None:
    with Server(security="on") as server:
        key = server.app.site.keys.create("ivr", "call,monitor,query", "101", "", "test")

        async def ask() -> str:
            async with Client("http://{}:{}".format(*server.app.http), key=key) as client:
                await client.snapshot("101")
                with pytest.raises(RequestFailed) as refused:
                    await client.snapshot("102")
                return refused.value.reason

        assert server.run(ask()) == "NOT_AUTHORIZED"


def test_a_web_server_that_is_no_ivrsvr_is_told_at_once() -> None:
    with RunningServer() as server:

        async def ask() -> None:
            async with Client(f"http://127.0.0.1:{server.port}/elsewhere") as client:
                await client.snapshot("101")

        with pytest.raises(Disconnected, match="the server answered 404"):
            server.run(ask())


def test_the_time_of_day_is_of_no_concern(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time
    with RunningServer() as server:

        async def ask() -> list[str]:
            found: list[str] = []
            async with Client(f"http://127.0.0.1:{server.port}") as client:
                monitor = await client.monitor("101")
                for skew in (-90_000.0, 90_000.0):
                    monkeypatch.setattr(time, "time", lambda skew=skew: now() + skew)
                    await client.makecall("101", "102")
                    await client.clearcall("101")
                    while not found or found[-1] != "idle" or not len(monitor) < 1:
                        event = await monitor.get(5)
                        assert event is not None
                        found.append(event["eventtype"])
                    found.append("")
            return found

        told = " ".join(server.run(ask())).split()
        assert [told.count(kind) for kind in ("alert", "idle")] == [2, 2]


KEYS = ("msgtype", "id", "result", "error", "errorcode", "eventtype", "eventid", "epoch", "monitored", "list")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=10,
)
LIKELY = st.fixed_dictionaries(
    {},
    optional={
        "msgtype": st.sampled_from(["response", "event", 1]),
        "id": st.sampled_from(["1", "2", "key", 1, None]),
        "result": st.sampled_from(["success", "fail", None]),
        "error": JSON,
        "errorcode": JSON,
        "eventtype": st.sampled_from(["offer", "gap", "snapshot", "resumed", "position", "overflow", 1]),
        "eventid": st.integers() | JSON,
        "epoch": st.sampled_from(["e", 1]),
        "monitored": st.sampled_from(["101", 1, []]),
    },
)


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(messages=st.lists((LIKELY | JSON).map(json.dumps) | st.text(max_size=20) | st.binary(max_size=20), max_size=20))
def test_whatever_a_server_says_is_taken_or_garbage(messages: list[str | bytes]) -> None:
    talk = Conversation("c")
    talk.monitors["101"] = Track("101", {}, most=3, since=1, epoch="e")
    talk.ask("makecall", {"extension": "101"})
    talk.opened()
    for text in messages:
        try:
            talk.take(text)
        except Garbage:
            talk.lost()
            talk.opened()
    track = talk.monitors["101"]
    assert len(track) <= 3
    assert isinstance(track.since, int)


def test_a_key_that_goes_out_of_force_fails_what_waits_at_once() -> None:
    """The server closes with 1008, and says why; nothing waits for the client's next attempt."""

    async def ask(client: Client) -> list[str]:
        waiting = asyncio.create_task(client.makecall("101", "102"))
        said = []
        for asked in (waiting, client.snapshot("101"), client.monitor("101")):
            with pytest.raises(Disconnected) as refused:
                await asked
            said.append(str(refused.value))
        assert client.state == "refused"
        return said

    async def put_out(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.close(1008, "the key has expired")

    never = replace(SOON, request_s=60.0, last_s=60.0)
    assert asyncio.run(against(put_out, ask, never)) == ["the key has expired"] * 3


def test_without_a_context_of_its_own_a_client_believes_the_systems_authorities(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = certificates.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def answer(socket: ServerConnection) -> None:
        async for text in socket:
            await socket.send(success(text, callid="7"))

    async def call(request_s: float) -> str:
        async with serve(answer, "127.0.0.1", 0, ssl=context) as listening:
            port = listening.sockets[0].getsockname()[1]
            async with Client(f"https://127.0.0.1:{port}", options=replace(SOON, request_s=request_s)) as client:
                try:
                    return (await client.makecall("101", "102"))["callid"]
                except TimedOut as late:
                    return str(late)

    assert "certificate verify failed" in asyncio.run(call(1.0))
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    assert asyncio.run(call(30.0)) == "7"
