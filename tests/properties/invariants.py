"""What is true of a switch and its AES at any moment, whatever has happened."""

from collections import Counter

from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.switch.acd import agents
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.equipment import Station
from ivrsvr.backends.simulator.switch.model import Agent, Kind, Party
from ivrsvr.csta.enums import ATTWorkMode, LocalConnectionState

State = LocalConnectionState
BUSY = (State.CS_CONNECT, State.CS_INITIATE, State.CS_FAIL)


def check(simulator: Simulator) -> None:
    """Raises AssertionError with what is wrong."""
    core = simulator.switch.core
    parties = [party for call in core.calls.values() for party in call.parties]
    _check_calls(core)
    _check_stations(core, parties)
    _check_trunks(core, parties)
    _check_queues(core, parties)
    for agent in core.agents.values():
        _check_agent(core, agent)
    _check_service(core)
    assert set(core.routing.open.values()) <= {call.vector for call in core.calls.values()}, "a dialogue of no vector"


def _check_calls(core: Core) -> None:
    assert core.classifiers_used == sum(call.predictive is not None for call in core.calls.values()), "classifier ports"
    for callID, call in core.calls.items():
        assert callID == call.callID
        assert not call.ended, f"call {callID} has ended and is still there"
        people = [party for party in call.parties if party.kind in (Kind.STATION, Kind.TRUNK)]
        assert any(not party.is_port for party in people), f"call {callID} has no caller"
        assert not all(party.silent for party in people), f"call {callID} has only silent participants"
        assert call.counted() <= 6, f"call {callID} has {call.counted()} parties"
        numbers = Counter(party.number for party in call.parties)
        assert max(numbers.values()) == 1, f"two parties of call {callID} have one number"
        for party in call.parties:
            assert party.call is call
            assert party.state not in (State.CS_NONE, State.CS_NULL), f"a party of call {callID} is {party.state.name}"
        run = call.vector
        if run is not None:
            assert run.call is call, f"the vector of call {callID} runs for call {run.call.callID}"
            waits = (run.timer is not None and run.timer.pending) or run.waiting_port or run.port is not None
            assert waits or (run.stopped and run.routes), f"the vector of call {callID} stands still at step {run.step}"


def _check_stations(core: Core, parties: list[Party]) -> None:
    on_calls: dict[str, list[Party]] = {}
    for party in parties:
        if party.kind is Kind.STATION:
            on_calls.setdefault(party.device, []).append(party)
    for station in core.stations.values():
        assert set(on_calls.get(station.extension, ())) == set(station.parties), f"calls of {station.extension}"
        assert len(station.parties) == len(set(station.parties))
        busy = [party for party in station.parties if party.state in BUSY]
        assert len(busy) <= 1, f"{station.extension} talks twice: calls {[party.call.callID for party in busy]}"
        own = [party for party in station.parties if not party.bridge_of]
        room = 3 if station.data.type == "analog" else station.data.callAppearances
        assert len(own) <= room, f"{station.extension} has {len(own)} calls on {room} appearances"
        assert station.in_service or not station.parties, f"{station.extension} is out of service and has calls"
        assert station.agent is None or station.agent.station is station


def _check_trunks(core: Core, parties: list[Party]) -> None:
    trunks = [party for party in parties if party.kind is Kind.TRUNK]
    assert set(core.outside.values()) == set(trunks), "outside parties"
    for group in core.trunks.values():
        taken = sorted(int(party.trunk.member) for party in trunks if party.trunk and party.trunk.group == group.number)
        assert taken == sorted(group.used), f"members of trunk group {group.number} in use"
        assert not set(group.free) & set(group.used), f"trunk group {group.number}"
        assert len(group.free) + len(group.used) + group.busy == group.data.members, f"trunk group {group.number}"


def _check_queues(core: Core, parties: list[Party]) -> None:
    places = [party for party in parties if party.kind is Kind.GROUP]
    for extension, skill in core.skills.items():
        entries = list(skill.queue)
        assert {entry.party for entry in entries} == {party for party in places if party.device == extension}
        for entry in entries:
            assert entry.party.place is entry
            assert entry.call is entry.party.call, f"a place in the queue of {extension} belongs to another call"
            assert entry.call.callID in core.calls


def _check_agent(core: Core, agent: Agent) -> None:
    name, station = f"agent {agent.login}", agent.station
    assert (station is None) == (not agent.works) == (agent.work.mode is ATTWorkMode.WM_NONE), name
    assert set(agent.works) == set(agent.skills), f"{name} works for {list(agent.works)}"
    assert station is None or station.agent is agent
    for extension, skill in core.skills.items():
        mine = station is not None and extension in agent.skills
        assert (agent.login in skill.agents) == mine, f"{name} is staffed in {extension}"
        available = mine and agents.is_available(agent, extension)
        assert (agent.login in skill.available) == available, f"{name} is available in {extension}: {not available}"
    for work in agent.each_work:
        if work.pending is not ATTWorkMode.WM_NONE:
            assert station is not None
            assert station.parties, f"{name} has no call and still waits for {work.pending.name}"
        timed = work.acw is not None and work.acw.pending
        assert not timed or work.mode is ATTWorkMode.WM_AFTCAL_WK, f"{name} in {work.mode.name} has a timer of ACW"


def _check_service(core: Core) -> None:
    """Nobody waits for an agent who is waiting for a call."""
    for extension, skill in core.skills.items():
        for agent in skill.available:
            waiting = skill.queue.first_for(agent.login)
            assert waiting is None, f"a call waits for {extension} and agent {agent.login} is available"


def situation(station: Station) -> str:
    """What an agent's time is booked on: idle, ringing, talking (dialling and tones too) or holding."""
    states = {party.state for party in station.parties}
    if states & set(BUSY):
        return "talking"
    if State.CS_HOLD in states:
        return "holding"
    return "ringing" if states else "idle"
