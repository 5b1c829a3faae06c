"""Call control: every request, with the private data of each version."""

from ivrsvr.csta import call
from ivrsvr.csta.enums import (
    AllocationState,
    Feature,
)
from ivrsvr.csta.private import call as private_call
from tests.conformance.services.desk import Desk
from tests.conformance.services.scenes import (
    INFO,
    MADE,
    Failure,
    Row,
    agent,
    on,
    other,
    own,
    plain,
)

CONSULT = call.ConsultationCall

ROWS: tuple[Row, ...] = (
    # ---- call control
    Row(
        call.AlternateCall,
        "swaps the held and the active call",
        on(Desk.consult, lambda legs: call.AlternateCall(activeCall=legs[1], otherCall=legs[0])),
        call.AlternateCallConf,
        then=("Held", "Retrieved"),
    ),
    Row(
        call.AnswerCall,
        "answers a ringing call",
        on(Desk.call, lambda made: call.AnswerCall(alertingCall=other(made))),
        call.AnswerCallConf,
        then=("Established",),
    ),
    Row(
        call.CallCompletion,
        "Communication Manager does not offer it",
        on(Desk.call, lambda made: call.CallCompletion(feature=Feature.FT_CALL_BACK, call=own(made))),
        Failure.INVALID_FEATURE,
    ),
    Row(
        call.ClearCall,
        "ends a call for everybody",
        on(Desk.talk, lambda made: call.ClearCall(call=own(made))),
        call.ClearCallConf,
        then=("ConnectionCleared", "ConnectionCleared"),
    ),
    Row(
        call.ClearConnection,
        "takes one party off a call",
        on(Desk.talk, lambda made: call.ClearConnection(call=own(made))),
        call.ClearConnectionConf,
        then=("ConnectionCleared",),
    ),
    Row(
        private_call.ATTClearConnection,
        "user-to-user information for the other side",
        on(
            Desk.talk, lambda made: call.ClearConnection(call=own(made)), private_call.ATTClearConnection(userInfo=INFO)
        ),
        call.ClearConnectionConf,
        version=5,
    ),
    Row(
        private_call.ATTClearConnectionV6,
        "the same, longer",
        on(
            Desk.talk,
            lambda made: call.ClearConnection(call=own(made)),
            private_call.ATTClearConnectionV6(userInfo=INFO),
        ),
        call.ClearConnectionConf,
        then=("ATTConnectionClearedV7",),
    ),
    Row(
        call.ConferenceCall,
        "joins the held and the active call",
        on(Desk.consult, lambda legs: call.ConferenceCall(heldCall=legs[0], activeCall=legs[1])),
        call.ConferenceCallConf,
        private_call.ATTConferenceCallConf,
        then=("Conferenced",),
    ),
    Row(
        call.ConsultationCall,
        "holds the active call and makes another",
        on(Desk.talk, lambda made: CONSULT(activeCall=own(made), calledDevice="103")),
        call.ConsultationCallConf,
        private_call.ATTConsultationCallConf,
        then=("Held", *MADE),
    ),
    Row(
        private_call.ATTConsultationCall,
        "route, priority, user-to-user information",
        on(
            Desk.talk,
            lambda made: CONSULT(activeCall=own(made), calledDevice="103"),
            private_call.ATTConsultationCall(userInfo=INFO),
        ),
        call.ConsultationCallConf,
        private_call.ATTConsultationCallConf,
        version=5,
    ),
    Row(
        private_call.ATTConsultationCallV6,
        "the same, longer",
        on(
            Desk.talk,
            lambda made: CONSULT(activeCall=own(made), calledDevice="103"),
            private_call.ATTConsultationCallV6(userInfo=INFO),
        ),
        call.ConsultationCallConf,
        private_call.ATTConsultationCallConf,
        version=9,
    ),
    Row(
        private_call.ATTConsultationCallV10,
        "the same; options are taken and not enforced",
        on(
            Desk.talk,
            lambda made: CONSULT(activeCall=own(made), calledDevice="103"),
            private_call.ATTConsultationCallV10(userInfo=INFO),
        ),
        call.ConsultationCallConf,
        private_call.ATTConsultationCallConf,
    ),
    Row(
        call.DeflectCall,
        "sends a ringing call elsewhere",
        on(Desk.call, lambda made: call.DeflectCall(deflectCall=other(made), calledDevice="103")),
        call.DeflectCallConf,
        then=("Diverted", "Delivered"),
    ),
    Row(
        call.PickupCall,
        "takes another station's ringing call",
        on(Desk.call, lambda made: call.PickupCall(deflectCall=other(made), calledDevice="103")),
        call.PickupCallConf,
        then=("Diverted", "Delivered"),
    ),
    Row(
        call.GroupPickupCall,
        "Communication Manager does not offer it",
        on(Desk.call, lambda made: call.GroupPickupCall(deflectCall=other(made), pickupDevice="103")),
        Failure.INVALID_FEATURE,
    ),
    Row(
        call.HoldCall,
        "holds the active call",
        on(Desk.talk, lambda made: call.HoldCall(activeCall=own(made))),
        call.HoldCallConf,
        then=("Held",),
    ),
    Row(
        call.HoldCall,
        "a call that rings cannot be held",
        on(Desk.call, lambda made: call.HoldCall(activeCall=other(made))),
        Failure.NO_ACTIVE_CALL,
    ),
    Row(
        call.MakeCall,
        "makes a call",
        plain(call.MakeCall(callingDevice="101", calledDevice="102")),
        call.MakeCallConf,
        private_call.ATTMakeCallConf,
        then=MADE,
    ),
    Row(
        call.MakeCall,
        "to an outside number",
        plain(call.MakeCall(callingDevice="101", calledDevice="90301234567")),
        call.MakeCallConf,
        private_call.ATTMakeCallConf,
        then=("ServiceInitiated", "Originated"),
    ),
    Row(
        private_call.ATTMakeCall,
        "route, priority, user-to-user information",
        plain(call.MakeCall(callingDevice="101", calledDevice="102"), private_call.ATTMakeCall(userInfo=INFO)),
        call.MakeCallConf,
        private_call.ATTMakeCallConf,
        then=MADE,
        version=5,
    ),
    Row(
        private_call.ATTMakeCallV6,
        "the same, longer",
        plain(call.MakeCall(callingDevice="101", calledDevice="102"), private_call.ATTMakeCallV6(userInfo=INFO)),
        call.MakeCallConf,
        private_call.ATTMakeCallConf,
        then=MADE,
    ),
    Row(
        private_call.ATTDirectAgentCall,
        "a call to an agent",
        on(
            agent,
            lambda _: call.MakeCall(callingDevice="102", calledDevice="101"),
            private_call.ATTDirectAgentCall(split="201", userInfo=INFO),
        ),
        call.MakeCallConf,
        private_call.ATTMakeCallConf,
        then=MADE,
        version=5,
    ),
    Row(
        private_call.ATTDirectAgentCallV6,
        "the same, longer",
        on(
            agent,
            lambda _: call.MakeCall(callingDevice="102", calledDevice="101"),
            private_call.ATTDirectAgentCallV6(split="201", userInfo=INFO),
        ),
        call.MakeCallConf,
        private_call.ATTMakeCallConf,
        then=MADE,
    ),
    Row(
        private_call.ATTSupervisorAssistCall,
        "an agent's call to a supervisor",
        on(
            agent,
            lambda _: call.MakeCall(callingDevice="101", calledDevice="102"),
            private_call.ATTSupervisorAssistCall(split="201"),
        ),
        call.MakeCallConf,
        private_call.ATTMakeCallConf,
        then=MADE,
        version=5,
    ),
    Row(
        private_call.ATTSupervisorAssistCallV6,
        "the same, longer",
        on(
            agent,
            lambda _: call.MakeCall(callingDevice="101", calledDevice="102"),
            private_call.ATTSupervisorAssistCallV6(split="201"),
        ),
        call.MakeCallConf,
        private_call.ATTMakeCallConf,
        then=MADE,
    ),
    Row(
        call.MakePredictiveCall,
        "dials for a split, which gets the call when it is answered",
        plain(
            call.MakePredictiveCall(
                callingDevice="201", calledDevice="90301234567", allocationState=AllocationState.AS_CALL_ESTABLISHED
            )
        ),
        call.MakePredictiveCallConf,
        private_call.ATTMakePredictiveCallConf,
    ),
    Row(
        private_call.ATTMakePredictiveCall,
        "rings, classification, user-to-user information",
        plain(
            call.MakePredictiveCall(
                callingDevice="201", calledDevice="90301234567", allocationState=AllocationState.AS_CALL_ESTABLISHED
            ),
            private_call.ATTMakePredictiveCall(maxRings=5),
        ),
        call.MakePredictiveCallConf,
        private_call.ATTMakePredictiveCallConf,
        version=5,
    ),
    Row(
        private_call.ATTMakePredictiveCallV6,
        "the same, longer",
        plain(
            call.MakePredictiveCall(
                callingDevice="201", calledDevice="90301234567", allocationState=AllocationState.AS_CALL_ESTABLISHED
            ),
            private_call.ATTMakePredictiveCallV6(maxRings=5),
        ),
        call.MakePredictiveCallConf,
        private_call.ATTMakePredictiveCallConf,
    ),
    Row(
        call.ReconnectCall,
        "drops the active call and retrieves the held one",
        on(Desk.consult, lambda legs: call.ReconnectCall(activeCall=legs[1], heldCall=legs[0])),
        call.ReconnectCallConf,
        then=("ConnectionCleared", "Retrieved"),
    ),
    Row(
        private_call.ATTReconnectCall,
        "user-to-user information for the dropped side",
        on(
            Desk.consult,
            lambda legs: call.ReconnectCall(activeCall=legs[1], heldCall=legs[0]),
            private_call.ATTReconnectCall(userInfo=INFO),
        ),
        call.ReconnectCallConf,
        version=5,
    ),
    Row(
        private_call.ATTReconnectCallV6,
        "the same, longer",
        on(
            Desk.consult,
            lambda legs: call.ReconnectCall(activeCall=legs[1], heldCall=legs[0]),
            private_call.ATTReconnectCallV6(userInfo=INFO),
        ),
        call.ReconnectCallConf,
    ),
    Row(
        call.RetrieveCall,
        "retrieves a held call",
        on(Desk.hold, lambda made: call.RetrieveCall(heldCall=own(made))),
        call.RetrieveCallConf,
        then=("Retrieved",),
    ),
    Row(
        call.TransferCall,
        "joins the held and the active call and leaves them",
        on(Desk.consult, lambda legs: call.TransferCall(heldCall=legs[0], activeCall=legs[1])),
        call.TransferCallConf,
        private_call.ATTTransferCallConf,
        then=("Transferred",),
    ),
)
