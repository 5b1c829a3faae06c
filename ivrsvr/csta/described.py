"""PDUs in one line, for people who watch: `HoldCall activeCall=48@101`. What is at its default is left out."""

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from ivrsvr.csta.types import ConnectionID, ExtendedDeviceID

SECRETS = frozenset({"agentPassword", "cryptPass", "key", "nonce", "passwd", "authInfo", "password", "xmlData"})
"""Fields that are never shown."""


def described(pdu: Any, private: Any = None) -> str:
    """A PDU and its private data in one line."""
    text = _value(pdu)
    return text if private is None else f"{text} | {_value(private)}"


def _value(value: Any) -> str:
    if isinstance(value, ConnectionID):
        return f"{value.callID}@{value.deviceID}" if value.deviceID else str(value.callID)
    if isinstance(value, ExtendedDeviceID):
        return value.deviceID or "-"
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, tuple | list):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, bytes):
        return value.hex()
    if is_dataclass(value):
        parts = [type(value).__name__, *_parts(value)]
        return " ".join(parts)
    return repr(value) if isinstance(value, str) and (not value or " " in value) else str(value)


def _parts(value: Any) -> list[str]:
    found = []
    for field in fields(value):
        one = getattr(value, field.name)
        if not one or one == field.default:
            continue
        if field.name in SECRETS:
            text = "(hidden)"
        else:
            text = _value(one)
            text = f"({text})" if is_dataclass(one) and " " in text else text
        found.append(f"{field.name}={text}")
    return found
