"""The expected events of the conformance flows, folded: the model against the flows' own word, not against our switch.

Each scenario's expected events of its device monitors are made into PDUs (the first of several alternatives, symbols
bound to numbers) and folded in the monitors' order, each twice.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ivrsvr.calls.fold import FOLDERS, fold
from ivrsvr.calls.model import CallModel
from ivrsvr.csta import enums, events
from ivrsvr.csta.enums import ATTDeliveredType, ConnectionIDDevice, LocalConnectionState
from ivrsvr.csta.private.events import ATTDeliveredV7, ATTEstablishedV7, ATTServiceInitiatedV9, ATTTransferredV7
from ivrsvr.csta.types import NOT_KNOWN, NOT_REQUIRED, Connection, ConnectionID, ExtendedDeviceID, provided
from tests.calls.reports import everything

FLOWS = json.loads((Path(__file__).parent.parent / "conformance" / "data" / "flows.json").read_text(encoding="utf-8"))
VOCABULARY = FLOWS["vocabulary"]["events"]
State = LocalConnectionState

PRIVATE: dict[str, type] = {
    "ServiceInitiated": ATTServiceInitiatedV9,
    "Delivered": ATTDeliveredV7,
    "Established": ATTEstablishedV7,
    "Conferenced": ATTTransferredV7,
    "Transferred": ATTTransferredV7,
}
"""Private data that the model reads; Conferenced has the fields of Transferred."""


NOT_IN_FULL = {"F-busy-undelivered"}
"""Scenarios with an event that is told in part only: here, a Failed that does not say of which connection."""


class Unclear(Exception):  # noqa: N818 - a scenario that says too little, not an error
    """The pattern leaves out what an event must have."""


class Scene:
    """The symbols of one scenario, bound as they are met."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, symbol: str) -> int:
        return self.numbers.setdefault(symbol, 10 + len(self.numbers))

    def text(self, text: str) -> str:
        for symbol in ("C1", "C2", "C3", "C4", "C5", "N1", "N2", "N3", "N4"):
            text = text.replace(f"<{symbol}>", str(self.number(symbol)))
        return text

    def first(self, pattern: Any) -> Any:
        if isinstance(pattern, dict) and "anyOf" in pattern:
            return self.first(pattern["anyOf"][0])
        if isinstance(pattern, dict) and "unordered" in pattern:
            return pattern["unordered"]
        return pattern

    def connection(self, pattern: Any) -> ConnectionID:
        pattern = self.first(pattern)
        if not isinstance(pattern, dict) or "callID" not in pattern:
            raise Unclear
        dynamic = self.first(pattern.get("devIDType")) == "DYNAMIC"
        kind = ConnectionIDDevice.DYNAMIC_ID if dynamic else ConnectionIDDevice.STATIC_ID
        device = self.first(pattern.get("deviceID", ""))
        return ConnectionID(self.number(pattern["callID"]), self.text(device), kind)

    def device(self, pattern: Any) -> ExtendedDeviceID:
        pattern = self.first(pattern)
        if pattern is None or pattern == "ID_NOT_KNOWN":
            return NOT_KNOWN
        return NOT_REQUIRED if pattern == "ID_NOT_REQUIRED" else provided(self.text(pattern))

    def event(self, pattern: dict[str, Any]) -> Any:
        name = pattern["event"]
        kind: Any = getattr(events, name)
        wire = {VOCABULARY[name].get("wire", {}).get(field, field): field for field in VOCABULARY[name]["fields"]}
        return kind(**{wired: self.field(wired, pattern.get(said)) for wired, said in wire.items()})

    def field(self, name: str, pattern: Any) -> Any:
        if name == "localConnectionInfo":
            return State.__members__[self.first(pattern)] if pattern is not None else State.CS_NONE
        if name == "cause":
            return enums.CSTAEventCause[self.first(pattern)] if pattern is not None else enums.CSTAEventCause.EC_NONE
        if name == "numberQueued":
            return pattern or 0
        if name.endswith("Connections"):
            return tuple(
                Connection(self.connection(entry["connection"]), self.device(entry.get("staticDevice")))
                for entry in self.first(pattern) or ()
            )
        if name.endswith(("onnection", "OldCall", "clearedCall")):
            return self.connection(pattern)
        return self.device(pattern)

    def private(self, pattern: dict[str, Any]) -> Any:
        kind: Any = PRIVATE.get(pattern["event"])
        said = pattern.get("private") or {}
        if kind is None or "private" not in pattern:
            return None
        values: dict[str, Any] = {
            name: self.text(self.first(said[name]))
            for name in ("ucid", "trunkGroup", "trunkMember", "split")
            if name in said and name in kind.__dataclass_fields__
        }
        if kind is ATTDeliveredV7:
            told = self.first(said.get("deliveredType", "DELIVERED_TO_STATION"))
            values["deliveredType"] = ATTDeliveredType[told]
        built: Any = kind(**values)
        return built


