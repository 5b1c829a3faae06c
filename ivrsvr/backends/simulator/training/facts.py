"""What is known of a training: plain records of calls and of the trainee's time, in seconds of the clock."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Passed:
    """A transfer by the trainee. to: where the call was a moment later. right: None = nobody said what is."""

    at: float
    to: str
    right: bool | None


@dataclass(slots=True, eq=False)
class Contact:
    """One caller's call, from coming to leaving. Times are those of the clock; None = it has not happened.

    caller:   a name of the scenario; "" = somebody of the crowd.
    rang:     when the trainee's telephone began to ring for it the last time before the answer.
    answered: when the trainee answered first. colleague: when somebody else did.
    missed:   how often it rang at the trainee's in vain.
    holds:    seconds of each time on hold by the trainee.
    ended_by: caller, trainee or elsewhere (a colleague, the switch); "" = it is still there.
    gave_up:  the caller hung up waiting or on hold.
    wrap_up:  seconds of after-call work that followed it.
    items:    of its checklist; ticked: item -> when.
    """

    caller: str
    number: str
    came: float
    targets: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    rang: float | None = None
    answered: float | None = None
    colleague: float | None = None
    missed: int = 0
    holds: list[float] = field(default_factory=list)
    held: float | None = None
    passed: list[Passed] = field(default_factory=list)
    left: float | None = None
    ended_by: str = ""
    gave_up: bool = False
    wrap_up: float | None = None
    ticked: dict[str, float] = field(default_factory=dict)

    @property
    def ring_seconds(self) -> float | None:
        """How long it rang until the trainee's answer."""
        return None if self.answered is None or self.rang is None else self.answered - self.rang

    @property
    def lost(self) -> bool:
        """The caller left without having talked to anybody, or gave up waiting or on hold later."""
        return self.left is not None and (self.gave_up or (self.answered is None and self.colleague is None))

    def holding(self, now: float) -> list[float]:
        """Seconds of each time on hold, the present one included."""
        return [*self.holds, *([now - self.held] if self.held is not None else [])]


@dataclass(slots=True)
class Facts:
    """Everything that a score is made of.

    seconds: the trainee's time by state: ready, ringing, talking, acw, aux, out (logged out), idle (no agent).
    logouts: how often the trainee logged out during the session.
    """

    contacts: list[Contact] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    logouts: int = 0
