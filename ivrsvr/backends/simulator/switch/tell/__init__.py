"""How happenings are told: one function an event, building the CSTA event, its private data and who is told.

Device monitors of the stations on a call are told with the station's own state; call monitors and calls-via-device
monitors with `notify`. Source: docs/switch.md, "who gets what".
"""

from ivrsvr.backends.simulator.switch.tell.coming import (
    delivered,
    entered_digits,
    established,
    failed,
    followed,
    network_reached,
    offered,
    originated,
    queued,
    service_initiated,
)
from ivrsvr.backends.simulator.switch.tell.going import call_cleared, connection_cleared, diverted, held, retrieved
from ivrsvr.backends.simulator.switch.tell.merging import conferenced, transferred
from ivrsvr.backends.simulator.switch.tell.shared import device_or_none
from ivrsvr.backends.simulator.switch.tell.staff import logged_off, logged_on

__all__ = (
    "call_cleared",
    "conferenced",
    "connection_cleared",
    "delivered",
    "device_or_none",
    "diverted",
    "entered_digits",
    "established",
    "failed",
    "followed",
    "held",
    "logged_off",
    "logged_on",
    "network_reached",
    "offered",
    "originated",
    "queued",
    "retrieved",
    "service_initiated",
    "transferred",
)
