"""Monitors: who is told what, filters, limits, permissions and licences; routing; private data of the version."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrsvr.backends.simulator.people import PeopleError
from ivrsvr.backends.simulator.switch.reports import Report
from ivrsvr.backends.simulator.world import merge_patch
from ivrsvr.csta.call import ClearCall, ConferenceCall, ConsultationCall, MakeCall, TransferCall
from ivrsvr.csta.enums import (
    ATTPrivateFilter,
    CSTAAgentFilter,
    CSTACallFilter,
    CSTAEventCause,
    CSTALevel,
    LocalConnectionState,
    UUIProtocolType,
)
from ivrsvr.csta.errors import ACSUniversalFailure, CSTAUniversalFailure
from ivrsvr.csta.events import Diverted, Held, LoggedOn
from ivrsvr.csta.monitor import (
    ChangeMonitorFilter,
    MonitorCall,
    MonitorCallsViaDevice,
    MonitorDevice,
    MonitorEnded,
    MonitorStop,
    SnapshotDevice,
)
from ivrsvr.csta.private.call import ATTMakeCall, ATTMakeCallV6
from ivrsvr.csta.private.events import ATTDelivered, ATTDeliveredV5, ATTDeliveredV7, ATTEnteredDigits
from ivrsvr.csta.private.monitor import (
    ATTMonitorCallConfV5,
    ATTMonitorConf,
    ATTMonitorFilter,
    ATTMonitorStopOnCall,
    ATTMonitorStopOnCallConf,
)
from ivrsvr.csta.private.route import ATTRouteRequestV5, ATTRouteSelect, ATTRouteUsed
from ivrsvr.csta.private.structures import ATTUserToUserInfo
from ivrsvr.csta.route import (
    RouteEnd,
    RouteEndRequestInv,
    RouteRegisterCancel,
    RouteRegisterReq,
    RouteRequest,
    RouteSelectRequest,
    RouteSelectRequestInv,
    RouteUsed,
    RouteUsedExt,
)
from ivrsvr.csta.system import EscapeSvc, GetDeviceList, PrivateStatus, UniversalFailureConf
from ivrsvr.csta.types import ConnectionID, CSTAMonitorFilter
from tests.backends.simulator.site import Client, site

F = CSTAUniversalFailure
A = ACSUniversalFailure
S = LocalConnectionState


def watch(client: Client, pdu: Any, private: Any = None) -> int:
    number: int = client.ask(pdu, private).pdu.monitorCrossRefID
    return number


def talk(client: Client, calling: str = "101", called: str = "102") -> int:
    """A call between two stations; gives its call id."""
    call: int = client.ask(MakeCall(callingDevice=calling, calledDevice=called)).pdu.newCall.callID
    client.simulator.people.answer(called)
    return call


def test_each_monitor_is_told_the_state_of_its_own_device() -> None:
    simulator = site()
    client = Client(simulator)
    one, two = watch(client, MonitorDevice(deviceID="101")), watch(client, MonitorDevice(deviceID="102"))
    talk(client)
    simulator.people.hold("101")
    assert [pdu.localConnectionInfo for pdu in client.events(one) if isinstance(pdu, Held)] == [S.CS_HOLD]
    assert [pdu.localConnectionInfo for pdu in client.events(two) if isinstance(pdu, Held)] == [S.CS_CONNECT]
    assert client.names(two) == ["Delivered", "Established", "Held"]


def test_a_monitor_that_is_stopped_is_silent_and_unknown() -> None:
    client = Client(site())
    monitor = watch(client, MonitorDevice(deviceID="101"))
    client.ask(MonitorStop(monitorCrossRefID=monitor))
    talk(client)
    assert client.events() == []
    assert client.error(MonitorStop(monitorCrossRefID=monitor)) is F.INVALID_CROSS_REF_ID
    unknown = ChangeMonitorFilter(monitorCrossRefID=monitor, monitorFilter=CSTAMonitorFilter())
    assert client.error(unknown) is F.INVALID_CROSS_REF_ID


def test_filters_suppress_and_can_be_changed() -> None:
    simulator = site()
    client = Client(simulator)
    no_held = CSTAMonitorFilter(call=CSTACallFilter.CF_HELD)
    answer = client.ask(MonitorDevice(deviceID="101", monitorFilter=no_held), ATTMonitorFilter())
    assert answer.pdu.monitorFilter == no_held
    assert answer.private == ATTMonitorConf(usedFilter=ATTPrivateFilter(0))
    monitor = answer.pdu.monitorCrossRefID
    talk(client)
    simulator.people.hold("101")
    assert "Held" not in client.names(monitor)
    none = CSTAMonitorFilter(call=CSTACallFilter.CF_RETRIEVED)
    changed = client.ask(ChangeMonitorFilter(monitorCrossRefID=monitor, monitorFilter=none))
    assert changed.pdu.monitorFilter == none
    simulator.people.retrieve("101")
    simulator.people.hold("101")
    assert client.names(monitor)[-1] == "Held"
    assert "Retrieved" not in client.names(monitor)


def test_a_split_tells_who_logs_in_and_out() -> None:
    simulator = site()
    client = Client(simulator)
    both = watch(client, MonitorDevice(deviceID="201"))
    deaf = CSTAMonitorFilter(agent=CSTAAgentFilter.AF_LOGGED_ON)
    out = watch(client, MonitorDevice(deviceID="201", monitorFilter=deaf))
    simulator.people.agent("500", at="101", login=True)
    simulator.people.agent("500", login=False)
    assert client.names(both) == ["LoggedOn", "LoggedOff"]
    assert client.names(out) == ["LoggedOff"]
    first = client.events(both)[0]
    assert isinstance(first, LoggedOn)
    assert first.agentDevice.deviceID == "101"


def test_a_call_is_followed_through_a_vdn_until_another_monitored_one_takes_it() -> None:
    simulator = site()
    client, other = Client(simulator), Client(simulator)
    first = watch(client, MonitorCallsViaDevice(deviceID="709"))
    second = watch(other, MonitorCallsViaDevice(deviceID="700"))
    call = simulator.people.call_in("60123", "709")
    assert client.names(first) == ["Delivered", "Diverted"]
    diverted = client.events(first)[1]
    assert isinstance(diverted, Diverted)
    assert diverted.connection == ConnectionID(call.callID, "709")
    assert diverted.newDestination.deviceID == "700"
    assert other.names(second) == ["Delivered", "Queued"]
    simulator.people.party(call.party, "hangup")
    assert other.names(second)[-2:] == ["ConnectionCleared", "CallCleared"]
    assert client.names(first) == ["Delivered", "Diverted"]
    assert all(pdu.localConnectionInfo is S.CS_NONE for pdu in other.events(second))


def test_a_call_is_followed_through_a_vdn_that_nobody_monitors() -> None:
    simulator = site()
    client = Client(simulator)
    first = watch(client, MonitorCallsViaDevice(deviceID="709"))
    simulator.people.agent("500", at="103", login=True, mode="AUTO_IN")
    simulator.people.call_in("60123", "709")
    assert client.names(first) == ["Delivered", "Delivered"]
    assert client.events(first)[1].alertingDevice.deviceID == "103"


def test_a_monitor_lets_one_of_its_calls_go() -> None:
    simulator = site()
    client = Client(simulator)
    via = client.ask(MonitorCallsViaDevice(deviceID="700")).pdu.monitorCrossRefID
    first, second = (simulator.people.call_in(number, "700") for number in ("60123", "60124"))
    stop = ATTMonitorStopOnCall(monitorCrossRefID=via, call=ConnectionID(first.callID))
    assert client.ask(EscapeSvc(), stop).private == ATTMonitorStopOnCallConf()
    told = len(client.events(via))
    simulator.people.party(first.party, "hangup")
    assert len(client.events(via)) == told
    simulator.people.party(second.party, "hangup")
    assert len(client.events(via)) > told
    assert client.error(EscapeSvc(), stop) is F.INVALID_CSTA_CALL_IDENTIFIER
    unknown = ATTMonitorStopOnCall(monitorCrossRefID=via + 1, call=ConnectionID(second.callID))
    assert client.error(EscapeSvc(), unknown) is F.INVALID_CROSS_REF_ID


def test_calls_that_are_there_already_are_not_reported_via_the_vdn() -> None:
    simulator = site()
    client = Client(simulator)
    call = simulator.people.call_in("60123", "700")
    monitor = watch(client, MonitorCallsViaDevice(deviceID="700"))
    simulator.people.party(call.party, "hangup")
    assert client.events(monitor) == []


@pytest.mark.parametrize("ends", [False, True])
def test_a_call_monitor_begins_with_a_snapshot_and_ends_with_its_call(ends: bool) -> None:
    client = Client(site({"aes": {"monitorEndedWithCall": ends}}))
    call = talk(client)
    answer = client.ask(MonitorCall(call=ConnectionID(call)))
    assert isinstance(answer.private, ATTMonitorCallConfV5)
    assert [party.deviceOnCall.deviceID for party in answer.private.snapshotCall] == ["101", "102"]
    client.ask(ClearCall(call=ConnectionID(call)))
    names = client.names(answer.pdu.monitorCrossRefID)
    assert names[-1] == ("MonitorEnded" if ends else "CallCleared")
    assert names.count("CallCleared") == 1
    if ends:
        assert client.events()[-1] == MonitorEnded(cause=CSTAEventCause.EC_NONE)
    assert client.error(MonitorStop(monitorCrossRefID=answer.pdu.monitorCrossRefID)) is F.INVALID_CROSS_REF_ID
    assert len(client.simulator.aes.monitors) == 0


@pytest.mark.parametrize(
    ("service", "event", "cause"),
    [
        (TransferCall, "Transferred", CSTAEventCause.EC_TRANSFER),
        (ConferenceCall, "Conferenced", CSTAEventCause.EC_CONFERENCE),
    ],
)
def test_merging_ends_the_monitor_of_one_call_and_leaves_the_other(service: Any, event: str, cause: Any) -> None:
    simulator = site()
    client = Client(simulator)
    via = watch(client, MonitorCallsViaDevice(deviceID="700"))
    simulator.people.agent("500", at="101", login=True, mode="AUTO_IN")
    outside = simulator.people.call_in("60123", "700")
    simulator.people.answer("101")
    held = ConnectionID(outside.callID, "101")
    active = client.ask(ConsultationCall(activeCall=held, calledDevice="102")).pdu.newCall
    simulator.people.answer("102")
    old = watch(client, MonitorCall(call=ConnectionID(outside.callID)))
    new = watch(client, MonitorCall(call=ConnectionID(active.callID)))
    client.ask(service(heldCall=held, activeCall=active))
    assert client.names(old) == [event, "CallCleared"]
    cleared = client.events(old)[1]
    assert cleared.clearedCall.callID == outside.callID
    assert cleared.cause is cause
    assert client.names(new) == [event]
    assert client.names(via)[-2:] == [event, "CallCleared"]
    simulator.people.hangup("102")
    assert "ConnectionCleared" in client.names(new)[1:]
    assert client.names(via)[-1] != event


def test_a_vdn_that_both_calls_came_by_is_told_once_that_they_become_one() -> None:
    simulator = site()
    client = Client(simulator)
    via = watch(client, MonitorCallsViaDevice(deviceID="700"))
    simulator.people.agent("500", at="101", login=True, mode="AUTO_IN")
    outside = simulator.people.call_in("60123", "700")
    simulator.people.answer("101")
    held = ConnectionID(outside.callID, "101")
    active = client.ask(ConsultationCall(activeCall=held, calledDevice="700")).pdu.newCall
    client.ask(TransferCall(heldCall=held, activeCall=active))
    assert client.names(via)[-3:] == ["Transferred", "CallCleared", "Delivered"], "101 is free for it again"
    assert client.names(via).count("Transferred") == 1


@pytest.mark.parametrize(
    ("pdu", "error"),
    [
        (MonitorDevice(deviceID="999"), F.INVALID_CSTA_DEVICE_IDENTIFIER),
        (MonitorDevice(deviceID="700"), F.INVALID_CSTA_DEVICE_IDENTIFIER),
        (MonitorDevice(deviceID="500"), F.INVALID_CSTA_DEVICE_IDENTIFIER),
        (MonitorCallsViaDevice(deviceID="101"), F.INVALID_CSTA_DEVICE_IDENTIFIER),
        (MonitorCallsViaDevice(deviceID="201"), F.INVALID_OBJECT_TYPE),
        (MonitorCall(call=ConnectionID(999)), F.NO_ACTIVE_CALL),
    ],
)
def test_what_cannot_be_monitored(pdu: Any, error: CSTAUniversalFailure) -> None:
    assert Client(site()).error(pdu) is error


def test_a_split_without_vectors_can_be_monitored_via() -> None:
    assert watch(Client(site()), MonitorCallsViaDevice(deviceID="220")) > 0


def test_monitors_are_limited_per_domain_and_altogether() -> None:
    client = Client(site({"aes": {"viaMonitorsPerDevice": 2, "monitorsPerSystem": 4}}))
    for _ in range(2):
        watch(client, MonitorCallsViaDevice(deviceID="700"))
    assert client.error(MonitorCallsViaDevice(deviceID="700")) is F.OBJECT_MONITOR_LIMIT_EXCEEDED
    watch(client, MonitorDevice(deviceID="101"))
    last = watch(client, MonitorDevice(deviceID="101"))
    assert client.error(MonitorDevice(deviceID="102")) is F.OVERALL_MONITOR_LIMIT_EXCEEDED
    client.ask(MonitorStop(monitorCrossRefID=last))
    watch(client, MonitorDevice(deviceID="102"))


def test_the_security_database_restricts_a_user_to_its_lists() -> None:
    simulator = site({"aes": {"sdbEnabled": True}})
    client = Client(simulator, login="limited", passwd="y")
    assert client.error(MakeCall(callingDevice="101", calledDevice="102")) is A.TSERVER_DEVICE_NOT_ON_CALL_CONTROL_LIST
    assert client.error(SnapshotDevice(snapshotObject="101")) is A.TSERVER_DEVICE_NOT_ON_LIST
    assert client.error(MonitorDevice(deviceID="101")) is A.TSERVER_DEVICE_NOT_ON_MONITOR_DEVICE_LIST
    assert client.error(MonitorCallsViaDevice(deviceID="709")) is A.TSERVER_DEVICE_NOT_ON_MONITOR_CALL_DEVICE_LIST
    assert client.error(RouteRegisterReq(routingDevice="700")) is A.TSERVER_DEVICE_NOT_ON_ROUTE_LIST
    call = client.ask(MakeCall(callingDevice="102", calledDevice="101")).pdu.newCall.callID
    assert client.error(MonitorCall(call=ConnectionID(call))) is A.TSERVER_NO_CALL_CALL_MONITOR_PERMISSION
    watch(client, MonitorDevice(deviceID="102"))
    watch(client, MonitorCallsViaDevice(deviceID="700"))
    client.ask(SnapshotDevice(snapshotObject="102"))
    assert client.ask(RouteRegisterReq(routingDevice="704")).pdu.registerReqID > 0


def test_a_list_may_name_device_groups() -> None:
    groups = {"aes": {"sdbEnabled": True, "deviceGroups": {"sales": ["101", "103"]}}}
    patch = merge_patch(groups, {"aes": {"users": {"limited": {"callControl": ["sales", "102", "101"]}}}})
    client = Client(site(patch), login="limited", passwd="y")
    listed = client.ask(GetDeviceList(index=-1, level=CSTALevel.CSTA_HOME_WORK_TOP)).pdu.devList
    assert listed == ("101", "103", "102")
    assert client.ask(MakeCall(callingDevice="103", calledDevice="102")).pdu.newCall.deviceID == "103"
    error = client.error(MakeCall(callingDevice="301", calledDevice="102"))
    assert error is A.TSERVER_DEVICE_NOT_ON_CALL_CONTROL_LIST


def test_a_basic_licence_is_held_while_monitored_or_on_a_call() -> None:
    simulator = site({"licences": {"basic": 2}})
    client = Client(simulator)
    monitor = watch(client, MonitorDevice(deviceID="101"))
    call = client.ask(MakeCall(callingDevice="102", calledDevice="103")).pdu.newCall.callID
    assert client.error(MonitorDevice(deviceID="103")) is F.GENERIC_SUBSCRIBED_RESOURCE_AVAILABILITY
    assert client.error(MakeCall(callingDevice="103", calledDevice="301")) is F.GENERIC_SUBSCRIBED_RESOURCE_AVAILABILITY
    client.ask(SnapshotDevice(snapshotObject="103"))
    watch(client, MonitorDevice(deviceID="102"))
    client.ask(ClearCall(call=ConnectionID(call)))
    client.ask(MonitorStop(monitorCrossRefID=monitor))
    watch(client, MonitorDevice(deviceID="103"))
    assert watch(client, MonitorCallsViaDevice(deviceID="700")) > 0


def test_routing_needs_an_advanced_licence() -> None:
    client = Client(site({"licences": {"advanced": 0}}))
    assert client.error(RouteRegisterReq(routingDevice="704")) is F.GENERIC_SUBSCRIBED_RESOURCE_AVAILABILITY


# ---- private data


@pytest.mark.parametrize(
    ("offer", "layout"),
    [("AVAYA#8", ATTDeliveredV7), ("AVAYA#5", ATTDeliveredV5), ("AVAYA#4", ATTDelivered), ("", type(None))],
)
def test_events_have_the_layout_of_the_stream(offer: str, layout: type) -> None:
    simulator = site()
    client = Client(simulator, offer)
    watch(client, MonitorDevice(deviceID="101"))
    simulator.people.call_in("60123", "101")
    assert type(client.mail[-1].private) is layout


@pytest.mark.parametrize(
    ("offer", "private", "most"),
    [("AVAYA#8", ATTMakeCallV6, 96), ("AVAYA#6", ATTMakeCallV6, 96), ("AVAYA#5", ATTMakeCall, 32)],
)
def test_user_information_is_limited_by_the_version(offer: str, private: Any, most: int) -> None:
    client = Client(site(), offer)
    call = MakeCall(callingDevice="101", calledDevice="102")
    long = ATTUserToUserInfo(UUIProtocolType.UUI_IA5_ASCII, b"x" * (most + 1))
    fits = ATTUserToUserInfo(UUIProtocolType.UUI_IA5_ASCII, b"x" * most)
    assert client.error(call, private(userInfo=long)) is F.GENERIC_UNSPECIFIED
    assert client.ask(call, private(userInfo=fits)).private.ucid


def test_private_events_need_private_data_and_can_be_filtered() -> None:
    simulator = site()
    told, bare, deaf, deafer = Client(simulator), Client(simulator, ""), Client(simulator), Client(simulator)
    call = talk(told)
    watching = MonitorCall(call=ConnectionID(call))
    watch(told, watching)
    watch(bare, watching)
    watch(deaf, watching, ATTMonitorFilter(privateFilter=ATTPrivateFilter.ATT_ENTERED_DIGITS_FILTER))
    watch(deafer, MonitorCall(call=ConnectionID(call), monitorFilter=CSTAMonitorFilter(privateFilter=1)))
    digits = ATTEnteredDigits(connection=ConnectionID(call, "101"), digits="42")
    simulator.aes.monitors.report(Report(PrivateStatus(), digits, call, notify=True))
    assert [client.names() for client in (told, bare, deaf, deafer)] == [["PrivateStatus"], [], [], []]
    assert told.mail[-1].private == digits


# ---- routing


def test_a_route_dialogue() -> None:
    simulator = site()
    client = Client(simulator, "AVAYA#5")
    registration = client.ask(RouteRegisterReq(routingDevice="704")).pdu.registerReqID
    simulator.people.call_in("60123", "704")
    asked = client.mail[-1]
    assert isinstance(asked.private, ATTRouteRequestV5)
    assert asked.pdu.routeRegisterReqID == registration
    select = RouteSelectRequest(
        routeRegisterReqID=registration,
        routingCrossRefID=asked.pdu.routingCrossRefID,
        routeSelected="102",
        routeUsedReq=True,
    )
    client.send(select, ATTRouteSelect(), invoke_id=0)
    used, end = client.events()[-2:]
    assert isinstance(used, RouteUsedExt)
    assert used.routeUsed.deviceID == "102"
    assert end == RouteEnd(
        routeRegisterReqID=registration,
        routingCrossRefID=asked.pdu.routingCrossRefID,
        cause=F.GENERIC_UNSPECIFIED,
    )
    before = len(client.mail)
    client.send(select)
    assert len(client.mail) == before


def test_the_newer_routing_requests_are_told_that_they_failed() -> None:
    simulator = site()
    client, other = Client(simulator), Client(simulator)
    registration = client.ask(RouteRegisterReq(routingDevice="704")).pdu.registerReqID
    simulator.people.call_in("60123", "704")
    dialogue = client.events()[-1].routingCrossRefID
    stray = RouteSelectRequestInv(
        routeRegisterReqID=registration, routingCrossRefID=dialogue, routeSelected="102", routeUsedReq=False
    )
    other.send(stray, invoke_id=5)
    assert other.mail[-1].pdu == UniversalFailureConf(error=F.INVALID_CROSS_REF_ID)
    reject = RouteEndRequestInv(
        routeRegisterReqID=registration, routingCrossRefID=dialogue, errorValue=F.GENERIC_UNSPECIFIED
    )
    client.send(reject, invoke_id=6)
    assert client.answers(6) == []
    assert client.events()[-1] == RouteEnd(
        routeRegisterReqID=registration, routingCrossRefID=dialogue, cause=F.GENERIC_UNSPECIFIED
    )
    client.send(reject, invoke_id=7)
    assert client.answers(7)[0].pdu.error is F.INVALID_CROSS_REF_ID


def test_a_stream_of_api_version_1_has_the_older_routing_pdus() -> None:
    simulator = site()
    client = Client(simulator, api=1)
    registration = client.ask(RouteRegisterReq(routingDevice="704")).pdu.registerReqID
    simulator.people.call_in("60123", "704")
    request = client.events()[-1]
    assert isinstance(request, RouteRequest)
    assert (request.currentRoute, request.callingDevice) == ("704", "60123")
    select = RouteSelectRequest(
        routeRegisterReqID=registration,
        routingCrossRefID=request.routingCrossRefID,
        routeSelected="102",
        routeUsedReq=True,
    )
    client.send(select, ATTRouteSelect(destRoute="9"))
    used, end = client.mail[-2:]
    assert isinstance(used.pdu, RouteUsed)
    assert (used.pdu.routeUsed, used.private) == ("102", ATTRouteUsed(destRoute="9"))
    assert isinstance(end.pdu, RouteEnd)


def test_registrations_are_cancelled_once() -> None:
    client = Client(site())
    assert client.error(RouteRegisterReq(routingDevice="101")) is F.INVALID_CSTA_DEVICE_IDENTIFIER
    registration = client.ask(RouteRegisterReq(routingDevice="704")).pdu.registerReqID
    assert client.error(RouteRegisterReq(routingDevice="704")) is F.OBJECT_MONITOR_LIMIT_EXCEEDED
    client.ask(RouteRegisterCancel(routeRegisterReqID=registration))
    assert client.error(RouteRegisterCancel(routeRegisterReqID=registration)) is F.INVALID_CROSS_REF_ID


# ---- anything in any order

steps = st.lists(
    st.one_of(
        st.tuples(st.just("watch"), st.sampled_from(["101", "102", "201"])),
        st.tuples(st.just("via"), st.sampled_from(["700", "709"])),
        st.tuples(st.just("watch call"), st.integers(1, 4)),
        st.tuples(st.just("stop"), st.integers(0, 5)),
        st.tuples(st.just("call in"), st.sampled_from(["101", "700", "709", "704"])),
        st.tuples(st.just("hand"), st.sampled_from(["answer", "hangup", "hold", "retrieve", "transfer", "conference"])),
        st.tuples(st.just("dial"), st.sampled_from(["102", "700"])),
        st.tuples(st.just("agent"), st.booleans()),
        st.tuples(st.just("advance"), st.integers(1, 70)),
        st.tuples(st.just("close"), st.just(0)),
    ),
    max_size=30,
)


@given(steps)
@settings(max_examples=150, deadline=None)
def test_only_running_monitors_are_told(story: list[tuple[str, Any]]) -> None:
    simulator = site()
    client = Client(simulator)
    running: list[int] = []
    started = 0
    for action, value in story:
        before = len(client.mail)
        try:
            match action:
                case "watch":
                    running.append(watch(client, MonitorDevice(deviceID=value)))
                    started += 1
                case "via":
                    answer = client.ask(MonitorCallsViaDevice(deviceID=value)).pdu
                    if not isinstance(answer, UniversalFailureConf):
                        running.append(answer.monitorCrossRefID)
                case "watch call":
                    answer = client.ask(MonitorCall(call=ConnectionID(value))).pdu
                    if not isinstance(answer, UniversalFailureConf):
                        running.append(answer.monitorCrossRefID)
                case "stop":
                    if value < len(running):
                        client.ask(MonitorStop(monitorCrossRefID=running.pop(value)))
                case "call in":
                    simulator.people.call_in("60123", value)
                case "hand":
                    getattr(simulator.people, value)("101")
                case "dial":
                    simulator.people.dial("101", value)
                case "agent":
                    simulator.people.agent("500", at="103", login=value, mode="AUTO_IN" if value else "")
                case "advance":
                    simulator.clock.advance(value)
                case "close":
                    client.stream.close()
                    client = Client(simulator)
                    running.clear()
                    before = 0
        except PeopleError:
            continue
        for message in client.mail[before:]:
            assert not message.crossRef or message.crossRef in running
    for call in list(simulator.switch.core.calls):
        client.ask(ClearCall(call=ConnectionID(call)))
    client.stream.close()
    assert len(simulator.aes.monitors) == 0
    assert simulator.aes.monitors.devices() == set()
