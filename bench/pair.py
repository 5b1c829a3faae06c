"""A switch with two AES in a process of its own, busy, and with a witness: what `bench.failover` fails over between.

Prints the ports of both name services. Lines on its standard input: `lose N` ends the AES N (0, 1) with all its streams
and says when, `back N` has it again, `quiet` ends the load, `busy` goes on with it, `witness FILE` writes down what
really happened: a line for each event of the witness, a service that reaches the switch in process and never loses it.
"""

import asyncio
import json
import random
import sys
import time
from pathlib import Path

from bench.monitors import world
from ivrsvr.backends.simulator.backend import SimulatorBackend
from ivrsvr.backends.simulator.errors import PeopleError
from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.standby import Standby
from ivrsvr.clock import Clock
from ivrsvr.registry import Caller
from ivrsvr.service.service import Service

FIRST, COUNT = 200_000, 2_000
PAUSE_S = 0.005
"""Between two acts of the people at the telephones."""


async def load(simulator: Simulator) -> None:
    """Somebody at some telephone does something, and again."""
    luck, people = random.Random(simulator.clock.now()), simulator.people
    while True:
        await asyncio.sleep(PAUSE_S)
        one, other = (str(FIRST + luck.randrange(COUNT // 20)) for _ in range(2))
        act = luck.choice((people.answer, people.answer, people.hold, people.retrieve, people.hangup, None, None))
        try:
            if act is None:
                people.dial(one, other)
            else:
                act(one)
        except PeopleError:
            continue  # nothing of the kind is possible there now


def write(path: Path, seen: list[tuple[float, str]]) -> None:
    """A line for each event."""
    path.write_text("".join(f"{json.dumps(one)}\n" for one in seen))


async def pair() -> None:
    """Run until the standard input ends."""
    clock = Clock(mode="real", seed=1)
    driver = asyncio.create_task(clock.run())
    simulator = Simulator(world(COUNT), clock)
    several = (simulator, Standby(simulator, 2))
    servers = [AesServer(one, Ports(names=0, csta=0, csta_s=None)) for one in several]
    for server in servers:
        await server.start()
    kept = [Ports(names=one.name_port, csta=one.csta_port, csta_s=None) for one in servers]
    witness = Service(SimulatorBackend(simulator), clock)
    await witness.start()
    subscriber = witness.subscribe("witness")
    for number in range(COUNT // 20):
        request = {"request": "startmonitor", "extension": str(FIRST + number)}
        await witness.handle(request, Caller(subscriber=subscriber))
    seen: list[tuple[float, str]] = []

    async def watch() -> None:
        while texts := await subscriber.take():
            seen.extend((time.time(), text) for text in texts)

    watching = asyncio.create_task(watch())
    busy = asyncio.create_task(load(simulator))
    print(*(one.names for one in kept), flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async for line in lines:
        word, _, rest = line.decode().strip().partition(" ")
        if word == "lose":
            print(time.time(), flush=True)
            await servers[int(rest)].stop()
        elif word == "back":
            which = int(rest)
            servers[which] = AesServer(several[which], kept[which])
            await servers[which].start()
        elif word == "quiet":
            busy.cancel()
        elif word == "busy":
            busy = asyncio.create_task(load(simulator))
        elif word == "witness":
            write(Path(rest), seen)
        if word != "lose":
            print("done", flush=True)
    for task in (busy, watching, driver):
        task.cancel()
