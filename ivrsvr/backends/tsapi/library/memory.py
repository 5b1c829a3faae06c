"""Octets of C structures <-> values of the vocabulary, by their layout. Pure.

Pointers are followed only inside the buffer that the library was given: it puts what it points to behind the event
(ABI section 4), and anything else would be a mistake that must not be read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from sys import byteorder
from typing import Any

from ivrsvr.backends.tsapi.library.layout import (
    Chars,
    Choice,
    Flag,
    Inline,
    Mask,
    Number,
    Octets,
    Part,
    Pointed,
    Struct,
    first_item,
    size_and_align,
)
from ivrsvr.backends.tsapi.wire.ber import DecodeError, EncodeError
from ivrsvr.csta.enumeration import BitString

Keep = Callable[[bytes], int]
"""Keeps octets in memory for the length of a call, and returns their address."""


@dataclass(frozen=True, slots=True)
class Memory:
    """A buffer that the library has filled, and where it begins."""

    octets: bytes
    base: int = 0

    def take(self, offset: int, size: int) -> bytes:
        """Raises DecodeError for what lies outside."""
        if not 0 <= offset <= offset + size <= len(self.octets):
            raise DecodeError(f"{size} octets at {offset} lie outside of the event's buffer")
        return self.octets[offset : offset + size]

    def number(self, offset: int, size: int, *, signed: bool = False) -> int:
        """A whole number."""
        return int.from_bytes(self.take(offset, size), byteorder, signed=signed)


def read(part: Part, memory: Memory, offset: int) -> Any:
    """The value at an offset. Raises DecodeError."""
    match part:
        case Struct():
            return part.type(**{name: read(one, memory, offset + at) for name, at, one in part.members})
        case Number(size=size, signed=signed):
            return memory.number(offset, size, signed=signed)
        case Flag():
            return memory.number(offset, 1) != 0
        case Chars(size=size):
            return memory.take(offset, size).partition(b"\0")[0].decode("latin-1")
        case Choice(type=kind):
            return kind(memory.number(offset, 4, signed=True))
        case Mask(type=kind, size=size):
            return mirrored(kind, memory.number(offset, size), size)
        case Octets(pointer=pointer):
            count, at = memory.number(offset, 4), memory.number(offset + pointer, pointer)
            return memory.take(at - memory.base, count) if count else b""
        case Pointed(item=item, pointer=pointer):
            count, at = memory.number(offset, 4), memory.number(offset + pointer, pointer)
            return _items(item, memory, at - memory.base, count)
        case Inline(item=item, most=most):
            return _items(item, memory, offset + first_item(item), min(memory.number(offset, 2), most))


def _items(item: Part, memory: Memory, offset: int, count: int) -> tuple[Any, ...]:
    size = size_and_align(item)[0]
    if count:
        memory.take(offset, size * count)  # all of them are there, before the first is made
    return tuple(read(item, memory, offset + size * place) for place in range(count))


def write(part: Part, value: Any, keep: Keep, name: str = "") -> bytes:
    """The octets of a value. Raises EncodeError for one that does not fit."""
    match part:
        case Struct():
            octets = bytearray(part.size)
            for member, at, one in part.members:
                written = write(one, getattr(value, member), keep, member)
                octets[at : at + len(written)] = written
            return bytes(octets)
        case Number(size=size, signed=signed):
            return _number(value, size, name, signed=signed)
        case Flag():
            return bytes([bool(value)])
        case Chars(size=size):
            return text(value, size, name)
        case Choice():
            return _number(value, 4, name, signed=True)
        case Mask(type=kind, size=size):
            return _number(mirrored(kind, value, size), size, name)
        case Octets(pointer=pointer):
            return _counted(len(value), value, pointer, keep)
        case Pointed(item=item, pointer=pointer):
            return _counted(len(value), b"".join(write(item, one, keep, name) for one in value), pointer, keep)
        case Inline(item=item, most=most):
            if len(value) > most:
                raise EncodeError(f"{len(value)} items; at most {most} fit", name)
            size = size_and_align(part)[0]
            begin = len(value).to_bytes(2, byteorder).ljust(first_item(item), b"\0")
            return (begin + b"".join(write(item, one, keep, name) for one in value)).ljust(size, b"\0")


def text(value: str, size: int, name: str) -> bytes:
    """A string in an array of that size, NUL and all. Raises EncodeError."""
    try:
        octets = value.encode("latin-1")
    except UnicodeError as error:
        raise EncodeError(str(error), name) from error
    if len(octets) >= size or b"\0" in octets:
        raise EncodeError(f"{value[:80]!r} is not a text of at most {size - 1} characters", name)
    return octets.ljust(size, b"\0")


def mirrored(kind: type[BitString], bits: int, size: int) -> BitString:
    """A mask with its bits in the opposite order: in C the first is the highest, in the vocabulary the lowest."""
    width = 8 * size
    return kind(sum(1 << place for place in range(width) if bits >> (width - 1 - place) & 1))


def _counted(count: int, octets: bytes, pointer: int, keep: Keep) -> bytes:
    at = keep(octets) if octets else 0
    return count.to_bytes(4, byteorder).ljust(pointer, b"\0") + at.to_bytes(pointer, byteorder)


def _number(value: int, size: int, name: str, *, signed: bool = False) -> bytes:
    try:
        return int(value).to_bytes(size, byteorder, signed=signed)
    except OverflowError:
        raise EncodeError(f"{value} does not fit into {size} octets", name) from None
