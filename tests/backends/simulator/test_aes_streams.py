"""Streams of the AES: opening, invoke ids, device queues, time-outs, the link, heartbeats, ending."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrsvr.backends.simulator.aes import Message
from ivrsvr.backends.simulator.aes.versions import grant
from ivrsvr.csta.acs import (
    ACSAbortStream,
    ACSCloseStream,
    ACSCloseStreamConf,
    ACSKeyRequest,
    ACSSetHeartbeatInterval,
    ACSUniversalFailureEvent,
)
from ivrsvr.csta.call import CallCompletion, HoldCall, MakeCall, MakeCallConf
from ivrsvr.csta.enums import CSTAEventCause, CSTALevel, Feature, LinkState, SystemStatus, SystemStatusFilter
from ivrsvr.csta.errors import AcsFailure, ACSUniversalFailure, CSTAUniversalFailure
from ivrsvr.csta.monitor import MonitorDevice, MonitorEnded, SnapshotDevice, SnapshotDeviceConf
from ivrsvr.csta.private.query import (
    ATTQueryAgentLogin,
    ATTQueryAgentLoginConf,
    ATTQueryAgentLoginResp,
    ATTQueryStationStatus,
    ATTQueryStationStatusConf,
    ATTQueryUcid,
)
from ivrsvr.csta.private.system import ATTGetAPICapsConfV5, ATTLinkStatusEvent
from ivrsvr.csta.query import QueryLastNumber
from ivrsvr.csta.route import RouteEnd, RouteRegisterAbort, RouteRegisterReq
from ivrsvr.csta.system import (
    EscapeSvc,
    GetAPICaps,
    GetDeviceList,
    QueryCallMonitor,
    SendPrivate,
    SysStat,
    SysStatReq,
    SysStatStart,
    SysStatStop,
    UniversalFailureConf,
)
from ivrsvr.csta.types import ConnectionID
from tests.backends.simulator.site import TLINK, Client, site

F = CSTAUniversalFailure
A = ACSUniversalFailure


@pytest.mark.parametrize(
    ("offer", "newest", "version"),
    [
        ("AVAYA#5-8", 8, 8),
        ("AVAYA#5-8", 7, 7),
        ("AVAYA#5-10", 8, 8),
        ("ECS#4-10#AT&T Definity G3#4-10", 10, 10),
        ("\0ECS#2:4:6\0", 8, 6),
        ("avaya#3", 8, 3),
        ("AVAYA#9-10", 8, None),
        ("AVAYA#1", 8, None),
        ("OTHER#1-8", 8, None),
        ("OTHER#1-8#ECS#5", 8, 5),
        ("", 8, None),
        ("\0\0", 8, None),
        ("AVAYA", 8, None),
        ("AVAYA#x-y", 8, None),
        ("AVAYA#5-", 8, 5),
        ("AVAYA#²", 8, None),
        ("AVAYA#1\x1f", 8, None),
        ("AVAYA# 5 - 7 ", 8, 7),
        ("AVAYA#5\n", 8, None),
        ("AVAYA#99999999999999", 8, None),
    ],
)
def test_the_highest_common_version_is_granted(offer: str, newest: int, version: int | None) -> None:
    assert grant(offer, newest) == version


@given(st.text(alphabet="AVYECS#-:0123456789 \0\t\n\x1f\x85\xa0²"), st.integers(2, 10))
def test_any_offer_has_an_answer(offer: str, newest: int) -> None:
    version = grant(offer, newest)
    assert version is None or 2 <= version <= newest


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ({"serverID": "AVAYA#XX#CSTA#AES1"}, A.TSERVER_BAD_SERVERID),
        ({"loginID": "nobody"}, A.TSERVER_BAD_PASSWORD_OR_LOGIN),
        ({"passwd": "X"}, A.TSERVER_BAD_PASSWORD_OR_LOGIN),
    ],
)
def test_opening_is_refused(keys: dict[str, str], error: ACSUniversalFailure) -> None:
    mail: list[object] = []
    with pytest.raises(AcsFailure) as raised:
        site().aes.open(
            serverID=keys.get("serverID", TLINK.lower()),
            loginID=keys.get("loginID", "cti"),
            passwd=keys.get("passwd", "x"),
            send=mail.append,
        )
    assert raised.value.error is error


def test_user_licences_limit_the_streams_that_are_open() -> None:
    simulator = site({"aes": {"userLicences": 1}})
    first = Client(simulator)
    with pytest.raises(AcsFailure) as raised:
        Client(simulator)
    assert raised.value.error is A.TSERVER_USER_LICENSES_EXCEEDED
    first.stream.close()
    Client(simulator)


def test_invoke_ids_are_positive_and_unique_while_outstanding() -> None:
    simulator = site()
    client = Client(simulator)
    for number in (0, -1):
        client.send(SnapshotDevice(snapshotObject="101"), invoke_id=number)
        assert client.mail[-1].pdu == UniversalFailureConf(error=F.UNRECOGNIZED_OPERATION_REJECTION)
    simulator.stall(True)
    client.send(SnapshotDevice(snapshotObject="101"), invoke_id=7)
    client.send(SnapshotDevice(snapshotObject="101"), invoke_id=7)
    assert [one.pdu.error for one in client.answers(7)] == [F.DUPLICATE_INVOCATION_REJECTION]
    simulator.clock.advance(30)
    simulator.stall(False)
    client.send(SnapshotDevice(snapshotObject="101"), invoke_id=7)
    assert isinstance(client.mail[-1].pdu, SnapshotDeviceConf)


@pytest.mark.parametrize(
    "pdu",
    [
        CallCompletion(feature=Feature.FT_CAMP_ON, call=ConnectionID(1, "101")),
        QueryLastNumber(device="101"),
        EscapeSvc(),
    ],
    ids=lambda pdu: type(pdu).__name__,
)
def test_what_is_not_offered_is_refused(pdu: object) -> None:
    assert Client(site()).error(pdu) is F.INVALID_FEATURE


def test_messages_out_of_place_are_refused_or_ignored() -> None:
    client = Client(site())
    assert client.error(ACSKeyRequest(loginID="cti")) is A.TSERVER_INVALID_MESSAGE
    assert client.error(MonitorEnded(cause=CSTAEventCause.EC_NONE)) is F.UNRECOGNIZED_OPERATION_REJECTION
    before = len(client.mail)
    client.send(SendPrivate())
    assert len(client.mail) == before


def test_the_device_of_a_connection_must_be_named() -> None:
    client = Client(site())
    assert client.error(HoldCall(activeCall=ConnectionID(1), reservation=False)) is F.OBJECT_NOT_KNOWN


def test_a_device_has_one_request_at_the_switch_and_four_waiting() -> None:
    simulator = site()
    client, other = Client(simulator), Client(simulator)
    first = client.send(MakeCall(callingDevice="110", calledDevice="101"))
    waiting = [client.send(SnapshotDevice(snapshotObject="110")) for _ in range(2)]
    waiting_too = [other.send(SnapshotDevice(snapshotObject="110")) for _ in range(2)]
    assert other.error(SnapshotDevice(snapshotObject="110")) is F.REQUESTS_ON_DEVICE_EXCEEDED_REJECTION
    assert isinstance(other.ask(SnapshotDevice(snapshotObject="101")).pdu, SnapshotDeviceConf)
    assert not any(client.answers(number) for number in [first, *waiting])
    simulator.people.lift("110")
    assert [one.invokeID for one in client.mail] == [first, *waiting]
    assert isinstance(client.mail[0].pdu, MakeCallConf)
    assert all(len(other.answers(number)) == 1 for number in waiting_too)


def test_a_stream_has_so_many_requests_outstanding_and_others_are_not_concerned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ivrsvr.backends.simulator.aes.stream.MOST_OUTSTANDING", 2)
    simulator = site()
    client, other = Client(simulator), Client(simulator)
    simulator.stall(True)
    for station in ("101", "102"):
        client.send(SnapshotDevice(snapshotObject=station))
    assert client.error(SnapshotDevice(snapshotObject="110")) is F.OUTSTANDING_REQUEST_LIMIT_EXCEEDED
    other.send(SnapshotDevice(snapshotObject="110"))
    assert other.mail == []


def test_the_next_request_of_a_device_meets_a_finished_change() -> None:
    simulator = site()
    client = Client(simulator)
    first = client.send(MakeCall(callingDevice="110", calledDevice="101"))
    second = client.send(MakeCall(callingDevice="110", calledDevice="102"))
    simulator.people.lift("110")
    assert isinstance(client.answers(first)[0].pdu, MakeCallConf)
    assert client.answers(second)[0].pdu.error is F.RESOURCE_BUSY


def test_a_request_that_is_not_answered_times_out_and_lets_the_next_one_go() -> None:
    simulator = site()
    client = Client(simulator)
    simulator.stall(True)
    lost = client.send(SnapshotDevice(snapshotObject="101"))
    simulator.clock.advance(10)
    later = client.send(SnapshotDevice(snapshotObject="101"))
    simulator.stall(False)
    simulator.clock.advance(19.9)
    assert client.mail == []
    simulator.clock.advance(0.1)
    assert [one.pdu.error for one in client.answers(lost)] == [F.REQUEST_TIMEOUT_REJECTION]
    assert isinstance(client.answers(later)[0].pdu, SnapshotDeviceConf)


def test_the_link_goes_down() -> None:
    simulator = site()
    client = Client(simulator)
    monitor = client.ask(MonitorDevice(deviceID="101")).pdu.monitorCrossRefID
    registration = client.ask(RouteRegisterReq(routingDevice="704")).pdu.registerReqID
    started = client.ask(SysStatStart(statusFilter=SystemStatusFilter(0)))
    assert started.private.linkStatus.linkState is LinkState.LS_LINK_UP
    simulator.people.call_in("60123", "704")
    outstanding = client.send(MakeCall(callingDevice="110", calledDevice="101"))
    simulator.link("down")
    simulator.link("down")
    assert client.answers(outstanding)[0].pdu.error is F.SERVICE_TERMINATION_REJECTION
    assert client.names()[-4:] == ["MonitorEnded", "RouteEnd", "RouteRegisterAbort", "SysStat"]
    assert client.events(monitor)[-1].cause is CSTAEventCause.EC_NETWORK_NOT_OBTAINABLE
    assert RouteRegisterAbort(routeRegisterReqID=registration) in client.events()
    assert client.events()[-1] == SysStat(state=SystemStatus.SS_DISABLED)
    assert client.mail[-1].private.linkStatus.linkState is LinkState.LS_LINK_DOWN
    assert client.error(SnapshotDevice(snapshotObject="101")) is F.SERVICE_TERMINATION_REJECTION
    assert client.error(RouteRegisterReq(routingDevice="704")) is F.SERVICE_TERMINATION_REJECTION
    assert client.ask(SysStatReq()).pdu.systemStatus is SystemStatus.SS_DISABLED
    before = len(client.mail)
    simulator.people.dial("101", "102")
    assert len(client.mail) == before
    simulator.link("up")
    assert client.events()[-1] == SysStat(state=SystemStatus.SS_NORMAL)
    assert isinstance(client.ask(SnapshotDevice(snapshotObject="101")).pdu, SnapshotDeviceConf)


def test_system_status_is_filtered_and_stops() -> None:
    simulator = site()
    client, silent = Client(simulator), Client(simulator)
    client.ask(SysStatStart(statusFilter=SystemStatusFilter.SF_DISABLED))
    simulator.link("down")
    simulator.link("up")
    assert [pdu.state for pdu in client.events()] == [SystemStatus.SS_NORMAL]
    client.ask(SysStatStop())
    simulator.link("down")
    assert len(client.events()) == 1
    assert silent.events() == []


def test_close_answers_what_is_outstanding_and_confirms_last() -> None:
    simulator = site()
    client, other = Client(simulator), Client(simulator)
    client.ask(MonitorDevice(deviceID="101"))
    client.ask(MonitorDevice(deviceID="102"))
    simulator.people.dial("101", "102")
    outstanding = [
        client.send(MakeCall(callingDevice="110", calledDevice="101")),
        client.send(SnapshotDevice(snapshotObject="110")),
    ]
    behind = other.send(SnapshotDevice(snapshotObject="110"))
    closing = client.send(ACSCloseStream())
    assert [one.pdu.error for number in outstanding for one in client.answers(number)] == [
        F.ACS_HANDLE_TERMINATION_REJECTION,
        F.ACS_HANDLE_TERMINATION_REJECTION,
    ]
    assert client.mail[-1].pdu == ACSCloseStreamConf()
    assert client.mail[-1].invokeID == closing
    assert isinstance(other.answers(behind)[0].pdu, SnapshotDeviceConf)
    after = len(client.mail)
    simulator.people.answer("102")
    assert len(client.mail) == after
    assert len(simulator.aes.monitors) == 0
    with pytest.raises(AcsFailure):
        client.send(SnapshotDevice(snapshotObject="101"))
    assert len(simulator.switch.core.calls) == 1


def test_a_client_that_asks_again_while_its_stream_closes_is_told_that_it_is_closed() -> None:
    simulator = site()
    client = Client(simulator)
    refused: list[AcsFailure] = []

    def again(message: Message) -> None:
        if isinstance(message.pdu, UniversalFailureConf):
            try:
                stream.request(99, SnapshotDevice(snapshotObject="101"))
            except AcsFailure as failure:
                refused.append(failure)
        client.mail.append(message)

    stream = simulator.aes.open(serverID=TLINK, loginID="cti", passwd="x", send=again)
    stream.request(1, MakeCall(callingDevice="110", calledDevice="101"))
    stream.close()
    assert [failure.error for failure in refused] == [A.TSERVER_NO_ACS_STREAM]
    assert len(simulator.aes.requests) == 0
    assert client.mail[-1].pdu == ACSCloseStreamConf()


def test_a_client_may_ask_from_within_what_it_is_told() -> None:
    simulator = site()
    snapshots: list[Message] = []

    def ask_more(message: Message) -> None:
        if isinstance(message.pdu, SnapshotDeviceConf):
            snapshots.append(message)
            if len(snapshots) < 20:
                stream.request(len(snapshots) + 1, SnapshotDevice(snapshotObject="101"))

    stream = simulator.aes.open(serverID=TLINK, loginID="cti", passwd="x", send=ask_more)
    stream.request(1, SnapshotDevice(snapshotObject="101"))
    assert [message.invokeID for message in snapshots] == list(range(1, 21))


def test_abort_and_server_failure_say_no_more() -> None:
    simulator = site()
    client, other = Client(simulator), Client(simulator)
    client.ask(MonitorDevice(deviceID="101"))
    client.send(MakeCall(callingDevice="110", calledDevice="101"))
    before = len(client.mail)
    client.send(ACSAbortStream())
    simulator.people.dial("101", "102")
    assert len(client.mail) == before
    simulator.aes.shut_down()
    assert other.events() == [ACSUniversalFailureEvent(error=A.TSERVER_DRIVER_UNREGISTERED)]
    assert simulator.aes.streams == []


def test_heartbeats_come_when_asked_for_and_nothing_else_does() -> None:
    simulator = site()
    client = Client(simulator)
    for interval in (4, 61):
        assert client.error(ACSSetHeartbeatInterval(heartbeatInterval=interval)) is A.TSERVER_INVALID_HEARTBEAT_INTERVAL
    simulator.clock.advance(120)
    assert client.names() == []
    assert client.ask(ACSSetHeartbeatInterval(heartbeatInterval=10)).pdu.heartbeatInterval == 10
    simulator.clock.advance(9)
    client.ask(GetAPICaps())
    simulator.clock.advance(9)
    assert client.names() == []
    simulator.clock.advance(11)
    assert client.names() == ["ACSClientHeartbeat", "ACSClientHeartbeat"]
    client.stream.close()
    simulator.clock.advance(60)
    assert len(client.names()) == 2


def test_device_lists_come_in_pages_of_twenty() -> None:
    client = Client(site())
    devices: list[str] = []
    index = -1
    sizes = []
    while True:
        page = client.ask(GetDeviceList(index=index, level=CSTALevel.CSTA_DEVICE_DEVICE_MONITOR)).pdu
        devices += page.devList
        sizes.append(len(page.devList))
        index = page.index
        if index == -1:
            break
    assert sizes == [20, 14]
    assert len(set(devices)) == 34
    assert client.ask(GetDeviceList(index=-1, level=CSTALevel.CSTA_ROUTING)).pdu.devList == ("700", "704", "709")
    assert client.error(GetDeviceList(index=40, level=CSTALevel.CSTA_ROUTING)) is F.VALUE_OUT_OF_RANGE
    assert client.error(GetDeviceList(index=-1, level=CSTALevel(9))) is A.TSERVER_BAD_GET_DEVICE_LEVEL


def test_capabilities_have_the_layout_of_the_version() -> None:
    simulator = site()
    answer = Client(simulator, "AVAYA#5").ask(GetAPICaps())
    assert answer.pdu.monitorDevice == 1
    assert answer.pdu.callCompletion == 0
    assert isinstance(answer.private, ATTGetAPICapsConfV5)
    assert Client(simulator, "").ask(GetAPICaps()).private is None


def test_the_agent_login_query_is_answered_in_pieces() -> None:
    simulator = site()
    client = Client(simulator)
    for extension in range(301, 322):
        simulator.people.agent(f"9{extension}", at=str(extension), login=True)
    answer = client.ask(EscapeSvc(), ATTQueryAgentLogin(device="201"))
    assert isinstance(answer.private, ATTQueryAgentLoginConf)
    pieces = [one.private for one in client.mail[1:]]
    assert all(isinstance(piece, ATTQueryAgentLoginResp) for piece in pieces)
    assert [len(piece.list) for piece in pieces] == [10, 10, 1, 0]
    assert {piece.privEventCrossRefID for piece in pieces} == {answer.private.privEventCrossRefID}
    assert [device for piece in pieces for device in piece.list] == [str(extension) for extension in range(301, 322)]
    client.mail.clear()
    assert client.error(EscapeSvc(), ATTQueryAgentLogin(device="101")) is F.INVALID_CSTA_DEVICE_IDENTIFIER
    client.ask(EscapeSvc(), ATTQueryAgentLogin(device="220"))
    assert [one.private.list for one in client.mail[2:]] == [()]


def test_private_services_exist_from_their_version_on() -> None:
    simulator = site()
    query = ATTQueryUcid(call=ConnectionID(9))
    assert Client(simulator, "AVAYA#4").error(EscapeSvc(), query) is F.INVALID_FEATURE
    assert Client(simulator, "").error(EscapeSvc(), query) is F.INVALID_FEATURE
    assert Client(simulator, "AVAYA#5").error(EscapeSvc(), query) is F.NO_ACTIVE_CALL
    status = Client(simulator, "AVAYA#8").ask(EscapeSvc(), ATTQueryStationStatus(device="101"))
    assert status.private == ATTQueryStationStatusConf(stationStatus=False)


def test_call_monitors_are_allowed_as_the_security_database_says() -> None:
    simulator = site({"aes": {"sdbEnabled": True}})
    assert Client(simulator).ask(QueryCallMonitor()).pdu.callMonitor
    assert not Client(simulator, login="limited", passwd="y").ask(QueryCallMonitor()).pdu.callMonitor


def test_link_status_needs_version_5() -> None:
    simulator = site()
    assert Client(simulator, "AVAYA#4").ask(SysStatReq()).private is None
    assert isinstance(Client(simulator, "AVAYA#5").ask(SysStatReq()).private, ATTLinkStatusEvent)


def test_a_route_dialogue_that_the_close_leaves_open_lets_its_call_go_on() -> None:
    simulator = site()
    client = Client(simulator)
    client.ask(RouteRegisterReq(routingDevice=""))
    simulator.people.call_in("60123", "704")
    assert client.names() == ["RouteRequestExt"]
    client.stream.close()
    assert not any(isinstance(pdu, RouteEnd) for pdu in client.events())
    other = Client(simulator)
    assert other.ask(RouteRegisterReq(routingDevice="")).pdu.registerReqID > 0


actions = st.lists(
    st.one_of(
        st.tuples(st.just("snapshot"), st.sampled_from(["101", "110", "999"])),
        st.tuples(st.just("call"), st.sampled_from(["101", "110"])),
        st.tuples(st.just("monitor"), st.sampled_from(["101", "110"])),
        st.tuples(st.just("stall"), st.booleans()),
        st.tuples(st.just("link"), st.sampled_from(["down", "up"])),
        st.tuples(st.just("advance"), st.sampled_from([1, 5, 31])),
        st.tuples(st.just("lift"), st.just("110")),
        st.tuples(st.just("close"), st.booleans()),
    ),
    max_size=25,
)


@given(actions)
@settings(max_examples=150, deadline=None)
def test_every_request_is_answered_exactly_once(story: list[tuple[str, object]]) -> None:
    simulator = site()
    client = Client(simulator)
    clients = [client]
    sent: list[tuple[Client, int]] = []
    for action, value in story:
        match action:
            case "snapshot":
                sent.append((client, client.send(SnapshotDevice(snapshotObject=str(value)))))
            case "call":
                sent.append((client, client.send(MakeCall(callingDevice=str(value), calledDevice="102"))))
            case "monitor":
                sent.append((client, client.send(MonitorDevice(deviceID=str(value)))))
            case "stall":
                simulator.stall(bool(value))
            case "link":
                simulator.link("down" if value == "down" else "up")
            case "advance":
                simulator.clock.advance(float(str(value)))
            case "lift":
                simulator.people.lift("110")
            case "close":
                client.stream.close()
                client = Client(simulator)
                clients.append(client)
    simulator.clock.advance(200)
    assert len(simulator.aes.requests) == 0
    for asker, number in sent:
        assert len(asker.answers(number)) == 1
    assert sum(len(one.mail) for one in clients) >= len(sent)