@dataclass(frozen=True, slots=True)
class Story:
    """What the device monitors of a scenario report: device, event and private data, in the order of the monitors."""

    id: str
    scene: Scene
    reports: list[tuple[str, Any, Any]]
    after: dict[str, Any]

    def __repr__(self) -> str:
        return self.id


def told(scenario: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The expected call events of each device monitor."""
    names = {one.__name__ for one in FOLDERS}
    for monitor, patterns in scenario["expect"].get("events", {}).items():
        kind, _, device = monitor.partition(":")
        if kind == "device" and isinstance(patterns, list):
            yield from ((device, one) for one in patterns if one.get("event") in names and "unordered" not in one)


def stories() -> Iterator[Story]:
    """The scenarios that tell call events in full; one that leaves out what an event must have is none."""
    for scenario in FLOWS["scenarios"]:
        scene = Scene()
        with suppress(Unclear):
            reports = [(device, scene.event(one), scene.private(one)) for device, one in told(scenario)]
            if reports:
                yield Story(scenario["id"], scene, reports, scenario["expect"].get("stateAfter", {}))


STORIES = list(stories())


def test_all_scenarios_with_call_events_are_folded_but_those_named() -> None:
    """What the tests below do not see: it may only become less."""
    assert {one["id"] for one in FLOWS["scenarios"] if any(told(one))} - {one.id for one in STORIES} == NOT_IN_FULL


@pytest.mark.parametrize("story", STORIES, ids=repr)
def test_the_devices_end_in_the_states_that_were_told(story: Story) -> None:
    """After its last event a device is in that event's local state on that call, and a copy changes nothing."""
    model = CallModel()
    for device, event, private in story.reports:
        fold(model, event, private, device)
        before = everything(model)
        fold(model, event, private, device)
        assert everything(model) == before
        local = event.localConnectionInfo
        own = model.connection(_call_of(event), device)
        if local is State.CS_NULL:
            assert own is None
        elif local is not State.CS_NONE:
            assert own is not None
            assert own.state is local


def _call_of(event: Any) -> int:
    if isinstance(event, (events.Transferred, events.Conferenced)):
        entries = getattr(event, "transferredConnections", None) or getattr(event, "conferenceConnections", ())
        return int(entries[0].party.callID if entries else event.secondaryOldCall.callID)
    first = next(iter(type(event).__dataclass_fields__))
    return int(getattr(event, first).callID)


@pytest.mark.parametrize("story", [one for one in STORIES if one.after], ids=repr)
def test_the_model_agrees_with_the_states_after(story: Story) -> None:
    """What the model knows of a call after the last event is what the scenario says of it."""
    model, scene = CallModel(), story.scene
    for device, event, private in story.reports:
        fold(model, event, private, device)
    for key, expected in story.after.items():
        if not key.startswith("C") or key not in scene.numbers:
            continue
        call = model.calls.get(scene.numbers[key])
        if expected is None:
            assert call is None
            continue
        states = {scene.text(party): scene.first(state) for party, state in expected.items()}
        for party in call.parties if call is not None else ():
            if party.named and party.state is not State.CS_NONE:
                assert party.state.name == states.get(party.deviceID), party
