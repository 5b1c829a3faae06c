"""`ivrsvr key add|list|delete`: API keys, also while the server runs; it takes notice within a second."""

import argparse
from typing import Any

from ivrsvr.commands import DONE
from ivrsvr.commands.options import db, given, in_force, person


def add(commands: Any) -> None:
    """Declare the command's options."""
    key = commands.add_parser("key", help="API keys: who may use the server", description="API keys of the server.")
    actions = key.add_subparsers(dest="action", metavar="ACTION", required=True)
    make = actions.add_parser("add", help="make a key, and print it this once")
    list_ = actions.add_parser("list", help="list the keys; they themselves are not known")
    delete = actions.add_parser("delete", help="take a key out of force")
    make.add_argument("name")
    make.add_argument(
        "--scopes", default="call,monitor,query", help="of call, monitor, query, admin, sim (default: the first three)"
    )
    make.add_argument(
        "--extensions", default="*", metavar="PATTERNS", help="devices it may name, such as '1??,20*' (default: all)"
    )
    make.add_argument("--expires", default="", metavar="DAY", help="such as 2027-01-31 (default: never)")
    delete.add_argument("name")
    for action in (make, list_, delete):
        db(action)
    key.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Raises StoreError, ParameterError, TableError."""

    from ivrsvr.clock import Clock
    from ivrsvr.interfaces.administration.keys import shown
    from ivrsvr.interfaces.keys import Keys
    from ivrsvr.store.database import open_database
    from ivrsvr.store.tables import Configuration

    clock = Clock(mode="real")
    database = open_database(str(in_force(given(options, ("db",)))["db"].value))
    try:
        configuration = Configuration(database)
        keys = Keys(configuration, clock)
        who = person()
        if options.action == "list":
            for row in configuration.keys:
                print("  ".join(f"{name}={value}" for name, value in shown(row, clock.now()).items()))
        elif options.action == "delete":
            keys.delete(options.name)
            configuration.record(clock.now(), who, "shell", "", f"delete key {options.name}", "done")
        else:
            print(keys.create(options.name, options.scopes, options.extensions, options.expires, who))
            words = f"add key {options.name} {options.scopes} {options.extensions} {options.expires}"
            configuration.record(clock.now(), who, "shell", "", words.strip(), "done")
    finally:
        database.close()
    return DONE
