"""The blocking client: the same in a thread, for programs without an event loop."""

import threading
from collections.abc import Iterator

import pytest

from ivrsvr.client import BlockingClient, Disconnected, RequestFailed
from tests.pages.rig import PageServer


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer() as running:
        yield running


def test_requests_events_and_the_end(server: PageServer) -> None:
    with BlockingClient(server.url) as client:
        with client.monitor("101") as monitor:
            call = server.call_in("101")
            assert int(client.answer("101")["callid"]) == call["callid"]
            kinds = []
            for event in monitor:
                kinds.append(event["eventtype"])
                if kinds[-1] == "connect":
                    break
            assert kinds == ["offer", "connect"]
            with pytest.raises(TimeoutError):
                monitor.get(timeout=0)
            assert monitor.position == (event["eventid"], event["epoch"])
        assert list(monitor) == []
        assert [event["eventtype"] for event in client.history("101")][:2] == ["offer", "connect"]
        with pytest.raises(RequestFailed, match="NO_HELD_CALL"):
            client.retrieve("101")
    with pytest.raises(Disconnected, match="use `with`"):
        client.snapshot("101")


def test_closing_ends_the_iteration_of_another_thread(server: PageServer) -> None:
    with BlockingClient(server.url) as client:
        monitor = client.monitor("101")
        ended: list[str] = []
        reader = threading.Thread(target=lambda: ended.extend(event["eventtype"] for event in monitor))
        reader.start()
        server.call_in("101")
        assert client.snapshot("101")["numcall"] == 1
    reader.join(10)
    assert not reader.is_alive()
    assert ended == ["offer"]
    assert [thread.name for thread in threading.enumerate() if "ivrsvr client" in thread.name] == []


def test_several_threads_at_once(server: PageServer) -> None:
    with BlockingClient(server.url) as client:
        names: dict[str, str] = {}

        def ask(extension: str) -> None:
            names[extension] = client.querydevicename(extension)["name"]

        threads = [threading.Thread(target=ask, args=(str(extension),)) for extension in range(101, 109)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert len(names) == 8
        assert len(set(names.values())) == 8
