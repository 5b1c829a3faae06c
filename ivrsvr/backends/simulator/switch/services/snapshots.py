"""Snapshots: what a device or a call looks like now. Source: TSAPI SnapshotDevice, SnapshotCall."""

from ivrsvr.backends.base import Confirmation
from ivrsvr.backends.simulator.switch.model import Call, Kind, Party
from ivrsvr.backends.simulator.switch.services.asked import Asked
from ivrsvr.csta.monitor import SnapshotCallConf, SnapshotDeviceConf
from ivrsvr.csta.private.monitor import ATTSnapshotCallInfoConfV7
from ivrsvr.csta.types import (
    NOT_KNOWN,
    CSTASnapshotCallResponseInfo,
    CSTASnapshotDeviceResponseInfo,
    provided,
)

MOST_CALLS = 10
"""Calls of a device that a snapshot reports; further ones are omitted."""


def snapshot_device(asked: Asked) -> Confirmation:
    station = asked.core.station(asked.pdu.snapshotObject)
    return Confirmation(
        SnapshotDeviceConf(
            snapshotData=tuple(
                CSTASnapshotDeviceResponseInfo(
                    party.connection,
                    (
                        party.state,
                        *(other.state for other in party.call.others(party) if other.kind is not Kind.PARKED),
                    ),
                )
                for party in station.parties[:MOST_CALLS]
            )
        )
    )


def snapshot_call(asked: Asked) -> Confirmation:
    call = asked.core.call(asked.pdu.snapshotObject.callID)
    return Confirmation(SnapshotCallConf(snapshotData=describe(call)), ATTSnapshotCallInfoConfV7())


def describe(call: Call) -> tuple[CSTASnapshotCallResponseInfo, ...]:
    """Every party of a call with its connection and state."""

    def entry(party: Party) -> CSTASnapshotCallResponseInfo:
        device = NOT_KNOWN if party.kind is Kind.TRUNK else provided(party.device)
        return CSTASnapshotCallResponseInfo(device, party.connection, party.state)

    # Where a call is parked is not told: the station has left it.
    return tuple(entry(party) for party in call.parties if party.kind is not Kind.PARKED)
