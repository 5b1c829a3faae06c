"""Ports for whoever has to be told one before it listens: everybody else listens on port 0 and says where."""

import itertools
import os
import socket

FIRST, LAST = 10_000, 32_000
"""Below those that Linux gives to connections on their way out: none of them takes the port a moment later."""

EACH = 100
"""Ports that a process of tests has for itself: they begin by its number, so that neighbours try others."""

_turns = itertools.count()


def free_port() -> int:
    """A port of the loopback that nobody listens on, and that nobody else is told."""
    shares = (LAST - FIRST) // EACH
    while True:
        port = FIRST + os.getpid() % shares * EACH + next(_turns) % EACH
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
