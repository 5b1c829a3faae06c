"""Server-Sent Events: the events of WebSocket, a position that holds, and nobody who waits for a slow reader."""

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import pytest

from ivrsvr.app import serving
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock
from ivrsvr.interfaces.joining import Position, in_order
from ivrsvr.testing.clients import EventStream
from ivrsvr.testing.facade import RunningServer
from tests.interfaces.conftest import SETTINGS


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with RunningServer() as running:
        yield running


def types(events: list[dict[str, Any]]) -> list[str]:
    return [str(one["eventtype"]) for one in events]


def test_the_same_events_come_as_on_websocket(server: RunningServer) -> None:
    client = server.connect()
    client.request("startmonitor", extension="101")
    stream = server.stream(extension="101")
    server.post("makecall", extension="101", destination="102")
    server.post("answer", extension="102")
    assert stream.events == client.events
    assert types(stream.events) == ["alert", "connect"]
    last = stream.events[-1]
    assert stream.position == f"{last['epoch']}.{last['eventid']}"


def test_only_what_was_chosen(server: RunningServer) -> None:
    chosen = server.stream(extension="101,102", eventtypes="connect,idle")
    server.post("makecall", extension="101", destination="102")
    server.post("answer", extension="102")
    assert types(chosen.events) == ["connect", "connect"]
    every = server.stream(extension="101", events="all")
    server.http("POST", "/sim/link/down")
    assert types(every.events)[-1] == "linkdown"


def test_who_comes_back_gets_what_was_missed_in_order_and_once(server: RunningServer) -> None:
    whole = server.stream(extension="101,102,103")
    random_ = random.Random(7)
    came: list[dict[str, Any]] = []
    stream = server.stream(extension="101,102,103")
    server.post("makecall", extension="101", destination="102")
    server.post("answer", extension="102")
    for _ in range(30):
        if random_.random() < 0.5:
            came += stream.events
            stream.close()
            position = stream.position
            server.post("hold" if random_.random() < 0.7 else "retrieve", extension=random_.choice(["101", "102"]))
            stream = server.stream(position, extension="101,102,103")
        server.post("retrieve", extension="101")
        server.post("hold", extension="102")
    came += stream.events
    assert [one for one in came if one["eventtype"] != "resumed"] == whole.events
    assert len(whole.events) > 20


@pytest.mark.parametrize("position", ["garbage", "17", "other.1", ".", "x.99999999999999999999"])
def test_a_position_that_is_none_is_a_gap_and_a_snapshot(server: RunningServer, position: str) -> None:
    stream = server.stream(position, extension="101")
    assert types(stream.events) == ["gap", "snapshot"]
    assert Position.parse(stream.position) is not None


def test_signs_of_life_come_while_nothing_happens(server: RunningServer) -> None:
    stream = server.stream(extension="101")
    before = stream.connection.comments
    server.advance(46)
    assert stream.connection.comments == before + 3


def test_signs_of_life_carry_the_position_behind_what_was_left_out(server: RunningServer) -> None:
    """So who comes back after long silence is not told of a gap where it has missed nothing."""
    stream = server.stream(extension="101", eventtypes="transfer")
    other = server.stream(extension="101,102")
    server.post("makecall", extension="101", destination="102")
    assert stream.events == []
    assert stream.position != other.position
    server.advance(16)
    assert stream.position == other.position
    stream.close()
    server.post("answer", extension="102")
    server.post("hold", extension="102")
    again = server.stream(stream.position, extension="101")
    assert types(again.events) == ["connect", "hold", "resumed"]


