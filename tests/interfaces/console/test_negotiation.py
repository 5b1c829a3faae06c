"""The client's end of telnet: what it shows, what it replies, and that pieces make no difference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrsvr.interfaces.console.negotiation import PENDING_MOST, ClientEnd

IAC, SB, SE, WILL, WONT, DO, DONT = b"\xff", b"\xfa", b"\xf0", b"\xfb", b"\xfc", b"\xfd", b"\xfe"

DIALOGUES = [
    pytest.param(b"plain", "xterm", b"plain", b"", id="text"),
    pytest.param(b"a" + IAC + IAC + b"b", "xterm", b"a\xffb", b"", id="doubled IAC"),
    pytest.param(IAC + WILL + b"\x01", "xterm", b"", IAC + DO + b"\x01", id="echo"),
    pytest.param(IAC + WILL + b"\x01", "", b"", IAC + DONT + b"\x01", id="echo without a terminal"),
    pytest.param(IAC + DO + b"\x27", "xterm", b"", IAC + WONT + b"\x27", id="environment is refused"),
    pytest.param(
        IAC + DO + b"\x1f", "xterm", b"", IAC + WILL + b"\x1f" + IAC + SB + b"\x1f\0\x50\0\x19" + IAC + SE, id="window"
    ),
    pytest.param(
        IAC + SB + b"\x18\x01" + IAC + SE, "xterm", b"", IAC + SB + b"\x18\0xterm" + IAC + SE, id="terminal type"
    ),
    pytest.param(b"a" + IAC + b"\xf9b", "xterm", b"ab", b"", id="go ahead"),
]


@pytest.mark.parametrize(("came", "terminal", "shown", "reply"), DIALOGUES)
def test_dialogues_whole_and_octet_by_octet(came: bytes, terminal: str, shown: bytes, reply: bytes) -> None:
    assert ClientEnd(terminal).feed(came) == (shown, reply)
    end = ClientEnd(terminal)
    pieces = [end.feed(bytes([octet])) for octet in came]
    assert b"".join(one for one, _ in pieces) == shown
    assert b"".join(one for _, one in pieces) == reply


def test_a_window_of_255_columns_is_written_with_doubled_octets() -> None:
    assert ClientEnd("xterm", lambda: (255, 70_000)).window() == IAC + SB + b"\x1f\0\xff\xff\xff\xff\xff\xff" + IAC + SE


@given(st.lists(st.binary(max_size=40)))
def test_any_octets_are_survived(pieces: list[bytes]) -> None:
    end = ClientEnd("xterm")
    for piece in pieces:
        end.feed(piece)


def test_a_command_without_end_is_given_up() -> None:
    with pytest.raises(ValueError, match="no telnet"):
        ClientEnd("xterm").feed(IAC + SB + b"x" * (PENDING_MOST + 10))
