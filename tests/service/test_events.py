"""The shapes of the JSON events: every key in the contract's order, from the right source."""

import json
from pathlib import Path
from typing import Any

import pytest

from ivrsvr.calls.model import Call
from ivrsvr.csta import events
from ivrsvr.csta.enums import (
    ConnectionIDDevice,
    CSTAEventCause,
    LocalConnectionState,
    ReasonForCallInfo,
    UUIProtocolType,
)
from ivrsvr.csta.private.events import (
    ATTConferencedV7,
    ATTConnectionClearedV7,
    ATTDeliveredV7,
    ATTEstablishedV7,
    ATTNetworkProgressInfoV7,
    ATTTransferredV7,
)
from ivrsvr.csta.private.structures import (
    ATTOriginalCallInfoV7,
    ATTTrunkInfo,
    ATTUserEnteredCode,
    ATTUserToUserInfo,
)
from ivrsvr.csta.types import NOT_KNOWN, NOT_REQUIRED, Connection, ConnectionID, provided
from ivrsvr.service.events import Scene, derive, idle
from ivrsvr.service.userdata import Seeker, UserData

CONTRACT = json.loads((Path(__file__).parent.parent / "conformance/data/ivrsvr-json.json").read_text(encoding="utf-8"))[
    "events"
]
SHAPES = {entry["eventtype"]: entry["types"] for entry in CONTRACT}
KINDS = {"string": str, "integer": int}

State = LocalConnectionState
NONE = CSTAEventCause.EC_NONE
UCID = "00001000481428289124"
ABC = ATTUserToUserInfo(UUIProtocolType.UUI_IA5_ASCII, b"abc")
ORIGINAL = ATTOriginalCallInfoV7(
    reason=ReasonForCallInfo.OR_CONSULTATION,
    callingDevice=provided("60123456"),
    calledDevice=provided("700"),
    trunkGroup="5",
    trunkMember="20",
    userEnteredCode=ATTUserEnteredCode(data="42"),
    userInfo=ABC,
)


def scene(device: str = "101", call: Call | None = None) -> Scene:
    return Scene(device, 3, 1428289134, Seeker(UserData(None, lambda: 96)), call)


def made(pdu: Any, private: Any = None, device: str = "101", call: Call | None = None) -> dict[str, Any]:
    """The event, checked against the contract's shape."""
    event = derive(scene(device, call), pdu, private)
    assert event is not None
    shape = SHAPES[event["eventtype"]]
    extra = ["custdata"] if event["eventtype"] in ("transfer", "conference") else []
    assert list(event) == [*shape, *extra]
    assert all(type(event[key]) is KINDS[kind] for key, kind in shape.items())
    return event


def delivered(to: str, private_to: str = "", **keys: Any) -> events.Delivered:
    return events.Delivered(
        **{
            "connection": ConnectionID(48, private_to or to),
            "alertingDevice": provided(to),
            "callingDevice": provided("101"),
            "calledDevice": provided("102"),
            "lastRedirectionDevice": NOT_REQUIRED,
            "localConnectionInfo": State.CS_ALERTING,
            "cause": NONE,
            **keys,
        }
    )


def established(**keys: Any) -> events.Established:
    return events.Established(
        **{
            "establishedConnection": ConnectionID(48, "102#2", ConnectionIDDevice.DYNAMIC_ID),
            "answeringDevice": provided("102#2"),
            "callingDevice": provided("101"),
            "calledDevice": provided("102"),
            "lastRedirectionDevice": provided("700"),
            "localConnectionInfo": State.CS_CONNECT,
            "cause": NONE,
            **keys,
        }
    )


def test_offer_is_an_alerting_here() -> None:
    private = ATTDeliveredV7(trunkGroup="5", trunkMember="20", split="201", userInfo=ABC, ucid=UCID)
    event = made(delivered("102"), private, "102")
    assert event["eventtype"] == "offer"
    assert (event["origcalling"], event["origcalled"], event["calling"], event["called"]) == (
        "101",
        "102",
        "101",
        "102",
    )
    assert (event["alerting"], event["split"], event["ucid"], event["callid"]) == ("102", "201", UCID, 48)
    assert (event["trunkgroup"], event["trunkmember"], event["time"]) == ("5", "20", 1428289134)
    assert (event["uui"], event["custdata"], event["referenceid"]) == ("abc", "abc", 3)


