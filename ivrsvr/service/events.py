"""CSTA event -> JSON event: the one place that knows the shapes of the ten event types and of our extensions.

Everything here is pure: an event goes in with the device that is monitored, a dict with the contract's keys in the
contract's order comes out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from ivrsvr.calls.fold import MERGED
from ivrsvr.calls.model import Call
from ivrsvr.csta.enums import ATTWorkMode, DeviceIDStatus, ReasonForCallInfo
from ivrsvr.csta.events import (
    CallCleared,
    Conferenced,
    ConnectionCleared,
    Delivered,
    Diverted,
    Established,
    Failed,
    Held,
    LoggedOff,
    LoggedOn,
    NetworkReached,
    NotReady,
    Queued,
    Ready,
    Retrieved,
    Transferred,
    WorkNotReady,
    WorkReady,
)
from ivrsvr.csta.monitor import MonitorEnded
from ivrsvr.csta.private.structures import ATTOriginalCallInfoV7, ATTUserToUserInfo
from ivrsvr.csta.types import ConnectionID, ConnectionList, ExtendedDeviceID
from ivrsvr.service.userdata import NOTHING, text_of

Event: TypeAlias = dict[str, Any]

CONTRACT_TYPES = (
    "offer",
    "alert",
    "connect",
    "fail",
    "hold",
    "retrieve",
    "disconnect",
    "transfer",
    "conference",
    "idle",
)
"""Event types that every subscriber gets."""

EXTENSION_TYPES = (
    "agentlogin",
    "agentlogout",
    "agentstate",
    "queued",
    "divert",
    "callcleared",
    "monitorended",
    "linkdown",
    "linkup",
    "draining",
)
"""Event types for subscribers that asked for `events: "all"`."""

WORK_MODES: dict[ATTWorkMode, str] = {
    ATTWorkMode.WM_AUX_WORK: "aux",
    ATTWorkMode.WM_AFTCAL_WK: "acw",
    ATTWorkMode.WM_AUTO_IN: "auto",
    ATTWorkMode.WM_MANUAL_IN: "manual",
}
"""What JSON calls an agent's work mode; any other is "null"."""

_AGENT_STATES: dict[type, str] = {NotReady: "notready", Ready: "ready", WorkNotReady: "acw", WorkReady: "workready"}

_PARTIES = ("party1", "party2", "party3", "party4", "party5", "party6")

NO_ORIGINAL = ATTOriginalCallInfoV7()


@dataclass(frozen=True, slots=True)
class Scene:
    """What a JSON event needs besides the CSTA event.

    device:    that is monitored.
    reference: of its monitor.
    time:      of receipt, whole seconds since 1970-01-01 UTC.
    resolve:   UUI -> the user data behind it.
    call:      the call as known now, None = unknown.
    """

    device: str
    reference: int
    time: int
    resolve: Callable[[ATTUserToUserInfo], str]
    call: Call | None = None


def device_of(device: ExtendedDeviceID, connection: ConnectionID | None = None) -> str:
    """A device's id; where the switch doesn't know it, its id on the call (without a connection: "")."""
    if device.deviceIDStatus is DeviceIDStatus.ID_PROVIDED:
        return device.deviceID
    return connection.deviceID if connection is not None else ""


def _original(private: Any) -> ATTOriginalCallInfoV7:
    """What the event says of the call before it was consulted, transferred...; empty where it says nothing."""
    info = getattr(private, "originalCallInfo", None)
    return info if info is not None and info.reason is not ReasonForCallInfo.OR_NONE else NO_ORIGINAL


def _uui(private: Any, original: ATTOriginalCallInfoV7) -> ATTUserToUserInfo:
    info: ATTUserToUserInfo = getattr(private, "userInfo", NOTHING)
    return info if info.data else original.userInfo


def _head(scene: Scene, eventtype: str) -> Event:
    return {"msgtype": "event", "eventtype": eventtype, "referenceid": scene.reference}


def _call_head(scene: Scene, eventtype: str, pdu: Delivered | Established, original: ATTOriginalCallInfoV7) -> Event:
    calling, called = device_of(pdu.callingDevice), device_of(pdu.calledDevice)
    known = original is not NO_ORIGINAL
    return {
        "msgtype": "event",
        "eventtype": eventtype,
        "referenceid": scene.reference,
        "origcalling": device_of(original.callingDevice) if known else calling,
        "origcalled": device_of(original.calledDevice) if known else called,
        "calling": calling,
        "called": called,
    }


def _code(private: Any, original: ATTOriginalCallInfoV7) -> str:
    code = getattr(private, "userEnteredCode", None)
    return (code.data if code is not None else "") or original.userEnteredCode.data


def _full(scene: Scene, pdu: Delivered | Established, private: Any, eventtype: str, who: str, device: str) -> Event:
    """`offer` and `connect`, which differ in one key."""
    original = _original(private)
    uui = _uui(private, original)
    event = _call_head(scene, eventtype, pdu, original)
    event[who] = device
    event["ucid"] = getattr(private, "ucid", "")
    event["uui"] = text_of(uui)
    event["uec"] = _code(private, original)
    event["split"] = getattr(private, "split", "")
    event["custdata"] = scene.resolve(uui)
    event["time"] = scene.time
    event["trunkgroup"] = getattr(private, "trunkGroup", "") or original.trunkGroup
    event["trunkmember"] = getattr(private, "trunkMember", "") or original.trunkMember
    event["lastredirection"] = device_of(pdu.lastRedirectionDevice)
    return event


