"""The wire's data sets: copies of the reference data, and the reference's values in our types."""

import json
import re
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ivrsvr.csta.enumeration import BitString, OpenEnum

DATA = Path(__file__).parent / "data" / "tsapi"


@cache
def load(name: str) -> Any:
    """A JSON file of the data set."""
    return json.loads((DATA / name).read_text(encoding="utf-8"))


@cache
def enumerations() -> dict[str, dict[str, int]]:
    """Enumeration -> ASN.1 identifier -> number, out of the ASN.1 module itself."""
    text = re.sub(r"--[^\n]*", "", (DATA / "tsapi.asn").read_text(encoding="utf-8"))
    found = re.findall(r"(\w+) ::= ENUMERATED \{([^}]*)\}", text)
    return {name: {word: int(n) for word, n in re.findall(r"([\w-]+)\((-?\d+)\)", body)} for name, body in found}


def plain(value: Any) -> Any:
    """A value of ours as the reference writes it: ENUMERATED as number, bit string and octets as in vectors.json."""
    if isinstance(value, BitString):
        return {"flags": int(value)}
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    return value


def same(value: Any, reference: Any) -> bool:
    """Whether a value of ours (`plain`) is the reference's, whose enumerations are identifiers."""
    if reference == {"null": None}:
        return bool(value == {})
    if isinstance(reference, dict) and "bits" in reference:
        flags = sum(1 << index for index, bit in enumerate(reference["bits"]) if bit == "1")
        return bool(value == {"flags": flags})
    if isinstance(reference, dict):
        return (
            isinstance(value, dict)
            and value.keys() == reference.keys()
            and all(same(value[key], item) for key, item in reference.items())
        )
    if isinstance(reference, list):
        return (
            isinstance(value, list)
            and len(value) == len(reference)
            and all(same(one, other) for one, other in zip(value, reference, strict=True))
        )
    if isinstance(reference, str) and isinstance(value, OpenEnum):
        return enumerations()[type(value).__name__][reference] == value
    return bool(value == reference)
