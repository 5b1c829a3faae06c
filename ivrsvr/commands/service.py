"""`ivrsvr service install|uninstall` (`ivrsvr -i`, `ivrsvr -u`): the server as a service of systemd or of Windows."""

import argparse
import sys
from pathlib import Path
from typing import Any

from ivrsvr.commands import DONE, FAILED

SHORT = {"-i": "install", "-u": "uninstall"}
"""As the original was called: `ivrsvr -i`."""


def add(commands: Any) -> None:
    """Declare the command's options."""
    service = commands.add_parser(
        "service",
        help="install the server as a service of this machine",
        description="Write a unit file for systemd, make the user that the server runs as, and start it; on Windows "
        "the same by the service manager (needs pywin32). `ivrsvr -i` and `ivrsvr -u` are short for it.",
    )
    service.add_argument("action", choices=["install", "uninstall", "show"], help="show: print the unit file")
    service.add_argument("--name", default="ivrsvr", help="of the service (default: ivrsvr)")
    service.add_argument("--user", default="ivrsvr", help="whom it runs as (default: ivrsvr)")
    service.add_argument("--db", metavar="FILE", default="", help="SQLite file (default: /var/lib/NAME/ivrsvr.db)")
    service.add_argument(
        "--root", metavar="FOLDER", default="/", help="for packages: write below it, and start nothing"
    )
    service.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Says what it does."""
    from ivrsvr.assembly import unit
    from ivrsvr.assembly.unit import ServiceError

    try:
        if sys.platform == "win32" and options.action != "show":
            from ivrsvr.assembly import windows

            done = windows.install() if options.action == "install" else windows.uninstall()
        else:
            one = unit.Unit(options.name, options.user, unit.executable(), options.db)
            live = options.root == "/"
            if options.action == "show":
                done = [one.text.rstrip("\n")]
            else:
                work = unit.install if options.action == "install" else unit.uninstall
                done = work(one, Path(options.root), unit.run, live=live)
    except ServiceError as error:
        print(f"ivrsvr: {error}", file=sys.stderr)
        return FAILED
    print("\n".join(done))
    return DONE
