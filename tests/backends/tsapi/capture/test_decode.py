"""Captures and hex dumps of real clients as text; and whatever else people may put in."""

import contextlib
import json
import random
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrsvr.backends.tsapi.capture.decode import NotReadable, decoded
from tests.conformance.tsapi_data import DATA

CAPTURES = sorted((DATA / "captures").glob("*.json"))
CLIENT, SERVER = ("10.1.0.1", 40000), ("10.1.0.2", 450)


def conversation(path: Path) -> list[tuple[str, int, bytes]]:
    """Direction, connection and octets of each message of a recorded conversation."""
    return [
        (one["dir"], one.get("connection", 1), bytes.fromhex(one["hex"]))
        for one in json.loads(path.read_text())
        if one.get("hex")
    ]


def tcp(source: tuple[str, int], target: tuple[str, int], sequence: int, payload: bytes, flags: int = 0x18) -> bytes:
    """An Ethernet frame with a TCP segment."""
    head = struct.pack(">HHIIBBHHH", source[1], target[1], sequence % 2**32, 0, 5 << 4, flags, 65535, 0, 0)
    addresses = bytes(map(int, source[0].split("."))) + bytes(map(int, target[0].split(".")))
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(head) + len(payload), 0, 0, 64, 6, 0) + addresses
    return bytes(12) + b"\x08\x00" + ip + head + payload


def frames_of(path: Path, size: int = 1400, start: int = 2**32 - 700) -> Iterator[bytes]:
    """A conversation as Ethernet frames, its messages cut into segments; sequence numbers go round."""
    following: dict[tuple[str, int], int] = {}
    for way, connection, octets in conversation(path):
        client, server = (CLIENT[0], CLIENT[1] + connection), (SERVER[0], SERVER[1] + 600 * (connection > 1))
        source, target = (client, server) if way == "client->server" else (server, client)
        key = (way, connection)
        if key not in following:
            following[key] = start
            yield tcp(source, target, start - 1, b"", 0x02)
        for at in range(0, len(octets), size):
            yield tcp(source, target, following[key], octets[at : at + size])
            following[key] += len(octets[at : at + size])


def pcap(frames: list[bytes], order: str = "<", magic: int = 0xA1B2C3D4) -> bytes:
    head = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, 1)
    records = (
        struct.pack(f"{order}IIII", 1_700_000_000 + number, 5, len(frame), len(frame)) + frame
        for number, frame in enumerate(frames)
    )
    return head + b"".join(records)


def pcapng(frames: list[bytes]) -> bytes:
    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    interface = block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HHB3xHH", 9, 1, 9, 0, 0))
    packets = (
        block(6, struct.pack("<IIIII", 0, *divmod(1_700_000_000_000_000_000, 2**32), len(frame), len(frame)) + frame)
        for frame in frames
    )
    return section + interface + b"".join(packets)


def numbers_in(lines: Iterator[str]) -> list[int]:
    """The numbers of the PDUs that are shown, in order."""
    heads = (re.match(r"  (?:ACS|CSTA)[A-Z]+ \w+ \((\d+)\)", line) for line in lines)
    return [int(head[1]) for head in heads if head is not None]


def wanted(path: Path) -> list[int]:
    return [one["decoded"]["pduNumber"] for one in json.loads(path.read_text()) if one.get("hex")]


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_a_packet_capture_of_a_real_client(path: Path) -> None:
    assert numbers_in(decoded(pcap(list(frames_of(path))))) == wanted(path)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_messages_cut_anyhow(size: int) -> None:
    path = CAPTURES[0]
    assert numbers_in(decoded(pcapng(list(frames_of(path, size))))) == wanted(path)


@pytest.mark.parametrize(("order", "magic"), [(">", 0xA1B2C3D4), ("<", 0xA1B23C4D), (">", 0xA1B23C4D)])
def test_byte_orders_and_resolutions(order: str, magic: int) -> None:
    path = CAPTURES[1]
    assert numbers_in(decoded(pcap(list(frames_of(path)), order, magic))) == wanted(path)


