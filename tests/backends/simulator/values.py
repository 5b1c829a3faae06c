"""hypothesis strategies for PDUs whose devices and calls are often those of the small site."""

from typing import Any

from hypothesis import strategies as st

from ivrsvr.backends.tsapi.wire.shape import Scalar, SequenceOf, Shape, Structure, structure_of
from tests.backends.tsapi import values as wire_values

DEVICES = ("", "101", "102", "103", "110", "201", "220", "500", "700", "704", "801", "405", "9123", "T1#1", "x" * 70)
NUMBERS = st.sampled_from([0, 1, 2, 3, -1, 40, 0x7FFF_FFFF])


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of a shape: texts are mostly devices, numbers mostly small."""
    match shape:
        case Scalar.TEXT:
            return st.sampled_from(DEVICES)
        case Scalar.INTEGER:
            return NUMBERS
        case SequenceOf(item=item):
            return st.lists(values(item), max_size=3).map(tuple)
        case Structure(type=cls, components=components):
            return st.builds(cls, **{name: values(part) for name, part in components})
        case _:
            return wire_values.values(shape)


def pdus(cls: type) -> st.SearchStrategy[Any]:
    """Values of a PDU type."""
    return values(structure_of(cls))
