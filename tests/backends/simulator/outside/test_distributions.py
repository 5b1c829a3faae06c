"""Durations by chance: what files say, what is drawn, what is refused."""

from statistics import fmean, median, stdev

import pytest

from ivrsvr.backends.simulator.outside.distributions import MOST, Choice, Distribution
from ivrsvr.clock import Clock


def samples(data: object, count: int = 20_000) -> list[float]:
    random = Clock(0.0, seed=5).random
    spread = Distribution.parse(data)
    return [spread.draw(random) for _ in range(count)]


def test_a_number_is_always_itself() -> None:
    assert samples(2.5, 3) == samples({"fixed": 2.5}, 3) == [2.5, 2.5, 2.5]


def test_uniform_fills_its_range() -> None:
    drawn = samples({"uniform": [2, 6]})
    assert 2 <= min(drawn) < 2.01
    assert 5.99 < max(drawn) <= 6
    assert fmean(drawn) == pytest.approx(4, abs=0.05)


def test_exponential_has_its_mean_and_deviation() -> None:
    drawn = samples({"exponential": 180})
    assert fmean(drawn) == pytest.approx(180, rel=0.03) == stdev(drawn)


def test_normal_has_its_mean_and_deviation() -> None:
    drawn = samples({"normal": [60, 5]})
    assert fmean(drawn) == pytest.approx(60, abs=0.2)
    assert stdev(drawn) == pytest.approx(5, abs=0.2)


def test_lognormal_has_its_median() -> None:
    drawn = samples({"lognormal": [120, 0.8]})
    assert median(drawn) == pytest.approx(120, rel=0.03)
    assert fmean(drawn) == pytest.approx(120 * 2.718281828 ** (0.8**2 / 2), rel=0.05)


def test_no_duration_is_negative_or_endless() -> None:
    assert min(samples({"normal": [0, 100]})) == 0
    assert max(samples({"lognormal": [MOST, 3]})) == MOST


def test_one_seed_gives_the_same_samples_on_every_machine() -> None:
    assert samples({"exponential": 180}, 3) == [175.545, 243.715, 285.424]
    assert samples({"lognormal": [120, 0.8]}, 3) == [113.28, 454.88, 382.653]


@pytest.mark.parametrize(
    "data", [3, {"uniform": [1, 2]}, {"exponential": 9}, {"normal": [5, 1]}, {"lognormal": [5, 1]}]
)
def test_a_distribution_is_written_as_it_was_read(data: object) -> None:
    assert Distribution.parse(data).data == data
    assert Distribution.parse(Distribution.parse(data).data) == Distribution.parse(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("3", "a number of seconds or one of"),
        (True, "a number of seconds or one of"),
        (None, "a number of seconds or one of"),
        ({}, "one of"),
        ({"uniform": [1, 2], "fixed": 1}, "one of"),
        ({"expontial": 3}, "did you mean 'exponential'"),
        ({"uniform": 3}, "uniform needs low and high, as a list"),
        ({"uniform": [3, 1]}, "from the low number to the high one"),
        ({"exponential": "3"}, "exponential needs mean"),
        ({"normal": [1, "x"]}, "deviation must be a number"),
        (-1, "must lie between 0 and"),
        (float("nan"), "must lie between 0 and"),
        ({"exponential": 1e12}, "must lie between 0 and"),
    ],
)
def test_what_is_no_distribution_is_refused_with_what_would_be_right(data: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Distribution.parse(data)


def test_a_choice_goes_by_weight() -> None:
    random = Clock(0.0, seed=1).random
    choice = Choice.parse({"a": 80, "b": 20, "c": 0}, ("a", "b", "c"))
    drawn = [choice.draw(random) for _ in range(10_000)]
    assert drawn.count("a") == pytest.approx(8000, rel=0.03)
    assert drawn.count("b") == 10_000 - drawn.count("a")


@pytest.mark.parametrize(
    ("data", "reason"),
    [("answr", "did you mean 'answer'"), ({}, "must be one of"), (3, "must be one of"), ({"answer": 0}, "above 0")],
)
def test_what_is_no_choice_is_refused_with_what_would_be_right(data: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Choice.parse(data, ("answer", "busy"))
