"""What the switch tells the AES: happenings, before they are told to any monitor, and outcomes of services.

A report carries the event as one monitor would get it, except for the local state, which differs from monitor to
monitor; its private data is in the newest layout. Who is told is data too, so that the AES only has to look it up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ivrsvr.backends.base import Confirmation, Pdu
from ivrsvr.csta.enums import LocalConnectionState
from ivrsvr.csta.errors import CstaFailure

Outcome: TypeAlias = Confirmation | CstaFailure
Reply: TypeAlias = Callable[[Outcome], None]
"""Called exactly once with the outcome of a service, at once or later (a set that must be lifted by hand, say)."""


@dataclass(frozen=True, slots=True)
class Report:
    """One happening on the switch.

    event:    the CSTA event, its localConnectionInfo CS_NONE. None: nothing is told; monitors of `domain` follow the
              call from now on (a predictive call, which belongs to its group before anything is told).
    private:  newest layout, or None.
    callID:   the call; 0 when it is about no call.
    devices:  stations whose device monitors are told, each with the state that the station has on the call now.
    notify:   call monitors of the call and calls-via-device monitors that follow the call are told.
    domain:   the VDN or split at which the call arrives with this event (a Delivered of type DELIVERED_TO_ACD, or a
              Queued at a split that was dialled): its calls-via-device monitors follow the call from now on, and it is
              told to them alone. Monitors of another domain that follow the call get Diverted and let it go, if the
              new domain is monitored.
    ended:    a call id that ended by merging into callID (transfer, conference); 0 = none.
    first_leg: of a predictive call whose answer the classifier awaits: of the calls-via-device monitors that follow it,
              those that asked for its events are told.
    groups:   splits whose device monitors are told (LoggedOn, LoggedOff).
    """

    event: Pdu
    private: Pdu = None
    callID: int = 0
    devices: Mapping[str, LocalConnectionState] = field(default_factory=dict)
    notify: bool = False
    domain: str = ""
    ended: int = 0
    first_leg: bool = False
    groups: tuple[str, ...] = ()
