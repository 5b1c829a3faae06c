"""Whose a new file is: what an administrator makes as root in the service's folder belongs to the service."""

import os
from contextlib import suppress
from pathlib import Path


def belongs_to_its_folder(path: Path) -> None:
    """Give a file to the owner of its folder; only root can, and for others it is the same already."""
    if os.name == "posix" and os.geteuid() == 0:
        with suppress(OSError):  # a file system without owners
            folder = path.parent.stat()
            os.chown(path, folder.st_uid, folder.st_gid, follow_symlinks=False)


def created(path: Path) -> None:
    """An empty file that nobody else may read, where there is none; whoever opens it then says what is wrong."""
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        belongs_to_its_folder(path)
