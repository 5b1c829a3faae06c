"""`ivrsvr serve`: runs the server until SIGTERM, Ctrl-C or `shutdown` on the console."""

import argparse
import asyncio
import gc
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ivrsvr import __version__
from ivrsvr.commands import DONE
from ivrsvr.commands.options import authority, db, given, in_force, path_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrsvr.app import App
    from ivrsvr.assembly.settings import Settings

PLAIN = ("backend", "http", "console", "uuisvr", "aes", "db", "world", "seed", "insecure", "log_format")
"""Options that are parameters of the same name."""


def add(commands: Any) -> None:
    """Declare the command's options."""
    parser = commands.add_parser("serve", help="run the server", description="Run the server until SIGTERM or Ctrl-C.")
    parser.add_argument(
        "--backend", choices=["simulator", "tsapi"], help="the switch: simulated, or behind an AES (default: simulator)"
    )
    parser.add_argument(
        "--tlink",
        metavar="TLINK@HOST:PORT USER PASSWORD",
        action="append",
        help="a TLINK to a live AES, in one argument; repeatable, tried in this order; see `ivrsvr encryptpasswd`",
    )
    parser.add_argument("--http", metavar="HOST:PORT", help="HTTP listener (default: 127.0.0.1:8080; port 0: any free)")
    parser.add_argument("--ws", metavar="HOST:PORT", action="append", help="a further WebSocket listener; repeatable")
    parser.add_argument("--console", metavar="HOST:PORT", help="telnet console (default: 127.0.0.1:14012)")
    parser.add_argument("--uuisvr", metavar="HOST:PORT", help="user-data service (default: 127.0.0.1:5100)")
    parser.add_argument("--aes", metavar="HOST:PORT", help="put the simulated AES on TCP: its name service")
    db(parser)
    parser.add_argument("--world", metavar="FILE", help="world of the simulator, YAML or JSON")
    parser.add_argument("--seed", metavar="N", help="seed of the simulator's randomness")
    parser.add_argument(
        "--insecure", action="store_const", const="true", help="listen beyond this machine without log-in"
    )
    parser.add_argument(
        "--restore-last", action="store_true", help="where the database is damaged, start from the last good backup"
    )
    parser.add_argument("--log-format", choices=["text", "json"], help="form of the log on standard error")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Raises what `ivrsvr.app.serving` raises."""
    from ivrsvr import logs
    from ivrsvr.assembly.settings import Settings

    found = given(options, PLAIN) | tlinks(options.tlink or [])
    if options.ws is not None:
        found["ws"] = ",".join(options.ws)
    if options.restore_last:
        _mend(path_of(options))
    settings = Settings.of(in_force(found))
    logs.set_up(settings.log_format, settings.log_level)
    asyncio.run(serve(settings))
    return DONE


def _mend(path: str) -> None:
    """Put the last good backup in the place of a database that is damaged. Raises StoreError."""
    import sys

    from ivrsvr.store import copies
    from ivrsvr.store.database import open_database
    from ivrsvr.store.faults import StoreError
    from ivrsvr.store.settings import resolve

    if not os.path.exists(path):
        return
    try:
        open_database(path, check=True).close()
    except StoreError as error:
        if "damaged" not in str(error):
            raise
        folder = copies.folder_of(path, str(resolve({}, os.environ)["backup_folder"].value))
        copy, aside = copies.restore_last(path, folder)
        print(f"ivrsvr: {path} was damaged and is {aside} now; it starts from the backup {copy}", file=sys.stderr)


def tlinks(texts: list[str]) -> dict[str, str]:
    """The parameters that TLINKs of the command line set. Raises ParameterError for a password in clear."""
    from ivrsvr.store.parameters import ParameterError
    from ivrsvr.store.secrets import is_encrypted
    from ivrsvr.store.tlinks import Tlink

    for text in texts:
        try:
            password = Tlink.parse(text).password
        except ValueError as error:
            raise ParameterError(f"--tlink: {error}") from None
        if password and not is_encrypted(password):
            raise ParameterError(
                "--tlink: everybody on this machine can read a password on the command line; give its encrypted form "
                "(`ivrsvr encryptpasswd`), or set the environment variable IVRSVR_IVR_TLINK_01 instead"
            )
    return {f"ivr_tlink_{number:02}": text for number, text in enumerate(texts, 1)}


async def serve(settings: "Settings", begun: "Callable[[Callable[[], None]], None] | None" = None) -> None:
    """Run a server until it is told to stop. begun: called when it can be used, with what tells it to stop."""
    from contextlib import AsyncExitStack

    from ivrsvr.app import serving
    from ivrsvr.assembly.clockwork import drive
    from ivrsvr.assembly.supervisor import supervised, supervisor
    from ivrsvr.clock import Clock

    watcher = supervisor()
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(serving(settings))
        gc.freeze()  # what is there now stays: to look through it again would hold all calls up for 70 ms at a time
        heed_signals(app.site.stopping)
        if begun is None:
            print(banner(app), flush=True)
        else:
            begun(app.site.stopping.set)
        status = f"HTTP at {authority(*app.http)}, link {app.service.link.value}"

        async def reload() -> None:
            assert app.site.reload is not None
            watcher.reloading()
            await app.site.reload()
            watcher.ready(status)

        if hasattr(signal, "SIGHUP"):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, lambda: app.service.spawn(reload()))
        real = Clock(mode="real")  # that of a simulator may stand still
        await drive(real, stack)
        await stack.enter_async_context(supervised(watcher, real, status))
        await app.site.stopping.wait()
    watcher.close()


def heed_signals(told: asyncio.Event) -> None:
    """Tell when the process is to stop: SIGTERM, Ctrl-C."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, told.set)
        except NotImplementedError:  # Windows; there a service has its own thread and no signals at all
            with suppress(ValueError):
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(told.set))


