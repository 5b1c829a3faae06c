"""`ivrsvr backup` and `ivrsvr restore`: a copy of the database, also while the server runs, and its return."""

import argparse
from typing import Any

from ivrsvr.commands import DONE
from ivrsvr.commands.options import db, path_of


def add(commands: Any) -> None:
    """Declare the commands' options."""
    backup = commands.add_parser(
        "backup",
        help="copy the database, also while the server runs",
        description="Copy the database; a running server goes on. The key file (ending .key) is not in the copy: keep "
        "one elsewhere, or the passwords in the copy cannot be read.",
    )
    backup.add_argument("file", metavar="FILE", help="where the copy is to be")
    db(backup)
    backup.set_defaults(run=back_up)
    restore = commands.add_parser(
        "restore",
        help="put a copy of the database back",
        description="Put a copy in the place of the database, which is moved aside. The server must not run.",
    )
    restore.add_argument("file", metavar="FILE", help="the copy")
    db(restore)
    restore.set_defaults(run=put_back)


def back_up(options: argparse.Namespace) -> int:
    """Raises StoreError."""
    from ivrsvr.store import copies

    made = copies.back_up(path_of(options), options.file)
    print(f"{made} is a copy of {path_of(options)}")
    return DONE


def put_back(options: argparse.Namespace) -> int:
    """Raises StoreError."""
    from ivrsvr.store import copies

    aside = copies.restore(options.file, path_of(options))
    print(f"{path_of(options)} is {options.file} now" + (f"; the former one is {aside}" if aside else ""))
    return DONE
