"""The console as people use it: over a real socket, on a running server."""

import asyncio
import json
import re
import socket
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher, Type

from ivrsvr.interfaces import accounts
from ivrsvr.interfaces.console.reception import LOBBY_MOST, Reception, Visit
from ivrsvr.interfaces.console.shell import AHEAD_MOST, LOGIN_S, Office, Shell
from ivrsvr.interfaces.console.telnet import Telnet
from ivrsvr.interfaces.limits import Doorkeeper
from ivrsvr.service.about import about
from tests.interfaces.conftest import Server
from tests.interfaces.console.conftest import Person
from tests.ports import free_port

Comer = Callable[[], Person]
FIRST_HASH = accounts._FIRST_HASH
"""As the server has it, before the tests make it light."""


def rows(text: str) -> list[list[str]]:
    """The cells of a table, without its head."""
    return [re.split(r"  +", line.strip()) for line in text.strip().split("\n")[1:]]


# ---- log-in


def test_the_first_log_in_nags_until_the_password_is_changed(comer: Comer) -> None:
    person = comer()
    assert "everybody knows" in person.logs_in()
    person.types("change password", "Old: ")
    person.types("tcpgate01", "Password: ")
    person.types("correct horse", "Password again: ")
    assert person.types("correct horse") == "done\n"
    again = comer()
    assert "everybody knows" not in again.logs_in(password="correct horse")


def test_who_gives_up_a_question_stays_at_the_console(person: Person) -> None:
    person.types("change password", "Old: ")
    assert person.types("\x03") == "interrupted; nothing was changed\n"
    person.types("add user anna query", "Password: ")
    person.types("long enough", "Password again: ")
    person.sends(b"\x03")
    assert "nothing was changed" in person.reads("ivrsvr> ")
    assert "anna" not in person.types("disp user")


def test_passwords_are_hashed_at_full_strength() -> None:
    """What the tests make light is strong in a server: argon2id with 64 MiB, three passes and four lanes."""
    strong = PasswordHasher()
    assert not strong.check_needs_rehash(FIRST_HASH)
    assert strong.verify(FIRST_HASH, accounts.FIRST_PASSWORD)
    assert (strong.memory_cost, strong.time_cost, strong.type) == (65536, 3, Type.ID)


def test_a_wrong_password_is_refused_and_guessing_is_slowed_down(house: Server, comer: Comer) -> None:
    person = comer()
    person.reads("User: ")
    for _ in range(2):
        person.types("tcpgate", "Password: ")
        assert "the name or the password is wrong" in person.types("guess", "User: ")
    person.types("tcpgate", "Password: ")
    person.sends(b"guess\r\n")
    assert "wrong" in person.end()
    other = comer()
    other.reads("User: ")
    for _ in range(2):
        other.types("tcpgate", "Password: ")
        other.types("guess", "User: ")
    other.types("tcpgate", "Password: ")
    other.sends(b"tcpgate01\r\n")
    assert "too many failures" in other.end()
    house.advance(31)
    assert "Welcome" in comer().logs_in()


def test_the_first_password_works_on_this_machine_only(house: Server) -> None:
    site = house.app.site

    async def from_elsewhere() -> str:
        with pytest.raises(Exception, match="server's own machine only") as refused:
            await site.accounts.check("tcpgate", "tcpgate01", "10.1.2.3")
        return str(refused.value)

    assert "change it" in house.run(from_elsewhere())


def test_a_user_has_only_the_scopes_given(person: Person, comer: Comer) -> None:
    person.types("add user anna query,call", "Password: ")
    person.types("long enough", "Password again: ")
    assert person.types("long enough") == "done\n"
    anna = comer()
    assert "Welcome, anna" in anna.logs_in("anna", "long enough")
    assert "needs the scope admin" in anna.types("disp user")
    assert "needs the scope admin" in anna.types("trace on all")
    assert "add user" not in anna.types("help")
    assert "needs the scope admin" in anna.types("help add user")
    assert "idle" in anna.types("querystationstatus 101") or "false" in anna.types("querystationstatus 101")


