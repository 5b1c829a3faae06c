"""What the vendor's native C client can take: the sizes of its structures, and what its private-data decoder refuses.

A text that does not fit its array, or a list that is too long, costs the native client the whole message (result -9) or
its private data. `native-limits.json` has the sizes by PDU and component, taken from the client's ABI: characters of a
text without its NUL, octets of an octet string, elements of a list.
"""

import json
from collections.abc import Iterator
from typing import Any

from ivrsvr.csta.pdu import declaration_of
from tests.conformance.tsapi_data import DATA

LIMITS: dict[str, dict[str, int]] = json.loads((DATA / "native-limits.json").read_text(encoding="utf-8"))
REFUSED_CLASSES = (-1,)
"""Extension classes that the native private-data decoder refuses (real-clients.md)."""


def refused(pdu: Any) -> list[str]:
    """The components of a PDU that the native client can't take, each with its size; [] = it takes the PDU."""
    limits = LIMITS.get(declaration_of(pdu).asn1_name, {})
    return [*_too_long(pdu, limits), *_unknown_classes(pdu)]


def _too_long(value: Any, limits: dict[str, int], path: str = "") -> Iterator[str]:
    limit = limits.get(path)
    if limit is not None and len(value) > limit:
        yield f"{path}: {len(value)}, at most {limit}"
    if isinstance(value, tuple):
        for item in value:
            yield from _too_long(item, limits, path + "[]")
    elif hasattr(value, "__slots__") and not isinstance(value, int | str | bytes | float):
        for name in value.__slots__:
            yield from _too_long(getattr(value, name), limits, f"{path}.{name}" if path else name)


def _unknown_classes(pdu: Any) -> Iterator[str]:
    for name in ("extensionClass", "associatedClass"):
        if getattr(pdu, name, None) in REFUSED_CLASSES:
            yield f"{name}: {getattr(pdu, name)!r}"
