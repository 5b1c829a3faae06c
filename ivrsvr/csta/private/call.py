"""Private data of call control: UUI, UCID, single-step services, selective listening, DTMF. Source: tsapi.asn, private data PDUs."""

from dataclasses import dataclass

from ivrsvr.csta.enums import ATTAnswerTreat, ATTConsultOptions, ATTDropResource, BillType, ParticipationType
from ivrsvr.csta.pdu import private
from ivrsvr.csta.private.structures import ATTConnIDList, ATTUserToUserInfo
from ivrsvr.csta.types import UCID, ConnectionID, ConnectionList, DeviceID


@private(1, "ATTClearConnection", versions=(2, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTClearConnection:
    """Private data of ClearConnection request. Source: private PDU 1, private-data versions 2-5."""

    dropResource: ATTDropResource = ATTDropResource.DR_NONE
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(2, "ATTConsultationCall", versions=(2, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTConsultationCall:
    """Private data of ConsultationCall request. Source: private PDU 2, private-data versions 2-5."""

    destRoute: DeviceID = ""
    priorityCalling: bool = False
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(3, "ATTMakeCall", versions=(2, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTMakeCall:
    """Private data of MakeCall request. Source: private PDU 3, private-data versions 2-5."""

    destRoute: DeviceID = ""
    priorityCalling: bool = False
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(4, "ATTDirectAgentCall", versions=(2, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTDirectAgentCall:
    """Private data of MakeCall or ConsultationCall request. Source: private PDU 4, private-data versions 2-5."""

    split: DeviceID = ""
    priorityCalling: bool = False
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(5, "ATTMakePredictiveCall", versions=(2, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTMakePredictiveCall:
    """Private data of MakePredictiveCall request. Source: private PDU 5, private-data versions 2-5."""

    priorityCalling: bool = False
    maxRings: int = 0
    answerTreat: ATTAnswerTreat = ATTAnswerTreat.AT_NO_TREATMENT
    destRoute: DeviceID = ""
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(6, "ATTSupervisorAssistCall", versions=(2, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSupervisorAssistCall:
    """Private data of MakeCall or ConsultationCall request. Source: private PDU 6, private-data versions 2-5."""

    split: DeviceID = ""
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(7, "ATTReconnectCall", versions=(2, 5))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTReconnectCall:
    """Private data of ReconnectCall request. Source: private PDU 7, private-data versions 2-5."""

    dropResource: ATTDropResource = ATTDropResource.DR_NONE
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(8, "ATTSendDTMFTone", versions=(2, 4))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSendDTMFTone:
    """Escape service: send dtmftone. Source: private PDU 8, private-data versions 2-4."""

    sender: ConnectionID
    receivers: ATTConnIDList = ()
    tones: str
    toneDuration: int = 0
    pauseDuration: int = 0


@private(9, "ATTSendDTMFToneConfEvent", versions=(2, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSendDTMFToneConf:
    """Escape service confirmed: send dtmftone. Source: private PDU 9, private-data versions 2+."""


@private(65, "ATTSingleStepConferenceCall", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSingleStepConferenceCall:
    """Escape service: single step conference call. Source: private PDU 65, private-data versions 5+."""

    activeCall: ConnectionID
    deviceToBeJoin: DeviceID
    participationType: ParticipationType = ParticipationType.PT_SILENT
    alertDestination: bool = False


@private(66, "ATTSingleStepConferenceCallConfEvent", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSingleStepConferenceCallConf:
    """Escape service confirmed: single step. Source: private PDU 66, private-data versions 5+."""

    newCall: ConnectionID = ConnectionID()
    connList: ConnectionList = ()
    ucid: UCID = ""


@private(67, "ATTSelectiveListeningHold", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSelectiveListeningHold:
    """Escape service: selective listening hold. Source: private PDU 67, private-data versions 5+."""

    subjectConnection: ConnectionID
    allParties: bool = False
    selectedParty: ConnectionID = ConnectionID()


@private(68, "ATTSelectiveListeningHoldConfEvent", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSelectiveListeningHoldConf:
    """Escape service confirmed: selective listening hold. Source: private PDU 68, private-data versions 5+."""


@private(69, "ATTSelectiveListeningRetrieve", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSelectiveListeningRetrieve:
    """Escape service: selective listening retrieve. Source: private PDU 69, private-data versions 5+."""

    subjectConnection: ConnectionID
    allParties: bool = False
    selectedParty: ConnectionID = ConnectionID()


@private(70, "ATTSelectiveListeningRetrieveConfEvent", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSelectiveListeningRetrieveConf:
    """Escape service confirmed: selective listening retrieve. Source: private PDU 70, private-data versions 5+."""


@private(71, "ATTSendDTMFToneV5", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSendDTMFToneV5:
    """Escape service: send dtmftone. Source: private PDU 71, private-data versions 5+."""

    sender: ConnectionID
    receivers: ATTConnIDList = ()
    tones: str
    toneDuration: int = 0
    pauseDuration: int = 0


@private(74, "ATTSetBillRate", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSetBillRate:
    """Escape service: set bill rate. Source: private PDU 74, private-data versions 5+."""

    call: ConnectionID
    billType: BillType = BillType.BT_NEW_RATE
    billRate: float = 0.0


@private(75, "ATTSetBillRateConfEvent", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSetBillRateConf:
    """Escape service confirmed: set bill rate. Source: private PDU 75, private-data versions 5+."""


@private(84, "ATTConsultationCallConfEvent", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTConsultationCallConf:
    """Private data of ConsultationCallConf. Source: private PDU 84, private-data versions 5+."""

    ucid: UCID = ""


@private(85, "ATTMakeCallConfEvent", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTMakeCallConf:
    """Private data of MakeCallConf. Source: private PDU 85, private-data versions 5+."""

    ucid: UCID = ""


@private(86, "ATTMakePredictiveCallConfEvent", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTMakePredictiveCallConf:
    """Private data of MakePredictiveCallConf. Source: private PDU 86, private-data versions 5+."""

    ucid: UCID = ""


@private(90, "ATTConferenceCallConfEvent", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTConferenceCallConf:
    """Private data of ConferenceCallConf. Source: private PDU 90, private-data versions 5+."""

    ucid: UCID = ""


@private(91, "ATTTransferCallConfEvent", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTTransferCallConf:
    """Private data of TransferCallConf. Source: private PDU 91, private-data versions 5+."""

    ucid: UCID = ""


@private(99, "ATTSetAdviceOfCharge", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSetAdviceOfCharge:
    """Escape service: set advice of charge. Source: private PDU 99, private-data versions 5+."""

    featureFlag: bool = False


@private(100, "ATTSetAdviceOfChargeConfEvent", versions=(5, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSetAdviceOfChargeConf:
    """Escape service confirmed: set advice of charge. Source: private PDU 100, private-data versions 5+."""


@private(108, "ATTClearConnectionV6", versions=(6, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTClearConnectionV6:
    """Private data of ClearConnection request. Source: private PDU 108, private-data versions 6+."""

    dropResource: ATTDropResource = ATTDropResource.DR_NONE
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(109, "ATTConsultationCallV6", versions=(6, 9))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTConsultationCallV6:
    """Private data of ConsultationCall request. Source: private PDU 109, private-data versions 6-9."""

    destRoute: DeviceID = ""
    priorityCalling: bool = False
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(110, "ATTMakeCallV6", versions=(6, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTMakeCallV6:
    """Private data of MakeCall request. Source: private PDU 110, private-data versions 6+."""

    destRoute: DeviceID = ""
    priorityCalling: bool = False
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(111, "ATTDirectAgentCallV6", versions=(6, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTDirectAgentCallV6:
    """Private data of MakeCall or ConsultationCall request. Source: private PDU 111, private-data versions 6+."""

    split: DeviceID = ""
    priorityCalling: bool = False
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(112, "ATTMakePredictiveCallV6", versions=(6, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTMakePredictiveCallV6:
    """Private data of MakePredictiveCall request. Source: private PDU 112, private-data versions 6+."""

    priorityCalling: bool = False
    maxRings: int = 0
    answerTreat: ATTAnswerTreat = ATTAnswerTreat.AT_NO_TREATMENT
    destRoute: DeviceID = ""
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(113, "ATTSupervisorAssistCallV6", versions=(6, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSupervisorAssistCallV6:
    """Private data of MakeCall or ConsultationCall request. Source: private PDU 113, private-data versions 6+."""

    split: DeviceID = ""
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(114, "ATTReconnectCallV6", versions=(6, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTReconnectCallV6:
    """Private data of ReconnectCall request. Source: private PDU 114, private-data versions 6+."""

    dropResource: ATTDropResource = ATTDropResource.DR_NONE
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()


@private(142, "ATTSingleStepTransferCall", versions=(8, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSingleStepTransferCall:
    """Escape service: single step transfer call. Source: private PDU 142, private-data versions 8+."""

    activeCall: ConnectionID
    transferredTo: DeviceID


@private(143, "ATTSingleStepTransferCallConfEvent", versions=(8, 8))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSingleStepTransferCallConf:
    """Escape service confirmed: single step transfer call. Source: private PDU 143, private-data versions 8."""

    transferredCall: ConnectionID = ConnectionID()


@private(148, "ATTSingleStepTransferCallConfEventV9", versions=(9, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTSingleStepTransferCallConfV9:
    """Escape service confirmed: single step transfer call. Source: private PDU 148, private-data versions 9+."""

    transferredCall: ConnectionID = ConnectionID()
    ucid: UCID = ""


@private(149, "ATTConsultationCallV10", versions=(10, None))
@dataclass(frozen=True, slots=True, kw_only=True)
class ATTConsultationCallV10:
    """Private data of ConsultationCall request. Source: private PDU 149, private-data versions 10+."""

    destRoute: DeviceID = ""
    priorityCalling: bool = False
    userInfo: ATTUserToUserInfo = ATTUserToUserInfo()
    consultOptions: ATTConsultOptions = ATTConsultOptions.UNRESTRICTED
