"""What passes through the server, for people who watch: lines by topic, to bounded queues.

Topics: `asc` (requests to the switch and what it reports), `rest`, `ws` (requests, responses and events of the doors),
`sim` (the simulator).
"""

import asyncio
import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, get_args

Topic: TypeAlias = Literal["asc", "rest", "ws", "sim"]
TOPICS: tuple[Topic, ...] = get_args(Topic)

WAITING_MOST = 1000
"""Lines that may wait for one watcher; when more come, the oldest are left out, and the watcher is told how many."""


class Watcher:
    """One who watches: topics with the extensions that matter (empty = all), and the lines that wait."""

    __slots__ = ("_left_out", "_most", "_ready", "_waiting", "topics")

    def __init__(self, most: int = WAITING_MOST) -> None:
        self.topics: dict[Topic, frozenset[str]] = {}
        self._most = most
        self._waiting: deque[str] = deque()
        self._left_out = 0
        self._ready: asyncio.Event = asyncio.Event()

    def put(self, line: str) -> None:
        """Queue a line."""
        if len(self._waiting) >= self._most:
            self._waiting.popleft()
            self._left_out += 1
        self._waiting.append(line)
        self._ready.set()

    async def take(self) -> list[str]:
        """Wait for lines, and take all that wait."""
        await self._ready.wait()
        self._ready.clear()
        lines = list(self._waiting)
        self._waiting.clear()
        if self._left_out:
            lines.insert(0, f"({self._left_out} lines left out: they came faster than they were taken)")
            self._left_out = 0
        return lines


class Trace:
    """Who watches what.

    Whoever has something to show asks `wanted` first, and makes the text only then:

        if trace.wanted("rest"):
            trace.put("rest", lambda: f"...", devices)
    """

    def __init__(self) -> None:
        self._watchers: list[Watcher] = []
        self._wanted: frozenset[str] = frozenset()

    @property
    def topics(self) -> frozenset[str]:
        """What is watched by anybody."""
        return self._wanted

    def wanted(self, topic: Topic) -> bool:
        """Whether anybody watches a topic."""
        return topic in self._wanted

    def watch(self, watcher: Watcher, topic: Topic, extensions: frozenset[str] = frozenset()) -> None:
        """Show a watcher a topic; extensions: only lines that concern one of these, () = all."""
        watcher.topics[topic] = extensions
        if watcher not in self._watchers:
            self._watchers.append(watcher)
        self._count()

    def leave(self, watcher: Watcher, topic: Topic | None = None) -> None:
        """Show a watcher a topic, or anything, no longer."""
        if topic is None:
            watcher.topics.clear()
        else:
            watcher.topics.pop(topic, None)
        if not watcher.topics and watcher in self._watchers:
            self._watchers.remove(watcher)
        self._count()

    def _count(self) -> None:
        self._wanted = frozenset(topic for watcher in self._watchers for topic in watcher.topics)

    def put(self, topic: Topic, text: Callable[[], str]) -> None:
        """Show a line to those who watch the topic. An extension filter looks for the extension as a whole word."""
        line = ""
        for watcher in self._watchers:
            extensions = watcher.topics.get(topic)
            if extensions is None:
                continue
            line = line or f"{topic:<4} {text()}"
            if not extensions or any(_mentions(line, extension) for extension in extensions):
                watcher.put(line)


SHOWN_MOST = 2000
"""Characters of a message in a line."""


def _values_of(names: str) -> re.Pattern[str]:
    """Keys and their values, also as the lenient form writes them, and where the end is missing."""
    value = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,}\]]+)"""
    return re.compile(rf"""(["']?\b(?:{names})["']?\s*:\s*){value}""", re.IGNORECASE)


_SECRETS = _values_of(r"\w*pass?w\w*|(?:api[_-]?)?(?:token|key)|secret|authorization")
"""A secret and its name, as it is written and as slips write it."""

_SECRET_WORDS = ("passw", "pasw", "token", "key", "secret", "authorization")
"""What every key that `_SECRETS` finds has in it."""

_PARAMETER, _VALUES = "change parameter", _values_of("value")
"""Where a value may be the secret of a parameter."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)


def shown(message: bytes | Mapping[str, Any]) -> str:
    """A request or response for a line of the trace: passwords and keys hidden, cut where it is very long."""
    text = message.decode("utf-8", "replace") if isinstance(message, bytes) else _ENCODER.encode(message)
    lower = text.lower()
    if any(word in lower for word in _SECRET_WORDS):  # the pattern takes ten times as long to find none of them
        text = _SECRETS.sub(r'\1"(hidden)"', text)
    if _PARAMETER in lower:
        text = _VALUES.sub(r'\1"(hidden)"', text)
    return text if len(text) <= SHOWN_MOST else f"{text[:SHOWN_MOST]}... ({len(text)} characters)"


def _mentions(line: str, extension: str) -> bool:
    """Whether a line has a word: not as a part of a longer number."""
    at = line.find(extension)
    while at >= 0:
        behind = at + len(extension)
        if not line[at - 1 : at].isalnum() and not line[behind : behind + 1].isalnum():
            return True
        at = line.find(extension, at + 1)
    return False
