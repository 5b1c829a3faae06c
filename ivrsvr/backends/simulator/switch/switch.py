"""The switch as the AES and the people around it see it: services by PDU, reports, and questions."""

from collections.abc import Callable
from functools import partial

from ivrsvr.backends.base import Confirmation, Pdu
from ivrsvr.backends.simulator.switch import numbering, routing
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.dialogues import Routing
from ivrsvr.backends.simulator.switch.model import Call
from ivrsvr.backends.simulator.switch.reports import Reply, Report
from ivrsvr.backends.simulator.switch.services import acd, control, features, media, snapshots
from ivrsvr.backends.simulator.switch.services.asked import Asked
from ivrsvr.backends.simulator.world import World
from ivrsvr.clock import Clock
from ivrsvr.csta.call import (
    AlternateCall,
    AnswerCall,
    ClearCall,
    ClearConnection,
    ConferenceCall,
    ConsultationCall,
    DeflectCall,
    HoldCall,
    MakeCall,
    MakePredictiveCall,
    PickupCall,
    ReconnectCall,
    RetrieveCall,
    TransferCall,
)
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.monitor import SnapshotCall, SnapshotDevice
from ivrsvr.csta.private.call import (
    ATTSelectiveListeningHold,
    ATTSelectiveListeningRetrieve,
    ATTSendDTMFToneV5,
    ATTSingleStepConferenceCall,
    ATTSingleStepTransferCall,
)
from ivrsvr.csta.private.query import (
    ATTQueryAcdSplit,
    ATTQueryCallClassifier,
    ATTQueryDeviceName,
    ATTQueryStationStatusV10,
    ATTQueryTg,
    ATTQueryTod,
    ATTQueryUcid,
)
from ivrsvr.csta.private.route import ATTRouteSelectV7
from ivrsvr.csta.query import (
    QueryAgentState,
    QueryDeviceInfo,
    QueryDnd,
    QueryFwd,
    QueryMwi,
    SetAgentState,
    SetDnd,
    SetFwd,
    SetMwi,
)
from ivrsvr.csta.system import EscapeSvc
from ivrsvr.csta.types import CSTASnapshotCallData

Service = Callable[[Asked], Confirmation | None]

SERVICES: dict[type, Service] = {
    AlternateCall: control.alternate_call,
    AnswerCall: control.answer_call,
    ClearCall: control.clear_call,
    ClearConnection: control.clear_connection,
    ConferenceCall: control.conference_call,
    ConsultationCall: control.consultation_call,
    DeflectCall: control.deflect_call,
    HoldCall: control.hold_call,
    MakeCall: control.make_call,
    MakePredictiveCall: control.make_predictive_call,
    PickupCall: control.pickup_call,
    QueryAgentState: acd.query_agent_state,
    QueryDeviceInfo: features.query_device_info,
    QueryDnd: features.query_dnd,
    QueryFwd: features.query_fwd,
    QueryMwi: features.query_mwi,
    ReconnectCall: control.reconnect_call,
    RetrieveCall: control.retrieve_call,
    SetAgentState: acd.set_agent_state,
    SetDnd: features.set_dnd,
    SetFwd: features.set_fwd,
    SetMwi: features.set_mwi,
    SnapshotCall: snapshots.snapshot_call,
    SnapshotDevice: snapshots.snapshot_device,
    TransferCall: control.transfer_call,
}
"""The CSTA services of the switch."""

ESCAPES: dict[type, Service] = {
    ATTQueryAcdSplit: acd.query_acd_split,
    ATTQueryCallClassifier: features.query_call_classifier,
    ATTQueryDeviceName: features.query_device_name,
    ATTQueryStationStatusV10: features.query_station_status,
    ATTQueryTg: features.query_trunk_group,
    ATTQueryTod: features.query_time_of_day,
    ATTQueryUcid: features.query_ucid,
    ATTSelectiveListeningHold: media.selective_listening_hold,
    ATTSelectiveListeningRetrieve: media.selective_listening_retrieve,
    ATTSendDTMFToneV5: media.send_dtmf,
    ATTSingleStepConferenceCall: media.single_step_conference,
    ATTSingleStepTransferCall: media.single_step_transfer,
}
"""The private services of the switch, by their newest layout; they come in an EscapeSvc."""


class Switch:
    """A Communication Manager. Set `report` before anything happens.

    core: the state to go on from, of a snapshot; None = nothing has happened yet.
    """

    def __init__(self, world: World, clock: Clock, core: Core | None = None) -> None:
        self.core = core or Core(world, clock)

    @property
    def report(self) -> Callable[[Report], None]:
        """Who is told what happens."""
        return self.core.listener

    @report.setter
    def report(self, listener: Callable[[Report], None]) -> None:
        self.core.listener = listener

    def tell_too(self, listener: Callable[[Report], None]) -> None:
        """Tell one more, after all who are told already."""
        before = self.core.listener

        def both(report: Report) -> None:
            before(report)
            listener(report)

        self.core.listener = both

    @property
    def routing(self) -> Routing:
        """The open routing dialogues; the AES puts its asker and ender there."""
        return self.core.routing

    def request(self, pdu: Pdu, private: Pdu | None, reply: Reply) -> None:
        """Ask for a service; private data is in its newest layout. reply is called once, before the events follow.

        A service that this switch does not offer is refused with INVALID_FEATURE.
        """
        kind = type(private) if isinstance(pdu, EscapeSvc) else type(pdu)
        service = (ESCAPES if isinstance(pdu, EscapeSvc) else SERVICES).get(kind)
        answer = partial(self.core.answer, reply)
        with self.core.act():
            if service is None:
                answer(CstaFailure(CSTAUniversalFailure.INVALID_FEATURE, f"the switch does not offer {kind.__name__}"))
                return
            try:
                outcome = service(Asked(self.core, pdu, private, answer))
            except CstaFailure as failure:
                answer(failure)
                return
            if outcome is not None:
                answer(outcome)

    def offers(self, kind: type) -> bool:
        """Whether the switch has a service for this PDU type (of a private one: its newest layout)."""
        return kind in SERVICES or kind in ESCAPES

    def route_select(self, dialogue: int, number: str, private: ATTRouteSelectV7 | None) -> bool:
        """A routing application chose; False when there is no such dialogue."""
        with self.core.act():
            return routing.select(self.core, dialogue, number, private)

    def route_end(self, dialogue: int) -> bool:
        """A routing application ended its dialogue; False when there is no such one."""
        with self.core.act():
            return routing.reject(self.core, dialogue)

    def link_lost(self) -> None:
        """The CTI link failed: whoever was kept from hearing a party hears it again (selective listening)."""
        for call in self.core.calls.values():
            for party in call.parties:
                party.deaf_to.clear()

    def exists(self, device: str) -> str:
        """What a number is: station, agent, skill, vdn, announcement, trunkgroup (by TAC), or ""."""
        return numbering.kind_of(self.core.world, device)

    def call(self, callID: int) -> Call | None:
        """A call that is up, or None."""
        return self.core.calls.get(callID)

    def parties(self, callID: int) -> CSTASnapshotCallData:
        """The parties of a call as a snapshot tells them; empty when there is no such call."""
        call = self.core.calls.get(callID)
        return snapshots.describe(call) if call is not None else ()

    def logged_in(self, skill: str) -> list[str]:
        """Extensions of the stations at which agents of a skill are logged in, in the order of logging in.

        Raises CstaFailure INVALID_CSTA_DEVICE_IDENTIFIER.
        """
        agents = acd.skill_of(self.core, skill).agents.values()
        return [agent.station.extension for agent in agents if agent.station is not None]
