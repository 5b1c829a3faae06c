"""The worlds of tests: most tests have one of the same few, and each of those is read once in a process."""

import pickle
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ivrsvr.backends.simulator.world import World

KEPT = 64
"""How many worlds are kept."""


def world_of(data: Mapping[str, Any]) -> World:
    """`World.from_data`, for data that may have been read before: a world does not change, so it can be shared.

    Raises WorldError.
    """
    return _read(pickle.dumps(data))


@lru_cache(maxsize=KEPT)
def _read(data: bytes) -> World:
    return World.from_data(pickle.loads(data))
