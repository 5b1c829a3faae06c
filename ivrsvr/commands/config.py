"""`ivrsvr config export|import`: the configuration as a file, to be kept, compared, and put into another server."""

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from ivrsvr.commands import DONE
from ivrsvr.commands.options import db, given, in_force, person


def add(commands: Any) -> None:
    """Declare the command's options."""
    config = commands.add_parser("config", help="the configuration as a file: YAML, CSV, or the original's Access file")
    actions = config.add_subparsers(dest="action", metavar="ACTION", required=True)
    export = actions.add_parser(
        "export",
        help="write the configuration",
        description="Write the configuration as YAML, or one table of it as CSV. Secrets are in it only as they are "
        "encrypted or hashed; to use them elsewhere, the key file (ending .key) is needed as well.",
    )
    export.add_argument("file", metavar="FILE", nargs="?", default="-", help="default: standard output")
    export.add_argument("--table", metavar="NAME", help="this table alone, as CSV (default: all, as YAML)")
    take = actions.add_parser(
        "import",
        help="take over a configuration",
        description="Take over what FILE has: .yaml, .json, .csv (its first line names the columns), or .mdb, the "
        "original's Access file, of which tParameter is read (needs mdbtools). All of it or, if anything is wrong, "
        "nothing. A running server takes it over with `reload`.",
    )
    take.add_argument("file", metavar="FILE", type=Path)
    take.add_argument("--dry-run", action="store_true", help="only say what would be changed")
    take.add_argument(
        "--pass-over",
        action="store_true",
        help="pass over parameters that this server does not have, as with .mdb: for a CSV of the original's",
    )
    take.add_argument("--replace", action="store_true", help="delete what the tables in FILE do not have")
    for action in (export, take):
        db(action)
        action.add_argument("--keyfile", metavar="FILE", help="key file (default: beside the database, ending .key)")
    config.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Raises ConfigFileError, StoreError, ParameterError, SecretError."""
    from ivrsvr.store.database import open_database
    from ivrsvr.store.secrets import Secrets
    from ivrsvr.store.tables import Configuration

    settings = in_force(given(options, ("db", "keyfile")))
    path = str(settings["db"].value)
    secrets = Secrets.of(path, str(settings["keyfile"].value))
    database = open_database(path)
    try:
        work = _export if options.action == "export" else _import
        return work(options, Configuration(database), secrets)
    finally:
        database.close()


def _export(options: argparse.Namespace, configuration: Any, secrets: Any) -> int:
    from ivrsvr.assembly.configfile import ConfigFileError, export_csv, export_yaml

    text = export_csv(configuration, options.table, secrets) if options.table else export_yaml(configuration, secrets)
    if options.file == "-":
        sys.stdout.write(text)
        return DONE
    try:
        _write(Path(options.file).resolve(), text)
    except OSError as error:
        raise ConfigFileError(f"{options.file} cannot be written: {error.strerror}") from None
    return DONE


def _write(path: Path, text: str) -> None:
    """Whole or not at all: an export that was there is not lost to a full disk. Raises OSError."""
    if path.exists() and not path.is_file():  # a pipe, a device
        path.write_text(text, encoding="utf-8")
        return
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.touch(mode=0o600)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _import(options: argparse.Namespace, configuration: Any, secrets: Any) -> int:
    from ivrsvr.assembly.configfile import ConfigFileError, carry_out, is_foreign, plan, read
    from ivrsvr.clock import Clock

    try:
        planned, passed = plan(
            read(options.file),
            configuration,
            secrets,
            replace=options.replace,
            lenient=options.pass_over or is_foreign(options.file),
        )
    except ConfigFileError as error:
        raise ConfigFileError(f"{options.file}: nothing was changed:\n{error}") from None
    for note in passed:
        print(f"passed over: {note}", file=sys.stderr)
    for one in planned:
        print(one)
    if options.dry_run or not planned:
        print("nothing was changed" + (": a dry run" if planned else ": it is all there already"))
        return DONE
    carry_out(planned, configuration)
    changes = f"{len(planned)} change{'s' * (len(planned) != 1)}"
    what = f"config import {options.file.name[:100]}: {changes}"
    configuration.record(Clock(mode="real").now(), person(), "shell", "", what, "done")
    print(f"{changes}; a running server takes them over with `reload`")
    return DONE
