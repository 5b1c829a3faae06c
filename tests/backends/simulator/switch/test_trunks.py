"""Trunk groups: digits that come in, routes that go out, who may use them, and outside parties among themselves."""

from typing import Any

import pytest

from ivrsvr.backends.simulator.people import PeopleError
from ivrsvr.backends.simulator.switch.numbering import Leads, resolve
from ivrsvr.backends.simulator.world import World, WorldError
from ivrsvr.csta.call import AnswerCall, ConsultationCall, TransferCall
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.enums import DeviceIDStatus
from ivrsvr.csta.errors import CSTAUniversalFailure as Failure
from ivrsvr.csta.events import CallCleared, Delivered, Failed, NetworkReached
from ivrsvr.csta.types import ConnectionID
from tests.backends.simulator.switch.rig import Rig


def failed(rig: Rig) -> list[Cause]:
    return [r.event.cause for r in rig.reports if isinstance(r.event, Failed)]


def trunk(rig: Rig, callID: int) -> tuple[str, str]:
    """The trunk group of a call's outside party, and the digits that the network got."""
    (party,) = [party for party in rig.switch.core.calls[callID].parties if party.trunk is not None]
    assert party.trunk is not None
    return party.trunk.group, party.digits


# ---- coming in


INCOMING: dict[str, Any] = {
    "trunkGroups": {
        "5": {
            "incoming": [
                {"number": "555", "length": 7, "delete": 4},
                {"number": "5551", "delete": 99, "insert": "102"},
                {"length": 2, "insert": "1"},
            ]
        }
    }
}


@pytest.mark.parametrize(
    ("sent", "called"),
    [("5550103", "103"), ("5551234", "102"), ("04", "104"), ("105", "105"), ("555", "555")],
)
def test_the_network_s_digits_are_cut_and_completed(sent: str, called: str) -> None:
    rig = Rig(INCOMING)
    call = rig.people.call_in("60123", sent, trunk_group="5")
    assert rig.switch.core.calls[call.callID].called.deviceID == called


def test_a_group_without_digits_brings_its_calls_to_one_number() -> None:
    rig = Rig({"trunkGroups": {"8": {"tac": "408", "type": "co", "members": 1, "destination": "103"}}})
    call = rig.people.call_in(None, "", trunk_group="8")
    assert rig.states(call.callID)["103"] == "CS_ALERTING"


def test_a_group_without_caller_identification_names_the_trunk() -> None:
    rig = Rig({"trunkGroups": {"5": {"callingNumber": False}}})
    call = rig.people.call_in("60123", "101")
    (delivered,) = [r.event for r in rig.reports if isinstance(r.event, Delivered)]
    assert delivered.callingDevice.deviceID == f"T{call.callID}#1"
    rig.confirmed(AnswerCall(alertingCall=ConnectionID(call.callID, "101")))
    consultation = ConsultationCall(activeCall=ConnectionID(call.callID, "101"), calledDevice="102")
    second = rig.confirmed(consultation).pdu.newCall.callID
    rig.confirmed(TransferCall(heldCall=ConnectionID(call.callID, "101"), activeCall=ConnectionID(second, "101")))
    rig.confirmed(AnswerCall(alertingCall=ConnectionID(second, "102")))
    assert rig.switch.core.calls[second].calling.deviceID == f"T{second}#3"


def test_callers_of_a_group_are_restricted_as_its_class_says() -> None:
    rig = Rig(
        {
            "trunkGroups": {"5": {"cor": "2"}},
            "stations": {"102": {"cor": "3"}},
            "cors": {"1": {}, "2": {"mayNotCall": ["3"]}, "3": {}},
        }
    )
    rig.people.call_in("60123", "102")
    assert failed(rig) == [Cause.EC_REORDER_TONE]


def test_nobody_gets_in_when_every_member_is_taken() -> None:
    rig = Rig({"trunkGroups": {"5": {"members": 1}}})
    rig.people.call_in("60123", "101")
    with pytest.raises(PeopleError, match="all"):
        rig.people.call_in("60124", "102")


# ---- going out

