"""What can be done to the simulator from outside, as entries of the registry."""

from ivrsvr.backends.simulator.controls import (
    faults,
    load,
    people,
    scenarios,
    site,
    snapshots,
    time,
    trace,
    training_entries,
)
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.registry import Entry

ENTRIES: tuple[Entry, ...] = (
    *site.ENTRIES,
    *people.ENTRIES,
    *time.ENTRIES,
    *faults.ENTRIES,
    *snapshots.ENTRIES,
    *scenarios.ENTRIES,
    *load.ENTRIES,
    *training_entries.ENTRIES,
    *trace.ENTRIES,
)
"""Every control, before it knows its simulator."""


def entries(simulator: Simulator) -> tuple[Entry, ...]:
    """The controls of a simulator."""
    return tuple(entry.bind(simulator) for entry in ENTRIES)
