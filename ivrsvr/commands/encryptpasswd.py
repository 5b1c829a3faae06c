"""`ivrsvr encryptpasswd`: turns a password into the value to paste into a TLINK; and renews the key."""

import argparse
import getpass
import sys
from typing import TYPE_CHECKING, Any

from ivrsvr.commands import DONE
from ivrsvr.commands.options import db, given, in_force, person

if TYPE_CHECKING:
    from ivrsvr.store.secrets import Secrets

LONGEST = 1024


def add(commands: Any) -> None:
    """Declare the command's options."""
    encrypt = commands.add_parser(
        "encryptpasswd",
        help="encrypt a password for a TLINK",
        description="Ask for a password, and print its encrypted form, to be pasted into ivr_tlink_01 and so on. The "
        "key stands in a file of its own, which only the server's user may read.",
    )
    encrypt.add_argument("--stdin", action="store_true", help="read the password from standard input, one line")
    encrypt.add_argument("--rotate", action="store_true", help="make a new key, and encrypt all stored values with it")
    db(encrypt)
    encrypt.add_argument("--keyfile", metavar="FILE", help="key file (default: beside the database, ending .key)")
    encrypt.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Raises SecretError, StoreError, ParameterError."""
    from ivrsvr.store.secrets import SecretError, Secrets

    settings = in_force(given(options, ("db", "keyfile")))
    path = str(settings["db"].value)
    secrets = Secrets.of(path, str(settings["keyfile"].value))
    if options.rotate:
        return _rotate(secrets, path)
    password = sys.stdin.readline(LONGEST).rstrip("\r\n") if options.stdin else getpass.getpass("Password: ")
    if not password:
        raise SecretError("there is no password; type one, or give one line with --stdin")
    if not options.stdin and getpass.getpass("Password again: ") != password:
        raise SecretError("the two are not the same; nothing was encrypted")
    print(secrets.hide(password))
    return DONE


def _rotate(secrets: "Secrets", path: str) -> int:
    from ivrsvr.clock import Clock
    from ivrsvr.store.database import open_database
    from ivrsvr.store.renewal import renew
    from ivrsvr.store.tables import Configuration

    database = open_database(path)
    try:
        renewed = renew(database, secrets)
        now = Clock(mode="real").now()
        Configuration(database).record(now, person(), "shell", "", "encryptpasswd --rotate", "done")
    finally:
        database.close()
    print(f"{secrets.path} has a new key; {renewed} stored values were encrypted with it")
    return DONE
