"""`ivrsvr doctor`: looks whether a server can run with these settings, and says what to mend."""

import argparse
import asyncio
from typing import TYPE_CHECKING, Any

from ivrsvr.commands import DONE, FAILED
from ivrsvr.commands.options import db, given, in_force
from ivrsvr.commands.serve import tlinks

if TYPE_CHECKING:
    from ivrsvr.assembly.settings import Settings


def add(commands: Any) -> None:
    """Declare the command's options."""
    doctor = commands.add_parser(
        "doctor",
        help="check settings, ports and TLINKs",
        description="Look whether a server can run with these settings. Each TLINK is opened once, and closed again.",
    )
    db(doctor)
    doctor.add_argument("--backend", choices=["simulator", "tsapi"], help="as for serve")
    doctor.add_argument("--tlink", metavar="TLINK@HOST:PORT USER PASSWORD", action="append", help="as for serve")
    doctor.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Raises ParameterError and StoreError where the settings cannot even be read."""
    from ivrsvr.assembly.settings import Settings

    found = given(options, ("db", "backend")) | tlinks(options.tlink or [])
    return asyncio.run(_examine(Settings.of(in_force(found))))


async def _examine(settings: "Settings") -> int:
    from contextlib import AsyncExitStack

    from ivrsvr.assembly.checkup import examine
    from ivrsvr.assembly.clockwork import drive
    from ivrsvr.clock import Clock

    ill = 0
    async with AsyncExitStack() as stack:
        clock = Clock(mode="real")
        await drive(clock, stack)
        async for finding in examine(settings, clock):
            ill += not finding.well
            print(f"{'ok' if finding.well else 'wrong':<7}{finding.what:<16}{finding.text}", flush=True)
    if ill:
        print(f"{ill} to mend")
    return FAILED if ill else DONE
