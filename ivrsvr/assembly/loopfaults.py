"""What the event loop cannot do, in the log: once in a while, and with what to do."""

import asyncio
import errno
import logging
from contextlib import AsyncExitStack
from typing import Any

log = logging.getLogger(__name__)

EVERY_S = 10.0
"""Between two lines of the same fault. Asyncio reports each connection that it could not take, a hundred a second."""

USED_UP = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Errors of a system, or a process, that has no more sockets to give."""


def tell_faults(stack: AsyncExitStack) -> None:
    """Tell the faults of the running loop until the stack is left."""
    loop = asyncio.get_running_loop()
    told_at = -EVERY_S

    def tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal told_at
        fault = context.get("exception")
        if not (isinstance(fault, OSError) and fault.errno in USED_UP and "socket" in context):
            loop.default_exception_handler(context)
        elif loop.time() - told_at >= EVERY_S:
            told_at = loop.time()
            log.error(
                "no connection can be taken (%s): close some, or allow more (LimitNOFILE of the unit, `ulimit -n`)",
                fault.strerror,
            )

    before = loop.get_exception_handler()
    loop.set_exception_handler(tell)
    stack.callback(loop.set_exception_handler, before)
