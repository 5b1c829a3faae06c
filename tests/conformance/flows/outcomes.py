"""What a scenario has asked for, how each request came out, and the symbols that are bound so far."""

from collections.abc import Mapping
from math import inf
from typing import Any

from tests.conformance.flows.client import MAIN, Asked, Client, Key
from tests.conformance.flows.expectations import Claim, outcome_fault
from tests.conformance.flows.file import Flows, Scenario
from tests.conformance.flows.matching import SYMBOL, Bindings, bind, show, symbols_in

LISTS = {"monitorCrossRefID": "monitor", "registerReqID": "route", "private.privEventCrossRefID": "private"}
"""Field of a confirmation that numbers a list of events: the kind of that list."""

KINDS = {"M": "monitor", "R": "route", "P": "private"}
"""The same, by the letter of the symbol that the number is bound to."""

PATTERNS = {"confirmation": "confirmation", "jsonReply": "jsonReply"}
"""Kind of an outcome: the key of a step or of ``expect`` that has a pattern for it."""


class Ledger:
    """Requests by part and place, in the order in which they were made."""

    def __init__(self, flows: Flows, scenario: Scenario) -> None:
        self._flows = flows
        self._scenario = scenario
        self._entries: dict[tuple[str, int], Asked] = {}
        self._taken = 0
        self.bindings: Bindings = {}
        self.lists: dict[str, Key] = {"stream": ("stream", MAIN, 0)}
        self.in_json: set[str] = set()
        self.faults: list[str] = []

    # ---- entering

    def enter(self, at: tuple[str, int], asked: Asked) -> None:
        """A request is about to be made; one that is never confirmed is not waited for."""
        if asked.service.confirmed:
            self._entries[at] = asked

    def ask_in_json(self, asked: Asked) -> None:
        """The request goes out as JSON, to monitors of the server's own.

        What its confirmation would have named, nobody learns; what it does to a monitor, it does not do to one of the
        second client. The events of neither are asserted.
        """
        self.in_json.update(asked.symbols.values(), symbols_in(asked.step["args"]))
        asked.symbols = {}

    def bind(self, label: str, symbols: Mapping[str, Any]) -> None:
        """Bind symbols to what a step brought."""
        for symbol, value in symbols.items():
            bound = bind(symbol, value, self.bindings)
            if bound is None:
                self.faults.append(f"{label}: {symbol} cannot be {value!r}, when bound is {dict(self.bindings)}")
            else:
                self.bindings = bound

    def take(self, client: Client) -> None:
        """Bind what the outcomes bring that have come since the last time, in the order in which they came."""
        came = client.settled[self._taken :]
        self._taken += len(came)
        for asked in came:
            outcome = asked.outcome
            if outcome is None:
                continue
            if not asked.service.confirmed:
                self.faults.append(f"{asked.label} has no outcome, but there came {show(outcome.value)}")
                continue
            if outcome.kind == "confirmation":
                self._bind_symbols(asked, outcome.value)
            pattern = self._wanted(asked).get(PATTERNS.get(outcome.kind, ""))
            if pattern is not None:
                bound = self._flows.matcher.match(pattern, outcome.value, self.bindings)
                self.bindings = self.bindings if bound is None else bound

    def _bind_symbols(self, asked: Asked, confirmation: Mapping[str, Any]) -> None:
        for path, symbol in asked.symbols.items():
            value: Any = confirmation
            for name in path.split("."):
                value = value.get(name) if isinstance(value, Mapping) else None
            if value is None:
                self.faults.append(f"{asked.label}: the confirmation has no {path}: {show(confirmation)}")
                continue
            if path in LISTS:
                kind = LISTS[path]
                name = f"private:{symbol}" if kind == "private" else symbol
                self.lists[name] = (kind, asked.stream, value)
            if SYMBOL.fullmatch(symbol):
                self.bind(asked.label, {symbol: value})

    # ---- looking up

    def list_of(self, name: str) -> Key | None:
        """The list of events that a name of the file means; None when no monitor has it."""
        if name in self.lists:
            return self.lists[name]
        symbol = name.removeprefix("private:")
        number = self.bindings.get(symbol)
        if SYMBOL.fullmatch(symbol) and symbol[0] in KINDS and isinstance(number, int):
            return (KINDS[symbol[0]], MAIN, number)
        return None

    def subject(self) -> Asked | None:
        """The request under test: the first of ``do`` that is a service and says nothing of its outcome itself."""
        for place, step in enumerate(self._scenario.do):
            own = "confirmation" in step or "failure" in step or step.get("pending")
            if "service" in step and ("do", place) in self._entries and not own:
                return self._entries["do", place]
        return None

    def _wanted(self, asked: Asked) -> Mapping[str, Any]:
        """Where it is said how a request must come out: ``expect`` for the subject, its step for others."""
        return self._scenario.expect if asked is self.subject() else asked.step

    def order_of(self, place: int) -> float:
        """When the outcome of a step of ``do`` arrived among all outcomes; infinite when it has not."""
        asked = self._entries.get(("do", place))
        return inf if asked is None or asked.outcome is None else asked.outcome.order

    # ---- judging

    def judge(self, at: tuple[str, int]) -> None:
        """The outcome of a request must be there and be of the right kind."""
        asked = self._entries.get(at)
        if asked is None or asked.step.get("pending"):
            return
        fault = outcome_fault(self._flows, asked, self._wanted(asked))
        if fault:
            self.faults.append(fault)

    def judge_all(self) -> None:
        """When ``do`` is over: what was to be pending is, and every request of ``do`` has its outcome."""
        for at, asked in self._entries.items():
            if asked.step.get("pending") and asked.outcome is not None:
                self.faults.append(f"{asked.label}: expected no outcome, came {show(asked.outcome.value)}")
            elif at[0] == "do":
                self.judge(at)

    def claims(self) -> list[Claim]:
        """What confirmations and replies must say."""
        claims = []
        for asked in self._entries.values():
            wanted = self._wanted(asked)
            key = PATTERNS.get(asked.outcome.kind, "") if asked.outcome is not None else ""
            if key in wanted and asked.outcome is not None:
                claims.append(Claim(f"{asked.label} {key}", wanted[key], asked.outcome.value))
        return claims
