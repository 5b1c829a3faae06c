"""The journal: events to 5 WebSocket subscribers with the file on against memory only; the time to resume 10,000.

Goals: on/off at least 0.8; the resume under 1 s.
"""

import asyncio
import json
import tempfile
import time
from pathlib import Path

from bench.child import running
from bench.fanout import measured, subscribe
from ivrsvr.clock import Clock
from ivrsvr.service.journal import Journal
from ivrsvr.store.journal import JournalFile, Record

GOAL = 0.8
GOAL_RESUME_S = 1.0
EVENTS = 2_000
ROUNDS = 5
SUBSCRIBERS = 5
MISSED = 10_000

EVENT = {"msgtype": "event", "eventtype": "hold", "referenceid": 1, "holding": "101", "time": 1428289135, "callid": 48}
_encode = json.JSONEncoder(separators=(",", ":")).encode


async def _resume(folder: Path) -> float:
    """Seconds to read 10,000 missed events of one device that are no longer in memory."""
    journal = Journal(Clock(mode="real"), JournalFile(folder / "resume", "e"), most=10)
    running = asyncio.create_task(journal.run())
    for number in range(3 * MISSED):
        eventid = journal.last + 1
        device = "101" if number % 3 == 0 else "102"
        journal.add(Record(eventid, device, "hold", _encode({**EVENT, "eventid": eventid}), float(number)))
    await journal.flush()
    begun = time.perf_counter()
    found = await journal.since(("101",), 0, journal.epoch)
    taken = time.perf_counter() - begun
    assert found is not None
    assert len(found) == MISSED
    journal.stop()
    await running
    return taken


async def _compare() -> tuple[list[float], list[float], float]:
    """Messages per second with the file and without, in turn; seconds of a resume."""
    rates: tuple[list[float], list[float]] = ([], [])
    async with running("ivrsvr") as on, running("forgetful") as off:
        listeners = []
        for child in (on, off):
            child.tell("events 0")
            listeners.append([await subscribe(child.ports[1]) for _ in range(SUBSCRIBERS)])
            await measured(child, listeners[-1], 100)
        for _ in range(ROUNDS):
            for child, mine, found in zip((on, off), listeners, rates, strict=True):
                found.append(await measured(child, mine, EVENTS))
        for one in (*listeners[0], *listeners[1]):
            one.close()
    with tempfile.TemporaryDirectory() as name:
        return (*rates, await _resume(Path(name)))


def measure() -> dict[str, object]:
    """The median of the rounds in turn, and the resume."""
    on, off, resume_s = asyncio.run(_compare())
    rates = [sorted(found)[ROUNDS // 2] for found in (on, off)]
    ratio = rates[0] / rates[1]
    return {
        "on_events_per_second": round(rates[0]),
        "off_events_per_second": round(rates[1]),
        "ratio": round(ratio, 3),
        "goal": GOAL,
        "resume_of_10000_s": round(resume_s, 3),
        "goal_resume_s": GOAL_RESUME_S,
        "met": ratio >= GOAL and resume_s < GOAL_RESUME_S,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
