"""Negotiation of the private-data version: the highest that the client offers and the server has."""

import re

OLDEST = 2
"""The oldest private-data version there is a layout for."""

VENDORS = frozenset({"AVAYA", "ECS", "AT&T DEFINITY G3"})
"""Vendor names of the one private data that is spoken here, in capitals."""


def grant(offer: str, newest: int) -> int | None:
    """The version that is granted to an offer such as "AVAYA#5-8" or "ECS#4-10#AT&T Definity G3#4:6".

    None when the offer has no version or no vendor in common with the server: the stream has no private data then.
    """
    parts = offer.strip("\0 ").split("#")
    offered = [
        version
        for vendor, versions in zip(parts[::2], parts[1::2], strict=False)
        if vendor.strip().upper() in VENDORS
        for version in _highest(versions, newest)
    ]
    return max(offered, default=None)


_PART = re.compile(r" *([0-9]{1,3}) *(?:- *([0-9]{1,3})? *)?")


def _highest(versions: str, newest: int) -> list[int]:
    """The highest version in each part of a list like "3:5-8" that does not exceed the newest."""
    found: list[int] = []
    for part in versions.split(":"):
        ends = _PART.fullmatch(part)
        if ends is None:
            continue
        low, high = int(ends[1]), int(ends[2] or ends[1])
        version = min(high, newest)
        if max(low, OLDEST) <= version:
            found.append(version)
    return found
