"""Webhooks in the SQLite file: the targets, how far each has come, and what could not be delivered."""

import re
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from sqlite_utils import Database

from ivrsvr.store.faults import writing
from ivrsvr.store.tables import Configuration, Table, TableError

DEAD_MOST = 10_000
"""Dead letters of one target; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One target.

    extensions: separated by commas; eventtypes: likewise, "" = all. events: `contract` or `all`.
    secret:     signs; former: the one before it, which signs as well until the next rotation; "" = none.
    position:   after which event deliveries go on; "" = from now on.
    """

    name: str
    url: str
    extensions: str
    eventtypes: str
    events: str
    secret: str
    former: str = ""
    position: str = ""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that a target did not take, after all attempts. at: seconds since 1970-01-01 UTC."""

    number: int
    webhook: str
    messageid: str
    at: float
    attempts: int
    error: str
    text: str


def create(database: Database) -> None:
    """The tables in an empty file, for the migrations."""
    database.execute(
        "create table if not exists tWebhook(name text primary key, url text not null, extensions text not null,"
        " eventtypes text not null, events text not null, secret text not null, former text not null,"
        " position text not null)"
    )
    database.execute(
        "create table if not exists tDeadLetter(number integer primary key autoincrement, webhook text not null,"
        " messageid text not null, at real not null, attempts integer not null, error text not null,"
        " text text not null)"
    )


def checked(row: Webhook) -> Webhook:
    """Raises TableError for one that cannot be."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", row.name):
        raise TableError(f"{row.name[:60]!r} is no name of a webhook; one has up to 64 letters, digits, and . _ -")
    try:
        parts = urlsplit(row.url)
        well = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        well = False
    if not well or len(row.url) > 2000 or parts.username or parts.fragment or not row.url.isascii():
        raise TableError(f"{row.url[:100]!r} must be http://HOST/PATH or https://HOST/PATH, without a password")
    if not row.extensions:
        raise TableError("a webhook needs extensions, such as 101,102")
    return row


def table(configuration: Configuration) -> Table[Webhook]:
    """The targets as a table of the configuration."""
    return configuration.table("tWebhook", Webhook, "webhook", checked)


class WebhookStore:
    """Targets and dead letters. What changes anything raises StoreError where it cannot be written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def targets(self) -> list[Webhook]:
        """All, in the order in which they were added."""
        return [Webhook(**row) for row in self._database.query("select * from tWebhook order by rowid")]

    def get(self, name: str) -> Webhook:
        """Raises TableError where there is none."""
        for row in self._database.query("select * from tWebhook where name = ?", [name]):
            return Webhook(**row)
        raise TableError(f"there is no webhook {name[:60]!r}; `disp webhook` lists them")

    def add(self, row: Webhook) -> None:
        """Raises TableError for one that is wrong or there already."""
        checked(row)
        if any(one.name == row.name for one in self.targets()):
            raise TableError(f"webhook {row.name} is there already")
        self.put(row)

    def put(self, row: Webhook) -> None:
        """Write a target down."""
        values = [getattr(row, field.name) for field in fields(Webhook)]
        with writing(self._database):
            self._database.execute("replace into tWebhook values (?, ?, ?, ?, ?, ?, ?, ?)", values)

    def reached(self, name: str, position: str) -> None:
        """Deliveries to a target go on after this position."""
        with writing(self._database):
            self._database.execute("update tWebhook set position = ? where name = ?", [position, name])

    def delete(self, name: str) -> None:
        """With its dead letters. Raises TableError where there is none."""
        self.get(name)
        with writing(self._database):
            self._database.execute("delete from tWebhook where name = ?", [name])
            self._database.execute("delete from tDeadLetter where webhook = ?", [name])

    def forget_strays(self) -> None:
        """Forget the dead letters of targets that are no more: another program deletes a target alone."""
        with writing(self._database):
            self._database.execute("delete from tDeadLetter where webhook not in (select name from tWebhook)")

    def bury(self, letter: DeadLetter) -> None:
        """Keep what a target did not take; its number is given here."""
        with writing(self._database):
            self._database.execute(
                "insert into tDeadLetter(webhook, messageid, at, attempts, error, text) values (?, ?, ?, ?, ?, ?)",
                [letter.webhook, letter.messageid, letter.at, letter.attempts, letter.error, letter.text],
            )
            self._database.execute(
                "delete from tDeadLetter where webhook = ? and number not in"
                " (select number from tDeadLetter where webhook = ? order by number desc limit ?)",
                [letter.webhook, letter.webhook, DEAD_MOST],
            )

    def dead(self, name: str = "", most: int = 1000) -> list[DeadLetter]:
        """Dead letters of a target, or of all, the oldest first."""
        rows = self._database.query(
            "select * from tDeadLetter where ? in ('', webhook) order by number limit ?", [name, most]
        )
        return [DeadLetter(**row) for row in rows]

    def dig_up(self, number: int) -> None:
        """It is no dead letter any more."""
        with writing(self._database):
            self._database.execute("delete from tDeadLetter where number = ?", [number])
