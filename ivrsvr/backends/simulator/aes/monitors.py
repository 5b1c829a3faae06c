"""Monitors: what is watched for whom, and who is told of a happening on the switch."""

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol, TypeVar

from ivrsvr.backends.base import Pdu
from ivrsvr.backends.simulator.switch.reports import Report
from ivrsvr.csta.enums import ATTPrivateFilter, CSTAEventCause, LocalConnectionState
from ivrsvr.csta.enums import CSTAAgentFilter as Agent
from ivrsvr.csta.enums import CSTACallFilter as Call
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
    Originated,
    Queued,
    Retrieved,
    ServiceInitiated,
    Transferred,
)
from ivrsvr.csta.monitor import MonitorEnded
from ivrsvr.csta.private.events import ATTCallCleared, ATTDivertedV7
from ivrsvr.csta.system import PrivateStatus
from ivrsvr.csta.types import ConnectionID, CSTAMonitorFilter, provided

Key = TypeVar("Key")
NONE = LocalConnectionState.CS_NONE

CALL_FILTERS: dict[type, Call] = {
    CallCleared: Call.CF_CALL_CLEARED,
    Conferenced: Call.CF_CONFERENCED,
    ConnectionCleared: Call.CF_CONNECTION_CLEARED,
    Delivered: Call.CF_DELIVERED,
    Diverted: Call.CF_DIVERTED,
    Established: Call.CF_ESTABLISHED,
    Failed: Call.CF_FAILED,
    Held: Call.CF_HELD,
    NetworkReached: Call.CF_NETWORK_REACHED,
    Originated: Call.CF_ORIGINATED,
    Queued: Call.CF_QUEUED,
    Retrieved: Call.CF_RETRIEVED,
    ServiceInitiated: Call.CF_SERVICE_INITIATED,
    Transferred: Call.CF_TRANSFERRED,
}
"""Event -> the filter bit that suppresses it."""

AGENT_FILTERS: dict[type, Agent] = {LoggedOff: Agent.AF_LOGGED_OFF, LoggedOn: Agent.AF_LOGGED_ON}

MERGE_CAUSES: dict[type, CSTAEventCause] = {
    Conferenced: CSTAEventCause.EC_CONFERENCE,
    Transferred: CSTAEventCause.EC_TRANSFER,
}
"""Event that made one call of two -> cause of the CallCleared of the call id that ended."""


class Kind(Enum):
    """The kinds of monitor."""

    DEVICE = "device"
    """A station: its own calls."""
    SPLIT = "split"
    """A split or skill: who logs in and out."""
    VIA = "via"
    """A VDN or split: every call that enters it, as long as the call lives."""
    CALL = "call"
    """One call."""


class Listener(Protocol):
    """Who started a monitor."""

    def tell(self, cross_ref: int, pdu: Pdu, private: Pdu | None) -> None:
        """Take an event; private data in the newest layout."""
        ...

    def ended(self, cross_ref: int) -> None:
        """Learn that a monitor is over."""
        ...


@dataclass(slots=True, eq=False)
class Monitor:
    """A running monitor. device is "" for a call monitor, callID 0 for all others.

    follows:    the calls that a calls-via-device monitor reports.
    first_legs: it reports predictive calls from the beginning, not only from the answer on.
    """

    listener: Listener
    crossRef: int
    kind: Kind
    device: str = ""
    callID: int = 0
    filter: CSTAMonitorFilter = CSTAMonitorFilter()  # noqa: RUF009 - a frozen value
    private_filter: ATTPrivateFilter = ATTPrivateFilter(0)  # noqa: RUF009
    follows: set[int] = field(default_factory=set)
    first_legs: bool = False

    def wants(self, pdu: Pdu) -> bool:
        """Whether the filter lets an event pass: a bit that is set suppresses."""
        kind = type(pdu)
        if kind is PrivateStatus:
            return (
                not self.filter.privateFilter and ATTPrivateFilter.ATT_ENTERED_DIGITS_FILTER not in self.private_filter
            )
        if kind in CALL_FILTERS:
            return CALL_FILTERS[kind] not in self.filter.call
        return kind not in AGENT_FILTERS or AGENT_FILTERS[kind] not in self.filter.agent

    def tell(self, pdu: Pdu, private: Pdu | None) -> None:
        if self.wants(pdu):
            self.listener.tell(self.crossRef, pdu, private)


