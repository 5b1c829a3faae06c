"""Passwords in the configuration: encrypted and authenticated, with a key that only the service can read.

An encrypted value is `enc:` and a token of Fernet (AES-128-CBC with HMAC-SHA256). The key file has one key a line; the
first encrypts, all decrypt, so that a key is renewed by putting a new one before it. The file appears, and is replaced,
whole or not at all: a process may be killed at any moment.
"""

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from ivrsvr.store.lock import alone
from ivrsvr.store.owner import belongs_to_its_folder
from ivrsvr.store.parameters import is_secret, is_tlink
from ivrsvr.store.tlinks import Tlink

MARK = "enc:"
"""What an encrypted value begins with."""


PLACES = ("ivr_uuisvr", "ivr_journal", "ivr_idempotency")
"""Parameters that say where something is, and may have a password in it: redis://:PASSWORD@HOST."""


class SecretError(Exception):
    """A secret cannot be encrypted or decrypted; the text says why and what to do, and never has the secret."""


def is_encrypted(text: str) -> bool:
    """Whether a value is an encrypted one."""
    return text.startswith(MARK)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Encrypts and decrypts with the keys of a file, which is made when first needed."""

    path: Path

    @classmethod
    def of(cls, db: str, keyfile: str = "") -> Self:
        """The secrets of a server. db: its database file. keyfile: "" = beside the database, with the ending `.key`."""
        return cls(Path(keyfile) if keyfile else Path(db if db != ":memory:" else "ivrsvr.db").with_suffix(".key"))

    def hide(self, text: str) -> str:
        """The encrypted form of a secret. Raises SecretError."""
        return MARK + self._keys(create=True).encrypt(text.encode()).decode("ascii")

    def hidden(self, text: str) -> str:
        """A secret as it is stored, in clear or encrypted already; "" = none. Raises SecretError."""
        return text if not text or is_encrypted(text) else self.hide(text)

    def reveal(self, text: str) -> str:
        """The secret behind a value; one that is not encrypted stands for itself. Raises SecretError."""
        if not is_encrypted(text):
            return text
        try:
            return self._keys(create=False).decrypt(text.removeprefix(MARK).encode()).decode()
        except (InvalidToken, UnicodeError):
            raise SecretError(
                f"the encrypted value does not belong to the key file {self.path}; make it anew with "
                "`ivrsvr encryptpasswd`"
            ) from None

    @contextmanager
    def renewing(self) -> Iterator[Callable[[str], str]]:
        """A new key before the others, in the file once the body has ended without an error.

        The body is given what encrypts a secret anew with it, in clear or encrypted before; that raises SecretError.

        Raises SecretError; StoreError while another process renews the key.
        """
        with alone(str(self.path), "its key is being renewed by another command; wait until that has ended"):
            former = b""
            if self.path.exists():
                self._keys(create=False)
                former = self._read()
            key = Fernet.generate_key()
            with self._beside(key + b"\n" + former) as new:
                yield lambda text: MARK + Fernet(key).encrypt(self.reveal(text).encode()).decode("ascii")
                with self._told():
                    new.replace(self.path)
                    _keep_name(self.path)

    def _keys(self, *, create: bool) -> MultiFernet:
        if create and not self.path.exists():
            self._create()
        octets = self._read()
        try:
            keys = [Fernet(line.strip()) for line in octets.splitlines() if line.strip()]
        except ValueError:
            keys = []
        if not keys:
            raise SecretError(f"{self.path} is no key file; restore it, or delete it and encrypt the passwords anew")
        return MultiFernet(keys)

    def _read(self) -> bytes:
        try:
            mode = self.path.stat().st_mode
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise SecretError(f"others may read or write the key file {self.path}; say: chmod 600 {self.path}")
            return self.path.read_bytes()
        except FileNotFoundError:
            raise SecretError(
                f"the key file {self.path} is missing; restore it, or encrypt the passwords anew"
            ) from None
        except OSError as error:
            raise SecretError(f"the key file {self.path} cannot be read: {error.strerror}") from None

    def _create(self) -> None:
        with self._beside(Fernet.generate_key() + b"\n") as new, self._told(), suppress(FileExistsError):
            os.link(new, self.path)  # another process may be quicker; its key is as good

    @contextmanager
    def _beside(self, octets: bytes) -> Iterator[Path]:
        """A file beside the key file, of another name, which nobody else may read at any moment."""
        new: Path | None = None
        try:
            with self._told():
                descriptor, name = tempfile.mkstemp(prefix=f"{self.path.name}.", dir=self.path.parent)
                new = Path(name)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(octets)
                    file.flush()
                    os.fsync(file.fileno())
            belongs_to_its_folder(new)
            yield new
        finally:
            if new is not None:
                new.unlink(missing_ok=True)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SecretError(f"the key file {self.path} cannot be made: {error.strerror}") from None


def _keep_name(path: Path) -> None:
    """Have the name of a file on the disk before anything that relies on it."""
    if os.name == "posix":
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def bears_secret(name: str, text: str) -> bool:
    """Whether a value of a parameter has a secret in clear."""
    if not text or not is_secret(name) or is_encrypted(text):
        return False
    if is_tlink(name):
        password = Tlink.parse(text).password
        return bool(password) and not is_encrypted(password)
    return name not in PLACES or "@" in text


def sealed(name: str, text: str, secrets: Secrets) -> str:
    """The value of a parameter as it is stored: its secret encrypted. Raises SecretError."""
    try:
        if not bears_secret(name, text):
            return text
    except ValueError:  # it was stored by another version; rather nothing of it than its password
        return ""
    if not is_tlink(name):
        return secrets.hide(text)
    one = Tlink.parse(text)
    return f"{one.target} {one.user} {secrets.hide(one.password)}"


def anew(name: str, text: str, encrypt: Callable[[str], str]) -> str:
    """The value of a parameter, its secret encrypted once more; one without a secret as it is. Raises SecretError."""
    if not text or not is_secret(name):
        return text
    if not is_tlink(name):
        return encrypt(text) if is_encrypted(text) or bears_secret(name, text) else text
    try:
        one = Tlink.parse(text)
    except ValueError:  # it was stored by another version
        return text
    return f"{one.target} {one.user} {encrypt(one.password)}" if one.password else text


def same(name: str, one: str, other: str, secrets: Secrets) -> bool:
    """Whether two values of a parameter mean the same, however their secrets are encrypted."""
    try:
        return one == other or anew(name, one, secrets.reveal) == anew(name, other, secrets.reveal)
    except SecretError:
        return False
