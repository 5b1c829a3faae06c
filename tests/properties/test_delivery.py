"""Whatever is lost, whenever: folding what a client was sent ends in the calls that its device has on the switch."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivrsvr.testing.facade import Client, RunningServer, Stream

EXTENSIONS = ("101", "102", "103")

STEPS = st.one_of(
    st.tuples(st.just("dial"), st.sampled_from(EXTENSIONS), st.sampled_from(EXTENSIONS)),
    st.tuples(st.sampled_from(["answer", "hangup"]), st.sampled_from(EXTENSIONS)),
    st.tuples(st.sampled_from(["hold", "retrieve"]), st.sampled_from(EXTENSIONS)),
    st.tuples(st.sampled_from(["link down", "link up", "leave ws", "return ws", "leave sse", "return sse"])),
)


def folded(events: list[dict[str, Any]], device: str) -> dict[int, str]:
    """The calls of a device as a client knows them: call id -> own state."""
    calls: dict[int, str] = {}
    for event in events:
        kind, callid = event["eventtype"], event.get("callid", 0)
        if kind == "snapshot":
            calls = {call["callid"]: call["state"] for call in event["list"]}
        elif kind == "offer":
            calls[callid] = "alert"
        elif kind == "alert":
            calls.setdefault(callid, "connect")
        elif kind == "connect":
            if event["answering"].partition("#")[0] == device or calls.get(callid) is None:
                calls[callid] = "connect"
        elif kind == "fail":
            calls[callid] = "fail"
        elif kind == "hold" and event["holding"] == device:
            calls[callid] = "hold"
        elif kind == "retrieve" and event["retrieving"] == device:
            calls[callid] = "connect"
        elif kind == "disconnect" and event["releasing"].partition("#")[0] == device:
            calls.pop(callid, None)
        elif kind == "idle":
            calls.clear()
    return calls


class Reader:
    """A client on one door, that comes back with its position."""

    def __init__(self, server: RunningServer, door: str) -> None:
        self._server = server
        self._door = door
        self._came: list[dict[str, Any]] = []
        self._connection: Client | Stream | None = None
        self._position = ""
        self.enter()

    @property
    def events(self) -> list[dict[str, Any]]:
        return self._came + (self._connection.events if self._connection is not None else [])

    def enter(self) -> None:
        if self._connection is not None:
            return
        if self._door == "sse":
            self._connection = self._server.stream(self._position, extension="101", events="all")
            if self._connection.connection.status != 200:
                self._connection = None
            return
        client = self._server.connect()
        numbered = [event for event in self._came if "eventid" in event]
        since = {"since": numbered[-1]["eventid"], "epoch": numbered[-1]["epoch"]} if numbered else {}
        answer = client.request("startmonitor", extension="101", position=True, **since)
        self._connection = client if answer["result"] == "success" else None

    def leave(self) -> None:
        if self._connection is not None:
            self._came += self._connection.events
            if isinstance(self._connection, Stream):
                self._position = self._connection.position
            self._connection.close()
            self._connection = None


def do(server: RunningServer, readers: dict[str, Reader], step: tuple[str, ...]) -> None:
    what, *words = step
    if what.startswith("link"):
        server.http("POST", f"/sim/link/{words[0] if words else what.split()[1]}")
    elif what == "dial":
        if words[0] != words[1]:
            server.http("POST", f"/sim/phones/{words[0]}/dial", json={"number": words[1]})
    elif what in ("answer", "hangup"):
        server.http("POST", f"/sim/phones/{words[0]}/{what}")
    elif what in ("hold", "retrieve"):
        server.post(what, extension=words[0])
    elif what.startswith("leave"):
        readers[what.split()[1]].leave()
    else:
        readers[what.split()[1]].enter()


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, max_size=25))
def test_the_stream_of_every_client_ends_in_what_the_switch_has(steps: list[tuple[str, ...]]) -> None:
    with RunningServer() as server:
        readers = {door: Reader(server, door) for door in ("ws", "sse")}
        for step in steps:
            do(server, readers, step)
            server.advance(1)
        server.http("POST", "/sim/link/up")
        server.advance(30)
        for reader in readers.values():
            reader.enter()
        server.advance(1)
        found = server.post("snapshot", extension="101").body
        real = {call["callid"]: call["state"] for call in found["list"] if call["state"] not in ("null", "initiate")}
        for door, reader in readers.items():
            told = {call: state for call, state in folded(reader.events, "101").items() if state != "initiate"}
            assert told == real, (door, [event["eventtype"] for event in reader.events])
