"""Everything that can be wrong with a request, through both doors, while somebody else is at work.

Each gets a clear refusal; the bystander's call goes on, its events come complete and in order, and nothing is lost.
"""

import json
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any

import pytest

from ivrsvr.testing.clients import JsonConnection
from tests.interfaces.conftest import Server

LONG = "1" * 500

Answer = dict[str, Any]
Ask = Callable[["Bystander", "str | bytes", str], Answer]


class Bystander:
    """A client that is busy with a call of its own, and one that asks for what is wrong."""

    def __init__(self, server: Server) -> None:
        self.server = server
        host, port = server.app.http
        self._url = f"ws://{host}:{port}/ws"
        self.client = self.connect()
        self.other = self.connect()
        for extension in ("105", "106"):
            self.ask(self.client, request="startmonitor", extension=extension)
        self.ask(self.client, request="makecall", extension="105", destination="106")
        self.ask(self.client, request="answer", extension="106")
        self.seen = len(self.client.events)

    def connect(self) -> JsonConnection:
        return self.server.run(JsonConnection.open(self._url))

    def ask(self, client: JsonConnection, **request: Any) -> Answer:
        return self.say(client, json.dumps(request))

    def say(self, client: JsonConnection, message: str | bytes) -> Answer:
        before = len(client.responses)
        self.server.run(client.send(message))
        (answer,) = client.responses[before:]
        return answer

    def at_once(self, *jobs: Coroutine[Any, Any, Any]) -> None:
        """Begin several things before any of them has an outcome."""

        async def all_of_them() -> None:
            for job in jobs:
                await job

        self.server.run(all_of_them())

    def is_undisturbed(self) -> None:
        """Its call can be held and retrieved; exactly the events of that come, and have not been missed before."""
        assert len(self.client.events) == self.seen
        for request in ("hold", "retrieve"):
            assert self.ask(self.client, request=request, extension="105")["result"] == "success"
        came = [(event["eventtype"], event["referenceid"]) for event in self.client.events[self.seen :]]
        assert sorted(came) == [("hold", 1), ("hold", 2), ("retrieve", 1), ("retrieve", 2)]
        numbers = [event["eventid"] for event in self.client.events]
        assert numbers == sorted(set(numbers))

    def calls(self, extension: str) -> list[tuple[str, list[str]]]:
        """State and parties of every call of an extension."""
        found = self.ask(self.other, request="snapshot", extension=extension)["list"]
        return [(one["state"], sorted(party["extension"] for party in one["party"])) for one in found]

    def close(self) -> None:
        for client in (self.client, self.other):
            self.server.run(client.close())


def over_websocket(it: Bystander, message: str | bytes, name: str) -> Answer:
    del name
    return it.say(it.other, message)


def over_rest(it: Bystander, message: str | bytes, name: str) -> Answer:
    reply = it.server.http("POST", f"/api/{name}", content=message)
    assert 400 <= reply.status < 500, reply
    return reply.body


@pytest.fixture(params=[over_websocket, over_rest], ids=["websocket", "rest"])
def ask(request: pytest.FixtureRequest) -> Ask:
    found: Ask = request.param
    return found


@pytest.fixture
def it(server: Server) -> Iterator[Bystander]:
    made = Bystander(server)
    yield made
    made.is_undisturbed()
    made.close()


def request(name: str, **fields: Any) -> tuple[str, str]:
    return name, json.dumps({"request": name, **fields})


MESSAGES: Mapping[str, tuple[tuple[str, str | bytes], str]] = {
    "unknown request": (request("dance", extension="101"), "UNRECOGNIZED_OPERATION_REJECTION"),
    "missing key": (request("makecall", extension="101"), 'OBJECT_NOT_KNOWN: makecall needs the key "destination"'),
    "no extension": (request("hold"), "OBJECT_NOT_KNOWN"),
    "a list": (request("hold", extension=["101"]), "MISTYPED_ARGUMENT_REJECTION"),
    "an object": (request("hold", extension={"a": 1}), "MISTYPED_ARGUMENT_REJECTION"),
    "a truth": (request("hold", extension=True), "MISTYPED_ARGUMENT_REJECTION"),
    "null": (request("hold", extension=None), "MISTYPED_ARGUMENT_REJECTION"),
    "no number": (request("hold", extension="101", callid="x"), "MISTYPED_ARGUMENT_REJECTION"),
    "a broken number": (request("hold", extension="101", callid=1.5), "MISTYPED_ARGUMENT_REJECTION"),
    "a huge number": (request("hold", extension="101", callid=10**30), "VALUE_OUT_OF_RANGE"),
    "NUL in a text": (request("hold", extension="10\0"), "MALFORMED_JSON"),
    "NUL in the JSON": (("hold", b'{"request":"hold",\0"extension":"101"}'), "MALFORMED_JSON"),
    "emoji": (request("hold", extension="📞"), "VALUE_OUT_OF_RANGE"),
    "half a surrogate": (("hold", '{"request":"hold","extension":"\\ud83d"}'), "MALFORMED_JSON"),
    "no UTF-8": (("hold", b'{"request":"hold","extension":"\xff"}'), "MALFORMED_JSON"),
    "deep lists": (("hold", "[" * 60_000), "MALFORMED_JSON"),
    "deep objects": (("hold", '{"a":' * 6_000 + "1" + "}" * 6_000), "MALFORMED_JSON"),
    "two in one": (("hold", '{"request":"hold","extension":"101"} {"request":"hold"}'), "MALFORMED_JSON"),
    "no JSON": (("hold", "hold 101"), "MALFORMED_JSON"),
    "half a JSON": (("hold", '{"request":"hold","extension":"101"'), "MALFORMED_JSON"),
    "unknown extension": (request("hold", extension="998"), "INVALID_CSTA_DEVICE_IDENTIFIER"),
    "unknown caller": (request("makecall", extension="998", destination="102"), "INVALID_CSTA_DEVICE_IDENTIFIER"),
    "500 digits": (request("hold", extension=LONG), "VALUE_OUT_OF_RANGE"),
    "destination empty": (request("makecall", extension="101", destination=""), "VALUE_OUT_OF_RANGE"),
    "destination of 500": (request("makecall", extension="101", destination=LONG), "VALUE_OUT_OF_RANGE"),
    "data of 60 KB": (request("makecall", extension="101", destination="102", data="x" * 60_000), "DATA_TOO_LONG"),
    "wrong state": (request("hold", extension="101"), "NO_ACTIVE_CALL"),
    "nothing to retrieve": (request("retrieve", extension="101"), "NO_HELD_CALL"),
    "nothing to answer": (request("answer", extension="101"), "NO_CALL_TO_ANSWER"),
    "nothing to hang up": (request("hangup", extension="101"), "NO_CONNECTION_TO_CLEAR"),
}


