"""A small office on a simulated switch, for tests that let anything happen in it.

Six stations, agents, a VDN, trunks and outside parties; every operation is a tuple of small numbers, so that hypothesis
can shrink it; what an operation refers to ("the second call of the third station") is looked up when it is done.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ivrsvr.backends.base import Confirmation
from ivrsvr.backends.simulator.people import People, PeopleError
from ivrsvr.backends.simulator.switch.model import Kind, Party
from ivrsvr.backends.simulator.switch.reports import Outcome, Report
from ivrsvr.backends.simulator.switch.switch import Switch
from ivrsvr.calls.fold import fold
from ivrsvr.calls.model import Call, CallModel, Connection, device_of
from ivrsvr.calls.report import Note
from ivrsvr.clock import Clock
from ivrsvr.csta import call as services
from ivrsvr.csta.enums import LocalConnectionState, ParticipationType
from ivrsvr.csta.errors import CstaFailure
from ivrsvr.csta.monitor import SnapshotCall, SnapshotDevice
from ivrsvr.csta.pdu import Family, declaration_of
from ivrsvr.csta.private.call import ATTSingleStepConferenceCall, ATTSingleStepTransferCall
from ivrsvr.csta.system import EscapeSvc
from ivrsvr.csta.types import ConnectionID, CSTASnapshotCallResponseInfo
from ivrsvr.testing.worlds import world_of

State = LocalConnectionState

STATIONS = ("101", "102", "103", "104", "105", "106")
AGENTS = ("12345", "12346")
DESTINATIONS = (*STATIONS, "700", "967896789", "867896789", "999", "9", "")
CALLERS = ("60123456", "60111111", "60222222", None)

WORLD: dict[str, Any] = {
    "system": {"callIdFirst": 1, "callIdLast": 40, "trunkToTrunkTransfer": True},
    "timers": {"ringSeconds": 6, "callIdReuseSeconds": 60},
    "stations": {
        "101": {},
        "102": {"coveragePath": "1"},
        "103": {},
        "104": {"type": "analog", "callAppearances": 1},
        "105": {"autoAnswer": True},
        "106": {"forward": "101"},
    },
    "agents": {login: {"password": "1", "skills": {"201": 1}} for login in AGENTS},
    "skills": {"201": {}},
    "vdns": {
        "700": {
            "vector": [
                {"step": "queue-to", "skill": "201", "priority": "medium"},
                {"step": "wait", "seconds": 30, "hearing": "music"},
                {"step": "busy"},
            ]
        }
    },
    "trunkGroups": {
        "5": {"tac": "405", "type": "isdn", "members": 4},
        "8": {"tac": "408", "type": "co", "members": 2},
    },
    "dialPlan": {"9": {"kind": "ars", "trunkGroups": ["5"]}, "8": {"kind": "aar", "trunkGroups": ["8"]}},
    "coveragePaths": {"1": {"points": ["103"]}},
    "pickupGroups": {"1": {"members": ["101", "102", "103"]}},
}

Operation = tuple[str, int, int, int]
"""What, and three numbers that say who, which and where to; each is taken modulo what there is."""


@dataclass
class Office:
    """The switch with its people, and a model that is folded from what the monitors of some stations report.

    on: a switch that is there already and reports to somebody else; None = one of its own.
    """

    monitored: tuple[str, ...] = STATIONS
    clock: Clock = field(default_factory=lambda: Clock(start=1_458_770_400.0, seed=1))
    model: CallModel = field(default_factory=CallModel)
    notes: list[Note] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    ucids: Counter[str] = field(default_factory=Counter)
    replies: int = 0
    asked: int = 0
    on: Switch | None = None

    def __post_init__(self) -> None:
        if self.on is None:
            self.switch = Switch(world_of(WORLD), self.clock)
            self.switch.report = self._reported
        else:
            self.switch = self.on
        self.people = People(self.switch)
        self.live: dict[int, str] = {}
        self.twice: set[int] = set()

    # ---- what the monitors report

    def _reported(self, report: Report) -> None:
        if report.event is None:
            return
        for station, state in report.devices.items():
            if station in self.monitored:
                self._fold(report, station, state)

    def _fold(self, report: Report, station: str, state: State) -> None:
        event = replace(report.event, localConnectionInfo=state)
        self.log.append(f"  {station}: {event}")
        notes = fold(self.model, event, report.private, station).notes
        self.notes.extend(note for note in notes if note.callID not in self.twice)

    # ---- doing

    def do(self, operation: Operation) -> None:
        """Carry out one operation; people and the switch may refuse it."""
        name, who, which, where = operation
        self.log.append(str(operation))
        try:
            OPERATIONS[name](self, who, which, where)
        except PeopleError as refused:
            self.log.append(f"  refused: {refused}")
        assert self.switch.core._depth == 0

    def ask(self, pdu: Any, private: Any = None) -> Outcome | None:
        """Ask the switch for a service; None while the answer is still to come."""
        outcomes: list[Outcome] = []
        answered = []

        def reply(outcome: Outcome) -> None:
            outcomes.append(outcome)
            answered.append(1)
            self.replies += 1
            assert len(outcomes) == 1, "a request is answered once"

        self.asked += 1
        before = self.state()
        self.switch.request(pdu, private, reply)
        self.log.append(f"  {type(private or pdu).__name__} -> {outcomes[0] if outcomes else 'pending'}")
        if outcomes and isinstance(outcomes[0], CstaFailure):
            assert self.state() == before, f"{private or pdu} was refused ({outcomes[0]}), and yet something happened"
        return outcomes[0] if outcomes else None

    def state(self) -> dict[int, list[tuple[str, int, State]]]:
        """Every call with its parties and their states."""
        calls = self.switch.core.calls.values()
        return {call.callID: [(one.device, one.number, one.state) for one in call.parties] for call in calls}

    def parties(self, station: str) -> list[Party]:
        return self.switch.core.stations[station].parties

    def connection(self, station: str, which: int, *states: State) -> ConnectionID:
        """A connection of a station, one in these states if there is any; else one that does not exist."""
        parties = self.parties(station)
        fitting = [party for party in parties if party.state in states] or parties
        return fitting[which % len(fitting)].connection if fitting else ConnectionID(9999, station)

    def outside(self, which: int) -> str:
        names = sorted(self.switch.core.outside)
        return names[which % len(names)] if names else "T9999#1"

    # ---- what must be true

    def check(self) -> None:
        """Every invariant of the switch, and that the events were sufficient."""
        self.check_switch()
        self.check_model()

    def check_switch(self) -> None:
        core = self.switch.core
        for callID, call in core.calls.items():
            assert callID == call.callID
            assert not call.ended
            people = [party for party in call.parties if party.kind in (Kind.STATION, Kind.TRUNK)]
            assert people, f"call {callID} has nobody on it"
            assert call.counted() <= 6
            numbers = [party.number for party in call.parties]
            assert len(set(numbers)) == len(numbers)
            for party in call.parties:
                assert party.call is call
                assert party.state in set(State) - {State.CS_NONE, State.CS_NULL}, party
            if call.ucid not in self.live.values():  # a merged call keeps the UCID of either
                self.ucids[call.ucid] += 1
                assert self.ucids[call.ucid] == 1, f"UCID {call.ucid} was used before"
        assert len({call.ucid for call in core.calls.values()}) == len(core.calls)
        self.live = {callID: call.ucid for callID, call in core.calls.items()}
        # The local state of a station that is on the call more than once is that of any of its connections.
        for callID, call in core.calls.items():
            if any(call.times_on_call(party.device) > 1 for party in call.parties if party.device):
                self.twice.add(callID)
        for station in core.stations.values():
            for party in station.parties:
                assert party in party.call.parties
                assert core.calls.get(party.call.callID) is party.call, "a party on a call that is over"
            on_calls = [
                party
                for call in core.calls.values()
                for party in call.parties
                if party.device == station.extension and party.kind is Kind.STATION
            ]
            assert Counter(map(id, on_calls)) == Counter(map(id, station.parties))
            busy = [
                party
                for party in station.parties
                if party.state in (State.CS_CONNECT, State.CS_INITIATE, State.CS_FAIL)
            ]
            assert len(busy) <= 1, f"{station.extension} talks twice: {busy}"
            own = [party for party in station.parties if not party.bridge_of]
            room = 3 if station.data.type == "analog" else station.data.callAppearances
            assert len(own) <= room, f"{station.extension} has {len(own)} calls on {room} appearances"
        trunks = [party for call in core.calls.values() for party in call.parties if party.kind is Kind.TRUNK]
        assert set(map(id, core.outside.values())) == set(map(id, trunks))
        for group in core.trunks.values():
            taken = [int(party.trunk.member) for party in trunks if party.trunk and party.trunk.group == group.number]
            assert sorted(taken) == sorted(group.used), f"members of trunk group {group.number}"

    def check_model(self) -> None:
        """Folding the event stream of the monitors gives the switch's own state as the snapshots tell it."""
        full = set(self.monitored) == set(STATIONS)
        for station in self.monitored:
            outcome = self.ask(SnapshotDevice(snapshotObject=station))
            assert isinstance(outcome, Confirmation)
            seen = sorted((entry.callIdentifier.callID, entry.localCallState[0]) for entry in outcome.pdu.snapshotData)
            known = sorted((one.callID, one.state) for one in self.model.connections_of(station))
            assert known == seen, f"calls of {station}: model {_show(known)}, switch {_show(seen)}"
            assert self.model.is_watching(station) == bool(seen), f"{station} is watched without calls, or not watched"
            for callID, _ in seen:
                self._check_call(callID, full=full)
        if full:
            ghosts = set(self.model.calls) - set(self.switch.core.calls)
            assert not ghosts, f"the model has calls {ghosts} that are over"

    def _check_call(self, callID: int, *, full: bool) -> None:
        outcome = self.ask(SnapshotCall(snapshotObject=ConnectionID(callID)))
        assert isinstance(outcome, Confirmation)
        call = self.model.calls[callID]
        if full:
            assert call.ucid == self.switch.core.calls[callID].ucid
            problem = difference(call, outcome.pdu.snapshotData)
            assert not problem, f"call {callID}: {problem}"


