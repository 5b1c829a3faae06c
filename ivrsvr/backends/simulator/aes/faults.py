"""Faults between the switch and its clients, as data: which messages, and what becomes of them.

A rule is a mapping such as `{fault: refuse, service: HoldCall, device: "101", cause: INVALID_OBJECT_STATE, count: 1}`:

| fault     | what happens to a message that the rule fits                                         |
|-----------|--------------------------------------------------------------------------------------|
| refuse    | the request never reaches the switch; it is answered with `cause`                      |
| lose      | it is never told; a request never reaches the switch, and times out                      |
| delay     | it is told `seconds` later; what comes behind it is not held up; a request arrives later |
| duplicate | it is told twice                                                                       |
| reorder   | an event is told behind the next event of another device                               |
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal, Self, TypeAlias, cast, get_args

from ivrsvr.backends.base import Pdu
from ivrsvr.backends.simulator.outside.distributions import Distribution
from ivrsvr.backends.simulator.world_reader import nearest
from ivrsvr.clock import Clock
from ivrsvr.csta.errors import AcsFailure, ACSUniversalFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.types import ConnectionID

What: TypeAlias = Literal["refuse", "lose", "delay", "duplicate", "reorder"]
On: TypeAlias = Literal["request", "confirmation", "event"]

WHATS: tuple[What, ...] = get_args(What)
ONS: tuple[On, ...] = get_args(On)
ALLOWED: dict[What, tuple[On, ...]] = {
    "refuse": ("request",),
    "lose": ("confirmation", "event", "request"),
    "delay": ("confirmation", "event", "request"),
    "duplicate": ("confirmation", "event"),
    "reorder": ("event",),
}
"""What each fault can be done to; the first is meant where a rule does not say."""

RULES_MOST = 1000


class FaultError(Exception):
    """A rule has a mistake; the text names the key, and what would be right."""


@dataclass(slots=True)
class Rule:
    """One rule, and how often it has met.

    service:     pattern of PDU names (`HoldCall`, `Query*`, `*`); of private services their own (`ATTQueryUcid`).
    device:      the device that a request acts on, or whose monitor reports; "" = any.
    call:        a call id; 0 = any.
    count:       after so many times it is over; 0 = never.
    every:       only each n-th message that fits.
    probability: of each that is left, from 0 to 1.
    """

    fault: What
    on: On
    service: str = "*"
    device: str = ""
    call: int = 0
    cause: CSTAUniversalFailure | ACSUniversalFailure = CSTAUniversalFailure.GENERIC_OPERATION
    seconds: Distribution = field(default_factory=lambda: Distribution("fixed", 0.0))
    count: int = 0
    every: int = 1
    probability: float = 1.0
    number: int = 0
    fitted: int = 0
    met: int = 0

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """The rule that the data of a file or a request stand for. Raises FaultError."""
        unknown = next((key for key in data if key not in KEYS), None)
        if unknown is not None:
            raise FaultError(f"there is no key {str(unknown)[:60]!r}{nearest(str(unknown), list(KEYS))}")
        fault = cast(What, _word(data, "fault", WHATS))
        allowed = ALLOWED[fault]
        on = cast(On, _word({"on": allowed[0], **data}, "on", allowed))
        try:
            seconds = Distribution.parse(data.get("seconds", 0))
        except ValueError as error:
            raise FaultError(f"seconds: {error}") from None
        if fault == "delay" and "seconds" not in data:
            raise FaultError("seconds: delay needs them: a number, or a distribution such as {uniform: [1, 3]}")
        return cls(
            fault=fault,
            on=on,
            service=_text(data, "service", "*"),
            device=_text(data, "device", ""),
            call=_whole(data, "call", 0),
            cause=cause_of(data.get("cause", "GENERIC_OPERATION")),
            seconds=seconds,
            count=_whole(data, "count", 0),
            every=max(_whole(data, "every", 1), 1),
            probability=_share(data),
        )

    @property
    def data(self) -> dict[str, Any]:
        """The rule as `parse` reads it, with its number and how often it has met."""
        found: dict[str, Any] = {"number": self.number, "fault": self.fault, "on": self.on, "service": self.service}
        found |= {"device": self.device} if self.device else {}
        found |= {"call": self.call} if self.call else {}
        found |= {"cause": self.cause.name} if self.fault == "refuse" else {}
        found |= {"seconds": self.seconds.data} if self.fault == "delay" else {}
        found |= {"count": self.count} if self.count else {}
        found |= {"every": self.every} if self.every > 1 else {}
        found |= {"probability": self.probability} if self.probability < 1 else {}
        return found | {"met": self.met}

    def fits(self, name: str, device: str, call: int) -> bool:
        """Whether a message is of the kind that the rule is about."""
        if not fnmatchcase(name, self.service):
            return False
        return self.device in ("", device) and self.call in (0, call)


KEYS = ("fault", "on", "service", "device", "call", "cause", "seconds", "count", "every", "probability")


def _word(data: Mapping[str, Any], key: str, words: tuple[str, ...]) -> str:
    value = data.get(key)
    if value not in words:
        hint = nearest(str(value), list(words)) if value is not None else ""
        raise FaultError(f"{key}: it must be one of {', '.join(words)}{hint}")
    return str(value)


def _text(data: Mapping[str, Any], key: str, default: str) -> str:
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise FaultError(f"{key}: it must be a text")
    return str(value)


def _whole(data: Mapping[str, Any], key: str, default: int) -> int:
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 2**31:
        raise FaultError(f"{key}: it must be a whole number from 0 up")
    return value


def _share(data: Mapping[str, Any]) -> float:
    value = data.get("probability", 1)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise FaultError("probability: it must be a number from 0 to 1")
    return float(value)


def cause_of(value: object) -> CSTAUniversalFailure | ACSUniversalFailure:
    """A universal failure by number or name, or an ACS failure by name. Raises FaultError."""
    if isinstance(value, int) and not isinstance(value, bool):
        known = next((one for one in CSTAUniversalFailure if int(one) == value), None)
        if known is None:
            raise FaultError(f"cause: there is no universal failure {value}")
        return known
    name = str(value).upper()
    for kind in (CSTAUniversalFailure, ACSUniversalFailure):
        found = next((one for one in kind if one.name == name), None)
        if found is not None:
            return found
    names = [one.name for kind in (CSTAUniversalFailure, ACSUniversalFailure) for one in kind]
    raise FaultError(f"cause: there is no failure {str(value)[:60]!r}{nearest(name, names)}")


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a message. delays: one entry each time it is told, in seconds; () = never.

    behind: it is told behind the next event of another device.
    """

    delays: tuple[float, ...] = (0.0,)
    behind: bool = False