def _delivered(scene: Scene, pdu: Delivered, private: Any) -> Event:
    alerting = device_of(pdu.alertingDevice, pdu.connection)
    full = _full(scene, pdu, private, "offer", "alerting", alerting)
    full["callid"] = pdu.connection.callID
    if scene.device in (alerting, pdu.connection.deviceID):
        return full
    full["eventtype"] = "alert"
    for key in ("uec", "split", "lastredirection"):
        del full[key]
    return full


def alert_data(scene: Scene, pdu: Delivered, private: Any) -> Event:
    """The answer of `userdata` type `alert`: the last call that alerted, with the keys of that answer."""
    offer = _full(scene, pdu, private, "offer", "alerting", device_of(pdu.alertingDevice, pdu.connection))
    return {
        "callid": pdu.connection.callID,
        "calling": offer["calling"],
        "called": offer["called"],
        "alerting": offer["alerting"],
        "cli": offer["origcalling"],
        "dnis": offer["origcalled"],
        "uec": offer["uec"],
        "ucid": offer["ucid"],
        "split": offer["split"],
        "trunkgroup": offer["trunkgroup"],
        "trunkmember": offer["trunkmember"],
    }


def _established(scene: Scene, pdu: Established, private: Any) -> Event:
    answering = device_of(pdu.answeringDevice, pdu.establishedConnection)
    event = _full(scene, pdu, private, "connect", "answering", answering)
    event["callid"] = pdu.establishedConnection.callID
    return event


def _network_reached(scene: Scene, pdu: NetworkReached, private: Any) -> Event | None:
    """`alert` of a call over a trunk that tells no more: no Delivered follows there, and the called number is unknown.

    Source: ASAI Technical Reference A-60.
    """
    if pdu.calledDevice.deviceIDStatus is DeviceIDStatus.ID_PROVIDED:
        return None
    call = scene.call
    calling = device_of(call.callingDevice) if call is not None else scene.device
    called = (call.dialled or device_of(call.calledDevice)) if call is not None else ""
    userdata = call.userInfo if call is not None else NOTHING
    return {
        **_head(scene, "alert"),
        "origcalling": calling,
        "origcalled": called,
        "calling": calling,
        "called": called,
        "alerting": called,
        "ucid": call.ucid if call is not None else "",
        "uui": text_of(userdata),
        "custdata": scene.resolve(userdata),
        "time": scene.time,
        "trunkgroup": getattr(private, "trunkGroup", ""),
        "trunkmember": getattr(private, "trunkMember", ""),
        "callid": pdu.connection.callID,
    }


def _failed(scene: Scene, pdu: Failed, _private: Any) -> Event:
    return {
        **_head(scene, "fail"),
        "failing": device_of(pdu.failingDevice, pdu.failedConnection),
        "called": device_of(pdu.calledDevice),
        "cause": int(pdu.cause),
        "time": scene.time,
        "callid": pdu.failedConnection.callID,
    }


def _held(scene: Scene, pdu: Held, _private: Any) -> Event:
    return {
        **_head(scene, "hold"),
        "holding": device_of(pdu.holdingDevice, pdu.heldConnection),
        "time": scene.time,
        "callid": pdu.heldConnection.callID,
    }


def _retrieved(scene: Scene, pdu: Retrieved, _private: Any) -> Event:
    return {
        **_head(scene, "retrieve"),
        "retrieving": device_of(pdu.retrievingDevice, pdu.retrievedConnection),
        "time": scene.time,
        "callid": pdu.retrievedConnection.callID,
    }


def _cleared(scene: Scene, pdu: ConnectionCleared, private: Any) -> Event:
    uui: ATTUserToUserInfo = getattr(private, "userInfo", NOTHING)
    return {
        **_head(scene, "disconnect"),
        "releasing": device_of(pdu.releasingDevice, pdu.droppedConnection),
        "uui": text_of(uui),
        "custdata": scene.resolve(uui),
        "time": scene.time,
        "callid": pdu.droppedConnection.callID,
    }


def _joined(scene: Scene, private: Any, event: Event, connections: ConnectionList, ids: tuple[int, int]) -> Event:
    """The common part of `transfer` and `conference`."""
    original = _original(private)
    trunks = getattr(private, "trunkList", ())
    userdata = scene.resolve(original.userInfo)
    event["ucid"] = getattr(private, "ucid", "")
    event["uui"] = text_of(original.userInfo)
    event["cusdata"] = userdata
    event["time"] = scene.time
    event["trunkgroup"] = trunks[0].trunkGroup if trunks else original.trunkGroup
    event["trunkmember"] = trunks[0].trunkMember if trunks else original.trunkMember
    event["primarycallid"], event["secondarycallid"] = ids
    for index, party in enumerate(_PARTIES):
        event[party] = (
            device_of(connections[index].staticDevice, connections[index].party) if index < len(connections) else ""
        )
    event["custdata"] = userdata
    return event


