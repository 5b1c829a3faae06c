"""What the key `training` of a scenario file may say: the callers of a trainee, and what is expected of the trainee."""
# ruff: noqa: N815, RUF009 - the keys of the file; its defaults are frozen values, safe to share

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from ivrsvr.backends.simulator.outside.behaviour import Keys
from ivrsvr.backends.simulator.outside.distributions import Distribution
from ivrsvr.backends.simulator.scenario.values import Callers, Series, Span
from ivrsvr.backends.simulator.world_types import Count, Range, key

Mood: TypeAlias = Literal["delighted", "friendly", "neutral", "worried", "annoyed", "angry"]
MOODS: tuple[Mood, ...] = ("delighted", "friendly", "neutral", "worried", "annoyed", "angry")
"""From the best to the worst."""

MoodChange: TypeAlias = Literal[
    "", "better", "worse", "delighted", "friendly", "neutral", "worried", "annoyed", "angry"
]

When: TypeAlias = Literal[
    "waiting",
    "answered",
    "answeredInTime",
    "answeredLate",
    "talking",
    "held",
    "back",
    "asked",
    "askedAll",
    "transferred",
    "transferredRight",
    "transferredWrong",
    "colleague",
]

MarkName: TypeAlias = Literal["answer", "holds", "transfer", "wrapUp", "lost", "discipline", "checklist"]
MARKS: tuple[MarkName, ...] = ("answer", "holds", "transfer", "wrapUp", "lost", "discipline", "checklist")

Percent: TypeAlias = Annotated[float, Range(0, 100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that a caller says or does, and when.

    when:   waiting (with nobody to talk to); answered, answeredInTime, answeredLate (by the trainee); talking (with the
            trainee); held; back (from hold); asked (the trainee ticked `item`); askedAll (the last one was ticked);
            transferred, transferredRight, transferredWrong; colleague (somebody else has answered).
    item:   of asked: which entry of the checklist.
    after:  seconds after that.
    say:    what the caller says.
    mood:   better, worse, or a mood.
    press:  keys that the caller presses.
    hangup: the caller hangs up afterwards.
    again:  each time that it happens, not just the first.
    """

    when: When
    item: str = ""
    after: Distribution = Distribution("fixed", 1)
    say: str = ""
    mood: MoodChange = ""
    press: Keys | None = None
    hangup: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something that the trainee should ask or say, and ticks when it is done.

    item: a short name, for `asked`.
    text: what the trainee reads; "" = the name.
    """

    item: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingCaller:
    """One caller of a training.

    name:         who calls.
    from:         the number: digits, x for any digit; "" = none is presented.
    to:           the number that is called; without it, the trainee's extension.
    at:           when; without it, the caller comes when the trainer says so.
    trunkGroup:   "" = the first with a free member.
    uui:          user-to-user information that comes along.
    language:     of what is said, such as en, de-AT; without it, the training's.
    wants:        what it is about, for the trainer.
    mood:         in the beginning.
    patience:     how long the caller waits at a stretch before hanging up.
    holdPatience: how long the caller stays on hold at a stretch before hanging up.
    checklist:    what the trainee should ask or say.
    transferTo:   where the trainee should transfer the caller: extensions, skills, VDNs or agents, any of them.
    script:       what the caller says and does.
    """

    name: str
    number: Callers = field(default=Callers("6xxxxxxx"), metadata=key("from"))
    to: str = ""
    at: Span | None = None
    trunkGroup: str = ""
    uui: str = ""
    language: str = ""
    wants: str = ""
    mood: Mood = "neutral"
    patience: Distribution | None = Distribution("fixed", 60)
    holdPatience: Distribution | None = Distribution("fixed", 60)
    checklist: tuple[Item, ...] = ()
    transferTo: Series = Series()
    script: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Goals:
    """What is expected of the trainee.

    answerWithin: seconds of ringing until the answer.
    holds:        how often one caller may be put on hold.
    holdWithin:   how long at a stretch.
    wrapUpWithin: after-call work after a call.
    auxWithin:    time in AUX in the whole session.
    weights:      how much each mark counts: answer, holds, transfer, wrapUp, lost, discipline, checklist (default 1).
    pass:         points from which on the session is passed, of 100.
    """

    answerWithin: Span = Span(20)
    holds: Count = 2
    holdWithin: Span = Span(60)
    wrapUpWithin: Span = Span(60)
    auxWithin: Span = Span(60)
    weights: Mapping[str, Annotated[float, Range(0, 100)]] = field(default_factory=dict)
    passing: Percent = field(default=70.0, metadata=key("pass"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A training for one trainee.

    title:    a name for people.
    briefing: what the trainee reads before it begins.
    language: of what the callers say, such as en.
    goals:    what is expected of the trainee.
    callers:  who calls.
    """

    title: str
    briefing: str = ""
    language: str = "en"
    goals: Goals = Goals()
    callers: tuple[TrainingCaller, ...]
