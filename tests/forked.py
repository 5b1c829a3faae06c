"""`ivrsvr` processes that start quickly: forked from one that has already imported the server.

A process of its own for every server of a drill would be two seconds of imports each; a forked one can be killed,
frozen and told to stop all the same. `python -m ivrsvr` itself is started in `tests/test_cli.py`.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

PRELOADED = ["ivrsvr.app", "ivrsvr.assembly.simulation", "ivrsvr.commands.serve", "ivrsvr.commands.sim", "tests.forked"]
READY = "Ctrl-C"
"""How the line begins with which a server has said all."""


class Forked:
    """A process, with the names that `subprocess.Popen` has for what one does with it."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    def poll(self) -> int | None:
        """The exit code; None = it runs."""
        return self._process.exitcode

    def wait(self, limit_s: float) -> int:
        """The exit code. Raises TimeoutError."""
        self._process.join(limit_s)
        if self._process.exitcode is None:
            raise TimeoutError(f"it still runs after {limit_s:g} s")
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None and self._process.pid is not None:
            with suppress(ProcessLookupError):  # it has just ended, and the fork server has not told yet
                os.kill(self._process.pid, number)

    def terminate(self) -> None:
        """Ask it to stop."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)


def launch(*arguments: str, folder: Path, variables: Mapping[str, str]) -> tuple[Forked, Connection]:
    """Begin a command in a folder, with no settings but these; and where it prints. Its errors are in a file there."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    printed, out = context.Pipe(duplex=False)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("IVRSVR_")} | dict(variables)
    process = context.Process(target=_carry_out, args=(arguments, str(folder), environment, out), daemon=True)
    process.start()
    out.close()
    return Forked(process), printed


def _carry_out(arguments: tuple[str, ...], folder: str, environment: dict[str, str], out: Connection) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(out.fileno(), 1)
    os.dup2(os.open(f"{arguments[0]}.err", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    sys.stdout, sys.stderr = open(1, "w", buffering=1), open(2, "w", buffering=1)  # noqa: SIM115 - for its whole life
    from ivrsvr.cli import main

    sys.exit(main(arguments))


def read(printed: Connection) -> str:
    """What a process prints up to its last line; raises AssertionError when it ends before."""
    lines: list[str] = []
    with open(os.dup(printed.fileno())) as source:
        while not lines or not lines[-1].startswith(READY):
            line = source.readline()
            assert line, f"it has ended, and printed {lines}"
            lines.append(line)
    return "".join(lines)


@contextmanager
def forked(*arguments: str, folder: Path, **variables: str) -> Iterator[tuple[Forked, str]]:
    """A process that has printed where it is, and what it printed up to its last line; killed in the end."""
    process, printed = launch(*arguments, folder=folder, variables=variables)
    try:
        yield process, read(printed)
    finally:
        process.kill()
        process.wait(10)
        printed.close()