@pytest.mark.parametrize(
    ("name", "password", "again", "complaint"),
    [
        ("anna", "short", "short", "8 to 128 characters"),
        ("anna", "one password", "another one", "not the same"),
        ("anna", "tcpgate01", "tcpgate01", "easily guessed"),
        ("anna", "Anna-2026!", "Anna-2026!", "easily guessed"),
        ("anna", "IVRSVR2026", "IVRSVR2026", "easily guessed"),
        ("anna", "abababab1", "abababab1", "easily guessed"),
        ("anna", "Password1", "Password1", "tried first"),
        ("tcpgate", "long enough", "long enough", "is there already"),
        ("a'; drop table tUser; --", "long enough", "long enough", "no user name"),
    ],
)
def test_a_wrong_user_is_refused(person: Person, name: str, password: str, again: str, complaint: str) -> None:
    person.types(f'add user "{name}"', "Password: ")
    person.types(password, "Password again: ")
    assert complaint in person.types(again)
    assert rows(person.types("disp user")) == [["tcpgate", "admin,call,monitor,query,sim", "to be changed"]]


# ---- commands


def test_help_shows_every_command_and_one_in_full(person: Person) -> None:
    overview = person.types("help")
    for form in (
        "disp status",
        "add tcp <port> <local> <remote> custom <ivrsvrws|ivrsvrrest|tcpgate|tcpgatessh> [tls]",
        "makecall",
        "sim call",
        "trace on <asc|rest|ws|sim|all> [extension]",
        "shutdown [now|drain]",
    ):
        assert form in overview
    assert "10.1.0.0/16" in person.types("help add tcp")
    assert "did you mean" in person.types("help dips")
    assert person.types("help exit") == person.types("help quit")
    assert "Call a destination" in person.types("help makecall 101")
    assert "optional" not in person.types("help add blacklist")


def test_displays(person: Person) -> None:
    assert "version" in person.types("disp version")
    assert "link        up" in person.types("d st")
    assert "simulated switch" in person.types("disp tlink")
    assert "0 of 0" in person.types("disp tlink")
    assert "tcpgate" in person.types("disp tcp")
    assert "ivr_requesttimeout" in person.types("disp parameter ivr_r")
    assert person.types("disp call") == "no call\n"
    assert "http_maxbody" in person.types("disp parameter http_")
    alone = person.types("disp parameter http")
    assert "port 0 = any free one." in alone
    assert "http_maxbody" not in alone


def test_extensions_are_monitored_for_good(house: Server, person: Person) -> None:
    assert person.types("add extension 101") == "done\n"
    assert rows(person.types("disp extension")) == [["101", "yes", "0"]]
    assert house.app.service.monitors.get("101") is not None
    assert "is there already" in person.types("add extension 101")
    assert "is opened by a parameter" in person.types(f"delete tcp {house.app.http[1]}")
    assert person.types("delete extension 101") == "done\n"
    assert house.app.service.monitors.get("101") is None
    assert "there is no extension 101" in person.types("delete extension 101")


def test_an_extension_that_the_switch_refuses_is_kept_with_the_reason(person: Person) -> None:
    assert "stored, but the switch refuses" in person.types("add extension 9999999")
    assert "trouble    INVALID_CSTA_DEVICE_IDENTIFIER: there is no such device on the switch, or not" in person.types(
        "disp extension 9999999"
    )


def test_many_at_once_show_how_far_they_are(person: Person) -> None:
    told = person.types("bulkadd extension 101 110")
    assert "10 of 10" in told
    assert "done  10" in told
    assert len(rows(person.types("disp monitor"))) == 10
    assert "trouble" not in told
    assert "done  10" in person.types("bulkdelete extension 100 200")
    assert person.types("disp extension") == "no extension\n"


