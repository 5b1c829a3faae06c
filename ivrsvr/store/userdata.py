"""User data in SQLite: texts under 44-digit keys that say who holds them. Entries expire.

Key, in hexadecimal: marker FCCCCCCC, server id (8), Unix time (8), IPv4 address (8) and port (4) of the user-data
service that holds the text, sequence number (8).
"""

import logging
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import count
from typing import Protocol, Self, TypeGuard

from sqlite_utils import Database

from ivrsvr.store.faults import explained

log = logging.getLogger(__name__)

MARKER = "FCCCCCCC"
_KEY = re.compile(r"FCCCCCCC[0-9A-F]{36}")
_CUT = re.compile(r"FCCCCCCC[0-9A-F]{24}")
_PURGE_EVERY = 256

KEY_MOST = 96
"""Characters of a key, at most: more do not fit into UUI."""

TTL_S = 24 * 3600.0
"""How long an entry is kept from its last change."""


class UserDataError(Exception):
    """A user-data service failed; the text says which, and why."""


class UserDataTimeout(UserDataError):  # noqa: N818 - a kind of the above
    """It did not answer in time."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a key says.

    time: of creation, whole seconds since 1970-01-01 UTC; address and port: of the service that holds the text.
    """

    server: int
    time: int
    address: IPv4Address
    port: int
    sequence: int

    def __str__(self) -> str:
        return (
            f"{MARKER}{self.server & 0xFFFFFFFF:08X}{self.time & 0xFFFFFFFF:08X}{int(self.address):08X}"
            f"{self.port:04X}{self.sequence & 0xFFFFFFFF:08X}"
        )

    @property
    def octets(self) -> bytes:
        """The key in 22 octets, where there is no room for its digits."""
        return bytes.fromhex(str(self))

    @property
    def place(self) -> str:
        """`HOST:PORT` of the service that holds the text."""
        return f"{self.address}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The key that a text is; None = it is none."""
        if not is_key(text):
            return None
        numbers = [int(text[start:end], 16) for start, end in ((8, 16), (16, 24), (24, 32), (32, 36), (36, 44))]
        return cls(numbers[0], numbers[1], IPv4Address(numbers[2]), numbers[3], numbers[4])


def is_key(text: str) -> bool:
    """Whether a text has the layout of a key."""
    return len(text) == 44 and _KEY.fullmatch(text) is not None


def may_be_key(key: object) -> TypeGuard[str]:
    """Whether a site's own class or another service may give something as a key, of whatever layout."""
    return isinstance(key, str) and 0 < len(key) <= KEY_MOST and key.isascii() and key.isprintable()


def body_most(data_most: int) -> int:
    """Octets of a JSON object with a text of at most so many octets: each of them may be escaped, as `\\u0000` is."""
    return data_most * 6 + 1024


def is_cut_key(text: str) -> bool:
    """Whether a text is what a link with room for 32 octets leaves of the digits of a key."""
    return len(text) == 32 and _CUT.fullmatch(text) is not None


class Keys:
    """Makes new keys.

    now:     seconds since 1970-01-01 UTC; where the clock goes back, the store that finds a key taken asks for another.
    address: where the user-data service is reached that holds the texts.
    server:  the id of this server.
    first:   the running number begins there: a random one keeps servers apart that were given the same id and address.
    """

    def __init__(
        self, now: Callable[[], float], *, address: str = "127.0.0.1", port: int = 5100, server: int = 1, first: int = 1
    ) -> None:
        self._now = now
        self._address = IPv4Address(address)
        self._port = port
        self._server = server
        self._sequence = count(first)

    def next(self) -> str:
        """A key that this server has not made before."""
        return str(Key(self._server, int(self._now()), self._address, self._port, next(self._sequence)))


class Store(Protocol):
    """Where texts are kept: a Redis, another service, a site's class. Each method raises UserDataError."""

    async def get(self, key: str) -> str | None:
        """The text under a key; None = there is none, or the text is no key."""
        ...

    async def set(self, data: str) -> str:
        """Keep a text, and return its key."""
        ...

    async def update(self, key: str, data: str) -> bool:
        """Replace a text. False = there is none under that key."""
        ...

    async def close(self) -> None:
        """Give back what it holds."""
        ...


class UserDataStore:
    """Texts by key, in one table of a SQLite database.

    now:  seconds since 1970-01-01 UTC.
    keys: makes the keys; None = those of the service at the default address.

    What reads or writes a text raises UserDataError where the database cannot (a full disk).
    """

    def __init__(
        self, database: Database, now: Callable[[], float], *, keys: Keys | None = None, ttl_s: float = TTL_S
    ) -> None:
        self._database = database
        self._now = now
        self._keys = keys or Keys(now)
        self._ttl_s = ttl_s
        self._unpurged = 0
        database.table("tUserData").create({"key": str, "data": str, "expires": float}, pk="key", if_not_exists=True)
        database.table("tUserData").create_index(["expires"], if_not_exists=True)

    def get(self, key: str) -> str | None:
        """The text under a key; None = there is none, or no longer."""
        if not is_key(key):
            return None
        with _told():
            row = self._database.execute("select data, expires from tUserData where key = ?", [key]).fetchone()
        return None if row is None or row[1] <= self._now() else str(row[0])

    def set(self, data: str) -> str:
        """Keep a text under a new key, and return the key."""
        now = self._now()
        while True:
            key = self._keys.next()
            try:
                with _told(), self._database.conn:
                    self._database.execute("insert into tUserData values (?, ?, ?)", [key, data, now + self._ttl_s])
            except sqlite3.IntegrityError:
                continue  # a server that started within the same second has taken that number
            break
        self._unpurged += 1
        if self._unpurged == _PURGE_EVERY:
            self._unpurged = 0
            try:
                self.purge()
            except UserDataError as error:
                log.warning("user data that have expired cannot be deleted: %s", error)
        return key

    def update(self, key: str, data: str) -> bool:
        """Replace the text under a key. False = there is none, or no longer."""
        now = self._now()
        with _told(), self._database.conn:
            changed = self._database.execute(
                "update tUserData set data = ?, expires = ? where key = ? and expires > ?",
                [data, now + self._ttl_s, key, now],
            )
        return bool(changed.rowcount)

    def purge(self) -> int:
        """Delete what has expired, and say how many that were."""
        with _told(), self._database.conn:
            return int(self._database.execute("delete from tUserData where expires <= ?", [self._now()]).rowcount)

    def __len__(self) -> int:
        """How many entries there are, expired ones that are not purged yet among them."""
        return int(self._database.execute("select count(*) from tUserData").fetchone()[0])


@contextmanager
def _told() -> Iterator[None]:
    """What SQLite says is wrong becomes a UserDataError, but for a key that is taken."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        raise UserDataError(f"the database of user data: {explained(error)}") from None
