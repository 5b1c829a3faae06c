"""Times, numbers and lists as scenario files write them."""

from typing import Any

import pytest

from ivrsvr.backends.simulator.scenario.values import ALL, Callers, Monitored, Series, Span, Value


@pytest.mark.parametrize(
    ("written", "seconds"),
    [(90, 90), (1.5, 1.5), ("90", 90), ("90s", 90), ("45m", 2700), ("1h30m", 5400), ("1h 2m 3s", 3723), ("0.5h", 1800)],
)
def test_times(written: Any, seconds: float) -> None:
    assert Span.parse(written) == seconds


@pytest.mark.parametrize("written", ["", "m", "1x", "30m1h", "soon", -1, True, None, [1], "700h", float("nan")])
def test_what_is_no_time(written: Any) -> None:
    with pytest.raises(ValueError, match=r"must"):
        Span.parse(written)


def test_numbers_and_ranges() -> None:
    assert Series.parse(["101", 102, "110-112"]) == ("101", "102", "110", "111", "112")
    assert Series.parse("007-009") == ("007", "008", "009")
    assert Series.parse(101) == ("101",)


@pytest.mark.parametrize("written", [["112-110"], ["1-10"], ["10000-99999"], [True], [None], {"a": 1}])
def test_what_is_no_list_of_numbers(written: Any) -> None:
    with pytest.raises(ValueError, match=r"must|range|long"):
        Series.parse(written)


def test_what_is_monitored() -> None:
    assert Monitored.parse("all") == (ALL,)
    assert Monitored.parse("none") == ()
    assert Monitored.parse(["101-102"]) == ("101", "102")
    with pytest.raises(ValueError, match="all, none"):
        Monitored.parse("101")


def test_values_of_events_are_compared_as_json_writes_them() -> None:
    assert [Value.parse(one) for one in (True, 5, "x")] == ["true", "5", "x"]
    with pytest.raises(ValueError, match="must be"):
        Value.parse([1])


def test_numbers_of_callers() -> None:
    assert Callers.parse("6xx") == "6xx"
    assert Callers.parse(612) == "612"
    for wrong in ("6-1", True, "1" * 21):
        with pytest.raises(ValueError, match="digits"):
            Callers.parse(wrong)