def _show(states: list[tuple[int, State]]) -> str:
    return str([(callID, state.name) for callID, state in states])


def difference(call: Call, data: tuple[CSTASnapshotCallResponseInfo, ...], *, on_its_way: bool = False) -> str:
    """How the model's parties differ from a snapshot's, in words; "" = they are the same.

    on_its_way: the call was sent elsewhere and nothing rings there yet; no event tells that it left its queues.
    A party whose connection no event has named yet is any of the parties that nobody else is.
    """
    unnamed = [one for one in call.parties if not one.named]
    left: list[Connection] = [one for one in call.parties if one.named]
    for entry in data:
        name, state = entry.callIdentifier.deviceID, entry.localConnectionState
        found = _find(left, name, state)
        if found is not None:
            left.remove(found)
        elif _is_seized(name, state):
            continue
        elif unnamed:
            found = unnamed.pop()
        if found is None:
            return f"the model lacks {name} in {state.name}"
        if found.state != state and not (found.state is State.CS_NONE and _is_seized(name, state)):
            return f"{name}: model {found.state.name}, switch {state.name}"
    if on_its_way:
        left = [one for one in left if one.state is not State.CS_QUEUED]
    if left or unnamed:
        return f"the model has {[(one.label, one.state.name) for one in (*left, *unnamed)]} besides"
    return ""


