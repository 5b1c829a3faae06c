"""What a restricted user may ask for, over TCP: each right by its request, and the failure without it."""

from dataclasses import replace
from typing import Any

import pytest

from ivrsvr.csta import call, monitor, query, route, system
from ivrsvr.csta.acs import ACSKeyRequest, ACSUniversalFailureConf
from ivrsvr.csta.enums import AllocationState, CSTALevel
from ivrsvr.csta.errors import ACSUniversalFailure, CSTAUniversalFailure
from ivrsvr.csta.types import ConnectionID
from tests.conformance.services.desk import Desk, at_desk
from tests.conformance.test_services import said

A = ACSUniversalFailure
OTHER = "103"
RIGHTS: dict[str, Any] = {
    "callControl": ["101", "desks"],
    "monitorDevice": ["desks"],
    "monitorCallsVia": ["700"],
    "routing": ["704"],
}

ROWS: list[tuple[Any, Any]] = [
    (call.MakeCall(callingDevice="101", calledDevice=OTHER), call.MakeCallConf),
    (call.MakeCall(callingDevice="102", calledDevice=OTHER), call.MakeCallConf),
    (call.MakeCall(callingDevice=OTHER, calledDevice="101"), A.TSERVER_DEVICE_NOT_ON_CALL_CONTROL_LIST),
    (
        call.MakePredictiveCall(
            callingDevice="201", calledDevice="90301234567", allocationState=AllocationState.AS_CALL_ESTABLISHED
        ),
        A.TSERVER_DEVICE_NOT_ON_CALL_CONTROL_LIST,
    ),
    (call.AnswerCall(alertingCall=ConnectionID(1, OTHER)), A.TSERVER_DEVICE_NOT_ON_CALL_CONTROL_LIST),
    (query.QueryDeviceInfo(device="102"), query.QueryDeviceInfoConf),
    (query.QueryDeviceInfo(device="700"), query.QueryDeviceInfoConf),
    (query.QueryDeviceInfo(device=OTHER), A.TSERVER_DEVICE_NOT_ON_LIST),
    (query.SetDnd(device=OTHER, doNotDisturb=True), A.TSERVER_DEVICE_NOT_ON_LIST),
    (monitor.MonitorDevice(deviceID="102"), monitor.MonitorConf),
    (monitor.MonitorDevice(deviceID="101"), A.TSERVER_DEVICE_NOT_ON_MONITOR_DEVICE_LIST),
    (monitor.MonitorCallsViaDevice(deviceID="700"), monitor.MonitorConf),
    (monitor.MonitorCallsViaDevice(deviceID="701"), A.TSERVER_DEVICE_NOT_ON_MONITOR_CALL_DEVICE_LIST),
    (monitor.MonitorCall(call=ConnectionID(1)), A.TSERVER_NO_CALL_CALL_MONITOR_PERMISSION),
    (route.RouteRegisterReq(routingDevice="704"), route.RouteRegisterReqConf),
    (route.RouteRegisterReq(routingDevice="700"), A.TSERVER_DEVICE_NOT_ON_ROUTE_LIST),
    (route.RouteRegisterReq(routingDevice=""), A.TSERVER_DEVICE_NOT_ON_ROUTE_LIST),
]


def restricted(aes: Any = None, **rights: Any) -> dict[str, Any]:
    user = {"unrestricted": False, **RIGHTS, **rights}
    groups = {"desks": ["102"]}
    return {"aes": {"sdbEnabled": True, "deviceGroups": groups, "users": {"ivrsvr": user}, **(aes or {})}}


def outcome(pdu: Any, patch: dict[str, Any]) -> Any:
    async def work(desk: Desk) -> Any:
        await desk.open()
        return said(await desk.ask(pdu))

    return at_desk(work, patch=patch)


@pytest.mark.parametrize(("pdu", "expected"), ROWS, ids=lambda value: getattr(value, "__name__", None) or str(value))
def test_a_restricted_user(pdu: Any, expected: Any) -> None:
    assert outcome(pdu, restricted()) is expected


@pytest.mark.parametrize("patch", [restricted(unrestricted=True), restricted({"sdbEnabled": False})])
def test_nobody_is_restricted_with_unrestricted_access_or_without_the_security_database(patch: Any) -> None:
    for pdu, expected in ROWS:
        if isinstance(expected, ACSUniversalFailure):
            assert not isinstance(outcome(pdu, patch), ACSUniversalFailure), pdu


@pytest.mark.parametrize(
    ("level", "devices"),
    [
        (CSTALevel.CSTA_HOME_WORK_TOP, ("101", "102")),
        (CSTALevel.CSTA_DEVICE_DEVICE_MONITOR, ("102",)),
        (CSTALevel.CSTA_CALL_DEVICE_MONITOR, ("700",)),
        (CSTALevel.CSTA_ROUTING, ("704",)),
    ],
)
def test_device_lists_are_the_users_own(level: CSTALevel, devices: tuple[str, ...]) -> None:
    async def work(desk: Desk) -> None:
        await desk.open()
        conf = (await desk.ask(system.GetDeviceList(index=-1, level=level))).pdu
        assert (conf.devList, conf.index, conf.driverSdbLevel) == (devices, -1, 0)

    at_desk(work, patch=restricted())


def test_call_monitors_are_a_right_of_their_own() -> None:
    assert outcome(monitor.MonitorCall(call=ConnectionID(1)), restricted(monitorCalls=True)) is (
        CSTAUniversalFailure.NO_ACTIVE_CALL
    )


OPENINGS: list[tuple[dict[str, Any], dict[str, Any], ACSUniversalFailure]] = [
    ({}, {"serverID": "AVAYA#CM9#CSTA#AES1"}, A.TSERVER_BAD_SERVERID),
    ({}, {"serverID": "AVAYA#CM1#CSTA-S#AES1"}, A.TSERVER_BAD_SERVERID),
    ({}, {"loginID": "stranger"}, A.TSERVER_BAD_PASSWORD_OR_LOGIN),
    ({}, {"cryptPass": b"\xff" * 40}, A.TSERVER_BAD_PASSWORD_OR_LOGIN),
    ({}, {"cryptPass": b""}, A.TSERVER_BAD_PASSWORD_OR_LOGIN),
    ({}, {"cryptPass": b"x" * 400}, A.TSERVER_BAD_PASSWORD_OR_LOGIN),
    ({}, {"streamType": 99}, A.TSERVER_BAD_STREAM_TYPE),
    ({}, {"apiVer": "TS3-4"}, A.TSERVER_NO_VERSION),
    ({"aes": {"userLicences": 0}}, {}, A.TSERVER_USER_LICENSES_EXCEEDED),
]


@pytest.mark.parametrize(("patch", "changes", "error"), OPENINGS, ids=lambda value: str(value)[:40])
def test_an_open_that_is_refused(patch: dict[str, Any], changes: dict[str, Any], error: ACSUniversalFailure) -> None:
    async def work(desk: Desk) -> None:
        desk.challenge = (await desk.ask(ACSKeyRequest(loginID="ivrsvr"))).pdu
        good = desk.opening()
        values = {**changes}
        if "streamType" in values:
            values["streamType"] = type(good.streamType)(values["streamType"])
        answer = await desk.ask(replace(good, **values))
        assert answer.pdu == ACSUniversalFailureConf(error=error)

    at_desk(work, patch=patch)
