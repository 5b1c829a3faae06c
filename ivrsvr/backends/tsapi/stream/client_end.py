"""The client end: opens a stream on a TLINK, asks, is told. Source: wire.md sections 4, 6 and 8."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from ivrsvr.backends.tsapi.stream.channel import Channel, Message, Trace, Undecoded
from ivrsvr.backends.tsapi.stream.credentials import Challenge, respond
from ivrsvr.backends.tsapi.stream.events import ClientEvent, Confirmed, Ended, Failed, Ignored, Opened, Reported
from ivrsvr.backends.tsapi.wire.ber import EncodeError, WireError
from ivrsvr.backends.tsapi.wire.private import G3_VENDORS, KEY_REQUEST, VERSIONS, decode_grant, encode_offer
from ivrsvr.csta.acs import (
    ACSAbortStream,
    ACSAuthReply,
    ACSAuthReplyTwo,
    ACSClientHeartbeat,
    ACSCloseStream,
    ACSCloseStreamConf,
    ACSKeyReply,
    ACSKeyRequest,
    ACSOpenStream,
    ACSOpenStreamConf,
    ACSSetHeartbeatInterval,
    ACSSetHeartbeatIntervalConf,
    ACSUniversalFailureConf,
    ACSUniversalFailureEvent,
)
from ivrsvr.csta.enums import ACSLevel, AgentMode, StreamType
from ivrsvr.csta.errors import AcsFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.pdu import EventClass, confirmation_of, declaration_of
from ivrsvr.csta.private.layouts import at_version
from ivrsvr.csta.private.query import ATTSetAgentStateV5, ATTSetAgentStateV6
from ivrsvr.csta.system import UniversalFailureConf

STEP_S = 10.0
"""Longest wait for each answer while a stream is opened; what real clients wait."""

REQUEST_S = 60.0
"""Longest wait for the answer to a request; what real clients wait."""

HEARTBEAT_S = 20
"""The interval of a server that sends heartbeats unasked."""

_SILENT_BEATS = 2
"""Intervals without any message after which the server counts as gone."""

_MAX_INVOKE_ID = 0x7FFF_FFFF


class Phase(Enum):
    """How far the conversation is."""

    NEW = auto()
    KEY = auto()
    OPENING = auto()
    OPEN = auto()
    CLOSING = auto()
    ENDED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a stream is opened with.

    versions:    private-data versions to offer, (first, last); None = no private data.
    heartbeat_s: interval to ask for after the open; None = ask for none.
    """

    tlink: str
    login: str
    password: str
    application: str = "ivrsvr"
    versions: tuple[int, int] | None = (VERSIONS[0], VERSIONS[-1])
    heartbeat_s: int | None = HEARTBEAT_S
    stream_type: StreamType = StreamType.ST_CSTA
    apiVer: str = "TS1-2"  # noqa: N815 - TSAPI's name
    libVer: str = "AES6.2.0.54"  # noqa: N815


@dataclass(slots=True)
class _Pending:
    pdu: Any
    until: float


