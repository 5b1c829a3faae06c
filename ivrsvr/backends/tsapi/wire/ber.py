"""The BER subset of TSAPI bodies: universal tags, definite lengths, primitive strings. Source: wire.md section 2.

Writers give a whole element (tag, length, content). Readers take ``(octets, position, where)`` and give ``(value,
position behind the element)``; they accept every definite form of length and raise `DecodeError`, nothing else, except
IndexError when the octets end inside a header, which `codec.decode` turns into a DecodeError.
"""

import math
import struct

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
REAL = 0x09
ENUMERATED = 0x0A
IA5_STRING = 0x16
SEQUENCE = 0x30

TAG_NAMES = {
    BOOLEAN: "BOOLEAN",
    INTEGER: "INTEGER",
    BIT_STRING: "BIT STRING",
    OCTET_STRING: "OCTET STRING",
    NULL: "NULL",
    REAL: "REAL",
    ENUMERATED: "ENUMERATED",
    IA5_STRING: "IA5String",
    SEQUENCE: "SEQUENCE",
}

MAX_BODY = 0xFFFF
"""Octets of a body: its length stands in a u16."""

MAX_ELEMENTS = 4096
"""Elements of one SEQUENCE OF."""

MAX_BITS = 64
"""Bits of a BIT STRING; the longest of the specification has 14."""

MAX_REAL = 16
"""Content octets of a REAL."""

TRUE = bytes((BOOLEAN, 1, 0xFF))
FALSE = bytes((BOOLEAN, 1, 0))
NULL_BODY = bytes((SEQUENCE, 2, NULL, 0))
EMPTY_BODY = bytes((SEQUENCE, 0))


class WireError(ValueError):
    """What is wrong, and where: a component such as ``ConnectionID.callID``, an offset in octets, or both."""

    def __init__(self, what: str, where: str = "", offset: int | None = None) -> None:
        place = where if offset is None else f"{where or 'octets'} at {offset}"
        super().__init__(f"{place}: {what}" if place else what)
        self.what = what
        self.where = where
        self.offset = offset


class DecodeError(WireError):
    """Octets that are not what the specification allows: the other end's fault."""


class EncodeError(WireError):
    """A value that has no octets: this end's fault."""


# ---- writing


def header(tag: int, length: int) -> bytes:
    """Tag and shortest length. Raises EncodeError for more octets than a body holds."""
    if length < 0x80:
        return bytes((tag, length))
    if length < 0x100:
        return bytes((tag, 0x81, length))
    if length <= MAX_BODY:
        return bytes((tag, 0x82, length >> 8, length & 0xFF))
    raise EncodeError(f"{length} octets; at most {MAX_BODY} fit", TAG_NAMES[tag])


def short_headers(tag: int) -> tuple[bytes, ...]:
    """The headers of all contents that fit a u16's low octet's short form: index = length, below 128."""
    return tuple(bytes((tag, length)) for length in range(0x80))


_TEXT_HEADERS = short_headers(IA5_STRING)
_OCTETS_HEADERS = short_headers(OCTET_STRING)
_SEQUENCE_HEADERS = short_headers(SEQUENCE)


def text(value: str) -> bytes:
    """An IA5String. Octets above 127 are kept as Latin-1, so that whatever was received can be sent."""
    content = value.encode("latin-1")
    length = len(content)
    return (_TEXT_HEADERS[length] if length < 0x80 else header(IA5_STRING, length)) + content


def octets(value: bytes) -> bytes:
    """An OCTET STRING."""
    length = len(value)
    return (_OCTETS_HEADERS[length] if length < 0x80 else header(OCTET_STRING, length)) + value


def sequence(content: bytes) -> bytes:
    """A SEQUENCE around content."""
    length = len(content)
    return (_SEQUENCE_HEADERS[length] if length < 0x80 else header(SEQUENCE, length)) + content


def number(tag: int, value: int) -> bytes:
    """An INTEGER or ENUMERATED, minimal. Raises EncodeError for a value that does not fit 32 bits."""
    if not -0x8000_0000 <= value <= 0x7FFF_FFFF:
        raise EncodeError(f"{value} does not fit 32 bits", TAG_NAMES[tag])
    size = (value + (value < 0)).bit_length() // 8 + 1
    return bytes((tag, size)) + value.to_bytes(size, "big", signed=True)


class Numbers(dict[int, bytes]):
    """Number -> element, for one tag: those of one octet are there from the start, others are made when asked for."""

    def __init__(self, tag: int) -> None:
        super().__init__((value, number(tag, value)) for value in range(-0x80, 0x80))
        self.tag = tag

    def __missing__(self, value: int) -> bytes:
        if not isinstance(value, int):
            raise EncodeError(f"{value!r} is not a number", TAG_NAMES[self.tag])
        return number(self.tag, value)


INTEGERS = Numbers(INTEGER)
ENUMERATEDS = Numbers(ENUMERATED)


def bits(value: int, count: int) -> bytes:
    """A BIT STRING of `count` bits, flag ``1 << n`` being bit n; more when a higher flag is set.

    Raises EncodeError for flags beyond what a reader takes.
    """
    count = max(count, value.bit_length())
    if value < 0 or count > MAX_BITS:
        raise EncodeError(f"{value} is not a set of at most {MAX_BITS} flags", TAG_NAMES[BIT_STRING])
    size = (count + 7) // 8
    mirrored = int(f"{value:0{size * 8}b}"[::-1], 2) if size else 0
    return bytes((BIT_STRING, size + 1, size * 8 - count)) + mirrored.to_bytes(size, "big")


