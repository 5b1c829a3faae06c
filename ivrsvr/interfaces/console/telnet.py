"""The console by telnet: real negotiation where the peer takes part in it (`telnet`, PuTTY), plain lines where it does
not (`nc`).
"""

import asyncio
import logging
import sys
from typing import Any, cast

from telnetlib3.server import TelnetServer

from ivrsvr.interfaces.console.reception import Reception, Visit
from ivrsvr.interfaces.console.shell import Office, Shell

log = logging.getLogger(__name__)

NEGOTIATION_S = 0.5
"""How long a peer has to answer the first options; one that does not is a plain one until it does."""

UNREAD_MOST = 32768
"""Octets that may wait for somebody to take them; at twice as many, nothing more is read from the peer."""

ALL = sys.maxsize
"""How much is read at a time: whatever is there. For a part of it, telnetlib3 moves all the rest, octet by octet."""


class TelnetTerminal:
    """A telnet connection as a terminal."""

    def __init__(self, reader: Any, writer: Any) -> None:
        self._reader = reader
        self._writer = writer
        peer = writer.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""

    @property
    def echo(self) -> bool:
        """A peer that took part in the negotiation leaves echoing and editing to us; a slow one does so later."""
        return bool(self._writer.will_echo)

    @property
    def columns(self) -> int:
        return max(int(self._writer.get_extra_info("cols") or 80), 20)

    @property
    def rows(self) -> int:
        return max(int(self._writer.get_extra_info("rows") or 25), 5)

    async def read(self) -> str:
        return str(await self._reader.read(ALL))

    def write(self, text: str) -> None:
        if not self._writer.is_closing():
            self._writer.write(text)

    async def drain(self) -> None:
        await self._writer.drain()

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


class Telnet:
    """All telnet consoles of a server."""

    def __init__(self, office: Office, reception: Reception) -> None:
        self._office = office
        self._reception = reception
        self._sessions: dict[asyncio.Task[None], TelnetTerminal] = {}

    def plain(self) -> asyncio.Protocol:
        """A connection of a console port."""
        protocol: asyncio.Protocol = TelnetServer(
            shell=cast(Any, self._begin),  # no coroutine: the tasks are ours, not the library's
            encoding="utf8",
            encoding_errors="replace",
            force_binary=True,
            never_send_ga=True,
            connect_maxwait=NEGOTIATION_S,
            compression=False,
            limit=UNREAD_MOST,
            timeout=0,
        )
        return protocol

    def _begin(self, reader: Any, writer: Any) -> None:
        """telnetlib3 has negotiated: from here on it is ours."""
        reader.set_transport(writer.transport)  # telnetlib3 has the means to slow a peer down, but leaves them unused
        terminal = TelnetTerminal(reader, writer)

        def show_out() -> None:
            terminal.write("\r\nothers want to log in; good-bye\r\n")
            task.cancel()

        visit = self._reception.come(terminal.address, show_out)
        task = asyncio.get_running_loop().create_task(self._live(terminal, visit), name=f"console {terminal.address}")
        self._sessions[task] = terminal
        task.add_done_callback(lambda task: self._ended(task, visit))

    async def _live(self, terminal: TelnetTerminal, visit: Visit) -> None:
        try:
            await Shell(self._office, terminal, admit=visit.admit).run()
        except ConnectionError:
            pass
        except Exception:
            # A fault of ours ends one console, never the server.
            log.exception("the console of %s failed", terminal.address)

    def _ended(self, task: asyncio.Task[None], visit: Visit) -> None:
        """Also of a session that was shown out before it began."""
        self._sessions.pop(task).close()
        visit.end()

    async def close(self) -> None:
        """Tell everybody that the server stops, and hang up."""
        for task, terminal in list(self._sessions.items()):
            terminal.write("\r\nthe server stops\r\n")
            task.cancel()
        if self._sessions:
            await asyncio.wait(list(self._sessions))
