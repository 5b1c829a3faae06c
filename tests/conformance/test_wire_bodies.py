"""All bodies of vectors.json, both ways: octets -> value as the reference has it, value -> the same octets."""

from typing import Any

import pytest

from ivrsvr.backends.tsapi.wire.codec import decode, encode, type_of
from ivrsvr.csta.pdu import DECLARATIONS, Family
from tests.conformance.tsapi_data import load, plain, same

BODIES: list[dict[str, Any]] = load("vectors.json")["body_vectors"]


def pdu_type(vector: dict[str, Any]) -> type:
    family = {"ACS": Family.ACS, "CSTA": Family.CSTA}.get(vector["kind"], Family.PRIVATE)
    return type_of(family, vector["number"])


@pytest.mark.parametrize("vector", BODIES, ids=lambda vector: vector["id"])
def test_body(vector: dict[str, Any]) -> None:
    cls, octets = pdu_type(vector), bytes.fromhex(vector["hex"])
    assert DECLARATIONS[cls].asn1_name == vector["pdu"]
    value = decode(cls, octets)
    assert same(plain(value), vector["value"])
    again = encode(value)
    if vector["reencode_exact"]:
        assert again == octets
    assert decode(cls, again) == value


def test_every_pdu_has_a_vector() -> None:
    assert len(BODIES) == 549
    assert {pdu_type(vector) for vector in BODIES} == set(DECLARATIONS)
