"""Kinds of sets and their limits: appearances, waiting calls, classes, names, being out of service."""

import pytest

from ivrsvr.csta.call import AnswerCall, HoldCall, MakeCall, RetrieveCall
from ivrsvr.csta.enums import ATTExtensionClass as Class
from ivrsvr.csta.enums import ATTServiceState
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.errors import CSTAUniversalFailure as Failure
from ivrsvr.csta.events import Failed
from ivrsvr.csta.private.call import ATTMakeCallV6
from ivrsvr.csta.private.query import ATTQueryDeviceName, ATTQueryStationStatusV10
from ivrsvr.csta.query import QueryDeviceInfo
from ivrsvr.csta.system import EscapeSvc
from ivrsvr.csta.types import ConnectionID
from tests.backends.simulator.switch.rig import Rig


def failed(rig: Rig) -> list[Cause]:
    return [r.event.cause for r in rig.reports if isinstance(r.event, Failed)]


@pytest.mark.parametrize("appearances", [1, 2, 3])
def test_a_set_takes_as_many_calls_as_it_has_appearances(appearances: int) -> None:
    rig = Rig({"stations": {"102": {"callAppearances": appearances}}})
    for caller in ("103", "104", "105")[:appearances]:
        assert rig.states(rig.call(caller, "102"))["102"] == "CS_ALERTING"
    rig.call("106", "102")
    assert failed(rig) == [Cause.EC_BUSY]
    assert rig.refused(MakeCall(callingDevice="102", calledDevice="107")) is Failure.RESOURCE_BUSY


def test_the_last_appearance_may_be_kept_for_calls_that_are_made() -> None:
    rig = Rig({"stations": {"102": {"callAppearances": 2, "restrictLastAppearance": True}}})
    rig.call("103", "102")
    rig.call("104", "102")
    assert failed(rig) == [Cause.EC_BUSY]
    assert rig.states(rig.call("102", "105"))["102"] == "CS_CONNECT"


def test_a_single_appearance_is_not_kept() -> None:
    rig = Rig({"stations": {"102": {"callAppearances": 1, "restrictLastAppearance": True}}})
    assert rig.states(rig.call("103", "102"))["102"] == "CS_ALERTING"


def test_a_call_waits_at_an_analog_set_that_talks() -> None:
    rig = Rig({"stations": {"110": {"callWaiting": True, "offHookMode": "forced"}}})
    first = rig.call("101", "110", answered=True)
    second = rig.call("102", "110")
    assert rig.states(second)["110"] == "CS_ALERTING"
    rig.call("103", "110")
    assert failed(rig) == [Cause.EC_BUSY]
    rig.confirmed(HoldCall(activeCall=ConnectionID(first, "110")))
    rig.confirmed(AnswerCall(alertingCall=ConnectionID(second, "110")))
    rig.clear(second, "110")
    rig.confirmed(RetrieveCall(heldCall=ConnectionID(first, "110")))


def test_an_analog_set_without_call_waiting_is_busy_when_it_talks() -> None:
    rig = Rig({"stations": {"110": {"offHookMode": "forced"}}})
    rig.call("101", "110", answered=True)
    rig.call("102", "110")
    assert failed(rig) == [Cause.EC_BUSY]


@pytest.mark.parametrize(
    ("kind", "extension_class"),
    [
        ("proprietary", Class.EC_PROPRIETARY),
        ("analog", Class.EC_ANALOG),
        ("bri", Class.EC_BRI),
        ("sip", Class.EC_PROPRIETARY),
        ("data", Class.EC_DATA),
        ("cti", Class.EC_CTI),
    ],
)
def test_every_kind_of_set_has_its_class(kind: str, extension_class: Class) -> None:
    rig = Rig({"stations": {"102": {"type": kind}}})
    assert rig.confirmed(QueryDeviceInfo(device="102")).private.extensionClass is extension_class


def test_a_phantom_is_always_off_hook_and_dropped_when_its_call_fails() -> None:
    rig = Rig({"stations": {"102": {"type": "cti", "offHookMode": "prompt"}}})
    callID = rig.call("102", "199")
    assert rig.states(callID) == {}


def test_priority_calls_stay_inside() -> None:
    rig = Rig()
    request = MakeCall(callingDevice="101", calledDevice="967896789")
    assert rig.refused(request, ATTMakeCallV6(priorityCalling=True)) is Failure.INVALID_DESTINATION
    rig.confirmed(MakeCall(callingDevice="101", calledDevice="102"), ATTMakeCallV6(priorityCalling=True))


def test_names_are_told_as_they_are_administered() -> None:
    rig = Rig({"stations": {"102": {"name": "Jürgen Grün"}}})
    private = rig.confirmed(EscapeSvc(), ATTQueryDeviceName(device="102")).private
    assert (private.name, len(private.uname)) == ("Jürgen Grün", 11)


def test_a_station_out_of_service_takes_and_makes_no_calls() -> None:
    rig = Rig()
    rig.people.station_service("102", "out")
    rig.call("101", "102")
    assert failed(rig) == [Cause.EC_BUSY]
    assert rig.refused(MakeCall(callingDevice="102", calledDevice="101")) is Failure.INVALID_CALLING_DEVICE
    status = rig.confirmed(EscapeSvc(), ATTQueryStationStatusV10(device="102")).private
    assert (status.stationStatus, status.serviceState) == (False, ATTServiceState.OUT_OF_SERVICE)
    rig.people.station_service("102", "in")
    assert rig.states(rig.call("103", "102"))["102"] == "CS_ALERTING"
