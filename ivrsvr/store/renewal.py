"""A new key for the secrets of the configuration: all that are stored are encrypted with it, or none."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from sqlite_utils import Database

from ivrsvr.store.faults import writing
from ivrsvr.store.secrets import SecretError, Secrets, anew

Encrypt = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a secret is stored.

    statement: writes another text there; its last value is the key of the row.
    renewed:   its text, given what encrypts.
    """

    row: str
    text: str
    statement: str
    renewed: Callable[[Encrypt], str]


def renew(database: Database, secrets: Secrets) -> int:
    """Renew the key, and encrypt every stored secret with it, those that were in clear as well; how many there are.

    The process may be killed at any moment: all is readable before and after, since the key file has the new key, and
    behind it the former ones, before the database has anything that was encrypted with the new one.

    Raises SecretError, which names those that cannot be read; StoreError. What is stored is unchanged then.
    """
    changed: list[tuple[str, list[str]]] = []
    unread: list[str] = []
    database.execute("pragma secure_delete = on")  # what the former keys open is nowhere in the file afterwards
    with writing(database):
        database.conn.execute("begin immediate")
        with secrets.renewing() as encrypt:
            for place in [*_parameters(database), *_webhooks(database)]:
                try:
                    text = place.renewed(encrypt)
                except SecretError as error:
                    unread.append(f"{place.row}: {error}")
                    continue
                if text != place.text:
                    changed.append((place.statement, [text, place.row.removeprefix("webhook ")]))
            if unread:
                raise SecretError("nothing was changed:\n" + "\n".join(unread))
            for statement, values in changed:
                database.conn.execute(statement, values)
    database.execute("pragma wal_checkpoint(truncate)").fetchall()
    return len(changed)


def _parameters(database: Database) -> Iterator[_Place]:
    for name, value in database.execute("select name, value from tParameter order by name"):
        text = value or ""
        yield _Place(name, text, "update tParameter set value = ? where name = ?", partial(anew, name, text))


def _webhooks(database: Database) -> Iterator[_Place]:
    for name, secret, former in database.execute("select name, secret, former from tWebhook order by name"):
        for column, text in (("secret", secret), ("former", former)):
            statement = f"update tWebhook set {column} = ? where name = ?"
            yield _Place(f"webhook {name}", text, statement, partial(_whole, text))


def _whole(text: str, encrypt: Encrypt) -> str:
    return encrypt(text) if text else text
