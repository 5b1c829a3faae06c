"""Adjunct routing on the switch: what a selection may carry, refusals and what follows them, several requests."""

from typing import Any

import pytest

from ivrsvr.csta.enums import (
    CollectCodeType,
    ProvidedCodeType,
    SpecificEvent,
    UserEnteredCodeType,
)
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.errors import CSTAUniversalFailure as Failure
from ivrsvr.csta.events import Delivered
from ivrsvr.csta.private.events import ATTEnteredDigits
from ivrsvr.csta.private.route import ATTRouteSelectV7
from ivrsvr.csta.private.structures import ATTUserCollectCode, ATTUserProvidedCode
from tests.backends.simulator.switch.rig import Rig

ASK = {"step": "adjunct-routing", "link": 1}
WAIT = {"step": "wait", "seconds": 5}
LONG = {"step": "wait", "seconds": 600}


class Application:
    """A routing application, registered for every VDN: what it was asked and told."""

    def __init__(self, *steps: dict[str, Any], **patch: Any) -> None:
        self.rig = Rig({"vdns": {"704": {"vector": list(steps or (ASK, WAIT, LONG))}}, **patch})
        self.asked: list[int] = []
        self.ended: list[tuple[int, Failure]] = []
        self.rig.switch.routing.asker = self._ask
        self.rig.switch.routing.ender = self._end
        self.call = self.rig.people.call_in("60123", "704")

    def _ask(self, dialogue: int, *_: object) -> bool:
        self.asked.append(dialogue)
        return True

    def _end(self, dialogue: int, error: Failure, *_: object) -> None:
        self.ended.append((dialogue, error))

    def select(self, number: str, dialogue: int = 0, **private: Any) -> None:
        assert self.rig.switch.route_select(dialogue or self.asked[-1], number, ATTRouteSelectV7(**private))

    def states(self) -> dict[str, str]:
        return self.rig.states(self.call.callID)


def test_another_request_follows_where_the_vector_has_one() -> None:
    app = Application(ASK, WAIT, ASK, WAIT, {"step": "busy"})
    app.select("199")
    assert app.ended == [(1, Failure.INVALID_DESTINATION)]
    assert app.asked == [1, 2]
    app.select("101")
    assert app.states()["101"] == "CS_ALERTING"
    assert app.ended[1:] == [(2, Failure.GENERIC_UNSPECIFIED)]


def test_a_request_that_nobody_answers_times_out_at_the_first_step_that_does_not_wait() -> None:
    app = Application(ASK, WAIT, WAIT, {"step": "busy"})
    app.rig.clock.advance(9)
    assert app.ended == []
    app.rig.clock.advance(1)
    assert app.ended == [(1, Failure.PERFORMANCE_LIMIT_EXCEEDED)]
    assert not app.rig.switch.route_select(1, "101", None)


def test_of_several_requests_the_first_answer_counts() -> None:
    app = Application(ASK, {"step": "adjunct-routing", "link": 2}, LONG)
    assert app.asked == [1, 2]
    app.select("101", 2)
    assert sorted(app.ended) == [(1, Failure.PERFORMANCE_LIMIT_EXCEEDED), (2, Failure.GENERIC_UNSPECIFIED)]
    assert app.states()["101"] == "CS_ALERTING"


def test_of_several_requests_a_refused_one_leaves_the_others_open() -> None:
    app = Application(ASK, {"step": "adjunct-routing", "link": 2}, LONG)
    app.select("199", 1)
    assert app.ended == [(1, Failure.INVALID_DESTINATION)]
    app.select("101", 2)
    assert app.states()["101"] == "CS_ALERTING"


def test_one_link_is_asked_once_at_a_time() -> None:
    app = Application(ASK, WAIT, ASK, LONG)
    app.rig.clock.advance(10)
    assert app.asked == [1]


def test_the_access_code_of_the_route_comes_before_the_number() -> None:
    app = Application()
    app.select("67896789", destRoute="9")
    (party,) = [p for p in app.rig.switch.core.calls[app.call.callID].parties if p.number != 1]
    assert party.digits == "67896789"


def test_a_direct_agent_call_by_split_waits_for_that_agent() -> None:
    app = Application()
    app.rig.people.agent("12345", at="101", login=True, mode="AUX")
    app.select("12345", directAgentCallSplit="202")
    assert app.states()["202"] == "CS_QUEUED"
    app.rig.people.agent("12345", mode="AUTO_IN")
    assert app.states()["101"] == "CS_ALERTING"
    (event,) = [r for r in app.rig.reports if isinstance(r.event, Delivered) and r.private.split]
    assert event.private.split == "202"


