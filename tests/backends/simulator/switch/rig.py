"""A switch on the test bench: its world, hands, services, and everything it reported."""

from collections.abc import Mapping
from typing import Any

from ivrsvr.backends.base import Confirmation
from ivrsvr.backends.simulator.people import People
from ivrsvr.backends.simulator.switch.reports import Outcome, Report
from ivrsvr.backends.simulator.switch.switch import Switch
from ivrsvr.backends.simulator.world import merge_patch
from ivrsvr.clock import Clock
from ivrsvr.csta.call import AnswerCall, ClearConnection, HoldCall, MakeCall
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.types import ConnectionID
from ivrsvr.testing.worlds import world_of

WORLD: dict[str, Any] = {
    "clock": {"start": "2016-03-23T22:00:00Z"},
    "stations": {str(number): {} for number in range(101, 110)}
    | {"110": {"type": "analog", "callAppearances": 1, "offHookMode": "prompt"}},
    "agents": {
        "12345": {"password": "1", "skills": {"201": 1, "202": 2}},
        "12346": {"password": "2", "skills": {"201": 1}},
    },
    "skills": {"201": {}, "202": {}, "220": {"vectorControlled": False, "queueLength": 2}},
    "vdns": {"700": {"vector": [{"step": "queue-to", "skill": "201", "priority": "medium"}]}},
    "trunkGroups": {"5": {"tac": "405", "type": "isdn", "members": 3}},
    "dialPlan": {"9": {"kind": "ars", "trunkGroups": ["5"]}, "unassigned": ["199"]},
    "announcements": {"801": {"seconds": 5}},
}


class Rig:
    """`ask` for services, use `people`, read `events`."""

    def __init__(self, patch: Mapping[str, Any] | None = None) -> None:
        self.data = merge_patch(WORLD, patch or {})
        self.world = world_of(self.data)
        self.clock = Clock(self.world.clock.seconds)
        self.switch = Switch(self.world, self.clock)
        self.people = People(self.switch)
        self.reports: list[Report] = []
        self.switch.report = self.reports.append

    def ask(self, pdu: Any, private: Any = None) -> list[Outcome]:
        """The outcomes of a request so far: one, or none while it waits."""
        outcomes: list[Outcome] = []
        self.switch.request(pdu, private, outcomes.append)
        return outcomes

    def confirmed(self, pdu: Any, private: Any = None) -> Confirmation:
        (outcome,) = self.ask(pdu, private)
        assert isinstance(outcome, Confirmation), outcome
        return outcome

    def refused(self, pdu: Any, private: Any = None) -> CSTAUniversalFailure:
        (outcome,) = self.ask(pdu, private)
        assert isinstance(outcome, CstaFailure), outcome
        return outcome.error

    def call(self, calling: str, called: str, *, answered: bool = False) -> int:
        """A call between two numbers; its call id."""
        callID: int = self.confirmed(MakeCall(callingDevice=calling, calledDevice=called)).pdu.newCall.callID
        if answered:
            self.confirmed(AnswerCall(alertingCall=ConnectionID(callID, called)))
        return callID

    def hold(self, callID: int, extension: str) -> None:
        self.confirmed(HoldCall(activeCall=ConnectionID(callID, extension)))

    def clear(self, callID: int, extension: str) -> None:
        self.confirmed(ClearConnection(call=ConnectionID(callID, extension)))

    def events(self, device: str = "") -> list[str]:
        """Names of the events reported so far (to that station), in order; they are taken away."""
        names = [type(r.event).__name__ for r in self.reports if not device or device in r.devices]
        self.reports.clear()
        return names

    def states(self, callID: int) -> dict[str, str]:
        """Device -> state of a call; {} when it is gone."""
        return {entry.callIdentifier.deviceID: entry.localConnectionState.name for entry in self.switch.parties(callID)}