def test_segments_late_and_twice() -> None:
    path = next(path for path in CAPTURES if path.stem == "native-makecall")
    frames = list(frames_of(path, 30))
    luck = random.Random(4)
    shuffled = sorted(range(len(frames)), key=lambda number: number + luck.random() * 4 * (len(frames[number]) > 54))
    mixed = [frames[number] for at in shuffled for number in ([at] * luck.choice([1, 1, 2]))]
    assert sorted(numbers_in(decoded(pcap(mixed)))) == sorted(wanted(path))


def test_only_the_ports_asked_for() -> None:
    octets = pcap(list(frames_of(CAPTURES[0])))
    assert 0 < len(numbers_in(decoded(octets, frozenset({450})))) < len(wanted(CAPTURES[0]))
    with pytest.raises(NotReadable, match="no TSAPI"):
        list(decoded(octets, frozenset({9})))


def test_passwords_are_hidden() -> None:
    path = next(path for path in CAPTURES if path.stem == "native-makecall")
    text = "\n".join(decoded(pcap(list(frames_of(path)))))
    assert "cryptPass: (" in text
    assert "hidden" in text


@pytest.mark.parametrize("form", ["plain", "spaced", "hexdump", "xxd", "marked"])
def test_a_hex_dump(form: str) -> None:
    path = CAPTURES[0]
    text = "\n\n".join(dump(octets, form, way) for way, _, octets in conversation(path))
    lines = list(decoded(text.encode()))
    assert numbers_in(iter(lines)) == wanted(path)
    if form == "marked":
        assert lines[0] == "message 1, from the client"


def dump(octets: bytes, form: str, way: str) -> str:
    if form == "plain":
        return octets.hex()
    if form == "spaced":
        return octets.hex(" ")
    rows = [(at, octets[at : at + 16]) for at in range(0, len(octets), 16)]
    if form == "xxd":
        return "\n".join(f"{at:08x}: {row.hex(' ', -2)}  {text_of(row)}" for at, row in rows)
    lines = "\n".join(f"{at:08x}  {row[:8].hex(' ')}  {row[8:].hex(' ')}  |{text_of(row)}|" for at, row in rows)
    return f"# a message\n{way}:\n{lines}" if form == "marked" else lines


def text_of(row: bytes) -> str:
    return "".join(chr(one) if 32 <= one < 127 else "." for one in row)


@pytest.mark.parametrize(
    "octets", [b"", b"hello\n", b"\x00" * 100, b"\xd4\xc3\xb2\xa1", b"\x0a\x0d\x0d\x0a", pcap([b"x" * 10]), b"zz zz"]
)
def test_what_is_none_is_said(octets: bytes) -> None:
    with pytest.raises(NotReadable):
        list(decoded(octets))


def test_a_capture_that_breaks_off_is_shown_as_far_as_it_goes() -> None:
    octets = pcap(list(frames_of(CAPTURES[0])))
    taken = decoded(octets[:-3])
    shown = [next(taken) for _ in range(20)]
    assert numbers_in(iter(shown))
    with pytest.raises(NotReadable, match="breaks off"):
        list(taken)


@given(st.binary(max_size=400))
def test_anything(octets: bytes) -> None:
    for head in (b"", b"\xd4\xc3\xb2\xa1", b"\x0a\x0d\x0d\x0a"):
        with contextlib.suppress(NotReadable):
            list(decoded(head + octets))


@given(st.integers(0, 5000), st.integers(0, 255))
def test_a_damaged_capture(place: int, value: int) -> None:
    octets = bytearray(pcap(list(frames_of(CAPTURES[1]))))
    octets[place % len(octets)] = value
    with contextlib.suppress(NotReadable):
        list(decoded(bytes(octets)))
