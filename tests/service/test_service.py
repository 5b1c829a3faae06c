"""The service as a whole: order, time limits, and requests of every kind of bad form."""

import asyncio
import json
import logging
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrsvr.backends.base import Confirmation, LinkDown
from ivrsvr.csta import call
from ivrsvr.csta.errors import AcsFailure, ACSUniversalFailure, CstaFailure
from ivrsvr.csta.types import ConnectionID
from ivrsvr.registry import Caller, Entry, Request, RequestError, Response
from ivrsvr.service import errors
from ivrsvr.service.errors import Own, http_status, status_of
from ivrsvr.service.requests import ENTRIES
from tests.service.fake import F, FakeBackend, code, house, on_loop, settled

TALKING = {"101": {48: "connect"}, "102": {50: "connect"}}


# ---- order and time


@on_loop
async def test_requests_of_one_extension_keep_their_order_and_others_never_wait() -> None:
    async with house(FakeBackend(calls=TALKING)) as it:
        gate: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        it.switch.answers[call.HoldCall] = gate
        order: list[str] = []

        async def ask(name: str, extension: str) -> None:
            await it.ask(name, extension)
            order.append(f"{name} {extension}")

        tasks = [
            asyncio.create_task(ask(*one))
            for one in (("hold", "101"), ("hangup", "101"), ("snapshot", "101"), ("hangup", "102"))
        ]
        await settled()
        assert order == ["hangup 102"]
        gate.set_result(Confirmation(call.HoldCallConf()))
        await asyncio.gather(*tasks)
        assert order == ["hangup 102", "hold 101", "hangup 101", "snapshot 101"]


@on_loop
async def test_a_waiter_that_goes_away_holds_nobody_up() -> None:
    async with house(FakeBackend(calls=TALKING)) as it:
        gate: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        it.switch.answers[call.HoldCall] = gate
        tasks = [asyncio.create_task(it.ask(name)) for name in ("hold", "hangup", "snapshot")]
        await settled()
        tasks[1].cancel()
        gate.set_result(Confirmation(call.HoldCallConf()))
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(answers[1], asyncio.CancelledError)
        assert isinstance(answers[2], dict)
        assert it.switch.services(call.ClearConnection) == []


@on_loop
async def test_too_many_waiting_requests_are_refused() -> None:
    async with house(FakeBackend(calls=TALKING)) as it:
        gate: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        it.switch.answers[call.HoldCall] = gate
        tasks = [asyncio.create_task(it.ask("hold")) for _ in range(102)]
        await settled()
        assert code(await tasks[-1]) == F.REQUESTS_ON_DEVICE_EXCEEDED_REJECTION
        gate.set_result(Confirmation(call.HoldCallConf()))
        assert all(answer["result"] == "success" for answer in await asyncio.gather(*tasks[:-1]))


@on_loop
async def test_a_request_that_is_not_answered_fails_after_the_time_limit(caplog: pytest.LogCaptureFixture) -> None:
    async with house(FakeBackend(calls=TALKING)) as it:
        late: asyncio.Future[Confirmation] = asyncio.get_running_loop().create_future()
        it.switch.answers[call.HoldCall] = asyncio.shield(late)
        ask = asyncio.create_task(it.ask("hold"))
        await settled()
        it.clock.advance(7.9)
        await settled()
        assert not ask.done()
        with caplog.at_level(logging.WARNING):
            it.clock.advance(0.1)
            answer = await ask
        assert code(answer) == Own.SWITCH_TIMEOUT
        assert "HoldCall within 8 s" in answer["error"]
        assert "no answer to HoldCall" in caplog.text
        it.switch.answers[call.HoldCall] = CstaFailure(F.RESOURCE_BUSY)
        again = asyncio.create_task(it.ask("hold"))
        late.set_result(Confirmation(call.HoldCallConf()))
        assert code(await again) == F.RESOURCE_BUSY


# ---- failures

ASKED = "makecall (extension 101, destination 102)"


@pytest.mark.parametrize(
    ("failure", "errorcode", "status", "text"),
    [
        (CstaFailure(F.VALUE_OUT_OF_RANGE), 3, 400, f"VALUE_OUT_OF_RANGE: {ASKED}: a value is outside its range"),
        (CstaFailure(F.RESOURCE_BUSY, "101 talks"), 33, 409, f"RESOURCE_BUSY: {ASKED}: 101 talks"),
        (CstaFailure(F(99)), 99, 409, f"UNKNOWN_99: {ASKED}: the switch refused"),
        (
            AcsFailure(ACSUniversalFailure.TSERVER_DEVICE_NOT_ON_LIST),
            1028,
            403,
            f"TSERVER_DEVICE_NOT_ON_LIST: {ASKED}: ",
        ),
        (
            AcsFailure(ACSUniversalFailure.DRIVER_LINK_UNAVAILABLE),
            2007,
            503,
            f"DRIVER_LINK_UNAVAILABLE: {ASKED}: ",
        ),
        (
            LinkDown("cut"),
            Own.LINK_DOWN,
            503,
            "LINK_DOWN: the link to the switch is down; ask again when it is up (cut)",
        ),
        (ZeroDivisionError(), Own.INTERNAL_ERROR, 500, "INTERNAL_ERROR: the server failed"),
    ],
)
@on_loop
async def test_every_failure_has_a_name_a_number_and_a_status(
    failure: Exception, errorcode: int, status: int, text: str
) -> None:
    async with house() as it:
        it.switch.answers[call.MakeCall] = failure
        answer = await it.ask("makecall", destination="102")
        assert code(answer) == errorcode
        assert status_of(answer) == status
        assert answer["error"].startswith(text)


