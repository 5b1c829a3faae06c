"""The default world, lived in: what a developer tries first works."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock
from ivrsvr.csta.call import MakeCall
from ivrsvr.csta.enums import AgentMode
from ivrsvr.csta.enums import LocalConnectionState as State
from ivrsvr.csta.monitor import MonitorCallsViaDevice, MonitorDevice
from ivrsvr.csta.private.query import ATTQueryCallClassifier, ATTQueryTg
from ivrsvr.csta.query import SetAgentState
from ivrsvr.csta.system import EscapeSvc
from tests.backends.simulator.site import Client

FLOWS = Path(__file__).parents[2] / "conformance" / "data" / "flows.json"


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(World.default(), Clock(1458770400))


@pytest.fixture
def client(simulator: Simulator) -> Client:
    return Client(simulator, login="ivrsvr", passwd="ivrsvr")


@pytest.mark.parametrize("number", ["67896789", "60123", "960123", "41060123"])
def test_outside_numbers_are_reached(simulator: Simulator, client: Client, number: str) -> None:
    call = client.ask(MakeCall(callingDevice="101", calledDevice=number)).pdu.newCall.callID
    simulator.people.party(f"T{call}", "answer")
    station, outside = simulator.switch.core.calls[call].parties
    assert (station.state, outside.state) == (State.CS_CONNECT, State.CS_CONNECT)
    assert outside.trunk is not None
    assert outside.trunk.group == ("10" if number.startswith("410") else "5")


def test_every_extension_can_be_called(simulator: Simulator) -> None:
    for extension in range(101, 121):
        call = simulator.people.call_in("67896789", str(extension))
        assert simulator.switch.core.stations[str(extension)].parties[0].call.callID == call.callID


def test_it_is_the_world_of_the_flows_and_more() -> None:
    """What the flows call by its number, is under that number here; 104 is in service, everybody has a name."""
    ours = World.default()
    flows = World.from_data(json.loads(FLOWS.read_text())["world"])
    assert {number: vdn.vector for number, vdn in ours.vdns.items() if number in flows.vdns} == {
        number: vdn.vector for number, vdn in flows.vdns.items()
    }
    for number, station in flows.stations.items():
        assert ours.stations[number] == replace(station, name=ours.stations[number].name, service="in")
        assert ours.stations[number].name
    for login, agent in flows.agents.items():
        assert ours.agents[login] == replace(agent, name=ours.agents[login].name)
    assert {number: ours.coveragePaths[number] for number in flows.coveragePaths} == flows.coveragePaths
    assert {number: replace(group, name="") for number, group in ours.trunkGroups.items()} == flows.trunkGroups
    assert (ours.timers, ours.classifiers, ours.cors) == (flows.timers, flows.classifiers, flows.cors)


@pytest.mark.parametrize("vdn", sorted(World.default().vdns))
def test_every_vdn_treats_a_caller_for_an_hour(simulator: Simulator, client: Client, vdn: str) -> None:
    monitor = client.ask(MonitorCallsViaDevice(deviceID=vdn)).pdu.monitorCrossRefID
    call = simulator.people.call_in("67896789", vdn)
    simulator.clock.advance(3600)
    names = client.names(monitor)
    assert names[0] == "Delivered"
    waits = call.callID in simulator.switch.core.calls
    assert waits != ("CallCleared" in names)
    assert waits == (vdn not in ("701", "702", "706", "723"))


def test_an_agent_of_the_documentation_takes_a_call_of_the_service_line(simulator: Simulator, client: Client) -> None:
    login = SetAgentState(
        device="111", agentMode=AgentMode.AM_LOG_IN, agentID="12345", agentGroup="", agentPassword="67890"
    )
    assert type(client.ask(login).pdu).__name__ == "SetAgentStateConf"
    simulator.people.agent("12345", mode="AUTO_IN")
    call = simulator.people.call_in("67896789", "700")
    simulator.clock.advance(0)
    assert simulator.switch.core.stations["111"].parties[0].call.callID == call.callID


def test_the_figures_of_the_documentation(client: Client) -> None:
    classifiers = client.ask(EscapeSvc(), ATTQueryCallClassifier()).private
    assert (classifiers.numAvailPorts, classifiers.numInUsePorts) == (439, 5)
    trunks = client.ask(EscapeSvc(), ATTQueryTg(device="410")).private
    assert trunks.idleTrunks + trunks.usedTrunks == 92


def day(seed: int) -> list[object]:
    """Everything that a client is sent during some hours of calls to the service line."""
    simulator = Simulator(World.default(), Clock(1458770400, seed=seed))
    client = Client(simulator, login="ivrsvr", passwd="ivrsvr")
    for extension in ("111", "112", "201"):
        client.ask(MonitorDevice(deviceID=extension))
    client.ask(MonitorCallsViaDevice(deviceID="700"))
    for agent, extension in (("12345", "111"), ("12350", "112")):
        simulator.people.agent(agent, at=extension, login=True, mode="AUTO_IN")
    for number in range(40):
        call = simulator.people.call_in(f"6789{number:04d}", "700" if number % 3 else "721")
        simulator.clock.advance(7)
        for extension in ("111", "112"):
            if simulator.switch.core.stations[extension].in_state(State.CS_ALERTING):
                simulator.people.answer(extension)
        if number % 4 == 0 and call.party in simulator.switch.core.outside:
            simulator.people.party(call.party, "hangup")
    simulator.clock.advance(600)
    return list(client.mail)


def test_the_same_inputs_give_the_same_messages() -> None:
    first = day(7)
    assert len(first) > 50
    assert all(day(7) == first for _ in range(3))
