"""How a TLINK is written in the settings: `TLINK@HOST:PORT USER PASSWORD`."""

import re
from dataclasses import dataclass
from typing import Self

FORM = "TLINK@HOST:PORT USER PASSWORD, for example AVAYA#CM1#CSTA#AES1@10.0.0.5:450 ivrsvr enc:..."


@dataclass(frozen=True, slots=True)
class Tlink:
    """One TLINK of the settings.

    target:   `AVAYA#CM1#CSTA#AES1@10.0.0.5:450`; host and port may be left out.
    user:     of the AES; "" = none.
    password: as written, encrypted or not.
    """

    target: str
    user: str
    password: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError; its text never has the password."""
        words = text.split()
        if not 1 <= len(words) <= 3:
            raise ValueError(f"a TLINK is written {FORM}; this one has {len(words)} words")
        target, user, password = (*words, "", "")[:3]
        parts = target.partition("@")[0].split("#")
        if len(parts) != 4 or not all(parts):  # what stands there is not shown: it may be the password
            raise ValueError(f"its first word is no VENDOR#SWITCH#SERVICE#SERVER; a TLINK is written {FORM}")
        return cls(target, user, password)


def masked(text: str) -> str:
    """The text of a TLINK without its password, for people."""
    return re.sub(r"^(\s*\S+\s+\S+\s+)\S.*$", r"\1*****", text, flags=re.DOTALL)
