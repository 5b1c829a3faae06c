"""Packets out of capture files: pcap (all byte orders and resolutions) and pcapng; TCP segments out of packets.

Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng; RFC 791, 8200, 9293. Whatever is no TCP over IPv4 or IPv6 is
passed over.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypeAlias

PACKET_MOST = 1 << 20
"""Octets of one packet; a longer one means that the file is damaged."""

End: TypeAlias = tuple[str, int]
"""Address and port."""


class NotReadable(Exception):  # noqa: N818 - says what the input is
    """The input is no capture, or a damaged one; the text says where."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A TCP segment.

    at:  seconds since 1970-01-01 UTC.
    syn, fin, rst: its flags.
    """

    at: float
    source: End
    target: End
    sequence: int
    payload: bytes
    syn: bool
    fin: bool
    rst: bool


_PCAP = {
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
}
_PCAPNG = b"\x0a\x0d\x0d\x0a"


def is_capture(octets: bytes) -> bool:
    """Whether the octets begin like a capture file."""
    return octets[:4] in _PCAP or octets[:4] == _PCAPNG


def segments(octets: bytes) -> Iterator[Segment]:
    """The TCP segments of a capture file. Raises NotReadable."""
    packets = _pcapng(octets) if octets[:4] == _PCAPNG else _pcap(octets)
    for at, link, packet in packets:
        found = _segment(at, link, packet)
        if found is not None:
            yield found


def _pcap(octets: bytes) -> Iterator[tuple[float, int, bytes]]:
    if len(octets) < 24:
        raise NotReadable("the capture ends within its head")
    order, unit = _PCAP[octets[:4]]
    (link,) = struct.unpack_from(f"{order}I", octets, 20)
    record = struct.Struct(f"{order}IIII")
    position = 24
    while position < len(octets):
        if position + record.size > len(octets):
            raise NotReadable(f"the capture breaks off at octet {position}")
        seconds, fraction, length, _ = record.unpack_from(octets, position)
        position += record.size
        yield seconds + fraction * unit, link & 0xFFFF, _take(octets, position, length)
        position += length


def _take(octets: bytes, position: int, length: int) -> bytes:
    if length > PACKET_MOST or position + length > len(octets):
        raise NotReadable(f"the capture breaks off at octet {position}")
    return octets[position : position + length]


def _pcapng(octets: bytes) -> Iterator[tuple[float, int, bytes]]:
    order = "<"
    interfaces: list[tuple[int, float]] = []
    position = 0
    while position + 12 <= len(octets):
        kind = octets[position : position + 4]
        if kind == _PCAPNG:
            order = "<" if octets[position + 8 : position + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        (number, total) = struct.unpack_from(f"{order}II", octets, position)
        if total < 12 or total % 4 or position + total > len(octets):
            raise NotReadable(f"the capture breaks off at octet {position}")
        body = octets[position + 8 : position + total - 4]
        if kind != _PCAPNG:
            try:
                yield from _block(order, number, body, interfaces)
            except struct.error:
                raise NotReadable(f"the block at octet {position} is too short") from None
        position += total
    if position != len(octets):
        raise NotReadable(f"the capture breaks off at octet {position}")


def _block(
    order: str, number: int, body: bytes, interfaces: list[tuple[int, float]]
) -> Iterator[tuple[float, int, bytes]]:
    """The packet of an enhanced packet block; an interface description is learned."""
    if number == 1:
        (link,) = struct.unpack_from(f"{order}H", body)
        interfaces.append((link, _resolution(order, body[8:])))
    elif number == 6:
        interface, high, low, length, _ = struct.unpack_from(f"{order}IIIII", body)
        if interface >= len(interfaces) or length > len(body) - 20:
            raise struct.error
        link, unit = interfaces[interface]
        yield ((high << 32) | low) * unit, link, body[20 : 20 + length]


def _resolution(order: str, options: bytes) -> float:
    """Seconds of a tick: the option if_tsresol, or a microsecond."""
    position = 0
    while position + 4 <= len(options):
        code, length = struct.unpack_from(f"{order}HH", options, position)
        if code == 9 and length >= 1 and position + 5 <= len(options):
            value = options[position + 4]
            return float(2.0 ** -(value & 0x7F) if value & 0x80 else 10.0**-value)
        if code == 0:
            break
        position += 4 + (length + 3) // 4 * 4
    return 1e-6


# ---- layers


def _segment(at: float, link: int, packet: bytes) -> Segment | None:
    """The TCP segment in a packet of a link type; None = there is none, or not all of its head."""
    try:
        return _ip(at, _network(link, packet))
    except (struct.error, IndexError):
        return None


def _network(link: int, packet: bytes) -> bytes:
    """The IP packet in a frame of a link type; empty = something else."""
    if link == 1:  # Ethernet
        position, (kind,) = 14, struct.unpack_from(">H", packet, 12)
        while kind in (0x8100, 0x88A8):
            (kind,) = struct.unpack_from(">H", packet, position + 2)
            position += 4
        return packet[position:] if kind in (0x0800, 0x86DD) else b""
    if link == 113:  # Linux cooked
        return packet[16:]
    if link == 276:  # Linux cooked, version 2
        return packet[20:]
    if link in (0, 108):  # BSD loopback
        return packet[4:]
    return packet if link in (12, 14, 101, 228, 229) else b""  # raw IP


def _ip(at: float, packet: bytes) -> Segment | None:
    if not packet:
        return None
    if packet[0] >> 4 == 4:
        length, fragment, protocol = struct.unpack_from(">H2xHxB", packet, 2)
        if protocol != 6 or fragment & 0x1FFF:
            return None
        head = (packet[0] & 0xF) * 4
        return _tcp(at, packet[12:16], packet[16:20], packet[head : length or len(packet)])
    if packet[0] >> 4 == 6:
        length, following = struct.unpack_from(">HB", packet, 4)
        position = 40
        while following in (0, 43, 60):  # extension headers
            following, size = packet[position], packet[position + 1]
            position += (size + 1) * 8
        if following != 6:
            return None
        return _tcp(at, packet[8:24], packet[24:40], packet[position : 40 + length if length else len(packet)])
    return None


def _tcp(at: float, source: bytes, target: bytes, segment: bytes) -> Segment:
    from_port, to_port, sequence, _, offset, flags = struct.unpack_from(">HHIIBB", segment)
    return Segment(
        at=at,
        source=(str(ip_address(source)), from_port),
        target=(str(ip_address(target)), to_port),
        sequence=sequence,
        payload=segment[(offset >> 4) * 4 :],
        syn=bool(flags & 2),
        fin=bool(flags & 1),
        rst=bool(flags & 4),
    )
