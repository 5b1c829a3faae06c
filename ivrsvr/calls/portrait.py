"""The calls that a device's monitor reports as plain data, and back: what the journal keeps through a restart.

Only what reconciling needs: which calls there were, with whom, in which states. A snapshot of the switch completes it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from ivrsvr.calls.model import Call, CallModel, Connection
from ivrsvr.csta.enums import ConnectionIDDevice, DeviceIDStatus, DeviceIDType, LocalConnectionState
from ivrsvr.csta.types import ExtendedDeviceID

Portrait: TypeAlias = list[dict[str, Any]]


def draw(model: CallModel, device: str) -> Portrait:
    """The calls of a device as JSON values."""
    return [_drawn(call) for call in model.watched_by(device)]


def as_text(model: CallModel, device: str, agents: Mapping[str, str]) -> str:
    """The calls of a device, and who is logged in there, as JSON: the same wherever the same is known of it."""
    return json.dumps({"calls": draw(model, device), "agents": dict(sorted(agents.items()))}, separators=(",", ":"))


def read(text: str, device: str) -> tuple[CallModel, dict[str, str]]:
    """What `as_text` has written: a model of the calls, and who is logged in, by station.

    Raises ValueError for anything else.
    """
    model = CallModel()
    try:
        known = json.loads(text)
        restore(model, device, known["calls"])
        return model, {str(station): str(login) for station, login in known["agents"].items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"no portrait: {error!r}") from None


def _drawn(call: Call) -> dict[str, Any]:
    return {
        "callid": call.callID,
        "ucid": call.ucid,
        "ucids": sorted(call.ucids),
        "formerly": sorted(call.formerly),
        "calling": _device(call.callingDevice),
        "called": _device(call.calledDevice),
        "dialled": call.dialled,
        "trunkgroup": call.trunkGroup,
        "trunkmember": call.trunkMember,
        "split": call.split,
        "parties": [
            [one.deviceID, int(one.devIDType), int(one.state), list(one.names), one.trunkGroup, one.trunkMember]
            for one in call.parties
        ],
    }


def _device(device: ExtendedDeviceID) -> list[Any]:
    return [device.deviceID, int(device.deviceIDType), int(device.deviceIDStatus)]


def restore(model: CallModel, device: str, portrait: Iterable[dict[str, Any]]) -> None:
    """Make a model know the calls of a device as they were.

    Raises KeyError, TypeError or ValueError for data that are no portrait; the model may have some of them then.
    """
    for drawn in portrait:
        call = model.calls.get(int(drawn["callid"])) or _restored(model, drawn)
        model.watch(call, device)


def _restored(model: CallModel, drawn: dict[str, Any]) -> Call:
    call = model.open(int(drawn["callid"]))
    for ucid in drawn["ucids"]:
        model.rename(call, str(ucid))
    model.rename(call, str(drawn["ucid"]))
    call.formerly = frozenset(int(one) for one in drawn["formerly"])
    call.callingDevice, call.calledDevice = _told(drawn["calling"]), _told(drawn["called"])
    call.dialled, call.split = str(drawn["dialled"]), str(drawn["split"])
    call.trunkGroup, call.trunkMember = str(drawn["trunkgroup"]), str(drawn["trunkmember"])
    for name, kind, state, names, group, member in drawn["parties"]:
        model.happenings += 1
        connection = Connection(
            call.callID,
            str(name),
            ConnectionIDDevice(kind),
            LocalConnectionState(state),
            tuple(str(one) for one in names),
            str(group),
            str(member),
            since=model.happenings,
        )
        model.join(call, connection)
    return call


def _told(device: list[Any]) -> ExtendedDeviceID:
    name, kind, status = device
    return ExtendedDeviceID(str(name), DeviceIDType(kind), DeviceIDStatus(status))
