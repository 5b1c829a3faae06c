"""What a client package tells the server when it goes: whether for good, or to come back."""

from collections.abc import Iterator

import pytest

from ivrsvr.testing.answers import Message
from ivrsvr.testing.clients import Connection
from ivrsvr.testing.facade import Opening
from ivrsvr.testing.plugin import CLIENTS
from tests.interfaces.conftest import Server

pytestmark = pytest.mark.parametrize("ivrsvr_client", CLIENTS[1:], indirect=True)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def application(server: Server, ivrsvr_client: Opening) -> Connection:
    """An application that monitors 101."""
    opened = server.run(ivrsvr_client("ws://{}:{}/ws".format(*server.app.http), server._settling))
    asked(server, opened, "startmonitor", extension="101")
    assert owners(server) == ["101"]
    return opened


def asked(server: Server, application: Connection, request: str, **keys: str) -> Message:
    answers: list[Message] = []
    server.run(application.ask({"request": request, **keys}, answers.append))
    assert answers[0]["result"] == "success"
    return answers[0]


def owners(server: Server) -> list[str]:
    return [monitor.device for monitor in server.app.service.monitors]


def test_closing_ends_the_monitors_at_once(server: Server, application: Connection) -> None:
    server.run(application.close())
    assert owners(server) == []
    assert not server.app.hub.connections


def test_a_monitor_that_is_stopped_ends_at_once_and_the_connection_stays(
    server: Server, application: Connection
) -> None:
    asked(server, application, "stopmonitor", extension="101")
    assert owners(server) == []
    assert len(server.app.hub.connections) == 1
    server.run(application.close())


def test_monitors_stay_for_a_program_that_leaves_to_come_back(server: Server, application: Connection) -> None:
    asked(server, application, "makecall", extension="101", destination="102")
    before = server.app.service.monitors.get("101")
    server.run(application.come_back("101", "of another life", lambda _answer: None))
    assert server.app.service.monitors.get("101") is before
    assert [event["eventtype"] for event in application.events] == ["alert", "gap", "snapshot"]
    assert server.http("POST", "/api/clearcall", json={"extension": "101"}).status == 200
    server.run(application.close())
    server.advance(61)


def test_monitors_stay_for_a_client_whose_line_is_cut_and_go_on_when_it_is_back(
    server: Server, application: Connection
) -> None:
    asked(server, application, "makecall", extension="101", destination="102")
    server.run(application.cut())
    assert owners(server) == ["101"]
    asked_by_hand = server.http("POST", "/api/clearcall", json={"extension": "101"})
    assert asked_by_hand.status == 200
    server.advance(59)
    answers: list[Message] = []
    server.run(application.come_back("101", application.events[-1]["epoch"], answers.append))
    assert [event["eventtype"] for event in application.events][-2:] == ["idle", "resumed"]
    server.run(application.close())
    server.settle()
    assert owners(server) == ["101"]  # for the one that was cut off, until its time is over
    server.advance(61)
    assert owners(server) == []
