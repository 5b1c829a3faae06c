"""What a scenario file may say: one dataclass per object of the file, attributes under the names of its keys.

The reader, the checks, the JSON schema for editors and the manual's tables are all made from this.
"""
# ruff: noqa: N815, RUF009 - the keys of the file; its defaults are frozen values, safe to share

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeAlias

from ivrsvr.backends.simulator.outside.behaviour import Behaviour, Keys
from ivrsvr.backends.simulator.outside.distributions import Choice, Distribution
from ivrsvr.backends.simulator.scenario.values import ALL, Callers, Monitored, Series, Span, Value
from ivrsvr.backends.simulator.training.schema import Training
from ivrsvr.backends.simulator.world_types import Count, Positive, Range, Seconds, key

Rate: TypeAlias = Annotated[float, Range(0, 100_000)]
"""Calls per hour."""

DEEDS = ("nothing", "hold", "consult", "transfer", "conference")
"""What an agent may do during a call."""


@dataclass(frozen=True, slots=True)
class Does:
    """What an agent does during a call, by weight: `nothing`, or `{nothing: 80, hold: 15, transfer: 5}`."""

    choice: Choice

    @classmethod
    def parse(cls, value: object) -> "Does":
        """Raises ValueError, which says what would be right."""
        return cls(Choice.parse(value, DEEDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How somebody at a telephone of the switch behaves. Durations are distributions, in seconds.

    answerSeconds:  how long the phone rings before it is answered.
    talkSeconds:    how long the conversation lasts before this side hangs up; without it, the caller ends it.
    does:           what happens once in a conversation: nothing, hold, consult, transfer or conference.
    doesAfter:      how long after the answer.
    holdSeconds:    how long a caller is held.
    colleagues:     numbers that are called for consult, transfer and conference, one of them by chance.
    consultSeconds: how long the colleague is waited for or talked to before the transfer, the conference or the return.
    wrapUpSeconds:  after-call work; without it, as the switch has it (timed ACW, or none).
    returnSeconds:  in AUX after a call that was not answered in time, until calls are taken again.
    """

    answerSeconds: Distribution = Distribution("fixed", 3)
    talkSeconds: Distribution | None = None
    does: Does = Does(Choice((("nothing", 1.0),)))
    doesAfter: Distribution = Distribution("fixed", 20)
    holdSeconds: Distribution = Distribution("fixed", 15)
    colleagues: Series = Series()
    consultSeconds: Distribution = Distribution("fixed", 10)
    wrapUpSeconds: Distribution | None = None
    returnSeconds: Distribution = Distribution("fixed", 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A pause of each agent of a group: AUX with a reason code."""

    at: Span
    lasting: Span
    reason: Annotated[int, Range(0, 99)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """People at telephones.

    agents:   login ids, or ranges; () = people who only answer their telephones.
    stations: where they sit, in the same order.
    login:    when the first of them logs in; the next one comes `every` seconds later.
    logout:   when the first leaves, likewise; without it, they stay. Who is on a call leaves after it.
    mode:     the work mode in which they take calls.
    habits:   a name in `habits`.
    """

    agents: Series = Series()
    stations: Series
    login: Span = Span(0)
    every: Span = Span(0)
    logout: Span | None = None
    mode: Literal["AUTO_IN", "MANUAL_IN"] = "AUTO_IN"
    habits: str = ""
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RateStep:
    """From this moment on, so many calls come per hour."""

    at: Span
    perHour: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Callers from outside. When they come is said by one of `at`, `every`, `perHour`, `rates` and `csv`.

    to:         the number that they call.
    from:       their numbers: digits, x for any digit; "" = none is presented.
    behaviour:  a name in `behaviours` of the scenario or its world; "" = as the world says of their number.
    trunkGroup: "" = the first with a free member.
    uui:        user-to-user information that comes along.
    at:         fixed moments.
    every:      evenly spaced.
    perHour:    by chance (Poisson), at a constant rate.
    rates:      by chance, at rates that change.
    csv:        a file beside the scenario with the columns at, to, from, behaviour, trunkgroup, uui; only `at` must be.
    starting, ending: no callers come before and after; without `ending`, until the scenario's end.
    most:       so many callers at most; 0 = any number.
    """

    to: str = ""
    callers: Callers = field(default=Callers("6xxxxxxx"), metadata=key("from"))
    behaviour: str = ""
    trunkGroup: str = ""
    uui: str = ""
    at: tuple[Span, ...] = ()
    every: Span | None = None
    perHour: Rate | None = None
    rates: tuple[RateStep, ...] = ()
    csv: str = ""
    starting: Span = Span(0)
    ending: Span | None = None
    most: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What an IVR does with a caller; one of them.

    menu:     goes to that menu.
    transfer: passes the caller on to a number (singlesteptransfer; with `data`, transfer with the data).
    deflect:  sends the caller on before answering (`codes` only).
    dtmf:     sends tones, and hangs up.
    hangup:   hangs up.
    """

    menu: str = ""
    transfer: str = ""
    deflect: str = ""
    dtmf: Keys | None = None
    hangup: bool = False
    data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """One thing that an IVR says, and what it wants to hear.

    promptSeconds: how long it speaks. Keys may be pressed meanwhile.
    digits:        keys that it collects; fewer end with #. 0 = none.
    waitSeconds:   after the prompt, until it stops waiting.
    tries:         how often it speaks before it does `otherwise`.
    choices:       what was pressed -> what follows.
    then:          what follows where no choice fits (with digits: once anything was collected).
    otherwise:     what follows nothing, or something wrong, for good; without it, the IVR hangs up.
    """

    promptSeconds: Seconds = 3
    digits: Count = 0
    waitSeconds: Seconds = 5
    tries: Positive = 2
    choices: Mapping[str, Deed] = field(default_factory=dict)
    then: Deed | None = None
    otherwise: Deed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ivr:
    """An IVR: an application that drives its ports through the server's own interface.

    ports:         stations that it answers.
    logins:        agents that it logs in there, in the same order; () = none.
    answerSeconds: how long it lets a port ring; a port that answers by itself does not wait.
    start:         the first menu.
    codes:         digits that a vector collected before (`uec` of the offer) -> what follows at once.
    """

    ports: Series
    logins: Series = Series()
    answerSeconds: Seconds = 1
    start: str
    codes: Mapping[str, Deed] = field(default_factory=dict)
    menus: Mapping[str, Menu]


Figure: TypeAlias = Literal[
    "callers",
    "answered",
    "abandoned",
    "turnedAway",
    "blocked",
    "selfServed",
    "unfinished",
    "serviceLevel",
    "abandonedShare",
    "averageWait",
    "longestWait",
    "averageTalk",
    "occupancy",
    "requests",
    "failedRequests",
    "events",
    "lostCalls",
]

PERCENTS: tuple[Figure, ...] = ("serviceLevel", "abandonedShare", "occupancy")
"""Figures that are percentages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An expectation: a figure lies within bounds.

    figure:   what is looked at; the manual says what each counts.
    skill, vdn, agent: only callers of that skill or VDN; only that agent. "" = all.
    within:   of serviceLevel: answered within so many seconds.
    event:    of events: only those with these values, such as {eventtype: transfer}.
    atLeast, atMost, exactly: the bounds; at least one of them.
    """

    figure: Figure
    skill: str = ""
    vdn: str = ""
    agent: str = ""
    within: Span = Span(20)
    event: Mapping[str, Value] = field(default_factory=dict)
    atLeast: Seconds | None = None
    atMost: Seconds | None = None
    exactly: Seconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioData:
    """A scenario.

    description: a sentence for people.
    seed:        of all that chance decides.
    duration:    callers come until then.
    closing:     how long the last calls may take after it.
    backend:     "tsapi" where it needs an AES on TCP.
    aes:         how many AES stand before the switch (backend tsapi).
    world:       a world file beside the scenario, or a whole world; without it, the default world.
    patch:       a merge patch on that world: null removes a key.
    behaviours:  ways in which outside parties behave, beside the world's.
    habits:      ways in which people at telephones behave.
    faults:      faults as for POST /sim/faults, each with `at`.
    hands:       hands at telephones as for POST /sim/phones, each with `at`.
    monitor:     what an application monitors meanwhile.
    training:    callers for one trainee, and what is expected of the trainee.
    """

    description: str = ""
    seed: Annotated[int, Range(0)] = 1
    duration: Span
    closing: Span = Span(1800)
    backend: Literal["any", "tsapi"] = "any"
    aes: Annotated[int, Range(1, 4)] = 1
    world: Any = None
    patch: Mapping[str, Any] = field(default_factory=dict)
    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)
    habits: Mapping[str, Habits] = field(default_factory=dict)
    staff: tuple[Staff, ...] = ()
    ivrs: Mapping[str, Ivr] = field(default_factory=dict)
    arrivals: tuple[Arrivals, ...] = ()
    faults: tuple[Mapping[str, Any], ...] = ()
    hands: tuple[Mapping[str, Any], ...] = ()
    monitor: Monitored = Monitored((ALL,))
    expect: tuple[Claim, ...] = ()
    training: Training | None = None
