"""The command line. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration."""

import argparse
import os
import sys
from collections.abc import Sequence

from ivrsvr import __version__
from ivrsvr.commands import (
    FAILED,
    WRONG,
    backup,
    certificate,
    config,
    console,
    decode,
    docs,
    doctor,
    encryptpasswd,
    key,
    parameter,
    scenario,
    serve,
    service,
    sim,
    uuisvr,
)

COMMANDS = (
    serve,
    sim,
    uuisvr,
    scenario,
    doctor,
    service,
    console,
    parameter,
    config,
    backup,
    key,
    certificate,
    encryptpasswd,
    decode,
    docs,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="ivrsvr", description="CTI server: drives telephones and calls by JSON over REST and WebSocket."
    )
    parser.add_argument("--version", action="version", version=f"ivrsvr {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] and words[0] in service.SHORT:
        words[:1] = ["service", service.SHORT[words[0]]]
    options = parser.parse_args(words)
    if options.command is None:
        parser.print_help()
        return WRONG
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except (KeyboardInterrupt, EOFError):  # Ctrl-C, or Ctrl-D at a question
        print("\nivrsvr: interrupted", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # whoever read what is printed wants no more of it, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except _wrong() as error:
        print(f"ivrsvr: {error}", file=sys.stderr)
        return WRONG
    return code


def _wrong() -> tuple[type[Exception], ...]:
    """The errors that mean wrong usage or configuration."""
    from ivrsvr.assembly.configfile import ConfigFileError
    from ivrsvr.assembly.settings import ConfigurationError
    from ivrsvr.interfaces.listeners import ListenError
    from ivrsvr.store.faults import StoreError
    from ivrsvr.store.parameters import ParameterError
    from ivrsvr.store.secrets import SecretError
    from ivrsvr.store.tables import TableError

    return (ConfigFileError, ConfigurationError, ListenError, StoreError, ParameterError, SecretError, TableError)
