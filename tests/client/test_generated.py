"""What the clients take from the registry is what the registry says now."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ivrsvr.app import all_requests
from ivrsvr.client import BlockingClient, Client
from ivrsvr.client.conversation import Conversation
from ivrsvr.client.requests import READING
from ivrsvr.interfaces.bindings.javascript import javascript_requests, typescript_requests
from ivrsvr.interfaces.bindings.python import python_requests
from ivrsvr.interfaces.bindings.wanted import OWN_METHOD
from ivrsvr.registry import Registry

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "ivrsvr/interfaces/http/pages/static"


@pytest.mark.parametrize(
    ("path", "made"),
    [
        (ROOT / "ivrsvr/client/requests.py", python_requests),
        (STATIC / "requests.js", javascript_requests),
        (ROOT / "clients/javascript/requests.d.ts", typescript_requests),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_it_is_up_to_date(path: Path, made: Callable[[Registry], str]) -> None:
    assert path.read_text(encoding="utf-8") == made(all_requests()), "run `make docs`"


def test_every_request_of_the_vocabulary_is_a_method() -> None:
    for entry in all_requests():
        wanted = " " not in entry.name and entry.name not in OWN_METHOD
        for client in (Client, BlockingClient):
            assert callable(getattr(client, entry.name, None)) == wanted, entry.name


def test_all_is_keyed_but_what_changes_nothing() -> None:
    """Also what the manual's registry does not have: the commands of administrators, and requests of later servers."""
    assert {entry.name for entry in all_requests() if not entry.changes} == READING
    talk = Conversation("c")
    for entry in all_requests():
        assert bool(talk.ask(entry.name, {}).key) == entry.changes, entry.name
    assert talk.ask("add extension", {"extension": "101"}).key
    assert talk.ask("makecall", {"idempotencykey": "mine"}).key == "mine"
