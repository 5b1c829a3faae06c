"""The other end of the console: log-in and commands for a program, or somebody's whole terminal."""

import asyncio
import re
import secrets
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from ivrsvr.interfaces.console.negotiation import ClientEnd
from ivrsvr.interfaces.console.terminal import PROMPT

CONNECT_S = 10.0
"""Time for the connection and the handshake of TLS."""

LEAVE_S = 1.0
"""Time for hanging up."""

_ASKED = re.compile(r"(?:^|\n)([A-Z][a-z]+(?: again)?: )\Z")
"""The end of what came when something is asked for; an error begins in capitals throughout, and may come in pieces."""


class ConsoleError(Exception):
    """The console cannot be reached, lets nobody in, or has hung up; the text says which."""


async def connect(
    host: str, port: int, tls: ssl.SSLContext | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Raises ConsoleError."""
    try:
        async with asyncio.timeout(CONNECT_S):
            return await asyncio.open_connection(host, port, ssl=tls)
    except TimeoutError:
        raise ConsoleError(f"the console at {host}:{port} does not answer") from None
    except ssl.SSLCertVerificationError as error:
        raise ConsoleError(f"the certificate of {host}:{port} is not to be trusted: {error.verify_message}") from None
    except ssl.SSLError as error:
        raise ConsoleError(f"TLS with {host}:{port} failed ({error.reason}); does that console speak it?") from None
    except (ConnectionResetError, ConnectionAbortedError):
        hint = "; does that console speak TLS?" if tls is not None else ""
        raise ConsoleError(f"{host}:{port} hung up{hint}") from None
    except (OSError, UnicodeError) as error:
        why = "that is no name of a host" if isinstance(error, UnicodeError) else error.strerror or error
        raise ConsoleError(
            f"there is no console at {host}:{port} ({why}); is the server running? `--at` names another address"
        ) from None


async def leave(writer: asyncio.StreamWriter) -> None:
    """Hang up, and wait until the other end has been told; not for long."""
    writer.close()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(LEAVE_S):
            await writer.wait_closed()


@dataclass(slots=True)
class Program:
    """A program at the console: it sends commands, and learns whether each succeeded.

    show: takes each line of an answer as it comes.
    ask:  asks a person for what the console wants to know, such as a new password.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    show: Callable[[str], None]
    ask: Callable[[str], str]
    _end: ClientEnd
    _mark: str
    _came: str = ""

    @classmethod
    def at(
        cls,
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        show: Callable[[str], None],
        ask: Callable[[str], str],
    ) -> Self:
        return cls(*connection, show, ask, ClientEnd(""), secrets.token_hex(8))

    async def log_in(self, user: str, password: str) -> None:
        """Raises ConsoleError."""
        await self._until("User: ")
        self._send(user)
        await self._until("Password: ")
        self._send(password)
        while not self._came.endswith(PROMPT):
            if self._came.endswith("User: "):
                raise ConsoleError(self._came.removesuffix("User: ").strip())
            await self._more()
        self._came = ""
        self._send(f"mark {self._mark}")
        while PROMPT not in self._came:
            await self._more()
        if f"{self._mark} done" not in self._came:
            raise ConsoleError("the console is that of an older server; use telnet")
        self._came = ""

    async def command(self, line: str) -> bool:
        """Whether a command succeeded. Raises ConsoleError."""
        self._send(line)
        while True:
            *lines, self._came = self._came.split("\n")
            for one in lines:
                if one in (f"{self._mark} done", f"{self._mark} failed"):
                    await self._until(PROMPT)
                    return one.endswith("done")
                self.show(one)
            asked = _ASKED.search(self._came)
            if asked is not None:
                self._came = ""
                self._send(self.ask(asked[1]))
            await self._more()

    async def _until(self, text: str) -> None:
        while text not in self._came:
            await self._more()
        self._came = self._came.partition(text)[2]

    async def _more(self) -> None:
        octets = await self.reader.read(65536)
        if not octets:
            raise ConsoleError(self._came.strip() or "the console hung up; `--tls` is for one that is encrypted")
        shown, reply = self._end.feed(octets)
        self.writer.write(reply)
        self._came += shown.decode("utf-8", "replace").replace("\r", "")

    def _send(self, line: str) -> None:
        self.writer.write(line.replace("\r", " ").replace("\n", " ").encode() + b"\r\n")
