"""The whole wire path on one core: simulator, AES server, TCP on loopback, client, call model, JSON; in one process.

Goals: 2,000 call events per second, 10,000 monitors started over one stream in 20 s, 200 streams open at once.
"""

import asyncio
import json
import time

from ivrsvr.backends.base import LinkState
from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import DEFAULT_WORLD, World
from ivrsvr.backends.tsapi.backend import TsapiBackend
from ivrsvr.backends.tsapi.links import Links, Target
from ivrsvr.backends.tsapi.stream.client_end import Login
from ivrsvr.clock import Clock
from ivrsvr.csta.call import AnswerCall, ClearConnection, MakeCall
from ivrsvr.csta.monitor import MonitorDevice
from ivrsvr.csta.types import ConnectionID
from ivrsvr.registry import Caller
from ivrsvr.service.service import Service

EVENTS_GOAL = 2000.0
MONITORS_GOAL_S = 20.0
CALLS = 1000
MONITORS = 10_000
STREAMS = 200
EVENTS_PER_CALL = 9
PAUSE_S = 61.0
PACE = 100
"""Monitor requests that are on their way at a time."""

TLINK = "AVAYA#CM1#CSTA#AES1"


def backend_for(server: AesServer, clock: Clock) -> TsapiBackend:
    """A backend on that server."""
    login = Login(tlink="", login="ivrsvr", password="ivrsvr", heartbeat_s=None)
    target = Target(TLINK, "127.0.0.1", server.name_port)
    return TsapiBackend(Links([target], lambda _: login, clock), clock)


async def events_per_second(server: AesServer, clock: Clock, count: int = CALLS) -> float:
    """Make, answer and clear so many calls; both ends are monitored by a service, and a client is told of them in JSON.

    What is counted are the switch's events. Raises RuntimeError when a monitor cannot be started.
    """
    desk, service = backend_for(server, clock), Service(backend_for(server, clock), clock)
    await desk.start()
    await service.start()
    subscriber = service.subscribe("bench")
    for device in ("101", "102"):
        answer = await service.handle({"request": "startmonitor", "extension": device}, Caller(subscriber=subscriber))
        if answer["result"] != "success":
            raise RuntimeError(str(answer))

    async def listen() -> None:
        """Until both ends of the last call are idle."""
        idle = 0
        while idle < 2 * count:
            idle += sum('"eventtype":"idle"' in text for text in await subscriber.take())

    listener = asyncio.create_task(listen())
    begun = time.perf_counter()
    for number in range(count):
        made = await desk.request(MakeCall(callingDevice="101", calledDevice="102"))
        call = made.pdu.newCall.callID
        await desk.request(AnswerCall(alertingCall=ConnectionID(call, "102")))
        await desk.request(ClearConnection(call=ConnectionID(call, "101")))
        if number % 1000 == 999:
            clock.advance(PAUSE_S)
    await listener
    seconds = time.perf_counter() - begun
    await service.stop()
    await desk.stop()
    return EVENTS_PER_CALL * count / seconds


async def seconds_for_monitors(backend: TsapiBackend, count: int = MONITORS) -> float:
    """Start so many monitors over one stream, paced."""
    devices = [str(number) for number in range(101, 120)]
    pace = asyncio.Semaphore(PACE)

    async def start(device: str) -> None:
        async with pace:
            await backend.request(MonitorDevice(deviceID=device))

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(start(devices[number % len(devices)]))
    return time.perf_counter() - begun


async def streams_that_open(server: AesServer, clock: Clock, count: int = STREAMS) -> int:
    """Open so many streams at once and ask something on each; how many did it."""
    backends = [backend_for(server, clock) for _ in range(count)]
    await asyncio.gather(*(backend.start() for backend in backends))
    await asyncio.gather(*(backend.request(MonitorDevice(deviceID="101")) for backend in backends))
    up = sum(backend.link is LinkState.UP for backend in backends)
    await asyncio.gather(*(backend.stop() for backend in backends))
    return up


async def figures() -> dict[str, float]:
    """All three, each on a stream of its own."""
    clock = Clock(start=1_458_770_400.0, seed=1)
    server = AesServer(Simulator(World.load(DEFAULT_WORLD), clock), Ports(names=0, csta=0, csta_s=None))
    await server.start()
    found: dict[str, float] = {}
    found["events_per_second"] = await events_per_second(server, clock)
    backend = backend_for(server, clock)
    await backend.start()
    found["seconds_for_10000_monitors"] = await seconds_for_monitors(backend)
    await backend.stop()
    found["streams"] = await streams_that_open(server, clock)
    await server.stop()
    return found


def measure() -> dict[str, object]:
    """The figures with the goals."""
    found = asyncio.run(figures())
    met = (
        found["events_per_second"] >= EVENTS_GOAL
        and found["seconds_for_10000_monitors"] <= MONITORS_GOAL_S
        and found["streams"] == STREAMS
    )
    return {**{name: round(value, 1) for name, value in found.items()}, "met": met}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
