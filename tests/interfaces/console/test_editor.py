"""The line editor: what is typed becomes a line, and what a terminal shows agrees with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrsvr.interfaces.console.editor import BELL, LINE_MOST, Editor, Ended, Entered, Interrupted, key_at

WORDS = ["disp call", "disp client", "disp tcp"]


def offers(before: str) -> list[str]:
    """Second words after `disp `."""
    return [word.split()[1] for word in WORDS if word.startswith(before)]


def typed(text: str, *, history: tuple[str, ...] = (), echo: bool = True) -> tuple[list[object], str]:
    """Outcomes of what is typed, and all that is shown."""
    editor = Editor(offers, echo=echo)
    editor.history.extend(history)
    shown = editor.begin("> ")
    outcomes: list[object] = []
    for one in editor.feed(text):
        if isinstance(one, str):
            shown += one
        else:
            outcomes.append(one)
    return outcomes, shown


def screen(shown: str, columns: int = 80) -> list[str]:
    """What a simple terminal has on its lines after that."""
    lines, at = [""], 0
    position = 0
    while position < len(shown):
        one = shown[position]
        if one == "\x1b":
            end = position + 2
            while not shown[end].isalpha():
                end += 1
            number = int(shown[position + 2 : end] or 1)
            if shown[end] == "K":
                lines[-1] = lines[-1][:at]
            elif shown[end] == "D":
                at = max(at - number, 0)
            position = end + 1
            continue
        if one == "\r":
            at = 0
        elif one == "\n":
            lines.append("")
        elif one != BELL:
            lines[-1] = lines[-1][:at].ljust(at) + one + lines[-1][at + 1 :]
            at += 1
            assert at <= columns
        position += 1
    return lines


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("disp call\r", "disp call"),
        ("disp call\r\n", "disp call"),
        ("disp call\r\x00", "disp call"),
        ("disp call\n", "disp call"),
        ("dixsp\x1b[D\x1b[D\x7f\r", "disp"),
        ("isp\x01d\r", "disp"),
        ("isp\x1b[Hd\x1b[F!\r", "disp!"),
        ("isp\x1bOHd\r", "disp"),
        ("isp\x1b[1~d\r", "disp"),
        ("adisp\x01\x1b[3~\r", "disp"),
        ("disp call\x17tcp\r", "disp tcp"),
        ("nonsense\x15disp\r", "disp"),
        ("disp call\x02\x02\x02\x02\x0b\r", "disp "),
        ("\x7f\x7f\x02\x06\r", ""),
        ("früh 日本\r", "früh 日本"),
        ("a\x1b[99;99Rb\x1b[200~c\r", "abc"),
        ("a\x00b\x07c\r", "abc"),
    ],
)
def test_keys_make_a_line(keys: str, line: str) -> None:
    outcomes, _ = typed(keys)
    assert outcomes == [Entered(line)]


def test_several_lines_at_once() -> None:
    outcomes, _ = typed("one\r\ntwo\nthree\r")
    assert outcomes == [Entered("one"), Entered("two"), Entered("three")]


def test_keys_that_come_in_pieces() -> None:
    editor = Editor(offers)
    editor.begin("> ")
    outcomes = [
        one
        for piece in ("ab", "\x1b", "[", "D", "\x7f", "\r", "\n", "x\r", "\x00")
        for one in editor.feed(piece)
        if not isinstance(one, str)
    ]
    assert outcomes == [Entered("b"), Entered("x")]


def test_the_screen_shows_the_line() -> None:
    _, shown = typed("dixsp call\x01\x06\x06\x06\x7f")
    assert screen(shown)[-1] == "> disp call"


def test_a_line_longer_than_the_terminal_scrolls_sideways() -> None:
    editor = Editor(offers)
    editor.columns = 20
    shown = editor.begin("> ") + "".join(one for one in editor.feed("0123456789" * 5) if isinstance(one, str))
    assert screen(shown, 20)[-1].endswith("456789")
    outcomes = [one for one in editor.feed("\r") if not isinstance(one, str)]
    assert outcomes == [Entered("0123456789" * 5)]


def test_history() -> None:
    outcomes, _ = typed("new\x1b[A\x1b[A\x1b[B\x1b[B\r", history=("first", "second"))
    assert outcomes == [Entered("new")]
    outcomes, _ = typed("\x1b[A\x1b[A\x1b[A\r", history=("first", "second"))
    assert outcomes == [Entered("first")]
    outcomes, _ = typed("\x10\x10\x0e\r", history=("first", "second"))
    assert outcomes == [Entered("second")]


@pytest.mark.parametrize("key", ["q", "\x1b[B", "\x1b[5~", "\x1bOP", "\r\n", "\r", "\x1b", "\x03"])
def test_one_key_is_taken_from_what_came(key: str) -> None:
    assert key_at(key + "disp") == key
    assert key_at(key) == key


def test_a_secret_is_neither_shown_nor_remembered() -> None:
    editor = Editor(offers)
    shown = editor.begin("Password: ", secret=True)
    outcomes: list[object] = []
    for one in editor.feed("hush\x7fh\x1b[A\t\x0c\r"):
        if isinstance(one, str):
            shown += one
        else:
            outcomes.append(one)
    assert outcomes == [Entered("hush")]
    assert "h" not in shown.replace("Password", "")
    assert editor.history == []


def test_completion() -> None:
    assert typed("disp t\t\r")[0] == [Entered("disp tcp ")]
    outcomes, shown = typed("disp c\t\t\t\r")
    assert outcomes == [Entered("disp c")]
    assert BELL in shown
    assert "call  client" in shown


def test_interrupt_and_end() -> None:
    assert typed("half a line\x03x\r")[0] == [Interrupted(), Entered("x")]
    assert typed("\x04")[0] == [Ended()]
    assert typed("ab\x01\x04\r")[0] == [Entered("b")]


def test_a_line_has_its_limit() -> None:
    outcomes, shown = typed("x" * (LINE_MOST + 10) + "\r")
    assert outcomes == [Entered("x" * LINE_MOST, cut=True)]
    outcomes, _ = typed("x" * (LINE_MOST + 10) + "\x7f\r")
    assert outcomes == [Entered("x" * (LINE_MOST - 1))]
    assert shown.count(BELL) == 1


def test_what_is_pasted_is_shown_at_once() -> None:
    """Not drawn again for each character: a long paste costs as much as it is long."""
    _, shown = typed("disp " + "x" * (LINE_MOST - 5))
    assert len(shown) < 200
    outcomes, _ = typed("di\u200bsp version\r")
    assert outcomes == [Entered("disp version")]


def test_a_peer_that_echoes_itself_is_shown_nothing() -> None:
    outcomes, shown = typed("disp\x7fp\t\x1b[A\n", echo=False)
    assert len(outcomes) == 1
    assert shown == "> "


@given(st.lists(st.text(), max_size=8))
def test_anything_may_be_typed(pieces: list[str]) -> None:
    editor = Editor(offers)
    editor.columns = 40
    editor.begin("> ")
    for piece in pieces:
        for one in editor.feed(piece):
            if isinstance(one, Entered):
                assert one.text.isprintable() or one.text == ""
            elif not isinstance(one, str):
                assert isinstance(one, Interrupted | Ended)
