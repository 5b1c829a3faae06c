"""Faults of the event loop: told once in a while, however often they happen."""

import asyncio
import errno
import os
from contextlib import AsyncExitStack

import pytest

from ivrsvr.assembly import loopfaults


def test_no_more_sockets_is_one_line_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    def fault(number: int) -> dict[str, object]:
        error = OSError(number, os.strerror(number))
        return {"message": "socket.accept() out of system resource", "exception": error, "socket": object()}

    async def happen() -> None:
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            loopfaults.tell_faults(stack)
            for _ in range(100):  # as asyncio does within one turn
                loop.call_exception_handler(fault(errno.EMFILE))
            assert [one.getMessage() for one in caplog.records] == [
                "no connection can be taken (Too many open files): close some, or allow more (LimitNOFILE of the unit, "
                "`ulimit -n`)"
            ]
            loop.call_exception_handler(fault(errno.EBADF))
            assert "out of system resource" in caplog.records[-1].getMessage()
        assert loop.get_exception_handler() is None

    asyncio.run(happen())
