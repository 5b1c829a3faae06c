"""Frames as text for people: every PDU with its private data, field by field. Passwords are not shown."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from ivrsvr.backends.tsapi.wire import codec
from ivrsvr.backends.tsapi.wire.ber import DecodeError
from ivrsvr.backends.tsapi.wire.frame import Frame
from ivrsvr.backends.tsapi.wire.private import PrivateBlock, decode_block, decode_g3
from ivrsvr.csta.enumeration import BitString, OpenEnum
from ivrsvr.csta.pdu import EventClass, declaration_of
from ivrsvr.csta.types import ConnectionID, ExtendedDeviceID

SECRET = frozenset({"cryptPass", "agentPassword", "password", "xmlData", "nonce", "key"})
"""Fields that are not shown: with challenge and answer together, anybody could tell the password."""

NAMELESS = (ConnectionID, ExtendedDeviceID)
"""Structures that everybody knows: their values stand without names."""

ABSENT = "-"
MAX_OCTETS = 512
"""Octets that are shown of what can't be decoded."""


def render(frame: Frame) -> str:
    """A frame as lines: what it is, then its fields, then its private data."""
    return "\n".join(_lines(frame))


def _lines(frame: Frame) -> Iterator[str]:
    family = frame.family
    role = EventClass(frame.eventClass).name if family is not None else f"class {frame.eventClass}"
    numbers = f"invokeID {frame.invokeID}" + (f", monitorCrossRefID {frame.crossRef}" if frame.crossRef else "")
    try:
        if family is None:
            raise codec.UnknownPdu(f"there is no event class {frame.eventClass}")
        pdu = codec.decode(codec.type_of(family, frame.number), frame.body)
    except DecodeError as error:
        yield f"{role} PDU {frame.number}, {numbers}"
        yield f"  not understood: {error}"
        yield f"  {_hex(frame.body)}"
    else:
        yield f"{role} {declaration_of(pdu).asn1_name} ({frame.number}), {numbers}"
        yield from _fields(pdu, "  ")
    if frame.private:
        yield from _private(frame.private)


def _private(octets: bytes) -> Iterator[str]:
    try:
        block = decode_block(octets)
    except DecodeError as error:
        yield f"  private block, not understood: {error}"
        yield f"    {_hex(octets)}"
        return
    try:
        pdu = decode_g3(block)
    except DecodeError as error:
        yield f"  private {block.vendor}, not understood: {error}"
        yield f"    {_hex(block.data)}"
        return
    if pdu is None:
        yield f"  private {block.vendor}: {_plain(block)}"
        return
    declaration = declaration_of(pdu)
    yield f"  private {block.vendor} {declaration.asn1_name} ({declaration.number})"
    yield from _fields(pdu, "    ")


def _plain(block: PrivateBlock) -> str:
    """A block that is no G3 private data: version offers and grants are text between zero octets."""
    text = block.data.strip(b"\0")
    is_text = block.data[:1] == b"\0" and text.isascii() and text.decode("latin-1").isprintable()
    return f'"{text.decode("ascii")}"' if is_text else _hex(block.data)


def _fields(value: Any, indent: str) -> Iterator[str]:
    for field in fields(value):
        item = getattr(value, field.name)
        if field.name in SECRET and item:
            yield f"{indent}{field.name}: ({len(item)} {'octets' if isinstance(item, bytes) else 'characters'}, hidden)"
        elif _is_flat(item):
            yield f"{indent}{field.name}: {_flat(item)}"
        elif isinstance(item, tuple):
            yield f"{indent}{field.name}:"
            for element in item:
                yield from _element(element, indent + "  ")
        else:
            yield f"{indent}{field.name}:"
            yield from _fields(item, indent + "  ")


def _element(value: Any, indent: str) -> Iterator[str]:
    if _is_flat(value):
        yield f"{indent}- {_flat(value)}"
        return
    for index, line in enumerate(_fields(value, "")):
        yield f"{indent}{'- ' if index == 0 else '  '}{line}"


def _is_absent(value: Any) -> bool:
    """Whether a structure is the one that stands for none."""
    try:
        return bool(value == type(value)())
    except TypeError:
        return False


def _is_flat(value: Any) -> bool:
    """Whether a value fits one line."""
    if isinstance(value, tuple):
        return all(not isinstance(item, tuple) and not is_dataclass(item) for item in value)
    if not is_dataclass(value) or _is_absent(value):
        return True
    parts = [getattr(value, field.name) for field in fields(value)]
    return all(not isinstance(part, tuple) and not is_dataclass(part) for part in parts)


def _flat(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case BitString():
            return ", ".join(value.names) or "none"
        case OpenEnum():
            return f"{value.name} ({int(value)})"
        case str():
            return f'"{value}"'
        case bytes():
            return _hex(value) or "none"
        case tuple():
            return "[" + ", ".join(_flat(item) for item in value) + "]"
        case int() | float():
            return str(value)
    if _is_absent(value):
        return ABSENT
    named = not isinstance(value, NAMELESS)
    pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
    return " ".join(f"{name}={_flat(item)}" if named else _flat(item) for name, item in pairs)


def _hex(octets: bytes) -> str:
    shown = octets[:MAX_OCTETS].hex(" ")
    return shown if len(octets) <= MAX_OCTETS else f"{shown} … ({len(octets)} octets)"
