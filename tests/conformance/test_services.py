"""Every request of the protocol over TCP: the table's rows, and nothing that the protocol has is missing in it."""

import json
from collections.abc import Awaitable, Callable
from functools import cache
from itertools import cycle
from typing import Any

import pytest

from ivrsvr.backends.tsapi.stream.channel import Message
from ivrsvr.backends.tsapi.stream.credentials import ChallengeForm
from ivrsvr.csta.acs import ACSUniversalFailureConf
from ivrsvr.csta.errors import ACSUniversalFailure, CSTAUniversalFailure
from ivrsvr.csta.pdu import BY_NAME, declaration_of
from ivrsvr.csta.system import UniversalFailureConf
from tests.conformance.services.desk import Desk, at_desk
from tests.conformance.services.happenings import NEVER, day, kinds, older
from tests.conformance.services.scenes import Row
from tests.conformance.services.table import ROWS
from tests.conformance.tsapi_data import DATA

PDUS = json.loads((DATA / "pdus.json").read_text(encoding="utf-8"))
EVERY = [*PDUS["pdus"], *PDUS["private_pdus"]]
LATER_S = 6.0


def test_every_request_of_the_protocol_has_a_row() -> None:
    requests = {BY_NAME[row["name"]] for row in EVERY if row["direction"] == "client->server"}
    assert {row.request for row in ROWS} == requests


def ids(row: Row) -> str:
    return f"{row.request.__name__}-{row.what}"


@pytest.mark.parametrize("row", ROWS, ids=ids)
def test_row(row: Row) -> None:
    async def work(desk: Desk) -> None:
        pdu, private, since = await begin(desk, row)
        assert row.request in (type(pdu), type(private))
        invoke = await desk.send(pdu, private)
        await desk.settle(LATER_S)
        answers = desk.answers(invoke)
        if row.answer is None:
            assert answers == []
        else:
            [answer] = answers
            assert said(answer) == row.answer
            assert (type(answer.private) if answer.private is not None else None) is row.private
        assert_in_order(row.then, names(desk.told(since)))

    at_desk(work, version=row.version)


async def begin(desk: Desk, row: Row) -> tuple[Any, Any, int]:
    """Make the row's scene: the request, its private data, and where its consequences begin in the mail."""
    if row.stream:
        await desk.open()
        await desk.watch(*Desk.WATCHED)
    pdu, private = await row.scene(desk)
    await desk.settle()
    return pdu, private, len(desk.mail)


def said(answer: Message) -> type | CSTAUniversalFailure | ACSUniversalFailure:
    """A failure's code, or the type of a confirmation."""
    pdu = answer.pdu
    return pdu.error if isinstance(pdu, UniversalFailureConf | ACSUniversalFailureConf) else type(pdu)


def names(told: list[Message]) -> list[str]:
    """What was told, private data after its PDU."""
    return [type(part).__name__ for one in told for part in (one.pdu, one.private) if part is not None]


def assert_in_order(wanted: tuple[str, ...], found: list[str]) -> None:
    rest = iter(found)
    assert all(name in rest for name in wanted), f"{wanted} among {found}"


# ---- what the server sends


def sent(work: Callable[[Desk], Awaitable[None]], version: int, form: ChallengeForm) -> set[type]:
    """The types of everything that came to a desk."""

    async def collected(desk: Desk) -> set[type]:
        await work(desk)
        return set(kinds(desk))

    return at_desk(collected, version=version, form=form)


@cache
def everything_sent() -> set[type]:
    """What one day at every version brings, and what answers the rows."""
    found = {kind for row in ROWS for kind in (row.answer, row.private) if isinstance(kind, type)}
    for version, form in zip(range(4, 11), cycle(ChallengeForm), strict=False):
        found |= sent(day, version, form)
    return found | sent(older, 10, ChallengeForm.AUTH_REPLY_TWO)


SENDABLE = {row["name"] for row in EVERY if row["direction"] == "server->client"}


def test_everything_that_a_server_may_send_is_sent_or_never_for_a_reason() -> None:
    found = {declaration_of(kind).asn1_name for kind in everything_sent()}
    assert found & NEVER.keys() == set()
    assert SENDABLE - found == NEVER.keys()


@pytest.mark.parametrize("version", range(4, 11))
def test_a_version_has_its_own_layouts_and_no_others(version: int) -> None:
    for kind in sent(day, version, ChallengeForm.AUTH_REPLY_TWO):
        declared = declaration_of(kind)
        if declared.versions is not None:
            first, last = declared.versions
            assert first <= version <= (last or version), declared.asn1_name
