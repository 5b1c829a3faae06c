"""The audit log: who asked for what, from where, and what became of it. Every door carries requests out through it.

It goes to the logger `ivrsvr.audit`: into the server's log, or into a file of its own, one JSON object a line.
"""

import json
import logging
import os
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler
from typing import Any, Literal, TypeAlias

from ivrsvr.clock import Clock
from ivrsvr.registry import Caller, Entry, Registry
from ivrsvr.service.hidden import hidden_in
from ivrsvr.service.trace import shown

log = logging.getLogger("ivrsvr.audit")
about = logging.getLogger(__name__)
"""Of the audit log itself."""

Mode: TypeAlias = Literal["commands", "all", "off"]

Handle = Callable[[dict[str, Any], Caller], Awaitable[dict[str, Any]]]
"""What carries out a request: the whole response object to a request object; never raises."""

WAITING_MOST = 20_000
"""Entries that may wait for a slow disk; those beyond are counted, and the log says how many there were."""

RETRY_S = 1.0
"""After a failure to write."""

TOGETHER_S = 0.1
"""How long an entry may wait for others to be written with."""

WHAT_MOST = 500
"""Characters of a request in an entry."""

INTERRUPTED = "interrupted"
"""The outcome of what somebody gave up, or whose caller is gone, before it was known."""

PERSONAL = ("data", "userdata", "custdata")
"""Keys whose values belong to callers, and stay out of the audit log."""


class Audit:
    """Writes down requests.

    mode: "commands": what is done on the console and with the scopes admin and sim, and log-ins. "all": also whatever
          changes anything on the switch. "off": nothing.
    """

    def __init__(self, registry: Registry, handle: Handle, mode: Mode, clock: Clock) -> None:
        self._registry = registry
        self._handle = handle
        self.mode = mode
        self._clock = clock

    async def handle(self, request: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Carry out a request, and write it down. Nothing waits between the outcome and the return."""
        outcome = INTERRUPTED
        try:
            answer = await self._handle(request, caller)
            outcome = str(answer.get("error") or answer.get("result", ""))
        finally:
            name = request.get("request")
            entry = self._registry.get(name) if isinstance(name, str) else None
            if entry is not None and self._wanted(entry, caller):
                self.note(caller, what(request, entry), outcome)
        return answer

    def _wanted(self, entry: Entry, caller: Caller) -> bool:
        if self.mode == "all" and entry.changes:
            return True
        return self.mode != "off" and (
            caller.door == "console" or entry.scope == "admin" or (entry.scope == "sim" and entry.changes)
        )

    def note(self, caller: Caller, done: str, outcome: str) -> None:
        """Write down what somebody did."""
        if self.mode == "off":
            return
        fields = {
            "at": datetime.fromtimestamp(self._clock.wall(), UTC).isoformat(timespec="milliseconds"),
            "user": caller.user,
            "door": caller.door,
            "address": caller.address,
            "what": done,
            "outcome": outcome,
        }
        _put(json.dumps(fields, ensure_ascii=True))


def _to_log(entry: str) -> None:
    log.info("%s", entry)


_put: Callable[[str], None] = _to_log
"""Where entries go."""


def what(request: Mapping[str, Any], entry: Entry) -> str:
    """A request in a line: its name, and its keys without secrets and without what belongs to callers."""
    hidden = hidden_in(entry, request)
    keys = {
        name: "(hidden)" if name in hidden or name in PERSONAL else value
        for name, value in request.items()
        if name not in ("request", "id")
    }
    return f"{entry.name} {shown(keys)[:WHAT_MOST]}"


class _Batches:
    """Collects entries, and lets a thread write those of a moment together: a thread woken for each would cost more
    than the requests themselves. What cannot be written (a full disk) is written when it can be.
    """

    def __init__(self, file: "_File") -> None:
        self.lost = 0
        self._file = file
        self._waiting: list[str] = []
        self._octets = b""
        self._failing = False
        self._some, self._end = threading.Event(), threading.Event()
        self._writer = threading.Thread(target=self._write, name="audit log", daemon=True)
        self._writer.start()

    def put(self, entry: str) -> None:
        """Have an entry written soon."""
        if len(self._waiting) >= WAITING_MOST:
            self.lost += 1
            return
        self._waiting.append(entry)
        if not self._some.is_set():
            self._some.set()

    def _write(self) -> None:
        while not self._end.is_set():
            self._some.wait(RETRY_S if self._failing else None)
            self._end.wait(TOGETHER_S)
            self._some.clear()
            self._flush()

    def _flush(self) -> None:
        while self._octets or self._waiting:
            if not self._octets:
                entries = self._waiting[:]
                del self._waiting[: len(entries)]  # others may have come meanwhile
                self._octets = "".join(f"{entry}\n" for entry in entries).encode()
            try:
                # Not through the stream's buffer: so it is known how much of it is in the file.
                self._octets = self._octets[self._file.write(self._octets) :]
            except OSError as error:
                if not self._failing:
                    about.error("the audit log waits in memory, since its file cannot be written: %s", error.strerror)
                self._failing = True
                return
            if self._failing:
                about.warning("the audit log can be written again")
                self._failing = False

    def close(self) -> None:
        """Write what waits, and end."""
        self._end.set()
        self._some.set()
        self._writer.join()
        self._flush()
        self.lost += len(self._waiting) + self._octets.count(b"\n")


class _File(WatchedFileHandler):
    """A file that others may not read; it is opened anew when somebody has moved it away (log rotation)."""

    def write(self, octets: bytes) -> int:
        """Append octets; how many of them it took. Raises OSError."""
        self.reopenIfNeeded()
        assert self.stream is not None
        return os.write(self.stream.fileno(), octets)

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")


@contextmanager
def audit_file(path: str) -> Iterator[None]:
    """Send the audit log to a file for the length of the body; "" = it stays in the server's log.

    Raises OSError.
    """
    if not path:
        yield
        return
    global _put
    file = _File(path, encoding="utf-8")
    batches = _Batches(file)
    before, _put = _put, batches.put
    try:
        yield
    finally:
        _put = before
        batches.close()
        file.close()
        if batches.lost:
            about.error("%d entries of the audit log were lost: the disk was full, or too slow", batches.lost)
