"""Escape services and private events."""

from ivrsvr.csta import system
from ivrsvr.csta.enums import (
    ParticipationType,
)
from ivrsvr.csta.private import call as private_call
from ivrsvr.csta.private import monitor as private_monitor
from ivrsvr.csta.private import query as private_query
from ivrsvr.csta.private import system as private_system
from ivrsvr.csta.types import ConnectionID
from tests.conformance.services.desk import Desk
from tests.conformance.services.scenes import (
    Failure,
    Row,
    agent,
    deaf,
    escape,
    escape_on,
    own,
    plain,
    via,
)

ROWS: tuple[Row, ...] = (
    # ---- escape services
    Row(system.EscapeSvc, "without private data it means nothing", plain(system.EscapeSvc()), Failure.INVALID_FEATURE),
    Row(
        system.EscapeSvcReqConf,
        "taken; the switch never asks",
        plain(system.EscapeSvcReqConf(errorValue=Failure.GENERIC_UNSPECIFIED)),
        None,
    ),
    Row(system.SendPrivate, "taken, without effect", plain(system.SendPrivate(), private_query.ATTQueryTod()), None),
    Row(
        private_call.ATTSendDTMFTone,
        "tones to all parties",
        escape_on(Desk.talk, lambda made: private_call.ATTSendDTMFTone(sender=own(made), tones="12#")),
        system.EscapeSvcConf,
        private_call.ATTSendDTMFToneConf,
        version=4,
    ),
    Row(
        private_call.ATTSendDTMFToneV5,
        "tones to all parties or some",
        escape_on(Desk.talk, lambda made: private_call.ATTSendDTMFToneV5(sender=own(made), tones="12#")),
        system.EscapeSvcConf,
        private_call.ATTSendDTMFToneConf,
    ),
    Row(
        private_call.ATTSingleStepConferenceCall,
        "a station joins a call, talking or silent",
        escape_on(
            Desk.talk,
            lambda made: private_call.ATTSingleStepConferenceCall(
                activeCall=own(made), deviceToBeJoin="103", participationType=ParticipationType.PT_ACTIVE
            ),
        ),
        system.EscapeSvcConf,
        private_call.ATTSingleStepConferenceCallConf,
        then=("Established",),
    ),
    Row(
        private_call.ATTSingleStepTransferCall,
        "a party is replaced by another",
        escape_on(
            Desk.talk, lambda made: private_call.ATTSingleStepTransferCall(activeCall=own(made), transferredTo="103")
        ),
        system.EscapeSvcConf,
        private_call.ATTSingleStepTransferCallConfV9,
        then=("Transferred",),
    ),
    Row(
        private_call.ATTSelectiveListeningHold,
        "a party hears others no more",
        escape_on(
            Desk.talk, lambda made: private_call.ATTSelectiveListeningHold(subjectConnection=own(made), allParties=True)
        ),
        system.EscapeSvcConf,
        private_call.ATTSelectiveListeningHoldConf,
    ),
    Row(
        private_call.ATTSelectiveListeningRetrieve,
        "a party hears the others again",
        escape_on(
            deaf, lambda made: private_call.ATTSelectiveListeningRetrieve(subjectConnection=own(made), allParties=True)
        ),
        system.EscapeSvcConf,
        private_call.ATTSelectiveListeningRetrieveConf,
    ),
    Row(
        private_call.ATTSetBillRate,
        "not offered, as the capabilities say",
        escape_on(Desk.talk, lambda made: private_call.ATTSetBillRate(call=own(made))),
        Failure.INVALID_FEATURE,
    ),
    Row(
        private_call.ATTSetAdviceOfCharge,
        "not offered, as the capabilities say",
        escape(private_call.ATTSetAdviceOfCharge(featureFlag=True)),
        Failure.INVALID_FEATURE,
    ),
    Row(
        private_monitor.ATTMonitorStopOnCall,
        "a monitor of the calls via a device lets a call go",
        escape_on(via, lambda stop: stop),
        system.EscapeSvcConf,
        private_monitor.ATTMonitorStopOnCallConf,
    ),
    Row(
        private_query.ATTQueryAcdSplit,
        "agents and calls of a split",
        escape(private_query.ATTQueryAcdSplit(device="201")),
        system.EscapeSvcConf,
        private_query.ATTQueryAcdSplitConf,
    ),
    Row(
        private_query.ATTQueryAgentLogin,
        "who is logged in, in pieces; an empty one ends them",
        escape_on(agent, lambda _: private_query.ATTQueryAgentLogin(device="201")),
        system.EscapeSvcConf,
        private_query.ATTQueryAgentLoginConf,
        then=("ATTQueryAgentLoginResp", "ATTQueryAgentLoginResp"),
    ),
    Row(
        private_query.ATTQueryCallClassifier,
        "free and busy classifiers",
        escape(private_query.ATTQueryCallClassifier()),
        system.EscapeSvcConf,
        private_query.ATTQueryCallClassifierConf,
    ),
    Row(
        private_query.ATTQueryDeviceName,
        "the name of a device",
        escape(private_query.ATTQueryDeviceName(device="101")),
        system.EscapeSvcConf,
        private_query.ATTQueryDeviceNameConfV7,
    ),
    Row(
        private_query.ATTQueryStationStatus,
        "on a call or not",
        escape(private_query.ATTQueryStationStatus(device="101")),
        system.EscapeSvcConf,
        private_query.ATTQueryStationStatusConf,
        version=9,
    ),
    Row(
        private_query.ATTQueryStationStatusV10,
        "on a call or not, in service or not",
        escape(private_query.ATTQueryStationStatusV10(device="101")),
        system.EscapeSvcConf,
        private_query.ATTQueryStationStatusConfV10,
    ),
    Row(
        private_query.ATTQueryTod,
        "the switch's date and time",
        escape(private_query.ATTQueryTod()),
        system.EscapeSvcConf,
        private_query.ATTQueryTodConf,
    ),
    Row(
        private_query.ATTQueryTg,
        "free and used trunks of a group, by its access code",
        escape(private_query.ATTQueryTg(device="405")),
        system.EscapeSvcConf,
        private_query.ATTQueryTgConf,
    ),
    Row(
        private_query.ATTQueryUcid,
        "the UCID of a call, by its call id alone",
        escape_on(Desk.talk, lambda made: private_query.ATTQueryUcid(call=ConnectionID(made))),
        system.EscapeSvcConf,
        private_query.ATTQueryUcidConf,
    ),
    Row(
        private_system.ATTPFeature,
        "not offered; its meaning is not known",
        escape(private_system.ATTPFeature()),
        Failure.INVALID_FEATURE,
    ),
    Row(
        private_system.ATTPResponse,
        "not offered; its meaning is not known",
        escape(private_system.ATTPResponse()),
        Failure.INVALID_FEATURE,
    ),
    Row(
        private_system.ATTUseUnifiedDesktopLicense,
        "confirmed; desktop licences are not counted",
        escape(private_system.ATTUseUnifiedDesktopLicense()),
        system.EscapeSvcConf,
        private_system.ATTUseUnifiedDesktopLicenseConf,
    ),
)
