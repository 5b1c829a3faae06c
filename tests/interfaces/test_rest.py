"""REST over real sockets: statuses, bodies, and everything that can be wrong with a request."""

import json
from typing import Any

import pytest

from ivrsvr.service.turns import WAITING_MOST
from tests.interfaces.conftest import Raw, Server


def test_a_call_over_post_and_get(server: Server) -> None:
    made = server.post("makecall", extension="101", destination="102")
    assert made.status == 200
    assert list(made.body) == ["msgtype", "id", "result", "callid", "ucid"]
    answered = server.http("GET", "/api/answer?extension=102&id=7")
    assert (answered.status, answered.body["id"], answered.body["callid"]) == (200, "7", made.body["callid"])
    assert server.http("GET", "/api/snapshot?extension=101").body["list"][0]["state"] == "connect"


@pytest.mark.parametrize(
    ("name", "fields", "status", "error"),
    [
        ("hold", {}, 400, "OBJECT_NOT_KNOWN"),
        ("hold", {"extension": {"a": 1}}, 400, "MISTYPED_ARGUMENT_REJECTION"),
        ("hold", {"extension": ""}, 400, "VALUE_OUT_OF_RANGE"),
        ("hold", {"extension": "9" * 500}, 400, "VALUE_OUT_OF_RANGE"),
        ("hold", {"extension": "📞"}, 400, "VALUE_OUT_OF_RANGE"),
        ("hold", {"extension": "101", "callid": "x"}, 400, "MISTYPED_ARGUMENT_REJECTION"),
        ("makecall", {"extension": "101", "destination": ""}, 400, "VALUE_OUT_OF_RANGE"),
        ("makecall", {"extension": "101", "destination": "1" * 500}, 400, "VALUE_OUT_OF_RANGE"),
        ("makecall", {"extension": "4711", "destination": "102"}, 404, "INVALID_CSTA_DEVICE_IDENTIFIER"),
        ("hold", {"extension": "101"}, 409, "NO_ACTIVE_CALL"),
        ("hodl", {"extension": "101"}, 404, "UNRECOGNIZED_OPERATION_REJECTION"),
    ],
)
def test_a_failure_has_its_status_and_is_a_response_object(
    server: Server, name: str, fields: dict[str, Any], status: int, error: str
) -> None:
    reply = server.http("POST", f"/api/{name}", json=fields)
    assert (reply.status, reply.body["result"]) == (status, "fail")
    assert list(reply.body) == ["msgtype", "id", "result", "error", "errorcode"]
    assert reply.body["error"].startswith(error)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/hodl"), ("PUT", "/api/hold"), ("POST", "/api/hold?request=drop")]
)
def test_the_id_comes_back_whatever_is_wrong(server: Server, method: str, path: str) -> None:
    assert server.http(method, path, json={"id": "7", "extension": "101"}).body["id"] == "7"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"destination": ""}, 'the key "destination" is wrong: it must not be empty'),
        ({"destination": "1" * 500}, "it must have at most 63 characters"),
        ({"destination": "102", "idempotencykey": ""}, "it must be a text of 1 to 255 characters"),
    ],
)
def test_a_value_that_is_too_short_or_too_long_is_told_in_plain_words(
    server: Server, fields: dict[str, str], said: str
) -> None:
    assert said in server.post("makecall", extension="101", **fields).body["error"]


def test_a_near_name_is_proposed(server: Server) -> None:
    for near, hint in (
        ("hodl", "did you mean /api/hold?"),
        ("HOLD", "did you mean /api/hold?"),
        ("foo", "/docs lists"),
    ):
        assert hint in server.post(near).body["error"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_wrong_method_names_the_right_ones(server: Server, method: str) -> None:
    reply = server.http(method, "/api/hold")
    assert (reply.status, reply.body["errorcode"]) == (405, 73)
    assert reply.headers["allow"] == "POST, GET"
    assert "takes POST, GET" in reply.body["error"]


def test_the_url_and_the_body_must_ask_for_the_same(server: Server) -> None:
    fields = {"extension": "101", "request": "makecall"}
    assert server.http("POST", "/api/querydevicename", json=fields).status == 400
    assert server.http("POST", "/api/querydevicename", json=fields | {"request": "querydevicename"}).status == 200


def test_a_wrong_method_on_a_page(server: Server) -> None:
    reply = server.http("POST", "/openapi.json")
    assert (reply.status, reply.body["result"]) == (405, "fail")


@pytest.mark.parametrize("path", ["/api/", "/api", "/api/hold/", "/sim/", "/sim/phones/101", "/nothing", "/API/hold"])
def test_unknown_paths_are_answered_with_a_response_object(server: Server, path: str) -> None:
    reply = server.http("POST", path)
    assert (reply.status, reply.body["result"]) == (404, "fail")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[]", "a list"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"a":"\\u0000"}', "NUL"),
        (b"[" * 60_000, "nested"),
        (b'{"extension":"101"}{"extension":"102"}', "one object per message"),
    ],
)
def test_a_malformed_body_is_refused(server: Server, body: bytes, said: str) -> None:
    reply = server.http("POST", "/api/hold", content=body)
    assert reply.status == 400
    assert reply.body["error"].startswith("MALFORMED_JSON")
    assert said in reply.body["error"]


