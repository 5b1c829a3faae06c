"""The one way to a Redis: who is cancelled while it is asked is cancelled, whatever the library makes of it."""

import asyncio
from typing import Any

import pytest

from ivrsvr.store import redis

library = pytest.importorskip("redis.asyncio", reason="needs the package redis: pip install 'ivrsvr[redis]'")


def swallowed(end: Any) -> Any:
    """A command that takes a cancellation for something else: an answer, or the end of the library's own patience."""

    async def command(*_words: str, **_options: Any) -> str:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            if isinstance(end, Exception):
                raise end from None
        return str(end)

    return command


@pytest.mark.parametrize("end", ["an answer", TimeoutError("too slow"), ConnectionError("gone")], ids=str)
def test_a_cancellation_is_not_lost(monkeypatch: pytest.MonkeyPatch, end: Any) -> None:
    monkeypatch.setattr(library.Redis, "execute_command", staticmethod(swallowed(end)))

    async def story() -> None:
        asked = asyncio.ensure_future(redis.connect("redis://127.0.0.1:1").get("key"))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked

    asyncio.run(story())


def test_who_was_cancelled_before_may_still_tidy_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def command(*_words: str, **_options: Any) -> str:
        await asyncio.sleep(0)
        return "done"

    monkeypatch.setattr(library.Redis, "execute_command", staticmethod(command))
    told: list[str] = []

    async def story() -> None:
        async def work() -> None:
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                told.append(str(await redis.connect("redis://127.0.0.1:1").get("key")))

        working = asyncio.create_task(work())
        await asyncio.sleep(0)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working

    asyncio.run(story())
    assert told == ["done"]
