"""What a version has no room for is cut; the sizes are those of the native client's structures."""

from dataclasses import fields, replace
from typing import Any

import pytest

from ivrsvr.backends.simulator.aes.sizes import LIMITS, fitted
from ivrsvr.csta.enums import UUIProtocolType
from ivrsvr.csta.pdu import DECLARATIONS, Family
from ivrsvr.csta.private.layouts import at_version
from ivrsvr.csta.private.structures import ATTOriginalCallInfoV7, ATTTrunkInfo, ATTUserToUserInfo
from ivrsvr.csta.types import CSTASnapshotCallResponseInfo
from tests.conformance.native import refused

INFO = ATTUserToUserInfo(UUIProtocolType.UUI_USER_SPECIFIC, b"x" * 96)
MANY: dict[str, Any] = {
    "name": "n" * 63,
    "originalCallInfo": ATTOriginalCallInfoV7(userInfo=INFO),
    "snapshotCall": (CSTASnapshotCallResponseInfo(),) * 7,
    "switchVersion": "v" * 20,
    "trunkList": (ATTTrunkInfo(),) * 6,
    "userInfo": INFO,
}
"""Component -> more of it than some layout has room for."""

NEWEST = [
    kind
    for kind, declared in DECLARATIONS.items()
    if declared.family is Family.PRIVATE and declared.versions is not None and declared.versions[1] is None
]


def filled(kind: type) -> Any:
    """A PDU with much in it; None where it has no default."""
    try:
        empty = kind()
    except TypeError:
        return None
    return replace(empty, **{one.name: MANY[one.name] for one in fields(empty) if one.name in MANY})


@pytest.mark.parametrize("version", range(2, 11))
def test_every_layout_of_what_is_full(version: int) -> None:
    found = [fitted(one, version) for one in map(filled, NEWEST) if one is not None]
    kept = [one for one in found if one is not None]
    assert len(kept) > 20
    assert {(type(one).__name__, why) for one in kept for why in refused(one)} == set()


def test_what_fits_is_not_touched() -> None:
    for kind in LIMITS:
        first, _ = DECLARATIONS[kind].versions or (2, None)
        empty = kind()
        assert fitted(empty, first) is empty
        assert at_version(empty, first) is empty


@pytest.mark.parametrize("version", [None, 5])
def test_no_private_data(version: int | None) -> None:
    assert fitted(None, version) is None
