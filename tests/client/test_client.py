"""The asyncio client against a real server, over connections that break at any octet."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivrsvr.client import Client, Disconnected, Monitor, Options, RequestFailed, TimedOut
from ivrsvr.client.client import address
from ivrsvr.testing.facade import RunningServer
from ivrsvr.testing.relay import Relay

Result = TypeVar("Result")


async def at_once(_seconds: float) -> None:
    """No time between attempts."""
    await asyncio.sleep(0)


class Rig:
    """A server, a relay that cuts, and a client on it, in one loop."""

    def __init__(self, cuts: list[tuple[int, int]], options: Options | None, **settings_: Any) -> None:
        self.server = RunningServer(**settings_)
        self.cuts = cuts
        self.options = options
        self.open = AsyncExitStack()

    async def start(self) -> None:
        self.relay = await self.open.enter_async_context(Relay(f"ws://127.0.0.1:{self.server.port}/ws", self.cuts))
        client = Client(self.relay.url, options=self.options, pause=at_once)
        self.client = await self.open.enter_async_context(client)

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        async def limited() -> Result:
            async with asyncio.timeout(20):
                return await work

        return self.server.run(limited())

    def read(self, monitor: Monitor) -> list[dict[str, Any]]:
        """All that waits to be read, and what comes of reading it."""
        found = []

        async def one() -> dict[str, Any] | None:
            reading = asyncio.create_task(monitor.get())
            await self.server._settle()
            if reading.done():
                return reading.result()
            reading.cancel()
            return None

        while (event := self.run(one())) is not None:
            found.append(event)
        return found


@contextmanager
def rig(cuts: list[tuple[int, int]] | None = None, options: Options | None = None, **settings_: Any) -> Iterator[Rig]:
    made = Rig(cuts or [], options, **settings_)
    with made.server:
        made.run(made.start())
        try:
            yield made
        finally:
            made.run(made.open.aclose())


def numbers(events: list[dict[str, Any]]) -> list[int]:
    return [event["eventid"] for event in events if event["eventtype"] not in ("resumed", "position")]


# ---- requests


def test_a_request_is_a_method_with_a_typed_answer() -> None:
    with rig() as here:
        answer = here.run(here.client.makecall("101", "102", data="customer 4711"))
        here.run(here.client.hangup("101", callid=answer["callid"]))  # ids as answers give them
        answer = here.run(here.client.makecall("101", "102"))
        assert here.run(here.client.snapshot(extension="101"))["list"][0]["callid"] == int(answer["callid"])
        assert here.run(here.client.request("querydevicename", extension="101"))["name"] == "Peter"


def test_a_refusal_is_an_exception_with_reason_and_code() -> None:
    with rig() as here:
        with pytest.raises(RequestFailed, match="NO_HELD_CALL") as failed:
            here.run(here.client.retrieve("101"))
        assert (failed.value.reason, failed.value.errorcode > 0) == ("NO_HELD_CALL", True)
        assert failed.value.response["result"] == "fail"


def test_monitors_are_not_asked_for_by_hand() -> None:
    with rig() as here, pytest.raises(ValueError, match=r"use monitor\(\)"):
        here.run(here.client.request("startmonitor", extension="101"))


def test_no_answer_in_time_says_which_key_to_ask_again_with() -> None:
    with rig() as here:
        here.run(here.client.snapshot("101"))
        here.client.options = replace(here.client.options, request_s=0.05)
        here.client._pause = Gate()
        here.run(cut(here))
        with pytest.raises(TimedOut, match=r"makecall: no answer within 0.05 s") as late:
            here.run(here.client.makecall("101", "102"))
        assert late.value.idempotencykey


def test_closing_ends_what_waits() -> None:
    with rig() as here:
        monitor = here.run(here.client.monitor("101"))

        async def waiting() -> list[Any]:
            here.relay.cut()
            tasks = [
                asyncio.create_task(monitor.get()),
                asyncio.create_task(here.client.request("snapshot", extension="1")),
            ]
            await asyncio.sleep(0)
            await here.client.close()
            return await asyncio.gather(*tasks, return_exceptions=True)

        ended, failed = here.run(waiting())
        assert ended is None
        assert isinstance(failed, Disconnected)
        with pytest.raises(Disconnected, match="not open"):
            here.run(here.client.snapshot("101"))


# ---- events


def test_events_come_in_order_and_the_monitor_stops() -> None:
    with rig() as here:
        monitor = here.run(here.client.monitor("101"))
        here.server.call_in("101")
        here.server.phone("101", "answer")
        assert [event["eventtype"] for event in here.read(monitor)] == ["offer", "connect"]
        here.run(monitor.stop())
        here.server.phone("101", "hangup")
        assert here.run(monitor.get()) is None


def test_what_is_missed_before_the_first_event_is_told_too() -> None:
    with rig() as here:
        monitor = here.run(here.client.monitor("101"))

        async def away() -> None:
            here.relay.cut()

        here.client._pause = gate = Gate()
        here.run(away())
        here.server.call_in("101")
        here.server.phone("101", "answer")
        gate.opened.set()
        here.server.settle()
        assert [event["eventtype"] for event in here.read(monitor)] == ["offer", "connect", "resumed"]


class Gate:
    """Attempts to connect wait until it is opened."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()

    async def __call__(self, _seconds: float) -> None:
        await self.opened.wait()


