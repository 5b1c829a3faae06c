"""The tables of the configuration beside `tParameter`: what is kept there, checked on its way in.

Addresses are stored in their usual writing, so that one address has one row.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Generic, TypeVar, cast

from sqlite_utils import Database

from ivrsvr.store.faults import writing
from ivrsvr.store.parameters import find

LATEST = 253_402_300_799
"""The end of the year 9999, in seconds since 1970-01-01 UTC."""

TEXT_MOST = 200
"""Characters of a comment."""

CHANGES_MOST = 100_000
"""Changes that are remembered; the oldest are forgotten first."""


class TableError(Exception):
    """A row that cannot be, is there already, or is not there; the text is for a person."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A parameter in the database. description: what it means, for whoever opens the file."""

    name: str
    value: str | None
    description: str | None = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """A device that is monitored for as long as the server runs."""

    extension: str


@dataclass(frozen=True, slots=True)
class Listener:
    """A port that is served besides those of the parameters.

    local:  an address of this machine, or `*` for all.
    remote: who may connect: an address, a network such as 10.1.0.0/16, or `*`.
    kind:   `ivrsvrws`, `ivrsvrrest`, `tcpgate` (the console) or `tcpgatessh` (the console by SSH).
    tls:    `yes` or `no`.
    """

    port: int
    local: str
    remote: str
    kind: str
    tls: str = "no"


@dataclass(frozen=True, slots=True)
class Blacklisted:
    """An address whose new connections are closed at once."""

    ip: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """The extension of a client that names none, by its address (free seating)."""

    ip: str
    extension: str


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in on the console.

    hash:    of the password (argon2).
    scopes:  separated by commas.
    initial: `yes` while the password is the one that everybody knows.
    """

    name: str
    hash: str
    scopes: str
    initial: str = "no"


@dataclass(frozen=True, slots=True)
class Key:
    """An API key; its secret is nowhere.

    mark:       by which the key is found; a part of its text.
    salt, hash: by which its secret is recognised, in hexadecimal.
    scopes:     separated by commas.
    extensions: patterns of devices, separated by commas; `*` = all.
    expires:    seconds since 1970-01-01 UTC; 0 = never. created: likewise.
    creator:    who made it.
    """

    name: str
    mark: str
    salt: str
    hash: str
    scopes: str
    extensions: str
    expires: float
    created: float
    creator: str


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody did to the server. at: seconds since 1970-01-01 UTC."""

    number: int
    at: float
    user: str
    door: str
    address: str
    what: str
    outcome: str


Row = TypeVar("Row")