def _is_seized(name: str, state: State) -> bool:
    """No event tells that a trunk was seized; the network's first sign of life does."""
    return name.startswith("T") and state is State.CS_INITIATE


def _find(left: list[Connection], name: str, state: State) -> Connection | None:
    """The party of that name; of a station that is on the call twice, the one in that state.

    Its first connection goes by another id as soon as there is a second one, but no event tells that id.
    """
    same = [one for one in left if one.device == device_of(name)]
    exact = [one for one in same if one.deviceID == name]
    return next((one for one in (*exact, *same) if one.state == state), same[0] if same else None)


# ---- everything that can be done


def _hand(action: str) -> Callable[[Office, int, int, int], None]:
    def do(office: Office, who: int, which: int, where: int) -> None:
        del which, where
        getattr(office.people, action)(STATIONS[who % len(STATIONS)])

    return do


def _dial(office: Office, who: int, which: int, where: int) -> None:
    del which
    office.people.dial(STATIONS[who % len(STATIONS)], DESTINATIONS[where % len(DESTINATIONS)])


def _party(action: str) -> Callable[[Office, int, int, int], None]:
    def do(office: Office, who: int, which: int, where: int) -> None:
        del which, where
        office.people.party(office.outside(who), action)

    return do


def _call_in(office: Office, who: int, which: int, where: int) -> None:
    office.people.call_in(CALLERS[who % len(CALLERS)], DESTINATIONS[where % 7], ("5", "8")[which % 2])


def _agent(office: Office, who: int, which: int, where: int) -> None:
    login = AGENTS[who % len(AGENTS)]
    match which % 6:
        case 0:
            office.people.agent(login, at=STATIONS[where % len(STATIONS)], login=True, mode="AUTO_IN")
        case 1:
            office.people.agent(login, login=False)
        case 2 | 3:
            office.people.agent(login, mode="AUTO_IN")
        case 4:
            office.people.agent(login, mode="MANUAL_IN")
        case _:
            office.people.agent(login, mode="AUX")


