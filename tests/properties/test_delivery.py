"""Whatever is lost, whenever: folding what a client was sent ends in the switch's real state, on every interface.

Anything happens in the office (see `office`), the link to the switch is lost and comes back, and three clients are cut
off and come back: one on WebSocket, one with Server-Sent Events, and the target of a webhook. DELIVERY_EXAMPLES tries
more than the few examples that a run of all tests has time for: `make nightly`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ivrsvr.backends.simulator.world import DEFAULT_WORLD
from ivrsvr.csta.enums import LocalConnectionState as State
from ivrsvr.testing.facade import Client, RunningServer, Stream, read_world
from ivrsvr.testing.receiver import ANSWERS, TAKEN, Receiver
from tests.properties.office import OPERATIONS, WORLD, Office, Operation
from tests.properties.told import Event, Told

STATIONS = ("101", "102", "103")
SKILL, VDN = "201", "700"
DEVICES = (*STATIONS, SKILL, VDN)
EXAMPLES = int(os.environ.get("DELIVERY_EXAMPLES", "4"))

HAPPENINGS = tuple(sorted(set(OPERATIONS) - {"service"}))
LOSSES = ("link", "ws", "sse", "webhook")
"""What is lost, and with the next step of the same name is back."""

STORY = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(HAPPENINGS), st.integers(0, 6), st.integers(0, 5), st.integers(0, 11)),
        st.tuples(st.sampled_from(("caller", "agent", "agent", "dial", "answer", "conference")),
                  st.integers(0, 6), st.integers(0, 5), st.integers(0, 11)),
        st.tuples(st.sampled_from(LOSSES), st.just(0), st.just(0), st.just(0)),
    ),
    max_size=40,
)  # fmt: skip


class OnWebSocket:
    """A client that monitors each device with a position of its own."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._came: list[Event] = []
        self._connection: Client | None = None
        self.turn()

    @property
    def events(self) -> list[Event]:
        return self._came + (self._connection.events if self._connection is not None else [])

    @property
    def away(self) -> bool:
        return self._connection is None

    def turn(self) -> None:
        """Leave, or come back."""
        if self._connection is not None:
            self._came += self._connection.events
            self._connection.cut()
            self._connection = None
            return
        last = {one["monitored"]: one for one in self._came if "monitored" in one}
        client = self._server.connect()
        for device in DEVICES:
            since = {"since": last[device]["eventid"], "epoch": last[device]["epoch"]} if device in last else {}
            fields = {"extension": device, "events": "all", "position": True}
            if client.request("startmonitor", **fields, **since)["result"] != "success":
                client.cut()
                return
        self._connection = client


class OnEventStream:
    """A client with one position for all its devices."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._came: list[Event] = []
        self._stream: Stream | None = None
        self._position = ""
        self.turn()

    @property
    def events(self) -> list[Event]:
        return self._came + (self._stream.events if self._stream is not None else [])

    @property
    def away(self) -> bool:
        return self._stream is None

    def turn(self) -> None:
        if self._stream is not None:
            self._came += self._stream.events
            self._position = self._stream.position
            self._stream.close()
            self._stream = None
            return
        stream = self._server.stream(self._position, extension=",".join(DEVICES), events="all")
        if stream.connection.status == 200:
            self._stream = stream


class AsTarget:
    """A webhook's target that refuses everything while it is away."""

    def __init__(self, server: RunningServer) -> None:
        self._receiver: Receiver = server.receiver()
        done, said = server.console(f'add webhook crm {self._receiver.url} {",".join(DEVICES)} "" all')
        assert done, said

    @property
    def events(self) -> list[Event]:
        return sorted(self._receiver.taken, key=lambda event: int(event["eventid"]))

    @property
    def away(self) -> bool:
        return self._receiver.usual != TAKEN

    def turn(self) -> None:
        self._receiver.usual = TAKEN if self.away else ANSWERS["refuses"]


class Reader(Protocol):
    """One of the three: what it was told, whether it is away, and how it leaves or comes back."""

    @property
    def events(self) -> list[Event]: ...

    @property
    def away(self) -> bool: ...

    def turn(self) -> None: ...


