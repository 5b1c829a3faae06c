"""Texts of strangers, as they may stand on a terminal and in a log."""

import unicodedata


def harmless(text: str) -> str:
    """A text without characters that would steer a terminal, begin a line, or turn its writing round; they are shown as
    escapes.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(one if _shows(one) else _escaped(one) for one in text)


def _shows(character: str) -> bool:
    return character == " " or (character.isprintable() and unicodedata.category(character) not in ("Cf", "Co", "Cn"))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
