"""Expectations: whether the figures of a scenario lie within their bounds."""

from dataclasses import dataclass
from typing import Any

from ivrsvr.backends.simulator.scenario.figures import Books, figure
from ivrsvr.backends.simulator.scenario.schema import Claim

BOUNDS = {"atLeast": "at least", "atMost": "at most", "exactly": "exactly"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an expectation. text: what was expected; value: what came."""

    text: str
    value: float
    met: bool

    @property
    def data(self) -> dict[str, Any]:
        """The verdict for reports."""
        return {"expected": self.text, "value": self.value, "met": self.met}


def judge(books: Books, claims: tuple[Claim, ...], now: float) -> list[Verdict]:
    """Every expectation with what came of it, in the file's order."""
    found = []
    for place, claim in enumerate(claims):
        value = figure(books, claim, place, now)
        met = (
            (claim.atLeast is None or value >= claim.atLeast)
            and (claim.atMost is None or value <= claim.atMost)
            and (claim.exactly is None or value == claim.exactly)
        )
        found.append(Verdict(describe(claim), value, met))
    return found


def describe(claim: Claim) -> str:
    """An expectation in words: serviceLevel within 20 s of skill 201 at least 80."""
    words: list[str] = [claim.figure]
    if claim.figure == "serviceLevel":
        words.append(f"within {claim.within:g} s")
    words += [f"{key}={value}" for key, value in claim.event.items()]
    words += [f"of {key} {value}" for key in ("skill", "vdn", "agent") if (value := getattr(claim, key))]
    bounds = [f"{word} {value:g}" for key, word in BOUNDS.items() if (value := getattr(claim, key)) is not None]
    return " ".join([*words, " and ".join(bounds)])
