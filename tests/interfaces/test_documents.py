"""OpenAPI, AsyncAPI and pages: made from the registry, complete, and consistent in themselves."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from ivrsvr.app import all_requests
from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.interfaces.asyncapi import asyncapi
from ivrsvr.interfaces.eventshapes import NOTICES, SHAPES
from ivrsvr.interfaces.http.openapi import openapi
from ivrsvr.registry import Caller
from ivrsvr.service.errors import Own, http_status
from ivrsvr.service.events import CONTRACT_TYPES, EXTENSION_TYPES
from tests.interfaces.conftest import Server

DATA = Path(__file__).parents[1] / "conformance/data"
CONTRACT = json.loads((DATA / "ivrsvr-json.json").read_text())


@pytest.fixture(scope="module")
def documents() -> dict[str, dict[str, Any]]:
    registry = all_requests()
    return {"openapi": openapi(registry), "asyncapi": asyncapi(registry)}


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref" and isinstance(item, str):
                yield item
            else:
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


@pytest.mark.parametrize("name", ["openapi", "asyncapi"])
def test_every_reference_leads_somewhere(documents: dict[str, dict[str, Any]], name: str) -> None:
    found = set(references(documents[name]))
    assert found
    for reference in found:
        place: Any = documents[name]
        for part in reference.removeprefix("#/").split("/"):
            assert part in place, reference
            place = place[part]


def test_openapi_has_every_route_and_every_example_of_the_contract(documents: dict[str, dict[str, Any]]) -> None:
    paths = documents["openapi"]["paths"]
    for entry in all_requests():
        for method, path in entry.routes:
            assert method.lower() in paths[path]
    for documented in CONTRACT["requests"]:
        name = documented["name"].partition(":")[0]
        content = paths[f"/api/{name}"]["post"]["requestBody"]["content"]["application/json"]
        shown = [example["value"] for example in content["examples"].values()]
        for example in documented["examples"]:
            assert example in shown


def described(document: dict[str, Any], request: str) -> Draft202012Validator:
    """What a document says of a request object."""
    if "paths" in document:
        content = document["paths"][f"/api/{request}"]["post"]["requestBody"]["content"]
        schema = content["application/json"]["schema"]
    else:
        schema = document["components"]["messages"][f"{request}.request"]["payload"]
    return Draft202012Validator({**schema, "components": document["components"]})


@pytest.mark.parametrize("name", ["openapi", "asyncapi"])
def test_the_contracts_requests_are_as_described(documents: dict[str, dict[str, Any]], name: str) -> None:
    """Numbers and truth values quoted, as the contract has them, and not."""
    unquoted = {"callid": 123, "reasoncode": 1, "dnd": True, "fwd": True, "ind": True}
    for documented in CONTRACT["requests"]:
        validator = described(documents[name], documented["name"].partition(":")[0])
        for example in documented["examples"]:
            validator.validate(example)
            validator.validate({key: unquoted.get(key, value) for key, value in example.items()})
    hold = described(documents[name], "hold")
    for callid in (0, -1, 2**31, "-1", "one", "1.5", 1.5, True):
        assert not hold.is_valid({"request": "hold", "extension": "101", "callid": callid}), callid


def test_openapi_names_every_operation_once_and_every_parameter_of_a_path(documents: dict[str, Any]) -> None:
    names: list[str] = []
    for path, operations in documents["openapi"]["paths"].items():
        for operation in operations.values():
            names.append(operation["operationId"])
            given = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert given == set(re.findall(r"{(\w+)}", path))
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"\w+", name) for name in names)


def test_openapi_has_the_event_stream_and_the_past(documents: dict[str, dict[str, Any]]) -> None:
    paths = documents["openapi"]["paths"]
    stream = paths["/api/events"]["get"]
    assert list(stream["responses"]["200"]["content"]) == ["text/event-stream"]
    assert {"400", "401", "403", "503"} <= stream["responses"].keys()
    names = {one["name"] for one in stream["parameters"]}
    assert names == {"extension", "eventtypes", "events", "lasteventid", "Last-Event-ID"}
    assert {one["name"] for one in paths["/api/calls/{ucid}"]["get"]["parameters"]} == {"ucid", "form"}
    assert {"extension", "since", "until", "after", "limit"} <= {
        one["name"] for one in paths["/api/events/history"]["get"]["parameters"]
    }


def test_openapi_and_the_manual_have_every_status_that_there_is(documents: dict[str, dict[str, Any]]) -> None:
    statuses = {str(http_status(int(code))) for code in (*CSTAUniversalFailure, *Own)} | {"200", "431"}
    operation = documents["openapi"]["paths"]["/api/hold"]["post"]
    assert set(operation["responses"]) == statuses
    manual = (DATA.parents[2] / "docs/rest.md").read_text()
    assert {status for status in statuses if f"| {status} |" not in manual} == set()


def test_asyncapi_is_what_its_specification_says(documents: dict[str, dict[str, Any]]) -> None:
    """By the schema of AsyncAPI's own (npm @asyncapi/specs 6.11.1, Apache-2.0)."""
    schema = json.loads(gzip.decompress((DATA / "asyncapi-3.0.0.schema.json.gz").read_bytes()))
    found = sorted(
        Draft7Validator(schema).iter_errors(documents["asyncapi"]), key=lambda error: len(error.absolute_path)
    )
    assert not found, [f"{list(error.absolute_path)}: {error.message[:200]}" for error in found[:3]]


