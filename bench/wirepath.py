"""The whole wire path on one core: simulator, AES server, TCP on loopback, client, call model, JSON; in one process.

Goal: 2,000 call events per second of one core: what counts is the time that the process has the core, so that others on
the machine do not matter.
"""

import asyncio
import json
import time

from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import DEFAULT_WORLD, World
from ivrsvr.backends.tsapi.backend import TsapiBackend
from ivrsvr.backends.tsapi.links import Links, Target
from ivrsvr.backends.tsapi.stream.client_end import Login
from ivrsvr.clock import Clock
from ivrsvr.csta.call import AnswerCall, ClearConnection, MakeCall
from ivrsvr.csta.types import ConnectionID
from ivrsvr.registry import Caller
from ivrsvr.service.service import Service

EVENTS_GOAL = 2000.0
CALLS = 1000
EVENTS_PER_CALL = 9
PAUSE_S = 61.0

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
    begun = time.process_time()
    for number in range(count):
        made = await desk.request(MakeCall(callingDevice="101", calledDevice="102"))
        call = made.pdu.newCall.callID
        await desk.request(AnswerCall(alertingCall=ConnectionID(call, "102")))
        await desk.request(ClearConnection(call=ConnectionID(call, "101")))
        if number % 1000 == 999:
            clock.advance(PAUSE_S)
    await listener
    seconds = time.process_time() - begun
    await service.stop()
    await desk.stop()
    return EVENTS_PER_CALL * count / seconds


async def figures() -> float:
    """Events a second, on streams of a server of their own."""
    clock = Clock(start=1_458_770_400.0, seed=1)
    server = AesServer(Simulator(World.load(DEFAULT_WORLD), clock), Ports(names=0, csta=0, csta_s=None))
    await server.start()
    found = await events_per_second(server, clock)
    await server.stop()
    return found


def measure() -> dict[str, object]:
    """The figure with its goal."""
    found = asyncio.run(figures())
    return {"events_per_second": round(found), "goal": EVENTS_GOAL, "met": found >= EVENTS_GOAL}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
