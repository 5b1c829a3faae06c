"""The line that somebody types: keys in, finished lines and what the terminal is to show out. No sockets."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

LINE_MOST = 4096
"""Characters of a line; what is typed beyond them is refused with a beep, and the line with it unless it is edited."""

HISTORY_MOST = 200
"""Lines that can be called back."""

BELL = "\a"


@dataclass(frozen=True, slots=True)
class Entered:
    """A line was finished. cut: more of it was typed than a line may have."""

    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Ctrl-C: the line is given up."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Ctrl-D on an empty line: the person leaves."""


Outcome: TypeAlias = Entered | Interrupted | Ended

Complete: TypeAlias = Callable[[str], Sequence[str]]
"""What the last word of a text before the cursor may become."""

_KEY = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z~])|\x1bO([A-Za-z])|\r\n|\r\x00|[^\x00-\x1f\x7f]+|.", re.DOTALL)
"""A key, or a piece of text: what is pasted is taken, and shown, as a whole."""

_ONE_KEY = re.compile(r"\x1b\[[0-9;?]*[A-Za-z~]|\x1bO[A-Za-z]|\r\n|\r\x00|.", re.DOTALL)

_UNFINISHED = re.compile(r"\x1b(?:O|\[[0-9;?]{0,16})?\Z")

_FINAL = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"}
_TILDE = {"1": "home", "3": "delete", "4": "end", "7": "home", "8": "end"}
_CONTROL = {
    "\x01": "home",
    "\x02": "left",
    "\x03": "interrupt",
    "\x04": "end of input",
    "\x05": "end",
    "\x06": "right",
    "\x08": "backspace",
    "\x09": "complete",
    "\x0a": "enter",
    "\x0b": "cut behind",
    "\x0c": "redraw",
    "\x0d": "enter",
    "\x0e": "down",
    "\x10": "up",
    "\x15": "cut before",
    "\x17": "cut word",
    "\x7f": "backspace",
}


def key_at(text: str) -> str:
    """The first key of what a terminal sent, which is no empty text: a character, or a whole escape sequence."""
    found = _ONE_KEY.match(text)
    assert found is not None
    return found[0]


