"""What several commands share: options that are parameters, and the parameters in force."""

import argparse
import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivrsvr.store.settings import Setting


def db(parser: argparse.ArgumentParser) -> None:
    """The option that names the database."""
    parser.add_argument("--db", metavar="FILE", help="SQLite file (default: ivrsvr.db)")


def path_of(options: argparse.Namespace) -> str:
    """The database file, whether it can be opened or not."""
    from ivrsvr.store.settings import resolve

    return str(resolve(given(options, ("db",)), os.environ)["db"].value)


def given(options: argparse.Namespace, names: tuple[str, ...]) -> dict[str, str]:
    """Parameters that options of those names set."""
    return {name: str(getattr(options, name)) for name in names if getattr(options, name, None) is not None}


def in_force(given: dict[str, str]) -> "dict[str, Setting]":
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


def person() -> str:
    """Who gives the command; by number where the system has no name, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def authority(host: str, port: int) -> str:
    """HOST:PORT as it is written in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
