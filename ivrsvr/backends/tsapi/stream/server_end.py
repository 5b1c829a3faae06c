"""The server end: the name service, the open, requests. Source: wire.md sections 4 to 8; checklist.md.

Everything that real clients were found to check is settled here: classes, invoke ids, exactly the declared members,
the private block of the open confirmation, no heartbeat unasked, and a reset instead of an ordinary close.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from ivrsvr.backends.tsapi.stream.channel import Channel, Message, Trace, Undecoded
from ivrsvr.backends.tsapi.stream.credentials import ChallengeForm, Credentials, challenge
from ivrsvr.backends.tsapi.stream.events import Asked, CloseAsked, Ended, Ignored, NamesAsked, OpenAsked, ServerEvent
from ivrsvr.backends.tsapi.wire.ber import DecodeError
from ivrsvr.backends.tsapi.wire.codec import UnknownPdu
from ivrsvr.backends.tsapi.wire.private import VERSION, encode_grant, offer_text
from ivrsvr.csta.acs import (
    ACSAbortStream,
    ACSCloseStream,
    ACSCloseStreamConf,
    ACSKeyRequest,
    ACSNameSrvReply,
    ACSNameSrvRequest,
    ACSOpenStream,
    ACSOpenStreamConf,
    ACSRequestPrivileges,
    ACSRequestPrivilegesConf,
    ACSSetHeartbeatInterval,
    ACSSetPrivileges,
    ACSSetPrivilegesConf,
    ACSUniversalFailureConf,
    ACSUniversalFailureEvent,
)
from ivrsvr.csta.enums import StreamType
from ivrsvr.csta.errors import ACSUniversalFailure, CSTAUniversalFailure
from ivrsvr.csta.pdu import EventClass, declaration_of
from ivrsvr.csta.system import UniversalFailureConf
from ivrsvr.csta.types import ACSNameAddr

HANDSHAKE_S = 30.0
"""How long a connection may go on without an open stream."""

MAX_FRAME = 0x8000
"""Octets of a frame that are taken from a client; its requests are far shorter."""

_STREAM_TYPES = (StreamType.ST_CSTA, StreamType.ST_CSTA_TRUSTED_APP)


class Phase(Enum):
    """How far the conversation is."""

    NEW = auto()
    OPENING = auto()
    OPEN = auto()
    CLOSING = auto()
    ENDED = auto()


class _Privileges(Enum):
    """How far a trusted application's proof is; it has to be the first thing after the open."""

    FIRST = auto()
    ASKED = auto()
    TOO_LATE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How a server behaves where servers may differ.

    key:        8 fresh random octets, the challenge of this connection.
    object_id:  belongs to the challenge.
    form:       the answer to a key request; AUTH_REPLY_TWO is the one from which any client's password is recovered.
    nonce:      what a trusted application has to sign.
    api:        API versions that are known.
    versions:   library, server and driver version that clients are told.
    """

    key: bytes
    object_id: int = 0
    form: ChallengeForm = ChallengeForm.AUTH_REPLY_TWO
    nonce: str = ""
    api: range = range(1, 3)
    versions: tuple[str, str, str] = ("AES10.1", "AES10.1", "G3PD10.1")


class ServerEnd:
    """One connection as the server sees it, on a name-service port, a TLINK port, or one that is both."""

    def __init__(self, ways: Ways, *, now: float, trace: Trace | None = None) -> None:
        self.ways = ways
        self.phase = Phase.NEW
        self.version: int | None = None
        self._until: float | None = now + HANDSHAKE_S
        self._channel = Channel(limit=MAX_FRAME, trace=trace)
        self._asked: Any | None = None
        self._open_invoke = 0
        self._api = ways.api[-1]
        self._stream_type = StreamType.ST_CSTA
        self._privileges = _Privileges.FIRST

    # ---- driving

    def receive(self, octets: bytes) -> Iterator[ServerEvent]:
        """Take what was read; the next message is looked at when the event of the one before has been dealt with."""
        if self.ended:
            return
        try:
            for message in self._channel.receive(octets):
                yield from self._take(message)
                if self.ended:
                    return
        except DecodeError as error:
            yield self.fail(ACSUniversalFailure.TSERVER_BAD_PACKET, f"the client's octets make no sense: {error}")

    def disconnected(self) -> list[ServerEvent]:
        """Take note that the connection is gone."""
        return [] if self.ended else [self._end("the client is gone")]

    @property
    def ended(self) -> bool:
        """Whether the conversation is over."""
        return self.phase is Phase.ENDED

    def data_to_send(self) -> bytes:
        """What has to be sent now."""
        return self._channel.data_to_send()

    @property
    def queued(self) -> int:
        """Octets that wait for `data_to_send`."""
        return self._channel.queued

    @property
    def deadline(self) -> float | None:
        """When `expire` wants to be called; None = never."""
        return None if self.phase is Phase.OPEN else self._until

    def expire(self, now: float) -> list[ServerEvent]:
        """Give up a connection that came to nothing."""
        if self.deadline is not None and self.deadline <= now:
            return [self._end(f"no open stream within {HANDSHAKE_S:g} s", reset=True)]
        return []

    # ---- answering

    def name(self, invoke_id: int, links: Iterable[tuple[str, bytes]]) -> None:
        """Answer `NamesAsked` with (name, address octets), all in one reply: parts make clients ask for ever."""
        entries = tuple(ACSNameAddr(name, address) for name, address in links)
        self._send(EventClass.ACSCONFIRMATION, invoke_id, ACSNameSrvReply(more=False, list=entries))

    def accept(self, version: int | None) -> None:
        """Answer `OpenAsked`: the stream is open, with this version of private data or without any."""
        library, server, driver = self.ways.versions
        pdu = ACSOpenStreamConf(apiVer=f"ST{self._api}", libVer=library, tsrvVer=server, drvrVer=driver)
        block = None if version is None else encode_grant(version)
        self._channel.send(Message(EventClass.ACSCONFIRMATION, self._open_invoke, 0, pdu, None, block))
        self.version, self.phase = version, Phase.OPEN

    def refuse(self, error: ACSUniversalFailure) -> None:
        """Answer `OpenAsked`: no stream; the client may try again on this connection."""
        self._refuse(self._open_invoke, error)
        self.phase = Phase.NEW

    def send(
        self, event_class: EventClass, invoke_id: int, cross_ref: int, pdu: Any, private: Any | None = None
    ) -> None:
        """Send a confirmation, a failure, an event, a route request or a heartbeat that was asked for.

        private must already have the layout of the stream's version; without private data in force it is left out.
        Raises EncodeError for what has no octets.
        """
        if self.phase in (Phase.OPEN, Phase.CLOSING):
            rider = None if self.version is None else private
            self._channel.send(Message(event_class, invoke_id, cross_ref, pdu, rider))

    def confirm_close(self, invoke_id: int) -> Ended:
        """Answer `CloseAsked`: the stream is over; an ordinary close of the connection is harmless after this."""
        self._send(EventClass.ACSCONFIRMATION, invoke_id, ACSCloseStreamConf())
        return self._end("the client closed the stream")

    def fail(self, error: ACSUniversalFailure, reason: str) -> Ended:
        """End the conversation from this side: an unsolicited universal failure, then a reset of the connection."""
        if self.phase is Phase.OPEN:
            self._send(EventClass.ACSUNSOLICITED, 0, ACSUniversalFailureEvent(error=error))
        return self._end(reason, reset=True)

    # ---- taking

    def _take(self, message: Message | Undecoded) -> Iterator[ServerEvent]:
        if isinstance(message, Undecoded):
            yield self._undecoded(message)
            return
        if message.problem is not None:
            yield Ignored(f"private data of {type(message.pdu).__name__}: {message.problem}")
        declared = declaration_of(message.pdu).event_class
        if message.event_class is EventClass.ACSREQUEST is declared:
            yield from self._acs(message)
        elif message.event_class is EventClass.CSTAREQUEST is declared:
            yield from self._csta(message)
        else:
            self._refuse_class(message.event_class, message.invokeID)
            yield Ignored(f"{type(message.pdu).__name__} with class {message.event_class.name}")

    def _csta(self, message: Message) -> Iterator[ServerEvent]:
        if self.phase is not Phase.OPEN:
            error = CSTAUniversalFailure.ACS_HANDLE_TERMINATION_REJECTION
            pdu = UniversalFailureConf(error=error)
            self._send(EventClass.CSTACONFIRMATION, message.invokeID, pdu)
            yield Ignored(f"{type(message.pdu).__name__} without an open stream")
            return
        self._privileges = _Privileges.TOO_LATE
        yield Asked(message.invokeID, message.pdu, message.private)

    def _acs(self, message: Message) -> Iterator[ServerEvent]:
        invoke = message.invokeID
        match message.pdu:
            case ACSNameSrvRequest():
                yield NamesAsked(invoke)
            case ACSKeyRequest():
                # Never a failure here: both real clients lose its code. A bad login is told when it opens.
                self._asked = challenge(self.ways.form, self.ways.object_id, self.ways.key)
                self._send(EventClass.ACSCONFIRMATION, invoke, self._asked)
            case ACSOpenStream():
                yield from self._open(message)
            case ACSCloseStream() if self.phase is Phase.OPEN:
                self.phase = Phase.CLOSING
                yield CloseAsked(invoke)
            case ACSAbortStream():
                yield self._end("the client aborted the stream")
            case ACSSetHeartbeatInterval() if self.phase is Phase.OPEN:
                yield Asked(invoke, message.pdu)
            case (ACSRequestPrivileges() | ACSSetPrivileges()) as pdu if self.phase is Phase.OPEN:
                self._trust(invoke, pdu)
            case _:
                self._refuse(invoke, ACSUniversalFailure.TSERVER_NO_ACS_STREAM)
                yield Ignored(f"{type(message.pdu).__name__} while the stream is {self.phase.name}")

    def _open(self, message: Message) -> Iterator[ServerEvent]:
        pdu, block = message.pdu, message.block
        error = self._open_error(pdu)
        if error is not None:
            self._refuse(message.invokeID, error)
            yield Ignored(f"an open request that is refused with {error.name}")
            return
        self.phase, self._open_invoke, self._stream_type = Phase.OPENING, message.invokeID, pdu.streamType
        offer = offer_text(block.data) if block is not None and block.vendor == VERSION else ""
        credentials = Credentials(pdu.loginID, pdu.cryptPass, self._asked)
        yield OpenAsked(
            message.invokeID,
            pdu.serverID,
            credentials,
            pdu.applicationName,
            pdu.streamType,
            offer,
            pdu.libVer,
            self._api,
        )

    def _open_error(self, pdu: ACSOpenStream) -> ACSUniversalFailure | None:
        if self.phase is not Phase.NEW:
            return ACSUniversalFailure.DRIVER_DUPLICATE_ACSHANDLE
        if pdu.streamType not in _STREAM_TYPES:
            return ACSUniversalFailure.TSERVER_BAD_STREAM_TYPE
        api = common_api(pdu.apiVer, self.ways.api)
        if api is None:
            return ACSUniversalFailure.TSERVER_NO_VERSION
        self._api = api
        return None

    def _trust(self, invoke: int, pdu: ACSRequestPrivileges | ACSSetPrivileges) -> None:
        """A trusted application's proof: the document must hold the nonce; signatures are not verified."""
        step, self._privileges = self._privileges, _Privileges.TOO_LATE
        if self._stream_type is not StreamType.ST_CSTA_TRUSTED_APP:
            self._refuse(invoke, ACSUniversalFailure.TSERVER_UNAUTHORIZED_CONNECTION)
        elif isinstance(pdu, ACSRequestPrivileges):
            if step is not _Privileges.FIRST:
                self._refuse(invoke, ACSUniversalFailure.TSERVER_NOT_FIRST_MESSAGE)
                return
            self._privileges = _Privileges.ASKED
            self._send(EventClass.ACSCONFIRMATION, invoke, ACSRequestPrivilegesConf(nonce=self.ways.nonce))
        elif step is not _Privileges.ASKED:
            self._refuse(invoke, ACSUniversalFailure.TSERVER_NOT_SECOND_MESSAGE)
        elif not pdu.xmlData.lstrip().startswith("<"):
            self._refuse(invoke, ACSUniversalFailure.TSERVER_INVALID_PRIV_MESSAGE)
        elif self.ways.nonce not in pdu.xmlData:
            self._refuse(invoke, ACSUniversalFailure.TSERVER_INVALID_NONCE)
        else:
            self._send(EventClass.ACSCONFIRMATION, invoke, ACSSetPrivilegesConf())

    # ---- inner workings

    def _undecoded(self, message: Undecoded) -> ServerEvent:
        """A request that nobody understands is answered as well: silence blocks real clients."""
        frame = message.frame
        if frame.eventClass == EventClass.CSTAREQUEST:
            unknown = isinstance(message.error, UnknownPdu)
            error = (
                CSTAUniversalFailure.UNRECOGNIZED_OPERATION_REJECTION
                if unknown
                else CSTAUniversalFailure.BADLY_STRUCTURED_APDU_REJECTION
            )
            self._send(EventClass.CSTACONFIRMATION, frame.invokeID, UniversalFailureConf(error=error))
        elif isinstance(message.error, UnknownPdu):
            self._refuse(frame.invokeID, ACSUniversalFailure.TSERVER_BAD_PDU)
        else:
            self._refuse(frame.invokeID, ACSUniversalFailure.TSERVER_DECODE_FAILED)
        return Ignored(str(message.error))

    def _refuse_class(self, event_class: EventClass, invoke: int) -> None:
        if event_class is EventClass.CSTAREQUEST:
            error = CSTAUniversalFailure.UNRECOGNIZED_OPERATION_REJECTION
            self._send(EventClass.CSTACONFIRMATION, invoke, UniversalFailureConf(error=error))
        else:
            self._refuse(invoke, ACSUniversalFailure.TSERVER_BAD_PDU)

    def _refuse(self, invoke: int, error: ACSUniversalFailure) -> None:
        self._send(EventClass.ACSCONFIRMATION, invoke, ACSUniversalFailureConf(error=error))

    def _send(self, event_class: EventClass, invoke: int, pdu: Any) -> None:
        self._channel.send(Message(event_class, invoke, 0, pdu))

    def _end(self, reason: str, *, reset: bool = False) -> Ended:
        self.phase, self._until = Phase.ENDED, None
        return Ended(reason, reset=reset)


def common_api(offer: str, known: range) -> int | None:
    """The highest API version of an offer such as ``TS1:2``, ``TS1-2`` or ``TS2`` that is known; None = there is none.

    Both separators mean "from, to": real clients offer the same with either.
    """
    found = re.fullmatch(r"(?:TS)?(\d{1,3})(?:[:-](\d{1,3}))?", offer.strip())
    if found is None:
        # Clients that offer nothing readable want the newest.
        return known[-1] if not offer.strip() else None
    first, last = int(found[1]), int(found[2] or found[1])
    return next((version for version in reversed(known) if first <= version <= last), None)
