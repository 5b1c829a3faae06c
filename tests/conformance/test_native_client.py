"""Nothing is sent that the vendor's native C client can't take, whatever names, numbers and data a site has."""

from typing import Any

import pytest

from ivrsvr.backends.tsapi.stream.credentials import ChallengeForm
from ivrsvr.csta import acs, call, monitor, query, route
from ivrsvr.csta.enums import AllocationState, ForwardingType, UUIProtocolType
from ivrsvr.csta.errors import CSTAUniversalFailure
from ivrsvr.csta.private import query as private_query
from ivrsvr.csta.private.call import ATTMakeCallV6
from ivrsvr.csta.private.structures import ATTUserToUserInfo
from ivrsvr.csta.system import EscapeSvc, UniversalFailureConf
from ivrsvr.csta.types import ConnectionID, CSTAForwardingInfo
from tests.conformance.native import refused
from tests.conformance.services.desk import Desk, at_desk
from tests.conformance.services.happenings import day
from tests.conformance.services.table import ROWS
from tests.conformance.test_services import begin, ids

VERSIONS = range(4, 11)
LONG = "9" + "0123456789" * 10
"""More digits than a C client has room for."""


def assert_native(desk: Desk) -> None:
    """Every message that came is one that the native client takes."""
    parts = [part for message in desk.mail for part in (message.pdu, message.private) if part is not None]
    assert {(type(part).__name__, why) for part in parts for why in refused(part)} == set()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_whole_day(version: int) -> None:
    async def work(desk: Desk) -> None:
        await day(desk)
        assert_native(desk)

    at_desk(work, version=version, form=ChallengeForm.AUTH_REPLY_TWO)


@pytest.mark.parametrize("row", [row for row in ROWS if row.version == 10], ids=ids)
def test_every_answer(row: Any) -> None:
    async def work(desk: Desk) -> None:
        pdu, private, _ = await begin(desk, row)
        await desk.send(pdu, private)
        await desk.settle(6)
        assert_native(desk)

    at_desk(work)


@pytest.mark.parametrize("name", ["A station with a rather long name " * 4, "Ж" * 30, "\U0001f4de" * 50, "Bül€nt"])
@pytest.mark.parametrize("version", VERSIONS)
def test_names_of_any_length_and_script(version: int, name: str) -> None:
    async def work(desk: Desk) -> None:
        await desk.open()
        found: Any = (await desk.ask(EscapeSvc(), private_query.ATTQueryDeviceName(device="101"))).private
        assert found.name[:1] == (name[0] if name.isascii() or name[0] == "B" else "?")
        units = getattr(found, "uname", ())
        assert name.startswith(b"".join(unit.to_bytes(2) for unit in units).decode("utf-16-be"))
        assert_native(desk)

    at_desk(work, version=version, patch={"stations": {101: {"name": name}}})


@pytest.mark.parametrize("version", VERSIONS)
def test_user_information_of_another_clients_newer_version(version: int) -> None:
    async def work(desk: Desk) -> None:
        await desk.open()
        await desk.watch("102")
        modern = Desk(desk.settling, desk.server, desk.simulator, 10)
        await modern.connect()
        await modern.open()
        info = ATTUserToUserInfo(UUIProtocolType.UUI_IA5_ASCII, b"x" * 96)
        await modern.ask(call.MakeCall(callingDevice="101", calledDevice="102"), ATTMakeCallV6(userInfo=info))
        told: Any = next(one.private for one in desk.told() if hasattr(one.private, "deliveredType"))
        assert told.userInfo.data == b"x" * (96 if version >= 6 else 32)
        assert_native(desk)
        modern.drop()

    at_desk(work, version=version)


FORWARD = CSTAForwardingInfo(ForwardingType.FWD_IMMEDIATE, True, LONG)
LONG_NUMBERS: list[Any] = [
    call.MakeCall(callingDevice="101", calledDevice=LONG),
    call.MakeCall(callingDevice=LONG, calledDevice="101"),
    call.MakePredictiveCall(callingDevice="700", calledDevice=LONG, allocationState=AllocationState.AS_CALL_DELIVERED),
    call.ConsultationCall(activeCall=ConnectionID(1, LONG), calledDevice=LONG),
    monitor.MonitorDevice(deviceID=LONG),
    monitor.SnapshotDevice(snapshotObject=LONG),
    query.QueryDeviceInfo(device=LONG),
    query.QueryFwd(device=LONG),
    query.SetFwd(device="103", forward=FORWARD),
    route.RouteRegisterReq(routingDevice=LONG),
]


@pytest.mark.parametrize("pdu", LONG_NUMBERS, ids=lambda pdu: type(pdu).__name__)
def test_a_number_that_no_client_has_room_for_is_refused(pdu: Any) -> None:
    async def work(desk: Desk) -> None:
        await desk.open()
        await desk.watch("101", "103")
        answer = await desk.ask(pdu)
        assert isinstance(answer.pdu, UniversalFailureConf)
        assert isinstance(answer.pdu.error, CSTAUniversalFailure)
        await desk.settle(20)
        assert_native(desk)

    at_desk(work)


def test_a_login_that_no_client_could_have_is_refused_on_the_open() -> None:
    async def work(desk: Desk) -> None:
        desk.challenge = (await desk.ask(acs.ACSKeyRequest(loginID=LONG))).pdu
        assert len(desk.challenge.key) == 8
        assert_native(desk)

    at_desk(work)