def test_every_own_error_has_a_meaning_and_a_status_of_its_own() -> None:
    assert set(errors.MEANING) == set(Own)
    assert all(400 <= http_status(code) < 600 for code in Own)
    assert min(Own) > 1000 + max(ACSUniversalFailure)
    assert status_of({"result": "success"}) == 200


@on_loop
async def test_confirmation_without_its_private_data() -> None:
    async with house() as it:
        from ivrsvr.csta.enums import AgentState
        from ivrsvr.csta.query import QueryAgentState, QueryAgentStateConf

        it.switch.answers[QueryAgentState] = Confirmation(QueryAgentStateConf(agentState=AgentState.AG_NULL))
        assert code(await it.ask("queryagentstate")) == Own.UNEXPECTED_ANSWER
        it.switch.answers[call.MakeCall] = Confirmation(call.MakeCallConf(newCall=ConnectionID(48, "101")))
        assert (await it.ask("makecall", destination="102"))["ucid"] == ""


# ---- form


@pytest.mark.parametrize(
    ("request_", "failure", "says"),
    [
        ([], Own.MALFORMED_JSON, "a request is a JSON object"),
        ({}, F.OBJECT_NOT_KNOWN, '"request"'),
        ({"request": "makecal"}, F.UNRECOGNIZED_OPERATION_REJECTION, "did you mean makecall?"),
        ({"request": 7}, F.UNRECOGNIZED_OPERATION_REJECTION, "7"),
        ({"request": "hold"}, F.OBJECT_NOT_KNOWN, 'hold needs the key "extension"'),
        ({"request": "hold", "extension": ["101"]}, F.MISTYPED_ARGUMENT_REJECTION, '"extension"'),
        ({"request": "hold", "extension": True}, F.MISTYPED_ARGUMENT_REJECTION, '"extension"'),
        ({"request": "hold", "extension": ""}, F.VALUE_OUT_OF_RANGE, '"extension"'),
        ({"request": "hold", "extension": "1" * 500}, F.VALUE_OUT_OF_RANGE, '"extension"'),
        ({"request": "hold", "extension": "10\x001"}, F.VALUE_OUT_OF_RANGE, '"extension"'),
        ({"request": "hold", "extension": "☎"}, F.VALUE_OUT_OF_RANGE, "printable ASCII"),
        ({"request": "hold", "extension": "101", "callid": "x"}, F.MISTYPED_ARGUMENT_REJECTION, '"callid"'),
        ({"request": "hold", "extension": "101", "callid": 10**30}, F.VALUE_OUT_OF_RANGE, '"callid"'),
        ({"request": "hold", "extension": "101", "callid": "9" * 400}, F.MISTYPED_ARGUMENT_REJECTION, '"callid"'),
        ({"request": "hold", "extension": "101", "callid": -1}, F.VALUE_OUT_OF_RANGE, "a number of at least 1"),
        ({"request": "hold", "extension": "101", "callid": "-1"}, F.VALUE_OUT_OF_RANGE, "a number of at least 1"),
        ({"request": "hold", "extension": "101", "callid": "9" * 30}, F.VALUE_OUT_OF_RANGE, "at most 2147483647"),
        (
            {"request": "dtmf", "extension": "101", "dtmf": ""},
            F.VALUE_OUT_OF_RANGE,
            '"dtmf" is wrong: it must not be empty',
        ),
        (
            {"request": "dtmf", "extension": "101", "dtmf": "1x"},
            F.VALUE_OUT_OF_RANGE,
            "the characters 0-9*#A-Da-d only",
        ),
        ({"request": "startmonitor", "extension": "101", "eventtypes": 5}, F.MISTYPED_ARGUMENT_REJECTION, "a list"),
        ({"request": "setdonotdisturb", "extension": "101", "dnd": "perhaps"}, F.MISTYPED_ARGUMENT_REJECTION, '"dnd"'),
        (
            {"request": "setstate", "extension": "101", "state": "asleep"},
            F.VALUE_OUT_OF_RANGE,
            "it must be 'aux', 'acw'",
        ),
        ({"request": "setforwarding", "extension": "101", "fwd": "true"}, F.OBJECT_NOT_KNOWN, '"destination"'),
    ],
)
@on_loop
async def test_bad_form_is_refused_and_says_what_is_wrong(request_: Any, failure: int, says: str) -> None:
    async with house() as it:
        answer = await it.service.handle(request_)
        assert code(answer) == failure
        assert says in answer["error"]
        assert status_of(answer) in (400, 404)
        assert it.switch.asked == []


