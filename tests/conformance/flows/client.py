"""The CTI client of a scenario: asks for services on streams, and keeps every outcome and event that comes."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from ivrsvr.clock import Clock
from ivrsvr.csta.acs import ACSUniversalFailureConf
from ivrsvr.csta.errors import AcsFailure
from ivrsvr.csta.pdu import EventClass
from ivrsvr.csta.system import UniversalFailureConf
from tests.conformance.flows.file import Flows
from tests.conformance.flows.matching import brief, show
from tests.conformance.flows.rendering import Service

FIRST_INVOKE_ID = 1001

_FOUR_OCTETS = 0xFFFF_FFFF
"""On the wire an invoke id has no sign: one below zero comes back as a great one."""
"""Above the numbers that scenarios choose themselves."""

MAIN = "main"
CONFIRMATIONS = (EventClass.ACSCONFIRMATION, EventClass.CSTACONFIRMATION)
Key = tuple[str, str, int]
"""A list of events: (``monitor``, ``route``, ``private`` or ``stream``; name of the stream; its number there)."""


class Stream(Protocol):
    """An open stream of whichever way."""

    @property
    def version(self) -> int | None: ...
    def request(self, invokeID: int, pdu: Any, private: Any = None) -> None: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...


class Opener(Protocol):
    """How a way opens streams; raises AcsFailure."""

    async def open_stream(self, args: Mapping[str, str], client: "Client", name: str) -> Stream: ...


@dataclass(slots=True)
class Outcome:
    """How a request came out: a rendered confirmation, the failure's enumeration member, or a JSON reply."""

    kind: Literal["confirmation", "failure", "jsonReply"]
    value: Any
    at: float
    order: int


@dataclass(slots=True)
class Asked:
    """A request that was sent."""

    label: str
    step: Mapping[str, Any]
    service: Service
    stream: str
    at: float
    symbols: Mapping[str, str] = field(default_factory=dict)
    outcome: Outcome | None = None


class Client:
    """Streams by name, what was asked on them, and what they reported."""

    def __init__(self, flows: Flows, clock: Clock, opener: Opener) -> None:
        self._flows = flows
        self._clock = clock
        self._opener = opener
        self._streams: dict[str, Stream] = {}
        self._waiting: dict[tuple[str, int], list[Asked]] = {}
        self._numbers = itertools.count(FIRST_INVOKE_ID)
        self._orders = itertools.count()
        self.events: dict[Key, list[dict[str, Any]]] = {}
        self.settled: list[Asked] = []
        self.story: list[tuple[str, Any]] = []

    # ---- asking

    async def open(self, name: str, args: Mapping[str, str]) -> None:
        """Open a stream.

        Raises AcsFailure.
        """
        self._streams[name] = await self._opener.open_stream(args, self, name)

    async def ask(self, asked: Asked, args: Mapping[str, Any], number: int | None = None) -> None:
        """Send a request; its outcome comes with `receive`, or here when it is about the stream itself.

        Raises UnknownName, KeyError for a stream that is not open.
        """
        name = asked.service.name
        if name == "ACSOpenStream":
            await self._ask_open(asked, args)
            return
        stream = self._streams[asked.stream]
        if name == "ACSAbortStream":
            stream.abort()
            return
        pdu, private = asked.service.request(args)
        invoke_id = next(self._numbers) if number is None else number
        self._waiting.setdefault((asked.stream, invoke_id & _FOUR_OCTETS), []).append(asked)
        stream.request(invoke_id, pdu, private)

    async def _ask_open(self, asked: Asked, args: Mapping[str, Any]) -> None:
        try:
            await self.open(asked.stream, args)
        except AcsFailure as failure:
            self.settle(asked, "failure", failure.error)
            return
        version = self._streams[asked.stream].version
        told = {"privateVersion": "" if version is None else str(version), "private": None}
        self.settle(asked, "confirmation", told)

    # ---- receiving

    def settle(self, asked: Asked, kind: Literal["confirmation", "failure", "jsonReply"], value: Any) -> None:
        """A request has its outcome."""
        asked.outcome = Outcome(kind, value, self._clock.now(), next(self._orders))
        self.settled.append(asked)
        self.story.append((f"{asked.label} {kind}", value))

    def receive(self, stream: str, message: Any) -> None:
        """Take what a stream of the simulator, or of another way, sent."""
        if message.event_class in CONFIRMATIONS:
            self._receive_outcome(stream, message)
            return
        event = self._flows.events.render(message.pdu, message.private)
        key = _key(stream, message)
        self.events.setdefault(key, []).append(event)
        self.story.append((f"{':'.join(str(part) for part in key)} reports", event))

    def _receive_outcome(self, stream: str, message: Any) -> None:
        waiting = self._waiting.get((stream, message.invokeID & _FOUR_OCTETS))
        if not waiting:
            self.story.append((f"{stream}: an outcome for nothing, invoke id {message.invokeID}", str(message.pdu)))
            return
        # The newest of several with one number: the refusal of a duplicate answers the duplicate.
        asked = waiting.pop()
        if isinstance(message.pdu, UniversalFailureConf | ACSUniversalFailureConf):
            self.settle(asked, "failure", message.pdu.error)
        else:
            self.settle(asked, "confirmation", asked.service.confirmation(message.pdu, message.private))

    def told(self) -> list[str]:
        """The story of the run, a line for each thing."""
        return [f"{who}: {what if isinstance(what, str) else show(brief(what))}" for who, what in self.story]


def _key(stream: str, message: Any) -> Key:
    """Which list an event belongs to."""
    registration = getattr(message.pdu, "routeRegisterReqID", None)
    if registration is not None:
        return ("route", stream, registration)
    series = getattr(message.private, "privEventCrossRefID", None)
    if series is not None:
        return ("private", stream, series)
    if message.crossRef:
        return ("monitor", stream, message.crossRef)
    return ("stream", stream, 0)
