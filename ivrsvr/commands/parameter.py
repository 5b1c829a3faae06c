"""`ivrsvr parameter get|set|list`: looks at parameters, and sets them in the database."""

import argparse
import getpass
import os
import sys
from typing import Any

from ivrsvr.commands import DONE
from ivrsvr.commands.options import db, in_force, person


def add(commands: Any) -> None:
    """Declare the command's options."""
    parameter = commands.add_parser("parameter", help="look at parameters and set them in the database")
    actions = parameter.add_subparsers(dest="action", metavar="ACTION", required=True)
    get = actions.add_parser("get", help="print the value in force")
    set_ = actions.add_parser("set", help="store a value in the database")
    list_ = actions.add_parser("list", help="print all parameters with value and source")
    for action in (get, set_, list_):
        db(action)
    for action in (get, set_):
        action.add_argument("name")
    set_.add_argument("value", help="- reads it from standard input: others can see what is on a command line")
    parameter.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Raises ParameterError, StoreError."""
    from ivrsvr.store.parameters import find

    given = {} if options.db is None else {"db": options.db}
    if options.action == "set":
        return _set(options.name, options.value, given)
    if options.action == "get":
        parameter = find(options.name)
        setting = in_force(given).get(options.name)
        print(parameter.default if setting is None else setting.text)
        return DONE
    for name, setting in in_force(given).items():
        print(f"{name:<26} {setting.shown or '-':<18} {setting.source:<12} {setting.parameter.help}")
    return DONE


def _set(name: str, value: str, given: dict[str, str]) -> int:
    from ivrsvr.clock import Clock
    from ivrsvr.store.database import open_database
    from ivrsvr.store.parameters import may_be_told
    from ivrsvr.store.secrets import Secrets, bears_secret
    from ivrsvr.store.settings import Stored, resolve
    from ivrsvr.store.tables import Configuration

    # Not by way of all parameters in force: a wrong one in the database must not keep its mending out.
    settings = resolve(given, os.environ)
    on_the_line = value != "-"
    if not on_the_line:
        value = getpass.getpass("Value: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    database = open_database(str(settings["db"].value))
    try:
        Stored(database, Secrets.of(str(settings["db"].value), str(settings["keyfile"].value))).set(name, value)
        shown = value[:200] if may_be_told(name, value) else "(hidden)"
        now = Clock(mode="real").now()
        Configuration(database).record(now, person(), "shell", "", f"parameter set {name} {shown}".strip(), "done")
    finally:
        database.close()
    if on_the_line and bears_secret(name, value):
        print(
            f"ivrsvr: stored, encrypted; but everybody on this machine can see a command line, and the shell keeps it: "
            f"rather use `ivrsvr parameter set {name} -`, which reads the value from standard input",
            file=sys.stderr,
        )
    return DONE
