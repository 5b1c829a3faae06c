"""The client's end of telnet, as far as `ivrsvr console` needs it: octets in, what is shown and what is replied out.

Source: RFC 854 (commands), 855 (subnegotiation), 857 (echo), 858 (go-ahead), 1073 (window size), 1091 (terminal type).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

SE, SB, WILL, WONT, DO, DONT, IAC = 240, 250, 251, 252, 253, 254, 255
BINARY, ECHO, GO_AHEAD, TERMINAL_TYPE, WINDOW_SIZE = 0, 1, 3, 24, 31
IS, SEND = 0, 1

_THEIRS = frozenset({BINARY, ECHO, GO_AHEAD})
"""What the server may do: with its echo, it edits the line."""

_OURS = frozenset({BINARY, GO_AHEAD, TERMINAL_TYPE, WINDOW_SIZE})
"""What we do where the server asks for it."""

_COMMAND = re.compile(rb"\xff(?:[\xfb-\xfe](.)|\xfa(.)(.*?)\xff\xf0|(\xff)|[^\xfa-\xff]|(.*))", re.DOTALL)
"""A command, or at the end of what came the beginning of one."""

PENDING_MOST = 4096
"""Octets of a command that has no end; a server that sends more is none of ours."""


@dataclass(slots=True)
class ClientEnd:
    """One connection's.

    terminal: its type, such as xterm; "" = there is none: every option is refused, and lines come without echo.
    size:     columns and rows of its window.
    """

    terminal: str
    size: Callable[[], tuple[int, int]] = lambda: (80, 25)
    _pending: bytes = b""

    def feed(self, octets: bytes) -> tuple[bytes, bytes]:
        """What is to be shown of what came, and what is to be replied. Raises ValueError for a command without end."""
        octets = self._pending + octets
        self._pending = b""
        replies: list[bytes] = []

        def take(found: "re.Match[bytes]") -> bytes:
            if found[4]:
                return b"\xff"
            if found[5] is not None:
                self._pending = found[0]
                return b""
            replies.append(self._reply(found))
            return b""

        shown = _COMMAND.sub(take, octets)
        if len(self._pending) > PENDING_MOST:
            raise ValueError("the server sends no telnet")
        return shown, b"".join(replies)

    def _reply(self, found: "re.Match[bytes]") -> bytes:
        verb = found[0][1]
        if verb == SB and found[2][0] == TERMINAL_TYPE and found[3][:1] == bytes([SEND]):
            kind = self.terminal.encode("ascii", "replace")
            return bytes([IAC, SB, TERMINAL_TYPE, IS]) + kind + bytes([IAC, SE])
        if verb == WILL:
            agreed = self.terminal and found[1][0] in _THEIRS
            return bytes([IAC, DO if agreed else DONT, found[1][0]])
        if verb == DO:
            option = found[1][0]
            agreed = self.terminal and option in _OURS
            reply = bytes([IAC, WILL if agreed else WONT, option])
            return reply + self.window() if agreed and option == WINDOW_SIZE else reply
        return b""

    def window(self) -> bytes:
        """What tells the server how large the window is."""
        numbers = b"".join(min(number, 65535).to_bytes(2, "big") for number in self.size())
        return bytes([IAC, SB, WINDOW_SIZE]) + numbers.replace(b"\xff", b"\xff\xff") + bytes([IAC, SE])