def test_the_lenient_form_and_an_empty_body_are_taken(server: Server) -> None:
    assert server.http("POST", "/api/querydevicename", content=b"{extension: '101'}").body["result"] == "success"
    assert server.http("POST", "/api/querytimeofday").status == 200


def test_a_body_that_is_too_large_is_refused_and_the_next_request_is_served(server: Server) -> None:
    reply = server.http("POST", "/api/hold", content=b" " * 10_000_000)
    assert (reply.status, reply.body["error"].split(":")[0]) == (413, "MESSAGE_TOO_LARGE")
    assert server.post("querydevicename", extension="101").status == 200


def test_a_body_that_breaks_off_ends_quietly(server: Server, raw: Raw) -> None:
    raw.send(b"POST /api/hold HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    raw.close()
    assert server.post("querydevicename", extension="101").status == 200


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    with Server(http_bodytimeout=0.25) as server:
        raw = Raw(server)
        raw.send(b"POST /api/hold HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        status, body = raw.reply()
        assert (status, json.loads(body)["error"].split(":")[0]) == (400, "MALFORMED_JSON")
        raw.close()


def test_a_silent_connection_is_cut_off() -> None:
    with Server(http_bodytimeout=0.25) as server:
        raw = Raw(server)
        assert raw.end() == b""
        raw.close()


def test_what_is_no_http_gets_400(server: Server, raw: Raw) -> None:
    raw.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
    assert raw.end().startswith(b"HTTP/1.1 400")
    assert server.post("querydevicename", extension="101").status == 200


def test_pipelined_requests_are_answered_in_order(raw: Raw) -> None:
    one = b"GET /api/querydevicename?extension=%d&id=%d HTTP/1.1\r\nHost: localhost\r\n\r\n"
    raw.send(one % (101, 1) + one % (102, 2))
    assert [json.loads(raw.reply()[1])["id"] for _ in range(2)] == ["1", "2"]


def test_the_idempotency_key_makes_a_retry_safe(server: Server) -> None:
    fields = {"extension": "101", "destination": "102"}
    replies = [server.http("POST", "/api/makecall", json=fields, headers={"Idempotency-Key": "abc"}) for _ in range(2)]
    assert replies[0].body == replies[1].body
    assert server.post("snapshot", extension="101").body["numcall"] == 1


def test_two_idempotency_keys_that_differ_are_refused(server: Server) -> None:
    fields = {"id": "7", "extension": "101", "destination": "102", "idempotencykey": "one"}
    reply = server.http("POST", "/api/makecall", json=fields, headers={"Idempotency-Key": "two"})
    assert (reply.status, reply.body["id"], reply.body["errorcode"]) == (400, "7", 3)
    assert "give one of them" in reply.body["error"]
    assert server.post("snapshot", extension="101").body["numcall"] == 0
    for key, header in (("one", "one"), (17, "17")):
        made = server.http(
            "POST", "/api/makecall", json=fields | {"idempotencykey": key}, headers={"Idempotency-Key": header}
        )
        assert made.status == 200
        server.post("clearcall", extension="101")


@pytest.mark.parametrize("headers", [[("Idempotency-Key", "")], [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]])
def test_a_header_that_names_no_key_or_two_protects_nothing_and_is_refused(
    server: Server, headers: list[tuple[str, str]]
) -> None:
    fields = {"id": "7", "extension": "101", "destination": "102"}
    reply = server.http("POST", "/api/makecall", json=fields, headers=headers)
    assert (reply.status, reply.body["id"]) == (400, "7")
    assert "Idempotency-Key" in reply.body["error"]
    assert server.post("snapshot", extension="101").body["numcall"] == 0
    twice = server.http("POST", "/api/makecall", json=fields, headers=[("Idempotency-Key", "same")] * 2)
    assert twice.status == 200


def test_a_key_in_the_url_and_another_in_the_body_are_refused(server: Server) -> None:
    reply = server.http("POST", "/api/hold?extension=102&id=7", json={"extension": "101"})
    assert (reply.status, reply.body["id"]) == (400, "7")
    assert 'the key "extension" is given twice' in reply.body["error"]
    assert server.http("POST", "/api/querydevicename?extension=101", json={"extension": 101}).body["name"] == "Peter"


def test_a_key_in_the_path_and_another_in_the_body_are_refused(server: Server) -> None:
    reply = server.http("POST", "/sim/phones/101/lift", json={"id": "7", "extension": "102"})
    assert (reply.status, reply.body["id"]) == (400, "7")
    assert 'the key "extension" is given twice' in reply.body["error"]
    assert server.http("POST", "/sim/phones/101/lift", json={"extension": 101, "action": "lift"}).status == 200


def test_a_form_is_taken_as_the_query_of_a_url_is(server: Server) -> None:
    """VoiceXML's `data` and `submit`, and forms of HTML, post so by themselves."""
    form = "application/x-www-form-urlencoded"
    for content, name in (
        ("extension=101&id=a+b%20c", "Peter"),
        ("id=a+b+c&extension=%31%30%32&unknown=", "Anna Lind"),
        ("\r\nextension=101&id=a%20b%20c\r\n", "Peter"),
    ):
        reply = server.http("POST", "/api/querydevicename", content=content, headers={"Content-Type": form})
        assert (reply.status, reply.body["id"], reply.body["name"]) == (200, "a b c", name)
    as_curl_sends_it = server.http(
        "POST", "/api/querydevicename", content='{"extension": "101", "x": "a=b"}', headers={"Content-Type": form}
    )
    assert as_curl_sends_it.body["name"] == "Peter"
    for content, said in (
        ("extension=101&extension=102", "the form is wrong: the key"),
        ("extension=%FF", "the form is not percent-encoded UTF-8"),
        ("extension=\xe9", "the form is not percent-encoded UTF-8"),
        ("id=5", 'querydevicename needs the key "extension"'),
        ("extension 101", "the message must be one JSON object"),
    ):
        reply = server.http("POST", "/api/querydevicename", content=content, headers={"Content-Type": form})
        assert reply.status == 400
        assert said in reply.body["error"]


def test_null_is_as_good_as_leaving_an_optional_key_out(server: Server) -> None:
    """Many libraries write every key of an object, those without a value as null."""
    made = server.post("makecall", extension="101", destination="102", data=None, callid=None)
    assert made.status == 200
    assert server.post("setforwarding", extension="103", destination=None, fwd="false").status == 200
    assert server.post("startmonitor", extension="103", events=None, eventtypes=None, since=None).status == 200
    wrong = server.post("setforwarding", extension="103", fwd=None)
    assert 'the key "fwd" is wrong' in wrong.body["error"]


def test_who_lacks_a_key_is_told_how_to_make_one(server: Server) -> None:
    reply = server.http("GET", "/admin/webhook")
    assert reply.status == 403
    assert reply.body["error"].endswith("a caller without a key has it not (ivrsvr key add NAME --scopes admin)")


def test_pages_of_other_sites_are_refused(server: Server) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        reply = server.http("GET", "/api/clearcall?extension=101", headers=headers)
        assert (reply.status, reply.body["error"].split(":")[0]) == (403, "NOT_AUTHORIZED")


def test_the_link_down_is_503(server: Server) -> None:
    assert server.http("GET", "/health/ready").status == 200
    server.http("POST", "/sim/link/down")
    reply = server.post("makecall", extension="101", destination="102")
    assert (reply.status, reply.body["error"].split(":")[0]) == (503, "LINK_DOWN")
    ready = server.http("GET", "/health/ready")
    assert (ready.status, ready.body["reason"]) == (503, "no stream to the switch is open")
    assert server.http("GET", "/health/live").status == 200


def test_a_switch_that_does_not_answer_is_504_and_too_many_who_wait_for_it_429(server: Server) -> None:
    """All ask for one extension: the first waits for the switch, which keeps the device, the others for their turn."""
    assert server.app.simulator is not None
    server.app.simulator.stall(True)
    pending = server.begin("hold", [{"extension": "101"}] * (1 + WAITING_MOST + 2))
    server.advance(8)
    server.app.simulator.stall(False)
    server.advance(60)
    replies = server.finish(pending)
    by_status: dict[int, list[str]] = {}
    for reply in replies:
        by_status.setdefault(reply.status, []).append(reply.body["error"].partition(":")[0])
    assert set(by_status[504]) == {"SWITCH_TIMEOUT"}
    assert by_status[429] == ["REQUESTS_ON_DEVICE_EXCEEDED_REJECTION"] * 2
    assert set(by_status) == {504, 429, 409}
    assert server.post("querydevicename", extension="101").status == 200


def test_every_answer_has_the_security_headers(server: Server) -> None:
    for method, path in (("POST", "/api/hold"), ("GET", "/health/live"), ("GET", "/nothing"), ("PUT", "/docs")):
        headers = server.http(method, path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'self'" in headers["content-security-policy"]