def _advance(office: Office, who: int, which: int, where: int) -> None:
    del which, where
    office.clock.advance((1, 5, 6, 12, 18, 30, 61)[who % 7])


def _service_out(office: Office, who: int, which: int, where: int) -> None:
    del where
    office.people.station_service(STATIONS[who % len(STATIONS)], ("in", "in", "in", "out")[which % 4])


Pick = Callable[[Office, str, int, str], Any]
"""The value of one field: from the station, a number and a destination."""


def _station(office: Office, station: str, which: int, to: str) -> Any:
    del office, which, to
    return station


def _to(office: Office, station: str, which: int, to: str) -> Any:
    del office, station, which
    return to


def _in(*states: State) -> Pick:
    def pick(office: Office, station: str, which: int, to: str) -> Any:
        del to
        return office.connection(station, which, *states)

    return pick


def _anybody(office: Office, station: str, which: int, to: str) -> Any:
    """Any party of one of the station's calls."""
    del to
    parties = office.parties(station)
    if not parties:
        return ConnectionID(9999, station)
    on_call = parties[which % len(parties)].call.parties
    return on_call[which % len(on_call)].connection


def _false(office: Office, station: str, which: int, to: str) -> Any:
    del office, station, which, to
    return False


def _participation(office: Office, station: str, which: int, to: str) -> Any:
    del office, station, to
    return (ParticipationType.PT_ACTIVE, ParticipationType.PT_SILENT)[which % 2]


_active, _held, _ringing = _in(State.CS_CONNECT), _in(State.CS_HOLD), _in(State.CS_ALERTING)

REQUESTS: dict[str, tuple[type, dict[str, Pick]]] = {
    "MakeCall": (services.MakeCall, {"callingDevice": _station, "calledDevice": _to}),
    "AnswerCall": (services.AnswerCall, {"alertingCall": _ringing}),
    "ClearConnection": (services.ClearConnection, {"call": _anybody}),
    "ClearCall": (services.ClearCall, {"call": _anybody}),
    "HoldCall": (services.HoldCall, {"activeCall": _active, "reservation": _false}),
    "RetrieveCall": (services.RetrieveCall, {"heldCall": _held}),
    "ConsultationCall": (services.ConsultationCall, {"activeCall": _active, "calledDevice": _to}),
    "AlternateCall": (services.AlternateCall, {"activeCall": _active, "otherCall": _held}),
    "ReconnectCall": (services.ReconnectCall, {"activeCall": _active, "heldCall": _held}),
    "TransferCall": (services.TransferCall, {"heldCall": _held, "activeCall": _active}),
    "ConferenceCall": (services.ConferenceCall, {"heldCall": _held, "activeCall": _active}),
    "DeflectCall": (services.DeflectCall, {"deflectCall": _ringing, "calledDevice": _to}),
    "PickupCall": (services.PickupCall, {"deflectCall": _ringing, "calledDevice": _to}),
    "SingleStepConference": (
        ATTSingleStepConferenceCall,
        {"activeCall": _active, "deviceToBeJoin": _to, "participationType": _participation},
    ),
    "SingleStepTransfer": (ATTSingleStepTransferCall, {"activeCall": _active, "transferredTo": _to}),
}
"""What an application asks for: the PDU type with what goes into its fields."""


def _request(name: str) -> Callable[[Office, int, int, int], None]:
    kind, picks = REQUESTS[name]

    def do(office: Office, who: int, which: int, where: int) -> None:
        station, to = STATIONS[who % len(STATIONS)], DESTINATIONS[where % len(DESTINATIONS)]
        pdu = kind(**{field: pick(office, station, which, to) for field, pick in picks.items()})
        if declaration_of(pdu).family is Family.PRIVATE:
            office.ask(EscapeSvc(), pdu)
        else:
            office.ask(pdu)

    return do


OPERATIONS: dict[str, Callable[[Office, int, int, int], None]] = {
    "lift": _hand("lift"),
    "hangup": _hand("hangup"),
    "answer": _hand("answer"),
    "hold": _hand("hold"),
    "retrieve": _hand("retrieve"),
    "transfer": _hand("transfer"),
    "conference": _hand("conference"),
    "pickup": _hand("pickup"),
    "dial": _dial,
    "party rings": _party("ring"),
    "party progresses": _party("progress"),
    "party answers": _party("answer"),
    "party is busy": _party("busy"),
    "party hangs up": _party("hangup"),
    "caller": _call_in,
    "agent": _agent,
    "advance": _advance,
    "service": _service_out,
    **{name: _request(name) for name in REQUESTS},
}
"""By name, so that a failing example reads like a story."""
