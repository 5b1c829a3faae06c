"""What a console is shown on, whichever way it is reached."""

from typing import Protocol

PROMPT = "ivrsvr> "


class Terminal(Protocol):
    """Somebody's terminal.

    address: of the peer.
    echo:    whether what is typed has to be shown by us; that may turn out late.
    """

    address: str

    @property
    def echo(self) -> bool: ...

    @property
    def columns(self) -> int: ...

    @property
    def rows(self) -> int: ...

    async def read(self) -> str:
        """What was typed since; "" = the peer is gone."""
        ...

    def write(self, text: str) -> None:
        """Show a text; lines end with CR LF."""
        ...

    async def drain(self) -> None:
        """Wait until the peer has taken most of what was shown."""
        ...
