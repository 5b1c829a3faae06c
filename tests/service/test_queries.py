"""Queries, settings and agents: which service, and what becomes of its answer."""

import asyncio
from typing import Any

import pytest

from ivrsvr.backends.base import Confirmation, LinkState
from ivrsvr.csta import query
from ivrsvr.csta.enums import (
    AgentMode,
    AgentState,
    ATTExtensionClass,
    ATTTalkState,
    ATTWorkMode,
    DeviceClass,
    DeviceType,
    ForwardingType,
)
from ivrsvr.csta.errors import CstaFailure
from ivrsvr.csta.monitor import SnapshotCall, SnapshotCallConf
from ivrsvr.csta.private import query as private
from ivrsvr.csta.system import EscapeSvcConf, Private
from ivrsvr.csta.types import CSTAForwardingInfo
from ivrsvr.service.errors import CALL_GONE, Own
from tests.service.fake import F, FakeBackend, code, house, on_loop, party, settled

INFO = query.QueryDeviceInfoConf(device="101", deviceType=DeviceType.DT_STATION, deviceClass=DeviceClass.DC_VOICE)
FORWARDED = (CSTAForwardingInfo(ForwardingType.FWD_IMMEDIATE, True, "102"),)
NOT_FORWARDED = (CSTAForwardingInfo(ForwardingType.FWD_IMMEDIATE, False, "102"),)
EXTENSION = {"extension": "101"}


def escaped(confirmation: Any) -> Confirmation:
    return Confirmation(EscapeSvcConf(), confirmation)


QUERIES: list[tuple[str, dict[str, Any], Any, Confirmation, dict[str, Any]]] = [
    (
        "queryacdsplit",
        {"split": 201},
        private.ATTQueryAcdSplit(device="201"),
        escaped(private.ATTQueryAcdSplitConf(availableAgents=5, callsInQueue=0, agentsLoggedIn=26)),
        {"agentsavailable": 5, "callsqueue": 0, "agentslogon": 26},
    ),
    (
        "queryagentstate",
        EXTENSION,
        query.QueryAgentState(device="101"),
        Confirmation(
            query.QueryAgentStateConf(agentState=AgentState.AG_NULL),
            private.ATTQueryAgentStateConfV6(talkState=ATTTalkState.TS_IDLE),
        ),
        {"skillmode": "null", "talkstate": "idle", "reasoncode": 0},
    ),
    (
        "queryagentstate",
        EXTENSION,
        query.QueryAgentState(device="101"),
        Confirmation(
            query.QueryAgentStateConf(agentState=AgentState.AG_READY),
            private.ATTQueryAgentStateConfV5(
                workMode=ATTWorkMode.WM_AUTO_IN, talkState=ATTTalkState.TS_ON_CALL, reasonCode=3
            ),
        ),
        {"skillmode": "auto", "talkstate": "busy", "reasoncode": 3},
    ),
    (
        "querycallclassifier",
        {},
        private.ATTQueryCallClassifier(),
        escaped(private.ATTQueryCallClassifierConf(numAvailPorts=439, numInUsePorts=5)),
        {"availport": 439, "usedport": 5},
    ),
    (
        "querytimeofday",
        {},
        private.ATTQueryTod(),
        escaped(private.ATTQueryTodConf(year=16, month=3, day=23, hour=22, minute=24, second=16)),
        {"year": 16, "month": 3, "day": 23, "hour": 22, "minute": 24, "second": 16},
    ),
    (
        "querydevicename",
        {"extension": "101"},
        private.ATTQueryDeviceName(device="101"),
        escaped(private.ATTQueryDeviceNameConfV7(device="101", name="?", uname=(0x674E,))),
        {"name": "李"},
    ),
    (
        "querydevicename",
        EXTENSION,
        private.ATTQueryDeviceName(device="101"),
        escaped(private.ATTQueryDeviceNameConfV7(device="101", name="Peter")),
        {"name": "Peter"},
    ),
    (
        "querydevicename",
        EXTENSION,
        private.ATTQueryDeviceName(device="101"),
        escaped(private.ATTQueryDeviceNameConfV7(device="101", uname=(0x674E, 0xD83D, 0xDE00, 0xD800, 0))),
        {"name": "李😀\ufffd"},
    ),
    (
        "querydeviceinfo",
        EXTENSION,
        query.QueryDeviceInfo(device="101"),
        Confirmation(
            INFO,
            private.ATTQueryDeviceInfoConfV5(
                associatedClass=ATTExtensionClass.EC_LOGICAL_AGENT, associatedDevice="12345"
            ),
        ),
        {"associatedclass": "logicalagent", "associateddevice": "12345"},
    ),
    (
        "querydeviceinfo",
        EXTENSION,
        query.QueryDeviceInfo(device="101"),
        Confirmation(INFO, private.ATTQueryDeviceInfoConfV5(associatedClass=ATTExtensionClass.EC_OTHER)),
        {"associatedclass": "other", "associateddevice": ""},
    ),
    (
        "querydeviceinfo",
        EXTENSION,
        query.QueryDeviceInfo(device="101"),
        # below private data 5 the switch does not say
        Confirmation(INFO, private.ATTQueryDeviceInfoConf(extensionClass=ATTExtensionClass.EC_ANALOG)),
        {"associatedclass": "other", "associateddevice": ""},
    ),
    (
        "querystationstatus",
        EXTENSION,
        private.ATTQueryStationStatusV10(device="101"),
        escaped(private.ATTQueryStationStatusConf(stationStatus=True)),
        {"busy": "true"},
    ),
    (
        "querytrunkgroup",
        {"tag": "410"},
        private.ATTQueryTg(device="410"),
        escaped(private.ATTQueryTgConf(idleTrunks=91, usedTrunks=1)),
        {"idletrunks": 91, "usedtrunks": 1},
    ),
    (
        "querydonotdisturb",
        EXTENSION,
        query.QueryDnd(device="101"),
        Confirmation(query.QueryDndConf(doNotDisturb=False)),
        {"dnd": "false"},
    ),
    (
        "queryforwarding",
        EXTENSION,
        query.QueryFwd(device="101"),
        Confirmation(query.QueryFwdConf(forward=FORWARDED)),
        {"destination": "102"},
    ),
    (
        "queryforwarding",
        EXTENSION,
        query.QueryFwd(device="101"),
        Confirmation(query.QueryFwdConf(forward=NOT_FORWARDED)),
        {"destination": ""},
    ),
    (
        "querymsgwaitingind",
        EXTENSION,
        query.QueryMwi(device="101"),
        Confirmation(query.QueryMwiConf(messages=True)),
        {"indicator": "true"},
    ),
]


