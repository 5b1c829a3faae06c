"""The registry, and the requests that it declares for everybody else."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ivrsvr.registry import Registry, Request
from ivrsvr.service.requests import ENTRIES

CONTRACT: dict[str, list[dict[str, Any]]] = {}
for one in json.loads((Path(__file__).parent / "conformance/data/ivrsvr-json.json").read_text())["requests"]:
    CONTRACT.setdefault(one["name"].partition(":")[0], []).append(one)

BY_NAME = {entry.name: entry for entry in ENTRIES}


def test_it_declares_the_contracts_requests_and_three_more() -> None:
    assert len(ENTRIES) == len(BY_NAME) == 44
    assert set(BY_NAME) == {*CONTRACT, "singlesteptransfer", "eventhistory", "callhistory"}


@pytest.mark.parametrize("name", CONTRACT)
def test_examples_are_the_contracts_to_the_letter(name: str) -> None:
    entry = BY_NAME[name]
    wanted = [(example, one["response"]) for one in CONTRACT[name] for example in one["examples"]]
    given = list(zip(entry.examples, entry.example_responses, strict=True))
    assert json.dumps(given) == json.dumps(wanted)
    assert entry.example_response == entry.example_responses[0]


@pytest.mark.parametrize("name", BY_NAME)
def test_models_take_the_examples_and_keep_the_order_of_keys(name: str) -> None:
    entry = BY_NAME[name]
    for example, response in zip(entry.examples, entry.example_responses, strict=True):
        entry.request.model_validate(example)
        again = TypeAdapter(entry.response).validate_python(response).model_dump()
        assert json.dumps(again) == json.dumps(response)


@pytest.mark.parametrize("name", BY_NAME)
def test_every_request_is_documented(name: str) -> None:
    entry = BY_NAME[name]
    assert entry.summary.endswith(".")
    assert entry.routes[:2] == (("POST", f"/api/{name}"), ("GET", f"/api/{name}"))
    for key, schema in entry.request_schema().get("properties", {}).items():
        assert schema.get("description"), f"{name}.{key}"


def test_names_and_routes_are_unique() -> None:
    entry = ENTRIES[0]
    with pytest.raises(ValueError, match="already is a request makecall"):
        Registry((entry, entry))
    with pytest.raises(ValueError, match="POST /api/makecall of other already belongs to makecall"):
        Registry((entry, replace(entry, name="other")))


def test_finding() -> None:
    registry = Registry(ENTRIES)
    assert registry.get("hold") is BY_NAME["hold"]
    assert registry.get("hald") is None
    assert [registry.nearest("hald"), registry.nearest("HOLD"), registry.nearest("zzz")] == ["hold", "hold", ""]
    assert "hold" in registry
    assert [len(registry), list(registry)] == [44, list(ENTRIES)]
    groups = registry.groups()
    assert next(iter(groups)) == "call control"
    assert sum(map(len, groups.values())) == 44


def test_a_request_is_a_value_and_ignores_what_it_does_not_know() -> None:
    model = BY_NAME["makecall"].request
    value = model.model_validate({"extension": 101, "destination": " 102 ", "colour": "red"})
    assert isinstance(value, Request)
    assert value.model_dump() == {"extension": "101", "destination": "102", "data": ""}
    with pytest.raises(ValidationError):
        value.extension = "103"  # type: ignore[attr-defined]
