"""Which passwords people may choose: long enough, and none of those that are guessed first."""

from functools import cache
from pathlib import Path

LEAST = 8
MOST = 128
"""Characters of a password."""

DIFFERENT_LEAST = 4
"""Characters of a password that differ from each other."""

CONTEXT = ("ivrsvr", "tcpgate", "avaya", "contactcentre", "contactcenter", "callcentre", "callcenter")
"""Words that whoever guesses at this server tries with a number behind them; so is the user's own name."""

_COMMON = Path(__file__).with_name("common_passwords.txt")


@cache
def common() -> frozenset[str]:
    """The passwords that were found most often in breaches, in lower case."""
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("# "))


def fault(password: str, user: str) -> str:
    """Why a user may not have a password, and what to do, for a person; "" = he may."""
    if not LEAST <= len(password) <= MOST:
        return f"a password has {LEAST} to {MOST} characters"
    lowered = password.lower()
    if lowered in common():
        return "that password is one of the 10,000 that are tried first; think of another, such as four words in a row"
    if len(set(lowered)) < DIFFERENT_LEAST or _letters(password) in (*CONTEXT, _letters(user)):
        return "that password is easily guessed; think of another, such as four words in a row"
    return ""


def _letters(text: str) -> str:
    return "".join(one for one in text.lower() if one.isalpha())
