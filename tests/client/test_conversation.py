"""What a client makes of what it hears, where a real server is seldom cut off at just that moment."""

import json
from typing import Any

from ivrsvr.client.conversation import Answered, Conversation, Started
from ivrsvr.client.track import Track


def event(kind: str, number: int, device: str | None = "101") -> str:
    about = {"monitored": device} if device else {}
    return json.dumps({"msgtype": "event", "eventtype": kind, "eventid": number, "epoch": "e", **about})


def success(identity: str) -> str:
    return json.dumps({"msgtype": "response", "id": identity, "result": "success", "error": ""})


def talking(**positions: int) -> tuple[Conversation, dict[str, Track]]:
    """A conversation that has just connected again, with monitors of all events."""
    talk = Conversation("c")
    for name, since in positions.items():
        device = name.removeprefix("d")
        talk.monitors[device] = Track(device, {"events": "all"}, most=100, since=since, epoch="e")
    return talk, talk.monitors


def started(texts: list[str]) -> dict[str, str]:
    """Which id starts which device."""
    said: list[dict[str, Any]] = [json.loads(text) for text in texts]
    return {one["extension"]: one["id"] for one in said if one["request"] == "startmonitor"}


def read(track: Track) -> list[tuple[str, int]]:
    found = []
    while (one := track.next()) is not None:
        found.append((one["eventtype"], one["eventid"]))
    return found


def test_what_follows_one_start_moves_no_other_monitor_on() -> None:
    """Both have missed that the link went down, 102 an event before it as well. Cut off in between, it gets both."""
    talk, tracks = talking(d101=4, d102=4)
    ids = started(talk.opened())
    talk.take(success(ids["101"]))
    talk.take(event("linkdown", 6, None))
    talk.take(event("resumed", 7))
    talk.take(success(ids["102"]))
    talk.lost()
    assert (tracks["101"].since, tracks["102"].since) == (7, 4)
    ids = started(talk.opened())
    talk.take(success(ids["102"]))
    for text in (event("offer", 5, "102"), event("linkdown", 6, None), event("resumed", 7, "102")):
        talk.take(text)
    assert read(tracks["101"]) == [("linkdown", 6), ("resumed", 7)]
    assert read(tracks["102"]) == [("offer", 5), ("linkdown", 6), ("resumed", 7)]


def test_both_live_monitors_are_told_of_the_link_each_by_its_own_wish() -> None:
    talk, tracks = talking(d101=4, d102=4)
    tracks["102"].keys = {}
    for device, identity in started(talk.opened()).items():
        talk.take(success(identity))
        talk.take(event("resumed", 4, device))
    talk.take(event("linkdown", 5, None))
    assert [kind for kind, _ in read(tracks["101"])] == ["resumed", "linkdown"]
    assert [kind for kind, _ in read(tracks["102"])] == ["resumed"]


def test_an_overflow_moves_nothing_on() -> None:
    talk, tracks = talking(d101=4)
    talk.take(success(started(talk.opened())["101"]))
    talk.take(event("resumed", 4))
    talk.take(event("overflow", 90, None))
    assert tracks["101"].since == 4


def test_before_it_has_a_position_a_monitor_begins_afresh() -> None:
    talk = Conversation("c")
    talk.monitors["101"] = track = Track("101", {}, most=10)
    talk.take(success(started(talk.opened())["101"]))
    talk.lost()
    (text,) = talk.opened()
    assert json.loads(text)["position"] is True
    assert talk.take(success(json.loads(text)["id"])) == []
    assert talk.take(event("position", 8)) == [Started(track)]
    assert (track.since, track.position, read(track)) == (8, (8, "e"), [])


def test_a_monitor_that_is_being_stopped_when_the_connection_breaks_is_stopped() -> None:
    """Sent again, the request might stop a monitor of the same device that has begun meanwhile."""
    talk = Conversation("c")
    asked = talk.ask("stopmonitor", {"extension": "101"})
    other = talk.ask("makecall", {"extension": "101", "destination": "102"})
    (done,) = talk.lost()
    assert isinstance(done, Answered)
    assert (done.id, done.response["result"]) == (asked.id, "success")
    assert talk.opened() == [other.text]
    assert json.loads(other.text)["idempotencykey"] == other.key == "c-2"


def test_a_key_comes_first() -> None:
    talk = Conversation("c", key="ivk_1")
    talk.ask("snapshot", {"extension": "101"})
    assert [json.loads(text)["request"] for text in talk.opened()] == ["authenticate", "snapshot"]
