"""Who may log in with a name and a password, and what happens to those who guess.

Hashing takes a tenth of a second on purpose; it is done in a thread, by few at a time, so that nobody else waits.
"""

import asyncio
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ivrsvr.clock import Clock
from ivrsvr.interfaces import passwords
from ivrsvr.interfaces.gate import is_loopback
from ivrsvr.registry import SCOPES, Scope
from ivrsvr.service.errors import Own, own
from ivrsvr.store.tables import Configuration, TableError, User

FIRST_USER = "tcpgate"
FIRST_PASSWORD = "tcpgate01"
"""Everybody knows it: it works on this machine only, until it is changed."""

_FIRST_HASH = "$argon2id$v=19$m=65536,t=3,p=4$oCiecIwhU36i3SnHPcbZ3w$LuYEuIavKMigDMbHqMss4sLseWallXa7Qa2dh7orWgg"

FAILURES_MOST = 5
"""Failures after which a guesser has to wait."""

OF_ADDRESS_MOST = 20
"""Failures of one address with any names after which it has to wait."""

OF_USER_MOST = 50
"""Failures of one name from any addresses after which it has to wait; not on this machine."""

LOCK_S = 30.0
"""How long it has to wait then; doubled with each further failure."""

LOCK_MOST_S = 900.0

REMEMBERED_MOST = 10_000
"""Names at addresses whose failures are remembered; the oldest are forgotten first."""

AT_ONCE = 2

NAME_MOST = 64
"""Characters of a name that are looked at."""


@dataclass(slots=True)
class _Failures:
    count: int = 0
    until: float = 0.0
    last: float = 0.0


@dataclass(slots=True)
class Lockout:
    """Counts failures by whatever identifies a guesser, and says how long it has to wait. Who fails no more for as long
    as the longest wait is forgotten.

    most: failures after which it has to.
    """

    clock: Clock
    most: int = FAILURES_MOST
    _failures: dict[str, _Failures] = field(default_factory=dict)

    def wait_s(self, who: str) -> float:
        """Seconds until it may try again; 0 = at once."""
        found = self._failures.get(who)
        return 0.0 if found is None else max(found.until - self.clock.now(), 0.0)

    def failed(self, who: str) -> None:
        """It guessed wrong."""
        now = self.clock.now()
        found = self._failures.pop(who, None) or _Failures()
        if now - max(found.last, found.until) > LOCK_MOST_S:
            found = _Failures()
        found.count += 1
        found.last = now
        if found.count >= self.most:
            found.until = now + min(LOCK_S * 2.0 ** min(found.count - self.most, 10), LOCK_MOST_S)
        self._failures[who] = found
        while len(self._failures) > REMEMBERED_MOST:
            del self._failures[next(iter(self._failures))]

    def passed(self, who: str) -> None:
        """It was right."""
        self._failures.pop(who, None)


class Accounts:
    """The users of the console."""

    def __init__(self, configuration: Configuration, clock: Clock) -> None:
        self._users = configuration.users
        self._lockout = Lockout(clock)
        self._by_address = Lockout(clock, OF_ADDRESS_MOST)
        self._by_user = Lockout(clock, OF_USER_MOST)
        self._hasher = PasswordHasher()
        self._room = asyncio.Semaphore(AT_ONCE)
        if not len(self._users):
            self._users.add(User(FIRST_USER, _FIRST_HASH, ",".join(sorted(SCOPES)), initial="yes"))

    @property
    def initial(self) -> bool:
        """Whether somebody still has the password that everybody knows."""
        return any(user.initial == "yes" for user in self._users)

    async def check(self, name: str, password: str, address: str) -> User:
        """The user of a name and password. Raises RequestError (NOT_AUTHENTICATED)."""
        who = f"{name[:NAME_MOST]}\x1f{address}"
        wait = max(self._lockout.wait_s(who), self._by_address.wait_s(address))
        if not is_loopback(address):
            wait = max(wait, self._by_user.wait_s(name[:NAME_MOST]))
        if wait:
            raise own(Own.NOT_AUTHENTICATED, f"too many failures; try again in {wait:.0f} s")
        user = self._users.get(name)
        right = await self._matches(user.hash if user is not None else _FIRST_HASH, password[: passwords.MOST])
        if user is None or not right or len(password) > passwords.MOST:
            self._lockout.failed(who)
            self._by_address.failed(address)
            if user is not None:
                self._by_user.failed(user.name)
            raise own(Own.NOT_AUTHENTICATED, "the name or the password is wrong")
        self._lockout.passed(who)
        if user.initial == "yes" and not is_loopback(address):
            raise own(
                Own.NOT_AUTHENTICATED,
                f"the first password of {name} works on the server's own machine only; log in there, and change it",
            )
        return user

    def find(self, name: str) -> User | None:
        """The user of a name that was proved otherwise, as by a key; None = there is none."""
        return self._users.get(name)

    def knows(self, name: str) -> bool:
        """Whether there is a user of that name."""
        return self._users.get(name) is not None

    def current(self, user: User) -> User | None:
        """A user who has logged in, as he is now; None = he may no longer."""
        return self._users.get(user.name)

    async def _matches(self, hashed: str, password: str) -> bool:
        async with self._room:
            try:
                return await asyncio.to_thread(self._hasher.verify, hashed, password)
            except (VerificationError, InvalidHashError):
                return False

    async def set_password(self, user: User, password: str) -> User:
        """The user with that password from now on; added where there was none. Raises TableError for a bad one."""
        wrong = passwords.fault(password, user.name)
        if wrong:
            raise TableError(wrong)
        async with self._room:
            hashed = await asyncio.to_thread(self._hasher.hash, password)
        return self._users.put(User(user.name, hashed, user.scopes))


def scopes_of(text: str) -> frozenset[Scope]:
    """The scopes in a list separated by commas. Raises TableError for one that there is not."""
    names = {name.strip() for name in text.split(",") if name.strip()}
    unknown = names - SCOPES
    if unknown or not names:
        wrong = ", ".join(sorted(unknown)) or "none"
        raise TableError(f"scopes are {', '.join(sorted(SCOPES))}, separated by commas; not {wrong[:60]}")
    return frozenset(scope for scope in SCOPES if scope in names)