def test_what_is_given_up_is_stored_as_far_as_it_came_and_written_down(
    house: Server, person: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The switch is slow from the fifth extension on: then the person presses Ctrl-C."""
    caplog.set_level("INFO", "ivrsvr.audit")
    asked = asyncio.Event()

    async def slowly(extension: str) -> None:
        if extension >= "105":
            asked.set()
            await asyncio.Event().wait()

    def stored_and_monitored() -> tuple[list[str], list[str]]:
        site = house.app.site
        return [one.extension for one in site.configuration.extensions], [one.device for one in site.service.monitors]

    def gives_up(line: str) -> None:
        asked.clear()
        person.sends(f"{line}\r\n".encode())
        house.run(asked.wait())
        assert person.types("\x03") == "interrupted\n"

    keep, release = house.app.service.keep, house.app.service.release

    async def slow_keep(extension: str) -> None:
        await slowly(extension)
        await keep(extension)

    async def slow_release(extension: str) -> bool:
        await slowly(extension)
        return await release(extension)

    with monkeypatch.context() as slow:
        slow.setattr(house.app.service, "keep", slow_keep)
        gives_up("bulkadd extension 101 110")
        assert stored_and_monitored() == (["101", "102", "103", "104"],) * 2
        gives_up("add extension 106")
        assert stored_and_monitored() == (["101", "102", "103", "104"],) * 2
    person.types("bulkadd extension 101 110")
    with monkeypatch.context() as slow:
        slow.setattr(house.app.service, "release", slow_release)
        gives_up("bulkdelete extension 101 109")
        stored, monitored = stored_and_monitored()
        assert sorted(stored) == sorted(monitored) == ["105", "106", "107", "108", "109", "110"]
        gives_up("delete extension 107")
        assert sorted(stored_and_monitored()[0]) == sorted(stored)
    written = rows(person.types("disp change"))
    assert [(row[3], row[4]) for row in reversed(written)] == [
        ("bulkadd extension 101 110", "interrupted"),
        ("add extension 106", "interrupted"),
        ("bulkadd extension 101 110", "done"),
        ("bulkdelete extension 101 109", "interrupted"),
        ("delete extension 107", "interrupted"),
    ]
    assert sum('"outcome": "interrupted"' in one.getMessage() for one in caplog.records) == 4


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("bulkadd extension 9 3", "9 is behind 3"),
        ("bulkadd extension 99 101", "same length"),
        ("bulkadd extension a b", "digits"),
        ("bulkadd extension 100000 999999", "more than 20000"),
        ("bulkadd extension", "first is missing; the form is: bulkadd extension <first> <last>"),
        ("add extension '1; drop table tExtension'", "is no extension"),
        ("add extension ../../etc/passwd", "is no extension"),
        ("add tcp 70000 * * custom ivrsvrws", "no port"),
        ("add tcp -1 * * custom ivrsvrws", "number"),
        ("add tcp 9001 nowhere * custom ivrsvrws", "must be an IP address"),
        ("add tcp 9001 * 10.0.0.1/8 custom ivrsvrws", "must be an address, a network"),
        ("add tcp 9001 * * custom nonsense", "must be"),
        ("add tcp 9001 * * ivrsvrws", "custom"),
        ("add blacklist 300.1.1.1 x", "must be an IP address"),
        ("delete blacklist 10.0.0.1", "there is no blacklist"),
        ("delete tcp 9", "there is no tcp 9; `disp tcp` shows"),
        ("s", "write more of it"),
        ("sh", "shutdown has to be written in full"),
        ("shut drain", "shutdown has to be written in full"),
        ("d", "delete, disp, dropparty, dtmf, deflectcall"),
        ("add key crm call * 9999-12-31T23:59:59-12:00", "after the year 9999"),
        ("add ipextnmap 127.0.0.1 abc", "is no extension"),
        ("change parameter nonsense 1", "there is no parameter"),
        ("change parameter ivr_requesttimeout soon", "must be a number"),
        ("delete user tcpgate", "cannot delete yourself"),
        ("delete user nobody", "there is no user"),
        ("frobnicate", "there is no command"),
    ],
)
def test_a_wrong_command_is_told_what_is_right(person: Person, line: str, complaint: str) -> None:
    assert complaint in person.types(line)


def test_a_line_that_is_too_long_is_refused_not_cut(house: Server, person: Person) -> None:
    command = "change parameter ivr_custdataconfigstring "
    fitting = "w" * (4096 - len(command))
    assert "stored" in person.types(command + fitting)
    assert "at most 4096 characters; nothing was done" in person.types(command + fitting + "x")
    assert house.app.site.settings()["ivr_custdataconfigstring"].text == fitting
    person.types("add user anna", "Password: ")
    assert "nothing was done" in person.types("p" * 5000)
    assert "anna" not in person.types("disp user")


def test_what_was_done_is_written_down(person: Person) -> None:
    person.types("add extension 101")
    person.types("add extension 101")
    person.types("change parameter ivr_custdataconfigstring hush")
    done = person.types("disp change")
    assert "add extension 101" in done
    assert "is there already" in done
    assert "hush" not in done
    assert "tcpgate" in done


# ---- listeners, blacklist, seats


def test_a_websocket_port_is_added_and_deleted(house: Server, person: Person) -> None:
    port = free_port()
    assert person.types(f"add tcp {port} 127.0.0.1 * custom ivrsvrws") == "done\n"
    assert [row[-1] for row in rows(person.types("disp tcp")) if row[0] == str(port)] == ["open"]
    assert connects(house, port)
    assert "is there already" in person.types(f"add tcp {port} 127.0.0.1 * custom ivrsvrws")
    assert person.types(f"delete tcp {port}") == "done\n"
    assert not connects(house, port)


@pytest.mark.parametrize("kind", ["tcpgate", "ivrsvrrest", "ivrsvrws", "tcpgatessh"])
def test_what_a_port_logs_is_not_about_the_command_that_opened_it(
    house: Server, person: Person, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    seen: list[dict[str, str]] = []
    came = asyncio.Event()
    admits = house.app.site.gate.admits

    def noted(address: str) -> bool:
        seen.append(dict(about()))
        came.set()
        return admits(address)

    monkeypatch.setattr(house.app.site.gate, "admits", noted)
    port = free_port()
    person.types(f"add tcp {port} 127.0.0.1 * custom {kind}")
    assert connects(house, port)
    house.run(came.wait())
    assert seen == [{}]


def test_a_rest_port_serves_requests(house: Server, person: Person) -> None:
    port = free_port()
    person.types(f"add tcp {port} 127.0.0.1 127.0.0.0/8 custom ivrsvrrest")
    reply = house.http("GET", f"http://127.0.0.1:{port}/api/querystationstatus?extension=101")
    assert reply.status == 200


def test_a_port_in_use_is_said_and_not_kept(house: Server, person: Person) -> None:
    own = house.app.http[1]
    for local in ("127.0.0.1", "*"):
        told = person.types(f"add tcp {own} {local} * custom ivrsvrws")
        assert f"this server itself listens on 127.0.0.1:{own} (http); name another port" in told
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert "another program listens there" in person.types(f"add tcp {port} 127.0.0.1 * custom ivrsvrws")
    assert all(row[5] != "add tcp" for row in rows(person.types("disp tcp")))


def test_a_port_for_everybody_needs_protection(person: Person) -> None:
    assert "can be reached from other machines" in person.types(f"add tcp {free_port()} * * custom ivrsvrws")


def test_only_the_remote_addresses_asked_for(house: Server, person: Person) -> None:
    port = free_port()
    person.types(f"add tcp {port} 127.0.0.1 10.0.0.0/8 custom ivrsvrws")
    assert not serves(house, port)


def test_a_blacklisted_address_is_hung_up_on_and_counted(house: Server, person: Person) -> None:
    assert "your own address" in person.types("add blacklist 127.0.0.1 probe of the balancer")
    assert not serves(house, house.app.http[1])
    assert rows(person.types("disp blacklist")) == [["127.0.0.1", "1", "probe of the balancer"]]
    assert person.types("delete blacklist 127.0.0.1") == "done\n"
    assert serves(house, house.app.http[1])


def test_a_client_has_the_extension_of_its_address(house: Server, person: Person) -> None:
    person.types("add ipextnmap 127.0.0.1 105")
    assert house.post("makecall", destination="106").status == 200
    assert "105" in person.types("disp call") or house.http("GET", "/api/snapshot?extension=105").body["numcall"] == 1
    person.types("delete ipextnmap 127.0.0.1")
    assert house.post("makecall", destination="106").status == 400


# ---- the trace


def test_the_trace_shows_what_is_asked_for(house: Server, person: Person) -> None:
    assert person.types("trace on asc 101") == "done\n"
    person.types("trace on rest")
    assert "asc    101" in person.types("disp trace")
    house.post("makecall", extension="101", destination="102")
    seen = person.reads("rest POST /api/makecall")
    assert "asc  -> MakeCall callingDevice=101 calledDevice=102" in seen
    assert "asc  <- MakeCallConf" in seen
    person.types("trace off all")
    house.post("clearcall", extension="101")
    assert "rest" not in person.types("disp trace")


def test_the_trace_of_another_extension_is_quiet(house: Server, person: Person) -> None:
    person.types("trace on rest 109")
    house.post("makecall", extension="101", destination="102")
    assert "makecall" not in person.types("disp trace")


@pytest.mark.parametrize("again", [False, True], ids=["deleted", "fewer scopes"])
def test_who_may_no_longer_sees_nothing_more(house: Server, person: Person, comer: Comer, again: bool) -> None:
    def adds(scopes: str) -> None:
        person.types(f"add user anna {scopes}", "Password: ")
        person.types("long enough", "Password again: ")
        assert person.types("long enough") == "done\n"

    adds("admin")
    anna = comer()
    anna.logs_in("anna", "long enough")
    anna.types("trace on all")
    house.post("makecall", extension="101", destination="102")
    anna.reads("rest POST /api/makecall")
    person.types("delete user anna")
    if again:
        adds("query")
    house.post("makecall", extension="103", destination="104")
    seen = anna.reads("you may no longer see it)")
    assert "104" not in seen
    assert not house.app.service.trace.topics


def test_nobody_watches_when_the_console_is_gone(house: Server, comer: Comer) -> None:
    person = comer()
    person.logs_in()
    person.types("trace on all")
    assert house.app.service.trace.topics
    person.leaves()
    house.settle()
    assert not house.app.service.trace.topics


# ---- the end


@pytest.mark.parametrize("word", ["quit", "exit", "logout"])
def test_quit(person: Person, word: str) -> None:
    person.sends(f"{word}\r\n".encode())
    person.end()


def test_shutdown(house: Server, person: Person) -> None:
    assert "the server stops" in person.types("shutdown")
    assert house.app.site.stopping.is_set()


def test_a_draining_server_takes_no_new_work_and_ends_when_it_is_quiet(house: Server, person: Person) -> None:
    person.types("add extension 101")
    house.post("makecall", extension="101", destination="102")
    person.types("shutdown drain")
    refused = house.post("makecall", extension="103", destination="104")
    assert (refused.status, refused.body["errorcode"]) == (503, 2112)
    ready = house.http("GET", "/health/ready")
    assert ready.status == 503
    house.advance(5)
    assert not house.app.site.stopping.is_set()
    assert house.post("clearcall", extension="101").status == 200
    house.advance(5)
    assert house.app.site.stopping.is_set()


def test_the_administrators_requests_are_closed_to_strangers(house: Server) -> None:
    reply = house.http("GET", "/admin/status")
    assert (reply.status, reply.body["errorcode"]) == (403, 2109)


# ---- hostile peers


@pytest.mark.parametrize(
    "octets",
    [
        b"\xff" * 5000,
        b"\xff\xfa\x18" + b"x" * 100_000,
        b"\xff\xfb\x01\xff\xfd\x01" * 2000,
        b"\xff\xfa\x1f\x00\x00\x00\x00\xff\xf0" * 50,
        b"x" * 1_000_000 + b"\r\n",
        bytes(range(256)) * 20,
        b"\x1b[" + b"1;" * 5000,
        b"\x00" * 10_000,
    ],
    ids=["iac", "endless subnegotiation", "options", "window of no size", "long line", "all octets", "escape", "nul"],
)
def test_garbage_harms_nobody_else(comer: Comer, person: Person, octets: bytes) -> None:
    hostile = comer()
    hostile.sends(octets)
    person.server.settle()
    assert "version" in person.types("disp version")
    hostile.leaves()
    assert "version" in person.types("disp version")


def test_a_peer_that_only_writes_is_not_read_without_end(comer: Comer, person: Person) -> None:
    """It takes nothing of what it asks for: then its further questions have to wait with it, not here."""
    hostile = comer()
    hostile.logs_in()
    hostile.sends(b"help\r\n" * 2_000_000)
    assert "version" in person.types("disp version")
    assert hostile.unsent > 1_000_000
    hostile.aborts()


class Typist:
    """A terminal at which somebody types without end."""

    address, echo, columns, rows = "127.0.0.1", True, 80, 25

    def __init__(self) -> None:
        self.typed = 0
        self.enough = asyncio.Event()

    async def read(self) -> str:
        if self.typed >= 10 * AHEAD_MOST:
            self.enough.set()
            await asyncio.Event().wait()
        self.typed += 4000
        return "x" * 4000

    def write(self, text: str) -> None:
        """Nobody looks."""

    async def drain(self) -> None:
        """Everything is taken at once."""


def test_what_is_typed_while_a_command_runs_is_kept_up_to_a_limit(
    house: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, typist = house.app.site, Typist()

    async def slow(_request: object, _caller: object) -> dict[str, str]:
        await typist.enough.wait()
        return {"result": "success"}

    async def typing() -> int:
        shell = Shell(Office(site.service, site.accounts, site.audit), typist, site.accounts.find("tcpgate"))
        assert await shell.command("disp version")
        kept = len(shell._ahead)
        await shell._close(None)
        return kept

    monkeypatch.setattr(site.audit, "handle", slow)
    monkeypatch.setattr(Shell, "show", lambda _shell, _lines: asyncio.sleep(0))
    assert house.run(typing()) == AHEAD_MOST


def test_names_cannot_steer_the_terminal(house: Server, person: Person) -> None:
    person.types("trace on rest")
    house.http("POST", "/api/makecall", content=json.dumps({"extension": "101", "destination": "\x1b[2J\x9b31m"}))
    assert "\x1b[2J" not in person.reads("makecall")
    assert "\x1b[2J" not in person.types("disp trace")


def test_a_peer_that_never_logs_in_is_sent_away(house: Server, comer: Comer) -> None:
    """Time of the network, which nobody can stop or hasten by the simulator's clock."""
    stranger = comer()
    stranger.reads("User: ")
    house.give_up_on_the_network(LOGIN_S - 1)
    stranger.types("tcpgate", "Password: ")
    house.give_up_on_the_network(1)
    assert "nobody has logged in" in stranger.end()


def test_a_console_at_which_nothing_is_typed_is_closed(house: Server, person: Person) -> None:
    person.types("change parameter console_idle 60")
    person.types("disp trace")
    house.give_up_on_the_network(59)
    person.types("disp trace")
    house.give_up_on_the_network(59)
    assert person.types("disp trace") == "no trace\n"
    house.give_up_on_the_network(60)
    assert "nothing was typed" in person.end()


def test_only_so_many_consoles(house: Server, comer: Comer, person: Person) -> None:
    person.types("change parameter console_connections 1")
    assert "consoles    1\n" in person.types("disp status")
    metrics = house.http("GET", "/metrics").text
    assert 'ivrsvr_connections{parameter="console_connections"} 1.0' in metrics
    assert 'ivrsvr_connections_limit{parameter="console_connections"} 1.0' in metrics
    assert re.search(
        r"^tcpgate +127\.0\.0\.1 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n\Z", person.types("disp console"), re.M
    )
    late = comer()
    late.reads("User: ")
    late.types("tcpgate", "Password: ")
    late.sends(b"tcpgate01\r\n")
    assert "too many consoles" in late.end()
    person.leaves()
    assert not house.app.site.sittings
    assert "Welcome" in comer().logs_in()


def test_strangers_keep_nobody_out(comer: Comer) -> None:
    strangers = [comer() for _ in range(LOBBY_MOST)]
    for stranger in strangers:
        stranger.reads("User: ")
    assert "Welcome" in comer().logs_in()
    assert "others want to log in" in strangers[0].end()
    strangers[1].types("tcpgate", "Password: ")
    assert "Welcome" in strangers[1].types("tcpgate01")


def test_who_is_shown_out_before_anything_was_said_is_hung_up_on(house: Server) -> None:
    closed = list[str]()

    class Writer:
        transport = None

        def get_extra_info(self, _name: str) -> None: ...
        def is_closing(self) -> bool:
            return False

        def write(self, text: str) -> None: ...
        def close(self) -> None:
            closed.append("closed")

    class Reader:
        def set_transport(self, _transport: object) -> None: ...

    async def come() -> None:
        telnet = Telnet(
            Office(house.app.service, house.app.site.accounts, house.app.site.audit), Reception(Doorkeeper(1))
        )
        telnet._begin(Reader(), Writer())
        await telnet.close()

    house.run(come())
    assert closed == ["closed"]


def test_who_makes_room_is_of_the_address_with_most_in_the_lobby() -> None:
    reception, out = Reception(Doorkeeper(1), lobby_most=3), list[str]()

    def comes(address: str, name: str) -> Visit:
        return reception.come(address, lambda: out.append(name))

    admin = comes("10.0.0.1", "admin")
    for number in range(5):
        comes("10.6.6.6", str(number))
    assert out == ["0", "1", "2"]
    assert admin.admit()
    assert len(reception.waiting) == 2
    other = comes("10.0.0.2", "other")
    assert not other.admit()
    admin.end()
    admin.end()
    assert other.admit()
    assert reception.keeper.open == 1


def connects(house: Server, port: int) -> bool:
    async def attempt() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return False
        writer.close()
        return True

    return house.run(attempt())


def serves(house: Server, port: int) -> bool:
    """Whether a port answers, rather than hang up without a word."""

    async def attempt() -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
            answer = await reader.read(1)
            writer.close()
        except ConnectionError:
            return False
        return bool(answer)

    return house.run(attempt())


# ---- keys


def test_a_key_is_made_shown_once_and_taken_out_of_force(house: Server, person: Person) -> None:
    told = person.types("add key crm call,query 1?? 2099-01-01")
    (key,) = re.findall(r"ivk_\w+[\w-]*", told)
    assert "shown this once" in told
    (row,) = rows(person.types("disp key"))
    assert row[:4] == ["crm", "call,query", "1??", "2099-01-01 23:59:59 UTC"]
    reply = house.http("GET", "/api/snapshot?extension=101", headers={"x-api-key": key})
    assert reply.status == 200
    assert "is there already" in person.types("add key crm call")
    assert person.types("delete key crm") == "done\n"
    assert house.http("GET", "/api/snapshot?extension=101", headers={"x-api-key": key}).status == 401
    assert "there is no key crm" in person.types("delete key crm")
    assert key[-20:] not in person.types("disp change")


# ---- the simulator


def test_a_scenario_is_played_seen_and_stopped(person: Person) -> None:
    assert "did you mean 'quiet-day'" in person.types("sim scenario quietday")
    assert "quiet-day" in person.types("sim scenario quiet-day 7")
    shown = person.types("sim scenarios")
    assert "playing" in shown
    assert "monday-morning" in shown
    person.types("sim noscenario")
    assert "stopped" in person.types("sim scenarios")


def test_a_training_is_assigned_steered_and_reported(person: Person) -> None:
    assert "did you mean 'first-call'" in person.types("train assign first-cal Ann 101")
    assert "Mrs Brown" in person.types("train assign first-call Ann 101")
    assert "the trainee is not there" in person.types("train start")
    person.types("train ready 101")
    person.types("train start")
    person.types('train comment "Smile, Ann"')
    shown = person.types("train state")
    assert re.search(r"^stage +running", shown, re.MULTILINE)
    assert re.search(r"trainer +comment +Smile, Ann", shown)
    person.types("train end")
    assert re.search(r"1 +ended .*first-call", person.types("train reports Ann"))
    assert "Speed of answer" in person.types("train report 1")


# ---- negotiation


def test_a_peer_that_negotiates_late_is_echoed_from_then_on(comer: Comer) -> None:
    """As over a slow line: the shell has begun with plain lines long before the terminal answers."""
    person = comer()
    person.reads("User: ")
    person.sends(IAC + WILL + TTYPE)
    person.reads_octets(IAC + SB + TTYPE)
    person.sends(IAC + SB + TTYPE + b"\x00XTERM" + IAC + SE)
    person.reads_octets(IAC + WILL + ECHO)
    person.sends(IAC + DO + ECHO)
    person.sends(b"tcp")
    assert person.reads("tcp").endswith("tcp")


IAC, SE, SB, WILL, DO, ECHO, TTYPE = (bytes([number]) for number in (255, 240, 250, 251, 253, 1, 24))
