"""User data in Redis or Valkey, shared by several servers: a text outlives the server that it was set at."""

from typing import TYPE_CHECKING

from ivrsvr.store import redis
from ivrsvr.store.userdata import TTL_S, Keys, UserDataError, UserDataTimeout, is_key

if TYPE_CHECKING:
    from redis.asyncio import Redis

PREFIX = "ivrsvr:userdata:"
SERVER = "ivrsvr:userdata-server:"

PRESENT_S = 90
"""How long a server counts as there from its last sign of life."""


class RedisUserData:
    """Texts by key, which Redis forgets by itself.

    Every method raises UserDataError while Redis is away. A command is repeated once on a fresh connection: all of them
    may be, and a Redis that was started again has closed the old ones.
    """

    def __init__(self, url: str, keys: Keys, *, ttl_s: float = TTL_S) -> None:
        self._redis: Redis = redis.connect(url)
        self._where = redis.shown(url)
        self._keys = keys
        self._ttl_ms = int(ttl_s * 1000)
        self._failures = redis.failures()

    async def get(self, key: str) -> str | None:
        """The text under a key; None = there is none, or no longer."""
        return await self._command("GET", PREFIX + key) if is_key(key) else None

    async def set(self, data: str) -> str:
        """Keep a text under a new key, and return the key."""
        while True:
            key = self._keys.next()
            # Another server with the same id and address may have taken it.
            if await self._command("SET", PREFIX + key, data, "PX", str(self._ttl_ms), "NX") is not None:
                return key

    async def update(self, key: str, data: str) -> bool:
        """Replace the text under a key. False = there is none, or no longer."""
        if not is_key(key):
            return False
        return await self._command("SET", PREFIX + key, data, "PX", str(self._ttl_ms), "XX") is not None

    async def namesake(self, server: int, me: str) -> str:
        """Say that a server is there, and who else uses its id; "" = nobody.

        me: names this server, the same after a restart.
        """
        name = f"{SERVER}{server}"
        life = ("PX", str(PRESENT_S * 1000))
        if await self._command("SET", name, me, *life, "NX") is not None:
            return ""
        other = await self._command("GET", name)
        if other in (None, me):
            await self._command("SET", name, me, *life)
            return ""
        return str(other)

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()

    async def _command(self, *words: str) -> str | None:
        for again in (True, False):
            try:
                answer = await self._redis.execute_command(*words)  # type: ignore[no-untyped-call]
                if answer is None or isinstance(answer, str | bool | int):
                    return None if answer is None else str(answer)
                raise UserDataError(f"{self._where} answered {type(answer).__name__}")
            except TimeoutError as error:
                raise UserDataTimeout(f"{self._where} does not answer in time") from error
            except self._failures as error:
                if not again:
                    raise UserDataError(f"{self._where} does not answer ({type(error).__name__})") from None
            except UnicodeDecodeError:
                raise UserDataError(f"{self._where} has something under a key that is no text") from None
        return None
