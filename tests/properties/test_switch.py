"""Anything may happen in the office: the switch stays sound, and its events tell the whole truth.

Random legal and illegal operations of six stations, two agents and up to six outside parties, by hand and by request.
After each one the switch's invariants hold, and the call model folded from the monitors' events equals the snapshots.
A failing example prints its operations; `replay` in this file runs a list of them with the log on standard output.
"""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.office import OPERATIONS, STATIONS, Office, Operation

operations = st.lists(
    st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 6), st.integers(0, 3), st.integers(0, 11)),
    min_size=1,
    max_size=30,
)

COMMON = (
    *("MakeCall", "dial", "caller", "answer", "AnswerCall", "ConsultationCall", "advance", "party answers") * 3,
    *sorted(OPERATIONS),
)
"""What a long random walk does: enough calling and answering that calls get far."""


def run(office: Office, story: list[Operation]) -> None:
    """Do everything, checking after each step."""
    for operation in story:
        office.do(operation)
        try:
            office.check()
        except AssertionError as wrong:
            raise AssertionError(f"after {operation}: {wrong}\n" + "\n".join(office.log)) from None


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(operations)
def test_nothing_breaks_the_switch_or_the_model(story: list[Operation]) -> None:
    run(Office(), story)


def walk(seed: int, length: int) -> list[Operation]:
    chance = random.Random(seed)
    return [
        (chance.choice(COMMON), chance.randrange(7), chance.randrange(4), chance.randrange(12)) for _ in range(length)
    ]


@pytest.mark.parametrize("seed", range(40))
def test_long_walks(seed: int) -> None:
    run(Office(), walk(seed, 150))


@pytest.mark.parametrize("seed", range(10))
def test_partly_monitored(seed: int) -> None:
    """With monitors on some stations only, their own states are right all the same."""
    run(Office(monitored=("101", "103")), walk(1000 + seed, 150))


@pytest.mark.parametrize("seed", range(10))
def test_every_report_was_possible(seed: int) -> None:
    """Nothing is lost here, so a follower of every monitor never meets a move that the table has not."""
    office = Office()
    run(office, walk(2000 + seed, 150))
    assert [str(note) for note in office.notes] == []


@pytest.mark.parametrize("seed", range(5))
def test_everything_ends(seed: int) -> None:
    """When everybody hangs up, no call, no trunk and no watcher is left."""
    office = Office()
    run(office, walk(3000 + seed, 100))
    for station in STATIONS:
        for _ in range(4):
            run(office, [("service", STATIONS.index(station), 3, 0), ("service", STATIONS.index(station), 0, 0)])
    for _ in range(12):
        run(office, [("party hangs up", 0, 0, 0)])
    run(office, [("advance", 6, 0, 0)] * 5)
    assert office.switch.core.calls == {}
    assert not list(office.model)
    assert not any(group.used for group in office.switch.core.trunks.values())
    assert office.replies == office.asked


def test_the_same_story_gives_the_same_log() -> None:
    logs = []
    for _ in range(3):
        office = Office()
        run(office, walk(7, 120))
        logs.append(office.log)
    assert logs[0] == logs[1] == logs[2]


def replay(story: list[Operation]) -> None:
    """Run a story with its log, for looking into a failure: `replay(walk(17, 150))`."""
    office = Office()
    try:
        run(office, story)
    finally:
        print("\n".join(office.log))
