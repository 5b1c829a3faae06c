"""When callers come, and who they are: drawn before the scenario begins, from a source of its own for each entry."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ivrsvr.backends.simulator.outside.distributions import Randomness
from ivrsvr.backends.simulator.scenario.schema import Arrivals, RateStep
from ivrsvr.backends.simulator.scenario.values import Span
from ivrsvr.clock import chance

CALLERS_MOST = 1_000_000
"""Callers of one entry, at most."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A caller to come. at: seconds after the scenario's beginning; number: None = none is presented."""

    at: float
    to: str
    number: str | None
    behaviour: str
    trunk_group: str
    uui: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a CSV file; "" = as the entry says."""

    at: float
    to: str = ""
    number: str = ""
    behaviour: str = ""
    trunk_group: str = ""
    uui: str = ""


def all_arrivals(
    entries: Sequence[Arrivals], rows: Sequence[Sequence[Row]], duration: float, seed: int
) -> list[Arrival]:
    """The callers of all entries, in the order in which they come. rows: of each entry's CSV file."""
    found: list[tuple[float, int, int, Arrival]] = []
    for place, (entry, own) in enumerate(zip(entries, rows, strict=True)):
        source = chance(seed, f"arrivals {place}")
        found.extend((one.at, place, number, one) for number, one in enumerate(_of(entry, own, duration, source)))
    return [one for *_, one in sorted(found, key=lambda entry: entry[:3])]


def _of(entry: Arrivals, rows: Sequence[Row], duration: float, source: Randomness) -> Iterator[Arrival]:
    end = duration if entry.ending is None else min(duration, entry.ending)
    count = 0
    for row in rows if entry.csv else map(Row, _moments(entry, end, source)):
        if not entry.starting <= row.at < end:
            continue
        if entry.most and count >= entry.most:
            return
        count += 1
        number = row.number or _number(entry.callers, source)
        yield Arrival(
            at=row.at,
            to=row.to or entry.to,
            number=number or None,
            behaviour=row.behaviour or entry.behaviour,
            trunk_group=row.trunk_group or entry.trunkGroup,
            uui=row.uui or entry.uui,
        )


def _number(pattern: str, source: Randomness) -> str:
    return "".join(str(int(source.random() * 10)) if mark == "x" else mark for mark in pattern)


def _moments(entry: Arrivals, end: float, source: Randomness) -> Iterator[float]:
    if entry.at:
        yield from sorted(entry.at)
    elif entry.every is not None:
        count = 0
        while (at := entry.starting + count * entry.every) < end:
            yield round(at, 3)
            count += 1
    else:
        rates = entry.rates or (RateStep(at=entry.starting, perHour=entry.perHour or 0.0),)
        yield from poisson(rates, entry.starting, end, source)


def poisson(rates: Sequence[RateStep], start: float, end: float, source: Randomness) -> Iterator[float]:
    """Moments of a Poisson process whose rate changes at the given steps; before the first one nobody comes.

    Each distance is one unit of an exponential, used up by the rate that holds at the time.
    """
    steps = [(float(step.at), step.perHour / 3600) for step in rates]
    ends = [*(at for at, _ in steps[1:]), math.inf]
    needed = -math.log(1.0 - source.random())
    for (begins, rate), over in zip(steps, ends, strict=True):
        now, until = max(begins, start), min(over, end)
        while rate and now < until:
            reached = now + needed / rate
            if reached >= until:
                needed -= (until - now) * rate
                break
            now = reached
            yield round(now, 3)
            needed = -math.log(1.0 - source.random())


def expected(entry: Arrivals, duration: float) -> float:
    """How many callers an entry brings about."""
    end = float(duration if entry.ending is None else min(duration, entry.ending))
    length = max(0.0, end - entry.starting)
    if entry.every is not None:
        return length / entry.every
    steps = entry.rates or (RateStep(at=Span(0), perHour=entry.perHour or 0.0),)
    return length * max(step.perHour for step in steps) / 3600
