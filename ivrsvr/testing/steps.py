"""The Gherkin steps: few, in the trade's words. Users get them with the pytest plugin.

Each client has a connection of its own for every extension that it monitors, so that the events of an extension are
those of its connection. What a scenario has learnt travels in fixtures: `clients`, `symbols`, `response`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import yaml
from pytest_bdd import given, parsers, then, when

from ivrsvr.testing.answers import Pending, Reply
from ivrsvr.testing.tables import Symbols, Table, check_rows, filled, fits, look_up, pairs_of

if TYPE_CHECKING:
    from ivrsvr.testing.facade import Application, Opening, RunningServer, Stream

Answer: TypeAlias = Pending | Reply
ACTIONS = {
    "answers": "answer",
    "hangs up": "hangup",
    "lifts the handset": "lift",
    "rings": "ring",
    "is busy": "busy",
}
"""What a feature says that somebody does, and what the controls call it."""

TEXTS = ("device", "station", "trunkgroup")
"""Keys of a fault whose values are texts, although they look like numbers."""

WHO = r"(?:a client|the client|client (?P<client>\w+))"
EXTENSIONS = r"(?P<extensions>\d+(?:(?:, | and )\d+)*)"


@dataclass(slots=True)
class Clients:
    """The applications of a scenario, and how far the story has read their events.

    at: clients by name that are not at the first server -> where they are.
    """

    opening: "Opening"
    at: "dict[str, RunningServer]" = field(default_factory=dict)
    monitoring: "dict[tuple[str, str], Application]" = field(default_factory=dict)
    streams: "dict[tuple[str, str], Stream]" = field(default_factory=dict)
    asking: "dict[str, Application]" = field(default_factory=dict)
    read: dict[tuple[str, str], int] = field(default_factory=dict)


@pytest.fixture
def clients(ivrsvr_client: "Opening") -> Clients:
    """The applications of this scenario."""
    return Clients(ivrsvr_client)


@pytest.fixture
def symbols() -> Symbols:
    """Names of tables with the values that they are bound to."""
    return {}


@pytest.fixture
def running() -> "Iterator[list[RunningServer]]":
    """Servers that this scenario has started; they are stopped at its end."""
    servers: list[RunningServer] = []
    yield servers
    for server in reversed(servers):  # one beside another is the later one
        server.close()


# ---- the world


@given("the default world", target_fixture="server")
def the_default_world(running: "list[RunningServer]", new_server: Any) -> "RunningServer":
    running.append(new_server().start())
    return running[-1]


@given("the default world, where", target_fixture="server")
def the_default_world_where(running: "list[RunningServer]", new_server: Any, docstring: str) -> "RunningServer":
    running.append(new_server(patch=yaml.safe_load(docstring)).start())
    return running[-1]


@given(parsers.re(r"a server whose clients may be (?P<most>\d+) messages behind"), target_fixture="server")
def a_server_with_short_queues(running: "list[RunningServer]", new_server: Any, most: str) -> "RunningServer":
    running.append(new_server(ws_queuelength=int(most), ws_sendtimeout=3600.0).start())
    return running[-1]


# ---- people


@given(parsers.re(r"(?P<extension>\d+) talks to (?P<other>\d+)"))
def talks_to(server: "RunningServer", extension: str, other: str) -> None:
    server.phone(extension, "dial", number=other)
    server.phone(other, "answer")


@when(parsers.re(r"(?P<extension>\d+) is held and retrieved (?P<times>\d+) times"))
def is_held_and_retrieved(server: "RunningServer", clients: Clients, extension: str, times: str) -> None:
    for who, application in clients.monitoring.items():
        clients.read[who] = len(application.events)
    for _ in range(int(times)):
        for request in ("hold", "retrieve"):
            reply = server.post(request, extension=extension)
            assert reply.body["result"] == "success", reply


@when(parsers.re(r"(?P<extension>\d+) calls (?P<number>[0-9*#]+)"))
def calls(server: "RunningServer", extension: str, number: str) -> None:
    server.phone(extension, "dial", number=number)


@given(parsers.re(r"(?P<extension>\d+) (?P<action>answers|hangs up|lifts the handset)"))
@when(parsers.re(r"(?P<extension>\d+) (?P<action>answers|hangs up|lifts the handset)"))
def acts(server: "RunningServer", extension: str, action: str) -> None:
    server.phone(extension, ACTIONS[action])


@when(parsers.re(r"(?P<extension>\d+) presses (?P<digits>[0-9*#]+)"))
def presses(server: "RunningServer", extension: str, digits: str) -> None:
    server.phone(extension, "press", digits=digits)


@given(parsers.re(r"(?P<extension>\d+) parks its call(?: at (?P<place>\d+))?"))
@when(parsers.re(r"(?P<extension>\d+) parks its call(?: at (?P<place>\d+))?"))
def parks(server: "RunningServer", extension: str, place: str | None) -> None:
    server.phone(extension, "park", number=place or "")


@when(parsers.re(r"(?P<extension>\d+) takes the call that is parked at (?P<place>\d+)"))
def takes_a_parked_call(server: "RunningServer", extension: str, place: str) -> None:
    server.phone(extension, "unpark", number=place)


@when(parsers.re(r"(?P<extension>\d+) picks up the call (?:of (?P<other>\d+)|that rings in its group)"))
def picks_up(server: "RunningServer", extension: str, other: str | None) -> None:
    server.phone(extension, "pickup", number=other or "")


WHEN = {"": "always", " when it is busy": "busy", " when it does not answer": "noanswer"}


@given(parsers.re(r"(?P<extension>\d+) forwards its calls to (?P<number>\d+)(?P<when>.*)"))
def forwards(server: "RunningServer", extension: str, number: str, when: str) -> None:
    server.phone(extension, "forward", number=number, when=WHEN[when])


@when(parsers.re(r"(?P<number>\d+) calls (?P<extension>\d+) from outside and behaves like"))
def calls_and_behaves(server: "RunningServer", number: str, extension: str, docstring: str) -> None:
    server.call_in(extension, number, behaviour=yaml.safe_load(docstring))


@when(
    parsers.re(
        r"(?:(?P<number>\d+)|somebody without a number) calls (?P<extension>\d+) from outside"
        r'(?: with the data "(?P<data>[^"]*)")?(?: over trunk group (?P<group>\w+))?(?:, call (?P<name>[A-Z]\d*))?'
    )
)
def calls_from_outside(
    server: "RunningServer",
    symbols: Symbols,
    number: str | None,
    extension: str,
    data: str | None,
    group: str | None,
    name: str | None,
) -> None:
    fields = {"uui": filled(data or "", symbols), "trunkgroup": group}
    call = server.call_in(extension, number, **{key: value for key, value in fields.items() if value})
    if name:
        symbols[name] = str(call["callid"])


@when(
    parsers.re(
        r"the outside party of (?P<name>[A-Z]\d*) (?P<action>rings|answers|is busy|hangs up)"
        r'(?: with the data "(?P<data>[^"]*)")?'
    )
)
def the_outside_party_acts(server: "RunningServer", symbols: Symbols, name: str, action: str, data: str | None) -> None:
    server.party(f"T{symbols[name]}", ACTIONS[action], uui=filled(data or "", symbols))


@when(parsers.re(r"(?P<seconds>\d+(?:\.\d+)?) seconds? pass(?:es)?"))
def seconds_pass(server: "RunningServer", seconds: str) -> None:
    server.advance(float(seconds))


@given("the fault")
@when("the fault")
def there_is_a_fault(server: "RunningServer", datatable: Table, symbols: Symbols) -> None:
    fields = {key: yaml.safe_load(filled(value, symbols)) for key, value in pairs_of(datatable).items()}
    server.fault(str(fields.pop("fault")), **{key: str(one) if key in TEXTS else one for key, one in fields.items()})


@when("the faults are over")
def the_faults_are_over(server: "RunningServer") -> None:
    server.end_faults()


@when(parsers.re(r"the link to the switch (?P<change>goes down|comes back)"))
def the_link_changes(server: "RunningServer", change: str) -> None:
    server.link("down" if change == "goes down" else "up")


@when(parsers.re(r"this is played for (?P<minutes>\d+) minutes?"), target_fixture="performance")
def is_played(server: "RunningServer", minutes: str, docstring: str) -> dict[str, Any]:
    return server.play({"duration": f"{minutes}m", **yaml.safe_load(docstring)}, int(minutes) * 60 + 300)


@then("it was played to its end, and every expectation was met")
def expectations_were_met(performance: dict[str, Any]) -> None:
    assert performance["passed"], performance


# ---- clients


@given(parsers.re(rf"{WHO} monitors {EXTENSIONS}(?P<slowly>, reading slowly)?"))
@when(parsers.re(rf"{WHO} monitors {EXTENSIONS}(?P<slowly>, reading slowly)?"))
def monitors(
    server: "RunningServer", clients: Clients, client: str | None, extensions: str, slowly: str | None
) -> None:
    for extension in re.findall(r"\d+", extensions):
        application = clients.at.get(client or "", server).application(clients.opening, slow=bool(slowly))
        response = application.request("startmonitor", extension=extension)
        assert response["result"] == "success", response
        clients.monitoring[client or "", extension] = application


@when(parsers.re(rf"{WHO} stops monitoring (?P<extension>\d+)"))
def stops_monitoring(clients: Clients, client: str | None, extension: str) -> None:
    response = clients.monitoring[client or "", extension].request("stopmonitor", extension=extension)
    assert response["result"] == "success", response


@given(parsers.re(rf"{WHO} reads the event stream of (?P<extension>\d+)"))
def reads_the_event_stream(server: "RunningServer", clients: Clients, client: str | None, extension: str) -> None:
    clients.streams[client or "", extension] = server.stream(extension=extension)


@when(parsers.re(rf"{WHO} is cut off from (?P<extension>\d+)"))
def is_cut_off(clients: Clients, client: str | None, extension: str) -> None:
    who = (client or "", extension)
    if who in clients.streams:
        clients.streams[who].close()
    else:
        clients.monitoring[who].cut()


@when(parsers.re(rf"{WHO} comes back to (?P<extension>\d+)(?P<strange>, with the position of another server)?"))
def comes_back(
    server: "RunningServer", clients: Clients, client: str | None, extension: str, strange: str | None
) -> None:
    who = (client or "", extension)
    if who in clients.streams:
        clients.read[who] = 0
        position = "another.1" if strange else clients.streams[who].position
        clients.streams[who] = server.stream(position, extension=extension)
        return
    application = clients.monitoring[who]
    clients.read[who] = len(application.events)
    response = application.come_back(extension, "another" if strange else "")
    assert response["result"] == "success", response


@when(parsers.re(rf"{WHO} stops reading the events of (?P<extension>\d+)"))
def stops_reading(clients: Clients, client: str | None, extension: str) -> None:
    clients.monitoring[client or "", extension].stop_reading()


@when(parsers.re(rf"{WHO} reads the events of (?P<extension>\d+) again"))
def reads_again(clients: Clients, client: str | None, extension: str) -> None:
    clients.monitoring[client or "", extension].read_on()


@then(parsers.re(rf"{WHO} was too slow for the events of (?P<extension>\d+) and is disconnected"))
def was_too_slow(clients: Clients, client: str | None, extension: str) -> None:
    assert clients.monitoring[client or "", extension].dismissed, "the server has not disconnected it"


# ---- requests

ASKS = (
    r"(?:(?P<door>over REST|over WebSocket|as a fetched URL), )?(?:the client|client (?P<client>\w+)) requests "
    r'"(?P<request>\w+)"(?: for (?P<extension>\d+))?'
)


@given(parsers.re(ASKS), target_fixture="response")
@when(parsers.re(ASKS), target_fixture="response")
def requests(
    server: "RunningServer", clients: Clients, door: str | None, client: str | None, request: str, extension: str | None
) -> Answer:
    return _ask(server, clients, door, client, request, {"extension": extension} if extension else {})


@given(parsers.re(ASKS + r",? with"), target_fixture="response")
@when(parsers.re(ASKS + r",? with"), target_fixture="response")
def requests_with(
    server: "RunningServer",
    clients: Clients,
    symbols: Symbols,
    door: str | None,
    client: str | None,
    request: str,
    extension: str | None,
    datatable: Table,
) -> Answer:
    fields = {key: filled(cell, symbols) for key, cell in pairs_of(datatable).items()}
    return _ask(server, clients, door, client, request, {"extension": extension, **fields} if extension else fields)


def _ask(
    server: "RunningServer",
    clients: Clients,
    door: str | None,
    client: str | None,
    request: str,
    fields: dict[str, str],
) -> Answer:
    """Ask through the door that the step names; a WebSocket unless it names one."""
    server = clients.at.get(client or "", server)
    if door == "over REST":
        return server.post(request, **fields)
    if door == "as a fetched URL":
        return server.get(request, **fields)
    if (client or "") not in clients.asking:
        clients.asking[client or ""] = server.application(clients.opening)
    return clients.asking[client or ""].ask(request, **fields)


@then("the response is a success")
def the_response_is_a_success(response: Answer) -> None:
    assert _message(response)["result"] == "success", _message(response)


@then("the response is a refusal")
def the_response_is_a_refusal(response: Answer) -> None:
    assert _message(response)["result"] == "fail", _message(response)


@then(parsers.re(r"the response fails with (?P<name>[A-Z_]+)"))
def the_response_fails(response: Answer, name: str) -> None:
    message = _message(response)
    assert message["result"] == "fail", message
    assert str(message["error"]).startswith(name), message


@then("the response has")
def the_response_has(response: Answer, symbols: Symbols, datatable: Table) -> None:
    message = _message(response)
    for path, cell in pairs_of(datatable).items():
        value = look_up(message, path)
        assert fits(cell, value, symbols), f"{path} should be {cell} (names: {symbols}), and is {value!r} in {message}"


@then(parsers.re(r"the HTTP status is (?P<status>\d+)"))
def the_status_is(response: Answer, status: str) -> None:
    assert isinstance(response, Reply), "that request was not made over REST"
    assert response.status == int(status), response


@then("there is no response yet")
def there_is_no_response_yet(response: Answer) -> None:
    assert isinstance(response, Pending), "a request over REST has its response"
    assert not response.answered, response.answer


def _message(response: Answer) -> dict[str, Any]:
    return response.body if isinstance(response, Reply) else response.answer


# ---- events

SEES = r"(?:for client (?P<client>\w+), )?(?P<extension>\d+) has "


@then(parsers.re(SEES + r"the events"))
def has_the_events(clients: Clients, symbols: Symbols, client: str | None, extension: str, datatable: Table) -> None:
    who = (client or "", extension)
    came = _unread(clients, who)
    check_rows(datatable, came, symbols)
    clients.read[who] = clients.read.get(who, 0) + len(datatable) - 1


@then(parsers.re(SEES + r"(?P<number>\d+) new events"))
def has_new_events(clients: Clients, client: str | None, extension: str, number: str) -> None:
    who = (client or "", extension)
    came = _unread(clients, who)
    assert len(came) == int(number)
    clients.read[who] = clients.read.get(who, 0) + len(came)


@then(parsers.re(SEES + r"no (?:further )?events"))
def has_no_further_events(clients: Clients, client: str | None, extension: str) -> None:
    came = _unread(clients, (client or "", extension))
    assert not came, "\n".join(str(event) for event in came)


@given(parsers.re(r"the events so far are of no interest"))
@when(parsers.re(r"the events so far are of no interest"))
def the_events_so_far_are_of_no_interest(clients: Clients) -> None:
    for who, application in clients.monitoring.items():
        clients.read[who] = len(application.events)


def _unread(clients: Clients, who: tuple[str, str]) -> list[dict[str, Any]]:
    if who in clients.streams:
        return clients.streams[who].events[clients.read.get(who, 0) :]
    assert who in clients.monitoring, f"nobody monitors {who[1]}" + (f" as client {who[0]}" if who[0] else "")
    return clients.monitoring[who].events[clients.read.get(who, 0) :]
