"""`ivrsvr` commands in tests: carried out here, or begun as a process of its own."""

import contextlib
import io
import json
import logging
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from ivrsvr.cli import main
from tests.forked import Forked, forked

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("IVRSVR_")}
LIMIT_S = 30


def run(*arguments: str, folder: Path, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself, carried out in this process: a process of its own is 0.5 s of imports.

    given: what it reads from standard input. variables: added to an environment without settings.
    """
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        patch.dict(os.environ, ENVIRONMENT | variables, clear=True),
        patch("sys.stdin", io.StringIO(given)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        _logging_as_before(),
    ):
        try:
            code = main(arguments)
        except SystemExit as wrong:  # of argparse
            code = wrong.code if isinstance(wrong.code, int) else 1
    return subprocess.CompletedProcess(["ivrsvr", *arguments], code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:], root.level = handlers, level


@contextlib.contextmanager
def running(*arguments: str, folder: Path) -> Iterator[tuple[Forked, str]]:
    """A server that has printed where it is: the process, and what it printed up to its last line."""
    with forked("serve", "--http", "127.0.0.1:0", "--console", "127.0.0.1:0", *arguments, folder=folder) as found:
        yield found


def post(url: str, body: dict[str, str]) -> dict[str, object]:
    """The answer to a POST of JSON."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
        found: dict[str, object] = json.load(answer)
        return found
