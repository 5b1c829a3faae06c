"""Simulated two-party calls per second (make, answer, clear), in virtual time, in process, on one core.

Both stations are monitored and every event is folded into a call model, as the server does. Goal: 1,000 calls/s.
"""

import asyncio
import json
import time

from ivrsvr.backends.base import EventReport
from ivrsvr.backends.simulator.backend import SimulatorBackend
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.world import DEFAULT_WORLD, World
from ivrsvr.calls.fold import fold
from ivrsvr.calls.model import CallModel
from ivrsvr.clock import Clock
from ivrsvr.csta.call import AnswerCall, ClearConnection, MakeCall
from ivrsvr.csta.monitor import MonitorDevice
from ivrsvr.csta.types import ConnectionID

GOAL = 1000.0
CALLS = 2000
EVENTS_PER_CALL = 9
"""ServiceInitiated, Originated, twice Delivered, twice Established, three times ConnectionCleared."""

PAUSE_S = 61.0
"""Virtual time between rounds, so that call ids that rest can be used again."""


async def calls_per_second(count: int = CALLS) -> dict[str, float]:
    """Make, answer and clear so many calls; calls and events per second of real time."""
    clock = Clock(start=1_458_770_400.0, seed=1)
    backend = SimulatorBackend(Simulator(World.load(DEFAULT_WORLD), clock))
    await backend.start()
    monitors: dict[int, str] = {}
    for device in ("101", "102"):
        confirmed = await backend.request(MonitorDevice(deviceID=device))
        monitors[confirmed.pdu.monitorCrossRefID] = device
    model = CallModel()
    events = 0
    all_told = asyncio.Event()

    async def follow() -> None:
        nonlocal events
        async for report in backend.reports():
            if isinstance(report, EventReport) and report.crossRef in monitors:
                fold(model, report.pdu, report.private, monitors[report.crossRef])
                events += 1
                if events == EVENTS_PER_CALL * count:
                    all_told.set()

    follower = asyncio.create_task(follow())
    begun = time.perf_counter()
    for number in range(count):
        made = await backend.request(MakeCall(callingDevice="101", calledDevice="102"))
        call = made.pdu.newCall.callID
        await backend.request(AnswerCall(alertingCall=ConnectionID(call, "102")))
        await backend.request(ClearConnection(call=ConnectionID(call, "101")))
        if number % 1000 == 0:
            clock.advance(PAUSE_S)
        await asyncio.sleep(0)
    await all_told.wait()
    seconds = time.perf_counter() - begun
    await backend.stop()
    await follower
    if model.calls:
        raise RuntimeError(f"{len(model.calls)} calls are left in the model; the figures mean nothing")
    return {"calls_per_second": count / seconds, "events_per_call": events / count}


def measure() -> dict[str, object]:
    """The figures with the goal."""
    figures = asyncio.run(calls_per_second())
    rate = figures["calls_per_second"]
    return {**{name: round(value, 1) for name, value in figures.items()}, "goal": GOAL, "met": rate >= GOAL}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
