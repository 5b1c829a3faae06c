"""How a PDU lies in a C structure: the shape of its declaration -> sizes, alignments and offsets. Pure.

A string is an array of characters, an enumeration an int of 4 octets, a bit string a whole number whose highest bit is
the first of the specification. What a declaration does not say (lengths of strings, short numbers, lists inside the
structure) is in the tables here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from ivrsvr.backends.tsapi.wire.shape import Bits, Enumerated, Scalar, SequenceOf, Shape, Structure, structure_of
from ivrsvr.csta.enumeration import BitString, OpenEnum
from ivrsvr.csta.enums import CSTACallFilter
from ivrsvr.csta.system import GetAPICapsConf

DEVICE_ID = 64
"""Characters of a device identifier with its NUL, and of everything that is not in the next table."""

LENGTHS: Mapping[str, int] = {
    "accountInfo": 32,
    "agentID": 32,
    "agentPassword": 32,
    "apiVer": 21,
    "authorisationCode": 32,
    "drvrVer": 21,
    "libVer": 21,
    "password": 32,
    "tsrvVer": 21,
}
"""Characters of other strings, by the name of their field."""

SHORTS = frozenset({"numberQueued", "remainRetry"})
"""Whole numbers of 2 octets; the others are a long. In GetAPICapsConf all are short."""

INLINE: Mapping[str, int] = {"devList": 20, "forward": 7}
"""Lists that lie inside their structure, with their most items; the others are pointed to."""


@dataclass(frozen=True, slots=True)
class Model:
    """The sizes of a platform's long and pointer, in octets."""

    long: int
    pointer: int


ILP32 = Model(long=4, pointer=4)
LP64 = Model(long=8, pointer=8)
LLP64 = Model(long=4, pointer=8)


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number."""

    size: int
    signed: bool = True


@dataclass(frozen=True, slots=True)
class Flag:
    """A truth value in one octet."""


@dataclass(frozen=True, slots=True)
class Chars:
    """A string in an array; size counts the NUL."""

    size: int


@dataclass(frozen=True, slots=True)
class Choice:
    """An enumeration."""

    type: type[OpenEnum]


@dataclass(frozen=True, slots=True)
class Mask:
    """A bit string: the first bit of the specification is the highest one of the number."""

    type: type[BitString]
    size: int


@dataclass(frozen=True, slots=True)
class Octets:
    """A length (unsigned int) and a pointer to octets."""

    pointer: int


@dataclass(frozen=True, slots=True)
class Pointed:
    """A count (unsigned int) and a pointer to items."""

    item: "Part"
    pointer: int


@dataclass(frozen=True, slots=True)
class Inline:
    """A count (unsigned short) and an array of so many items."""

    item: "Part"
    most: int


@dataclass(frozen=True, slots=True)
class Struct:
    """A structure: its members with their offsets. One without members has one octet that means nothing."""

    type: type
    members: tuple[tuple[str, int, "Part"], ...]
    size: int
    align: int


Part: TypeAlias = Number | Flag | Chars | Choice | Mask | Octets | Pointed | Inline | Struct


@cache
def layout_of(cls: type, model: Model) -> Struct:
    """How a dataclass of the vocabulary lies in memory. Raises TypeError for one that has no C structure."""
    return _struct(structure_of(cls), model)


def size_and_align(part: Part) -> tuple[int, int]:
    """Both in octets."""
    match part:
        case Number(size=size):
            return size, size
        case Flag():
            return 1, 1
        case Chars(size=size):
            return size, 1
        case Choice():
            return 4, 4
        case Mask(size=size):
            return size, size
        case Octets(pointer=pointer) | Pointed(pointer=pointer):
            return 2 * pointer, pointer
        case Inline(item=item, most=most):
            size, align = size_and_align(item)
            return first_item(item) + size * most, max(2, align)
        case Struct(size=size, align=align):
            return size, align


def first_item(item: Part) -> int:
    """Where the items of an inline list begin, behind its count."""
    return _up(2, size_and_align(item)[1])


def _up(offset: int, align: int) -> int:
    return -(-offset // align) * align


def _struct(shape: Structure, model: Model) -> Struct:
    members = []
    offset, widest = 0, 1
    for name, component in shape.components:
        part = _part(shape.type, name, component, model)
        size, align = size_and_align(part)
        offset = _up(offset, align)
        members.append((name, offset, part))
        offset += size
        widest = max(widest, align)
    return Struct(shape.type, tuple(members), _up(max(offset, 1), widest), widest)


def _part(owner: type, name: str, shape: Shape, model: Model) -> Part:
    match shape:
        case Scalar.BOOLEAN:
            return Flag()
        case Scalar.INTEGER:
            return Number(2 if name in SHORTS or owner is GetAPICapsConf else model.long)
        case Scalar.TEXT:
            return Chars(LENGTHS.get(name, DEVICE_ID))
        case Scalar.OCTETS:
            return Octets(model.pointer)
        case Enumerated(type=enumeration):
            return Choice(enumeration)
        case Bits(type=bits):
            return Mask(bits, 2 if bits is CSTACallFilter else 1)
        case SequenceOf(item=item):
            found = _part(owner, "", item, model)
            return Inline(found, INLINE[name]) if name in INLINE else Pointed(found, model.pointer)
        case Structure():
            return _struct(shape, model)
    raise TypeError(f"{owner.__name__}.{name} has no place in a C structure")
