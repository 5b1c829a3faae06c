"""The table of connection moves: every state x every trigger, through both of its readers."""

import itertools
from dataclasses import dataclass
from typing import Any

import pytest

from ivrsvr.calls.fold import fold
from ivrsvr.calls.model import CallModel, Connection
from ivrsvr.calls.moves import LEADS_TO, MACHINE, MOVES, STATES, IllegalMove, Trigger, after, is_legal, move
from tests.calls import reports
from tests.calls.reports import ALERTING, CONNECT, FAIL, HOLD, INITIATE, NONE, NULL, QUEUED, State

EXPECTED: dict[Trigger, dict[State, State]] = {
    Trigger.INITIATE: {NULL: INITIATE},
    Trigger.ORIGINATE: {NULL: CONNECT, INITIATE: CONNECT},
    Trigger.DELIVER: {NULL: ALERTING, INITIATE: ALERTING, QUEUED: ALERTING},
    Trigger.QUEUE: {NULL: QUEUED, CONNECT: QUEUED},
    Trigger.ESTABLISH: {NULL: CONNECT, INITIATE: CONNECT, ALERTING: CONNECT, QUEUED: CONNECT},
    Trigger.HOLD: {CONNECT: HOLD},
    Trigger.RETRIEVE: {HOLD: CONNECT},
    Trigger.FAIL: {NULL: FAIL, INITIATE: FAIL, ALERTING: FAIL, CONNECT: FAIL, QUEUED: FAIL},
    Trigger.DIVERT: {ALERTING: NULL, QUEUED: NULL},
    Trigger.CLEAR: {INITIATE: NULL, ALERTING: NULL, CONNECT: NULL, HOLD: NULL, QUEUED: NULL, FAIL: NULL},
}
"""The same table once more, written down from ECMA-180 and the services' before and after (behaviour of the switch)."""

CASES = list(itertools.product(STATES, Trigger))


@dataclass(slots=True)
class Dot:
    """The least that a machine can move: a slotted object with a state."""

    state: State


@pytest.mark.parametrize(("state", "trigger"), CASES, ids=lambda value: value.name)
def test_the_strict_reader(state: State, trigger: Trigger) -> None:
    dot = Dot(state)
    expected = EXPECTED[trigger].get(state)
    assert is_legal(state, trigger) == (expected is not None)
    if expected is None:
        with pytest.raises(IllegalMove) as caught:
            move(dot, trigger)
        assert dot.state is state, "an illegal move changes nothing"
        assert (caught.value.state, caught.value.trigger) == (state, trigger)
        assert str(caught.value) == f"a connection in {state.name} cannot {trigger.value}"
        with pytest.raises(IllegalMove):
            after(state, trigger)
    else:
        move(dot, trigger)
        assert dot.state is expected is after(state, trigger)


REPORTS: dict[Trigger, Any] = {
    Trigger.INITIATE: lambda: reports.initiated(1, "102", NONE),
    Trigger.ORIGINATE: lambda: reports.originated(1, "102", "9", NONE),
    Trigger.DELIVER: lambda: reports.delivered(1, "102", NONE),
    Trigger.QUEUE: lambda: reports.queued(1, "102", NONE),
    Trigger.ESTABLISH: lambda: reports.established(1, "102", NONE),
    Trigger.HOLD: lambda: reports.held(1, "102", NONE),
    Trigger.RETRIEVE: lambda: reports.retrieved(1, "102", NONE),
    Trigger.FAIL: lambda: reports.failed(1, "102", NONE),
    Trigger.DIVERT: lambda: reports.diverted(1, "102", "103", NONE),
    Trigger.CLEAR: lambda: reports.cleared(1, "102", NONE),
}
"""The event that reports each trigger of 102."""


@pytest.mark.parametrize(("state", "trigger"), CASES, ids=lambda value: value.name)
def test_the_forgiving_reader(state: State, trigger: Trigger) -> None:
    """A legal move is made silently, a repeated report changes nothing, anything else is noted and adopted."""
    model = CallModel()
    call = model.open(1, "U1")
    model.watch(call, "via")
    model.join(call, Connection(1, "101", state=CONNECT))
    if state is not NULL:
        model.join(call, Connection(1, "102", state=state))

    folded = fold(model, REPORTS[trigger](), None, "via")

    reached = LEADS_TO[trigger]
    if trigger is Trigger.INITIATE and state is not INITIATE:
        # A call begins with it: the id was given to a new call.
        assert reports.states(model) == {1: {"102": INITIATE}}
        return
    if trigger is Trigger.FAIL and state is QUEUED:
        # Who waited in a queue is not in it any more: the call failed.
        assert reports.states(model) == {1: {"101": CONNECT}}
        return
    found = model.calls[1].connection("102")
    assert (found.state if found is not None else NULL) is (
        NULL if trigger is Trigger.FAIL and state is NULL else reached
    )
    silent = EXPECTED[trigger].get(state) is not None or state is reached or state is NULL
    assert [(note.had, note.trigger, note.adopted) for note in folded.notes] == (
        [] if silent else [(state, trigger, reached)]
    )


def test_a_state_that_was_never_told_allows_any_move() -> None:
    for trigger in set(Trigger) - {Trigger.INITIATE}:
        model = CallModel()
        call = model.open(1)
        model.join(call, Connection(1, "102", state=NONE))
        assert fold(model, REPORTS[trigger](), None, "via").notes == ()


def test_every_row_is_there_once_and_every_state_can_be_left() -> None:
    assert len(set(MOVES)) == len(MOVES) == sum(map(len, EXPECTED.values()))
    assert {source for _, source, _ in MOVES} == set(STATES)
    assert {dest for _, _, dest in MOVES} == set(STATES)


def test_the_machine_keeps_no_reference() -> None:
    assert MACHINE.models == []
    assert not MACHINE.auto_transitions
