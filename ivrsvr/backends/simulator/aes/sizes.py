"""What a stream's version has room for: native clients have fixed arrays, and lose a message for one octet too many.

Source: wire.md section 13; the sizes of the native client's structures.
"""

from dataclasses import replace
from typing import Any

from ivrsvr.csta.private.events import ATTConferencedV6, ATTConferencedV7, ATTTransferredV6, ATTTransferredV7
from ivrsvr.csta.private.layouts import LONG_UUI_SINCE, SHORT_UUI, at_version
from ivrsvr.csta.private.monitor import ATTMonitorCallConf
from ivrsvr.csta.private.query import ATTQueryDeviceNameConf
from ivrsvr.csta.private.structures import ATTUserToUserInfo
from ivrsvr.csta.private.system import ATTGetAPICapsConf, ATTGetAPICapsConfV5

LIMITS: dict[type, tuple[str, int]] = {
    ATTConferencedV6: ("trunkList", 5),
    ATTConferencedV7: ("trunkList", 5),
    ATTGetAPICapsConf: ("switchVersion", 15),
    ATTGetAPICapsConfV5: ("switchVersion", 15),
    ATTMonitorCallConf: ("snapshotCall", 6),
    ATTQueryDeviceNameConf: ("name", 15),
    ATTTransferredV6: ("trunkList", 5),
    ATTTransferredV7: ("trunkList", 5),
}
"""Layouts with less room for something than a switch may have to tell: the component, its characters or elements."""


def fitted(private: Any, version: int | None) -> Any | None:
    """What a client of a version is sent: the version's layout, what it has no room for cut off; None for none."""
    found = at_version(private, version)
    if found is None or version is None:
        return None
    if type(found) in LIMITS:
        name, most = LIMITS[type(found)]
        value = getattr(found, name)
        found = found if len(value) <= most else replace(found, **{name: value[:most]})
    return found if version >= LONG_UUI_SINCE else _with_short_info(found)


def _with_short_info(value: Any) -> Any:
    """The same with short user-to-user information, that of the original call as well."""
    original = getattr(value, "originalCallInfo", None)
    if original is not None:
        short = _with_short_info(original)
        value = value if short is original else replace(value, originalCallInfo=short)
    info = getattr(value, "userInfo", None)
    if info is None or len(info.data) <= SHORT_UUI:
        return value
    return replace(value, userInfo=ATTUserToUserInfo(info.type, info.data[:SHORT_UUI]))
