"""The façade: a running server, its clients, its people and its time."""

import json

import pytest

from ivrsvr.testing.answers import NoAnswer
from ivrsvr.testing.facade import RunningServer


def test_a_request_that_waits_for_a_person_has_no_answer_yet() -> None:
    with RunningServer() as server:
        client = server.connect()
        pending = client.ask("makecall", extension="110", destination="102")
        assert not pending.answered
        with pytest.raises(NoAnswer, match="makecall"):
            _ = pending.answer
        server.phone("110", "lift")
        assert pending.answer["result"] == "success"


def test_a_request_over_rest_that_waits_is_an_error_of_the_test() -> None:
    with RunningServer() as server, pytest.raises(NoAnswer, match="POST /api/makecall"):
        server.post("makecall", extension="110", destination="102")


def test_time_passes_only_when_told() -> None:
    with RunningServer(patch={"clock": {"start": "2020-01-01T00:00:00Z"}}) as server:
        began = server.clock.now()
        server.connect().request("querytimeofday")
        assert server.clock.now() == began
        server.advance(2.5)
        assert server.clock.now() == began + 2.5


def test_time_passes_until_the_switch_is_idle() -> None:
    with RunningServer() as server:
        began = server.clock.now()
        server.phone("101", "dial", number="333")
        server.run_until_idle()
        assert server.http("GET", "/sim/state").body["state"]["calls"] == []
        assert server.clock.now() == began + 30


def test_a_patch_changes_the_world_and_a_world_replaces_it() -> None:
    with RunningServer(patch={"stations": {"101": {"name": "Somebody"}}}) as server:
        assert server.post("querydevicename", extension="101").body["name"] == "Somebody"
    stations = {**server.world_data["stations"], "151": {"name": "One more"}}
    with RunningServer({**server.world_data, "stations": stations}) as server:
        assert server.post("querydevicename", extension="151").body["name"] == "One more"
        assert server.post("querydevicename", extension="152").status == 404


def test_messages_can_be_sent_as_they_stand() -> None:
    with RunningServer() as server:
        client = server.connect()
        client.send('{id: "7", request: "querytimeofday"}')
        assert json.loads(client.texts[-1])["id"] == "7"


def test_a_control_that_is_refused_says_so() -> None:
    with RunningServer() as server, pytest.raises(AssertionError, match="101"):
        server.phone("101", "answer")


def test_two_servers_do_not_know_each_other() -> None:
    with RunningServer() as one, RunningServer() as other:
        client = other.connect()
        client.request("startmonitor", extension="102")
        one.phone("101", "dial", number="102")
        assert client.events == []
        assert one.post("snapshot", extension="102").body["numcall"] == 1
        assert other.post("snapshot", extension="102").body["numcall"] == 0
