"""A whole centre at random: stories with every kind of fault, and that the test notices what it is there for."""

from collections import Counter

import pytest

from ivrsvr.backends.simulator.switch import tell
from tests.properties import centre

DAYS = range(6)
HOURS = range(1000, 1040)
HOUR = 100
"""Operations in a short story: one day costs as much as ten of these. `make nightly` goes through thousands of days."""


@pytest.mark.parametrize(("seeds", "steps"), [(DAYS[:3], centre.STEPS), (DAYS[3:], centre.STEPS), (HOURS, HOUR)])
def test_whatever_happens_in_a_centre_nothing_is_lost(seeds: range, steps: int) -> None:
    for seed in seeds:
        failure = centre.failure_of(centre.story(seed, steps))
        assert not failure, f"seed {seed}: {failure}\nreplay it: {centre.replay_command(seed, steps)}"


def test_a_story_is_about_a_whole_centre() -> None:
    happened = centre.run(centre.story(1))
    outcomes = Counter(happened.ledger.outcomes.values())
    assert outcomes.total() >= 150
    assert set(outcomes) == {"answered", "abandoned", "dropped"}
    assert len(happened.ledger.ucids) >= 150


def test_one_seed_tells_one_story() -> None:
    told: list[list[str]] = [[], []]
    for lines in told:
        centre.run(centre.story(5, 400), lines.append)
    assert told[0] == told[1]


def test_a_switch_that_does_not_tell_of_holding_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tell, "held", lambda *_: None)
    failures = [centre.failure_of(centre.story(seed, 400)) for seed in range(4)]
    assert any("the model has" in failure or "model CS_CONNECT, switch CS_HOLD" in failure for failure in failures)


def test_a_story_that_fails_is_made_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tell, "held", lambda *_: None)
    seed = next(seed for seed in range(9) if centre.failure_of(centre.story(seed, 60), 1))
    assert len(centre.shrink(centre.story(seed, 60))) <= 8


def test_a_failure_is_told_with_the_line_that_repeats_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert centre.main(["--seeds", "2", "--steps", "30"]) == 0
    assert "2 seeds, 0 failed" in capsys.readouterr().out
    assert centre.main(["--replay", "1", "--steps", "30"]) == 0
    assert centre.replay_command(7, 30) == "python -m tests.properties.centre --replay 7 --steps 30"
