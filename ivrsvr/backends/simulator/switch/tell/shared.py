"""What several events say in the same way."""

from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.model import AcdDelivery, Call
from ivrsvr.csta.enums import DeviceIDType
from ivrsvr.csta.types import NOT_KNOWN, NOT_REQUIRED, ExtendedDeviceID, provided

NONE = State.CS_NONE


def device_or_none(device: str) -> ExtendedDeviceID:
    """A device, or "not required" where there is none."""
    return provided(device) if device else NOT_REQUIRED


def trunk_of(core: Core, call: Call) -> tuple[str, str]:
    """Trunk group and member; where the switch is set so, only in place of a calling number."""
    if not core.world.system.trunkGroupAlways and call.calling.deviceIDType != DeviceIDType.TRUNK_IDENTIFIER:
        return "", ""
    return (call.trunk.group, call.trunk.member) if call.trunk else ("", "")


def distribution_of(call: Call, acd: AcdDelivery | None) -> tuple[str, ExtendedDeviceID, ExtendedDeviceID]:
    """split, distributingDevice and distributingVDN of a call that an ACD distributed; empty otherwise."""
    if acd is None:
        return "", NOT_KNOWN, NOT_KNOWN
    first = call.first_vdn or acd.skill
    return acd.skill, provided(first), provided(call.vdn) if call.vdn else NOT_KNOWN
