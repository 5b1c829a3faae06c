"""What makes a clock go."""

import asyncio
import logging
from contextlib import AsyncExitStack

from ivrsvr.clock import Clock

log = logging.getLogger(__name__)


async def drive(clock: Clock, stack: AsyncExitStack) -> None:
    """Let the clock run until the stack is left."""
    driver = asyncio.create_task(_run(clock), name="clock")

    async def end() -> None:
        driver.cancel()
        await asyncio.wait([driver])

    stack.push_async_callback(end)


async def _run(clock: Clock) -> None:
    while True:
        try:
            await clock.run()
        except Exception:
            # One timer that fails must not stop time for everybody else; it has run, and is gone.
            log.exception("a timer failed")