@pytest.mark.parametrize(("name", "keys", "asked", "confirmation", "answer"), QUERIES)
@on_loop
async def test_query(name: str, keys: Any, asked: Any, confirmation: Confirmation, answer: dict[str, Any]) -> None:
    async with house() as it:
        it.switch.answers[type(asked)] = confirmation
        found = await it.service.handle({"id": 7, "request": name, **keys})
        expected = {"msgtype": "response", "id": "7", "result": "success", **answer}
        assert list(found.items()) == list(expected.items())
        assert it.switch.asked == [asked]


@on_loop
async def test_queryucid() -> None:
    async with house() as it:
        assert (await it.ask("queryucid", None, callid="123"))["ucid"] == it.switch.ucid(123)
        assert it.switch.asked[0].call.callID == 123


@on_loop
async def test_snapshot() -> None:
    switch = FakeBackend(
        calls={"101": {48: "hold", 49: "connect", 50: "null"}},
        parties={48: ["T48#1", "101"], 49: ["101"]},
    )
    async with house(switch) as it:
        answer = await it.ask("snapshot")
        assert list(answer) == ["msgtype", "id", "result", "error", "extension", "numcall", "list"]
        assert (answer["extension"], answer["numcall"]) == ("101", 2)
        assert answer["list"] == [
            {"callid": 48, "state": "hold", "numparty": 2, "party": [{"extension": "101"}, {"extension": "T48#1"}]},
            {"callid": 49, "state": "connect", "numparty": 1, "party": [{"extension": "101"}]},
        ]


@pytest.mark.parametrize("gone", sorted(CALL_GONE))
@on_loop
async def test_a_call_that_ends_while_a_snapshot_is_taken_is_left_out(gone: F) -> None:
    def answer(pdu: SnapshotCall, _: Any) -> Confirmation:
        if pdu.snapshotObject.callID == 48:
            raise CstaFailure(gone)
        return Confirmation(SnapshotCallConf(snapshotData=(party("101", 49),)))

    async with house(FakeBackend(calls={"101": {48: "hold", 49: "connect"}}, answers={SnapshotCall: answer})) as it:
        answered = await it.ask("snapshot")
        assert [one["callid"] for one in answered["list"]] == [49]


# ---- the list of agents comes in pieces


def piece(reference: int, *devices: str) -> private.ATTQueryAgentLoginResp:
    return private.ATTQueryAgentLoginResp(privEventCrossRefID=reference, list=devices)


