"""`ivrsvr decode FILE`: TSAPI conversations as text, from packet captures and hex dumps."""

import argparse
import sys
from pathlib import Path
from typing import Any

from ivrsvr.commands import DONE, FAILED


def add(commands: Any) -> None:
    """Declare the command's options."""
    decode = commands.add_parser(
        "decode",
        help="show a captured TSAPI conversation as text",
        description="Show the TSAPI messages of a packet capture (pcap, pcapng) or a hex dump, field by field.",
    )
    decode.add_argument("file", help="pcap, pcapng, or text with octets in hexadecimal; - = standard input")
    decode.add_argument(
        "--port",
        type=int,
        action="append",
        help="only connections of this port; repeatable (default: all that look like TSAPI)",
    )
    decode.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Exit code 1 where nothing in the file is TSAPI, or a part of it cannot be read."""
    from ivrsvr.backends.tsapi.capture.decode import NotReadable, decoded

    try:
        octets = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    except OSError as error:
        print(f"ivrsvr: {options.file}: {error.strerror}", file=sys.stderr)
        return FAILED
    try:
        for line in decoded(octets, frozenset(options.port or ())):
            print(line)
    except NotReadable as error:
        print(f"ivrsvr: {options.file}: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        sys.stderr.close()
    return DONE
