"""The scenarios tagged @clients, through the client packages: `make test-clients` runs every scenario so."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_bdd import scenarios

from ivrsvr.testing.packages import JavascriptApplication, PythonApplication
from ivrsvr.testing.plugin import CLIENTS
from ivrsvr.testing.steps import Clients

TAG = "clients"
PACKAGES = tuple(client for client in CLIENTS if client != "raw")
WORDS = ("answer", "hold", "retrieve", "consultation", "transfer", "conference", "custdata", "comes back to")
"""What the tagged scenarios have to do with at least."""

through_each = [
    pytest.mark.parametrize("backend", ["simulator"], indirect=True),
    pytest.mark.parametrize("ivrsvr_client", PACKAGES, indirect=True),
]

scenarios(".")
CHOSEN = {name: test for name, test in globals().items() if name.startswith("test_")}
for _name, _test in list(CHOSEN.items()):
    if TAG not in {mark.name for mark in getattr(_test, "pytestmark", ())}:
        del CHOSEN[_name], globals()[_name]
    else:
        _test.pytestmark.extend(mark.mark for mark in through_each)


@pytest.fixture(autouse=True)
def through_the_package(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing of a scenario may have gone by the package's side."""
    clients: Clients | None = request.getfixturevalue("clients") if "ivrsvr_client" in request.fixturenames else None
    yield
    if clients is not None:
        used = [*clients.monitoring.values(), *clients.asking.values()]
        assert used
        assert {type(one.connection) for one in used} <= {PythonApplication, JavascriptApplication}


def test_as_many_run_as_are_tagged_and_they_do_what_matters() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.rglob("*.feature"))
    tagged = [part for part in text.split("\n\n") if f"  @{TAG}\n" in part]
    assert 8 <= len(CHOSEN) == len(tagged) <= 12
    assert [word for word in WORDS if word not in " ".join(tagged)] == []
