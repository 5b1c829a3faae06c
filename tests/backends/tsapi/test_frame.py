"""Frames and private blocks: split anywhere, several at once, and hostile ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrsvr.backends.tsapi.wire.ber import DecodeError, EncodeError
from ivrsvr.backends.tsapi.wire.codec import UnknownPdu
from ivrsvr.backends.tsapi.wire.frame import HEADER, MAX_FRAME, Frame, FrameReader, decode_frame, encode_frame
from ivrsvr.backends.tsapi.wire.names import decode_address, parse_tlink
from ivrsvr.backends.tsapi.wire.private import (
    PrivateBlock,
    decode_block,
    decode_g3,
    decode_grant,
    encode_block,
    encode_grant,
)
from tests.conformance.tsapi_data import load

FRAMES = [bytes.fromhex(vector["frame_hex"]) for vector in load("vectors.json")["frame_vectors"]]

frames = st.builds(
    Frame,
    st.integers(0, 0xFFFF_FFFF),
    st.integers(0, 0xFFFF_FFFF),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
    st.binary(max_size=300),
    st.binary(max_size=300),
)


def read(*pieces: bytes, limit: int = MAX_FRAME) -> list[Frame]:
    reader, found = FrameReader(limit), []
    for piece in pieces:
        reader.feed(piece)
        while (frame := reader.next()) is not None:
            found.append(frame)
    return found


@pytest.mark.parametrize("octets", FRAMES)
def test_split_at_every_octet(octets: bytes) -> None:
    [whole] = read(octets)
    assert encode_frame(whole) == octets
    for place in range(1, len(octets)):
        assert read(octets[:place], octets[place:]) == [whole]
    assert read(*(octets[place : place + 1] for place in range(len(octets)))) == [whole]


@pytest.mark.parametrize("octets", FRAMES)
def test_two_in_one_read_and_trailing_octets(octets: bytes) -> None:
    [whole] = read(octets)
    reader = FrameReader()
    reader.feed(octets + octets + octets[:7])
    assert (reader.next(), reader.next(), reader.next()) == (whole, whole, None)
    assert reader.pending == 7


@pytest.mark.parametrize("octets", FRAMES)
def test_truncated_at_every_length_waits(octets: bytes) -> None:
    for length in range(len(octets)):
        assert read(octets[:length]) == []


@pytest.mark.parametrize("octets", FRAMES)
def test_any_octet_changed(octets: bytes) -> None:
    for place in range(len(octets)):
        for change in (0x01, 0x80, 0xFF):
            spoiled = bytearray(octets)
            spoiled[place] ^= change
            try:
                found = read(bytes(spoiled))
            except DecodeError:
                continue
            assert len(found) <= 1


@given(frames, st.integers(1, 50))
def test_round_trip(frame: Frame, step: int) -> None:
    octets = encode_frame(frame)
    assert read(*(octets[at : at + step] for at in range(0, len(octets), step))) == [frame]


@given(st.binary(max_size=200))
def test_any_octets_give_frames_or_a_decode_error(octets: bytes) -> None:
    try:
        read(octets)
    except DecodeError:
        return


@pytest.mark.parametrize("length", [0, 1, 17, MAX_FRAME + 1, 0x8000_0000, 0xFFFF_FFFF])
def test_a_length_that_can_be_no_frames_is_refused_at_once_and_for_good(length: int) -> None:
    reader = FrameReader()
    reader.feed(length.to_bytes(4, "little"))
    for _ in range(2):
        with pytest.raises(DecodeError, match="a length of"):
            reader.next()
        reader.feed(FRAMES[0])
    assert reader.pending == 0


def test_the_limit_is_the_readers_own() -> None:
    frame = encode_frame(Frame(1, 0, 3, 1, bytes(100)))
    assert len(read(frame, limit=118)) == 1
    with pytest.raises(DecodeError, match="18 to 117"):
        read(frame, limit=117)


@pytest.mark.parametrize(("place", "value"), [(0, 2), (14, 9), (16, 1)])
def test_a_header_that_contradicts_itself(place: int, value: int) -> None:
    octets = bytearray(FRAMES[0][4:])
    octets[place] = value
    with pytest.raises(DecodeError, match="frame"):
        decode_frame(bytes(octets))


def test_memory_is_bounded_by_one_frame() -> None:
    reader = FrameReader()
    for _ in range(1000):
        reader.feed(FRAMES[1] * 10)
        while reader.next() is not None:
            pass
    assert reader.pending == 0
    assert len(reader._buffer) <= len(FRAMES[1]) * 10


def test_what_does_not_fit_a_header() -> None:
    with pytest.raises(EncodeError, match="at most 32767"):
        encode_frame(Frame(1, 0, 3, 1, bytes(0x8000)))
    with pytest.raises(EncodeError):
        encode_frame(Frame(-1, 0, 3, 1, b""))
    assert HEADER.size == 18


class TestPrivateBlocks:
    def test_round_trip_and_rubbish_behind_the_vendor(self) -> None:
        block = PrivateBlock("x" * 31, b"abc")
        assert decode_block(encode_block(block)) == block
        full = b"y" * 32 + b"\x01\x00z"
        assert decode_block(full) == PrivateBlock("y" * 32, b"z")

    @pytest.mark.parametrize("octets", [b"", bytes(33), bytes(35), b"ECS" + bytes(29) + b"\x05\x00abc"])
    def test_broken(self, octets: bytes) -> None:
        with pytest.raises(DecodeError):
            decode_block(octets)

    @pytest.mark.parametrize("vendor", ["x" * 32, "a\0b", "\u20ac"])
    def test_a_vendor_that_does_not_fit(self, vendor: str) -> None:
        with pytest.raises(EncodeError):
            encode_block(PrivateBlock(vendor, b""))

    @pytest.mark.parametrize("data", [b"", b"\x02\0", b"\x03\0\x55\0\x30\0", b"\0" * 8])
    def test_what_is_no_g3_private_data(self, data: bytes) -> None:
        assert decode_g3(PrivateBlock("ECS", data)) is None
        assert decode_g3(PrivateBlock("Other", b"\x02\0\x55\0\x30\x02\x16\0")) is None

    def test_a_number_that_nobody_knows(self) -> None:
        with pytest.raises(UnknownPdu):
            decode_g3(PrivateBlock("ECS", b"\x02\0\xff\x7f\x30\0"))

    @pytest.mark.parametrize("version", [2, 7, 10])
    def test_grants(self, version: int) -> None:
        block = encode_grant(version)
        assert block == PrivateBlock("ECS", b"\0%d\0" % version)
        assert decode_grant(block) == version

    @pytest.mark.parametrize("data", [b"", b"\0\0", b"8", b"\x008", b"8\0", b"\0x\0", b"\x009999\0", b"\0-1\0"])
    def test_no_grants(self, data: bytes) -> None:
        assert decode_grant(PrivateBlock("ECS", data)) is None
        assert decode_grant(PrivateBlock("Other", b"\x008\0")) is None


class TestNames:
    @pytest.mark.parametrize("octets", ["", "0200041a7f0000", "0a00041a" + "00" * 19])
    def test_short_addresses(self, octets: str) -> None:
        with pytest.raises(DecodeError):
            decode_address(bytes.fromhex(octets))

    @pytest.mark.parametrize("family", ["0200", "0002", "0000"])
    def test_any_family_but_ipv6_is_ipv4(self, family: str) -> None:
        address, port = decode_address(bytes.fromhex(family + "28d27f000001"))
        assert (str(address), port) == ("127.0.0.1", 0x28D2)

    def test_tlinks(self) -> None:
        assert parse_tlink("AVAYA#CM1#csta-s#AES1").secure
        assert not parse_tlink("AVAYA#CM1#CSTA#AES1").secure
        for name in ("A#B#C", "A#B##D", "A#B#C#D#E", "A#B#C#" + "D" * 43):
            with pytest.raises(DecodeError):
                parse_tlink(name)
