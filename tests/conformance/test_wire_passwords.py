"""All password vectors of vectors.json, the reversible ones also backwards, and the tables against crypt.json."""

from collections import Counter
from typing import Any

import pytest

from ivrsvr.backends.tsapi.wire import password as tables
from ivrsvr.backends.tsapi.wire.password import block_decode, block_encode, scramble
from tests.conformance.tsapi_data import load

VECTORS: list[dict[str, Any]] = load("vectors.json")["crypt_vectors"]


def test_all_vectors_are_there() -> None:
    assert Counter(vector["algorithm"] for vector in VECTORS) == {"scramble": 240, "block_encode": 78}


@pytest.mark.parametrize("vector", [vector for vector in VECTORS if vector["algorithm"] == "scramble"])
def test_scramble(vector: dict[str, Any]) -> None:
    key = bytes.fromhex(vector["key"])
    assert scramble(vector["password"], vector["objectID"], key).hex() == vector["result"]


@pytest.mark.parametrize("vector", [vector for vector in VECTORS if vector["algorithm"] == "block_encode"])
def test_block_encode(vector: dict[str, Any]) -> None:
    key, octets = bytes.fromhex(vector["key"]), bytes.fromhex(vector["result"])
    assert block_encode(vector["password"], key) == octets
    assert block_decode(octets, key) == vector["password"][:40]


def test_known_answers_of_real_clients() -> None:
    key = bytes.fromhex("1122334455667788")
    assert block_encode("Passw0rd", key).hex() == "e7d3014c226016d4" + 4 * "971ddef776a0e82b"
    assert scramble("passw0rd", 16909060, key).hex() == "fcfc15a8b445b4cf"
    assert scramble("Passw0rd", 0, key).hex() == "adaf099ac38882f3"


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("_SUBSTITUTION", "nibble_substitution_256"),
        ("_POSITION", "position_32"),
        ("_BLOCK_SUBSTITUTION", "block_substitution_16x16"),
        ("_BLOCK_PERMUTATION", "block_nibble_permutation_16"),
    ],
)
def test_tables(name: str, reference: str) -> None:
    table = [list(row) if isinstance(row, tuple) else row for row in getattr(tables, name)]
    assert table == load("crypt.json")["tables"][reference]