class Table(Generic[Row]):
    """The rows of one kind, by their key.

    what: what people call a row.
    """

    def __init__(self, database: Database, name: str, kind: type[Row], what: str, check: Callable[[Row], Row]) -> None:
        self._database = database
        self._name = name
        self.kind = kind
        self._key = fields(cast(Any, kind))[0].name
        self._what = what
        self._check = check

    def __iter__(self) -> Iterator[Row]:
        for row in self._database.query(f"select * from [{self._name}] order by rowid"):
            yield self.kind(**row)

    def __len__(self) -> int:
        return int(self._database.execute(f"select count(*) from [{self._name}]").fetchone()[0])

    def get(self, key: object) -> Row | None:
        """The row of a key; None = there is none."""
        found = list(self._database.query(f"select * from [{self._name}] where [{self._key}] = ?", [key]))
        return self.kind(**found[0]) if found else None

    def checked(self, row: Row) -> Row:
        """The row as it would be stored. Raises TableError, ParameterError for a wrong one."""
        return self._check(row)

    def add(self, row: Row) -> Row:
        """Raises TableError for a row that is wrong or there already."""
        return self.add_all([row])[0]

    def add_all(self, rows: list[Row]) -> list[Row]:
        """Add all or none. Raises TableError."""
        checked = [self._check(row) for row in rows]
        there = self._keys(checked)
        for row in checked:
            if self.key_of(row) in there:
                raise TableError(f"{self._what} {self.key_of(row)} is there already")
        with writing(self._database):
            # sqlite-utils would commit batch by batch, and leave a part behind when the disk is full.
            names = [one.name for one in fields(cast(Any, self.kind))]
            self._database.conn.executemany(
                f"insert into [{self._name}]({', '.join(names)}) values ({', '.join('?' * len(names))})",
                [[getattr(row, name) for name in names] for row in checked],
            )
        return checked

    def _keys(self, rows: list[Row]) -> set[Any]:
        """Those of some rows that are there already; of many, all that are there, which is one question."""
        if len(rows) == 1:
            key = self.key_of(rows[0])
            return set() if self.get(key) is None else {key}
        return {row[0] for row in self._database.execute(f"select [{self._key}] from [{self._name}]")}

    def put(self, row: Row) -> Row:
        """Add a row, or replace that of the same key. Raises TableError for a wrong one."""
        checked = self._check(row)
        with writing(self._database):
            self._database.table(self._name).upsert(asdict(cast(Any, checked)), pk=self._key)
        return checked

    def delete(self, key: object) -> Row:
        """Raises TableError where there is no such row."""
        row = self.get(key)
        if row is None:
            raise TableError(
                f"there is no {self._what} {str(key)[:60]}; `disp {self._what}` shows those that there are"
            )
        with writing(self._database):
            self._database.execute(f"delete from [{self._name}] where [{self._key}] = ?", [key])
        return row

    def deletion(self, key: Any) -> tuple[str, list[Any]]:
        """The statement that deletes a row."""
        return f"delete from [{self._name}] where [{self._key}] = ?", [key]

    def replacement(self, row: Row) -> tuple[str, list[Any]]:
        """The statement that puts a row in the place of that of the same key."""
        names = [one.name for one in fields(cast(Any, self.kind))]
        columns, places = ", ".join(names), ", ".join("?" * len(names))
        return f"insert or replace into [{self._name}]({columns}) values ({places})", [
            getattr(row, name) for name in names
        ]

    def delete_all(self, keys: list[Any]) -> None:
        """Delete all of them; those that are not there are passed over."""
        with writing(self._database):
            self._database.conn.executemany(
                f"delete from [{self._name}] where [{self._key}] = ?", [(key,) for key in keys]
            )

    def key_of(self, row: Row) -> Any:
        """By what a row is found."""
        return getattr(row, self._key)


# ---- checks


MAPPED_BITS = 96
"""Of an address of IPv6 that has one of IPv4 in it (::ffff:10.1.2.3), those before that."""


def same_address(text: str) -> str:
    """An address in its usual writing; one of IPv4 in IPv6's clothes as IPv4. What is no address stays as it is."""
    try:
        found = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return text
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def address(text: str, what: str = "the address") -> str:
    """An IP address in its usual writing, as those of peers are compared with it. Raises TableError."""
    try:
        ip_address(text.strip())
    except ValueError:
        raise TableError(f"{what} {text[:60]!r} must be an IP address, such as 10.1.2.3") from None
    return same_address(text)


def device(text: str) -> str:
    """The digits of a device. Raises TableError."""
    if not re.fullmatch(r"[0-9*#]{1,24}", text):
        raise TableError(f"{text[:60]!r} is no extension; one has digits only")
    return text


def pattern(text: str) -> str:
    """An address, a network, or `*`. Raises TableError."""
    if text == "*":
        return text
    try:
        network = ip_network(text.strip())
    except ValueError:
        raise TableError(f"{text[:60]!r} must be an address, a network such as 10.1.0.0/16, or *") from None
    first = same_address(str(network.network_address))
    if network.version == 6 and ":" not in first and network.prefixlen >= MAPPED_BITS:
        network = ip_network(f"{first}/{network.prefixlen - MAPPED_BITS}")
    return str(network.network_address) if network.num_addresses == 1 else str(network)


KINDS = ("ivrsvrws", "ivrsvrrest", "tcpgate", "tcpgatessh")


def _parameter(row: Stored) -> Stored:
    parameter = find(row.name)
    if not parameter.stored:
        raise TableError(f"{row.name} cannot be stored in the database; use the option or {parameter.variable}")
    parameter.parse(row.value or "")
    return row


def _extension(row: Extension) -> Extension:
    return Extension(device(row.extension))


