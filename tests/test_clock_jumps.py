"""Somebody sets the machine's clock while a server runs: back, forward, by a lot. What waits goes on; dates follow."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ivrsvr.clock import Clock
from ivrsvr.store import copies
from ivrsvr.store.journal import Wanted
from tests.interfaces.conftest import Server
from tests.interfaces.test_tokens import ISSUER, RSA, jwks, sign

HOUR, DAY = 3600.0, 86_400.0

Jump = Callable[[float], None]


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Jump:
    """Have the machine's clock set, by so many seconds in all."""
    seconds = 0.0

    def set_(by: float) -> None:
        nonlocal seconds
        seconds = by

    monkeypatch.setattr(Clock, "wall", lambda clock: clock.now() + seconds)
    return set_


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Server]:
    path = str(tmp_path / "a.db")
    keys = tmp_path / "keys.json"
    keys.write_bytes(jwks(one=RSA))
    with Server(
        db=path, given={"db": path, "backup_every": "7200"}, jwt_issuer=ISSUER.issuer, jwt_keys=str(keys), security="on"
    ) as server:
        yield server


def ask(house: Server, request: str, **values: Any) -> dict[str, Any]:
    return house.run(house.app.service.handle({"request": request, "extension": "101", **values}))


def opens(house: Server, credential: str) -> bool:
    headers = {"authorization": f"Bearer {credential}"}
    return house.http("GET", "/api/querydevicename?extension=101", headers=headers).status == 200


@pytest.mark.parametrize("by", [-400 * DAY, -HOUR, HOUR])
def test_whichever_way_it_is_set_nothing_is_lost_and_nothing_waits(house: Server, jump: Jump, by: float) -> None:
    key = ask(house, "userdata", type="set", data="Grüße")["uui"]
    made = ask(house, "makecall", destination="102", idempotencykey="k")
    copied = house.run(house.app.site.copies.make()) if house.app.site.copies is not None else Path()
    jump(by)
    assert ask(house, "makecall", destination="102", idempotencykey="k") == made
    assert ask(house, "userdata", type="get", uui=key)["data"] == "Grüße"
    assert ask(house, "userdata", type="set", data="other")["uui"] != key
    assert ask(house, "clearcall")["result"] == "success"
    house.advance(HOUR)  # what was begun before is over, however the clock was set
    text = house.http("GET", "/metrics", headers={"authorization": f"Bearer {_key(house)}"}).text
    assert not [line for line in text.splitlines() if line.split(" ")[-1].startswith("-")]  # no negative age
    house.advance(2 * HOUR)
    assert house.app.site.copies is not None
    house.run(house.app.site.copies.make())  # waits for the one that is due
    found = [Path(name) for name in house.app.site.copies.names()]
    assert found[-1] == copied
    assert len(found) == 3


def _key(house: Server) -> str:
    return house.app.site.keys.create("all", "call,monitor,query,admin", "*", "", "test")


def test_tokens_and_keys_go_by_the_time_of_day(house: Server, jump: Jump) -> None:
    now = house.app.clock.now()
    later = sign(iat=now + DAY, exp=now + DAY + 60)
    dated = house.app.site.keys.create("dated", "query", "*", "2100-01-01", "test")
    assert (opens(house, later), opens(house, dated)) == (False, True)
    jump(DAY)
    assert (opens(house, later), opens(house, dated)) == (True, True)
    jump(100 * 366 * DAY)
    assert (opens(house, later), opens(house, dated)) == (False, False)
    jump(0)
    assert (opens(house, later), opens(house, dated)) == (False, True)


def test_events_are_dated_as_the_machine_is_and_come_in_order_whatever_it_says(house: Server, jump: Jump) -> None:
    service, now = house.app.service, house.app.clock.now()
    house.run(service.keep("101"))
    begun = service.journal.last
    ask(house, "makecall", destination="102")
    house.settle()
    jump(-DAY)
    ask(house, "clearcall")
    house.settle()
    missed = house.run(service.journal.since(("101",), begun, service.journal.epoch))
    assert missed is not None
    assert [one.eventtype for one in missed] == ["alert", "disconnect", "idle"]
    assert [json.loads(one.text)["time"] - int(now) for one in missed] == [0, -DAY, -DAY]
    found = house.run(service.journal.history(Wanted(since=now - DAY, until=now - DAY + 60)))
    assert [one.eventtype for one in found] == ["disconnect", "idle"]


def test_copies_of_a_time_to_come_are_not_taken_for_todays(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as made:
        made.execute("create table tParameter(name)")
    made.close()
    folder = copies.folder_of(tmp_path / "a.db")
    ahead = [copies.keep(tmp_path / "a.db", folder, 2e9 + day * DAY, most=3) for day in range(3)]
    latest = copies.keep(tmp_path / "a.db", folder, 1e9, most=3)
    assert list(copies.kept(folder)) == [latest, ahead[2], ahead[1]]