def test_another_life_goes_on_where_the_last_one_was() -> None:
    with rig() as here:
        monitor = here.run(here.client.monitor("101"))
        here.server.call_in("101")
        (offer,) = here.read(monitor)
        since, epoch = monitor.position
        assert (since, epoch) == (offer["eventid"], offer["epoch"])
        here.run(here.client.leave())
        here.server.phone("101", "answer")
        here.run(here.client.__aenter__())
        again = here.run(here.client.monitor("101", since=since, epoch=epoch))
        assert [event["eventtype"] for event in here.read(again)] == ["connect", "resumed"]


def test_a_new_journal_is_told_as_a_gap_with_a_snapshot() -> None:
    with rig() as here:
        here.server.call_in("101")
        monitor = here.run(here.client.monitor("101", since=7, epoch="of another journal"))
        gap, snapshot = here.read(monitor)
        assert (gap["eventtype"], snapshot["eventtype"], snapshot["numcall"]) == ("gap", "snapshot", 1)
        assert monitor.position == (snapshot["eventid"], snapshot["epoch"])


def test_a_full_queue_loses_nothing_and_holds_up_nothing() -> None:
    with rig() as here:
        slow = here.run(here.client.monitor("101", queue_most=5))
        other = here.run(here.client.monitor("102"))
        straight = here.server.connect()
        straight.request("startmonitor", extension="101")
        here.server.phone("101", "dial", number="102")
        here.server.phone("102", "answer")
        for _ in range(20):
            here.run(here.client.hold("101"))
            here.run(here.client.retrieve("101"))
        assert len(slow) == 5
        assert numbers(here.read(other))
        assert numbers(here.read(slow)) == numbers(straight.events)


def test_events_of_no_device_reach_the_monitors_that_asked_for_them() -> None:
    with rig() as here:
        everything = here.run(here.client.monitor("101", events="all"))
        plain = here.run(here.client.monitor("102"))
        here.server.link("down")
        here.server.link("up")
        here.server.advance(10)
        assert {"linkdown", "linkup"} <= {event["eventtype"] for event in here.read(everything)}
        assert here.read(plain) == []


@pytest.mark.parametrize("eventtypes", ["hold, idle", ["hold", "idle"], ("hold", "idle")])
def test_event_types_as_a_list_or_with_commas_between(eventtypes: str | list[str]) -> None:
    with rig() as here:
        monitor = here.run(here.client.monitor("101", eventtypes=eventtypes))
        here.run(here.client.makecall("101", "102"))
        here.run(here.client.hold("101"))
        assert [event["eventtype"] for event in here.read(monitor)] == ["hold"]
        again = here.run(here.client.monitor("101", eventtypes=""))
        assert here.run(monitor.get()) is None, "another monitor has taken its place"
        here.run(here.client.retrieve("101"))
        assert [event["eventtype"] for event in here.read(again)] == ["retrieve"]


