"""What the recorder keeps of messages: the latest ones, and of hostile ones only their beginning."""

from ivrsvr.backends.simulator.aes.recorder import KEPT, LONGEST, MOST_ELEMENTS, Recorder
from ivrsvr.clock import Clock
from ivrsvr.csta.call import HoldCall, MakeCall
from ivrsvr.csta.enums import UUIProtocolType
from ivrsvr.csta.private.call import ATTMakeCallV6, ATTSendDTMFToneV5
from ivrsvr.csta.private.structures import ATTUserToUserInfo
from ivrsvr.csta.types import ConnectionID


def recorder() -> Recorder:
    return Recorder(Clock(1e9))


def test_it_keeps_the_latest() -> None:
    kept = recorder()
    for number in range(KEPT + 10):
        kept.take(1, "->", number, 0, MakeCall(callingDevice="101", calledDevice="102"), None)
    found = kept.since(0, most=KEPT + 10)
    assert (len(found), found[-1].invokeID) == (KEPT, KEPT + 9)


def test_what_a_usual_client_asks_is_kept_as_it_is() -> None:
    kept = recorder()
    asked = MakeCall(callingDevice="101", calledDevice="9" * 32)
    info = ATTMakeCallV6(userInfo=ATTUserToUserInfo(UUIProtocolType.UUI_IA5_ASCII, b"x" * 96))
    kept.take(1, "->", 1, 0, asked, info)
    [one] = kept.since(0)
    assert one.pdu is asked
    assert one.private is info


def test_of_what_no_client_would_ask_the_beginning_is_kept() -> None:
    kept = recorder()
    tones = ATTSendDTMFToneV5(
        sender=ConnectionID(1, "101"), receivers=(ConnectionID(1, "y" * 5000),) * 4000, tones="1" * 9999
    )
    kept.take(1, "->", 1, 0, HoldCall(activeCall=ConnectionID(7, "x" * 30_000)), tones)
    [one] = kept.since(0)
    assert one.pdu == HoldCall(activeCall=ConnectionID(7, "x" * LONGEST + "…"))
    assert one.private.tones == "1" * LONGEST + "…"
    assert one.private.receivers == (ConnectionID(1, "y" * LONGEST + "…"),) * MOST_ELEMENTS
    assert len(one.text) < 4000