class Monitors:
    """All monitors of all streams."""

    def __init__(self, *, end_with_call: bool) -> None:
        self._devices: dict[tuple[Kind, str], list[Monitor]] = {}
        self._calls: dict[int, list[Monitor]] = {}
        self._followers: dict[int, list[Monitor]] = {}
        self._end_with_call = end_with_call
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, monitor: Monitor) -> None:
        if monitor.kind is Kind.CALL:
            self._calls.setdefault(monitor.callID, []).append(monitor)
        else:
            self._devices.setdefault((monitor.kind, monitor.device), []).append(monitor)
        self._count += 1

    def remove(self, monitor: Monitor) -> None:
        if monitor.kind is Kind.CALL:
            _take(self._calls, monitor.callID, monitor)
        else:
            _take(self._devices, (monitor.kind, monitor.device), monitor)
        for call_id in list(monitor.follows):
            self._let_go(monitor, call_id)
        self._count -= 1

    def let_go(self, monitor: Monitor, call_id: int) -> bool:
        """Report a call no more to a monitor that follows it; False when it does not."""
        if call_id not in monitor.follows:
            return False
        self._let_go(monitor, call_id)
        return True

    def on(self, kind: Kind, device: str) -> int:
        """How many monitors of a kind a device has."""
        return len(self._devices.get((kind, device), ()))

    def devices(self, *kinds: Kind) -> set[str]:
        """The devices that have monitors of these kinds."""
        return {device for kind, device in self._devices if kind in kinds}

    def everyone(self) -> list[Monitor]:
        """All monitors, device monitors first."""
        lists = [*self._devices.values(), *self._calls.values()]
        return [monitor for monitors in lists for monitor in monitors]

    # ---- happenings

    def report(self, report: Report) -> None:
        """Tell everybody who is concerned."""
        if report.domain:
            self._arrive(report)
            return
        self._tell_stations(report)
        for group in report.groups:
            for monitor in list(self._devices.get((Kind.SPLIT, group), ())):
                monitor.tell(report.event, report.private)
        if report.notify:
            self._tell_calls(report)
        elif report.first_leg:
            for monitor in list(self._followers.get(report.callID, ())):
                if monitor.first_legs:
                    monitor.tell(report.event, report.private)

    def _tell_stations(self, report: Report) -> None:
        told: dict[LocalConnectionState, Pdu] = {}
        for device, state in report.devices.items():
            monitors = self._devices.get((Kind.DEVICE, device))
            if not monitors:
                continue
            if state not in told:
                told[state] = replace(report.event, localConnectionInfo=state)
            for monitor in list(monitors):
                monitor.tell(told[state], report.private)

    def _tell_calls(self, report: Report) -> None:
        for monitor in self._watching(report.callID):
            monitor.tell(report.event, report.private)
        if report.ended:
            self._merge(report)
        if type(report.event) is CallCleared:
            self._forget(report.callID)

    def _watching(self, call_id: int) -> list[Monitor]:
        return [*self._calls.get(call_id, ()), *self._followers.get(call_id, ())]

    def _arrive(self, report: Report) -> None:
        """The call arrives at a VDN or split: its monitors follow the call now, those of another domain let it go."""
        arriving = self._devices.get((Kind.VIA, report.domain), [])
        if not arriving:
            return
        for monitor in list(self._followers.get(report.callID, ())):
            if monitor.device != report.domain:
                self._let_go(monitor, report.callID)
                monitor.tell(_diverted(report, monitor.device), ATTDivertedV7())
        for monitor in list(arriving):
            if report.callID not in monitor.follows:
                monitor.follows.add(report.callID)
                self._followers.setdefault(report.callID, []).append(monitor)
                if report.event is not None:
                    monitor.tell(report.event, report.private)

    def _merge(self, report: Report) -> None:
        """A call id ended by merging: its call monitors end, its followers follow the call that goes on."""
        cause = MERGE_CAUSES.get(type(report.event), CSTAEventCause.EC_NONE)
        cleared = CallCleared(clearedCall=ConnectionID(report.ended), localConnectionInfo=NONE, cause=cause)
        survivors = self._watching(report.callID)
        for monitor in self._watching(report.ended):
            if monitor not in survivors:
                monitor.tell(report.event, report.private)
            monitor.tell(cleared, ATTCallCleared())
        for monitor in list(self._followers.get(report.ended, ())):
            if report.callID not in monitor.follows:
                monitor.follows.add(report.callID)
                self._followers.setdefault(report.callID, []).append(monitor)
        self._forget(report.ended)

    def _forget(self, call_id: int) -> None:
        for monitor in list(self._followers.get(call_id, ())):
            self._let_go(monitor, call_id)
        for monitor in list(self._calls.get(call_id, ())):
            self.remove(monitor)
            if self._end_with_call:
                monitor.listener.tell(monitor.crossRef, MonitorEnded(cause=CSTAEventCause.EC_NONE), None)
            monitor.listener.ended(monitor.crossRef)

    def _let_go(self, monitor: Monitor, call_id: int) -> None:
        monitor.follows.discard(call_id)
        _take(self._followers, call_id, monitor)


def _take(table: dict[Key, list[Monitor]], key: Key, monitor: Monitor) -> None:
    table[key].remove(monitor)
    if not table[key]:
        del table[key]


def _diverted(report: Report, left: str) -> Diverted:
    return Diverted(
        connection=ConnectionID(report.callID, left),
        divertingDevice=provided(left),
        newDestination=provided(report.domain),
        localConnectionInfo=NONE,
        cause=CSTAEventCause.EC_REDIRECTED,
    )
