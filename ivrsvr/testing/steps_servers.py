"""The Gherkin steps about several servers, and about the user-data services that they ask."""

from typing import TYPE_CHECKING, Any

import yaml
from pytest_bdd import given, parsers, then, when

from ivrsvr.testing.steps import Clients
from ivrsvr.testing.tables import Symbols, Table, filled, pairs_of

if TYPE_CHECKING:
    from ivrsvr.testing.dataservice import Failing, FailingDataService
    from ivrsvr.testing.facade import RunningServer

FAILING: dict[str, "Failing"] = {"is down": "down", "never answers": "silent", "lies": "lying"}
"""What a feature says of a user-data service, and what it is called."""

PLACES = {"the same switch": "", "another switch": "7"}
"""Where another server is -> the trunk group that leads there; the world of the features calls it the tie line."""

LINE = {
    "trunkGroups": {"7": {"name": "Tie line", "tac": "407", "type": "isdn", "members": 4, "network": "private"}},
    "dialPlan": {"8": {"trunkGroups": ["7"]}},
}
"""A trunk group that can lead to another switch: 8 and an extension of that one."""


def _settings(table: Table, symbols: Symbols) -> dict[str, Any]:
    from ivrsvr.assembly.settings import Settings

    found: dict[str, Any] = {}
    for name, cell in pairs_of(table).items():
        value = yaml.safe_load(filled(cell, symbols))
        found[name] = (value,) if isinstance(getattr(Settings(), name), tuple) else value
    return found


@given("a server with the settings", target_fixture="server")
def a_server_with_the_settings(
    running: "list[RunningServer]", new_server: Any, symbols: Symbols, datatable: Table
) -> "RunningServer":
    settings = {"uuisvr": "127.0.0.1:0", **_settings(datatable, symbols)}
    running.append(new_server(patch=LINE, **settings).start())
    return running[-1]


@given(parsers.re(r"client (?P<client>\w+) is at another server, on (?P<place>the same switch|another switch)"))
def is_at_another_server(
    running: "list[RunningServer]", server: "RunningServer", clients: Clients, client: str, place: str
) -> None:
    running.append(server.beside(line=PLACES[place]).start())
    clients.at[client] = running[-1]


@given(
    parsers.re(
        r"client (?P<client>\w+) is at another server, on (?P<place>the same switch|another switch), with the settings"
    )
)
def is_at_another_server_with(
    running: "list[RunningServer]",
    server: "RunningServer",
    clients: Clients,
    symbols: Symbols,
    client: str,
    place: str,
    datatable: Table,
) -> None:
    running.append(server.beside(line=PLACES[place], **_settings(datatable, symbols)).start())
    clients.at[client] = running[-1]


@when(parsers.re(r"the server of client (?P<client>\w+) is lost"))
def is_lost(running: "list[RunningServer]", clients: Clients, client: str) -> None:
    lost = clients.at.pop(client)
    running.remove(lost)
    lost.close()


# ---- user-data services


@given(parsers.re(r"(?P<name>[A-Z]\d*) is where others ask the server for user data"))
def is_where_others_ask(server: "RunningServer", symbols: Symbols, name: str) -> None:
    assert server.uuisvr, "the server answers nobody: set uuisvr_listen"
    symbols[name] = server.uuisvr


@given(
    parsers.re(r"a user-data service at (?P<name>[A-Z]\d*) that (?P<what>is down|never answers|lies)"),
    target_fixture="service",
)
def a_user_data_service(server: "RunningServer", symbols: Symbols, name: str, what: str) -> "FailingDataService":
    service = server.failing_data_service(FAILING[what])
    symbols[name] = service.address
    return service


@given(parsers.re(r"(?P<name>[A-Z]\d*) is a key of that service"))
def is_a_key(service: "FailingDataService", symbols: Symbols, name: str) -> None:
    symbols[name] = service.key


@then("that service was not asked")
def was_not_asked(service: "FailingDataService") -> None:
    assert not service.asked, f"it was asked {service.asked} times"
