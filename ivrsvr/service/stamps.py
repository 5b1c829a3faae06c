"""An event as text: encoded once, with its number, the journal's epoch and the device behind what it says itself."""

import json
import re
from collections.abc import Mapping
from typing import Any

_encoder = json.JSONEncoder(separators=(",", ":"))

# In a text of ours neither can stand within a string: a quotation mark there has a backslash before it.
_POSITION = re.compile(r'"eventid":(\d+),"epoch":"([^"]*)"')
_NOTICE = re.compile(r'"eventtype":"(?:position|resumed|gap|snapshot)"')
_REFERENCE = re.compile(r'"referenceid":\d+')


def encode(message: Mapping[str, Any]) -> str:
    """A message as it is sent: ASCII only, so that any text in it can be."""
    return _encoder.encode(message)


def parted(event: Mapping[str, Any], epoch: str, device: str, *, synthetic: bool) -> tuple[str, str]:
    """The text of an event before and behind its number, which is not known yet. device: "" = it is about none."""
    stamp: dict[str, Any] = {"epoch": epoch}
    if device:
        stamp["monitored"] = device
    if synthetic:
        stamp["synthetic"] = True
    return f'{encode(event)[:-1]},"eventid":', f",{encode(stamp)[1:]}"


def position_of(text: str) -> tuple[str, int]:
    """Epoch and number of an event; ("", 0) = it has none."""
    found = _POSITION.search(text)
    return (found[2], int(found[1])) if found is not None else ("", 0)


def referring(text: str, reference: int) -> str:
    """An event for the clients of a server, where its device goes by this reference; another may have written it."""
    return _REFERENCE.sub(f'"referenceid":{reference}', text, count=1)


def is_notice(text: str) -> bool:
    """Whether it is for one client alone: it bears the number of the last event before it, not one of its own."""
    return _NOTICE.search(text) is not None
