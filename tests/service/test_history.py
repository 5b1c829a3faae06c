"""What was: events of the past, and the life of a call across transfers, as the simulator's monitors tell it."""

from typing import Any

import pytest

from ivrsvr.registry import Caller
from ivrsvr.service.errors import Own
from ivrsvr.testing.facade import RunningServer
from tests.service.fake import code, house, on_loop, settled
from tests.service.test_monitors import held


@pytest.fixture(scope="module")
def told() -> Any:
    """101 calls 102 and transfers the call to 103; monitors are at all three."""
    with RunningServer() as server:
        client = server.connect()
        for extension in ("101", "102", "103"):
            client.request("startmonitor", extension=extension)
        server.post("makecall", extension="101", destination="102")
        server.post("answer", extension="102")
        first = client.events[-1]["ucid"]
        second = server.post("consultation", extension="101", destination="103").body["ucid"]
        server.post("answer", extension="103")
        server.post("transfer", extension="101")
        server.post("hangup", extension="102")
        yield server, client, first, second


def test_the_life_of_a_call_is_found_by_any_of_its_ucids(told: Any) -> None:
    server, _, first, second = told
    assert first != second
    bodies = [server.http("GET", f"/api/calls/{ucid}").body for ucid in (first, second)]
    assert bodies[0]["list"] == bodies[1]["list"]
    assert {first, second} <= set(bodies[0]["ucids"])
    types = [one["eventtype"] for one in bodies[0]["list"]]
    assert types[0] == "alert"
    assert [types.count(one) for one in ("connect", "transfer")] == [2, 1]
    assert types[-1] == "disconnect"
    transfer = next(one for one in bodies[0]["list"] if one["eventtype"] == "transfer")
    assert sorted(transfer["seenat"]) == ["101", "102", "103"]


def test_the_ladder_can_be_read_by_people(told: Any) -> None:
    server, _, first, _ = told
    lines = server.http("GET", f"/api/calls/{first}", params={"form": "text"}).body["text"].splitlines()
    assert any("102" in line and "answers" in line for line in lines)
    assert lines[0].startswith("101 calls 102, ")
    assert first in lines[1]
    assert sum("calls 102" in line for line in lines[2:]) == 1, "that 102 rings is told once, whoever saw it"
    assert any("transfers to" in line and "102" in line and "103" in line for line in lines)
    assert not any("?" in line for line in lines)


def test_a_ladder_calls_an_outside_party_by_its_number() -> None:
    """A call that comes by a VDN, is consulted about, and transferred: its caller gets another name from the switch."""
    with RunningServer() as server:
        client = server.connect()
        for extension in ("700", "111", "102"):
            client.request("startmonitor", extension=extension, events="all")
        server.post("login", extension="111", agentid="12345", passwd="67890")
        server.post("setstate", extension="111", state="auto")
        server.call_in("700")
        server.advance(8)
        server.post("answer", extension="111")
        server.advance(60)
        server.post("consultation", extension="111", destination="102")
        server.post("answer", extension="102")
        server.post("transfer", extension="111")
        server.post("hangup", extension="102")
        ucid = client.events[0]["ucid"]
        lines = server.http("GET", f"/api/calls/{ucid}", params={"form": "text"}).body["text"].splitlines()
    said = [line.split()[2] for line in lines[3:]]
    assert said[:4] == ["offer", "offer", "connect", "hold"]
    assert "60123456 calls 700, " in lines[0]
    assert any("111 transfers to 102: 102 and 60123456 on the call  (seen at " in line for line in lines)
    assert any("+1:0" in line for line in lines)
    assert not any("T2#" in line for line in lines)


def test_history_is_what_was_sent_page_by_page(told: Any) -> None:
    server, client, _, _ = told
    every = [one for one in client.events if one.get("monitored") == "102" and "eventid" in one]
    found = server.http("GET", "/api/events/history", params={"extension": "102"}).body
    assert (found["list"], found["more"], found["epoch"]) == (every, False, every[0]["epoch"])
    page = server.http("GET", "/api/events/history", params={"extension": "102", "limit": 2}).body
    assert (page["numevent"], page["more"], page["list"]) == (2, True, every[:2])
    rest = server.http(
        "GET", "/api/events/history", params={"extension": "102", "after": page["list"][-1]["eventid"]}
    ).body
    assert rest["list"] == every[2:]
    chosen = server.http("GET", "/api/events/history", params={"eventtypes": "transfer,idle"}).body["list"]
    assert {one["eventtype"] for one in chosen} == {"transfer", "idle"}
    client.events.clear()
    assert client.request("eventhistory", extension="102", limit=2)["numevent"] == 2


