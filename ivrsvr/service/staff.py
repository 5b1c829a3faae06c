"""Who is logged in at a split: what its monitor has told, and what must have happened while nobody told.

The switch reports that an agent logs in or out, and nothing else of agents: no monitor tells of changes of work mode.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivrsvr.csta.enums import ATTWorkMode
from ivrsvr.csta.events import LoggedOff, LoggedOn
from ivrsvr.csta.private.events import ATTLoggedOff, ATTLoggedOn
from ivrsvr.csta.private.query import (
    ATTQueryAgentLogin,
    ATTQueryAgentLoginConf,
    ATTQueryAgentState,
    ATTQueryAgentStateConfV6,
    ATTQueryDeviceInfoConfV5,
)
from ivrsvr.csta.query import QueryAgentState, QueryDeviceInfo
from ivrsvr.csta.types import provided
from ivrsvr.service.line import Line, private_of
from ivrsvr.service.monitors import Subject
from ivrsvr.service.series import AgentLists


@dataclass(frozen=True, slots=True)
class Seat:
    """An agent at a station, in a work mode."""

    agentID: str  # noqa: N815 - the name of TSAPI
    mode: ATTWorkMode


async def seats_of(line: Line, lists: AgentLists, split: str) -> dict[str, Seat]:
    """Who is logged in at a split, by station. Raises as `Line.escape`, and as `AgentLists.collect`."""
    begun = await line.escape(ATTQueryAgentLogin(device=split), ATTQueryAgentLoginConf)
    seats: dict[str, Seat] = {}
    for station in sorted(await lists.collect(begun.privEventCrossRefID)):
        who = private_of(await line.ask(QueryDeviceInfo(device=station)), ATTQueryDeviceInfoConfV5)
        state = await line.ask(QueryAgentState(device=station), ATTQueryAgentState())
        if who.associatedDevice:  # empty = the agent has gone since the list was made
            seats[station] = Seat(who.associatedDevice, private_of(state, ATTQueryAgentStateConfV6).workMode)
    return seats


def fold_agent(roster: dict[str, str], pdu: Any) -> None:
    """What a report says of who is logged in: station -> login id. One that is not about that changes nothing."""
    if isinstance(pdu, LoggedOn):
        roster[pdu.agentDevice.deviceID] = pdu.agentID
    elif isinstance(pdu, LoggedOff):
        roster.pop(pdu.agentDevice.deviceID, None)


def as_reported(seats: Mapping[str, Seat], roster: Mapping[str, str], stations: frozenset[Subject]) -> dict[str, Seat]:
    """Who is logged in; at some stations, that were reported while they were looked at, by the roster.

    The work mode of one who was not seen there is not known.
    """
    found = {station: seat for station, seat in seats.items() if station not in stations}
    for station in roster.keys() & stations:
        seat = seats.get(station)
        login = roster[station]
        known = seat is not None and seat.agentID == login
        found[station] = seat if seat is not None and known else Seat(login, ATTWorkMode.WM_NONE)
    return dict(sorted(found.items()))


def turnover(
    roster: Mapping[str, str], seats: Mapping[str, Seat], split: str
) -> list[tuple[LoggedOff | LoggedOn, Any]]:
    """What must have been reported between the two, with its private data: first who went, then who came."""
    told: list[tuple[LoggedOff | LoggedOn, Any]] = []
    for station, login in sorted(roster.items()):
        if station not in seats or seats[station].agentID != login:
            gone = LoggedOff(agentDevice=provided(station), agentID=login, agentGroup=split)
            told.append((gone, ATTLoggedOff()))
    for station, seat in sorted(seats.items()):
        if roster.get(station) != seat.agentID:
            come = LoggedOn(agentDevice=provided(station), agentID=seat.agentID, agentGroup=split)
            told.append((come, ATTLoggedOn(workMode=seat.mode)))
    return told
