"""Watching what passes: only what is wanted, only for whom it concerns, and never more than can be taken."""

import asyncio

import pytest

from ivrsvr.csta.call import HoldCall
from ivrsvr.csta.described import described
from ivrsvr.csta.enums import AgentMode, CSTAEventCause, LocalConnectionState
from ivrsvr.csta.events import Delivered
from ivrsvr.csta.query import SetAgentState
from ivrsvr.csta.types import NOT_REQUIRED, ConnectionID, provided
from ivrsvr.service.trace import Trace, Watcher, shown


def lines_of(watcher: Watcher) -> list[str]:
    return asyncio.run(watcher.take())


def test_nobody_watches_and_nothing_is_made() -> None:
    trace = Trace()
    assert not trace.wanted("rest")
    trace.put("rest", lambda: pytest.fail("nobody wants this text"))


def test_a_topic_goes_to_those_who_watch_it() -> None:
    trace = Trace()
    one, other = Watcher(), Watcher()
    trace.watch(one, "rest")
    trace.watch(other, "ws")
    trace.put("rest", lambda: "a request")
    trace.put("ws", lambda: "a message")
    assert lines_of(one) == ["rest a request"]
    assert lines_of(other) == ["ws   a message"]
    trace.leave(one, "rest")
    assert not trace.wanted("rest")
    assert trace.wanted("ws")
    trace.leave(other)
    assert not trace.wanted("ws")


def test_only_the_extensions_asked_for() -> None:
    trace = Trace()
    watcher = Watcher()
    trace.watch(watcher, "asc", frozenset({"101"}))
    for text in ("HoldCall activeCall=7@101", "HoldCall activeCall=7@1012", "calling=5101", "101", "x 101#2"):
        trace.put("asc", lambda text=text: text)  # type: ignore[misc]
    assert lines_of(watcher) == ["asc  HoldCall activeCall=7@101", "asc  101", "asc  x 101#2"]


def test_a_slow_watcher_loses_the_oldest_and_is_told() -> None:
    trace = Trace()
    watcher = Watcher(most=3)
    trace.watch(watcher, "ws")
    for number in range(5):
        trace.put("ws", lambda number=number: str(number))  # type: ignore[misc]
    assert lines_of(watcher) == [
        "(2 lines left out: they came faster than they were taken)",
        "ws   2",
        "ws   3",
        "ws   4",
    ]


def test_secrets_are_hidden() -> None:
    assert "hush" not in shown(b'{"request":"login","agentpassword":"hush \\" x","token" : "hush"}')
    assert "hush" not in shown({"password": "hush", "agentpassword": "hush", "pasword": "hush", "apikey": "hush"})
    changed = {"request": "change parameter", "name": "ivr_tlink_01", "value": 'A#B#CSTA#C anna "hush'}
    assert '"name":"ivr_tlink_01","value":"(hidden)"' in shown(changed)
    assert "hush" not in shown(b"{request: 'change parameter', name: 'ivr_uuisvr_key', value: 'hush, hush'}")
    assert "17" in shown({"request": "userdata", "value": "17"})
    assert shown({"extension": "101"}) == '{"extension":"101"}'
    assert len(shown(b"x" * 10_000)) < 2100


def test_a_pdu_in_one_line() -> None:
    assert described(HoldCall(activeCall=ConnectionID(48, "101"))) == "HoldCall activeCall=48@101"
    delivered = Delivered(
        connection=ConnectionID(48, "102"),
        alertingDevice=provided("102"),
        callingDevice=provided("101"),
        calledDevice=provided("102"),
        lastRedirectionDevice=NOT_REQUIRED,
        localConnectionInfo=LocalConnectionState.CS_ALERTING,
        cause=CSTAEventCause.EC_NEW_CALL,
    )
    assert described(delivered) == (
        "Delivered connection=48@102 alertingDevice=102 callingDevice=101 calledDevice=102 lastRedirectionDevice=- "
        "localConnectionInfo=CS_ALERTING cause=EC_NEW_CALL"
    )


def test_a_password_in_a_pdu_is_hidden() -> None:
    login = SetAgentState(
        device="101", agentMode=AgentMode.AM_LOG_IN, agentID="12345", agentGroup="", agentPassword="hush"
    )
    assert "hush" not in described(login)
    assert "agentPassword=(hidden)" in described(login)
