"""What takes effect without a restart, on running servers."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ivrsvr.app import serving
from ivrsvr.assembly.reload import APPLY
from ivrsvr.assembly.settings import Settings
from ivrsvr.registry import SCOPES, Caller
from ivrsvr.store import copies, webhooks
from ivrsvr.store.database import open_database
from ivrsvr.store.faults import StoreError
from ivrsvr.store.parameters import PARAMETERS
from ivrsvr.store.renewal import renew
from ivrsvr.store.secrets import Secrets
from ivrsvr.store.settings import Stored
from ivrsvr.store.tables import Blacklisted, Configuration, Extension, Listener, Seat
from ivrsvr.store.webhooks import DeadLetter, WebhookStore
from tests.interfaces.conftest import Server
from tests.store.unwritable import unwritable

ROOT = Caller(door="console", address="127.0.0.1", user="root", scopes=SCOPES)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Server]:
    with Server(db=str(tmp_path / "a.db"), ivr_journal="memory", given={"db": str(tmp_path / "a.db")}) as server:
        yield server


def ask(house: Server, request: str, **keys: Any) -> dict[str, Any]:
    """A request of an administrator."""
    return house.run(house.app.service.handle({"request": request, **keys}, ROOT))


def test_the_table_of_parameters_says_which_are_hot() -> None:
    assert {one.name for one in PARAMETERS if one.hot} == set(APPLY)


VALUES = {"flag": "true", "whole": "17", "seconds": "17", "number": "17"}
CHOICES = {"audit": "all", "log_level": "warning"}


@pytest.mark.parametrize("name", sorted(APPLY))
def test_a_hot_parameter_is_in_force_at_once(house: Server, name: str) -> None:
    site, level = house.app.site, logging.getLogger().level
    kind = next(one.kind for one in PARAMETERS if one.name == name)
    answer = ask(house, "change parameter", name=name, value=CHOICES.get(name) or VALUES[kind])
    logging.getLogger().setLevel(level)
    assert answer.get("note") is None, answer
    hub, service = site.hub, site.service
    where = {
        "audit": lambda: site.audit.mode == "all",
        "connections_address": lambda: site.gate.per_address == 17,
        "ivr_custdatamaxsize": lambda: service.parts.userdata.data_most == 17,
        "ivr_requesttimeout": lambda: service.options.requesttimeout_s == 17,
        "monitor_linger": lambda: service.monitors.linger_s == 17,
        "ws_connections": lambda: hub.keeper.most == 17,
        "ws_inflight": lambda: hub.limits.inflight_most == 17,
        "ws_ping": lambda: hub.limits.ping_s == 17,
        "ws_queuelength": lambda: service.options.queue_most == 17,
    }
    assert where.get(name, lambda: True)()


def test_a_shorter_time_for_data_counts_for_the_next_request(house: Server) -> None:
    assert house.post("makecall", extension="101", destination="102", data="x" * 100).status == 200
    ask(house, "change parameter", name="ivr_custdatamaxsize", value="10")
    assert "ivr_custdatamaxsize is 10" in house.post("makecall", extension="103", destination="104", data="x" * 11).text


def test_what_is_not_hot_says_that_it_waits(house: Server) -> None:
    assert "started again" in ask(house, "change parameter", name="http", value="127.0.0.1:1")["note"]


def test_what_another_program_stored_is_in_force_after_a_reload(house: Server, tmp_path: Path) -> None:
    ask(house, "add extension", extension="101")
    other = open_database(tmp_path / "a.db")
    configuration = Configuration(other)
    configuration.extensions.delete("101")
    configuration.extensions.add_all([Extension("102"), Extension("999999")])
    configuration.blacklist.add(Blacklisted("10.1.1.1", "x"))
    configuration.seats.add(Seat("127.0.0.1", "105"))
    configuration.listeners.add(Listener(0, "127.0.0.1", "*", "ivrsvrws"))
    Stored(other).set("ws_ping", "9")
    Stored(other).set("http", "127.0.0.1:2")
    other.close()
    answer = ask(house, "reload")
    assert answer["restarts"] == ["http"]
    assert answer["changes"] == [
        "ws_ping",
        "tcp 0 open",
        "extension 102 monitored",
        "extension 101 not monitored",
    ]
    (refused,) = answer["trouble"]
    assert refused.startswith("extension 999999 is not monitored: INVALID_CSTA_DEVICE_IDENTIFIER")
    site = house.app.site
    assert site.hub.limits.ping_s == 9
    assert not site.gate.admits("10.1.1.1")
    assert site.seating.extension("127.0.0.1") == "105"
    assert "999999" in site.failing
    assert [door.row.port for door in site.doors] == [0]
    assert ask(house, "reload")["changes"] == []


def test_a_port_that_cannot_be_had_is_said_by_the_reload(house: Server, tmp_path: Path) -> None:
    other = open_database(tmp_path / "a.db")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        Configuration(other).listeners.add(Listener(port, "127.0.0.1", "*", "ivrsvrws"))
        (said,) = ask(house, "reload")["trouble"]
        assert said.startswith(f"tcp {port} is not open: 127.0.0.1:{port}: another program listens there already")
    other.close()
    assert ask(house, "reload")["changes"] == [f"tcp {port} open"]


def test_targets_that_another_program_changed_are_taken_over(house: Server, tmp_path: Path) -> None:
    for name, extensions in (("crm", "101,102"), ("old", "103"), ("same", "104")):
        ask(house, "add webhook", name=name, url="https://192.0.2.1/", extensions=extensions)
    other = open_database(tmp_path / "a.db")
    store = WebhookStore(other)
    store.bury(DeadLetter(0, "old", "old-1", 0.0, 1, "away", "{}"))
    store.bury(DeadLetter(0, "crm", "crm-1", 0.0, 1, "away", "{}"))
    table = webhooks.table(Configuration(other))
    crm = store.get("crm")
    table.put(replace(crm, extensions="102,105"))
    table.delete("old")
    table.add(replace(crm, name="new", extensions="106", position=""))
    other.close()
    assert ask(house, "reload")["changes"] == ["webhook crm changed", "webhook old deleted", "webhook new added"]
    owners = {one.device: one.owners for one in house.app.service.monitors}
    assert owners.keys() == {"102", "104", "105", "106"}
    assert "webhook new" in owners["106"]
    assert [row["webhook"] for row in ask(house, "disp deadletter")["list"]] == ["crm"]
    with unwritable(house.app.site.configuration._database, "it can be read only"):
        assert ask(house, "reload")["changes"] == []


def test_a_renewed_key_changes_nothing_that_runs(house: Server, tmp_path: Path) -> None:
    """What was encrypted with the former key is in use, and what is stored now means the same."""
    ask(house, "add webhook", name="crm", url="https://192.0.2.1/", extensions="101")
    ask(house, "change parameter", name="ivr_tlink_01", value="AVAYA#CM1#CSTA#AES1 anna hush")
    ask(house, "change parameter", name="ivr_uuisvr_key", value="hush")
    ask(house, "reload")
    other, own = open_database(tmp_path / "a.db"), Secrets.of(str(tmp_path / "a.db"))
    waiting = ask(house, "reload")["restarts"]
    assert renew(other, own) == 3
    assert (ask(house, "reload")["changes"], ask(house, "reload")["restarts"]) == ([], waiting)
    ask(house, "rotate webhook", name="crm")
    store = WebhookStore(other)
    store.put(replace(store.get("crm"), secret="enc:?"))
    other.close()
    assert ask(house, "reload")["changes"] == ["webhook crm changed"]


def test_a_reload_with_a_wrong_parameter_changes_the_tables_all_the_same(house: Server, tmp_path: Path) -> None:
    other = open_database(tmp_path / "a.db")
    other.execute("insert into tParameter values ('ws_ping', 'soon', '')")
    other.conn.commit()
    Configuration(other).blacklist.add(Blacklisted("10.1.1.1", "x"))
    other.close()
    (wrong,) = ask(house, "reload")["trouble"]
    assert "soon" in wrong
    assert not house.app.site.gate.admits("10.1.1.1")


# ---- copies


def test_a_copy_on_demand_and_by_itself(house: Server, tmp_path: Path) -> None:
    made = ask(house, "backup")["file"]
    assert copies.folder_of(tmp_path / "a.db") == Path(made).parent
    assert ask(house, "disp backup")["list"] == [{"file": made}]
    ask(house, "change parameter", name="backup_every", value="3600")

    house.advance(3700)
    ask(house, "backup")  # has to wait for the one that is being made
    assert len(list(copies.kept(Path(made).parent))) == 3


def test_there_is_nothing_to_copy_in_memory() -> None:
    with Server() as server:
        assert "nothing to copy" in ask(server, "backup")["error"]


def test_a_full_disk_is_told_to_the_administrator_and_nothing_is_changed(house: Server) -> None:
    database = house.app.site.configuration._database
    pages = database.execute("pragma page_count").fetchone()[0]
    database.execute(f"pragma max_page_count = {pages}")
    answer = ask(house, "bulkadd extension", first="10000", last="19999")
    assert answer["result"] == "fail"
    assert "the disk is full" in answer["error"]
    assert ask(house, "disp extension")["list"] == []
    assert house.post("makecall", extension="101", destination="102").status == 200


@pytest.mark.usefixtures("house")
def test_two_servers_cannot_have_one_database(tmp_path: Path) -> None:
    async def second() -> None:
        async with serving(Settings(db=str(tmp_path / "a.db"), http="127.0.0.1:0", console=())):
            pass

    with pytest.raises(StoreError, match="another server is running"):
        asyncio.run(second())
