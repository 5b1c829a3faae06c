"""Private blocks: vendor and data; G3 private data; the key request's block; version offers and grants.

Source: wire.md sections 3 and 6.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ivrsvr.backends.tsapi.wire import codec
from ivrsvr.backends.tsapi.wire.ber import DecodeError, EncodeError
from ivrsvr.csta.pdu import Family, declaration_of

ECS = "ECS"
DEFINITY = "AT&T Definity G3"
G3_VENDORS = (ECS, DEFINITY)
"""Both name the same private data. ECS is what a server grants and uses: native clients take nothing else."""

NT_TCP = "NT_TCP"
VERSION = "VERSION"

VERSIONS = range(2, 11)
"""The private-data versions whose layouts are known."""

_VENDOR_SIZE = 32
_BLOCK = struct.Struct("<32sH")
_G3 = struct.Struct("<HH")
_G3_ENCODING = 2
_MAX_OFFER = 1024


@dataclass(frozen=True, slots=True)
class PrivateBlock:
    """Private data of one vendor; vendor has at most 31 characters."""

    vendor: str
    data: bytes


KEY_REQUEST = PrivateBlock(NT_TCP, bytes.fromhex("80010101030101"))
"""What accompanies the key request; the meaning of the octets is not known (wire.md section 15, 1)."""


def encode_block(block: PrivateBlock) -> bytes:
    """The octets of a block. Raises EncodeError for a vendor or data that does not fit."""
    try:
        vendor = block.vendor.encode("latin-1")
    except UnicodeError as error:
        raise EncodeError(str(error), "vendor") from error
    if len(vendor) >= _VENDOR_SIZE or b"\0" in vendor:
        raise EncodeError(f"{block.vendor!r} is not a name of at most {_VENDOR_SIZE - 1} characters", "vendor")
    if len(block.data) > 0xFFFF:
        raise EncodeError(f"{len(block.data)} octets; at most {0xFFFF} fit", "private block")
    return _BLOCK.pack(vendor, len(block.data)) + block.data


def decode_block(octets: bytes) -> PrivateBlock:
    """A block from all of its octets; what follows the vendor's first NUL means nothing. Raises DecodeError."""
    if len(octets) < _BLOCK.size:
        raise DecodeError(f"{len(octets)} octets; a block has at least {_BLOCK.size}", "private block")
    vendor, length = _BLOCK.unpack_from(octets)
    data = octets[_BLOCK.size :]
    if length != len(data):
        raise DecodeError(f"a length of {length} before {len(data)} octets", "private block", _VENDOR_SIZE)
    return PrivateBlock(vendor.partition(b"\0")[0].decode("latin-1"), data)


def encode_g3(pdu: Any, vendor: str = ECS) -> PrivateBlock:
    """The block of a G3 private PDU. Raises EncodeError."""
    return PrivateBlock(vendor, _G3.pack(_G3_ENCODING, declaration_of(pdu).number) + codec.encode(pdu))


def decode_g3(block: PrivateBlock) -> Any | None:
    """The private PDU of a block; None for another vendor's block or another encoding.

    Raises DecodeError, and UnknownPdu for a number without a known layout.
    """
    if block.vendor not in G3_VENDORS or len(block.data) < _G3.size:
        return None
    encoding, number = _G3.unpack_from(block.data)
    if encoding != _G3_ENCODING:
        return None
    return codec.decode(codec.type_of(Family.PRIVATE, number), block.data[_G3.size :])


# ---- versions


def encode_offer(vendors: Sequence[str], versions: tuple[int, int]) -> PrivateBlock:
    """The block that offers versions (first, last) of vendors' private data with the open request."""
    first, last = versions
    span = str(first) if first == last else f"{first}-{last}"
    return PrivateBlock(VERSION, b"\0" + "#".join(f"{vendor}#{span}" for vendor in vendors).encode("latin-1") + b"\0")


def offer_text(data: bytes) -> str:
    """What an open request's block offers, such as ``ECS#4-10#AT&T Definity G3#4-10``; "" = the empty offer."""
    return data[:_MAX_OFFER].strip(b"\0#").decode("latin-1")


def encode_grant(version: int, vendor: str = ECS) -> PrivateBlock:
    """The block that grants a version with the open confirmation."""
    return PrivateBlock(vendor, b"\0%d\0" % version)


def decode_grant(block: PrivateBlock) -> int | None:
    """The granted version; None when the block grants no G3 private data."""
    data = block.data
    if block.vendor not in G3_VENDORS or len(data) < 3 or data[0] or data[-1]:
        return None
    digits = data[1:-1]
    return int(digits) if digits.isdigit() and len(digits) <= 3 else None
