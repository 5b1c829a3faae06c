"""What a declaration says about octets: field annotations -> shapes. Source: `ivrsvr.csta.pdu`, wire.md section 2."""

from dataclasses import dataclass, fields, is_dataclass
from enum import Enum, auto
from functools import cache
from typing import Any, TypeAlias, get_args, get_origin, get_type_hints

from ivrsvr.csta.enumeration import BitString, OpenEnum


class Scalar(Enum):
    """The shapes without parts."""

    BOOLEAN = auto()
    INTEGER = auto()
    REAL = auto()
    OCTETS = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Enumerated:
    """An ENUMERATED with its type."""

    type: type[OpenEnum]


@dataclass(frozen=True, slots=True)
class Bits:
    """A BIT STRING with its type."""

    type: type[BitString]


@dataclass(frozen=True, slots=True)
class SequenceOf:
    """A SEQUENCE OF."""

    item: "Shape"


@dataclass(frozen=True, slots=True)
class Structure:
    """A SEQUENCE: a dataclass with its components in wire order."""

    type: type
    components: tuple[tuple[str, "Shape"], ...]


Shape: TypeAlias = Scalar | Enumerated | Bits | SequenceOf | Structure

_SCALARS: dict[Any, Scalar] = {
    bool: Scalar.BOOLEAN,
    int: Scalar.INTEGER,
    float: Scalar.REAL,
    bytes: Scalar.OCTETS,
    str: Scalar.TEXT,
}


@cache
def structure_of(cls: type) -> Structure:
    """The shape of a dataclass. Raises TypeError for an annotation that says nothing about octets."""
    hints = get_type_hints(cls)
    return Structure(cls, tuple((field.name, _shape_of(hints[field.name])) for field in fields(cls)))


def _shape_of(annotation: Any) -> Shape:
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if get_origin(annotation) is tuple:
        return SequenceOf(_shape_of(get_args(annotation)[0]))
    if isinstance(annotation, type):
        if issubclass(annotation, OpenEnum):
            return Enumerated(annotation)
        if issubclass(annotation, BitString):
            return Bits(annotation)
        if is_dataclass(annotation):
            return structure_of(annotation)
    raise TypeError(f"{annotation!r} says nothing about octets")
