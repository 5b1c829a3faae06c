"""One server to a database, one command to a key file: a second one would take what is the first one's for its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ivrsvr.store.faults import StoreError
from ivrsvr.store.owner import belongs_to_its_folder

SERVED = "another server is running on it; stop that one, or name another file with --db"


@contextmanager
def alone(path: str, otherwise: str = SERVED) -> Iterator[None]:
    """Have a file for oneself for the length of the body; the kernel takes the lock back when a process dies.

    path:      the file; a database in memory needs no lock.
    otherwise: what is said where another process has it.

    Raises StoreError while another process has it.
    """
    if path == ":memory:":
        yield
        return
    name = Path(f"{path}.lock")
    if not name.parent.is_dir():
        raise StoreError(f"{path}: there is no folder {name.parent}; create it, or name another file with --db")
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"{name} cannot be made: {error.strerror}; make its folder writable") from None
    try:
        belongs_to_its_folder(name)
        if not _locked(descriptor):
            raise StoreError(f"{path}: {otherwise}")
        yield
    finally:
        os.close(descriptor)


def is_served(path: str) -> bool:
    """Whether a server runs on a database."""
    name = Path(f"{path}.lock")
    try:
        descriptor = os.open(name, os.O_RDWR)
    except OSError:  # there is none, or it is another user's
        return False
    try:
        return not _locked(descriptor)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Whether the lock could be had."""
    try:
        try:
            import fcntl
        except ImportError:  # Windows
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