def test_asyncapi_has_every_request_and_event(documents: dict[str, dict[str, Any]]) -> None:
    messages = documents["asyncapi"]["components"]["messages"]
    for entry in all_requests():
        name = entry.name.replace(" ", "_")
        assert messages[f"{name}.request"]["payload"]["properties"]["request"] == {"const": entry.name}
        assert f"{name}.response" in messages
    assert all(re.fullmatch(r"[\w.-]+", name) for name in messages)
    assert [shape.eventtype for shape in SHAPES] == [*CONTRACT_TYPES, *EXTENSION_TYPES]


def test_the_shapes_of_events_are_the_contracts() -> None:
    shapes = {shape.eventtype: shape for shape in SHAPES}
    for documented in CONTRACT["events"]:
        shape = shapes[documented["eventtype"]]
        assert shape.example == documented["example"]
        assert list(shape.example) == list(documented["example"])
        assert not shape.is_extension


def test_events_as_sent_fit_their_shapes(server: Server) -> None:
    received: list[dict[str, Any]] = []
    subscriber = server.app.service.subscribe("test")

    async def all_sent() -> None:
        received.extend(json.loads(text) for text in subscriber.take_now())

    for device in ("101", "201"):
        request = {"request": "startmonitor", "extension": device, "events": "all"}
        server.run(server.app.service.handle(request, Caller(subscriber=subscriber)))
    server.http("POST", "/sim/calls", json={"from": "67896789", "to": "101"})
    for name in ("answer", "hold", "retrieve", "hangup"):
        server.post(name, extension="101")
    server.post("login", extension="101", agentid="12345", passwd="67890")
    server.http("POST", "/sim/link/down")
    server.run(all_sent())
    shapes = {shape.eventtype: shape for shape in SHAPES}
    assert {"offer", "connect", "hold", "retrieve", "disconnect", "idle", "agentlogin", "linkdown"} <= {
        event["eventtype"] for event in received
    }
    for event in received:
        shape = shapes[event["eventtype"]]
        assert list(event)[: len(shape.example)] == list(shape.example)
        assert {key: type(event[key]) for key in shape.example} == {
            key: type(value) for key, value in shape.example.items()
        }
        assert set(event) <= set(shape.schema()["properties"])


def test_what_one_connection_is_told_fits_asyncapi(server: Server, documents: dict[str, dict[str, Any]]) -> None:
    """`position`, `resumed`, `gap`, `snapshot` (of a station, of a split with an agent) and `overflow`."""
    document = documents["asyncapi"]
    service = server.app.service
    slow, one = service.subscribe("slow"), service.subscribe("test")
    server.post("login", extension="101", agentid="12345", passwd="67890")
    server.http("POST", "/sim/calls", json={"from": "67896789", "to": "102"})
    told: list[dict[str, Any]] = []

    async def start(extension: str, **keys: object) -> None:
        request = {"request": "startmonitor", "extension": extension, **keys}
        await service.handle(request, Caller(subscriber=one))
        one.reply()
        told.extend(json.loads(text) for text in one.take_now())

    server.run(start("102", position="true"))
    server.run(start("102", since=told[0]["eventid"], epoch=told[0]["epoch"]))
    for extension in ("102", "201"):
        server.run(start(extension, since=0, epoch="another"))
    while slow.put("{}"):
        pass
    told += [json.loads(text) for text in slow.take_now()]
    types = [event["eventtype"] for event in told]
    assert types == ["position", "resumed", "gap", "snapshot", "gap", "snapshot", "overflow"]
    assert told[3]["list"]
    assert told[5]["agents"]
    examples = {shape.eventtype: list(shape.example) for shape in NOTICES}
    for event in told:
        message = document["components"]["messages"][f"event.{event['eventtype']}"]
        Draft202012Validator(message["payload"]).validate(event)
        assert [key for key in event if key != "agents"] == examples[event["eventtype"]]
    channels = {
        channel: {name for name in document["channels"][channel]["messages"] if name.startswith("event.")}
        for channel in ("ws", "sse", "webhook")
    }
    assert channels["ws"] - channels["sse"] == {"event.position"}
    assert channels["sse"] - channels["webhook"] == {"event.resumed", "event.overflow"}


def test_asyncapi_tells_how_to_prove_who_one_is_and_to_do_a_thing_once(documents: dict[str, dict[str, Any]]) -> None:
    messages = documents["asyncapi"]["components"]["messages"]
    proof = Draft202012Validator(messages["authenticate.request"]["payload"])
    proof.validate({"id": "0", "request": "authenticate", "key": "ivk_..."})
    assert not proof.is_valid({"id": "0", "request": "authenticate"})
    once = {
        name.removesuffix(".request")
        for name, message in messages.items()
        if "idempotencykey" in message["payload"].get("properties", {})
    }
    assert {"makecall", "setforwarding", "sim_call"} <= once
    assert not {"snapshot", "startmonitor", "authenticate"} & once


@pytest.mark.parametrize("path", ["/", "/docs", "/docs.js", "/docs.css", "/openapi.json", "/asyncapi.json"])
def test_pages_are_served_and_load_nothing_from_elsewhere(server: Server, path: str) -> None:
    reply = server.http("GET", path)
    assert reply.status == 200
    assert reply.headers["content-security-policy"].startswith("default-src 'self'")
    assert 'src="http' not in reply.text
    assert 'href="http' not in reply.text


def test_the_reference_page_has_every_request_and_event(server: Server) -> None:
    text = server.http("GET", "/docs").text
    for entry in server.app.service.registry:
        assert f'id="{entry.name}"' in text
    for shape in (*SHAPES, *NOTICES):
        assert f"<code>{shape.eventtype}</code>" in text
