"""The files of the pages: sent packed, asked for again cheaply, small, and from here alone."""

import gzip
import re

import pytest

from ivrsvr.interfaces.http.pages.files import PAGES, File, load

FILES = load()
MOST_PACKED = 200_000
"""Octets that a page may cost with everything it loads."""

_LOADS = re.compile(r"""(?:src|href)="(/ui/[^"]+)"|(?:from|import) "\./([^"]+)\"""")


def loaded_by(path: str) -> set[str]:
    """A file with everything that it loads."""
    found: set[str] = set()
    waiting = [path]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += [one or f"/ui/{other}" for one, other in _LOADS.findall(FILES[here].body.decode())]
    return found


@pytest.mark.parametrize("path", sorted(set(FILES) & set(PAGES)))
def test_a_page_is_small_and_loads_from_this_server_only(path: str) -> None:
    everything = loaded_by(path)
    assert sum(len(FILES[one].packed) for one in everything) < MOST_PACKED
    for one in everything:
        text = FILES[one].body.decode()
        assert not re.search(r"""(src|href)="https?://|import .*["']https?://|@import|\burl\(""", text), one


@pytest.mark.parametrize("path", sorted(FILES))
def test_no_file_puts_text_into_a_page_as_html(path: str) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", FILES[path].body.decode())


def test_a_file_is_packed_for_whoever_takes_it_and_not_sent_twice() -> None:
    file = FILES["/ui/ui.css"]
    status, body, headers = file.answer({"accept-encoding": "gzip, br"})
    assert (status, headers["content-encoding"], gzip.decompress(body)) == (200, "gzip", file.body)
    assert file.answer({})[:2] == (200, file.body)
    assert file.answer({"if-none-match": headers["etag"]})[:2] == (304, b"")
    assert file.answer({"if-none-match": 'W/"another"'})[0] == 200


def test_every_file_has_its_type() -> None:
    assert {file.media.split(";")[0] for file in FILES.values()} <= {
        "text/css",
        "text/html",
        "text/javascript",
        "image/svg+xml",
        "text/plain",
    }
    assert all(isinstance(file, File) and file.body for file in FILES.values())
