"""The Gherkin steps about webhooks: targets that take deliveries well or badly, and what administrators do about it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from pytest_bdd import given, parsers, then, when

from ivrsvr.testing.receiver import ANSWERS, TAKEN, Receiver
from ivrsvr.testing.tables import Symbols, Table, check_rows

if TYPE_CHECKING:
    from ivrsvr.testing.facade import RunningServer

NAMED = r'"(?P<name>[\w.-]+)"'
DOES = "|".join(ANSWERS)


@dataclass(slots=True)
class Target:
    """A webhook's receiver, its secrets (the latest last), and how much of what it took the story has read."""

    receiver: Receiver
    secrets: list[str] = field(default_factory=list)
    read: int = 0


@pytest.fixture
def targets() -> "Iterator[dict[str, Target]]":
    """The webhooks of this scenario, by name."""
    found: dict[str, Target] = {}
    yield found
    for target in found.values():
        target.receiver.go_on()


def _commanded(server: "RunningServer", line: str) -> str:
    done, said = server.console(line)
    assert done, said
    return said


def _secret(said: str) -> str:
    return next(word for word in said.split() if word.startswith("whsec_"))


@given("a server that delivers to webhooks", target_fixture="server")
def a_server_that_delivers(running: "list[RunningServer]", new_server: Any) -> "RunningServer":
    running.append(new_server(console=("127.0.0.1:0",), webhook_targets="any").start())
    return running[-1]


@given(parsers.re(rf"the webhook {NAMED} is told of (?P<extensions>[\d,]+)"))
def is_told_of(server: "RunningServer", targets: dict[str, Target], name: str, extensions: str) -> None:
    targets[name] = Target(server.receiver())
    said = _commanded(server, f"add webhook {name} {targets[name].receiver.url} {extensions}")
    targets[name].secrets.append(_secret(said))


@when(parsers.re(rf"the secret of the webhook {NAMED} is rotated"))
def is_rotated(server: "RunningServer", targets: dict[str, Target], name: str) -> None:
    targets[name].secrets.append(_secret(_commanded(server, f"rotate webhook {name}")))


# ---- what a target does


@when(parsers.re(rf"the webhook {NAMED} (?P<does>{DOES}|takes deliveries|takes its time)"))
def does_from_now_on(server: "RunningServer", targets: dict[str, Target], name: str, does: str) -> None:
    receiver = targets[name].receiver
    receiver.usual = ANSWERS.get(does, TAKEN)
    if does == "takes its time":
        receiver.think()
    else:
        receiver.go_on()
    server.settle()


@when("nobody waits for the network any longer")
def nobody_waits(server: "RunningServer") -> None:
    server.give_up_on_the_network()


@then(parsers.re(rf"the webhook {NAMED} has taken$"))
def has_taken(targets: dict[str, Target], symbols: Symbols, name: str, datatable: Table) -> None:
    target = targets[name]
    check_rows(datatable, target.receiver.taken[target.read :], symbols)
    target.read += len(datatable) - 1


@then(parsers.re(rf"the webhook {NAMED} has taken nothing more"))
def has_taken_nothing_more(targets: dict[str, Target], name: str) -> None:
    target = targets[name]
    assert len(target.receiver.taken) == target.read, target.receiver.taken[target.read :]


@then(parsers.re(rf"the first event came to {NAMED} (?P<times>\d+) times, under one id"))
def came_times(targets: dict[str, Target], name: str, times: str) -> None:
    got = targets[name].receiver.got
    same = [one for one in got if one.event["eventid"] == got[0].event["eventid"]]
    assert len(same) == int(times)
    assert {one.name for one in same} == {got[0].name}


# ---- signatures


@then(parsers.re(rf"everything that came to {NAMED} is signed with its latest(?P<former> and its former)? secret"))
def is_signed(targets: dict[str, Target], name: str, former: str | None) -> None:
    target = targets[name]
    assert target.receiver.got, "nothing came"
    for secret in target.secrets[-2 if former else -1 :]:
        assert all(one.is_signed(secret) for one in target.receiver.got)


@then(
    parsers.re(
        rf"the latest delivery to {NAMED} is signed with its latest and its former secret, and with none from before"
    )
)
def the_latest_is_signed(targets: dict[str, Target], name: str) -> None:
    target = targets[name]
    signed = [target.receiver.got[-1].is_signed(secret) for secret in target.secrets]
    assert signed == [False] * (len(signed) - 2) + [True, True]


# ---- what administrators see and do


@then(parsers.re(rf"the console shows that {NAMED} has trouble: (?P<words>.+)"))
def has_trouble(server: "RunningServer", name: str, words: str) -> None:
    said = _commanded(server, "disp webhook")
    assert any(line.startswith(name) and words in line for line in said.splitlines()), said


@then(parsers.re(rf"there (?:is|are) (?P<number>\d+) dead letters? of {NAMED}, on the console and over REST"))
def there_are_dead_letters(server: "RunningServer", name: str, number: str) -> None:
    listed = server.admin("disp deadletter", name=name).body["list"]
    assert len(listed) == int(number), listed
    shown = _commanded(server, f"disp deadletter {name}")
    assert all(str(letter["number"]) in shown for letter in listed)


@when(parsers.re(rf"the dead letters of {NAMED} are sent again (?P<where>on the console|over REST)"))
def are_sent_again(server: "RunningServer", name: str, where: str) -> None:
    if where == "over REST":
        assert server.admin("resend webhook", name=name).body["result"] == "success"
    else:
        _commanded(server, f"resend webhook {name}")
