"""Settings for points in which real switches differ."""

from ivrsvr.csta.enums import ParticipationType
from ivrsvr.csta.events import Conferenced, Delivered, Established
from ivrsvr.csta.private.call import ATTSingleStepConferenceCall
from ivrsvr.csta.system import EscapeSvc
from ivrsvr.csta.types import ConnectionID
from tests.backends.simulator.switch.rig import Rig


def trunks(rig: Rig) -> list[tuple[str, str]]:
    return [
        (r.private.trunkGroup, r.private.trunkMember)
        for r in rig.reports
        if isinstance(r.event, Delivered | Established) and r.devices
    ]


def test_the_trunk_may_be_told_only_in_place_of_a_calling_number() -> None:
    rig = Rig({"system": {"trunkGroupAlways": False}})
    rig.people.call_in("60123", "101")
    rig.people.answer("101")
    rig.people.call_in(None, "102")
    assert trunks(rig) == [("", ""), ("", ""), ("5", "2")]
    rig = Rig()
    rig.people.call_in("60123", "101")
    assert trunks(rig) == [("5", "1")]


def test_the_end_of_the_last_party_may_go_untold_on_its_own_monitor() -> None:
    rig = Rig({"system": {"reportLastPartyOnDeviceMonitor": False}})
    callID = rig.call("101", "102", answered=True)
    rig.reports.clear()
    rig.people.hangup("101")
    assert rig.states(callID) == {}
    assert [type(r.event).__name__ for r in rig.reports if "102" in r.devices] == ["ConnectionCleared"]
    assert [type(r.event).__name__ for r in rig.reports if r.notify] == ["ConnectionCleared", "CallCleared"]


def test_a_single_step_conference_may_be_told_as_a_conference() -> None:
    rig = Rig({"system": {"singleStepConferenceEvent": "Conferenced"}})
    callID = rig.call("101", "102", answered=True)
    rig.reports.clear()
    request = ATTSingleStepConferenceCall(
        activeCall=ConnectionID(callID, "101"),
        deviceToBeJoin="103",
        participationType=ParticipationType.PT_ACTIVE,
    )
    rig.confirmed(EscapeSvc(), request)
    (report,) = rig.reports
    assert isinstance(report.event, Conferenced)
    assert report.event.confController.deviceID == "101"
    assert report.event.addedParty.deviceID == "103"
    assert report.event.primaryOldCall.callID == callID
    assert report.ended == 0
    assert set(report.devices) == {"101", "102", "103"}
