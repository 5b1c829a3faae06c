"""How a line becomes a request: beginnings of words, forms, and what is wrong with a line."""

from typing import Literal

import pytest
from pydantic import SecretStr

from ivrsvr.interfaces.console.grammar import CommandError, Commands, split
from ivrsvr.registry import Caller, Done, Entry, Number, Request, Text


class Nothing(Request):
    """No keys."""


class Tcp(Request):
    """Keys of `add tcp`."""

    port: Number
    local: Text
    remote: Text
    kind: Literal["ivrsvrws", "tcpgate"]
    tls: Text = "no"


class Blacklist(Request):
    """Keys of `add blacklist`."""

    ip: Text
    comment: Text = ""


class NewUser(Request):
    """Keys of `add user`."""

    name: Text
    password: SecretStr


class Call(Request):
    """Keys of a request of telephones."""

    extension: Text
    destination: Text
    data: Text = ""


async def nobody(_request: Request, _caller: Caller) -> Done:
    return Done()


def entry(name: str, request: type[Request], form: str = "") -> Entry:
    return Entry(name, "test", "admin", request, Done, nobody, "Does it.", form=form)


COMMANDS = Commands(
    [
        entry("help", Nothing),
        entry("quit", Nothing),
        entry("logout", Call),
        entry("hold", Call),
        entry("disp tcp", Nothing),
        entry("disp tlink", Nothing),
        entry("disp call", Nothing),
        entry("add tcp", Tcp, "add tcp <port> <local> <remote> custom <kind> [tls]"),
        entry("add blacklist", Blacklist, "add blacklist <ip> <comment...>"),
        entry("add user", NewUser),
        entry("makecall", Call),
    ],
    preferred=["help"],
    known={"add user": {"name": ("anna", "annabel", "otto")}},
)


def request_of(line: str) -> dict[str, object]:
    command, words = COMMANDS.find(split(line))
    return command.fill(words)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("disp tcp", "disp tcp"),
        ("di tc", "disp tcp"),
        ("DISP CALL", "disp call"),
        ("d c", "disp call"),
        ("h", "help"),
        ("ho 101 102", "hold"),
        ("exit", "quit"),
        ("Bye", "quit"),
        ("logout", "quit"),
        ("logout 101 12345", "logout"),
        ("?", "help"),
    ],
)
def test_words_may_be_shortened(line: str, name: str) -> None:
    assert request_of(line)["request"] == name


def test_a_form_is_filled() -> None:
    assert request_of("add tcp 9001 * 10.0.0.0/8 custom ivrsvrws") == {
        "request": "add tcp",
        "port": "9001",
        "local": "*",
        "remote": "10.0.0.0/8",
        "kind": "ivrsvrws",
    }
    assert request_of("add tcp 9001 * * cus tcpgate yes")["tls"] == "yes"
    assert request_of("add tcp 9001 * * c tcpgate tls=yes")["tls"] == "yes"


def test_the_rest_of_a_line_is_one_value() -> None:
    assert request_of("add black 10.1.1.1 probe of the balancer")["comment"] == "probe of the balancer"


def test_further_keys_are_named() -> None:
    found = request_of('makecall 101 102 data="customer 4711"')
    assert found == {"request": "makecall", "extension": "101", "destination": "102", "data": "customer 4711"}
    assert request_of("makecall destination=102 101")["destination"] == "102"


def test_secrets_are_never_on_the_line() -> None:
    command, words = COMMANDS.find(["add", "user", "anna"])
    assert command.fill(words) == {"request": "add user", "name": "anna"}
    assert command.secrets == ["password"]
    with pytest.raises(CommandError, match="too much"):
        command.fill(["anna", "password=hush"])


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("dips call", "did you mean disp call"),
        ("disp", "needs one of: call, tcp, tlink"),
        ("disp t", "disp tcp, disp tlink; write more"),
        ("disp xyz", 'there is no command "disp xyz"; behind disp comes one of: call, tcp, tlink'),
        ("disp foo", "comes one of"),
        ("disp cal1", "did you mean disp call"),
        ("dsp foo", "did you mean disp?"),
        ("mkecall 101", "did you mean makecall?"),
        ("add tcp 9001 * *", "custom is missing; the form is: add tcp <port>"),
        ("add tcp 9001 * * ivrsvrws custom", 'the word "custom" is missing'),
        ("disp tcp 7", '"7" is too much'),
        ("zzz", "`help` lists all"),
        (" ", "nothing was asked for"),
        ('disp "tcp', "quotation mark"),
        ("makecall 101", "destination is missing; the form is: makecall <extension> <destination>"),
    ],
)
def test_a_wrong_line_is_told_the_right_form(line: str, complaint: str) -> None:
    with pytest.raises(CommandError) as told:
        request_of(line)
    assert complaint in str(told.value)


@pytest.mark.parametrize(
    ("before", "offers"),
    [
        ("", ["add", "disp", "help", "hold", "logout", "makecall", "quit"]),
        ("h", ["help", "hold"]),
        ("disp ", ["call", "tcp", "tlink"]),
        ("di t", ["tcp", "tlink"]),
        ("add tcp 1 2 3 ", ["custom"]),
        ("add tcp 1 2 3 custom ", ["ivrsvrws", "tcpgate"]),
        ("add tcp 1 2 3 custom t", ["tcpgate"]),
        ("disp call ", []),
        ("nonsense ", []),
        ("add user an", ["anna", "annabel"]),
        ("a u o", ["otto"]),
        ("add user anna ", []),
    ],
)
def test_completion(before: str, offers: list[str]) -> None:
    assert COMMANDS.complete(before) == offers
