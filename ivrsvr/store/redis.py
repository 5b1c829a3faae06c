"""Connections to Redis or Valkey: the one place that knows how, for all that several servers share.

The `redis` package is an extra (`ivrsvr[redis]`): without it nothing here works, and what is asked for it says so.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redis.asyncio import Redis

TIMEOUT_S = 2.0
"""For connecting, and for one answer."""

CONNECTIONS_MOST = 32


class RedisError(Exception):
    """Redis cannot be used; the text says why, and what to do. It never has the password."""


def is_url(text: str) -> bool:
    """Whether a setting names a Redis."""
    return text.startswith(("redis://", "rediss://", "unix://"))


def shown(url: str) -> str:
    """A URL without its password."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def connect(url: str) -> "Redis":
    """A client with a bounded pool of connections, which are opened when first needed and again after a loss.

    Raises RedisError without the package, or for a URL that is none.
    """
    try:
        from redis.asyncio import BlockingConnectionPool, Redis
        from redis.backoff import ExponentialBackoff
        from redis.exceptions import ConnectionError as Lost
        from redis.retry import Retry
    except ImportError:
        raise RedisError(f"{shown(url)} needs the package redis: pip install 'ivrsvr[redis]'") from None
    # A command that may have been carried out must not be sent again unasked, so only connecting is tried twice.
    options: dict[str, Any] = {
        "max_connections": CONNECTIONS_MOST,
        "timeout": TIMEOUT_S,
        "socket_timeout": TIMEOUT_S,
        "socket_connect_timeout": TIMEOUT_S,
        "decode_responses": True,
        "health_check_interval": 5,
        "retry": Retry(ExponentialBackoff(0.2, 0.02), 0, (Lost,)),
    }
    try:
        client = Redis.from_pool(BlockingConnectionPool.from_url(url, **options))
    except ValueError as error:
        raise RedisError(f"{shown(url)} is no URL of a Redis: {error}") from None
    client.execute_command = partial(_answered, client.execute_command)  # type: ignore[method-assign]
    return client


async def _answered(ask: Callable[..., Awaitable[Any]], *words: Any, **options: Any) -> Any:
    """A command's answer; who is cancelled while it is awaited is cancelled.

    The library may take that for the end of its own patience, or lose it: `asyncio.wait_for` does so in Python 3.11
    when what it waits for comes at the same moment. A server that stops would then wait for ever for the one who asked.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        return await ask(*words, **options)
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError


async def examined(url: str) -> str:
    """How a Redis is that is to keep something for good, in one sentence.

    Raises RedisError where it cannot be used for that, with what to do.
    """
    client = connect(url)
    where = shown(url)
    try:
        await client.ping()
        kept = await client.config_get("append*")
        policy = (await client.config_get("maxmemory-policy")).get("maxmemory-policy", "noeviction")
    except failures() as error:
        if "unknown command" in str(error) or "NOPERM" in str(error):
            return f"{where} answers; it does not say whether it writes down what it is told"
        raise RedisError(f"{where} does not answer ({type(error).__name__}: {error}): see whether it runs") from None
    finally:
        await client.aclose()
    if policy != "noeviction":
        raise RedisError(f"{where} forgets at will when memory is short ({policy}): set maxmemory-policy noeviction")
    if (kept.get("appendonly"), kept.get("appendfsync")) != ("yes", "always"):
        return f"{where} answers; it may lose events when it is started again, and then a new epoch begins"
    return f"{where} answers, and writes everything down"


def failures() -> tuple[type[Exception], ...]:
    """The errors of a Redis that is away, restarts or answers nonsense."""
    from redis.exceptions import RedisError as Failed

    return (Failed, OSError, TimeoutError)
