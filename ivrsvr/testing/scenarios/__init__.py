"""Scenarios run from beginning to end: a server on a simulated switch, virtual time, and reports of what came of it."""
