"""The log on standard error, as text for people or as JSON for collectors.

Every line has time, level, logger and message, and whatever the server was working on: request, extension, callid,
ucid, client.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

import structlog

from ivrsvr.service.about import about
from ivrsvr.service.plain import harmless

TEXT = ("extension", "callid", "ucid", "client", "request")
"""Keys in the order in which a line of text shows them."""

Event: TypeAlias = MutableMapping[str, Any]


def set_up(form: str, level: str) -> None:
    """form: "text" or "json". level: least weight of what is logged."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(form))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # What clients send wrong is told to them; the ASGI server's own remarks on it are noise.
    logging.getLogger("uvicorn").setLevel("ERROR")
    logging.getLogger("telnetlib3").setLevel("CRITICAL")  # a line for each option that a stranger sends wrong
    logging.getLogger("transitions").setLevel("WARNING")  # two lines for every move of a connection
    logging.getLogger("asyncssh").setLevel("WARNING")
    logging.getLogger("httpx").setLevel("WARNING")


def formatter(form: str, context: Callable[[], Mapping[str, str]] = about) -> logging.Formatter:
    """What makes a record a line. context: what the server is working on."""

    def add_context(_logger: object, _method: str, event: Event) -> Event:
        return {**event, **context()}

    extra = structlog.stdlib.ExtraAdder(allow=TEXT)
    timestamp = structlog.processors.TimeStamper(fmt="iso", utc=True, key="time")
    before: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        timestamp,
        extra,
        add_context,
    ]
    after = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    shape = [_named, _object] if form == "json" else [_line]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[*after, structlog.processors.format_exc_info, *shape],
        keep_exc_info=False,
    )


def _named(_logger: object, _method: str, event: Event) -> Event:
    """The keys as collectors know them, in a fixed order."""
    told: dict[str, Any] = {key: event.pop(key) for key in ("time", "level", "logger") if key in event}
    told["message"] = event.pop("event", "")
    trace = event.pop("exception", None)
    return {**told, **event, **({"trace": trace} if trace else {})}


_UNSEEN = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]")
"""Characters that JSON may have as they are, and that steer terminals, end lines elsewhere, or cannot be written."""


def _object(_logger: object, _method: str, event: Event) -> str:
    return _UNSEEN.sub(lambda one: f"\\u{ord(one[0]):04x}", json.dumps(event, ensure_ascii=False, default=repr))


def _line(_logger: object, _method: str, event: Event) -> str:
    """Whatever strangers wrote: one entry is one line, and the lines of a trace are set back."""
    keys = harmless(" ".join(f"{key}={event[key]}" for key in TEXT if key in event))
    text = harmless(f"{event['time']} {event['level'].upper():7} {event['logger']}: {event['event']}")
    lines = str(event.get("exception") or "").splitlines()
    trace = "".join(f"\n  {harmless(line)}" for line in lines)
    return f"{text} [{keys}]{trace}" if keys else text + trace
