"""An example of a site's own user data: one file for each text, in the folder that the configuration names.

    ivrsvr parameter set ivr_custdatadll examples.custdata.files:Files
    ivrsvr parameter set ivr_custdataconfigstring /var/lib/custdata

A real one would ask a CRM. Methods may as well be coroutines (`async def`); plain ones like these are called from
several threads at the same time.
"""

import secrets
from pathlib import Path


class Files:
    """Texts in files, each named by its key."""

    def open(self, configstring: str) -> None:
        """Begin. Whatever is raised here keeps the server from starting, and is shown."""
        self._folder = Path(configstring)
        self._folder.mkdir(parents=True, exist_ok=True)

    def get(self, key: str) -> str | None:
        """The text under a key; None = there is none. Any UUI comes here, whatever was sent by whomever."""
        path = self._path(key)
        return path.read_text("utf-8") if path is not None and path.exists() else None

    def set(self, data: str) -> str:
        """Keep a text, and return a new key: at most 96 printable ASCII characters, which travel as the UUI."""
        key = f"FILE{secrets.token_hex(16)}"
        (self._folder / key).write_text(data, "utf-8")
        return key

    def update(self, key: str, data: str) -> bool:
        """Replace a text. False = there is none under that key."""
        path = self._path(key)
        if path is None or not path.exists():
            return False
        path.write_text(data, "utf-8")
        return True

    def close(self) -> None:
        """The server stops."""

    def _path(self, key: str) -> Path | None:
        """The file of a key; None = it is none of ours. What comes from outside must never name any other file."""
        return self._folder / key if key.startswith("FILE") and key.isascii() and key.isalnum() else None