AS_IT_IS = Fate()


class Faults:
    """The rules in force, in the order in which they were set; the first that meets counts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rules: list[Rule] = []
        self._numbers = 0

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def add(self, data: Mapping[str, Any]) -> Rule:
        """Raises FaultError."""
        rule = Rule.parse(data)
        if len(self._rules) >= RULES_MOST:
            raise FaultError(f"there are {RULES_MOST} rules already; delete some")
        self._numbers += 1
        rule.number = self._numbers
        self._rules.append(rule)
        return rule

    def delete(self, number: int = 0) -> int:
        """Delete a rule, or all (0); returns how many were deleted."""
        kept = [rule for rule in self._rules if number and rule.number != number]
        deleted = len(self._rules) - len(kept)
        self._rules = kept
        return deleted

    def refusal(self, service: Pdu, device: str) -> CstaFailure | AcsFailure | None:
        """The failure that a request is answered with; None = it goes on its way."""
        rule = self._meets("request", type(service).__name__, device, call_in(service), refusing=True)
        if rule is None:
            return None
        text = f"rule {rule.number} of the simulator's faults"
        if isinstance(rule.cause, CSTAUniversalFailure):
            return CstaFailure(rule.cause, text)
        return AcsFailure(rule.cause, text)

    def request(self, service: Pdu, device: str) -> Fate:
        """When a request that is not refused gets to the switch, if ever."""
        return self._fate("request", type(service).__name__, device, call_in(service))

    def confirmation(self, service: Pdu, device: str) -> Fate:
        """What becomes of the confirmation of a service."""
        return self._fate("confirmation", type(service).__name__, device, call_in(service))

    def event(self, pdu: Pdu, device: str) -> Fate:
        """What becomes of an event of a monitor. device: that the monitor is on; "" = a call."""
        return self._fate("event", type(pdu).__name__, device, call_in(pdu))

    def _fate(self, on: On, name: str, device: str, call: int) -> Fate:
        rule = self._meets(on, name, device, call)
        if rule is None:
            return AS_IT_IS
        if rule.fault == "lose":
            return Fate(())
        if rule.fault == "delay":
            return Fate((rule.seconds.draw(self._clock.random),))
        if rule.fault == "duplicate":
            return Fate((0.0, 0.0))
        return Fate(behind=True)

    def _meets(self, on: On, name: str, device: str, call: int, *, refusing: bool = False) -> Rule | None:
        for rule in self._rules:
            if rule.on != on or (rule.fault == "refuse") != refusing or not rule.fits(name, device, call):
                continue
            rule.fitted += 1
            if rule.fitted % rule.every:
                continue
            if rule.probability < 1 and self._clock.random.random() >= rule.probability:
                continue
            rule.met += 1
            if rule.count and rule.met >= rule.count:
                self._rules.remove(rule)
            return rule
        return None


def call_in(pdu: Pdu) -> int:
    """The call that a message is about, by its first connection; 0 = none."""
    for name in getattr(type(pdu), "__dataclass_fields__", ()):
        value = getattr(pdu, name)
        if isinstance(value, ConnectionID):
            return value.callID
    return 0


_NUMBERS = frozenset(int(one) for one in CSTAUniversalFailure)


def magic(service: Pdu, beginning: str) -> CstaFailure | None:
    """The failure that a number for tests stands for: with the beginning "90", 9012 is failure 12; None = no such one.

    The number may be any device that a request names, the destination as well.
    """
    if not beginning:
        return None
    for name in getattr(type(service), "__dataclass_fields__", ()):
        value = getattr(service, name)
        device = value.deviceID if isinstance(value, ConnectionID) else value
        if isinstance(device, str) and device.startswith(beginning) and len(device) == len(beginning) + 2:
            digits = device[len(beginning) :]
            if digits.isdigit() and int(digits) in _NUMBERS:
                return CstaFailure(CSTAUniversalFailure(int(digits)), f"{device} is a number for tests")
    return None
