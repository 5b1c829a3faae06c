"""What a client says and hears, connection after connection: texts in, texts and outcomes out. Pure.

Requests that are under way when a connection breaks are said again on the next, those that change something under the
same idempotency key; monitors go on after the last event that they have.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ivrsvr.client.errors import Garbage, RequestFailed
from ivrsvr.client.requests import READING, Answer
from ivrsvr.client.track import Event, Track

TRANSIENT = frozenset(
    {
        "LINK_DOWN",
        "SWITCH_TIMEOUT",
        "TOO_MANY_REQUESTS",
        "DRAINING",
        "INTERNAL_ERROR",
        "JOURNAL_FAILED",
        "NETWORK_BUSY",
        "NETWORK_OUT_OF_SERVICE",
        "GENERIC_SYSTEM_RESOURCE_AVAILABILITY",
        "SERVICE_BUSY",
        "REQUEST_TIMEOUT_REJECTION",
        "REQUESTS_ON_DEVICE_EXCEEDED_REJECTION",
    }
)
"""Reasons for which a monitor that was accepted once is tried again, rather than ended."""

KEY = "key"
"""The id of the message that brings the API key."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request under way. key: its idempotency key, "" = it needs none."""

    id: str
    name: str
    text: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request has its response."""

    id: str
    response: Answer


@dataclass(frozen=True, slots=True)
class Failed:
    """A request was refused."""

    id: str
    error: RequestFailed


@dataclass(frozen=True, slots=True)
class Started:
    """A monitor was accepted for the first time, and has a position; nothing is missed from now on."""

    monitor: Track


@dataclass(frozen=True, slots=True)
class NotStarted:
    """A monitor was refused. again: it had been accepted before, and the reason will pass."""

    monitor: Track
    error: RequestFailed
    again: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """The server does not know the key; nothing that waits will be answered."""

    error: RequestFailed


Outcome: TypeAlias = Answered | Failed | Started | NotStarted | Unknown


@dataclass(slots=True)
class Conversation:
    """The requests under way and the monitors of one client.

    prefix: of its idempotency keys, unlike that of any other client.
    key:    API key; "" = none.
    useful: whether this connection has brought anything that a real server says.
    """

    prefix: str
    key: str = ""
    useful: bool = False
    asked: dict[str, Asked] = field(default_factory=dict)
    monitors: dict[str, Track] = field(default_factory=dict)
    _starting: dict[str, tuple[Track, bool]] = field(default_factory=dict)
    _number: int = 0

    def ask(self, name: str, keys: Mapping[str, Any]) -> Asked:
        """A request to be sent now, and again after each break until it is answered or forgotten."""
        number = self._next()
        message = {"id": number, "request": name, **keys}
        if name not in READING:
            message.setdefault("idempotencykey", f"{self.prefix}-{number}")
        asked = Asked(number, name, json.dumps(message), str(message.get("idempotencykey", "")))
        self.asked[number] = asked
        return asked

    def start(self, monitor: Track) -> str:
        """What starts a monitor, or lets it go on, on the present connection."""
        number = self._next()
        self._starting[number] = (monitor, monitor.since is not None)
        return json.dumps({"id": number, "request": "startmonitor", **monitor.start()})

    def to_start(self, monitor: Track) -> bool:
        """Whether a monitor is to be started on the present connection, and was not yet."""
        awaited = any(one is monitor for one, _ in self._starting.values())
        return monitor.ready and not awaited and self.monitors.get(monitor.extension) is monitor

    def opened(self) -> list[str]:
        """All that is to be said first on a new connection."""
        first = [json.dumps({"id": KEY, "request": "authenticate", "key": self.key})] if self.key else []
        starts = [self.start(one) for one in self.monitors.values() if one.ready]
        return [*first, *starts, *(one.text for one in self.asked.values())]

    def lost(self) -> list[Outcome]:
        """The connection is gone, and every monitor's part of it: to stop one there is nothing left to do."""
        self.useful = False
        self._starting.clear()
        for monitor in self.monitors.values():
            monitor.live = False
        stopped = [one for one in self.asked.values() if one.name == "stopmonitor"]
        for one in stopped:
            del self.asked[one.id]
        done = {"msgtype": "response", "result": "success", "error": ""}
        return [Answered(one.id, {**done, "id": one.id}) for one in stopped]

    def take(self, text: str | bytes) -> list[Outcome]:
        """Take a message. Events go to their monitors. Raises Garbage, and nothing was taken."""
        message = read(text)
        self.useful = self.useful or not str(message.get("error", "")).startswith("NOT_AUTHENTICATED")
        return list(self._told(message) if message["msgtype"] == "event" else self._answered(message))

    def _answered(self, message: Answer) -> Iterator[Outcome]:
        identity = message["id"]
        error = None if message["result"] == "success" else RequestFailed(message)
        if identity == KEY and error is not None:
            yield Unknown(error)
        elif identity in self._starting:
            monitor, resuming = self._starting.pop(identity)
            if error is None:
                yield from self._accepted(monitor, resuming)
            elif not monitor.ended:
                yield NotStarted(monitor, error, again=monitor.started and error.reason in TRANSIENT)
        elif self.asked.pop(identity, None) is not None:
            yield Answered(identity, message) if error is None else Failed(identity, error)

    def _accepted(self, monitor: Track, resuming: bool) -> Iterator[Outcome]:
        """A start from a position is followed by what was missed; one without has still to be told its position."""
        if monitor.ended:
            return
        monitor.accepted()
        if resuming and not monitor.started:
            monitor.started = True
            yield Started(monitor)

    def _told(self, event: Event) -> Iterator[Outcome]:
        kind = event["eventtype"]
        if kind == "overflow":
            return  # the end of the connection, which says so itself, follows; each monitor knows where it is
        for monitor in self._addressed(event):
            before = monitor.started
            monitor.take(event)
            if monitor.started and not before:
                yield Started(monitor)

    def _addressed(self, event: Event) -> list[Track]:
        device = event.get("monitored")
        if device is None:
            return [one for one in self.monitors.values() if one.wants(event["eventtype"])]
        found = self.monitors.get(str(device))
        return [found] if found is not None else []

    def _next(self) -> str:
        self._number += 1
        return str(self._number)


def read(text: str | bytes) -> dict[str, Any]:
    """A message of a server. Raises Garbage."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise Garbage("that is no JSON") from None
    if not isinstance(message, dict):
        raise Garbage("that is no JSON object")
    kind = message.get("msgtype")
    if kind == "event":
        _need(message, "eventtype", str)
        if "epoch" in message:
            _need(message, "eventid", int)
            _need(message, "epoch", str)
    elif kind == "response":
        _need(message, "id", str)
        _need(message, "result", str)
    else:
        raise Garbage("that is neither a response nor an event")
    return message


def _need(message: dict[str, Any], key: str, kind: type) -> None:
    if type(message.get(key)) is not kind:  # the very type: JSON's true is no number
        raise Garbage(f"its {key} is no {kind.__name__}")
