"""What an outside party can do: its phone rings, it answers, is busy, presses keys, hangs up, or is a machine.

Every act raises PeopleError when the party cannot do that now.
"""

from collections.abc import Callable

from ivrsvr.backends.simulator.errors import PeopleError
from ivrsvr.backends.simulator.outside.behaviour import KEYS
from ivrsvr.backends.simulator.switch import clearing, predictive, tell, trunks
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import Kind, Party
from ivrsvr.backends.simulator.switch.services import media
from ivrsvr.csta.enums import ATTReasonCode as Reason
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.private.structures import ATTUserToUserInfo

TONES: dict[str, tuple[Reason, Cause]] = {
    "fax": (Reason.AR_SIT_UNKNOWN, Cause.EC_INCOMPATIBLE_DESTINATION),
    "sit-reorder": (Reason.AR_SIT_REORDER, Cause.EC_REORDER_TONE),
    "sit-no-circuit": (Reason.AR_SIT_NO_CIRCUIT, Cause.EC_NETWORK_CONGESTION),
    "sit-intercept": (Reason.AR_SIT_INTERCEPT, Cause.EC_DEST_NOT_OBTAINABLE),
    "sit-vacant": (Reason.AR_SIT_VACANT_CODE, Cause.EC_UNASSIGNED_NUMBER),
    "sit-ineffective": (Reason.AR_SIT_INEFFECTIVE_OTHER, Cause.EC_NETWORK_NOT_OBTAINABLE),
    "sit-unknown": (Reason.AR_SIT_UNKNOWN, Cause.EC_NETWORK_SIGNAL),
}
"""What answers in place of a person -> what a classifier reports, and the cause that the network gives otherwise."""


def check_keys(digits: str) -> None:
    """Refuse what no key sends."""
    if not digits or not KEYS.issuperset(digits.upper()):
        raise PeopleError("keys are the characters 0-9, *, # and A-D, at least one")


def ring(core: Core, party: Party) -> None:
    """The network says that its phone rings."""
    _expect(_untold(party) or trunks.alert(core, party), party, "ring")
    predictive.ringing(core, party)


def progress(core: Core, party: Party) -> None:
    """The network reports progress: it may report no more."""
    _expect(_untold(party) or trunks.progress(core, party), party, "progress")


def answer(core: Core, party: Party) -> None:
    """A person answers."""
    _expect(trunks.answer(core, party), party, "answer")
    predictive.answered(core, party)


def machine(core: Core, party: Party) -> None:
    """An answering machine answers."""
    _expect(trunks.answer(core, party), party, "answer")
    predictive.answered(core, party, Reason.AR_ANSWER_MACHINE_DETECTED)


def busy(core: Core, party: Party) -> None:
    """The network clears an outgoing call with "user busy"; its caller hears the tone."""
    _refuse(core, party, Reason.AR_NONE, Cause.EC_BUSY)


def tone(core: Core, party: Party, kind: str) -> None:
    """A fax or special information tones (a key of `TONES`) answer in place of a person."""
    reason, cause = TONES[kind]
    if kind == "fax" and party.call.predictive is None:
        answer(core, party)
        return
    _refuse(core, party, reason, cause)


def _refuse(core: Core, party: Party, reason: Reason, cause: Cause) -> None:
    call = party.call
    if call.predictive is not None:
        predictive.give_up(core, call, cause if reason is Reason.AR_NONE else Cause.EC_NONE, reason)
        return
    if _untold(party):
        return
    if party.state not in (State.CS_INITIATE, State.CS_ALERTING):
        raise PeopleError(f"{party.name} is not being called")
    caller = next((other for other in call.others(party) if other.kind is not Kind.GROUP and other.talking), None)
    if caller is None:
        clearing.drop(core, party)
        return
    connection = party.connection
    core.leave(party)
    tell.failed(core, call, connection, caller.presented, cause)
    if not any(other.talking for other in call.others(caller)):
        clearing.hear_tone(core, caller, 0)


def press(core: Core, party: Party, digits: str) -> None:
    """It presses keys."""
    check_keys(digits)
    media.send_tones(core, party, digits.upper())


def hang_up(core: Core, party: Party, userInfo: ATTUserToUserInfo | None = None) -> None:
    """It hangs up, perhaps with user-to-user information."""
    party.gave_up = True
    clearing.drop(core, party, userInfo)


def _untold(party: Party) -> bool:
    """Whether it is called over a trunk that tells the switch nothing: the caller alone hears what happens there."""
    return party.trunk is not None and not party.trunk.isdn and party is not party.call.caller


def _expect(done: bool, party: Party, action: str) -> None:
    if not done:
        raise PeopleError(f"{party.name} cannot {action} now")


ACTS: dict[str, Callable[[Core, Party], None]] = {
    "ring": ring,
    "progress": progress,
    "answer": answer,
    "busy": busy,
    "machine": machine,
}
"""The acts that need nothing more."""

ACTIONS = (*ACTS, *TONES, "hangup", "press")
"""Everything that `act` knows by name."""


def act(core: Core, party: Party, action: str, digits: str = "", userInfo: ATTUserToUserInfo | None = None) -> None:
    """Do what is named. digits: the keys of `press`; userInfo: goes with `hangup`."""
    if action in ACTS:
        ACTS[action](core, party)
    elif action in TONES:
        tone(core, party, action)
    elif action == "hangup":
        hang_up(core, party, userInfo)
    elif action == "press":
        press(core, party, digits)
    else:
        raise PeopleError(f"an outside party cannot {action!r}; it can {', '.join(ACTIONS)}")
