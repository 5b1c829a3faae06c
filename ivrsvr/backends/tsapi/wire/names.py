"""Addresses and names of the name service. Source: wire.md section 5."""

import ipaddress
import struct
from dataclasses import dataclass
from typing import TypeAlias

from ivrsvr.backends.tsapi.wire.ber import DecodeError, EncodeError

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_IPV4 = b"\x02\0"
_IPV6 = b"\x0a\0"
_PORT = struct.Struct(">H")
MAX_NAME = 48
"""Characters of a TLINK's name; native clients lose the whole list for one more."""


def encode_address(address: IPAddress, port: int) -> bytes:
    """A socket address: 16 octets for IPv4, 28 for IPv6; only the port is in network order of the two ends' choice."""
    if not 0 < port <= 0xFFFF:
        raise EncodeError(f"port {port}", "address")
    if isinstance(address, ipaddress.IPv4Address):
        return _IPV4 + _PORT.pack(port) + address.packed + bytes(8)
    return _IPV6 + _PORT.pack(port) + bytes(4) + address.packed + bytes(4)


def decode_address(octets: bytes) -> tuple[IPAddress, int]:
    """Address and port. Clients take any family but IPv6's as IPv4, and so does this. Raises DecodeError."""
    size = 24 if octets[:2] == _IPV6 else 8
    if len(octets) < size:
        raise DecodeError(f"{len(octets)} octets; such an address has at least {size}", "address")
    (port,) = _PORT.unpack_from(octets, 2)
    if size == 24:
        return ipaddress.IPv6Address(octets[8:24]), port
    return ipaddress.IPv4Address(octets[4:8]), port


@dataclass(frozen=True, slots=True)
class Tlink:
    """The four parts of a TLINK's name, such as ``AVAYA#CM1#CSTA#AES1``; compared without regard to case."""

    vendor: str
    switch: str
    service: str
    server: str

    @property
    def secure(self) -> bool:
        """Whether the link is reached by TLS."""
        return is_encrypted(str(self))

    def __str__(self) -> str:
        return f"{self.vendor}#{self.switch}#{self.service}#{self.server}"


def is_encrypted(name: str) -> bool:
    """Whether a TLINK is reached by TLS: its third part alone says so, to every client."""
    return name.upper().split("#")[2:3] == ["CSTA-S"]


def parse_tlink(name: str) -> Tlink:
    """The parts of a name. Raises DecodeError for anything but four of them in at most 48 characters."""
    parts = name.split("#")
    if len(parts) != 4 or not all(parts) or len(name) > MAX_NAME:
        raise DecodeError(f"{name!r} is not VENDOR#SWITCH#SERVICE#SERVER of at most {MAX_NAME} characters", "TLINK")
    return Tlink(*parts)
