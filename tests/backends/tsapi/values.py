"""hypothesis strategies for every PDU, from the shapes that the codec itself is made of."""

from typing import Any

from hypothesis import strategies as st

from ivrsvr.backends.tsapi.wire.shape import Bits, Enumerated, Scalar, SequenceOf, Shape, Structure, structure_of

INTEGERS = st.integers(-0x8000_0000, 0x7FFF_FFFF)
ENUMERATED = st.one_of(st.integers(-2, 40), st.integers(-0x8000, 0x7FFF))
TEXTS = st.text(st.characters(max_codepoint=0x7F), max_size=20)

_SCALARS: dict[Scalar, st.SearchStrategy[Any]] = {
    Scalar.BOOLEAN: st.booleans(),
    Scalar.INTEGER: INTEGERS,
    Scalar.REAL: st.floats(width=32, allow_nan=False).map(lambda value: value + 0.0),
    Scalar.OCTETS: st.binary(max_size=200),
    Scalar.TEXT: TEXTS,
}


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of a shape, unknown enumeration members and flags among them."""
    match shape:
        case Scalar():
            return _SCALARS[shape]
        case Enumerated(type=enumeration):
            return st.one_of(st.sampled_from(list(enumeration)), ENUMERATED.map(enumeration))
        case Bits(type=flags):
            return st.integers(0, (1 << flags.bit_count()) - 1).map(flags)
        case SequenceOf(item=item):
            return st.lists(values(item), max_size=4).map(tuple)
        case Structure(type=cls, components=components):
            return st.builds(cls, **{name: values(part) for name, part in components})


def pdus(cls: type) -> st.SearchStrategy[Any]:
    """Values of a PDU type."""
    return values(structure_of(cls))
