"""Which services go to the switch, on which device each of them acts, and what it needs to be allowed."""

from enum import Enum

from ivrsvr.backends.base import Pdu
from ivrsvr.csta.call import (
    AlternateCall,
    AnswerCall,
    ClearCall,
    ClearConnection,
    ConferenceCall,
    ConsultationCall,
    DeflectCall,
    GroupPickupCall,
    HoldCall,
    MakeCall,
    MakePredictiveCall,
    PickupCall,
    ReconnectCall,
    RetrieveCall,
    TransferCall,
)
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
    ATTQueryAgentLogin,
    ATTQueryCallClassifier,
    ATTQueryDeviceName,
    ATTQueryStationStatusV10,
    ATTQueryTg,
    ATTQueryTod,
    ATTQueryUcid,
)
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
from ivrsvr.csta.types import ConnectionID


class Use(Enum):
    """What a service does with its device."""

    CONTROL = "control"
    """Call control: needs a licence, and the device on the user's call-control list."""
    LOOK = "look"
    """Queries, settings and agent services: any list will do."""


SERVICES: dict[type, tuple[Use, str]] = {
    AlternateCall: (Use.CONTROL, "activeCall"),
    AnswerCall: (Use.CONTROL, "alertingCall"),
    ClearCall: (Use.CONTROL, "call"),
    ClearConnection: (Use.CONTROL, "call"),
    ConferenceCall: (Use.CONTROL, "heldCall"),
    ConsultationCall: (Use.CONTROL, "activeCall"),
    DeflectCall: (Use.CONTROL, "deflectCall"),
    GroupPickupCall: (Use.CONTROL, "deflectCall"),
    HoldCall: (Use.CONTROL, "activeCall"),
    MakeCall: (Use.CONTROL, "callingDevice"),
    MakePredictiveCall: (Use.CONTROL, "callingDevice"),
    PickupCall: (Use.CONTROL, "deflectCall"),
    ReconnectCall: (Use.CONTROL, "activeCall"),
    RetrieveCall: (Use.CONTROL, "heldCall"),
    TransferCall: (Use.CONTROL, "heldCall"),
    QueryAgentState: (Use.LOOK, "device"),
    QueryDeviceInfo: (Use.LOOK, "device"),
    QueryDnd: (Use.LOOK, "device"),
    QueryFwd: (Use.LOOK, "device"),
    QueryMwi: (Use.LOOK, "device"),
    SetAgentState: (Use.LOOK, "device"),
    SetDnd: (Use.LOOK, "device"),
    SetFwd: (Use.LOOK, "device"),
    SetMwi: (Use.LOOK, "device"),
    SnapshotCall: (Use.LOOK, ""),
    SnapshotDevice: (Use.LOOK, "snapshotObject"),
    ATTQueryAcdSplit: (Use.LOOK, "device"),
    ATTQueryAgentLogin: (Use.LOOK, "device"),
    ATTQueryCallClassifier: (Use.LOOK, ""),
    ATTQueryDeviceName: (Use.LOOK, "device"),
    ATTQueryStationStatusV10: (Use.LOOK, "device"),
    ATTQueryTg: (Use.LOOK, ""),
    ATTQueryTod: (Use.LOOK, ""),
    ATTQueryUcid: (Use.LOOK, ""),
    ATTSelectiveListeningHold: (Use.CONTROL, "subjectConnection"),
    ATTSelectiveListeningRetrieve: (Use.CONTROL, "subjectConnection"),
    ATTSendDTMFToneV5: (Use.CONTROL, "sender"),
    ATTSingleStepConferenceCall: (Use.CONTROL, "activeCall"),
    ATTSingleStepTransferCall: (Use.CONTROL, "activeCall"),
}
"""Service (private ones in their newest layout) -> its use, and the field that names its device ("" = none)."""


def device_of(service: Pdu) -> str:
    """The device on which a service acts: an extension, a dynamic id, or "" for none."""
    name = SERVICES[type(service)][1]
    subject = getattr(service, name) if name else ""
    return subject.deviceID if isinstance(subject, ConnectionID) else str(subject)


def subject_of(service: Pdu) -> str:
    """The device that any service is about, those of monitors as well; "" for none."""
    return device_of(service) if type(service) in SERVICES else str(getattr(service, "deviceID", ""))
