"""Durations and choices that chance decides, as data: a number, `{uniform: [2, 5]}`, `{exponential: 180}` and so on.

Samples are made from the plain `random()` of a seeded source alone and rounded to milliseconds, so that one seed gives
the same ones on every machine and Python version.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, Self

from ivrsvr.backends.simulator.world_reader import nearest

MOST = 7 * 24 * 3600.0
"""No sample is longer, in seconds: the far end of an exponential is no use to anybody."""


class Randomness(Protocol):
    """A seeded source, such as `clock.random`."""

    def random(self) -> float:
        """The next number from 0 (included) to 1 (excluded)."""


def _normal(random: Randomness) -> float:
    """A standard normal number (Box and Muller); always takes two numbers from the source."""
    radius = math.sqrt(-2.0 * math.log(1.0 - random.random()))
    return radius * math.cos(2.0 * math.pi * random.random())


Sampler = Callable[[Randomness, float, float], float]

_SAMPLERS: dict[str, tuple[tuple[str, ...], Sampler]] = {
    "fixed": (("value",), lambda _, value, __: value),
    "uniform": (("low", "high"), lambda random, low, high: low + (high - low) * random.random()),
    "exponential": (("mean",), lambda random, mean, _: -mean * math.log(1.0 - random.random())),
    "normal": (("mean", "deviation"), lambda random, mean, deviation: mean + deviation * _normal(random)),
    "lognormal": (("median", "sigma"), lambda random, median, sigma: median * math.exp(sigma * _normal(random))),
}
"""Name -> the names of its numbers, and the sampler."""

KINDS = tuple(_SAMPLERS)


@dataclass(frozen=True, slots=True)
class Distribution:
    """How a duration is spread. kind: one of `KINDS`; first, second: its numbers in seconds (sigma has no unit)."""

    kind: str
    first: float
    second: float = 0.0

    @classmethod
    def parse(cls, value: object) -> Self:
        """The distribution that the data of a file stands for: a number, or an object with one key.

        Raises ValueError, which says what would be right.
        """
        if _is_number(value):
            return cls("fixed", _number(value, "the value"))
        if not isinstance(value, Mapping) or len(value) != 1:
            raise ValueError("must be a number of seconds or one of {" + "}, {".join(_forms()) + "}")
        kind, numbers = next(iter(value.items()))
        if kind not in _SAMPLERS:
            hint = nearest(str(kind), KINDS)
            raise ValueError(f"there is no distribution {kind!r}; there are {', '.join(KINDS)}{hint}")
        names, _ = _SAMPLERS[kind]
        given = [numbers] if _is_number(numbers) else numbers
        if not isinstance(given, list | tuple) or len(given) != len(names):
            raise ValueError(f"{kind} needs {' and '.join(names)}" + (", as a list" if len(names) > 1 else ""))
        first, second = [*(_number(number, name) for number, name in zip(given, names, strict=True)), 0.0][:2]
        if kind == "uniform" and second < first:
            raise ValueError("uniform goes from the low number to the high one")
        return cls(kind, first, second)

    @property
    def data(self) -> object:
        """The distribution as a file says it; `parse` reads it back."""
        names, _ = _SAMPLERS[self.kind]
        if self.kind == "fixed":
            return self.first
        return {self.kind: self.first if len(names) == 1 else [self.first, self.second]}

    def draw(self, random: Randomness) -> float:
        """A sample in seconds, from 0 to `MOST`."""
        _, sampler = _SAMPLERS[self.kind]
        return round(min(max(sampler(random, self.first, self.second), 0.0), MOST), 3)


def _forms() -> list[str]:
    return [
        f"{kind}: {names[0] if len(names) == 1 else '[' + ', '.join(names) + ']'}"
        for kind, (names, _) in _SAMPLERS.items()
    ]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: object, name: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{name} must be a number")
    if not 0 <= value <= MOST:
        raise ValueError(f"{name} must lie between 0 and {MOST:g}")
    return float(value)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several words, by weight: a word alone, or an object such as `{answer: 80, busy: 20}`."""

    weights: tuple[tuple[str, float], ...]

    @classmethod
    def parse(cls, value: object, words: tuple[str, ...]) -> Self:
        """The choice that the data of a file stands for.

        Raises ValueError, which says what would be right.
        """
        entries = {value: 1} if isinstance(value, str) else value
        if not isinstance(entries, Mapping) or not entries:
            raise ValueError(f"must be one of {', '.join(words)}, or an object with their weights")
        weights = []
        for word, weight in entries.items():
            if word not in words:
                raise ValueError(f"there is no {word!r}; there are {', '.join(words)}{nearest(str(word), words)}")
            weights.append((str(word), _number(weight, f"the weight of {word}")))
        if not sum(weight for _, weight in weights):
            raise ValueError("at least one weight must be above 0")
        return cls(tuple(weights))

    @property
    def data(self) -> object:
        """The choice as a file says it; `parse` reads it back."""
        return self.weights[0][0] if len(self.weights) == 1 else dict(self.weights)

    def draw(self, random: Randomness) -> str:
        """One of the words. A single one takes no number from the source."""
        if len(self.weights) == 1:
            return self.weights[0][0]
        mark = random.random() * sum(weight for _, weight in self.weights)
        for word, weight in self.weights:
            mark -= weight
            if mark < 0:
                return word
        return next(word for word, weight in reversed(self.weights) if weight)