class ClientEnd:
    """One stream as its client sees it. Begins with `open`; see the package for how an end is driven."""

    def __init__(self, login: Login, *, trace: Trace | None = None) -> None:
        self.login = login
        self.phase = Phase.NEW
        self.version: int | None = None
        self.heartbeat_s: int | None = None
        self._channel = Channel(trace=trace)
        self._invoke_id = 0
        self._pending: dict[int, _Pending] = {}
        # No outstanding request is due before this; it may be early, since looking through all of them is dear.
        self._look = 0.0
        self._own_heartbeat: ACSSetHeartbeatInterval | None = None
        self._step_until: float | None = None
        self._heard = 0.0

    # ---- driving

    def receive(self, octets: bytes, now: float) -> list[ClientEvent]:
        """Take what was read and say what it meant, in the order in which it was sent."""
        events: list[ClientEvent] = []
        if self.ended:
            return events
        try:
            for message in self._channel.receive(octets):
                self._heard = now
                events.extend(self._take(message, now))
                if self.ended:
                    break
        except WireError as error:
            events.append(self._end(f"the server's octets make no sense: {error}"))
        return events

    def disconnected(self, reason: str) -> list[ClientEvent]:
        """Take note that the connection is gone."""
        return [] if self.ended else [self._end(reason)]

    @property
    def ended(self) -> bool:
        """Whether the conversation is over."""
        return self.phase is Phase.ENDED

    def data_to_send(self) -> bytes:
        """What has to be sent now."""
        return self._channel.data_to_send()

    @property
    def deadline(self) -> float | None:
        """When `expire` wants to be called; None = never."""
        times = [] if self._step_until is None else [self._step_until]
        if self._pending:
            times.append(self._look)
        if self.heartbeat_s is not None and self.phase is Phase.OPEN:
            times.append(self._heard + _SILENT_BEATS * self.heartbeat_s)
        return min(times, default=None)

    def expire(self, now: float) -> list[ClientEvent]:
        """Give up whatever has waited long enough."""
        if self.ended:
            return []
        if self._step_until is not None and self._step_until <= now:
            step = {Phase.KEY: "the key request", Phase.OPENING: "the open request"}
            return [self._end(f"no answer to {step.get(self.phase, 'the close request')} within {STEP_S:g} s")]
        if self.heartbeat_s is not None and self._heard + _SILENT_BEATS * self.heartbeat_s <= now:
            return [self._end(f"no sign of life for {_SILENT_BEATS * self.heartbeat_s} s", silent=True)]
        if not self._pending or now < self._look:
            return []
        late = [invoke for invoke, pending in self._pending.items() if pending.until <= now]
        events = [self._give_up(invoke) for invoke in late]
        self._look = min((pending.until for pending in self._pending.values()), default=0.0)
        return events

    # ---- acting

    def open(self, now: float) -> None:
        """Begin; ends in `Opened` or `Ended`. Raises EncodeError for a login that does not fit."""
        self._send(ACSKeyRequest(loginID=self.login.login), block_of_key=True)
        self._heard = now
        self._enter(Phase.KEY, now)

    def request(self, pdu: Any, private: Any | None = None, *, now: float, timeout_s: float = REQUEST_S) -> int:
        """Send a request and return its invoke id; ends in `Confirmed` or `Failed` if it has a confirmation.

        private goes out in the layout of the stream's version; where that has none, without it. An escape service
        without private data would mean nothing, so it is refused here.

        Raises EncodeError for values that have no octets, CstaFailure(INVALID_FEATURE) for such an escape service.
        """
        invoke = self._send(pdu, private=fitting(pdu, private, self.version))
        if confirmation_of(pdu) is not None:
            self._await(invoke, pdu, now + timeout_s)
        return invoke

    def close(self, now: float) -> None:
        """Close in order; ends in `Ended`."""
        self._send(ACSCloseStream())
        self._enter(Phase.CLOSING, now)

    def abort(self) -> list[ClientEvent]:
        """Close at once; the connection can be closed when what is queued has been sent."""
        if self.ended:
            return []
        self._send(ACSAbortStream())
        return [self._end("aborted")]

    @property
    def outstanding(self) -> int:
        """Requests without an outcome."""
        return len(self._pending)

    # ---- taking

    def _take(self, message: Message | Undecoded, now: float) -> Iterator[ClientEvent]:
        if isinstance(message, Undecoded):
            yield self._undecoded(message)
            return
        if message.problem is not None:
            yield Ignored(f"private data of {type(message.pdu).__name__}: {message.problem}")
        pdu = message.pdu
        match message.event_class:
            case EventClass.ACSCONFIRMATION | EventClass.CSTACONFIRMATION:
                yield from self._confirmation(message, now)
            case EventClass.ACSUNSOLICITED if isinstance(pdu, ACSClientHeartbeat):
                # Unasked heartbeats are a promise to go on with them (wire.md section 8).
                self.heartbeat_s = self.heartbeat_s or HEARTBEAT_S
            case EventClass.ACSUNSOLICITED if isinstance(pdu, ACSUniversalFailureEvent):
                yield self._end("the server ended the stream", AcsFailure(pdu.error))
            case declared if declared is declaration_of(pdu).event_class and declared is not EventClass.ACSREQUEST:
                cross = message.crossRef if declared is EventClass.CSTAUNSOLICITED else 0
                yield Reported(cross, pdu, message.private)
            case other:
                yield Ignored(f"{type(pdu).__name__} with class {other.name}")

    def _confirmation(self, message: Message, now: float) -> Iterator[ClientEvent]:
        pdu = message.pdu
        if self.phase in (Phase.KEY, Phase.OPENING, Phase.CLOSING) and message.invokeID == self._invoke_id:
            yield from self._step(message, now)
            return
        pending = self._pending.get(message.invokeID)
        if pending is None:
            yield Ignored(f"{type(pdu).__name__} for invoke id {message.invokeID}, which is not outstanding")
            return
        del self._pending[message.invokeID]
        if isinstance(pdu, UniversalFailureConf):
            yield from self._answered(message, pending, CstaFailure(pdu.error))
        elif isinstance(pdu, ACSUniversalFailureConf):
            yield from self._answered(message, pending, AcsFailure(pdu.error))
        elif type(pdu) is not confirmation_of(pending.pdu):
            text = f"{type(pending.pdu).__name__} was answered with {type(pdu).__name__}"
            failure = CstaFailure(CSTAUniversalFailure.MISTYPED_RESULT_REJECTION, text)
            yield from self._answered(message, pending, failure)
        else:
            yield from self._answered(message, pending, None)

    def _answered(
        self, message: Message, pending: _Pending, failure: CstaFailure | AcsFailure | None
    ) -> Iterator[ClientEvent]:
        if isinstance(pending.pdu, ACSSetHeartbeatInterval) and pending.pdu is self._own_heartbeat:
            # Ours, not the caller's. A server that can't is a server without supervision, no more.
            if isinstance(message.pdu, ACSSetHeartbeatIntervalConf):
                self.heartbeat_s = max(1, message.pdu.heartbeatInterval)
            else:
                yield Ignored(f"heartbeats are refused, so an AES that freezes is not noticed: {failure}")
        elif failure is not None:
            yield Failed(message.invokeID, failure)
        else:
            if isinstance(message.pdu, ACSSetHeartbeatIntervalConf):
                self.heartbeat_s = max(1, message.pdu.heartbeatInterval)
            yield Confirmed(message.invokeID, message.pdu, message.private)

    def _step(self, message: Message, now: float) -> Iterator[ClientEvent]:
        """An answer on the way to an open stream or out of it."""
        pdu = message.pdu
        if isinstance(pdu, ACSUniversalFailureConf):
            what = {Phase.KEY: "the key request", Phase.OPENING: "the stream"}.get(self.phase, "the close request")
            yield self._end(f"the server refused {what}", AcsFailure(pdu.error))
        elif self.phase is Phase.KEY and isinstance(pdu, (ACSKeyReply, ACSAuthReply, ACSAuthReplyTwo)):
            yield from self._open_stream(pdu, now)
        elif self.phase is Phase.OPENING and isinstance(pdu, ACSOpenStreamConf):
            granted = decode_grant(message.block) if message.block is not None else None
            self.version = granted if granted in VERSIONS else None
            self._enter(Phase.OPEN, now)
            if self.login.heartbeat_s is not None:
                self._own_heartbeat = ACSSetHeartbeatInterval(heartbeatInterval=self.login.heartbeat_s)
                self._await(self._send(self._own_heartbeat), self._own_heartbeat, now + REQUEST_S)
            yield Opened(self.version, (pdu.apiVer, pdu.libVer, pdu.tsrvVer, pdu.drvrVer))
        elif self.phase is Phase.CLOSING and isinstance(pdu, ACSCloseStreamConf):
            yield self._end("closed")
        else:
            yield self._end(f"the server answered with {type(pdu).__name__} while the stream was {self.phase.name}")

    def _undecoded(self, message: Undecoded) -> ClientEvent:
        frame = message.frame
        confirmation = frame.eventClass in (EventClass.ACSCONFIRMATION, EventClass.CSTACONFIRMATION)
        if confirmation and self._pending.pop(frame.invokeID, None) is not None:
            text = f"the answer can't be read: {message.error}"
            return Failed(frame.invokeID, CstaFailure(CSTAUniversalFailure.MISTYPED_RESULT_REJECTION, text))
        if confirmation and frame.invokeID == self._invoke_id and self.phase in (Phase.KEY, Phase.OPENING):
            return self._end(f"the answer can't be read: {message.error}")
        return Ignored(str(message.error))

    # ---- inner workings

    def _open_stream(self, asked: Challenge, now: float) -> Iterator[ClientEvent]:
        login = self.login
        try:
            crypt_pass = respond(asked, login.password)
        except EncodeError as error:
            yield self._end(f"the password does not fit the challenge: {error}")
            return
        pdu = ACSOpenStream(
            streamType=login.stream_type,
            serverID=login.tlink,
            loginID=login.login,
            cryptPass=crypt_pass,
            applicationName=login.application,
            level=ACSLevel.ACS_LEVEL1,
            apiVer=login.apiVer,
            libVer=login.libVer,
            tsrvVer="",
        )
        self._send(pdu)
        self._enter(Phase.OPENING, now)

    def _send(self, pdu: Any, *, private: Any | None = None, block_of_key: bool = False) -> int:
        block = KEY_REQUEST if block_of_key else None
        if isinstance(pdu, ACSOpenStream) and self.login.versions is not None:
            block = encode_offer(G3_VENDORS, self.login.versions)
        event_class = declaration_of(pdu).event_class
        if event_class is None:
            raise EncodeError("private data can't travel alone", type(pdu).__name__)
        invoke = self._invoke_id % _MAX_INVOKE_ID + 1
        while invoke in self._pending:
            invoke = invoke % _MAX_INVOKE_ID + 1
        self._channel.send(Message(event_class, invoke, 0, pdu, private, block))
        self._invoke_id = invoke
        return invoke

    def _await(self, invoke: int, pdu: Any, until: float) -> None:
        self._look = min(self._look, until) if self._pending else until
        self._pending[invoke] = _Pending(pdu, until)

    def _enter(self, phase: Phase, now: float) -> None:
        self.phase = phase
        self._step_until = now + STEP_S if phase in (Phase.KEY, Phase.OPENING, Phase.CLOSING) else None

    def _give_up(self, invoke: int) -> ClientEvent:
        pending = self._pending.pop(invoke)
        if pending.pdu is self._own_heartbeat:
            return Ignored("no answer to the wish for heartbeats")
        text = f"no answer to {type(pending.pdu).__name__}; look at the state before asking again"
        return Failed(invoke, CstaFailure(CSTAUniversalFailure.REQUEST_TIMEOUT_REJECTION, text))

    def _end(self, reason: str, failure: AcsFailure | None = None, *, silent: bool = False) -> Ended:
        self.phase = Phase.ENDED
        self._step_until = None
        self._pending.clear()
        return Ended(reason, failure=failure, silent=silent)


def fitting(pdu: Any, private: Any | None, version: int | None) -> Any | None:
    """Private data in the layout that real clients send with a request on a stream of that version; None = without.

    A log-in keeps an older layout than its version's (wire.md section 12, set agent state). Raises
    CstaFailure(INVALID_FEATURE) for a request that is nothing without its private data, where the version has none.
    """
    found = at_version(private, version)
    if private is not None and found is None and declaration_of(pdu).asn1_name in _CARRIERS:
        text = f"this needs {_needed(private)}, and the stream has {version or 'none'}"
        raise CstaFailure(CSTAUniversalFailure.INVALID_FEATURE, text)
    if isinstance(found, ATTSetAgentStateV6) and pdu.agentMode == AgentMode.AM_LOG_IN:
        return ATTSetAgentStateV5(workMode=found.workMode, reasonCode=found.reasonCode)
    return found


def _needed(private: Any) -> str:
    """The versions of private data that a service needs, in words."""
    versions = declaration_of(private).versions
    return f"private data {versions[0]} or later" if versions is not None else "private data"


_CARRIERS = frozenset({"CSTAEscapeSvc", "CSTASendPrivateEvent"})
"""Requests that are nothing without their private data."""
