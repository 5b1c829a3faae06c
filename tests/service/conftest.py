"""A Redis for the servers that share something in it."""

import asyncio
import gc
from collections.abc import Iterator

import pytest

from ivrsvr.service import standing as module
from ivrsvr.store.redis import connect
from tests.redis import RedisServer, redis_server


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis(running: RedisServer, monkeypatch: pytest.MonkeyPatch) -> RedisServer:
    """An empty Redis, and servers that look after it often: no test waits for anything but octets."""
    monkeypatch.setattr(module, "PATIENCE_S", 5.0)
    monkeypatch.setattr(module, "BEAT_S", 0.05)
    flush(running)
    return running


@pytest.fixture
def tidy() -> Iterator[None]:
    """What redis-py left behind is collected here, and not in the middle of another test."""
    yield
    gc.collect()


def flush(redis: RedisServer) -> None:
    """Have a Redis forget everything."""

    async def forget() -> None:
        client = connect(redis.url)
        await client.flushall()
        await client.aclose()

    asyncio.run(forget())