@pytest.mark.parametrize(
    ("given", "echoed"),
    [
        ("1", "1"),
        ("", ""),
        (7, "7"),
        (1.5, "1.5"),
        (None, ""),
        (True, ""),
        ([1], ""),
        ("é" * 300, "é" * 256),
        ("a\ud800", "a?"),
    ],
)
@on_loop
async def test_the_id_is_echoed_as_a_text(given: object, echoed: str) -> None:
    async with house(FakeBackend(calls=TALKING)) as it:
        for name in ("hold", "nonsense"):
            assert (await it.service.handle({"id": given, "request": name, "extension": 101}))["id"] == echoed


@on_loop
async def test_unknown_keys_are_ignored_and_numbers_may_be_quoted_or_not() -> None:
    async with house(FakeBackend(calls=TALKING)) as it:
        for callid in ("48", 48):
            answer = await it.service.handle(
                {"request": "hold", "extension": 101, "callid": callid, "colour": {"a": [1]}}
            )
            assert answer["result"] == "success"


@on_loop
async def test_the_extension_of_the_clients_address_stands_in() -> None:
    async with house(FakeBackend(calls=TALKING)) as it:
        await it.ask("hold", None, caller=Caller("rest", extension="101"))
        await it.ask("hold", "102", caller=Caller("rest", extension="101"))
        assert [one.activeCall.deviceID for one in it.switch.services()] == ["101", "102"]
        assert code(await it.ask("hold", None)) == F.OBJECT_NOT_KNOWN


TEXTS = st.text() | st.text(
    st.characters(exclude_categories=()), max_size=4
)  # the second with halves of surrogate pairs, as JSON has them
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([entry.name for entry in ENTRIES])
KEYS = st.sampled_from(
    [
        *("id", "extension", "destination", "callid", "data", "party", "dtmf", "type", "uui", "state", "split", "tag"),
        *("fwd", "dnd", "ind", "since", "epoch", "events", "eventtypes", "idempotencykey", "agentid", "devicetojoin"),
    ]
)
LIKELY = st.sampled_from(["101", "102", 48, "48", "true", "alert", "set", "aux", "all", ""])
REQUESTS = ANY_JSON | st.builds(
    lambda keys, name: {**keys, "request": name},
    st.dictionaries(KEYS, LIKELY | ANY_JSON, max_size=6),
    NAMES | st.text() | ANY_JSON,
)


@settings(max_examples=400, deadline=None)
@given(st.lists(REQUESTS, max_size=4))
def test_whatever_is_asked_is_answered_in_form(requests: list[Any]) -> None:
    asyncio.run(_hostile(requests))


async def _hostile(requests: list[Any]) -> None:
    switch = FakeBackend(calls={"101": {48: "connect", 49: "hold"}}, parties={48: ["101", "102"], 49: ["101", "T49#1"]})
    async with house(switch) as it:
        client = await it.client("101")
        for request in requests:
            task = asyncio.create_task(it.service.handle(request, Caller("ws", subscriber=client.subscriber)))
            await settled()
            while not task.done():
                it.clock.advance(1)
                await settled()
            answer = task.result()
            assert answer["msgtype"] == "response"
            assert isinstance(answer["id"], str)
            assert answer["result"] in ("success", "fail")
            if answer["result"] == "fail":
                assert code(answer) != Own.INTERNAL_ERROR
                assert status_of(answer) >= 400
            json.dumps(answer, ensure_ascii=False).encode()
        assert not it.service.turns_taken


# ---- entries of others


class Kick(Request):
    extension: str


class Kicked(Response):
    how: str


async def kick(owner: str, request: Kick, _caller: Caller) -> Kicked:
    if request.extension == "0":
        raise RequestError("BARE_FOOT", 2999, "put on a shoe", 409)
    return Kicked(how=f"{owner} kicked {request.extension}")


KICK = Entry("sim kick", "simulator", "sim", Kick, Kicked, kick, "Kick.", routes=(("POST", "/sim/{extension}"),))


@on_loop
async def test_the_simulators_controls_are_entries_like_any_other_and_wait_for_no_turn() -> None:
    async with house(FakeBackend(calls=TALKING)) as it:
        it.service.registry.add(KICK.bind("the tester"))
        it.switch.answers[call.HoldCall] = asyncio.get_running_loop().create_future()
        waiting = asyncio.create_task(it.ask("hold"))
        await settled()
        assert (await it.ask("sim kick"))["how"] == "the tester kicked 101"
        answer = await it.ask("sim kick", "0")
        assert answer["error"] == "BARE_FOOT: put on a shoe"
        waiting.cancel()
