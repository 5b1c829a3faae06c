"""Starting monitors: what may be monitored how, within which limits."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ivrsvr.backends.base import Confirmation, Pdu
from ivrsvr.backends.simulator.aes.monitors import Kind, Monitor
from ivrsvr.backends.simulator.aes.requests import Reply
from ivrsvr.csta.enums import ATTPrivateFilter
from ivrsvr.csta.errors import AcsFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.monitor import MonitorCall, MonitorCallsViaDevice, MonitorConf, MonitorDevice
from ivrsvr.csta.private.monitor import ATTMonitorCallConfV5, ATTMonitorConf
from ivrsvr.csta.types import CSTAMonitorFilter

if TYPE_CHECKING:
    from ivrsvr.backends.simulator.aes.stream import AesStream

Failure = CSTAUniversalFailure
Starter = Callable[["AesStream", Any, Any, Reply], None]

DEVICE_KINDS = {"station": Kind.DEVICE, "skill": Kind.SPLIT}
"""What a device is -> what MonitorDevice makes of it."""


def monitor_device(stream: "AesStream", pdu: MonitorDevice, private: Pdu | None, reply: Reply) -> None:
    """Watch a station's calls, or who logs in to a split."""

    def start() -> Confirmation:
        kind = DEVICE_KINDS.get(stream.aes.switch.exists(pdu.deviceID))
        if kind is None:
            raise CstaFailure(
                Failure.INVALID_CSTA_DEVICE_IDENTIFIER, f"there is no station or split {pdu.deviceID!r} to monitor"
            )
        stream.aes.access.check_monitor(stream.user, kind, pdu.deviceID)
        stream.aes.access.check_basic(pdu.deviceID)
        monitor = _start(stream, kind, pdu.monitorFilter, private, device=pdu.deviceID)
        return _confirm(monitor, ATTMonitorConf(usedFilter=monitor.private_filter))

    _reply(start, reply)


def monitor_calls_via_device(
    stream: "AesStream", pdu: MonitorCallsViaDevice, private: Pdu | None, reply: Reply
) -> None:
    """Watch the calls that enter a VDN, or a split that is not controlled by vectors."""

    def start() -> Confirmation:
        device, world = pdu.deviceID, stream.aes.world
        what = stream.aes.switch.exists(device)
        if what not in ("vdn", "skill"):
            raise CstaFailure(
                Failure.INVALID_CSTA_DEVICE_IDENTIFIER, f"there is no VDN or split {device!r} to monitor calls via"
            )
        if what == "skill" and world.skills[device].vectorControlled:
            raise CstaFailure(
                Failure.INVALID_OBJECT_TYPE, f"split {device} is controlled by vectors; monitor their VDNs"
            )
        stream.aes.access.check_monitor(stream.user, Kind.VIA, device)
        if stream.aes.monitors.on(Kind.VIA, device) >= world.aes.viaMonitorsPerDevice:
            raise CstaFailure(
                Failure.OBJECT_MONITOR_LIMIT_EXCEEDED,
                f"{device} has its {world.aes.viaMonitorsPerDevice} monitors already; stop one of them",
            )
        monitor = _start(stream, Kind.VIA, pdu.monitorFilter, private, device=device)
        return _confirm(monitor, ATTMonitorConf(usedFilter=monitor.private_filter))

    _reply(start, reply)


def monitor_call(stream: "AesStream", pdu: MonitorCall, private: Pdu | None, reply: Reply) -> None:
    """Watch one call until it ends; the confirmation tells who is on it."""

    def start() -> Confirmation:
        call_id = pdu.call.callID
        stream.aes.access.check_monitor(stream.user, Kind.CALL, "")
        parties = stream.aes.switch.parties(call_id)
        if not parties:
            raise CstaFailure(Failure.NO_ACTIVE_CALL, f"there is no call {call_id} to monitor")
        monitor = _start(stream, Kind.CALL, pdu.monitorFilter, private, call_id=call_id)
        return _confirm(monitor, ATTMonitorCallConfV5(usedFilter=monitor.private_filter, snapshotCall=parties))

    _reply(start, reply)


def _reply(start: Callable[[], Confirmation], reply: Reply) -> None:
    try:
        outcome = start()
    except (CstaFailure, AcsFailure) as failure:
        reply(failure)
    else:
        reply(outcome)


def _start(
    stream: "AesStream",
    kind: Kind,
    wanted: CSTAMonitorFilter,
    private: Pdu | None,
    *,
    device: str = "",
    call_id: int = 0,
) -> Monitor:
    limit = stream.aes.world.aes.monitorsPerSystem
    if limit is not None and len(stream.aes.monitors) >= limit:
        raise CstaFailure(
            Failure.OVERALL_MONITOR_LIMIT_EXCEEDED, f"all {limit} monitors of the system are in use; stop one of them"
        )
    monitor = Monitor(stream, next(stream.numbers), kind, device, call_id, wanted)
    monitor.first_legs = getattr(private, "flowPredictiveCallEvents", False)
    monitor.private_filter = getattr(private, "privateFilter", ATTPrivateFilter(0))
    stream.monitors[monitor.crossRef] = monitor
    stream.aes.monitors.add(monitor)
    return monitor


def _confirm(monitor: Monitor, private: Pdu) -> Confirmation:
    return Confirmation(MonitorConf(monitorCrossRefID=monitor.crossRef, monitorFilter=monitor.filter), private)


STARTERS: dict[type, Starter] = {
    MonitorCall: monitor_call,
    MonitorCallsViaDevice: monitor_calls_via_device,
    MonitorDevice: monitor_device,
}
"""Monitor request -> what starts it, when its turn at the switch has come."""
