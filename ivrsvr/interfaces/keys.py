"""API keys: made from chance, shown once, and recognised by a hash.

The text of a key is `ivk_` + mark + `_` + secret. The mark finds the row, so that each check costs one hash. The secret
has 256 bits from the system's source of chance, so nobody can try them all: the hash may be a fast one (keyed BLAKE2
with a salt for each key). Passwords, which people think of, are another matter (see `accounts`).
"""

import hmac
import secrets
from datetime import UTC, datetime
from hashlib import blake2b

from ivrsvr.clock import Clock
from ivrsvr.interfaces.accounts import scopes_of
from ivrsvr.store.tables import Configuration, Key, TableError

PREFIX = "ivk_"
"""What every key begins with, so that scanners for leaked secrets find it."""

MARK_OCTETS = 6
SECRET_OCTETS = 32
TEXT_MOST = 200
"""Characters of a key that are looked at."""

LOOK_EVERY_S = 1.0
"""How often the file is looked at for changes that another program made (`ivrsvr key`)."""

EXTENSIONS_MOST = 200
"""Characters of the patterns of extensions."""


def digest(secret: str, salt: str) -> str:
    """The hash of a secret."""
    return blake2b(secret.encode("utf-8", "replace"), key=bytes.fromhex(salt)).hexdigest()


def patterns_of(text: str) -> tuple[str, ...]:
    """The patterns of extensions in a list separated by commas; () = all. Raises TableError."""
    found = tuple(one.strip() for one in text.split(",") if one.strip())
    if not found or len(text) > EXTENSIONS_MOST or not all(one.isascii() and one.isprintable() for one in found):
        raise TableError(f"extensions are digits, ? for one digit and * for any, with commas; not {text[:60]!r}")
    return () if "*" in found else found


def moment_of(text: str) -> float:
    """When a day (2027-01-31, its end) or a time (2027-01-31T12:00, UTC unless it says otherwise) is. "" = never = 0.

    Raises TableError.
    """
    if not text.strip():
        return 0.0
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise TableError(f"{text[:40]!r} is no day; write it like 2027-01-31, or 2027-01-31T12:00") from None
    if len(text.strip()) <= len("2027-01-31"):
        at = at.replace(hour=23, minute=59, second=59)
    return at.replace(tzinfo=at.tzinfo or UTC).timestamp()


def check(row: Key) -> None:
    """Look at a row from elsewhere. Raises TableError for one that would be of no use at a request."""
    scopes_of(row.scopes)
    patterns_of(row.extensions)
    try:
        digest("", row.salt)
    except ValueError:
        raise TableError("salt must be one that `ivrsvr config export` has written") from None


class Keys:
    """The API keys of a server."""

    def __init__(self, configuration: Configuration, clock: Clock) -> None:
        self._configuration = configuration
        self._clock = clock
        self._by_mark: dict[str, Key] = {}
        self._version = 0
        self._looked = 0.0
        self.read()

    def read(self) -> None:
        """The keys were changed."""
        self._version = self._configuration.version()
        self._looked = self._clock.now()
        self._by_mark = {row.mark: row for row in self._configuration.keys}

    def _refresh(self) -> None:
        if self._clock.now() - self._looked < LOOK_EVERY_S:
            return
        self._looked = self._clock.now()
        if self._configuration.version() != self._version:
            self.read()

    def __len__(self) -> int:
        return len(self._by_mark)

    def create(self, name: str, scopes: str, extensions: str, expires: str, creator: str) -> str:
        """Make a key and return its text, which nobody can tell again. Raises TableError."""
        now = self._clock.wall()
        until = moment_of(expires)
        if until and until <= now:
            raise TableError(f"{expires[:40]} has passed already; name a day to come")
        secret, salt = secrets.token_urlsafe(SECRET_OCTETS), secrets.token_hex(16)
        patterns = ",".join(patterns_of(extensions)) or "*"
        row = Key(
            name=name,
            mark=secrets.token_hex(MARK_OCTETS),
            salt=salt,
            hash=digest(secret, salt),
            scopes=",".join(sorted(scopes_of(scopes))),
            extensions=patterns,
            expires=until,
            created=now,
            creator=creator,
        )
        self._configuration.keys.add(row)
        self.read()
        return f"{PREFIX}{row.mark}_{secret}"

    def delete(self, name: str) -> Key:
        """Take a key out of force. Raises TableError where there is none."""
        row = self._configuration.keys.delete(name)
        self.read()
        return row

    def find(self, text: str) -> Key | None:
        """The key that a text is; None = it is none, or no longer."""
        self._refresh()
        if not text.startswith(PREFIX):
            return None
        mark, _, secret = text[:TEXT_MOST].removeprefix(PREFIX).partition("_")
        row = self._by_mark.get(mark)
        if row is None or not self.current(row):
            return None
        return row if hmac.compare_digest(digest(secret, row.salt), row.hash) else None

    def current(self, row: Key) -> bool:
        """Whether a key is still in force as it is."""
        self._refresh()
        return self._by_mark.get(row.mark) == row and (not row.expires or row.expires > self._clock.wall())
