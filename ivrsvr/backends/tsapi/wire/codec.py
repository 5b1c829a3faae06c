"""Bodies: PDU value <-> octets, for every PDU that is declared. Source: wire.md section 2, tsapi.asn."""

from collections.abc import Callable
from functools import cache
from typing import Any

from ivrsvr.backends.tsapi.wire import ber
from ivrsvr.backends.tsapi.wire.ber import DecodeError, EncodeError
from ivrsvr.backends.tsapi.wire.shape import Bits, Enumerated, Scalar, SequenceOf, Shape, Structure, structure_of
from ivrsvr.backends.tsapi.wire.source import Reader, Writer, reader, writer
from ivrsvr.csta import acs, call, events, monitor, query, route, system  # noqa: F401 - importing declares
from ivrsvr.csta.pdu import BY_NUMBER, DECLARATIONS, Family
from ivrsvr.csta.private import call as _call  # noqa: F401
from ivrsvr.csta.private import events as _events  # noqa: F401
from ivrsvr.csta.private import monitor as _monitor  # noqa: F401
from ivrsvr.csta.private import query as _query  # noqa: F401
from ivrsvr.csta.private import route as _route  # noqa: F401
from ivrsvr.csta.private import system as _system  # noqa: F401


class UnknownPdu(DecodeError):  # noqa: N818 - an outcome, told apart from broken octets
    """A PDU number that the specification does not have."""


_writers: dict[type, Writer] = {}
_readers: dict[type, Reader] = {}


def encode(pdu: Any) -> bytes:
    """The body of a PDU. Raises EncodeError for a value that is no PDU or that has no octets."""
    cls = type(pdu)
    write = _writers.get(cls) or _writer_of(cls)
    try:
        body = write(pdu)
    except EncodeError as error:
        raise _blame(pdu, error) from error
    except (AttributeError, TypeError, UnicodeError, ValueError) as error:
        raise _blame(pdu, error) from error
    if len(body) > ber.MAX_BODY:
        raise EncodeError(f"{len(body)} octets; at most {ber.MAX_BODY} fit", cls.__name__)
    return body


def decode(cls: type, body: bytes) -> Any:
    """A PDU of a type from the whole of its body. Raises DecodeError."""
    read = _readers.get(cls) or _reader_of(cls)
    try:
        pdu, end = read(body, 0)
    except IndexError as error:
        raise DecodeError(f"the body of {len(body)} octets ends early", cls.__name__) from error
    if end != len(body):
        what = f"{len(body) - end} octets behind the body" if end < len(body) else "the body ends early"
        raise DecodeError(what, cls.__name__, end)
    return pdu


def type_of(family: Family, number: int) -> type:
    """The PDU type of a number. Raises UnknownPdu."""
    cls = BY_NUMBER.get((family, number))
    if cls is None:
        raise UnknownPdu(f"there is no {family} PDU {number}")
    return cls


@cache
def compile_all() -> None:
    """Make the codec of every declared PDU now instead of at its first use, which would hold up a message."""
    for cls in DECLARATIONS:
        _writer_of(cls)
        _reader_of(cls)


def _writer_of(cls: type) -> Writer:
    declaration = DECLARATIONS.get(cls)
    if declaration is None:
        raise EncodeError("not a PDU", cls.__name__)
    shape = structure_of(cls)
    if shape.components:
        write = writer(shape)
    else:
        body = ber.EMPTY_BODY if declaration.empty else ber.NULL_BODY

        def write(_pdu: Any) -> bytes:
            return body

    _writers[cls] = write
    return write


def _reader_of(cls: type) -> Reader:
    shape = structure_of(cls)
    if shape.components:
        read = reader(shape)
    else:
        value = cls()

        def read(body: bytes, position: int) -> tuple[Any, int]:
            # A NULL and nothing at all are taken for each other: real ends mix them up (wire.md section 15, 10).
            start, end = ber.read_header(body, position, ber.SEQUENCE, cls.__name__)
            if start == end:
                return value, end
            content, behind = ber.read_content(body, start, ber.NULL, cls.__name__)
            if content or behind != end:
                raise DecodeError("surplus octets", cls.__name__, start)
            return value, end

    _readers[cls] = read
    return read


# ---- who is to blame for an encoding that failed

_WRITERS: dict[Scalar, tuple[type | tuple[type, ...], Callable[[Any], object]]] = {
    Scalar.BOOLEAN: (object, bool),
    Scalar.INTEGER: (int, ber.INTEGERS.__getitem__),
    Scalar.REAL: ((int, float), ber.real),
    Scalar.OCTETS: ((bytes, bytearray), ber.octets),
    Scalar.TEXT: (str, ber.text),
}


def _blame(pdu: Any, error: Exception) -> EncodeError:
    what = error.what if isinstance(error, EncodeError) else str(error)
    cls: type = type(pdu)
    return EncodeError(what, _culprit(structure_of(cls), pdu, cls.__name__) or cls.__name__)


def _culprit(shape: Shape, value: Any, where: str) -> str:
    """The path of the first component that can't be written alone; "" when each of them can."""
    match shape:
        case Structure(type=cls, components=components):
            if not isinstance(value, cls):
                return where
            found = (_culprit(part, getattr(value, name), f"{where}.{name}") for name, part in components)
            return next(filter(None, found), "")
        case SequenceOf(item=item):
            if not isinstance(value, (tuple, list)):
                return where
            found = (_culprit(item, element, f"{where}[{index}]") for index, element in enumerate(value))
            return next(filter(None, found), "")
        case Enumerated():
            kind, write = _WRITERS[Scalar.INTEGER]
        case Bits(type=flags):
            kind, write = int, lambda value: ber.bits(value, flags.bit_count())
        case Scalar():
            kind, write = _WRITERS[shape]
    return "" if isinstance(value, kind) and _can(write, value) else where


def _can(write: Callable[[Any], object], value: Any) -> bool:
    try:
        write(value)
    except (EncodeError, UnicodeError):
        return False
    return True