ROUTES: dict[str, Any] = {
    "trunkGroups": {
        "6": {"tac": "406", "members": 1},
        "7": {"tac": "407", "members": 1, "type": "co"},
    },
    "dialPlan": {
        "9": {
            "trunkGroups": None,
            "analysis": [
                {"digits": "00", "length": [6, 15], "pattern": "2"},
                {"digits": "0x", "length": [3, 10], "pattern": "1"},
                {"digits": "6", "length": 8, "pattern": "1"},
                {"digits": "66", "deny": True},
            ],
        }
    },
    "routePatterns": {
        "1": {"preferences": [{"trunkGroup": "6"}, {"trunkGroup": "7", "frl": 2, "delete": 1, "insert": "77"}]},
        "2": {"preferences": [{"trunkGroup": "7", "frl": 4}]},
    },
    "cors": {"1": {}, "2": {"frl": 2}, "4": {"frl": 4}},
    "stations": {"102": {"cor": "2"}, "104": {"cor": "4"}},
}


@pytest.mark.parametrize(
    ("number", "leads"),
    [
        ("961234567", Leads.TRUNK),
        ("96123456", Leads.NOWHERE),
        ("9661234567", Leads.NOWHERE),
        ("902", Leads.NOWHERE),
        ("9021", Leads.TRUNK),
        ("900123456", Leads.TRUNK),
        ("900", Leads.NOWHERE),
        ("951234567", Leads.NOWHERE),
    ],
)
def test_digits_are_analysed(number: str, leads: Leads) -> None:
    assert resolve(World.from_data(Rig(ROUTES).data), number).leads is leads


def test_the_first_preference_with_a_free_member_takes_the_call() -> None:
    rig = Rig(ROUTES)
    assert trunk(rig, rig.call("102", "961234567")) == ("6", "61234567")
    assert trunk(rig, rig.call("104", "961234567")) == ("7", "771234567")
    rig.call("105", "961234567")
    assert failed(rig) == [Cause.EC_TRUNKS_BUSY]


def test_a_facility_restriction_level_keeps_preferences_from_callers() -> None:
    rig = Rig(ROUTES)
    rig.call("101", "900123456")
    assert failed(rig) == [Cause.EC_REORDER_TONE]
    rig.clock.advance(30)
    assert trunk(rig, rig.call("104", "900123456")) == ("7", "00123456")


def test_out_of_preferences_that_it_may_use_the_caller_hears_busy() -> None:
    rig = Rig(ROUTES)
    rig.call("102", "961234567")
    rig.call("101", "961234567")
    assert failed(rig) == [Cause.EC_TRUNKS_BUSY]


@pytest.mark.parametrize(
    ("restriction", "number", "cause"),
    [
        ({"calling": "origination"}, "102", Cause.EC_REORDER_TONE),
        ({"calling": "outward"}, "967896789", Cause.EC_REORDER_TONE),
        ({"calling": "outward"}, "405123", Cause.EC_REORDER_TONE),
    ],
)
def test_callers_are_restricted(restriction: dict[str, str], number: str, cause: Cause) -> None:
    rig = Rig({"stations": {"101": {"cor": "5"}}, "cors": {"1": {}, "5": restriction}})
    rig.call("101", number)
    assert failed(rig) == [cause]


def test_an_outward_restricted_station_calls_inside() -> None:
    rig = Rig({"stations": {"101": {"cor": "5"}}, "cors": {"1": {}, "5": {"calling": "outward"}}})
    assert rig.states(rig.call("101", "102"))["102"] == "CS_ALERTING"


def test_called_stations_are_restricted() -> None:
    rig = Rig(
        {
            "stations": {"102": {"cor": "5"}, "103": {"cor": "6"}},
            "cors": {"1": {}, "5": {"called": "inward"}, "6": {"called": "termination"}},
        }
    )
    assert rig.states(rig.call("101", "102"))["102"] == "CS_ALERTING"
    rig.people.call_in("60123", "102")
    rig.call("104", "103")
    assert failed(rig) == [Cause.EC_REORDER_TONE, Cause.EC_REORDER_TONE]


def test_a_trunk_that_tells_nothing_reports_the_network_and_no_more() -> None:
    rig = Rig({"trunkGroups": {"8": {"tac": "408", "type": "co", "members": 1}}})
    callID = rig.call("101", "40812345")
    (reached,) = [r.event for r in rig.reports if isinstance(r.event, NetworkReached)]
    assert reached.calledDevice.deviceIDStatus is DeviceIDStatus.ID_NOT_KNOWN
    rig.events()
    rig.people.party(f"T{callID}", "answer")
    assert rig.events() == []