class Stage:
    """A server with the office on its switch, and the three clients."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.office = Office(clock=server.clock, on=server.simulator.switch)
        self.clients: dict[str, Reader] = {
            "ws": OnWebSocket(server),
            "sse": OnEventStream(server),
            "webhook": AsTarget(server),
        }
        self._down = False
        self._twice_ever: set[str] = set()
        self._twice: set[int] = set()
        """Calls that a station was on more than once: which of its connections an event is about, its client need not
        know."""

    def do(self, operation: Operation) -> None:
        """One step of a story; everything that it sets going has settled then, and a second is over."""
        name = operation[0]
        if name == "link":
            self._down = not self._down
            self.server.link("down" if self._down else "up")
        elif name == "advance":
            self.server.advance((1, 5, 6, 12, 18, 30, 61)[operation[1] % 7])
        elif name in self.clients:
            self.clients[name].turn()
        else:
            self.server.run(self._happen(operation))
        self.server.advance(1)
        for call in self.office.switch.core.calls.values():
            if call.ucid in self._twice_ever or any(call.times_on_call(one.device) > 1 for one in call.parties):
                self._twice.add(call.callID)
                self._twice_ever.add(call.ucid)

    async def _happen(self, operation: Operation) -> None:
        self.office.do(operation)

    def mend(self) -> None:
        """The link comes back, and whoever is away."""
        if self._down:
            self.do(("link", 0, 0, 0))
        self.server.advance(30)
        for name, client in self.clients.items():
            if client.away:
                self.do((name, 0, 0, 0))
        while self.server.admin("disp webhook").body["list"][0]["waiting"]:
            self.server.advance(60)  # the pauses between attempts at a delivery grow

    def end(self) -> None:
        """Everybody hangs up, and the agents go home."""
        for _ in range(3):
            for who in range(6):
                self.do(("hangup", who, 0, 0))
            for who in range(6):
                self.do(("retrieve", who, 0, 0))
        for _ in range(8):
            self.do(("party hangs up", 0, 0, 0))
        for who in range(2):
            self.do(("agent", who, 1, 0))
        self.server.advance(60)

    def check(self) -> None:
        """What each client was told against the switch."""
        state = self.server.http("GET", "/sim/state").body["state"]
        for name, client in self.clients.items():
            told = Told((VDN,))
            for event in client.events:
                told.take(event)
            for station in STATIONS:
                known = told.calls[station]
                real = self._real(station, known)
                assert {call: own for call, own in known.items() if call not in self._twice} == real, (
                    f"{name}: calls of {station}: told {known}, real {real}"
                )
            logged_in = {one["extension"]: one["agentid"] for one in state["agents"] if one["extension"]}
            assert told.agents[SKILL] == logged_in, f"{name}: told {told.agents[SKILL]}, real {logged_in}"
            ghosts = told.passed[VDN] - {call["callid"] for call in state["calls"]}
            assert not ghosts, f"{name}: calls {ghosts} of {VDN} are over"

    def _real(self, station: str, known: dict[int, str]) -> dict[int, str]:
        """The calls that a station has, but for those that no event has told of yet: they have reached nobody."""
        found = self.server.post("snapshot", extension=station).body
        states = {call["callid"]: "connect" if call["state"] == "fail" else call["state"] for call in found["list"]}
        return {
            call: own
            for call, own in states.items()
            if own not in ("null", "initiate") and call not in self._twice and (call in known or not self._dials(call))
        }

    def _dials(self, callid: int) -> bool:
        return all(party.state is State.CS_INITIATE for party in self.office.switch.core.calls[callid].parties[1:])


WITH_AES = {**WORLD, "aes": read_world(DEFAULT_WORLD)["aes"]}


@contextmanager
def staged() -> Iterator[Stage]:
    with RunningServer(
        {**WORLD, "aes": read_world(DEFAULT_WORLD)["aes"]}, console=("127.0.0.1:0",), webhook_targets="any"
    ) as server:
        yield Stage(server)


AGENTS = [("agent", 0, 0, 0), ("link", 0, 0, 0), ("agent", 0, 1, 0), ("agent", 1, 0, 1), ("agent", 1, 2, 0)]
"""One agent goes and another comes while nobody tells."""

QUEUED = [("caller", 0, 0, 6), ("caller", 1, 0, 6), ("link", 0, 0, 0), ("party hangs up", 0, 0, 0)]
"""Two callers wait; one of them gives up while nobody tells, the other one later."""


def test_what_nobody_told_is_marked() -> None:
    with staged() as stage:
        for story in (AGENTS, QUEUED):
            for operation in story:
                stage.do(operation)
            stage.mend()
        for client in stage.clients.values():
            marked = [
                [event["eventtype"], event.get("agentid", ""), event.get("callid", 0)]
                for event in client.events
                if event.get("synthetic") and event["monitored"] in (SKILL, VDN)
            ]
            assert marked[:2] == [["agentlogout", "12345", 0], ["agentlogin", "12346", 0]]
            assert ["callcleared", "", 1] in marked


JOINED = [
    ("MakeCall", 1, 4, 7), ("caller", 3, 4, 7), ("answer", 0, 5, 7), ("ConsultationCall", 0, 1, 6),
    ("AlternateCall", 0, 1, 9), ("link", 4, 2, 8), ("link", 5, 3, 9), ("conference", 6, 2, 2),
]  # fmt: skip
"""A call that came by the VDN before the link was lost becomes part of another one afterwards."""


@example(story=JOINED)
@example(story=AGENTS)
@example(story=QUEUED)
@example(story=[("sse", 0, 0, 0), ("ws", 0, 0, 0), ("advance", 6, 0, 0), *AGENTS, ("link", 0, 0, 0), *QUEUED])
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=STORY)
def test_the_stream_of_every_client_ends_in_what_the_switch_has(story: list[Operation]) -> None:
    with staged() as stage:
        for operation in story:
            stage.do(operation)
        stage.mend()
        stage.check()
        stage.end()
        stage.check()