def _listener(row: Listener) -> Listener:
    if not 0 <= row.port <= 65535:
        raise TableError(f"{row.port} is no port; a port is 1 to 65535")
    if row.kind not in KINDS:
        raise TableError(f"{row.kind[:60]!r} must be one of {', '.join(KINDS)}")
    if row.tls not in ("yes", "no"):
        raise TableError("tls must be yes or no")
    if row.tls == "yes" and row.kind == "tcpgatessh":
        raise TableError("SSH is encrypted by itself; leave tls away")
    local = row.local
    if local != "*":
        address(local, "the local address")
        local = str(ip_address(local.strip()))  # with the interface where it names one: fe80::1%eth0
    return Listener(row.port, local, pattern(row.remote), row.kind, row.tls)


def _blacklisted(row: Blacklisted) -> Blacklisted:
    return Blacklisted(address(row.ip), row.comment[:TEXT_MOST])


def _seat(row: Seat) -> Seat:
    return Seat(address(row.ip), device(row.extension))


def _name(text: str, what: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._@-]{1,64}", text):
        raise TableError(f"{text[:60]!r} is no {what} name; one has up to 64 letters, digits, and . _ @ -")
    return text


def _user(row: User) -> User:
    _name(row.name, "user")
    return row


def _key(row: Key) -> Key:
    _name(row.name, "key")
    if not (0 <= row.expires <= LATEST and 0 <= row.created <= LATEST):
        raise TableError(f"a time of key {row.name} is before 1970 or after the year 9999")
    return row


class Configuration:
    """All tables of an open database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.parameters = Table(database, "tParameter", Stored, "parameter", _parameter)
        self.extensions = Table(database, "tExtension", Extension, "extension", _extension)
        self.listeners = Table(database, "tListener", Listener, "tcp", _listener)
        self.blacklist = Table(database, "tBlacklist", Blacklisted, "blacklist", _blacklisted)
        self.seats = Table(database, "tIpExtension", Seat, "ipextnmap", _seat)
        self.users = Table(database, "tUser", User, "user", _user)
        self.keys = Table(database, "tKey", Key, "key", _key)

    def table(self, name: str, kind: type[Row], what: str, check: Callable[[Row], Row]) -> Table[Row]:
        """A further table of the same file, which another module knows."""
        return Table(self._database, name, kind, what, check)

    def version(self) -> int:
        """A number that becomes another one when another program has changed the file."""
        return int(self._database.execute("pragma data_version").fetchone()[0])

    def change_all(self, changes: Iterable[tuple[Table[Any], Any, Any]]) -> None:
        """Put rows, and delete those whose row is None, in several tables: all or nothing. The rows are checked ones.

        Raises StoreError.
        """
        with writing(self._database):
            for table, key, row in changes:
                self._database.conn.execute(*(table.deletion(key) if row is None else table.replacement(row)))

    def record(self, at: float, user: str, door: str, address: str, what: str, outcome: str) -> None:
        """Write down what somebody did; of many changes the latest are kept."""
        with writing(self._database):
            added = self._database.execute(
                "insert into tChange(at, user, door, address, what, outcome) values (?, ?, ?, ?, ?, ?)",
                [at, user, door, address, what, outcome],
            )
            self._database.execute("delete from tChange where number <= ?", [(added.lastrowid or 0) - CHANGES_MOST])

    def changes(self, most: int = 100) -> list[Change]:
        """The last changes, the latest first."""
        rows = self._database.query("select * from tChange order by number desc limit ?", [most])
        return [Change(**row) for row in rows]


def create(database: Database) -> None:
    """The tables in an empty file, for the migrations."""
    for statement in _SCHEMA:
        database.execute(statement)


def create_keys(database: Database) -> None:
    """The table of API keys, for the migrations."""
    database.execute(
        "create table if not exists tKey(name text primary key, mark text not null unique, salt text not null,"
        " hash text not null, scopes text not null, extensions text not null, expires real not null,"
        " created real not null, creator text not null)"
    )


_SCHEMA = (
    "create table if not exists tExtension(extension text primary key)",
    "create table if not exists tListener(port integer primary key, local text not null, remote text not null,"
    " kind text not null, tls text not null)",
    "create table if not exists tBlacklist(ip text primary key, comment text not null)",
    "create table if not exists tIpExtension(ip text primary key, extension text not null)",
    "create table if not exists tUser(name text primary key, hash text not null, scopes text not null,"
    " initial text not null)",
    "create table if not exists tChange(number integer primary key autoincrement, at real not null,"
    " user text not null, door text not null, address text not null, what text not null, outcome text not null)",
)