def real(value: float) -> bytes:
    """A REAL as clients write it: the significand of an IEEE single without trailing zero octets, base 2.

    Raises EncodeError for a value beyond single precision's range.
    """
    if value == 0:
        return bytes((REAL, 0))
    if math.isinf(value) or math.isnan(value):
        return bytes((REAL, 1, 0x42 if math.isnan(value) else 0x40 if value > 0 else 0x41))
    try:
        image: int = struct.unpack(">I", struct.pack(">f", value))[0]
    except (OverflowError, struct.error) as error:
        raise EncodeError(f"{value!r} is not a single-precision number", TAG_NAMES[REAL]) from error
    biased, mantissa = image >> 23 & 0xFF, image & 0x7F_FFFF
    if biased:
        mantissa |= 0x80_0000
    exponent = max(biased, 1) - 150
    if not mantissa:
        return bytes((REAL, 0))
    while not mantissa & 0xFF:
        mantissa >>= 8
        exponent += 8
    sign = 0x40 if value < 0 else 0
    wide = not -0x80 <= exponent <= 0x7F
    content = bytes((0x80 | sign | wide,)) + exponent.to_bytes(1 + wide, "big", signed=True)
    content += mantissa.to_bytes((mantissa.bit_length() + 7) // 8, "big")
    return bytes((REAL, len(content))) + content


# ---- reading


def read_header(data: bytes, position: int, tag: int, where: str) -> tuple[int, int]:
    """Where an element's content begins and where it ends. The end may lie behind the octets: the caller checks it."""
    found = data[position]
    if found != tag:
        name = TAG_NAMES.get(found, f"tag {found:02X}")
        raise DecodeError(f"{TAG_NAMES[tag]} expected, {name} found", where, position)
    length = data[position + 1]
    start = position + 2
    if length < 0x80:
        return start, start + length
    size = length & 0x7F
    if not size:
        raise DecodeError("indefinite length", where, position)
    if size > 126 or start + size > len(data):
        raise DecodeError("the length ends early", where, position)
    length = int.from_bytes(data[start : start + size], "big")
    if length > MAX_BODY:
        raise DecodeError(f"a length of {length} octets; at most {MAX_BODY} are allowed", where, position)
    return start + size, start + size + length


def read_content(data: bytes, position: int, tag: int, where: str) -> tuple[bytes, int]:
    """An element's whole content."""
    start, end = read_header(data, position, tag, where)
    if end > len(data):
        raise DecodeError("the content ends early", where, position)
    return data[start:end], end


def read_number(data: bytes, position: int, tag: int, where: str) -> tuple[int, int]:
    """An INTEGER or ENUMERATED of 1 to 4 content octets."""
    content, end = read_content(data, position, tag, where)
    if not 1 <= len(content) <= 4:
        raise DecodeError(f"a number of {len(content)} octets; 1 to 4 are allowed", where, position)
    return int.from_bytes(content, "big", signed=True), end


def read_boolean(data: bytes, position: int, where: str) -> tuple[bool, int]:
    """A BOOLEAN; any octet but zero is true."""
    content, end = read_content(data, position, BOOLEAN, where)
    if len(content) != 1:
        raise DecodeError(f"a truth value of {len(content)} octets", where, position)
    return content != b"\0", end


def read_bits(data: bytes, position: int, where: str) -> tuple[int, int]:
    """A BIT STRING of any count of bits up to `MAX_BITS`, as flags: bit n is ``1 << n``."""
    content, end = read_content(data, position, BIT_STRING, where)
    unused = content[0] if content else 8
    if unused > 7 or (unused and len(content) == 1):
        raise DecodeError("a wrong number of unused bits", where, position)
    if len(content) - 1 > MAX_BITS // 8:
        raise DecodeError(f"{len(content) - 1} octets of bits; at most {MAX_BITS // 8} are allowed", where, position)
    size = len(content) - 1
    if not size:
        return 0, end
    mirrored = int.from_bytes(content[1:], "big") >> unused << unused
    return int(f"{mirrored:0{size * 8}b}"[::-1], 2), end


_REAL_SPECIALS = {0x40: math.inf, 0x41: -math.inf, 0x42: math.nan, 0x43: -0.0}
_REAL_BASE_BITS = (1, 3, 4)


def read_real(data: bytes, position: int, where: str) -> tuple[float, int]:
    """A REAL in any binary form, or one of the special values."""
    content, end = read_content(data, position, REAL, where)
    if not content:
        return 0.0, end
    first = content[0]
    if not first & 0x80:
        special = _REAL_SPECIALS.get(first)
        if special is None or len(content) != 1:
            raise DecodeError("a REAL in decimal form", where, position)
        return special, end
    base, scale, form = first >> 4 & 3, first >> 2 & 3, first & 3
    start, size = (2, content[1] if len(content) > 1 else 0) if form == 3 else (1, form + 1)
    if base == 3 or not size or start + size >= len(content) or len(content) > MAX_REAL:
        raise DecodeError("a malformed REAL", where, position)
    exponent = int.from_bytes(content[start : start + size], "big", signed=True)
    mantissa = int.from_bytes(content[start + size :], "big")
    try:
        value = math.ldexp(mantissa, exponent * _REAL_BASE_BITS[base] + scale)
    except OverflowError as error:
        raise DecodeError("a REAL out of range", where, position) from error
    return (-value if first & 0x40 else value), end
