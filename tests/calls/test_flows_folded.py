"""The expected events of the conformance flows, folded: the model against the flows' own word, not against our switch.

Each scenario's expected events of its device monitors are made into PDUs (the first of several alternatives, symbols
bound to numbers) and folded in the monitors' order, each twice.
"""

import json
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


def told(scenario: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The expected call events of each device monitor."""
    found = []
    for monitor, patterns in scenario["expect"].get("events", {}).items():
        kind, _, device = monitor.partition(":")
        if kind != "device" or not isinstance(patterns, list):
            continue
        names = {one.__name__ for one in FOLDERS}
        reports = [one for one in patterns if one.get("event") in names and "unordered" not in one]
        if reports:
            found.append((device, reports))
    return found


SCENARIOS = {one["id"]: one for one in FLOWS["scenarios"] if told(one)}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_devices_end_in_the_states_that_were_told(name: str) -> None:
    """After its last event a device is in that event's local state on that call, and a copy changes nothing."""
    scene, model = Scene(), CallModel()
    try:
        reports = [
            (device, scene.event(pattern), scene.private(pattern))
            for device, patterns in told(SCENARIOS[name])
            for pattern in patterns
        ]
    except Unclear:
        pytest.skip("an event of this scenario is told in part only")
    for device, event, private in reports:
        fold(model, event, private, device)
        before = everything(model)
        fold(model, event, private, device)
        assert everything(model) == before
        local = event.localConnectionInfo
        callID = _call_of(event)
        own = model.connection(callID, device)
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


@pytest.mark.parametrize("name", [one for one in SCENARIOS if SCENARIOS[one]["expect"].get("stateAfter")])
def test_the_model_agrees_with_the_states_after(name: str) -> None:
    """What the model knows of a call after the last event is what the scenario says of it."""
    scenario, scene, model = SCENARIOS[name], Scene(), CallModel()
    try:
        for device, patterns in told(scenario):
            for pattern in patterns:
                fold(model, scene.event(pattern), scene.private(pattern), device)
    except Unclear:
        pytest.skip("an event of this scenario is told in part only")
    for key, expected in scenario["expect"]["stateAfter"].items():
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
