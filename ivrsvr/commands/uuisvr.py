"""`ivrsvr uuisvr`: the user-data service alone, for several servers."""

import argparse
import asyncio
from typing import Any

from ivrsvr import __version__
from ivrsvr.commands import DONE
from ivrsvr.commands.options import authority, db, given, in_force
from ivrsvr.commands.serve import heed_signals


def add(commands: Any) -> None:
    """Declare the command's options."""
    uuisvr = commands.add_parser(
        "uuisvr",
        help="run the user-data service alone",
        description="Keep user data for several servers, until SIGTERM or Ctrl-C. Name it in their ivr_uuisvr.",
    )
    uuisvr.add_argument("--uuisvr", metavar="HOST:PORT", help="where it listens (default: 127.0.0.1:5100)")
    db(uuisvr)
    uuisvr.add_argument("--redis", metavar="URL", help="keep the data in this Redis (default: in the SQLite file)")
    uuisvr.add_argument(
        "--insecure", action="store_const", const="true", help="listen beyond this machine without keys"
    )
    uuisvr.add_argument("--log-format", choices=["text", "json"], help="form of the log on standard error")
    uuisvr.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Raises what `ivrsvr.assembly.userdata.keeping` raises."""
    from ivrsvr import logs
    from ivrsvr.assembly.settings import Settings

    found = given(options, ("uuisvr", "db", "insecure", "log_format"))
    if options.redis is not None:
        found["ivr_uuisvr"] = options.redis
    elif options.uuisvr is not None:
        found["ivr_uuisvr"] = ""
    settings = Settings.of(in_force(found))
    logs.set_up(settings.log_format, settings.log_level)
    asyncio.run(_keep(settings))
    return DONE


async def _keep(settings: Any) -> None:
    from contextlib import AsyncExitStack

    from ivrsvr.assembly.clockwork import drive
    from ivrsvr.assembly.userdata import keeping
    from ivrsvr.clock import Clock

    clock = Clock(mode="real")
    async with AsyncExitStack() as stack:
        await drive(clock, stack)
        running = await stack.enter_async_context(keeping(settings, clock))
        at = authority(*running.address)
        print(
            f"ivrsvr {__version__}: user-data service\n"
            f"  Listens    http{'s' * settings.uuisvr_tls}://{at}/status\n"
            f"  Data in    {running.where}\n"
            f"For each server: ivrsvr parameter set ivr_uuisvr {at}\n"
            "Ctrl-C stops the service.",
            flush=True,
        )
        stopping = asyncio.Event()
        heed_signals(stopping)
        await stopping.wait()
