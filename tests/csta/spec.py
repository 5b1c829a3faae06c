"""The specification, read from the copies of its machine-readable files."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import asn1tools

DATA = Path(__file__).parent.parent / "conformance" / "data" / "tsapi"

Shape = Any
"""A type, whatever its spelling: a word, ("enum", name), ("bits", name), ("of", shape) or ("struct", name, fields)."""

PRIMITIVES: dict[str, str] = {
    "BOOLEAN": "bool",
    "INTEGER": "int",
    "REAL": "float",
    "OCTET STRING": "bytes",
    "IA5String": "str",
}


@cache
def load(name: str) -> Any:
    """One JSON file of the specification."""
    return json.loads((DATA / name).read_text(encoding="utf-8"))


@cache
def asn1_types() -> dict[str, dict[str, Any]]:
    """Every type of the ASN.1 module, as asn1tools parses it."""
    types: dict[str, dict[str, Any]] = asn1tools.parse_files(str(DATA / "tsapi.asn"))["TSAPI-WIRE"]["types"]
    return types


def shape(node: dict[str, Any], name: str = "") -> Shape:
    """The shape of a parsed ASN.1 type."""
    kind = node["type"]
    if kind in PRIMITIVES:
        return PRIMITIVES[kind]
    if kind == "ENUMERATED":
        return ("enum", name)
    if kind == "BIT STRING":
        return ("bits", name)
    if kind == "SEQUENCE OF":
        return ("of", shape(node["element"]))
    if kind == "SEQUENCE":
        return ("struct", name, fields(node))
    return shape(asn1_types()[kind], kind)


def fields(node: dict[str, Any]) -> tuple[tuple[str, Shape], ...]:
    """The members of a SEQUENCE in wire order; a single NULL stands for none."""
    return tuple((member["name"], shape(member)) for member in node["members"] if member["type"] != "NULL")


def is_null(node: dict[str, Any]) -> bool:
    """Whether the body is one NULL, in contrast to a SEQUENCE of nothing."""
    return [member["type"] for member in node["members"]] == ["NULL"]


def enumerations() -> dict[str, dict[str, int]]:
    """The ENUMERATED types of enums.json: names and values."""
    return {name: members for name, members in load("enums.json")["enums"].items() if "_kind" not in members}


def bit_strings() -> dict[str, tuple[int, dict[str, int]]]:
    """The BIT STRING types of enums.json: the number of bits that is sent, names and bit positions."""
    return {
        name: (members["_numBits"], {bit: at for bit, at in members.items() if not bit.startswith("_")})
        for name, members in load("enums.json")["enums"].items()
        if members.get("_kind") == "BIT STRING"
    }
