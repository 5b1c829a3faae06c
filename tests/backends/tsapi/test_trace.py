"""The readable trace: every vector can be rendered, nothing secret shows, and what it looks like."""

from typing import Any

import pytest

from ivrsvr.backends.tsapi.wire.frame import Frame, FrameReader
from ivrsvr.backends.tsapi.wire.private import PrivateBlock, encode_block
from ivrsvr.backends.tsapi.wire.trace import render
from ivrsvr.csta.pdu import BY_NAME, DECLARATIONS
from tests.conformance.tsapi_data import load

VECTORS: dict[str, Any] = load("vectors.json")


def whole(label: str) -> Frame:
    vector = next(one for one in VECTORS["frame_vectors"] if one["label"] == label)
    reader = FrameReader()
    reader.feed(bytes.fromhex(vector["frame_hex"]))
    frame = reader.next()
    assert frame is not None
    return frame


def test_a_request_with_private_data() -> None:
    assert render(whole("key request with transport private data")).splitlines() == [
        "ACSREQUEST ACSKeyRequest (8), invokeID 1",
        '  loginID: "ctiuser"',
        "  private NT_TCP: 80 01 01 01 03 01 01",
    ]


def test_an_open_request_does_not_show_the_password() -> None:
    text = render(whole("open stream with private-data version offer"))
    assert "  cryptPass: (8 octets, hidden)" in text
    assert '  private VERSION: "ECS#4-10#AT&T Definity G3#4-10"' in text


def test_every_body_can_be_rendered_and_names_every_field() -> None:
    for vector in VECTORS["body_vectors"]:
        cls = BY_NAME[vector["pdu"]]
        octets = bytes.fromhex(vector["hex"])
        if vector["kind"] == "private":
            data = bytes.fromhex(vector["private_payload_hex"])
            frame = Frame(1, 0, 3, 89, b"\x30\x02\x05\x00", encode_block(PrivateBlock("ECS", data)))
        else:
            frame = Frame(1, 0, vector["class"], vector["number"], octets)
        text = render(frame)
        assert "not understood" not in text
        assert DECLARATIONS[cls].asn1_name in text
        assert all(f"{name}:" in text for name in vector["value"] if name != "null")


@pytest.mark.parametrize(
    ("frame", "line"),
    [
        (Frame(1, 0, 9, 1, b""), "  not understood: there is no event class 9"),
        (Frame(1, 0, 3, 999, b""), "  not understood: there is no CSTA PDU 999"),
        (Frame(1, 0, 3, 21, b"\x30\x01"), "  not understood: HoldCall: the body of 2 octets ends early"),
        (Frame(1, 0, 5, 22, b"\x30\x02\x05\x00", b"x"), "  private block, not understood: private block: 1 octets"),
    ],
)
def test_what_is_not_understood_is_shown_as_it_is(frame: Frame, line: str) -> None:
    assert line in render(frame)