class Editor:
    """One terminal's line, with history and completion.

    complete: what Tab offers.
    echo:     whether the terminal leaves echoing to us; a peer that edits its lines itself (`nc`) does not, and then
              nothing is shown but answers.
    """

    def __init__(self, complete: Complete, *, echo: bool = True) -> None:
        self.echo = echo
        self.columns = 80
        self.history: list[str] = []
        self._complete = complete
        self._prompt = ""
        self._secret = False
        self._text = ""
        self._cut = False
        self._at = 0
        self._recalled: int | None = None
        self._kept = ""
        self._pending = ""
        self._shown: list[str] = []
        self._offered = False
        self._after_cr = False

    # ---- what the shell asks for

    def begin(self, prompt: str, *, secret: bool = False) -> str:
        """Begin a new line, and return what shows its prompt. secret: nothing that is typed is shown or remembered."""
        self._prompt, self._secret = prompt, secret
        self._text, self._cut, self._at, self._recalled = "", False, 0, None
        return prompt

    def redraw(self) -> str:
        """What shows the line anew, after something else was written over it."""
        return self._prompt + self._line() if self.echo else ""

    def clear(self) -> str:
        """What wipes the line away, so that something else can be written in its place."""
        return "\r\x1b[K" if self.echo else ""

    def feed(self, text: str) -> Iterator[Outcome | str]:
        """Take what the terminal sent; yields outcomes, and what the terminal is to show before each and at the end.

        The next line has to be begun before more is taken out of the iterator after an `Entered`.
        """
        text = self._pending + text
        self._pending = ""
        unfinished = _UNFINISHED.search(text)
        if unfinished is not None:
            self._pending = unfinished[0]
            text = text[: unfinished.start()]
        for found in _KEY.finditer(text):
            outcome = self._key(found)
            if outcome is not None:
                yield from self._take_shown()
                yield outcome
        yield from self._take_shown()

    def _take_shown(self) -> list[str]:
        shown, self._shown = self._shown, []
        return ["".join(shown)] if shown else []

    # ---- keys

    def _key(self, found: re.Match[str]) -> Outcome | None:
        key = found[0]
        after_cr, self._after_cr = self._after_cr, key == "\r"
        if key in ("\n", "\x00") and after_cr:
            return None  # the rest of a CR LF or CR NUL that came in two pieces
        if key in ("\r\n", "\r\x00"):
            return self._do("enter")
        if key[0] == "\x1b" and len(key) > 1:
            name = _TILDE.get(found[1]) if found[2] == "~" else _FINAL.get(found[2] or found[3] or "")
            return None if name is None else self._do(name)
        if key in _CONTROL:
            return self._do(_CONTROL[key])
        self._insert(key if key.isprintable() else "".join(filter(str.isprintable, key)))
        return None

    def _do(self, name: str) -> Outcome | None:
        offered, self._offered = self._offered, False
        if name == "enter":
            return self._enter()
        if name == "interrupt":
            self._show("^C\r\n")
            self._text, self._cut, self._at = "", False, 0
            return Interrupted()
        if name == "end of input":
            if not self._text:
                self._show("\r\n")
                return Ended()
            name = "delete"
        if name == "complete":
            self._offer(offered)
        else:
            self._edit(name)
        return None

    def _edit(self, name: str) -> None:
        text, at = self._text, self._at
        if name in ("up", "down"):
            self._recall(-1 if name == "up" else 1)
        elif name == "backspace" and at:
            self._change(text[: at - 1] + text[at:], at - 1)
        elif name == "delete":
            self._change(text[:at] + text[at + 1 :], at)
        elif name == "cut behind":
            self._change(text[:at], at)
        elif name == "cut before":
            self._change(text[at:], 0)
        elif name == "cut word":
            start = len(text[:at].rstrip().rpartition(" ")[0])
            start += 1 if start else 0
            self._change(text[:start] + text[at:], start)
        else:
            moved = {"left": max(at - 1, 0), "right": min(at + 1, len(text)), "home": 0, "end": len(text)}
            self._change(text, moved.get(name, at))

    def _enter(self) -> Outcome:
        text, cut = self._text, self._cut
        self._show("\r\n")
        if text.strip() and not self._secret and (not self.history or self.history[-1] != text):
            self.history.append(text)
            del self.history[:-HISTORY_MOST]
        self._text, self._cut, self._at, self._recalled = "", False, 0, None
        return Entered(text, cut)

    def _insert(self, typed: str) -> None:
        self._offered = False
        room = LINE_MOST - len(self._text)
        if len(typed) > room:
            self._show(BELL)
            self._cut = True
            typed = typed[:room]
        at_end = self._at == len(self._text)
        self._text = self._text[: self._at] + typed + self._text[self._at :]
        self._at += len(typed)
        if self._secret or not typed:
            return
        if at_end and len(self._prompt) + len(self._text) < self.columns:
            self._show(typed)
        else:
            self._draw()

    def _recall(self, step: int) -> None:
        if self._secret or not self.history:
            return
        at = len(self.history) if self._recalled is None else self._recalled
        if at == len(self.history):
            self._kept = self._text
        at = min(max(at + step, 0), len(self.history))
        self._recalled = at
        text = self._kept if at == len(self.history) else self.history[at]
        self._change(text, len(text))

    def _offer(self, again: bool) -> None:
        """Complete the word before the cursor as far as it is certain; a second Tab lists what it may become."""
        if self._secret:
            return
        before = self._text[: self._at]
        word = before.rpartition(" ")[2]
        offers = list(self._complete(before))
        certain = _common(offers)
        if len(offers) == 1:
            certain += " "
        if offers and len(certain) > len(word):
            kept = before[: len(before) - len(word)] + certain
            self._change(kept + self._text[self._at :], len(kept))
        elif offers and again:
            self._show("\r\n" + "  ".join(offers) + "\r\n")
            self._draw()
        else:
            self._show(BELL)
            self._offered = True

    # ---- the terminal

    def _change(self, text: str, at: int) -> None:
        self._text, self._cut, self._at = text, False, at
        if not self._secret:
            self._draw()

    def _draw(self) -> None:
        self._show("\r" + self._prompt + self._line())

    def _line(self) -> str:
        """The part of the line that fits into the terminal's width, and the cursor at its place."""
        if self._secret:
            return "\x1b[K"
        room = max(self.columns - len(self._prompt) - 1, 8)
        start = max(self._at - room, 0)
        visible = self._text[start : start + room]
        back = len(visible) - (self._at - start)
        return f"{visible}\x1b[K" + (f"\x1b[{back}D" if back else "")

    def _show(self, text: str) -> None:
        if self.echo:
            self._shown.append(text)


def _common(words: Sequence[str]) -> str:
    """What all words begin with."""
    if not words:
        return ""
    first, last = min(words), max(words)
    same = next((at for at, character in enumerate(first) if character != last[at]), len(first))
    return first[:same]