def _transferred(scene: Scene, pdu: Transferred, private: Any) -> Event:
    event = _head(scene, "transfer")
    event["transferring"] = device_of(pdu.transferringDevice)
    event["transferred"] = device_of(pdu.transferredDevice)
    ids = pdu.primaryOldCall.callID, pdu.secondaryOldCall.callID
    return _joined(scene, private, event, pdu.transferredConnections, ids)


def _conferenced(scene: Scene, pdu: Conferenced, private: Any) -> Event:
    event = _head(scene, "conference")
    event["controller"] = device_of(pdu.confController)
    event["addedparty"] = device_of(pdu.addedParty)
    ids = pdu.primaryOldCall.callID, pdu.secondaryOldCall.callID
    return _joined(scene, private, event, pdu.conferenceConnections, ids)


# ---- extensions


def _queued(scene: Scene, pdu: Queued, _private: Any) -> Event:
    return {
        **_head(scene, "queued"),
        "split": device_of(pdu.queueingDevice, pdu.queuedConnection),
        "calling": device_of(pdu.callingDevice),
        "called": device_of(pdu.calledDevice),
        "position": pdu.numberQueued,
        "time": scene.time,
        "callid": pdu.queuedConnection.callID,
    }


def _diverted(scene: Scene, pdu: Diverted, _private: Any) -> Event:
    return {
        **_head(scene, "divert"),
        "diverting": device_of(pdu.divertingDevice, pdu.connection),
        "destination": device_of(pdu.newDestination),
        "cause": int(pdu.cause),
        "time": scene.time,
        "callid": pdu.connection.callID,
    }


def _call_cleared(scene: Scene, pdu: CallCleared, _private: Any) -> Event | None:
    """The call is over; one that has become part of another is told of by `transfer` or `conference`."""
    if pdu.cause in MERGED:
        return None
    return {
        **_head(scene, "callcleared"),
        "cause": int(pdu.cause),
        "time": scene.time,
        "callid": pdu.clearedCall.callID,
    }


def _agent(scene: Scene, eventtype: str, pdu: Any) -> Event:
    return {**_head(scene, eventtype), "extension": device_of(pdu.agentDevice), "agentid": pdu.agentID}


def _logged_on(scene: Scene, pdu: LoggedOn, private: Any) -> Event:
    event = _agent(scene, "agentlogin", pdu)
    event["split"] = pdu.agentGroup
    event["state"] = WORK_MODES.get(getattr(private, "workMode", ATTWorkMode.WM_NONE), "null")
    event["time"] = scene.time
    return event


def _logged_off(scene: Scene, pdu: LoggedOff, private: Any) -> Event:
    event = _agent(scene, "agentlogout", pdu)
    event["split"] = pdu.agentGroup
    event["reasoncode"] = getattr(private, "reasonCode", 0)
    event["time"] = scene.time
    return event


def _agent_state(scene: Scene, pdu: NotReady | Ready | WorkNotReady | WorkReady, private: Any) -> Event:
    event = _agent(scene, "agentstate", pdu)
    event["state"] = _AGENT_STATES[type(pdu)]
    event["reasoncode"] = getattr(private, "reasonCode", 0)
    event["time"] = scene.time
    return event


def _monitor_ended(scene: Scene, pdu: MonitorEnded, _private: Any) -> Event:
    return {**_head(scene, "monitorended"), "extension": scene.device, "cause": int(pdu.cause), "time": scene.time}


def idle(scene: Scene) -> Event:
    """The extension has no call left."""
    return {**_head(scene, "idle"), "time": scene.time, "extension": scene.device}


def server_event(eventtype: str, reason: str, time: int) -> Event:
    """`linkdown`, `linkup` or `draining`: about no device."""
    return {"msgtype": "event", "eventtype": eventtype, "referenceid": 0, "reason": reason, "time": time}


_DERIVATIONS: dict[type, Callable[[Scene, Any, Any], Event | None]] = {
    Delivered: _delivered,
    Established: _established,
    NetworkReached: _network_reached,
    Failed: _failed,
    Held: _held,
    Retrieved: _retrieved,
    ConnectionCleared: _cleared,
    Transferred: _transferred,
    Conferenced: _conferenced,
    Queued: _queued,
    Diverted: _diverted,
    CallCleared: _call_cleared,
    LoggedOn: _logged_on,
    LoggedOff: _logged_off,
    NotReady: _agent_state,
    Ready: _agent_state,
    WorkNotReady: _agent_state,
    WorkReady: _agent_state,
    MonitorEnded: _monitor_ended,
}
"""How each CSTA event becomes a JSON event; one that is not here makes none."""


def derive(scene: Scene, pdu: Any, private: Any) -> Event | None:
    """The JSON event of a CSTA event on the monitor of a device; None = it makes none.

    private: in the newest layout; None = there is none.
    """
    derivation = _DERIVATIONS.get(type(pdu))
    return None if derivation is None else derivation(scene, pdu, private)