@pytest.mark.parametrize("title", MESSAGES)
def test_a_wrong_message(it: Bystander, ask: Ask, title: str) -> None:
    (name, message), error = MESSAGES[title]
    answer = ask(it, message, name)
    assert list(answer) == ["msgtype", "id", "result", "error", "errorcode"]
    assert (answer["msgtype"], answer["result"]) == ("response", "fail")
    assert answer["error"].startswith(error), answer
    assert it.calls("101") == []


ITSELF = [
    ("transfer", {"destination": "101"}),
    ("conference", {"destination": "101"}),
    ("singlesteptransfer", {"destination": "101"}),
]


@pytest.mark.parametrize(("name", "fields"), ITSELF)
def test_a_call_is_not_joined_to_the_extension_itself(
    it: Bystander, ask: Ask, name: str, fields: dict[str, str]
) -> None:
    it.ask(it.other, request="makecall", extension="101", destination="102")
    it.ask(it.other, request="answer", extension="102")
    answer = ask(it, json.dumps({"request": name, "extension": "101", **fields}), name)
    assert answer["error"].startswith("GENERIC_STATE_INCOMPATIBILITY: extension 101 is on the call itself")
    assert it.calls("101") == [("connect", ["101", "102"])]


def test_a_call_is_answered_once(it: Bystander, ask: Ask) -> None:
    it.ask(it.other, request="makecall", extension="101", destination="102")
    message = json.dumps({"request": "answer", "extension": "102"})
    assert it.say(it.other, message)["result"] == "success"
    assert ask(it, message, "answer")["error"].startswith("NO_CALL_TO_ANSWER: extension 102 has no alerting call")
    assert it.calls("102") == [("connect", ["101", "102"])]


@pytest.mark.parametrize("name", ["answer", "hangup", "clearcall", "hold"])
def test_of_two_who_ask_at_once_one_is_too_late(it: Bystander, name: str) -> None:
    """Two clients send the same request for one extension before either has an answer."""
    it.ask(it.other, request="makecall", extension="101", destination="102")
    if name != "answer":
        it.ask(it.other, request="answer", extension="102")
    rival = it.connect()
    before = len(it.other.responses)
    message = json.dumps({"request": name, "extension": "102"})
    it.at_once(it.other.send(message), rival.send(message))
    results = sorted(one["result"] for one in (*it.other.responses[before:], *rival.responses))
    assert results == ["fail", "success"]
    it.server.run(rival.close())


def test_both_ends_hang_up_at_once(it: Bystander) -> None:
    it.ask(it.other, request="startmonitor", extension="101")
    it.ask(it.other, request="startmonitor", extension="102")
    for _ in range(10):
        it.ask(it.other, request="makecall", extension="101", destination="102")
        it.ask(it.other, request="answer", extension="102")
        rival = it.connect()
        seen, before = len(it.other.events), len(it.other.responses)
        hangup = '{"request":"hangup","extension":"%s"}'
        it.at_once(it.other.send(hangup % 101), rival.send(hangup % 102))
        answers = [*it.other.responses[before:], *rival.responses]
        assert len(answers) == 2
        for answer in answers:
            assert answer["result"] == "success" or answer["error"].startswith("NO_CONNECTION_TO_CLEAR"), answer
        assert "success" in {answer["result"] for answer in answers}
        assert it.calls("101") == it.calls("102") == []
        ended = [event["eventtype"] for event in it.other.events[seen:]]
        assert ended.count("idle") == 2
        it.server.run(rival.close())


def test_the_caller_gives_up_while_the_call_is_answered(it: Bystander) -> None:
    it.ask(it.other, request="makecall", extension="101", destination="102")
    before = len(it.other.responses)
    it.at_once(
        it.other.send('{"request":"hangup","extension":"101"}'), it.other.send('{"request":"answer","extension":"102"}')
    )
    results = {one["result"] for one in it.other.responses[before:]}
    assert "success" in results
    assert it.calls("101") == it.calls("102") == []


def test_ten_megabytes_through_both_doors(it: Bystander) -> None:
    huge = b'{"request":"hold","extension":"' + b"1" * 10_000_000 + b'"}'
    reply = it.server.http("POST", "/api/hold", content=huge)
    assert (reply.status, reply.body["error"].partition(":")[0]) == (413, "MESSAGE_TOO_LARGE")
    greedy = it.connect()

    async def sent() -> None:
        try:
            await greedy.send(huge)
        except ConnectionError:
            return

    it.server.run(sent())
    assert greedy.closed is not None
    assert greedy.closed.code == 1009


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_wrong_method(it: Bystander, method: str) -> None:
    assert it.server.http(method, "/api/hold?extension=101").status == 405
