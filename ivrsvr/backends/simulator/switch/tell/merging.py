"""Calls that become one: transfer and conference."""

from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import Call
from ivrsvr.backends.simulator.switch.reports import Report
from ivrsvr.backends.simulator.switch.tell.shared import NONE
from ivrsvr.csta.enums import CSTAEventCause as Cause
from ivrsvr.csta.events import (
    Conferenced,
    Transferred,
)
from ivrsvr.csta.private.events import (
    ATTConferencedV7,
    ATTTransferredV7,
)
from ivrsvr.csta.private.structures import ATTTrunkInfo
from ivrsvr.csta.types import NOT_KNOWN, ConnectionID, ExtendedDeviceID, provided


def _trunk_list(call: Call) -> tuple[ATTTrunkInfo, ...]:
    return tuple(
        ATTTrunkInfo(party.connection, party.trunk.group, party.trunk.member)
        for party in call.parties
        if party.trunk is not None
    )


def _merged_private(call: Call, kind: type[ATTTransferredV7] | type[ATTConferencedV7]) -> object:
    distributing = provided(call.first_vdn) if call.first_vdn else NOT_KNOWN
    return kind(
        originalCallInfo=call.original,
        distributingDevice=distributing,
        ucid=call.ucid,
        trunkList=_trunk_list(call),
        distributingVDN=provided(call.vdn) if call.vdn else NOT_KNOWN,
    )


def transferred(
    core: Core,
    call: Call,
    by: str,
    primary: ConnectionID,
    secondary: ConnectionID,
    to: ExtendedDeviceID,
    *,
    unaware: str = "",
    before: int | None = None,
) -> None:
    """The transferring station has left; its calls are one. unaware: a station that only learns of it by ringing.

    before: the place in what this act reports (`Core.reported`); None = the end.
    """
    devices = core.states_of(call)
    if unaware != by:
        devices.pop(unaware, None)
    devices.setdefault(by, State.CS_NULL)
    core.report(
        Report(
            Transferred(
                primaryOldCall=primary,
                secondaryOldCall=secondary,
                transferringDevice=provided(by),
                transferredDevice=to,
                transferredConnections=call.listed,
                localConnectionInfo=NONE,
                cause=Cause.EC_TRANSFER,
            ),
            _merged_private(call, ATTTransferredV7),
            call.callID,
            devices,
            notify=True,
            ended=primary.callID if primary.callID != call.callID else 0,
        ),
        before=before,
    )


def conferenced(
    core: Core, call: Call, by: str, primary: ConnectionID, secondary: ConnectionID, added: ExtendedDeviceID
) -> None:
    """Two calls of the controller are one; everybody stays."""
    core.report(
        Report(
            Conferenced(
                primaryOldCall=primary,
                secondaryOldCall=secondary,
                confController=provided(by),
                addedParty=added,
                conferenceConnections=call.listed,
                localConnectionInfo=NONE,
                cause=Cause.EC_NONE,
            ),
            _merged_private(call, ATTConferencedV7),
            call.callID,
            core.states_of(call),
            notify=True,
            ended=primary.callID if primary.callID != call.callID else 0,
        )
    )
