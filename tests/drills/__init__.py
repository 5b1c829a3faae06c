"""Drills: what an operator may live through, with real processes and real sockets (docs/drills.md)."""
