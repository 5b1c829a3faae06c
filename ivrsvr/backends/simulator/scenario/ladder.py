"""Call ladders: what happened on a call, a column for each device, an arrow for each event."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ivrsvr.backends.simulator.switch.reports import Report
from ivrsvr.backends.simulator.switch.switch import Switch
from ivrsvr.clock import Clock
from ivrsvr.csta.enums import DeviceIDStatus

ALL = "all"
WIDTH = 14
"""Characters of a column."""

ROWS_MOST = 500
"""Rows of one ladder."""

ENDS: dict[str, tuple[str, str]] = {
    "Conferenced": ("confController", "addedParty"),
    "ConnectionCleared": ("releasingDevice", ""),
    "Delivered": ("callingDevice", "alertingDevice"),
    "Diverted": ("divertingDevice", "newDestination"),
    "Established": ("answeringDevice", "callingDevice"),
    "Failed": ("failingDevice", "calledDevice"),
    "Held": ("holdingDevice", ""),
    "NetworkReached": ("trunkUsed", "calledDevice"),
    "Originated": ("callingDevice", "calledDevice"),
    "Queued": ("callingDevice", "queueingDevice"),
    "Retrieved": ("retrievingDevice", ""),
    "ServiceInitiated": ("initiatedConnection", ""),
    "Transferred": ("transferringDevice", "transferredDevice"),
}
"""Event -> the device that its arrow leaves, and the one that it reaches; "" = it concerns one device."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One event. at: seconds after the call's first."""

    at: float
    event: str
    origin: str
    target: str


@dataclass(slots=True)
class Ladder:
    """One call, by its call id; calls that merged into it are part of it."""

    callid: int
    began: float
    rungs: list[Rung] = field(default_factory=list)
    merged: list[int] = field(default_factory=list)

    @property
    def devices(self) -> list[str]:
        """The columns, in the order in which the devices came to the call."""
        return list(dict.fromkeys(name for rung in self.rungs for name in (rung.origin, rung.target) if name))

    def lines(self) -> Iterator[str]:
        """The ladder as text."""
        devices = self.devices
        with_merged = f" (and {', '.join(map(str, self.merged))})" if self.merged else ""
        yield f"Call {self.callid}{with_merged}"
        yield f"{'seconds':>9}  {'':<18}" + "".join(f"{name[: WIDTH - 1]:^{WIDTH}}" for name in devices).rstrip()
        for rung in self.rungs:
            yield f"{rung.at:9.3f}  {rung.event:<18}{_row(rung, devices)}".rstrip()


def _row(rung: Rung, devices: list[str]) -> str:
    cells = [" " * (WIDTH // 2) + "|" + " " * (WIDTH - WIDTH // 2 - 1) for _ in devices]
    line = list("".join(cells))
    ends = [devices.index(name) * WIDTH + WIDTH // 2 for name in (rung.origin, rung.target) if name]
    if len(set(ends)) == 2:
        first, last = ends
        step = 1 if last > first else -1
        for place in range(first + step, last, step):
            line[place] = "-"
        line[first] = "+"
        line[last] = ">" if step > 0 else "<"
    elif ends:
        line[ends[0]] = "*"
    return "".join(line)


class Ladders:
    """Keeps the ladders of calls while a switch works. wanted: a call id, "all", or "" = none."""

    def __init__(self, switch: Switch, clock: Clock, wanted: str) -> None:
        self._clock = clock
        self._wanted = wanted
        self._found: dict[int, Ladder] = {}
        self._done: list[Ladder] = []
        if wanted:
            switch.tell_too(self._take)

    def __iter__(self) -> Iterator[Ladder]:
        """The ladders that are wanted, in the order in which the calls began."""
        every = sorted([*self._done, *self._found.values()], key=lambda one: (one.began, one.callid))
        return (one for one in every if self._wanted in (ALL, str(one.callid), *map(str, one.merged)))

    def _take(self, report: Report) -> None:
        event = report.event
        if event is None or not report.callID:
            return
        now = self._clock.now()
        ladder = self._found.setdefault(report.callID, Ladder(report.callID, now))
        if report.ended and report.ended in self._found and report.ended != report.callID:
            self._merge(self._found.pop(report.ended), ladder)
        name = type(event).__name__
        if len(ladder.rungs) < ROWS_MOST:
            origin, target = (_device(getattr(event, end, None)) for end in ENDS.get(name, ("", "")))
            ladder.rungs.append(Rung(round(now - ladder.began, 3), name, origin, target))
        if name == "CallCleared":
            # Its id will stand for another call one day.
            self._done.append(self._found.pop(report.callID))

    @staticmethod
    def _merge(gone: Ladder, into: Ladder) -> None:
        began = min(gone.began, into.began)
        rungs = [
            Rung(round(rung.at + one.began - began, 3), rung.event, rung.origin, rung.target)
            for one in (gone, into)
            for rung in one.rungs
        ]
        into.rungs = sorted(rungs, key=lambda rung: rung.at)
        into.began = began
        into.merged += [gone.callid, *gone.merged]


def _device(value: Any) -> str:
    """A device's id from whatever an event names it by; "" = the switch does not know it."""
    if value is None:
        return ""
    if getattr(value, "deviceIDStatus", DeviceIDStatus.ID_PROVIDED) is not DeviceIDStatus.ID_PROVIDED:
        return ""
    return str(getattr(value, "deviceID", ""))
