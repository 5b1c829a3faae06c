"""All frames of vectors.json, both ways, with their private blocks."""

from typing import Any

import pytest

from ivrsvr.backends.tsapi.wire.codec import decode, encode, type_of
from ivrsvr.backends.tsapi.wire.frame import FrameReader, encode_frame
from ivrsvr.backends.tsapi.wire.private import G3_VENDORS, decode_block, decode_g3, encode_block, encode_g3
from ivrsvr.csta.pdu import DECLARATIONS
from tests.conformance.tsapi_data import load, plain, same

FRAMES: list[dict[str, Any]] = load("vectors.json")["frame_vectors"]


@pytest.mark.parametrize("vector", FRAMES, ids=lambda vector: vector["label"])
def test_frame(vector: dict[str, Any]) -> None:
    octets = bytes.fromhex(vector["frame_hex"])
    reader = FrameReader()
    reader.feed(octets)
    frame = reader.next()
    assert frame is not None
    assert frame.family is not None
    assert reader.next() is None
    assert (frame.invokeID, frame.crossRef) == (vector["invokeID"], vector["monitorCrossRefID"])

    cls = type_of(frame.family, frame.number)
    assert (DECLARATIONS[cls].asn1_name, DECLARATIONS[cls].event_class) == (vector["pdu"], frame.eventClass)
    pdu = decode(cls, frame.body)
    assert same(plain(pdu), vector["value"])
    assert encode(pdu) == frame.body
    assert bool(frame.private) == bool(vector["private"])
    if vector["private"]:
        block = decode_block(frame.private)
        assert block.vendor == vector["private"]["vendor"]
        assert encode_block(block) == frame.private
        if block.vendor in G3_VENDORS and "value" in vector["private"]:
            private = decode_g3(block)
            assert DECLARATIONS[type(private)].asn1_name == vector["private"]["pdu"]
            assert same(plain(private), vector["private"]["value"])
            assert encode_g3(private, block.vendor) == block
    assert encode_frame(frame) == octets


def test_all_frames_are_there() -> None:
    assert len(FRAMES) == 21
