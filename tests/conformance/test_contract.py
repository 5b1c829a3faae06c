"""The JSON contract: every request example exactly as printed, over every door, and every event shape.

Key names, key order and value types are the contract; values are only examples.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ivrsvr.testing.facade import Client, RunningServer
from tests.conformance.preparations import EVENTS, PATCHES, STEPS, prepare, title

CONTRACT = json.loads((Path(__file__).parent / "data" / "ivrsvr-json.json").read_text(encoding="utf-8"))
EXAMPLES = [
    pytest.param(entry["name"], example, entry["response"], id=f"{entry['name']}-{number}")
    for entry in CONTRACT["requests"]
    for number, example in enumerate(entry["examples"], 1)
]


def over_websocket(_server: RunningServer, client: Client, example: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    client.send(json.dumps(example))
    responses = [text for text in client.texts if json.loads(text)["msgtype"] == "response"]
    return 200, json.loads(responses[-1])


def over_post(server: RunningServer, _client: Client, example: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    reply = server.http("POST", f"/api/{example['request']}", content=json.dumps(example))
    return reply.status, reply.body


def over_get(server: RunningServer, _client: Client, example: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    reply = server.http("GET", f"/api/{example['request']}", params=dict(example))
    return reply.status, reply.body


Door = Callable[[RunningServer, Client, Mapping[str, str]], tuple[int, dict[str, Any]]]
DOORS: list[Door] = [over_websocket, over_post, over_get]
BACKENDS = ("simulator", "tsapi")


def shape(value: Any) -> Any:
    """Names in their order, and types: all of a value that the contract fixes. A list has the shapes of its entries."""
    if isinstance(value, dict):
        return [(key, shape(item)) for key, item in value.items()]
    if isinstance(value, list):
        shapes = [shape(item) for item in value]
        return ["list of", shapes[0] if shapes else None] if all(one == shapes[0] for one in shapes) else shapes
    return type(value).__name__


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
@pytest.mark.parametrize(("name", "example", "response"), EXAMPLES)
def test_a_request_as_printed(name: str, example: Mapping[str, str], response: Mapping[str, Any], door: Door) -> None:
    key = title(name, example)
    with RunningServer(patch=PATCHES.get(key)) as server:
        client = server.connect()
        prepare(server, client, STEPS.get(key, []))
        status, came = door(server, client, example)
    assert (status, came.get("result")) == (200, "success"), came
    assert came["id"] == example["id"]
    assert shape(came) == shape(response)


@pytest.mark.parametrize(("name", "example", "response"), EXAMPLES)
def test_a_request_as_printed_on_a_switch_behind_the_wire(
    name: str, example: Mapping[str, str], response: Mapping[str, Any]
) -> None:
    key = title(name, example)
    with RunningServer(backend="tsapi", patch=PATCHES.get(key)) as server:
        client = server.connect()
        prepare(server, client, STEPS.get(key, []))
        _, came = over_websocket(server, client, example)
    assert came.get("result") == "success", came
    assert shape(came) == shape(response)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("event", CONTRACT["events"], ids=lambda event: event["eventtype"])
def test_an_event_has_the_printed_shape(event: Mapping[str, Any], backend: str) -> None:
    with RunningServer(backend=backend) as server:
        client = server.connect()
        assert client.request("startmonitor", extension="101")["result"] == "success"
        prepare(server, client, EVENTS[event["eventtype"]])
        came = [one for one in client.events if one["eventtype"] == event["eventtype"]]
    assert came, [one["eventtype"] for one in client.events]
    wanted = shape(event["example"])
    # Keys of our own may follow the contract's; `custdata` repeats the misspelt `cusdata`, after the contract's keys.
    assert shape(came[-1])[: len(wanted)] == wanted
    assert ("custdata" in came[-1]) == ("custdata" in event["types"] or "cusdata" in event["types"])
    assert "cusdata" not in event["types"] or came[-1]["custdata"] == came[-1]["cusdata"]


def test_every_example_and_shape_is_covered() -> None:
    assert len(EXAMPLES) == sum(len(entry["examples"]) for entry in CONTRACT["requests"])
    assert {event["eventtype"] for event in CONTRACT["events"]} == set(EVENTS)
    keys = {title(entry["name"], example) for entry in CONTRACT["requests"] for example in entry["examples"]}
    assert set(STEPS) | set(PATCHES) <= keys
