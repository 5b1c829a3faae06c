"""The CSTA connection states and every legal move between them: one table and its machine.

A connection is one device's part in one call. Its state is what TSAPI calls the local connection state:

    CS_NULL      no relation to the call (before it joins, and after it left)
    CS_INITIATE  off-hook and dialling, or a trunk that is being seized
    CS_ALERTING  the call rings here
    CS_CONNECT   on the call
    CS_HOLD      on the call, which is held here
    CS_QUEUED    the call waits here (split, skill, parked)
    CS_FAIL      the call cannot go on here: busy, intercept

The table has two readers. The switch is strict: `move` raises `IllegalMove` and changes nothing. The follower of
reported events is forgiving: it asks `is_legal`, and adopts what was reported (see `fold`).

Source: ECMA-180 clause 6.1.5 (connection state model); behaviour of the services as in docs/switch.md.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Protocol

from transitions import Machine, MachineError

from ivrsvr.csta.enums import LocalConnectionState as State


class Trigger(StrEnum):
    """What can happen to a connection."""

    INITIATE = "initiate"
    ORIGINATE = "originate"
    DELIVER = "deliver"
    QUEUE = "queue"
    ESTABLISH = "establish"
    HOLD = "hold"
    RETRIEVE = "retrieve"
    FAIL = "fail"
    DIVERT = "divert"
    CLEAR = "clear"


NULL, INITIATE, ALERTING, CONNECT = State.CS_NULL, State.CS_INITIATE, State.CS_ALERTING, State.CS_CONNECT
HOLD, QUEUED, FAIL = State.CS_HOLD, State.CS_QUEUED, State.CS_FAIL

STATES = (NULL, INITIATE, ALERTING, CONNECT, HOLD, QUEUED, FAIL)

MOVES: tuple[tuple[Trigger, State, State], ...] = (
    (Trigger.INITIATE, NULL, INITIATE),
    (Trigger.ORIGINATE, NULL, CONNECT),
    (Trigger.ORIGINATE, INITIATE, CONNECT),
    (Trigger.DELIVER, NULL, ALERTING),
    (Trigger.DELIVER, INITIATE, ALERTING),
    (Trigger.DELIVER, QUEUED, ALERTING),
    (Trigger.QUEUE, NULL, QUEUED),
    (Trigger.QUEUE, CONNECT, QUEUED),
    (Trigger.ESTABLISH, NULL, CONNECT),
    (Trigger.ESTABLISH, INITIATE, CONNECT),
    (Trigger.ESTABLISH, ALERTING, CONNECT),
    (Trigger.ESTABLISH, QUEUED, CONNECT),
    (Trigger.HOLD, CONNECT, HOLD),
    (Trigger.RETRIEVE, HOLD, CONNECT),
    (Trigger.FAIL, NULL, FAIL),
    (Trigger.FAIL, INITIATE, FAIL),
    (Trigger.FAIL, ALERTING, FAIL),
    (Trigger.FAIL, CONNECT, FAIL),
    (Trigger.FAIL, QUEUED, FAIL),
    (Trigger.DIVERT, ALERTING, NULL),
    (Trigger.DIVERT, QUEUED, NULL),
    (Trigger.CLEAR, INITIATE, NULL),
    (Trigger.CLEAR, ALERTING, NULL),
    (Trigger.CLEAR, CONNECT, NULL),
    (Trigger.CLEAR, HOLD, NULL),
    (Trigger.CLEAR, QUEUED, NULL),
    (Trigger.CLEAR, FAIL, NULL),
)
"""Every legal move: what happens, from which state, to which."""


class HasState(Protocol):
    """Anything with a connection state."""

    state: State


class IllegalMove(Exception):  # noqa: N818 - an outcome of the field, not a programming error
    """A connection was asked to make a move that its state does not allow. Nothing has changed."""

    def __init__(self, state: State, trigger: Trigger) -> None:
        self.state = state
        self.trigger = trigger
        super().__init__(f"a connection in {state.name} cannot {trigger.value}")


def _build() -> Machine:
    machine = Machine(model=None, states=list(STATES), initial=NULL, auto_transitions=False, send_event=False)
    for trigger, source, dest in MOVES:
        machine.add_transition(trigger.value, source, dest)
    return machine


MACHINE = _build()
"""The one machine; it keeps no reference to what it moves."""

LEADS_TO: dict[Trigger, State] = {trigger: dest for trigger, _, dest in MOVES}
"""The state that each trigger leads to, wherever it comes from."""


@dataclass(slots=True)
class _Sample:
    """What the machine is tried on."""

    state: State


@cache
def _led(state: State, trigger: Trigger) -> State | None:
    """Where the machine goes from a state; None = nowhere.

    It is asked once for each of the few pairs that there are: it takes 12 microseconds, and a call makes ten moves.
    """
    if state not in STATES:  # CS_NONE: one that was never told
        return None
    sample = _Sample(state)
    try:
        MACHINE.events[trigger.value].trigger(sample)
    except MachineError:
        return None
    return sample.state


def is_legal(state: State, trigger: Trigger) -> bool:
    """Whether the machine makes that move."""
    return _led(state, trigger) is not None


def after(state: State, trigger: Trigger) -> State:
    """The state that a legal move leads to.

    Raises IllegalMove.
    """
    dest = _led(state, trigger)
    if dest is None:
        raise IllegalMove(state, trigger)
    return dest


def move(connection: HasState, trigger: Trigger) -> None:
    """Make a move.

    Raises IllegalMove, and then the connection is as it was.
    """
    connection.state = after(connection.state, trigger)