# ---- outside parties among themselves


def outsiders(patch: dict[str, Any]) -> tuple[Rig, TransferCall]:
    """101 talks to an outside caller and consults another outside party, and is about to transfer."""
    rig = Rig(patch)
    incoming = rig.people.call_in("60123", "101", trunk_group="5")
    rig.people.answer("101")
    active = ConnectionID(incoming.callID, "101")
    second = rig.confirmed(ConsultationCall(activeCall=active, calledDevice="967896789")).pdu.newCall
    rig.people.party(f"T{second.callID}", "answer")
    rig.events()
    return rig, TransferCall(heldCall=active, activeCall=ConnectionID(second.callID, "101"))


@pytest.mark.parametrize(
    ("transfer", "network", "allowed"),
    [
        (True, "public", True),
        (False, "public", False),
        ("all", "public", True),
        ("restricted", "public", False),
        ("restricted", "private", True),
        ("none", "private", False),
    ],
)
def test_trunk_to_trunk_transfer(transfer: object, network: str, allowed: bool) -> None:
    patch = {"system": {"trunkToTrunkTransfer": transfer}, "trunkGroups": {"5": {"network": network}}}
    rig, request = outsiders(patch)
    if allowed:
        rig.confirmed(request)
        assert set(rig.states(request.activeCall.callID).values()) == {"CS_CONNECT"}
    else:
        assert rig.refused(request) is Failure.GENERIC_STATE_INCOMPATIBILITY


def test_without_disconnect_supervision_nobody_could_end_the_call() -> None:
    patch = {"system": {"trunkToTrunkTransfer": "all"}, "trunkGroups": {"5": {"disconnectSupervision": False}}}
    rig, request = outsiders(patch)
    assert rig.refused(request) is Failure.GENERIC_STATE_INCOMPATIBILITY


def test_release_link_gives_the_trunks_back_when_the_network_has_joined_the_parties() -> None:
    rig, request = outsiders({"trunkGroups": {"5": {"releaseLink": True}}})
    rig.confirmed(request)
    assert rig.switch.core.calls == {}
    assert rig.switch.core.trunks["5"].free == [1, 2, 3]
    events = [type(r.event).__name__ for r in rig.reports if r.devices or r.notify]
    assert events == ["Transferred", "CallCleared"]
    assert isinstance(rig.reports[-1].event, CallCleared)


# ---- what a file may not say


@pytest.mark.parametrize(
    ("patch", "path"),
    [
        ({"dialPlan": {"9": {"analysis": [{"digits": "6"}]}}}, "dialPlan.9.analysis.1"),
        ({"dialPlan": {"9": {"analysis": [{"digits": "6", "pattern": "7"}]}}}, "dialPlan.9.analysis.1.pattern"),
        (
            {"dialPlan": {"9": {"analysis": [{"digits": "6", "length": [9, 2], "deny": True}]}}},
            "dialPlan.9.analysis.1.length",
        ),
        ({"dialPlan": {"9": {"analysis": [{"digits": "6a", "deny": True}]}}}, "dialPlan.9.analysis.1.digits"),
        ({"dialPlan": {"9": {"trunkGroups": None}}}, "dialPlan.9"),
        ({"routePatterns": {"1": {"preferences": [{"trunkGroup": "77"}]}}}, "routePatterns.1.preferences.1.trunkGroup"),
        ({"routePatterns": {"1": {"preferences": []}}}, "routePatterns.1.preferences"),
        ({"cors": {"1": {"frl": 8}}}, "cors.1.frl"),
        ({"trunkGroups": {"5": {"destination": "1999"}}}, "trunkGroups.5.destination"),
        ({"trunkGroups": {"5": {"cor": "9"}}}, "trunkGroups.5.cor"),
        ({"trunkGroups": {"5": {"incoming": [{"insert": "a"}]}}}, "trunkGroups.5.incoming.1.insert"),
        ({"system": {"trunkToTrunkTransfer": "some"}}, "system.trunkToTrunkTransfer"),
    ],
)
def test_wrong_trunks_and_routes_are_refused(patch: dict[str, Any], path: str) -> None:
    with pytest.raises(WorldError) as caught:
        Rig(patch)
    assert caught.value.path == path
