"""A server is stopped on purpose: at once under load, or when its calls have ended."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.commands import LIMIT_S
from tests.drills.rig import Message, Server, Switch, ask, client, eventually, get, kinds, servers, switch
from tests.drills.test_several_servers import console

DRAINING = 2112


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    with switch(tmp_path_factory.mktemp("switch")) as found:
        yield found


@pytest.fixture
def running(behind: Switch, tmp_path: Path) -> Iterator[Server]:
    with servers(tmp_path, 1, *behind.tlinks) as (found,):
        yield found
    behind.reset()


def test_draining_ends_with_the_calls_of_its_moment(behind: Switch, running: Server) -> None:
    with client(running.ws) as found:
        found.monitor("101", "103")
        behind.call("101")
        found.until("offer")
        assert found.ask("answer", extension="101")["result"] == "success"
        found.until("connect")
        assert "stops when the calls of monitored devices have ended (1)" in console(running, "shutdown drain")
        assert kinds(found.until("draining")) == ["draining"]
        assert running.ready()[0] == 503
        assert found.ask("makecall", extension="102", destination="104")["errorcode"] == DRAINING
        assert found.ask("startmonitor", extension="102")["errorcode"] == DRAINING
        assert ask(running.url, "makecall", extension="102", destination="104")[0] == 503
        behind.call("103")  # of a later moment: it keeps nobody from stopping, and is told still
        found.until("offer")
        made = found.ask("consultation", extension="101", destination="104")
        assert made["result"] == "success"
        behind.hand("104", "answer")
        found.until("connect")
        assert found.ask("transfer", extension="101")["result"] == "success"
        found.until("idle", extension="101")
        assert found.ask("querydevicename", extension="101")["result"] == "success"
        behind.reset()
        with pytest.raises(ConnectionClosed) as closed:
            found.until("a type that there is not")
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1001, "the server stops")
    assert running.process.wait(LIMIT_S) == 0


def test_sigterm_under_load_loses_nothing_that_was_confirmed(behind: Switch, running: Server) -> None:
    """Each call is answered with its id before the stop, or was not confirmed; WebSocket and REST alike."""
    confirmed: list[str] = []
    begun = get(f"{behind.control}/sim/trace?most=1")[1]["last"]

    def call(answer: Message) -> None:
        if answer.get("result") == "success":
            confirmed.append(answer["ucid"])

    def by_rest() -> None:
        try:
            while True:
                call(ask(running.url, "makecall", extension="101", destination="102")[1])
                ask(running.url, "clearcall", extension="101")
        except OSError:
            return

    def by_websocket() -> None:
        try:
            with client(running.ws) as found:
                while True:
                    call(found.ask("makecall", extension="103", destination="104"))
                    found.ask("clearcall", extension="103")
        except (OSError, ConnectionClosed):
            return

    with ExitStack() as stack:
        for work in (by_rest, by_websocket):
            thread = threading.Thread(target=work)
            thread.start()
            stack.callback(thread.join)
        eventually(lambda: len(confirmed) > 20, "calls are made")
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(LIMIT_S) == 0
    trace = get(f"{behind.control}/sim/trace?since={begun}&most=1000")[1]["trace"]
    made = [one["text"] for one in trace if one["pdu"] == "MakeCallConf"]
    assert all(ucid in " ".join(made) for ucid in confirmed)
    assert len(made) - len(confirmed) in (0, 1)  # at most one answer by REST was on its way to a closed connection
