"""What a live AES sends in place of nothing. Pure."""

from dataclasses import replace
from typing import Any


def without_empty_ucids(private: Any) -> Any:
    """Private data in which a UCID of zeros alone is "": the switch has none to give, and calls must not share it."""
    changes: dict[str, Any] = {}
    if _is_empty(private):
        changes["ucid"] = ""
    original: Any = getattr(private, "originalCallInfo", None)
    if _is_empty(original):
        changes["originalCallInfo"] = replace(original, ucid="")
    return replace(private, **changes) if changes else private


def _is_empty(structure: Any) -> bool:
    ucid: str = getattr(structure, "ucid", "")
    return ucid != "" and not ucid.strip("0")
