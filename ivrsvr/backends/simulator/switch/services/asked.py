"""What a service is asked with, and the look-ups and refusals that services share."""

from dataclasses import dataclass

from ivrsvr.backends.base import Pdu
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.equipment import Station
from ivrsvr.backends.simulator.switch.model import Kind, Party
from ivrsvr.backends.simulator.switch.reports import Reply
from ivrsvr.csta.enums import ConnectionIDDevice
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.types import ConnectionID

Failure = CSTAUniversalFailure


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. A service returns its confirmation, raises CstaFailure, or returns None and calls `reply` later."""

    core: Core
    pdu: Pdu
    private: Pdu
    """None when the request brought none; an escape service always has it."""
    reply: Reply

    def refuse(self, failure: CstaFailure) -> None:
        self.reply(failure)


def static_station(core: Core, connection: ConnectionID) -> Station:
    """The station of a static connection id.

    Raises CstaFailure MISTYPED_ARGUMENT_REJECTION for a dynamic one, INVALID_CSTA_DEVICE_IDENTIFIER.
    """
    if connection.devIDType == ConnectionIDDevice.DYNAMIC_ID:
        station, hash_, number = connection.deviceID.partition("#")
        # A local station that is on the call twice has a dynamic id of its own form.
        if not (hash_ and number.isdigit() and station in core.stations):
            raise CstaFailure(
                Failure.MISTYPED_ARGUMENT_REJECTION, f"{connection.deviceID!r} is not a station's static connection"
            )
        return core.stations[station]
    return core.station(connection.deviceID)


def own_party(core: Core, connection: ConnectionID, *, no_call: Failure, no_party: Failure) -> Party:
    """The party of a station on a call.

    Raises CstaFailure: as `static_station`; no_call when there is no such call, no_party when it is not on it.
    """
    station = static_station(core, connection)
    if connection.callID not in core.calls:
        raise CstaFailure(no_call, f"there is no call {connection.callID}")
    party = core.find(connection)
    if party is None or party.kind is not Kind.STATION:
        raise CstaFailure(no_party, f"station {station.extension} is not on call {connection.callID}")
    return party


def any_party(core: Core, connection: ConnectionID, *, no_call: Failure, no_party: Failure) -> Party:
    """Any party on a call, stations and outside parties.

    Raises CstaFailure no_call or no_party.
    """
    if connection.callID not in core.calls:
        raise CstaFailure(no_call, f"there is no call {connection.callID}")
    party = core.find(connection)
    if party is None:
        raise CstaFailure(no_party, f"{connection.deviceID or 'nobody'} is not on call {connection.callID}")
    return party
