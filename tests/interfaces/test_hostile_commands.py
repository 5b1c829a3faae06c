"""Every command of administrators with every trick in every argument: a clear refusal or a harmless deed."""

import asyncio
import itertools
from typing import Any

import pytest
from pydantic import SecretStr

from ivrsvr.interfaces.console.render import render
from ivrsvr.registry import SCOPES, Caller, Entry
from tests.interfaces.conftest import Server

TRICKS = (
    "'; drop table tUser; --",
    '" or 1=1 --',
    "../../../../etc/passwd",
    "/dev/zero",
    "a\x00b",
    "\x1b[2J\x1b]0;gotcha\x07",
    "\u202egnp.exe",
    "\ud800",
    "9" * 5000,
    "-1",
    "1e400",
    "",
    "*",
    "%s%s%n",
    "${jndi:ldap://x}",
    "$(reboot)",
)

NOT_TRIED = frozenset({"shutdown"})

WHO = Caller(door="console", address="127.0.0.1", user="tester", scopes=SCOPES)


def tries(entry: Entry) -> list[dict[str, Any]]:
    """A trick in one argument, the others being sound; then the same trick in all."""
    fields = entry.request.model_fields
    sound: dict[str, Any] = {
        name: {"port": 0, "kind": "ivrsvrws", "local": "127.0.0.1", "remote": "*", "ip": "10.0.0.1", "first": "101",
               "last": "102", "scopes": "call", "count": 5}.get(name, "101")
        for name in fields
    }  # fmt: skip
    for name, field in fields.items():
        if field.annotation is SecretStr:
            sound[name] = "long enough"
    single = [{**sound, name: trick} for name, trick in itertools.product(fields, TRICKS)]
    return [*single, *(dict.fromkeys(fields, trick) for trick in TRICKS)]


def test_every_command_survives_every_trick(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    site = server.app.site

    async def quick(user: Any, _password: str) -> Any:
        return site.configuration.users.put(user)  # argon2 takes its time on purpose

    monkeypatch.setattr(site.accounts, "set_password", quick)
    entries = [one for one in server.app.service.registry if one.scope == "admin" and one.name not in NOT_TRIED]
    assert len(entries) > 20
    answers: list[tuple[str, dict[str, Any]]] = []

    async def all_of_them() -> None:
        for entry in entries:
            for request in tries(entry):
                answers.append((entry.name, await site.audit.handle({"request": entry.name, **request}, WHO)))

    server.run(all_of_them())
    for name, answer in answers:
        text = "\n".join(render(answer))
        assert "INTERNAL_ERROR" not in text, (name, text)
        assert "Traceback" not in text
        assert not any(sign in text for sign in "\x1b\x07\x00\u202e"), (name, text)
    assert site.configuration.users.get("tcpgate") is not None
    assert server.post("makecall", extension="101", destination="102").status == 200


def test_thousands_of_extensions_hold_up_nobody(server: Server) -> None:
    """Although the switch refuses them at once."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def add() -> dict[str, Any]:
        waiting = asyncio.create_task(others())
        try:
            fields = {"first": "7000", "last": "7999"}
            answer = await server.app.site.audit.handle({"request": "bulkadd extension", **fields}, WHO)
            assert turns >= 1000
            await server.app.site.audit.handle({"request": "bulkdelete extension", **fields}, WHO)
            return answer
        finally:
            waiting.cancel()

    assert server.run(add())["done"] == 1000
    assert turns >= 2000


def test_extensions_that_are_deleted_while_they_are_added_are_not_monitored(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch takes its time for each, so whoever deletes them is the quicker one."""
    site = server.app.site
    request = site.service.backend.request

    async def slowly(pdu: Any, private: Any = None) -> Any:
        for _ in range(20):
            await asyncio.sleep(0)
        return await request(pdu, private)

    async def both() -> None:
        everybody = {"request": "bulkadd extension", "first": "101", "last": "110"}
        adding = asyncio.create_task(site.audit.handle(everybody, WHO))
        await asyncio.sleep(0)
        await site.audit.handle({"request": "bulkdelete extension", "first": "102", "last": "110"}, WHO)
        assert (await adding)["done"] == 10

    monkeypatch.setattr(site.service.backend, "request", slowly)
    server.run(both())
    assert [one.extension for one in site.configuration.extensions] == ["101"]
    assert [one.device for one in site.service.monitors] == ["101"]
    assert site.failing == {}


def test_duplicates_and_what_is_not_there_are_told(server: Server) -> None:
    rows = {
        "extension": {"extension": "104"},
        "blacklist": {"ip": "10.0.0.9"},
        "ipextnmap": {"ip": "10.0.0.9", "extension": "104"},
        "key": {"name": "crm", "scopes": "call"},
    }

    async def ask(request: str, **fields: str) -> str:
        answer = await server.app.site.audit.handle({"request": request, **fields}, WHO)
        return str(answer.get("error") or answer["result"])

    for kind, fields in rows.items():
        assert server.run(ask(f"add {kind}", **fields)) == "success"
        assert "is there already" in server.run(ask(f"add {kind}", **fields))
        assert server.run(ask(f"delete {kind}", **fields)) == "success"
        assert "there is no" in server.run(ask(f"delete {kind}", **fields))
    assert "write the lower one first" in server.run(ask("bulkadd extension", first="9", last="3"))
    assert "there is no" in server.run(ask("delete tcp", port="9"))
