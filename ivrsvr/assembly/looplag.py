"""How late the event loop is: the sign that something in the server holds everybody up."""

import asyncio
from collections import deque
from contextlib import AsyncExitStack

from ivrsvr.service.meters import Meters

EVERY_S = 1.0
KEPT = 60


async def watch(meters: Meters, stack: AsyncExitStack) -> None:
    """Look once a second, on the loop's own time, until the stack is left."""
    task = asyncio.create_task(_look(meters), name="loop lag")

    async def end() -> None:
        task.cancel()
        await asyncio.wait([task])

    stack.push_async_callback(end)


async def _look(meters: Meters) -> None:
    loop = asyncio.get_running_loop()
    lately: deque[float] = deque(maxlen=KEPT)
    while True:
        due = loop.time() + EVERY_S
        await asyncio.sleep(EVERY_S)
        meters.lag_s = max(0.0, loop.time() - due)
        lately.append(meters.lag_s)
        meters.lag_most_s = max(lately)
