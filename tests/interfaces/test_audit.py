"""The audit log: who did what, from where, with which outcome; and no secret anywhere."""

import io
import json
import logging
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ivrsvr.clock import Clock
from ivrsvr.interfaces import audit
from ivrsvr.interfaces.accounts import FAILURES_MOST, LOCK_MOST_S, REMEMBERED_MOST, Lockout
from ivrsvr.registry import SCOPES, Caller, RequestError
from ivrsvr.service.trace import shown
from ivrsvr.store.tables import User
from tests.interfaces.conftest import Server
from tests.interfaces.console.conftest import Person


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


@pytest.fixture
def house(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr("ivrsvr.interfaces.console.telnet.NEGOTIATION_S", 0.01)
    with Server(console=("127.0.0.1:0",), audit="all", audit_file=str(path), security="on") as server:
        yield server


def entries(house: Server, path: Path) -> list[dict[str, str]]:
    """What was written down, when the server has stopped."""
    house.__exit__(None, None, None)
    return [json.loads(line) for line in path.read_text().splitlines()]


def told(found: list[dict[str, str]]) -> list[tuple[str, str, str, str]]:
    return [(one["user"], one["door"], one["what"], one["outcome"].partition(":")[0]) for one in found]


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server may be stopped by the test itself."""
    leave = Server.__exit__
    left: set[int] = set()

    def once(self: Server, *error: Any) -> None:
        if id(self) not in left:
            left.add(id(self))
            leave(self, *error)

    monkeypatch.setattr(Server, "__exit__", once)


def test_a_full_disk_loses_no_entry(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "TOGETHER_S", 0.0)
    monkeypatch.setattr(audit, "RETRY_S", 0.001)
    path = tmp_path / "audit.log"
    path.symlink_to("/dev/full")
    with audit.audit_file(str(path)):
        for number in range(3):
            audit._put(f"entry {number}")
            while not caplog.text:
                time.sleep(0.001)  # the thread that writes tells nobody else
        path.unlink()
        audit._put("entry 3")
    assert path.read_text() == "".join(f"entry {number}\n" for number in range(4))
    (first, *_, last) = [record.getMessage() for record in caplog.records]
    assert first == "the audit log waits in memory, since its file cannot be written: No space left on device"
    assert last == "the audit log can be written again"


@pytest.mark.usefixtures("stopping")
def test_an_event_stream_is_written_down_as_the_monitors_that_it_starts(house: Server, path: Path) -> None:
    key = house.app.site.keys.create("crm", "call,query", "101", "", "test")
    bearer = {"authorization": f"Bearer {key}"}
    assert house.http("GET", "/api/events?extension=998", headers=bearer).status in (403, 404)
    found = [one for one in told(entries(house, path)) if one[1] == "sse"]
    assert [one[2].split()[0] for one in found] == ["startmonitor"]


@pytest.mark.usefixtures("stopping")
def test_commands_and_requests_that_change_something_are_written_down(house: Server, path: Path) -> None:
    key = house.app.site.keys.create("crm", "call,query,admin", "*", "", "test")
    bearer = {"authorization": f"Bearer {key}"}
    call = {"extension": "101", "destination": "102", "data": "customer 4711"}
    assert house.http("POST", "/api/makecall", json=call, headers=bearer).status == 200
    assert house.http("GET", "/api/snapshot?extension=101", headers=bearer).status == 200
    assert house.http("POST", "/api/retrieve", json={"extension": "103"}, headers=bearer).status == 409
    assert house.http("POST", "/admin/add/extension", json={"extension": "101"}, headers=bearer).status == 200
    person = Person(house)
    person.reads("User: ")
    person.types("hunter2", "Password: ")
    person.types("hunter2", "User: ")
    person.types("tcpgate", "Password: ")
    person.types("tcpgate01")
    person.types("disp version")
    person.leaves()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = entries(house, path)
    assert told(found) == [
        ("crm", "rest", 'makecall {"extension":"101","destination":"102","data":"(hidden)"}', "success"),
        ("crm", "rest", 'retrieve {"extension":"103"}', "NO_HELD_CALL"),
        ("crm", "rest", 'add extension {"extension":"101"}', "success"),
        ("", "console", "log in (unknown)", "NOT_AUTHENTICATED"),
        ("tcpgate", "console", "log in tcpgate", "success"),
        ("tcpgate", "console", "disp version {}", "success"),
    ]
    assert all(one["address"] == "127.0.0.1" and one["at"].startswith("20") for one in found)


@pytest.mark.usefixtures("stopping")
def test_an_entry_is_one_line_whatever_is_asked(house: Server, path: Path) -> None:
    key = house.app.site.keys.create("crm", "admin", "*", "", "test")
    for text in ("a\nb", "\x1b[2J", "\u2028", "x" * 10_000, '"}\n{"user":"root"'):
        house.http("POST", "/admin/add/blacklist", json={"ip": "1.2.3.4", "comment": text}, headers={"x-api-key": key})
    lines = path.read_text().splitlines() if path.exists() else []
    found = entries(house, path)
    assert len(found) == 5 >= len(lines)
    assert {one["user"] for one in found} == {"crm"}
    assert all(len(one["what"]) < 600 for one in found)
    assert "\x1b" not in path.read_text()


def test_without_a_file_commands_stand_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ivrsvr.audit")
    with Server() as house:
        key = house.app.site.keys.create("crm", "admin,call", "*", "", "test")
        house.http("POST", "/admin/add/extension", json={"extension": "101"}, headers={"x-api-key": key})
        house.post("makecall", extension="101", destination="102")
    audit = [one.getMessage() for one in caplog.records if one.name == "ivrsvr.audit"]
    assert len(audit) == 1
    assert "add extension" in audit[0]


# ---- no secret anywhere


@pytest.mark.parametrize(
    "message",
    [
        b'{"request":"login","passwd":"S3cret!"}',
        b"{request: 'login', passwd: 'S3cret!'}",
        b'{"request":"authenticate","key":"S3cret!"}',
        b'{"password" : "S3cret!',
        b'{"old_password":"a\\"S3cret!"}',
        {"passwd": "S3cret!"},
        {"token": "S3cret!"},
    ],
)
def test_a_trace_hides_secrets_however_they_are_written(message: "bytes | dict[str, str]") -> None:
    assert "S3cret!" not in shown(message)


SECRETS = {
    "password of a user": "Wh1te-Rabbit-77",
    "new password": "Bl4ck-Rabbit-88",
    "wrong password": "Gr3y-Rabbit-99",
    "agent's password": "67890",
    "parameter": "conf1g-Secret-5",
    "password of a TLINK that is misspelt": "Slip-0f-the-Pen-6",
    "password in an address": "Addr3ss-Word-7",
    "password of a user that is misspelt": "M1sspelt-Word-8",
}


def secret_of(text: str) -> str:
    """What is secret in a key (`ivk_` + mark + `_` + secret) or in the secret of a webhook (`whsec_` + secret)."""
    return text.split("_", 2 if text.startswith("ivk_") else 1)[-1]


@pytest.mark.usefixtures("stopping")
def test_known_secrets_are_in_no_log_database_trace_or_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ivrsvr.interfaces.console.telnet.NEGOTIATION_S", 0.01)
    caplog.set_level(logging.DEBUG)
    seen = io.StringIO()
    secrets: dict[str, str] = {}
    settings = {"db": str(tmp_path / "a.db"), "audit": "all", "audit_file": str(tmp_path / "audit.log")}
    with Server(console=("127.0.0.1:0",), **settings) as house:
        watcher = Person(house)
        watcher.logs_in()
        seen.write(watcher.types("trace on all"))
        admin = Person(house)
        seen.write(admin.logs_in())
        for prompts in (
            ("add user anna call,query", "Password: ", SECRETS["password of a user"], SECRETS["password of a user"]),
            ("change password", "Old: ", "tcpgate01", SECRETS["new password"], SECRETS["new password"]),
        ):
            line, first, *typed = prompts
            seen.write(admin.types(line, first))
            for text, then in zip(typed, [*["Password"] * (len(typed) - 1), "ivrsvr> "], strict=True):
                seen.write(admin.types(text, then))
        seen.write(admin.types(f"change parameter ivr_custdataconfigstring {SECRETS['parameter']}"))
        misspelt = SECRETS["password of a TLINK that is misspelt"]
        seen.write(admin.types(f"change parameter ivr_tlnk_01 AVAYA#CM1#CSTA#AES1 anna {misspelt}"))
        seen.write(admin.types(f"change parameter IVR_TLINK_01 AVAYA#CM1#CSTA#AES1 anna {misspelt}"))
        for name in ("otel_endpoint", "jwt_keys", "ivr_uuisvr_peers", "ws_ping"):
            refused = admin.types(
                f"change parameter {name} https://anna:{SECRETS['password in an address']}@10.0.0.1:1/"
            )
            assert f"{name}: the value is wrong" in refused
            seen.write(refused.partition("@10.0.0.1")[2])
        own = next(word for word in admin.types("add key own admin").split() if word.startswith("ivk_"))
        wrong = {"name": "carl", "pasword": SECRETS["password of a user that is misspelt"]}
        changed = {"name": "ivr_uuisvr_key", "value": SECRETS["parameter"]}
        for path, keys, status in (("add/user", wrong, 400), ("change/parameter", changed, 200)):
            reply = house.http("POST", f"/admin/{path}", json=keys, headers={"x-api-key": own})
            assert reply.status == status, reply.text
            seen.write(reply.text)
        shown_key = admin.types("add key crm call,query")
        key = next(word for word in shown_key.split() if word.startswith("ivk_"))
        seen.write(admin.types("disp parameter") + admin.types("disp key") + admin.types("disp user"))
        guess = Person(house)
        guess.reads("User: ")
        guess.types("tcpgate", "Password: ")
        seen.write(guess.types(SECRETS["wrong password"], "User: "))
        login = {"extension": "101", "agentid": "12345", "passwd": SECRETS["agent's password"], "split": "201"}
        agent = house.http("POST", "/api/login", json=login, headers={"x-api-key": key, "idempotency-key": "k"})
        assert agent.status == 200, agent.text
        for request in (
            {"request": "add user", "name": "bert", "scopes": "query", "password": SECRETS["password of a user"]},
            {"request": "change parameter", "name": "ivr_uuisvr_key", "value": SECRETS["parameter"]},
            {"request": "add key", "name": "another", "scopes": "query"},
            {"request": "add webhook", "name": "w", "url": "https://192.0.2.1/", "extensions": "101"},
        ):
            caller = Caller("test", scopes=SCOPES, idempotency_key=request["request"])
            done = house.run(house.app.service.handle(request, caller))
            assert done["result"] == "success", done
            again = house.run(house.app.service.handle(request, caller))
            assert again == done | {name: "" for name in ("key", "secret") if name in done}
            secrets |= {one: secret_of(done[one]) for one in ("key", "secret") if one in done}
        seen.write(agent.text + house.http("GET", f"/api/snapshot?extension=101&token={key}").text)
        seen.write(house.http("GET", "/api/snapshot?extension=101&token=ivk_x_Wrong-Key-1").text)
        seen.write(admin.types("disp change"))
        seen.write(house.http("GET", "/sim/trace").text)
        seen.write(watcher.types("trace off all"))
        for one in (watcher, admin, guess):
            one.leaves()
        house.__exit__(None, None, None)
    ours = "\n".join(
        f"{one.name} {one.getMessage()}" for one in caplog.records if not one.name.startswith(("httpx", "httpcore"))
    )
    places = {
        "console and answers": seen.getvalue().encode(),
        "log": ours.encode(),
        **{file.name: file.read_bytes() for file in tmp_path.iterdir()},
    }
    secrets |= {**SECRETS, "first key": secret_of(key), "own key": secret_of(own), "wrong key": "Wrong-Key-1"}
    leaks = [
        (what, where)
        for what, secret in secrets.items()
        for where, octets in places.items()
        if secret.encode() in octets
    ]
    assert leaks == []
    assert b"login" in places["audit.log"]
    assert b"trace" in places["console and answers"]


# ---- guessing


def test_a_lock_grows_ends_and_is_forgotten() -> None:
    clock = Clock(0.0)
    lockout = Lockout(clock)
    for _ in range(FAILURES_MOST):
        assert lockout.wait_s("a") == 0
        lockout.failed("a")
    assert lockout.wait_s("a") == 30
    assert lockout.wait_s("b") == 0
    clock.advance(30)
    lockout.failed("a")
    assert lockout.wait_s("a") == 60
    for _ in range(2000):
        lockout.failed("a")
    assert lockout.wait_s("a") == LOCK_MOST_S
    clock.advance(2 * LOCK_MOST_S + 1)
    lockout.failed("a")
    assert lockout.wait_s("a") == 0


def test_what_is_remembered_of_guessers_is_bounded() -> None:
    lockout = Lockout(Clock(0.0))
    for number in range(REMEMBERED_MOST + 50):
        lockout.failed(str(number))
    assert len(lockout._failures) == REMEMBERED_MOST


@pytest.mark.parametrize(
    ("name", "address", "locked"),
    [
        (lambda n: f"user{n}", lambda _: "10.0.0.1", ("tcpgate", "10.0.0.1")),
        (lambda _: "anna", lambda n: f"10.0.1.{n}", ("anna", "10.9.9.9")),
    ],
)
def test_many_names_from_one_address_and_one_name_from_many_are_locked_out(
    name: Callable[[int], str], address: Callable[[int], str], locked: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server() as house:
        accounts = house.app.site.accounts

        async def matches(_hash: str, _password: str) -> bool:
            return False  # argon2 takes its time on purpose; the counting is looked at here

        async def guess() -> str:
            house.app.site.configuration.users.add(User("anna", "x", "call"))
            monkeypatch.setattr(accounts, "_matches", matches)
            for number in range(60):
                with pytest.raises(RequestError):
                    await accounts.check(name(number), "guess", address(number))
            with pytest.raises(RequestError) as refused:
                await accounts.check(*locked[:1], "guess", locked[1])
            with pytest.raises(RequestError) as here:
                await accounts.check("anna", "guess", "127.0.0.1")
            assert "is wrong" in here.value.text
            return refused.value.text

        assert "too many failures" in house.run(guess())


def test_a_user_who_is_deleted_meanwhile_can_do_nothing_more(house: Server) -> None:
    admin = Person(house)
    admin.logs_in()
    admin.types("add user anna admin", "Password: ")
    admin.types("long enough", "Password again: ")
    admin.types("long enough")
    anna = Person(house)
    anna.logs_in("anna", "long enough")
    assert admin.types("delete user anna") == "done\n"
    anna.sends(b"add extension 101\r\n")
    assert "your user was deleted" in anna.end()
    assert len(house.app.site.configuration.extensions) == 0
    admin.leaves()
    anna.leaves()
