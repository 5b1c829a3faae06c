"""The simulator as it is now, as a picture for people and programs."""

from collections import Counter
from typing import Literal

from pydantic import BaseModel

from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.switch.model import Kind, Party

WORK_MODES = {-1: "null", 1: "aux", 2: "acw", 3: "auto", 4: "manual"}
"""Work mode -> its name in JSON, as in queryagentstate."""


class ClockPicture(BaseModel):
    """The clock; now in seconds since 1970-01-01 UTC."""

    mode: Literal["real", "virtual"]
    rate: float
    now: float


class PartyPicture(BaseModel):
    """A party on a call.

    number: extension, split, or the outside party's number ("" = unknown). heard: digits that it heard. greeting: the
    announcement that an agent heard first. trunkgroup: over which an outside party is on the call.
    """

    party: str
    kind: Literal["station", "trunk", "group", "announcement", "parked"]
    number: str
    state: str
    heard: str
    greeting: str
    trunkgroup: str


class CallPicture(BaseModel):
    """A call that is up."""

    callid: int
    ucid: str
    calling: str
    called: str
    parties: list[PartyPicture]


class StationPicture(BaseModel):
    """A station; agent "" = nobody is logged in there."""

    extension: str
    name: str
    service: Literal["in", "out"]
    offhook: bool
    forward: str
    dnd: bool
    messagewaiting: bool
    agent: str
    calls: dict[int, str]


class AgentPicture(BaseModel):
    """An agent who is logged in."""

    agentid: str
    name: str
    extension: str
    mode: str
    reasoncode: int


class SkillPicture(BaseModel):
    """A skill: calls that wait, agents logged in, agents who could take a call."""

    split: str
    name: str
    callsqueue: int
    agentslogon: int
    agentsavailable: int


class VdnPicture(BaseModel):
    """A vector directory number, and the calls that came to it and are up."""

    vdn: str
    name: str
    calls: int


class TrunkGroupPicture(BaseModel):
    """A trunk group."""

    trunkgroup: str
    tag: str
    name: str
    idletrunks: int
    usedtrunks: int


class Picture(BaseModel):
    """Everything that can be seen from outside. behaviours: the names that a caller can be given."""

    link: Literal["up", "down"]
    stalled: bool
    clock: ClockPicture
    calls: list[CallPicture]
    stations: list[StationPicture]
    agents: list[AgentPicture]
    skills: list[SkillPicture]
    vdns: list[VdnPicture]
    trunkgroups: list[TrunkGroupPicture]
    behaviours: list[str]


def draw(simulator: Simulator) -> Picture:
    """The present state."""
    clock = simulator.clock
    return Picture(
        link="up" if simulator.aes.link_up else "down",
        stalled=simulator.aes.requests.stalled,
        clock=ClockPicture(mode=clock.mode, rate=clock.rate, now=clock.now()),
        calls=_calls(simulator),
        stations=_stations(simulator),
        agents=_agents(simulator),
        skills=_skills(simulator),
        vdns=_vdns(simulator),
        trunkgroups=_trunk_groups(simulator),
        behaviours=sorted(simulator.world.behaviours),
    )


def _state(party: Party) -> str:
    return party.state.name.removeprefix("CS_").lower()


def _calls(simulator: Simulator) -> list[CallPicture]:
    return [
        CallPicture(
            callid=call.callID,
            ucid=call.ucid,
            calling=call.calling.deviceID,
            called=call.called.deviceID,
            parties=[
                PartyPicture(
                    party=party.connection.deviceID,
                    kind=party.kind.value,
                    number=party.digits if party.kind is Kind.TRUNK else party.device,
                    state=_state(party),
                    heard=party.heard,
                    greeting=party.greeting,
                    trunkgroup=party.trunk.group if party.trunk is not None else "",
                )
                for party in call.parties
            ],
        )
        for call in simulator.switch.core.calls.values()
    ]


def _stations(simulator: Simulator) -> list[StationPicture]:
    return [
        StationPicture(
            extension=extension,
            name=station.data.name,
            service="in" if station.in_service else "out",
            offhook=station.off_hook,
            forward=station.forward,
            dnd=station.send_all_calls,
            messagewaiting=bool(station.messages),
            agent=station.agent.login if station.agent is not None else "",
            calls={party.call.callID: _state(party) for party in station.parties},
        )
        for extension, station in simulator.switch.core.stations.items()
    ]


def _agents(simulator: Simulator) -> list[AgentPicture]:
    return [
        AgentPicture(
            agentid=login,
            name=agent.data.name,
            extension=agent.station.extension,
            mode=WORK_MODES.get(agent.work.mode.value, ""),
            reasoncode=agent.work.reason,
        )
        for login, agent in simulator.switch.core.agents.items()
        if agent.station is not None
    ]


def _skills(simulator: Simulator) -> list[SkillPicture]:
    return [
        SkillPicture(
            split=extension,
            name=skill.data.name,
            callsqueue=len(skill.queue),
            agentslogon=len(skill.agents),
            agentsavailable=len(skill.available),
        )
        for extension, skill in simulator.switch.core.skills.items()
    ]


def _vdns(simulator: Simulator) -> list[VdnPicture]:
    core = simulator.switch.core
    calls = Counter(call.called.deviceID for call in core.calls.values())
    return [VdnPicture(vdn=number, name=vdn.name, calls=calls[number]) for number, vdn in core.world.vdns.items()]


def _trunk_groups(simulator: Simulator) -> list[TrunkGroupPicture]:
    return [
        TrunkGroupPicture(
            trunkgroup=number,
            tag=group.data.tac,
            name=group.data.name,
            idletrunks=len(group.free),
            usedtrunks=len(group.used) + group.busy,
        )
        for number, group in simulator.switch.core.trunks.items()
    ]
