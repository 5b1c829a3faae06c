"""Digits that a routing application has the switch collect from a party, after the call has left its vector.

They are reported as entered digits to call and calls-via-device monitors: when there are enough, at `#`, when the next
one does not come in time, when the called party answers (if so asked), or when the call ends.
"""

from ivrsvr.backends.simulator.switch import tell
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.model import Call, Collecting, Party
from ivrsvr.csta.enums import CollectCodeType, SpecificEvent
from ivrsvr.csta.private.structures import ATTUserCollectCode

MOST_DIGITS = 24


def begin(core: Core, call: Call, caller: Party, code: ATTUserCollectCode) -> None:
    """Listen for digits as the application asked; it may name the party, else it is the caller."""
    if code.type != CollectCodeType.UC_TONE_DETECTOR or code.digitsToBeCollected <= 0:
        return
    party = core.find(code.collectParty) if code.collectParty.callID == call.callID else None
    call.collecting = Collecting(
        party if party is not None else caller,
        min(code.digitsToBeCollected, MOST_DIGITS),
        float(code.timeout or core.world.timers.collectSeconds),
        until_answer=code.specificEvent == SpecificEvent.SE_ANSWER,
    )
    _await(core, call.collecting)


def _await(core: Core, collecting: Collecting) -> None:
    if collecting.timer is not None:
        collecting.timer.cancel()
    collecting.timer = core.later(collecting.seconds, _overdue, collecting)


def _overdue(core: Core, collecting: Collecting) -> None:
    collecting.timer = None
    end(core, collecting.party.call)


def press(core: Core, party: Party, tones: str) -> None:
    """A party pressed keys."""
    for tone in tones:
        collecting = party.call.collecting
        if collecting is None or collecting.party is not party:
            return
        collecting.digits += tone
        if tone == "#" or len(collecting.digits) >= collecting.most:
            end(core, party.call)
        else:
            _await(core, collecting)


def answered(core: Core, call: Call) -> None:
    """The called party answered."""
    if call.collecting is not None and call.collecting.until_answer:
        end(core, call)


def end(core: Core, call: Call) -> None:
    """Listen no longer, and report what was entered, if anything was."""
    collecting, call.collecting = call.collecting, None
    if collecting is None:
        return
    if collecting.timer is not None:
        collecting.timer.cancel()
    if collecting.digits:
        tell.entered_digits(core, collecting.party, collecting.digits)
