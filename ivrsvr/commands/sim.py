"""`ivrsvr sim`: the simulated switch and its AES alone, for TSAPI applications and other servers."""

import argparse
import asyncio
from typing import Any

from ivrsvr import __version__
from ivrsvr.commands import DONE
from ivrsvr.commands.options import authority, given, in_force
from ivrsvr.commands.serve import aes_line, heed_signals

AES = "127.0.0.1:4450"
CONTROL = "127.0.0.1:8081"


def add(commands: Any) -> None:
    """Declare the command's options."""
    sim = commands.add_parser(
        "sim",
        help="run the simulated switch and AES alone",
        description="Run the simulated switch behind its AES on TCP, for TSAPI applications, until SIGTERM or Ctrl-C.",
    )
    sim.add_argument("--aes", metavar="HOST:PORT", default=AES, help=f"name service of the AES (default: {AES})")
    sim.add_argument(
        "--control", metavar="HOST:PORT", default=CONTROL, help=f"controls of the simulator (default: {CONTROL})"
    )
    sim.add_argument("--world", metavar="FILE", help="world file, YAML or JSON")
    sim.add_argument(
        "--further-world",
        metavar="FILE",
        action="append",
        default=[],
        help="world of one more switch behind the same AES, with TLINKs of its own; repeatable, without controls",
    )
    sim.add_argument(
        "--further-aes",
        metavar="HOST:PORT",
        action="append",
        default=[],
        help="name service of one more AES before the same switch, with TLINKs named after AES2, AES3...; repeatable",
    )
    sim.add_argument("--seed", metavar="N", help="seed of the simulator's randomness")
    sim.add_argument("--insecure", action="store_const", const="true", help="listen beyond this machine")
    sim.add_argument("--log-format", choices=["text", "json"], help="form of the log on standard error")
    sim.set_defaults(run=run, db=":memory:")


def run(options: argparse.Namespace) -> int:
    """Raises what `ivrsvr.assembly.simulation.simulating` raises."""
    from ivrsvr import logs
    from ivrsvr.assembly.settings import Settings

    found = given(options, ("aes", "world", "seed", "insecure", "log_format", "db"))
    settings = Settings.of(in_force({**found, "http": options.control}))
    logs.set_up(settings.log_format, settings.log_level)
    asyncio.run(_simulate(settings, options.further_world, options.further_aes))
    return DONE


async def _simulate(settings: Any, further_worlds: list[str], further_aes: list[str]) -> None:
    from ivrsvr.assembly.simulation import simulating

    async with simulating(settings, further_worlds=further_worlds, further_aes=further_aes) as running:
        stopping = asyncio.Event()
        heed_signals(stopping)
        at = authority(*running.control)
        several = [running.aes, *running.further]
        tlinks = [f"IVRSVR_IVR_TLINK_{place:02}='{tlink_to(one)}'" for place, one in enumerate(several, 1)]
        print(
            "\n".join(
                [
                    f"ivrsvr {__version__}: a simulated switch with {settings.world or 'the default world'}",
                    *map(aes_line, several),
                    f"  Controls   http://{at}/sim/state",
                    "Try first, in another window: a server on this switch.",
                    f"  {' '.join(tlinks)} ivrsvr serve --backend tsapi",
                    "Ctrl-C stops the simulator.",
                ]
            ),
            flush=True,
        )
        await stopping.wait()


def tlink_to(aes: Any) -> str:
    """The TLINK of the world's own stream at a simulated AES, as a server's parameter has it."""
    stream = aes.simulator.world.aes.stream
    return f"{stream.serverID}@{authority(aes.host, aes.name_port)} {stream.loginID} {stream.passwd}"
