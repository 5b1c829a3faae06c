"""The command line. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ivrsvr import __version__

if TYPE_CHECKING:
    from ivrsvr.app import App, Settings
    from ivrsvr.store.settings import Setting

DONE, FAILED, WRONG = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command, and return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    command = options.command
    try:
        if command == "serve":
            return _serve(options)
        if command == "parameter":
            return _parameter(options)
        if command == "docs":
            return _docs(options.page)
    except _wrong() as error:
        print(f"ivrsvr: {error}", file=sys.stderr)
        return WRONG
    parser.print_help()
    return WRONG


def _wrong() -> tuple[type[Exception], ...]:
    """The errors that mean wrong usage or configuration. Imported when needed: `--version` has to be quick."""
    from ivrsvr.app import ConfigurationError
    from ivrsvr.interfaces.listeners import ListenError
    from ivrsvr.store.database import StoreError
    from ivrsvr.store.parameters import ParameterError

    return (ConfigurationError, ListenError, StoreError, ParameterError)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ivrsvr", description="CTI server: drives telephones and calls by JSON over REST and WebSocket."
    )
    parser.add_argument("--version", action="version", version=f"ivrsvr {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the server", description="Run the server until SIGTERM or Ctrl-C.")
    serve.add_argument("--backend", choices=["simulator"], help="the switch (default: simulator)")
    serve.add_argument("--http", metavar="HOST:PORT", help="HTTP listener (default: 127.0.0.1:8080; port 0: any free)")
    serve.add_argument("--ws", metavar="HOST:PORT", action="append", help="a further WebSocket listener; repeatable")
    serve.add_argument("--console", metavar="HOST:PORT", help="telnet console (default: 127.0.0.1:14012)")
    serve.add_argument("--db", metavar="FILE", help="SQLite file (default: ivrsvr.db)")
    serve.add_argument("--world", metavar="FILE", help="world of the simulator, YAML or JSON")
    serve.add_argument("--seed", metavar="N", help="seed of the simulator's randomness")
    serve.add_argument(
        "--insecure", action="store_const", const="true", help="listen beyond this machine without log-in"
    )
    serve.add_argument("--log-format", choices=["text", "json"], help="form of the log on standard error")

    parameter = commands.add_parser("parameter", help="look at parameters and set them in the database")
    actions = parameter.add_subparsers(dest="action", metavar="ACTION", required=True)
    get = actions.add_parser("get", help="print the value in force")
    set_ = actions.add_parser("set", help="store a value in the database")
    list_ = actions.add_parser("list", help="print all parameters with value and source")
    for action in (get, set_, list_):
        action.add_argument("--db", metavar="FILE", help="SQLite file (default: ivrsvr.db)")
    for action in (get, set_):
        action.add_argument("name")
    set_.add_argument("value")

    docs = commands.add_parser("docs", help="print a page of the manual that is made from the server's own tables")
    docs.add_argument("page", choices=["requests", "events", "settings"])
    return parser


# ---- serve


def _serve(options: argparse.Namespace) -> int:
    from ivrsvr import logs
    from ivrsvr.app import Settings

    given = {
        name: getattr(options, name)
        for name in ("backend", "http", "console", "db", "world", "seed", "insecure", "log_format")
        if getattr(options, name) is not None
    }
    if options.ws is not None:
        given["ws"] = ",".join(options.ws)
    settings = Settings.of(_in_force(given))
    logs.set_up(settings.log_format, settings.log_level)
    asyncio.run(_run(settings))
    return DONE


async def _run(settings: "Settings") -> None:
    from ivrsvr.app import serving

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(settings) as app:
        print(banner(app), flush=True)
        stopped = asyncio.create_task(stop.wait())
        told = asyncio.create_task(app.site.stopping.wait())
        await asyncio.wait({stopped, told}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        told.cancel()


def banner(app: "App") -> str:
    """Where every listener is, and what to try first."""
    at = _authority(*app.http)
    lines = [
        f"ivrsvr {__version__}: a simulated switch with {app.settings.world or 'the default world'}",
        f"  HTTP       http://{at}/      requests: POST /api/{{request}}; to read and to try: http://{at}/docs",
        f"  WebSocket  ws://{at}/ws",
        *(f"  WebSocket  ws://{_authority(*one)}/" for one in app.websockets),
        *(f"  Console    telnet {host} {port}      user tcpgate" for host, port in app.consoles),
        f"  Database   {app.settings.db}",
        "Try first, in another window: an outside party calls extension 101, and 101 answers.",
        f"""  curl -s http://{at}/sim/calls -d '{{"from": "67896789", "to": "101"}}'""",
        f"""  curl -s http://{at}/api/answer -d '{{"extension": "101"}}'""",
        "Ctrl-C stops the server.",
    ]
    return "\n".join(lines)


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _in_force(given: dict[str, str]) -> "dict[str, Setting]":
    """Every parameter in force. Raises ParameterError, StoreError."""
    from ivrsvr.store.database import open_database
    from ivrsvr.store.settings import Stored, resolve

    path = str(resolve(given, os.environ)["db"].value)
    if not Path(path).exists():
        return resolve(given, os.environ)
    database = open_database(path)
    try:
        return resolve(given, os.environ, dict(Stored(database)))
    finally:
        database.close()


# ---- parameter


def _parameter(options: argparse.Namespace) -> int:
    from ivrsvr.store.parameters import find

    given = {} if options.db is None else {"db": options.db}
    if options.action == "set":
        return _set(options.name, options.value, given)
    if options.action == "get":
        parameter = find(options.name)
        setting = _in_force(given).get(options.name)
        print(parameter.default if setting is None else setting.text)
        return DONE
    for name, setting in _in_force(given).items():
        print(f"{name:<26} {setting.shown or '-':<18} {setting.source:<12} {setting.parameter.help}")
    return DONE


def _set(name: str, value: str, given: dict[str, str]) -> int:
    from ivrsvr.store.database import open_database
    from ivrsvr.store.settings import Stored, resolve

    # Not by way of all parameters in force: a wrong one in the database must not keep its mending out.
    path = given.get("db") or str(resolve(given, os.environ)["db"].value)
    database = open_database(path)
    try:
        Stored(database).set(name, value)
    finally:
        database.close()
    return DONE


# ---- docs


def _docs(page: str) -> int:
    from ivrsvr.app import all_requests
    from ivrsvr.interfaces.reference import events_reference, requests_reference, settings_reference

    if page == "requests":
        text = requests_reference(all_requests())
    else:
        text = events_reference() if page == "events" else settings_reference()
    print(text, end="")
    return DONE