def test_signs_of_life_carry_no_position_of_an_epoch_that_the_reader_does_not_know(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while Redis is away: another server would make a gap of it, though nothing has happened."""
    stream = server.stream(extension="101")
    before = stream.position
    server.post("makecall", extension="102", destination="103")
    monkeypatch.setattr(server._app.service.journal, "epoch", "alone")
    server.advance(16)
    assert (stream.connection.comments, stream.position) == (1, before)
    server.post("makecall", extension="101", destination="104")
    server.advance(16)
    assert (stream.connection.comments, stream.position.partition(".")[0]) == (2, "alone")


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ({}, 400, "extension="),
        ({"extension": ","}, 400, "extension="),
        ({"extension": "998"}, 404, "INVALID_CSTA_DEVICE_IDENTIFIER"),
        ({"extension": "101", "eventtypes": "nothing"}, 400, "there is no event type"),
        ({"extension": ",".join(str(n) for n in range(300))}, 400, "up to 200"),
    ],
)
def test_what_is_wrong_is_told(server: RunningServer, query: dict[str, str], status: int, error: str) -> None:
    stream = server.stream(**query)
    assert stream.connection.status == status
    assert error in stream.connection.refused["error"]


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "HEAD"])
def test_a_wrong_method_names_the_right_one(server: RunningServer, method: str) -> None:
    reply = server.http(method, "/api/events?extension=101")
    assert (reply.status, reply.headers["allow"]) == (405, "GET")


def test_a_slow_reader_is_told_and_closed_with_its_position_and_misses_nothing() -> None:
    async def pause() -> None:
        stream.connection.reading.clear()

    async def go_on() -> None:
        stream.connection.reading.set()

    with RunningServer(ws_queuelength=50) as server:
        whole = server.connect()
        whole.request("startmonitor", extension="101")
        stream = server.stream(extension="101")
        server.post("makecall", extension="101", destination="102")
        server.post("answer", extension="102")
        server.run(pause())
        for _ in range(1000):
            for request in ("hold", "retrieve"):
                whole.ask(request, extension="101")
        server.run(go_on())
        server.settle()
        assert stream.connection.ended
        assert types(stream.events)[-1] == "overflow"
        assert stream.position == f"{stream.events[-1]['epoch']}.{stream.events[-1]['eventid']}"
        again = server.stream(stream.position, extension="101")
        came = [one for one in stream.events + again.events if one["eventtype"] not in ("overflow", "resumed")]
        assert came == whole.events


def test_a_server_that_stops_ends_its_open_streams_in_order() -> None:
    async def run() -> EventStream:
        world = World.default()
        clock = Clock(world.clock.seconds)
        async with asyncio.timeout(20), serving(SETTINGS, clock, Simulator(world, clock)) as app:
            stream = await EventStream.open("http://{}:{}".format(*app.http), {"extension": "101"})
            while not stream.position:  # noqa: ASYNC110 - a client has no event for it
                await asyncio.sleep(0.005)
        await stream.over()
        return stream

    assert asyncio.run(run()).ended


def test_too_many_streams_are_refused_and_a_broken_one_makes_room() -> None:
    with RunningServer(sse_connections=1) as server:
        first = server.stream(extension="101")
        assert server.stream(extension="101").connection.status == 503
        first.close()
        assert server.stream(extension="101").connection.status == 200


def told(eventtype: str, number: int, mark: str = "") -> tuple[str, int]:
    return f'{{"msgtype":"event","eventtype":"{eventtype}","extension":"{mark}"}}', number


def test_messages_are_put_in_the_order_of_their_numbers_each_once() -> None:
    a, b, d, e = told("hold", 1, "a"), told("hold", 2, "b"), told("hold", 4, "d"), told("hold", 6, "e")
    notices = [told("resumed", 5), told("gap", 0), told("snapshot", 5)]
    assert in_order([b, d, notices[0], a, d, *notices[1:], e]) == [a, b, d, *notices, e]


def test_a_notice_comes_after_the_event_whose_number_it_bears() -> None:
    """Who breaks off behind the notice comes back to its number, and would never be sent that event."""
    gap, snapshot, resumed = told("gap", 0), told("snapshot", 5), told("resumed", 5)
    last, before = told("connect", 5), told("hold", 4)
    assert in_order([before, resumed, last, told("resumed", 5, "2")]) == [
        before,
        last,
        resumed,
        told("resumed", 5, "2"),
    ]
    assert in_order([gap, snapshot, before, last, resumed]) == [before, last, gap, snapshot, resumed]


def test_wherever_a_stream_of_several_devices_breaks_nothing_is_missed(server: RunningServer) -> None:
    first = server.stream(extension="101,102")
    first.close()
    server.post("makecall", extension="101", destination="102")
    server.post("answer", extension="102")
    came = server.stream(first.position, extension="101,102").events
    assert types(came).count("resumed") == 2
    for place, one in enumerate(came):
        later = [other["eventid"] for other in came[place + 1 :] if other["eventtype"] != "resumed"]
        assert all(number > one["eventid"] for number in later)
