"""When callers come: fixed, evenly, by chance at rates that change, from CSV files."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ivrsvr.backends.simulator.scenario.arrivals import Arrival, Row, all_arrivals, expected, poisson
from ivrsvr.backends.simulator.scenario.schema import Arrivals, RateStep
from ivrsvr.backends.simulator.scenario.values import Callers, Span
from ivrsvr.clock import chance


def of(entry: Arrivals, duration: float = 3600, seed: int = 1, rows: tuple[Row, ...] = ()) -> list[Arrival]:
    return all_arrivals([entry], [rows], duration, seed)


def moments(entry: Arrivals, duration: float = 3600, seed: int = 1) -> list[float]:
    return [one.at for one in of(entry, duration, seed)]


def test_fixed_moments_in_their_order() -> None:
    assert moments(Arrivals(to="700", at=(Span(90), Span(5), Span(90)))) == [5, 90, 90]


def test_evenly_within_a_window_and_so_many_at_most() -> None:
    every = Arrivals(to="700", every=Span(10), starting=Span(5), ending=Span(40))
    assert moments(every) == [5, 15, 25, 35]
    assert moments(Arrivals(to="700", every=Span(10), most=2)) == [0, 10]
    assert moments(every, duration=20) == [5, 15]


def test_a_rate_is_kept_in_the_long_run() -> None:
    came = moments(Arrivals(to="700", perHour=3600), duration=10_000)
    assert abs(len(came) - 10_000) < 300
    gaps = [after - before for before, after in pairwise(came)]
    # Of an exponential, as much lies above its mean as 1/e.
    assert abs(sum(gap > 1 for gap in gaps) / len(gaps) - 0.3679) < 0.02


def test_rates_change_at_their_moments_and_nobody_comes_at_none() -> None:
    steps = (
        RateStep(at=Span(100), perHour=7200),
        RateStep(at=Span(1100), perHour=0),
        RateStep(at=Span(2000), perHour=360),
    )
    came = moments(Arrivals(to="700", rates=steps), duration=12_000)
    counts = [
        sum(low <= at < high for at in came) for low, high in ((0, 100), (100, 1100), (1100, 2000), (2000, 12_000))
    ]
    assert counts[0] == counts[2] == 0
    assert abs(counts[1] - 2000) < 150
    assert abs(counts[3] - 1000) < 110


def test_one_seed_gives_the_same_callers_and_entries_do_not_disturb_each_other() -> None:
    entry = Arrivals(to="700", perHour=600, callers=Callers("6xxx"))
    other = Arrivals(to="701", perHour=900)
    alone = of(entry, seed=4)
    assert alone == of(entry, seed=4)
    assert alone != of(entry, seed=5)
    together = all_arrivals([entry, other], [(), ()], 3600, 4)
    assert [one for one in together if one.to == "700"] == alone
    assert [one.at for one in together] == sorted(one.at for one in together)
    assert all(len(str(one.number)) == 4 and str(one.number).startswith("6") for one in alone)


def test_rows_of_a_csv_file_fill_in_what_they_say() -> None:
    entry = Arrivals(to="700", csv="x.csv", callers=Callers(""), behaviour="patient")
    rows = (Row(1), Row(2, "701", "61", "hasty", "5", "hello"), Row(4000))
    assert of(entry, rows=rows) == [
        Arrival(1, "700", None, "patient", "", ""),
        Arrival(2, "701", "61", "hasty", "5", "hello"),
    ]


@given(st.integers(0, 1000), st.floats(0, 5000), st.lists(st.tuples(st.floats(0, 900), st.floats(0, 500)), min_size=1))
def test_arrivals_by_chance_lie_in_their_window(seed: int, start: float, pairs: list[tuple[float, float]]) -> None:
    steps = [RateStep(at=Span(at), perHour=rate) for at, rate in sorted(dict(pairs).items())]
    came = list(poisson(steps, start, 1000, chance(seed, "x")))
    assert came == sorted(came)
    assert all(max(start, steps[0].at) <= at + 0.001 and at <= 1000 for at in came)


def test_how_many_are_expected() -> None:
    assert expected(Arrivals(to="1", perHour=60), 7200) == 120
    assert expected(Arrivals(to="1", every=Span(2), ending=Span(20)), 7200) == 10