def test_a_monitor_refused_for_a_while_comes_back() -> None:
    with rig(options=Options(first_s=0.001)) as here:
        monitor = here.run(here.client.monitor("101"))
        here.server.link("down")
        here.run(cut(here))
        here.server.link("up")
        here.server.advance(30)
        here.server.call_in("101")

        async def offered() -> None:
            async for event in monitor:
                if event["eventtype"] == "offer":
                    return

        here.run(offered())


async def cut(here: Rig) -> None:
    here.relay.cut()


def test_history_page_by_page() -> None:
    with rig() as here:
        monitor = here.run(here.client.monitor("101"))
        here.server.call_in("101")
        here.server.phone("101", "answer")
        here.server.phone("101", "hangup")

        async def past() -> list[dict[str, Any]]:
            return [event async for event in here.client.history("101", limit=1)]

        assert here.run(past()) == here.read(monitor)


# ---- whatever is cut


CUTS = st.lists(st.tuples(st.integers(0, 2500), st.integers(0, 4000)), max_size=12)
DEEDS = st.lists(st.sampled_from(["call", "answer", "hold", "retrieve", "hangup", "cut", "read"]), max_size=25)


def do(here: Rig, deed: str) -> None:
    """Something happens; what a telephone cannot do just now is refused, and nothing comes of it."""
    if deed == "cut":
        here.run(cut(here))
    elif deed == "call":
        here.server.call_in("101")
    elif deed in ("hold", "retrieve"):
        here.server.post(deed, extension="101")
    else:
        here.server.http("POST", f"/sim/phones/101/{deed}")


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(cuts=CUTS, deeds=DEEDS, most=st.integers(1, 6))
def test_nothing_is_lost_doubled_or_out_of_order(cuts: list[tuple[int, int]], deeds: list[str], most: int) -> None:
    with rig(cuts) as here:
        straight = here.server.connect()
        straight.request("startmonitor", extension="101", events="all")
        monitor = here.run(here.client.monitor("101", events="all", queue_most=most))
        other = here.run(here.client.monitor("102"))
        before = len(straight.events)
        came: list[dict[str, Any]] = []
        for deed in deeds:
            if deed == "read":
                came += here.read(monitor)
            else:
                do(here, deed)
        came += here.read(monitor)
        kinds = {event["eventtype"] for event in came}
        assert "gap" not in kinds
        assert numbers(came) == numbers(straight.events[before:])
        assert [event for event in came if event["eventtype"] != "resumed"] == straight.events[before:]
        assert numbers(here.read(other)) == []


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(cuts=CUTS)
def test_a_request_that_is_repeated_dials_once(cuts: list[tuple[int, int]]) -> None:
    with rig(cuts) as here:
        straight = here.server.connect()
        straight.request("startmonitor", extension="102")
        made = [here.run(here.client.makecall(extension, "102")) for extension in ("101", "103", "104")]
        offered = [event["callid"] for event in straight.events if event["eventtype"] == "offer"]
        assert [int(one["callid"]) for one in made] == offered


# ---- addresses


@pytest.mark.parametrize(
    ("given_", "url"),
    [
        ("ws://10.0.0.1:8080/ws", "ws://10.0.0.1:8080/ws"),
        ("http://10.0.0.1:8080", "ws://10.0.0.1:8080/ws"),
        ("https://cti.example/", "wss://cti.example/ws"),
        ("wss://cti.example/cti/ws", "wss://cti.example/cti/ws"),
    ],
)
def test_an_address_of_a_server(given_: str, url: str) -> None:
    assert address(given_) == url


@pytest.mark.parametrize("given_", ["", "101", "10.0.0.1:8080", "ftp://10.0.0.1/", "ws://", "ws://a/ws#b"])
def test_what_is_no_address_says_what_one_looks_like(given_: str) -> None:
    with pytest.raises(ValueError, match="give ws://"):
        Client(given_)
