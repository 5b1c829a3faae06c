"""The OpenAPI document against the server: whatever it lets one send is answered as it says, and with no fault of ours.

Each operation gets a few requests that fit its schema and a few that do not, from a fixed seed.
"""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from ivrsvr.app import all_requests
from ivrsvr.interfaces.administration.changes import CHANGES
from ivrsvr.interfaces.administration.displays import DISPLAYS
from ivrsvr.interfaces.administration.keys import KEYS
from ivrsvr.interfaces.http.openapi import openapi
from ivrsvr.registry import Registry
from tests.commands import run, running

EXAMPLES = 2

LEFT_OUT = {
    "GET /api/events": "a stream has no end; its tests are in test_sse",
    "POST /admin/shutdown": "it stops the server",
    "POST /sim/clock": "time may stand still afterwards, and a request that waits for it would wait for ever",
    "POST /admin/add/tcp": "it opens ports of this machine",
    "POST /admin/bulkadd/extension": "twenty thousand extensions are a test of their own",
}
"""Operations that are not tried, and why."""


def whole() -> Registry:
    """Every request of a server, with those of administrators."""
    registry = all_requests()
    for entry in (*DISPLAYS, *CHANGES, *KEYS):
        registry.add(entry)
    return registry


DOCUMENT = openapi(whole())
FOUND = [one.ok() for one in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations() if isinstance(one, Ok)]
OPERATIONS = {one.label: one for one in FOUND}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, requests.Session]]:
    """A server with its address, and a session with a key that may do everything."""
    folder: Path = tmp_path_factory.mktemp("schemathesis")
    made = run("key", "add", "tester", "--scopes", "call,monitor,query,admin,sim", "--db", "a.db", folder=folder)
    session = requests.Session()
    session.trust_env = False
    session.headers["x-api-key"] = made.stdout.strip()
    with running("--db", "a.db", folder=folder) as (_, printed), session:
        yield printed.split("HTTP")[1].split("/      ")[0].strip(), session


def test_only_what_is_there_is_left_out() -> None:
    assert set(LEFT_OUT) <= set(OPERATIONS)
    assert len(OPERATIONS) == sum(len(methods) for methods in DOCUMENT["paths"].values())


def tries() -> Iterator[Any]:
    """Every operation with what fits it and what does not; where nothing can be given, nothing can be wrong."""
    for label in sorted(OPERATIONS):
        if label in LEFT_OUT:
            continue
        yield pytest.param(label, GenerationMode.POSITIVE, id=f"{label}-fitting")
        method, path = label.split()
        told = DOCUMENT["paths"][path][method.lower()]
        if told["parameters"] or "requestBody" in told:
            yield pytest.param(label, GenerationMode.NEGATIVE, id=f"{label}-not-fitting")


@pytest.mark.parametrize(("label", "mode"), list(tries()))
def test_every_answer_is_one_that_the_document_has(
    door: tuple[str, requests.Session], label: str, mode: GenerationMode
) -> None:
    address, session = door

    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any) -> None:
        response = case.call(base_url=address, session=session, timeout=10)
        assert response.status_code not in (500, 502), response.text
        case.validate_response(
            response,
            checks=[
                checks.status_code_conformance,
                checks.content_type_conformance,
                checks.response_schema_conformance,
            ],
        )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        send()
