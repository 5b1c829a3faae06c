"""The pages to work on, with what they load: files of this package, read and packed once."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"

MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
}

PAGES = {"/phone": "phone.html", "/wall": "wall.html", "/sim": "sim.html", "/train": "train.html"}
"""Path -> its file. Everything else is at /ui/ and its name."""


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is sent. etag: weak, with its quotes: packed or not is the same file."""

    body: bytes
    packed: bytes
    etag: str
    media: str

    def answer(self, headers: Mapping[str, str]) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers for a request with these headers (lower-case names).

        Browsers ask each time whether a file is still the same, so that an upgrade is seen at once.
        """
        told = {"content-type": self.media, "cache-control": "no-cache", "etag": self.etag, "vary": "accept-encoding"}
        if self.etag in headers.get("if-none-match", ""):
            return 304, b"", told
        if "gzip" in headers.get("accept-encoding", ""):
            return 200, self.packed, told | {"content-encoding": "gzip"}
        return 200, self.body, told


@cache
def load(folder: Path = STATIC) -> Mapping[str, File]:
    """Every page and every file that one loads, by its path on the HTTP port; read and packed once in a process."""
    pages = {file: path for path, file in PAGES.items()}
    found: dict[str, File] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix not in MEDIA or not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        body = path.read_bytes()
        file = File(
            body=body,
            packed=gzip.compress(body, 9, mtime=0),
            etag=f'W/"{hashlib.sha256(body).hexdigest()[:20]}"',
            media=MEDIA[path.suffix],
        )
        found[pages.get(name, f"/ui/{name}")] = file
    return found