@on_loop
async def test_until_is_to_the_end_of_the_second_that_events_show() -> None:
    async with house() as it:
        await it.client("101")
        for _ in range(3):
            it.clock.advance(0.6)
            it.switch.report("101", held())
            await settled()
        every = (await it.ask("eventhistory", None))["list"]
        for time in {one["time"] for one in every}:
            found = (await it.ask("eventhistory", None, since=time, until=time))["list"]
            assert found == [one for one in every if one["time"] == time] != []


def test_history_of_several_devices_is_one_list(told: Any) -> None:
    server, _, _, _ = told
    both = server.http("GET", "/api/events/history", params={"extension": "102, 103"}).body["list"]
    assert {one["monitored"] for one in both} == {"102", "103"}
    numbers = [one["eventid"] for one in both]
    assert numbers == sorted(numbers)
    reply = server.http("GET", "/api/events/history", params={"extension": ",".join(map(str, range(201)))})
    assert (reply.status, "at most 200" in reply.body["error"]) == (400, True), reply.body


@on_loop
async def test_who_may_see_some_devices_only_gets_them_page_by_page() -> None:
    """What others had between is no page of his: an empty one, with more to come, would leave him nowhere to go on."""
    async with house() as it:
        await it.client("101", "102")
        for device in ("102", "101", "102", "102", "102", "101", "102"):
            it.switch.report(device, held(device))
        await settled()
        mine, after = [], 0
        for _ in range(3):
            caller = Caller("test", user="crm", extensions=("101",))
            page = await it.ask("eventhistory", None, after=after, limit=1, caller=caller)
            mine += page["list"]
            assert page["numevent"] == len(page["list"]) == 1
            after = page["list"][-1]["eventid"]
            if not page["more"]:
                break
        assert [one["monitored"] for one in mine] == ["101", "101"]
        assert not page["more"]


@pytest.mark.parametrize(
    ("may", "asked", "refused"),
    [
        (("101", "102"), "101,102", False),
        (("1??",), "101, 102", False),
        (("1*",), "101,202", True),
        (("101",), "101,102", True),
        (("101",), "102", True),
        (("101",), ",", True),
    ],
)
@on_loop
async def test_who_may_see_some_devices_only_may_ask_for_several_of_them_at_once(
    may: tuple[str, ...], asked: str, refused: bool
) -> None:
    async with house() as it:
        answer = await it.ask("eventhistory", asked, caller=Caller("test", user="crm", extensions=may))
        assert (answer["result"] != "success") is refused
        assert not refused or code(answer) == Own.NOT_AUTHORIZED


@pytest.mark.parametrize(
    ("path", "query", "status", "error"),
    [
        ("/api/calls/00009999999999999999", {}, 404, "CALL_NOT_RECORDED"),
        (
            "/api/events/history",
            {"eventtypes": "nothing"},
            400,
            "eventhistory: there is no event type",
        ),
        ("/api/events/history", {"since": "200", "until": "100"}, 400, "VALUE_OUT_OF_RANGE: eventhistory: since"),
        (
            "/api/events",
            {"extension": "101", "events": "al"},
            400,
            'VALUE_OUT_OF_RANGE: startmonitor: the key "events"',
        ),
        ("/api/events", {"extension": "101", "eventtypes": "nothing"}, 400, "there is no event type"),
        ("/api/events/history", {"since": "yesterday"}, 400, ""),
        ("/api/events/history", {"limit": "1000000"}, 400, ""),
        ("/api/calls/" + "9" * 300, {}, 400, ""),
    ],
)
def test_what_is_wrong_is_told(told: Any, path: str, query: dict[str, str], status: int, error: str) -> None:
    reply = told[0].http("GET", path, params=query)
    assert reply.status == status
    assert error in reply.body["error"]