def banner(app: "App") -> str:
    """Where every listener is, and what to try first."""
    at = authority(*app.http)
    settings = app.settings
    switch = (
        f"a simulated switch with {settings.world or 'the default world'}"
        if app.simulator is not None
        else f"{len(settings.tlinks)} TLINK{'s' * (len(settings.tlinks) > 1)}, link {app.service.link.value}"
    )
    s = "s" * settings.http_tls
    console, colon = ("openssl s_client -quiet -connect", ":") if settings.console_tls else ("telnet", " ")
    lines = [
        f"ivrsvr {__version__}: {switch}",
        f"  HTTP       http{s}://{at}/      requests: POST /api/{{request}}; to read and to try: http{s}://{at}/docs",
        f"  WebSocket  ws{s}://{at}/ws",
        *(f"  WebSocket  ws{'s' * settings.ws_tls}://{authority(*one)}/" for one in app.websockets),
        *(f"  Console    {console} {host}{colon}{port}      user tcpgate" for host, port in app.consoles),
    ]
    if app.uuisvr is not None:
        lines.append(f"  User data  http{'s' * settings.uuisvr_tls}://{authority(*app.uuisvr)}/status")
    if app.aes is not None:
        lines.append(aes_line(app.aes))
    for door in sorted(app.site.doors, key=lambda door: door.at):
        tls = ", by TLS" if door.row.tls == "yes" else ""
        lines.append(f"  {door.row.kind:<10} {authority(*door.at)}      for {door.row.remote}{tls} (add tcp)")
    lines.append(f"  Database   {settings.db}")
    if app.simulator is not None:
        lines += _first_steps(app)
    return "\n".join([*lines, "Ctrl-C stops the server."])


def _first_steps(app: "App") -> list[str]:
    """Two commands that work as they stand, but for a key where one is asked for."""
    host, port = app.http
    at = authority({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port)
    curl = f"curl -sk https://{at}" if app.settings.http_tls else f"curl -s http://{at}"
    asked = app.site.protection.asks(authority(host, port))
    key = " -H 'X-API-Key: KEY'" if asked else ""
    return [
        "Try first, in another window: an outside party calls extension 101, and 101 answers.",
        *(["With a key in the place of KEY: `ivrsvr key add NAME --scopes call,sim` makes one."] if asked else []),
        f"""  {curl}/sim/calls{key} -d '{{"from": "67896789", "to": "101"}}'""",
        f"""  {curl}/api/answer{key} -d '{{"extension": "101"}}'""",
    ]


def aes_line(aes: Any) -> str:
    """Where the simulated AES is."""
    host, names = aes.host, aes.name_port
    secure = f", CSTA-S {aes.csta_s_port} (certificate {aes.certificate})" if aes.csta_s_port else ""
    return f"  AES        name service {authority(host, names)}, TLINK ports: CSTA {aes.csta_port}{secure}"
