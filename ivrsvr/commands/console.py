"""`ivrsvr console`: the console from a shell, as a terminal or command by command."""

import argparse
import asyncio
import getpass
import os
import shlex
import signal
import sys
from typing import TYPE_CHECKING, Any

from ivrsvr.commands import DONE, FAILED, WRONG
from ivrsvr.commands.options import db, given, in_force

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from ivrsvr.store.settings import Setting

USER, PASSWORD = "IVRSVR_CONSOLE_USER", "IVRSVR_CONSOLE_PASSWORD"
LEAVE = b"\x1d"
"""Ctrl-], as with telnet: leaves a terminal whose server says nothing any more."""


def add(commands: Any) -> None:
    """Declare the command's options."""
    console = commands.add_parser(
        "console",
        help="the console of a running server",
        description="Without COMMAND, a terminal on the console (Ctrl-] leaves it at once). With one, its answer is "
        "printed, and the exit code is 0 if it succeeded, 1 if not; `-` reads commands from standard input until one "
        f"fails. User and password are asked for, or taken from the environment ({USER}, {PASSWORD}).",
    )
    console.add_argument("words", metavar="COMMAND", nargs="*", help="such as: 'disp call'")
    console.add_argument("--at", metavar="HOST:PORT", help="the console (default: that of the settings)")
    console.add_argument("--tls", action="store_true", help="it is encrypted (default: as console_tls says)")
    db(console)
    console.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Raises ParameterError, StoreError."""
    from ivrsvr.interfaces.console.client import ConsoleError
    from ivrsvr.store.parameters import ParameterError, split_address

    settings = in_force(given(options, ("db",)))
    addresses = settings["console"].value
    address = options.at or (addresses[0] if isinstance(addresses, tuple) and addresses else "")
    try:
        host, port = split_address(address)
    except ValueError as error:
        raise ParameterError(f"--at: {error}") from None
    tls = _tls(host, settings) if options.tls or settings["console_tls"].value else None
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    try:
        if options.words:
            return asyncio.run(_carry_out(host, port, tls, options.words))
        return asyncio.run(_terminal(host, port, tls))
    except ConsoleError as error:
        print(f"ivrsvr: {error}", file=sys.stderr)
        return FAILED


def _tls(host: str, settings: "Mapping[str, Setting]") -> "ssl.SSLContext":
    """Trusts the server's own certificate as well; on this machine for whatever name it is made out."""
    import ssl

    from ivrsvr.interfaces.gate import is_loopback
    from ivrsvr.store.parameters import ParameterError

    context = ssl.create_default_context()
    own = settings["tls_certificate"].text
    try:
        if own:
            context.load_verify_locations(own)
    except (OSError, ssl.SSLError):
        raise ParameterError(f"tls_certificate: {own} cannot be read") from None
    context.check_hostname = not (own and is_loopback(host))
    return context


async def _carry_out(host: str, port: int, tls: "ssl.SSLContext | None", words: list[str]) -> int:
    from ivrsvr.interfaces.console.client import Program, connect, leave

    lines = sys.stdin if words == ["-"] else [words[0] if len(words) == 1 else shlex.join(words)]
    name = os.environ.get(USER) or "tcpgate"
    password = os.environ.get(PASSWORD)
    if password is None:
        if not sys.stdin.isatty():
            print(f"ivrsvr: set the environment variable {PASSWORD}; there is nobody to ask", file=sys.stderr)
            return WRONG
        password = _ask(f"Password of {name}: ")
    connection = await connect(host, port, tls)
    program = Program.at(connection, show=print, ask=_ask)
    try:
        await program.log_in(name, password)
        for line in lines:
            if line.strip() and not await program.command(line.strip()):
                return FAILED
    finally:
        await leave(connection[1])
    return DONE


def _ask(prompt: str) -> str:
    """What the console asks for: of the person, or the next line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    # The event loop's own handler would wait for the answer: Ctrl-C has to end the question itself.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return getpass.getpass(prompt)
    finally:
        signal.signal(signal.SIGINT, before)


def _size() -> tuple[int, int]:
    columns, rows = os.get_terminal_size()
    return columns, rows


async def _terminal(host: str, port: int, tls: "ssl.SSLContext | None") -> int:
    """The person's terminal on the console, until one of the two hangs up."""
    from ivrsvr.interfaces.console.client import connect, leave
    from ivrsvr.interfaces.console.negotiation import ClientEnd

    try:
        import termios
        import tty
    except ImportError:
        print(f"ivrsvr: this system has no such terminals; use PuTTY or telnet on {host} {port}", file=sys.stderr)
        return WRONG
    if not sys.stdin.isatty():
        print("ivrsvr: there is no terminal; name a COMMAND, or - for commands from standard input", file=sys.stderr)
        return WRONG
    reader, writer = await connect(host, port, tls)
    end = ClientEnd(os.environ.get("TERM", "vt100"), _size)
    loop, inp, out = asyncio.get_running_loop(), sys.stdin.fileno(), sys.stdout.fileno()
    before = termios.tcgetattr(inp)

    def typed() -> None:
        keys = os.read(inp, 4096)
        if not keys or LEAVE in keys:
            reader.feed_eof()
            loop.remove_reader(inp)
        else:
            writer.write(keys.replace(b"\xff", b"\xff\xff").replace(b"\r", b"\r\x00"))

    tty.setraw(inp)
    loop.add_reader(inp, typed)
    loop.add_signal_handler(signal.SIGWINCH, lambda: writer.write(end.window()))
    try:
        while octets := await reader.read(65536):
            shown, reply = end.feed(octets)
            writer.write(reply)
            os.write(out, shown)
    except (ConnectionError, ValueError):
        pass
    finally:
        loop.remove_reader(inp)
        termios.tcsetattr(inp, termios.TCSADRAIN, before)
        await leave(writer)
    print()
    return DONE
