"""Snapshots: a switch goes on from one exactly as it went on before, and a fork disturbs nobody."""

import contextlib
import math
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrsvr.backends.simulator.errors import PeopleError
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock
from ivrsvr.csta.described import described
from tests.properties import centre

START = 1_458_770_400.0
STATIONS = ("101", "102", "103", "104", "105")
AGENTS = ("12345", "12346", "12348")
NUMBERS = ("102", "103", "201", "500", "67896789", "999", "2800")


class Log:
    """What a switch reports, as text."""

    def __init__(self, simulator: Simulator) -> None:
        self.lines: list[str] = []
        self._simulator = simulator
        own = simulator.switch.report

        def take(report: object) -> None:
            self.lines.append(f"{simulator.clock.now():.3f} {described(report)}")
            own(report)  # type: ignore[arg-type]

        simulator.switch.report = take


def act(simulator: Simulator, luck: random.Random) -> None:
    """Anything that anybody might do; what is impossible now is not done."""
    people = simulator.people
    station = luck.choice(STATIONS)
    deeds = (
        lambda: people.dial(station, luck.choice(NUMBERS)),
        lambda: people.answer(station),
        lambda: people.hangup(station),
        lambda: people.hold(station),
        lambda: people.retrieve(station),
        lambda: people.transfer(station),
        lambda: people.conference(station),
        lambda: people.call_in("60123456", luck.choice(NUMBERS[:4])),
        lambda: people.agent(luck.choice(AGENTS), at=station, login=True, mode="AUTO_IN"),
        lambda: people.agent(luck.choice(AGENTS), mode=luck.choice(("AUX", "ACW", "AUTO_IN"))),
        lambda: simulator.clock.advance(luck.choice((0.5, 2, 7, 20))),
    )
    with contextlib.suppress(PeopleError):
        luck.choice(deeds)()


def story(simulator: Simulator, seed: int, length: int) -> list[str]:
    log, luck = Log(simulator), random.Random(seed)
    for _ in range(length):
        act(simulator, luck)
    simulator.clock.advance(300)
    return log.lines


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 60), st.integers(1, 40))
def test_a_fork_goes_on_as_the_original_does(seed: int, before: int, behind: int) -> None:
    original = Simulator(World.default(), Clock(START, seed=seed))
    luck = random.Random(seed)
    for _ in range(before):
        act(original, luck)
    snapshot = original.save()
    forked = Simulator.fork(snapshot)
    expected = story(original, seed + 1, behind)
    assert story(forked, seed + 1, behind) == expected, f"replay: fork({seed}, {before}, {behind})"
    assert story(Simulator.fork(snapshot), seed + 1, behind) == expected


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 60))
def test_what_happens_in_a_fork_does_not_touch_the_original(seed: int, before: int) -> None:
    twins = [Simulator(World.default(), Clock(START, seed=seed)) for _ in range(2)]
    for simulator in twins:
        luck = random.Random(seed)
        for _ in range(before):
            act(simulator, luck)
    disturbed, undisturbed = twins
    story(Simulator.fork(disturbed.save()), seed + 7, 30)
    assert story(disturbed, seed, 20) == story(undisturbed, seed, 20)


def test_going_back_mid_call() -> None:
    simulator = Simulator(World.default(), Clock(START))
    simulator.people.dial("101", "102")
    snapshot = simulator.save()
    simulator.people.answer("102")
    simulator.people.hangup("101")
    assert not simulator.switch.core.calls
    simulator.restore(snapshot)
    [call] = simulator.switch.core.calls.values()
    simulator.people.answer("102")
    assert [party.state.name for party in call.parties] == ["CS_CONNECT", "CS_CONNECT"]


def test_what_was_to_happen_happens_after_going_back() -> None:
    simulator = Simulator(World.default(), Clock(START))
    simulator.people.agent("12345", at="101", login=True, mode="AUTO_IN")
    simulator.people.call_in("60123456", "201")
    due = [timer.when - simulator.clock.now() for timer in simulator.switch.core.own_timers()]
    snapshot = simulator.save()
    simulator.clock.advance(1000)
    simulator.restore(snapshot)
    assert due
    assert [timer.when - simulator.clock.now() for timer in simulator.switch.core.own_timers()] == due
    log = Log(simulator)
    simulator.clock.advance(1000)
    assert log.lines


def test_streams_end_and_timers_of_the_old_switch_are_gone() -> None:
    simulator = Simulator(World.default(), Clock(START))
    told: list[object] = []
    simulator.aes.open(serverID="AVAYA#CM1#CSTA#AES1", loginID="ivrsvr", passwd="ivrsvr", send=told.append)
    simulator.people.dial("101", "102")
    old = simulator.switch.core
    simulator.restore(simulator.save())
    assert not simulator.aes.streams
    assert told
    assert old.own_timers() == []


@pytest.mark.parametrize("seed", range(5))
def test_one_seed_gives_one_log(seed: int) -> None:
    logs = [story(Simulator(World.default(), Clock(START, seed=seed)), seed, 80) for _ in range(2)]
    assert logs[0] == logs[1]
    assert logs[0]


def test_nobody_has_waited_for_the_time_between_saving_and_going_back() -> None:
    simulator = Simulator(World.default(), Clock(START))
    simulator.people.agent("12345", at="101", login=True, mode="AUTO_IN")
    simulator.people.call_in("60123456", "201")
    simulator.people.call_in("60999999", "201")
    simulator.clock.advance(7)
    snapshot = simulator.save()
    simulator.clock.advance(5000)
    simulator.restore(snapshot)
    core = simulator.switch.core
    assert [entry.since for entry in core.skills["201"].queue] == [core.clock.now() - 7]
    assert core.agents["12345"].idle_since == core.clock.now() - 7


def told_of(simulator: Simulator, seconds: float) -> list[str]:
    """What the switch reports while time passes: moments and creation times count from now."""
    log, began = Log(simulator), simulator.clock.now()
    simulator.clock.advance(seconds)
    lines = []
    for line in log.lines:
        when, _, what = line.partition(" ")
        lines.append(f"{float(when) - began:.3f} " + re.sub(r"(\d{10})(\d{10})", r"\1", what))
    return lines


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 500), st.integers(60, 300))
def test_a_whole_centre_goes_on_from_a_snapshot_as_it_went_on_before(seed: int, steps: int) -> None:
    happened = centre.Centre(check_every=centre.CHECK_EVERY)
    for operation in centre.story(seed, steps):
        happened.do(operation)
    happened.recover()
    simulator = happened.simulator
    whole = math.ceil(simulator.clock.now()) - simulator.clock.now()
    simulator.clock.advance(whole)
    for client in (happened.watcher, happened.client):
        client.stream.abort()
    snapshot = simulator.save()
    first = told_of(simulator, 400)
    assert told_of(Simulator.fork(snapshot), 400) == first, centre.replay_command(seed, steps)
    simulator.restore(snapshot)
    assert told_of(simulator, 400) == first, centre.replay_command(seed, steps)