@pytest.mark.parametrize(
    ("number", "split", "error"),
    [
        ("12346", "201", Failure.INVALID_OBJECT_STATE),
        ("12345", "220", Failure.INVALID_OBJECT_TYPE),
        ("103", "201", Failure.INVALID_OBJECT_TYPE),
        ("12345", "299", Failure.INVALID_DESTINATION),
    ],
)
def test_a_direct_agent_call_that_cannot_be(number: str, split: str, error: Failure) -> None:
    app = Application()
    app.rig.people.agent("12345", at="101", login=True, mode="AUTO_IN")
    app.select(number, directAgentCallSplit=split)
    assert app.ended == [(1, error)]
    assert "101" not in app.states()


def test_digits_of_the_application_s_data_base_go_with_the_call() -> None:
    app = Application()
    app.select("101", userProvidedCode=ATTUserProvidedCode(ProvidedCodeType.UP_DATA_BASE_PROVIDED, "4711"))
    (code,) = [r.private.userEnteredCode for r in app.rig.reports if "101" in r.devices]
    assert (code.type, code.data) == (UserEnteredCodeType.UE_DATA_BASE_PROVIDED, "4711")


# ---- digits that the application wants from the caller


def collecting(most: int = 4, timeout: int = 5, until: SpecificEvent = SpecificEvent.SE_DISCONNECT) -> Application:
    app = Application()
    code = ATTUserCollectCode(CollectCodeType.UC_TONE_DETECTOR, most, timeout, specificEvent=until)
    app.select("101", collectCode=code)
    return app


def entered(app: Application) -> list[str]:
    return [r.private.digits for r in app.rig.reports if isinstance(r.private, ATTEnteredDigits)]


def test_the_digits_that_were_asked_for_are_reported_to_monitors_of_the_call() -> None:
    app = collecting()
    app.rig.people.party(app.call.party, "press", "12345")
    (report,) = [r for r in app.rig.reports if isinstance(r.private, ATTEnteredDigits)]
    assert report.private.digits == "1234"
    assert report.private.connection.deviceID == app.call.party
    assert (report.notify, report.devices) == (True, {})


def test_hash_ends_the_digits() -> None:
    app = collecting()
    app.rig.people.party(app.call.party, "press", "12#")
    assert entered(app) == ["12#"]


def test_digits_end_when_none_comes_for_so_long() -> None:
    app = collecting()
    app.rig.people.party(app.call.party, "press", "1")
    app.rig.clock.advance(4)
    app.rig.people.party(app.call.party, "press", "2")
    app.rig.clock.advance(4)
    assert entered(app) == []
    app.rig.clock.advance(1)
    assert entered(app) == ["12"]
    app.rig.people.party(app.call.party, "press", "3")
    assert entered(app) == ["12"]


def test_without_a_digit_nothing_is_reported() -> None:
    app = collecting()
    app.rig.clock.advance(60)
    assert entered(app) == []


def test_digits_end_when_the_called_party_answers() -> None:
    app = collecting(until=SpecificEvent.SE_ANSWER)
    app.rig.people.party(app.call.party, "press", "12")
    app.rig.people.answer("101")
    assert entered(app) == ["12"]


def test_digits_end_with_the_call_and_leave_no_timer() -> None:
    app = collecting()
    app.rig.people.party(app.call.party, "press", "1")
    app.rig.people.party(app.call.party, "hangup")
    assert entered(app) == ["1"]
    assert app.rig.clock.next_when() is None


def test_keys_of_others_are_not_the_caller_s() -> None:
    app = collecting()
    app.rig.people.answer("101")
    app.rig.people.press("101", "99")
    assert entered(app) == []


def test_a_party_that_is_kept_from_another_does_not_hear_its_tones() -> None:
    rig = Rig()
    call = rig.people.call_in("60123", "101")
    rig.people.answer("101")
    outside = rig.switch.core.outside[call.party]
    (station,) = rig.switch.core.stations["101"].parties
    station.deaf_to.add(outside)
    rig.people.party(call.party, "press", "1")
    rig.people.press("101", "2")
    assert (station.heard, outside.heard) == ("", "2")


def test_the_caller_s_hanging_up_ends_every_request() -> None:
    app = Application(ASK, {"step": "adjunct-routing", "link": 2}, LONG)
    app.rig.people.party(app.call.party, "hangup")
    assert app.ended == [(1, Failure.NO_ACTIVE_CALL), (2, Failure.NO_ACTIVE_CALL)]
    assert app.rig.switch.routing.open == {}


def test_a_busy_route_gives_the_caller_busy() -> None:
    app = Application(stations={"101": {"service": "out"}})
    app.select("101")
    assert app.ended == [(1, Failure.RESOURCE_BUSY)]
    assert app.rig.events()[-1] == "Failed"


def test_the_route_s_priority_call_ignores_send_all_calls() -> None:
    app = Application(
        stations={"101": {"coveragePath": "1", "sendAllCalls": True}}, coveragePaths={"1": {"points": ["103"]}}
    )
    app.select("101", priorityCalling=True)
    assert app.states()["101"] == "CS_ALERTING"
    assert app.rig.reports[-1].event.cause is Cause.EC_REDIRECTED