@on_loop
async def test_queryagentlogin_collects_the_pieces_up_to_the_empty_one() -> None:
    async with house() as it:
        it.switch.answers[private.ATTQueryAgentLogin] = escaped(private.ATTQueryAgentLoginConf(privEventCrossRefID=5))
        ask = asyncio.create_task(it.ask("queryagentlogin", None, split="201"))
        await settled()
        for one in (piece(5, "103", "101"), piece(6, "199"), piece(5, "102"), piece(6), piece(5)):
            it.switch.report("", Private(), one)
        answer = await ask
        assert list(answer) == ["msgtype", "id", "result", "split", "numextension", "list"]
        assert (answer["split"], answer["numextension"]) == ("201", 3)
        assert [one["extension"] for one in answer["list"]] == ["103", "101", "102"]


@on_loop
async def test_an_agent_list_without_end_fails_in_time_or_with_the_link() -> None:
    async with house() as it:
        it.switch.answers[private.ATTQueryAgentLogin] = escaped(private.ATTQueryAgentLoginConf(privEventCrossRefID=5))
        ask = asyncio.create_task(it.ask("queryagentlogin", None, split="201"))
        await settled()
        it.switch.report("", Private(), piece(5, "101"))
        await settled()
        it.clock.advance(8)
        assert code(await ask) == Own.SWITCH_TIMEOUT
        ask = asyncio.create_task(it.ask("queryagentlogin", None, split="201"))
        await settled()
        it.switch.change_link(LinkState.DOWN)
        assert code(await ask) == Own.LINK_DOWN


# ---- settings and agents

SETTINGS: list[tuple[str, dict[str, Any], Any]] = [
    ("setdonotdisturb", {"dnd": "true"}, query.SetDnd(device="101", doNotDisturb=True)),
    ("setdonotdisturb", {"dnd": False}, query.SetDnd(device="101", doNotDisturb=False)),
    ("setmsgwaitingind", {"ind": "FALSE"}, query.SetMwi(device="101", messages=False)),
    ("setforwarding", {"destination": "102", "fwd": "true"}, query.SetFwd(device="101", forward=FORWARDED[0])),
    (
        "setforwarding",
        {"fwd": "false"},
        query.SetFwd(device="101", forward=CSTAForwardingInfo(ForwardingType.FWD_IMMEDIATE, False, "")),
    ),
]


@pytest.mark.parametrize(("name", "keys", "asked"), SETTINGS)
@on_loop
async def test_setting(name: str, keys: Any, asked: Any) -> None:
    async with house() as it:
        assert (await it.ask(name, **keys))["error"] == ""
        assert it.switch.asked == [asked]


STATES: list[tuple[str, dict[str, Any], AgentMode, ATTWorkMode, int]] = [
    ("setstate", {"state": "aux", "reasoncode": "1"}, AgentMode.AM_NOT_READY, ATTWorkMode.WM_AUX_WORK, 1),
    ("setstate", {"state": "acw"}, AgentMode.AM_WORK_NOT_READY, ATTWorkMode.WM_AFTCAL_WK, 0),
    ("setstate", {"state": "manual"}, AgentMode.AM_READY, ATTWorkMode.WM_MANUAL_IN, 0),
    ("setstate", {"state": "AUTO"}, AgentMode.AM_READY, ATTWorkMode.WM_AUTO_IN, 0),
    ("login", {"agentid": 12345, "passwd": "67890"}, AgentMode.AM_LOG_IN, ATTWorkMode.WM_AUX_WORK, 0),
    ("logout", {"agentid": "12345", "passwd": "6", "reasoncode": 3}, AgentMode.AM_LOG_OUT, ATTWorkMode.WM_NONE, 3),
]


@pytest.mark.parametrize(("name", "keys", "agent_mode", "work_mode", "reason"), STATES)
@on_loop
async def test_agent(name: str, keys: Any, agent_mode: AgentMode, work_mode: ATTWorkMode, reason: int) -> None:
    async with house() as it:
        assert (await it.ask(name, **keys))["error"] == ""
        (asked,), (sent,) = it.switch.asked, it.switch.privates
        assert (asked.agentMode, asked.agentGroup) == (agent_mode, "")
        assert (asked.agentID, asked.agentPassword) == (str(keys.get("agentid", "")), keys.get("passwd", ""))
        assert (sent.workMode, sent.reasonCode, sent.enablePending) == (work_mode, reason, name == "setstate")


@on_loop
async def test_a_missing_agent_is_named() -> None:
    async with house() as it:
        answer = await it.ask("login", passwd="1")
        assert code(answer) == F.OBJECT_NOT_KNOWN
        assert '"agentid"' in answer["error"]
