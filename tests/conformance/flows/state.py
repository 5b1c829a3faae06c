"""`stateAfter`: the state that is left, asked for with ordinary queries."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.conformance.flows.expectations import Claim
from tests.conformance.flows.matching import SYMBOL, Bindings
from tests.conformance.flows.rendering import UnknownName

Ask: TypeAlias = Callable[[str, Mapping[str, Any]], Awaitable["dict[str, Any] | None"]]
"""Asks for a service and gives the rendered confirmation, None when it was refused."""

UNNAMED = ("ID_NOT_KNOWN", "ID_NOT_REQUIRED")


@dataclass(frozen=True, slots=True)
class StateClaims:
    """Turns the entries of ``stateAfter`` into claims."""

    ask: Ask

    async def claims(self, wanted: Mapping[str, Any], bindings: Bindings) -> list[Claim]:
        """A claim for each entry.

        Raises UnknownName for an entry that is about nothing known.
        """
        return [await self._claim(name, pattern, bindings) for name, pattern in wanted.items()]

    async def _claim(self, name: str, pattern: Any, bindings: Bindings) -> Claim:
        label = f"stateAfter {name}"
        if SYMBOL.fullmatch(name):
            return Claim(label, _pairs(pattern), await self._parties(name, bindings))
        kind, _, number = name.partition(":")
        if kind == "agent":
            told = await self.ask("QueryAgentState", {"device": number})
            return Claim(label, pattern, None if told is None else {**told, **(told["private"] or {})})
        if kind == "device":
            told = await self.ask("SnapshotDevice", {"device": number})
            return Claim(label, _pairs(pattern), None if told is None else [_own(one) for one in told["snapshot"]])
        raise UnknownName(f"{label}: the state of what?")

    async def _parties(self, call: str, bindings: Bindings) -> list[Any] | None:
        if call not in bindings:
            raise UnknownName(f"stateAfter {call}: nothing has bound {call}")
        whole = {"callID": bindings[call], "deviceID": "", "devIDType": "STATIC"}
        told = await self.ask("SnapshotCall", {"call": whole})
        return None if told is None else [_party(one) for one in told["snapshot"]]


def _pairs(table: Mapping[str, Any] | None) -> Any:
    """A table whose keys may be symbols, as a pattern for a list of pairs; None stays None."""
    if table is None:
        return None
    if set(table) == {"anyOf"}:
        return {"anyOf": [_pairs(one) for one in table["anyOf"]]}
    return {"unordered": [[key, value] for key, value in table.items()]}


def _party(one: Mapping[str, Any]) -> list[Any]:
    device = one["deviceOnCall"]
    return [one["callIdentifier"]["deviceID"] if device in UNNAMED else device, one["localConnectionState"]]


def _own(one: Mapping[str, Any]) -> list[Any]:
    states = one["localConnectionStates"]
    return [one["callIdentifier"]["callID"], states[0] if states else None]
