"""Octets <-> messages, for either end: frames, bodies and private blocks put together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from ivrsvr.backends.tsapi.wire import codec
from ivrsvr.backends.tsapi.wire.ber import DecodeError
from ivrsvr.backends.tsapi.wire.frame import MAX_FRAME, Frame, FrameReader, encode_frame
from ivrsvr.backends.tsapi.wire.private import PrivateBlock, decode_block, decode_g3, encode_block, encode_g3
from ivrsvr.csta.pdu import EventClass, declaration_of

Trace: TypeAlias = Callable[[bool, Frame], None]
"""Is told of every frame: whether it was sent (else received), and the frame."""


@dataclass(frozen=True, slots=True)
class Message:
    """A PDU on its way.

    crossRef: the monitor's cross reference; 0 in all but monitored events.
    private:  the G3 private PDU that rides on it.
    block:    a private block that is not G3 private data: key request, version offer and grant.
    problem:  why a received private block was dropped; the message itself is whole nevertheless (wire.md section 14).
    """

    event_class: EventClass
    invokeID: int
    crossRef: int
    pdu: Any
    private: Any | None = None
    block: PrivateBlock | None = None
    problem: DecodeError | None = None


@dataclass(frozen=True, slots=True)
class Undecoded:
    """A frame whose class, number or body nobody understands; the ones after it are not harmed."""

    frame: Frame
    error: DecodeError


class Channel:
    """One connection's octets, in both directions.

    limit: octets of a frame that are taken from the peer.
    """

    def __init__(self, *, limit: int = MAX_FRAME, trace: Trace | None = None) -> None:
        self.trace = trace
        self._reader = FrameReader(limit)
        self._output = bytearray()

    def receive(self, octets: bytes) -> Iterator[Message | Undecoded]:
        """The messages that are whole now, one by one: what the first one changes is in force for the second.

        Raises DecodeError when the octets have lost their rhythm; nothing more will come then.
        """
        self._reader.feed(octets)
        while (frame := self._reader.next()) is not None:
            if self.trace is not None:
                self.trace(False, frame)
            yield read_message(frame)

    def send(self, message: Message) -> None:
        """Queue a message. Raises EncodeError, and nothing is queued then."""
        frame = write_message(message)
        self._output += encode_frame(frame)
        if self.trace is not None:
            self.trace(True, frame)

    @property
    def queued(self) -> int:
        """Octets that wait for `data_to_send`."""
        return len(self._output)

    def data_to_send(self) -> bytes:
        """What has been queued, once."""
        octets = bytes(self._output)
        self._output.clear()
        return octets


def read_message(frame: Frame) -> Message | Undecoded:
    """The message of a frame."""
    try:
        family = frame.family
        if family is None:
            raise codec.UnknownPdu(f"there is no event class {frame.eventClass}")
        pdu = codec.decode(codec.type_of(family, frame.number), frame.body)
    except DecodeError as error:
        return Undecoded(frame, error)
    event_class = EventClass(frame.eventClass)
    if not frame.private:
        return Message(event_class, frame.invokeID, frame.crossRef, pdu)
    block = private = problem = None
    try:
        block = decode_block(frame.private)
        private = decode_g3(block)
    except DecodeError as error:
        problem = error
    return Message(
        event_class, frame.invokeID, frame.crossRef, pdu, private, block if private is None else None, problem
    )


def write_message(message: Message) -> Frame:
    """The frame of a message. Raises EncodeError."""
    block = message.block if message.private is None else encode_g3(message.private)
    return Frame(
        message.invokeID,
        message.crossRef,
        message.event_class,
        declaration_of(message.pdu).number,
        codec.encode(message.pdu),
        encode_block(block) if block is not None else b"",
    )
