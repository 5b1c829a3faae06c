"""What the requests work with: one object that the service hands to each of them."""

from dataclasses import dataclass

from ivrsvr.calls.model import CallModel
from ivrsvr.clock import Clock
from ivrsvr.service.agentstates import AgentStates
from ivrsvr.service.inorder import InOrder
from ivrsvr.service.journal import Book
from ivrsvr.service.line import Line
from ivrsvr.service.live import Live
from ivrsvr.service.monitors import Monitors
from ivrsvr.service.series import AgentLists
from ivrsvr.service.userdata import UserData


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a running service.

    line:     the way to the switch.
    live:     what calls an extension has, and which one a request means.
    monitors: who is told of which device.
    agents:   since when each is in its state.
    lists:    the answers of agent-login queries that come in pieces.
    userdata: `data`, UUI and the store.
    journal:  of recent events.
    model:    the calls as they were reported.
    order:    the events that wait for their user data.
    """

    clock: Clock
    line: Line
    live: Live
    monitors: Monitors
    agents: AgentStates
    lists: AgentLists
    userdata: UserData
    journal: Book
    model: CallModel
    order: InOrder
