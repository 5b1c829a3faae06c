"""How an outside party behaves by itself: the data of a world or scenario file.

What is left out does not happen: a behaviour without anything leaves the party to whoever plays it.
"""
# ruff: noqa: N815, RUF009 - the keys of the file; its defaults are frozen values, safe to share

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ivrsvr.backends.simulator.outside.distributions import Choice, Distribution

NOTHING = "nothing"

OUTCOMES = (
    "answer",
    "busy",
    "no-answer",
    "machine",
    "fax",
    "sit-reorder",
    "sit-no-circuit",
    "sit-intercept",
    "sit-vacant",
    "sit-ineffective",
    "sit-unknown",
    NOTHING,
)
"""What a party can do that is called: answer, or not; or a machine, a fax, or special information tones answer."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a called party does, by weight: `answer`, or `{answer: 80, busy: 15, no-answer: 5}`."""

    choice: Choice

    @classmethod
    def parse(cls, value: object) -> "Outcome":
        """Raises ValueError, which says what would be right."""
        return cls(Choice.parse(value, OUTCOMES))


KEYS = frozenset("0123456789*#ABCD")


class Keys(str):
    """Keys of a telephone, at least one."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> "Keys":
        """Raises ValueError, which says what would be right."""
        text = str(value).upper() if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if not text or not KEYS.issuperset(text):
            raise ValueError("must be keys of a telephone: the characters 0-9, *, # and A-D, at least one")
        return cls(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Keys that the party presses on the way.

    after:    how long after the moment that `since` names, or after the keys before where those come first.
    since:    `call`: it calls in, or answers; `answer`: somebody talks with it for the first time.
    """

    digits: Keys
    after: Distribution = Distribution("fixed", 1)
    since: Literal["call", "answer"] = field(default="call", metadata={"key": "from"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """An outside party's habits. Durations are distributions, in seconds.

    called:         what it does when it is called.
    networkSeconds: until the network tells that its phone rings, or that it is busy.
    ringSeconds:    how long it lets its phone ring.
    talkSeconds:    how long it talks in all, holding and waiting not counted; then it hangs up.
    patience:       how long it waits at a stretch for somebody to talk to (queue, ringing, vector); then it hangs up.
    holdPatience:   how long it stays on hold at a stretch; then it hangs up.
    """

    called: Outcome = Outcome(Choice(((NOTHING, 1.0),)))
    networkSeconds: Distribution = Distribution("fixed", 0)
    ringSeconds: Distribution = Distribution("fixed", 6)
    talkSeconds: Distribution | None = None
    patience: Distribution | None = None
    holdPatience: Distribution | None = None
    presses: tuple[Press, ...] = ()


INERT = Behaviour()
"""Does nothing by itself."""


def fits(pattern: str, number: str) -> bool:
    """Whether a number fits a pattern: digits, x for any one digit, and a final ... for any that follow."""
    open_end = pattern.endswith("...")
    digits = pattern.removesuffix("...")
    if len(number) < len(digits) or (len(number) > len(digits) and not open_end):
        return False
    return all(mark in ("x", "X") or mark == digit for mark, digit in zip(digits, number, strict=False))


def find(outside: Mapping[str, Behaviour], number: str) -> Behaviour | None:
    """The behaviour of the most particular pattern that a number fits: most digits first, then the longest."""
    found = [pattern for pattern in outside if fits(pattern, number)]
    if not found:
        return None
    return outside[max(found, key=lambda pattern: (sum(mark.isdigit() for mark in pattern), len(pattern)))]