def test_alert_is_an_alerting_elsewhere() -> None:
    event = made(delivered("102", localConnectionInfo=State.CS_CONNECT), ATTDeliveredV7(), "101")
    assert event["eventtype"] == "alert"


def test_a_station_that_alerts_for_another_one_is_offered_the_call() -> None:
    """A bridged appearance: the device that alerts is the principal, the connection its own."""
    assert made(delivered("102", private_to="103"), ATTDeliveredV7(), "103")["eventtype"] == "offer"


def test_without_private_data_its_values_are_empty() -> None:
    event = made(delivered("102"), None, "102")
    assert [event[key] for key in ("ucid", "uui", "uec", "split", "custdata", "trunkgroup", "trunkmember")] == [""] * 7


def test_a_consulted_call_tells_of_the_original_one() -> None:
    event = made(established(), ATTEstablishedV7(originalCallInfo=ORIGINAL, ucid=UCID))
    assert event["answering"] == "102#2"
    assert (event["origcalling"], event["origcalled"]) == ("60123456", "700")
    assert (event["calling"], event["called"]) == ("101", "102")
    assert (event["uui"], event["uec"], event["trunkgroup"], event["trunkmember"]) == ("abc", "42", "5", "20")
    assert event["lastredirection"] == "700"


def test_original_call_info_without_a_reason_says_nothing() -> None:
    private = ATTEstablishedV7(originalCallInfo=ATTOriginalCallInfoV7(callingDevice=provided("1")))
    assert made(established(), private)["origcalling"] == "101"


def test_unknown_devices() -> None:
    pdu = established(
        callingDevice=NOT_KNOWN, calledDevice=NOT_KNOWN, answeringDevice=NOT_KNOWN, lastRedirectionDevice=NOT_REQUIRED
    )
    event = made(pdu)
    assert [event[key] for key in ("calling", "called", "origcalling", "lastredirection")] == [""] * 4
    assert event["answering"] == "102#2"


def test_user_specific_uui_is_hexadecimal() -> None:
    uui = ATTUserToUserInfo(UUIProtocolType.UUI_USER_SPECIFIC, b"\x00\xab\xcd")
    event = made(delivered("102"), ATTDeliveredV7(userInfo=uui), "102")
    assert (event["uui"], event["custdata"]) == ("00ABCD", "")


def reached(**keys: Any) -> events.NetworkReached:
    return events.NetworkReached(
        **{
            "connection": ConnectionID(48, "T48#2", ConnectionIDDevice.DYNAMIC_ID),
            "trunkUsed": provided("T48#2"),
            "calledDevice": NOT_KNOWN,
            "localConnectionInfo": State.CS_CONNECT,
            "cause": NONE,
            **keys,
        }
    )


def test_a_trunk_that_tells_no_more_alerts() -> None:
    call = Call(48, ucid=UCID, callingDevice=provided("101"), dialled="867896789", userInfo=ABC)
    event = made(reached(), ATTNetworkProgressInfoV7(trunkGroup="8", trunkMember="3"), call=call)
    assert (event["eventtype"], event["alerting"], event["calling"]) == ("alert", "867896789", "101")
    assert (event["trunkgroup"], event["trunkmember"], event["ucid"], event["uui"]) == ("8", "3", UCID, "abc")


def test_a_trunk_that_will_tell_more_does_not() -> None:
    assert derive(scene(), reached(calledDevice=provided("67896789")), None) is None


def test_fail() -> None:
    failed = events.Failed(
        failedConnection=ConnectionID(48, "101"),
        failingDevice=NOT_KNOWN,
        calledDevice=provided("102"),
        localConnectionInfo=State.CS_FAIL,
        cause=CSTAEventCause.EC_NO_AVAILABLE_AGENTS,
    )
    event = made(failed)
    assert (event["failing"], event["called"], event["cause"]) == ("101", "102", 23)


