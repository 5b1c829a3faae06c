"""One server to a database: a second one would take the first one's monitors, numbers and keys for its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ivrsvr.store.faults import StoreError


@contextmanager
def alone(path: str) -> Iterator[None]:
    """Have a database for oneself for the length of the body; the kernel takes the lock back when a process dies.

    path: its file; one in memory, or a `file:` URI, needs no lock.

    Raises StoreError while another process has it.
    """
    if path == ":memory:" or path.startswith("file:"):
        yield
        return
    name = Path(f"{path}.lock")
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"{name} cannot be made: {error.strerror}; make its folder writable") from None
    try:
        if not _locked(descriptor):
            raise StoreError(f"{path}: another server is running on it; stop that one, or name another file with --db")
        yield
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
