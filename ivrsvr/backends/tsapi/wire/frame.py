"""Frames: the 18-octet header with a body and a private block behind it. Source: wire.md section 1."""

import struct
from dataclasses import dataclass

from ivrsvr.backends.tsapi.wire.ber import DecodeError, EncodeError
from ivrsvr.csta.pdu import EventClass, Family

VERSION = 1
HEADER = struct.Struct("<HIIHHHH")
LENGTH = struct.Struct("<I")
_WHOLE_HEADER = struct.Struct("<IHIIHHHH")

MAX_PART = 0x7FFF
"""Octets of a body or a private block that may be sent: clients read both lengths as signed (wire.md section 13)."""

MAX_FRAME = HEADER.size + 2 * 0xFFFF
"""Octets of a frame behind its length; no header can speak of more."""

_FAMILIES = {
    EventClass.ACSREQUEST: Family.ACS,
    EventClass.ACSUNSOLICITED: Family.ACS,
    EventClass.ACSCONFIRMATION: Family.ACS,
    EventClass.CSTAREQUEST: Family.CSTA,
    EventClass.CSTAUNSOLICITED: Family.CSTA,
    EventClass.CSTACONFIRMATION: Family.CSTA,
    EventClass.CSTAEVENTREPORT: Family.CSTA,
}


@dataclass(frozen=True, slots=True)
class Frame:
    """One message as octets.

    crossRef:   the monitor's cross reference; in requests it may be anything and means nothing.
    eventClass: a number, since a peer may send one that nobody knows; see `family`.
    number:     PDU number within the family.
    body:       BER.
    private:    the private block with its vendor, b"" = none.
    """

    invokeID: int
    crossRef: int
    eventClass: int  # noqa: N815
    number: int
    body: bytes
    private: bytes = b""

    @property
    def family(self) -> Family | None:
        """The number space of the PDU; None for an unknown event class."""
        try:
            return _FAMILIES[EventClass(self.eventClass)]
        except ValueError:
            return None


def encode_frame(frame: Frame) -> bytes:
    """The octets of a frame, its length first. Raises EncodeError for what does not fit the header."""
    body, private = len(frame.body), len(frame.private)
    if body > MAX_PART or private > MAX_PART:
        raise EncodeError(f"a body of {body} and a private block of {private} octets; at most {MAX_PART} fit", "frame")
    try:
        header = _WHOLE_HEADER.pack(
            HEADER.size + body + private,
            VERSION,
            frame.invokeID,
            frame.crossRef,
            frame.eventClass,
            frame.number,
            body,
            private,
        )
    except struct.error as error:
        raise EncodeError(str(error), "frame") from error
    return header + frame.body + frame.private


def decode_frame(octets: bytes) -> Frame:
    """A frame from exactly the octets behind its length. Raises DecodeError."""
    if len(octets) < HEADER.size:
        raise DecodeError(f"{len(octets)} octets; a header has {HEADER.size}", "frame")
    version, invoke, cross, event_class, number, body, private = HEADER.unpack_from(octets)
    if version != VERSION:
        raise DecodeError(f"version {version}; only {VERSION} is known", "frame", 0)
    if HEADER.size + body + private != len(octets):
        what = f"a body of {body} and a private block of {private} octets in a frame of {len(octets)}"
        raise DecodeError(what, "frame", 14)
    middle = HEADER.size + body
    return Frame(invoke, cross, event_class, number, octets[HEADER.size : middle], octets[middle:])


class FrameReader:
    """Octets in, frames out; holds at most one unfinished frame besides what was fed last.

    limit: octets of a frame behind its length that are taken.

    After a DecodeError the octets have lost their rhythm: the reader gives nothing more.
    """

    __slots__ = ("_buffer", "_error", "_limit", "_position")

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._buffer = bytearray()
        self._position = 0
        self._limit = limit
        self._error: DecodeError | None = None

    def feed(self, octets: bytes) -> None:
        """Take what was read."""
        if self._error is None:
            if self._position:
                del self._buffer[: self._position]
                self._position = 0
            self._buffer += octets

    def next(self) -> Frame | None:
        """The next whole frame, None = more octets, please. Raises DecodeError, then always the same."""
        if self._error is not None:
            raise self._error
        start = self._position + LENGTH.size
        if len(self._buffer) < start:
            return None
        (length,) = LENGTH.unpack_from(self._buffer, self._position)
        if not HEADER.size <= length <= self._limit:
            raise self._fail(DecodeError(f"a length of {length}; {HEADER.size} to {self._limit} are allowed", "frame"))
        end = start + length
        if len(self._buffer) < end:
            return None
        octets = bytes(memoryview(self._buffer)[start:end])
        self._position = end
        try:
            return decode_frame(octets)
        except DecodeError as error:
            raise self._fail(error) from None

    @property
    def pending(self) -> int:
        """Octets that wait for the rest of their frame."""
        return len(self._buffer) - self._position

    def _fail(self, error: DecodeError) -> DecodeError:
        self._error = error
        self._buffer.clear()
        self._position = 0
        return error