def test_hold_retrieve_disconnect() -> None:
    here = ConnectionID(48, "101")
    hold = events.Held(
        heldConnection=here, holdingDevice=provided("101"), localConnectionInfo=State.CS_HOLD, cause=NONE
    )
    retrieve = events.Retrieved(
        retrievedConnection=here, retrievingDevice=provided("101"), localConnectionInfo=State.CS_CONNECT, cause=NONE
    )
    trunk = ConnectionID(48, "T48#1", ConnectionIDDevice.DYNAMIC_ID)
    drop = events.ConnectionCleared(
        droppedConnection=trunk, releasingDevice=NOT_KNOWN, localConnectionInfo=State.CS_CONNECT, cause=NONE
    )
    assert made(hold)["holding"] == "101"
    assert made(retrieve)["retrieving"] == "101"
    event = made(drop, ATTConnectionClearedV7(userInfo=ABC))
    assert (event["releasing"], event["uui"], event["custdata"]) == ("T48#1", "abc", "abc")


PARTIES = (
    Connection(ConnectionID(49, "T49#1", ConnectionIDDevice.DYNAMIC_ID), NOT_KNOWN),
    Connection(ConnectionID(49, "102"), provided("102")),
)


def test_transfer() -> None:
    transferred = events.Transferred(
        primaryOldCall=ConnectionID(48, "101"),
        secondaryOldCall=ConnectionID(49, "101"),
        transferringDevice=provided("101"),
        transferredDevice=provided("102"),
        transferredConnections=PARTIES,
        localConnectionInfo=State.CS_NULL,
        cause=CSTAEventCause.EC_TRANSFER,
    )
    trunk = ATTTrunkInfo(PARTIES[0].party, "10", "12")
    event = made(transferred, ATTTransferredV7(originalCallInfo=ORIGINAL, ucid=UCID, trunkList=(trunk,)))
    assert (event["transferring"], event["transferred"], event["ucid"]) == ("101", "102", UCID)
    assert (event["primarycallid"], event["secondarycallid"]) == (48, 49)
    assert [event[f"party{n}"] for n in range(1, 7)] == ["T49#1", "102", "", "", "", ""]
    assert (event["trunkgroup"], event["trunkmember"]) == ("10", "12")
    assert event["uui"] == event["cusdata"] == event["custdata"] == "abc"


@pytest.mark.parametrize("count", [2, 6, 7])
def test_conference(count: int) -> None:
    parties = tuple(Connection(ConnectionID(49, str(number)), provided(str(number))) for number in range(count))
    conferenced = events.Conferenced(
        primaryOldCall=ConnectionID(48, "101"),
        secondaryOldCall=ConnectionID(49, "101"),
        confController=provided("101"),
        addedParty=provided("102"),
        conferenceConnections=parties,
        localConnectionInfo=State.CS_CONNECT,
        cause=NONE,
    )
    event = made(conferenced, ATTConferencedV7(originalCallInfo=ORIGINAL))
    assert (event["controller"], event["addedparty"]) == ("101", "102")
    assert [event[f"party{n}"] for n in range(1, 7)] == [str(n) if n < count else "" for n in range(6)]
    assert (event["trunkgroup"], event["trunkmember"]) == ("5", "20")


def test_idle() -> None:
    assert list(idle(scene())) == list(SHAPES["idle"])


def test_what_makes_no_event() -> None:
    started = events.ServiceInitiated(
        initiatedConnection=ConnectionID(48, "101"), localConnectionInfo=State.CS_INITIATE, cause=NONE
    )
    assert derive(scene(), started, None) is None


@pytest.mark.parametrize("cause", [CSTAEventCause.EC_TRANSFER, CSTAEventCause.EC_CONFERENCE, NONE])
def test_a_call_that_became_part_of_another_one_is_not_told_as_over(cause: CSTAEventCause) -> None:
    over = events.CallCleared(clearedCall=ConnectionID(48), localConnectionInfo=State.CS_NONE, cause=cause)
    event = derive(scene("700"), over, None)
    assert (event is None) is (cause is not NONE)
