"""Calls that are held, go elsewhere, or end."""

from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import Call, Party
from ivrsvr.backends.simulator.switch.reports import Report
from ivrsvr.backends.simulator.switch.tell.shared import NONE
from ivrsvr.csta.enums import (
    ATTConsultMode,
)
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.events import (
    CallCleared,
    ConnectionCleared,
    Diverted,
    Held,
    Retrieved,
)
from ivrsvr.csta.private.events import (
    ATTCallCleared,
    ATTConnectionClearedV7,
    ATTDivertedV7,
    ATTHeldV9,
)
from ivrsvr.csta.types import ConnectionID, ExtendedDeviceID, provided


def diverted(core: Core, call: Call, left: ConnectionID, to: ExtendedDeviceID, cause: Cause) -> None:
    """The call left a station without being answered there; only that station is told.

    A station that called itself is still on the call.
    """
    station = left.deviceID.partition("#")[0]
    core.report(
        Report(
            Diverted(
                connection=left,
                divertingDevice=provided(left.deviceID),
                newDestination=to,
                localConnectionInfo=NONE,
                cause=cause,
            ),
            ATTDivertedV7(),
            call.callID,
            {station: core.states_of(call).get(station, State.CS_NULL)},
        )
    )


def held(core: Core, party: Party, mode: ATTConsultMode = ATTConsultMode.ATT_CM_NONE) -> None:
    core.report(
        Report(
            Held(
                heldConnection=party.connection,
                holdingDevice=party.identity,
                localConnectionInfo=NONE,
                cause=Cause.EC_NONE,
            ),
            ATTHeldV9(consultMode=mode),
            party.call.callID,
            core.states_of(party.call),
            notify=True,
        )
    )


def retrieved(core: Core, party: Party) -> None:
    core.report(
        Report(
            Retrieved(
                retrievedConnection=party.connection,
                retrievingDevice=party.identity,
                localConnectionInfo=NONE,
                cause=Cause.EC_NONE,
            ),
            None,
            party.call.callID,
            core.states_of(party.call),
            notify=True,
        )
    )


def connection_cleared(
    core: Core,
    call: Call,
    left: ConnectionID,
    releasing: ExtendedDeviceID,
    station: str,
    *,
    notify: bool,
    cause: Cause = Cause.EC_NONE,
) -> None:
    """A party has left. station: its extension, "" for an outside party; its own monitor sees CS_NULL."""
    devices = core.states_of(call)
    if station and station not in devices:
        devices[station] = State.CS_NULL
    core.report(
        Report(
            ConnectionCleared(droppedConnection=left, releasingDevice=releasing, localConnectionInfo=NONE, cause=cause),
            ATTConnectionClearedV7(userInfo=call.dropInfo),
            call.callID,
            devices,
            notify=notify and call.predictive is None,
            first_leg=notify and call.predictive is not None,
        )
    )


def call_cleared(core: Core, call: Call, cause: Cause = Cause.EC_NONE) -> None:
    """The call is over; call and calls-via-device monitors are told."""
    core.report(
        Report(
            CallCleared(clearedCall=ConnectionID(call.callID), localConnectionInfo=NONE, cause=cause),
            ATTCallCleared(reason=call.reason),
            call.callID,
            notify=True,
        )
    )
